#!/usr/bin/env python3
"""ctl.py - tidemarkctl against a private PostgreSQL and Redis, no daemons.

Exit codes, what stands on which stream, every command of the stores, and
that a revocation which Redis does not know about is not reported as done.
"""
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from stores import Stores  # noqa: E402
from tap import equal, must_fail, ok, run  # noqa: E402

CTL = os.path.join(os.environ["TIDEMARK_BUILD"], "src/programs/tidemarkctl")
ENV = {}
PASSWORD = "correct horse battery\n"


def ctl(*args, stdin="", **env):
    p = subprocess.run([CTL, *args], input=stdin, text=True,
                       capture_output=True, env=dict(ENV, **env))
    return p


def result(*args, stdin=""):
    """The JSON result of a command that must work."""
    p = ctl(*args, "--format", "json", stdin=stdin)
    ok(p.returncode == 0, " ".join(args[:2]), p.stderr)
    return json.loads(p.stdout) if p.returncode == 0 else None


def reason(p):
    lines = p.stderr.strip().splitlines()
    return lines[-1] if lines else ""


def sql(text):
    return subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
         ENV["TIDEMARK_DB_OWNER"], "-c", text],
        capture_output=True, text=True, check=True).stdout.strip()


def superuser(text):
    folder = ENV["TIDEMARK_DB_OWNER"].split()[0][len("host="):]
    subprocess.run(["psql", "-XAtq", "-h", folder, "-U", "postgres", "-d",
                    "postgres", "-c", text], capture_output=True, check=True)


def redis(*args):
    return subprocess.run(["redis-cli", "-s", ENV["TIDEMARK_REDIS_SOCKET"],
                           *args], capture_output=True, text=True,
                          check=True).stdout.strip()


def usage():
    for args, near in ((("enviroment", "set"), "environment"),
                       (("key", "revok"), "revoke"),
                       (("key", "list", "--envv", "1"), "env"),
                       (("--format", "jsn", "user", "list"), "json")):
        p = ctl(*args)
        ok(p.returncode == 64 and 'did you mean "%s"' % near in reason(p),
           "suggestion for %s" % " ".join(args), p.stderr)
        equal(p.stdout, "", "nothing on stdout")
    for args in ((), ("key",), ("team", "create", "--name", "x"),
                 ("user", "list", "extra"), ("key", "revoke"),
                 ("queue", "wait", "--timeout", "soon"),
                 ("queue", "wait", "--timeout"),
                 ("user", "create", "--email", "a@b", "--verified=yes",
                  "--password-stdin")):
        equal(ctl(*args).returncode, 64, "usage: " + " ".join(args))
    equal(ctl("user", "list", TIDEMARK_REDIS_SOKET="x").returncode, 78,
          "an unknown key of the configuration")
    equal(ctl("--help").returncode, 0, "help")


def streams():
    """A reason is one line, whatever was typed; what is ignored is refused."""
    p = ctl("team", "show", "a\nb\x1b[31mc")
    ok(p.returncode == 66 and p.stderr == 'tidemarkctl: There is no team "a b [31mc"\n',
       "control bytes of an argument do not reach the terminal", repr(p.stderr))
    p = ctl("user", "list", TIDEMARK_DB_OWNER="host=/nowhere dbname=x")
    ok(p.returncode == 75 and p.stdout == "" and p.stderr.count("\n") == 1
       and "\t" not in p.stderr and reason(p).startswith("tidemarkctl: PostgreSQL: "),
       "no PostgreSQL: one line, without its advice", repr(p.stderr))
    p = ctl("queue", "stats", TIDEMARK_REDIS_SOCKET="/nowhere/redis.sock")
    equal((p.returncode, p.stderr), (75, "tidemarkctl: redis: /nowhere/redis.sock: No such file"
                                         " or directory\n"), "no Redis")
    for args in (("dead-letter", "list"), ("dead-letter", "drop", "--all"), ("support", "bundle"),
                 ("key", "list")):
        p = ctl(*args, "--project", "x")
        equal((p.returncode, reason(p)), (64, "tidemarkctl: --project needs --env"),
              "a project alone chooses nothing: " + " ".join(args))
    p = ctl("person", "erase", "--env", "1", "--user-id", "u", "--from", "2026-01-01")
    ok(p.returncode in (64, 66) and p.stdout == "", "a window of a person is not erased", p.stderr)
    equal(ctl("doctor", "--root", "/nowhere").returncode, 66, "doctor of no folder")
    equal(ctl("erasure", "list", "--save", "").returncode, 64, "no name of a file")


def programs():
    """The others: --help and --version on stdout; an argument that is none; no
    configuration."""
    folder = os.path.dirname(CTL)
    for name in ("tidemark-web", "tidemark-ingest", "tidemark-consumer", "tidemark-symbols"):
        def run(*args):
            return subprocess.run([os.path.join(folder, name), *args], capture_output=True,
                                  text=True, stdin=subprocess.DEVNULL, timeout=30,
                                  env={"PATH": ENV["PATH"], "TIDEMARK_CONF": ENV["TIDEMARK_CONF"]})
        p = run("--version")
        ok(p.returncode == 0 and p.stdout.startswith(name + " ") and p.stderr == "",
           name + " --version", p)
        p = run("--help")
        ok(p.returncode == 0 and p.stdout.startswith("usage: " + name) and p.stderr == "",
           name + " --help", p)
        p = run("--odd")
        ok(p.returncode == 64 and p.stdout == "" and "usage: " + name in p.stderr,
           name + " --odd", p)
        if name == "tidemark-symbols":
            continue
        p = run()
        ok(p.returncode == 78 and p.stdout == "" and p.stderr.count("\n") == 1
           and "level=error prog=%s msg=start detail=" % name in p.stderr,
           name + " without a configuration: one line", p)


def tenants():
    user = result("user", "create", "--email", "Ann@Example.org",
                  "--password-stdin", "--verified", stdin=PASSWORD)
    ok(set(user) == {"id", "email"}, "user create")
    p = ctl("user", "create", "--email", "ann@example.ORG",
            "--password-stdin", stdin=PASSWORD)
    equal(p.returncode, 65, "the same address again")
    equal(ctl("user", "create", "--email", "b@c", "--password-stdin",
              stdin="short\n").returncode, 65, "a short password")
    result("user", "reset-password", "--email", "ann@example.org",
           "--password-stdin", stdin=PASSWORD)
    a = result("team", "create", "--name", "Acme", "--owner", user["email"])
    b = result("team", "create", "--name", "Acme", "--owner", user["email"])
    equal(set(a), {"id", "slug"}, "team create")
    ok(a["slug"] != b["slug"], "one name, two slugs")
    equal(ctl("team", "create", "--name", "X", "--owner", "no@body").returncode,
          66, "an unknown owner")
    p = result("project", "create", "--team", a["slug"], "--name", "Shop",
               "--platform", "flutter")
    equal([e["name"] for e in p["environments"]], ["prod", "staging", "dev"],
          "the three environments")
    equal(len(result("project", "list", "--team", a["slug"])), 1, "its list")
    return a, p


def formats():
    table = ctl("user", "list", "--format", "table").stdout.splitlines()
    ok(table[0].startswith("id ") and "Ann@Example.org" in table[1], "table")
    rows = list(csv.DictReader(io.StringIO(
        ctl("--format=csv", "user", "list").stdout)))
    equal(rows[0]["email"], "Ann@Example.org", "csv, the flag in front")
    equal(json.loads(ctl("user", "list").stdout)[0]["email"],
          "Ann@Example.org", "a pipe gets JSON")


def environments(p):
    args = ("environment", "set", "--project", p["id"], "--env", "prod")
    env = result(*args, "--retention-raw-days", "0", "--timezone",
                 "Europe/Berlin", "--pii-keys", "mail,phone",
                 "--allowed-origins", "https://a.example")
    equal(env["retention_raw_days"], 0, "kept for ever")
    equal(env["pii_keys"], "mail,phone", "the list")
    equal(sql("SELECT event_classes FROM environments WHERE id = "
              + env["id"]), "{0,90}", "the new class first")
    for flag, value in (("--timezone", "Mars/Phobos"), ("--pii-mode", "no"),
                        ("--ip-mode", "no"), ("--user-id-mode", "no")):
        must_fail(ctl(*args, flag, value).returncode == 0, flag + " " + value)
    equal(ctl("environment", "show", "--env", env["id"]).returncode, 0,
          "by id alone")
    equal(ctl("environment", "show", "--env", "prod").returncode, 64,
          "a name needs its project")
    equal(ctl("environment", "show", "--env", "999999").returncode, 66,
          "an id that is not there")
    equal(len(result("environment", "list", "--project", p["id"])), 3, "list")
    return env["id"]


def rollups(env):
    """What the raw rows do not have goes; t/db/rebuild checks the sums."""
    ghost = ("INSERT INTO rollup_counts (environment_id, grain, dim, bucket,"
             " value, events) VALUES (%s, 15, 0, now() - interval '2 days',"
             " '', 3); " % env)
    left = "SELECT count(*) FROM rollup_counts WHERE environment_id = " + env
    sql(ghost)
    p = ctl("environment", "set", "--env", env, "--timezone", "Asia/Tokyo")
    ok(p.returncode == 0 and "days: 1 of 1" in p.stderr, "a zone rebuilds",
       p.stderr)
    equal(sql(left), "0", "every day")
    sql(ghost)
    span = ("rollup", "rebuild", "--env", env, "--from")
    day = [time.strftime("%Y-%m-%d", time.gmtime(time.time() - n * 86400))
           for n in (0, 4)]
    r = result(*span, day[1], "--to", day[0])
    equal(r, {"environment": env, "days": 5, "kept": 0}, "rollup rebuild")
    equal(sql(left), "0", "those days")
    equal(ctl(*span, day[0], "--to", day[1]).returncode, 64, "to before from")
    equal(ctl(*span, "2026-02-30", "--to", day[0]).returncode, 64, "no date")
    equal(ctl("rollup", "rebuild", "--env", "999999", "--from", day[1], "--to",
              day[0]).returncode, 66, "no environment")
    result("environment", "set", "--env", env, "--timezone", "Europe/Berlin")
    sql("INSERT INTO crash_groups (environment_id, group_no, fingerprint,"
        " rule_version, title, first_seen, last_seen, first_context_no,"
        " last_context_no) VALUES (%s, 999, 'v1:x', 1, 'Boom', now(), now(),"
        " 1, 1)" % env)
    group = ("crash", "regroup", "--env", env)
    equal(result(*group, "--dry-run"), [
        {"group": 999, "title": "Boom", "reason": "rule", "crashes": 0,
         "stay": 0, "groups": 0}], "what regrouping would do")
    r = result(*group)
    equal((r["groups"], r["moved"]), (1, 0), "regrouped")
    equal(result(*group, "--dry-run"), [], "nothing left to regroup")
    sql("DELETE FROM crash_groups WHERE group_no = 999")


def mirror(token):
    import hashlib
    name = "tm:key:" + hashlib.sha256(token.encode()).hexdigest()
    return json.loads(redis("--json", "HGETALL", name))


def keys(p, server):
    new = ("key", "create", "--project", p["id"], "--env", "prod", "--type")
    key = result(*new, "write", "--rate-limit", "7")
    equal(set(key), {"id", "token"}, "key create")
    ok(key["token"].startswith("tm_wk_"), "a write key")
    row = mirror(key["token"])
    equal((row["state"], row["rpm"], row["retention_days"], row["timezone"]),
          ("live", "7", "0", "Europe/Berlin"), "its mirror")
    ok(result(*new, "read")["token"].startswith("tm_rk_"), "a read key")
    equal(ctl(*new, "admin").returncode, 64, "no such type")
    result("environment", "set", "--env", p["environments"][0]["id"],
           "--pii-mode", "allow")
    equal(mirror(key["token"])["pii_mode"], "allow", "settings reach the door")
    fresh = result("key", "rotate", key["id"])
    ok(int(mirror(key["token"])["expires_us"]) > time.time() * 1e6,
       "the old key ends later")
    result("key", "revoke", fresh["id"], "--dry-run")
    equal(mirror(fresh["token"])["state"], "live", "a dry run revokes nothing")
    server.stop()
    p = ctl("key", "revoke", fresh["id"])
    equal(p.returncode, 75, "not revoked while Redis is away")
    equal(sql("SELECT revoked_at IS NULL FROM project_keys WHERE id = '%s'"
              % fresh["id"]), "t", "and PostgreSQL agrees")
    equal(ctl(*new, "write").returncode, 75, "nor created")
    equal(sql("SELECT count(*) FROM project_keys"), "3", "nor kept")
    server.start()
    result("key", "revoke", fresh["id"])
    equal(mirror(fresh["token"])["state"], "revoked", "now it is")
    equal(ctl("key", "revoke", "nonsense").returncode, 66, "an unknown key")
    states = {k["id"]: k["state"] for k in result("key", "list")}
    equal(states[fresh["id"]], "revoked", "the list says so")
    ok(key["token"] not in sql("SELECT * FROM project_keys"),
       "tokens are stored sealed")


def tokens(team):
    token = result("token", "create", "--user", "ann@example.org", "--team",
                   team["slug"], "--scopes", "projects:read,metrics:read",
                   "--expires", "90d")
    ok(token["token"].startswith("tm_pat_"), "a personal token")
    equal(ctl("token", "create", "--user", "ann@example.org", "--team",
              team["slug"], "--scopes", "everything").returncode, 64,
          "no such scope")
    result("token", "revoke", token["id"], "--team", team["slug"], "--dry-run")
    rows = result("token", "list", "--team", team["slug"])
    equal(rows[0]["revoked_at"], None, "a dry run revokes nothing")
    result("token", "revoke", token["id"], "--team", team["slug"])
    rows = result("token", "list", "--team", team["slug"])
    ok(rows[0]["revoked_at"] is not None, "revoked")


def queue():
    redis("XGROUP", "CREATE", "tm:q:ingest", "consumers", "0", "MKSTREAM")
    equal(result("queue", "wait", "--timeout", "1")["waited_ms"] < 900, True,
          "nothing to wait for")
    entry = redis("XADD", "tm:q:ingest", "*", "w", "x", "n", "1", "e", "1")
    p = ctl("queue", "wait", "--timeout", "1")
    equal(p.returncode, 75, "time is up")
    equal(p.stdout, "", "without a result")
    waiting = subprocess.Popen([CTL, "queue", "wait", "--timeout", "20"],
                               env=ENV, stdout=subprocess.PIPE)
    end = time.monotonic() + 15
    while "cmd=xrange" not in redis("CLIENT", "LIST") and time.monotonic() < end:
        time.sleep(0.01)  # until it knows what it waits for
    redis("XADD", "tm:q:ingest", "*", "w", "later", "n", "1", "e", "1")
    must_fail(waiting.poll() is not None, "it returned too early")
    redis("XDEL", "tm:q:ingest", entry)
    equal(waiting.wait(10), 0, "later batches are not waited for")
    redis("XTRIM", "tm:q:ingest", "MAXLEN", "0")
    equal(result("queue", "pause"), {"paused": True}, "pause")
    equal(result("queue", "stats")["paused"], True, "it shows")
    equal(result("queue", "resume"), {"paused": False}, "resume")


def dead_letters(p):
    env = p["environments"][0]["id"]
    for i in range(3):
        sql("INSERT INTO dead_letters (environment_id, batch_id, item_index,"
            " reason, wire) VALUES (%s, 'bat_1_0', %d, 'data', '\\x0102')"
            % (env, i))
    ids = [r["id"] for r in result("dead-letter", "list")]
    equal(len(ids), 3, "three open")
    equal(result("dead-letter", "show", ids[0])["wire_bytes"], 2, "show")
    equal(result("dead-letter", "replay", "--all", "--dry-run"),
          {"replayed": 3}, "a dry run counts")
    equal(redis("XLEN", "tm:q:ingest"), "0", "and re-queues nothing")
    equal(result("dead-letter", "replay", ids[0]), {"replayed": 1}, "replay")
    equal(redis("XLEN", "tm:q:ingest"), "1", "it is in the queue")
    equal(result("dead-letter", "replay", ids[0]), {"replayed": 0}, "once")
    equal(result("dead-letter", "drop", "--all", "--env", env),
          {"dropped": 2}, "drop the rest")
    equal(result("dead-letter", "list"), [], "none is open")
    states = sorted(r["state"] for r in result("dead-letter", "list", "--all"))
    equal(states, ["dropped", "dropped", "replayed"], "their states")
    equal(sql("SELECT count(*) FROM dead_letters WHERE resolution = 'dropped'"
              " AND length(wire) > 0"), "0", "dropped bytes are gone")
    equal(ctl("dead-letter", "show", "999").returncode, 66, "unknown")
    equal(ctl("dead-letter", "replay").returncode, 64, "which ones?")
    sql("UPDATE dead_letters SET resolved_at = NULL, resolution = NULL WHERE id = " + ids[0])
    for args in (("show", ids[0], "--body"), ("mend", ids[0], "-")):
        p = ctl("dead-letter", *args)
        ok(p.returncode == 65 and "Nothing can read this letter" in p.stderr,
           "what cannot be read cannot be mended", p)


def audit():
    seen = set(sql("SELECT DISTINCT action FROM audit_entries").splitlines())
    want = {"user.create", "user.reset_password", "team.create",
            "project.create", "environment.set", "key.create", "key.rotate",
            "key.revoke", "token.create", "token.revoke", "queue.pause",
            "queue.resume", "dead_letter.replay", "dead_letter.drop", "alarm.silence",
            "alarm.acknowledge"}
    ok(want <= seen, "every change left an entry", want - seen)
    equal(sql("SELECT count(*) FROM audit_entries WHERE actor NOT LIKE"
              " 'ctl:_%'"), "0", "with who did it")


def alarms():
    """What pages and API have of the queue's figures and of alarms, without them."""
    equal(ctl("alarm", "silence", "lag").returncode, 66, "never measured: nothing to silence")
    sql("INSERT INTO alarms (name, state, value, threshold) VALUES ('lag', 'firing', 90.5, 60)")
    sql("INSERT INTO alarm_events (name, severity, value, peak, threshold)"
        " VALUES ('lag', 'critical', 70, 90.5, 60)")
    rows = {r["name"]: r for r in result("alarm", "list")}
    equal((len(rows), rows["lag"]["state"], rows["lag"]["value"], rows["retries"]["value"]),
          (11, "firing", 90.5, None), "alarm list: each, with its reading")
    equal([r["name"] for r in result("alarm", "list", "--firing")], ["lag"], "or those that fire")
    until = result("alarm", "silence", "lag", "--for", "2h")["silenced_until"]
    equal(sql("SELECT silenced_by LIKE 'ctl:_%%' AND silenced_until BETWEEN now() + interval"
              " '118 min' AND now() + interval '121 min' AND date_trunc('milliseconds', silenced_until)"
              " = '%s' FROM alarms"
              % until), "t", "silenced, and by whom")
    equal(result("alarm", "list", "--firing")[0]["silenced_until"], until, "as the list says")
    equal(result("alarm", "silence", "lag", "--end")["silenced_until"], None, "and no longer")
    event = result("alarm", "events")[0]
    equal((event["name"], event["peak"], event["resolved_at"]), ("lag", 90.5, None), "what fired")
    args = ("alarm", "acknowledge", str(event["event_id"]), "--note", "on it")
    equal(result(*args)["event_id"], event["event_id"], "seen")
    equal((result("alarm", "events")[0]["note"], ctl(*args).returncode), ("on it", 65), "once")
    for args, code in ((("silence", "nothing"), 66), (("silence", "lag", "--for", "31d"), 64),
                       (("silence", "lag", "--for", "0s"), 64), (("silence",), 64),
                       (("silence", "lag", "--for", "1h", "--end"), 64),
                       (("acknowledge", "999"), 66), (("acknowledge", "x"), 64),
                       (("acknowledge", "1", "--note", "a\nb"), 64), (("events", "--limit", "0"), 64)):
        equal(ctl("alarm", *args).returncode, code, "alarm %s: %d" % (" ".join(args), code))
    sql("INSERT INTO queue_minutes (grain, at, kind, runs, items, failures, hist) VALUES"
        " (1, date_trunc('minute', now()), 'ingest', 4, 40, 1, '{0,0,0,0,4}'),"
        " (1, date_trunc('minute', now()) - interval '3 h', 'ingest', 1, 10, 0, '{1}')")
    hour, day = result("queue", "kinds"), result("queue", "kinds", "--last", "1d")
    equal([(r[0]["kind"], r[0]["runs"], r[0]["items"], r[0]["failures"]) for r in (hour, day)],
          [("ingest", 4, 40, 1), ("ingest", 5, 50, 1)], "queue kinds, of a time")
    ok(0 < hour[0]["p50_ms"] <= hour[0]["p95_ms"], "with their runtime", hour)
    for last in ("30s", "31d", "soon"):
        equal(ctl("queue", "kinds", "--last", last).returncode, 64, "--last " + last)
    equal(result("queue", "workers"), [], "nobody is at work here")


def ways_in():
    """Providers need a network; what is open on one's own machine is told."""
    def row(check, *args, **env):
        p = ctl("doctor", *args, "--format", "json", **env)
        found = {r["check"]: r for r in json.loads(p.stdout)}[check]
        return found["state"], found["seen"], found["next_step"]

    both = {"TIDEMARK_GITHUB_CLIENT_ID": "a", "TIDEMARK_GITHUB_CLIENT_SECRET": "b"}
    root = tempfile.mkdtemp()
    os.makedirs(root + "/run/systemd/system")
    drop_in = root + "/etc/systemd/system/tidemark-web@.service.d"
    os.makedirs(drop_in)
    check = "sign-in-elsewhere"
    equal(row(check, "--root", root)[0], "ok", "no provider, no network needed")
    equal(row(check, TIDEMARK_GOOGLE_CLIENT_ID="a")[0], "warn", "an id without a secret")
    state, seen, step = row(check, "--root", root, **both)
    ok(state == "warn" and "no network" in seen and "outbound.conf" in step,
       "a provider and a web unit without network", (state, seen, step))
    open(drop_in + "/outbound.conf", "w").close()
    equal(row(check, "--root", root, **both)[0], "ok", "with the drop-in it is well")
    shutil.rmtree(root)
    tls = {"TIDEMARK_PUBLIC_URL": "https://t.example"}
    equal(row("exposure", **tls)[0], "ok", "the defaults show nothing")
    equal([row("exposure", TIDEMARK_OUTBOX_SHOWN="true", **tls)[0],
           row("exposure", TIDEMARK_COOKIE_SECURE="false", **tls)[0]], ["warn"] * 2,
          "an open outbox and bare cookies on a public server")


def before_upgrade(folder):
    def rows(**env):
        p = ctl("upgrade-check", "--format", "json", **env)
        found = {}
        for r in json.loads(p.stdout or "[]"):
            found.setdefault(r["check"], []).append(r)
        return p.returncode, found
    code, found = rows()
    equal((code, {r["state"] for x in found.values() for r in x}), (0, {"ok"}),
          "upgrade-check: nothing stands in the way")
    where = os.path.join(folder, "sql-next")
    shutil.copytree(os.path.join(TOP, "sql"), where)
    with open(os.path.join(where, "9001_next.sql"), "w") as f:
        f.write("-- no-transaction\nCREATE INDEX CONCURRENTLY next ON users (id);\n")
    with open(os.path.join(where, "9002_gone.sql"), "w") as f:
        f.write("-- breaking: the old API\nSELECT 1;\n")
    code, found = rows(TIDEMARK_SQL_DIR=where)
    equal((code, [(r["seen"], r["state"]) for r in found["pending"]]),
          (0, [("9001_next, in steps, while everything runs", "ok"), ("9002_gone", "warn")]),
          "what would run, and what breaks")
    with open(os.path.join(where, "0001_tenants.sql"), "a") as f:
        f.write("-- changed\n")
    code, found = rows(TIDEMARK_SQL_DIR=where)
    equal((code, found["migrations"][0]["state"]), (78, "fail"), "an applied file was changed")
    equal(ctl("upgrade-check", TIDEMARK_NO_SUCH_KEY="1").returncode, 78, "an unknown key")
    hold = subprocess.Popen(["psql", "-XAtq", "-d", ENV["TIDEMARK_DB_APP"]], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    hold.stdin.write("BEGIN; SELECT count(*) FROM teams; SELECT 'held';\n")
    hold.stdin.flush()
    while hold.stdout.readline().strip() != "held":
        pass
    code, found = rows()
    equal((code, "tidemark_app" in found["transactions"][0]["seen"]), (75, True),
          "a transaction that holds a table: wait")
    hold.stdin.write("ROLLBACK; SELECT 'over';\n")
    hold.stdin.flush()
    while hold.stdout.readline().strip() != "over":
        pass
    equal(rows()[0], 0, "it has ended: go")
    hold.stdin.close()
    hold.wait()


def doctor(server):
    # the test's cluster is fast, not durable
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        superuser("ALTER SYSTEM SET %s = on" % name)
    superuser("SELECT pg_reload_conf()")
    end = time.monotonic() + 30
    while time.monotonic() < end and sql(
            "SELECT count(*) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',"
            " 'synchronous_commit') AND setting = 'on'") != "3":
        time.sleep(0.05)
    p = ctl("doctor", "--format", "json")
    rows = {r["check"]: r["state"] for r in json.loads(p.stdout)}
    equal((p.returncode, [c for c, s in rows.items() if s == "fail"]),
          (0, []), "doctor finds nothing")
    ways_in()
    redis("CONFIG", "SET", "appendfsync", "everysec")
    p = ctl("doctor", "--format", "json")
    rows = {r["check"]: r["state"] for r in json.loads(p.stdout)}
    equal((p.returncode, rows["redis-appendfsync"]), (78, "fail"),
          "a Redis that may lose a second")
    redis("CONFIG", "SET", "appendfsync", "always")
    server.stop()
    p = ctl("doctor", "--format", "json")
    rows = {r["check"]: r for r in json.loads(p.stdout)}
    equal((p.returncode, rows["redis"]["state"]), (78, "fail"), "no Redis")
    ok(rows["redis"]["next_step"], "it says what to do")
    server.start()
    must_fail(ctl("config", "check", TIDEMARK_MASTER_KEY="12").returncode == 0,
              "a short master key")


def scripts():
    for shell in ("bash", "zsh", "fish"):
        p = ctl("completion", shell)
        ok(p.returncode == 0 and "dead-letter" in p.stdout, shell)
    p = subprocess.run(["bash", "-n"], input=ctl("completion", "bash").stdout,
                       text=True, capture_output=True)
    equal((p.returncode, p.stderr), (0, ""), "bash accepts its script")
    page = ctl("completion", "mdoc").stdout
    usage_lines = [x.split()[1:3] for x in ctl("--help").stdout.splitlines()
                   if x.startswith("  tidemarkctl ")]
    missing = [w for w in usage_lines if ".Cm %s" % w[0] not in page]
    equal(missing, [], "the manual page has every command")
    p = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=page,
                       text=True, capture_output=True)
    equal((p.returncode, p.stdout), (0, ""), "mandoc has nothing to say")


def main():
    durable = ("--appendonly", "yes", "--appendfsync", "always",
               "--maxmemory-policy", "noeviction")
    with Stores("ctl", *durable) as s:
        ENV.update(s.env)
        usage()
        files = len([f for f in os.listdir(os.path.join(TOP, "sql"))
                     if f[:4].isdigit()])
        equal(result("migrate", "up", "--dry-run")["pending"], files, "dry run")
        equal(result("migrate", "up")["applied"], files, "migrate up")
        equal(result("migrate", "up")["applied"], 0, "again: nothing to do")
        equal(result("migrate", "verify")["verified"], files, "verified")
        streams()
        programs()
        team, project = tenants()
        formats()
        rollups(environments(project))
        keys(project, s.redis)
        tokens(team)
        queue()
        dead_letters(project)
        alarms()
        audit()
        before_upgrade(s.folder)
        doctor(s.redis)
        scripts()


run(main)
