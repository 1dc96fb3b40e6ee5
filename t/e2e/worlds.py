"""worlds.py - tenants for the tests of isolation and abuse: T teams with the
same parts, each with its marker in every text field, one user a role, and
every kind of credential. Made in SQL, so that no throttle is in the way.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import subprocess
import threading
import urllib.parse
import uuid
import zlib

import e2e
import isolation
from e2e import tap  # noqa: F401

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ROLES = ("owner", "admin", "analyst", "viewer")
SCOPES = "projects:read,projects:write,metrics:read,events:read"


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def client_id():
    """As the server makes them: the last six characters are a checksum."""
    text = "tm_cl_" + "".join(random.choices(BASE62, k=30))
    crc, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, check = crc // 62, BASE62[crc % 62] + check
    return text + check


class User:
    """One with a session: cookie and the secret behind its form tokens."""

    def __init__(self, user_id, email, role):
        self.id, self.email, self.role = user_id, email, role
        self.cookie = b64(os.urandom(32))
        self.secret = os.urandom(32)
        self.session = str(uuid.uuid4())
        self.pat = self.pat_id = None

    def csrf(self):
        mac = hmac.new(self.secret, b"csrf", hashlib.sha256).digest()
        mask = os.urandom(32)
        return b64(mask + bytes(a ^ b for a, b in zip(mask, mac[:32])))

    def session_sql(self):
        return ("INSERT INTO user_sessions (token_hash, user_id, csrf_secret,"
                " expires_at, confirmed_at, id) VALUES ('\\x%s', '%s', '\\x%s',"
                " now() + interval '1 day', now() + interval '1 hour', '%s')"
                % (hashlib.sha256(self.cookie.encode()).hexdigest(), self.id,
                   self.secret.hex(), self.session))


class World:
    """What a path or a field of a tenant can name, by kind."""

    def __init__(self):
        self.users, self.ids = {}, {}


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def make_user(lab, role, mark, admin=False):
    user = User(str(uuid.uuid4()), "%s-%s@example.org"
                % (role, uuid.uuid4().hex[:12]), role)
    lab.sql("INSERT INTO users (id, email, email_key, name, verified_at,"
            " verified_email, password_hash, system_admin) VALUES ('%s', '%s',"
            " '%s', %s, now(), '%s', 'x', %s)" % (
                user.id, user.email, user.email, quote(mark + " " + role),
                user.email, "true" if admin else "false"))
    lab.sql(user.session_sql())
    return user


def make(lab, number):
    """Tenant `number`, everything named with its marker."""
    w = World()
    w.mark = "TENANT-%d-%s" % (number, uuid.uuid4().hex[:10])
    w.slug = w.mark.lower()
    w.users = {role: make_user(lab, role, w.mark) for role in ROLES}
    team, project = str(uuid.uuid4()), str(uuid.uuid4())
    sql = ["INSERT INTO teams (id, slug, name) VALUES ('%s', '%s', '%s team')"
           % (team, w.slug, w.mark)]
    w.fifth = make_user(lab, "viewer", w.mark)  # whom others look at
    for role, user in list(w.users.items()) + [("viewer", w.fifth)]:
        sql.append("INSERT INTO members (team_id, user_id, role) VALUES"
                   " ('%s', '%s', '%s')" % (team, user.id, role))
    sql.append("INSERT INTO projects (id, team_id, slug, name) VALUES"
               " ('%s', '%s', 'p-%s', '%s project')"
               % (project, team, w.slug, w.mark))
    lab.sql(";".join(sql))
    env = lab.value("INSERT INTO environments (project_id, team_id, name,"
                    " allowed_bundles) VALUES ('%s', '%s', 'prod',"
                    " '{}') RETURNING id" % (project, team))
    w.ids = {"team": w.slug, "team_id": team, "project": "p-" + w.slug,
             "project_id": project, "env": env,
             "user": w.fifth.id, "session": w.users["owner"].session}
    credentials(lab, w)
    invited(lab, w)
    return w


def credentials(lab, w):
    """Keys by tidemarkctl, which also mirrors them to Redis; a token each."""
    for kind in ("write", "read"):
        made = lab.ctl("key", "create", "--project", w.ids["project_id"],
                       "--env", "prod", "--type", kind)
        setattr(w, kind + "_key", made["token"])
        w.ids["key" if kind == "write" else "read_key"] = made["id"]
    for user in list(w.users.values()) + [w.fifth]:
        made = lab.ctl("token", "create", "--user", user.email, "--team",
                       w.slug, "--scopes", SCOPES, "--name", w.mark + " token")
        user.pat, user.pat_id = made["token"], made["id"]
    w.ids["token"] = w.fifth.pat_id


def invited(lab, w):
    """An invitation, an OAuth client, a picture, some audit."""
    w.ids["invitation"] = str(uuid.uuid4())
    w.ids["client"] = client_id()
    team = w.ids["team_id"]
    lab.sql("INSERT INTO invitations (id, team_id, email, email_key, role,"
            " token_hash, invited_by, expires_at) VALUES ('%s', '%s',"
            " '%s@example.org', '%s@example.org', 'viewer', '\\x%s', '%s',"
            " now() + interval '1 day')" % (
                w.ids["invitation"], team, w.slug, w.slug, os.urandom(32).hex(),
                w.users["owner"].id))
    lab.sql("INSERT INTO oauth_clients (id, team_id, name, redirect_uris,"
            " grants, scopes) VALUES ('%s', '%s', '%s app',"
            " '{https://app.example/%s}', '{authorization_code}',"
            " '{events:read}')" % (w.ids["client"], team, w.mark, w.slug))
    lab.sql("SELECT audit_append('%s', 'user:%s', 'key.create', 'key:%s',"
            " '{\"note\": \"%s\"}', '192.0.2.1', 'req-%s')" % (
                team, w.users["owner"].id, w.ids["key"], w.mark, w.slug))


def fill(lab, w):
    """Events with the marker in every text field."""
    m = w.mark
    events = [e2e.event("name_" + m.replace("-", "_"), timestamp=e2e.stamp(60 + i),
                        properties={"text": m, m: "x"}, namespace="default",
                        session_id=m) for i in range(3)]
    trace = {"type": "trace", "event_id": str(uuid.uuid4()), "trace_id": m, "name": m,
             "timestamp": e2e.stamp(58), "session_id": m, "duration_ms": 12,
             "attributes": {"text": m}}
    body = e2e.envelope(
        events + [trace], user={"anonymous_id": m, "user_id": m},
        app={"bundle_id": m, "version_name": m, "build_number": m},
        device={"device_id": m, "platform": "android", "model": m,
                "os_version": m, "locale": "en", "manufacturer": m})
    status, _, reply = e2e.call_json(lab, "POST", "/api/v1/ingest/batch",
                                     w.write_key, body)
    tap.equal((status, reply.get("rejected")), (202, 0), "events of " + m)
    w.ids["group_id"] = lab.value(
        "INSERT INTO crash_groups (environment_id, group_no, fingerprint, title, culprit,"
        " first_seen, last_seen, first_context_no, last_context_no) VALUES (%s, 900000,"
        " '%s', '%s', '%s', now(), now(), 1, 1) RETURNING group_id" % (w.ids["env"], m, m, m))
    w.ids["symbol_id"] = lab.value(
        "INSERT INTO symbol_files (team_id, project_id, kind, build_id, name, bytes, sha256,"
        " uploaded_by, applied_at) SELECT team_id, id, 'elf', md5('%s'), '%s', 1,"
        " sha256('%s'::bytea), 'ctl', now() FROM projects WHERE id = '%s' RETURNING id"
        % (m, m, m, w.ids["project_id"]))
    w.ids["request_id"] = lab.value(
        "INSERT INTO privacy_requests (environment_id, kind, target, mode, requested_by, due_at,"
        " receipt, not_before) VALUES (%s, 'erase', 'person', 'delete', 'ctl:%s', now() + interval '30 days',"
        " 'receipt', now() + interval '1 day') RETURNING id" % (w.ids["env"], m))
    w.ids["report"] = lab.value(
        "INSERT INTO saved_views (environment_id, team_id, user_id, name, page, query, shared)"
        " VALUES (%s, '%s', '%s', '%s', 'events', 'range=7d', true) RETURNING id"
        % (w.ids["env"], w.ids["team_id"], w.users["owner"].id, m))
    # every tenant's pack is of another month, so that a month can be foreign
    w.ids["month"] = lab.value(
        "INSERT INTO review_packs (environment_id, month, team_id, asked_by, state, made_at, pack)"
        " VALUES (%s, date_trunc('month', now()) - interval '%d months', '%s', '%s', 'done', now(),"
        " '{\"tz\": \"UTC\", \"events\": [{\"name\": \"%s\", \"events\": 1}]}')"
        " RETURNING to_char(month, 'YYYY-MM')"
        % (w.ids["env"], int(m.split("-")[1]), w.ids["team_id"], w.users["owner"].id, m))
    w.ids["session_id"] = w.ids["name"] = m  # a namespace
    w.ids["event_id"] = events[0]["event_id"]
    w.ids["trace_id"] = trace["event_id"]
    w.ids["batch_id"] = reply.get("batch_id")


def settle(lab, w):
    """What is known only when the events are stored."""
    w.ids["person_id"] = lab.value("SELECT person_id FROM persons WHERE environment_id = %s"
                                   " AND user_id = '%s'" % (w.ids["env"], w.mark))


# Ids of every kind that do not exist.
def missing():
    ids = {kind: str(uuid.uuid4()) for kind in (
        "team_id", "project_id", "user", "session", "key", "read_key", "token",
        "invitation", "event_id", "trace_id", "group_id",
        "person_id", "symbol_id", "request_id", "report")}
    ids.update(team="tenant-9-0123456789", project="p-tenant-9-0123456789",
               env="2000000000", client=client_id(),
               month="2001-01", batch_id=str(uuid.uuid4()), session_id="TENANT-9-0123456789",
               name="TENANT-9-0123456789")
    return ids


# -- requests -------------------------------------------------------------
_local = threading.local()


def request(lab, method, path, headers=None, body=None, port=None):
    """(status, headers as a list, body) over a connection of this thread."""
    port = port or lab.port
    for again in (True, False):
        c = getattr(_local, str(port), None)
        if c is None:
            c = http.client.HTTPConnection(lab.host, port, timeout=30)
            setattr(_local, str(port), c)
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return r.status, r.getheaders(), r.read()
        except (http.client.HTTPException, OSError):
            c.close()
            setattr(_local, str(port), None)
            if not again:
                raise


def cookie(user):
    """Both names: the stack may or may not mark its cookies Secure."""
    return {"Cookie": "tm_session=%s" % user.cookie} if user else {}


def bearer(secret):
    return {"Authorization": "Bearer " + secret}


def form(user, fields):
    """A form as our own page would send it."""
    text = urllib.parse.urlencode(dict(fields, csrf=user.csrf()))
    return text.encode(), dict(cookie(user), **{
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin"})


def routes(lab, program="tidemark-web"):
    """The route table of the program that runs."""
    state = os.path.realpath(os.path.join(lab.var, "state"))
    state = state if os.path.isdir(state) else lab.var
    out = subprocess.check_output(
        [os.path.join(state, "install", "libexec", program), "--routes"])
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        row["name"] = row["method"] + " " + row["pattern"]
        more = isolation.ROWS.get(row["name"], (None, {}))[1]
        for name, kind in more.get("params", {}).items():
            row["pattern"] = row["pattern"].replace("{%s}" % name, "{%s}" % kind)
        row["params"] = re.findall(r"\{(\w+)\}", row["pattern"])
    return rows


def path_of(pattern, values):
    return re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(
        str(values[m.group(1)]), safe=""), pattern)


def oauth_tokens(lab, w):
    """An access token of the OAuth server for a client of the tenant."""
    made = lab.ctl("oauth-client", "create", "--team", w.slug, "--name",
                   w.mark + " service", "--grant", "client_credentials",
                   "--scopes", SCOPES)
    pair = "%s:%s" % (made["client_id"], made["client_secret"])
    status, _, body = request(
        lab, "POST", "/oauth/token",
        {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
         "Content-Type": "application/x-www-form-urlencoded"},
        b"grant_type=client_credentials")
    tap.equal(status, 200, "an OAuth token of " + w.mark)
    return [json.loads(body)["access_token"]]
