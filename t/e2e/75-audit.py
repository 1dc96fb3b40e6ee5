#!/usr/bin/env python3
"""The audit by what it must hold: each act of a table, done over HTTP or by
tidemarkctl, writes exactly its entry (who, what, on what, from where); so do
acts of reading; and tidemarkctl audit … finds what was tampered with, with
exit code 65."""
import csv
import io
import json
import os
import re
import subprocess

import e2e
import outbox
import worlds
from browser import Browser
from e2e import tap

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another battery staple"


class Book:
    """The entries since the last look."""

    def __init__(self, lab):
        self.lab = lab
        self.last = self.newest()

    def newest(self):
        return int(self.lab.value("SELECT coalesce(max(id), 0) FROM audit_entries"))

    def new(self):
        """[(action, actor, target, address, request, team?)] since then."""
        rows = self.lab.sql(
            "SELECT action, actor, target, remote_addr, request_id, coalesce(team_id::text, '-'),"
            " id FROM audit_entries WHERE id > %d ORDER BY id" % self.last)
        self.last = max([self.last] + [int(r.pop()) for r in rows])
        return rows


def member(lab, w, role, password):
    """A further user who knows a password; by tidemarkctl and SQL."""
    email = "audit-%s-%d@example.org" % (role, lab.rng.randrange(10 ** 9))
    made = lab.ctl("user", "create", "--email", email, "--verified", "--password-stdin",
                   data=password.encode() + b"\n")
    lab.sql("INSERT INTO members (team_id, user_id, role) VALUES ('%s', '%s', '%s')"
            % (w.ids["team_id"], made["id"], role))
    return made["id"], email


def as_user(lab, user):
    b = Browser(lab.url)
    b.cookies["tm_session"] = user.cookie
    return b


def web_acts(lab, w, book):
    """(what, action, done by, page, form, fields). A form's own fields are
    those of the page."""
    owner = w.users["owner"]
    b = as_user(lab, owner)
    team = "/t/" + w.slug
    env = "%s/p/%s/prod" % (team, w.ids["project"])
    analyst, viewer, fifth = (u.id for u in (w.users["analyst"], w.users["viewer"], w.fifth))
    keys, key = env + "/keys", "%s/keys/%s" % (env, w.ids["key"])
    table = [
        ("name", "user.rename", "/account", "/account", {"name": "New " + w.mark}),
        ("team created", "team.create", "/teams/new", "/teams/new", {"name": "Second " + w.mark}),
        ("team renamed", "team.rename", team + "/settings", team + "/settings/name",
         {"name": w.mark + " other"}),
        ("role", "member.role", team + "/members", team + "/members/%s/role" % fifth,
         {"role": "analyst"}),
        ("projects of a member", "member.projects", team + "/members/" + viewer,
         team + "/members/%s/projects" % viewer, {"access": "some",
                                                  "project": w.ids["project_id"]}),
        ("member removed", "member.remove", team + "/members",
         team + "/members/%s/remove" % fifth, {}),
        ("invitation", "invitation.create", team + "/members", team + "/invitations",
         {"emails": "guest-%s@example.org" % w.slug, "role": "viewer"}),
        ("invitation again", "invitation.resend", team + "/members",
         team + "/invitations/%s/resend" % w.ids["invitation"], {}),
        ("invitation withdrawn", "invitation.revoke", team + "/members",
         team + "/invitations/%s/revoke" % w.ids["invitation"], {}),
        ("project", "project.create", team + "/projects/new", team + "/projects/new",
         {"name": "Second", "platform": "flutter"}),
        ("token", "token.create", team + "/tokens", team + "/tokens",
         {"name": "x", "expires": "30", "scope": "events:read"}),
        ("token revoked", "token.revoke", team + "/tokens",
         team + "/tokens/%s/revoke" % w.users["viewer"].pat_id, {}),
        ("key", "key.create", keys, keys, {"type": "read", "expires": "never"}),
        ("key shown", "key.show", keys, key + "/show", {}),
        ("key limited", "key.limit", keys, key + "/limit", {"rate_limit": "77"}),
        ("key rotated", "key.rotate", keys, key + "/rotate", {"overlap": "0"}),
        ("key revoked", "key.revoke", keys, "%s/keys/%s/revoke" % (env, w.ids["read_key"]), {}),
        ("project set", "project.set", env + "/settings", env + "/settings/project",
         {"name": "Renamed", "platform": "flutter"}),
        ("environment", "environment.set", env + "/settings", env + "/settings/senders",
         {"allowed_origins": "https://app.example", "allowed_bundles": ""}),
        ("client", "client.create", team + "/clients", team + "/clients",
         {"name": "x", "kind": "service", "grant": "client_credentials", "scope": "events:read",
          "redirect_uris": ""}),
        ("client secret", "client.rotate", team + "/clients",
         team + "/clients/%s/rotate" % w.service, {}),
        ("client revoked", "client.revoke", team + "/clients",
         team + "/clients/%s/revoke" % w.service, {}),
        ("sessions ended", "session.end_others", "/account/sessions",
         "/account/sessions/end-others", {}),
        ("handed over", "team.transfer", team + "/settings", team + "/settings/transfer",
         {"user": analyst}),
    ]
    for what, action, page, form, fields in table:
        b.get(page)
        known = dict(sum((list(f.items()) for a, f in forms_of(b) if a == form), []))
        known.update(fields, csrf=owner.csrf())
        reply = b.post(form, known)
        judge(what, action, book.new(), "user:" + owner.id, "%d %s" % (
            reply.status, re.sub(r"<[^>]*>|\s+", " ", reply.text)[:600]))


def forms_of(b):
    import browser
    return browser.forms(b.page.text)


def judge(what, action, rows, actor, detail=""):
    """Exactly one entry of the act, complete."""
    mine = [r for r in rows if r[0] == action]
    good = len(mine) == 1 and (actor is None or mine[0][1] == actor) and \
        (mine[0][1].startswith("ctl:") or (mine[0][3] != "" and len(mine[0][4]) == 32))
    tap.ok(good, "%s: one entry %s" % (what, action), "%s\n%s" % (rows, detail))


def account_acts(lab, w, book):
    """Signing in and out, by page and by API; password; two-factor is
    54-two-factor.py's, which has the codes."""
    user, email = member(lab, w, "viewer", PASSWORD)
    judge("user", "user.create", book.new(), None)
    b = Browser(lab.url)
    b.sign_in(email, PASSWORD + "x")
    judge("a wrong password", "session.refused", book.new(), None)
    b.sign_in(email, PASSWORD)
    judge("sign-in", "session.create", book.new(), "user:" + user)
    b.submit("/account/security", "/account/password", current=PASSWORD, password=NEW_PASSWORD)
    judge("password", "user.password", book.new(), "user:" + user)
    csrf = b.form("/account/password")["csrf"] if "/account/password" in b.page.text else None
    b.get("/account")
    csrf = csrf or b.form("/account")["csrf"]
    b.post("/logout", {"csrf": csrf})
    judge("sign-out", "session.delete", book.new(), "user:" + user)
    b = Browser(lab.url)
    b.post("/forgot", {"email": email})
    judge("forgotten", "user.forgot", book.new(), None)
    status, _, body = worlds.request(
        lab, "POST", "/api/auth/login", {"Content-Type": "application/json"},
        json.dumps({"email": email, "password": NEW_PASSWORD}).encode())
    judge("sign-in by API", "grant.sign_in", book.new(), "user:" + user, str(status))
    tokens = json.loads(body)
    worlds.request(lab, "POST", "/api/auth/logout", {
        "Content-Type": "application/json", "Authorization": "Bearer " + tokens["token"]},
        json.dumps({"refresh_token": tokens["refresh_token"]}).encode())
    judge("sign-out by API", "grant.sign_out", book.new(), "user:" + user)
    outbox.wait(email)


def ctl_acts(lab, w, book):
    made = {}

    def act(what, action, *args, data=None):
        out = lab.ctl(*args, data=data)
        if isinstance(out, dict):
            made.update(out)
        judge(what, action, book.new(), None)

    name = "ctl-%d" % lab.rng.randrange(10 ** 9)
    email = name + "@example.org"
    act("ctl user create", "user.create", "user", "create", "--email", email, "--verified",
        "--password-stdin", data=b"correct horse battery\n")
    act("ctl reset-password", "user.reset_password", "user", "reset-password", "--email", email,
        "--password-stdin", data=b"another battery staple\n")
    act("ctl team create", "team.create", "team", "create", "--name", name, "--owner", email)
    team = made["slug"]
    act("ctl project create", "project.create", "project", "create", "--team", team, "--name",
        "p", "--platform", "flutter")
    project = made["id"]
    act("ctl key create", "key.create", "key", "create", "--project", project, "--env", "prod",
        "--type", "write")
    act("ctl key rotate", "key.rotate", "key", "rotate", made["id"])
    act("ctl key revoke", "key.revoke", "key", "revoke", made["id"])
    act("ctl token create", "token.create", "token", "create", "--user", email, "--team", team,
        "--scopes", "events:read")
    act("ctl token revoke", "token.revoke", "token", "revoke", made["id"])
    act("ctl client create", "client.create", "oauth-client", "create", "--team", team, "--name",
        "c", "--grant", "client_credentials", "--scopes", "events:read")
    act("ctl client revoke", "client.revoke", "oauth-client", "revoke", made["client_id"])
    act("ctl queue pause", "queue.pause", "queue", "pause")
    act("ctl queue resume", "queue.resume", "queue", "resume")
    lab.dev("ctl", "audit", "export", "--team", team)
    judge("ctl audit export", "audit.export", book.new(), None)


def reading(lab, w, book):
    """Data that leave are told; rows by API once an hour."""
    owner = w.users["owner"]
    env = "/t/%s/p/%s/prod" % (w.slug, w.ids["project"])
    api = "/api/v1/projects/%s/events?env=prod" % w.ids["project_id"]

    def get(path, headers):
        return worlds.request(lab, "GET", path, headers)
    for leaf, action in ((env + "/events.csv", "events.export"),
                         (env + "/events.ndjson", "events.export"),
                         ("/t/%s/audit.csv" % w.slug, "audit.export"),
                         ("/t/%s/audit.ndjson" % w.slug, "audit.export")):
        status, _, body = get(leaf, worlds.cookie(owner))
        judge(leaf.rsplit("/", 1)[1], action, book.new(), "user:" + owner.id, str(status))
        tap.ok(status == 200 and len(body) > 100, "and the file is one")
    for form in ("csv", "ndjson"):
        status, _, body = get(api + "&format=" + form, worlds.bearer(owner.pat))
        rows = book.new()
        judge("API " + form, "events.export", rows, None, str(status))
        tap.ok(rows and rows[0][1].startswith(("user:", "token:")), "by its token", str(rows))
    e2e.clear_of("hour", 30)
    for role in ("admin", "analyst"):
        for _ in range(5):
            get(api, worlds.bearer(w.users[role].pat))
        judge("rows by API, five times by one token", "events.read", book.new(), None)
    get(api.replace("/events", "/metrics/overview"), worlds.bearer(w.users["viewer"].pat))
    tap.equal([r for r in book.new() if r[5] == w.ids["team_id"]], [],
              "negative control: sums are no rows")
    status, _, body = get("/t/%s/audit.csv" % w.slug, worlds.cookie(owner))
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    tap.at_least(len(rows), 5, "the file of the audit has rows")
    tap.ok(not any(v and v[0] in "=+@" for r in rows for v in r.values()),
           "no cell begins like a formula")
    book.new()


def exit_of(lab, *args):
    p = subprocess.run([os.path.join(e2e.ROOT, "dev"), "ctl", "audit", *args],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def superuser(lab, sql):
    """As the one who can do everything, with the triggers off."""
    state = os.path.realpath(os.path.join(lab.var, "state"))
    state = state if os.path.isdir(state) else lab.var
    with open(os.path.join(state, "conf", "web.conf"), encoding="utf-8") as f:
        run = re.search(r"host='([^']*)'", f.read()).group(1)
    owner = os.stat(os.path.join(state, "postgres"))
    as_user = [] if owner.st_uid == os.getuid() else [
        "setpriv", "--reuid=%d" % owner.st_uid, "--regid=%d" % owner.st_gid, "--clear-groups"]
    subprocess.run(as_user + ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", run, "-U", "postgres",
                              "-d", "tidemark", "-c",
                              "SET session_replication_role = replica; " + sql],
                   check=True, stdout=subprocess.DEVNULL, cwd="/")


def command(lab, w):
    team = ["--team", w.slug]
    code, out, _ = exit_of(lab, "verify", *team)
    tap.ok(code == 0 and "unbroken" in out, "audit verify: unbroken", out)
    _, out, _ = exit_of(lab, "head", *team, "--format", "json")
    head = json.loads(out)
    pin = "%d:%s" % (head["seq"], head["hash"])
    tap.equal(exit_of(lab, "verify", *team, "--pin", pin)[0], 0, "verify with a pinned head")
    code, out, _ = exit_of(lab, "list", *team, "--limit", "5", "--format", "json")
    tap.equal((code, len(json.loads(out))), (0, 5), "audit list --limit 5")
    code, out, _ = exit_of(lab, "list", *team, "--action", "key.", "--format", "json")
    found = {r["action"].split(".")[0] for r in json.loads(out)}
    tap.equal((code, found), (0, {"key"}), "audit list --action key.")
    code, out, _ = exit_of(lab, "export", *team, "--format", "json")
    tap.ok(code == 0 and len(json.loads(out)) == head["seq"], "audit export: the whole chain")
    for what, args, want in (
            ("no such team", ["verify", "--team", "nobody-here"], 65),
            ("a bad pin", ["verify", *team, "--pin", "12"], 64),
            ("a pin that is no hash", ["verify", *team, "--pin", "1:xyz"], 64),
            ("--all with a team", ["verify", *team, "--all"], 64),
            ("a bad limit", ["list", *team, "--limit", "0"], 64),
            ("a limit of words", ["list", *team, "--limit", "many"], 64),
            ("an unknown flag", ["list", "--teem", "x"], 64),
            ("an argument too many", ["head", "x"], 64),
            ("a negative number", ["export", *team, "--after", "-1"], 64)):
        code, out, err = exit_of(lab, *args)
        tap.ok(code == want or (want == 65 and code in (65, 66, 67)), "%s: exit %d" % (what, code),
               out + err)
        tap.ok(err.strip() != "" and out.strip() == "", "and says why on stderr", out)
    middle = head["seq"] // 2
    where = "team_id = '%s' AND seq = %d" % (w.ids["team_id"], middle)
    before = lab.value("SELECT actor FROM audit_entries WHERE " + where)
    superuser(lab, "UPDATE audit_entries SET actor = 'user:nobody' WHERE " + where)
    try:
        code, out, err = exit_of(lab, "verify", *team)
        tap.equal(code, 65, "tampered with: exit 65")
        tap.ok(str(middle) in err, "and it names the entry", err)
        tap.equal(exit_of(lab, "verify", "--all")[0], 65, "so does --all")
    finally:
        superuser(lab, "UPDATE audit_entries SET actor = '%s' WHERE %s" % (before, where))
    tap.equal(exit_of(lab, "verify", *team)[0], 0, "put back: unbroken again")
    p = lab.dev_status("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c",
                       "UPDATE audit_entries SET actor = 'x' WHERE " + where)
    tap.must_fail(p == 0, "the owner of the tables changes an entry")


def main():
    lab = e2e.start()
    w = worlds.make(lab, 3)
    worlds.fill(lab, w)
    w.service = lab.ctl("oauth-client", "create", "--team", w.slug, "--name", "service",
                        "--grant", "client_credentials", "--scopes", "events:read")["client_id"]
    lab.drain()
    book = Book(lab)
    tap.must_fail(len([r for r in book.new() if r[0] == "team.rename"]) == 1,
                  "an act that was not done has an entry")
    reading(lab, w, book)
    account_acts(lab, w, book)
    ctl_acts(lab, w, book)
    web_acts(lab, w, book)
    command(lab, w)


tap.run(main)
