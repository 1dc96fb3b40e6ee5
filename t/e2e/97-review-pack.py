#!/usr/bin/env python3
"""Review packs: asked for by who may, once each; their numbers are those of
the query API for the same month in the environment's zone; the page, and a
file that needs nothing else and prints; an erasure takes them back and they
are made again without whom it was about."""
import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import uuid

import e2e
import site_http as site
from e2e import tap

ZONE = "Asia/Tokyo"
GONE = "gone-person-77@example.org"
MISTAKE = "typed by hand"
HOSTILE = "<script>alert(1)</script>\"'&{{NAME}}"
UTC = datetime.timezone.utc


def first_of(months_ago):
    """The first day of a month in the zone, and its name."""
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
    n = now.year * 12 + now.month - 1 - months_ago
    day = now.replace(year=n // 12, month=n % 12 + 1, day=1, hour=0, minute=0, second=0,
                      microsecond=0)
    return day, day.strftime("%Y-%m")


class World:
    def __init__(self, lab):
        self.lab, self.mark, self.mail = lab, lab.rng.randrange(10 ** 9), {}
        self.owner = self.person("owner")
        team = lab.ctl("team", "create", "--name", "Packs %d" % self.mark,
                       "--owner", self.mail["owner"])
        self.slug, self.team = team["slug"], team["id"]
        self.ann, self.viewer = self.person("analyst"), self.person("viewer")
        self.bob = self.person("bob", "analyst")
        made = lab.ctl("project", "create", "--team", self.slug, "--name", "Shop")
        self.project = made["id"]
        self.env = int([e["id"] for e in made["environments"] if e["name"] == "prod"][0])
        lab.ctl("environment", "set", "--project", self.project, "--env", "prod",
                "--timezone", ZONE, "--retention-raw-days", "400",
                "--retention-crash-days", "400", "--retention-trace-days", "400")
        self.p = "/t/%s/p/shop/prod" % self.slug
        self.packs = self.p + "/review-packs"
        self.api = "/api/v1/projects/%s/" % self.project
        self.key = lab.ctl("key", "create", "--project", self.project, "--env", "prod",
                           "--type", "write")["token"]
        self.token = lab.ctl("token", "create", "--user", self.mail["owner"], "--team", self.slug,
                             "--scopes", "events:read,metrics:read,persons:read,persons:erase"
                             )["token"]
        (self.start, self.month), (self.before, _) = first_of(1), first_of(2)
        self.end = first_of(0)[0]

    def person(self, name, role=None):
        lab, email = self.lab, "packs-%s-%d@example.org" % (name, self.mark)
        self.mail[name] = email
        site.account(lab, email)
        if name != "owner":
            lab.ctl("member", "set", "--team", self.slug, "--email", email,
                    "--role", role or name)
        return site.signed_in(lab, email)

    def send(self, who, at, items, version="1.0.0"):
        """Items of one person, some minutes apart, from that moment."""
        for i, item in enumerate(items):
            when = at + datetime.timedelta(minutes=i)
            item.update(event_id=str(uuid.uuid4()), session_id="%s-%s" % (who, at.date()),
                        timestamp=when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        body = e2e.envelope(items, user={"user_id": who}, device={
            "device_id": "dev-" + who, "platform": "android"}, app={
                "bundle_id": "com.example.packs", "version_name": version, "build_number": "1"})
        status, _, reply = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch", self.key, body)
        assert (status, reply["rejected"]) == (202, 0), reply

    def get(self, path, token=None):
        status, _, body = e2e.call_json(self.lab, "GET", self.api + path, token or self.token)
        assert status == 200, (path, status, body)
        return body

    def window(self, a, b):
        return "from=%s&to=%s" % (a.strftime("%Y-%m-%d"), b.strftime("%Y-%m-%d"))

    def made(self, name="the pack is made"):
        got = []

        def done():
            got[:] = [self.get("review-packs/" + self.month)]
            return got[0]["state"] == "done"
        tap.ok(e2e.until(60, done) is not None, name, got)
        return got[0]["pack"]

    def milestones(self):
        return [r[0] for r in self.lab.sql(
            "SELECT metadata ->> 'months_ago' FROM product_usage_events WHERE team_id = '%s'"
            " AND event = 'review_pack_requested' ORDER BY id" % self.team)]

    def acts(self):
        return [r[0] for r in self.lab.sql(
            "SELECT action FROM audit_entries WHERE team_id = '%s' AND action LIKE"
            " 'review.%%' ORDER BY id" % self.team)]


def fill(w):
    hour = datetime.timedelta(hours=1)
    day = datetime.timedelta(days=1)
    crash = {"type": "crash", "fatal": True, "exception": {
        "type": "StateError", "message": "no cart of " + GONE,
        "stacktrace": "#0      Cart.total (package:shop/cart.dart:40:7)\n"}}
    odd = {"type": "crash", "fatal": False, "exception": {
        "type": HOSTILE, "message": "x", "stacktrace": "#0      A.b (package:shop/a.dart:4:7)\n"}}
    # the first and last hours of the month in the zone, which are not those in UTC
    for n in range(6):
        who, items = "user-%d" % n, [{"type": "event", "name": "buy"}] * (n + 1)
        items = [dict(i) for i in items] + [{"type": "event", "name": HOSTILE}]
        items += [{"type": "trace", "name": name, "duration_ms": 100 * (n + 1) + k * 50}
                  for k, name in enumerate(("checkout", "cold_start", HOSTILE))]
        w.send(who, w.start + hour + n * 3 * day, items, "1.%d.0" % (n % 2))
        if n < 3:
            w.send(who, w.before + hour + n * day, [{"type": "event", "name": "buy"}, {
                "type": "trace", "name": "checkout", "duration_ms": 80}])
    w.send("user-7", w.before + hour, [{"type": "event", "name": "buy"}])
    w.send("user-1", w.end - hour, [dict(odd), {"type": "event", "name": "late"}], "1.1.0")
    w.send(GONE, w.start + 2 * day, [dict(crash), {"type": "event", "name": "buy"}])
    w.send("user-3", w.start + 3 * day, [{"type": "event", "name": MISTAKE}])
    w.send("user-2", w.end + datetime.timedelta(minutes=1), [{"type": "event", "name": "next"}])
    w.lab.drain()


def same(w, pack, name):
    """Every number of the pack by the query API."""
    now, before = w.window(w.start, w.end), w.window(w.before, w.start)
    kpis = [w.get("metrics/overview?" + x)["kpis"] for x in (now, before)]
    tap.equal({k: [v["value"], v["before"]] for k, v in pack["numbers"].items()},
              {k: [kpis[0][k], kpis[1][k]] for k in pack["numbers"]},
              name + ": key numbers of both months are the overview's")
    tap.must_fail(pack["numbers"]["events"]["value"] == kpis[1]["events"],
                  "the month before taken for the month")
    series = w.get("metrics/overview?" + now)["series"]
    tap.equal({k: v["series"] for k, v in pack["numbers"].items()},
              {k: [d["value"] for d in series[k]] for k in pack["numbers"]}, "and day by day")
    both = w.get("metrics/overview?" + w.window(w.before, w.end))["kpis"]["active_users"]
    tap.equal(pack["came_back"], kpis[0]["active_users"] + kpis[1]["active_users"] - both,
              "who came back")
    one = [w.get("metrics/overview?%s&f=%s" % (now, urllib.parse.quote("name:eq:" + e["name"])))["kpis"]
           for e in pack["events"]]
    tap.equal([(e["events"], e["users"]) for e in pack["events"]],
              [(k["events"], k["active_users"]) for k in one], "events by name")
    rows = {(r["platform"], r["version"], r["build"]): r for r in
            w.get("releases?" + now)["releases"]}
    keys = ("adoption_pct", "crash_free_users_pct", "p95_cold_start_ms", "crashes")
    tap.equal([[r["users"], r["new_groups"]] + [r[k] for k in keys] for r in pack["releases"]],
              [[x["active_users"], x["new_crash_groups"]] + [x[k] for k in keys] for x in (
                  rows[r["platform"], r["version"], r["build"]] for r in pack["releases"])],
              "releases with adoption and crash-free users")
    keys = ("group_id", "title", "culprit", "status", "crashes", "users")
    tap.equal([[g[k] for k in keys] for g in pack["crash_groups"]],
              [[g[k] for k in keys] for g in w.get("crashes?order=users&" + now)["crashes"]], "crash groups")
    names = sorted(w.get("traces/names?" + now)["names"], key=lambda n: -n["p95_ms"])
    tap.equal([(t["name"], t["samples"], t["p50_ms"], t["p95_ms"]) for t in pack["traces"]],
              [(n["name"], n["samples"], n["p50_ms"], n["p95_ms"]) for n in names],
              "traces, the slowest first")
    items = w.get("pipeline?" + now)
    tap.equal(pack["items"], {k: items[k] for k in pack["items"]}, "what became of items")


def asking(w):
    w.lab.sql("INSERT INTO privacy_requests (environment_id, kind, target, mode, state, step,"
              " requested_by, due_at) VALUES (%d, 'erase', 'person', 'delete', 'running', 'held',"
              " 'ctl:test', now() + interval '1 day')" % w.env)  # packs wait for erasures
    for _ in range(2):
        page = w.ann.submit(w.ann.get(w.packs), "/review-packs", month=w.month)
        tap.ok(page.status == 200 and "It is being made" in page.text, "an analyst asks",
               page.text[-600:])
    tap.equal((w.milestones(), w.acts()), (["1"], ["review.create"]),
              "one milestone and one entry: it was waiting already")
    tap.equal(w.get("review-packs/" + w.month)["pack"], None, "while an erasure is at work it waits")
    tap.equal(w.ann.get("%s/%s/file" % (w.packs, w.month)).status, 404, "there is no file yet")
    w.lab.sql("DELETE FROM privacy_requests WHERE environment_id = %d" % w.env)
    pack = w.made()
    tap.ok(pack["complete"] and pack["tz"] == ZONE, "of a month that is over, in its zone")
    tap.equal((pack["numbers"]["active_users"]["value"], pack["numbers"]["active_users"]["before"],
               pack["came_back"], pack["items"]["sent"]), (7, 4, 3, 0),
              "7 users, 3 of 4 came back; nothing of it was sent in that month")
    tap.equal(sorted(r["version"] for r in pack["releases"]), ["1.0.0", "1.1.0"], "two releases")
    same(w, pack, "as made")
    return pack


def refusals(w):
    for month in ("", "2026-13", "x", first_of(-1)[1], first_of(20)[1], "2026-1;"):
        form = dict(w.ann.get(w.packs).form("/review-packs").fields, month=month)
        tap.equal(w.ann.request("POST", w.packs, list(form.items())).status, 422,
                  "no such month: %r" % month)
    csrf = dict(w.viewer.get(w.p + "/overview").form("/logout").fields)["csrf"]
    path = "%s/%s" % (w.packs, w.month)
    tap.equal([w.viewer.request("POST", x, [("csrf", csrf), ("month", w.month)]).status
               for x in (w.packs, path + "/delete")], [403, 403], "a viewer asks for none")
    tap.equal([w.viewer.get(x).status for x in (path, path + "/file")], [200, 403],
              "reads the page, and takes no file")
    tap.equal([w.ann.get(w.packs + "/" + x).status for x in ("2001-01", "x", "2026-99")],
              [404] * 3, "what is not there is not found")
    other = w.lab.ctl("token", "create", "--user", w.mail["owner"], "--team", w.slug,
                      "--scopes", "metrics:read")["token"]
    tap.equal(e2e.call_json(w.lab, "GET", w.api + "review-packs/" + w.month, other)[0], 403,
              "a pack needs the scope of its crash groups")
    tap.equal([p["month"] for p in w.get("review-packs", other)["review_packs"]], [w.month],
              "the list does not")
    tap.equal(w.milestones(), ["1"], "none of that is a milestone")


def printed(html):
    """Pages of the file on paper, by the browser."""
    with tempfile.TemporaryDirectory() as d:
        with open(d + "/pack.html", "wb") as f:
            f.write(html)
        subprocess.run([shutil.which("chromium") or "chromium", "--headless", "--no-sandbox",
                        "--disable-gpu", "--user-data-dir=" + d + "/p", "--no-pdf-header-footer",
                        "--print-to-pdf=" + d + "/pack.pdf", "file://" + d + "/pack.html"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        if not os.path.exists(d + "/pack.pdf"):
            return 0
        with open(d + "/pack.pdf", "rb") as f:
            return len(re.findall(rb"/Type\s*/Page\b", f.read()))


def showing(w):
    page = w.viewer.get("%s/%s" % (w.packs, w.month))
    tap.ok(HOSTILE in page.text and "<script>alert(1)" not in page.html and
           page.html.count("<script") == 1, "names of senders are text on the page")
    tap.ok("Review of" in page.text and "7" in page.text and GONE in page.text,
           "the page shows the pack; the title of a group is the group's")
    file = w.ann.get("%s/%s/file" % (w.packs, w.month))
    html = file.body.decode()
    tap.ok(file.headers["content-type"].startswith("text/html") and "attachment" in
           file.headers["content-disposition"], "an analyst takes the file")
    outside = re.findall(r"(?:src|href|action)\s*=|url\(|@import|<script|<link|<form|<iframe", html)
    tap.ok(outside == [] and "<svg" in html and "default-src 'none'" in html,
           "it loads nothing, runs nothing and leads nowhere", outside)
    tap.must_fail("url(" not in html + "a { background: url(x) }", "a file that loads a picture")
    tap.ok("&lt;script&gt;alert(1)" in html and "Crash-free users" in html, "and has the numbers")
    pages = printed(file.body)
    tap.ok(1 <= pages <= 6, "Chromium prints it on %d pages" % pages)
    held = w.lab.value("SELECT pack::text FROM review_packs WHERE environment_id = %d" % w.env)
    tap.ok("no cart" not in held and "user-" not in held and "Cart.total" not in held,
           "what is kept holds no ids and no text of crashes", held[:500])
    tap.equal(w.acts(), ["review.create", "review.export"], "the audit has the file")


def erase(w, **what):
    status, _, got = e2e.call_json(w.lab, "POST", w.api + "privacy/requests", w.token,
                                   dict(what, hold_minutes=0))
    tap.equal(status, 202, "an erasure is asked for")
    path = w.api + "privacy/requests/" + got["request_id"]
    last = []

    def over():
        last[:] = [e2e.call_json(w.lab, "GET", path, w.token)[2]]
        return last[0]["state"] in ("done", "failed")
    e2e.until(60, over)
    tap.equal(last[0]["state"], "done", "and done")
    return w.made("the pack is made again")


def erasing(w, pack):
    tap.must_fail(GONE not in json.dumps(pack), "looking for the person before the erasure")
    again = erase(w, user_id=GONE)
    tap.ok(again["made_at"] > pack["made_at"], "after it")
    tap.equal(again["numbers"]["active_users"]["value"], 6, "without the person")
    same(w, again, "after the erasure")
    seen = json.dumps(again) + w.owner.get("%s/%s" % (w.packs, w.month)).text + w.lab.value(
        "SELECT review_packs::text FROM review_packs WHERE environment_id = %d" % w.env)
    tap.ok(GONE not in seen, "and neither pack, page nor row names them")
    tap.must_fail(MISTAKE not in json.dumps(again), "looking for events before their erasure")
    last = erase(w, filters=["name:eq:" + MISTAKE], to=e2e.stamp(),
                 **{"from": w.before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
    tap.ok(MISTAKE not in json.dumps(last), "nor does it name events that were erased")
    tap.equal(w.milestones(), ["1"], "none of that was a request of anybody")


def pseudonyms(w):
    """Nothing that is counted changes, so nothing is made again."""
    was = w.made()["made_at"]
    w.lab.ctl("person", "erase", "--project", w.project, "--env", "prod", "--user-id", "user-5",
              "--mode", "pseudonymize")
    tap.equal(w.made()["made_at"], was, "under a pseudonym a pack stays as it is")


def deleting(w):
    path = "%s/%s" % (w.packs, w.month)
    csrf = dict(w.bob.get(path).form("/review-packs").fields)["csrf"]
    tap.equal(w.bob.request("POST", path + "/delete", [("csrf", csrf)]).status, 403,
              "another analyst does not delete it")
    page = w.ann.submit(w.ann.get(path), "/delete")
    tap.ok("The pack is deleted" in page.text and w.ann.get(path).status == 404,
           "who asked for it does")
    page = w.ann.submit(w.ann.get(w.packs), "/review-packs", month=first_of(0)[1])
    tap.equal(w.milestones(), ["1", "0"], "the month that is on can be asked for")
    w.month = first_of(0)[1]
    pack = w.made()
    tap.ok(not pack["complete"], "and says that it is not over")
    items = w.get("pipeline?" + w.window(first_of(0)[0], first_of(-1)[0]))
    tap.equal(pack["items"], {k: items[k] for k in pack["items"]}, "what became of items in it")
    tap.at_least(pack["items"]["stored"], 30, "which is something")
    tap.ok("was not over" in w.viewer.get("%s/%s" % (w.packs, w.month)).text, "on the page too")
    tap.equal(w.acts()[2:], ["review.delete", "review.create"], "the audit has both")


def main():
    lab = e2e.start()
    e2e.clear_of("month", 240, 9)  # in ZONE
    w = World(lab)
    fill(w)
    pack = asking(w)
    refusals(w)
    showing(w)
    erasing(w, pack)
    pseudonyms(w)
    deleting(w)


tap.run(main)
