#!/usr/bin/env python3
"""People and what comes in live: merged identities, properties and what made
them, search, the audit of each look, who may; the live page and its pause."""
import urllib.parse
import uuid

import e2e
import site_http as site
from e2e import tap

BATCH = "/api/v1/ingest/batch"
PASSWORD = "correct horse battery"


def item(kind, ago_s, **more):
    return dict({"type": kind, "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(ago_s)},
                **more)


class World:
    def __init__(self, lab):
        self.lab = lab
        self.t = lab.tenant("people")
        self.base = "/api/v1/projects/%s/persons" % self.t.project
        self.token = self.make_token("persons:read")

    def make_token(self, scopes):
        return self.lab.ctl("token", "create", "--user", self.lab.owner, "--team", self.t.team,
                            "--scopes", scopes)["token"]

    def send(self, *items, **user):
        status, _, body = e2e.call_json(
            self.lab, "POST", BATCH, self.t.key,
            e2e.envelope(list(items), user=user, device={"device_id": "phone-1",
                         "platform": "android", "model": "M"}))
        tap.equal((status, body.get("accepted")), (202, len(items)), "items are taken")
        self.lab.drain()

    def get(self, path="", token=None, **query):
        return e2e.call_json(self.lab, "GET", self.base + path + "?"
                             + urllib.parse.urlencode(query), token or self.token)

    def ids(self, **query):
        return [p["user_id"] or p["anonymous_id"] for p in self.get(**query)[2]["persons"]]


def story(w):
    op = lambda kind, key, value=None: dict({"op": kind, "key": key},
                                            **({} if value is None else {"value": value}))
    w.send(item("event", 900, name="first", session_id="s0"), anonymous_id="anon-1")
    w.send(item("event", 800, name="bought", session_id="s1"), user_id="anna")
    w.send(item("identify", 700, user_id="anna", anonymous_id="anon-1"),
           item("event", 600, name="after", session_id="s1"), user_id="anna",
           anonymous_id="anon-1")
    w.send(item("user_properties", 500, operations=[
        op("set", "plan", "pro"), op("set_once", "plan", "never"), op("increment", "n", 2)]),
        item("user_properties", 550, operations=[op("set", "plan", "free"), op("set", "gone", 1)]),
        item("user_properties", 400, operations=[op("unset", "gone"), op("increment", "n", 3)]),
        user_id="anna")
    w.send(item("event", 300, name="x", session_id="s2"), user_id="anton")


def people(w):
    tap.equal(w.ids(), ["anton", "anna"], "newest seen first; merged ones are one")
    tap.equal((w.ids(q="an"), w.ids(q="anna"), w.ids(q="anon-1")),
              (["anton", "anna"], ["anna"], ["anna"]), "search by the beginning of any id")
    tap.equal(sorted(w.ids(q="phone")), ["anna", "anton"], "and of a device")
    tap.equal((w.ids(f="prop.plan:eq:pro"), w.ids(f="platform:eq:ios")), (["anna"], []), "filters")
    anna = w.get(q="anna")[2]["persons"][0]
    tap.equal((anna["sessions"], anna["events"]), (2, 3), "sessions and events")
    status, _, one = w.get("/" + anna["person_id"])
    tap.equal(status, 200, "one person")
    tap.equal(sorted((i["kind"], i["id"]) for i in one["ids"]),
              [("anonymous", "anon-1"), ("user", "anna")], "known by")
    tap.equal(len(one["merged"]), 1, "what was merged")
    tap.equal(one["properties"], {"plan": "pro", "n": 5}, "properties")
    tap.equal([(c["op"], c["effect"], c["decides"]) for c in one["changes"] if c["key"] == "plan"],
              [("set", True, False), ("set", True, True), ("set_once", False, False)],
              "which change decided")
    tap.equal([r["name"] for r in one["timeline"] if r["kind"] == "event"],
              ["after", "bought", "first"], "the timeline holds what both did")
    tap.equal([d["device_id"] for d in one["devices"]], ["phone-1"], "devices")
    old = one["merged"][0]["person_id"]
    tap.equal(w.get("/" + old)[2].get("person_id"), anna["person_id"], "the old id leads here")
    return anna["person_id"]


def refusals(w, person):
    tap.equal(w.get("/" + str(uuid.uuid4()))[0], 404, "nobody")
    tap.equal(w.get("/anna")[0], 404, "an id of theirs is no address")
    tap.equal(w.get(token=w.make_token("events:read"))[0], 403, "events:read is not enough")
    key = w.lab.ctl("key", "create", "--project", w.t.project, "--env", "prod", "--type", "read")
    tap.equal((w.get(token=key["token"])[0], w.get("/" + person, token=key["token"])[0]),
              (403, 403), "a read key opens no person")
    tap.equal(int(w.lab.value("SELECT count(*) FROM audit_entries WHERE action = 'person.read'"
                              " AND target = 'person:%s'" % person)), 1,
              "the look is in the audit, once an hour")
    tap.equal(int(w.lab.value("SELECT count(*) FROM audit_entries a JOIN teams t ON t.id ="
                              " a.team_id WHERE t.slug = '%s' AND action = 'persons.read'"
                              % w.t.team)) >= 1, True, "and the list")


def pages(w, person):
    email = "people-%d@example.org" % w.lab.rng.randrange(10 ** 9)
    w.lab.ctl("user", "create", "--email", email, "--verified", "--password-stdin",
              data=(PASSWORD + "\n").encode())
    w.lab.sql("INSERT INTO members (team_id, user_id, role) SELECT t.id, u.id, 'viewer' FROM"
              " teams t, users u WHERE t.slug = '%s' AND u.email = '%s'" % (w.t.team, email))
    s = site.Site(w.lab.url)
    s.sign_in(email, PASSWORD)
    slug = w.lab.value("SELECT slug FROM projects WHERE id = '%s'" % w.t.project)
    base = "/t/%s/p/%s/prod/" % (w.t.team, slug)
    page = s.get(base + "persons/" + person)
    title = page.html.split("<title>")[1].split("</title>")[0]
    tap.ok(page.status == 200 and "anna" in page.text and "anna" not in title,
           "the page shows the ids, its title does not", title)
    tap.ok("decides" in page.html and "anon-1" in page.text, "history and identities")
    tap.equal(s.get(base + "persons.csv").status, 403, "a viewer exports nothing")
    live = s.get(base + "live")
    tap.ok('content="5"' in live.html and 'data-poll="5"' in live.html, "live asks again every 5 s")
    tap.ok(">x<" in live.html and "/sessions/" in live.html, "rows lead to their session")
    still = s.get(base + "live?pause=1")
    tap.ok('content="5"' not in still.html and "data-poll" not in still.html
           and "Go on" in still.html, "paused, it stands still")
    none = s.get(base + "live?f=name:eq:nothing-like-it")
    tap.ok("Quiet" in none.text, "a filter that nothing passes")


def main():
    lab = e2e.start()
    w = World(lab)
    story(w)
    e2e.clear_of("hour", 60)  # looks are told once in one
    person = people(w)
    refusals(w, person)
    pages(w, person)
    tap.done()


main()
