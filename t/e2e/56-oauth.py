#!/usr/bin/env python3
"""The OAuth 2 server (S8) and sign-in by JSON: every grant, every refusal, the
races, revocation within a second; then real clients and a real browser
(56-oauth.mjs)."""
import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import secrets
import subprocess
import urllib.parse

import e2e
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"
BACK = "https://app.example/back?x=1"
LOOPBACK = "http://127.0.0.1/cb"
FORM = "application/x-www-form-urlencoded"
MEMBER = ("INSERT INTO members (team_id, user_id, role) SELECT t.id, u.id, '%s'"
          " FROM teams t, users u WHERE t.slug = '%s' AND u.email = '%s'")


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def pkce():
    verifier = b64(secrets.token_bytes(32))
    return verifier, b64(hashlib.sha256(verifier.encode()).digest())


def part(token, i):
    text = token.split(".")[i]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class World:
    def __init__(self, lab):
        self.lab = lab
        self.host = urllib.parse.urlsplit(lab.url).netloc
        mark = lab.rng.randrange(10 ** 9)
        self.owner, self.viewer, self.other = (
            "oauth-%s-%d@example.org" % (n, mark)
            for n in ("owner", "viewer", "other"))
        for mail in (self.owner, self.viewer, self.other):
            lab.ctl("user", "create", "--email", mail, "--verified",
                    "--password-stdin", data=(PASSWORD + "\n").encode())
        self.team = self.make_team("Oauth %d" % mark, self.owner)
        self.foreign = self.make_team("Foreign %d" % mark, self.other)
        lab.sql(MEMBER % ("viewer", self.team["slug"], self.viewer))
        self.project = self.make_project(self.team, "Mine")
        self.foreign_project = self.make_project(self.foreign, "Theirs")
        self.web = self.client("Web app", "authorization_code",
                               "--redirect-uri", BACK + "," + LOOPBACK)
        self.service = self.client("Service", "client_credentials")
        self.public = self.client("Phone", "authorization_code", "--public",
                                  "--redirect-uri", "com.example.app:/done")
        self.browser = site.Site(lab.url)
        self.browser.sign_in(self.owner, PASSWORD)

    def make_team(self, name, owner):
        return self.lab.ctl("team", "create", "--name", name, "--owner", owner)

    def make_project(self, team, name):
        return self.lab.ctl("project", "create", "--team", team["slug"],
                            "--name", name, "--platform", "flutter")["id"]

    def client(self, name, grant, *more):
        return self.lab.ctl("oauth-client", "create", "--team",
                            self.team["slug"], "--name", name, "--grant", grant,
                            "--scopes", "projects:read,projects:write,metrics:read",
                            *more)

    def post(self, path, fields, client=None, headers=()):
        """(status, headers, parsed body) of a form; client: HTTP Basic."""
        head = dict({"Content-Type": FORM}, **dict(headers))
        if client is not None:
            pair = "%s:%s" % (client["client_id"], client["client_secret"])
            head["Authorization"] = "Basic " + base64.b64encode(
                pair.encode()).decode()
        c = http.client.HTTPConnection(self.host, timeout=60)
        c.request("POST", path, urllib.parse.urlencode(fields), head)
        r = c.getresponse()
        text = r.read()
        found = {k.lower(): v for k, v in r.getheaders()}
        c.close()
        return r.status, found, json.loads(text)

    def ask(self, client=None, browser=None, act="allow", **change):
        """Through the consent page; the parameters of the way back."""
        client = client or self.web
        verifier, challenge = pkce()
        q = {"response_type": "code", "client_id": client["client_id"],
             "redirect_uri": BACK, "state": "s~1", "scope": "projects:read",
             "code_challenge": challenge, "code_challenge_method": "S256"}
        q.update(change)
        q = {k: v for k, v in q.items() if v is not None}
        browser = browser or self.browser
        page = browser.request("GET", "/oauth/authorize?" +
                               urllib.parse.urlencode(q))
        if page.status == 200 and page.has_form("/oauth/authorize"):
            self.consent = page
            page = browser.submit(page, "/oauth/authorize", False, act=act)
        self.answer = page
        to = page.headers.get("location", "")
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(to).query))
        return dict(back, verifier=verifier, to=to)

    def redeem(self, back, client=None, **change):
        fields = {"grant_type": "authorization_code", "code": back.get("code"),
                  "redirect_uri": BACK, "code_verifier": back["verifier"]}
        fields.update(change)
        fields = {k: v for k, v in fields.items() if v is not None}
        return self.post("/oauth/token", fields, client or self.web)

    def tokens(self):
        return self.redeem(self.ask())[2]

    def refresh(self, token, client=None, **more):
        return self.post("/oauth/token", dict(
            {"grant_type": "refresh_token", "refresh_token": token}, **more),
            client or self.web)

    def api(self, token, path="/api/v1/projects", method="GET", body=None):
        return e2e.call_json(self.lab, method, path, token, body)

    def alive(self, token):
        return self.api(token)[0] == 200


def metadata(w):
    status, head, doc = e2e.call_json(
        w.lab, "GET", "/.well-known/oauth-authorization-server")
    tap.equal((status, head.get("access-control-allow-origin")), (200, "*"),
              "metadata, for browsers of any origin")
    for key in ("authorization", "token", "revocation", "introspection"):
        path = urllib.parse.urlsplit(doc[key + "_endpoint"]).path
        method = "GET" if key == "authorization" else "POST"
        tap.ok(e2e.call(w.lab, method, path)[0] in (400, 401),
               "%s_endpoint is there" % key)
    tap.equal(doc["code_challenge_methods_supported"], ["S256"], "S256 only")
    known = {"authorization_code", "client_credentials", "refresh_token"}
    tap.equal(set(doc["grant_types_supported"]), known, "grant types")
    for kind in known | {"password", "implicit"}:
        error = w.post("/oauth/token", {"grant_type": kind},
                       w.web)[2]["error"]
        tap.equal(error != "unsupported_grant_type", kind in known,
                  "the token endpoint agrees on %s" % kind)
    for scope in doc["scopes_supported"]:
        got = w.ask(scope=scope, act="deny").get("error")
        tap.ok(got in ("access_denied", "invalid_scope"), "scope %s" % scope)
    status, head, jwks = e2e.call_json(w.lab, "GET", "/.well-known/jwks.json")
    tap.ok(status == 200 and "max-age" in head["cache-control"],
           "the keys may be kept a while")
    tap.ok(len(jwks["keys"]) >= 2 and all(
        set(k) == {"kty", "use", "alg", "kid", "n", "e"}
        for k in jwks["keys"]), "public parts only, the next key among them")


def code_flow(w):
    back = w.ask()
    tap.ok(back["to"].startswith(BACK + "&code="), "back to the exact address")
    tap.equal((back["state"], back["iss"]), ("s~1", w.lab.url), "state, iss")
    head = w.consent.headers
    tap.ok("frame-ancestors 'none'" in head["content-security-policy"] and
           "form-action 'self' https://app.example" in
           head["content-security-policy"] and
           head["referrer-policy"] == "no-referrer" and
           head["cache-control"] == "no-store", "consent cannot be framed")
    status, head, got = w.redeem(back)
    tap.equal((status, head["cache-control"], got.get("token_type"),
               got.get("expires_in"), got.get("scope")),
              (200, "no-store", "Bearer", 3600, "projects:read"), "tokens")
    top, claims = part(got["access_token"], 0), part(got["access_token"], 1)
    tap.equal((top["typ"], top["alg"]), ("at+jwt", "RS256"), "RFC 9068")
    tap.equal((claims["iss"], claims["aud"], claims["client_id"],
               claims["exp"] - claims["iat"]),
              (w.lab.url, w.lab.url + "/api", w.web["client_id"], 3600),
              "claims")
    status, _, listed = w.api(got["access_token"])
    tap.equal((status, [p["id"] for p in listed["projects"]]),
              (200, [w.project]), "the API takes it: this team's projects only")
    tap.equal(w.api(got["access_token"], "/api/v1/projects/%s/metrics/overview"
                    % w.project)[0], 403, "not beyond its scope")
    tap.equal(w.api(got["access_token"], "/api/v1/projects", "POST",
                    {"name": "x"})[0], 403, "no writing without the scope")
    status, _, again = w.refresh(got["refresh_token"])
    tap.ok(status == 200 and w.alive(again["access_token"]), "refresh")
    status, _, body = w.refresh(got["refresh_token"])
    tap.equal((status, body["error"]), (400, "invalid_grant"),
              "a refresh token used again is refused")
    tap.ok("request_id" in body and "error_description" in body, "error body")
    tap.ok(not w.alive(again["access_token"]) and
           w.refresh(again["refresh_token"])[0] == 400,
           "... and the whole family is dead at once")
    back = w.ask()
    first = w.redeem(back)[2]
    tap.equal(w.redeem(back)[2]["error"], "invalid_grant", "a code used twice")
    tap.ok(not w.alive(first["access_token"]), "... ends what it gave")


REFUSED_HERE = [
    ("unknown client", {"client_id": "tm_cl_x"}),
    ("other address", {"redirect_uri": "https://evil.example/"}),
    ("longer address", {"redirect_uri": BACK + "&y=2"}),
    ("path below", {"redirect_uri": "https://app.example/back/evil?x=1"}),
    ("user part", {"redirect_uri": "https://app.example@evil.example/back?x=1"}),
    ("no address, two registered", {"redirect_uri": None}),
    ("loopback, other path", {"redirect_uri": "http://127.0.0.1:9/other"}),
    ("loopback by name", {"redirect_uri": "http://localhost:9/cb"}),
]
SENT_BACK = [
    ("token instead of code", {"response_type": "token"},
     "unsupported_response_type"),
    ("no PKCE", {"code_challenge": None}, "invalid_request"),
    ("plain PKCE", {"code_challenge_method": "plain"}, "invalid_request"),
    ("PKCE method left out", {"code_challenge_method": None},
     "invalid_request"),
    ("short challenge", {"code_challenge": "abc"}, "invalid_request"),
    ("scope beyond the client's", {"scope": "persons:erase"}, "invalid_scope"),
    ("unknown scope", {"scope": "projects:read all"}, "invalid_scope"),
]


def authorize_refusals(w):
    for name, change in REFUSED_HERE:
        back = w.ask(**change)
        tap.ok(w.answer.status == 400 and back["to"] == "" and
               "text/html" in w.answer.headers["content-type"],
               "%s: a page here, no redirect" % name, w.answer.status)
    for name, change, error in SENT_BACK:
        back = w.ask(**change)
        tap.ok(back["to"].startswith(BACK) and back.get("error") == error and
               back.get("state") == "s~1" and back.get("iss") == w.lab.url,
               "%s: %s" % (name, error), back)
    tap.equal(w.ask(act="deny").get("error"), "access_denied", "denied")
    back = w.ask(redirect_uri="http://127.0.0.1:54321/cb")
    tap.ok(back["to"].startswith("http://127.0.0.1:54321/cb?code="),
           "loopback with any port (RFC 8252)")
    stranger = site.Site(w.lab.url)
    stranger.sign_in(w.other, PASSWORD)
    w.ask(browser=stranger)
    tap.ok(w.answer.status == 403 and w.team["slug"] not in w.answer.html,
           "only members of the client's team")
    back = w.ask(browser=site.Site(w.lab.url))
    tap.ok(back["to"].startswith("/login?next=%2Foauth%2Fauthorize"),
           "signed out: to sign in and back", back["to"])
    page = w.browser.request("GET", "/oauth/authorize?" + urllib.parse.urlencode(
        {"response_type": "code", "client_id": w.web["client_id"],
         "redirect_uri": BACK, "code_challenge": pkce()[1],
         "code_challenge_method": "S256"}))
    for name, how in (("no form token", {"csrf": None}),
                      ("a wrong form token", {"csrf": "A" * 86})):
        sent = w.browser.submit(page, "/oauth/authorize", False, act="allow",
                                **how)
        tap.equal(sent.status, 403, "%s: no consent" % name)
    form = page.form("/oauth/authorize").fields + [("act", "allow")]
    sent = w.browser.request("POST", "/oauth/authorize", form,
                             {"Sec-Fetch-Site": "cross-site"})
    tap.equal(sent.status, 403, "another site's form: no consent")


def token_refusals(w):
    def code(name, want, client=None, **change):
        status, _, body = w.redeem(w.ask(), client, **change)
        tap.equal((status, body.get("error")), want, name)

    bad = (400, "invalid_grant")
    code("another verifier", bad, code_verifier=pkce()[0])
    code("no verifier", (400, "invalid_request"), code_verifier=None)
    code("another redirect address", bad, redirect_uri=LOOPBACK)
    code("no redirect address", bad, redirect_uri=None)
    code("unknown code", bad, code="nothing")
    other = w.client("Other", "authorization_code", "--redirect-uri", BACK)
    code("another client's code", bad, other)
    code("control: the right one", (200, None))
    back = w.ask()
    w.redeem(back, code_verifier=pkce()[0])
    tap.equal(w.redeem(back)[2].get("error"), "invalid_grant",
              "a wrong verifier uses the code up")
    back = w.ask()
    w.lab.sql("UPDATE oauth_codes SET expires_at = now() - interval '1 s'"
              " WHERE used_at IS NULL")
    tap.equal(w.redeem(back)[2].get("error"), "invalid_grant",
              "a code older than 60 s")
    tap.ok(0 < float(w.lab.value(
        "SELECT max(extract(epoch from expires_at - now())) FROM oauth_codes"
        if w.ask() else "")) <= 60, "a code lives at most 60 s")
    wrong = dict(w.service, client_secret="tm_ocs_" + "x" * 36)
    status, head, body = w.post("/oauth/token",
                                {"grant_type": "client_credentials"}, wrong)
    tap.ok(status == 401 and body["error"] == "invalid_client" and
           head["www-authenticate"].startswith("Basic"), "a wrong secret")
    tap.equal(w.post("/oauth/token", {"grant_type": "client_credentials",
              "client_id": w.service["client_id"]})[0], 401, "no secret")
    twice = [("grant_type", "client_credentials")] * 2
    tap.equal(w.post("/oauth/token", twice, w.service)[2]["error"],
              "invalid_request", "a repeated parameter")
    tap.equal(w.post("/oauth/token", dict(w.service,
              grant_type="client_credentials"), w.service)[2]["error"],
              "invalid_request", "two ways of client authentication")
    tap.equal(w.post("/oauth/token", {"grant_type": "client_credentials"},
              w.web)[2]["error"], "unauthorized_client", "not its grant")
    tap.equal(w.post("/oauth/token", {"grant_type": "client_credentials",
              "scope": "admin"}, w.service)[2]["error"], "invalid_scope",
              "not its scope")
    first = w.tokens()
    tap.equal(w.refresh(first["refresh_token"], other)[2]["error"],
              "invalid_grant", "another client's refresh token")
    tap.ok(w.alive(first["access_token"]), "... which harms nobody")


def public_client(w):
    uri = "com.example.app:/done"
    back = w.ask(w.public, redirect_uri=uri)
    status, _, got = w.post("/oauth/token", {
        "grant_type": "authorization_code", "code": back["code"],
        "redirect_uri": uri, "client_id": w.public["client_id"],
        "code_verifier": back["verifier"]})
    tap.equal(status, 200, "a public client needs no secret, only PKCE")
    tap.equal(w.post("/oauth/introspect", {"token": got["access_token"],
              "client_id": w.public["client_id"]})[0], 401,
              "... but may not introspect")
    status, head, _ = e2e.call(w.lab, "OPTIONS", "/oauth/token")
    tap.equal((status, head.get("access-control-allow-origin")), (204, "*"),
              "preflight of browser clients")


def status_of_tokens(w):
    got, other = w.tokens(), w.client("Peer", "client_credentials")

    def active(token, client):
        return w.post("/oauth/introspect", {"token": token}, client)[2]

    seen = active(got["access_token"], w.web)
    tap.ok(seen["active"] and seen["scope"] == "projects:read" and
           seen["client_id"] == w.web["client_id"], "introspect: access token")
    tap.ok(active(got["refresh_token"], w.web)["active"], "... refresh token")
    for name, token, client in (
            ("another client's", got["access_token"], other),
            ("another client's refresh", got["refresh_token"], other),
            ("nonsense", "x.y.z", w.web), ("unknown", "tm_ort_1", w.web)):
        tap.equal(active(token, client), {"active": False}, name)
    tap.equal(w.post("/oauth/introspect", {"token": "x"})[0], 401,
              "introspect without a client")
    tap.equal(w.post("/oauth/revoke", {"token": got["refresh_token"]},
              other)[0], 200, "revoke: 200 for another client's token")
    tap.ok(w.alive(got["access_token"]), "... which stays")
    tap.equal(w.post("/oauth/revoke", {"token": "unknown"}, w.web)[0], 200,
              "revoke: 200 for an unknown token")
    tap.equal(w.post("/oauth/revoke", {"token": got["refresh_token"]},
              w.web)[0], 200, "revoke")
    tap.ok(not w.alive(got["access_token"]) and
           not active(got["access_token"], w.web)["active"],
           "the access token is refused by the next request")


def revocations(w):
    def ends(name, act, want=401):
        token = w.tokens()["access_token"]
        tap.ok(w.alive(token), "alive before: %s" % name)
        act()
        took = e2e.until(2, lambda: w.api(token)[0] == want)
        tap.ok(took is not None and took <= 1, "ends at once: %s" % name, took)

    mail = w.owner
    ends("connected app put out", lambda: w.browser.submit(
        w.browser.get("/account/apps"), "/account/apps",
        client=w.web["client_id"]))
    # only the viewer's grants end with the membership
    viewer = site.Site(w.lab.url)
    viewer.sign_in(w.viewer, PASSWORD)
    mine, w.browser = w.browser, viewer
    got = w.redeem(w.ask(scope="projects:read projects:write"))[2]
    status, _, body = w.api(got["access_token"], "/api/v1/projects", "POST",
                            {"name": "Not mine", "platform": "flutter"})
    tap.equal((status, body["error"]), (403, "forbidden"),
              "a viewer's token does not write: scope and role")
    slug = w.team["slug"]
    ends("membership", lambda: w.lab.sql(
        "DELETE FROM members WHERE user_id = (SELECT id FROM users WHERE email"
        " = '%s') AND team_id = (SELECT id FROM teams WHERE slug = '%s')"
        % (w.viewer, slug)))
    w.lab.sql(MEMBER % ("viewer", slug, w.viewer))
    w.browser = mine
    ends("user disabled", lambda: w.lab.sql(
        "UPDATE users SET disabled_at = now() WHERE email = '%s'" % mail))
    w.lab.sql("UPDATE users SET disabled_at = NULL WHERE email = '%s'" % mail)
    ends("new password", lambda: w.lab.ctl("user", "reset-password", "--email",
         mail, "--password-stdin", data=(PASSWORD + "\n").encode()))
    w.browser = site.Site(w.lab.url)
    w.browser.sign_in(mail, PASSWORD)
    gone = w.client("Gone", "authorization_code", "--redirect-uri", BACK)
    keep, w.web = w.web, gone
    ends("client revoked", lambda: w.lab.ctl("oauth-client", "revoke",
                                             gone["client_id"]))
    tap.equal(w.post("/oauth/token", {"grant_type": "refresh_token"},
              gone)[0], 401, "a revoked client is unknown")
    w.web = keep


def credentials(w):
    status, _, got = w.post("/oauth/token", {"grant_type": "client_credentials",
                            "scope": "projects:read"}, w.service)
    tap.ok(status == 200 and "refresh_token" not in got and
           got["scope"] == "projects:read", "client credentials")
    tap.equal(part(got["access_token"], 1)["sub"], w.service["client_id"],
              "the client is the subject")
    ids = [p["id"] for p in w.api(got["access_token"])[2]["projects"]]
    tap.equal(ids, [w.project], "its own team's projects")
    for name, project in (("foreign", w.foreign_project),
                          ("missing", "01890000-0000-7000-8000-000000000000")):
        status, _, body = w.api(got["access_token"],
                                "/api/v1/projects/%s/metrics/overview" % project)
        tap.ok(status in (403, 404), "%s project: %d" % (name, status))
    status, _, got = w.post("/oauth/token", {
        "grant_type": "client_credentials",
        "client_id": w.service["client_id"],
        "client_secret": w.service["client_secret"]})
    tap.equal((status, w.api(got["access_token"], "/api/v1/projects/%s/metrics/"
              "overview" % w.foreign_project)[0]), (200, 404),
              "client_secret_post; a foreign project is a missing one")


def parallel(n, act):
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(lambda _: act(), range(n)))


def races(w):
    back = w.ask()
    got = parallel(50, lambda: w.redeem(back)[0])
    tap.equal((got.count(200), got.count(400)), (1, 49),
              "50 redeems of one code at once: exactly one succeeds")
    token = w.tokens()["refresh_token"]
    got = parallel(50, lambda: w.refresh(token)[0])
    tap.equal((got.count(200), got.count(400)), (1, 49),
              "50 redeems of one refresh token at once: exactly one succeeds")


def rotation(w):
    token = w.tokens()["access_token"]
    w.lab.sql("UPDATE signing_keys SET created_at = created_at - interval"
              " '1 h'")
    kid = w.lab.ctl("signing-key", "rotate")["kid"]
    fresh = w.tokens()["access_token"]
    tap.equal(part(fresh, 0)["kid"], kid, "the next key signs")
    known = [k["kid"] for k in e2e.call_json(
        w.lab, "GET", "/.well-known/jwks.json")[2]["keys"]]
    tap.ok(part(token, 0)["kid"] in known and kid in known and
           len(known) >= 3, "old, active and next are published")
    tap.ok(w.alive(token) and w.alive(fresh), "tokens of both are taken")
    try:
        w.lab.ctl("signing-key", "rotate")
        tap.ok(False, "rotating twice at once is refused")
    except Exception as e:
        tap.ok("published" in str(e), "rotating twice at once is refused", e)
    w.lab.ctl("signing-key", "rotate", "--distrust")
    tap.ok(not w.alive(fresh) and w.alive(token),
           "--distrust: tokens of that key only are refused")
    w.lab.sql("UPDATE signing_keys SET active_at = now() - interval '91 days'"
              " WHERE state = 'active'")
    old = w.lab.value("SELECT kid FROM signing_keys WHERE state = 'active'")
    tap.ok(part(w.tokens()["access_token"], 0)["kid"] != old,
           "after 90 days the key is changed on use")


def hostile_tokens(w):
    good = w.tokens()["access_token"]
    head, body, sig = good.split(".")
    kid = part(good, 0)["kid"]

    def seal(header, claims=None):
        return "%s.%s" % (b64(json.dumps(header).encode()),
                          b64(json.dumps(claims).encode()) if claims else body)

    claims = part(good, 1)
    for name, token in (
            ("alg none", seal({"alg": "none", "kid": kid}) + "."),
            ("alg none with signature", seal({"alg": "none", "kid": kid}) +
             "." + sig),
            ("HS256", seal({"alg": "HS256", "kid": kid}) + "." + sig),
            ("later exp", "%s.%s.%s" % (head, b64(json.dumps(
                dict(claims, exp=claims["exp"] + 9)).encode()), sig)),
            ("other kid", seal({"alg": "RS256", "kid": "x" * 43}) + "." + sig),
            ("path as kid", seal({"alg": "RS256", "kid": "../../key"}) + "." +
             sig),
            ("cut", good[:-2]), ("long", "eyJ" + "A" * 7000)):
        tap.equal(w.api(token)[0], 401, "refused: %s" % name)
    tap.ok(w.alive(good), "control: the good one")


def json_sign_in(w):
    def post(path, body=None, token=None):
        return e2e.call_json(w.lab, "POST", "/api/auth/" + path, token, body)

    mail = "json-%s" % w.owner
    new = {"email": mail, "password": PASSWORD, "first_name": "John",
           "last_name": "Doe"}
    status, _, made = post("register", new)
    tap.equal((status, made.get("message"), sorted(made.get("user", {}))),
              (201, "Registration successful. Please verify your email.",
               ["email", "first_name", "id", "last_name"]), "register")
    status, _, known = post("register", dict(new, email=w.owner))
    tap.equal((status, sorted(known), sorted(known["user"])),
              (201, sorted(made), sorted(made["user"])),
              "a known address gets the same reply")
    again = post("register", dict(new, email=w.owner))[2]["user"]["id"]
    tap.ok(known["user"]["id"] == again and
           post("register", new)[2]["user"]["id"] == made["user"]["id"],
           "the id does not change from one reply to the next, for both")
    tap.equal(post("register", dict(new, password="short"))[0], 422,
              "register: a short password")
    status, _, body = post("login", {"email": mail, "password": PASSWORD})
    tap.equal((status, body["error"]), (403, "email_not_verified"),
              "no sign-in before the address is verified")
    tap.equal(post("login", {"email": mail, "password": "wrong " + PASSWORD})[0],
              401, "... which only who knows the password learns")
    w.lab.sql("UPDATE users SET verified_at = now() WHERE email = '%s'" % mail)
    status, _, got = post("login", {"email": mail, "password": PASSWORD})
    tap.equal((status, got.get("expires_in"), got.get("user")),
              (200, 3600, {"id": made["user"]["id"], "email": mail,
                           "tier": "free"}), "login")
    claims = part(got["token"], 1)
    tap.equal((claims["sub"], claims["email"], claims["tier"],
               claims["verified"], claims["exp"] - claims["iat"]),
              (made["user"]["id"], mail, "free", True, 3600), "claims")
    tap.equal(part(got["token"], 0)["typ"], "JWT", "type")
    slug = w.team["slug"]
    tap.equal(w.api(got["token"])[0], 403, "in no team yet")
    w.lab.sql(MEMBER % ("analyst", slug, mail))
    tap.equal([p["id"] for p in w.api(got["token"])[2]["projects"]],
              [w.project], "the API takes it")
    status, _, next_ = post("refresh", token=got["token"])
    tap.ok(status == 200 and next_["token"] != got["token"] and
           next_["expires_in"] == 3600, "refresh with the token itself")
    status, _, third = post("refresh", {"refresh_token":
                                        next_["refresh_token"]})
    tap.equal(status, 200, "refresh with the refresh token")
    tap.equal(post("refresh", token=got["token"])[0], 401,
              "the first token again is refused")
    tap.equal((w.api(third["token"])[0], post("refresh", {
        "refresh_token": third["refresh_token"]})[0]), (401, 401),
        "... and the family is dead")
    got = post("login", {"email": mail, "password": PASSWORD})[2]
    codes = parallel(50, lambda: post("refresh", token=got["token"])[0])
    tap.equal((codes.count(200), codes.count(401)), (1, 49),
              "50 refreshes with one token at once: exactly one succeeds")
    got = post("login", {"email": mail, "password": PASSWORD})[2]
    status, _, body = post("logout", token=got["token"])
    tap.equal((status, body), (200, {"message": "Logged out successfully"}),
              "logout")
    tap.equal((w.api(got["token"])[0], post("logout", token=got["token"])[0],
               post("refresh", token=got["token"])[0]), (401, 401, 401),
              "nothing is left")
    w.lab.sql("UPDATE users SET verified_at = NULL WHERE email = '%s'" % mail)


def json_second_factor(w):
    """A recovery code stands for the app's: each works once."""
    user = w.lab.value("SELECT id FROM users WHERE email = '%s'" % w.other)
    w.lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) VALUES"
              " ('%s', '\\x00', now())" % user)
    code = "abcdefghijkmnpqr"
    w.lab.sql("INSERT INTO user_recovery_codes (user_id, code_hash) VALUES"
              " ('%s', sha256('%s'))" % (user, code))

    def login(**more):
        status, _, body = e2e.call_json(
            w.lab, "POST", "/api/auth/login", None,
            dict({"email": w.other, "password": PASSWORD}, **more))
        return status, body.get("error")

    tap.equal(login(), (401, "two_factor_required"), "the code is asked for")
    tap.equal(login(password="wrong one here"), (401, "unauthorized"),
              "... only of who knows the password")
    tap.equal(login(totp="aaaa-aaaa-aaaa-aaaa")[0], 401, "a wrong code")
    got = parallel(50, lambda: login(totp=code)[0])
    tap.equal(got.count(200), 1, "50 sign-ins with one code: one succeeds")
    w.lab.sql("DELETE FROM user_totp WHERE user_id = '%s'" % user)
    w.lab.sql("DELETE FROM login_attempts")  # the 49 may have used up the budget
    tap.equal(login()[0], 200, "control: without a second factor")


def client_pages(w):
    path = "/t/%s/clients" % w.team["slug"]
    page = w.browser.get(path)
    bad = w.browser.submit(page, path, name="Bad", redirect_uris="http://a.example/",
                           scope=["projects:read"])
    tap.ok(bad.status == 422 and "https://" in bad.text and
           "http://a.example/" in bad.html, "a bad address is said beside it")
    made = w.browser.submit(page, path, name="Made here <b>", kind="service",
                            scope=["projects:read"])
    secret = made.ids.get("c-secret-text", "").strip()
    client_id = made.path.split("/")[-1].split("?")[0]
    tap.ok(secret.startswith("tm_ocs_") and "<b>" not in made.html.split(
        "<h1>")[1].split("</h1>")[0], "made; the secret is shown")
    tap.ok(secret not in w.browser.get(made.path).html, "... once")
    ask = {"grant_type": "client_credentials"}
    old = {"client_id": client_id, "client_secret": secret}
    token = w.post("/oauth/token", ask, old)[2]["access_token"]
    page = w.browser.submit(w.browser.get(path + "/" + client_id), "/rotate")
    fresh = page.ids.get("c-secret-text", "").strip()
    tap.ok(fresh not in ("", secret) and
           w.post("/oauth/token", ask, old)[0] == 401 and
           w.post("/oauth/token", ask, dict(old, client_secret=fresh))[0] == 200,
           "a new secret ends the old one")
    page = w.browser.submit(w.browser.get(path + "/" + client_id), "/revoke")
    tap.ok(page.status == 200 and not w.alive(token), "revoked")
    viewer = site.Site(w.lab.url)
    viewer.sign_in(w.viewer, PASSWORD)
    tap.equal(viewer.get(path).status, 403, "a viewer does not see clients")
    actions = {r[0] for r in w.lab.sql(
        "SELECT DISTINCT action FROM audit_entries a JOIN teams t ON t.id ="
        " a.team_id WHERE t.slug = '%s'" % w.team["slug"])}
    want = {"client.create", "client.rotate", "client.revoke", "client.allow",
            "grant.create", "grant.reuse", "grant.revoke"}
    tap.equal(want - actions, set(), "all acts are in the audit")


def real_clients(w, base):
    env = dict(os.environ, TM_URL=w.lab.url, TM_EMAIL=w.owner,
               TM_PASSWORD=PASSWORD, TM_TEAM=w.team["slug"],
               TM_WEB=json.dumps(w.client("Real <app>", "authorization_code",
                                          "--redirect-uri", LOOPBACK)),
               TM_SERVICE=json.dumps(w.service), TM_PROJECT=w.project)
    p = subprocess.run(["node", os.path.join(base, "56-oauth.mjs")], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=240)
    lines = p.stdout.decode("utf-8", "replace").splitlines()
    for line in lines:
        if line.startswith(("ok ", "not ok ")):
            tap.ok(line.startswith("ok "), line.split(" - ", 1)[-1])
        elif line:
            tap.note(line)
    tap.ok(p.returncode == 0 and lines, "the real clients' script ended well")


def main():
    w = World(e2e.start())
    for part_of in (metadata, code_flow, authorize_refusals, token_refusals,
                    public_client, status_of_tokens, revocations, credentials,
                    races, hostile_tokens, rotation, json_sign_in,
                    json_second_factor, client_pages):
        part_of(w)
    real_clients(w, os.path.dirname(os.path.abspath(__file__)))


tap.run(main)
