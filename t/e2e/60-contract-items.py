#!/usr/bin/env python3
"""Items to the letter of the contract: every type and its errors, limits on
both sides, times, counts, the two other shapes, schema 1.1."""
import datetime
import json
import time
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"
DAY = 86400


def item(kind, **more):
    return dict({"type": kind, "event_id": str(uuid.uuid4()),
                 "timestamp": e2e.stamp(1)}, **more)


def event(**more):
    return {k: v for k, v in e2e.event(**more).items() if v is not None}


def at(seconds):
    """A time that many seconds from now."""
    return e2e.stamp(-seconds)


def send(lab, t, *items, **more):
    status, _, body = e2e.call_json(lab, "POST", BATCH, t.key,
                                    e2e.envelope(list(items), **more))
    return status, body


def adds_up(name, sent, body):
    tap.equal(body["accepted"] + body["duplicates"] + body["rejected"], sent,
              name + ": accepted + duplicates + rejected = sent")


def taken(lab, t):
    """One of each type, and fields that may be absent."""
    x = {"exception": {"type": "E", "message": "m", "stacktrace": "..."}}
    for name, one in (
            ("event", event()),
            ("event without properties", event(properties=None)),
            ("event without session", event(session_id=None)),
            ("user_properties", item("user_properties", operations=[
                {"op": "set", "key": "a", "value": 1},
                {"op": "set_once", "key": "b", "value": "x"},
                {"op": "increment", "key": "c", "value": 2.5},
                {"op": "unset", "key": "d"}])),
            ("identify", item("identify", user_id="u1")),
            ("alias", item("alias", alias="other")),
            ("crash", item("crash", **x)),
            ("crash, not fatal", item("crash", fatal=False, **x)),
            ("crash with all", item("crash", fatal=True, fingerprint="f",
                                    breadcrumbs=[{"ts": e2e.stamp(2),
                                                  "type": "ui",
                                                  "message": "tap"}], **x)),
            ("trace", item("trace", trace={
                "trace_id": "t", "name": "cold_start", "duration_ms": 842,
                "attributes": {"network": "wifi"}})),
            ("session_start", item("session_start", session_id="s1")),
            ("session_end", item("session_end", session_id="s1")),
            ("client_report", item("client_report", report={"dropped": 3})),
            ("an id that is no UUID", event(event_id="my-own-id")),
            ("64 properties", event(properties={"k%d" % i: i
                                                for i in range(64)})),
            ("a key of 64 bytes", event(properties={"k" * 64: 1})),
            ("a string of 1 KiB", event(properties={"k": "\u00e9" * 512})),
            ("depth 16", event(properties={"a": json.loads(
                "[" * 13 + "]" * 13)})),
            ("numbers beyond 64 bit", event(properties={"n": 10 ** 30}))):
        status, body = send(lab, t, one)
        tap.ok(status == 202 and body["accepted"] == 1
               and body["results"] == [] and body["warnings"] == [],
               "taken: " + name, body)


def refused(lab, t):
    """Each fault, the path under which it is named, and its code."""
    x = {"exception": {"type": "E"}}
    ops = "user_properties"
    rows = [
        ("name", "missing_field", event(name=None)),
        ("name", "missing_field", event(name="")),
        ("name", "too_long", event(name="n" * 201)),
        ("type", "missing_field", {"event_id": "x", "timestamp": at(0)}),
        ("type", "unknown_type", item("odd")),
        ("timestamp", "missing_field", event(timestamp=None)),
        ("timestamp", "invalid_timestamp", event(timestamp="yesterday")),
        ("timestamp", "invalid_timestamp",
         event(timestamp="2026-02-30T00:00:00Z")),
        ("event_id", "invalid_type", event(event_id={})),
        ("event_id", "too_long", event(event_id="x" * 300)),
        ("session_id", "too_long", event(session_id="x" * 300)),
        ("seq", "invalid_type", event(seq=-1)),
        ("properties", "invalid_type", event(properties="x")),
        ("properties", "too_many_properties",
         event(properties={"k%d" % i: 1 for i in range(65)})),
        ("properties." + "k" * 64, "key_too_long",
         event(properties={"k" * 65: 1})),
        ("properties.a", "too_deep", event(properties={"a": json.loads(
            "[" * 20 + "]" * 20)})),
        ("operations", "missing_field", item(ops)),
        ("operations", "invalid_type", item(ops, operations={})),
        ("operations.0.op", "invalid_operation", item(ops, operations=[
            {"op": "odd", "key": "a", "value": 1}])),
        ("operations.1.key", "invalid_operation", item(ops, operations=[
            {"op": "unset", "key": "a"}, {"op": "set", "value": 1}])),
        ("operations.0.value", "invalid_operation", item(ops, operations=[
            {"op": "set", "key": "a"}])),
        ("operations.0.value", "invalid_operation", item(ops, operations=[
            {"op": "increment", "key": "a", "value": "1"}])),
        ("exception", "missing_field", item("crash")),
        ("exception", "invalid_type", item("crash", exception="E")),
        ("fatal", "invalid_type", item("crash", fatal="yes", **x)),
        ("breadcrumbs", "invalid_type", item("crash", breadcrumbs={}, **x)),
        ("trace", "missing_field", item("trace")),
        ("trace.name", "missing_field",
         item("trace", trace={"duration_ms": 1})),
        ("trace.duration_ms", "missing_field",
         item("trace", trace={"name": "n"})),
        ("trace.duration_ms", "invalid_type",
         item("trace", trace={"name": "n", "duration_ms": -1})),
        ("alias", "missing_field", item("alias")),
        ("session_id", "missing_field", item("session_start")),
        ("session_id", "missing_field", item("session_end")),
        ("", "invalid_type", 5),
        ("", "event_too_large", event(properties={
            "k%d" % i: "v" * 900 for i in range(40)})),
    ]
    status, body = send(lab, t, event(), *[r[2] for r in rows])
    tap.equal((status, body["accepted"], body["rejected"]), (202, 1, len(rows)),
              "one good item among %d bad ones" % len(rows))
    got = {r["index"]: (r["result"], r["code"], r["field"] or "")
           for r in body["results"]}
    for i, (field, code, _) in enumerate(rows):
        tap.equal(got.get(i + 1), ("drop", code, field),
                  "refused: %s %s" % (code, field))
    status, body = send(lab, t, *[r[2] for r in rows])
    tap.equal((status, body["error"]), (422, "validation_failed"),
              "all of them bad: 422")
    want = {("events.%d.%s" % (i, r[0])).rstrip(".")
            for i, r in enumerate(rows)}
    tap.ok(want <= set(body["details"]), "and each is in details",
           sorted(want - set(body["details"])))
    status, body = send(lab, t, item("identify"), user={"anonymous_id": "a"})
    tap.equal(list(body["details"]), ["events.0.user_id"], "identify: who?")
    text = json.dumps(e2e.envelope([event(), event(name="twice")])).replace(
        '"name": "twice"', '"name": "a", "name": "b"').encode()
    body = e2e.call_json(lab, "POST", BATCH, t.key, text)[2]
    tap.equal((body["accepted"], body["results"][0]["code"]),
              (1, "duplicate_key"), "a duplicate key hurts that item only")
    big = item("crash", exception={"type": "E", "stacktrace": "x" * 400000})
    tap.equal(send(lab, t, big)[1]["accepted"], 1, "a crash may have 512 KiB")


def repaired(lab, t, token):
    name = "rep" + uuid.uuid4().hex[:8]
    text = json.dumps(e2e.envelope([event(name=name, properties={
        "nul": "a\u0000b", "half": "c\ud800d", "long": "\u00e9" * 600})]))
    status, _, body = e2e.call_json(lab, "POST", BATCH, t.key, text.encode())
    codes = {w["code"] for w in body["warnings"]}
    tap.equal((status, body["accepted"], codes),
              (202, 1, {"text_repaired", "string_cut"}),
              "U+0000, half a surrogate and a long string are warnings")
    lab.drain(20)
    got = e2e.call_json(lab, "GET", "/api/v1/projects/%s/events?f=name:eq:%s"
                        % (t.project, name), token)[2]["events"][0]
    tap.equal(got["properties"], {"nul": "a\ufffdb", "half": "c\ufffdd",
                                  "long": "\u00e9" * 512},
              "replaced by U+FFFD, cut at a character")


def times(lab, t, token):
    """Correction first, then the future, the late, the too old."""
    rows = [  # name, seconds from now, sent_at from now, stored at, code
        ("now", 0, 0, 0, None), ("23 h ahead", 23 * 3600, 0, 23 * 3600, None),
        ("25 h ahead", 25 * 3600, 0, 0, "timestamp_clamped"),
        ("29 days ago", -29 * DAY, 0, -29 * DAY, None),
        ("31 days ago", -31 * DAY, 0, -31 * DAY, "late"),
        ("clock 4 min behind", -300, -240, -300, None),
        ("clock 6 min behind", -380, -360, -20, None),
        ("clock 3 days ahead", 3 * DAY - 10, 3 * DAY, -10, None),
        ("clock a year behind", -365 * DAY - 5, -365 * DAY, -5, None),
    ]
    for name, when, sent, want, code in rows:
        label = name.replace(" ", "_")
        status, body = send(lab, t, event(name=label, timestamp=at(when)),
                            sent_at=at(sent))
        codes = [r["code"] for r in body["results"]]
        tap.equal((status, body["accepted"], codes),
                  (202, 1, [code] if code else []), "time: " + name)
        tap.equal(any(w["code"] == "clock_corrected" for w in body["warnings"]),
                  abs(sent) > 300, "time: %s: corrected or not" % name)
        if code:
            tap.ok(any(w["code"] == code for w in body["warnings"]),
                   "time: %s is in warnings" % name)
    for name, when, code in (("91 days ago", at(-91 * DAY), "beyond_retention"),
                             ("1999", "1999-12-31T23:59:59Z",
                              "timestamp_out_of_range")):
        status, body = send(lab, t, event(timestamp=when))
        tap.equal((status, body["accepted"], body["rejected"],
                   [(r["result"], r["code"]) for r in body["results"]]),
                  (202, 0, 1, [("drop", code)]),
                  "time: %s is dropped by policy, still 202" % name)
    old = send(lab, t, event(name="hist", timestamp=at(-40 * DAY)),
               sent_at=at(-40 * DAY), historical=True)[1]
    tap.equal((old["accepted"], old["warnings"]), (1, []),
              "historical: neither corrected nor late")
    lab.drain(20)
    stored = {e["name"]: e for e in e2e.call_json(
        lab, "GET", "/api/v1/projects/%s/events?limit=1000&from=%s&to=%s" % (
            t.project, at(-80 * DAY), at(2 * DAY)), token)[2]["events"]}
    for name, _, _, want, _ in rows:
        got = stored.get(name.replace(" ", "_"), {}).get("timestamp")
        tap.at_most(abs(seconds_from_now(got) - want), 60,
                    "time: %s is stored where it belongs" % name)
    tap.at_most(abs(seconds_from_now(stored["hist"]["timestamp"])
                    + 40 * DAY), 60, "historical keeps its time")


def seconds_from_now(text):
    if text is None:
        return 1e9
    then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return then.timestamp() - time.time()


def counts(lab, t):
    a = event(event_id="018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14")
    upper = dict(a, event_id=a["event_id"].upper())
    old = event(timestamp=at(-400 * DAY))
    items = [a, upper, event(), {"type": "event"}, old, a]
    status, body = send(lab, t, *items)
    tap.equal((status, body["accepted"], body["duplicates"], body["rejected"]),
              (202, 2, 2, 2), "a UUID counts once, in either case")
    adds_up("mixed", len(items), body)
    tap.equal({r["index"] for r in body["results"]}, {3, 4},
              "results hold the others only")
    tap.ok(all(set(r) == {"index", "event_id", "result", "code", "field"}
               for r in body["results"]), "their keys", body["results"])
    tap.equal(set(body), {"batch_id", "received_at", "accepted", "rejected",
                          "warnings", "duplicates", "results"},
              "the keys of a 202")
    status, body = send(lab, t, old, dict(old, event_id="x"))
    tap.equal((status, body["rejected"]), (202, 2), "all dropped: still 202")
    status, body = send(lab, t, *[event() for _ in range(1000)])
    tap.equal((status, body["accepted"]), (202, 1000), "1,000 events")
    status, _, body = e2e.call_json(lab, "POST", BATCH + "?strict=1", t.key,
                                    e2e.envelope([event(), {"type": "event"}]))
    tap.equal(status, 422, "strict=1: all or nothing")
    status, body = send(lab, t, event(), environment="dev")
    tap.ok(status == 202 and body["warnings"],
           "another environment in the body is a warning", body)


def seed_001(lab, t, token):
    """POST /events and /events/batch: the same keys, store and dedupe."""
    body = {"event": "user_signup", "id": "sign-1",
            "properties": {"plan": "pro", "source": "website"},
            "context": {"user_id": "user_123", "service": "user-api",
                        "session_id": "ss-1"}, "timestamp": e2e.stamp(1)}
    keys = {"batch_id", "received_at", "accepted", "rejected", "warnings",
            "duplicates", "results"}
    for _ in range(2):
        status, _, got = e2e.call_json(lab, "POST", "/api/v1/events", t.key,
                                       body)
        tap.equal((status, got.get("accepted"), set(got)), (202, 1, keys),
                  "the seed's event")
        lab.drain(20)
    found = e2e.call_json(lab, "GET", "/api/v1/ingest/batches/"
                          + got["batch_id"], t.key)[2]
    tap.equal((found["stored"], found["duplicates"]), (0, 1),
              "sent again it is a repeat")
    status, _, got = e2e.call_json(lab, "POST", "/api/v1/events/batch", t.key, {
        "events": [{"event": "api_request", "namespace": "infra"},
                   {"properties": {}}, {"event": "nobody"}]})
    tap.equal((status, got.get("accepted"), got.get("rejected"), set(got)),
              (202, 2, 1, keys), "the seed's batch")
    for path, wrong, field in (
            ("/api/v1/events", {}, "event"),
            ("/api/v1/events", {"event": "a", "context": 1}, "context"),
            ("/api/v1/events/batch", {}, "events"),
            ("/api/v1/events/batch", {"events": [{}]}, "events.0.event")):
        status, _, got = e2e.call_json(lab, "POST", path, t.key, wrong)
        tap.equal((status, list(got["details"])), (422, [field]),
                  "%s without %s" % (path, field))
    lab.drain(20)
    rows = {e["name"]: e for e in e2e.call_json(
        lab, "GET", "/api/v1/projects/%s/events?limit=1000" % t.project,
        token)[2]["events"]}
    one = rows["user_signup"]
    tap.equal((one["event_id"], one["namespace"], one["user_id"],
               one["session_id"], one["properties"]),
              ("sign-1", "product", "user_123", "ss-1",
               {"plan": "pro", "source": "website"}), "as it is stored")
    tap.equal(rows["api_request"]["namespace"], "infra", "its namespace")
    tap.equal((rows["nobody"]["person_id"], rows["nobody"]["session_id"]),
              (None, None), "without user and device: no person, no session")


def schema_11(lab, t, token):
    now = int(time.time() * 1000)
    body = {"schema_version": "1.1", "sent": now, "env": "prod",
            "context": {"app": {"id": "x.y", "version": "2.0", "build": "7"},
                        "device": {"id": "d11", "platform": "ios"},
                        "user": {"id": "u11", "anonymous_id": "a11"}},
            "items": [{"type": "event", "name": "in_11", "ts": now - 1000,
                       "id": str(uuid.uuid4()), "session": "s11",
                       "props": {"a": 1}}]}
    got = e2e.call_json(lab, "POST", BATCH, t.key, body)
    tap.equal((got[0], got[2].get("accepted"), got[2].get("warnings")),
              (202, 1, []), "schema 1.1")
    lab.drain(20)
    row = e2e.call_json(lab, "GET", "/api/v1/projects/%s/events?f=name:eq:in_11"
                        % t.project, token)[2]["events"][0]
    tap.equal((row["user_id"], row["session_id"], row["app"]["bundle_id"],
               row["device"]["platform"], row["properties"]),
              ("u11", "s11", "x.y", "ios", {"a": 1}), "lands in the same place")
    got = e2e.call_json(lab, "POST", BATCH, t.key,
                        dict(body, items=[{"type": "event"}]))[2]
    tap.equal(set(got["details"]), {"items.0.ts", "items.0.name"},
              "its errors have its paths")


def main():
    lab = e2e.start()
    t = lab.tenant("items")
    token = e2e.read_token(lab, t)
    taken(lab, t)
    refused(lab, t)
    repaired(lab, t, token)
    times(lab, t, token)
    counts(lab, t)
    seed_001(lab, t, token)
    schema_11(lab, t, token)


tap.run(main)
