#!/usr/bin/env python3
"""./dev: status, second up, kill and start, ctl from any folder."""
# alone: it measures seconds of ./dev up
import json
import os
import select
import subprocess
import tempfile
import time

import e2e
from e2e import tap

PARTS = ("postgres", "redis", "ingest", "web", "consumer", "nginx")


def status(lab):
    s = lab.status()
    names = [p["name"] for p in s["processes"]]
    for part in PARTS:
        tap.ok(any(part in n for n in names), "status lists " + part, names)
    tap.ok(all(p["pss_bytes"] > 0 and p["pid"] > 1 and p["uptime_s"] >= 0
               for p in s["processes"]), "each has pid, PSS and uptime", s)
    tap.ok(s["url"].startswith("http://127.0.0.1:"), "status has the URL")
    tap.ok(s["versions"]["postgres"], "status has versions")
    total = sum(p["pss_bytes"] for p in s["processes"])
    tap.at_most(total / 2 ** 20, 512, "PSS of the whole stack, MB")


def second_up(lab):
    took = []
    while len(took) < 3 and (not took or min(took) > 5):  # the machine may be busy
        begin = time.monotonic()
        out = lab.dev("up")
        took.append(time.monotonic() - begin)
    tap.at_most(min(took), 5, "seconds of a second up")
    for word in (lab.url, "demo@tidemark.local", "tm_wk_"):
        tap.ok(word in out, "it prints %s again" % word, out)


def kill_start(lab):
    for part in ("web", "consumer", "ingest", "nginx"):
        tap.equal(lab.dev_status("kill", part), 0, "kill " + part)
        s = lab.status()
        tap.ok(not any(p["name"].startswith(part) for p in s["processes"]),
               "status without %s, and exit 0" % part)
        tap.ok(lab.dev_status("kill", part) != 0,
               "kill of the stopped %s says so" % part)
        tap.equal(lab.dev_status("start", part), 0, "start " + part)
        tap.equal(lab.dev_status("start", part), 0, "start again is nothing")
    tap.ok(lab.wait_ready(20), "ready again")
    lab.dev("kill", "consumer")
    lab.dev("up")
    tap.ok(lab.pids("consumer"), "up restarts a dead part")
    tap.ok(lab.dev_status("kill", "nothing") != 0, "an unknown part is refused")


def consumer_returns(lab):
    """A consumer that dies (not ./dev kill) is back by itself."""
    pids = [pid for pid, name in lab.pids("consumer").items()
            if "tidemark-consum" in name]
    tap.ok(len(pids) >= 2, "two consumers run", pids)
    os.kill(pids[0], 9)
    back = e2e.until(5, lambda: len(
        [1 for pid, name in lab.pids("consumer").items()
         if "tidemark-consum" in name and pid != pids[0]]) >= 2)
    tap.at_most(back if back is not None else 99, 3, "seconds until it is back")


def ctl(lab):
    with tempfile.TemporaryDirectory() as folder:
        dev = os.path.join(e2e.ROOT, "dev")
        p = subprocess.run([dev, "ctl", "queue", "stats", "--format", "json"],
                           cwd=folder, capture_output=True)
        tap.equal(p.returncode, 0, "ctl from another folder")
        tap.ok(isinstance(json.loads(p.stdout), dict),
               "nothing but the result on stdout", p.stdout.decode())
        p = subprocess.run([dev, "ctl", "no-such-thing"], cwd=folder,
                           capture_output=True)
        tap.equal(p.returncode, 64, "its exit code passes")
        tap.ok(p.stderr.strip(), "with a reason on stderr")


def descriptors(lab):
    """Daemons keep nothing of the caller: a pipe held open would hang."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    lab.dev("kill", "web")
    subprocess.run([os.path.join(e2e.ROOT, "dev"), "start", "web"],
                   pass_fds=(write,), stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    os.close(write)
    # what ./dev has started for a moment may end after it
    gone = select.select([read], [], [], 5)[0] and os.read(read, 1) == b""
    tap.ok(gone, "no daemon holds a descriptor of its caller")


def main():
    lab = e2e.start()
    status(lab)
    second_up(lab)
    ctl(lab)
    kill_start(lab)
    consumer_returns(lab)
    descriptors(lab)
    tap.ok(lab.wait_ready(20), "the stack is ready at the end")


tap.run(main)
