#!/usr/bin/env python3
"""R5: a consumer that dies between any two steps loses and doubles nothing.

Needs a consumer built with --enable-crash-points, as ./dev test builds it:
TIDEMARK_CRASH_AT names the step at which it kills itself.
"""
# takes: 30 s
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import http1
import lab as labs
import load
import nemesis
import tap

POINTS = ["after_read", "after_seen", "before_commit",
          "after_commit_before_ack", "after_ack"]
RUNS = 100 if labs.LONG else 3
# Stored before the queue forgets the batch: the only order that is safe.
COMMITTED = {"after_read": False, "after_seen": False,
             "before_commit": False, "after_commit_before_ack": True,
             "after_ack": True}


def queued(lab):
    return int(lab.redis("XLEN", "tm:q:ingest") or 0)


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def one_run(lab, tenant, client, point):
    """Crash at point with a few batches in hand. Returns findings."""
    lab.kill("consumer")
    os.environ["TIDEMARK_CRASH_AT"] = point
    try:
        lab.bring_back("consumer")
    finally:
        del os.environ["TIDEMARK_CRASH_AT"]
    wait_for(lambda: len(crashes(lab)) == 2, 30)  # a fork has no title of its own yet
    before = crashes(lab)
    supervisors = [p for p, name in lab.pids("consumer").items() if name.endswith(" sh")]
    ids = []
    for _ in range(lab.rng.randrange(1, 6)):
        some, body = load.batch(lab.rng, lab.rng.randrange(1, 40))
        if http1.post_patiently(client, tenant.key, body)[0] == 202:
            ids += some
    died = wait_for(lambda: not all(os.path.exists("/proc/%d" % p) for p in before), 30)
    for pid in supervisors:  # before the tenth delivery, which would be a dead letter
        labs.kill_pid(pid, signal.SIGSTOP)
    rows = len(check.stored_ids(lab, tenant.env))
    lab.kill("consumer")
    left = queued(lab)
    lab.bring_back("consumer")
    return ids, died, rows, left


def crashes(lab):
    """The consumers' pids: they change when one has died."""
    return set(nemesis.pids_of(lab, "consumer", "tidemark-consumer"))


def main():
    lab = labs.Lab().start()
    for point in POINTS:
        tenant = lab.tenant("crash")
        client = http1.Client(lab.host, lab.port)
        sent, died, order = [], 0, []
        for _ in range(RUNS):
            already = len(sent)
            ids, dead, rows, left = one_run(lab, tenant, client, point)
            sent += ids
            died += dead
            if not COMMITTED[point] and (rows != already or not left):
                order.append("%d rows before the commit" % (rows - already))
            if not lab.drain(90):
                order.append("did not drain")
        tap.equal(died, RUNS, "%s: the consumer dies each time" % point)
        findings = check.compare(sent, sent,
                                 check.stored_ids(lab, tenant.env))
        tap.ok(check.clean(findings), "%s: %d runs, %d events, each stored"
               " once" % (point, RUNS, len(sent)), check.brief(findings))
        tap.equal(check.rollups(lab, tenant.env), [],
                  "%s: every rollup equals its rows" % point)
        tap.equal(order, [], "%s: queue and store agree at the crash" % point)
    control(lab)


def control(lab):
    """Without a crash point the consumer lives, and an entry taken from the
    queue before it is stored is a loss."""
    tenant = lab.tenant("ackfirst")
    client = http1.Client(lab.host, lab.port)
    with lab.paused():
        before = crashes(lab)
        ids, body = load.batch(lab.rng, 20)
        http1.post_patiently(client, tenant.key, body)
        stats = lab.redis("HGET", "tm:q:stats", "items")
        entry = lab.redis("XREVRANGE", "tm:q:ingest", "+", "-", "COUNT",
                          "1").splitlines()[0]
        lab.redis("XDEL", "tm:q:ingest", entry)  # acknowledged too early
        lab.redis("HSET", "tm:q:stats", "items", str(int(stats) - 20))
    lab.drain(20)
    tap.must_fail(crashes(lab) != before, "no crash without a crash point")
    tap.must_fail(check.clean(check.compare(
        ids, ids, check.stored_ids(lab, tenant.env))),
        "an acknowledgement before the commit loses events")


tap.run(main)
