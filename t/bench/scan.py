#!/usr/bin/env python3
"""scan: other people's scanners over the running stack, signed in as an
administrator: sqlmap on the endpoints with the most parameters, wapiti over
the pages, testssl against the shipped site file. Prints findings (goal: 0),
the grade, and what was not finished in the time given.

  SCAN_SECONDS   for each tool at most (600)
"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", f) for f in ("e2e", "lib", "chaos")]
import e2e  # noqa: E402
import worlds  # noqa: E402

SECONDS = int(os.environ.get("SCAN_SECONDS", "600"))
MODULES = "xss,sql,crlf,redirect,csp,cookieflags,ssrf"
NOT_RUN = []


def run(command, seconds, **more):
    """(output, whether it came to its end)."""
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **more)
        try:
            p.wait(seconds)
            ended = True
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            ended = False
        out.seek(0)
        return out.read().decode("utf-8", "replace"), ended


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def endpoints(w):
    """(name, path with its query, form or None, with the session?)"""
    team = "/t/" + w.slug
    page = "%s/p/%s/prod" % (team, w.ids["project"])
    api = "/api/v1/projects/%s" % w.ids["project_id"]
    window = "range=7d&tz=UTC&f=name%3Ais%3Ax&compare=previous"
    return [
        ("events", page + "/events?" + window, None, True),
        ("overview", page + "/overview?" + window, None, True),
        ("sessions", page + "/sessions?" + window, None, True),
        ("audit", team + "/audit?actor=x&action=key.&target=x&text=x"
         "&from=2026-01-01&to=2026-12-31", None, True),
        ("API events", api + "/events?env=prod&limit=5&" + window, None, False),
        ("API overview", api + "/metrics/overview?env=prod&" + window, None, False),
        ("rename a user", "/account", {"name": "x"}, True),
        ("sign in", "/login", {"email": "x@example.org", "password": "x", "next": "/"}, None),
        ("team name", team + "/settings/name", {"name": "x"}, True),
    ]


def sqlmap(lab, w, folder):
    user, found, end = w.users["owner"], [], time.monotonic() + SECONDS
    todo = endpoints(w)
    for i, (name, path, form, session) in enumerate(todo):
        left = (end - time.monotonic()) / (len(todo) - i)
        command = ["sqlmap", "-u", lab.url + path, "--batch", "--level", "3", "--risk", "2",
                   "--dbms", "PostgreSQL", "--flush-session", "--disable-coloring",
                   "--timeout", "20", "--retries", "1", "--threads", "2", "--output-dir",
                   os.path.join(folder, "sqlmap"), "--ignore-code", "*"]
        if session:
            command += ["--cookie", "tm_session=" + user.cookie, "--skip", "tm_session"]
        elif session is False:
            command += ["--headers", "Authorization: Bearer " + user.pat]
        if form is not None:
            fields = dict(form, csrf=user.csrf() if session else "")
            command += ["--data", "&".join("%s=%s" % kv for kv in fields.items()),
                        "--headers", "Sec-Fetch-Site: same-origin", "--skip", "csrf"]
        text, ended = run(command, max(20, left))
        if "identified the following injection point" in text:
            found.append("sqlmap, %s: %s" % (name, text[-1500:]))
        if not ended or "do not appear to be injectable" not in text:
            NOT_RUN.append("sqlmap, %s: not all of its tests: %s" % (
                name, "time" if not ended else " ".join(text.split())[-200:]))
        print("sqlmap   %-16s %s" % (name, "finding" if found else "0 findings"), flush=True)
    return found


def wapiti(lab, w, folder):
    """By TLS, with the cookies of a production site."""
    user, report = w.users["owner"], os.path.join(folder, "wapiti.json")
    base = "https://127.0.0.1:%d" % https_port(lab)
    command = ["wapiti", "-u", base + "/t/" + w.slug + "/projects", "--scope", "domain", "-m", MODULES,
               "-H", "Cookie: __Host-tm_session=" + user.cookie, "--verify-ssl", "0",
               "--max-scan-time", str(max(60, SECONDS - 60)), "--max-attack-time",
               str(SECONDS // 5), "--max-links-per-page", "40", "-d", "4", "-f", "json", "-o", report,
               "--flush-session", "--store-session", folder, "--no-bugreport", "-S", "normal"]
    for leaf in ("/logout", "/account/delete", "/account/sessions/end-others",
                 "/t/%s/delete" % w.slug, "/t/%s/leave" % w.slug):
        command += ["-x", base + leaf]
    # wapiti 3.0 writes the flags of -x at the end, where Python 3.11 wants none
    with open(os.path.join(folder, "sitecustomize.py"), "w", encoding="utf-8") as f:
        f.write("import re\nbefore = re.compile\n"
                "def compile(p, flags=0):\n"
                "    m = isinstance(p, str) and before(r'(.*)(\\(\\?[a-z]+\\))', 16).fullmatch(p)\n"
                "    return before(m.group(2) + m.group(1) if m else p, flags)\n"
                "re.compile = compile\n")
    text, ended = run(command, SECONDS, env=dict(os.environ, PYTHONPATH=folder))
    if not ended or not os.path.exists(report):
        NOT_RUN.append("wapiti: %s" % ("time" if not ended else "it failed"))
        return [] if not ended else ["wapiti failed: " + text[-600:]]
    with open(report, encoding="utf-8") as f:
        told = json.load(f)
    found = ["wapiti, %s: %s %s" % (kind, v.get("path"), v.get("info"))
             for kind, rows in told["vulnerabilities"].items() for v in rows]
    anomalies = sum(len(rows) for rows in told["anomalies"].values())
    print("wapiti   %d findings, %d anomalies" % (len(found), anomalies), flush=True)
    for kind, rows in told["anomalies"].items():
        for v in rows[:5]:
            print("         anomaly: %s %s %s" % (kind, v.get("path"), v.get("info")))
    return found


def https_port(lab):
    with open(os.path.join(state_of(lab), "nginx", "dev.conf"), encoding="utf-8") as f:
        return int(re.search(r"listen 127\.0\.0\.1:(\d+) ssl", f.read()).group(1))


def state_of(lab):
    state = os.path.realpath(os.path.join(lab.var, "state"))
    return state if os.path.isdir(state) else lab.var


def site(lab, folder):
    """The shipped site file, with ports and certificate of our own."""
    ports = {"443": free_port(), "80": free_port(), "9080": free_port()}
    source = os.path.join(state_of(lab), "install", "share", "tidemark", "nginx")
    conf = os.path.join(folder, "conf")
    shutil.copytree(source, conf)
    for name in os.listdir(conf):
        path = os.path.join(conf, name)
        with open(path, encoding="utf-8") as f:
            text = f.read().replace(source, conf)
        text = re.sub(r"unix:/run/tidemark(?=/)", "unix:" + os.path.join(state_of(lab), "run"), text)
        if name == "site.conf":
            text = re.sub(r"^\s*listen \[::.*$", "", text, flags=re.M)
            text = re.sub(r"listen (?:127\.0\.0\.1:)?(443|80|9080)\b",
                          lambda m: "listen 127.0.0.1:%d" % ports[m.group(1)], text)
            text = re.sub(r"/etc/letsencrypt/live/tidemark.example/(\w+)\.pem",
                          folder + r"/\1.pem", text)
            text = text.replace("/var/log/nginx", folder).replace("/var/www/html", folder)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    main = os.path.join(folder, "nginx.conf")
    with open(main, "w", encoding="utf-8") as f:
        f.write("daemon off; pid %s/pid; events {}\nhttp { include %s/site.conf; }\n"
                % (folder, conf))
    return main, ports["443"]


def certificate(folder):
    """A name of our own signed by an authority of our own."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "80",
            "-subj", "/CN=Scan")
    openssl("req", *new, "-keyout", "privkey.pem", "-out", "csr.pem", "-subj", "/CN=tidemark.example")
    with open(os.path.join(folder, "ext"), "w", encoding="utf-8") as f:
        f.write("subjectAltName=DNS:tidemark.example\nextendedKeyUsage=serverAuth\n"
                "keyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "80", "-extfile", "ext", "-out", "leaf.pem")
    with open(os.path.join(folder, "fullchain.pem"), "wb") as out:
        for name in ("leaf.pem", "ca.pem"):
            with open(os.path.join(folder, name), "rb") as f:
                out.write(f.read())


# About the authority of the test, which a public one replaces.
OURS = ("cert_trust", "cert_chain_of_trust", "cert_crlDistributionPoints", "cert_ocspURL",
        "cert_revocation", "OCSP_stapling", "DNS_CAArecord", "certificate_transparency",
        "cert_certificatePolicies_EV", "cert_validityPeriod", "cert_mustStapleExtension",
        "cert_subjectAltName", "cert_notAfter")


def testssl(lab, folder):
    certificate(folder)
    main, port = site(lab, folder)
    report = os.path.join(folder, "testssl.json")
    nginx = subprocess.Popen(["nginx", "-c", main, "-e", folder + "/error.log"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        text, ended = run(["testssl", "--quiet", "--color", "0", "--ip", "127.0.0.1", "--nodns", "min",
                           "--add-ca", folder + "/ca.pem", "--jsonfile", report,
                           "tidemark.example:%d" % port], SECONDS)
    finally:
        nginx.terminate()
        nginx.wait()
    if not ended or not os.path.exists(report):
        NOT_RUN.append("testssl: %s" % ("time" if not ended else "it failed"))
        return [] if not ended else ["testssl failed: " + text[-800:]]
    with open(report, encoding="utf-8") as f:
        rows = json.load(f)
    bad = ["testssl, %s (%s): %s" % (r["id"], r["severity"], r["finding"]) for r in rows
           if r["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")
           and not r["id"].startswith(OURS)]
    told = {r["id"]: r["finding"] for r in rows}
    for name in ("TLS1_2", "TLS1_3"):
        if not told.get(name, "").startswith("offered"):
            bad.append("testssl, %s: %s" % (name, told.get(name)))
    grade = told.get("overall_grade")
    if grade is None and not bad:  # testssl 3.0 gives none; by the SSL Labs guide:
        # nothing weak, only 1.2 and 1.3, AEAD ciphers with 128 bits or more
        grade = "A+" if "365 days" in told.get("HSTS_time", "") else "A"
    print("testssl  %d checks, %d weaknesses, grade %s; TLS 1.0 %s, 1.1 %s, 1.2 %s, 1.3 %s; HSTS %s" % (
        len(rows), len(bad), grade or "not given",
        *[told.get(k, "?") for k in ("TLS1", "TLS1_1", "TLS1_2", "TLS1_3", "HSTS_time")]), flush=True)
    for r in rows:
        if r["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL") and r["id"].startswith(OURS):
            print("         of the test's own authority: %s" % r["id"])
    if told.get("overall_grade", "A")[:1] not in "AMT":  # M, T: the test's own authority
        bad.append("testssl: grade " + grade)
    return bad


def main():
    lab = e2e.start()
    folder = tempfile.mkdtemp(prefix="tidemark-scan.")
    only = os.environ.get("SCAN_TOOLS", "testssl sqlmap wapiti").split()
    found = []
    try:
        w = worlds.make(lab, 1)
        worlds.fill(lab, w)
        lab.drain()
        if "testssl" in only:
            found += testssl(lab, folder)
        if "sqlmap" in only:
            found += sqlmap(lab, w, folder)
        if "wapiti" in only:
            url = "https://127.0.0.1:%d" % https_port(lab)
            with lab.settings("web", TIDEMARK_COOKIE_SECURE="true", TIDEMARK_PUBLIC_URL=url):
                found += wapiti(lab, w, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for tool in ("testssl", "sqlmap", "wapiti"):
        if tool not in only:
            NOT_RUN.append(tool)
    for line in NOT_RUN:
        print("not run: " + line)
    for line in found:
        print("FINDING  " + line)
    print("%d findings" % len(found))
    return 1 if found else 0


sys.exit(main())
