#!/usr/bin/env python3
"""ingest: events/s answered 202 over TLS 1.3, against nginx and a FastCGI
program that only reads the body. A discarding consumer drains the queue.
With each round the same with all protocols at once (mix.py): what our own
format is held to, less 15 %."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench
import mix

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


def main():
    b = bench.Bench("ingest", "answered 202, durable, TLS 1.3, all checks on")
    folder = bench.build(b.lab, "load", "echo", "door")
    tenant = b.lab.tenant("ingest")
    ours = bench.Load(b.lab, folder, tenant.key, bench.https_port(b.lab))
    rate = {}
    with Echo(b.lab, folder) as server, bench.Discard(b.lab):
        echo = bench.Load(b.lab, folder, tenant.key, server.port)
        for events, key, goal in mix.SIZES:
            path = mix.bodies(folder, ours.key, events)
            mixed = ("-m", path)
            got = mix.rounds(b, {"echo": (echo, ()), "own": (ours, ()), "mix": (ours, mixed),
                                 "mix_echo": (echo, mixed)}, events, key)
            rate[events] = float(bench.median(got["own"]))
            unit = key.replace("_per_s", "/s")
            b.figure(key, rate[events], unit, "%d-event bodies" % events)
            b.figure("echo_" + key, float(bench.median(got["echo"])), unit, "  the echo")
            b.at_least("ratio_%d" % events, mix.ratio(got, "own", "echo"), goal, "  ratio")
            mix.compare(b, got, events, key, path)
            b.at_least("mix_ratio_%d" % events, mix.ratio(got, "mix", "mix_echo"),
                       goal * mix.GOAL, "  ratio to the echo")
        b.say("latency at half of that load")
        half = mix.clean(ours.run("-c", mix.CONNECTIONS, "-n", 100, "-d", mix.SECONDS * 2,
                                  "-r", rate[100] / 100 / 2))
        b.figure("p50_ms", half["p50_ms"], "ms", "a 202 at half the load, p50")
        b.at_most("p99_ms", half["p99_ms"], 5.0, "  p99", "ms")
    mix.cpu(b, folder, mix.bodies(folder, ours.key, 100), 100)
    b.finish()


main()
