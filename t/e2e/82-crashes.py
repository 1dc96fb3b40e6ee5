#!/usr/bin/env python3
"""Crash groups over HTTP: numbers against plain SQL on random data, paging by
cursors, every act by role with its log and audit, merging and undo, hostile
text in every field, samples one by one, files, what the API answers."""
import csv
import io
import json
import re
import urllib.parse
import uuid

import e2e
import site_http as site
from e2e import tap

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{TITLE}}"
MISSING = "00000000-0000-4000-8000-000000000000"


class World:
    """An owner with a project, an analyst and a viewer; somebody else."""

    def __init__(self, lab):
        self.lab = lab
        mark = lab.rng.randrange(10 ** 9)
        mails = {n: site.account(lab, "crash-%s-%d@example.org" % (n, mark))
                 for n in ("owner", "analyst", "viewer", "other")}
        self.team = lab.ctl("team", "create", "--name", "Crash %d" % mark,
                            "--owner", mails["owner"])
        for role in ("viewer", "analyst"):
            lab.sql("INSERT INTO members (team_id, user_id, role) SELECT t.id,"
                    " u.id, '%s' FROM teams t, users u WHERE t.slug = '%s' AND"
                    " u.email = '%s'" % (role, self.team["slug"], mails[role]))
        made = lab.ctl("project", "create", "--team", self.team["slug"],
                       "--name", "Shop", "--platform", "flutter")
        self.project = made["id"]
        self.env = [e["id"] for e in made["environments"]
                    if e["name"] == "prod"][0]
        self.key = lab.ctl("key", "create", "--project", self.project,
                           "--env", "prod", "--type", "write")["token"]
        self.token = lab.ctl("token", "create", "--user", mails["owner"],
                             "--team", self.team["slug"], "--scopes",
                             "events:read")["token"]
        self.p = "/t/%s/p/%s/prod" % (self.team["slug"], made["slug"])
        for name in mails:
            setattr(self, name, site.signed_in(lab, mails[name]))
        self.analyst_id = lab.value("SELECT id FROM users WHERE email = '%s'"
                                    % mails["analyst"])
        self.other_id = lab.value("SELECT id FROM users WHERE email = '%s'"
                                  % mails["other"])
        self.count = 0

    def send(self, events, **more):
        status, _, reply = e2e.call_json(
            self.lab, "POST", "/api/v1/ingest/batch", self.key,
            e2e.envelope(events, **more))
        if status != 202 or reply["rejected"]:
            raise AssertionError("%d %s" % (status, reply))

    def api(self, path="", want=200, **query):
        """crashes + path with the query; the parsed answer."""
        return self.ask(want, path, **query)

    def ask(self, want, path="", **query):
        text = urllib.parse.urlencode(query, doseq=True)
        got, _, body = e2e.call_json(
            self.lab, "GET", "/api/v1/projects/%s/crashes%s%s"
            % (self.project, path, "?" + text if text else ""), self.token)
        if got != want:
            raise AssertionError("%s: %d %s" % (path, got, body))
        return body

    def groups(self, order="users", **query):
        """All rows, page by page; order "": the API's own."""
        rows, cursor = [], ""
        while True:
            page = self.api(cursor=cursor, order=order, **query)
            rows += page["crashes"]
            cursor = page["next_cursor"]
            if cursor is None:
                return rows

    def audit(self, action):
        return int(self.lab.value(
            "SELECT count(*) FROM audit_entries a JOIN teams t ON t.id ="
            " a.team_id WHERE t.slug = '%s' AND action = '%s'"
            % (self.team["slug"], action)))

    def log(self, action):
        return int(self.lab.value(
            "SELECT count(*) FROM crash_group_log WHERE environment_id = %s"
            " AND action = '%s'" % (self.env, action)))

    def url(self, group, act=""):
        return "%s/crashes/%s%s" % (self.p, group, act)


def crash(kind, ago_s, **more):
    stack = ("#0      Cart.%s (package:shop/cart.dart:%d:7)\n"
             "#1      Page.open (package:shop/page.dart:9:3)\n"
             "#2      State.setState (package:flutter/src/widgets/framework"
             ".dart:1187:9)\n"
             "#3      GestureBinding.handleEvent (package:flutter/src/gestures"
             "/binding.dart:501:3)\n"
             "#4      _invoke (dart:ui/hooks.dart:13:10)\n" % (kind, 88))
    return dict({"type": "crash", "event_id": str(uuid.uuid4()),
                 "timestamp": e2e.stamp(ago_s), "fatal": True,
                 "exception": {"type": "StateError",
                               "message": "Bad state of %s" % kind,
                               "stacktrace": stack}}, **more)


def random_data(w):
    """Crashes of 12 kinds by 30 users, several releases, days and places."""
    rng = w.lab.rng
    for version, build, platform, model in (
            ("2.3.0", "230", "android", "Pixel 8"),
            ("2.4.0", "240", "android", "Pixel 7"),
            ("2.4.0", "240", "ios", "iPhone15,2"), ("2.3.1", "231", "ios", "")):
        for user in rng.sample(range(30), 12):
            events = [crash("k%d" % rng.choice([0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
                            rng.randrange(60, 20 * 86400),
                            fatal=rng.random() < 0.7,
                            session_id="s-%d-%s" % (user, version))
                      for _ in range(rng.randrange(1, 6))]
            w.count += len(events)
            device = {"device_id": "d-%d" % user, "platform": platform,
                      "os_version": rng.choice(["13", "14"])}
            if model:
                device["model"] = model
            w.send(events, app={"bundle_id": "com.example.shop",
                                "version_name": version, "build_number": build},
                   device=device, user={"anonymous_id": "a-%d" % user,
                                        "user_id": "u-%d" % user})
    w.lab.drain()


# Members of a group that is merged count as that group; persons as whom they
# became. Nothing here is shared with the program.
ORACLE = """
SELECT g.group_id, count(*), count(DISTINCT coalesce(pa.to_no, c.person_no)),
  count(DISTINCT c.session_no), count(*) FILTER (WHERE c.fatal)
FROM crashes c
LEFT JOIN crash_group_alias ga ON ga.environment_id = c.environment_id
  AND ga.from_no = c.group_no
LEFT JOIN person_alias pa ON pa.environment_id = c.environment_id
  AND pa.from_no = c.person_no
JOIN contexts x ON x.environment_id = c.environment_id AND x.context_no = c.context_no
JOIN crash_groups g ON g.environment_id = c.environment_id
  AND g.group_no = coalesce(ga.to_no, c.group_no)
WHERE c.environment_id = %s AND c.ts >= '%s' AND c.ts < '%s' AND (%s)
GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1"""


def day(ago):
    return e2e.stamp(ago * 86400)[:10]


def oracle(w, since, until, condition="true"):
    return w.lab.sql(ORACLE % (w.env, since, until, condition))


def numbers(w, what):
    """The list and each group against the oracle, in random windows."""
    rng, wrong, sums, asked = w.lab.rng, [], [], 0
    filters = [({}, "true"), ({"f": "platform:eq:ios"}, "x.platform = 'ios'"),
               ({"f": "version:eq:2.4.0"}, "x.app_version = '2.4.0'"),
               ({"f": "model:ne:Pixel 8"}, "x.model <> 'Pixel 8'")]
    for _ in range(8):
        a, b = sorted(rng.sample(range(0, 25), 2))
        since, until = day(b), day(a - 1)
        query, condition = rng.choice(filters)
        query = dict(query, **{"from": since, "to": until, "tz": "UTC"})
        want = oracle(w, since + " UTC", until + " UTC", condition)
        got = w.groups(limit=rng.choice([1, 3, 50]), **query)
        asked += len(want)
        if [(r["group_id"], str(r["crashes"]), str(r["users"])) for r in got] \
                != [tuple(r[:3]) for r in want]:
            wrong.append("%s\n%s\n%s" % (query, got, want))
        for row in rng.sample(want, min(3, len(want))):
            one = w.api("/" + row[0], **query)
            if [str(one["group"]["crashes"]), str(one["group"]["users"]),
                    str(one["sessions"]), str(one["fatal"])] != row[1:]:
                wrong.append("%s: %s, not %s" % (query, one, row))
            for name, values in one["distributions"].items():
                if sum(v["crashes"] for v in values) != int(row[1]):
                    sums.append(name)
            if sum(s["crashes"] for s in one["series"]) != int(row[1]):
                sums.append("series")
    tap.ok(not wrong, "%s: %d groups of random windows as plain SQL says"
           % (what, asked), "\n".join(wrong[:4]))
    tap.at_least(asked, 20, "%s: groups that were compared" % what)
    tap.ok(not sums, "%s: each distribution and the trend add up" % what,
           " ".join(sums))
    every = w.groups()
    tap.equal(sum(r["crashes"] for r in every), w.count,
              "%s: the groups hold every crash once" % what)
    one = oracle(w, day(25) + " UTC", day(-1) + " UTC")
    tap.must_fail([(r["group_id"], str(r["crashes"] + 1)) for r in every]
                  == [tuple(r[:2]) for r in one], "a count that is off by one")


def distribution(w, group):
    """Values of one group against SQL."""
    one = w.api("/" + group)
    wrong = []
    for name, column in (("version", "x.app_version"), ("platform", "x.platform"),
                         ("model", "x.model"), ("country", "x.country")):
        want = w.lab.sql(
            "SELECT %s, count(*), count(DISTINCT c.person_no) FROM crashes c JOIN contexts x"
            " ON x.environment_id = c.environment_id AND x.context_no = c.context_no JOIN"
            " crash_groups g ON g.environment_id = c.environment_id AND g.group_no = c.group_no"
            " WHERE c.environment_id = %s AND g.group_id = '%s' GROUP BY 1 ORDER BY 2 DESC,"
            " %s COLLATE \"C\"" % (column, w.env, group, column))
        got = [[v["value"] or "", str(v["crashes"]), str(v["users"])]
               for v in one["distributions"][name]]
        if got != want:
            wrong.append("%s: %s, not %s" % (name, got, want))
    tap.ok(not wrong, "versions, platforms, models and countries of a group", "\n".join(wrong))


def lists(w):
    rows = w.groups()
    key = [(-r["users"], -r["crashes"], r["group_id"]) for r in rows]
    tap.equal(key, sorted(key), "by users: most users first, then most crashes")
    newest = w.groups(order="")
    seen = [r["last_seen"] for r in newest]
    tap.equal((seen, len(seen)), (sorted(seen, reverse=True), len(rows)),
              "newest first, unless asked otherwise")
    tap.equal([r["group_id"] for r in w.groups(order="last_seen", limit=2)],
              [r["group_id"] for r in newest], "the same two a page, none twice")
    tap.equal(set(rows[0]), {"group_id", "title", "culprit", "status",
              "crashes", "users", "first_seen", "last_seen", "first_release",
              "last_release", "assignee"}, "a row has the contract's keys")
    cursor = w.api(limit=1)["next_cursor"]
    tap.equal(w.ask(400, cursor=cursor, order="users")["error"],
              "bad_cursor", "a cursor belongs to its question")
    bad = [w.ask(400, **{q: "nonsense"})["error"]
           for q in ("limit", "order", "f", "from", "status", "what")]
    tap.equal(set(bad), {"bad_parameter"}, "nonsense is refused")
    tap.equal((w.api("/" + MISSING, 404)["error"], w.api("/x", 404)["error"],
               w.api("/%s/samples" % MISSING, 404)["error"]),
              ("not_found",) * 3, "a group that is not there")
    body = w.api()
    tap.ok(set(body) == {"crashes", "next_cursor", "metadata"} and
           body["metadata"]["rows_scanned"] == w.count, "and its metadata")


def samples(w, group):
    """Every crash once, newest first, by the API and page by page."""
    want = [r[0] for r in w.lab.sql(
        "SELECT c.event_id FROM crashes c JOIN crash_groups g ON"
        " g.environment_id = c.environment_id AND g.group_no = c.group_no WHERE"
        " c.environment_id = %s AND g.group_id = '%s' ORDER BY c.ts DESC,"
        " c.event_id DESC" % (w.env, group))]
    got, cursor = [], ""
    while cursor is not None:
        page = w.api("/%s/samples" % group, limit=7, cursor=cursor)
        got += [s["event_id"] for s in page["samples"]]
        cursor = page["next_cursor"]
    tap.equal(got, want, "samples by cursor: each once, newest first")
    page, seen = w.viewer.get(w.url(group)), []
    while page.status == 200 and len(seen) < 400:
        seen.append(re.search(r"<dt>Id</dt><dd><span class=\"mono\">([^<]+)",
                              page.html).group(1))
        older = re.search(r'<a href="([^"]+)" rel="next">Next sample', page.html)
        if not older:
            break
        page = w.viewer.get(older.group(1).replace("&amp;", "&").split("#")[0])
    tap.equal(seen, want, "and by the links of the page, one by one")
    tap.ok("Newer sample" in page.text and "Newest" in page.text,
           "the oldest leads back")
    other = [r["group_id"] for r in w.groups() if r["group_id"] != group][0]
    tap.equal(w.viewer.get(w.url(other) + "?sample=" + want[0]).status, 404,
              "a crash of another group is not there")


def pages(w, group):
    page = w.viewer.get(w.p + "/crashes")
    row = w.api("/" + group)["group"]
    tap.ok(page.status == 200 and row["title"] in page.text and
           "Crashes" in page.text, "the list shows the group")
    page = w.viewer.get(w.url(group))
    tap.ok(row["title"] in page.text and "3 frames of package:flutter and"
           " dart:ui" in page.text, "its page: title, folded frames",
           page.text[:3000])
    tap.ok("first frames of the app" in page.text and "Cart." in
           page.ids.get("s-why", "") + page.text, "why it was grouped")
    tap.ok(not any(page.has_form(a) for a in (
        "/resolve", "/ignore", "/assign", "/comment", "/split")),
        "a viewer is offered no act")
    for act in ("resolve", "ignore", "reopen", "assign", "comment", "merge",
                "unmerge", "split", "unsplit"):
        got = w.viewer.request("POST", w.url(group, "/" + act), [
            ("csrf", csrf(w.viewer, w)), ("text", "x"), ("for", "7")])
        if got.status != 403:
            tap.ok(False, "a viewer may not " + act, str(got.status))
    tap.equal(w.other.get(w.url(group)).status, 404, "a stranger sees nothing")
    tap.equal([w.viewer.get(w.p + "/crashes." + f).status
               for f in ("csv", "ndjson")], [403, 403], "a viewer takes no file")


def csrf(s, w):
    page = s.get(w.p + "/crashes")
    return re.search(r'name="csrf" value="([^"]+)"', page.html).group(1)


def status(w, group):
    return w.api("/" + group)["group"]["status"]


def acts(w, group):
    def do(act, **values):
        return w.analyst.submit(w.analyst.get(w.url(group)), act, **values)

    page = do("/resolve")  # the first form: in the next release
    tap.ok("Resolved." in page.text and "resolved it in the next release" in
           page.text and status(w, group) == "resolved",
           "resolved in the next release", page.text[:800])
    tap.equal([w.lab.sql("SELECT platform, version, inclusive FROM"
                         " crash_group_resolutions WHERE environment_id = %s"
                         " ORDER BY 1" % w.env)],
              [[["android", "2.4.0", "f"], ["ios", "2.4.0", "f"]]],
              "after the newest release of each platform")
    tap.ok(group not in [r["group_id"] for r in w.groups(status="unresolved")]
           and group in [r["group_id"] for r in w.groups(status="resolved")],
           "it leaves the open ones")
    page = do("/reopen")
    tap.equal((status(w, group), w.lab.value(
        "SELECT count(*) FROM crash_group_resolutions WHERE environment_id ="
        " %s" % w.env)), ("open", "0"), "reopened, nothing of it is left")
    release(w, group)
    ignore(w, group, do)
    page = do("/assign", user=w.analyst_id)
    tap.equal(w.api("/" + group)["group"]["assignee"], w.analyst_id, "assigned")
    page = w.analyst.get(w.url(group))
    got = w.analyst.request("POST", w.url(group, "/assign"), [
        ("csrf", page.form("/assign").fields[0][1]), ("user", w.other_id)])
    tap.equal((got.status, w.api("/" + group)["group"]["assignee"]),
              (404, w.analyst_id), "not to somebody outside of the team")
    do("/assign", user="")
    tap.equal(w.api("/" + group)["group"]["assignee"], None, "to nobody")
    page = do("/split")
    tap.equal((w.lab.value("SELECT split_frames FROM crash_groups WHERE"
                           " group_id = '%s'" % group), w.log("split")),
              ("8", 1), "told apart more finely")
    page = do("/unsplit")
    tap.equal((w.lab.value("SELECT split_frames FROM crash_groups WHERE"
                           " group_id = '%s'" % group), w.log("unsplit")),
              ("0", 1), "and as the rule says again")
    tap.equal([w.audit("crash." + a) for a in (
        "resolve", "reopen", "ignore", "assign", "split", "unsplit")],
        [w.log(a) for a in ("resolve", "reopen", "ignore", "assign", "split",
                            "unsplit")], "each act: one line in the log, one in the audit")
    tap.equal(w.log("resolve"), 2, "two of them of resolving")
    got = w.analyst.request("POST", w.url(MISSING, "/reopen"), [
        ("csrf", csrf(w.analyst, w))])
    tap.equal(got.status, 404, "a group that is not there")
    got = w.analyst.request("POST", w.url(group, "/reopen"), [("csrf", "x")])
    tap.equal(got.status, 403, "a forged form")


def release(w, group):
    """Resolved in a release: that one and later ones are regressions."""
    def resolve(version):
        page = w.analyst.get(w.url(group))
        return w.analyst.request("POST", w.url(group, "/resolve"), [
            ("csrf", page.form("/resolve").fields[0][1]), ("how", "release"),
            ("version", version)])
    bad = resolve("nightly")
    tap.ok(bad.status == 422 and "begins with a number" in bad.text and
           'value="nightly"' in bad.html, "a version without a place in the order",
           "%d %s" % (bad.status, bad.html[-30000:]))
    tap.equal(resolve("2.5.0").status, 303, "resolved in a release to come")
    tap.equal(w.lab.sql("SELECT DISTINCT version, build, inclusive FROM"
                        " crash_group_resolutions WHERE environment_id = %s"
                        % w.env), [["2.5.0", "", "t"]], "from it on")
    tap.ok("resolved in 2.5.0" in w.analyst.get(w.url(group)).text,
           "the page says so")


def ignore(w, group, do):
    page = do("/ignore", **{"for": "7"})
    tap.ok(status(w, group) == "ignored" and "until in 7 days" in page.text,
           "ignored for a week", page.text[:600])
    w.lab.sql("UPDATE crash_groups SET ignored_until = now() - interval '1 s'"
              " WHERE group_id = '%s'" % group)
    tap.ok(status(w, group) == "open" and group in [
        r["group_id"] for r in w.groups(status="open")],
        "open again when the time is over")
    page = w.analyst.get(w.url(group))
    token = page.form("/ignore").fields[0][1]
    bad = w.analyst.request("POST", w.url(group, "/ignore"), [
        ("csrf", token), ("for", "crashes"), ("crashes", "none")])
    tap.equal(bad.status, 422, "until how often: a number")
    good = w.analyst.request("POST", w.url(group, "/ignore"), [
        ("csrf", token), ("for", "crashes"), ("crashes", "5")])
    want = w.lab.value("SELECT crashes + 5 FROM crash_groups WHERE group_id = '%s'" % group)
    tap.equal((good.status, w.lab.value(
        "SELECT ignored_crashes FROM crash_groups WHERE group_id = '%s'" % group)),
        (303, want), "until it crashed five times more")
    do("/reopen")


def comments(w, group):
    page = w.analyst.get(w.url(group))
    page = w.analyst.submit(page, "/comment", text=EVIL + "\nline two")
    tap.ok(EVIL in page.text.replace("\n", " ") and "<script>alert" not in page.html
           and "<img src=x" not in page.html, "a note is text, whatever it holds")
    page = w.analyst.submit(w.analyst.get(w.url(group)), "/comment", text="  ")
    tap.ok(page.status == 422 and "fill in" in page.text, "an empty note is refused",
           "%d %s" % (page.status, page.html[-9000:]))
    page = w.analyst.submit(w.analyst.get(w.url(group)), "/comment", text="x" * 4001)
    tap.ok(page.status == 422 and "x" * 100 in page.html,
           "and one that is too long, which is not lost")
    tap.equal((w.log("comment"), w.audit("crash.comment")), (1, 1), "one note is kept")


def merging(w):
    rows = w.groups()
    a, b, c = [r["group_id"] for r in rows[:3]]
    before = {r["group_id"]: r for r in rows}
    page = w.analyst.get(w.url(a) + "?merge=1")
    page = w.analyst.submit(page, "/merge", group=[b])
    tap.ok("Merged." in page.text and before[b]["title"] in page.text,
           "one group is merged into another", page.text[:800])
    one = w.api("/" + b)
    tap.equal((one["group"]["group_id"], one["merged"]), (a, [b]),
              "the merged one answers as the other")
    tap.equal(w.viewer.get(w.url(b)).path.split("?")[0], w.url(a), "its page leads there")
    tap.equal(one["group"]["crashes"], before[a]["crashes"] + before[b]["crashes"],
              "their crashes add up")
    numbers(w, "merged")
    # a into c: b comes along
    page = w.analyst.get(w.url(c) + "?merge=1")
    w.analyst.submit(page, "/merge", group=[a])
    one = w.api("/" + b)
    tap.equal((one["group"]["group_id"], sorted(one["merged"])), (c, sorted([a, b])),
              "what was merged before comes along")
    tap.equal(w.lab.value("SELECT count(*) FROM crash_group_alias x JOIN crash_group_alias y"
                          " ON y.environment_id = x.environment_id AND y.from_no = x.to_no"
                          " WHERE x.environment_id = %s" % w.env), "0", "paths are one step long")
    page = w.analyst.get(w.url(c))
    token = page.form("/unmerge").fields[0][1]
    w.analyst.request("POST", w.url(c, "/unmerge"), [("csrf", token), ("group", a)])
    tap.equal((w.api("/" + a)["merged"], w.api("/" + b)["group"]["group_id"],
               w.api("/" + c)["merged"]), ([b], a, []), "undone, it takes its own along")
    w.analyst.request("POST", w.url(a, "/unmerge"), [("csrf", token), ("group", b)])
    after = {r["group_id"]: r for r in w.groups()}
    tap.equal(after, before, "all undone: as it was")
    got = [w.analyst.request("POST", w.url(a, act), [("csrf", token)] + fields).status
           for act, fields in (
               ("/unmerge", [("group", b)]), ("/unmerge", []), ("/merge", []),
               ("/merge", [("group", a)]), ("/merge", [("group", MISSING)]),
               ("/merge", [("group", "x")]))]
    tap.equal(got, [404, 404, 422, 422, 404, 404], "what cannot be merged or undone")
    tap.equal((w.log("merge"), w.audit("crash.merge"), w.log("unmerge"),
               w.audit("crash.unmerge")), (2, 2, 2, 2), "log and audit of both")


def hostile(w):
    """Text of strangers in every field: shown as text, nothing breaks."""
    deep = json.loads("[" * 12 + "]" * 12)
    events = [
        {"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(5),
         "exception": {"type": EVIL, "message": EVIL + "\n" + "\u202e\u0000x" * 50,
                       "stacktrace": "#0      %s (package:%s/a.dart:1:2)\n%s" % (
                           EVIL, EVIL, EVIL * 20)},
         "breadcrumbs": [{"message": EVIL, "type": EVIL, "timestamp": "yesterday",
                          "data": {EVIL[:40]: EVIL}}, 7, None, deep, EVIL,
                         {"message": "a" * 3000, "ts": 1e300}],
         "properties": {"x": EVIL}, "session_id": EVIL},
        {"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(4),
         "exception": {"type": "E"}},
        {"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(3),
         "fingerprint": EVIL, "exception": {"type": "E", "message": "m",
                                            "stacktrace": "at " * 20000}},
    ]
    status_, _, reply = e2e.call_json(
        w.lab, "POST", "/api/v1/ingest/batch", w.key, e2e.envelope(
            events, app={"bundle_id": EVIL, "version_name": EVIL[:50], "build_number": "<b>"},
            device={"device_id": EVIL, "platform": "android", "model": EVIL, "os_version": "<i>"},
            user={"anonymous_id": EVIL, "user_id": EVIL}))
    w.lab.drain()
    taken = reply["accepted"]
    tap.equal(taken, len(events), "hostile crashes that are taken")
    w.count += taken
    wrong = []
    rows = w.groups()
    tap.equal(sum(r["crashes"] for r in rows), w.count, "they are counted")
    for row in rows:
        for query in ("", "?merge=1", "?sample=" + urllib.parse.quote(EVIL)):
            page = w.analyst.get(w.url(row["group_id"]) + query)
            if page.status != (404 if "sample" in query else 200) or \
                    "<script>alert" in page.html or "<img src=x" in page.html:
                wrong.append("%s%s: %d" % (row["title"], query, page.status))
    for path in ("/crashes", "/crashes?status=all", "/crashes?order=last_seen&status=nonsense",
                 "/crashes?f=version%3Aeq%3A" + urllib.parse.quote(EVIL[:50])):
        page = w.analyst.get(w.p + path)
        if page.status != 200 or "<script>alert" in page.html or "<img src=x" in page.html:
            wrong.append("%s: %d" % (path, page.status))
    tap.ok(not wrong, "their pages show it as text (%d groups)" % len(rows), "\n".join(wrong))


AOT = """Warning: This VM has been configured to produce stack traces that violate the Dart standard.
*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
pid: 4242, tid: 4250, name 1.ui
os: android arch: arm64 comp: yes sim: no
build_id: '8deee1cbd5d2cbd3d0bf5a1a7c3a2f0e'
isolate_dso_base: 7a1c000000, vm_dso_base: 7a1c000000
isolate_instructions: 7a1c1b0000, vm_instructions: 7a1c1a0000
    #00 abs 0000007a1c3d9f13 virt 00000000003d9f13 _kDartIsolateSnapshotInstructions+0x229f13
    #01 abs 0000007a1c3da077 virt 00000000003da077 _kDartIsolateSnapshotInstructions+0x22a077
"""


def regression(w):
    """Only a later release of the same platform brings a group back."""
    group = w.groups(status="open")[0]["group_id"]
    title = w.api("/" + group)["group"]["title"]
    kind = title.rsplit(" ", 1)[1]
    page = w.analyst.get(w.url(group))
    w.analyst.submit(page, "/resolve")
    for platform, version, want in (("android", "2.4.0", "resolved"),
                                    ("ios", "2.3.0", "resolved"),
                                    ("android", "2.5.0-beta.1", "regressed")):
        w.send([crash(kind, 3)], app={"bundle_id": "com.example.shop",
               "version_name": version, "build_number": "240"},
               device={"device_id": "d-1", "platform": platform})
        w.count += 1
        w.lab.drain()
        e2e.until(30, lambda w_=want: status(w, group) == w_)
        tap.equal(status(w, group), want, "a crash of %s %s: %s" % (platform, version, want))
    text = w.viewer.get(w.url(group)).text
    tap.ok("Regressed in 2.5.0-beta.1" in text and "resolved after 2.4.0" in text and
           "opened it again: it came back" in text, "the page tells of it", text[:1500])
    tap.ok(group in [r["group_id"] for r in w.groups(status="regressed")],
           "and the list has it among the regressed")


def symbols(w):
    """A stack of addresses: which build's symbols are missing, and how to
    send them."""
    w.send([{"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(2),
             "exception": {"type": "StateError", "message": "obfuscated",
                           "stacktrace": AOT}}])
    w.lab.drain()
    w.count += 1
    row = [r for r in w.groups() if "obfuscated" in r["title"]][0]
    page = w.viewer.get(w.url(row["group_id"]))
    tap.ok("8deee1cbd5d2cbd3d0bf5a1a7c3a2f0e" in page.text and
           "tidemarkctl symbols upload" in page.text,
           "a stack of addresses: the missing build and the way to send it",
           page.text[-3000:])


def files(w):
    text = w.analyst.get(w.p + "/crashes.csv?status=all&range=90d")
    got = list(csv.reader(io.StringIO(text.body.decode())))
    lines = w.analyst.get(w.p + "/crashes.ndjson?status=all&range=90d")
    rows = [json.loads(x) for x in lines.body.decode().splitlines()]
    api = w.groups(range="90d")
    tap.equal((len(got) - 1, rows), (len(api), api), "the files hold what the API lists")
    tap.equal(got[0][:4], ["group_id", "title", "culprit", "status"], "with a head line")
    for fmt, page in (("csv", text), ("ndjson", lines)):
        status, head, body = e2e.call(w.lab, "GET", "/api/v1/projects/%s/crashes?range=90d"
                                      "&order=users&format=%s"
                                      % (w.project, fmt), w.token)
        tap.equal((status, body), (200, page.body), "the API sends the same as " + fmt)
    cells = [c for line in got[1:] for c in line]
    tap.ok(not [c for c in cells if c[:1] in "=+@" and c], "and no cell runs as a formula")
    group = api[0]["group_id"]
    lines = w.analyst.get(w.url(group, "/samples.ndjson"))
    tap.equal([json.loads(x) for x in lines.body.decode().splitlines()],
              w.api("/%s/samples" % group, limit=100)["samples"], "a group's crashes too")
    tap.equal(w.viewer.get(w.url(group, "/samples.ndjson")).status, 403, "not for a viewer")
    tap.equal(w.audit("events.export"), 5, "each export is in the audit")
    page = w.analyst.get(w.p + "/crashes?status=resolved")
    tap.ok("/crashes?env=prod" in page.ids.get("curl", "") and "status=resolved" in
           page.ids.get("curl", ""), "copy as curl asks the same", page.ids.get("curl"))


def main():
    lab = e2e.start()
    w = World(lab)
    empty = w.viewer.get(w.p + "/crashes")
    tap.ok(empty.status == 200 and "No crash groups" in empty.text,
           "without crashes the page says what to do next")
    random_data(w)
    numbers(w, "random")
    lists(w)
    top = w.groups()[0]["group_id"]
    distribution(w, top)
    samples(w, top)
    pages(w, top)
    acts(w, top)
    comments(w, top)
    merging(w)
    files(w)
    regression(w)
    symbols(w)
    hostile(w)


tap.run(main)
