#!/usr/bin/env python3
"""upgrade.py - a database of the first release (schema 0008) with users,
sessions, keys, tokens, 5,000 audit entries and telemetry, brought up to date.

The upgrade is killed in the middle of 0018 and resumes; while it runs the
door answers 202, and all of that is stored afterwards; every old column is as
it was; who was signed in still is; keys and tokens work; the audit is one
chain a team; and the pages' queries give the numbers of a new database that
was filled with the same rows. That an older release's own programs go on
through the migrations: ./dev bench upgrade.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
import zlib

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from front import Front  # noqa: E402
from stores import Stores  # noqa: E402
from tap import equal, must_fail, note, ok, run  # noqa: E402

BUILD = os.environ["TIDEMARK_BUILD"]
SQL = os.path.join(TOP, "sql")
OLD, CHAIN = 8, 18  # the first release; the file that is interrupted
AUDITS = 5000
PASSWORD = "correct horse battery"
PHC = ("$argon2id$v=19$m=47104,t=1,p=1$139SRgvJSrUhI/1NmE8k/w"
       "$+0KTjyUWLDU2c5tYR/bAtA6m0tIm3PXPqnBsiT58AGk")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ENV = {}


def uid(n):
    return str(uuid.UUID(int=(0x7 << 76) | (2 << 62) | n))


def secret(prefix, n):
    """A key as the server makes them, always the same."""
    text = prefix + hashlib.sha256(b"%d" % n).hexdigest()[:30]
    crc, check = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, check = crc // 62, BASE62[crc % 62] + check
    return text + check


COOKIE = "Q" * 43
PAT, READ_KEY, GONE_KEY = secret("tm_pat_", 1), secret("tm_rk_", 2), secret("tm_rk_", 3)
WRITE_KEY = secret("tm_wk_", 4)


def digest(text):
    return "'\\x%s'" % hashlib.sha256(text.encode()).hexdigest()


ACCOUNTS = """
INSERT INTO users (id, email, email_key, name, password_hash, verified_at, system_admin) SELECT
  ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'U' || i || '@example.org',
  'u' || i || '@example.org', 'User ' || i, '%(phc)s', now(), i = 1 FROM generate_series(1, 40) i;
INSERT INTO user_sessions (token_hash, user_id, csrf_secret, expires_at)
  VALUES (%(cookie)s, '%(user)s', '\\x%(csrf)s', now() + interval '20 days'),
  (sha256('old'), '%(user)s', '\\x%(csrf)s', now() - interval '1 day');
INSERT INTO teams (id, slug, name) SELECT
  ('00000000-0000-7000-8000-' || lpad(to_hex(1000 + i), 12, '0'))::uuid, 'team-' || i, 'Team ' || i
  FROM generate_series(1, 4) i;
INSERT INTO members (team_id, user_id, role) SELECT t.id, u.id,
  (ARRAY['owner','admin','analyst','viewer'])[1 + (row_number() OVER (PARTITION BY t.id ORDER BY u.id) - 1) %% 4]
  FROM teams t, users u;
INSERT INTO projects (id, team_id, slug, name) SELECT
  ('00000000-0000-7000-8000-' || lpad(to_hex(2000 + row_number() OVER (ORDER BY id)), 12, '0'))::uuid,
  id, 'app', 'App' FROM teams;
INSERT INTO environments (project_id, team_id, name) SELECT p.id, p.team_id, n
  FROM projects p, unnest(ARRAY['prod','staging']) n ORDER BY p.id, n;
INSERT INTO project_keys (id, environment_id, team_id, type, token_hash, token_hint, revoked_at)
  SELECT k.id::uuid, e.id, e.team_id, 'read', k.hash, 'abcd', k.gone FROM environments e
  JOIN projects p ON p.id = e.project_id, (VALUES ('%(key)s', %(read)s::bytea, NULL::timestamptz),
  ('%(gone)s', %(revoked)s::bytea, now())) k (id, hash, gone)
  WHERE e.name = 'prod' AND p.id = '%(project)s';
INSERT INTO project_keys (id, environment_id, team_id, type, token_hash, token_hint)
  SELECT '%(writer)s', e.id, e.team_id, 'write', %(write)s, 'efgh' FROM environments e
  WHERE e.name = 'staging' AND e.project_id = '%(project)s';
INSERT INTO access_tokens (user_id, team_id, name, token_hash, token_hint, scopes) VALUES
  ('%(user)s', '%(team)s', 'script', %(pat)s, 'wxyz', '{events:read,metrics:read,projects:read}');
""" % {"phc": PHC, "cookie": digest(COOKIE), "csrf": "ab" * 32, "user": uid(1), "key": uid(3001),
       "gone": uid(3002), "read": digest(READ_KEY), "revoked": digest(GONE_KEY),
       "writer": uid(3004), "write": digest(WRITE_KEY),
       "project": uid(2001), "team": uid(1001), "pat": digest(PAT)}

AUDIT = """
INSERT INTO audit_entries (at, team_id, actor, action, target, detail, remote_addr, request_id)
  SELECT now() - make_interval(secs => %d - i), CASE WHEN i %% 5 > 0 THEN
  ('00000000-0000-7000-8000-' || lpad(to_hex(1000 + i %% 5), 12, '0'))::uuid END,
  'user:' || i %% 40, (ARRAY['key.create','key.revoke','session.create'])[1 + i %% 3], 'key:' || i,
  jsonb_build_object('n', i, 'text', E'a"b\\\\c\\n' || chr(228)), '192.0.2.' || i %% 250, 'r' || i
  FROM generate_series(1, %d) i;
""" % (AUDITS, AUDITS)

# One environment; times count back from the begin of this hour, so that both
# databases hold the same rows.
TELEMETRY = """
SELECT partition_ensure(p, c, '%(now)s'::timestamptz - make_interval(days => d))
  FROM (VALUES ('events', 90::int2), ('crashes', 90::int2)) x (p, c), generate_series(0, 14) d;
INSERT INTO contexts (environment_id, context_no, hash, bundle_id, app_version, platform, country, first_seen)
  SELECT %(env)s, i, sha256(i::text::bytea), 'com.example', '1.' || i || '.0', 'android', 'DE',
  '%(now)s'::timestamptz - interval '14 days' FROM generate_series(1, 3) i;
INSERT INTO persons (environment_id, person_no, person_id, user_id, first_seen, last_seen)
  SELECT %(env)s, i, md5('p' || i)::uuid, 'user-' || i, '%(now)s'::timestamptz - interval '13 days', '%(now)s'
  FROM generate_series(1, 300) i;
INSERT INTO person_ids SELECT %(env)s, 'u', 'user-' || i, i, i FROM generate_series(1, 300) i;
INSERT INTO sessions (environment_id, session_no, id, session_id, person_no, context_no, started_at, ended_at,
  events) SELECT %(env)s, i, md5('s' || i)::uuid, 's' || i, 1 + i %% 300, 1 + i %% 3, t, t + interval '9 minutes', 10
  FROM generate_series(1, 1000) i, LATERAL (SELECT '%(now)s'::timestamptz - make_interval(mins => i * 19) t) x;
INSERT INTO events (session_no, ts, received_at, event_id, environment_id, person_no, context_no, class, name,
  properties) SELECT s.session_no, s.started_at + make_interval(mins => k), '%(now)s', md5(s.session_no || 'e' || k)::uuid,
  %(env)s, s.person_no, s.context_no, 90, 'event_' || k, jsonb_build_object('k', k)
  FROM sessions s, generate_series(0, 9) k WHERE s.environment_id = %(env)s;
INSERT INTO crash_groups (environment_id, group_no, group_id, fingerprint, title, status, first_seen, last_seen,
  first_context_no, last_context_no, crashes) SELECT %(env)s, i, md5('g' || i)::uuid, 'f' || i, 'Crash ' || i,
  'open', '%(now)s'::timestamptz - interval '13 days', '%(now)s', 1, 3, 10 FROM generate_series(1, 5) i;
INSERT INTO crashes (session_no, ts, received_at, event_id, environment_id, person_no, context_no, group_no, class,
  fatal, exception_type) SELECT s.session_no, s.started_at, '%(now)s', md5(s.session_no || 'c')::uuid, %(env)s, s.person_no,
  s.context_no, 1 + s.session_no %% 5, 90, s.session_no %% 2 = 0, 'E' FROM sessions s
  WHERE s.environment_id = %(env)s AND s.session_no %% 20 = 0;
UPDATE sessions SET crashes = 1, fatal_crashes = 1 WHERE environment_id = %(env)s AND session_no %% 20 = 0;
UPDATE environments SET first_event_at = '%(now)s' WHERE id = %(env)s;
INSERT INTO env_counters VALUES (%(env)s, 300, 300, 0, 3, 5);
"""


def query(text, base=None):
    return subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", base or ENV["TIDEMARK_DB_OWNER"]],
        input=text, capture_output=True, text=True, check=True).stdout.strip()


def ctl(*args, **env):
    return subprocess.run([os.path.join(BUILD, "src/programs/tidemarkctl"), *args],
                          capture_output=True, text=True, env=dict(ENV, **env))


def files(folder, last):
    """A folder with the migrations up to that number."""
    where = os.path.join(folder, "sql-%d" % last)
    os.mkdir(where)
    for name in os.listdir(SQL):
        if name[:4].isdigit() and int(name[:4]) <= last:
            shutil.copy(os.path.join(SQL, name), where)
    return where


def migrate(where):
    p = ctl("migrate", "up", "--format", "json", TIDEMARK_SQL_DIR=where)
    return json.loads(p.stdout)["applied"] if p.returncode == 0 else p.stderr


def fill(now):
    query("BEGIN;" + ACCOUNTS + AUDIT + "COMMIT")
    env = query("SELECT e.id FROM environments e WHERE e.project_id = '%s' AND e.name = 'prod'"
                % uid(2001))
    query("BEGIN;" + TELEMETRY % {"env": env, "now": now} + "COMMIT")
    return env


def columns():
    """Table -> its columns, of what holds rows."""
    found = {}
    for line in query(
            "SELECT c.relname || ' ' || string_agg(quote_ident(a.attname), ',' ORDER BY a.attnum)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT"
            " a.attisdropped WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN"
            " ('r','p') AND NOT c.relispartition GROUP BY c.relname").splitlines():
        table, names = line.split(" ", 1)
        if table not in ("schema_migrations", "system_state"):
            found[table] = names
    return found


def fingerprints(of):
    return {table: query("SELECT count(*) || ' ' || md5(coalesce(string_agg(x::text, E'\\n' ORDER BY"
                         " x::text), '')) FROM (SELECT %s FROM %s) x" % (names, table))
            for table, names in of.items()}


def interrupted(folder):
    """0018 is killed while it waits for the head of one team."""
    equal(migrate(files(folder, CHAIN - 1)), len([
        n for n in os.listdir(SQL) if n[:4].isdigit() and OLD < int(n[:4]) < CHAIN]),
          "up to the file before")
    lock = subprocess.Popen(
        ["psql", "-XAtq", "-d", ENV["TIDEMARK_DB_OWNER"]], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    # the system's last entries come after the first batch is committed
    query("UPDATE audit_entries SET team_id = '%s' WHERE team_id IS NULL AND id < %d"
          % (uid(1002), AUDITS // 2))
    query("INSERT INTO audit_heads (chain) VALUES ('%s')" % uuid.UUID(int=0))
    lock.stdin.write("BEGIN; SELECT 1 FROM audit_heads WHERE chain = '%s' FOR UPDATE;\n"
                     % uuid.UUID(int=0))
    lock.stdin.flush()
    lock.stdout.readline()
    full = files(folder, CHAIN)
    p = subprocess.Popen([os.path.join(BUILD, "src/programs/tidemarkctl"), "migrate", "up"],
                         env=dict(ENV, TIDEMARK_SQL_DIR=full), stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    done = waits = 0
    while time.monotonic() < end and (done == 0 or waits == 0):
        waits = int(query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
                          ENV["SUPERUSER"]))
        done = int(query("SELECT count(*) FROM audit_entries WHERE seq IS NOT NULL"))
        time.sleep(0.05)
    p.kill()
    p.wait()
    query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
          " AND wait_event_type = 'Lock'", ENV["SUPERUSER"])
    lock.stdin.close()
    lock.wait()
    ok(0 < done < AUDITS, "killed in the middle: %d of %d entries are chained" % (done, AUDITS))
    equal(query("SELECT count(*) FROM schema_migrations WHERE number = %d" % CHAIN), "0",
          "the file does not count as applied")
    p = ctl("migrate", "up", "--dry-run", "--format", "json", TIDEMARK_SQL_DIR=SQL)
    ok(json.loads(p.stdout)["pending"] > 0, "an interrupted upgrade is not current", p.stdout)


class Door(threading.Thread):
    """A client of tidemark-ingest, which needs Redis alone; its key is there as
    the first release mirrored it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.statuses, self.over, self.longest = [], False, 0
        self.env = query("SELECT environment_id FROM project_keys WHERE id = '%s'" % uid(3004))
        row = {"id": uid(3004), "env": self.env, "env_name": "staging", "project": uid(2001),
               "team": uid(1001), "type": "write", "state": "live", "expires_us": "0",
               "rpm": "100000", "origins": "", "bundles": "", "pii_mode": "deny", "pii_keys": "",
               "ip_mode": "truncate", "user_id_mode": "plain", "retention_days": "90",
               "timezone": "UTC"}
        subprocess.run(["redis-cli", "-s", ENV["TIDEMARK_REDIS_SOCKET"], "HSET", "tm:key:" +
                        hashlib.sha256(WRITE_KEY.encode()).hexdigest(),
                        *(x for pair in row.items() for x in pair)],
                       check=True, stdout=subprocess.DEVNULL)
        env = {k: v for k, v in ENV.items() if k != "SUPERUSER" and not k.startswith("TIDEMARK_DB")}
        self.front = Front(os.path.join(BUILD, "src/programs/tidemark-ingest"), env)

    def send(self, key=WRITE_KEY):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        body = {"schema_version": "1.0", "sent_at": now, "environment": "staging",
                "app": {"bundle_id": "com.example", "version_name": "1.0.0"},
                "device": {"device_id": "d1", "platform": "android"},
                "events": [{"type": "event", "event_id": str(uuid.uuid4()), "name": "meanwhile",
                            "timestamp": now}]}
        return self.front.request("POST", "/api/v1/ingest/batch", {
            "Authorization": "Bearer " + key, "Content-Type": "application/json"},
            json.dumps(body))[0]

    def run(self):
        while not self.over:
            begin = time.monotonic()
            self.statuses.append(self.send())
            self.longest = max(self.longest, time.monotonic() - begin)
            time.sleep(0.005)

    def __enter__(self):
        self.front.__enter__()
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join()
        must_fail(self.send(secret("tm_wk_", 9)) == 202, "a key that is not there")
        self.front.__exit__()

    def check(self):
        ok(len(self.statuses) >= 20 and set(self.statuses) == {202},
           "%d requests meanwhile, each answered 202, after %.0f ms at most"
           % (len(self.statuses), self.longest * 1000), sorted(set(self.statuses)))
        p = subprocess.run([os.path.join(BUILD, "src/programs/tidemark-consumer"), "--drain"],
                           capture_output=True, text=True,
                           env={k: v for k, v in ENV.items() if k != "SUPERUSER"})
        equal(p.returncode, 0, "a consumer of this release stores them")
        equal(query("SELECT count(*) FROM events WHERE environment_id = %s AND name = 'meanwhile'"
                    % self.env), str(len(self.statuses)), "every one, once")


def chains():
    p = ctl("audit", "verify", "--all", "--format", "json")
    rows = [json.loads(x) for x in p.stdout.splitlines()] if p.stdout.startswith("{") \
        else json.loads(p.stdout or "[]")
    equal(p.returncode, 0, "audit verify --all")
    equal(sum(r["entries"] for r in rows), AUDITS, "every entry is in a chain (%d)" % len(rows))
    query("SET session_replication_role = replica; UPDATE audit_entries SET actor = 'user:evil'"
          " WHERE id = 4242", ENV["SUPERUSER"])
    equal(ctl("audit", "verify", "--all").returncode, 65, "negative control: a changed entry")
    query("SET session_replication_role = replica; UPDATE audit_entries SET actor = 'user:' || %d"
          " WHERE id = 4242" % (4242 % 40), ENV["SUPERUSER"])
    equal(ctl("audit", "verify", "--all").returncode, 0, "put back, it is whole again")


def works(web):
    """By HTTP, with what was handed out before the upgrade."""
    session = {"Cookie": "tm_session=" + COOKIE}
    status, _, text = web.request("GET", "/t/team-1/members", session)
    equal((status, "User 1" in text), (200, True), "who was signed in still is")
    equal(web.request("GET", "/t/team-1/members", {"Cookie": "tm_session=" + "R" * 43})[0], 303,
          "negative control: another cookie")
    same = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    for password, want in ((PASSWORD, True), (PASSWORD + "x", False)):
        body = urllib.parse.urlencode({"email": "u2@example.org", "password": password})
        status, head, _ = web.request("POST", "/login", same, body)
        equal((status == 303 and "tm_session=" in head.get("set-cookie", "")), want,
              "signing in with the %s password" % ("old" if want else "wrong"))
    for what, key, want in (("token", PAT, 200), ("read key", READ_KEY, 200),
                            ("revoked key", GONE_KEY, 401)):
        status = web.request("GET", "/api/v1/projects/%s/events?env=prod" % uid(2001),
                             {"Authorization": "Bearer " + key})[0]
        equal(status, want, "the %s" % what)
    for path in ("/t/team-1/p/app/prod/overview", "/t/team-1/p/app/prod/events",
                 "/t/team-1/tokens", "/t/team-1/p/app/prod/keys", "/account/security",
                 "/account/sessions", "/t/team-1/audit", "/system/audit"):
        status, _, text = web.request("GET", path, session)
        ok(status == 200 and "</html>" in text, "the page " + path, "%d" % status)
    text = web.request("GET", "/t/team-1/audit", session)[2]
    ok("key:" in text and "User" in text, "old entries are on the audit's page")


def numbers(web, now):
    """What the pages' queries say up to then, without times of the run itself."""
    base = "/api/v1/projects/%s" % uid(2001)
    head = {"Authorization": "Bearer " + READ_KEY}
    out = []
    for path, days in (("/metrics/overview?env=prod", 30), ("/metrics/overview?env=prod", 7),
                       ("/events?env=prod&limit=500", 7), ("/metrics/overview?env=prod", 1)):
        begin = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(now - days * 86400))
        path += "&from=%s&to=%s" % (begin, time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(now)))
        status, _, text = web.request("GET", base + path, head)
        out.append("%d %s" % (status, re.sub(
            r'"(query_ms|cached|request_id|cursor|next_cursor|next|as_of|generated_at)":'
            r' ?("[^"]*"|[^,}\]]*)', "", text)))
    return out


def main():
    with Stores("upgrade", TIDEMARK_COOKIE_SECURE="false",
                TIDEMARK_PUBLIC_URL="http://127.0.0.1") as s:
        ENV.update(s.env)
        with_database(s.folder, "host=%s dbname=tidemark user=postgres" % s.pg,
                      "host=%s dbname=tidemark2 user=tidemark_" % s.pg)


def front():
    env = {k: v for k, v in ENV.items() if k != "SUPERUSER"}
    return Front(os.path.join(BUILD, "src/programs/tidemark-web"), env)


def with_database(folder, superuser, new):
    ENV["SUPERUSER"] = superuser
    query("CREATE DATABASE tidemark2 TEMPLATE tidemark OWNER tidemark_owner", superuser)
    hour = time.time()
    now = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(hour))
    equal(migrate(files(folder, OLD)), OLD, "the schema of the first release")
    begin = time.monotonic()
    fill(now)
    old = columns()
    before = fingerprints(old)
    note("%d tables, filled in %.1f s" % (len(old), time.monotonic() - begin))
    equal(before["events"].split()[0], "10000", "negative control: there are rows to compare")
    interrupted(folder)
    # what the interruption moved on purpose
    del before["audit_entries"]
    begin = time.monotonic()
    left = len([n for n in os.listdir(SQL) if n[:4].isdigit() and int(n[:4]) >= CHAIN])
    with Door() as door:
        equal(migrate(SQL), left, "the upgrade resumes")
        note("and takes %.1f s" % (time.monotonic() - begin))
    p = ctl("migrate", "up", "--dry-run", "--format", "json")
    equal(json.loads(p.stdout)["pending"], 0, "the schema is current")
    after = fingerprints({t: c for t, c in old.items() if t in before})
    equal({t: (before[t], after[t]) for t in after if after[t] != before[t]}, {},
          "every old column of %d tables is as it was" % len(after))
    chains()
    door.check()
    with front() as web:
        works(web)
        upgraded = numbers(web, hour)
    for role in ("owner", "app", "consumer"):
        ENV["TIDEMARK_DB_" + role.upper()] = new + role
    equal(migrate(SQL), OLD + left + len([
        n for n in os.listdir(SQL) if n[:4].isdigit() and OLD < int(n[:4]) < CHAIN]),
          "a new database")
    # the chain is the server's own: what comes later is written by it
    query("BEGIN;" + ACCOUNTS + "COMMIT")
    env = query("SELECT id FROM environments WHERE project_id = '%s' AND name = 'prod'" % uid(2001))
    # rows that no consumer wrote are in no hour of activity yet
    query("BEGIN;" + TELEMETRY % {"env": env, "now": now} +
          "INSERT INTO activity_fill (environment_id) VALUES (%s); COMMIT" % env)
    with front() as web:
        fresh = numbers(web, hour)
    for i, (a, b) in enumerate(zip(upgraded, fresh)):
        ok(a == b and a.startswith("200"), "numbers as on a new database (%d, %d bytes)"
           % (i + 1, len(a)), a[:900] + "\n" + b[:900])
    ok("event_3" in upgraded[2] and len(upgraded[2]) > 5000, "negative control: there are numbers")


run(main)
