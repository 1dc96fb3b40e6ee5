#!/usr/bin/env python3
"""S14: 10,000 requests with hostile values in paths, headers, queries, forms
and events: one line of log for each, which a parser reads back, and not one
of the secrets that were planted in them. A store that is away is told, not
repeated."""
import os
import re
import threading
import time
import urllib.parse

import e2e
import http1
from e2e import tap

N = 10000
WORKERS = 4
PAIR = re.compile(r'([a-z_]+)=(?:"((?:[^"\\]|\\["\\n]|\\x[0-9a-f]{2})*)"|([^\s"=\\]+))(?: |$)')
NASTY = ["\n", "\r\n", "\x00", "\x1b[31m", "\x7f", '"', "'", "\\", "=", " level=error msg=forged ",
         "\u2028", "\u202e", "\ufeff", "\U0001f30a", "${jndi:ldap://x}", "%s%n", "<script>",
         "\tid=1", "'; DROP TABLE users; --", "\\x22", "\x85", "a" * 300, "\xff\xfe"]


def fields(line):
    """The pairs of a logfmt line; None when it is no such line."""
    if any(c < " " or c > "~" for c in line):
        return None
    at, out = 0, {}
    while at < len(line):
        m = PAIR.match(line, at)
        if not m or m.group(1) in out:
            return None
        out[m.group(1)] = m.group(2) if m.group(2) is not None else m.group(3)
        at = m.end()
    return out if {"ts", "level", "prog", "msg"} <= set(out) else None


class Logs:
    """What is written to the logs from now on."""

    def __init__(self, lab):
        state = os.path.realpath(os.path.join(lab.var, "state"))
        self.folder = os.path.join(state if os.path.isdir(state) else lab.var, "log")
        self.begin = {n: os.path.getsize(os.path.join(self.folder, n))
                      for n in os.listdir(self.folder)}

    def new(self, name):
        with open(os.path.join(self.folder, name), "rb") as f:
            f.seek(self.begin.get(name, 0))
            return f.read()

    def all(self):
        return {n: self.new(n) for n in os.listdir(self.folder)}


class Secrets:
    """Values that no log may hold, each of its kind."""

    def __init__(self, rng):
        self.all = {kind: "%s%024x" % (prefix, rng.randrange(16 ** 24)) for kind, prefix in (
            ("bearer", "tm_pat_"), ("key", "tm_wk_"), ("cookie", "tm_ses_"),
            ("password", "pw"), ("body", "body"), ("query", "q"), ("mail", "mail"))}

    def __getattr__(self, kind):
        return self.all[kind]


def request(rng, s, key, i):
    """(method, path, headers, body) of one hostile request."""
    nasty = "".join(rng.choice(NASTY) for _ in range(rng.randrange(1, 4)))
    quoted = urllib.parse.quote(nasty.encode("utf-8", "replace"), safe="")
    head = re.sub(r"[\r\n\x00]", "", nasty).encode("utf-8").decode("latin-1")
    agent = [("User-Agent", head + " x"), ("Referer", head + " " + s.query)]
    kind = i % 5
    if kind == 0:
        return "GET", "/nowhere/" + quoted, agent, None
    if kind == 1:
        return ("GET", "/api/v1/projects?limit=" + quoted + "&secret=" + s.query,
                agent + [("Authorization", "Bearer " + s.bearer)], None)
    if kind == 2:
        return ("POST", "/api/auth/login", agent + [("Content-Type", "application/json")],
                ('{"email":"%s@example.org","password":"%s","x":"%s"}'
                 % (s.mail, s.password, quoted)).encode())
    if kind == 3:
        return "GET", "/login?next=/" + quoted, agent + [
            ("Cookie", "tm_session=" + s.cookie)], None
    event = e2e.event(nasty.replace("\x00", "")[:150] or "x", user_id="u" + nasty[:50],
                      properties={nasty[:40]: s.body})
    body = e2e.json.dumps(e2e.envelope([event])).encode()
    wrong = i % 10 == 4
    return ("POST", "/api/v1/ingest/batch",
            agent + [("Content-Type", "application/json"), ("X-SDK", head[:60]),
                     ("Authorization", "Bearer " + (s.key if wrong else key))], body)


def press(lab, s, key, share, out):
    client = http1.Client(lab.host, lab.port)
    rng = e2e.labs.random.Random(lab.rng.random() + share)
    for i in range(share, N, WORKERS):
        method, path, headers, body = request(rng, s, key, i)
        try:
            status, head, _ = client.request(method, path, headers, body)
            out.append((head.get("x-request-id", ""), status))
        except (OSError, ValueError) as e:
            out.append(("", str(e)))


def main():
    lab = e2e.start()
    tenant, s = lab.tenant("logs"), Secrets(lab.rng)
    logs, answers = Logs(lab), []
    threads = [threading.Thread(target=press, args=(lab, s, tenant.key, k, answers))
               for k in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    lab.drain(30)
    lab.sql("DELETE FROM login_attempts")  # others sign in from this address too
    read(logs, answers)
    secrets(logs, s)
    store_away(lab)


def read(logs, answers):
    lines = []
    for name in ("web.log", "ingest.log"):
        text = logs.new(name)
        tap.ok(text.endswith(b"\n"), "%s ends with a whole line" % name)
        lines += text.decode("utf-8", "surrogateescape").split("\n")[:-1]
    rows = [fields(x) for x in lines]
    bad = [x for x, r in zip(lines, rows) if r is None]
    tap.ok(not bad, "every line of the log is read back (%d lines)" % len(lines),
           "\n".join(repr(x) for x in bad[:5]))
    seen = {}
    for r in rows:
        if r and r["msg"] == "request":
            seen[r["id"]] = seen.get(r["id"], 0) + 1
    # nginx answers some by itself: these never reached a program of ours
    ours = [a for a in answers if a[0] in seen]
    tap.equal(len(answers), N, "%d requests were sent" % N)
    tap.at_least(len(ours), N * 0.9, "of them reached our programs")
    tap.ok(all(seen[a[0]] == 1 for a in ours), "one line for each of them")
    foreign = [r for r in rows if r and r["level"] == "error" and "forged" in r["msg"]]
    tap.equal(foreign, [], "no value forges a line")
    tap.must_fail(fields('ts=1 level=info prog=x msg=request path=/a b"c'),
                  "a line with a bare quote is refused")
    tap.must_fail(fields("ts=1 level=info prog=x msg=a\x1b[31m"), "so is a bare escape")
    tap.note("statuses: %s" % {k: sum(a[1] == k for a in answers)
                               for k in sorted({a[1] for a in answers}, key=str)})


def store_away(lab):
    """Consumers without PostgreSQL: a few lines a second would be a flood by
    the morning. A job that found nothing to do is none either."""
    logs = Logs(lab)
    with lab.stopped("postgres"):
        time.sleep(5)
    tap.ok(lab.wait_ready(20) and e2e.until(30, lambda: all(
        b"jobs go on" in logs.new(n) for n in ("consumer-1.log", "consumer-2.log"))) is not None,
        "both consumers tell that the store is back")
    for name in ("consumer-1.log", "consumer-2.log"):
        lines = logs.new(name).decode().splitlines()
        rows = [fields(x) for x in lines]
        tap.ok(None not in rows, name + ": every line is read back", lines)
        told = [r["msg"] for r in rows if r and r["level"] == "warn"]
        tap.ok(told.count("jobs wait") == 1 and len(told) < 25,
               "%s: the store is away, said once of the jobs (%d warnings in all)"
               % (name, len(told)), "\n".join(lines))
        idle = [r for r in rows if r and r["msg"] == "job" and r["level"] == "info" and
                r["steps"] == "0" and int(r["ms"]) < 1000 and
                r["job"] in ("archive", "erase", "review", "regroup", "alarm", "mirror")]
        tap.equal(idle, [], name + ": no line for a job that had nothing to do")


def secrets(logs, s):
    found = {}
    for name, text in logs.all().items():
        for kind, value in s.all.items():
            if value.encode() in text:
                found.setdefault(kind, []).append(name)
    # an address that leads nowhere is logged, and nginx keeps the address line
    tap.equal({k: v for k, v in found.items() if k != "query"}, {},
              "no token, key, cookie, password, mail address or body is in any log")
    tap.ok(all(n.startswith("nginx") for n in found.get("query", [])),
           "nor a query in ours", found)
    tap.must_fail(not any(b"/nowhere/" in t for t in logs.all().values()),
                  "the search finds what is logged: the unknown path")


tap.run(main)
