"""bench.py - what the benchmarks share: the stack, the load generator, and
how figures are kept (VAR/bench/NAME.json) and shown.

A figure is compared with a baseline measured in the same run; `goal` is the
ratio (or absolute limit) that LIMITS names. Missing a goal is shown, and the
exit code is 1, so that a regression does not pass in silence.
"""
import json
import os
import platform
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "t", "chaos"))
import lab as labs  # noqa: E402

LONG = labs.LONG


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


class Bench:
    def __init__(self, name, title, stack=True):
        self.name = name
        self.title = title
        self.lab = labs.Lab()
        if stack:
            self.lab.start()
        self.figures = {}
        self.goals = []
        self.rows = []
        self.begin = time.time()

    def say(self, text):
        print("  ... " + text, file=sys.stderr, flush=True)

    def figure(self, key, value, unit, text=None):
        """A figure for the table and the JSON."""
        self.figures[key] = value
        self.rows.append((text or key, value, unit, ""))

    def at_least(self, key, value, goal, text, unit="ratio"):
        self._goal(key, value, goal, text, unit, value >= goal, ">=")

    def at_most(self, key, value, goal, text, unit):
        self._goal(key, value, goal, text, unit, value <= goal, "<=")

    def _goal(self, key, value, goal, text, unit, met, sign):
        self.figures[key] = value
        self.goals.append({"figure": key, "value": value, "goal": goal,
                           "sign": sign, "met": met})
        self.rows.append((text, value, unit, "goal %s %s: %s" % (
            sign, shown(goal), "met" if met else "MISSED")))

    def finish(self):
        folder = os.path.join(self.lab.var, "bench")
        os.makedirs(folder, exist_ok=True)
        met = all(g["met"] for g in self.goals)
        with open(os.path.join(folder, self.name + ".json"), "w") as f:
            json.dump({"bench": self.name, "at": int(self.begin),
                       "seconds": round(time.time() - self.begin, 1),
                       "long": LONG, "cores": os.cpu_count(),
                       "system": platform.platform(),
                       "figures": self.figures, "goals": self.goals,
                       "met": met}, f, indent=1)
            f.write("\n")
        print("%s: %s" % (self.name, self.title))
        width = max(len(r[0]) for r in self.rows)
        for text, value, unit, goal in self.rows:
            print("  %-*s %14s %-10s %s" % (width, text, shown(value), unit,
                                            goal))
        sys.exit(0 if met else 1)


def shown(value):
    if isinstance(value, float):
        return "%.3f" % value if abs(value) < 100 else "{:,.0f}".format(value)
    if isinstance(value, int):
        return "{:,}".format(value)
    return str(value)


def build(lab, *programs):
    """Make the C programs of t/bench; their folder."""
    folder = os.path.join(lab.var, "build")
    p = subprocess.run(["make", "-C", folder] +
                       ["t/bench/" + x for x in programs],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode != 0:
        sys.exit("bench: make failed\n" + p.stdout.decode()[-3000:])
    return os.path.join(folder, "t", "bench")


class Load:
    """The load generator on one key and port."""

    def __init__(self, lab, folder, key, port):
        self.lab = lab
        self.program = os.path.join(folder, "load")
        self.key = key
        self.port = port

    def run(self, *options, tls=True):
        args = [self.program, "-p", str(self.port), "-k", self.key, "-s",
                str(self.lab.rng.randrange(1, 1 << 40))]
        if tls:
            args.append("-t")
        p = subprocess.run(args + [str(o) for o in options],
                           stdout=subprocess.PIPE, check=True)
        return json.loads(p.stdout)


def https_port(lab):
    return int(lab.status()["https_url"].rsplit(":", 1)[1])


def state_dir(lab):
    link = os.path.join(lab.var, "state")
    return os.path.realpath(link) if os.path.islink(link) else lab.var


class Discard:
    """Instead of the consumers: the queue is emptied twenty times a second.
    Only for benchmarks of the door; what was queued before is waited for."""

    def __init__(self, lab):
        self.lab = lab

    def __enter__(self):
        if not self.lab.drain(600):
            sys.exit("bench: the queue does not drain")
        self.lab.dev("ctl", "queue", "pause")
        time.sleep(1.8)
        self.cli = subprocess.Popen(
            [os.path.join(ROOT, "dev"), "redis"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL)
        self.stop = False
        import threading
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()
        return self

    def _once(self):
        self.cli.stdin.write(
            b"XTRIM tm:q:ingest MAXLEN 0\n"
            b"HSET tm:q:stats items 0 bytes 0 full 0\n")
        self.cli.stdin.flush()

    def _loop(self):
        while not self.stop:
            self._once()
            time.sleep(0.05)

    def __exit__(self, *what):
        self.stop = True
        self.thread.join()
        self._once()
        self.cli.stdin.close()
        self.cli.wait(10)
        self.lab.dev("ctl", "queue", "resume")
