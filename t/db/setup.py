#!/usr/bin/env python3
"""setup.py - tidemarkctl setup and doctor against a private PostgreSQL and a
Redis with the shipped users: nothing before a clear command line, --dry-run
makes nothing, the second run changes nothing, and doctor sees each thing that
is broken on purpose. The system's own (units, pg_hba.conf, owners) is tried in
a booted Debian: t/e2e/95-package.py."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from tap import equal, must_fail, ok, run  # noqa: E402

BUILD = os.environ["TIDEMARK_BUILD"]
CTL = os.path.join(BUILD, "src/programs/tidemarkctl")
START = os.path.join(TOP, "t/lib/pg-start.sh")
HERE = tempfile.mkdtemp(prefix="tidemark-setup-")
PG, ETC, ROOT = (os.path.join(HERE, n) for n in ("pg", "etc", "root"))
SUPER = "host=%s user=postgres dbname=postgres" % PG
ENV = {"PATH": os.environ["PATH"], "TIDEMARK_SQL_DIR": HERE + "/share/sql"}
PASSWORD = "correct horse battery\n"
DAY = 86400


def ctl(*args, stdin="", **env):
    return subprocess.run([CTL, *args], input=stdin, text=True,
                          capture_output=True, env=dict(ENV, **env))


def setup(*args, stdin="", **env):
    p = ctl("setup", "--etc", ETC, "--run", HERE, "--postgres", PG, *args,
            "--format", "json", stdin=stdin, **env)
    rows = json.loads(p.stdout) if p.stdout.strip() else []
    return p, {r["step"]: (r["state"], r["seen"]) for r in rows}


def psql(sql, database="tidemark"):
    return subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", PG, "-U", "postgres",
         "-d", database, "-c", sql], capture_output=True, text=True,
        check=True).stdout.strip()


def bare_postgres():
    subprocess.run([START, "start", PG], check=True, stdout=subprocess.DEVNULL)
    psql("DROP DATABASE tidemark", "postgres")
    for role in ("owner", "app", "consumer"):
        psql("DROP ROLE tidemark_" + role, "postgres")


def redis_start():
    """The shipped configuration with our paths, the users that setup wrote."""
    with open(TOP + "/src/programs/units/redis.conf.in", encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r"^supervised .*$", "", text, flags=re.M)
    for old, new in (("@sysconfdir@/tidemark", ETC), ("/run/tidemark", HERE),
                     ("/var/lib/tidemark/redis", HERE)):
        text = text.replace(old, new)
    with open(HERE + "/redis.conf", "w", encoding="utf-8") as f:
        f.write(text)
    server = subprocess.Popen(["redis-server", HERE + "/redis.conf"],
                              stdout=subprocess.DEVNULL)
    for _ in range(600):
        if os.path.exists(HERE + "/redis.sock"):
            return server
        time.sleep(0.05)
    raise RuntimeError("Redis did not start with the shipped configuration")


def files():
    return {n: os.stat(os.path.join(ETC, n)).st_mtime_ns
            for n in sorted(os.listdir(ETC))} if os.path.isdir(ETC) else {}


def bad_lines():
    for args, word in ((("--url", "ftp://x"), "--url"),
                       (("--url", "https://x/"), "slash"),
                       (("--url", "https://x y"), "--url"),
                       (("--url", "https://x\nTIDEMARK_A=1"), "--url"),
                       (("--admin", "nobody"), "mail address"),
                       (("--url", "https://x", "--password-stdin"), "--admin"),
                       ((), "--url is missing"),
                       (("--nonsense",), "flag")):
        p, rows = setup(*args)
        ok(p.returncode == 64 and word in p.stderr and not rows,
           "refused: " + " ".join(args), p.stderr)
    equal(files(), {}, "and nothing was made")


def first():
    p, rows = setup("--url", "https://t.example", "--admin", "a@t.example",
                    "--dry-run")
    equal((p.returncode, files()), (0, {}), "--dry-run makes nothing")
    equal({s for s, _ in rows.values()} - {"skipped", "by hand"}, {"would"},
          "it says what it would do")
    equal(psql("SELECT count(*) FROM pg_database WHERE datname = 'tidemark'",
               "postgres"), "0", "no database yet")
    p, rows = setup("--url", "https://t.example", "--superuser",
                    "host=%s/nowhere" % HERE)
    equal((p.returncode != 0, rows["database"][0]), (True, "failed"),
          "a superuser who is not there")
    ok("psql" in p.stderr and "nowhere" in p.stderr, "with the reason", p.stderr)
    p, rows = setup("--superuser", SUPER, "--admin", "a@t.example",
                    "--password-stdin", stdin="short\n")
    equal((rows["schema"][0], rows["administrator"][0]), ("made", "failed"),
          "a short password comes after the schema")
    p, rows = setup("--superuser", SUPER, "--admin", "a@t.example")
    equal((p.returncode, rows["administrator"][0], rows["database"][0]),
          (0, "made", "done"), "the next run goes on from there")
    ok(re.search(r"password [0-9a-f]{24}$", rows["administrator"][1]),
       "a password is shown once", rows["administrator"])
    ok("nginx/site.conf;" in rows["nginx"][1], "the line for nginx",
       rows["nginx"])
    equal(psql("SELECT count(*) FROM users WHERE system_admin"), "1",
          "one administrator")
    modes = {n: oct(os.stat(os.path.join(ETC, n)).st_mode & 0o777)
             for n in files()}
    equal({modes["masterkey"], modes["redis.acl"], modes["tidemark.conf"]},
          {"0o640"}, "secrets are not for everybody")
    equal(modes["web.env"], "0o600", "the daemons' passwords are root's")


def again():
    before = files()
    p, rows = setup("--url", "https://other.example", "--admin", "b@t.example")
    equal((p.returncode, [n for n, (s, _) in rows.items()
                          if s in ("made", "would", "failed")]), (0, []),
          "the second run makes nothing")
    equal(files(), before, "no file was touched")


def users():
    """Each program gets in with its password and can do its work only."""
    def ask(user, *argv):
        with open(ETC + "/%s.env" % user, encoding="utf-8") as f:
            env = dict(line.strip().split("=", 1) for line in f)
        return subprocess.run(
            ["redis-cli", "-s", HERE + "/redis.sock", "--user",
             env["TIDEMARK_REDIS_USER"], "--no-auth-warning", *argv],
            capture_output=True, text=True, env=dict(
                ENV, REDISCLI_AUTH=env["TIDEMARK_REDIS_PASSWORD"])).stdout.strip()
    for user in ("web", "ingest", "consumer", "admin"):
        equal(ask(user, "SET", "tm:x", "1"), "OK", user + " writes its keys")
    ok("NOPERM" in ask("web", "SET", "other", "1"), "no others' keys")
    ok("NOPERM" in ask("ingest", "CONFIG", "SET", "appendfsync", "no"),
       "no setting is changed")
    ok("NOPERM" in ask("consumer", "FLUSHALL"), "nothing is emptied")
    p = subprocess.run(["redis-cli", "-s", HERE + "/redis.sock", "GET", "tm:x"],
                       capture_output=True, text=True)
    must_fail("NOAUTH" not in p.stdout, "without a password nobody gets in")


# --- doctor -----------------------------------------------------------------
def doctor(*args, **env):
    p = ctl("doctor", "--config", ETC + "/tidemark.conf", *args, "--format",
            "json", **env)
    return p, {r["check"]: r for r in json.loads(p.stdout)}


def put(path, text="", mode=0o640):
    path = ROOT + path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def broken(check, state, word, *args, **env):
    """A row that says so, and what to do."""
    _, rows = doctor(*args, **env)
    r = rows.get(check, {"state": None, "seen": "", "next_step": None})
    ok(r["state"] == state and word in r["seen"] and r["next_step"],
       "%s: %s, %s" % (check, state, word), r)


def well(check, *args, **env):
    _, rows = doctor(*args, **env)
    equal(rows.get(check, {}).get("state"), "ok", check + " is well")


def setting(name, value):
    psql("ALTER SYSTEM SET %s = %s" % (name, value), "postgres")
    psql("SELECT pg_reload_conf()", "postgres")
    for _ in range(400):
        if psql("SHOW " + name, "postgres") == value:
            return
        time.sleep(0.05)


def stores():
    equal(doctor()[0].returncode, 78, "a store that may lose data fails")
    broken("postgresql-settings", "fail", "fsync is off")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        setting(name, "on")
    broken("postgresql-settings", "warn", "64 locks")
    broken("redis-maxmemory", "fail", "MB of queue",
           TIDEMARK_QUEUE_MAX_BYTES="900000000")
    well("redis-maxmemory")
    well("redis-users")
    well("role-app")
    broken("role-app", "fail", "", TIDEMARK_DB_APP="host=%s user=nobody" % PG)
    broken("retention", "warn", "not run")
    psql("INSERT INTO system_state VALUES ('job:retention', '{\"ok\": true}',"
         " now() - interval '5 minutes')")
    well("retention")
    well("jobs")
    psql("UPDATE system_state SET at = now() - interval '27 hours'")
    broken("retention", "warn", "27 h")
    psql("UPDATE system_state SET value = '{\"ok\": false}', at = now()")
    broken("retention", "warn", "failed")
    broken("jobs", "warn", "retention")
    equal(doctor()[0].returncode, 0, "warnings alone are no failure")


def certificate(days, start):
    cert, key = ROOT + "/c.pem", ROOT + "/k.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
                    "-subj", "/CN=t", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    if start:  # ended already: signed again with dates of the past
        subprocess.run(["openssl", "x509", "-in", cert, "-signkey", key, "-days",
                        "-1", "-out", cert], check=True, capture_output=True)


def machine():
    etc = subprocess.run(["sed", "-n", "s/^sysconfdir = //p",
                          BUILD + "/Makefile"], capture_output=True,
                         text=True).stdout.strip()
    prefix = subprocess.run(["sed", "-n", "s/^prefix = //p",
                             BUILD + "/Makefile"], capture_output=True,
                            text=True).stdout.strip()
    etc = etc.replace("${prefix}", prefix) + "/tidemark"
    root = ("--root", ROOT)
    put(etc + "/masterkey", "00", 0o640)
    well("permissions", *root)
    put(etc + "/tidemark.conf", "", 0o644)
    broken("permissions", "fail", "tidemark.conf", *root)
    put(etc + "/tidemark.conf", "", 0o640)
    well("permissions", *root)
    put(etc + "/redis.acl", "user web on\n", 0o640)
    broken("redis-users", "fail", "no rights", *root)
    put(etc + "/redis.acl", "user default off ~* &* +@all\n", 0o640)
    well("redis-users", *root)
    os.makedirs(ROOT + "/var/lib/tidemark/backups")
    broken("backup", "warn", "none", *root)
    put("/var/lib/tidemark/backups/erasures.json") # is written more often
    broken("backup", "warn", "none", *root)
    path = put("/var/lib/tidemark/backups/tidemark-20260223T024000Z")
    well("backup", *root)
    os.utime(path, (time.time() - 3 * DAY,) * 2)
    broken("backup", "warn", "72 h", *root)
    file = put("/var/lib/tidemark/backups/nightly.tar")
    well("backup", *root)
    os.unlink(file)
    broken("backup", "warn", "72 h", *root)
    put("/etc/nginx/sites-enabled/tidemark",
        "server {\n\tssl_certificate /c.pem;\n\tssl_certificate_key /k.pem;\n}\n")
    broken("certificate", "fail", "", *root)
    certificate(90, False)
    well("certificate", *root)
    certificate(5, False)
    broken("certificate", "warn", "good until", *root)
    certificate(5, True)
    broken("certificate", "fail", "ended", *root)


def main():
    server = None
    os.chmod(HERE, 0o755)
    os.makedirs(HERE + "/share")
    os.symlink(TOP + "/sql", HERE + "/share/sql")
    shutil.copy(TOP + "/src/programs/units/redis.acl", HERE + "/share/")
    os.makedirs(ROOT)
    try:
        bare_postgres()
        bad_lines()
        first()
        again()
        server = redis_start()
        _, rows = setup()
        equal(rows["queue"][0], "done", "the queue answers ctl")
        users()
        stores()
        machine()
    finally:
        if server is not None:
            server.kill()
            server.wait()
        subprocess.run([START, "stop", PG])
        shutil.rmtree(HERE, ignore_errors=True)


run(main)
