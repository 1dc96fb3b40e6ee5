#!/usr/bin/env python3
"""OpenTelemetry's official exporters (JavaScript and Python), unmodified, over
OTLP/HTTP in JSON and protobuf, gzip and plain: every span, exception and log
record is found through the query API, no client reports an error, and the
same bytes again change nothing. See /docs/compatibility."""
import gzip
import json
import time

import e2e
import vendors
from e2e import tap

JS = ("json none", "proto gzip", "json gzip single", "proto none x-api-key")
PLACED = {"deployment.environment.name": "prod", "tenant.name": "Höhle"}


def one(v, rows, title, **want):
    got = [r for r in rows if vendors.fits(r, want)]
    tap.ok(len(got) == 1, "%s: %s" % (v.name, title), json.dumps(rows)[:1500])
    return got[0] if got else {}


def javascript(v, how):
    v.name = "otlp " + how
    mark = how.replace(" ", "-")
    result = v.drive("otlp.mjs", how)
    tap.equal(result["errors"], [], v.name + ": no exporter reports an error")
    v.lab.drain(30)
    traces(v, result, how.endswith("single"))
    person = {"user_id": "u-" + mark, "session_id": "s-" + mark}
    events = [e for e in v.events() if e["session_id"] == "s-" + mark]
    one(v, events, "a log with a body", name="checkout finished", **person, properties=dict(
        PLACED, order=7, severity="INFO", scope="log", body="checkout finished",
        trace_id=result["trace_id"], span_id=result["span_id"]))
    one(v, events, "an event by its name", name="cart.opened", **person,
        properties={"body": {"items": 3}})
    tap.equal(sorted(e["name"] for e in events), ["cart.opened", "checkout finished"] + ["tick"] * 3,
              v.name + ": these records, equal ones each for itself, and no others")
    tap.ok(all(e["app"]["version_name"] == "1.2.3" and e["app"]["bundle_id"] == "shop"
               and e["device"]["platform"] == "linux" for e in events),
           v.name + ": app and platform from the resource", events[:1])
    return result


def traces(v, result, single):
    rows = [t for t in v.get("traces", limit=200)["traces"] if t["trace_id"] == result["trace_id"]]
    root = one(v, rows, "the root span is a trace", name="GET /cart", attributes=dict(
        PLACED, n=5, f=1.5, b=True, a=["x", "y"], big=9007199254740991, span_kind="server",
        span_status="error", span_status_message="bad", span_id=result["span_id"]))
    tap.ok(abs(root.get("duration_ms", -1) - result["duration_ms"]) < 1e-3,
           v.name + ": its duration to the microsecond", (root, result))
    if single: # each span in a request of its own: nothing is lost, all by trace_id
        one(v, rows, "a child that comes apart is a trace", name="db.query",
            attributes={"parent_span_id": result["span_id"], "span_id": result["child_id"]})
        tap.equal(len(rows), 2, v.name + ": both by one trace_id")
        return
    tap.equal(len(rows), 1, v.name + ": one trace")
    whole = v.get("traces/" + root.get("id", root.get("event_id", result["trace_id"])))
    spans = whole.get("spans") or []
    spans = spans.get("spans") if isinstance(spans, dict) else spans
    child = one(v, spans, "with its child as a span", name="db.query", id=result["child_id"],
                parent_id=result["span_id"], attributes={"db.system": "pg"})
    tap.ok(19 <= child.get("duration_ms", 0) <= root.get("duration_ms", 0), v.name + ": of its duration",
           child)


def crashes(v):
    groups = v.get("crashes", limit=50).get("crashes", [])
    tap.equal(sorted((g["title"], g["crashes"]) for g in groups), [
        ("RangeError: boom", len(JS)), ("TypeError: no cart", len(JS)),
        ("ValueError: bad job", 1), ("ZeroDivisionError: division by zero", 1)],
        "crashes: the same exception by every encoding is one group")
    rows = v.lab.sql("SELECT c.exception_type, bool_and(c.fatal), bool_or(c.stacktrace LIKE "
                     "'%%otlp%%') FROM crashes c WHERE environment_id = %d GROUP BY 1 ORDER BY 1"
                     % v.tenant.env)
    tap.equal([tuple(r) for r in rows], [
        ("RangeError", "t", "t"), ("TypeError", "f", "t"), ("ValueError", "f", "t"),
        ("ZeroDivisionError", "f", "t")], "crashes: fatal by severity, with their stacks")


def python(v):
    v.name = "otlp python"
    result = v.drive("otlp_python.py")
    tap.equal(result["errors"], [], v.name + ": no exporter reports an error")
    v.lab.drain(30)
    rows = [t for t in v.get("traces", limit=200)["traces"] if t["trace_id"] == result["trace_id"]]
    job = one(v, rows, "the root span is a trace", name="job", app={"bundle_id": "jobs"})
    tap.ok(abs(job.get("duration_ms", -1) - result["duration_ms"]) < 1e-3,
           v.name + ": its duration", (job, result))
    one(v, v.events(), "a log line", name="disk 90", user_id="u-python",
        properties={"severity": "WARN"})


def metrics(v, before):
    def told():  # a worker of the door tells once a second, after another request
        e2e.call(v.lab, "POST", "/api/v1/ingest/batch", "tm_wk_nobody", b"{}")
        return counter(v.lab) >= before + len(JS)
    tap.ok(e2e.until(60, told),
           "metrics: taken, kept nowhere, counted", (before, counter(v.lab)))


def counter(lab):
    text = e2e.call(lab, "GET", "/metrics", base=lab.admin_url)[2].decode()
    for line in text.splitlines():
        if line.startswith("tidemark_passed_over_items_total "):
            return int(line.split()[1])
    return 0


def twice(v):
    before = v.fingerprint()
    answers = v.resend()
    tap.ok(len(answers) >= 3 * len(JS) and set(answers) == {200},
           "%d requests again, all answered 200" % len(answers), answers)
    v.lab.drain(30)
    tap.equal(v.fingerprint(), before, "the same bytes again change nothing")
    other = dict(next(r for r in v.recorder.requests if r["body"].startswith(b'{"resourceLogs"')))
    other["body"] = other["body"].replace(b"checkout finished", b"checkout finishes")
    v.recorder.send(other)
    v.lab.drain(30)
    tap.must_fail(v.fingerprint() == before, "one other byte is another record")


def storm(lab):
    """429 and 503, then an answer: every span is there once, no error."""
    v = vendors.Vendor(lab, "otlp storm")
    v.recorder.storm = [(503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}),
                        (503, {}), (429, {"Retry-After": "1"})]
    result = v.drive("otlp.mjs", "json none")
    tap.equal(result["errors"], [], v.name + ": the exporters come through without an error")
    tap.equal(v.recorder.refused, 4, v.name + ": four answers were refusals")
    lab.drain(30)
    tap.equal(len(v.get("traces", limit=200)["traces"]), 1, v.name + ": the trace is there once")
    before = len(v.recorder.requests)
    time.sleep(1)
    tap.equal(len(v.recorder.requests), before, v.name + ": and nobody goes on")
    # the whole time refused: it gives up
    v.recorder.storm = [(503, {})] * 100
    began = time.monotonic()
    result = v.drive("otlp.mjs", "proto none", "1500")
    tap.at_most(time.monotonic() - began, 60, v.name + ": refused for ever, it ends, seconds")
    tap.must_fail(result["errors"] == [], v.name + ": and that is an error")


def collector(lab):
    """8,192 records at a time, as the collector sends them."""
    v = vendors.Vendor(lab, "otlp collector")
    records = [{"timeUnixNano": str(time.time_ns() - i * 1000), "body": {"stringValue": "line"},
                "attributes": [{"key": "n", "value": {"intValue": str(i)}}]} for i in range(8192)]
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    for _ in range(5): # as the collector does when a busy machine says 503
        status, _, text = e2e.call(lab, "POST", "/v1/logs", v.tenant.key, gzip.compress(body, 1))
        if status != 503:
            break
    tap.equal((status, text), (200, b'{"partialSuccess":{}}'), v.name + ": 8,192 records are taken")
    lab.drain(60)
    tap.equal(lab.value("SELECT count(*) || ' ' || sum((properties->>'n')::int) FROM events WHERE "
                        "environment_id = %d" % v.tenant.env), "8192 %d" % (8192 * 8191 // 2),
              v.name + ": and stored")


def door(lab, v):
    key = {"Authorization": "Bearer " + v.tenant.key}
    proto = {"Content-Type": "application/x-protobuf"}
    rows = [
        (401, "no key", {}, b"{}", b'{"code":16'),
        (401, "no key, protobuf", proto, b"", b"\x08\x10"),
        (401, "an unknown key", {"x-api-key": "tm_wk_nothing"}, b"{}", b'{"code":16'),
        (400, "no JSON", key, b'{"resourceSpans"', b'{"code":3'),
        (400, "no protobuf", dict(key, **proto), b"\x0a\xff", b"\x08\x03"),
        (400, "gzip cut short", key, b"\x1f\x8b\x08\x00", b'{"code":3'),
        (413, "a gzip bomb", key, gzip.compress(b" " * (64 << 20)), b'{"code":3'),
        (200, "nothing", key, b"{}", b'{"partialSuccess":{}}'),
        (200, "nothing, protobuf", dict(key, **proto), b"", b""),
        (200, "a span that is none", key,
         b'{"resourceSpans":[{"scopeSpans":[{"spans":[3]}]}]}',
         b'{"partialSuccess":{"rejectedSpans":"1"'),
        (200, "the same, protobuf", dict(key, **proto), b"\x0a\x04\x12\x02\x12\x00", b"\x0a"),
    ]
    for want, name, headers, body, starts in rows:
        status, head, text = e2e.call(lab, "POST", "/v1/traces", None, body, headers)
        tap.equal(status, want, "the door: %s: %d" % (name, want))
        tap.ok(text.startswith(starts), "the door: %s: in the protocol's words" % name, text)
        tap.equal(head.get("content-type", "").split(";")[0],
                  "application/x-protobuf" if "Content-Type" in headers else "application/json",
                  "the door: %s: in the encoding of the request" % name)
    lab.drain(30)
    tap.equal(v.rejects(), ["missing_field"], "the spans that are none are among the rejects")


def main():
    lab = e2e.start()
    v = vendors.Vendor(lab, "otlp")
    before = counter(lab)
    for how in JS:
        javascript(v, how)
    python(v)
    crashes(v)
    metrics(v, before)
    twice(v)
    storm(lab)
    collector(lab)
    door(lab, v)


tap.run(main)
