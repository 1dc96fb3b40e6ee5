#!/usr/bin/env python3
"""B3: 100,000 events that queued while PostgreSQL was down are stored within 20 s
of its return; the lag is told meanwhile."""
# alone: it measures seconds
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http1
import lab as labs
import load
import tap

EVENTS, SIZE, LIMIT = 100000, 1000, 20.0


def metrics(lab):
    """(name -> value, status of /readyz, its lines) of the admin listener."""
    client = http1.Client(lab.host, int(lab.admin_url.rsplit(":", 1)[1]), 5)
    text = client.request("GET", "/metrics")[2].decode()
    found = dict(re.findall(r"^(tidemark_\w+) ([0-9.e+-]+)$", text, re.M))
    status, _, lines = client.request("GET", "/readyz?verbose")
    return {k: float(v) for k, v in found.items()}, status, lines.decode()


def fill(lab, tenant):
    client = http1.Client(lab.host, lab.port, 10)
    accepted = 0
    while accepted < EVENTS:
        _, body = load.batch(lab.rng, SIZE, only_events=True)
        status = http1.post_batch(client, tenant.key, body)[0]
        if status != 202:
            return accepted
        accepted += SIZE
    return accepted


def count(lab, tenant):
    return int(lab.value("SELECT count(*) FROM events WHERE environment_id = %d" % tenant.env))


def main():
    lab = labs.Lab().start()
    tenant = lab.tenant("drain")
    lab.drain(60)
    begin = time.monotonic()
    with lab.stopped("postgres"):
        accepted = fill(lab, tenant)
        tap.equal(accepted, EVENTS, "202 for all of them while PostgreSQL is down")
        seen, status, lines = metrics(lab)
        tap.equal(seen.get("tidemark_queue_items"), float(EVENTS), "/metrics tells how many wait")
        tap.ok(0 < seen.get("tidemark_queue_oldest_ms", 0) <= (time.monotonic() - begin) * 1000,
               "and how long the oldest has", seen.get("tidemark_queue_oldest_ms"))
        tap.equal((status, "store failed" in lines), (503, True), "/readyz says what is wrong")
        tap.equal(http1.Client(lab.host, lab.port, 5).request("GET", "/livez")[0], 200, "/livez stays 200")
        early = subprocess.run([os.path.join(labs.ROOT, "dev"), "ctl", "queue", "wait", "--timeout", "1"],
                               capture_output=True)
        tap.must_fail(early.returncode == 0, "while it is down nothing drains")
    begin = time.monotonic()
    ok = lab.drain(120)
    seconds = time.monotonic() - begin
    tap.ok(ok, "then the queue drains")
    tap.at_most(seconds, LIMIT, "seconds for %d events (%.0f a second)" % (EVENTS, EVENTS / seconds))
    tap.equal(count(lab, tenant), EVENTS, "each is stored, once")
    seen, status, lines = metrics(lab)
    tap.equal((seen.get("tidemark_queue_items"), status), (0.0, 200), "nothing waits, and it is ready")


tap.run(main)
