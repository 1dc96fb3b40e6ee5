#!/usr/bin/env python3
"""ingest: events/s answered 202 over TLS 1.3, against nginx and a FastCGI
program that only reads the body. A discarding consumer drains the queue."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

SECONDS = 20 if bench.LONG else 5
ROUNDS = 3
CONNECTIONS = 32
WORKERS = 12


class Echo:
    """The stack's own nginx configuration in front of the echo program."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.program = os.path.join(folder, "echo")
        self.state = bench.state_dir(lab)
        self.dir = os.path.join(self.state, "tmp", "echo")

    def _configure(self):
        """A copy with another socket, other ports, other files."""
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(os.path.join(self.dir, "tmp"))
        status = self.lab.status()
        swap = [(os.path.join(self.state, "nginx"), self.dir),
                ("ingest.sock", "echo.sock"),
                (os.path.join(self.state, "log"), self.dir)]
        for key in ("url", "https_url", "admin_url"):
            port = status[key].rsplit(":", 1)[1].strip("/")
            swap.append((":%s" % port, ":%d" % (int(port) + 500)))
        for name in os.listdir(os.path.join(self.state, "nginx")):
            if not name.endswith(".conf"):
                continue
            with open(os.path.join(self.state, "nginx", name)) as f:
                text = f.read()
            for old, new in swap:
                text = text.replace(old, new)
            with open(os.path.join(self.dir, name), "w") as f:
                f.write(text)
        self.port = bench.https_port(self.lab) + 500

    def __enter__(self):
        self._configure()
        shutil.copy(self.program, self.dir)  # where the servers' user reads
        owner = os.stat(os.path.join(self.state, "log"))
        for at, dirs, files in os.walk(self.dir):
            for name in [at] + [os.path.join(at, f) for f in files]:
                os.chown(name, owner.st_uid, owner.st_gid)
        run = os.path.realpath(os.path.join(self.state, "run"))

        def user():
            os.setsid()
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(owner.st_gid)
                os.setuid(owner.st_uid)
        sock = os.path.join(run, "echo.sock")
        self.pool = subprocess.Popen(
            ["spawn-fcgi", "-n", "-s", sock, "-M", "0660", "-b", "1024",
             "--", "/usr/bin/multiwatch", "-f", str(WORKERS), "--",
             os.path.join(self.dir, "echo")], preexec_fn=user, cwd="/")
        time.sleep(0.5)
        self.nginx = subprocess.Popen(
            ["nginx", "-p", self.dir, "-c", os.path.join(
                self.dir, "dev.conf"), "-e", os.path.join(
                    self.dir, "error.log"), "-g", "daemon off;"],
            preexec_fn=user, cwd="/")
        time.sleep(1)
        return self

    def __exit__(self, *what):
        for p in (self.nginx, self.pool):
            try:
                os.killpg(p.pid, signal.SIGTERM)
                p.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(p.pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)


def clean(result):
    """Only 202s count; anything else is a fault of the benchmark."""
    other = {s: n for s, n in result["status"].items() if s != "202"}
    if sum(other.values()) > result["requests"] // 1000:
        sys.exit("bench: answers that are no 202: %s" % other)
    return result


def pair(b, ours, echo, events, key):
    """Median of ROUNDS of both, in turn. (ours, echo) in that unit."""
    mine, base = [], []
    for i in range(ROUNDS):
        b.say("%d-event bodies, round %d of %d" % (events, i + 1, ROUNDS))
        o = ("-c", CONNECTIONS, "-n", events, "-d", SECONDS)
        base.append(clean(echo.run(*o))[key])
        mine.append(clean(ours.run(*o))[key])
    return float(bench.median(mine)), float(bench.median(base))


def main():
    b = bench.Bench("ingest", "answered 202, durable, TLS 1.3, all checks on")
    folder = bench.build(b.lab, "load", "echo")
    tenant = b.lab.tenant("ingest")
    ours = bench.Load(b.lab, folder, tenant.key, bench.https_port(b.lab))
    with Echo(b.lab, folder) as server, bench.Discard(b.lab):
        echo = bench.Load(b.lab, folder, tenant.key, server.port)
        mine, base = pair(b, ours, echo, 100, "events_per_s")
        b.figure("events_per_s", mine, "events/s", "100-event bodies")
        b.figure("echo_events_per_s", base, "events/s", "  the echo")
        b.at_least("ratio_100", mine / base, 0.25, "  ratio")
        one, one_base = pair(b, ours, echo, 1, "requests_per_s")
        b.figure("requests_per_s", one, "requests/s", "1-event bodies")
        b.figure("echo_requests_per_s", one_base, "requests/s", "  the echo")
        b.at_least("ratio_1", one / one_base, 0.6, "  ratio")
        b.say("latency at half of that load")
        half = clean(ours.run("-c", CONNECTIONS, "-n", 100, "-d", SECONDS * 2,
                              "-r", mine / 100 / 2))
        b.figure("p50_ms", half["p50_ms"], "ms",
                 "a 202 at half the load, p50")
        b.at_most("p99_ms", half["p99_ms"], 5.0, "  p99", "ms")
    b.finish()


main()
