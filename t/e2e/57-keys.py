#!/usr/bin/env python3
"""Keys, tokens, projects and settings as people make them: over HTTP, with
the forms of the pages. What is revoked is refused within a second; a token
opens the routes of its scopes and no other."""
# takes: 29 s
import json
import os
import re
import subprocess
import time

import e2e
import site_http as site
from e2e import tap

WRITE = re.compile(r"tm_wk_[0-9A-Za-z]{36}$")
READ = re.compile(r"tm_rk_[0-9A-Za-z]{36}$")
PAT = re.compile(r"tm_pat_[0-9A-Za-z]{36}$")


def secret(page):
    return page.ids.get("secret", "").strip()


def send(lab, key, headers=()):
    return e2e.call_json(lab, "POST", "/api/v1/events", key,
                         {"event": "keys_e2e", "user_id": "u1"}, headers)[0]


def gone_within(seconds, status):
    """Seconds until status() is a refusal."""
    return e2e.until(seconds, lambda: status() == 401)


class World:
    """An owner with a team, a viewer and an analyst in it, and somebody
    else's team."""

    def __init__(self, lab):
        self.lab = lab
        mark = lab.rng.randrange(10 ** 9)
        self.owner_mail = site.account(lab, "keys-owner-%d@example.org" % mark)
        self.viewer_mail = site.account(lab, "keys-viewer-%d@example.org" % mark)
        self.analyst_mail = site.account(lab, "keys-analyst-%d@example.org" % mark)
        self.other_mail = site.account(lab, "keys-other-%d@example.org" % mark)
        self.team = lab.ctl("team", "create", "--name", "Keys %d" % mark,
                            "--owner", self.owner_mail)
        self.other = lab.ctl("team", "create", "--name", "Foreign %d" % mark,
                             "--owner", self.other_mail)
        for mail, role in ((self.viewer_mail, "viewer"),
                           (self.analyst_mail, "analyst")):
            lab.sql("INSERT INTO members (team_id, user_id, role) SELECT t.id,"
                    " u.id, '%s' FROM teams t, users u WHERE t.slug = '%s' AND"
                    " u.email = '%s'" % (role, self.team["slug"], mail))
        self.t = "/t/%s" % self.team["slug"]
        self.owner = site.signed_in(lab, self.owner_mail)
        self.viewer = site.signed_in(lab, self.viewer_mail)
        self.analyst = site.signed_in(lab, self.analyst_mail)
        self.stranger = site.signed_in(lab, self.other_mail)

    def audit(self, action):
        return self.lab.sql(
            "SELECT target, detail FROM audit_entries a JOIN teams t ON t.id ="
            " a.team_id WHERE t.slug = '%s' AND action = '%s' ORDER BY a.id"
            % (self.team["slug"], action))


def projects(w):
    """A new project by its form; w.p is its base."""
    page = w.owner.get("/")
    tap.ok("Make your first project" in page.text or "overview" in page.path,
           "a team without a project shows the one next step", page.text)
    page = w.owner.get(w.t + "/projects/new")
    tap.ok("Step 1 of 3" in page.text, "the first project is step 1 of 3")
    bad = w.owner.submit(page, "/projects/new", name="  ")
    tap.equal((bad.status, "Please fill in this field" in bad.text),
              (422, True), "a project needs a name; the form says so")
    page = w.owner.submit(page, "/projects/new", name="Shop <b>",
                          platform="web")
    tap.ok(page.path.endswith("/prod/onboarding") and page.status == 200,
           "a new project leads to its onboarding", page.path)
    w.p = page.path[:-len("/prod/onboarding")]
    w.key = page.ids["key"].strip()
    tap.ok(WRITE.match(w.key), "with the first write key in full")
    tap.ok("Step 2 of 3" in page.text and "Waiting for the first event" in
           page.text, "and waits for the first event")
    tap.ok(all(w.key in page.ids["c-" + lang] for lang in
               ("curl", "flutter", "js", "python", "go")),
           "each snippet holds the real key")
    tap.equal(w.owner.get(w.t + "/projects").text.count("no event yet"), 3,
              "the list of projects shows three environments")
    tap.equal(w.viewer.get(w.t + "/projects/new").status, 403,
              "a viewer makes no projects")
    tap.equal(w.stranger.get(w.t + "/projects").status, 404,
              "a stranger sees no list")
    page = w.viewer.get(w.p + "/prod/onboarding")
    tap.ok(w.key not in page.html and "YOUR_WRITE_KEY" in page.html
           and "Ask an analyst, admin or owner" in page.text,
           "a viewer sees no key, and whom to ask for it")
    w.team_project = w.lab.value(
        "SELECT p.id FROM projects p JOIN teams t ON t.id = p.team_id WHERE"
        " t.slug = '%s'" % w.team["slug"])
    w.env = w.lab.value("SELECT id FROM environments WHERE project_id = '%s'"
                        " AND name = 'prod'" % w.team_project)


def key_id(w, token):
    return w.lab.value("SELECT id FROM project_keys WHERE token_hint = '%s'"
                       " AND environment_id = %s" % (token[-4:], w.env))


def made_key(w, **values):
    page = w.owner.submit(w.owner.get(w.p + "/prod/keys"), "/keys", **values)
    return page, secret(page)


def write_keys(w):
    lab, keys = w.lab, w.p + "/prod/keys"
    page, key = made_key(w, type="write", rate_limit="500", expires="30")
    tap.ok(WRITE.match(key) and page.status == 200, "a write key is made and"
           " shown", page.text[:400])
    tap.ok(key not in page.path and page.headers["cache-control"] ==
           "no-store", "not in the address, and nothing keeps the page")
    tap.ok(not secret(w.owner.get(page.path)), "a reload does not show it"
           " again")
    count = lab.value("SELECT count(*) FROM project_keys WHERE environment_id"
                      " = %s" % w.env)
    w.owner.get(page.path)
    tap.equal(lab.value("SELECT count(*) FROM project_keys WHERE"
                        " environment_id = %s" % w.env), count,
              "and makes no second one")
    tap.equal(send(lab, key), 202, "the door takes it at once")

    kid = key_id(w, key)
    page = w.owner.submit(w.owner.get(keys), "/keys/%s/show" % kid)
    tap.equal(secret(page), key, "a write key can be shown again")
    tap.equal(len([r for r in w.audit("key.show") if kid in r[0]]), 1,
              "and that is in the audit log")
    tap.ok(w.analyst.get(keys).has_form("/%s/show" % kid),
           "an analyst may show it")
    page = w.viewer.get(keys)
    tap.ok(not page.has_form("/show") and not page.has_form("/keys") and
           w.viewer.get(keys + "/" + kid).status == 403,
           "a viewer neither shows nor changes keys")

    # limit
    one = w.owner.get(keys + "/" + kid)
    bad = w.owner.submit(one, "/limit", rate_limit="0")
    tap.equal((bad.status, "A number from 1" in bad.text), (422, True),
              "a limit of 0 is refused beside its field")
    w.owner.submit(one, "/limit", rate_limit="2")
    time.sleep(1.1)
    first = [send(lab, key) for _ in range(4)]
    tap.ok(429 in first, "a lower limit is in force at the door", first)
    tap.equal(json.loads(w.audit("key.limit")[-1][1])["rate_limit"],
              {"from": "500", "to": "2"}, "audited with old and new value")

    # rotate with overlap: both work
    page, key = made_key(w, type="write", rate_limit="", expires="never")
    kid = key_id(w, key)
    page = w.owner.submit(w.owner.get(keys + "/" + kid), "/rotate",
                          overlap="1")
    new = secret(page)
    tap.ok(WRITE.match(new) and new != key, "rotating shows a new key")
    tap.equal((send(lab, key), send(lab, new)), (202, 202),
              "in the overlap both keys send")
    ends = float(lab.value("SELECT extract(epoch FROM expires_at - now()) FROM"
                           " project_keys WHERE id = '%s'" % kid))
    tap.ok(3500 < ends <= 3600, "the old one ends in an hour", ends)
    tap.ok("ending" in page.text, "and the list says so")
    page = w.owner.submit(w.owner.get(keys + "/" + key_id(w, new)), "/rotate",
                          overlap="0")
    third = secret(page)
    took = gone_within(5, lambda: send(lab, new))
    tap.at_most(took if took is not None else 99, 1.2,
                "rotated without overlap, the old key ends")
    tap.equal(send(lab, third), 202, "and its successor sends")

    # revoke
    w.owner.submit(w.owner.get(keys + "/" + key_id(w, third)), "/revoke")
    took = gone_within(5, lambda: send(lab, third))
    tap.at_most(took if took is not None else 99, 1.0,
                "seconds until the door refuses a revoked key")
    tap.equal(send(lab, w.key), 202, "other keys go on")
    over = w.owner.get(keys + "/" + key_id(w, third))
    tap.ok("This key has ended" in over.text and not over.has_form("/revoke"),
           "a revoked key offers no acts")

    # another environment's key is not there
    tap.equal(w.owner.get(w.p + "/staging/keys/" + kid).status, 404,
              "a key of another environment is not found")
    tap.equal(w.stranger.get(keys).status, 404, "nor is a foreign list")
    page = w.owner.get(keys)
    forged = w.stranger.request("POST", keys, page.form("/keys").fields)
    tap.ok(forged.status in (403, 404), "a stranger's post is refused",
           forged.status)
    no_token = w.owner.request("POST", keys, [("type", "write"),
                                              ("expires", "never")])
    tap.equal(no_token.status, 403, "a form without its token is refused")


def read_keys(w):
    page, key = made_key(w, type="read", rate_limit="", expires="date",
                         date="2020-01-01")
    tap.ok(page.status == 422 and "This date is over" in page.text and
           not secret(page), "a date in the past is refused beside its field",
           page.text[:300])
    page, key = made_key(w, type="read", rate_limit="", expires="never")
    tap.ok(READ.match(key), "a read key is made and shown")
    url = "/api/v1/projects/%s/metrics/overview" % w.team_project
    ask = lambda: e2e.call(w.lab, "GET", url, key)[0]  # noqa: E731
    tap.equal(ask(), 200, "it reads")
    kid = key_id(w, key)
    tap.ok(not w.owner.get(w.p + "/prod/keys").has_form("/%s/show" % kid),
           "a read key cannot be shown again")
    tap.equal(w.owner.request("POST", w.p + "/prod/keys/%s/show" % kid,
                              [("csrf", w.owner.get(w.p + "/prod/keys").form(
                                  "/keys").fields[0][1])]).status, 404,
              "not even when asked")
    w.owner.submit(w.owner.get(w.p + "/prod/keys/" + kid), "/revoke")
    took = gone_within(5, ask)
    tap.at_most(took if took is not None else 99, 1.0,
                "seconds until the API refuses a revoked read key")


def token(w, who, scopes, **values):
    page = who.get(w.t + "/tokens")
    page = who.submit(page, "/tokens", name=values.pop("name", "script"),
                      scope=scopes, **values)
    return page, secret(page)


def routes(lab):
    program = os.path.join(os.environ.get("TIDEMARK_BUILD") or
                           os.path.join(lab.var, "build"),
                           "src", "programs", "tidemark-web")
    out = subprocess.run([program, "--routes"], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    rows = [json.loads(line) for line in out.splitlines() if line.strip()]
    return [r for r in rows if r["need"] == "token" and r.get("scope")]


def tokens(w):
    lab = w.lab
    page = w.owner.get(w.t + "/tokens")
    form = page.form("/tokens")
    tap.equal(dict(form.fields)["expires"], "90", "90 days are the default")
    rows = routes(lab)
    used = {r["scope"] for r in rows}
    tap.equal(set(form.options["scope"]), used | {"admin"},
              "an owner is offered every scope that opens something")
    viewer = set(w.viewer.get(w.t + "/tokens").form("/tokens")
                 .options["scope"])
    tap.ok("projects:write" not in viewer and "admin" not in viewer and
           "events:read" in viewer, "a viewer those of the role", viewer)
    bad, _ = token(w, w.owner, [], name="")
    tap.ok(bad.status == 422 and "Choose at least one" in bad.text and
           "Please fill in this field" in bad.text,
           "a token needs a name and a scope")
    forged, _ = token(w, w.viewer, ["projects:write"])
    tap.ok(forged.status == 422 and "does not give projects:write" in
           forged.text, "a scope above the role is refused")

    page, pat = token(w, w.owner, ["events:read", "metrics:read"],
                      name="Report <i>")
    tap.ok(PAT.match(pat), "a token is made and shown", page.text[:400])
    again = w.owner.get(page.path)
    tap.ok(not secret(again) and pat not in again.html,
           "a reload does not show it again")
    ask = lambda: e2e.call(lab, "GET", "/api/v1/projects/%s/events"  # noqa
                           % w.team_project, pat)[0]
    tap.equal(ask(), 200, "it reads events")
    entry = json.loads(w.audit("token.create")[-1][1])
    tap.equal((entry["scopes"], entry["name"]),
              ("events:read metrics:read", "Report <i>"),
              "its making is audited")
    tap.ok(pat not in json.dumps(w.audit("token.create")),
           "without the secret")
    tap.ok(float(lab.value(
        "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM"
        " access_tokens WHERE token_hint = '%s' ORDER BY created_at DESC LIMIT"
        " 1" % pat[-4:])) > 89.9, "it ends in 90 days")
    wrong = pat[:-1] + ("a" if pat[-1] != "a" else "b")
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects", wrong)[0], 401,
              "its checksum tells a typing mistake")

    # others
    tap.ok("Report" not in w.viewer.get(w.t + "/tokens").text,
           "a viewer does not see others' tokens")
    page, theirs = token(w, w.analyst, ["metrics:read"], name="analyst's")
    page = w.owner.get(w.t + "/tokens")
    tap.ok(w.analyst_mail in page.text and "analyst's" in page.text,
           "an owner sees them with their owners")
    tid = lab.value("SELECT id FROM access_tokens WHERE name ="
                    " 'analyst''s' AND token_hint = '%s'" % theirs[-4:])
    tap.equal(w.viewer.get(w.t + "/tokens/" + tid).status, 404,
              "others' tokens are not there for a viewer")
    mine = lab.value("SELECT id FROM access_tokens WHERE token_hint = '%s' AND"
                     " name = 'Report <i>'" % pat[-4:])
    for who, which, ask_it in (
            (w.owner, tid, lambda: e2e.call(
                lab, "GET", "/api/v1/projects/%s/metrics/overview"
                % w.team_project, theirs)[0]),
            (w.owner, mine, ask)):
        tap.equal(ask_it(), 200, "before: it works")
        who.submit(who.get(w.t + "/tokens/" + which), "/revoke")
        took = gone_within(5, ask_it)
        tap.at_most(took if took is not None else 99, 1.0,
                    "seconds until a revoked token is refused")
    tap.equal(len(w.audit("token.revoke")), 2, "both are audited")
    scope_matrix(w, rows)


def confirmed(w):
    """Six minutes after the last proof the password is asked for, and what
    was typed is not lost."""
    w.lab.sql("UPDATE user_sessions SET confirmed_at = now() - interval '6"
              " minutes' WHERE user_id = (SELECT id FROM users WHERE email ="
              " '%s')" % w.owner_mail)
    page, pat = token(w, w.owner, ["metrics:read", "events:read"],
                      name="confirmed")
    tap.ok("Confirm that it is you" in page.text and not pat,
           "a token needs a fresh proof", page.text[:300])
    wrong = w.owner.submit(page, "/tokens", confirm_password="not it at all")
    tap.ok("Confirm that it is you" in wrong.text and not secret(wrong),
           "a wrong password gives none")
    page = w.owner.submit(wrong, "/tokens", confirm_password=site.PASSWORD)
    tap.ok(PAT.match(secret(page)), "the right one makes the token that was"
           " asked for", page.text[:300])
    tap.equal(json.loads(w.audit("token.create")[-1][1])["scopes"],
              "events:read metrics:read", "with both of its scopes")


def scope_matrix(w, rows):
    """Each scope opens exactly its routes: 403 elsewhere."""
    lab = w.lab

    def call(row, pat):
        path = row["pattern"].replace("{project_id}", w.team_project)
        path = re.sub(r"\{\w+\}", "00000000-0000-7000-8000-000000000000", path)
        body = b"{}" if row["method"] != "GET" else None
        return e2e.call(lab, row["method"], path, pat, body)[0]

    def opens(row, pat):
        return call(row, pat) not in (401, 403)

    used = sorted({r["scope"] for r in rows} - {"admin"})  # which opens them all
    kept = {}
    for scope in used:
        kept[scope] = token(w, w.owner, [scope], name=scope)[1]
    wrong = []
    for row in rows:
        for scope in used:
            if opens(row, kept[scope]) != (row["scope"] == scope):
                wrong.append("%s %s with %s: %d" % (
                    row["method"], row["pattern"], scope,
                    call(row, kept[scope])))
    tap.ok(not wrong and len(used) > 2, "each of %d scopes opens exactly its"
           " routes of %d" % (len(used), len(rows)), "\n".join(wrong))
    everything = token(w, w.owner, ["admin"], name="admin")[1]
    tap.ok(all(opens(r, everything) for r in rows), "admin opens them all")
    tap.must_fail(all(opens(r, kept[used[0]]) for r in rows),
                  "one scope does not open them all")
    tap.must_fail(any(opens(r, "tm_pat_" + "0" * 36) for r in rows),
                  "an invented token opens none")
    # the role bounds a token, also later
    writer = token(w, w.owner, ["projects:write", "projects:read"])[1]
    row = [r for r in rows if r["scope"] == "projects:write"][0]
    tap.ok(opens(row, writer), "an owner's token may make projects")
    change = ("UPDATE members SET role = '%s' WHERE user_id = (SELECT id FROM"
              " users WHERE email = '" + w.owner_mail + "') AND team_id ="
              " (SELECT id FROM teams WHERE slug = '" + w.team["slug"] + "')")
    lab.sql(change % "viewer")
    try:
        tap.equal(call(row, writer), 403, "no longer when the role changed")
    finally:
        lab.sql(change % "owner")


def settings(w):
    lab, page_path = w.lab, w.p + "/prod/settings"
    page = w.owner.get(page_path)
    done = w.owner.submit(page, "/settings/time", session_idle_min="45")
    tap.ok("The settings are saved" in done.text, "settings are saved")
    tap.equal(lab.sql("SELECT session_idle_s FROM environments WHERE id = %s"
                      % w.env), [["2700"]], "session rules are stored")
    told = json.loads(w.audit("environment.set")[-1][1])
    tap.equal(told, {"session_idle_s": {"from": "1800", "to": "2700"}},
              "audited: what was, what is, and nothing else")
    bad = w.owner.submit(page, "/settings/time", timezone="Mars/Base",
                         session_idle_min="-1")
    fields = dict(bad.form("/settings/time").fields)
    tap.ok(bad.status == 422 and fields["timezone"] == "Mars/Base" and
           "A number of minutes" in bad.text, "mistakes come back beside their"
           " fields", bad.text[:300])
    bad = w.owner.submit(page, "/settings/time", timezone="Mars/Base")
    tap.ok(bad.status == 422 and "is not a time zone" in bad.text,
           "an unknown zone is refused")
    bad = w.owner.submit(page, "/settings/senders",
                         allowed_origins="ok.example\nhttps://a b\nx/y",
                         allowed_bundles="com.example.ok\nco m")
    tap.ok(bad.status == 422 and "Entry 2" in bad.text and
           "Entry 3" in bad.text, "each bad line is named", bad.text[:400])
    tap.equal(dict(bad.form("/settings/senders").fields)["allowed_bundles"]
              .split(), "com.example.ok co m".split(),
              "and what was typed comes back")

    # who may send, at the door
    w.owner.submit(page, "/settings/senders",
                   allowed_origins="shop.example\n*.cdn.example\r\n\r\n",
                   allowed_bundles="com.example.shop")
    time.sleep(1.1)
    tries = [("Origin", "https://shop.example", 202),
             ("Origin", "https://a.cdn.example", 202),
             ("Origin", "https://evil.example", 403),
             ("X-Bundle-Id", "com.example.shop", 202),
             ("X-Bundle-Id", "com.example.other", 403)]
    for name, value, want in tries:
        tap.equal(send(lab, w.key, {name: value}), want,
                  "%s %s at the door" % (name, value))
    w.owner.submit(w.owner.get(page_path), "/settings/senders",
                   allowed_origins="", allowed_bundles="")
    time.sleep(1.1)
    tap.equal(send(lab, w.key, {"Origin": "https://evil.example"}), 202,
              "an empty list lets everybody send again")

    # privacy
    before = lab.sql("SELECT pii_keys, pii_mode FROM environments WHERE id ="
                     " %s" % w.env)
    entries = len(w.audit("environment.set"))
    same = w.owner.submit(w.owner.get(page_path), "/settings/privacy")
    tap.equal((same.status, lab.sql("SELECT pii_keys, pii_mode FROM"
                                    " environments WHERE id = %s" % w.env),
               len(w.audit("environment.set"))), (200, before, entries),
              "a form sent as it stands changes nothing and tells nothing")
    w.owner.submit(w.owner.get(page_path), "/settings/privacy",
                   pii_mode="allow", pii_keys="plan\nprice", ip_mode="drop",
                   user_id_mode="hash")
    row = lab.sql("SELECT pii_mode, pii_keys, ip_mode, user_id_mode FROM"
                  " environments WHERE id = %s" % w.env)
    tap.equal(row, [["allow", "{plan,price}", "drop", "hash"]],
              "privacy rules are stored")

    # zone
    lab.drain()
    page = w.owner.submit(w.owner.get(page_path), "/settings/time",
                          timezone="Asia/Tokyo")
    tap.ok("The days are counted again" in page.text,
           "another zone counts the days again, and says so")
    took = e2e.until(90, lambda: lab.value(
        "SELECT rebuild_asked_at IS NULL FROM environments WHERE id = %s"
        % w.env) == "t")
    tap.ok(took is not None, "a consumer has counted them", took)
    tap.equal(lab.value(
        "SELECT bool_and(extract(hour FROM bucket AT TIME ZONE 'Asia/Tokyo')"
        " = 0) FROM rollup_counts WHERE environment_id = %s AND grain = 1440"
        % w.env), "t", "each day begins at midnight in Tokyo")
    counted = lab.value("SELECT coalesce(sum(events), 0) FROM rollup_counts"
                        " WHERE environment_id = %s AND grain = 1440 AND dim"
                        " = 0" % w.env)
    tap.equal(counted, lab.value("SELECT count(*) FROM events WHERE"
                                 " environment_id = %s" % w.env),
              "and no event is lost or counted twice")
    page = w.viewer.get(page_path)
    tap.ok("Asia/Tokyo" in page.text and not page.has_form("/settings/time"),
           "a viewer reads the settings and has no form")
    csrf = dict(w.viewer.get(w.t + "/tokens").form("/tokens").fields)["csrf"]
    tap.equal(w.viewer.request("POST", page_path + "/time",
                               [("csrf", csrf), ("timezone", "UTC")]).status,
              403, "nor does a post of one work")

    # namespaces
    e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key, e2e.envelope(
        [e2e.event(namespace="checkout")]))
    lab.drain()
    tap.ok("checkout" in w.owner.get(page_path).text,
           "namespaces that were seen are listed")


def project_acts(w):
    lab, page_path = w.lab, w.p + "/prod/settings"
    w.owner.submit(w.owner.get(page_path), "/settings/project",
                   name="Shop & Co", platform="ios")
    tap.equal(json.loads(w.audit("project.set")[-1][1])["name"],
              {"from": "Shop <b>", "to": "Shop & Co"},
              "a project is renamed, audited")
    page = w.owner.get(page_path + "/delete")
    events = lab.value("SELECT count(*) FROM events WHERE environment_id = %s"
                       % w.env)
    tap.ok(re.search(r"Events ?%s(?!\d)" % events, page.text),
           "before a deletion its size is told", page.text)
    bad = w.owner.submit(page, "/settings/delete", name="Shop")
    tap.equal((bad.status, send(lab, w.key)), (422, 202),
              "another name deletes nothing")
    tap.equal(w.analyst.get(page_path + "/delete").status, 403,
              "an analyst deletes nothing")
    done = w.owner.submit(page, "/settings/delete", name="Shop & Co")
    tap.ok("The project is deleted" in done.text, "its own name does")
    took = gone_within(5, lambda: send(lab, w.key))
    tap.at_most(took if took is not None else 99, 1.0,
                "seconds until its keys are refused")
    tap.equal((w.owner.get(w.p + "/prod/overview").status,
               w.owner.get(w.t + "/projects").text.count(w.p + "/")), (404, 0),
              "it is gone from the pages, but for the way back")
    pat = token(w, w.owner, ["metrics:read"])[1]
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects/%s/metrics/overview"
                       % w.team_project, pat)[0], 404, "and from the API")


def main():
    lab = e2e.start()
    w = World(lab)
    projects(w)
    write_keys(w)
    read_keys(w)
    tokens(w)
    confirmed(w)
    settings(w)
    project_acts(w)


tap.run(main)
