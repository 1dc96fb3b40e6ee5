#!/usr/bin/env python3
"""pages: server time of the overview and the explorer, against the same
numbers by plain SQL over raw events, as the application's role.

1 million events over 90 days (10 million with TIDEMARK_LONG=1, or as many as
the argument says) in a private PostgreSQL; the data are written by
t/bench/pages/load.sql, the blocks of days by the code that the consumer runs.
Plain SQL counts the key numbers and their series only, not the lists.
"""
import json
import os
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

sys.path.insert(0, os.path.join(bench.ROOT, "t", "lib"))
import schema  # noqa: E402

TEAM = "00000000-0000-4000-8000-000000000001"
RUNS = 40
EXPLORER_RUNS = 8
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
        for args in schema.files():
            self.psql(self.owner, *args)
        self.psql(self.owner, "-v", "events=%d" % events, "-v", "days=90", "-f",
                  os.path.join(bench.HERE, "pages", "load.sql"))
        self.psql(self.owner.replace("tidemark_owner", "postgres"), "-c",
                  "VACUUM ANALYZE")

    def build_blocks(self, program):
        """As the consumer's job does; how many."""
        p = subprocess.run([program, self.app, "1", "team=" + TEAM, "range=7d",
                            "build=" + self.env["TIDEMARK_DB_CONSUMER"]],
                           check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
        self.psql(self.owner.replace("tidemark_owner", "postgres"), "-c",
                  "VACUUM ANALYZE block_chunks", "-c", "VACUUM ANALYZE block_marks")
        return int(p.stderr.split()[1])

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


def percentile(times, q):
    times = sorted(times)
    return times[max(0, -(-q * len(times) // 100) - 1)]


def overview_ms(program, store, *args):
    """(p50, p95) of the server time; the first run fills caches."""
    p = subprocess.run([program, store.app, "1", "team=" + TEAM,
                        "repeat=%d" % RUNS, *args], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       text=True)
    times = [float(x) for x in p.stderr.split()][1:]
    return percentile(times, 50), percentile(times, 95)


def explorer(program, store, *args):
    """p50 and p95 of each part, over new connections' second runs."""
    runs = []
    for _ in range(EXPLORER_RUNS):
        p = subprocess.run([program, store.app, "1", "team=" + TEAM, "page=1",
                            "explore=1", "repeat=2", *args], check=True,
                           stdout=subprocess.PIPE, text=True)
        runs.append(json.loads(p.stdout))
    return {k: (percentile([r[k] for r in runs], 50),
                percentile([r[k] for r in runs], 95))
            for k in ("list_ms", "count_ms", "names_ms")}


def measure_overview(b, store, program):
    for days in (7, 30, 90):
        window = "range=%dd" % days
        plain = store.plain_ms(days)
        b.figure("plain_%dd_ms" % days, plain, "ms",
                 "%d days: key numbers by plain SQL" % days)
        kpis = overview_ms(program, store, "page=1", window, "tables=0")
        b.figure("kpis_%dd_p50_ms" % days, kpis[0], "ms",
                 "%d days: key numbers, series, comparison, p50" % days)
        b.figure("kpis_%dd_p95_ms" % days, kpis[1], "ms", "the same, p95")
        page = overview_ms(program, store, "page=1", window)
        b.figure("page_%dd_p50_ms" % days, page[0], "ms",
                 "%d days: whole page with all lists, p50" % days)
        b.at_most("page_%dd_p95_ms" % days, page[1], 10.0, "the same, p95", "ms")
        b.at_least("ratio_%dd" % days, plain / page[0], 50.0,
                   "%d days: plain SQL / whole page (p50)" % days)
    for key, text, args in (
            ("24h", "last 24 hours: whole page", ["page=1", "range=24h"]),
            ("api", "API's default, 30 days up to now", ["days=1"])):
        p50, p95 = overview_ms(program, store, *args)
        b.figure(key + "_p50_ms", p50, "ms", text + ", p50")
        b.figure(key + "_p95_ms", p95, "ms", "the same, p95")


def measure_explorer(b, store, program):
    for key, text, args in (("all", "none", []),
                            ("name", "name", ["f=name:eq:search"]),
                            ("user", "user", ["f=user:eq:user-77"])):
        times = explorer(program, store, "range=30d", *args)
        for part, title in (("list", "first page"), ("count", "counts")):
            p50, p95 = times[part + "_ms"]
            b.figure("%s_%s_p50_ms" % (part, key), p50, "ms",
                     "explorer's %s, filter %s, p50" % (title, text))
            b.at_most("%s_%s_p95_ms" % (part, key), p95, 50.0, "the same, p95", "ms")
    p50, p95 = times["names_ms"]
    b.figure("names_p50_ms", p50, "ms", "list of event names with users, p50")
    b.at_most("names_p95_ms", p95, 50.0, "the same, p95", "ms")
    rare = explorer(program, store, "range=90d", "f=prop.missing:eq:1")
    b.at_most("list_rare_p95_ms", rare["list_ms"][1], 350.0,
              "a property that never occurs: its deadline, p95", "ms")


TITLES = {
    "sessions": "list of sessions", "sessions_crashed": "sessions with a crash",
    "session": "one session and its timeline",
    "person_timeline": "a person's timeline", "crashes": "crash groups",
    "crash_group": "one crash group", "traces": "list of traces",
    "trace_names": "traces by name, percentiles",
    "trace": "one trace name, percentiles and breakdowns",
}


def measure_explorers(b, store, program):
    """Each reading of the explorers' pages; the first run fills caches."""
    for key, args in (("30d", []), ("90d", ["range=90d"]),
                      ("30d_version", ["f=version:eq:2.4.0"])):
        p = subprocess.run([program, store.app, "1", "team=" + TEAM,
                            "repeat=%d" % RUNS, *args], check=True,
                           stdout=subprocess.PIPE, text=True)
        for line in p.stdout.splitlines():
            name, _, *times = line.split()
            times = [float(x) for x in times][1:]
            b.figure("%s_%s_p50_ms" % (name, key), percentile(times, 50), "ms",
                     "%s, %s, p50" % (TITLES[name], key.replace("_", ", by ")))
            b.at_most("%s_%s_p95_ms" % (name, key), percentile(times, 95), 50.0,
                      "the same, p95", "ms")


def measure(b, store):
    build = os.path.join(b.lab.var, "build")
    subprocess.run(["make", "-s", "-C", build, "t/lib/overview_dump",
                    "t/lib/explore_dump"], check=True, stdout=sys.stderr)
    program = os.path.join(build, "t/lib/overview_dump")
    b.figure("blocks", store.build_blocks(program), "blocks",
             "blocks of 4 and 16 days built")
    measure_overview(b, store, program)
    measure_explorer(b, store, program)
    measure_explorers(b, store, os.path.join(build, "t/lib/explore_dump"))


def main():
    events = 10000000 if bench.LONG else 1000000
    if len(sys.argv) > 1:
        events = int(sys.argv[1])
    b = bench.Bench("pages", "server time at %.1f million events" % (events / 1e6))
    b.say("writing %d events" % events)
    store = Store(events)
    try:
        measure(b, store)
    finally:
        store.stop()
    b.finish()


if __name__ == "__main__":
    main()
