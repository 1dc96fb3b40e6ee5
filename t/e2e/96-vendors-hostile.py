#!/usr/bin/env python3
"""Hostile bodies at every address of other vendors' clients: nothing, null, cut
short, each part of a message replaced by what does not belong there, nested
without end, damaged and swollen gzip, the wrong content type. Each answer is in
the vendor's own shape and no 5xx, no worker dies, and what comes next is stored."""
# takes: 40 s
import copy
import gzip
import http.client
import json
import time
import urllib.parse
import uuid

import e2e
from e2e import tap

NEST = "[" * 150000 + "]" * 150000  # more than a stack has room for
MARK = "@hostile@"
# in the place of every part of a message, as JSON text
VALUES = ("null", "0", "-1", "1e400", "123456789012345678901234567890", '""', '"\\u0000"',
          '"\\ud800"', '"%s"' % ("x" * 70000), "[]", "{}", "[null]", '{"a":1,"a":2}', NEST,
          '{"":{}}', '"0001-01-01T00:00:00Z"', "99999999999999999", '"NaN"', "true")


def is_json(body, *names):
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return isinstance(value, dict) and all(n in value for n in names)


def ours(body):
    return is_json(body, "error", "message", "request_id")


# --- the vendors: one message each; what a yes and what a no looks like ---

def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".000Z"


def segment(key):
    return {"writeKey": key, "sentAt": stamp(), "batch": [{
        "type": "track", "messageId": str(uuid.uuid4()), "userId": "u", "anonymousId": "a",
        "event": "hostile", "timestamp": stamp(), "properties": {"a": 1},
        "context": {"app": {"version": "1.0"}, "os": {"name": "iOS", "version": "17"},
                    "device": {"id": "d"}, "locale": "de-DE",
                    "page": {"url": "https://a.example/"}}}]}


def amplitude(key):
    return {"api_key": key, "client_upload_time": stamp(), "events": [{
        "user_id": "u", "device_id": "d", "session_id": 1771839900000, "insert_id": str(uuid.uuid4()),
        "time": int(time.time() * 1000), "event_type": "hostile", "event_properties": {"a": 1},
        "user_properties": {"$set": {"b": 2}, "$add": {"c": 1}}, "groups": {"org": "acme"},
        "platform": "iOS", "library": "amplitude-ts/2.0.0"}]}


def mixpanel(key):
    return [{"event": "hostile", "properties": {
        "token": key, "distinct_id": "u", "$device_id": "d", "$insert_id": str(uuid.uuid4()),
        "time": int(time.time()), "mp_lib": "node", "$os": "iOS", "a": 1}}]


def aptabase(_key):
    return [{"timestamp": stamp(), "sessionId": uuid.uuid4().hex, "eventName": "hostile",
             "systemProps": {"isDebug": False, "osName": "iOS", "appVersion": "1.0",
                             "sdkVersion": "aptabase-web@0.5.0"}, "props": {"a": 1}}]


def posthog(key):
    return {"api_key": key, "sent_at": stamp(), "batch": [
        {"event": "hostile", "distinct_id": "u", "uuid": str(uuid.uuid4()), "timestamp": stamp(),
         "properties": {"$lib": "web", "$session_id": "s", "a": 1, "$set": {"b": 2}}},
        {"event": "$exception", "distinct_id": "u", "uuid": str(uuid.uuid4()),
         "timestamp": stamp(), "properties": {"$exception_list": [{
             "type": "E", "value": "v", "stacktrace": {"frames": [
                 {"function": "f", "filename": "a.js", "lineno": 1, "in_app": True}]}}]}}]}


def sentry_log(_key):
    return [{"sdk": {"name": "sentry.javascript.node", "version": "10.0.0"}, "sent_at": stamp()},
            {"type": "log", "item_count": 1},
            {"items": [{"timestamp": time.time(), "level": "info", "body": "hostile",
                        "trace_id": uuid.uuid4().hex, "attributes": {
                            "a": {"value": 1, "type": "integer"}}}]}]


def sentry_event(_key):
    return [{"event_id": uuid.uuid4().hex, "sent_at": stamp()}, {"type": "event"},
            {"event_id": uuid.uuid4().hex, "timestamp": time.time(), "platform": "node",
             "level": "error", "release": "a@1.0+1", "user": {"id": "u"}, "tags": {"a": "b"},
             "breadcrumbs": {"values": [{"timestamp": time.time(), "message": "m"}]},
             "exception": {"values": [{"type": "E", "value": "v", "stacktrace": {
                 "frames": [{"function": "f", "filename": "a.js", "lineno": 1}]}}]}}]


def otlp(kind, list_, records, record):
    def body(_key):
        return {kind: [{"resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "s"}}]},
            list_: [{"scope": {"name": "t"}, records: [record()]}]}]}
    return body


def span():
    now = time.time_ns()
    return {"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16], "name": "hostile",
            "kind": 1, "startTimeUnixNano": str(now - 1000000), "endTimeUnixNano": str(now),
            "attributes": [{"key": "a", "value": {"intValue": "1"}}], "status": {"code": 1},
            "events": [{"name": "exception", "timeUnixNano": str(now), "attributes": [
                {"key": "exception.type", "value": {"stringValue": "E"}}]}],
            "links": [{"traceId": uuid.uuid4().hex, "spanId": "1234567890123456"}]}


def record():
    return {"timeUnixNano": str(time.time_ns()), "severityText": "INFO",
            "body": {"stringValue": "hostile"},
            "attributes": [{"key": "a", "value": {"doubleValue": 1.5}}]}


def otlp_yes(body):
    return is_json(body, "partialSuccess")


def otlp_no(body):
    return is_json(body, "code", "message")


VENDORS = (  # name, address, message, a yes, a no
    ("segment", "/v1/batch", segment, lambda b: b == b'{"success":true}', ours),
    ("amplitude", "/2/httpapi", amplitude, lambda b: is_json(b, "code", "events_ingested"),
     lambda b: is_json(b, "code", "error")),
    ("mixpanel track", "/track", mixpanel, lambda b: b == b"1", lambda b: b == b"0"),
    ("mixpanel import", "/import", mixpanel, lambda b: is_json(b, "code", "num_records_imported"),
     lambda b: is_json(b, "code", "error", "status")),
    ("aptabase", "/api/v0/events", aptabase, lambda b: b == b"{}", ours),
    ("posthog", "/batch/", posthog, lambda b: b == b'{"status":1}', ours),
    ("sentry log", "/api/1/envelope/", sentry_log, is_json, ours),
    ("sentry event", "/api/1/envelope/", sentry_event, is_json, ours),
    ("otlp traces", "/v1/traces", otlp("resourceSpans", "scopeSpans", "spans", span),
     otlp_yes, otlp_no),
    ("otlp logs", "/v1/logs", otlp("resourceLogs", "scopeLogs", "logRecords", record),
     otlp_yes, otlp_no),
)


# --- bodies ---

def text(message):
    """As the client writes it; an envelope is lines."""
    lines = message if isinstance(message, list) and len(message) == 3 else [message]
    return "\n".join(json.dumps(x, separators=(",", ":")) for x in lines).encode()


def places(value, path=()):
    yield path
    inside = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for k, x in inside:
        yield from places(x, path + (k,))


def replaced(message, path, value):
    if not path:
        return value.encode()
    message = copy.deepcopy(message)
    at = message
    for k in path[:-1]:
        at = at[k]
    at[path[-1]] = MARK
    return text(message).replace(b'"%s"' % MARK.encode(), value.encode())


def shapes(good):
    """(name, body, content type, content encoding)"""
    packed = gzip.compress(good)
    plain = (
        ("nothing", b""), ("blanks", b"  \n "), ("null", b"null"), ("a number", b"7"),
        ("a text", b'"x"'), ("a list", b"[]"), ("an object", b"{}"), ("half", good[:len(good) // 2]),
        ("twice", good + good), ("NaN", b'{"a":NaN}'), ("no UTF-8", good.replace(b"hostile", b"\xff")),
        ("zero bytes", b"\0" * 100), ("open brackets", b"[" * 100000),
        ("nested", b"[" * 3000 + b"]" * 3000), ("a thousand nulls", b"[" + b"null," * 999 + b"null]"),
        ("data of nothing", b"data="), ("data that is no Base64", b"data=%%%"),
    )
    for name, body in plain:
        yield name, body, "application/json", None
    for kind in ("text/plain", "application/x-www-form-urlencoded", "image/png", ""):
        yield "as " + (kind or "nothing"), good, kind, None
    for name, body in (("cut", packed[:-9]), ("damaged", b"\x1f\x8b" + bytes(range(200))),
                       ("of nothing", gzip.compress(b"")), ("twice", gzip.compress(packed)),
                       ("a bomb", gzip.compress(b"[" + b" " * 20000000 + b"]"))):
        for encoding in (None, "gzip"):
            yield "gzip, %s" % name, body, "application/json", encoding
    yield "zstd, damaged", b"\x28\xb5\x2f\xfd" + bytes(range(100)), "application/json", "zstd"
    yield "said to be gzip", good, "application/json", "gzip"
    yield "said to be br", good, "application/json", "br"


# --- asking ---

class Door:
    def __init__(self, lab, key):
        where = urllib.parse.urlsplit(lab.url)
        self.link = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
        self.key = key

    def ask(self, path, body, kind="application/json", encoding=None):
        headers = {"Authorization": "Bearer " + self.key}
        if kind:
            headers["Content-Type"] = kind
        if encoding:
            headers["Content-Encoding"] = encoding
        try:
            self.link.request("POST", path, body, headers)
            r = self.link.getresponse()
            return r.status, r.read()
        except (OSError, http.client.HTTPException) as e:
            self.link.close()
            return 0, repr(e).encode()


def fault(row, status, body):
    """Why this answer is none that the vendor's client knows, or None."""
    _, _, _, yes, no = row
    if status == 200:
        return None if yes(body) else "200 in a strange shape: %r" % body[:100]
    if status not in (400, 413, 415):
        return "status %d: %r" % (status, body[:100])
    return None if no(body) else "%d in a strange shape: %r" % (status, body[:100])


def press(door, row):
    """Everything hostile; what is wrong with the answers, and of which status."""
    name, path, make = row[:3]
    faults, seen = [], {}
    good = text(make(door.key))

    def see(what, *request):
        status, body = door.ask(path, *request)
        seen[status] = seen.get(status, 0) + 1
        why = fault(row, status, body)
        # a protobuf request of nothing is an empty one, and answered so
        if why and not (name.startswith("otlp") and what == "as nothing"):
            faults.append("%s: %s" % (what, why))
    for what, body, kind, encoding in shapes(good):
        see(what, body, kind, encoding)
    message = make(door.key)
    for place in places(message):
        for value in VALUES:
            see("%s = %s" % ("/".join(map(str, place)), value[:20]), replaced(message, place, value))
    return faults, seen


def main():
    lab = e2e.start()
    tenant = lab.tenant("hostile")
    door = Door(lab, tenant.key)
    before = lab.pids("ingest")
    for row in VENDORS:
        faults, seen = press(door, row)
        tap.equal(faults[:5], [], "%s: %d hostile bodies, each answered as the vendor does: %s" % (
            row[0], sum(seen.values()), sorted(seen.items())))
        tap.ok(seen.get(400, 0) >= 8, row[0] + ": and some are refused", seen)
        tap.equal(door.ask(row[1], text(row[2](tenant.key)))[0], 200, row[0] + ": the next one is taken")
        tap.must_fail(fault(row, 500, b'{"error":"internal"}') is None, row[0] + ": a 500 would be seen")
        tap.must_fail(fault(row, 200, b"<html>") is None, row[0] + ": and a page")
    tap.equal(lab.pids("ingest"), before, "no worker has died")
    lab.drain(60)
    left = lab.value("SELECT count(*) FROM dead_letters WHERE environment_id = %d" % tenant.env)
    tap.equal(left, "0", "what was taken was stored: nothing among the dead letters")


tap.run(main)
