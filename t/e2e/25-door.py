#!/usr/bin/env python3
"""The ingest door alone: tidemark-ingest behind a throw-away nginx, with a
private Redis and no PostgreSQL; keys are written into the mirror by hand."""
import calendar
import gzip
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import tap  # noqa: E402

BUILD = os.environ.get("TIDEMARK_BUILD", os.path.join(TOP, "build"))
BINARY = os.path.join(BUILD, "src/programs/tidemark-ingest")
HERE = tempfile.mkdtemp(prefix="tidemark-door-")
SOCKET = os.path.join(HERE, "redis.sock")
DOOR = socket.create_server(("127.0.0.1", 0), backlog=511)
PORT = DOOR.getsockname()[1]
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NGINX = """
worker_processes 1; daemon off; pid %(dir)s/nginx.pid; error_log %(dir)s/nginx.log;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 4m; client_body_buffer_size 256k;
  client_body_temp_path %(dir)s/b; fastcgi_temp_path %(dir)s/f;
  proxy_temp_path %(dir)s/p; uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
  server { listen 127.0.0.1:%(port)d; location / {
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param DOCUMENT_URI $document_uri;
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;
    fastcgi_param REMOTE_ADDR $remote_addr;
    fastcgi_param REQUEST_ID $request_id;
    fastcgi_pass unix:%(dir)s/ingest.sock; } }
}
"""
children = []


def redis(*argv):
    out = subprocess.run(["redis-cli", "-s", SOCKET] + [str(a) for a in argv],
                         capture_output=True, text=True, check=True)
    return out.stdout.strip()


def token(prefix, seed):
    text = prefix + hashlib.sha256(seed.encode()).hexdigest()[:30]
    crc, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        check = BASE62[crc % 62] + check
        crc //= 62
    return text + check


def mirror(key, **over):
    row = {"id": str(uuid.uuid4()), "env": 7, "env_name": "prod", "project": "p", "team": "t",
           "type": "write", "state": "live", "expires_us": 0, "rpm": 100000, "origins": "",
           "bundles": "", "pii_mode": "deny", "pii_keys": "password\ncredit_card",
           "ip_mode": "truncate", "user_id_mode": "plain", "retention_days": 90,
           "timezone": "UTC"}
    row.update(over)
    name = "tm:key:" + hashlib.sha256(key.encode()).hexdigest()
    redis("HSET", name, *[x for pair in row.items() for x in pair])
    return name


def start():
    children.append(subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", SOCKET, "--dir", HERE, "--save", "",
         "--appendonly", "yes", "--appendfsync", "always", "--logfile", HERE + "/redis.log"]))
    until("Redis", lambda: redis("PING") == "PONG")
    open(HERE + "/none.conf", "w").close()
    env = {"PATH": os.environ["PATH"], "TIDEMARK_CONF": HERE + "/none.conf",
           "TIDEMARK_REDIS_SOCKET": SOCKET, "TIDEMARK_MASTER_KEY": "07" * 32}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    children.append(subprocess.Popen(
        ["spawn-fcgi", "-s", HERE + "/ingest.sock", "-M", "0666", "-n", "--", BINARY],
        env=env, stderr=open(HERE + "/ingest.log", "w")))
    with open(HERE + "/nginx.conf", "w") as f:
        f.write(NGINX % {"dir": HERE, "port": PORT})
    os.chmod(HERE, 0o755)
    # nginx takes the socket over, as in its upgrades: nobody else has the port
    children.append(subprocess.Popen(
        ["nginx", "-p", HERE, "-c", HERE + "/nginx.conf"], stderr=subprocess.DEVNULL,
        env=dict(os.environ, NGINX="%d;" % DOOR.fileno()), pass_fds=[DOOR.fileno()]))
    DOOR.close()
    until("the door", lambda: call("/livez", method="GET").status not in (502, 504))


def until(what, answers):
    """What was just started takes its time to listen."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if answers():
                return
        except (OSError, subprocess.CalledProcessError):
            pass
        time.sleep(0.05)
    raise AssertionError(what + " does not answer")


def stop():
    for child in reversed(children):
        child.terminate()
    for child in children:
        child.wait(10)
    log = open(HERE + "/ingest.log").read()
    shutil.rmtree(HERE, ignore_errors=True)
    return log


class Reply:
    def __init__(self, r):
        self.status, self.headers, self.raw = r.status, r.headers, r.read()
        try:
            self.json = json.loads(self.raw)
        except ValueError:
            self.json = {}


def call(path, body=b"", key=None, method="POST", kind="application/json", **headers):
    """A busy machine may not get round to Redis in the quarter of a second that it
    has: who sends asks again."""
    end = time.monotonic() + 5
    while True:
        r = call_once(path, body, key, method, kind, **headers)
        if (r.status, r.json.get("error")) != (503, "unavailable") or time.monotonic() > end:
            return r
        time.sleep(0.2)


def call_once(path, body=b"", key=None, method="POST", kind="application/json", **headers):
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    h = {"Content-Type": kind} if kind else {}
    h.update({k.replace("_", "-"): v for k, v in headers.items()})
    if key:
        h["Authorization"] = "Bearer " + key
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    c.request(method, path, body, h)
    r = Reply(c.getresponse())
    c.close()
    return r


def now(offset=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + offset))


def event(**over):
    e = {"type": "event", "event_id": str(uuid.uuid4()), "name": "tap", "timestamp": now(),
         "session_id": "s1", "properties": {"a": 1}}
    e.update(over)
    return {k: v for k, v in e.items() if v is not None}


def crash(**over):
    return dict({"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": now(),
                 "exception": {"type": "E", "message": "m", "stacktrace": "#0 a (b.dart:1:2)"}},
                **over)


def envelope(*events, **over):
    return dict({"schema_version": "1.0", "sent_at": now(), "environment": "prod",
                 "app": {"bundle_id": "com.example.myapp"},
                 "device": {"device_id": "d1", "platform": "android"},
                 "user": {"anonymous_id": "anon_1"}, "events": list(events)}, **over)


BATCH = "/api/v1/ingest/batch"


def seed_example(key):
    text = open(os.path.join(TOP, "t/e2e/seed-batch.json")).read()
    e = json.loads(text)
    shift = time.time() - calendar.timegm((2026, 2, 23, 9, 45, 12))
    e["sent_at"] = now()
    for i, item in enumerate(e["events"]):
        item["timestamp"] = now(-i)
    r = call(BATCH, e, key, X_SDK="flutter", X_SDK_Version="0.1.0", X_Schema_Version="1.0")
    tap.equal(r.status, 202, "the seed's example is taken")
    tap.equal(list(r.json)[:5], ["batch_id", "received_at", "accepted", "rejected", "warnings"],
              "its reply has the seed's keys in the seed's order")
    tap.equal((r.json["accepted"], r.json["rejected"], r.json["warnings"], r.json["results"]),
              (4, 0, [], []), "accepted 4, nothing else")
    tap.equal(redis("XLEN", "tm:q:ingest"), "1", "one entry is in the queue (%d)" % shift)
    tap.ok(r.headers["RateLimit-Remaining"], "the limit is told")


def bodies(key):
    r = call(BATCH, b"{\"a\":NaN}", key)
    tap.equal((r.status, r.json["error"]), (400, "invalid_json"), "NaN is no JSON")
    for name, bad in (("cut short", b'{"events":['), ("trailing bytes", b"{} x"),
                      ("bad UTF-8", b'{"a":"\xff"}'), ("empty", b"")):
        tap.equal(call(BATCH, bad, key).status, 400, "400: " + name)
    tap.equal(call(BATCH, b"[]", key).status, 422, "an array is no envelope")
    r = call(BATCH, envelope(event(name=None)), key)
    tap.equal(r.status, 422, "every item malformed is a 422")
    tap.equal(r.json.get("details"),
              {"events.0.name": ["The name field is required when type=event."]},
              "in the seed's words")
    r = call(BATCH, envelope(event(), schema_version="9"), key)
    tap.equal(r.json["details"]["schema_version"],
              ["Unsupported schema_version. Supported: 1.0, 1.1"], "unknown schema version")
    r = call(BATCH, envelope(event(), event(name=None), event()), key)
    tap.equal((r.status, r.json["accepted"], r.json["rejected"]), (202, 2, 1),
              "one bad item does not block the others")
    tap.equal((r.json["results"][0]["index"], r.json["results"][0]["result"],
               r.json["results"][0]["field"]), (1, "drop", "name"), "and is named")
    tap.equal(call(BATCH + "?strict=1", envelope(event(), event(name=None)), key).status, 422,
              "strict: all or nothing")
    r = call(BATCH, envelope(), key)
    tap.equal((r.status, r.json["accepted"]), (202, 0), "no events: 202, accepted 0")
    same = event()
    r = call(BATCH, envelope(same, same), key)
    tap.equal((r.json["accepted"], r.json["duplicates"]), (1, 1), "a repeat inside the batch")
    r = call(BATCH, envelope(*[event() for _ in range(1001)]), key)
    tap.equal(r.status, 413, "1001 events")
    r = call(BATCH, envelope(event(properties={"k": "v" * 40000})), key)
    tap.equal(r.json["details"]["events.0"][0][:29], "The item must not be greater ",
              "an event beyond 32 KiB")
    r = call(BATCH, envelope(event(properties={"k": "é" * 1000})), key)
    tap.equal((r.status, r.json["warnings"][0]["code"]), (202, "string_cut"), "a long string")
    r = call(BATCH, envelope(event(timestamp=now(-100 * 86400))), key)
    tap.equal((r.status, r.json["accepted"], r.json["results"][0]["code"]),
              (202, 0, "beyond_retention"), "all dropped by policy is a 202")
    r = call(BATCH, envelope(event(timestamp=now(3 * 86400))), key)
    tap.equal((r.status, r.json["warnings"][0]["code"]), (202, "timestamp_clamped"), "the future")
    r = call(BATCH, envelope(event(event_id=None)), key)
    tap.equal(r.json["warnings"][0]["code"], "no_event_id", "an item without id")
    tap.ok(json.loads(redis("LINDEX", "tm:rejects:7", "-1"))["code"], "rejects are listed")


def encodings(key):
    body = json.dumps(envelope(event())).encode()
    tap.equal(call(BATCH, gzip.compress(body), key, Content_Encoding="gzip").status, 202, "gzip")
    packed = subprocess.run(["zstd", "-c"], input=body, capture_output=True, check=True).stdout
    tap.equal(call(BATCH, packed, key, Content_Encoding="zstd").status, 202, "zstd")
    tap.equal(call(BATCH, body, key, Content_Encoding="br").status, 415, "br: 415")
    tap.equal(call(BATCH, body, key, kind="application/xml").status, 415, "XML: 415")
    tap.equal(call(BATCH, gzip.compress(b"0" * 9000000), key, Content_Encoding="gzip").status,
              413, "a bomb: 413")
    tap.equal(call(BATCH, b" " * 1048577, key).status, 413, "beyond 1 MiB: 413")
    head = envelope()
    del head["events"]
    lines = "\n".join(json.dumps(x) for x in (head, event(), event())) + "\n"
    r = call(BATCH, lines.encode(), key, kind="application/x-ndjson")
    tap.equal((r.status, r.json["accepted"]), (202, 2), "NDJSON: envelope, then items")
    lines = "\n".join(json.dumps({"event": "e%d" % i}) for i in range(3))
    r = call("/api/v1/events/batch", lines.encode(), key, kind="application/x-ndjson")
    tap.equal((r.status, r.json["accepted"]), (202, 3), "NDJSON: events")
    r = call(BATCH, b'{"schema_version":"1.0"}\n{"a":1},{"b":2}\n', key,
             kind="application/x-ndjson")
    tap.equal(r.status, 400, "NDJSON: one value a line")
    beacon = dict(envelope(event()), write_key=key)
    tap.equal(call(BATCH, beacon, kind="text/plain").status, 202, "a beacon, key in the body")
    tap.equal(call(BATCH + "?key=" + key, envelope(event()), kind="text/plain").status, 202,
              "a beacon, key in the query")
    r = call(BATCH, {"schema_version": "1.1", "sent": int(time.time() * 1000),
                     "context": {"app": {"id": "x"}, "user": {"id": "u"}},
                     "items": [{"type": "event", "name": "n", "ts": int(time.time() * 1000),
                                "id": str(uuid.uuid4()), "props": {"a": 1}}]}, key)
    tap.equal((r.status, r.json.get("accepted")), (202, 1), "schema 1.1")
    r = call("/api/v1/events", {"event": "user_signup", "properties": {"plan": "pro"},
                                "context": {"user_id": "u", "service": "api"}}, key)
    tap.equal((r.status, r.json.get("accepted")), (202, 1), "seed 001: one event")
    r = call("/api/v1/events", {"properties": {}}, key)
    tap.equal(r.json["details"],
              {"event": ["The event field is required when type=event."]}, "without its name")
    r = call("/api/v1/events/batch", {"events": [{"event": "a"}, {"event": "b"}]}, key)
    tap.equal((r.status, r.json.get("accepted")), (202, 2), "seed 001: a batch")


def limits():
    key, row = token("tm_wk_", "limited"), None
    row = mirror(key, rpm=120)
    got = [call(BATCH, envelope(event()), key) for _ in range(121)]
    tap.equal([r.status for r in got], [202] * 120 + [429], "120 a minute: the 121st is a 429")
    last = got[-1]
    tap.ok(1 <= int(last.headers["Retry-After"]) <= 60, "with Retry-After")
    tap.equal((last.json["error"], last.json["details"]["category"],
               last.headers["RateLimit-Limit"], last.headers["RateLimit-Remaining"]),
              ("rate_limited", ["event"], "120", "0"), "and its category")
    tap.equal(call(BATCH, envelope(crash()), key).status, 202, "a crash has its own budget")
    redis("HSET", row, "state", "revoked")
    began = asked = time.monotonic()  # how long a call takes is the machine's
    while call(BATCH, envelope(event()), key).status != 401 and asked - began < 3:
        time.sleep(0.02)
        asked = time.monotonic()
    tap.ok(asked - began < 1, "a revoked key is refused within a second")

    key = token("tm_wk_", "items")
    mirror(key, rpm=1, id="items")
    redis("SET", "tm:rl:items:items", "999", "PX", "60000")
    r = call(BATCH, envelope(event(), crash(), event()), key)
    tap.equal((r.status, r.json["accepted"], r.json["rejected"],
               [(x["index"], x["result"]) for x in r.json["results"]]),
              (202, 1, 2, [(0, "retry"), (2, "retry")]),
              "item budget used up: the crash is taken, the events are retried")


def idempotency():
    key = token("tm_wk_", "repeats")  # whose minute begins here
    mirror(key)
    body, idem = envelope(event()), str(uuid.uuid4())
    before = redis("XLEN", "tm:q:ingest")
    first = call(BATCH, body, key, Idempotency_Key=idem)
    time.sleep(0.01)
    again = call(BATCH, body, key, Idempotency_Key=idem)
    tap.equal((again.status, again.raw), (202, first.raw), "a repeat gets the same bytes")
    tap.equal(int(redis("XLEN", "tm:q:ingest")), int(before) + 1, "and is stored once")
    tap.equal(first.headers["RateLimit-Remaining"], again.headers["RateLimit-Remaining"],
              "and is not charged")
    r = call(BATCH, envelope(event()), key, Idempotency_Key=idem)
    tap.equal((r.status, r.json["error"]), (422, "idempotency_mismatch"), "another body")


def keys():
    tap.equal(call(BATCH, envelope(event())).status, 401, "no key")
    unknown = call(BATCH, envelope(event()), token("tm_wk_", "nobody"))
    tap.equal(unknown.status, 401, "unknown key")
    read = token("tm_rk_", "reader")
    mirror(read, type="read")
    tap.equal(call(BATCH, envelope(event()), read).status, 403, "read key")
    tap.equal(call(BATCH, envelope(event()), token("tm_pat_", "me")).status, 403, "token")
    old = token("tm_wk_", "old")
    mirror(old, expires_us=1)
    expired = call(BATCH, envelope(event()), old)
    tap.equal((expired.status, expired.json["message"]), (401, unknown.json["message"]),
              "expired: the same words as unknown")
    picky = token("tm_wk_", "picky")
    mirror(picky, origins="https://example.com", bundles="com.example.myapp")
    tap.equal(call(BATCH, envelope(event()), picky, Origin="https://evil.test").status, 403,
              "foreign origin")
    tap.equal(call(BATCH, envelope(event()), picky, Origin="https://example.com").status, 202,
              "allowed origin")
    r = call(BATCH, envelope(event(), app={"bundle_id": "com.evil"}), picky)
    tap.equal((r.status, r.json["error"]), (403, "origin_not_allowed"), "foreign bundle")
    r = call(BATCH, method="OPTIONS", Origin="https://a.test",
             Access_Control_Request_Method="POST")
    tap.equal((r.status, r.headers["Access-Control-Allow-Origin"]), (204, "*"), "preflight")
    tap.equal(call(BATCH, method="GET", key=read).status, 403, "403 before 405")


def more(key):
    r = call("/api/v1/ingest/config", method="GET", key=key)
    tap.equal((r.status, r.json["limits"]["max_events"]), (200, 1000), "config")
    tap.equal(call("/api/v1/ingest/config", method="GET", key=key,
                   If_None_Match=r.headers["ETag"]).status, 304, "config: 304")
    n = redis("XLEN", "tm:q:ingest")
    r = call("/api/v1/ingest/validate", envelope(event(), event(name=None, timestamp="x")), key)
    tap.equal((r.status, sorted(r.json["details"])),
              (422, ["events.1.name", "events.1.timestamp"]), "validate: the whole list")
    tap.equal(call("/api/v1/ingest/validate", envelope(event()), key).status, 200, "validate: fine")
    tap.equal(redis("XLEN", "tm:q:ingest"), n, "validate: nothing is stored")
    redis("HSET", "tm:q:stats", "items", "1000000")
    time.sleep(0.15)
    r = call(BATCH, envelope(event()), key)
    tap.equal((r.status, r.json["error"]), (503, "queue_full"), "the bound")
    tap.ok(15 <= int(r.headers["Retry-After"]) <= 60, "with Retry-After")
    redis("HSET", "tm:q:stats", "items", "900000")
    time.sleep(0.15)
    redis("HSET", "tm:q:stats", "full", "1")
    time.sleep(0.15)
    tap.equal(call(BATCH, envelope(event()), key).status, 503, "90 %: still closed")
    redis("HSET", "tm:q:stats", "items", "700000")
    time.sleep(0.15)
    tap.equal(call(BATCH, envelope(event()), key).status, 202, "70 %: open again")
    redis("CONFIG", "SET", "maxmemory", "1mb")
    tap.equal(call_once(BATCH, envelope(event()), key).status, 503, "Redis out of memory: 503")
    redis("CONFIG", "SET", "maxmemory", "0")
    tap.equal(call(BATCH, envelope(event()), key).status, 202, "and back")
    children[0].terminate()
    children[0].wait(10)
    began = time.monotonic()
    r = call_once(BATCH, envelope(event()), key)
    tap.ok(r.status == 503 and r.headers["Retry-After"], "Redis gone: 503 with Retry-After")
    tap.ok(time.monotonic() - began < 0.5, "at once")


def main():
    start()
    key = token("tm_wk_", "main")
    redis("SET", "tm:mirror", "1")
    mirror(key)
    try:
        seed_example(key)
        bodies(key)
        encodings(key)
        limits()
        idempotency()
        keys()
        more(key)
    finally:
        log = stop()
    bad = [x for x in log.splitlines() if "ERROR" in x or "assert" in x or "level=error" in x and "msg=start" in x]
    tap.equal(bad, [], "the program's log is calm")


tap.run(main)
