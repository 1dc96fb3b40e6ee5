#!/usr/bin/env python3
"""Traces, releases and definitions through the API: sent, counted, listed,
filtered, as files; hostile names; repeats and late batches count once."""
import csv
import io
import json
import math
import random
import urllib.parse
import uuid

import e2e
from e2e import tap

NAMES = ["cold_start", "GET /a/b?c=<b>", "x,\"y\"\u00e4"]
RELEASES = [("ios", "1.9.0", "7"), ("ios", "1.10.0", "8"), ("android", "1.10.0", "8")]
SPANS = [{"id": "1", "name": "open", "start_ms": 0, "duration_ms": 80},
         {"id": "2", "parent_id": "1", "name": "<i>read</i>", "start_ms": 10,
          "duration_ms": 30, "status": "error"}]


def trace(name, ms, ago, **more):
    return dict({"type": "trace", "event_id": str(uuid.uuid4()), "name": name,
                 "trace_id": "tr_%d" % random.getrandbits(30), "duration_ms": ms,
                 "timestamp": e2e.stamp(ago)}, **more)


def rank(values, percent):
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


class Api:
    def __init__(self, lab):
        self.lab, self.t, self.other = lab, lab.tenant("perf"), lab.tenant("perf-other")
        self.key = e2e.read_token(lab, self.t)
        self.base = "/api/v1/projects/%s/" % self.t.project
        self.sent = []  # (release, name, ms)

    def get(self, path, key=None):
        return e2e.call_json(self.lab, "GET", self.base + path, key or self.key)

    def send(self, who, release, items):
        body = e2e.envelope(items, user={"user_id": who},
                            app={"bundle_id": "x", "version_name": release[1],
                                 "build_number": release[2]},
                            device={"device_id": "d-" + who, "platform": release[0],
                                    "model": "M", "os_version": "1"})
        got = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch", self.t.key, body)
        tap.equal(got[0], 202, "a batch of " + who)
        return body


def fill(a):
    """Late by days, one batch twice, a clock an hour ahead."""
    r = random.Random(4)
    for i in range(12):
        release = RELEASES[i % 3]
        items = []
        for _ in range(20):
            name, ms = r.choice(NAMES), r.randrange(1, 4000) / 2
            items.append(trace(name, ms, r.randrange(60, 5 * 86400),
                               attributes={"n": i, "plan": "pro"}))
            a.sent.append((release, name, ms))
        if i == 4:
            items.append({"type": "crash", "event_id": str(uuid.uuid4()), "fatal": True,
                          "timestamp": e2e.stamp(50), "exception": {
                              "type": "Oops", "message": "no",
                              "stacktrace": "#0 a.b (package:x/c.dart:1:2)"}})
        body = a.send("u%d" % (i % 6), release, items)
        if i % 4 == 0:
            e2e.call_json(a.lab, "POST", "/api/v1/ingest/batch", a.t.key, body)
    a.spanned = trace("cold_start", 90, 30, spans=SPANS)
    a.sent.append((RELEASES[0], "cold_start", 90))
    a.send("u0", RELEASES[0], [a.spanned])
    a.lab.drain(30)


def names(a):
    status, _, got = a.get("traces/names?range=30d")
    tap.equal(status, 200, "names")
    tap.equal({n["name"]: n["samples"] for n in got["names"]},
              {n: sum(s[1] == n for s in a.sent) for n in NAMES}, "repeats count once")
    for n in got["names"]:
        ms = [s[2] for s in a.sent if s[1] == n["name"]]
        tap.equal([n["p50_ms"], n["p75_ms"], n["p95_ms"], n["p99_ms"], n["estimate"]],
                  [rank(ms, 50), rank(ms, 75), rank(ms, 95), rank(ms, 99), False],
                  "percentiles of " + n["name"])
        one = a.get("traces/detail?range=30d&name=" + urllib.parse.quote(n["name"]))[2]
        tap.equal([sum(b["samples"] for b in one["series"]),
                   sum(b["samples"] for b in one["histogram"])]
                  + [sum(p["samples"] for p in v) for v in one["by"].values()],
                  [len(ms)] * 6, "every breakdown adds up to its total")
        tap.equal(one["slowest"][0]["duration_ms"], max(ms), "the slowest")
    part = a.get("traces/names?range=30d&f=platform:eq:android")[2]
    tap.equal(part["samples_total"], sum(s[0][0] == "android" for s in a.sent), "a filter")
    tap.equal(a.get("traces/names?range=30d&f=namespace:eq:x")[2]["names"], [],
              "a filter that traces do not carry")
    tap.equal(a.get("traces/detail?range=30d")[0], 400, "a name is needed")


def rows(a):
    seen, cursor = [], ""
    while cursor is not None:
        got = a.get("traces?range=30d&limit=50&cursor=" + cursor)[2]
        seen += got["traces"]
        cursor = got["next_cursor"]
    tap.equal(sorted(t["duration_ms"] for t in seen), sorted(s[2] for s in a.sent),
              "all rows by cursor, each once")
    tap.equal([t["timestamp"] for t in seen],
              sorted((t["timestamp"] for t in seen), reverse=True), "newest first")
    tap.equal(list(seen[0])[:4], ["trace_id", "name", "duration_ms", "timestamp"],
              "a row's first keys")
    one = a.get("traces/" + a.spanned["event_id"])[2]
    tap.equal((one["trace_id"], one["duration_ms"]), (a.spanned["trace_id"], 90), "one trace")
    tap.equal(a.get("traces/" + urllib.parse.quote(a.spanned["trace_id"]))[2], one,
              "the same by its trace id")
    tap.equal(a.get("traces/no-such-trace")[0], 404, "no trace of that id")
    tap.ok("open" in json.dumps(one["spans"]), "with its spans", one)
    tap.equal(a.get("traces/" + str(uuid.uuid4()))[0], 404, "no such trace")
    status, head, text = e2e.call(a.lab, "GET", a.base + "traces?range=30d&format=csv", a.key)
    lines = list(csv.reader(io.StringIO(text.decode())))
    tap.equal((status, len(lines), lines[0][0]), (200, len(a.sent) + 1, "trace_id"), "as CSV")
    text = e2e.call(a.lab, "GET", a.base + "traces?range=30d&format=ndjson", a.key)[2]
    tap.equal(len([json.loads(x) for x in text.splitlines()]), len(a.sent), "as NDJSON")
    foreign = e2e.read_token(a.lab, a.other)
    for path in ("traces", "traces/names", "traces/detail?name=x", "releases",
                 "traces/" + a.spanned["event_id"]):
        tap.equal(a.get(path, foreign)[0], 404, "of a foreign project: " + path.split("?")[0][:16])


def releases(a):
    got = a.get("releases?range=30d")[2]["releases"]
    tap.equal([(r["platform"], r["version"], r["build"]) for r in got],
              [("android", "1.10.0", "8"), ("ios", "1.10.0", "8"), ("ios", "1.9.0", "7")],
              "releases in their order: 1.10 after 1.9")
    tap.equal(sum(r["traces"] for r in got), len(a.sent), "the sum over releases is the total")
    for r in got:
        key = (r["platform"], r["version"], r["build"])
        cold = [s[2] for s in a.sent if s[0] == key and s[1] == "cold_start"]
        tap.equal((r["cold_starts"], r["p95_cold_start_ms"]), (len(cold), rank(cold, 95)),
                  "cold start of %s %s" % key[:2])
    tap.equal([(r["version"], r["crash_free_users_pct"]) for r in got if r["platform"] == "ios"],
              [("1.10.0", 50.0), ("1.9.0", 100.0)],
              "a crash counts on the release it happened on")
    tap.equal([r["new_crash_groups"] for r in got], [0, 1, 0], "and its group is new there")
    seen, cursor = [], ""
    while cursor is not None:
        page = a.get("releases?range=30d&limit=2&cursor=" + cursor)[2]
        seen.append([r["version"] for r in page["releases"]])
        last, cursor = cursor, page["next_cursor"]
    tap.equal(seen, [["1.10.0", "1.10.0"], ["1.9.0"]], "pages of two by cursor")
    tap.equal(a.get("releases?range=7d&cursor=" + last)[0], 400, "a cursor of another question")


def definitions(a):
    got = e2e.call_json(a.lab, "GET", "/api/v1/metrics", a.key)[2]["metrics"]
    tap.ok(len(got) > 15 and all(m["definition"] for m in got), "definitions", got)
    one = e2e.call_json(a.lab, "GET", "/api/v1/metrics/active_users", a.key)
    tap.equal((one[0], one[2]["url"]), (200, "/docs/definitions#active-users"), "one of them")
    tap.equal(e2e.call_json(a.lab, "GET", "/api/v1/metrics/nothing", a.key)[0], 404, "no such")
    tap.equal(e2e.call_json(a.lab, "GET", "/api/v1/metrics")[0], 401, "for those who sign in")


def main():
    a = Api(e2e.start())
    fill(a)
    names(a)
    rows(a)
    releases(a)
    definitions(a)
    tap.done()


main()
