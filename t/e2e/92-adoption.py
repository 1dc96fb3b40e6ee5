#!/usr/bin/env python3
"""Adoption: each milestone by a real act over HTTP or tidemarkctl, what leaves
none, the sums a system administrator sees, who else sees nothing, the prune."""
import json
import os
import re
import tempfile

import e2e
import site_http as site
from e2e import tap
from shop import Shop

A = "/system/adoption"


class World(Shop):
    SCOPES = "events:read"

    def __init__(self, lab):
        super().__init__(lab, "adopt")
        self.read_key = self.new_key("read")
        self.user = lab.value("SELECT id FROM users WHERE email = '%s'" % self.owner_mail)

    def ledger(self):
        """[(event, area, metadata, project, environment, user)] oldest first."""
        return [(r[0], r[1], json.loads(r[2]), r[3], r[4], r[5]) for r in self.lab.sql(
            "SELECT event, area, metadata, project_id, environment_id, user_id"
            " FROM product_usage_events WHERE team_id = '%s' ORDER BY id"
            % self.team["id"])]

    def grew(self, before, says, event, area, metadata, user=None):
        now = self.ledger()
        new = now[len(before):]
        tap.equal([(r[0], r[1], r[2]) for r in new], [(event, area, metadata)], says)
        tap.equal([r[3:] for r in new], [(self.project, str(self.env), user or self.user)],
                  "with its project, environment and user")
        return now

    def sums(self, window="24h"):
        """{milestone: (signals, teams)} of the page, and of the widget."""
        both = [self.system.get("%s?range=%s" % (path, window)).html
                for path in (A, "/system")]
        out = []
        for html in both:
            rows = re.findall(r'<tr><td>(?:<span[^>]*>)?([A-Z][a-z ]+)(?:</span>)?</td>'
                              r'<td class="n" data-label="Signals">([\d,]+)</td>'
                              r'<td class="n" data-label="Teams">([\d,]+)</td>', html)
            out.append({n: (int(s.replace(",", "")), int(t.replace(",", "")))
                        for n, s, t in rows})
        tap.equal(out[0], out[1], "the first page says the same as the page")
        return out[0]


def onboarding(w):
    lab, before = w.lab, w.ledger()
    page = w.owner.get(w.p + "/onboarding")
    tap.ok("Waiting" in page.text, "the page waits")
    tap.equal(w.ledger(), before, "waiting is no milestone")
    e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key,
                  e2e.envelope([e2e.event()]))
    lab.drain()
    tap.equal(w.ledger(), before, "nor is an event that nobody watches: the system"
              " stored it, not a user")
    w.owner.get(w.p + "/onboarding")
    now = w.grew(before, "who sees the first event has reached one",
                 "onboarding_checkpoint_completed", "onboarding", {"step": "first_event"})
    w.owner.get(w.p + "/onboarding")
    w.owner.get(w.p.replace("/prod", "/dev") + "/onboarding")
    tap.equal(w.ledger(), now, "once a project")
    lab.sql("UPDATE environments SET first_event_at = now() - interval '2 days'"
            " WHERE id = %d" % w.env)
    lab.sql("DELETE FROM product_usage_events WHERE team_id = '%s'" % w.team["id"])
    w.owner.get(w.p + "/onboarding")
    tap.equal(w.ledger(), [], "also when the ledger has forgotten it")


def operations(w):
    lab, now = w.lab, w.ledger()
    w.owner.get(w.p + "/events.csv?f=prop.plan:eq:secret-value")
    now = w.grew(now, "a file from a page", "operation_started", "exports",
                 {"type": "export", "format": "csv", "channel": "page"})
    w.owner.get(w.p + "/persons.ndjson")
    now = w.grew(now, "a file of people", "operation_started", "exports",
                 {"type": "export_people", "format": "ndjson", "channel": "page"})
    api = "/api/v1/projects/%s/sessions?env=prod&format=csv" % w.project
    tap.equal(e2e.call(lab, "GET", api, w.token)[0], 200, "a file by API")
    now = w.grew(now, "with a user's token", "operation_started", "exports",
                 {"type": "export", "format": "csv", "channel": "api"})
    tap.equal(e2e.call(lab, "GET", api, w.read_key)[0], 200, "and with a read key")
    tap.equal(w.ledger(), now, "which no user stands behind")
    asks = lab.ctl("token", "create", "--user", w.owner_mail, "--team", w.slug, "--scopes",
                   "persons:read,persons:erase")["token"]
    for kind, type_ in (("erase", "erase"), ("export", "export_person")):
        status, _, body = e2e.call_json(
            lab, "POST", "/api/v1/projects/%s/privacy/requests?env=prod" % w.project, asks,
            {"kind": kind, "user_id": "nobody-%s" % kind})
        tap.ok(status in (201, 202), "a request to %s" % kind, (status, body))
        now = w.grew(now, "is an operation of its user", "operation_started", "privacy",
                     {"type": type_, "channel": "api"})
    w.system.get("/system/audit.csv")
    tap.equal(w.ledger(), now, "the system's audit is of no team")
    w.owner.get("/t/%s/audit.csv" % w.slug)
    tap.equal([r[:5] for r in w.ledger()[len(now):]],
              [("operation_started", "exports", {"type": "export", "format": "csv",
                                                 "channel": "page"}, "", "")],
              "a file of the team's audit belongs to no project")
    now = w.ledger()
    w.owner.get(w.p + "/events")
    w.owner.get(w.p + "/overview")
    tap.equal(w.ledger(), now, "looking at pages leaves nothing")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "history.ndjson")
        with open(path, "w", encoding="utf-8") as f:
            f.write(json.dumps(e2e.event()) + "\n")
        run = ("import", "--project", w.project, "--env", "prod", "--source", "ndjson")
        lab.ctl(*(run + (path,)))
        tap.equal(w.ledger(), now, "an import that nobody is named for is the system's")
        lab.ctl(*(run + ("--user", w.owner_mail, path)))
        w.grew(now, "with --user it is that user's", "operation_started", "import",
               {"type": "import", "format": "ndjson", "channel": "ctl"})
        tap.equal(lab.dev_status("ctl", *(run + ("--user", "nobody@example.org", path))), 66,
                  "an unknown user is refused")


def replay(w):
    lab, now = w.lab, w.ledger()
    letter = lab.value(
        "INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, sqlstate,"
        " detail, wire) SELECT %d, batch_id, 0, 'test', '22000', '', '\\x00' FROM batches"
        " WHERE environment_id = %d LIMIT 1 RETURNING id" % (w.env, w.env))
    page = w.system.get("/system/dead-letters/%s" % letter)
    w.system.submit(page, "/%s/replay" % letter)
    root = lab.value("SELECT id FROM users WHERE email = '%s'" % w.system_mail)
    w.grew(now, "a replay counts for the letter's team, by who did it",
           "operation_started", "queue", {"type": "replay", "channel": "page"}, root)
    now = w.ledger()
    for item in (1, 2):
        lab.sql("INSERT INTO dead_letters (environment_id, batch_id, item_index, reason,"
                " sqlstate, detail, wire) SELECT %d, batch_id, %d, 'test', '22000', '', '\\x00'"
                " FROM batches WHERE environment_id = %d LIMIT 1" % (w.env, item, w.env))
    page = w.system.get("/system/dead-letters/bulk?environment=%d" % w.env)
    form = [f for f in page.forms if ("act", "replay") in f.fields][0]
    w.system.follow(w.system.request("POST", form.action, form.fields))
    w.grew(now, "many at once count once an environment", "operation_started", "queue",
           {"type": "replay", "channel": "page"}, root)
    lab.sql("DELETE FROM dead_letters WHERE environment_id = %d" % w.env)


def sums(w, before):
    lab = w.lab
    now = w.sums()
    tap.equal(sorted(now), ["First event", "Operation", "Review pack", "Saved view",
                            "Support diagnostics"], "five families")
    mine = len([r for r in w.ledger() if r[0] == "operation_started"])
    tap.ok(mine >= 5 and now["Operation"][0] - before["Operation"][0] == mine,
           "the sum grew by what was done", (before, now, mine))
    tap.equal(now["Operation"][1] - before["Operation"][1], 1, "in one team more")
    text = w.system.get(A + "?range=24h").text
    both = [int(lab.value(q)) for q in (
        "SELECT count(DISTINCT team_id) FROM product_usage_events WHERE occurred_at >"
        " now() - interval '23 hours'", "SELECT count(*) FROM teams WHERE deleted_at IS NULL")]
    tap.ok(re.search(r"from %s of %s teams" % (both[0], format(both[1], ",")), text),
           "participation: %d of %d teams" % tuple(both), text[:400])
    lab.sql("UPDATE product_usage_events SET occurred_at = now() - interval '40 days'"
            " WHERE team_id = '%s'" % w.team["id"])
    seen = {r: w.sums(r)["Operation"][0] for r in ("24h", "7d", "30d", "90d")}
    tap.ok(seen["30d"] < seen["90d"], "each window has its own sums", seen)
    tap.ok(w.slug not in w.system.get(A).html and w.owner_mail not in w.system.get(A).html,
           "sums only: no team or user is named")


def rights(w):
    tap.equal([w.owner.get(p).status for p in (A, "/system")], [404, 404],
              "an owner does not see them")
    nobody = site.Site(w.lab.url)
    tap.ok("Adoption" not in nobody.get(A).text, "nor does anybody without an account")
    tap.equal(w.system.get(A).status, 200, "the control: a system administrator does")


def prune(w):
    lab = w.lab
    lab.sql("UPDATE product_usage_events SET occurred_at = now() - interval '91 days' WHERE"
            " id = (SELECT min(id) FROM product_usage_events WHERE team_id = '%s')"
            % w.team["id"])
    n = len(w.ledger())
    lab.ctl("job", "run", "adoption", "--timeout", "30")
    tap.equal(len(w.ledger()), n - 1, "after 90 days a signal is gone, a younger one stays")


def main():
    lab = e2e.start()
    w = World(lab)
    before = w.sums()
    onboarding(w)
    operations(w)
    replay(w)
    sums(w, before)
    rights(w)
    prune(w)


tap.run(main)
