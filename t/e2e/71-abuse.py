#!/usr/bin/env python3
"""Abuse: security headers on every reply, nginx's own errors among them
(S12); forged forms and GETs that must change nothing (S7); redirects and
Host headers that lead elsewhere; revocation at the next request (S3). The
lists come from the route table of the program; each check has its control."""
# takes: 46 s
import collections
import http.client
import json
import os
import re
import signal
import socket
import ssl
import time
import urllib.parse
import warnings
from concurrent.futures import ThreadPoolExecutor

import e2e
import isolation
import worlds
from e2e import tap

POLICY = {
    "x-content-type-options": r"nosniff",
    "referrer-policy": r"same-origin|no-referrer",
    "cross-origin-opener-policy": r"same-origin",
    "cross-origin-resource-policy": r"same-origin",
    "permissions-policy": r".*camera=\(\).*",
    "content-security-policy": r"default-src 'none';.*",
}
HSTS = r"max-age=(3153600\d|[4-9]\d{7,}); includeSubDomains"
# What a GET may leave behind, by name. The audit and the adoption ledger tell
# of reading; the other
# tables are telemetry, marks of jobs, and the throttle of sign-in.
MAY = ("audit_entries audit_heads audit_marks system_state login_attempts"
       " schema_migrations product_usage_events").split()
TELEMETRY = ("activity_fill activity_hours batches block_chunks block_marks client_reports contexts crashes"
             " crash_days crash_regroup day_chunks day_members devices env_counters events"
             " namespaces partition_lines person_alias person_ids"
             " person_properties persons property_changes release_days releases rollup_counts"
             " seen sessions trace_days trace_digests traces"
             " pipeline_counts seq_arrivals seq_gaps seq_runs session_waits"
             " plan_events plan_marks plan_properties team_usage usage_warnings"
             " queue_minutes job_runs alarms alarm_events retention_drops"
             " retention_removed retention_sizes retention_sweep retention_turns"
             " product_usage_events adoption_days").split()
# Stamps of being seen, and nothing else of the row.
STAMPS = {"user_sessions": "seen_at remote_addr user_agent",
          "access_tokens": "last_used_at", "project_keys": "last_seen_at",
          "users": "last_sign_in_at", "environments": "first_event_at rollup_hours_to rollup_days_to"
                   " activity_from",
          "oauth_grants": "used_at"}
# A secret that was shown and not confirmed is a draft: sign-in ignores it.
ONLY = {"user_totp": "confirmed_at IS NOT NULL"}


def header_faults(headers, tls):
    """What is wrong with one reply's headers."""
    faults, seen = [], {}
    for name, value in headers:
        if name.lower() in seen and name.lower() in POLICY:
            faults.append("twice: " + name)
        seen[name.lower()] = value
    for name, pattern in POLICY.items():
        if not re.fullmatch(pattern, seen.get(name, "")):
            faults.append("%s: %r" % (name, seen.get(name)))
    policy = seen.get("content-security-policy", "")
    for part in ("frame-ancestors 'none'", "base-uri 'none'", "form-action"):
        if part not in policy and "sandbox" not in policy:
            faults.append("policy without " + part)
    if "unsafe" in policy or "*" in policy:
        faults.append("policy: " + policy)
    hsts = seen.get("strict-transport-security")
    if bool(hsts) != tls or (hsts and not re.fullmatch(HSTS, hsts)):
        faults.append("hsts over %s: %r" % ("TLS" if tls else "HTTP", hsts))
    if "server" in seen and "/" in seen["server"]:
        faults.append("names its version: " + seen["server"])
    return faults


def raw(lab, text, tls=False):
    """(status, headers) of bytes sent as they are."""
    port = int(os.environ.get("TIDEMARK_HTTPS_PORT", 0)) or https_port(lab)
    s = socket.create_connection((lab.host, port if tls else lab.port), 20)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        s = context.wrap_socket(s, server_hostname="localhost")
    with s:
        s.sendall(text)
        data = b""
        while b"\r\n\r\n" not in data:
            got = s.recv(65536)
            if not got:
                break
            data += got
    lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
    return int(lines[0].split()[1]) if data else 0, headers


def https_port(lab):
    conf = os.path.join(lab.var, "nginx", "dev.conf")
    with open(conf, encoding="utf-8") as f:
        return int(re.search(r"listen 127\.0\.0\.1:(\d+) ssl", f.read()).group(1))


def get(path, *headers, method="GET"):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: localhost",
             "Connection: close"] + list(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def own_errors(lab):
    """nginx's own replies, over HTTP and TLS."""
    large = "Content-Length: 99999999"
    asked = [
        ("a file", get("/static/app.css"), (200,)),
        ("a file that is not there", get("/static/nothing.css"), (404,)),
        ("a folder", get("/static/"), (404,)),
        ("a file posted to", get("/static/app.css", method="POST"), (404, 405)),
        ("a range beyond the end",
         get("/static/app.css", "Range: bytes=99999999-"), (416, 200)),
        ("a file unchanged", get("/static/app.css", "If-None-Match: *"), (304, 200)),
        ("a malformed request", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", (400,)),
        ("a header too large", get("/login", "X-A: " + "a" * 40000), (400,)),
        ("an address too long", get("/" + "a" * 40000), (414, 400)),
        ("a page body too large", get("/login", large, method="POST"), (413,)),
        ("an API body too large", get("/api/v1/projects", large, method="POST"), (413,)),
        ("a batch too large", get("/api/v1/ingest/batch", large, method="POST"), (413,)),
        ("TRACE", get("/", method="TRACE"), (405,)),
        ("a page", get("/login"), (200,)),
        ("an unknown page", get("/nothing"), (404, 303)),
        ("an unknown API", get("/api/v1/nothing"), (404,)),
        ("another method", get("/login", method="DELETE"), (405,)),
        ("a redirect", get("/"), (303,)),
    ]
    wrong = []
    for tls in (False, True):
        for what, text, want in asked:
            status, headers = raw(lab, text, tls)
            faults = header_faults(headers, tls)
            if status not in want:
                faults.append("status %d" % status)
            wrong += ["%s (%d, tls %s): %s" % (what, status, tls, f) for f in faults]
    return wrong


def all_replies(lab, table, w, admin):
    """Every route, signed in and not: headers, and no-store with a session."""
    wrong, n = [], 0
    for route in table:
        values = collections.defaultdict(lambda: "x", {"provider": "github",
                                                       "name": "events"}, **w.ids)
        path = worlds.path_of(route["pattern"], values)
        method = "GET" if route["method"] == "GET" else "OPTIONS"
        for who in (None, w.users["owner"], admin):
            status, headers, _ = worlds.request(lab, method, path, worlds.cookie(who))
            n += 1
            faults = header_faults(headers, False)
            cache = dict((k.lower(), v) for k, v in headers).get("cache-control", "")
            if who and route["need"] not in ("public", "write_key") and \
                    "no-store" not in cache and "/avatars/" not in path:
                faults.append("cache-control " + cache)
            wrong += ["%s %s (%d): %s" % (method, route["pattern"], status, f) for f in faults]
    return wrong, n


def kept(lab):
    """A fingerprint of every table but those named above."""
    names = [r[0] for r in lab.sql(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace ORDER BY 1")]
    parts = []
    for name in sorted(set(names) - set(MAY) - set(TELEMETRY)):
        minus = "".join(" - '%s'" % c for c in STAMPS.get(name, "").split())
        parts.append("SELECT '%s', count(*) || ' ' || md5(coalesce(string_agg(j, ',' ORDER BY j),"
                     " '')) FROM (SELECT (to_jsonb(x)%s)::text AS j FROM %s x WHERE %s) y"
                     % (name, minus, name, ONLY.get(name, "true")))
    return dict(lab.sql(" UNION ALL ".join(parts)))


def same(lab, before, name):
    after = kept(lab)
    changed = {k: v for k, v in after.items() if v != before[k]}
    tap.equal(changed, {}, "%s (%d tables)" % (name, len(after)))


def forged(lab, table, w, other):
    """Every POST of a page: without token, with another session's, from
    elsewhere. All refused, nothing changed."""
    user = w.users["owner"]
    wrong, n = [], 0
    for route in table:
        # no_csrf: bearer credentials, which no browser sends by itself
        if route["method"] != "POST" or route["no_csrf"] or route["need"] == "token":
            continue
        values = collections.defaultdict(lambda: "x", {"provider": "github"}, **w.ids)
        path = worlds.path_of(route["pattern"], values)
        fields = isolation.ROWS.get(route["name"], ("", {}))[1].get("fields", {})
        fields = {k: w.ids[v[1:]] if v.startswith("$") else v for k, v in fields.items()}
        if route["pattern"] == "/oauth/authorize":
            fields = consent(w)
        good, headers = worlds.form(user, fields)
        tries = {
            "another origin": (good, dict(headers, Origin="https://evil.example",
                                          **{"Sec-Fetch-Site": "cross-site"})),
            "the origin alone": (good, dict({k: v for k, v in headers.items()
                                             if k != "Sec-Fetch-Site"},
                                            Origin="https://evil.example")),
            "a sister site": (good, dict(headers, **{"Sec-Fetch-Site": "same-site"})),
            "no origin": (good, dict({k: v for k, v in headers.items()
                                      if k != "Sec-Fetch-Site"}, Origin="null")),
        }
        if route["need"] != "public" or route["pattern"] == "/oauth/authorize":
            tries["no token"] = (urllib.parse.urlencode(fields).encode(), headers)
            tries["another session's token"] = (worlds.form(other, fields)[0], headers)
            tries["a changed token"] = (good[:-3] + b"AAA", headers)
        for what, (body, head) in tries.items():
            status, _, _ = worlds.request(lab, "POST", path, head, body)
            n += 1
            if status != 403:
                wrong.append("%s, %s: %d" % (route["name"], what, status))
    return wrong, n


def consent(w):
    """A request to let the tenant's app in that is in order."""
    return {"response_type": "code", "client_id": w.ids["client"],
            "redirect_uri": "https://app.example/" + w.slug, "state": "s",
            "scope": "events:read", "code_challenge_method": "S256",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "act": "allow"}


def elsewhere(lab, w):
    """next= and Host: no reply leads to another site."""
    user = w.users["viewer"]
    targets = ["//evil.example", "/\\evil.example", "https://evil.example", "/%2f%2fevil.example",
               "%2f%2fevil.example", "/\tevil", "\t//evil.example", "///evil.example", "/\\/evil",
               "javascript:alert(1)", "/%5cevil.example", "https:evil.example", "/%09/evil.example",
               "//evil.example/%2e%2e", "\\\\evil.example", "/login\r\nX-Evil: 1"]
    wrong = []
    for target in targets:
        for path in ("/login", "/confirm", "/two-factor", "/theme"):
            query = path + "?next=" + urllib.parse.quote(target, safe="")
            status, headers, body = worlds.request(lab, "GET", query, worlds.cookie(user))
            found = dict((k.lower(), v) for k, v in headers)
            place = found.get("location", "/")
            resolved = urllib.parse.urljoin("http://own.example/", place.replace("\\", "/"))
            if "x-evil" in found or urllib.parse.urlsplit(resolved).netloc != "own.example":
                wrong.append("%s: %d %s" % (query, status, place))
            if re.search(rb'(href|action)="(https?:)?//evil', body):
                wrong.append("%s: in the page" % query)
    for name in ("Host", "X-Forwarded-Host", "Forwarded", "X-Host", "X-Forwarded-Proto"):
        for path in ("/", "/login", "/forgot", "/static", "/t/" + w.slug, "/.well-known/x"):
            lines = ["GET %s HTTP/1.1" % path, "%s: evil.example" % name, "Connection: close",
                     "Cookie: tm_session=" + user.cookie]
            if name != "Host":
                lines.insert(1, "Host: localhost")
            status, headers = raw(lab, ("\r\n".join(lines) + "\r\n\r\n").encode())
            if any("evil" in v for _, v in headers):
                wrong.append("%s at %s: %d" % (name, path, status))
    return wrong


def revoked_at_once(lab):
    """S3: what was taken away is refused by the next request."""
    w = worlds.make(lab, 7)
    page = "/t/%s/members" % w.slug
    api = "/api/v1/projects"

    def status(path, headers):
        return worlds.request(lab, "GET", path, headers)[0]
    viewer, admin, analyst = w.users["viewer"], w.users["admin"], w.users["analyst"]
    tap.equal([status(page, worlds.cookie(u)) for u in (viewer, admin, analyst)], [200] * 3,
              "negative control: sessions are good before")
    body, headers = worlds.form(viewer, {})
    worlds.request(lab, "POST", "/logout", headers, body)
    tap.equal(status(page, worlds.cookie(viewer)), 303, "sign-out ends the session at once")
    lab.dev("ctl", "user", "reset-password", "--password-stdin", admin.email,
            data=b"another battery staple\n")
    tap.equal(status(page, worlds.cookie(admin)), 303, "a new password ends the sessions at once")
    lab.sql("DELETE FROM members WHERE user_id = '%s'" % analyst.id)
    tap.equal(status(page, worlds.cookie(analyst)), 404, "a removed member is out at once")
    tap.equal(status(api, worlds.bearer(analyst.pat)), 401, "and so is the token of that member")
    owner = w.users["owner"]
    tap.equal(status("/t/%s/audit" % w.slug, worlds.cookie(owner)), 200, "the owner reads the audit")
    lab.sql("UPDATE members SET role = 'viewer' WHERE user_id = '%s'" % owner.id)
    tap.ok(status("/t/%s/audit" % w.slug, worlds.cookie(owner)) in (403, 404),
           "a lower role counts at once")
    tap.equal(status(api, worlds.bearer(owner.pat)), 200, "negative control: the token is good")
    lab.ctl("token", "revoke", owner.pat_id)
    tap.equal(status(api, worlds.bearer(owner.pat)), 401, "a revoked token is refused at once")
    read = "/api/v1/projects/%s/events?env=prod" % w.ids["project_id"]
    tap.equal(status(read, worlds.bearer(w.read_key)), 200, "negative control: the key is good")
    lab.ctl("key", "revoke", w.ids["read_key"])
    tap.equal(status(read, worlds.bearer(w.read_key)), 401, "a revoked read key is refused at once")
    config = "/api/v1/ingest/config"
    tap.equal(status(config, worlds.bearer(w.write_key)), 200, "negative control: the door is open")
    lab.ctl("key", "revoke", w.ids["key"])
    time.sleep(1)
    tap.equal(status(config, worlds.bearer(w.write_key)), 401,
              "a revoked write key is refused within a second")


def answer(lab, path, tls=False, seconds=20):
    """(status, headers, body) of a GET."""
    port = https_port(lab) if tls else lab.port
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    more = {"context": ssl._create_unverified_context()} if tls else {}
    c = kind(lab.host, port, timeout=seconds, **more)
    c.request("GET", path)
    r = c.getresponse()
    return r.status, r.getheaders(), r.read()


def own_words(lab, want, seconds=20):
    """nginx speaks for a web process that does not: JSON where programs ask,
    a page elsewhere, all headers on both. All at once: each may wait."""
    asked = [(path, tls) for tls in (False, True)
             for path in ("/login", "/", "/t/x/projects", "/api/v1/projects", "/api",
                          "/oauth/token", "/.well-known/jwks.json")]
    wrong = []
    with ThreadPoolExecutor(len(asked)) as pool:
        replies = list(pool.map(lambda a: answer(lab, a[0], a[1], seconds), asked))
    for (path, tls), (status, headers, body) in zip(asked, replies):
        faults = header_faults(headers, tls) + ([] if status in want else ["status"])
        named = dict((k.lower(), v) for k, v in headers)
        if path.startswith(("/api", "/oauth/", "/.well-known/")):
            try:
                told = json.loads(body)
                if set(told) != {"error", "message", "details", "request_id"} or \
                        told["request_id"] != named.get("x-request-id"):
                    faults.append("its JSON: %r" % body)
            except ValueError:
                faults.append("no JSON: %r" % body[:80])
        elif not body.startswith(b"<!doctype html>"):
            faults.append("no page: %r" % body[:80])
        if "retry-after" not in named or "no-store" not in named.get("cache-control", ""):
            faults.append("retry-after or cache-control")
        wrong += ["%s (%d, tls %s): %s" % (path, status, tls, f) for f in faults]
    return wrong


def stopped(lab):
    """Gone: 503. Hanging: 504 after fastcgi_read_timeout, 30 s."""
    with lab.stopped("web"):
        gone = own_words(lab, (503,))
    lab.wait_ready(30)
    held = list(lab.pids("web"))
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        hung = own_words(lab, (504,), 60)
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)
    lab.wait_ready(30)
    return gone, hung


def handshake(host, port, version):
    """Did it take this version, offered alone?"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = version
    try:
        with socket.create_connection((host, port), 10) as s, context.wrap_socket(s) as t:
            return t.version() is not None
    except (ssl.SSLError, OSError):
        return False


def versions(lab):
    v = ssl.TLSVersion
    got = [handshake(lab.host, https_port(lab), x) for x in (v.TLSv1_2, v.TLSv1_3)]
    tap.equal(got, [True, True], "TLS 1.2 and 1.3 are spoken")
    got = [handshake(lab.host, https_port(lab), x) for x in (v.TLSv1, v.TLSv1_1)]
    tap.equal(got, [False, False], "1.0 and 1.1 are not")
    state = os.path.realpath(os.path.join(lab.var, "state"))
    state = state if os.path.isdir(state) else lab.var
    with open(os.path.join(state, "install/share/tidemark/nginx/site.conf"), encoding="utf-8") as f:
        servers = [s for s in f.read().split("\nserver {") if " 443 ssl" in s]
    tap.equal([re.findall(r"ssl_protocols (.*);", s) for s in servers],
              [["TLSv1.2 TLSv1.3"]] * 2,
              "the shipped site says so in each server: the default one decides")


def controls(lab, w):
    tap.must_fail(not header_faults([("Content-Type", "text/html")], False), "a reply without headers")
    user = w.users["owner"]
    body, headers = worlds.form(user, {"name": w.mark + " owner"})
    status = worlds.request(lab, "POST", "/account", headers, body)[0]
    tap.ok(status in (303, 422), "negative control: a form of our own is taken (%d)" % status)
    status, found, _ = worlds.request(lab, "POST", "/oauth/authorize",
                                      *reversed(worlds.form(user, consent(w))))
    place = dict((k.lower(), v) for k, v in found).get("location", "")
    tap.ok(status == 303 and "code=" in place, "negative control: an honest consent is taken",
           "%d %s" % (status, place))
    before = kept(lab)
    lab.sql("UPDATE users SET name = 'x' WHERE id = '%s'" % user.id)
    tap.must_fail(kept(lab) == before, "a changed name goes unnoticed")


def main():
    lab = e2e.start()
    table = worlds.routes(lab)
    w, other = worlds.make(lab, 5), worlds.make(lab, 6)
    admin = worlds.make_user(lab, "admin", "SYSTEM", admin=True)
    for one in (w, other):
        worlds.fill(lab, one)
    lab.drain()
    for one in (w, other):
        worlds.settle(lab, one)
    # The installation's first reader of the keys finds the first pair made,
    # and the first after 90 days a new one: here it is nobody below.
    e2e.call_json(lab, "GET", "/.well-known/jwks.json")
    wrong = own_errors(lab)
    tap.ok(not wrong, "nginx's own replies have all headers", "\n".join(wrong[:30]))
    with lab.stopped("consumer"):  # nobody else changes anything
        before = kept(lab)
        wrong, n = all_replies(lab, table, w, admin)
        tap.ok(not wrong, "so have all routes (%d replies)" % n, "\n".join(wrong[:30]))
        same(lab, before, "a sweep of all GETs changes nothing")
        wrong, n = forged(lab, table, w, other.users["owner"])
        tap.ok(not wrong, "forged forms: 403 for all of %d" % n, "\n".join(wrong[:40]))
        same(lab, before, "and they change nothing")
    wrong = elsewhere(lab, w)
    tap.ok(not wrong, "no redirect and no link leads to another site", "\n".join(wrong[:30]))
    controls(lab, w)
    revoked_at_once(lab)
    versions(lab)
    gone, hung = stopped(lab)
    tap.ok(not gone, "no web process: nginx answers whole", "\n".join(gone[:30]))
    tap.ok(not hung, "a hanging one: the same", "\n".join(hung[:30]))


tap.run(main)
