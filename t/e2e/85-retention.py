#!/usr/bin/env python3
"""Retention over HTTP: what is beyond an environment's days is on no page, in
no file and in no API reply from the moment of the change; the page says what
will be gone before it is; roles, audit, tidemarkctl, and the alarm."""
import json
import os
import re
import subprocess
import urllib.parse
import uuid

import e2e
import isolation
from e2e import tap
from shop import person

DAY = 86400
OLD, NEW = "ret-mark-old", "ret-mark-new"
P, A = isolation.P, isolation.A


class World:
    def __init__(self, lab):
        self.lab = lab
        mark = lab.rng.randrange(10 ** 9)
        self.mail, self.owner = person(lab, "ret", "owner", mark)
        viewer, self.viewer = person(lab, "ret", "viewer", mark)
        self.team = lab.ctl("team", "create", "--name", "Ret %d" % mark,
                            "--owner", self.mail)["slug"]
        lab.sql("INSERT INTO members (team_id, user_id, role) SELECT t.id, u.id,"
                " 'viewer' FROM teams t, users u WHERE t.slug = '%s' AND"
                " u.email = '%s'" % (self.team, viewer))
        made = lab.ctl("project", "create", "--team", self.team, "--name",
                       "Pond", "--platform", "flutter")
        self.project, self.slug = made["id"], made["slug"]
        self.env = [e["id"] for e in made["environments"]
                    if e["name"] == "prod"][0]
        self.key = lab.ctl("key", "create", "--project", self.project, "--env",
                           "prod", "--type", "write")["token"]
        self.token = lab.ctl(
            "token", "create", "--user", self.mail, "--team", self.team,
            "--scopes", "events:read,metrics:read,projects:read,persons:read"
        )["token"]
        self.storage = "/t/%s/p/%s/prod/storage" % (self.team, self.slug)

    def send(self, events, user, **more):
        status, _, reply = e2e.call_json(
            self.lab, "POST", "/api/v1/ingest/batch", self.key,
            e2e.envelope(events, user={"user_id": user}, **more))
        return status, reply

    def value(self, what):
        return self.lab.value(what.replace("$env", str(self.env)))


def items(mark, ago):
    """One of each kind, the mark in what only rows hold."""
    at = {"timestamp": e2e.stamp(ago), "session_id": mark + "-session"}
    stack = ("#0      Pond.%s (package:pond/pond.dart:8:7)\n"
             "#1      _invoke (dart:ui/hooks.dart:13:10)\n" % "fill")
    yield dict(e2e.event("tap", properties={"plan": mark}), **at)
    yield dict({"type": "crash", "event_id": str(uuid.uuid4()), "fatal": True,
                "exception": {"type": "StateError", "message": "No water",
                              "stacktrace": stack},
                "breadcrumbs": [{"ts": at["timestamp"], "type": "ui",
                                 "message": mark}],
                "properties": {"plan": mark}}, **at)
    yield dict({"type": "trace", "event_id": str(uuid.uuid4()), "name": "load",
                "duration_ms": 7, "attributes": {"plan": mark}}, **at)
    yield {"type": "user_properties", "event_id": str(uuid.uuid4()),
           "timestamp": at["timestamp"],
           "operations": [{"op": "set", "key": "plan", "value": mark}]}


def fill(w):
    w.lab.ctl("environment", "set", "--project", w.project, "--env", "prod",
              "--retention-trace-days", "90")
    ids = {}
    for mark, ago in ((OLD, 40 * DAY), (NEW, 2 * DAY)):
        batch = list(items(mark, ago))
        status, reply = w.send(batch, "fish")
        tap.equal((status, reply["rejected"]), (202, 0), "%s is taken" % mark)
        ids[mark] = batch[0]["event_id"], batch[2]["event_id"]
    # more of the old, so that numbers can be wrong
    extra = [e2e.event("tap", timestamp=e2e.stamp(40 * DAY + i * 60),
                       session_id=OLD + "-session") for i in range(30)]
    w.send(extra, "fish")
    w.lab.drain()
    w.ids = {
        "session_id": OLD + "-session", "event_id": ids[OLD][0],
        "trace_id": ids[OLD][1], "name": "load", "env": "prod",
        "project": w.slug, "team": w.team, "project_id": w.project,
        "group_id": w.value("SELECT group_id FROM crash_groups WHERE"
                            " environment_id = $env LIMIT 1"),
        "person_id": w.value("SELECT person_id FROM persons WHERE"
                             " environment_id = $env AND user_id = 'fish'"),
    }


def reads(w):
    """(route, path) of every GET that is about an environment's rows."""
    begin = e2e.stamp(89 * DAY)[:10]
    for route in sorted(isolation.ROWS):
        method, _, path = route.partition(" ")
        if method != "GET" or not (path.startswith(P) or path.startswith(A)):
            continue
        if re.search(r"\{(key|token|user)\}", path) or "delete" in path:
            continue
        path = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(
            str(w.ids.get(m.group(1), "x"))), path)
        api = path.startswith("/api/")
        query = {"range": "12m"}
        if api:
            query = {"env": "prod"}
            if "{" not in route[len("GET " + A):] or "samples" in path:
                query.update({"from": begin + "T00:00:00Z"})
            if path.endswith("detail"):
                query["name"] = "load"
        yield route, path + "?" + urllib.parse.urlencode(query)
    # the same lists by what leads to the rows
    for f in ("user:eq:fish", "session:eq:%s-session" % OLD,
              "prop.plan:eq:" + OLD):
        for page in ("events", "sessions", "crashes", "performance"):
            yield page + " " + f, "/t/%s/p/%s/prod/%s?%s" % (
                w.team, w.slug, page, urllib.parse.urlencode(
                    {"range": "12m", "f": f}))
    yield "values", "/t/%s/p/%s/prod/events?%s" % (
        w.team, w.slug, urllib.parse.urlencode({"range": "12m",
                                                "values": "prop.plan"}))


def told(w):
    """Routes that tell of the old rows: by their mark, or their hour."""
    found, answers = set(), {}
    for route, path in reads(w):
        if path.startswith("/api/"):
            status, _, body = e2e.call(w.lab, "GET", path, w.token)
            body = body.decode("utf-8", "replace")
        else:
            page = w.owner.get(path)
            status, body = page.status, page.body
            if isinstance(body, bytes):
                body = body.decode("utf-8", "replace")
        answers[route] = status
        # what was asked for comes back in links and fields
        for own in (urllib.parse.quote(OLD), OLD + "-session"):
            if own in path and not re.search(r"/(sessions)/", path):
                body = body.replace(own, "")
        if "?f=" in path or "&f=" in path:
            body = "" if OLD not in re.sub(
                r"(value|href|data-[a-z-]+|action)=\"[^\"]*\"|>" + re.escape(OLD)
                + r"<", "", body) else body
        if OLD in body and not (status == 404):
            found.add(route)
    return found, answers


def nothing_is_told(w):
    before, answers = told(w)
    want = {"GET " + P + x for x in (
        "/events", "/events.ndjson", "/sessions.ndjson",
        "/sessions/{session_id}", "/persons/{person_id}",
        "/crashes/{group_id}/samples.ndjson")}
    want |= {"GET " + A + x for x in (
        "/events", "/events/{event_id}", "/sessions", "/traces",
        "/traces/{trace_id}", "/crashes/{group_id}/samples",
        "/persons/{person_id}", "/sessions/{session_id}")}
    missing = sorted(r for r in want - before)
    tap.equal([(r, answers.get(r)) for r in missing], [], "before: all of these tell of the old rows")
    return before, answers


def shorter(w):
    page = w.owner.get(w.storage)
    tap.equal(page.status, 200, "the page of storage opens")
    form = dict(page.form("/storage").fields)
    tap.equal([form[n] for n in ("retention_raw_days", "retention_crash_days",
                                 "retention_trace_days",
                                 "retention_agg_months", "crash_redact_days")],
              ["90", "90", "90", "13", "0"], "with what is stored")
    rows = w.value("SELECT count(*) FROM events WHERE environment_id = $env")
    tap.ok(">%s<" % rows in page.body if isinstance(page.body, str) else
           rows in page.text, "it counts what is there", page.text[:900])
    bad = w.owner.submit(page, "/storage", retention_raw_days="soon",
                         retention_agg_months="-2")
    tap.ok(bad.status == 422 and "A number of days" in bad.text and
           "A number of months" in bad.text and
           dict(bad.form("/storage").fields)["retention_raw_days"] == "soon",
           "mistakes come back beside their fields", bad.text[:300])
    ask = w.owner.submit(page, "/storage", retention_raw_days="30",
                         retention_crash_days="30", retention_trace_days="30")
    lost = w.value("SELECT count(*) FROM events WHERE environment_id = $env"
                   " AND ts < now() - interval '30 days'")
    tap.ok(ask.status == 200 and "Will be gone" in ask.text and
           re.search(r"Events\s*%s rows? older than 30" % lost, ask.text) and
           re.search(r"Crashes\s*1 row older than 30", ask.text) and
           re.search(r"Traces\s*1 row older than 30", ask.text) and
           re.search(r"Sessions\s*1 row", ask.text),
           "before less is kept, it says how much will be gone", ask.text[-900:])
    tap.equal(w.value("SELECT retention_raw_days FROM environments WHERE id ="
                      " $env"), "90", "and nothing has changed yet")
    before, answers = nothing_is_told(w)
    done = w.owner.submit(ask, "/storage")
    tap.ok(done.status == 200 and "Retention is saved" in done.text,
           "it is saved after the yes", done.text[:300])
    tap.equal(w.value("SELECT retention_raw_days || '/' || retention_crash_days"
                      " || '/' || retention_trace_days || '/' ||"
                      " retention_agg_days FROM environments WHERE id = $env"),
              "30/30/30/396", "as it was asked")
    kept = w.value("SELECT count(*) FROM events WHERE environment_id = $env"
                   " AND properties ->> 'plan' = '%s'" % OLD)
    tap.equal(kept, "1", "the rows are still on the disk (so hiding is tested)")
    after, status = told(w)
    tap.equal(sorted(after), [], "from that moment no page, file or reply"
              " tells of them (%d did, of %d asked)" % (len(before),
                                                        len(status)))
    gone = {r for r in ("GET " + A + "/events/{event_id}",
                        "GET " + A + "/traces/{trace_id}",
                        "GET " + A + "/sessions/{session_id}",
                        "GET " + P + "/sessions/{session_id}")
            if status[r] == 404 and answers[r] == 200}
    tap.equal(len(gone), 4, "what is asked for by its id is not there (404)")
    audit = w.lab.sql(
        "SELECT detail FROM audit_entries a JOIN teams t ON t.id = a.team_id"
        " WHERE t.slug = '%s' AND action = 'environment.retention' ORDER BY"
        " a.id DESC LIMIT 1" % w.team)
    tap.equal(json.loads(audit[0][0]),
              {"retention_raw_days": {"from": "90", "to": "30"},
               "retention_crash_days": {"from": "90", "to": "30"},
               "retention_trace_days": {"from": "90", "to": "30"}},
              "audited: what was, what is, and nothing else")
    # longer needs no yes
    more = w.owner.submit(done, "/storage", retention_raw_days="35")
    tap.ok("Retention is saved" in more.text, "keeping more is saved at once")
    w.owner.submit(more, "/storage", retention_raw_days="30", sure="yes")
    status, reply = w.send([e2e.event("late", timestamp=e2e.stamp(40 * DAY))],
                           "fish")
    tap.equal((status, reply["results"][0]["code"]), (202, "beyond_retention"),
              "the door follows")


def roles(w):
    page = w.viewer.get(w.storage)
    tap.ok(page.status == 200 and not page.has_form("/storage") and
           "Admins and owners" in page.text, "a viewer reads it without a form")
    csrf = dict(w.viewer.get("/t/%s/tokens" % w.team).form("/tokens").fields)
    tap.equal(w.viewer.request("POST", w.storage,
                               [("csrf", csrf["csrf"]), ("sure", "yes"),
                                ("retention_raw_days", "1"),
                                ("retention_crash_days", "1"),
                                ("retention_trace_days", "1"),
                                ("retention_agg_months", "1"),
                                ("crash_redact_days", "0")]).status, 403,
              "nor does a post of one work")


def ctl(w):
    lab = w.lab
    dry = lab.ctl("retention", "run", "--dry-run")
    tap.ok(any(r["act"] == "remove" and "environment %s: sessions" % w.env ==
               r["where"] and r["rows"] == 1 for r in dry),
           "a dry run names what would go", dry)
    tap.equal(w.value("SELECT count(*) FROM sessions WHERE environment_id ="
                      " $env"), "2", "and takes nothing")
    done = lab.ctl("retention", "run")
    tap.ok(done["rows"] >= 1 and done["environments"] >= 1,
           "a run says what it did", done)
    tap.equal(w.value("SELECT count(*) FROM sessions WHERE environment_id ="
                      " $env"), "1", "what was over is gone")
    tap.equal(w.value("SELECT count(*) FROM seen WHERE environment_id = $env"
                      " AND kind = 1"),
              w.value("SELECT count(*) FROM events WHERE environment_id = $env"),
              "rows and their lines of dedupe are as many")
    show = lab.ctl("retention", "show", "--project", w.project, "--env", "prod")
    tap.equal([(r["kind"], r["days"], r["rows"]) for r in show],
              [("events", 30, 1), ("crashes", 30, 1), ("traces", 30, 1),
               ("sessions", 30, 1)], "show counts what is shown")
    env = lab.ctl("environment", "set", "--project", w.project, "--env", "prod",
                  "--retention-aggregate-months", "3", "--crash-redact-days",
                  "1")
    tap.equal((env["retention_aggregate_days"], env["crash_redact_days"]),
              (92, 1), "months and redaction are set by hand, too")
    page = w.owner.get(w.storage)
    form = dict(page.form("/storage").fields)
    tap.equal((form["retention_agg_months"], form["crash_redact_days"]),
              ("3", "1"), "and shown as they were given")
    lab.ctl("retention", "run")
    tap.equal(w.value("SELECT count(*) FROM crashes WHERE environment_id = $env"
                      " AND (properties::text || coalesce(breadcrumbs::text, '')"
                      " || exception_message) LIKE '%ret-mark%'"), "0",
              "crashes lose their words")
    tap.equal(w.value("SELECT crashes FROM crash_groups WHERE environment_id ="
                      " $env"), "2", "and count all the same")
    page = w.owner.get(w.storage)
    tap.ok("redacted" in page.text and "sessions" in page.text,
           "the page lists what was removed", page.text[:900])
    for args, why in ((("retention", "run", "--soon"), "an unknown flag"),
                      (("retention", "show"), "no environment"),
                      (("retention", "show", "--env", "999999"),
                       "an environment that is not there"),
                      (("environment", "set", "--project", w.project, "--env",
                        "prod", "--retention-aggregate-months", "x"),
                       "months that are none")):
        done = subprocess.run([os.path.join(e2e.labs.ROOT, "dev"), "ctl", *args],
                              capture_output=True, check=False)
        tap.ok(done.returncode in (64, 65, 66, 69), "%s is refused" % why,
               (done.returncode, done.stderr))


def alarm(w):
    lab = w.lab
    admin = lab.admin_url
    ready = lambda: e2e.call(lab, "GET", "/readyz?verbose", base=admin)
    e2e.until(70, lambda: b"retention ok" in ready()[2])
    tap.ok(b"retention ok" in ready()[2], "readyz: the job runs", ready()[2])
    metrics = e2e.call(lab, "GET", "/metrics", base=admin)[2].decode()
    tap.ok(re.search(r"^tidemark_retention_last_success_timestamp_seconds"
                     r" 1\d{9}$", metrics, re.M), "metrics say when")
    # missed, and the next run not due yet; nor is one at work, which would say so
    lab.sql("SELECT pg_advisory_xact_lock(7320, hashtext('retention'));"
            " UPDATE system_state SET value = jsonb_build_object('ok', false,"
            " 'ok_at', now() - interval '20 minutes', 'error', 'no room'),"
            " at = now() WHERE key = 'job:retention'")
    code, _, text = ready()
    tap.ok(code == 200 and b"retention warns" in text and b"no room" in text,
           "a missed run is a warning, and the process stays ready", text)
    doctor = lab.ctl("doctor")
    tap.equal([r["state"] for r in doctor if r["check"] == "retention"],
              ["warn"], "doctor warns")
    tap.ok("Nothing is removed" in w.owner.get(w.storage).text,
           "and so does the page")
    lab.sql("UPDATE system_state SET at = now() - interval '1 hour' WHERE key ="
            " 'job:retention'")
    took = e2e.until(60, lambda: b"retention ok" in ready()[2])
    tap.ok(took is not None, "the next good run ends the alarm", took)


def main():
    lab = e2e.start()
    w = World(lab)
    fill(w)
    roles(w)
    with lab.held("retention"):  # so that it is ctl's run that removes
        shorter(w)
        ctl(w)
    alarm(w)
    tap.done()


main()
