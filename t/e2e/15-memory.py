#!/usr/bin/env python3
"""The whole stack with demo data, idle: 512 MB of PSS (shared pages counted
once), Tidemark's own processes 64 MB, as ./dev status prints them."""
# alone: it measures memory and idleness
import time

import e2e
from e2e import tap

MB = 2 ** 20
SAMPLES = 3


def sums(status):
    """(all, own) in MB, added up here from the processes."""
    rows = status["processes"]
    return (sum(p["pss_bytes"] for p in rows) / MB,
            sum(p["pss_bytes"] for p in rows
                if " tidemark-" in p["name"]) / MB)


def within(status, all_mb, own_mb):
    every, own = sums(status)
    return every <= all_mb and own <= own_mb


def main():
    lab = e2e.start()
    lab.drain(120)
    best = None
    for _ in range(SAMPLES):
        time.sleep(2)
        status = lab.status()
        if best is None or sums(status) < sums(best):
            best = status
    every, own = sums(best)
    names = " ".join(sorted({p["name"].split()[0] for p in best["processes"]}))
    for part in ("postgres", "redis", "nginx", "ingest", "web", "consumer"):
        tap.ok(part in names, "it counts " + part, names)
    tap.at_most(every, 512, "PSS of the idle stack, MB")
    tap.at_most(own, 64, "of Tidemark's own processes, MB")
    tap.ok(own > 1, "which are some")
    tap.equal((best["limits"]["pss_bytes"], best["limits"]["own_pss_bytes"]),
              (512 * MB, 64 * MB), "the limits that ./dev status prints")
    tap.equal((round(best["pss_bytes"] / MB), round(best["own_pss_bytes"] / MB)),
              (round(every), round(own)), "and its sums")
    tap.must_fail(within(best, 1, 1), "a limit of 1 MB")
    tap.must_fail(within(best, 512, 1), "a limit of 1 MB for our own")
    table = lab.dev("status")
    tap.ok("of 512" in table and "of 64" in table, "the table has them", table)


tap.run(main)
