#!/usr/bin/env python3
"""sdk: what one call of track() costs the app's thread, for each SDK of sdk/,
in memory and with the disk queue, next to the vendors' SDKs that do the same
call in the same run. Where an SDK has a size, that too.

A row of PROGRAMS is an SDK: what prepares it (once, with its vendors' SDKs in
a folder under VAR/bench/sdk) and the program that measures. The program finds
SINK, the address of a server that takes everything, and prints one line of
JSON; times are nanoseconds on the caller's thread:

    {"sdk": "python", "runtime": "CPython 3.11.2",
     "ns_per_call_p50": 9000, "ns_per_call_p99": 21000,
     "disk": {"ns_per_call_p50": …, "ns_per_call_p99": …},
     "crash": {"ns_per_call_p50": …, "ns_per_call_p99": …, "fatal": {…}, "vendor": {…}},
     "vendor": {"posthog 3.7.0": {"ns_per_call_p50": …, "ns_per_call_p99": …}},
     "sizes": {"core gzip": [3900, 4096]}}          # bytes, and their limit

Only the first four are required. Where the system lets us, a program has
real-time priority: what other processes do on a busy machine is no cost of an
SDK. TIDEMARK_SDK=python,go measures some only."""
import http.server
import json
import multiprocessing
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

SDK = os.path.join(bench.ROOT, "sdk")
GOAL_P50_NS = 50_000
GOAL_P99_NS = 1_000_000


class Sink(http.server.BaseHTTPRequestHandler):
    """Takes everything, in every vendor's shape of success."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, b"{}")

    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while True:
                n = int(self.rfile.readline(), 16)
                self.rfile.read(n + 2)
                if n == 0:
                    break
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        ours = self.path.startswith("/api/v1/ingest/")
        self.answer(202 if ours else 200, b'{"status":1,"success":true}')


def serve(pipe):
    os.nice(5)
    http.server.ThreadingHTTPServer.handle_error = lambda *a: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    server.serve_forever()


# --- one preparation an SDK: returns the command, None when it cannot run here ---

def python(folder):
    there = os.path.join(folder, "venv")
    if not os.path.exists(os.path.join(there, "ready")):
        shutil.rmtree(there, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", there], check=True)
        subprocess.run([os.path.join(there, "bin", "pip"), "install", "--quiet",
                        "posthog", "sentry-sdk"], check=True)
        open(os.path.join(there, "ready"), "w").close()
    return [os.path.join(there, "bin", "python"), os.path.join(SDK, "python/bench/calls.py")]


def flutter(folder):
    """The core on a Dart VM. No vendor's SDK beside it: they are on pub.dev
    alone, and there is no pub here."""
    sys.path.insert(0, os.path.join(bench.ROOT, "t", "lib"))
    os.environ.setdefault("TIDEMARK_BUILD", folder)
    import dart_vm
    return [x for x in dart_vm.build("bench/calls.dart") if x != "--enable-asserts"]


def go(folder):
    """The program is a module of its own: its vendors come from the Go proxy."""
    program = os.path.join(folder, "calls")
    subprocess.run(["go", "build", "-buildvcs=false", "-o", program, "."],
                   cwd=os.path.join(SDK, "go/bench"), check=True)
    return [program]


def c(folder):
    program = os.path.join(folder, "calls")
    with open(os.path.join(folder, "tidemark.h"), "w", encoding="utf-8") as f:
        subprocess.run(["sh", os.path.join(SDK, "c/amalgamate")], stdout=f, check=True)
    subprocess.run(["gcc", "-std=c99", "-O2", "-I", folder, "-o", program,
                    os.path.join(SDK, "c/bench/calls.c"), "-lcurl", "-lz", "-lpthread", "-lm"], check=True)
    return [program]


def js(folder):
    """The package as it is shipped. Its tools and its vendors: npm's, in the
    versions of package.json."""
    with open(os.path.join(bench.ROOT, "package.json"), encoding="utf-8") as f:
        known = json.load(f)["devDependencies"]
    names = ["esbuild", "terser", "typescript", "@types/node", "@types/react", "posthog-node",
             "@segment/analytics-node", "@amplitude/analytics-node"]
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts",
                    "--no-save", "--prefix", folder] + ["%s@%s" % (n, known[n]) for n in names], check=True)
    os.environ["TIDEMARK_NODE_MODULES"] = os.path.join(folder, "node_modules")
    package = os.path.join(folder, "package")
    subprocess.run(["node", os.path.join(SDK, "js/build.mjs"), package], check=True)
    return ["node", os.path.join(SDK, "js/bench/calls.mjs"), package]


PROGRAMS = {
    "js": js,
    "python": python,
    "flutter": flutter,
    "go": go,
    "c": c,
}


def show(b, key, text, row):
    b.figure(key + "_p50", row["ns_per_call_p50"] / 1000, "us", text + ", p50")
    b.figure(key + "_p99", row["ns_per_call_p99"] / 1000, "us", text + ", p99")


def judge(b, r):
    """Goals of our own, and how the vendors compare. An error carries a stack:
    it has no goal for the median."""
    name, crash = r["sdk"], r.get("crash", {})
    for key, title, row, p50 in (
            (name, name, r, True), (name + "_disk", name + ", disk", r.get("disk"), True),
            (name + "_crash", name + ", an error", crash, False),
            (name + "_fatal", name + ", a fatal one", crash.get("fatal"), False)):
        if row and p50:
            b.at_most(key + "_p50", row["ns_per_call_p50"] / 1000, GOAL_P50_NS / 1000,
                      title + ": a call, p50", "us")
        elif row:
            b.figure(key + "_p50", row["ns_per_call_p50"] / 1000, "us", title + ": a call, p50")
        if row:
            b.at_most(key + "_p99", row["ns_per_call_p99"] / 1000, GOAL_P99_NS / 1000,
                      title + ": a call, p99", "us")
    for vendor, row in sorted(r.get("vendor", {}).items()):
        key = "%s_%s" % (name, vendor.split()[0])
        show(b, key, "  " + vendor, row)
        b.figure(key + "_ratio", row["ns_per_call_p50"] / max(1, r["ns_per_call_p50"]), "times ours",
                 "  " + vendor + ", p50")
    for vendor, row in sorted(crash.get("vendor", {}).items()):
        show(b, "%s_crash_%s" % (name, vendor.split()[0]), "  an error, " + vendor, row)
    for what, (size, limit) in sorted(r.get("sizes", {}).items()):
        b.at_most("%s_%s" % (name, what.replace(" ", "_")), size, limit,
                  "%s: %s" % (name, what), "bytes")


def undisturbed():
    """What gives a command real-time priority; nothing where that is not ours."""
    command = ["chrt", "--fifo", "1"]
    allowed = shutil.which("chrt") and subprocess.run(
        command + ["true"], stderr=subprocess.DEVNULL).returncode == 0
    return command if allowed else []


def measure(b, name, prepare, port):
    folder = os.path.join(b.lab.var, "bench", "sdk", name)
    os.makedirs(folder, exist_ok=True)
    b.say(name)
    argv = undisturbed() + prepare(folder)
    p = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, timeout=600,
                       env=dict(os.environ, SINK="http://127.0.0.1:%d" % port))
    if p.returncode != 0:
        sys.exit("sdk: %s: exit %d" % (" ".join(argv), p.returncode))
    judge(b, json.loads(p.stdout.decode().strip().splitlines()[-1]))


def main():
    b = bench.Bench("sdk", "what a call costs the app", stack=False)
    only = [x for x in os.environ.get("TIDEMARK_SDK", "").split(",") if x]
    here, there = multiprocessing.Pipe()
    sink = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    sink.start()
    port = here.recv()
    for name, prepare in PROGRAMS.items():
        if not only or name in only:
            measure(b, name, prepare, port)
    b.finish()


if __name__ == "__main__":
    main()
