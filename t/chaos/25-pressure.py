#!/usr/bin/env python3
"""B4: 1,000 slow connections do not raise the p99 of good traffic above twice.
B5: a tenant at ten times its limit gets 429 and moves another's p99 by less than
a fifth; the limiter of signing in fails closed."""
# alone: it measures milliseconds
import multiprocessing
import os
import random
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import http1
import lab as labs
import load
import tap

SLOW = 1000
SPAN = 2.0        # seconds of a measurement
GOOD = 200        # good requests a second
FLOOR = 0.003     # seconds: below that a busy machine's clock speaks, not we
TRIES = 6         # the machine may be busy: the best pair counts


def good(lab, key, span=SPAN, rate=GOOD, timeout=15):
    """(p99 in seconds, statuses) of paced single events. Late requests count from
    when they were due, so that a stalled server is not measured as a quiet one."""
    client = http1.Client(lab.host, lab.port, timeout=timeout)
    seconds, codes = [], {}
    begin = time.monotonic()
    for i in range(int(span * rate)):
        due = begin + i / rate
        time.sleep(max(0.0, due - time.monotonic()))
        _, body = load.batch(lab.rng, 1, only_events=True)
        at = max(due, time.monotonic() - 0.002)
        try:
            status = http1.post_batch(client, key, body)[0]
        except OSError:
            client.close()
            status = 0
        codes[status] = codes.get(status, 0) + 1
        seconds.append(time.monotonic() - at)
        if time.monotonic() - begin > span * 4:
            break
    client.close()
    return labs.percentile(seconds, 99), codes


def ratio(lab, key, pressure):
    """The best of a few pairs: p99 under pressure against the p99 before it."""
    best = None
    for _ in range(TRIES):
        before, _ = good(lab, key)
        with pressure:
            time.sleep(0.3)
            under, codes = good(lab, key)
        r = max(under, FLOOR) / max(before, FLOOR)
        if best is None or r < best[0]:
            best = (r, before, under, codes)
        if r <= 1.15:
            break
    return best


class Slow:
    """Connections that send a byte now and then: of the head, or of the body."""

    def __init__(self, lab, key, body):
        self.lab, self.key, self.body = lab, key, body

    @staticmethod
    def drip(host, port, start, count, ready, stop):
        socks = []
        for _ in range(count):
            s = socket.socket()
            s.connect((host, port))
            s.sendall(start)
            socks.append(s)
        ready.set()
        while not stop.wait(1.0):
            for s in socks:
                try:
                    s.send(b"a")
                except OSError:
                    pass

    def __enter__(self):
        head = "POST /api/v1/ingest/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n" % self.key
        start = head + ("Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
                        if self.body else "X-Slow: ")
        self.stop, ready = multiprocessing.Event(), multiprocessing.Event()
        self.p = multiprocessing.Process(target=self.drip, daemon=True, args=(
            self.lab.host, self.lab.port, start.encode(), SLOW, ready, self.stop))
        self.p.start()
        ready.wait(20)

    def __exit__(self, *_):
        self.stop.set()
        self.p.join(10)


class Unbuffered:
    """The same without nginx: a connection for each ingest process, which waits."""

    def __init__(self, lab):
        state = os.path.join(lab.var, "state")
        self.path = os.path.join(os.path.realpath(state) if os.path.isdir(state) else lab.var,
                                 "run", "ingest.sock")

    def __enter__(self):
        self.socks = []
        for _ in range(32):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.path)
            s.send(b"\x01\x01")  # the beginning of a FastCGI record
            self.socks.append(s)

    def __exit__(self, *_):
        for s in self.socks:
            s.close()


def slow(lab, tenant):
    for body in (False, True):
        r, before, under, codes = ratio(lab, tenant.key, Slow(lab, tenant.key, body))
        tap.equal(list(codes), [202], "good traffic beside %d slow %s" % (SLOW, "bodies" if body else "heads"))
        tap.at_most(r, 2.0, "times the p99 (%.1f ms before, %.1f ms beside them)"
                    % (before * 1000, under * 1000))
    before, _ = good(lab, tenant.key)
    with Unbuffered(lab):
        under, codes = good(lab, tenant.key, 0.5, 50, 4)
    tap.must_fail(max(under, FLOOR) / max(before, FLOOR) <= 2.0 and list(codes) == [202],
                  "slow connections that reach the pool itself stall it (%.0f ms)" % (under * 1000))


def shout(host, port, key, seed, rate, size, stop, out):
    """One noisy sender; it keeps no answer but the last 429."""
    rng = random.Random(seed)
    client = http1.Client(host, port, timeout=15)
    _, body = load.batch(rng, size, only_events=True)
    codes, last, begin, n = {}, {}, time.monotonic(), 0
    while not stop.is_set():
        if rate:
            time.sleep(max(0.0, begin + n / rate - time.monotonic()))
        n += 1
        try:
            status, headers, _ = http1.post_batch(client, key, body)
        except OSError:
            client.close()
            status, headers = 0, {}
        codes[status] = codes.get(status, 0) + 1
        if status == 429:
            last = dict(headers)
    out.put((codes, last))


class Noise:
    def __init__(self, lab, key, rate, size=1, procs=1):
        self.lab, self.key, self.rate, self.size, self.n = lab, key, rate, size, procs
        self.codes, self.last = {}, {}

    def __enter__(self):
        self.stop, self.out = multiprocessing.Event(), multiprocessing.Queue()
        self.procs = [multiprocessing.Process(target=shout, daemon=True, args=(
            self.lab.host, self.lab.port, self.key, i, self.rate, self.size, self.stop, self.out))
            for i in range(self.n)]
        for p in self.procs:
            p.start()

    def __exit__(self, *_):
        self.stop.set()
        for _ in self.procs:
            codes, last = self.out.get(timeout=30)
            self.last = last or self.last
            for k, v in codes.items():
                self.codes[k] = self.codes.get(k, 0) + v
        for p in self.procs:
            p.join(10)


def noisy(lab, tenant):
    limit = 600  # a minute: 10 a second
    other = lab.tenant("noisy", rate_limit=limit)
    client = http1.Client(lab.host, lab.port)
    _, body = load.batch(lab.rng, 1, only_events=True)
    passed = 0
    while passed <= limit and http1.post_batch(client, other.key, body)[0] == 202:
        passed += 1
    tap.equal(passed, limit, "requests of a tenant that pass in its minute")
    noise = Noise(lab, other.key, limit / 60 * 10)
    r, before, under, codes = ratio(lab, tenant.key, noise)
    tap.equal(list(codes), [202], "the other tenant's requests are all accepted")
    tap.at_most(r, 1.2, "times its p99 (%.1f ms before, %.1f ms beside the noise)"
                % (before * 1000, under * 1000))
    tap.ok(set(noise.codes) <= {202, 429} and noise.codes.get(429, 0) > 50,
           "the noisy one, at ten times that, is told 429", noise.codes)
    names = ("retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    tap.ok(all(noise.last.get(n, "").isdigit() for n in names), "with Retry-After and RateLimit-*",
           noise.last)
    loud = Noise(lab, lab.tenant("loud").key, None, 1000, 4)
    with loud:
        time.sleep(0.3)
        under, _ = good(lab, tenant.key, 1.0)
    tap.must_fail(max(under, FLOOR) / max(before, FLOOR) <= 1.2,
                  "without a limit large batches do move it (%.1f ms)" % (under * 1000))
    lab.drain(120)


def closed(lab):
    """What counts wrong passwords is down: nobody gets in."""
    form = b"email=%s&password=correct+horse+battery" % lab.owner.encode().replace(b"@", b"%40")

    def sign_in():
        return http1.Client(lab.host, lab.port, 10).request("POST", "/login", [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Sec-Fetch-Site", "same-origin")], form)
    with lab.stopped("postgres"):
        status, headers, _ = sign_in()
        tap.ok(status == 503 and "session" not in headers.get("set-cookie", ""),
               "signing in fails closed", (status, headers.get("set-cookie")))
    lab.wait_ready(20)
    status, headers, _ = sign_in()
    tap.must_fail(status == 503 or "session" not in headers.get("set-cookie", ""),
                  "with it, the same form signs in")


def main():
    lab = labs.Lab().start()
    tenant = lab.tenant("good")
    slow(lab, tenant)
    noisy(lab, tenant)
    closed(lab)


tap.run(main)
