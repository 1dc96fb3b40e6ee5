#!/usr/bin/env python3
"""I3: requests whose frame is ambiguous are refused, and nothing is ever
smuggled behind one."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import http1
import lab as labs
import load
import tap

PATH = "/api/v1/ingest/batch"


class Table:
    def __init__(self, lab, tenant):
        self.lab = lab
        self.tenant = tenant
        self.host = "%s:%d" % (lab.host, lab.port)
        self.ids, self.body = load.batch(lab.rng, 1, only_events=True)

    def head(self, *lines, path=PATH, host=True, auth=True, version="1.1"):
        out = ["POST %s HTTP/%s" % (path, version)]
        if host:
            out.append("Host: " + self.host)
        if auth:
            out.append("Authorization: Bearer " + self.tenant.key)
        out.append("Content-Type: application/json")
        return ("\r\n".join(out + list(lines)) + "\r\n\r\n").encode("latin-1")

    def length(self, n=None):
        return "Content-Length: %d" % (len(self.body) if n is None else n)

    def rows(self):
        """(name, raw request, allowed statuses)."""
        body, cl = self.body, self.length()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        te = "Transfer-Encoding: chunked"
        return [
            ("a good request", self.head(cl) + body, {202}),
            ("a good chunked request", self.head(te) + chunked, {202}),
            ("length and chunked", self.head(cl, te) + chunked, {400}),
            ("chunked and length", self.head(te, cl) + chunked, {400}),
            ("two lengths", self.head(cl, cl) + body, {400}),
            ("two other lengths", self.head(cl, self.length(3)) + body,
             {400}),
            ("a negative length", self.head("Content-Length: -1") + body,
             {400}),
            ("a length in hex", self.head("Content-Length: 0x10") + body,
             {400}),
            ("a length with a plus", self.head("Content-Length: +5") + body,
             {400}),
            ("a list of lengths", self.head("Content-Length: 5, 5") + body,
             {400}),
            ("an endless length", self.head("Content-Length: 9" + "9" * 30)
             + body, {400, 413}),
            ("two hosts", self.head("Host: evil.example", cl) + body, {400}),
            ("no host", self.head(cl, host=False) + body, {400}),
            ("two Authorizations", self.head(
                "Authorization: Bearer tm_wk_x", cl) + body, {400}),
            ("two Idempotency-Keys", self.head(
                "Idempotency-Key: a", "Idempotency-Key: b", cl) + body,
             {400}),
            ("two Cookies", self.head("Cookie: a=1", "Cookie: b=2", cl)
             + body, {400}),
            ("chunked twice", self.head(te, te) + chunked, {400, 501}),
            ("chunked, then identity", self.head(
                "Transfer-Encoding: chunked, identity") + chunked,
             {400, 501}),
            ("xchunked", self.head("Transfer-Encoding: xchunked") + chunked,
             {400, 501}),
            ("chunked behind a tab", self.head(
                "Transfer-Encoding:\tchunked", cl) + chunked, {400, 501}),
            ("a space before the colon", self.head(
                "Transfer-Encoding : chunked", cl) + body, {400}),
            ("a folded header", self.head("X-A: 1\r\n 2", cl) + body, {400}),
            ("a NUL in a header", self.head("X-A: 1\0", cl) + body, {400}),
            ("a broken chunk size", self.head(te) + b"zz\r\n", {400}),
            ("a chunk size of 17 digits", self.head(te)
             + b"1" + b"0" * 16 + b"\r\n", {400, 413}),
            ("HTTP/1.0 with chunked", self.head(te, version="1.0")
             + chunked, {400, 411, 501}),
            ("no length at all", self.head(), {400, 411}),
            ("an encoded NUL in the path", self.head(cl, path=PATH + "%00")
             + body, {400, 404}),
            ("an encoded newline in the path", self.head(
                cl, path=PATH + "%0d%0aX:1") + body, {400, 404}),
            ("dots in the path", self.head(
                cl, path="/static/%2e%2e/%2e%2e/etc/passwd") + body,
             {400, 403, 404, 405}),
            ("dots out of the root", self.head(cl, path="/../../etc/passwd")
             + body, {400, 404, 405}),
            ("a path that is no UTF-8", self.head(cl, path="/%ff%fe")
             + body, {400, 404, 405}),
            ("another host in the request line", self.head(
                cl, path="http://evil.example" + PATH) + body, {202, 400}),
            ("an unknown Content-Encoding", self.head(
                "Content-Encoding: compress", cl) + body, {415}),
            ("an unknown method", self.head(cl).replace(
                b"POST", b"BREW", 1) + body, {405, 400}),
            ("a header of 40 KB", self.head("X-A: " + "a" * 40000, cl)
             + body, {400, 431, 414, 494}),
            ("no key", self.head(cl, auth=False) + body, {401}),
        ]


def ask(lab, raw):
    client = http1.Client(lab.host, lab.port, 5)
    try:
        return http1.patient(lambda: client.raw(raw))
    except OSError as e:
        return 0, {}, str(e).encode()
    finally:
        client.close()


def smuggle(lab, table):
    """A second request hidden in the body must not be answered or stored."""
    other = lab.tenant("smuggled")
    _, inner_body = load.batch(lab.rng, 1, only_events=True)
    inner = ("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
             % (PATH, table.host, other.key, len(inner_body))).encode() + \
        inner_body
    te = "Transfer-Encoding: chunked"
    tricks = [
        table.head(table.length(5), te) + b"0\r\n\r\n" + inner,
        table.head(te, table.length(5)) + b"0\r\n\r\n" + inner,
        table.head(table.length(4 + len(inner))) + b"{} \n" + inner,
        table.head("Transfer-Encoding: xchunked", table.length(5))
        + b"0\r\n\r\n" + inner,
        table.head(table.length(0), table.length(len(inner))) + inner,
        table.head("Content-Length: 0\nX: y", "Content-Length: %d"
                   % len(inner)) + inner,
    ]
    codes = [ask(lab, t)[0] for t in tricks]
    lab.drain()
    tap.equal(check.stored_ids(lab, other.env), [],
              "nothing is smuggled in behind a request: %s" % codes)
    ask(lab, inner)
    lab.drain()
    tap.must_fail(check.stored_ids(lab, other.env) == [],
                  "the inner request alone is stored")


def main():
    lab = labs.Lab().start()
    tenant = lab.tenant("framing")
    table = Table(lab, tenant)
    for name, raw, allowed in table.rows():
        status, headers, body = ask(lab, raw)
        tap.ok(status in allowed, "%s: %d" % (name, status),
               "allowed %s, got %r" % (sorted(allowed), body[:300]))
        if status >= 400 and "/api" in raw.split(b"\r\n")[0].decode(
                "latin-1") and status != 494:
            tap.ok("<html" not in body.decode("latin-1").lower(),
                   "%s: no HTML under /api" % name, repr(body[:200]))
    smuggle(lab, table)
    lab.drain()
    tap.equal(sorted(check.stored_ids(lab, tenant.env)), sorted(table.ids),
              "the event of all these requests is stored once")
    revoked(lab)


def revoked(lab):
    """A revoked key stops within a second, and for good."""
    tenant = lab.tenant("revoked")
    clients = [http1.Client(lab.host, lab.port) for _ in range(6)]

    def codes():
        out = set()
        for c in clients:
            _, body = load.batch(lab.rng, 1)
            out.add(http1.post_patiently(c, tenant.key, body)[0])
        return out
    tap.equal(codes(), {202}, "a live key works on every worker")
    lab.ctl("key", "revoke", tenant.key_id)
    begin = time.monotonic()
    last = None
    asked = begin
    while asked - begin < 2.5:
        if 202 in codes():
            last = asked - begin
        asked = time.monotonic()
    tap.at_most(last or 0.0, 1.0, "seconds a revoked key went on working")
    tap.equal(codes(), {401}, "then it is a 401")
    tap.must_fail(codes() == {202}, "a revoked key is not taken for live")
    lab.drain()


tap.run(main)
