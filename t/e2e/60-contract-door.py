#!/usr/bin/env python3
"""The ingest door to the letter of the contract: who is refused with what, in
which order, in which words; encodings, beacons, CORS, the config."""
import gzip
import http.client
import json
import re
import ssl
import time
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"
VALIDATE = "/api/v1/ingest/validate"
CONFIG = "/api/v1/ingest/config"
EVENT = "/api/v1/events"
EVENTS = "/api/v1/events/batch"
NDJSON = {"Content-Type": "application/x-ndjson"}
TEXT = {"Content-Type": "text/plain;charset=UTF-8"}


def one(**more):
    return json.dumps(e2e.envelope([e2e.event()], **more)).encode()


def is_error(name, want, slug, reply):
    """Status, slug, the keys of an error body, and the request id."""
    status, head, text = reply
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    tap.equal((status, body.get("error")), (want, slug), name)
    tap.ok(set(body) == {"error", "message", "details", "request_id"}
           and isinstance(body["details"], dict) and body["message"]
           and head.get("x-request-id") == body["request_id"]
           and head.get("content-type", "").startswith("application/json"),
           name + ": the error body", text.decode("utf-8", "replace"))
    return body


def order(lab, t, read, token):
    """401, 403, 404, 405, 400, 415, 413, 422: the first that is true."""
    bad = {"Content-Type": "text/html"}
    big = b" " * 1048576 + b"{"
    rows = [
        ("no key, method, type", 401, "unauthorized", "GET", BATCH, None, bad,
         None),
        ("unknown key", 401, "unauthorized", "POST", BATCH,
         "tm_wk_" + "0" * 36, {}, one()),
        ("another scheme", 401, "unauthorized", "POST", BATCH, None,
         {"Authorization": "Basic " + t.key}, one()),
        ("unknown token", 401, "unauthorized", "POST", BATCH,
         "tm_pat_" + "0" * 36, {}, one()),
        ("unknown read key", 401, "unauthorized", "POST", BATCH,
         "tm_rk_" + "0" * 36, {}, one()),
        ("read key", 403, "forbidden", "POST", BATCH, read, bad, b"{"),
        ("read key and method", 403, "forbidden", "PUT", BATCH, read, {}, b""),
        ("unknown path", 404, "not_found", "POST", "/api/v1/ingest/other",
         t.key, {}, b"{"),
        ("unknown api path", 404, "not_found", "GET", "/api/nothing", None, {},
         None),
        ("method", 405, "method_not_allowed", "PUT", BATCH, t.key, bad, b"{"),
        ("method of config", 405, "method_not_allowed", "POST", CONFIG, t.key,
         {}, b"{"),
        ("type before body", 415, "unsupported_media_type", "POST", BATCH,
         t.key, bad, b"{"),
        ("encoding before body", 415, "unsupported_media_type", "POST", BATCH,
         t.key, {"Content-Encoding": "br"}, b"{"),
        ("NDJSON for one event", 415, "unsupported_media_type", "POST", EVENT,
         t.key, NDJSON, b"{}"),
        ("too large", 413, "payload_too_large", "POST", BATCH, t.key, {}, big),
        ("too large, no key", 413, "payload_too_large", "POST", EVENTS, None,
         {}, big),
        ("bomb", 413, "payload_too_large", "POST", BATCH, t.key,
         {"Content-Encoding": "gzip"}, gzip.compress(b" " * (9 << 20))),
        ("1001 items", 413, "payload_too_large", "POST", BATCH, t.key, {},
         json.dumps(e2e.envelope([{}] * 1001)).encode()),
        ("long idempotency key", 400, "bad_request", "POST", BATCH, t.key,
         {"Idempotency-Key": "x" * 256}, one()),
    ]
    for name, want, slug, method, path, key, headers, body in rows:
        reply = e2e.call(lab, method, path, key, body, headers)
        is_error(name, want, slug, reply)
        if want == 405:
            tap.ok(reply[1].get("allow"), name + ": Allow", reply[1])
        if want == 401:
            tap.ok(reply[1].get("www-authenticate", "").startswith("Bearer"),
                   name + ": WWW-Authenticate")
    tap.equal(e2e.call(lab, "POST", BATCH, token, one())[0], 401,
              "a token that nobody has is unknown")


def bodies(lab, t):
    """What is not JSON is 400 as a whole; what is no envelope is 422."""
    for name, body, path, kind in (
            ("cut", one()[:-1], BATCH, {}), ("trailing", one() + b"x", BATCH, {}),
            ("NaN", one()[:-1] + b',"x":NaN}', BATCH, {}),
            ("Infinity", one()[:-1] + b',"x":-Infinity}', BATCH, {}),
            ("UTF-8", one().replace(b"e2e", b"\xff"), BATCH, {}),
            ("empty", b"", BATCH, {}), ("one event", b'{"event":', EVENT, {}),
            ("events", b'{"events":[}', EVENTS, {}),
            ("validate", b"{", VALIDATE, {}),
            ("a line", b'{"event":"a"}\n{"event":', EVENTS, NDJSON),
            ("two on a line", b'{"event":"a"}{"event":"b"}\n', EVENTS, NDJSON)):
        is_error("400: " + name, 400, "invalid_json",
                 e2e.call(lab, "POST", path, t.key, body, kind))
    is_error("400: damaged gzip", 400, "bad_request",
             e2e.call(lab, "POST", BATCH, t.key, gzip.compress(one())[:-9],
                      {"Content-Encoding": "gzip"}))
    for name, body, fields in (
            ("array", b"[]", {"body"}), ("null", b"null", {"body"}),
            ("nothing in it", b"{}", {"schema_version", "events"}),
            ("no events", b'{"schema_version":"1.0"}', {"events"}),
            ("events no list", b'{"schema_version":"1.0","events":{}}',
             {"events"}),
            ("a key twice", b'{"schema_version":"1.0","events":[],"events":[]}',
             {"events"}),
            ("app no object", one(app="x"), {"app"}),
            ("sent_at", one(sent_at="x"), {"sent_at"}),
            ("historical", one(historical="x"), {"historical"})):
        got = is_error("422: " + name, 422, "validation_failed",
                       e2e.call(lab, "POST", BATCH, t.key, body))
        tap.equal(set(got.get("details", ())), fields, "422: %s, where" % name)
    got = is_error("422: an array as one event", 422, "validation_failed",
                   e2e.call(lab, "POST", EVENT, t.key, b"[]"))
    tap.equal(set(got["details"]), {"body"}, "and where")


def seed_error(lab, t):
    """The seed's 422: version and item errors in one reply, its words."""
    bad = e2e.envelope([{"type": "event", "event_id": str(uuid.uuid4()),
                         "timestamp": e2e.stamp()}], schema_version="0.9")
    for path in (BATCH, VALIDATE):
        got = is_error("the seed's 422 at " + path, 422, "validation_failed",
                       e2e.call(lab, "POST", path, t.key,
                                json.dumps(bad).encode()))
        tap.equal(got["message"], "Invalid payload", "its message")
        tap.equal(got["details"].get("events.0.name"),
                  ["The name field is required when type=event."],
                  "its events.0.name")
        tap.ok(got["details"].get("schema_version", [""])[0].startswith(
            "Unsupported schema_version. Supported: 1.0"),
            "its schema_version", got)
    got = e2e.call_json(lab, "POST", VALIDATE, t.key, dict(
        bad, app="x", events=[{"type": "event"}, 5, {"type": "odd"}]))[2]
    tap.equal(set(got["details"]),
              {"schema_version", "app", "events.0.timestamp", "events.0.name",
               "events.1", "events.2.type"},
              "validate: the full list")
    status, _, got = e2e.call_json(lab, "POST", VALIDATE, t.key,
                                   e2e.envelope([e2e.event()]))
    tap.equal((status, got.get("valid")), (200, True), "validate: fine")
    lab.drain(20)
    tap.equal(lab.value("SELECT count(*) FROM seen WHERE environment_id = %d"
                        % t.env), "0", "validate stores nothing")


def by_nginx(lab, t):
    """What nginx refuses itself is JSON with a request id too; HTTPS."""
    tls = ssl._create_unverified_context()
    https = lab.https_url.rsplit(":", 1)[1]
    for name, c in (
            ("HTTP", http.client.HTTPConnection(lab.host, lab.port)),
            ("HTTPS", http.client.HTTPSConnection(lab.host, int(https),
                                                  context=tls))):
        def ask(method, path, body=None, **more):
            c.request(method, path, body, dict(
                {"Authorization": "Bearer " + t.key,
                 "Content-Type": "application/json"}, **more))
            r = c.getresponse()
            return r.status, {k.lower(): v for k, v in r.headers.items()}, r.read()
        tap.equal(ask("POST", BATCH, one())[0], 202, name + ": a batch")
        c.request("POST", BATCH, iter([one()]), {
            "Authorization": "Bearer " + t.key}, encode_chunked=True)
        r = c.getresponse()
        tap.equal((r.status, bool(r.read())), (202, True), name + ": chunked")
        is_error(name + ": /api itself", 404, "not_found", ask("GET", "/api"))
        is_error(name + ": TRACE", 405, "method_not_allowed",
                 ask("TRACE", BATCH))
        is_error(name + ": FOO", 405, "method_not_allowed", ask("FOO", BATCH))
        is_error(name + ": long address", 414, "bad_request",
                 ask("GET", "/api/v1/" + "x" * 40000))
        c.close()


def cors(lab, t):
    ask = {"Origin": "https://shop.example",
           "Access-Control-Request-Method": "POST",
           "Access-Control-Request-Headers": "authorization,content-type,"
           "content-encoding,idempotency-key,if-none-match,x-sdk,x-sdk-version,"
           "x-schema-version"}
    for path, method in ((BATCH, "POST"), (EVENT, "POST"), (EVENTS, "POST"),
                         (VALIDATE, "POST"), (CONFIG, "GET")):
        status, head, text = e2e.call(lab, "OPTIONS", path, None, None, ask)
        names = head.get("access-control-allow-headers", "").lower()
        tap.ok(status in (200, 204) and text == b""
               and head.get("access-control-allow-origin") in (
                   "*", "https://shop.example")
               and method in head.get("access-control-allow-methods", "")
               and all(n in names for n in
                       ask["Access-Control-Request-Headers"].split(","))
               and head.get("x-request-id"),
               "preflight of " + path, (status, head))
    for name, key, body in (("202", t.key, one()), ("401", None, one()),
                            ("400", t.key, b"{"),
                            ("413", t.key, b" " * 1048577)):
        head = e2e.call(lab, "POST", BATCH, key, body,
                        {"Origin": "https://shop.example"})[1]
        tap.ok(head.get("access-control-allow-origin"),
               "a browser may read the " + name, head)


def who_may_send(lab, t):
    """Allowed origins and bundle ids of the environment."""
    def settings(*flags):
        lab.ctl("environment", "set", "--project", t.project, "--env", "prod",
                *flags)
        time.sleep(1.1)  # a worker may keep a key's settings for a second
    ok = {"bundle_id": "com.example.ok"}
    settings("--allowed-origins", "https://app.example,*.shop.example",
             "--allowed-bundles", "com.example.ok")
    for origin, want in (("https://app.example", 202),
                         ("https://a.shop.example", 202),
                         ("https://evil.example", 403),
                         ("https://app.example.evil.example", 403),
                         ("http://app.example", 403), ("null", 403)):
        tap.equal(e2e.call(lab, "POST", BATCH, t.key, one(app=ok),
                           {"Origin": origin})[0], want, "Origin " + origin)
    tap.equal(e2e.call(lab, "POST", BATCH, t.key, one(app=ok))[0], 202,
              "no Origin: not a browser")
    is_error("another bundle", 403, "origin_not_allowed",
             e2e.call(lab, "POST", BATCH, t.key, one()))
    is_error("another bundle comes before the body's errors", 403,
             "origin_not_allowed",
             e2e.call(lab, "POST", BATCH, t.key, one(schema_version="9")))
    is_error("another Origin comes before the body", 403,
             "origin_not_allowed",
             e2e.call(lab, "POST", BATCH, t.key, b"{",
                      {"Origin": "https://evil.example"}))
    settings("--allowed-origins", "", "--allowed-bundles", "")
    tap.equal(e2e.call(lab, "POST", BATCH, t.key, one(),
                       {"Origin": "https://evil.example"})[0], 202,
              "lists emptied: anyone may")


def beacons(lab, t):
    query = "?key=" + t.key
    secret = {"write_key": t.key}
    for name, want, path, body, headers in (
            ("?key=", 202, BATCH + query, one(), TEXT),
            ("?key= with JSON", 202, BATCH + query, one(), {}),
            ("?key= of events", 202, EVENTS + query, b'{"events":[]}', TEXT),
            ("write_key", 202, BATCH, one(**secret), TEXT),
            ("write_key of an event", 202, EVENT,
             json.dumps(dict(secret, event="b")).encode(), TEXT),
            ("write_key of events", 202, EVENTS,
             json.dumps(dict(secret, events=[{"event": "b"}])).encode(), TEXT),
            ("write_key only in text/plain", 401, BATCH, one(**secret), {}),
            ("a wrong key", 401, BATCH, one(write_key="tm_wk_x"), TEXT),
            ("no key at all", 401, BATCH, one(), TEXT)):
        tap.equal(e2e.call(lab, "POST", path, None, body, headers)[0], want,
                  "beacon: " + name)
    for body, headers in (({"sdk": "browser/9.9.1"}, TEXT),
                          ({"sdk": "browser/9.9.2"}, dict(TEXT, **{"X-SDK": "named"}))):
        e2e.call(lab, "POST", BATCH, None, one(**secret, **body), headers)
    lab.drain(20)
    tap.equal(lab.sql("SELECT sdk, sdk_version FROM batches WHERE environment_id = %d"
                      " AND sdk <> '' ORDER BY 1" % t.env), [["browser", "9.9.1"], ["named", ""]],
              "beacon: which SDK it is stands in the body, unless a header says")
    tap.equal(lab.value("SELECT count(*) FROM events WHERE environment_id = %d"
                        " AND properties::text LIKE '%%tm_wk_%%'" % t.env), "0",
              "the key is not kept with the events")


def ndjson(lab, t):
    head = {k: v for k, v in e2e.envelope([]).items() if k != "events"}

    def send(path, *lines, end="\n"):
        text = end.join(json.dumps(x) for x in lines) + end
        return e2e.call_json(lab, "POST", path, t.key, text.encode(), NDJSON)
    tap.equal(send(BATCH, head, e2e.event(), e2e.event())[2].get("accepted"), 2,
              "line 1 is the envelope, the others are items")
    tap.equal(send(BATCH, head, e2e.event(), end="\r\n")[2].get("accepted"), 1,
              "CRLF")
    tap.equal(send(BATCH, head)[2].get("accepted"), 0, "no items")
    tap.equal(send(EVENTS, {"event": "a"}, {"event": "b"})[2].get("accepted"),
              2, "events: every line is one")
    got = send(BATCH, dict(head, events=[e2e.event()]), e2e.event())
    tap.equal((got[0], list(got[2].get("details", ()))), (422, ["events"]),
              "items in line 1 are refused, not lost")


def config(lab, t):
    status, head, got = e2e.call_json(lab, "GET", CONFIG, t.key)
    tap.equal(status, 200, "config")
    tap.equal([got["limits"][k] for k in (
        "max_body_bytes", "max_inflated_bytes", "max_inflate_ratio",
        "max_events", "max_event_bytes", "max_crash_bytes", "max_depth",
        "max_properties", "max_key_bytes", "max_string_bytes")],
        [1 << 20, 8 << 20, 100, 1000, 32 << 10, 512 << 10, 16, 64, 64, 1024],
        "all limits are published")
    tap.ok({"sampling", "flags", "kill_switch"} <= set(got), "and the rest", got)
    tag = head.get("etag", "")
    tap.ok(re.fullmatch(r'(W/)?"[^"]+"', tag), "an ETag", tag)
    for given in (tag, "W/" + tag, '"x", ' + tag, "*"):
        status, head, text = e2e.call(lab, "GET", CONFIG, t.key, None,
                                      {"If-None-Match": given})
        tap.equal((status, text, head.get("etag")), (304, b"", tag),
                  "If-None-Match " + given[:4])
    head = e2e.call(lab, "GET", CONFIG, t.key, None,
                    {"If-None-Match": tag, "Origin": "https://shop.example"})[1]
    tap.ok(head.get("access-control-allow-origin") and
           "etag" in head.get("access-control-expose-headers", "").lower(),
           "a browser may read the 304 and its tag", head)
    tap.equal(e2e.call(lab, "GET", CONFIG, t.key, None,
                       {"If-None-Match": '"x"'})[0], 200, "another tag: 200")
    tap.equal(e2e.call(lab, "GET", CONFIG + "?key=" + t.key)[0], 200,
              "config by ?key=")
    tap.equal(e2e.call(lab, "GET", CONFIG)[0], 401, "config without key")


def main():
    lab = e2e.start()
    t = lab.tenant("door")
    read = lab.ctl("key", "create", "--project", t.project, "--env", "prod",
                   "--type", "read")["token"]
    seed_error(lab, t)
    order(lab, t, read, "tm_pat_" + "1" * 36)
    bodies(lab, t)
    by_nginx(lab, t)
    cors(lab, t)
    beacons(lab, t)
    ndjson(lab, t)
    config(lab, t)
    who_may_send(lab, t)


tap.run(main)
