#!/usr/bin/env python3
"""Saved views: saved from the page, opened as they were, seen by the team only
when shared, changed by who may; hostile names and queries; the API's list; the
milestone."""
import e2e
import site_http as site
from e2e import tap


class World:
    def __init__(self, lab):
        self.lab = lab
        self.mark = lab.rng.randrange(10 ** 9)
        self.mail = {}
        self.owner = self.person("owner")
        team = lab.ctl("team", "create", "--name", "Views %d" % self.mark,
                       "--owner", self.mail["owner"])
        self.slug, self.team = team["slug"], team["id"]
        self.ann, self.viewer = self.person("analyst"), self.person("viewer")
        self.bob = self.person("bob", "analyst")
        self.p = "/t/%s/p/shop/prod" % self.slug
        made = lab.ctl("project", "create", "--team", self.slug, "--name", "Shop")
        self.project = made["id"]
        self.reports = self.p + "/reports"
        key = lab.ctl("key", "create", "--project", self.project, "--env", "prod",
                      "--type", "write")["token"]
        e2e.call_json(lab, "POST", "/api/v1/ingest/batch", key, e2e.envelope([e2e.event()]))
        lab.drain()

    def person(self, name, role=None):
        lab, email = self.lab, "views-%s-%d@example.org" % (name, self.mark)
        self.mail[name] = email
        site.account(lab, email)
        if name != "owner":
            lab.ctl("member", "set", "--team", self.slug, "--email", email,
                    "--role", role or name)
        return site.signed_in(lab, email)

    def save(self, who, path, **fields):
        form = dict(who.get(self.p + path).form("/reports").fields, **fields)
        return who.follow(who.request("POST", self.reports, list(form.items())))

    def token(self, name):
        return self.lab.ctl("token", "create", "--user", self.mail[name], "--team",
                            self.slug, "--scopes", "projects:read")["token"]

    def api(self, name):
        status, _, body = e2e.call_json(
            self.lab, "GET", "/api/v1/projects/%s/reports?env=prod" % self.project,
            self.token(name))
        tap.equal(status, 200, "the API answers")
        return {r["name"]: r for r in body["reports"]}

    def milestones(self):
        return self.lab.sql("SELECT metadata ->> 'page', metadata ->> 'shared',"
                            " metadata ->> 'filters' FROM product_usage_events WHERE"
                            " team_id = '%s' AND event = 'saved_report_created' ORDER BY id"
                            % self.team)


def saving(w):
    query = "/events?range=7d&f=prop.plan:eq:pro&f=platform:eq:android"
    page = w.save(w.ann, query, name="Pro on Android")
    tap.ok("The view is saved" in page.text and "only you" in page.text,
           "an analyst saves a view of events", page.text[:400])
    tap.equal([tuple(r) for r in w.milestones()], [("events", "false", "2")],
              "a milestone, with what kind of view it is and nothing it says")
    one = w.api("analyst")["Pro on Android"]
    opened = w.ann.get("%s/%s" % (w.reports, one["id"]))
    tap.ok(opened.status == 200 and "Pro on Android" not in opened.text and
           "plan is pro" in opened.text and "platform is android" in opened.text,
           "it opens with its range and filters", opened.text[:500])
    for path in ("/overview?metric=events", "/sessions", "/persons", "/crashes",
                 "/performance", "/releases", "/pipeline"):
        tap.ok(w.ann.get(w.p + path).form("/reports") is not None,
               "%s can be saved" % path)
    entries = w.lab.sql("SELECT actor FROM audit_entries WHERE team_id = '%s' AND"
                        " action = 'report.create'" % w.team)
    tap.ok(len(entries) == 1 and entries[0][0].startswith("user:"), "the audit has it")
    return one


def seeing(w, one):
    path = "%s/%s" % (w.reports, one["id"])
    tap.equal([x.get(path).status for x in (w.owner, w.bob, w.viewer)], [404] * 3,
              "nobody else sees one's own view, not even an owner")
    tap.equal(("Pro on Android" in w.owner.get(w.reports).text, w.api("owner")), (False, {}),
              "nor do list and API")
    page = w.ann.submit(w.ann.get(path + "/edit"), "/set", name="Pro, shared", shared="1")
    tap.ok("The view is changed" in page.text and "the team" in page.text,
           "renamed and shared", page.text[:300])
    tap.ok("Pro, shared" in w.viewer.get(w.reports).text and
           w.viewer.get(path).status == 200 and "Pro, shared" in w.api("viewer"),
           "a viewer sees it")
    tap.equal([x.get(path + "/edit").status for x in (w.viewer, w.bob, w.owner)],
              [403, 403, 200], "another analyst does not change it, who runs the project does")
    form = w.ann.get(path + "/edit").form("/set")
    csrf = dict(w.bob.get(w.p + "/events").form("/reports").fields)["csrf"]
    tap.ok(form is not None and w.bob.request(
        "POST", path + "/delete", [("csrf", csrf)]).status == 403, "nor delete it")
    tap.ok(w.viewer.get(w.p + "/events").html.count("Save view") == 0,
           "a viewer has no form to save")


def hostile(w):
    name = "<script>alert(1)</script>\"'&{{NAME}}"
    w.save(w.ann, "/events", name=name)
    page = w.ann.get(w.reports)
    tap.ok(name in page.text and "<script>alert(1)" not in page.html, "a name is text")
    for fields, code in (({"name": ""}, 422), ({"name": "x" * 81}, 422),
                         ({"name": "x", "page": "../../../logout"}, 422),
                         ({"name": "x", "query": "a=%0d%0aX: y"}, 422),
                         ({"name": "x", "query": "f=" + "x" * 3000}, 422)):
        tap.equal(w.save(w.ann, "/events", **fields).status, code,
                  "refused: %s" % str(fields)[:60])
    w.save(w.ann, "/events", name="elsewhere", query="//evil.example/?range=7d#x")
    one = w.api("analyst")["elsewhere"]
    tap.ok(one["query"].startswith("%2F%2Fevil.example"), "a query stays a query", one)
    tap.equal(w.ann.get("%s/%s" % (w.reports, "x" * 40)).status, 404, "no such view")


def deleting(w, one):
    path = "%s/%s" % (w.reports, one["id"])
    page = w.owner.submit(w.owner.get(path + "/edit"), "/delete")
    tap.ok("The view is deleted" in page.text, "an owner deletes a shared one")
    tap.equal(w.ann.get(path).status, 404, "it is gone for all")


def main():
    lab = e2e.start()
    w = World(lab)
    one = saving(w)
    seeing(w, one)
    hostile(w)
    deleting(w, one)


tap.run(main)
