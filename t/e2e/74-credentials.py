#!/usr/bin/env python3
"""What a credential is held to, and when it ends: every kind of credential
with every cause that ends it, at the next request; the team's rule of the
second factor; projects of a member; cookies over HTTPS; the mail about a
browser that was not seen before."""
# takes: 36 s
import base64
import hashlib
import json
import os
import re
import ssl
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e  # noqa: E402
import outbox  # noqa: E402
import tap  # noqa: E402
from accounts import PASSWORD, Accounts  # noqa: E402
from browser import Browser  # noqa: E402

OTHER = "quite different phrase"
BACK = "https://app.example/back"
API = "/api/v1/projects"

lab = e2e.start()
users = Accounts(lab)
mark, address = users.mark, users.address


def account(name):
    return users.create(name)[0]


def signed_in(email, password=PASSWORD):
    lab.sql("DELETE FROM login_attempts")
    return users.signed_in(email, password)


def csrf(b):
    b.get("/account")
    return b.form("/logout")["csrf"]


def send(b, path, **fields):
    return b.post(path, dict(fields, csrf=csrf(b)))


def user_id(email):
    return lab.value("SELECT id FROM users WHERE email_key = '%s'" % email)


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Team:
    def __init__(self, name):
        self.owner = account("owner")
        self.name = name + " " + mark
        self.team = lab.ctl("team", "create", "--name", self.name, "--owner", self.owner)
        self.slug = self.team["slug"]
        self.project = [self.make_project(n) for n in ("Open", "Sealed")]
        self.app = self.client("authorization_code", "--redirect-uri", BACK)
        self.service = self.client("client_credentials")

    def make_project(self, name):
        return lab.ctl("project", "create", "--team", self.slug, "--name", name,
                       "--platform", "web")

    def client(self, grant, *more):
        return lab.ctl("oauth-client", "create", "--team", self.slug, "--name", grant,
                       "--grant", grant, "--scopes", "projects:read,events:read", *more)

    def member(self, name, role="viewer"):
        email = account(name)
        lab.ctl("member", "set", "--team", self.slug, "--email", email, "--role", role)
        return email

    def ask(self, b):
        """The consent page's reply to a browser."""
        self.verifier = "v" * 50
        return b.get("/oauth/authorize?" + urllib.parse.urlencode({
            "response_type": "code", "client_id": self.app["client_id"], "redirect_uri": BACK,
            "state": "s", "code_challenge": digest(self.verifier),
            "code_challenge_method": "S256"}), follow=False)

    def token(self, client, **fields):
        pair = "%s:%s" % (client["client_id"], client["client_secret"])
        status, _, body = e2e.call(lab, "POST", "/oauth/token", None,
            urllib.parse.urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded",
             "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
        return status, json.loads(body)

    def granted(self, b):
        """Access and refresh token by the code flow."""
        self.ask(b)
        r = b.post("/oauth/authorize", dict(b.form("/oauth/authorize"), act="allow"))
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(r.location).query))["code"]
        return self.token(self.app, grant_type="authorization_code", code=code,
                          redirect_uri=BACK, code_verifier=self.verifier)[1]

    def refresh(self, token):
        return self.token(self.app, grant_type="refresh_token", refresh_token=token)[0]

    def own(self):
        return self.token(self.service, grant_type="client_credentials")[1]["access_token"]


def api(token, path=API):
    return e2e.call(lab, "GET", path, token)[0]


def program(email, password=PASSWORD):
    return e2e.call_json(lab, "POST", "/api/auth/login",
                         body={"email": email, "password": password})[2]


class Held:
    """Every kind of credential that one member and one team can hold."""

    def __init__(self, name):
        self.t = Team(name)
        self.email = self.t.member("held", "admin")
        self.b = signed_in(self.email)
        self.other = signed_in(self.email)
        t, p = self.t, self.t.project[0]
        self.pat = lab.ctl("token", "create", "--user", self.email, "--team", t.slug,
                           "--scopes", "projects:read")
        self.grant = t.granted(self.b)
        self.first = program(self.email)
        self.cc = t.own()
        self.read, self.write = (lab.ctl("key", "create", "--project", p["id"], "--env", "prod",
                                         "--type", kind) for kind in ("read", "write"))
        self.page = "/t/%s/members" % t.slug
        self.rows = "/api/v1/projects/%s/events?env=prod" % p["id"]

    def alive(self):
        """The kinds that still open something, each by one request."""
        t = self.t
        door = {"read key": api(self.read["token"], self.rows),
                "write key": api(self.write["token"], "/api/v1/ingest/config"),
                "personal token": api(self.pat["token"]), "app": api(self.grant["access_token"]),
                "program": api(self.first["token"], self.rows), "service": api(self.cc),
                "session": self.b.get(self.page, follow=False).status,
                "other session": self.other.get(self.page, follow=False).status}
        wrong = {k: v for k, v in door.items() if v not in (200, 303, 401, 403, 404)}
        assert not wrong, wrong
        return {k for k, v in door.items() if v == 200}


EVERY = {"read key", "write key", "personal token", "app", "program", "service", "session",
         "other session"}
OF_USER = {"personal token", "app", "program", "session", "other session"}


def ends(cause, act, want, also=None):
    h = Held(cause.split()[0].capitalize())
    before = h.alive()
    act(h)
    after = {}

    def settled():  # write keys are looked up in a copy: up to a second
        after["is"] = h.alive()
        return before - after["is"] == want

    took = e2e.until(10, settled)
    tap.ok(before == EVERY and took is not None,
           "%s ends exactly: %s" % (cause, ", ".join(sorted(want))),
           "before %s, ended %s" % (sorted(before), sorted(before - after["is"])))
    if also:
        also(h)
    return h


def no_refresh(h):
    tap.equal(h.t.refresh(h.grant["refresh_token"]), 400, "and the app's refresh token")


def no_programs(h):
    tap.equal(e2e.call_json(lab, "POST", "/api/auth/refresh", body={
        "refresh_token": h.first["refresh_token"]})[0], 401, "and the program's refresh token")


def by_page(h, path, **fields):
    b = signed_in(h.t.owner)
    r = send(b, path, **fields)
    assert r.status == 303, (r.status, r.text)


def new_password(h):
    r = send(h.b, "/account/password", current=PASSWORD, password=OTHER)
    assert r.status == 303, r.text


def forgotten(h):
    b = Browser(lab.url)
    b.post("/forgot", {"email": h.email})
    link = outbox.link(outbox.wait(h.email, "reset"))
    b.get("/reset?" + urllib.parse.urlsplit(link).query)
    assert b.post("/reset", dict(b.form("/reset"), password=OTHER)).status == 303


def delete_account(h):
    r = send(h.b, "/account/delete", email=h.email)
    assert r.status == 303, r.text


def back_again(h):
    """Coming back brings nothing back."""
    lab.ctl("member", "set", "--team", h.t.slug, "--email", h.email, "--role", "admin")
    tap.equal(sorted(h.alive() & {"personal token", "app"}), [],
              "coming back to the team brings neither token nor app back")
    no_refresh(h)


def causes():
    ends("sign-out", lambda h: send(h.b, "/logout"), {"session"})
    ends("end of all other sessions", lambda h: send(h.b, "/account/sessions/end-others"),
         {"other session"})
    ends("new password", new_password, {"other session", "app", "program"},
         lambda h: (no_refresh(h), no_programs(h)))
    ends("forgotten password", forgotten, {"session", "other session", "app", "program"},
         lambda h: (no_refresh(h), no_programs(h)))
    ends("removal from the team", lambda h: by_page(
        h, "/t/%s/members/%s/remove" % (h.t.slug, user_id(h.email))), OF_USER, back_again)
    ends("disabled account", lambda h: lab.sql(
        "UPDATE users SET disabled_at = now() WHERE email_key = '%s'" % h.email), OF_USER,
         no_refresh)
    ends("deleted account", delete_account, OF_USER, lambda h: (no_refresh(h), no_programs(h)))
    ends("deleted team", lambda h: by_page(h, "/t/%s/delete" % h.t.slug,
                                           name=h.t.name), EVERY,
         lambda h: tap.equal(h.t.refresh(h.grant["refresh_token"]), 401, "and its clients"))
    ends("revoked token", lambda h: lab.ctl("token", "revoke", h.pat["id"]), {"personal token"})
    ends("app put out", lambda h: send(h.b, "/account/apps", client=h.t.app["client_id"]),
         {"app"}, no_refresh)
    ends("revoked client", lambda h: by_page(h, "/t/%s/clients/%s/revoke" % (
        h.t.slug, h.t.service["client_id"])), {"service"})
    ends("program signed out", lambda h: e2e.call(lab, "POST", "/api/auth/logout",
                                                  h.first["token"], b""), {"program"}, no_programs)
    ends("revoked read key", lambda h: lab.ctl("key", "revoke", h.read["id"]), {"read key"})
    ends("revoked write key", lambda h: lab.ctl("key", "revoke", h.write["id"]), {"write key"})


def held_to_projects():
    """A member who may see one project of two: pages, tokens and apps alike."""
    t = Team("Held")
    email = t.member("narrow")
    b = signed_in(email)
    tokens = {"app": t.granted(b)["access_token"], "program": program(email)["token"],
              "personal token": lab.ctl("token", "create", "--user", email, "--team", t.slug,
                                        "--scopes", "projects:read,events:read")["token"]}
    path = "/api/v1/projects/%s/events?env=prod"

    def seen(token):
        listed = e2e.call_json(lab, "GET", API, token)[2]["projects"]
        return [api(token, path % p["id"]) for p in t.project] + [len(listed)]

    tap.equal({k: seen(v) for k, v in tokens.items()}, {k: [200, 200, 2] for k in tokens},
              "control: both projects before")
    r = send(signed_in(t.owner), "/t/%s/members/%s/projects" % (t.slug, user_id(email)),
             access="some", project=t.project[0]["id"])
    tap.equal(r.status, 303, "an owner holds a member to one project")
    tap.equal({k: seen(v) for k, v in tokens.items()}, {k: [200, 404, 1] for k in tokens},
              "every kind of token sees that one alone, at the next request")
    tap.equal(seen(t.own()), [200, 200, 2], "a client of the team itself sees both")


def demand():
    """A team that asks for the second factor: pages, consent and programs."""
    t = Team("Demand")
    email = t.member("weak")
    b, owner = signed_in(email), signed_in(t.owner)
    tokens = {"app": t.granted(b)["access_token"], "program": program(email)["token"],
              "personal token": lab.ctl("token", "create", "--user", email, "--team", t.slug,
                                        "--scopes", "projects:read,events:read")["token"]}
    where = "/t/%s/settings/two-factor" % t.slug
    batch = "/api/v1/ingest/batches/00000000-0000-7000-8000-000000000000"
    tap.equal(api(tokens["personal token"], batch), 404, "control: no such batch")
    tap.equal([api(v) for v in tokens.values()], [200] * 3, "control: tokens work before")
    r = send(owner, where, required="on")
    tap.ok(r.status == 422 and "your own account first" in r.text,
           "who has no second factor cannot ask it of others", r.status)
    lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) SELECT id, '\\x00', now()"
            " FROM users WHERE email_key = '%s'" % t.owner)
    tap.equal(send(b, where, required="on").status, 403, "a viewer cannot")
    r = send(owner, where, required="on")
    tap.equal((r.status, lab.value("SELECT two_factor FROM teams WHERE slug = '%s'" % t.slug)),
              (303, "t"), "an owner who has it can")
    tap.equal(lab.value("SELECT count(*) FROM audit_entries a JOIN teams g ON g.id = a.team_id"
                        " WHERE slug = '%s' AND action = 'team.two_factor'" % t.slug), "1",
              "which is in the audit")
    r = b.get("/t/%s/members" % t.slug, follow=False)
    tap.ok(r.status == 303 and r.location.startswith("/account/two-factor"),
           "a member without it is led to the set-up", r.location)
    tap.equal({k: api(v) for k, v in tokens.items()}, {k: 403 for k in tokens},
              "the member's tokens of every kind are refused")
    tap.equal(api(tokens["personal token"], batch), 403, "also where a batch is asked for")
    r = t.ask(b)
    tap.ok(r.status == 303 and r.location.startswith("/account/two-factor"),
           "and no app is let in", (r.status, r.location))
    tap.equal(api(t.own()), 200, "a client of the team itself goes on")
    lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) SELECT id, '\\x00', now()"
            " FROM users WHERE email_key = '%s'" % email)
    tap.equal([api(v) for v in tokens.values()], [200] * 3, "with a second factor all is as before")
    tap.equal(b.get("/t/%s/members" % t.slug, follow=False).status, 200, "and the pages open")
    tap.equal((send(owner, where, required="off").status,
               lab.value("SELECT two_factor FROM teams WHERE slug = '%s'" % t.slug)),
              (303, "f"), "the rule can be taken back")


def invitations_end():
    """What a former member offered is no way back in."""
    for how in ("leave", "delete"):
        t, accomplice = Team("Guests"), account("accomplice")
        email = t.member("admin", "admin")
        b = signed_in(email)
        b.get("/t/%s/members" % t.slug)
        path = "/t/%s/invitations" % t.slug
        r = b.post(path, dict(b.form(path), role="admin", access="all", emails=accomplice))
        link = urllib.parse.urlsplit(outbox.link(outbox.wait(accomplice, "invitation"))).path
        tap.equal((r.status, Browser(lab.url).get(link).status), (303, 200),
                  "control: an invitation is open")
        r = (send(b, "/t/%s/leave" % t.slug) if how == "leave" else
             send(b, "/account/delete", email=email))
        tap.equal((r.status, signed_in(accomplice).get(link).status), (303, 404),
                  "it ends when who gave it is gone: %s" % how)


def project_back():
    """A deleted project is closed at once and can be had back for a week."""
    t = Team("Back")
    gone, kept = t.project
    key = lab.ctl("key", "create", "--project", gone["id"], "--env", "prod", "--type", "read")
    rows = "/api/v1/projects/%s/events?env=prod" % gone["id"]
    page = "/t/%s/p/%s/prod/overview" % (t.slug, gone["slug"])
    listed, path = "/t/%s/projects" % t.slug, "/t/%s/projects/%s/restore" % (t.slug, gone["id"])
    b, viewer = signed_in(t.owner), signed_in(t.member("looker"))
    foreign = signed_in(Team("Elsewhere").owner)

    def state():
        return b.get(page).status, api(key["token"], rows)

    before = state()
    r = send(b, "/t/%s/p/%s/prod/settings/delete" % (t.slug, gone["slug"]), name="Open")
    tap.equal((before, r.status, state()), ((200, 200), 303, (404, 401)),
              "a deleted project is closed for pages and keys")
    tap.ok(path in b.get(listed).text and path not in viewer.get(listed).text,
           "who may restore it sees it in the list")
    tap.equal([send(viewer, path).status, send(foreign, path).status,
               send(b, path.replace(gone["id"], kept["id"])).status,
               send(b, path.replace(gone["id"], "x")).status], [403, 404, 404, 404],
              "a viewer, another team and a living project are refused")
    lab.sql("UPDATE projects SET purge_at = now() - interval '1 s' WHERE id = '%s'" % gone["id"])
    tap.equal((send(b, path).status, path in b.get(listed).text), (404, False),
              "after its time it is gone")
    lab.sql("UPDATE projects SET purge_at = now() + interval '1 h' WHERE id = '%s'" % gone["id"])
    tap.equal((send(b, path).status, state()), (303, (200, 401)),
              "restored: its pages open, its keys stay revoked")
    fresh = lab.ctl("key", "create", "--project", gone["id"], "--env", "prod", "--type", "read")
    tap.equal(api(fresh["token"], rows), 200, "new ones work")
    tap.equal(send(b, path).status, 404, "twice is once")
    tap.equal(lab.value("SELECT count(*) FROM audit_entries WHERE action = 'project.restore'"
                        " AND target = 'project:%s'" % gone["id"]), "1", "it is in the audit")


def told():
    """Wrong proofs are in the audit, by whatever door they came."""
    email = account("told")
    user, b = user_id(email), signed_in(email)

    def count(action):
        return int(lab.value("SELECT count(*) FROM audit_entries WHERE action = '%s' AND"
                             " target = 'user:%s'" % (action, user)))

    r = send(b, "/account/password", current="not this one", password=OTHER)
    tap.equal((r.status, count("session.confirm_failed")), (422, 1), "a wrong current password")
    code = "abcdefghijkmnpqr"
    lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) VALUES ('%s', '\\x00', now())"
            % user)
    lab.sql("INSERT INTO user_recovery_codes (user_id, code_hash) VALUES ('%s', sha256('%s'))"
            % (user, code))

    def login(totp):
        return e2e.call(lab, "POST", "/api/auth/login", None, json.dumps(
            {"email": email, "password": PASSWORD, "totp": totp}).encode())[0]

    tap.equal((login("aaaa-aaaa-aaaa-aaaa"), count("two_factor.failed")), (401, 1),
              "a wrong code of a program")
    tap.equal((login(code), count("two_factor.recovery"), count("grant.sign_in")), (200, 1, 1),
              "a recovery code of a program, and its sign-in")


def names():
    """Names and addresses are shown to others: they show what they hold."""
    b, turned = signed_in(account("names")), "Ann\u202eniada"
    tap.equal([send(b, "/account", name=turned).status,
               send(b, "/teams/new", name=turned).status,
               Browser(lab.url).post("/register", {
                   "name": "A", "email": "a\u2028x" + address("n"), "password": PASSWORD}).status,
               Browser(lab.url).post("/register", {
                   "name": "A\x85B", "email": address("n"), "password": PASSWORD}).status],
              [422] * 4, "text that turns direction or hides line ends is no name and no address")
    tap.equal(send(b, "/account", name="\u0639\u0644\u064a").status, 303, "an Arabic name is one")


class Tls(Browser):
    """The same over HTTPS; keeps every Set-Cookie line."""

    def __init__(self):
        conf = open(os.path.join(lab.var, "nginx", "dev.conf"), encoding="utf-8").read()
        port = re.search(r"listen 127\.0\.0\.1:(\d+) ssl", conf).group(1)
        super().__init__("https://127.0.0.1:" + port)
        self.lines = {}

    def request(self, method, path, body=None, headers=()):
        import http.client
        real = http.client.HTTPConnection
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        http.client.HTTPConnection = lambda *a, **k: http.client.HTTPSConnection(
            *a, context=context, **{x: y for x, y in k.items() if x != "source_address"})
        try:
            r = super().request(method, path, body, headers)
        finally:
            http.client.HTTPConnection = real
        for line in r.set_cookies:
            self.lines[line.split("=")[0]] = line
        return r


def flaws(line):
    """What a cookie's line lacks."""
    parts = [p.strip() for p in line.split(";")]
    want = {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"}
    found = sorted(want - set(parts[1:]))
    if not parts[0].startswith("__Host-") and not parts[0].startswith("tm_theme="):
        found.append("no __Host-")
    if any(p.lower().startswith("domain") for p in parts):
        found.append("domain")
    return found


def cookies():
    t = Team("Cookies")
    owner, guest = signed_in(t.owner), address("guest")
    owner.get("/t/%s/members" % t.slug)
    path = "/t/%s/invitations" % t.slug
    owner.post(path, dict(owner.form(path), role="viewer", access="all", emails=guest, email=guest))
    link = urllib.parse.urlsplit(outbox.link(outbox.wait(guest, "invitation"))).path
    with lab.settings("web", TIDEMARK_COOKIE_SECURE="true"):
        b = Tls()
        b.get(link)
        b.post("/register", {"name": "C", "email": address("cookie"), "password": PASSWORD})
        b.sign_in(t.owner, PASSWORD)
        first = b.session
        tap.equal(b.get("/account", follow=False).status, 200, "the session's cookie opens a page")
        wrong = {k: flaws(v) for k, v in b.lines.items() if flaws(v)}
        tap.equal(wrong, {}, "over HTTPS every cookie is __Host-, Secure, HttpOnly, SameSite=Lax"
                             " (%s)" % ", ".join(sorted(b.lines)))
        tap.ok({"__Host-tm_session", "__Host-tm_device", "__Host-tm_signup"} <= set(b.lines),
               "the session's, the device's and the registration's among them", sorted(b.lines))
        other = Tls()
        other.cookies = {"tm_session": first}
        tap.equal(other.get("/account", follow=False).status, 303,
                  "a session under the name without __Host- is none")
        b.sign_in(t.owner, PASSWORD)
        tap.ok(b.session != first, "signing in again changes the session's id")
        other.cookies = {"__Host-tm_session": first}
        tap.equal(other.get("/account", follow=False).status, 303, "and ends the old one")
    stored = lab.value("SELECT count(*) FROM user_sessions WHERE token_hash = sha256('%s'::bytea)"
                       % b.session)
    tap.ok(stored == "1" and len(base64.urlsafe_b64decode(b.session + "=")) == 32,
           "256 bits, stored as their digest")
    tap.must_fail(not flaws("tm_x=1; Path=/; HttpOnly"), "a cookie without Secure and __Host-")


def new_browsers():
    email = address("seen")
    home = Browser(lab.url)

    def told():
        return len(outbox.mails(email, "new_sign_in"))

    def mark_mail():
        """All mails before this one are in the outbox when it is."""
        number = len(outbox.mails(email, "reset")) + 1
        Browser(lab.url).post("/forgot", {"email": email})
        outbox.wait(email, "reset", number)
        return told()

    lab.sql("DELETE FROM login_attempts")
    home.post("/register", {"name": "S", "email": email, "password": PASSWORD})
    away = Browser(lab.url)
    away.sign_in(email, PASSWORD)
    tap.equal(told(), 0, "an address that is not proved gets no mail about sign-ins")
    link = outbox.link(outbox.wait(email, "verify"))
    home.get("/verify?" + urllib.parse.urlsplit(link).query)
    home.post("/verify", home.form("/verify"))
    send(home, "/logout")
    home.sign_in(email, PASSWORD)
    tap.equal(mark_mail(), 0, "nor does the browser that registered cause one")
    away = Browser(lab.url, agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
                   " AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15")
    away.sign_in(email, PASSWORD)
    mail = outbox.text(outbox.wait(email, "new_sign_in"))
    tap.ok("Safari on macOS" in mail and "127.0.0.1" in mail and "/account/sessions" in mail,
           "a browser that was not seen before: a mail says which and from where", mail)
    send(away, "/logout")
    away.sign_in(email, PASSWORD)
    tap.equal(mark_mail(), 1, "the second time it is known")
    lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) SELECT id, '\\x00', now()"
            " FROM users WHERE email_key = '%s'" % email)
    half = Browser(lab.url)
    half.sign_in(email, PASSWORD)
    tap.ok(half.page.location.startswith("/two-factor") and mark_mail() == 1,
           "the password alone is no sign-in where a second factor is owed")
    fresh = account("first")
    signed_in(fresh)
    tap.equal(outbox.mails(fresh, "new_sign_in"), [], "the first sign-in of all is none of it")


def main():
    causes()
    held_to_projects()
    demand()
    invitations_end()
    project_back()
    names()
    told()
    new_browsers()
    cookies()


if __name__ == "__main__":
    tap.run(main)
