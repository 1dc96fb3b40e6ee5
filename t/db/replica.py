#!/usr/bin/env python3
"""replica.py - a streaming replica made by pg_basebackup, and pages and API
that read from it: while it follows, no longer when it stands still, is away or
was promoted, and never for who has just changed something. No request fails.
"""
import json
import os
import re
import subprocess
import sys
import time

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
import site_http  # noqa: E402
from front import Front  # noqa: E402
from stores import Stores  # noqa: E402
from tap import at_most, equal, must_fail, ok, run  # noqa: E402

BUILD = os.environ["TIDEMARK_BUILD"]
WEB = os.path.join(BUILD, "src/programs/tidemark-web")
CTL = os.path.join(BUILD, "src/programs/tidemarkctl")
PASSWORD = "correct horse battery"
LAG_MS = 4000
PORT = "5433"  # of the replica, in the same folder
ENV = {}


def postgres(*argv):
    """A program of PostgreSQL, as its user."""
    bins = sorted(os.listdir("/usr/lib/postgresql"), key=int)[-1]
    argv = ["/usr/lib/postgresql/%s/bin/%s" % (bins, argv[0]), *argv[1:]]
    if os.getuid() == 0:
        argv = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *argv]
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
    if p.returncode != 0:
        raise RuntimeError(p.stdout)


def sql(base, text, port="5432"):
    return subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", base, "-p", port, "-U", "postgres",
         "-d", "tidemark", "-c", text], capture_output=True, text=True, check=True).stdout.strip()


def ctl(*args, stdin=""):
    p = subprocess.run([CTL, *args, "--format", "json"], input=stdin, text=True,
                       capture_output=True, env=ENV)
    return json.loads(p.stdout) if p.stdout.strip() else p.stderr


def replica_of_doctor():
    return {r["check"]: (r["state"], r["seen"]) for r in ctl("doctor")}["replica"]


def until(seconds, check):
    """Seconds until a check() began that is true, or None."""
    begin = asked = time.monotonic()
    while asked - begin < seconds:
        if check():
            return asked - begin
        time.sleep(0.05)
        asked = time.monotonic()
    return None


class Replica:
    def __init__(self, base):
        self.base, self.data = base, os.path.join(base, "replica")
        postgres("pg_basebackup", "-h", base, "-U", "postgres", "-D", self.data, "-R", "-c",
                 "fast", "-X", "stream")
        self.start()

    def start(self):
        postgres("pg_ctl", "-D", self.data, "-l", self.base + "/replica.log", "-w", "-o",
                 "-p " + PORT, "start")

    def stop(self):
        postgres("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def sql(self, text):
        return sql(self.base, text, PORT)

    def follow(self):
        """Until it has all that the primary has now."""
        at = sql(self.base, "SELECT pg_current_wal_insert_lsn()")
        if until(30, lambda: self.sql("SELECT pg_last_wal_replay_lsn() >= '%s'" % at) == "t") is None:
            raise AssertionError("the replica does not follow")


class World:
    def __init__(self, base, web):
        self.base, self.web = base, web
        ctl("user", "create", "--email", "ann@example.org", "--verified", "--password-stdin",
            stdin=PASSWORD + "\n")
        team = ctl("team", "create", "--name", "Acme", "--owner", "ann@example.org")
        p = ctl("project", "create", "--team", team["slug"], "--name", "Shop")
        self.env = [e["id"] for e in p["environments"] if e["name"] == "prod"][0]
        self.page = "/t/%s/p/shop/prod/" % team["slug"]
        self.api = "/api/v1/projects/%s/" % p["id"]
        self.token = ctl("token", "create", "--user", "ann@example.org", "--team", team["slug"],
                         "--scopes", "metrics:read,events:read")["token"]

    def ask(self, path):
        """(the reply as JSON or text, the store it came from)."""
        status, _, text = self.web.request("GET", self.api + path,
                                           {"Authorization": "Bearer " + self.token})
        if status != 200:
            raise AssertionError("%d %s" % (status, text))
        return json.loads(text) if text.startswith("{") else text, self.store()

    def events(self):
        """(how many there are by the API, the store they came from)."""
        reply, store = self.ask("events?env=prod")
        return len(reply["events"]), store

    def store(self):
        """Of the last request. Its line comes after its reply; the one process
        takes the next request after that."""
        self.web.request("GET", "/livez")
        line = [x for x in self.web.text().splitlines()
                if "msg=request" in x and "path=/livez" not in x][-1]
        return "replica" if "store=replica" in line else "primary"

    def add(self):
        sql(self.base, "INSERT INTO contexts (environment_id, context_no, hash, first_seen)"
            " VALUES (%(env)s, 1, '\\x01', now()) ON CONFLICT DO NOTHING; INSERT INTO events (ts,"
            " received_at, event_id, environment_id, context_no, class, name) VALUES (now(), now(),"
            " gen_random_uuid(), %(env)s, 1, 90, 'e'); UPDATE environments SET first_event_at"
            " = now() WHERE id = %(env)s" % {"env": self.env})


def follows(w, replica):
    ok(until(20, lambda: w.events() == (0, "replica")) is not None, "the API reads from it")
    w.add()
    took = until(20, lambda: w.events()[0] == 1)
    ok(took is not None, "what is stored is there at once (%.2f s)" % (9 if took is None else took))
    equal(replica_of_doctor()[0], "ok", "doctor finds it well")


def stands_still(w, replica):
    until(20, lambda: w.events()[1] == "replica")
    replica.sql("SELECT pg_wal_replay_pause()")
    w.add()
    equal(w.events(), (1, "replica"), "negative control: it stands still, and serves for a moment")
    took = until(10, lambda: w.events() == (2, "primary"))
    ok(took is not None, "then the primary serves")
    at_most(99 if took is None else took, LAG_MS / 1000 + 1.5, "seconds after it stood still")
    equal(replica.sql("SELECT count(*) FROM events"), "1", "it still does")
    must_fail(w.events()[1] == "replica", "a replica that is behind serves")
    ok("behind" in replica_of_doctor()[1], "doctor says by how much", replica_of_doctor())
    replica.sql("SELECT pg_wal_replay_resume()")
    ok(until(20, lambda: w.events() == (2, "replica")) is not None, "it follows again, and serves")


def rows(w, replica):
    """Each row of the table that may use it really does, whatever it asks for."""
    out = subprocess.run([WEB, "--routes"], capture_output=True, text=True, env=ENV).stdout
    missed, n = [], 0
    site = site_http.Site("http://127.0.0.1:%d" % w.web.port)
    site.sign_in("ann@example.org", PASSWORD)
    site.cookies.pop("tm_changed", None)
    replica.follow()
    w.events()
    for r in map(json.loads, out.splitlines()):
        if not r["replica"]:
            continue
        n += 1
        path = re.sub(r"\{[a-z_]+\}", "1", re.sub(r"^(/t/\{team\}/p/\{project\}/\{env\}/|/api/v1/"
                      r"projects/\{project_id\}/)", "", r["pattern"]))
        if r["pattern"].startswith("/api"):
            status = w.web.request("GET", w.api + path + "?env=prod", {
                "Authorization": "Bearer " + w.token})[0]
        else:
            status = site.get(w.page + path).status
        # what is not there is looked for at the primary too
        if (status, w.store()) not in ((200, "replica"), (400, "replica"), (404, "primary")):
            missed.append("%s: %d by the %s" % (r["pattern"], status, w.store()))
    equal((n > 15, missed), (True, []), "all %d rows that may read from it do" % n)
    replica.sql("SELECT pg_wal_replay_pause()")
    new = ctl("project", "create", "--team", "acme", "--name", "Newer")["id"]
    w.events()
    status, _, _ = w.web.request("GET", "/api/v1/projects/%s/events?env=prod" % new, {
        "Authorization": "Bearer " + w.token})
    equal((status, w.store()), (200, "primary"), "what is too new for it is found all the same")
    replica.sql("SELECT pg_wal_replay_resume()")


def changes(w):
    """Who changes something sees it; what writes by itself is the primary's."""
    before = int(sql(w.base, "SELECT count(*) FROM audit_entries"))
    equal(w.ask("sessions?env=prod&format=csv")[1], "primary",
          "a file, which leaves an audit entry: tried again there")
    ok(int(sql(w.base, "SELECT count(*) FROM audit_entries")) > before, "and it is left")
    site = site_http.Site("http://127.0.0.1:%d" % w.web.port)
    site.sign_in("ann@example.org", PASSWORD)
    site.cookies.pop("tm_changed", None)
    until(20, lambda: site.get(w.page + "sessions") and w.store() == "replica")
    equal((site.get(w.page + "sessions").status, w.store()), (200, "replica"), "pages read from it")
    site.submit(site.get(w.page + "sessions"), "/reports", name="mine")
    equal(("tm_changed" in site.cookies, site.get(w.page + "sessions").status, w.store()),
          (True, 200, "primary"), "after a change the primary serves who made it")
    site.cookies.pop("tm_changed", None)
    equal((site.get(w.page + "sessions").status, w.store()), (200, "replica"), "for a moment")
    site.get(w.page + "settings")
    equal(w.store(), "primary", "settings are never read from it")


def goes(w, replica):
    until(20, lambda: w.events()[1] == "replica")
    replica.stop()
    equal(w.events(), (2, "primary"), "killed: the request that finds out is served all the same")
    ok(replica_of_doctor()[0] == "warn", "doctor warns", replica_of_doctor())
    replica.start()
    postgres("pg_ctl", "-D", replica.data, "-w", "promote")
    w.add()
    # as any that stands still: for the lag that is allowed it may serve
    took = until(10, lambda: w.events() == (3, "primary"))
    at_most(99 if took is None else took, LAG_MS / 1000 + 1.5, "seconds until it is left out, promoted to another")
    time.sleep(0.6)  # it is looked at again
    must_fail(w.events()[1] == "replica", "a database that was promoted serves")
    ok("no replica" in replica_of_doctor()[1], "doctor sees it", replica_of_doctor())


def main():
    replica = None
    with Stores("replica", TIDEMARK_COOKIE_SECURE="false", TIDEMARK_READ_LAG_MS=str(LAG_MS)) as s:
        ENV.update(s.env, TIDEMARK_DB_READ=s.env["TIDEMARK_DB_APP"].replace(
            "port=5432", "port=" + PORT))
        try:
            ctl("migrate", "up")
            replica = Replica(s.pg)
            with Front(WEB, ENV) as web:
                w = World(s.pg, web)
                follows(w, replica)
                stands_still(w, replica)
                rows(w, replica)
                changes(w)
                goes(w, replica)
        finally:
            if replica is not None:
                replica.stop()


run(main)
