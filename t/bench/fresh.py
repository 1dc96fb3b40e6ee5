#!/usr/bin/env python3
"""fresh: how long after its 202 an event is found by a query, while 5,000
events/s come in."""
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench
import http1
import lab as labs
import load as batches

SECONDS = 120 if bench.LONG else 20
RATE = 5000


class Query:
    """One psql, kept open: a look costs no more than a query."""

    def __init__(self, lab, env):
        self.env = env
        self.p = subprocess.Popen(
            [os.path.join(bench.ROOT, "dev"), "psql", "-X", "-q", "-A", "-t"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def has(self, event_id):
        self.p.stdin.write(
            ("SELECT count(*) FROM events WHERE environment_id = %d AND"
             " event_id = '%s' AND ts > now() - interval '3 hours';\n"
             % (self.env, event_id)).encode())
        self.p.stdin.flush()
        return self.p.stdout.readline().strip() == b"1"

    def close(self):
        self.p.stdin.close()
        self.p.wait(10)


def probe(lab, client, query, tenant):
    """Seconds from the 202 until the event is found."""
    ids, body = batches.batch(lab.rng, 1, only_events=True,
                              now=time.time())
    if http1.post_batch(client, tenant.key, body)[0] != 202:
        sys.exit("bench: a probe was refused")
    begin = time.monotonic()
    while not query.has(ids[0]):
        if time.monotonic() - begin > 30:
            sys.exit("bench: an accepted event is not found after 30 s")
        time.sleep(0.005)
    return time.monotonic() - begin


def main():
    b = bench.Bench("fresh", "from the 202 to the query, at %d events/s"
                    % RATE)
    folder = bench.build(b.lab, "load")
    noise, tenant = b.lab.tenant("noise"), b.lab.tenant("fresh")
    load = bench.Load(b.lab, folder, noise.key, bench.https_port(b.lab))
    result = {}
    thread = threading.Thread(target=lambda: result.update(load.run(
        "-c", 8, "-n", 50, "-r", RATE / 50, "-d", SECONDS)))
    thread.start()
    client = http1.Client(b.lab.host, b.lab.port)
    query = Query(b.lab, tenant.env)
    seconds = []
    time.sleep(1)
    while thread.is_alive():
        seconds.append(probe(b.lab, client, query, tenant))
        time.sleep(b.lab.rng.random() * 0.1)
    thread.join()
    query.close()
    b.lab.drain(60)
    b.figure("events_per_s", float(result["events_per_s"]), "events/s",
             "load")
    b.figure("probes", len(seconds), "")
    b.figure("p50_s", labs.percentile(seconds, 50), "s", "p50")
    b.at_most("p95_s", labs.percentile(seconds, 95), 1.0, "p95", "s")
    b.at_most("p99_s", labs.percentile(seconds, 99), 2.0, "p99", "s")
    b.finish()


main()
