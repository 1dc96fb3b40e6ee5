#!/usr/bin/env python3
"""Sign in with GitHub and Google. In a real browser (social/browser.mjs)
against a real OpenID provider and a server in the shape of GitHub; then a
hostile provider, swapped and injected answers, and the five ways to prepare
an account for somebody else before they come. Each attack has a control
that shows that its success would be seen."""
# takes: 30 s
import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
import uuid

import e2e
from e2e import tap
import browser
import outbox

PASSWORD = "wobbly lantern 47"
MODULES = os.environ.get("TIDEMARK_NODE_MODULES", "t/npm/node_modules")
# what an ID token may not say, and what must hold for it to count
LIES = ["none", "None", "hs256-pem", "hs256-der", "hs256-n", "hs256-empty", "rs512",
        "kid-traversal", "kid-sql", "kid-unknown", "jwk", "jku", "crit", "wrong-key",
        "no-signature", "two-parts", "changed"]
WRONG = {
    "iss of another": {"iss": "https://accounts.google.com"},
    "iss with a slash": {"iss": "%s/"},
    "no iss": {"iss": None},
    "aud of another client": {"aud": "other-client"},
    "aud of two without azp": {"aud": ["tm-google", "other"]},
    "azp of another": {"azp": "other-client"},
    "no aud": {"aud": None},
    "nonce of another": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "expired": {"exp": -120},
    "no exp": {"exp": None},
    "exp as text": {"exp": "9999999999"},
    "from the future": {"iat": 300},
    "old": {"iat": -3600},
    "no sub": {"sub": None},
    "empty sub": {"sub": ""},
    "sub as a number": {"sub": 7},
}


class Providers:
    """social/providers.mjs, running."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            [shutil.which("node"), os.path.join(e2e.HERE, "social", "providers.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=dict(os.environ, TM_URL=url))
        at = json.loads(self.process.stdout.readline())
        self.github, self.google = at["github"], at["google"]
        self.hostile, self.secret = at["hostile"], at["secret"]

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)

    @staticmethod
    def send(method, url, data):
        request = urllib.request.Request(url, json.dumps(data).encode(), method=method)
        with urllib.request.urlopen(request, timeout=10) as r:
            return json.loads(r.read())

    def account(self, login, number, mail, verified=True):
        self.send("PUT", self.github + "/", {login: {
            "id": number, "name": "Person " + login, "emails": [
                {"email": "second-" + mail, "primary": False, "verified": True},
                {"email": mail, "primary": True, "verified": verified}]}})

    def conf(self, issuer):
        return dict(
            TIDEMARK_GITHUB_CLIENT_ID="tm-github",
            TIDEMARK_GITHUB_CLIENT_SECRET=self.secret,
            TIDEMARK_GITHUB_URL=self.github,
            TIDEMARK_GITHUB_API_URL=self.github + "/api",
            TIDEMARK_GOOGLE_CLIENT_ID="tm-google",
            TIDEMARK_GOOGLE_CLIENT_SECRET=self.secret,
            TIDEMARK_GOOGLE_ISSUER=issuer)


# one sign-in over HTTP -------------------------------------------------------
def begin(lab, provider, jar=None):
    """A browser that was sent to the provider, and the parameters it carries."""
    jar = jar or browser.Browser(lab.url)
    r = jar.get("/auth/%s/redirect" % provider, follow=False)
    query = urllib.parse.urlsplit(r.location).query
    return jar, dict(urllib.parse.parse_qsl(query))


def callback(jar, provider, **query):
    return jar.get("/auth/%s/callback?%s" % (provider, urllib.parse.urlencode(query)),
                   follow=False)


def github_code(at, asked, login):
    """Authorize at the GitHub shape; the answer's parameters."""
    r = browser.Browser(at.github).post("/decide", dict(asked, login=login, act="allow"))
    return dict(parse(r.location))


def parse(url):
    return urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)


def by_github(lab, at, login, jar=None):
    jar, asked = begin(lab, "github", jar)
    return jar, callback(jar, "github", **github_code(at, asked, login))


def claims_of(at, asked, mail, subject, lies):
    now = int(time.time())
    claims = {"iss": at.hostile, "aud": "tm-google", "sub": subject, "email": mail,
              "email_verified": True, "nonce": asked.get("nonce"), "iat": now,
              "exp": now + 300, "name": "From elsewhere"}
    for key, value in lies.items():
        if key in ("exp", "iat") and isinstance(value, int):
            value += now
        if isinstance(value, str) and "%s" in value:
            value %= at.hostile
        claims[key] = value
        if value is None:
            del claims[key]
    return claims


def by_hostile(lab, at, mail, subject, mode="good", **lies):
    """Sign in at the lying provider, which says what we are told here."""
    jar, asked = begin(lab, "google")
    code = uuid.uuid4().hex
    at.send("POST", at.hostile + "/answer", {
        "code": code, "mode": mode, "claims": claims_of(at, asked, mail, subject, lies)})
    return jar, callback(jar, "google", code=code, state=asked["state"], iss=at.hostile)


def owner_of(lab, jar):
    """Mail address of the account this browser is signed in to, by the table."""
    if not jar.session:
        return None
    digest = hashlib.sha256(jar.session.encode()).hexdigest()
    return lab.value("SELECT u.email FROM user_sessions s JOIN users u ON u.id = s.user_id"
                     " WHERE NOT s.awaiting AND s.token_hash = '\\x%s'" % digest)


def count(lab, mail):
    return int(lab.value("SELECT count(*) FROM users WHERE email_key = '%s'" % mail))


def forget(lab):
    """Tries of this address in the throttle's books: the test makes many."""
    lab.sql("DELETE FROM login_attempts")


def says(reply, slug):
    return "social=%s&" % slug in reply.location


def mail_of(lab, name):
    return "%s-%d@example.org" % (name, lab.rng.randrange(10 ** 9))


def local_user(lab, mail, verified=True):
    lab.ctl("user", "create", "--email", mail, "--password-stdin",
            *(["--verified"] if verified else []), data=(PASSWORD + "\n").encode())


# the attacks -----------------------------------------------------------------
def hostile_provider(lab, at):
    mail = mail_of(lab, "control")
    jar, r = by_hostile(lab, at, mail, mail)
    tap.equal(owner_of(lab, jar), mail, "control: an honest answer signs in")
    passed = []
    forget(lab)
    for what, lie in [(m, {"mode": m}) for m in LIES] + list(WRONG.items()):
        mail = mail_of(lab, "lie")
        jar, r = by_hostile(lab, at, mail, mail, **lie)
        good = (r.status == 303 and says(r, "failed") and not jar.session
                and "tm_social" not in jar.cookies and count(lab, mail) == 0)
        if not good:
            passed.append((what, r.status, r.location))
    tap.equal(passed, [], "%d lies of a provider are refused" % (len(LIES) + len(WRONG)))
    for i in range(10):
        last = by_hostile(lab, at, mail, mail, mode="none")[1].status
    tap.equal(last, 429, "an address that sends more than 40 of them waits")
    forget(lab)
    mail = mail_of(lab, "after")
    jar, r = by_hostile(lab, at, mail, mail, aud=["tm-google", "x"], azp="tm-google", exp=-30)
    tap.equal(owner_of(lab, jar), mail, "control: two audiences with azp, 30 s past its end")
    mail = mail_of(lab, "names")
    jar, r = by_hostile(lab, at, mail, mail, name="A" * 5000 + "\r\nSet-Cookie: x=1")
    tap.ok(owner_of(lab, jar) == mail and lab.value(
        "SELECT name = '' FROM users WHERE email_key = '%s'" % mail) == "t",
           "a name of 5,000 letters and a header line is left away")
    begun = at.send("POST", at.hostile + "/fetches", {})["fetches"]
    for i in range(20):
        by_hostile(lab, at, mail, mail, mode="kid-unknown")
    after = at.send("POST", at.hostile + "/fetches", {})["fetches"]
    tap.at_most(after - begun, 4, "20 tokens with unknown keys: fetches of the keys")


def swapped(lab, at):
    number = lab.rng.randrange(10 ** 8)
    mail, other = mail_of(lab, "swap"), mail_of(lab, "other")
    at.account("swap", number, mail)
    at.account("other", number + 1, other)
    a, asked_a = begin(lab, "github")
    b, asked_b = begin(lab, "github")
    answer_a, answer_b = github_code(at, asked_a, "swap"), github_code(at, asked_b, "other")
    tap.ok(says(callback(b, "github", **answer_a), "stale") and not b.session,
           "an answer taken to another browser")
    b, asked_b = begin(lab, "github")
    r = callback(b, "github", code=answer_a["code"], state=asked_b["state"])
    tap.ok(says(r, "failed") and not b.session,
           "a stolen code put into another's transaction: PKCE refuses", r.location)
    tap.ok(says(callback(browser.Browser(lab.url), "github", **answer_b), "stale"),
           "an answer without the cookie")
    a, asked_a = begin(lab, "github")
    r = callback(a, "google", code="x", state=asked_a["state"], iss=at.hostile)
    tap.ok(says(r, "stale") and not a.session, "an answer at another provider's address (mix-up)")
    for iss in (at.google, "https://accounts.google.com", ""):
        a, asked = begin(lab, "google")
        r = callback(a, "google", code="x", state=asked["state"], iss=iss)
        tap.ok(says(r, "failed") and not a.session, "an answer that names issuer %r" % iss[:8])
    a, asked = begin(lab, "github")
    r = callback(a, "github", code="x", state=asked["state"], iss="https://evil.example")
    tap.ok(says(r, "failed") and not a.session, "GitHub's answer with another issuer")
    a, asked = begin(lab, "github")
    r = callback(a, "github", state=asked["state"], error="access_denied",
                 error_description="<script>alert(1)</script>")
    tap.ok(says(r, "cancelled"), "the provider's error becomes our sentence")
    tap.ok("was cancelled" in a.get(r.location).text and "<script>alert" not in a.page.text,
           "and nothing of its own words is shown")
    for state in ("", "x", asked["state"][:-1], asked["state"] + "x"):
        a, asked2 = begin(lab, "github")
        r = callback(a, "github", code="x", state=state)
        tap.ok(says(r, "stale"), "state of %d characters" % len(state))
    a, asked = begin(lab, "github")
    kept = dict(a.cookies)
    answer = github_code(at, asked, "swap")
    callback(a, "github", **answer)
    tap.equal(owner_of(lab, a), mail, "control: the same steps in order sign in")
    c = browser.Browser(lab.url)
    c.cookies = kept
    tap.ok(says(callback(c, "github", **answer), "failed") and not c.session,
           "the same answer a second time, with its cookie kept")
    r = begin(lab, "github")[0].page
    cookie = r.headers["set-cookie"]
    tap.ok("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie,
           "the cookie of the transaction", cookie)
    tap.equal(lab.url in asked["redirect_uri"], True, "the redirect address is the configured one")
    evil = browser.Browser(lab.url).request("GET", "/auth/github/redirect",
                                            headers={"Host": "evil.example"})
    tap.ok("evil.example" not in evil.location, "whatever the Host header says")
    for path in ("/auth/gitlab/redirect", "/auth/github%00/redirect", "/auth/x/callback?code=1"):
        tap.ok(browser.Browser(lab.url).get(path, follow=False).status in (400, 404), path)
    for next_ in ("//evil.example", "https://evil.example", "/\\evil.example"):
        jar = browser.Browser(lab.url)
        r = jar.get("/auth/github/redirect?next=" + urllib.parse.quote(next_), follow=False)
        r = callback(jar, "github", **github_code(at, dict(parse(r.location)), "swap"))
        tap.equal(r.location, "/", "next=%s goes to our start page" % next_)


def register(lab, mail):
    jar = browser.Browser(lab.url)
    jar.submit("/register", "/register", name="Mallory", email=mail, password=PASSWORD)
    return jar


def sign_in(lab, mail):
    jar = browser.Browser(lab.url)
    jar.sign_in(mail, PASSWORD)
    return jar


def prepared(lab, at):
    """The five pre-hijacking scripts (Sudhodanan and Paverd, 2022). The victim
    arrives by GitHub, with an address that GitHub has verified."""
    number = lab.rng.randrange(10 ** 8)
    wins = {}

    def victim(name):
        mail = mail_of(lab, name)
        at.account(name, number + len(wins), mail)
        return mail

    def arrive(name, mail):
        jar, r = by_github(lab, at, name)
        tap.equal(owner_of(lab, jar), mail, name + ": the owner of the address gets in")
        tap.ok(jar.get("/", follow=True).status == 200 and "/verify" not in jar.page.location,
               name + ": and is verified")
        return jar

    mail = victim("classic")
    register(lab, mail)
    tap.equal(owner_of(lab, sign_in(lab, mail)), mail, "control: the prepared password signs in")
    arrive("classic", mail)
    wins["classic-federated merge"] = owner_of(lab, sign_in(lab, mail)) is not None

    mail = victim("session")
    register(lab, mail)
    jar = sign_in(lab, mail)
    tap.equal(owner_of(lab, jar), mail, "control: the prepared session lives")
    arrive("session", mail)
    wins["unexpired session"] = owner_of(lab, jar) is not None

    mail, evil = victim("trojan"), mail_of(lab, "mallory")
    at.account("mallory", number + 50, evil)
    register(lab, mail)
    jar = sign_in(lab, mail)
    r = jar.post("/auth/github/link", {"csrf": "x"})
    tap.ok(r.status in (303, 403) and "/login/oauth" not in r.text,
           "an unverified account links nothing", r.status)
    lab.sql("INSERT INTO user_identities (provider, subject, user_id) SELECT 'github', '%d', id"
            " FROM users WHERE email_key = '%s'" % (number + 50, mail))
    jar, r = by_github(lab, at, "mallory")
    tap.equal(owner_of(lab, jar), mail, "control: a planted identity signs in")
    arrive("trojan", mail)
    jar, r = by_github(lab, at, "mallory")
    wins["trojan identifier"] = owner_of(lab, jar) == mail

    mail, evil = victim("change"), mail_of(lab, "mallory")
    register(lab, mail)
    token = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
    lab.sql("INSERT INTO user_tokens (token_hash, user_id, kind, email, expires_at) SELECT"
            " sha256('%s'::bytea), id, 'email', '%s', now() + interval '1 h' FROM users"
            " WHERE email_key = '%s'" % (token, evil, mail))
    usable = "SELECT count(*) FROM auth_link('email', sha256('%s'::bytea), NULL)" % token
    tap.equal(lab.value(usable), "1", "control: the prepared change of address is open")
    arrive("change", mail)
    wins["unexpired email change"] = lab.value(usable) != "0" or count(lab, evil) > 0

    mail = victim("idp")
    jar, r = by_hostile(lab, at, mail, mail, email_verified=False)
    tap.ok(r.location == "/verify" and count(lab, mail) == 1,
           "control: an unproved address gets an account", r.location)
    jar, r = by_hostile(lab, at, mail, mail, email_verified=False)
    tap.equal(owner_of(lab, jar), mail, "control: the identity is known from then on")
    tap.ok("/verify" in jar.get("/", follow=False).location, "which opens nothing but /verify")
    arrive("idp", mail)
    dead = owner_of(lab, jar)
    again, r = by_hostile(lab, at, mail, mail, email_verified=False)
    wins["non-verifying provider"] = dead is not None or owner_of(lab, again) is not None
    tap.equal(r.location, "/verify", "an unproved address does not enter a verified account")
    tap.equal({k: v for k, v in wins.items() if v}, {}, "%d pre-hijacking scripts succeed: 0"
              % len(wins))


def unproved(lab, at):
    """A provider that does not vouch: our own mail, bound to this browser."""
    number, mail = lab.rng.randrange(10 ** 8), mail_of(lab, "primary")
    at.account("primary", number, mail, verified=False)
    jar, r = by_github(lab, at, "primary")
    tap.ok(r.location == "/verify" and jar.session is None and count(lab, mail) == 1,
           "GitHub's unverified primary address has to be verified here", r.location)
    silent(lab, at, mail)
    mail = mail_of(lab, "unproved")
    jar, r = by_hostile(lab, at, mail, mail, email_verified=False)
    letter = outbox.wait(mail, "verify")
    where = urllib.parse.urlsplit(outbox.link(letter))
    path = where.path + "?" + where.query
    stranger = browser.Browser(lab.url)
    stranger.get(path)
    fields = [f for a, f in browser.forms(stranger.page.text) if a.startswith("/verify")]
    for f in fields:
        stranger.post("/verify", f)
    verified = "SELECT count(verified_at) FROM users WHERE email_key = '%s'" % mail
    tap.equal(lab.value(verified), "0", "the owner's click in another browser blesses nothing")
    jar.get(path)
    action, fields = [(a, f) for a, f in browser.forms(jar.page.text) if a.startswith("/verify")][0]
    jar.post(action, fields)
    tap.equal(lab.value(verified), "1", "the link verifies in the browser that signed up")


def silent(lab, at, waiting):
    """The visitor proves nothing, so the reply tells nothing of the address."""
    there, gone, off = (mail_of(lab, n) for n in ("there", "gone", "off"))
    local_user(lab, there)
    local_user(lab, off)
    lab.sql("UPDATE users SET disabled_at = now() WHERE email_key = '%s'" % off)
    seen = []
    for mail in (there, gone, off, waiting):
        jar, r = by_hostile(lab, at, mail, "x" + mail, email_verified=False)
        seen.append((r.status, r.location, sorted(c.split("=")[0] for c in r.set_cookies),
                     jar.session, sorted(jar.cookies)))
    tap.ok(seen[1:] == seen[:-1] and seen[0][1] == "/verify",
           "known, unknown, disabled and waiting addresses are answered alike", seen)
    tap.ok(outbox.wait(there, "exists") and outbox.wait(gone, "verify"),
           "the mail tells what is there")
    tap.equal(lab.value("SELECT count(*) FROM user_identities i JOIN users u ON u.id = i.user_id"
                        " WHERE u.email_key = '%s'" % there), "0", "and nothing is linked")


def owners(lab, at):
    """Linking: a verified account is never merged without its own sign-in."""
    number = lab.rng.randrange(10 ** 8)
    mail = mail_of(lab, "owner")
    local_user(lab, mail)
    at.account("owner", number, mail)
    jar, r = by_github(lab, at, "owner")
    tap.ok(says(r, "exists") and not jar.session, "a verified account is not merged silently")
    thief = mail_of(lab, "thief")
    local_user(lab, thief)
    stolen = browser.Browser(lab.url)
    stolen.cookies = dict(jar.cookies)
    stolen.sign_in(thief, PASSWORD)
    stolen.get("/account/security")
    token = [f["csrf"] for a, f in browser.forms(stolen.page.text) if "csrf" in f][0]
    r = stolen.post("/auth/github/link", {"csrf": token, "pending": "1"})
    tap.ok(says(r, "stale"), "what waits is for the owner of the address only", r.location)
    r = jar.post("/login", {"email": mail, "password": PASSWORD, "next": "/auth/github/pending"})
    jar.get(r.location)
    fields = jar.form("/auth/github/link")
    tap.equal(lab.value("SELECT count(*) FROM user_identities WHERE subject = '%d'" % number), "0",
              "before the button nothing is linked")
    bad = jar.post("/auth/github/link", dict(fields, csrf="x"))
    tap.equal(bad.status, 403, "the form token is asked")
    r = jar.post("/auth/github/link", fields)
    tap.ok(says(r, "linked"), "signed in locally, then linked", r.location)
    again, r = by_github(lab, at, "owner")
    tap.equal(owner_of(lab, again), mail, "from then on GitHub signs in")
    tap.ok("GitHub" in outbox.text(outbox.wait(mail, "identity")), "a mail tells the owner")
    actions = [x[0] for x in lab.sql(
        "SELECT action FROM audit_entries WHERE target = 'user:' || (SELECT id FROM users WHERE"
        " email_key = '%s') ORDER BY id" % mail)]
    tap.ok("identity.link" in actions and "session.create" in actions, "the audit tells", actions)
    totp(lab, at, mail)


def totp(lab, at, mail):
    lab.sql("INSERT INTO user_totp (user_id, secret, confirmed_at) SELECT id, '\\x00', now()"
            " FROM users WHERE email_key = '%s'" % mail)
    jar, r = by_github(lab, at, "owner")
    tap.ok(r.location.startswith("/two-factor") and owner_of(lab, jar) is None,
           "the second factor is asked after GitHub too", r.location)
    lab.sql("DELETE FROM user_totp WHERE user_id = (SELECT id FROM users WHERE email_key = '%s')"
            % mail)


def confirming(lab, at):
    """Who has no password proves at the provider to be there."""
    number = lab.rng.randrange(10 ** 8)
    mail, other = mail_of(lab, "confirm"), mail_of(lab, "another")
    at.account("confirm", number, mail)
    at.account("another", number + 1, other)
    jar, r = by_github(lab, at, "confirm")
    where = ("user_sessions SET confirmed_at = now() - interval '1 h' WHERE user_id ="
             " (SELECT id FROM users WHERE email_key = '%s')" % mail)
    fresh = ("SELECT confirmed_at > now() - interval '1 min' FROM user_sessions WHERE user_id ="
             " (SELECT id FROM users WHERE email_key = '%s')" % mail)

    def attempt(login, page=jar):
        lab.sql("UPDATE " + where)
        jar.get("/account/security")
        asked = jar.post("/auth/google/link", jar.form("/auth/google/link"))
        tap.ok(asked.status in (200, 403) and "Confirm with GitHub" in asked.text,
               "an old session is asked to confirm", asked.status)
        go = jar.post("/auth/github/confirm", jar.form("/auth/github/confirm"))
        tap.ok("select_account" in go.headers["refresh"], "the person has to act at GitHub")
        answer = github_code(at, dict(parse(go.headers["refresh"].partition("url=")[2])), login)
        page.cookies.update({k: v for k, v in jar.cookies.items() if "social" in k})
        return callback(page, "github", **answer)

    r = attempt("another")
    tap.ok(says(r, "mismatch"), "another GitHub account confirms nothing", r.location)
    tap.equal(lab.value(fresh), "f", "and the session is as old as before")
    r = attempt("confirm", browser.Browser(lab.url))
    tap.ok(says(r, "stale"), "nor does an answer without the session", r.location)
    r = attempt("confirm")
    tap.equal((r.status, lab.value(fresh)), (303, "t"), "the linked one does")
    jar.get("/account/security")
    go = jar.post("/auth/google/link", jar.form("/auth/google/link"))
    tap.ok("/authorize" in go.headers.get("refresh", ""), "then the act goes on")


def away(lab, at):
    """The provider is down: a sentence, soon, and nobody waits for it."""
    jar, asked = begin(lab, "github")
    at.close()
    began = time.monotonic()
    r = callback(jar, "github", code="x", state=asked["state"])
    tap.ok(says(r, "away") and "does not answer" in jar.get(r.location).text,
           "a provider that is away is said to be", r.location)
    tap.at_most(time.monotonic() - began, 15, "seconds until it is said")


def in_chromium(lab, at):
    number = lab.rng.randrange(10 ** 8)
    names = {k: "%s%d" % (k, number) for k in ("ada", "bea", "gus", "eve")}
    mail = {k: v + "@example.org" for k, v in names.items()}
    at.account(names["ada"], number, mail["ada"])
    at.account(names["bea"], number + 1, mail["bea"])
    at.account(names["eve"], number + 2, mail["eve"])
    local_user(lab, mail["bea"])
    env = dict(os.environ, TM_URL=lab.url, TM_ADA=names["ada"], TM_BEA=names["bea"],
               TM_GUS=names["gus"], TM_EVE=names["eve"], TM_PASSWORD=PASSWORD,
               TIDEMARK_NODE_MODULES=MODULES)
    p = subprocess.run([shutil.which("node"), os.path.join(e2e.HERE, "social", "browser.mjs")],
                       env=env, stdout=subprocess.PIPE, timeout=240)
    for line in p.stdout.decode().splitlines():
        if line.startswith("ok ") or line.startswith("not ok "):
            good, _, name = line.partition(" - ")
            tap.ok(good.startswith("ok"), name)
        else:
            tap.note(line)
    tap.equal(p.returncode, 0, "the browser's run ends well")
    for who in ("ada", "gus"):
        tap.equal(lab.value("SELECT count(*) FROM users u JOIN members m ON m.user_id = u.id"
                            " WHERE u.email_key = '%s' AND u.verified_at IS NOT NULL"
                            " AND u.password_hash IS NULL" % mail[who]), "1",
                  who + " has an account, verified, with a team of its own")


def main():
    lab = e2e.start()
    jar = browser.Browser(lab.url)
    tap.ok("/auth/" not in jar.get("/login").text, "without providers nothing is offered")
    tap.equal(jar.get("/auth/github/redirect", follow=False).status, 404, "nor there")
    at = Providers(lab.url)
    try:
        with lab.settings("web", **at.conf(at.google)):
            in_chromium(lab, at)
        with lab.settings("web", **at.conf(at.hostile)):
            hostile_provider(lab, at)
            swapped(lab, at)
            forget(lab)
            prepared(lab, at)
            owners(lab, at)
            confirming(lab, at)
            unproved(lab, at)
            away(lab, at)
    finally:
        at.close()


tap.run(main)
