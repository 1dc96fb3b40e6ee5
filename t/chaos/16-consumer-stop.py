#!/usr/bin/env python3
"""A consumer does as it is told: paused it reads nothing, SIGTERM ends it
within 5 s under load, and it goes on by itself when Redis was away."""
# takes: 16 s
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

STOP_LIMIT = 5.0


def fill(lab, tenant, client, batches, size=500):
    ids = []
    for _ in range(batches):
        some, body = load.batch(lab.rng, size)
        if http1.post_patiently(client, tenant.key, body)[0] == 202:
            ids += some
    return ids


def queued(lab):
    return int(lab.redis("XLEN", "tm:q:ingest"))


def consumers(lab):
    return set(nemesis.pids_of(lab, "consumer", "tidemark-consumer"))


def exact(lab, tenant, ids, what):
    findings = check.compare(ids, ids, check.stored_ids(lab, tenant.env))
    tap.ok(check.clean(findings), what, check.brief(findings))


def paused(lab):
    tenant = lab.tenant("paused")
    client = http1.Client(lab.host, lab.port)
    tap.must_fail("paused" in lab._at(), "a consumer that reads says it does not")
    with lab.paused():
        at = lab._at()
        tap.ok(len(at) == 2 and all(x == "paused" or x.startswith("job ") for x in at),
               "each consumer says that it holds still, or is at a job", at)
        ids = fill(lab, tenant, client, 4)
        early = lab.dev_status("ctl", "queue", "wait", "--timeout", "2")
        tap.must_fail(early == 0 or check.stored_ids(lab, tenant.env),
                      "nothing is stored while it is paused")
        for _ in range(5):
            with lab.stopped("redis"):
                pass
        tap.must_fail(check.stored_ids(lab, tenant.env),
                      "nor when Redis was away for a moment")
    tap.ok(lab.drain(60), "resumed, it stores")
    exact(lab, tenant, ids, "all of it, once")


def gone(pids, seconds):
    """Seconds until none of these processes is left."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if not any(os.path.exists("/proc/%d" % p) for p in pids):
            break
        time.sleep(0.01)
    return time.monotonic() - begin


def terminated(lab):
    tenant = lab.tenant("term")
    client = http1.Client(lab.host, lab.port)
    with lab.paused():
        ids = fill(lab, tenant, client, 160)
        before = consumers(lab)
        left = full = queued(lab)
        lab.dev("ctl", "queue", "resume")
        end = time.monotonic() + 60
        while left == full and time.monotonic() < end:
            left = queued(lab)
        for pid in before:
            labs.kill_pid(pid, signal.SIGTERM)
        took = gone(before, 30)
    tap.ok(0 < left < full, "in the middle of their work", "%d of %d batches" % (left, full))
    tap.at_most(took, STOP_LIMIT, "seconds from SIGTERM to the end")
    tap.ok(lab.drain(60), "those that follow store the rest")
    tap.ok(not consumers(lab) & before, "they are others")
    exact(lab, tenant, ids, "all of it, once")


def redis_away(lab):
    tenant = lab.tenant("away")
    client = http1.Client(lab.host, lab.port)
    with lab.paused():
        ids = fill(lab, tenant, client, 20)
    before = consumers(lab)
    with lab.stopped("redis"):
        time.sleep(1)
    tap.ok(lab.drain(60), "what was accepted is stored after Redis is back")
    tap.equal(consumers(lab), before, "by the same processes")
    ids += fill(lab, tenant, client, 2)
    tap.ok(lab.drain(60), "and new batches too")
    exact(lab, tenant, ids, "each event once")


def main():
    lab = labs.Lab().start()
    paused(lab)
    terminated(lab)
    redis_away(lab)


tap.run(main)
