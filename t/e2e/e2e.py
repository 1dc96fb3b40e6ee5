"""e2e.py - what the end-to-end tests share: the lab, requests, the seed.

The tests run against the stack of ./dev (TIDEMARK_VAR); each makes a tenant
of its own. See t/README.
"""
import contextlib
import datetime
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
for _folder in ("lib", "chaos"):
    sys.path.insert(0, os.path.join(ROOT, "t", _folder))
import lab as labs  # noqa: E402
import tap  # noqa: E402,F401


def start():
    """The stack, with whole budgets of tries: all tests come from one address."""
    lab = labs.Lab().start()
    lab.sql("DELETE FROM login_attempts")
    return lab


def call(lab, method, path, key=None, body=None, headers=(), base=None):
    """(status, headers with lower-case names, body bytes). A store has a quarter
    of a second; on a machine with other work it may not get round to it, and who
    sends asks again: for 5 s here."""
    request = urllib.request.Request((base or lab.url) + path, data=body,
                                     method=method)
    if key:
        request.add_header("Authorization", "Bearer " + key)
    if body is not None:
        request.add_header("Content-Type", "application/json")
    for name, value in dict(headers).items():
        request.add_header(name, value)
    end = time.monotonic() + 5
    while True:
        answer = _ask(request)
        if answer[0] != 503 or b'"unavailable"' not in answer[2] or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def _ask(request):
    try:
        with urllib.request.urlopen(request, timeout=30) as r:
            return r.status, _lower(r.headers), r.read()
    except urllib.error.HTTPError as e:
        return e.code, _lower(e.headers), e.read()


def _lower(headers):
    return {k.lower(): v for k, v in headers.items()}


def call_json(lab, method, path, key=None, body=None, headers=()):
    """(status, headers, parsed body). body: bytes, or what json.dumps takes."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    status, head, text = call(lab, method, path, key, body, headers)
    return status, head, json.loads(text) if text else None


def stamp(ago_s=0):
    at = datetime.datetime.now(datetime.timezone.utc)
    at -= datetime.timedelta(seconds=ago_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (at.microsecond // 1000)


def event(name="e2e", **more):
    return dict({"type": "event", "event_id": str(uuid.uuid4()),
                 "name": name, "timestamp": stamp(1)}, **more)


def envelope(events, **more):
    return dict({"schema_version": "1.0", "sent_at": stamp(),
                 "environment": "prod",
                 "app": {"bundle_id": "com.example.e2e",
                         "version_name": "1.0.0", "build_number": "1"},
                 "device": {"device_id": "d-1", "platform": "android"},
                 "user": {"anonymous_id": "anon_1"}, "events": events}, **more)


def seed_batch():
    """The request body of seed 000, to the letter."""
    with open(os.path.join(HERE, "seed-batch.json"), "rb") as f:
        return f.read()


SEED_HEADERS = {"X-SDK": "flutter", "X-SDK-Version": "0.1.0",
                "X-Schema-Version": "1.0"}


def until(seconds, check):
    """Seconds until a check() began that is true, or None. How long the check
    itself takes is the machine's, not what is waited for."""
    begin = asked = time.monotonic()
    while asked - begin < seconds:
        if check():
            return max(asked - begin, 1e-6)  # which is true
        time.sleep(0.02)
        asked = time.monotonic()
    return None


@contextlib.contextmanager
def locked(what):
    """What any long transaction does: others wait for "TABLE IN EXCLUSIVE"."""
    p = subprocess.Popen([os.path.join(ROOT, "dev"), "psql", "-XAtq"], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write("BEGIN; LOCK TABLE %s MODE; SELECT 'held';\n" % what)
    p.stdin.flush()
    while p.stdout.readline().strip() != "held":
        pass
    try:
        yield
    finally:
        p.stdin.close()
        p.wait(20)


def stopped(p, reached, seconds=30):
    """Lets a process run in short steps and stops it where it was reached;
    whoever looks at one that runs finds a fast one at its end."""
    end = time.monotonic() + seconds
    while p.poll() is None and time.monotonic() < end:
        p.send_signal(signal.SIGSTOP)
        if reached():
            return True
        p.send_signal(signal.SIGCONT)
        time.sleep(0.005)
    return False


def clear_of(unit, seconds, zone_h=0):
    """Wait until no hour or month ends within so many seconds: for what counts by
    them. zone_h: of months east of Greenwich."""
    zone = datetime.timezone(datetime.timedelta(hours=zone_h))

    def name(ahead_s):
        at = datetime.datetime.now(zone) + datetime.timedelta(seconds=ahead_s)
        return at.strftime({"hour": "%Y-%m-%dT%H", "month": "%Y-%m"}[unit])
    while name(0) != name(seconds):
        time.sleep(0.2)


def read_token(lab, tenant):
    """A personal access token of the tenant's owner."""
    return lab.ctl("token", "create", "--user", lab.owner, "--team",
                   tenant.team, "--scopes",
                   "events:read,metrics:read,projects:read")["token"]
