#!/usr/bin/python3
"""Mails: from a form to the outbox within a second; through a real SMTP
server with STARTTLS and AUTH, one that is busy, one that refuses, one that is
down; the outbox page open and closed; no Host header reaches a link."""
# alone: it measures seconds from a form to the outbox
import contextlib
import email
import email.policy
import http.client
import json
import logging
import os
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e
import outbox
import tap

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

warnings.simplefilter("ignore")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
HERE = tempfile.mkdtemp(prefix="tidemark-mail-")
USER, PASSWORD = b"tidemark", b"a b\xc3\xa4c"
MARK = "m%d" % os.getpid()


def address(name):
    return "%s-%s@example.net" % (MARK, name)


# --- requests --------------------------------------------------------------
def request(lab, method, path, form=None, headers=()):
    """(status, headers, body); headers replace ours, Host too."""
    c = http.client.HTTPConnection(lab.host, lab.port, timeout=20)
    body = urllib.parse.urlencode(form) if form is not None else None
    head = {"Sec-Fetch-Site": "same-origin"}
    if form is not None:
        head["Content-Type"] = "application/x-www-form-urlencoded"
    head.update(headers)
    c.request(method, path, body, head)
    r = c.getresponse()
    got = {}
    for k, v in r.getheaders():
        got[k.lower()] = got[k.lower()] + "\n" + v if k.lower() in got else v
    return r.status, got, r.read()


def forgot(lab, to, headers=()):
    """The shortest way from a form to a mail."""
    status, _, _ = request(lab, "POST", "/forgot", {"email": to}, headers)
    if status != 303:
        raise AssertionError("POST /forgot: %d" % status)


# --- the outbox ------------------------------------------------------------
def only_ours(m, url):
    """Does every address in both parts lead to this server?"""
    found = re.findall(r"[a-z]+://[^\s\"'<>]+",
                       outbox.text(m) + outbox.html(m))
    return bool(found) and all(f == url or f.startswith(url + "/")
                               for f in found) and \
        "evil.example" not in m.as_string()


def to_outbox(lab):
    took = []
    for i in range(5):
        to = address("soon%d" % i)
        begin = time.monotonic()
        forgot(lab, to)
        outbox.wait(to)
        took.append(time.monotonic() - begin)
    tap.at_most(statistics.median(took), 1.5, "seconds from the form to the outbox, median of 5")
    m = outbox.wait(address("soon0"))
    tap.equal((m["X-Tidemark-Kind"], m["Subject"]),
              ("no_account", "There is no account with this address"),
              "the mail of an unknown address")
    tap.equal(m.get_content_type(), "multipart/alternative", "two parts")
    tap.equal([p.get_content_type() for p in m.iter_parts()],
              ["text/plain", "text/html"], "text first, HTML last")
    tap.equal(outbox.link(m), lab.url + "/register", "the link of the text")
    tap.ok(outbox.link(m) in outbox.html(m), "the HTML has the same link")
    tap.equal(m["Auto-Submitted"], "auto-generated", "marked as automatic")
    tap.ok(m.defects == [] and all(p.defects == [] for p in m.walk()),
           "Python's parser finds no defect")
    path = os.path.join(outbox.folder(), m.file)
    with open(path, "rb") as f:
        raw = f.read()
    tap.at_most(max(len(line) for line in raw.split(b"\r\n")), 78, "longest line")
    tap.equal(raw.replace(b"\r\n", b"").count(b"\n"), 0, "no bare line feed")
    tap.equal(os.stat(path).st_mode & 0o777, 0o640, "mode of the file")


def host_header(lab):
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example",
            "Forwarded": "host=evil.example", "Origin": lab.url}
    to = address("host")
    forgot(lab, to, evil)
    m = outbox.wait(to)
    tap.ok(only_ours(m, lab.url), "a Host header of somebody else's reaches no link")
    text = m.as_string().replace(lab.url, "http://evil.example")
    bad = email.message_from_string(text, policy=email.policy.default)
    tap.must_fail(only_ours(bad, lab.url), "links that follow the Host header")
    status, _, _ = request(lab, "POST", "/forgot", {
        "email": "a@example.net\r\nBcc: %s" % address("bcc")})
    tap.equal(status, 422, "an address with a line break is refused")
    tap.equal(outbox.mails(address("bcc")), [], "and nobody else gets a mail")


def pages_open(lab):
    m = outbox.wait(address("soon1"))
    path = "/system/outbox/" + m.file[:-4]
    status, head, body = request(lab, "GET", "/system/outbox")
    tap.ok(status == 200 and path.encode() in body and
           address("soon1").encode() in body, "the outbox lists the mail")
    tap.equal(head["cache-control"], "no-store", "it is kept nowhere")
    status, _, body = request(lab, "GET", path)
    tap.ok(status == 200 and ('<a href="%s/register">' % lab.url).encode() in body,
           "one mail, its link alive")
    status, head, body = request(lab, "GET", path + "/html")
    tap.ok(status == 200 and b"<h1" in body, "its HTML part")
    policy = head["content-security-policy"]
    tap.ok("default-src 'none'" in policy and "sandbox" in policy and
           "allow-scripts" not in policy and "allow-same-origin" not in policy,
           "under a policy without scripts and without an origin")
    for bad in ("/system/outbox/..%2f..%2fconf%2fweb.conf",
                "/system/outbox/%2e%2e", "/system/outbox/" + m.file,
                "/system/outbox/" + m.file[:-4].upper(), path + "/html/x",
                "/system/outbox/01970000-0000-7000-8000-000000000000"):
        status, _, _ = request(lab, "GET", bad)
        tap.ok(status == 404, "404 for " + bad.replace(m.file[:-4], "ID"), status)


def state(lab):
    var = os.path.join(lab.var, "state")
    return os.path.realpath(var) if os.path.islink(var) else lab.var


@contextlib.contextmanager
def web_with(lab, *lines):
    """The pages with further settings."""
    path = os.path.join(state(lab), "conf", "web.conf")
    with open(path) as f:
        before = f.read()
    owner = os.stat(path)
    try:
        names = tuple(line.split("=")[0] + "=" for line in lines)
        kept = [b for b in before.splitlines() if not b.startswith(names)]
        with open(path, "w") as f:
            f.write("".join(line + "\n" for line in kept + list(lines)))
        lab.dev("kill", "web")
        lab.bring_back("web")
        lab.wait_ready()
        yield
    finally:
        with open(path, "w") as f:
            f.write(before)
        os.chown(path, owner.st_uid, owner.st_gid)
        lab.dev("kill", "web")
        lab.bring_back("web")
        lab.wait_ready()


def sign_in(lab, email, password):
    _, head, _ = request(lab, "POST", "/login",
                         {"email": email, "password": password})
    m = re.search(r"((?:__Host-)?tm_session=[^;]+)", head.get("set-cookie", ""))
    if m is None:
        raise AssertionError("no session for " + email)
    return {"Cookie": m.group(1)}


def without_ids(body):
    """A page without what differs between two requests."""
    body = re.sub(rb"[0-9a-f]{16,}|[0-9a-f-]{36}", b"ID", body)
    body = re.sub(rb"\d\d? [A-Z][a-z]{2} \d{4}, [\d:]{8}", b"TIME", body)
    return re.sub(rb"/system/[^\"'< ]*", b"PATH", body)


def pages_closed(lab):
    m = outbox.wait(address("soon1"))
    paths = ["/system/outbox", "/system/outbox/" + m.file[:-4],
             "/system/outbox/" + m.file[:-4] + "/html"]
    password = b"correct horse battery"
    admin, user = address("admin"), address("user")
    for email, flags in ((admin, ["--system-admin"]), (user, [])):
        lab.ctl("user", "create", "--email", email, "--verified",
                "--password-stdin", *flags, data=password + b"\n")
    with web_with(lab, "TIDEMARK_OUTBOX_SHOWN=false"):
        admin_in = sign_in(lab, admin, password)
        user_in = sign_in(lab, user, password)
        for who, head in (("nobody", {}), ("a user", user_in)):
            want = request(lab, "GET", "/system/nothing-here", headers=head)
            for path in paths:
                got = request(lab, "GET", path, headers=head)
                tap.ok(got[0] == want[0] == 404 and
                       without_ids(got[2]) == without_ids(want[2]) and
                       sorted(got[1]) == sorted(want[1]),
                       "%s sees the 404 of a missing page: %s" % (
                           who, path.replace(m.file[:-4], "ID")), got[0])
        tap.equal([request(lab, "GET", p, headers=admin_in)[0] for p in paths],
                  [200, 200, 200], "a system administrator sees it")
    with web_with(lab, "TIDEMARK_MAIL_URL=smtp://localhost:25",
                  "TIDEMARK_OUTBOX_SHOWN=true"):
        for who, head in (("nobody", {}), ("an administrator", admin_in)):
            tap.equal([request(lab, "GET", p, headers=head)[0] for p in paths],
                      [404] * 3, "with a mail server there is no outbox for " + who)
    tap.equal(request(lab, "GET", paths[1])[0], 200, "open again")


# --- a mail server ---------------------------------------------------------
class Handler:
    """Keeps what it is given; answers may be queued for RCPT and DATA."""

    def __init__(self):
        self.got, self.rcpt, self.data, self.said = [], [], [], []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.said.append("tls" if session.ssl else "plain")
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, to, options):
        answer = self.rcpt.pop(0) if self.rcpt else "250 fine"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.data.pop(0) if self.data else "250 taken"
        if answer.startswith("250"):
            self.got.append((envelope.mail_from, list(envelope.rcpt_tos),
                             envelope.content, session.ssl is not None,
                             session.authenticated))
        return answer


def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=good, handled=good)


def certificate():
    key, crt = os.path.join(HERE, "key"), os.path.join(HERE, "crt")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", crt], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    return context, crt


@contextlib.contextmanager
def server(port, tls=None, auth=True):
    handler = Handler()
    more = dict(tls_context=tls, require_starttls=True) if tls else {}
    if auth:
        more.update(authenticator=authenticate, auth_required=True)
    c = Controller(handler, hostname="127.0.0.1", port=port, **more)
    c.start()
    try:
        yield handler
    finally:
        c.stop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def settings(lab, program, port, crt, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK_")}
    env.update({
        "TIDEMARK_CONF": os.path.join(state(lab), "conf", program + ".conf"),
        "TIDEMARK_MAIL_URL": "smtp://localhost:%d" % port,
        "TIDEMARK_MAIL_CA_FILE": crt, "TIDEMARK_MAIL_USER": USER.decode(),
        "TIDEMARK_MAIL_PASSWORD": PASSWORD.decode(),
        "TIDEMARK_MAIL_FROM": "Tidemark <tidemark@example.com>"})
    env.update({"TIDEMARK_" + k: v for k, v in more.items()})
    return env


def ctl_test(lab, to, env):
    p = subprocess.run([os.path.join(state(lab), "install/bin/tidemarkctl"),
                        "--format", "json", "mail", "test", "--to", to],
                       env=env, capture_output=True, text=True, timeout=90)
    return p.returncode, p.stdout, p.stderr


def by_hand(lab, tls, crt):
    """tidemarkctl mail test: the transport alone."""
    port, to = free_port(), address("hand")
    env = settings(lab, "ctl", port, crt)
    with server(port, tls) as h:
        code, out, err = ctl_test(lab, to, env)
        tap.ok(code == 0 and json.loads(out)["to"] == to, "mail test", err)
        tap.equal(len(h.got), 1, "the server has one mail")
        mail_from, rcpt, content, was_tls, known = h.got[0]
        tap.equal((mail_from, rcpt), ("tidemark@example.com", [to]), "the envelope")
        tap.ok(was_tls and known, "over TLS, signed in")
        tap.equal(h.said[-1], "tls", "and greeted again after STARTTLS")
        tap.ok(b"Subject: Test mail from Tidemark\r\n" in content, "the message")
        code, _, err = ctl_test(lab, to, dict(env, TIDEMARK_MAIL_PASSWORD="no"))
        tap.ok(code == 75 and len(h.got) == 1, "a wrong password", err)
        tap.ok("no" not in re.findall(r"\b\w+\b", err) and PASSWORD.decode() not in err,
               "the failure does not show the password", err)
        code, _, err = ctl_test(lab, to, dict(env, TIDEMARK_MAIL_CA_FILE=""))
        tap.ok(code == 75 and len(h.got) == 1 and "ertificate" in err,
               "a certificate of nobody's", err)
        code, _, err = ctl_test(lab, to + "\r\nRCPT TO:<x@example.net>", env)
        tap.ok(code == 64 and len(h.got) == 1, "an address with a command in it", err)
    with server(port, None, auth=False) as h:
        plain = {k: v for k, v in env.items() if not k.endswith(("USER", "PASSWORD"))}
        code, _, err = ctl_test(lab, to, plain)
        tap.ok(code == 75 and h.got == [], "a server without STARTTLS gets nothing", err)
        code, _, err = ctl_test(lab, to, dict(plain, TIDEMARK_MAIL_TLS="off"))
        tap.ok(code == 0 and len(h.got) == 1, "unless MAIL_TLS says off", err)
    code, _, err = ctl_test(lab, to, env)
    tap.ok(code == 75 and "onnect" in err, "a server that is down", err)
    for bad in ("http://localhost", "file:///tmp/x", "smtp:localhost", "outbox"):
        code, _, err = ctl_test(lab, to, dict(env, TIDEMARK_MAIL_URL=bad))
        tap.equal(code, 78, "MAIL_URL=%s is no way" % bad)


@contextlib.contextmanager
def sender(lab, env):
    p = subprocess.Popen([os.path.join(state(lab), "install/libexec/tidemark-consumer"),
                          "--mail-only"], env=env, stderr=subprocess.DEVNULL)
    try:
        yield p
    finally:
        p.terminate()
        p.wait(20)


def rows(lab, ids):
    return [m for m in lab.ctl("mail", "list", "--all") if m["id"] not in ids]


def through_smtp(lab, tls, crt):
    """The whole way, with a sender of our own instead of the consumers."""
    port = free_port()
    env = settings(lab, "consumer", port, crt)
    old = {m["id"] for m in lab.ctl("mail", "list", "--all")}
    with lab.stopped("consumer"), sender(lab, env), sender(lab, env):
        forgot(lab, address("down"))
        e2e.until(30, lambda: rows(lab, old) and rows(lab, old)[0]["attempts"] > 0)
        m = rows(lab, old)[0]
        tap.ok(m["state"] == "waiting" and m["attempts"] >= 1 and "onnect" in m["error"],
               "while the server is down the mail waits, and says why", m)
        with server(port, tls) as h:
            h.data.append("451 busy, come back")
            lab.ctl("mail", "retry", m["id"])
            e2e.until(30, lambda: "451" in rows(lab, old)[0]["error"])
            m = rows(lab, old)[0]
            tap.ok(m["state"] == "waiting" and "451" in m["error"] and h.got == [],
                   "a server that is busy: the mail waits", m)
            lab.ctl("mail", "retry", "--all")
            e2e.until(30, lambda: h.got)
            tap.equal([g[1] for g in h.got], [[address("down")]], "then it arrives")
            tap.ok(e2e.until(30, lambda: rows(lab, old)[0]["state"] == "sent") is not None,
                   "and is marked as sent")
            tap.equal(lab.value("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL"
                                " AND sealed IS NOT NULL"), "0", "no sent mail keeps its content")
            h.rcpt.append("550 no such user")
            forgot(lab, address("gone"))
            e2e.until(30, lambda: any(r["state"] == "given up" for r in rows(lab, old)))
            m = [r for r in rows(lab, old) if r["state"] == "given up"]
            tap.ok(len(m) == 1 and m[0]["attempts"] == 1 and "550" in m[0]["error"],
                   "an address that does not exist is given up at once", m)
            for i in range(12):
                forgot(lab, address("many%d" % i))
            e2e.until(30, lambda: len(h.got) >= 13)
            time.sleep(1)
            tap.equal(sorted(g[1][0] for g in h.got[1:]),
                      sorted(address("many%d" % i) for i in range(12)),
                      "two senders, twelve mails, each once")
            content = h.got[-1][2]
            tap.ok(b"\r\nContent-Type: multipart/alternative;" in content and
                   b"\n." not in content, "what arrives is what was written")
        lab.sql("DELETE FROM mails WHERE sent_at IS NULL")


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(c) for c in f.read().split()]


def silent_server(lab, crt):
    """A mail server that takes the connection and says nothing: ingest does
    not wait for it, and a consumer that ends leaves no child behind."""
    tenant = lab.tenant("mail")
    with socket.socket() as s, lab.stopped("consumer"):
        s.bind(("127.0.0.1", 0))
        s.listen(16)
        s.settimeout(20)
        env = settings(lab, "consumer", s.getsockname()[1], crt)
        for i, end in enumerate(("terminate", "kill")):
            p = subprocess.Popen(
                [os.path.join(state(lab), "install/libexec/tidemark-consumer"),
                 "--index", "7%d" % i], env=env, stderr=subprocess.DEVNULL)
            forgot(lab, address("silent%d" % i))
            held = s.accept()[0]
            sending = children(p.pid)
            tap.equal(len(sending), 1, "one child talks to the mail server")
            status, _, _ = e2e.call_json(lab, "POST", "/api/v1/events", tenant.key,
                                         {"name": "hello", "user_id": "me",
                                          "timestamp": e2e.stamp(1)})
            begin = time.monotonic()
            tap.ok(status == 202 and lab.drain(20), "ingest goes on", status)
            tap.at_most(time.monotonic() - begin, 15, "seconds until it is stored")
            getattr(p, end)()
            begin = time.monotonic()
            p.wait(30)
            tap.at_most(time.monotonic() - begin, 6, "seconds to end (%s)" % end)
            gone = e2e.until(30, lambda: not os.path.exists("/proc/%d" % sending[0]))
            tap.ok(gone is not None, "the child ends with it (%s)" % end)
            held.close()
            lab.sql("DELETE FROM mails WHERE sent_at IS NULL")


def main():
    lab = e2e.start()
    to_outbox(lab)
    host_header(lab)
    pages_open(lab)
    tls, crt = certificate()
    by_hand(lab, tls, crt)
    through_smtp(lab, tls, crt)
    silent_server(lab, crt)
    pages_closed(lab)
    forgot(lab, address("after"))
    tap.ok(outbox.wait(address("after")), "the stack writes into its outbox again")
    status, _, body = e2e.call(lab, "GET", "/metrics", base=lab.admin_url)
    tap.ok(status == 200 and b"tidemark_mails_sent_total" in body and
           b"tidemark_mail_oldest_ms" in body, "/metrics counts mails")
    doctor = {r["check"]: r for r in lab.ctl("doctor")}
    tap.ok(doctor["mail"]["seen"].startswith("outbox: "), "doctor looks at mails",
           doctor["mail"])


if __name__ == "__main__":
    tap.run(main)
