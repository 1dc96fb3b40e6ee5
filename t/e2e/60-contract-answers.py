#!/usr/bin/env python3
"""Every route of openapi.json is asked for all it has, and each answer held
against the schema that the file promises: status, content type, every key and
its type, and no key that the file does not name."""
# takes: 20 s
import base64
import copy
import urllib.parse
import uuid

import answers
import e2e
from answers import P, SYSTEM, V1
from e2e import tap

MAPPING = b"com.example.App -> a.a:\n    void main() -> a\n"
WINDOWS = ("", "range=7d", "range=24h&tz=Asia/Tokyo", "range=90d&f=platform:eq:android",
           "f=version:eq:1.2.0&f=prop.n:gt:1", "from=2026-01-01&to=2026-01-03", "env=dev",
           "range=12m", "f=country:in:de,fr&f=user:exists:")


def ingest(w):
    """The door: what is taken, warned of, dropped."""
    batch = V1 + "ingest/batch"
    odd = [e2e.event("late", timestamp="2026-01-01T00:00:00Z"),
           {k: v for k, v in e2e.event("no id").items() if k != "event_id"},
           {"type": "event"}, 5, {"type": "odd"}, e2e.event("x", properties={"k": "s" * 2000})]
    twice = e2e.event("twice")
    w.ask("POST", batch, 202, body=e2e.envelope(odd + [twice, twice]))
    w.ask("POST", batch, 422, "strict=1", e2e.envelope(odd))
    w.ask("POST", batch, 202, body=e2e.envelope([]))
    w.ask("POST", V1 + "ingest/validate", 200, body=e2e.envelope([twice]))
    w.ask("POST", V1 + "ingest/validate", 422, body=e2e.envelope(odd))
    w.ask("POST", V1 + "events", 202, body={"event": "a", "namespace": "billing", "properties": {
        "amount": 5}, "context": {"user_id": "u-9", "service": "api"}})
    w.ask("POST", V1 + "events/batch", 202, body={"events": [{"event": "a"}, {"event": 5}, {}]})
    w.ask("POST", V1 + "events/batch", 202, body=[{"event": "a"}])
    w.ask("GET", V1 + "ingest/config")
    tag = e2e.call(w.lab, "GET", V1 + "ingest/config", w.t.key)[1]["etag"]
    w.ask("GET", V1 + "ingest/config", 304, headers={"If-None-Match": tag})
    w.ask("GET", V1 + "ingest/batches/{batch_id}", 200)
    w.ask("GET", V1 + "ingest/batches/{batch_id}", 200, key=w.token)
    w.tell("the door answers as the file says")


def lists(w):
    """Rows: windows, filters, pages, files."""
    for path in ("/events", "/sessions", "/crashes", "/traces", "/persons", "/releases"):
        kind = path[1:]
        for query in WINDOWS:
            w.ask("GET", P + path, 200, query)
        got = w.ask("GET", P + path, 200, "limit=1")
        tap.ok(len(got[kind]) == 1 and got["next_cursor"], "%s: one row, and more" % kind, got)
        more = w.ask("GET", P + path, 200, "limit=1&cursor=%s" % got["next_cursor"])
        tap.ok(len(more[kind]) == 1 and more[kind] != got[kind], "%s: the next" % kind, more)
        for form in ("csv", "ndjson", "json"):
            w.ask("GET", P + path, 200, "format=" + form)
    for query in ("status=unresolved", "order=users", "status=resolved"):
        w.ask("GET", P + "/crashes", 200, query)
    w.ask("GET", P + "/sessions", 200, "crashed=1")
    w.ask("GET", P + "/persons", 200, "q=u-1")
    w.tell("lists answer as the file says")


def sums(w):
    for query in WINDOWS + ("compare=previous", "compare=none", "compare=year"):
        for path in ("/metrics/overview", "/traces/names"):
            w.ask("GET", P + path, 200, query)
        w.ask("GET", P + "/traces/detail", 200, "name=cold_start&" + query)
    w.ask("GET", P + "/traces/names", 200, "format=ndjson&limit=1")
    for query in WINDOWS[:3] + ("format=csv", "format=ndjson"):
        w.ask("GET", P + "/pipeline", 200, query)
    for query in ("", "format=csv", "format=ndjson"):
        w.ask("GET", P + "/tracking-plan", 200, query)
    w.lab.sql("INSERT INTO review_packs (environment_id, month, team_id, asked_by) SELECT %d,"
              " date '%s-01', t.id, u.id FROM teams t, users u WHERE t.slug = '%s'"
              " AND u.email = '%s'" % (w.t.env, w.ids["month"], w.t.team, w.lab.owner))
    w.lab.sql("INSERT INTO saved_views (environment_id, team_id, user_id, name, page, query, shared)"
              " SELECT %d, t.id, u.id, 'Mine', 'events', 'range=7d', true FROM teams t, users u"
              " WHERE t.slug = '%s' AND u.email = '%s'" % (w.t.env, w.t.team, w.lab.owner))
    tap.ok(e2e.until(30, lambda: w.ask("GET", P + "/review-packs/{month}")["state"] == "done"),
           "a review pack is made")
    w.ask("GET", P + "/review-packs")
    tap.equal(len(w.ask("GET", P + "/reports")["reports"]), 1, "a saved view is listed")
    w.tell("sums answer as the file says")


def single(w):
    group = w.ask("GET", P + "/crashes")["crashes"][0]["group_id"]
    person = [p for p in w.ask("GET", P + "/persons")["persons"] if p["user_id"] == "u-1"][0]
    w.ids.update(group_id=group, person_id=person["person_id"])
    for path in ("/events/{event_id}", "/sessions/{session_id}", "/traces/{trace_id}"):
        w.ask("GET", P + path)
    for query in WINDOWS[:4]:
        w.ask("GET", P + "/crashes/{group_id}", 200, query)
        w.ask("GET", P + "/crashes/{group_id}/samples", 200, query)
    for row in w.ask("GET", P + "/persons")["persons"]:
        w.ask("GET", P + "/persons/{person_id}", 200, person_id=row["person_id"])
    for row in w.ask("GET", P + "/sessions")["sessions"]:
        w.ask("GET", P + "/sessions/{session_id}", 200, session_id=row["session_id"])
    for metric in w.ask("GET", V1 + "metrics")["metrics"]:
        w.ask("GET", V1 + "metrics/{name}", name=metric["name"])
    w.tell("single rows answer as the file says")


def manage(w):
    w.ask("GET", V1 + "projects")
    w.ask("POST", V1 + "projects", 201, body={"name": "By API", "platform": "web"})
    for path in ("billing/plans", "billing/subscription", "billing/usage", "flags"):
        w.ask("GET", V1 + path)
    for plan in ("free", "enterprise"):
        w.ask("POST", V1 + "billing/subscribe", 200, body={"plan_id": plan})
    w.ask("GET", V1 + "flags", 200, "project=" + w.t.project)
    w.ask("GET", "/api/openapi.json", key=None)
    schema = P + "/namespaces/{name}/schema"
    for query in ("", "event=a"):
        w.ask("GET", schema, 404, query, name="billing")
        w.ask("PUT", schema, 200, query, {"mode": "warn", "schema": {
            "type": "object", "properties": {"amount": {"type": "number"}}}}, name="billing")
        w.ask("GET", schema, 200, query, name="billing")
    raw = {"Content-Type": "application/octet-stream"}
    made = w.ask("POST", V1 + "symbols", 201, "project=%s&name=mapping.txt&kind=proguard"
                 "&platform=android&version=1.2.0" % w.t.project, MAPPING, headers=raw)
    w.ask("GET", P + "/symbols")
    w.ask("DELETE", P + "/symbols/{name}", name=made["id"])
    w.ask("DELETE", P + "/symbols/{name}", 404, name=made["id"])
    w.ask("POST", V1 + "symbols", 422, "project=%s&name=x&kind=elf" % w.t.project, b"no ELF",
          headers=raw)
    w.tell("what is managed answers as the file says")


def privacy(w):
    path = P + "/privacy/requests"
    export = w.ask("POST", path, 202, body={"kind": "export", "user_id": "u-1", "hold_minutes": 0,
                                            "anonymous_id": None, "filters": None})["request_id"]
    held = w.ask("POST", path, 202, body={"anonymous_id": "a-2", "hold_minutes": 60})["request_id"]
    w.ask("POST", path + "/{name}/cancel", 200, name=held)
    w.ask("POST", path + "/{name}/cancel", 409, name=held)
    erase = w.ask("POST", path, 202, body={"anonymous_id": "a-2", "hold_minutes": 0})["request_id"]
    w.ask("POST", path, 200, body={"filters": ["name:eq:open"], "from": e2e.stamp(9000),
                                   "to": e2e.stamp(), "dry_run": True})
    for name in (export, erase):
        tap.ok(e2e.until(60, lambda: w.ask("GET", path + "/{name}", name=name)["state"] == "done"),
               "a privacy request is done")
    w.ask("GET", path, 200, "limit=1")
    w.ask("GET", path + "/{name}/archive", name=export)
    w.ask("GET", path + "/{name}/receipt", name=erase)
    w.ask("GET", path + "/{name}/receipt", 404, name=export)
    w.tell("privacy requests answer as the file says")


def sign_in(w):
    mail = "answers-%s@example.org" % uuid.uuid4().hex[:8]
    new = {"email": mail, "password": answers.PASSWORD, "first_name": "A", "last_name": "B"}
    w.ask("POST", "/api/auth/register", 201, body=new, key=None)
    w.ask("POST", "/api/auth/register", 422, body={"email": "x"}, key=None)
    w.ask("POST", "/api/auth/login", 403, body=new, key=None)
    w.ask("POST", "/api/auth/login", 401, body={"email": mail, "password": "wrong wrong"}, key=None)
    w.ask("POST", "/api/auth/login", 422, body={}, key=None)
    mine = w.ask("POST", "/api/auth/login", 200, key=None, body={
        "email": w.root_email, "password": answers.PASSWORD})
    mine = w.ask("POST", "/api/auth/refresh", 200, key=mine["token"])
    w.ask("POST", "/api/auth/refresh", 401, key="x")
    w.ask("POST", "/api/auth/logout", 200, key=mine["token"])
    w.ask("POST", "/api/auth/logout", 401, key=mine["token"])
    w.tell("signing in answers as the file says")


def oauth(w):
    made = w.lab.ctl("oauth-client", "create", "--team", w.t.team, "--name", "Answers", "--grant",
                     "client_credentials", "--scopes", "projects:read,events:read")
    pair = base64.b64encode(("%s:%s" % (made["client_id"], made["client_secret"])).encode())

    def form(path, want, basic=True, **fields):
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        if basic:
            head["Authorization"] = "Basic " + pair.decode()
        return w.ask("POST", "/oauth/" + path, want, key=None, headers=head,
                     body=urllib.parse.urlencode(fields).encode())
    token = form("token", 200, grant_type="client_credentials")["access_token"]
    w.ask("GET", V1 + "projects", 200, key=token)
    form("introspect", 200, token=token)
    form("introspect", 200, token="x")
    form("revoke", 200, token=token)
    w.ask("GET", V1 + "projects", 401, key=token)
    for path in ("token", "introspect", "revoke"):
        form(path, 401, basic=False, token="x", grant_type="client_credentials")
        form(path, 400)
    w.tell("OAuth answers as the file says")


def letter(w, item):
    return w.lab.value("INSERT INTO dead_letters (environment_id, batch_id, item_index, reason,"
                       " wire) VALUES (%d, 'bat_1_0', %d, 'data', '\\x0102') RETURNING id"
                       % (w.t.env, item))


def system(w):
    for query in ("", "range=24h&kind=ingest", "range=7d&kind=sweep"):
        w.ask("GET", SYSTEM + "queue", 200, query)
    w.ask("POST", SYSTEM + "queue/pause", 200, body={"reason": "answers"})
    w.ask("GET", SYSTEM + "queue")
    w.ask("POST", SYSTEM + "queue/resume", 200)
    w.ask("GET", SYSTEM + "jobs")
    w.ask("POST", SYSTEM + "jobs/{name}/run", 202, name="sweep")
    letters = SYSTEM + "dead-letters"
    one, two = letter(w, 0), letter(w, 1)
    w.ask("GET", letters, 200, "environment=%d&state=all&limit=1" % w.t.env)
    w.ask("GET", letters + "/{name}", name=one)
    w.ask("POST", letters, 200, "environment=%d" % w.t.env, {"act": "drop", "dry_run": True})
    w.ask("POST", letters + "/{name}/drop", 200, name=one)
    w.ask("POST", letters + "/{name}/drop", 409, name=one)
    w.ask("POST", letters + "/{name}/replay", None, name=two)
    w.ask("GET", letters + "/{name}", name=one)
    name = w.ask("GET", SYSTEM + "alarms")["alarms"][0]["name"]
    w.ask("POST", SYSTEM + "alarms/{name}/silence", 200, body={"hours": 1}, name=name)
    w.ask("GET", SYSTEM + "alarms")
    w.ask("POST", SYSTEM + "alarms/{name}/silence", 200, body={"hours": 0}, name=name)
    fired = w.lab.value("INSERT INTO alarm_events (name, severity, value, threshold) VALUES"
                        " ('%s', 'warning', 5, 1) RETURNING id" % name)
    w.ask("POST", SYSTEM + "alarm-events/{name}/acknowledge", 200, body={"note": "seen"}, name=fired)
    w.ask("POST", SYSTEM + "alarm-events/{name}/acknowledge", 409, name=fired)
    w.ask("GET", SYSTEM + "alarms")
    w.lab.sql("DELETE FROM alarm_events WHERE id = %s" % fired)
    w.tell("the system's console answers as the file says")


def controls(w):
    """What the comparison has to find."""
    path = P + "/persons/{person_id}"
    schema = w.doc.response(path, "get", 200)["content"]["application/json"]["schema"]
    whole = w.ask("GET", path)
    tap.equal(w.doc.faults(schema, whole), [], "an answer as it is")
    for name, keys, value in (("a key more", ("devices", 0, "odd"), 1),
                              ("a number for a text", ("person_id",), 5),
                              ("no time", ("timeline", 0, "timestamp"), "yesterday"),
                              ("none of an enum", ("ids", 0, "kind"), "odd")):
        bad = copy.deepcopy(whole)
        at = bad
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = value
        tap.must_fail(not w.doc.faults(schema, bad), name)
    bad = {k: v for k, v in whole.items() if k != "timeline"}
    tap.must_fail(not w.doc.faults(schema, bad), "a key less")
    tap.must_fail(w.doc.response(path, "get", 418), "a status that is not listed")


def main():
    lab = e2e.start()
    w = answers.World(lab, "answers")
    answers.fill(w)
    for part in (ingest, lists, sums, single, controls, manage, privacy, sign_in, oauth, system):
        part(w)
    every = {(method, path) for path, method, _ in w.operations()}
    tap.equal(sorted(every - w.answered), [], "every route was asked and gave an answer")
    lab.sql("DELETE FROM login_attempts")


tap.run(main)
