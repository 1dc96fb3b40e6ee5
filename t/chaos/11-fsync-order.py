#!/usr/bin/env python3
"""R1: Redis has its append-only file on disk before it answers a write."""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http1
import lab as labs
import load
import tap

REQUESTS = 400 if labs.LONG else 60
CALL = re.compile(r"^(?:\[pid\s+\d+\]\s+|\d+\s+)?(\w+)\((\d+)<([^>]*)>")


def order(lines):
    """(writes to the file, syncs, replies sent while the file was dirty)."""
    writes = syncs = early = 0
    dirty = False
    for line in lines:
        m = CALL.match(line)
        if not m:
            continue
        call, _, name = m.groups()
        if "appendonly" in name or name.endswith(".aof"):
            if call in ("write", "writev", "pwrite64"):
                writes += 1
                dirty = True
            elif call in ("fdatasync", "fsync"):
                syncs += 1
                dirty = False
        elif call in ("write", "writev", "sendto", "sendmsg"):
            if re.match(r"(UNIX|TCP|socket)", name) and dirty:
                early += 1
    return writes, syncs, early


def attached(pid, seconds=30):
    """strace says nothing of it; the kernel knows who traces each thread."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        traced = []
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/status" % (pid, task)) as f:
                traced.append("TracerPid:\t0\n" not in f.read())
        if all(traced):
            return
        time.sleep(0.02)
    raise RuntimeError("strace does not attach")


def trace(lab, tenant, requests):
    """strace of Redis while requests batches are accepted."""
    pid = min(lab.pids("redis"))
    with tempfile.NamedTemporaryFile("r", suffix=".strace") as out:
        p = subprocess.Popen(
            ["strace", "-f", "-yy", "-qq", "-s", "0", "-o", out.name, "-e",
             "trace=write,writev,pwrite64,sendto,sendmsg,fdatasync,fsync",
             "-p", str(pid)], stderr=subprocess.PIPE)
        attached(pid)
        client = http1.Client(lab.host, lab.port)
        codes = set()
        for _ in range(requests):
            _, body = load.batch(lab.rng, 5)
            codes.add(http1.post_patiently(client, tenant.key, body)[0])
        p.terminate()
        p.wait(10)
        lines = out.read().splitlines()
    tap.note("answers %s, %d calls traced" % (sorted(codes), len(lines)))
    return codes, order(lines)


GOOD = ["1 write(9</v/appendonly.aof.1.incr.aof>, \"\"..., 5) = 5",
        "1 fdatasync(9</v/appendonly.aof.1.incr.aof>) = 0",
        "1 write(12<UNIX-STREAM:[1->2]>, \"\"..., 9) = 9"]


def main():
    lab = labs.Lab().start()
    tenant = lab.tenant("fsync")
    tap.equal(order(GOOD), (1, 1, 0), "the checker reads a trace")
    tap.must_fail(order([GOOD[0], GOOD[2], GOOD[1]])[2] == 0,
                  "a reply before the sync is seen")
    tap.equal(lab.redis("CONFIG", "GET", "appendfsync").split()[-1],
              "always", "Redis runs with appendfsync always")
    codes, (writes, syncs, early) = trace(lab, tenant, REQUESTS)
    tap.equal(sorted(codes), [202], "every batch is accepted")
    tap.at_least(writes, REQUESTS, "writes of the append-only file")
    tap.at_least(syncs, REQUESTS, "syncs of the append-only file")
    tap.equal(early, 0, "no reply leaves before its bytes are on disk")
    with lab.redis_setting("appendfsync", "everysec"):
        _, (_, _, early) = trace(lab, tenant, 60)
    tap.must_fail(early == 0, "appendfsync everysec answers too early")
    lab.drain()


tap.run(main)
