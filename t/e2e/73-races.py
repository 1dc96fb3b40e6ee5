#!/usr/bin/env python3
"""What can be used once, used 50 times at once over HTTP: exactly one success
each, and no reply is a failure of ours. Codes and refresh tokens of OAuth 2
are raced in 56-oauth.py, codes of the second factor in 54-two-factor.py,
reset links in 51-accounts.py."""
import json
import os
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e  # noqa: E402
import outbox  # noqa: E402
import tap  # noqa: E402
from accounts import PASSWORD, Accounts  # noqa: E402
from browser import Browser  # noqa: E402

MANY = 50

lab = e2e.start()
users = Accounts(lab)
mark, address, signed_in = users.mark, users.address, users.signed_in


def account(name):
    return users.create(name)[0]


def tabs(b, n=MANY):
    """The same browser n times: one cookie jar each, with the same cookies."""
    copies = [Browser(lab.url) for _ in range(n)]
    for one in copies:
        one.cookies = dict(b.cookies)
    return copies


def race(acts):
    """Each act in a thread of its own, all let go at once; their results."""
    gate, got = threading.Barrier(len(acts)), []

    def go(act):
        gate.wait()
        got.append(act())

    threads = [threading.Thread(target=go, args=(a,)) for a in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return got


def one_success(status, won):
    """One won; the others were refused, not dropped by a failure of ours."""
    return (len(status) >= MANY and sum(won(s) for s in status) == 1 and
            all(s < 500 for s in status))


def check(status, name, won=lambda s: s == 303):
    tap.ok(one_success(status, won), "%d at once: exactly 1 %s" % (len(status), name),
           sorted((s, status.count(s)) for s in set(status)))


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def verify_form(b, path):
    b.get(path)
    return b.form("/verify")


def teams_of(email):
    return lab.value("SELECT count(*) FROM members m JOIN users u ON u.id = m.user_id"
                     " WHERE u.email_key = '%s'" % email)


def registering():
    """One address, registered by 50 at once: one account, one password."""
    email = address("same")
    status = race([lambda b=Browser(lab.url), i=i: b.post("/register", {
        "name": "N%d" % i, "email": email, "password": "password number %d" % i}).status
        for i in range(MANY)])
    tap.ok(set(status) == {303}, "50 registrations of one address are answered alike",
           sorted(set(status)))
    tap.equal(lab.value("SELECT count(*) FROM users WHERE email_key = '%s'" % email), "1",
              "and make one account")


def verifying():
    b, email = Browser(lab.url), address("verify")
    b.post("/register", {"name": "V", "email": email, "password": PASSWORD})
    first = path_of(outbox.link(outbox.wait(email, "verify")))
    form = verify_form(b, first)
    status = race([lambda c=c: c.post("/verify", form).status for c in tabs(b)])
    check(status, "use of a verification link")
    tap.equal(teams_of(email), "1", "and one team of one's own")

    b, email = Browser(lab.url), address("twice")
    b.post("/register", {"name": "V", "email": email, "password": PASSWORD})
    b.post("/verify/resend", {"email": email})
    form = [verify_form(b, path_of(outbox.link(outbox.wait(email, "verify", n))))
            for n in (1, 2)]
    status = race([lambda c=c, f=form[i % 2]: c.post("/verify", f).status
                   for i, c in enumerate(tabs(b))])
    check(status, "use of two links to one account")
    tap.equal(teams_of(email), "1", "and one team again")


def new_address():
    email, other = account("moves"), address("moved")
    b = signed_in(email)
    b.get("/account")
    assert b.post("/account/email", dict(b.form("/account/email"), email=other)).status == 303
    b.get(path_of(outbox.link(outbox.wait(other, "email_confirm"))))
    form = b.form("/account/email/confirm")
    status = race([lambda c=c: c.post("/account/email/confirm", form).status for c in tabs(b)])
    check(status, "change of the mail address")
    tap.equal(lab.value("SELECT count(*) FROM users WHERE email_key = '%s'" % other), "1",
              "which holds")


def one_address():
    """Two accounts want the same address; both links are good."""
    other = address("wanted")
    jars, forms = [signed_in(account("wants")) for _ in range(2)], []
    for b in jars:
        b.get("/account")
        b.post("/account/email", dict(b.form("/account/email"), email=other))
    links = [path_of(outbox.link(outbox.wait(other, "email_confirm", n))) for n in (1, 2)]
    for b in jars:
        for link in links:
            if b.get(link).status == 200:
                forms.append(b.form("/account/email/confirm"))
                break
    pairs = [(c, forms[i]) for i, b in enumerate(jars) for c in tabs(b, MANY // 2)]
    status = race([lambda c=c, f=f: c.post("/account/email/confirm", f).status for c, f in pairs])
    check(status, "of two accounts gets an address")


def invitation():
    owner, guest = account("host"), account("guest")
    team = lab.ctl("team", "create", "--name", "Race " + mark, "--owner", owner)
    b, g = signed_in(owner), signed_in(guest)
    b.get("/t/%s/members" % team["slug"])
    path = "/t/%s/invitations" % team["slug"]
    fields = dict(b.form(path), role="viewer", access="all")
    fields["emails" if "emails" in fields or 'name="emails"' in b.page.text else "email"] = guest
    assert b.post(path, fields).status == 303, b.page.text
    link = path_of(outbox.link(outbox.wait(guest, "invitation")))
    g.get(link)
    form = g.form(link)
    status = race([lambda c=c: c.post(link, form).status for c in tabs(g)])
    check(status, "use of an invitation")
    tap.equal(lab.value("SELECT count(*) FROM members WHERE team_id = '%s'" % team["id"]), "2",
              "and one membership")


def last_owner():
    """Two owners leave, 25 times each: one has to stay."""
    two = [account("first"), account("second")]
    team = lab.ctl("team", "create", "--name", "Leave " + mark, "--owner", two[0])
    lab.ctl("member", "set", "--team", team["slug"], "--email", two[1], "--role", "owner")
    acts = []
    for email in two:
        b = signed_in(email)
        b.get("/account")
        form = {"csrf": b.form("/logout")["csrf"]}
        acts += [lambda c=c, f=form: c.post("/t/%s/leave" % team["slug"], f).status
                 for c in tabs(b, MANY // 2)]
    check(race(acts), "of two owners leaves")
    tap.equal(lab.value("SELECT count(*) FROM members WHERE team_id = '%s' AND role = 'owner'"
                        % team["id"]), "1", "the team keeps one")


def programs():
    """The token of /api/auth/login, exchanged."""
    email = account("program")
    got = e2e.call_json(lab, "POST", "/api/auth/login",
                        body={"email": email, "password": PASSWORD})[2]
    token = got["token"]
    status = race([lambda: e2e.call(lab, "POST", "/api/auth/refresh", token, b"")[0]] * MANY)
    check(status, "exchange of an access token", lambda s: s == 200)
    got = e2e.call_json(lab, "POST", "/api/auth/login",
                        body={"email": email, "password": PASSWORD})[2]
    body = json.dumps({"refresh_token": got["refresh_token"]}).encode()
    status = race([lambda: e2e.call(lab, "POST", "/api/auth/refresh", None, body)[0]] * MANY)
    check(status, "exchange of a refresh token", lambda s: s == 200)


def controls():
    """What may be done often is done often: the check would see it."""
    b = signed_in(account("often"))
    b.get("/account")
    form = dict(b.form("/account"), name="Often")
    status = race([lambda c=c: c.post("/account", form).status for c in tabs(b)])
    tap.must_fail(one_success(status, lambda s: s == 303), "50 changes of a name, all good")
    tap.must_fail(one_success([303] + [503] * (MANY - 1), lambda s: s == 303),
                  "one success among failures of ours")


def main():
    lab.sql("DELETE FROM login_attempts")
    registering()
    verifying()
    new_address()
    one_address()
    invitation()
    lab.sql("DELETE FROM login_attempts")
    last_owner()
    programs()
    controls()


if __name__ == "__main__":
    tap.run(main)
