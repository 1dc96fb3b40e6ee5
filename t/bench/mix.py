#!/usr/bin/env python3
"""mix: all protocols at once, next to the same events in our own format. Own
and mixed runs take turns, so that what else the machine does hits both; then
what the door's own path costs each protocol (door.c), in CPU time. The bodies
of the mix are longer (mix_body.py), hence both per event and per byte."""
import contextlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench
import mix_body

SECONDS = 20 if bench.LONG else 5
ROUNDS = 3
CONNECTIONS = 32
# events of a body, its unit, and the goal of the ratio to the echo
SIZES = ((100, "events_per_s", 0.25), (1, "requests_per_s", 0.6))
GOAL = 0.85  # of our own format's


def clean(result):
    """Only 202s (200s to other vendors' clients) count. A disk that stands
    still for 0.2 s makes a few 503s (429 in some protocols); anything else is a
    fault of the benchmark."""
    other = {s: n for s, n in result["status"].items() if s not in ("200", "202")}
    busy = other.pop("503", 0) + other.pop("429", 0)
    if busy > result["requests"] // 20 or sum(other.values()) > result["requests"] // 1000:
        sys.exit("bench: answers that are no 202: busy %d times, %s" % (busy, other))
    return result


class Pool:
    """CPU time of the door's processes, those that were replaced among them."""

    def __init__(self, lab):
        self.parents = {int(stat(p["pid"])[1]) for p in lab.status()["processes"]
                        if "ingest" in p["name"]}

    def us(self):
        ticks = 0
        for parent in self.parents:
            ticks += sum(int(x) for x in stat(parent)[13:15])  # of the ended ones
            with open("/proc/%d/task/%d/children" % (parent, parent), encoding="ascii") as f:
                for pid in f.read().split():
                    with contextlib.suppress(FileNotFoundError):
                        ticks += sum(int(x) for x in stat(pid)[11:13])
        return ticks * 1e6 / os.sysconf("SC_CLK_TCK")


def stat(pid):
    """proc(5): state, ppid, ... utime 11, stime 12, cutime 13, cstime 14."""
    with open("/proc/%s/stat" % pid, encoding="ascii") as f:
        return f.read().rsplit(")", 1)[1].split()


def rounds(b, runs, events, key):
    """runs: {name: (load generator, options)}, all in turn, ROUNDS times and
    every second time backwards. {name: [figure]}; with "_cpu" behind the name
    what the door's processes used for a body, in us."""
    pool = Pool(b.lab)
    got = {name + tail: [] for name in runs for tail in ("", "_cpu")}
    for i in range(ROUNDS):
        b.say("%d-event bodies, round %d of %d" % (events, i + 1, ROUNDS))
        for name in list(runs)[::-1 if i % 2 else 1]:
            load, options = runs[name]
            before = pool.us()
            one = clean(load.run("-c", CONNECTIONS, "-n", events, "-d", SECONDS, *options))
            got[name].append(one[key])
            got[name + "_cpu"].append((pool.us() - before) / one["requests"])
    return got


def ratio(got, a, z):
    """Median of what each round says: its two runs stand next to each other."""
    return float(bench.median([x / y for x, y in zip(got[a], got[z])]))


def bodies(folder, key, events):
    path = os.path.join(folder, "mix-%d" % events)
    mix_body.write(path, key, events)
    return path


def longer(path):
    """Bytes of the mix's bodies, on average, to those of our own among them."""
    sizes = {}
    with open(path, "rb") as f:
        for line in iter(f.readline, b""):
            where, _, size = line.split(b"\t")
            sizes[where] = int(size)
            f.seek(int(size) + 1, os.SEEK_CUR)
    own = next(n for where, n in sizes.items() if where.startswith(b"/api/v1/"))
    return sum(sizes.values()) / len(sizes) / own


def compare(b, got, events, key, path):
    """The figures of runs named own and mix, per body and, since the vendors'
    bodies are longer, per byte."""
    b.figure("mix_" + key, float(bench.median(got["mix"])), key.replace("_per_s", "/s"),
             "all protocols, %d-event bodies" % events)
    own = ratio(got, "mix", "own")
    b.at_least("mix_own_%d" % events, own, GOAL, "  ratio to our own format, per event")
    b.figure("mix_own_bytes_%d" % events, own * longer(path), "ratio",
             "  the same per byte: bodies are %.2f times as long" % longer(path))
    for name, text in (("own", "our own"), ("mix", "all")):
        b.figure("%s_cpu_%d" % (name, events), float(bench.median(got[name + "_cpu"])), "us/body",
                 "  CPU of the door's processes, " + text)


def cpu(b, folder, path, events):
    """The door's own path: one core, without nginx, FastCGI and Redis."""
    out = subprocess.run([os.path.join(folder, "door"), path, str(events)],
                         stdout=subprocess.PIPE, check=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    own = next(r for r in rows if r["path"].startswith("/api/v1/"))
    for r in rows:
        r["event"], r["byte"] = r["us"] / events, r["us"] * 1000 / r["bytes"]
        b.figure("cpu_us" + r["path"].replace("/", "_"), r["event"], "us/event",
                 "door's CPU, %s (%.2f ns a byte)" % (r["path"], r["byte"]))
    mean = {k: sum(r[k] for r in rows) / len(rows) for k in ("event", "bytes", "us")}
    b.figure("mix_bytes", mean["bytes"] / own["bytes"], "ratio", "  bytes of all protocols to own")
    b.figure("mix_cpu_event", mean["event"] / own["event"], "ratio", "  CPU per event to own")
    b.figure("mix_cpu_byte", mean["us"] * 1000 / mean["bytes"] / own["byte"], "ratio",
             "  CPU per byte to own")


def main():
    b = bench.Bench("mix", "all protocols at once, next to our own format")
    folder = bench.build(b.lab, "load", "door")
    ours = bench.Load(b.lab, folder, b.lab.tenant("mix").key, bench.https_port(b.lab))
    with bench.Discard(b.lab):
        for events, key, _ in SIZES:
            path = bodies(folder, ours.key, events)
            got = rounds(b, {"own": (ours, ()), "mix": (ours, ("-m", path))}, events, key)
            b.figure(key, float(bench.median(got["own"])), key.replace("_per_s", "/s"),
                     "our own format, %d-event bodies" % events)
            compare(b, got, events, key, path)
    cpu(b, folder, bodies(folder, ours.key, 100), 100)
    b.finish()


if __name__ == "__main__":
    main()
