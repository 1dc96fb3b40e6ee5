#!/usr/bin/env python3
"""I1: malformed bodies are refused with a JSON error; no worker dies, none
grows."""
# takes: 36 s
import multiprocessing
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http1
import lab as labs
import load
import mutate
import nemesis
import tap

BODIES = 100000 if labs.LONG else 8000
PATHS = ["/api/v1/ingest/batch"] * 6 + [
    "/api/v1/events/batch", "/api/v1/events", "/api/v1/ingest/validate"]


def fault(status, headers, reply):
    """Why this answer is not allowed, or None."""
    if status in (200, 202):
        answer = http1.parse(reply)
        return None if answer is not None else "%d without JSON" % status
    if not 400 <= status < 500:
        return "status %d" % status
    if "json" not in headers.get("content-type", ""):
        return "%d is not JSON: %s" % (status, headers.get("content-type"))
    answer = http1.parse(reply)
    if answer is None:
        return "%d: body is not a JSON object" % status
    for name in ("error", "message", "request_id"):
        if not isinstance(answer.get(name), str) or not answer[name]:
            return "%d without %s" % (status, name)
    return None


def press(host, port, key, seed, bodies, out):
    """Send bodies, or so many mutations; put ({status: count}, [faults])."""
    rng = random.Random(seed)
    if isinstance(bodies, int):
        make = mutate.Mutator(rng)
        bodies = (make.next() for _ in range(bodies))
    client = http1.Client(host, port, timeout=15)
    counts, faults = {}, []
    for body, kind, encoding in bodies:
        headers = [("Authorization", "Bearer " + key)]
        if kind:
            headers.append(("Content-Type", kind))
        if encoding:
            headers.append(("Content-Encoding", encoding))
        path = rng.choice(PATHS)
        try:
            status, got, reply = http1.patient(
                lambda: client.request("POST", path, headers, body))
            why = fault(status, got, reply)
        except OSError as e:
            status, why = 0, "no answer: %s" % e
        counts[status] = counts.get(status, 0) + 1
        if why:
            faults.append((why, path, kind, encoding, repr(body[:200])))
    out.put((counts, faults[:20]))


def storm(lab, tenant, total):
    procs, out = 3, multiprocessing.Queue()
    jobs = []
    for _ in range(procs):
        seed = lab.rng.randrange(1 << 40)
        jobs.append(multiprocessing.Process(
            target=press, args=(lab.host, lab.port, tenant.key, seed,
                                total // procs, out)))
    for j in jobs:
        j.start()
    return gather(jobs, out)


def gather(jobs, out):
    counts, faults = {}, []
    for _ in jobs:
        some, bad = out.get(timeout=1800)
        for status, n in some.items():
            counts[status] = counts.get(status, 0) + n
        faults += bad
    for j in jobs:
        j.join()
    return counts, faults


def handmade(lab, tenant):
    out = multiprocessing.Queue()
    press(lab.host, lab.port, tenant.key, 7, mutate.handmade(), out)
    return out.get(timeout=60)


def warm(lab, tenant):
    """Every worker meets the largest bodies, so that its buffers have the
    size they will ever need: rounds until one makes no worker grow."""
    for _ in range(12):
        before = sizes(lab)
        warm_round(lab, tenant)
        after = sizes(lab)
        if all(after[p] - before.get(p, 0) < 64 << 10 for p in after):
            return


def warm_round(lab, tenant):
    out = multiprocessing.Queue()
    jobs = [multiprocessing.Process(target=press, args=(
        lab.host, lab.port, tenant.key, i, mutate.handmade() * 6, out))
        for i in range(4)]
    for j in jobs:
        j.start()
    gather(jobs, out)


def sizes(lab):
    """The largest each worker has been, in bytes."""
    return {p: labs.peak_bytes(p) for p in nemesis.pids_of(
        lab, "ingest", "tidemark-ingest")}


def main():
    lab = labs.Lab().start()
    tenant = lab.tenant("malformed")
    crashed = log_crashes(lab)
    counts, faults = handmade(lab, tenant)
    tap.equal(faults, [], "hand-made bodies: every answer is allowed %s"
              % sorted(counts.items()))
    warm(lab, tenant)
    before = sizes(lab)
    begin = time.monotonic()
    counts, faults = storm(lab, tenant, BODIES)
    rate = sum(counts.values()) / (time.monotonic() - begin)
    tap.note("%d bodies, %.0f/s, answers %s" % (
        sum(counts.values()), rate, sorted(counts.items())))
    tap.equal(faults[:5], [], "%d mutated bodies: only 4xx, or 202 for a"
              " harmless one" % sum(counts.values()))
    tap.at_least(sum(n for s, n in counts.items() if 400 <= s < 500),
                 sum(counts.values()) // 4, "of these refused")
    after = sizes(lab)
    tap.equal(sorted(after), sorted(before), "no worker died")
    growth = max(after[p] - before.get(p, after[p]) for p in after)
    tap.at_most(growth, 5 << 20, "bytes any worker's peak grew")
    tap.equal(log_crashes(lab), crashed, "the log tells of no crash")
    _, body = load.batch(lab.rng, 3)
    tap.equal(http1.post_patiently(http1.Client(lab.host, lab.port), tenant.key,
                               body)[0], 202, "a good batch is accepted")
    controls(lab, before)
    lab.drain()


def log_crashes(lab):
    """Lines of the ingest log that a dying worker leaves."""
    path = os.path.join(os.path.realpath(os.path.join(
        lab.var, "state")), "log", "ingest.log")
    if not os.path.exists(path):
        path = os.path.join(lab.var, "log", "ingest.log")
    words = (b"terminated", b"assert", b"Sanitizer", b"signal", b"core dump")
    with open(path, "rb") as f:
        return sum(any(w in line for w in words) and b"level=" not in line
                   for line in f)


def controls(lab, before):
    tap.must_fail(fault(500, {"content-type": "application/json"}, b"{}")
                  is None, "a 500 is reported")
    tap.must_fail(fault(400, {"content-type": "text/html"}, b"<p>") is None,
                  "an HTML error is reported")
    labs.kill_pid(next(iter(before)))
    time.sleep(1.0)
    tap.must_fail(sorted(sizes(lab)) == sorted(before),
                  "a worker that died is seen")


tap.run(main)
