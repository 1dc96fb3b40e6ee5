#!/usr/bin/env python3
"""memory: the whole stack, idle, as PSS (shared pages counted once)."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench

MB = 1 << 20
PARTS = ("postgres", "redis", "nginx", "ingest", "web", "consumer")


def main():
    b = bench.Bench("memory", "PSS of the idle stack")
    b.lab.drain(300)
    time.sleep(20 if bench.LONG else 5)
    processes = b.lab.status()["processes"]
    for part in PARTS:
        b.figure(part + "_mb", sum(
            p["pss_bytes"] for p in processes
            if p["name"].startswith(part)) / MB, "MB", part)
    own = sum(p["pss_bytes"] for p in processes
              if " tidemark-" in p["name"]) / MB
    every = sum(p["pss_bytes"] for p in processes) / MB
    b.at_most("own_mb", own, 64.0, "Tidemark's own", "MB")
    b.at_most("all_mb", every, 512.0, "all %d processes" % len(processes),
              "MB")
    b.finish()


main()
