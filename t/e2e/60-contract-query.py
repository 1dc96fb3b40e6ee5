#!/usr/bin/env python3
"""The query and management API, health and openapi.json, to the letter."""
import json
import uuid

import e2e
from e2e import tap

PROJECTS = "/api/v1/projects"
ROW = ["event_id", "name", "namespace", "timestamp", "received_at",
       "person_id", "user_id", "anonymous_id", "session_id", "device", "app",
       "properties"]
META = {"query_ms", "cached", "fresh_until", "rows_scanned", "estimate"}


class Api:
    def __init__(self, lab):
        self.lab = lab
        self.t, self.other = lab.tenant("query"), lab.tenant("foreign")
        self.p = PROJECTS + "/" + self.t.project
        self.all = self.token("events:read,metrics:read,projects:read")
        self.read = self.key("read", self.t)

    def token(self, scopes, team=None):
        return self.lab.ctl("token", "create", "--user", self.lab.owner,
                            "--team", (team or self.t).team, "--scopes",
                            scopes)["token"]

    def key(self, kind, t, env="prod"):
        return self.lab.ctl("key", "create", "--project", t.project, "--env",
                            env, "--type", kind)["token"]

    def get(self, path, key=None):
        return e2e.call_json(self.lab, "GET", path, key or self.all)

    def send(self, *events):
        got = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch",
                            self.t.key, e2e.envelope(list(events)))[2]
        tap.equal(got.get("accepted"), len(events), "events to ask for")
        self.lab.drain(20)


def is_error(name, reply, want, slug):
    status, head, body = reply
    tap.ok(status == want and body.get("error") == slug
           and set(body) == {"error", "message", "details", "request_id"}
           and head.get("x-request-id") == body["request_id"],
           "%s: %d %s" % (name, want, slug), (status, body))


def who(a):
    """401, then 403, then 404, then 405, then 400."""
    lab, write = a.lab, a.t.key
    none = a.token("projects:read")
    paths = [a.p + "/metrics/overview", a.p + "/events",
             a.p + "/events/" + str(uuid.uuid4()), PROJECTS]
    for path in paths:
        for name, key in (("unknown token", "tm_pat_" + "0" * 36),
                          ("unknown key", "tm_rk_" + "0" * 36),
                          ("no token at all", "x")):
            is_error("%s at %s" % (name, path.split("/")[-1][:9]),
                     a.get(path, key), 401, "unauthorized")
        is_error("write key", a.get(path, write), 403, "forbidden")
        is_error("no credential",
                 e2e.call_json(lab, "GET", path), 401, "unauthorized")
        is_error("a method before its credential",
                 e2e.call_json(lab, "DELETE", path), 401, "unauthorized")
    for path in paths[:3]:
        is_error("scope", a.get(path, none), 403, "forbidden")
        is_error("scope before the id", a.get(
            path.replace(a.t.project, a.other.project), none), 403, "forbidden")
    is_error("read key at projects", a.get(PROJECTS, a.read), 403, "forbidden")
    admin = a.token("admin")
    tap.equal([a.get(p, admin)[0] for p in (paths[0], paths[1], PROJECTS)],
              [200] * 3, "admin is every scope")
    tap.equal([a.get(p, a.read)[0] for p in paths[:2]], [200] * 2,
              "a read key reads its environment")
    for tail in ("/metrics/overview", "/events"):
        same = []
        for project in (a.other.project, str(uuid.uuid4()), "x"):
            r = a.get(PROJECTS + "/" + project + tail + "?bad=1")
            is_error("no such project", r, 404, "not_found")
            r[2].pop("request_id")
            r[1].pop("x-request-id")
            r[1].pop("date", None)
            same.append((r[1], r[2]))
        tap.ok(same[0] == same[1] == same[2],
               "a foreign id and a missing one: the same 404", same)
        is_error("foreign, read key", a.get(
            PROJECTS + "/" + a.other.project + tail, a.read), 404, "not_found")
        is_error("no such environment, before 400",
                 a.get(a.p + tail + "?env=nope&bad=1"), 404, "not_found")
        is_error("read key, other environment",
                 a.get(a.p + tail + "?env=dev", a.read), 404, "not_found")
        is_error("404 before 405", e2e.call_json(
            lab, "POST", PROJECTS + "/" + a.other.project + tail, a.all),
            404, "not_found")
        r = e2e.call_json(lab, "POST", a.p + tail, a.all)
        is_error("method", r, 405, "method_not_allowed")
        tap.ok("GET" in r[1].get("allow", ""), "Allow", r[1])
    token = lab.ctl("token", "create", "--user", lab.owner, "--team",
                    a.t.team, "--scopes", "projects:read")
    tap.equal(a.get(PROJECTS, token["token"])[0], 200, "a token works")
    lab.ctl("token", "revoke", token["id"])
    tap.equal(a.get(PROJECTS, token["token"])[0], 401, "and ends at once")
    tap.equal(e2e.call(lab, "POST", "/api/v1/ingest/batch", a.read, b"{}")[0],
              403, "a read key does not send")
    tap.equal(e2e.call(lab, "POST", "/api/v1/ingest/batch", a.all, b"{}")[0],
              403, "a token does not send")


def parameters(a):
    for tail, query, field in (
            ("/metrics/overview", "from=x", "from"),
            ("/metrics/overview", "to=2026-13-01", "to"),
            ("/metrics/overview", "from=2026-02-02&to=2026-02-01", "from"),
            ("/metrics/overview", "tz=Mars/Base", "tz"),
            ("/metrics/overview", "bad=1", "bad"),
            ("/events", "limit=0", "limit"), ("/events", "limit=1001", "limit"),
            ("/events", "limit=x", "limit"), ("/events", "f=odd", "f"),
            ("/events", "format=xml", "format"), ("/events", "bad=1", "bad")):
        r = a.get(a.p + tail + "?" + query)
        is_error(query, r, 400, "bad_parameter")
        tap.equal(list(r[2].get("details", ())), [field], query + ": where")


def overview(a):
    status, head, got = a.get(
        a.p + "/metrics/overview?from=2026-02-16T00:00:00Z"
        "&to=2026-02-23T00:00:00Z&env=prod")
    tap.equal(status, 200, "the seed's overview")
    tap.ok({"project_id", "environment", "window", "kpis", "timeseries",
            "metadata"} <= set(got), "its keys", sorted(got))
    tap.equal((got["project_id"], got["environment"], got["window"]),
              (a.t.project, "prod", {"from": "2026-02-16T00:00:00Z",
                                     "to": "2026-02-23T00:00:00Z"}),
              "what was asked")
    tap.ok({"events", "active_users", "sessions", "crash_free_users_pct",
            "p95_cold_start_ms"} <= set(got["kpis"]), "its kpis", got["kpis"])
    days = got["timeseries"]["daily_active_users"]
    tap.equal(([d["date"] for d in days], set(days[0])),
              (["2026-02-%02d" % d for d in range(16, 23)], {"date", "value"}),
              "one row a day, the end not included")
    tap.ok(META <= set(got["metadata"]), "metadata", got["metadata"])
    tap.ok(head.get("x-request-id"), "X-Request-Id")
    berlin = a.get(a.p + "/metrics/overview?from=2026-02-16&to=2026-02-17"
                   "&tz=Europe/Berlin")[2]["window"]
    tap.equal(berlin, {"from": "2026-02-15T23:00:00Z",
                       "to": "2026-02-16T23:00:00Z"}, "days of the zone")
    by_key = a.get(a.p + "/metrics/overview", a.read)[2]
    tap.equal(by_key["environment"], "prod", "a read key knows its own")


def windows(a):
    """Half-open: [from, to)."""
    a.send(e2e.event("W1", timestamp=e2e.stamp(7200)[:19] + ".000Z"),
           e2e.event("W2", timestamp=e2e.stamp(3600)[:19] + ".000Z"))
    rows = {e["name"]: e["timestamp"]
            for e in a.get(a.p + "/events")[2]["events"]}
    first, second = rows["W1"], rows["W2"]
    for begin, end, want in ((first, second, ["W1"]),
                             (second, e2e.stamp(), ["W2"]),
                             (first, e2e.stamp(), ["W2", "W1"])):
        query = "?from=%s&to=%s" % (begin, end)
        got = [e["name"] for e in a.get(a.p + "/events" + query)[2]["events"]
               if e["name"].startswith("W")]
        tap.equal(got, want, "[from, to) of events")
        tap.equal(a.get(a.p + "/metrics/overview" + query)[2]["kpis"]["events"],
                  len(want), "and of the overview")


def lists(a):
    events = [e2e.event("n%d" % (i % 2), timestamp=e2e.stamp(30 + i // 5))
              for i in range(23)]
    a.send(*events)
    query = a.p + "/events?f=name:in:n0,n1&limit=5"
    rows, cursor, pages = [], "", 0
    while cursor is not None and pages < 10:
        got = a.get(query + "&cursor=" + cursor)[2]
        rows += got["events"]
        cursor = got["next_cursor"]
        pages += 1
    ids = [r["event_id"] for r in rows]
    tap.ok(len(ids) == len(set(ids)) and {e["event_id"] for e in events}
           <= set(ids), "all pages together hold each event once", len(ids))
    times = [r["timestamp"] for r in rows]
    tap.equal(times, sorted(times, reverse=True), "newest first")
    tap.equal(list(rows[0])[:12], ROW, "the keys of a row")
    tap.ok(all(isinstance(rows[0][k], dict)
               for k in ("device", "app", "properties")), "its objects")
    _, _, got = a.get(a.p + "/events?limit=5")
    tap.ok({"events", "next_cursor", "metadata"} <= set(got)
           and META <= set(got["metadata"]), "the keys of a list")
    cursor = got["next_cursor"]
    tap.equal(a.get(a.p + "/events?limit=5&cursor=" + cursor)[0], 200,
              "the next page")
    for name, query in (("filter", "f=name:eq:n1&"), ("window", "range=7d&"),
                        ("environment", "env=dev&"), ("zone", "tz=Asia/Tokyo&")):
        is_error("a cursor with another " + name, a.get(
            a.p + "/events?limit=5&%scursor=%s" % (query, cursor)), 400,
            "bad_cursor")
    for bad in ("x", cursor[:-3] + "AAA", cursor + "A"):
        is_error("a made-up cursor", a.get(
            a.p + "/events?limit=5&cursor=" + bad), 400, "bad_cursor")
    tap.equal(a.get(a.p + "/events?limit=1000")[2]["next_cursor"], None,
              "limit 1000 is allowed, the last page has no cursor")
    one = a.get(a.p + "/events/" + events[0]["event_id"])
    tap.equal((one[0], list(one[2])[:12], one[2].get("event_id")),
              (200, ROW, events[0]["event_id"]), "one event")
    is_error("no such event", a.get(a.p + "/events/" + str(uuid.uuid4())), 404,
             "not_found")
    for kind, ctype in (("csv", "text/csv"), ("ndjson", "application/x-ndjson")):
        status, head, text = e2e.call(a.lab, "GET", a.p + "/events?format="
                                      + kind, a.all)
        tap.ok(status == 200 and head["content-type"].startswith(ctype)
               and head.get("x-request-id") and text.count(b"\n") >= 23,
               "the same as " + kind, head)


def projects(a):
    writer = a.token("projects:write,projects:read")
    got = a.get(PROJECTS)
    tap.equal((got[0], [p["id"] for p in got[2]["projects"]]),
              (200, [a.t.project]), "the team's projects only")
    tap.ok({"id", "slug", "name", "environments"} <= set(
        got[2]["projects"][0]), "their keys", got[2])
    tap.ok("next_cursor" in got[2], "a list like the others", got[2])

    def post(body, key=writer, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return e2e.call_json(a.lab, "POST", PROJECTS, key, body, headers)
    status, _, made = post({"name": "By API", "platform": "flutter"})
    tap.equal((status, made.get("name"),
               [e["name"] for e in made.get("environments", ())]),
              (201, "By API", ["prod", "staging", "dev"]), "POST makes one")
    tap.equal(a.get(PROJECTS + "/" + made["id"] + "/events")[0], 200,
              "which can be asked")
    is_error("without scope", post({}, a.all), 403, "forbidden")
    is_error("another type", post(b"{", **{"Content-Type": "text/plain"}), 415,
             "unsupported_media_type")
    is_error("no JSON", post(b"{"), 400, "invalid_json")
    r = post({})
    is_error("no name", r, 422, "validation_failed")
    tap.equal(list(r[2]["details"]), ["name"], "its path")
    is_error("an odd platform", post({"name": "x", "platform": "x"}), 422,
             "validation_failed")
    r = e2e.call_json(a.lab, "DELETE", PROJECTS, writer)
    is_error("DELETE", r, 405, "method_not_allowed")
    tap.ok(all(m in r[1]["allow"] for m in ("GET", "POST")), "Allow", r[1])


def description(a):
    """openapi.json: every /api route, no pages, and it tells the truth."""
    status, head, doc = e2e.call_json(a.lab, "GET", "/api/openapi.json")
    tap.ok(status == 200 and doc["openapi"].startswith("3.1")
           and head["content-type"].startswith("application/json"),
           "openapi.json, for all", head)
    want = {PROJECTS: {"get", "post"}, "/api/v1/events": {"post"},
            PROJECTS + "/{project_id}/metrics/overview": {"get"},
            PROJECTS + "/{project_id}/events": {"get"},
            "/api/v1/ingest/batch": {"post"}, "/api/v1/ingest/config": {"get"},
            "/api/v1/ingest/validate": {"post"},
            "/api/v1/ingest/batches/{batch_id}": {"get"},
            "/api/v1/events/batch": {"post"}, "/api/openapi.json": {"get"}}
    verbs = {"get", "post", "put", "patch", "delete"}
    got = {p: set(v) & verbs for p, v in doc["paths"].items()}
    tap.ok(all(got.get(p, set()) >= m for p, m in want.items()),
           "it lists the routes", sorted(got))
    tap.ok(all(p.startswith(("/api", "/oauth", "/.well-known")) for p in got),
           "and no pages", sorted(got))
    for path, methods in got.items():
        real = path.replace("{project_id}", a.t.project)
        for kind in ("event_id", "session_id", "group_id", "person_id", "trace_id"):
            real = real.replace("{%s}" % kind, str(uuid.uuid4()))
        for kind, value in (("batch_id", "bat_1_0"), ("name", "events"), ("digits", "42"),
                            ("month", "2026-01")):
            real = real.replace("{%s}" % kind, value)
        tap.ok("{" not in real, "known path parameters", real)
        head = e2e.call(a.lab, "OPTIONS", real)[1]
        allow = set(head.get("allow", "").lower().replace(",", " ").split())
        tap.equal(allow & verbs, methods, "the methods of " + path)
        if methods == {"get"} and path != "/api/openapi.json":
            listed = doc["paths"][path]["get"]["responses"]
            tap.ok("401" in listed, "it names the 401 of " + path,
                   sorted(listed))


def health(a):
    lab, admin = a.lab, a.lab.admin_url
    for path in ("/livez", "/readyz"):
        status, head, text = e2e.call(lab, "GET", path)
        tap.ok(status == 200 and text and head.get("x-request-id"), path, head)
    plain = e2e.call(lab, "GET", "/readyz?verbose")[2]
    full = e2e.call(lab, "GET", "/readyz?verbose", base=admin)[2].decode()
    tap.equal(plain, e2e.call(lab, "GET", "/readyz")[2],
              "verbose is for the admin listener")
    tap.ok(all(w in full for w in ("schema", "store", "queue")),
           "there it names each check", full)
    tap.equal(e2e.call(lab, "GET", "/metrics")[0], 404,
              "/metrics is not public")
    status, head, text = e2e.call(lab, "GET", "/metrics", base=admin)
    lines = text.decode().splitlines()
    tap.ok(status == 200 and lines[-1] == "# EOF"
           and "openmetrics" in head["content-type"], "OpenMetrics", head)
    tap.ok(any(x.startswith("tidemark_queue_batches ") for x in lines),
           "with the queue", lines[:20])


def main():
    lab = e2e.start()
    a = Api(lab)
    windows(a)
    lists(a)
    who(a)
    parameters(a)
    overview(a)
    projects(a)
    description(a)
    health(a)


tap.run(main)
