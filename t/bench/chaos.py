#!/usr/bin/env python3
"""chaos: the long forms of t/chaos, on the tests' own stack (with crash
points), never on the one that holds your data."""
import json
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
VAR = os.path.join(os.environ.get("TIDEMARK_VAR", os.path.join(ROOT, "var")))


def free_port(port):
    while True:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) != 0:
                return port
        port += 1


def environment():
    env = {k: v for k, v in os.environ.items()
           if not re.match(r"TIDEMARK_HTTPS?_PORT$|TIDEMARK_ADMIN_PORT$", k)}
    env["TIDEMARK_VAR"] = os.path.join(VAR, "test")
    env["TIDEMARK_CONFIGURE"] = "--enable-werror --enable-crash-points"
    env["TIDEMARK_LONG"] = env.get("TIDEMARK_LONG", "1")
    if not os.path.exists(os.path.join(env["TIDEMARK_VAR"], "ports")):
        env["TIDEMARK_HTTP_PORT"] = str(free_port(18080))
        env["TIDEMARK_HTTPS_PORT"] = str(free_port(18443))
        env["TIDEMARK_ADMIN_PORT"] = str(free_port(19080))
    return env


def run(name, env):
    """One test program: (checks, failed, seconds); its lines go through."""
    begin = time.monotonic()
    p = subprocess.Popen([sys.executable, os.path.join(
        ROOT, "t", "chaos", name)], env=env, stdout=subprocess.PIPE)
    good = bad = 0
    for line in p.stdout:
        sys.stdout.write("  " + line.decode("utf-8", "replace"))
        sys.stdout.flush()
        good += line.startswith(b"ok ")
        bad += line.startswith(b"not ok ")
    if p.wait() != 0 and not bad:
        bad = 1
    return good, bad, round(time.monotonic() - begin, 1)


def main():
    env = environment()
    dev = os.path.join(ROOT, "dev")
    os.makedirs(env["TIDEMARK_VAR"], exist_ok=True)
    subprocess.run([dev, "up", "--no-demo"], env=env, check=True,
                   stdout=subprocess.DEVNULL)
    results = {}
    try:
        for name in sorted(os.listdir(os.path.join(ROOT, "t", "chaos"))):
            if re.match(r"\d\d-.*\.py$", name):
                print(name, flush=True)
                results[name] = run(name, env)
    finally:
        subprocess.run([dev, "down"], env=env)
    failed = sum(r[1] for r in results.values())
    os.makedirs(os.path.join(VAR, "bench"), exist_ok=True)
    with open(os.path.join(VAR, "bench", "chaos.json"), "w") as f:
        json.dump({"bench": "chaos", "met": failed == 0, "programs": {
            n: {"passed": r[0], "failed": r[1], "seconds": r[2]}
            for n, r in results.items()}}, f, indent=1)
        f.write("\n")
    for name, (good, bad, seconds) in results.items():
        print("  %-24s %4d passed %4d failed %8.1f s" % (
            name, good, bad, seconds))
    sys.exit(1 if failed or not results else 0)


main()
