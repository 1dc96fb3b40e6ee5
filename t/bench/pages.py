#!/usr/bin/env python3
"""pages: server time of the overview and of every explorer, against the same
numbers by plain SQL over raw events, as the application's role.

1 million events over 90 days (10 million with TIDEMARK_LONG=1, or as many as
the argument says), with a session for each 20 and a crash for each 50 of them,
in a private PostgreSQL; the data are written by t/bench/pages/load.sql, what
jobs make of them by the code that the consumer runs. That store is kept for
some hours (VAR/bench/pages-EVENTS), so that a second run begins at once. Plain SQL counts the key
numbers and their series only, not the lists.

Explorers are measured twice: by the clock, and by what reading and backend use
of the processor, which is the same on a busy machine. "flat" is the processor
time of 7 days among 90, over that of the same days in a store of 9: what the
events outside the range cost (1 = nothing).
"""
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

sys.path.insert(0, os.path.join(bench.ROOT, "t", "lib"))
import schema  # noqa: E402

TEAM = "00000000-0000-4000-8000-000000000001"
RUNS = 20
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


LOAD = os.path.join(bench.HERE, "pages", "load.sql")
KEPT_S = 4 * 3600  # its last day ends when it was written
# What the page of live events shows: some of the last minutes.
FRESH = """
INSERT INTO events (session_no, ts, received_at, event_id, environment_id, person_no, device_no, context_no,
                    class, name, properties)
SELECT session_no, now() - n * interval '0.2 seconds', now() - n * interval '0.2 seconds', gen_random_uuid(),
       environment_id, person_no, device_no, context_no, class, name, properties
FROM (SELECT *, row_number() OVER () AS n FROM (SELECT * FROM events WHERE environment_id = 1 AND class = 90
      AND ts > now() - interval '2 days' LIMIT 1500) x) y;
INSERT INTO batches (environment_id, batch_id, received_at, status, source, items, inserted, duplicates)
SELECT 1, 'bat_' || gen_random_uuid(), now() - n * interval '1 second', 'stored', 'ingest', 5, 5, 0
FROM generate_series(0, 299) n;
"""


def recipe():
    """Of what a kept store was made."""
    made_of = hashlib.sha256()
    for path in [LOAD] + [args[-1] for args in schema.files()]:
        with open(path, "rb") as f:
            made_of.update(f.read())
    return made_of.hexdigest()


class Store:
    def __init__(self, events, days=90, keep=None):
        """keep: the folder of a store that outlives the run."""
        self.keep = keep
        made = self.made()
        if keep and not made and os.path.exists(keep):
            shutil.rmtree(keep)
        out = subprocess.run(
            ["sh", os.path.join(bench.ROOT, "t/lib/pg-start.sh"), "start"] +
            ([keep] if keep else []),
            check=True, text=True, stdout=subprocess.PIPE).stdout
        self.env = dict(w.split("=", 1) for w in
                        shlex.split(out.replace(";", " ")) if "=" in w)
        self.owner = self.env["TIDEMARK_DB_OWNER"]
        self.app = self.env["TIDEMARK_DB_APP"]
        self.super = self.owner.replace("tidemark_owner", "postgres")
        self.seconds = 0
        if not made:
            self.write(events, days)

    def made(self):
        try:
            with open(os.path.join(self.keep, "made.json")) as f:
                made = json.load(f)
        except (TypeError, OSError, ValueError):
            return False
        return made["of"] == recipe() and time.time() - made["at"] < KEPT_S

    def write(self, events, days):
        began = time.time()
        for args in schema.files():
            self.psql(self.owner, *args)
        self.psql(self.owner, "-v", "events=%d" % events, "-v", "days=%d" % days, "-f", LOAD)
        self.psql(self.super, "-c", "VACUUM ANALYZE")
        self.seconds = time.time() - began
        if self.keep:
            with open(os.path.join(self.keep, "made.json"), "w") as f:
                json.dump({"of": recipe(), "at": began}, f)

    def run_jobs(self, program):
        """As the consumer does: what each made, and the seconds of all."""
        began = time.monotonic()
        p = subprocess.run([program, self.app, "1", "team=" + TEAM, "range=7d",
                            "build=" + self.env["TIDEMARK_DB_CONSUMER"]],
                           check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
        seconds = time.monotonic() - began
        for table in ("rollup_counts", "day_members", "day_chunks", "block_chunks",
                      "block_marks", "crash_days", "activity_hours", "trace_days"):
            self.psql(self.super, "-c", "VACUUM ANALYZE " + table)
        return [int(x.split()[1]) for x in p.stderr.splitlines()
                if x.startswith("built ")], seconds

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

    def freshen(self):
        self.psql(self.super, "-c", FRESH)

    def stop(self):
        subprocess.run(["sh", os.path.join(bench.ROOT, "t/lib/pg-start.sh"),
                        "halt" if self.keep else "stop", self.env["PG_DIR"]], check=False)


def percentile(times, q):
    times = sorted(times)
    return times[max(0, -(-q * len(times) // 100) - 1)]


def overview_ms(program, store, *args):
    """(p50, p95) of the server time; the first run fills caches."""
    p = subprocess.run([program, store.app, "1", "team=" + TEAM,
                        "repeat=%d" % RUNS, *args], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       text=True)
    # a line of the log among them is a statement that took long: not ours here
    times = [float(x) for x in p.stderr.splitlines() if not x.startswith("ts=")][1:]
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
            for k in ("list_ms", "count_ms")}


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
    "events": "list of events", "people": "list of people",
    "person": "a person's profile", "live": "live",
    "releases": "list of releases", "release": "one release",
}
WINDOWS = ("24h", "7d", "30d", "90d")
CPU_RUNS = 10
FLAT_MS = 5.0  # of less, a ratio is noise


def looks(program, store, runs, *args):
    """Milliseconds of each reading; the first run fills caches."""
    p = subprocess.run([program, store.app, "1", "team=" + TEAM,
                        "repeat=%d" % runs, *args], check=True,
                       stdout=subprocess.PIPE, text=True)
    out = {}
    for line in p.stdout.splitlines():
        name, _, *times = line.split()
        out[name] = [float(x) for x in times][1:]
    return out


def measure_window(b, store, program, key, *args):
    b.say("explorers, %s" % key.replace("_", ", by "))
    store.freshen()
    cpu = looks(program, store, CPU_RUNS, "clock=cpu", *args)
    for name, times in looks(program, store, RUNS, *args).items():
        title = "%s, %s" % (TITLES[name], key.replace("_", ", by "))
        b.figures["%s_%s_cpu_ms" % (name, key)] = percentile(cpu[name], 50)
        b.figures["%s_%s_p50_ms" % (name, key)] = percentile(times, 50)
        b.at_most("%s_%s_p95_ms" % (name, key), percentile(times, 95), 50.0,
                  title + ", p95", "ms")
        if b.goals[-1]["met"]:  # the table says it
            b.rows.pop()
    return cpu


def show_table(b, keys):
    """One line a page: processor p50, wall p50 and p95 of each window."""
    print("milliseconds: processor p50 / wall p50 / wall p95")
    print("  %-44s" % "" + "".join("%26s" % k.replace("_", " by ") for k in keys))
    for name, title in TITLES.items():
        print("  %-44s" % title + "".join("%26s" % " / ".join(
            "%.1f" % b.figures["%s_%s_%s_ms" % (name, k, f)]
            for f in ("cpu", "p50", "p95")) for k in keys))


# Windows under a filter.
FILTERED = (("30d_version", "range=30d", "f=version:eq:2.4.0"),
            ("90d_version", "range=90d", "f=version:eq:2.4.0"))


def measure_explorers(b, store, events, program):
    """Each reading of the explorers' pages."""
    cpu = {w: measure_window(b, store, program, w, "range=" + w) for w in WINDOWS}
    for window in FILTERED:
        measure_window(b, store, program, *window)
    show_table(b, WINDOWS + tuple(w[0] for w in FILTERED))
    small = Store(events // 10, 9)
    try:
        small.run_jobs(program)
        short = looks(program, small, CPU_RUNS, "clock=cpu", "range=7d")
    finally:
        small.stop()
    for name, times in cpu["7d"].items():
        few = percentile(short[name], 50)
        if few >= FLAT_MS:
            b.figure("flat_" + name, percentile(times, 50) / few, "ratio",
                     "%s, 7 of 90 days / 7 of 9 days" % TITLES[name])


def measure(b, store, events):
    build = os.path.join(b.lab.var, "build")
    subprocess.run(["make", "-s", "-C", build, "t/lib/overview_dump",
                    "t/lib/explore_dump"], check=True, stdout=sys.stderr)
    program = os.path.join(build, "t/lib/overview_dump")
    explore = os.path.join(build, "t/lib/explore_dump")
    if store.seconds:
        b.figure("write_s", store.seconds, "s", "writing the store")
    (days, hours, _, blocks, crashes, traces), seconds = store.run_jobs(explore)
    b.figure("release_days", days, "days", "days filled in by release")
    b.figure("hours", hours, "steps", "steps of 6 hours of activity filled in")
    b.figure("blocks", blocks, "blocks", "blocks of 4 and 16 days built")
    b.figure("crash_days", crashes, "days", "days of crashes made")
    b.figure("trace_days", traces, "days", "days of traces made")
    b.figure("jobs_s", seconds, "s", "all these together")
    measure_explorers(b, store, events, explore)
    measure_explorer(b, store, program)
    measure_overview(b, store, program)


def main():
    events = 10000000 if bench.LONG else 1000000
    if len(sys.argv) > 1:
        events = int(sys.argv[1])
    b = bench.Bench("pages", "server time at %.1f million events" % (events / 1e6), stack=False)
    if not os.path.exists(os.path.join(b.lab.var, "build", "Makefile")):
        b.lab.start()  # builds; the stack itself is not needed
    b.say("a store of %d events, written now or kept" % events)
    keep = os.path.join(bench.state_dir(b.lab), "bench", "pages-%d" % events)
    store = Store(events, keep=keep)
    try:
        measure(b, store, events)
    finally:
        store.stop()
    b.finish()


if __name__ == "__main__":
    main()
