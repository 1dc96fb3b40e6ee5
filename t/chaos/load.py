"""load.py - believable batches, and senders that keep a ledger.

The ledger is the tests' truth: a sender writes "S id..." before it sends and
"A id..." only after the 202, flushed each time. What is in A must be stored
exactly once; what is only in S may be stored once or not at all.
"""
import json
import multiprocessing
import os
import random
import signal
import time

import http1

NAMES = ["screen_view", "tap", "search", "purchase", "sign_up"]
VERSIONS = ["2.3.0", "2.3.1", "2.4.0"]
PLATFORMS = ["android", "ios", "web"]


def uuid7(rng, ms=None):
    ms = int(time.time() * 1000) if ms is None else ms
    n = (ms << 80) | (7 << 76) | (rng.getrandbits(12) << 64) | \
        (2 << 62) | rng.getrandbits(62)
    h = "%032x" % n
    return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def stamp(seconds):
    ms = int(round(seconds * 1000))
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + \
        ".%03dZ" % (ms % 1000)


def item(rng, now, only_events=False):
    """One item: mostly events, some traces, few crashes."""
    at = now - rng.random() * 7200
    base = {"event_id": uuid7(rng), "timestamp": stamp(at),
            "session_id": "s%d" % rng.randrange(60)}
    dice = rng.random()
    if only_events or dice < 0.93:
        base.update(type="event", name=rng.choice(NAMES),
                    properties={"screen": rng.choice("abcdef"),
                                "n": rng.randrange(1000)})
    elif dice < 0.98:
        base.update(type="trace", trace={
            "trace_id": "tr" + base["event_id"][:8], "name": "cold_start",
            "duration_ms": rng.randrange(100, 2000)})
    else:
        base.update(type="crash", fatal=rng.random() < 0.5,
                    fingerprint="chaos:%d" % rng.randrange(5),
                    exception={"type": "Boom", "message": "m",
                               "stacktrace": "at main"})
    return base


def envelope(rng, events, now, user=None):
    user = rng.randrange(200) if user is None else user
    # a session id belongs to one person, as an SDK has it
    for e in events:
        if "session_id" in e:
            e["session_id"] = "u%d-%s" % (user, e["session_id"])
    return {"schema_version": "1.0", "sent_at": stamp(now),
            "environment": "prod",
            "app": {"bundle_id": "com.example.chaos",
                    "version_name": VERSIONS[user % 3],
                    "build_number": "1"},
            "device": {"device_id": "device-%d" % user,
                       "platform": PLATFORMS[user % 3], "os_version": "14",
                       "model": "Pixel 8", "locale": "de_DE"},
            "user": {"anonymous_id": "anon-%d" % user,
                     "user_id": "user-%d" % user},
            "events": events}


def batch(rng, n, only_events=False, now=None):
    """(ids, body bytes) of one batch of n items of one user."""
    now = time.time() if now is None else now
    events = [item(rng, now, only_events) for _ in range(n)]
    ids = [e["event_id"] for e in events]
    return ids, json.dumps(envelope(rng, events, now)).encode()


def _sender(host, port, key, path, seed, size, pause, stop):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rng = random.Random(seed)
    client = http1.Client(host, port, timeout=5)
    with open(path, "a") as ledger:
        while not stop.is_set():
            ids, body = batch(rng, size)
            ledger.write("S " + " ".join(ids) + "\n")
            ledger.flush()
            more = []
            if rng.random() < 0.5:
                more = [("Idempotency-Key", ids[0])]
            if _until_stored(client, key, body, more, size, stop, ledger):
                ledger.write("A " + " ".join(ids) + "\n")
                ledger.flush()
            if pause:
                time.sleep(pause)
    client.close()


def _until_stored(client, key, body, more, size, stop, ledger):
    """Send, resend on any failure with the same ids. True after the 202;
    False when the test ends first (the batch then is only "sent")."""
    grace = None
    wait = 0.02
    while grace is None or time.monotonic() < grace:
        if stop.is_set() and grace is None:
            grace = time.monotonic() + 10
        try:
            status, _, reply = http1.post_batch(client, key, body, more)
        except OSError:
            status, reply = 0, b""
        if status == 202:
            answer = http1.parse(reply)
            if not answer or answer.get("accepted") != size:
                ledger.write("X 202 %r\n" % reply[:300])
            return True
        if status not in (0, 429, 500, 502, 503, 504):
            ledger.write("X %d %r\n" % (status, reply[:300]))
            return False
        ledger.write("R %d\n" % status)
        time.sleep(wait)
        wait = min(wait * 2, 0.5)
    return False


class Senders:
    """N sender processes on one key; ledger files in folder."""

    def __init__(self, lab, tenant, folder, count, size, pause=0.0):
        os.makedirs(folder, exist_ok=True)
        self.stop_event = multiprocessing.Event()
        self.paths = []
        self.procs = []
        for i in range(count):
            path = os.path.join(folder, "ledger-%d" % i)
            if os.path.exists(path):
                os.unlink(path)
            self.paths.append(path)
            self.procs.append(multiprocessing.Process(
                target=_sender, daemon=True,
                args=(lab.host, lab.port, tenant.key, path,
                      lab.rng.randrange(1 << 60), size, pause,
                      self.stop_event)))
        for p in self.procs:
            p.start()

    def stop(self):
        self.stop_event.set()
        for p in self.procs:
            p.join(30)
            if p.is_alive():
                p.terminate()
        return read_ledger(self.paths)


class Ledger:
    def __init__(self):
        self.sent = set()
        self.acked = set()
        self.odd = []       # answers nobody expects
        self.retries = {}   # status -> count


def read_ledger(paths):
    ledger = Ledger()
    for path in paths:
        with open(path) as f:
            for line in f:
                mark, _, rest = line.rstrip("\n").partition(" ")
                if mark == "S":
                    ledger.sent.update(rest.split())
                elif mark == "A":
                    ledger.acked.update(rest.split())
                elif mark == "R":
                    ledger.retries[rest] = ledger.retries.get(rest, 0) + 1
                elif mark == "X":
                    ledger.odd.append(rest)
    return ledger
