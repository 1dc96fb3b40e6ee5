#!/usr/bin/env python3
"""A service for the checks on the real server: service.py WHAT [FOLDER].

TIDEMARK_WRITE_KEY and TIDEMARK_ENDPOINT say where to; the events are "load"
with {"n": who, "i": which}. What was recorded is on standard output."""
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
import tidemark  # noqa: E402

EVENTS = int(os.environ.get("EVENTS", "10000"))


def record(client, n, count=EVENTS):
    for i in range(count):
        client.track("load", {"n": n, "i": i}, user_id="u-%d" % n)


def threads(client):
    """Eight threads at once."""
    all_ = [threading.Thread(target=record, args=(client, n)) for n in range(8)]
    for t in all_:
        t.start()
    for t in all_:
        t.join()
    print(8 * EVENTS)


def fork(client):
    """Children begin while the parent records and sends."""
    stop = threading.Event()
    mine = [0]

    def busy():
        while not stop.is_set():
            client.track("load", {"n": -1, "i": mine[0]}, user_id="u-parent")
            mine[0] += 1
            time.sleep(0.0002)
    thread = threading.Thread(target=busy)
    thread.start()
    children = []
    for n in range(8):
        time.sleep(0.05)
        pid = os.fork()
        if pid == 0:
            record(client, n, EVENTS // 10)
            client.close(60)
            os._exit(0)
        children.append(pid)
    bad = [p for p in children if os.waitpid(p, 0)[1] != 0]
    stop.set()
    thread.join()
    print(mine[0] + 8 * (EVENTS // 10) if not bad else "a child failed")


def sigterm(client):
    """Until SIGTERM: the number of each event once its call has returned."""
    i = 0
    while True:
        client.track("load", {"n": os.getpid(), "i": i}, user_id="u-term")
        i += 1
        os.write(1, b"%d\n" % i)
        time.sleep(0.0003)


def leave(client):
    """What a former process has left is sent."""


def main():
    what, folder = sys.argv[1], (sys.argv[2:] or [None])[0]
    if what == "sigterm_exit":
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))
    client = tidemark.Client(spool=folder, service="load", version="1.0.0",
                             handle_sigterm=what == "sigterm_option", close_timeout=60)
    {"threads": threads, "fork": fork, "leave": leave}.get(what, sigterm)(client)
    client.close(120)


main()
