#!/usr/bin/env python3
"""retention: dropping one day of a large store, while queries and writers are
at work in the same class: how long it takes, and how long anybody waits.

The negative control takes the day off as SQL would, without a bound on the
lock, behind a long query: then everybody waits for that query.

  RETENTION_ROWS=N   rows of the store (default 1,000,000; TIDEMARK_LONG 10,000,000)

The days that are dropped hold what a day of 10,000,000 rows in 90 days holds,
whatever the size of the rest.
"""
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

ROWS = int(os.environ.get("RETENTION_ROWS",
                          10000000 if bench.LONG else 1000000))
DAYS, CLASS = 90, 400
DROPS = 5
DROPPED = 10000000 // DAYS


class Psql:
    """One psql, kept open."""

    def __init__(self):
        self.p = subprocess.Popen(
            [os.path.join(bench.ROOT, "dev"), "psql", "-X", "-q", "-A", "-t",
             "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, sql):
        self.p.stdin.write((sql + ";\n\\echo .\n").encode())
        self.p.stdin.flush()
        lines = []
        while True:
            line = self.p.stdout.readline()
            if not line:
                sys.exit("bench: psql ended: " + sql[:200])
            line = line.decode().strip()
            if line == ".":
                return lines
            lines.append(line)

    def close(self):
        self.p.stdin.close()
        self.p.wait(30)


def load(b, env):
    """DAYS days that end where the class does, and DROPS older ones."""
    p = Psql()
    p.run("UPDATE environments SET retention_raw_days = 400, event_classes ="
          " '{%d}' WHERE id = %d" % (CLASS, env))
    p.run("INSERT INTO partition_lines VALUES ('events', %d, now()::date - 500,"
          " now()::date - 450) ON CONFLICT (parent, class) DO UPDATE SET"
          " month_from = excluded.month_from, day_from = excluded.day_from"
          % CLASS)
    p.run("SELECT partition_prepare(%d::int2)" % CLASS)
    for day in range(CLASS + 1 + DROPS, CLASS + 1 - DAYS, -1):
        at = "(date_trunc('day', now()) - interval '%d days')" % day
        each = DROPPED if day >= CLASS + 1 else ROWS // DAYS
        p.run("SELECT partition_ensure('events', %d::int2, %s)" % (CLASS, at))
        p.run("INSERT INTO events (session_no, ts, received_at, event_id,"
              " environment_id, person_no, context_no, class, name, properties)"
              " SELECT i / 20, %s + i * interval '%f seconds', now(),"
              " gen_random_uuid(), %d, i %% 5000, 1, %d, 'tap',"
              " '{\"plan\":\"pro\",\"n\":7,\"screen\":\"home\"}'"
              " FROM generate_series(1, %d) i"
              % (at, 86000.0 / each, env, CLASS, each))
        if day % 20 == 0:
            b.say("%d days to go" % (day - CLASS + DAYS))
    p.run("ANALYZE events")
    p.close()


class Users(threading.Thread):
    """One that asks the same thing again and again, and how long it took."""

    def __init__(self, env, sql, rest_s):
        super().__init__(daemon=True)
        self.sql = sql % {"env": env, "class": CLASS}
        self.rest_s = rest_s
        self.took, self.stop = [], False
        self.psql = Psql()

    def run(self):
        while not self.stop:
            begin = time.monotonic()
            self.psql.run(self.sql)
            self.took.append((begin, 1000 * (time.monotonic() - begin)))
            time.sleep(self.rest_s)
        self.psql.close()


# The probe only asks for the lock that every reader takes: how long it took
# is how long a reader waited, on a busy machine too.
ASK = {
    "probe": ("BEGIN; LOCK TABLE events_c%(class)d IN ACCESS SHARE MODE; COMMIT",
              .002),
    "newest": ("SELECT event_id FROM events WHERE environment_id = %(env)d AND"
               " class = %(class)d AND ts >= now() - interval '320 days' ORDER"
               " BY environment_id DESC, ts DESC, event_id DESC LIMIT 50", .005),
    "person": ("SELECT count(*) FROM events WHERE environment_id = %(env)d AND"
               " class = %(class)d AND person_no = 77 AND ts >= now() -"
               " interval '330 days'", .005),
    "write": ("INSERT INTO events (ts, received_at, event_id, environment_id,"
              " context_no, class, name) VALUES (now() - interval '315 days',"
              " now(), gen_random_uuid(), %(env)d, 1, %(class)d, 'late')", .01),
    "long": ("SELECT pg_sleep(0.2) FROM (SELECT count(*) FROM events WHERE"
             " environment_id = %(env)d AND class = %(class)d AND ts >= now() -"
             " interval '316 days') x", .25),
}


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))] if values else 0


def within(users, begin, end):
    """Longest time of anybody who was asking in [begin, end]; `long` sleeps
    200 ms by itself."""
    return max((ms - (200 if u.sql.startswith("SELECT pg_sleep") else 0)
                for u in users for at, ms in u.took
                if at <= end and at + ms / 1000 >= begin), default=0.0)


def main():
    b = bench.Bench("retention", "dropping a day of %d rows, others at work"
                    % ROWS)
    b.lab.tenant("retention")
    env = int(b.lab.value(
        "SELECT e.id FROM environments e JOIN projects p ON p.id ="
        " e.project_id ORDER BY e.id DESC LIMIT 1"))
    b.lab.ctl("retention", "run")
    b.lab.dev("kill", "consumer") # its job would do the same by itself
    b.say("loading")
    load(b, env)
    users = [Users(env, *ask) for ask in ASK.values()]
    for u in users:
        u.start()
    time.sleep(5)
    calm = [ms for u in users[1:4] for _, ms in u.took]
    b.figure("calm_p99_ms", round(percentile(calm, .99), 1), "ms",
             "queries and writes before: p99")
    b.figure("calm_max_ms", round(max(calm), 1), "ms", "the longest of them")
    noise = max(ms for _, ms in users[0].took)
    b.figure("calm_probe_ms", round(noise, 1), "ms",
             "the lock before: longest wait")
    worker = Psql()
    took, waits, locks, tries = [], [], [], 0
    over = worker.run("SELECT o.leaf FROM retention_over() o WHERE class = %d"
                      " AND o.parent = 'events' AND pg_relation_size(o.leaf"
                      "::regclass) > 100000" % CLASS)
    b.figure("days", len(over), "", "days that are over")
    for leaf in over:
        begin = time.monotonic()
        while True:
            one = time.monotonic()
            if worker.run("SELECT retention_detach('%s')" % leaf) == ["t"]:
                break
            tries += 1
            time.sleep(.06)
        worker.run("SELECT retention_drop(id) FROM retention_drops WHERE"
                   " dropped_at IS NULL")
        end = time.monotonic()
        took.append((end - one) * 1000)
        time.sleep(.3)
        waits.append(within(users[1:], begin, end))
        locks.append(within(users[:1], begin, end))
        b.say("%s: %d ms" % (leaf, took[-1]))
    b.figure("drop_median_ms", round(bench.median(took), 1), "ms",
             "taking a day off and dropping it")
    b.at_most("drop_max_ms", round(max(took), 1), 1000, "the longest of them",
              "ms")
    b.figure("refused", tries, "", "tries that gave the lock up after 40 ms")
    # on a machine that is busy by itself, not longer than before
    b.at_most("lock_max_ms", round(max(locks), 1), max(100, round(noise)),
              "longest wait of a reader for its lock meanwhile", "ms")
    b.figure("wait_max_ms", round(max(waits), 1), "ms",
             "longest query or write meanwhile, all of it")
    # the negative control, behind a query of 1.5 s
    other = Psql()
    holder = threading.Thread(target=other.run, args=(
        "BEGIN; SELECT count(*) FROM events WHERE environment_id = %d AND class ="
        " %d AND ts < now() - interval '399 days' AND ts > now() - interval '400"
        " days'; SELECT pg_sleep(1.5); COMMIT" % (env, CLASS),))
    users[4].stop = True
    leaf = worker.run("SELECT leaf FROM partition_list() WHERE parent = 'events'"
                      " AND class = %d ORDER BY lo LIMIT 1" % CLASS)[0]
    holder.start()
    time.sleep(.3)
    plain, begin = Psql(), time.monotonic()
    plain.run("ALTER TABLE events_c%d DETACH PARTITION %s" % (CLASS, leaf))
    plain.run("DROP TABLE %s" % leaf)
    end = time.monotonic()
    holder.join()
    time.sleep(.3)
    blocked = within(users[:1], begin, end)
    b.at_least("control_ms", round(blocked, 1), 500,
               "negative control: longest wait without the bound", "ms")
    for u in users:
        u.stop = True
    for u in users:
        u.join(5)
    p = Psql()
    for leaf in p.run("SELECT leaf FROM partition_list() WHERE parent = 'events'"
                      " AND class = %d" % CLASS):
        p.run("DROP TABLE %s" % leaf)
    p.run("DELETE FROM partition_lines WHERE parent = 'events' AND class = %d"
          % CLASS)
    p.run("SELECT partition_prepare(%d::int2)" % CLASS)
    p.run("UPDATE environments SET retention_raw_days = 90, event_classes ="
          " '{90}' WHERE id = %d" % env)
    p.close()
    b.lab.dev("start", "consumer")
    b.finish()


if __name__ == "__main__":
    main()
