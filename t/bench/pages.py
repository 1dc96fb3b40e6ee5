#!/usr/bin/env python3
"""pages: server time of the overview and the explorer, against the same
numbers by plain SQL over raw events, as the application's role.

1 million events over 90 days (10 million with TIDEMARK_LONG=1) in a private
PostgreSQL; the data are written by t/bench/pages/load.sql.
"""
import json
import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

TEAM = "00000000-0000-4000-8000-000000000001"
RUNS = 40
# What the overview's key numbers cost without rollups, for one window.
PLAIN = """
SELECT count(*) FROM events WHERE environment_id = 1 AND class = 90 AND {w};
SELECT count(DISTINCT p) FROM ({people}) x;
SELECT date_trunc('day', ts), count(DISTINCT p) FROM ({people}) x GROUP BY 1;
SELECT date_trunc('day', ts), count(*) FROM events WHERE environment_id = 1 AND class = 90 AND {w} GROUP BY 1;
SELECT date_trunc('day', started_at), count(*), count(*) FILTER (WHERE fatal_crashes > 0) FROM sessions WHERE environment_id = 1 AND {s} GROUP BY 1;
SELECT date_trunc('day', ts), count(DISTINCT person_no) FROM crashes WHERE environment_id = 1 AND class = 90 AND fatal AND {w} GROUP BY 1;
SELECT date_trunc('day', ts), percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) FROM traces WHERE environment_id = 1 AND class = 90 AND name = 'cold_start' AND {w} GROUP BY GROUPING SETS ((), (1));
SELECT date_trunc('day', ts), percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) FROM traces WHERE environment_id = 1 AND class = 90 AND {w} GROUP BY GROUPING SETS ((), (1));
"""
PEOPLE = " UNION ALL ".join(
    "SELECT ts, person_no AS p FROM %s WHERE environment_id = 1 AND class = 90"
    " AND {w}" % t for t in ("events", "crashes", "traces"))


class Store:
    def __init__(self, events):
        out = subprocess.run(
            ["sh", os.path.join(bench.ROOT, "t/lib/pg-start.sh"), "start"],
            check=True, text=True, stdout=subprocess.PIPE).stdout
        self.env = dict(w.split("=", 1) for w in
                        shlex.split(out.replace(";", " ")) if "=" in w)
        self.owner = self.env["TIDEMARK_DB_OWNER"]
        self.app = self.env["TIDEMARK_DB_APP"]
        folder = os.path.join(bench.ROOT, "sql")
        for name in sorted(os.listdir(folder)):
            if name[:4].isdigit():
                self.psql(self.owner, "-1", "-f", os.path.join(folder, name))
        self.psql(self.owner, "-v", "events=%d" % events, "-v", "days=90", "-f",
                  os.path.join(bench.HERE, "pages", "load.sql"))
        self.psql(self.owner.replace("tidemark_owner", "postgres"), "-c",
                  "VACUUM ANALYZE")

    def psql(self, conninfo, *args, stdin=None):
        p = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
                            conninfo, *args], input=stdin, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if p.returncode != 0:
            sys.exit("bench: psql: " + p.stderr)
        return p.stdout

    def plain_ms(self, days):
        """The same numbers for the window and the one before."""
        script = "SELECT set_config('app.environment_id', '1', false);\n\\timing on\n"
        for lo, hi in ((days - 1, -1), (2 * days - 1, days - 1)):
            bounds = "{c} >= date_trunc('day', now()) - interval '%d days' AND" \
                " {c} < date_trunc('day', now()) - interval '%d days'" % (lo, hi)
            w = bounds.format(c="ts")
            script += PLAIN.format(w=w, s=bounds.format(c="started_at"),
                                   people=PEOPLE.format(w=w))
        out = self.psql(self.app, stdin=script)
        return sum(float(line.split()[1]) for line in out.splitlines()
                   if line.startswith("Time:"))

    def stop(self):
        subprocess.run(["sh", os.path.join(bench.ROOT, "t/lib/pg-start.sh"),
                        "stop", self.env["PG_DIR"]], check=False)


def overview_ms(program, store, *args):
    """95th percentile of the server time."""
    p = subprocess.run([program, store.app, "1", "team=" + TEAM,
                        "repeat=%d" % RUNS, "page=1", *args], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       text=True)
    times = sorted(float(x) for x in p.stderr.split())[:-1]  # not the first
    return times[int(0.95 * len(times))]


def explorer(program, store, *args):
    best = []
    for _ in range(5):
        p = subprocess.run([program, store.app, "1", "team=" + TEAM, "page=1",
                            "explore=1", "repeat=2", *args], check=True,
                           stdout=subprocess.PIPE, text=True)
        best.append(json.loads(p.stdout))
    return {k: bench.median([b[k] for b in best]) for k in best[0]}


def measure(b, store):
    build = os.path.join(b.lab.var, "build")
    subprocess.run(["make", "-s", "-C", build, "t/lib/overview_dump"],
                   check=True, stdout=sys.stderr)
    program = os.path.join(build, "t/lib/overview_dump")
    for days in (7, 30, 90):
        plain = store.plain_ms(days)
        b.figure("plain_%dd_ms" % days, plain, "ms",
                 "%d days: key numbers by plain SQL" % days)
        kpis = overview_ms(program, store, "range=%dd" % days, "tables=0")
        b.at_most("kpis_%dd_ms" % days, kpis, 10.0 if days <= 30 else 25.0,
                  "%d days: key numbers, series, comparison (p95)" % days, "ms")
        page = overview_ms(program, store, "range=%dd" % days)
        b.figure("page_%dd_ms" % days, page, "ms",
                 "%d days: the same with all lists (p95)" % days)
        b.at_least("ratio_%dd" % days, plain / kpis, 50.0,
                   "%d days: plain SQL / key numbers" % days)
    for text, args in (("all", []), ("name", ["f=name:eq:search"]),
                       ("user", ["f=user:eq:user-77"])):
        times = explorer(program, store, "range=30d", *args)
        b.at_most("list_%s_ms" % text, times["list_ms"], 50.0,
                  "explorer's first page, filter %s" % text, "ms")
        b.at_most("count_%s_ms" % text, times["count_ms"], 50.0,
                  "explorer's counts, filter %s" % text, "ms")
    rare = explorer(program, store, "range=90d", "f=prop.missing:eq:1")
    b.at_most("list_rare_ms", rare["list_ms"], 350.0,
              "a property that never occurs: deadline", "ms")


def main():
    events = 10000000 if bench.LONG else 1000000
    b = bench.Bench("pages", "server time at %d million events" %
                    (events // 1000000))
    b.say("writing %d events" % events)
    store = Store(events)
    try:
        measure(b, store)
    finally:
        store.stop()
    b.finish()


main()
