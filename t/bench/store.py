#!/usr/bin/env python3
"""store: events/s from the queue to stored, deduped, sessions and rollups
done, queryable; against COPY text of the same rows into a table with the
same indexes and a unique key, by as many connections, without dedupe."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

EVENTS = 400000          # a round; fits the queue's bound
ROUNDS = 3
CONNECTIONS = 2          # = consumers
CHUNK = 5000             # rows of one transaction
SUSTAINED = 300          # seconds, long form
FULL_STORE = 10000000    # rows before the long form measures


def fill(b, load, events):
    """Queue so many events while the consumers hold still."""
    b.lab.dev("ctl", "queue", "pause")
    time.sleep(1.8)
    result = load.run("-c", 16, "-n", 100, "-b", events // 100)
    if result["status"] != {"202": events // 100}:
        sys.exit("bench: filling the queue: %s" % result["status"])


def drain(b):
    """Seconds until all of it is stored."""
    begin = time.monotonic()
    b.lab.dev("ctl", "queue", "resume")
    if not b.lab.drain(600):
        sys.exit("bench: the queue does not drain")
    return time.monotonic() - begin


def one_round(b, load):
    fill(b, load, EVENTS)
    return EVENTS / drain(b)


class Baseline:
    """COPY text of a round's rows, in chunks, into a bare table."""

    def __init__(self, b, tenant):
        self.b = b
        self.folder = tempfile.mkdtemp(prefix="tidemark-bench-")
        b.lab.dev("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c",
                  "\\copy (SELECT * FROM events WHERE environment_id = %d"
                  " ORDER BY received_at DESC LIMIT %d) TO '%s/rows'" % (
                      tenant.env, EVENTS, self.folder), timeout=600)
        subprocess.run(["split", "-l", str(CHUNK), "-a", "4", "rows", "c."],
                       cwd=self.folder, check=True)
        self.chunks = sorted(n for n in os.listdir(self.folder)
                             if n.startswith("c."))

    def rate(self):
        """Rows/s of one round."""
        table(self.b, "CREATE TABLE bench_copy (LIKE events INCLUDING"
              " DEFAULTS); CREATE INDEX ON bench_copy (environment_id,"
              " ts, event_id); CREATE INDEX ON bench_copy"
              " (environment_id, person_no, ts); CREATE UNIQUE INDEX ON"
              " bench_copy (environment_id, event_id)")
        begin = time.monotonic()
        copy(self.b, self.folder, self.chunks)
        seconds = time.monotonic() - begin
        if int(self.b.lab.value("SELECT count(*) FROM bench_copy")) != EVENTS:
            sys.exit("bench: the baseline did not copy every row")
        return EVENTS / seconds

    def close(self):
        table(self.b)
        shutil.rmtree(self.folder)


def table(b, create=""):
    b.lab.dev("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c",
              "SET client_min_messages = warning; DROP TABLE IF EXISTS"
              " bench_copy; " + create)


def copy(b, folder, chunks):
    jobs = []
    for i in range(CONNECTIONS):
        script = "".join("\\copy bench_copy FROM '%s/%s'\n" % (folder, c)
                         for c in chunks[i::CONNECTIONS])
        p = subprocess.Popen([os.path.join(bench.ROOT, "dev"), "psql", "-X",
                              "-q", "-v", "ON_ERROR_STOP=1"],
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        jobs.append((p, script))
    for p, script in jobs:
        p.stdin.write(script.encode())
        p.stdin.close()
    for p, _ in jobs:
        if p.wait() != 0:
            sys.exit("bench: COPY failed")


def sustained(b, load):
    """Rate over SUSTAINED seconds of storing, after FULL_STORE rows."""
    stored, spent = 0, 0.0
    while int(b.lab.value("SELECT coalesce(sum(reltuples), 0)::bigint FROM"
                          " pg_class WHERE relname LIKE 'events_c%'"
                          " AND relkind = 'r'")) + stored < FULL_STORE:
        fill(b, load, 800000)
        spent += drain(b)
        stored += 800000
        b.say("%d rows at %d/s" % (stored, stored / spent))
    stored, spent = 0, 0.0
    while spent < SUSTAINED:
        fill(b, load, 800000)
        spent += drain(b)
        stored += 800000
        b.say("sustained: %.0f s, %d/s" % (spent, stored / spent))
    return stored / spent


def main():
    b = bench.Bench("store", "from the queue to stored and queryable")
    folder = bench.build(b.lab, "load")
    tenant = b.lab.tenant("store")
    load = bench.Load(b.lab, folder, tenant.key, bench.https_port(b.lab))
    b.lab.drain(600)
    one_round(b, load)  # partitions, contexts, caches
    rates, bases = [], []
    bare = Baseline(b, tenant)
    for i in range(ROUNDS):
        b.say("round %d of %d" % (i + 1, ROUNDS))
        rates.append(one_round(b, load))
        bases.append(bare.rate())
    bare.close()
    mine, base = bench.median(rates), bench.median(bases)
    b.figure("events_per_s", mine, "events/s", "stored")
    b.figure("copy_rows_per_s", base, "rows/s",
             "COPY, %d connections" % CONNECTIONS)
    b.at_least("ratio", mine / base, 0.55, "  ratio")
    if bench.LONG:
        rate = sustained(b, load)
        b.figure("sustained_events_per_s", rate, "events/s",
                 "sustained %d s in a 10 M-row store" % SUSTAINED)
        b.at_least("sustained_ratio", rate / base, 0.55, "  ratio")
    b.finish()


main()
