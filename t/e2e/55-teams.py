#!/usr/bin/env python3
"""Teams over HTTP: every form as every role, invitations from the mail to the
membership, projects that only some see, deletion and its grace period."""
# takes: 24 s
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e  # noqa: E402
import outbox  # noqa: E402
import tap  # noqa: E402
from accounts import PASSWORD, Accounts  # noqa: E402
from browser import Browser  # noqa: E402

ROLES = ("viewer", "analyst", "admin", "owner")

lab = e2e.start()
users = Accounts(lab)
mark, address, account, signed_in = users.mark, users.address, users.create, users.signed_in


def csrf(b):
    b.get("/account/teams")
    return b.form("/logout")["csrf"]


def send(b, path, **fields):
    return b.post(path, dict(fields, csrf=csrf(b)))


def join(team, email, role):
    lab.ctl("member", "set", "--team", team["slug"], "--email", email, "--role", role)


def role_of(team, user):
    return lab.value("SELECT role FROM members WHERE team_id = '%s' AND user_id = '%s'"
                     % (team["id"], user))


def audited(team, action):
    return int(lab.value("SELECT count(*) FROM audit_entries WHERE team_id = '%s' AND action = '%s'"
                         % (team["id"], action)))


def path_of(url):
    return urllib.parse.urlsplit(url).path


def path_of_all(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + "?" + parts.query


class World:
    """A team with one member of each role, signed in."""

    def __init__(self, name):
        self.who, self.id = {}, {}
        self.who["owner"], self.id["owner"] = account("owner")
        self.team = lab.ctl("team", "create", "--name", name, "--owner", self.who["owner"])
        for role in ("admin", "analyst", "viewer"):
            self.who[role], self.id[role] = account(role)
            join(self.team, self.who[role], role)
        self.browser = {role: signed_in(email) for role, email in self.who.items()}
        self.base = "/t/" + self.team["slug"]


def making_one():
    email, user = account("maker")
    b = signed_in(email)
    r = b.get("/")
    tap.ok(r.status == 200 and "/teams/new" in r.text and "tidemarkctl" not in r.text,
           "without a team the start page leads to a new one")
    r = send(b, "/teams/new", name="  ")
    tap.ok(r.status == 422 and 'aria-invalid="true"' in r.text, "a team needs a name")
    r = send(b, "/teams/new", name="Maker's <b>team</b> " + mark)
    tap.ok(r.status == 303 and r.location.endswith("/projects/new"),
           "a signed-in user makes a team and is led to its first project")
    slug = r.location.split("/")[2]
    tap.equal(lab.value("SELECT role FROM members m JOIN teams t ON t.id = m.team_id WHERE"
                        " t.slug = '%s' AND m.user_id = '%s'" % (slug, user)), "owner",
              "the maker is its owner")
    r = b.get("/t/%s/members" % slug)
    tap.ok("&lt;b&gt;team&lt;/b&gt;" in r.text and "<b>team</b>" not in r.text,
           "its name is text on pages")
    r = send(b, "/t/%s/settings/name" % slug, name="Renamed " + mark)
    tap.ok(r.status == 303 and b.get("/t/%s/settings" % slug).status == 200,
           "a new name leaves the address as it is")
    r = send(b, "/t/%s/leave" % slug)
    tap.equal(r.status, 409, "the last owner cannot leave")


# Who may do what, spelled out: viewer analyst admin owner, x = may.
def acts(w):
    """[(name, who, path, fields, expected when allowed)]; targets are fresh."""
    fresh = {}
    for kind, role in (("lower", "analyst"), ("raise", "analyst"), ("topple", "owner"),
                       ("limit", "viewer"), ("remove", "viewer"), ("oust", "owner")):
        email, fresh[kind] = account(kind)
        join(w.team, email, role)
    project = lab.ctl("project", "create", "--team", w.team["slug"], "--name",
                      "P%d" % users.serial, "--platform", "web")
    invited = [lab.ctl("team", "invite", w.team["slug"], "--email", address("open"),
                       "--role", role)["id"] for role in ("viewer", "viewer", "owner")]
    member = w.base + "/members/%s/%s"
    open_ = w.base + "/invitations/%s/%s"
    return [
        ("invite", "..xx", w.base + "/invitations",
         {"emails": address("guest"), "role": "viewer", "access": "all"}),
        ("invite an owner", "...x", w.base + "/invitations",
         {"emails": address("guest"), "role": "owner", "access": "all"}),
        ("send again", "..xx", open_ % (invited[0], "resend"), {}),
        ("withdraw", "..xx", open_ % (invited[1], "revoke"), {}),
        ("withdraw an owner's invitation", "...x", open_ % (invited[2], "revoke"), {}),
        ("lower a role", "..xx", member % (fresh["lower"], "role"), {"role": "viewer"}),
        ("raise to owner", "...x", member % (fresh["raise"], "role"), {"role": "owner"}),
        ("lower an owner", "...x", member % (fresh["topple"], "role"), {"role": "viewer"}),
        ("limit to a project", "..xx", member % (fresh["limit"], "projects"),
         {"access": "some", "project": project["id"]}),
        ("remove", "..xx", member % (fresh["remove"], "remove"), {}),
        ("remove an owner", "...x", member % (fresh["oust"], "remove"), {}),
        ("rename", "...x", w.base + "/settings/name", {"name": "Roles " + mark}),
        ("relax the second factor", "...x", w.base + "/settings/two-factor",
         {"required": "off"}),
    ]


def every_role():
    w = World("Roles " + mark)
    stranger = signed_in(account("stranger")[0])
    for i, role in enumerate(ROLES):
        b = w.browser[role]
        for name, who, path, fields in acts(w):
            r = send(b, path, **fields)
            tap.equal(r.status, 303 if who[i] == "x" else 403, "%s: %s" % (role, name))
        for page, who in (("/members", "xxxx"), ("/settings", "xxxx"), ("/delete", "...x"),
                          ("/members/" + w.id["viewer"], "x.xx"),
                          ("/members/" + w.id["owner"], "..xx")):
            r = b.get(w.base + page)
            tap.equal(r.status, 200 if who[i] == "x" else 403, "%s: GET %s" % (
                role, page.split("/")[1]))
    name, _, path, fields = acts(w)[0]
    tap.equal(send(stranger, path, **fields).status, 404, "a stranger: no such team")
    tap.equal(stranger.get(w.base + "/members").status, 404, "nor its members")
    r = w.browser["owner"].post(path, dict(fields, csrf=csrf(stranger)))
    tap.equal(r.status, 403, "a form token of another session is none")
    # the owner's last acts
    r = send(w.browser["admin"], w.base + "/settings/transfer", user=w.id["analyst"])
    tap.equal(r.status, 403, "an admin cannot hand the team over")
    r = send(w.browser["owner"], w.base + "/settings/transfer", user=w.id["analyst"])
    tap.equal((r.status, role_of(w.team, w.id["analyst"]), role_of(w.team, w.id["owner"])),
              (303, "owner", "admin"), "an owner can")
    tap.ok(outbox.wait(w.who["analyst"], "owner"), "a mail tells the new owner")
    tap.ok(outbox.wait(w.who["owner"], "owner_given"), "and one the owner before")
    tap.equal(w.browser["owner"].get(w.base + "/delete").status, 403,
              "the owner before has an admin's rights at once")
    tap.at_least(audited(w.team, "member.role"), 4, "roles are audited")
    tap.at_least(audited(w.team, "invitation.create"), 3, "invitations are audited")


def invited(w, email, role="analyst", **more):
    r = send(w.browser["owner"], w.base + "/invitations",
             **dict({"emails": email, "role": role, "access": "all"}, **more))
    assert r.status == 303, r.text
    return path_of(outbox.link(outbox.wait(email, "invitation")))


def accepting():
    w = World("Guests " + mark)
    r = send(w.browser["owner"], w.base + "/invitations", role="viewer", access="all",
             emails="%s, nobody" % address("half"))
    tap.ok(r.status == 422 and "Nothing was sent" in r.text and "nobody" in r.text,
           "one bad address: nothing is sent, and what was typed comes back")
    several = [address("many") for _ in range(3)]
    r = send(w.browser["owner"], w.base + "/invitations", role="viewer", access="all",
             emails="%s, %s;\n%s" % tuple(several))
    tap.equal(r.status, 303, "three addresses at once")
    for one in several:
        outbox.wait(one, "invitation")
    # others' invitations may still be on their way
    tap.equal(sum("the team Guests " + mark in " ".join(outbox.text(m).split())
                  for m in outbox.mails(kind="invitation")), 3, "three mails, no more")

    email, user = account("guest")
    path = invited(w, email.upper())
    out = Browser(lab.url)
    r = out.get(path)
    tap.ok(r.status == 200 and "Guests" in r.text and "analyst" in r.text,
           "the link shows team and role to anybody who has it")
    tap.ok("/login?next=" in r.text and "/register?next=" in r.text,
           "signed out: ways to sign in and to register that lead back")
    tap.ok("no-store" in r.headers["cache-control"], "the page is not kept")
    other = w.browser["viewer"]
    r = other.get(path)
    tap.ok(r.status == 200 and email.upper() in r.text and w.who["viewer"] in r.text and
           "Join the team</button>" not in r.text,
           "another address: the page says for whom it is")
    tap.equal(send(other, path).status, 404, "and accepting it does not work")
    unproven, _ = account("unproven", verified=False)
    link = invited(w, unproven)
    b = signed_in(unproven)
    tap.ok(b.post(link, {"csrf": "x"}).status != 303 or "/verify" in b.page.location,
           "an address that is not proven joins nothing")
    tap.equal(lab.value("SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id"
                        " WHERE u.email_key = '%s'" % unproven), "0", "nothing was joined")
    b = signed_in(email)
    tap.ok("Join the team</button>" in b.get(path).text, "the right address: a button")
    tap.equal(role_of(w.team, user), None, "looking joins nobody")
    r = send(b, path)
    tap.ok(r.status == 303 and r.location.startswith(w.base + "/members"), "joined")
    tap.equal(role_of(w.team, user), "analyst", "with the role of the invitation")
    tap.equal(send(b, path).status, 404, "the link works once")
    tap.equal(out.get(path).status, 404, "and shows nothing any more")
    tap.equal(audited(w.team, "invitation.accept"), 1, "it is audited")

    email = address("newcomer")
    path = invited(w, email)
    b = Browser(lab.url)
    r = b.get(path)
    way = [u for u in re.findall(r'href="(/register[^"]*)"', r.text)][0].replace("&amp;", "&")
    tap.ok('value="%s"' % email in b.get(way).text, "registering: the address is filled in")
    b.post("/register", {"name": "New", "email": email, "password": PASSWORD})
    b.get(path_of_all(outbox.link(outbox.wait(email, "verify"))))
    r = b.post("/verify", b.form("/verify"), follow=True)
    tap.ok("Join the team</button>" in r.text, "and after the mail it is back at the invitation")
    tap.equal(send(b, path).status, 303, "which it accepts")
    tap.ok("Join the team" not in b.get("/").text, "once")

    link = invited(w, several[0] + ".x")
    number = lab.value("SELECT id FROM invitations WHERE email = '%s'" % (several[0] + ".x"))
    send(w.browser["admin"], w.base + "/invitations/%s/resend" % number)
    again = path_of(outbox.link(outbox.wait(several[0] + ".x", "invitation", 2)))
    tap.ok(out.get(link).status == 404 and out.get(again).status == 200,
           "sent again: the link before it has ended")
    send(w.browser["admin"], w.base + "/invitations/%s/revoke" % number)
    tap.equal(out.get(again).status, 404, "withdrawn: no link works")
    for wrong in ("/invitations/x", "/invitations/" + "A" * 43, "/invitations/" + "A" * 500):
        tap.equal(out.get(wrong).status, 404, "no such invitation")


def only_some():
    w = World("Some " + mark)
    projects = [lab.ctl("project", "create", "--team", w.team["slug"], "--name", name,
                        "--platform", "web") for name in ("Open", "Sealed")]
    token = lab.ctl("token", "create", "--user", w.who["viewer"], "--team", w.team["slug"],
                    "--scopes", "projects:read,metrics:read,events:read")["token"]
    b = w.browser["viewer"]
    pages = [w.base + "/p/%s/prod/overview" % p["slug"] for p in projects]
    apis = ["/api/v1/projects/%s/events?env=prod" % p["id"] for p in projects]

    def state():
        listed = e2e.call_json(lab, "GET", "/api/v1/projects", token)[2]["projects"]
        return ([b.get(p).status for p in pages],
                [e2e.call(lab, "GET", a, token)[0] for a in apis], len(listed))

    tap.equal(state(), ([200, 200], [200, 200], 2), "all projects at first")
    r = send(w.browser["admin"], w.base + "/members/%s/projects" % w.id["viewer"],
             access="some")
    tap.equal(r.status, 422, "some projects means at least one")
    r = send(w.browser["admin"], w.base + "/members/%s/projects" % w.id["viewer"],
             access="some", project=projects[0]["id"])
    tap.equal(r.status, 303, "an admin holds a viewer to one project")
    tap.equal(state(), ([200, 404], [200, 404], 1),
              "at the next request: pages and tokens see that one alone")
    absent = b.get(w.base + "/p/no-such-project/prod/overview").text
    hidden = b.get(pages[1]).text
    cut = lambda text: [line for line in text.splitlines() if "Request" not in line and
                        "request" not in line and "csrf" not in line]
    tap.equal([x.replace(projects[1]["slug"], "no-such-project") for x in cut(hidden)],
              cut(absent), "a hidden project answers like one that is not there")
    tap.ok("Sealed" not in b.get(pages[0]).text, "no list names it")
    tap.equal(w.browser["owner"].get(pages[1]).status, 200, "the owner still sees it")
    r = send(w.browser["owner"], w.base + "/members/%s/remove" % w.id["viewer"])
    tap.equal((r.status, b.get(w.base + "/members").status,
               e2e.call(lab, "GET", "/api/v1/projects", token)[0]), (303, 404, 401),
              "removed: page and token are refused at the next request")
    join(w.team, w.who["viewer"], "viewer")
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects", token)[0], 401,
              "coming back does not bring the token back")
    r = send(w.browser["analyst"], w.base + "/leave")
    tap.equal((r.status, role_of(w.team, w.id["analyst"])), (303, None), "one can leave")


def deleting():
    w = World("Gone " + mark)
    b = w.browser["owner"]
    project = lab.ctl("project", "create", "--team", w.team["slug"], "--name", "P",
                      "--platform", "web")
    key = lab.ctl("key", "create", "--project", project["id"], "--env", "prod", "--type",
                  "write")["token"]
    token = lab.ctl("token", "create", "--user", w.who["owner"], "--team", w.team["slug"],
                    "--scopes", "projects:read")["token"]

    def sends():
        body = json.dumps(e2e.envelope([e2e.event("gone")])).encode()
        return e2e.call(lab, "POST", "/api/v1/ingest/batch", key, body)[0]

    def reads():
        return e2e.call(lab, "GET", "/api/v1/projects", token)[0]

    tap.equal((sends(), reads()), (202, 200), "its keys and tokens work")
    lab.drain()
    r = b.get(w.base + "/delete")
    tap.ok("Environments" in r.text and ">3<" in r.text, "the page says what goes")
    tap.equal(send(b, w.base + "/delete", name="Gone").status, 422, "the name must be typed")
    dry = lab.ctl("team", "delete", w.team["slug"], "--dry-run")
    tap.equal((dry["result"], dry["projects"], sends()), ("would be deleted", 1, 202),
              "a dry run changes nothing")
    lab.sql("UPDATE user_sessions SET confirmed_at = now() - interval '1 hour'"
            " WHERE user_id = '%s'" % w.id["owner"])
    r = send(b, w.base + "/delete", name="Gone " + mark)
    tap.ok(r.status != 303 and "confirm_password" in r.text, "after a while it asks who you are")
    r = b.post(w.base + "/delete", dict(b.form(w.base + "/delete"),
                                        confirm_password=PASSWORD))
    tap.equal((r.status, r.location), (303, "/account/teams?done=deleted"), "deleted")
    tap.equal((sends(), reads()), (401, 401), "keys and tokens are refused at once")
    tap.equal([x.get(w.base + "/members").status for x in w.browser.values()], [404] * 4,
              "nobody sees it")
    tap.ok(outbox.wait(w.who["viewer"], "team_deleted"), "members hear of it by mail")
    restore = "/account/teams/%s/restore" % w.team["slug"]
    tap.equal(send(w.browser["admin"], restore).status, 404, "an admin cannot restore it")
    tap.ok(restore in b.get("/account/teams").text, "its owner finds the way back")
    tap.equal(send(b, restore).status, 303, "and takes it")
    tap.ok(e2e.until(20, lambda: sends() == 202) is not None,
           "its key sends again, when the door's copy of half a second is over")
    tap.equal((reads(), b.get(w.base + "/members").status), (200, 200), "all works again")
    lab.drain()
    environment = [e["id"] for e in project["environments"] if e["name"] == "prod"][0]
    events = "SELECT count(*) FROM events WHERE environment_id = %s" % environment
    tap.at_least(int(lab.value(events)), 2, "there are events")
    lab.ctl("team", "delete", w.team["slug"])
    lab.sql("UPDATE teams SET deleted_at = now() - interval '6 days' WHERE slug = '%s'"
            % w.team["slug"])
    lab.sql("DELETE FROM system_state WHERE key = 'job:purge'")
    e2e.until(30, lambda: lab.value("SELECT 1 FROM system_state WHERE key = 'job:purge'"))
    tap.at_least(int(lab.value(events)), 2, "after six days all of it is still there")
    lab.sql("UPDATE teams SET deleted_at = now() - interval '8 days' WHERE slug = '%s'"
            % w.team["slug"])
    tap.equal(send(b, restore).status, 404, "after seven days there is no way back")
    lab.sql("DELETE FROM system_state WHERE key = 'job:purge'")
    gone = e2e.until(30, lambda: lab.value(
        "SELECT 1 FROM teams WHERE slug = '%s'" % w.team["slug"]) is None)
    tap.ok(gone is not None, "the purge removes the team")
    left = {table: lab.value("SELECT count(*) FROM %s WHERE environment_id = %s"
                             % (table, environment))
            for table in ("events", "seen", "batches", "contexts", "rollup_counts",
                          "persons", "devices", "sessions", "day_members")}
    tap.equal(set(left.values()), {"0"}, "and every row of its environments")
    tap.equal(lab.value("SELECT count(*) FROM audit_entries WHERE team_id IS NULL AND"
                        " action = 'team.purge' AND target = 'team:%s'" % w.team["id"]), "1",
              "the system's audit tells of it")


def main():
    making_one()
    every_role()
    accepting()
    only_some()
    deleting()


tap.run(main)
