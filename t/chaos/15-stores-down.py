#!/usr/bin/env python3
"""R8, B1, B2: a store that is full, stopped or frozen means 503, never a
false 202, and everything recovers by itself."""
# alone: it measures how soon a door answers
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import http1
import lab as labs
import load
import tap

BOUND = 3000
SIZE = 100


def send(lab, client, tenant, size=SIZE):
    """(status, headers, parsed reply, seconds, ids)."""
    ids, body = load.batch(lab.rng, size, only_events=True)
    begin = time.monotonic()
    try:
        status, headers, reply = http1.post_batch(client, tenant.key, body)
    except OSError:
        status, headers, reply = 0, {}, b""
    return status, headers, http1.parse(reply), time.monotonic() - begin, ids


def good_503(answer, error=None):
    status, headers, reply = answer[:3]
    return status == 503 and headers.get("retry-after", "").isdigit() and \
        reply is not None and reply.get("message") and \
        reply.get("request_id") and \
        (error is None or reply.get("error") == error)


def redis_full(lab):
    """R8: Redis refuses to grow."""
    tenant = lab.tenant("oom")
    client = http1.Client(lab.host, lab.port)
    fine = send(lab, client, tenant)
    tap.must_fail(good_503(fine), "with memory left there is no 503")
    with lab.redis_setting("maxmemory", "100kb"):
        answers = [send(lab, client, tenant) for _ in range(60)]
    tap.equal({a[0] for a in answers}, {503},
              "Redis out of memory: only 503, never 202")
    tap.ok(all(good_503(a) for a in answers),
           "with Retry-After and an error body", str(answers[0][:3]))
    after = send(lab, client, tenant)
    tap.equal(after[0], 202, "with memory again it accepts by itself")
    lab.drain()
    want = fine[4] + after[4]
    tap.equal(sorted(check.stored_ids(lab, tenant.env)), sorted(want),
              "stored is what got a 202, nothing else")


def page(lab, path):
    begin = time.monotonic()
    try:
        status = http1.Client(lab.host, lab.port, 10).request(
            "GET", path)[0]
    except OSError:
        status = 0
    return status, time.monotonic() - begin


def postgres_down(lab):
    """B1: 202 up to the bound, then queue_full; pages say 503 at once."""
    tenant = lab.tenant("bound")
    client = http1.Client(lab.host, lab.port)
    with lab.settings("ingest", TIDEMARK_QUEUE_MAX_ITEMS=BOUND):
        with lab.stopped("postgres"):
            ids, full = [], None
            for _ in range(BOUND // SIZE + 20):
                answer = send(lab, client, tenant)
                if answer[0] == 202 and full is None:
                    ids += answer[4]
                elif full is None:
                    full = answer
                elif answer[0] != 503:
                    full = answer
                    break
            tap.equal(len(ids), BOUND, "202 goes on up to the bound")
            tap.ok(full and good_503(full, "queue_full"),
                   "then 503 queue_full with Retry-After", str(full))
            pages_down(lab)
        tap.ok(lab.drain(60), "with PostgreSQL back the queue drains")
        tap.ok(lab.wait_ready(10), "/readyz is 200 again")
        tap.equal(send(lab, client, tenant, 1)[0], 202, "and 202 is back")
        hysteresis(lab, client, tenant)
    lab.drain()
    findings = check.compare(ids, check.stored_ids(lab, tenant.env),
                             check.stored_ids(lab, tenant.env))
    tap.ok(check.clean(findings), "all %d accepted are stored once"
           % len(ids), check.brief(findings))


def pages_down(lab):
    for path in ("/login", "/", "/readyz"):
        status, seconds = page(lab, path)
        tap.ok(status in ((503,) if path == "/readyz" else (200, 303, 503)),
               "PostgreSQL down: %s answers %d" % (path, status))
        tap.at_most(seconds, 1.0, "seconds of " + path)
    login = http1.Client(lab.host, lab.port, 10).request("GET", "/login")[2].decode()
    for path in sorted(set(re.findall(r'(/static/[^"?]+\.(?:css|js))', login))):
        status, seconds = page(lab, path)
        tap.equal(status, 200, "PostgreSQL down: " + path)
        tap.at_most(seconds, 1.0, "seconds of it")
    status, seconds = signed_page(lab)
    tap.equal(status, 503, "PostgreSQL down: a page that needs it is a 503")
    tap.at_most(seconds, 1.0, "seconds of that page")
    tap.equal(page(lab, "/livez")[0], 200, "/livez stays 200")


def signed_page(lab):
    """A page asked for with a session cookie needs the store to answer."""
    client = http1.Client(lab.host, lab.port, 10)
    begin = time.monotonic()
    status = client.request("GET", "/t/demo/p/demo/prod/overview", [
        ("Cookie", lab.cookie)])[0]
    return status, time.monotonic() - begin


def hysteresis(lab, client, tenant):
    """Refused at the bound, resumed at 80 % of it."""
    with lab.paused():
        while True:
            answer = send(lab, client, tenant)
            if answer[0] != 202:
                break
        items = int(lab.redis("HGET", "tm:q:stats", "items"))
        lab.redis("HSET", "tm:q:stats", "items", str(int(BOUND * 0.85)))
        time.sleep(0.2)  # a worker's own figure is at most 100 ms old
        at_85 = send(lab, client, tenant, 1)[0]
        lab.redis("HSET", "tm:q:stats", "items", str(int(BOUND * 0.79)))
        time.sleep(0.2)
        at_79 = send(lab, client, tenant, 1)[0]
        lab.redis("HSET", "tm:q:stats", "items", str(items + (at_79 == 202)))
    tap.equal(at_85, 503, "at 85 % of the bound it still refuses")
    tap.equal(at_79, 202, "below 80 % it accepts again")


def redis_frozen(lab):
    """B2: Redis does not answer: 503 within 250 ms, no mixed-up replies."""
    tenant = lab.tenant("frozen")
    clients = [http1.Client(lab.host, lab.port) for _ in range(4)]
    for c in clients:
        send(lab, c, tenant, 1)
    pids = sorted(lab.pids("redis"))
    answers = []

    def press(client, count):
        for _ in range(count):
            answers.append(send(lab, client, tenant, 2))
    for p in pids:
        os.kill(p, signal.SIGSTOP)
    try:
        threads = [threading.Thread(target=press, args=(c, 25))
                   for c in clients]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        login = sign_in(lab)
    finally:
        for p in pids:
            os.kill(p, signal.SIGCONT)
    tap.equal({a[0] for a in answers}, {503},
              "Redis frozen: only 503 (%d requests)" % len(answers))
    tap.ok(all(good_503(a) for a in answers), "with an error body each",
           str(answers[0][:3]))
    tap.at_most(labs.percentile([a[3] for a in answers], 99), 0.25,
                "seconds, 99th percentile")
    tap.ok(login[0] in (302, 303) and login[1],
           "signing in works while Redis is frozen", str(login))
    mixed(lab, clients, tenant)


def mixed(lab, clients, tenant):
    """After the thaw each reply belongs to its request: sizes differ."""
    wrong, codes, ids = [], set(), []
    for i in range(120):
        size = 1 + i % 37
        status, _, reply, _, some = send(lab, clients[i % 4], tenant, size)
        codes.add(status)
        if status == 202:
            ids += some
            if reply["accepted"] != size:
                wrong.append((size, reply))
    tap.equal(wrong, [], "after the thaw every reply fits its request")
    tap.equal(codes, {202}, "and every one is a 202")
    tap.must_fail([r for r in [{"accepted": 3}] if r["accepted"] != 4] == [],
                  "a reply of another request is seen")
    lab.drain()
    stored = check.stored_ids(lab, tenant.env)
    findings = check.compare(ids, stored, stored)
    tap.ok(check.clean(findings), "all of them are stored once",
           check.brief(findings))


def redis_gone(lab):
    """Redis killed: the same, at once, and it recovers."""
    tenant = lab.tenant("gone")
    client = http1.Client(lab.host, lab.port)
    with lab.stopped("redis"):
        answers = [send(lab, client, tenant, 1) for _ in range(20)]
        login = sign_in(lab)
    tap.ok(all(good_503(a) for a in answers), "Redis gone: 503 with a body",
           str([a[:3] for a in answers if not good_503(a)][:1]))
    tap.at_most(max(a[3] for a in answers), 0.25, "seconds, the slowest")
    tap.ok(login[0] in (302, 303) and login[1],
           "signing in works without Redis", str(login))
    tap.equal(send(lab, client, tenant, 1)[0], 202, "back with Redis")


def sign_in(lab):
    """(status, session cookie) of a sign-in by the form."""
    client = http1.Client(lab.host, lab.port, 10)
    _, headers, body = client.request("GET", "/login")
    cookie = session_cookie(headers)
    form = {"email": lab.owner, "password": "correct horse battery"}
    for m in re.finditer(rb'<input[^>]*type="hidden"[^>]*>', body):
        name = re.search(rb'name="([^"]*)"', m.group())
        value = re.search(rb'value="([^"]*)"', m.group())
        if name and value:
            form[name.group(1).decode()] = value.group(1).decode()
    status, headers, _ = client.request(
        "POST", "/login",
        [("Content-Type", "application/x-www-form-urlencoded"),
         ("Origin", "http://%s:%d" % (lab.host, lab.port)),
         ("Cookie", cookie)],
        urllib.parse.urlencode(form).encode())
    return status, session_cookie(headers)


def session_cookie(headers):
    for line in headers.get("set-cookie", "").split("\n"):
        if "session=" in line:
            return line.split(";")[0]
    return ""


def main():
    lab = labs.Lab().start()
    lab.tenant("owner")  # makes the account that signs in
    status, lab.cookie = sign_in(lab)
    tap.ok(status in (302, 303) and lab.cookie, "the test account signs in",
           json.dumps([status, lab.cookie]))
    redis_full(lab)
    postgres_down(lab)
    redis_frozen(lab)
    redis_gone(lab)


tap.run(main)
