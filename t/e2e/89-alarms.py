#!/usr/bin/python3
"""Alarms for real causes: batches that come again (consumers killed in their
transaction), storing that has become slow (a table that is locked), mails that
a mail server refuses, a disk that is full. Each is silent first; each is told
by mail and by a signed webhook, with the delivery in its log, and told again
when it is over. What a sender that was killed has sent already comes again
under the same id. The others are in 89-queues.py."""
# takes: 40 s
import asyncio
import contextlib
import http.client
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import e2e
import hook as hooks
import http1
import load
import site_http as site
from e2e import tap

from aiosmtpd.controller import Controller

warnings.simplefilter("ignore")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
TOLD = ("retries", "runtime", "mail", "disk")
BATCHES = 36       # one a transaction: a runtime is not judged by fewer than 30
MB = 1 << 20
WINDOW_S = 600     # what must leave it is moved: no test waits for that
WINDOW = "grain = 1 AND kind = 'ingest' AND at > now() - interval '%d s'" % (WINDOW_S + 60)


class Postbox:
    """A mail server; `answer` is what it says to a recipient, `ids` are those of
    the mails that came, and while it is `slow` it does not answer to them."""

    def __init__(self):
        self.answer, self.subjects, self.ids, self.slow = "250 fine", [], [], False

    async def handle_RCPT(self, server, session, envelope, to, options):
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.answer

    async def handle_DATA(self, server, session, envelope):
        subject = re.search(rb"^Subject: (.*?)\r\n", envelope.content, re.M).group(1)
        self.subjects += [(to, subject.decode()) for to in envelope.rcpt_tos]
        self.ids.append(re.search(rb"^Message-ID: (.*?)\r\n", envelope.content, re.M | re.I)
                        .group(1))
        while self.slow:
            await asyncio.sleep(0.05)
        return "250 taken"


class World:
    def __init__(self, lab):
        self.lab = lab
        self.email = self.site = None
        self.tenant = lab.tenant("alarms")
        self.client = http1.Client(lab.host, lab.port)

    def listen(self):
        """From now on somebody is told. Not before all is calm: what the program
        before did on this stack may fire, and be over, under our settings."""
        self.email = site.account(self.lab, "alarms-%d@example.org" % self.lab.rng.randrange(10 ** 9),
                                  "--system-admin")
        self.site = site.signed_in(self.lab, self.email)

    def send(self, batches):
        for _ in range(batches):
            body = load.batch(self.lab.rng, 3, only_events=True)[1]
            if http1.post_batch(self.client, self.tenant.key, body)[0] != 202:
                raise AssertionError("a batch was not taken")

    def alarms(self):
        """name -> (state, value, detail), measured now."""
        self.lab.ctl("job", "run", "alarm", "--timeout", "20")
        return {r[0]: (r[1], float(r[2]) if r[2] else None, r[3]) for r in self.lab.sql(
            "SELECT name, state, value, detail FROM alarms")}

    def forgot(self, n):
        for i in range(n):
            c = http.client.HTTPConnection(self.lab.host, self.lab.port, timeout=20)
            c.request("POST", "/forgot", urllib.parse.urlencode(
                {"email": "alarm-%d-%d@example.net" % (self.lab.rng.randrange(10 ** 9), i)}),
                {"Content-Type": "application/x-www-form-urlencoded",
                 "Sec-Fetch-Site": "same-origin"})
            c.getresponse().read()


# --- storing -------------------------------------------------------------------
def counted(w, runs, retries=0):
    """The consumers have written their minutes: every five seconds."""
    def enough():
        got = w.lab.sql("SELECT coalesce(sum(runs), 0), coalesce(sum(retries), 0)"
                        " FROM queue_minutes WHERE " + WINDOW)[0]
        return int(got[0]) >= runs and int(got[1]) >= retries
    return e2e.until(30, enough) is not None


def to_history(w, how):
    """The window of now as one of hours ago: 'copy' or 'move'."""
    ago = "at - interval '%d s'" % (14400 + w.lab.rng.randrange(30000))
    if how == "move":
        w.lab.sql("UPDATE queue_minutes SET at = %s WHERE %s" % (ago, WINDOW))
    else:
        w.lab.sql("INSERT INTO queue_minutes SELECT grain, %s, kind, runs, failures, retries,"
                  " batches, items, dead, busy_us, lag_max_ms, hist FROM queue_minutes WHERE %s"
                  % (ago, WINDOW))


def killed_in_work(w):
    with e2e.locked("persons IN EXCLUSIVE"):
        w.send(2)
        held = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
        tap.ok(e2e.until(30, lambda: int(w.lab.value(held)) >= 2) is not None,
               "both consumers wait in a transaction")
        w.lab.kill("consumer")
    w.lab.bring_back("consumer")
    # counted before others are sent: while one is not, the other is 1 of ever
    # more batches, and with 36 below the limit
    tap.ok(counted(w, 2, 2), "and both batches came again")


def calm(w):
    lab = w.lab
    # The runtime is judged by that of a day: by our own alone, since what the
    # programs before did here makes it any. A consumer that ends has told all.
    lab.drain(30)
    lab.dev("restart", "consumer")
    lab.sql("DELETE FROM queue_minutes WHERE grain = 1 AND kind = 'ingest'")
    w.send(BATCHES)
    lab.drain(30)
    tap.ok(counted(w, BATCHES), "%d transactions as ever" % BATCHES)
    to_history(w, "copy")
    seen = w.alarms()
    tap.equal([(seen[n][0], seen[n][1] is not None) for n in ("retries", "runtime")],
              [("ok", True)] * 2, "negative control: measured, and silent")
    tap.equal([seen[n][0] for n in TOLD], ["ok"] * len(TOLD), "so are the others")
    return float(re.search(r"it was (\d+) ms", seen["runtime"][2]).group(1))


def storing(w, was):
    lab = w.lab
    to_history(w, "move")
    killed_in_work(w)
    for _ in range(2):
        with e2e.locked("persons IN EXCLUSIVE"):
            w.send(BATCHES // 2)
            time.sleep(max(0.5, 8 * was / 1000))
    lab.drain(60)
    tap.ok(counted(w, BATCHES + 2, 2), "what was killed came again, and the rest waited")
    bad = w.alarms()
    tap.equal([bad[n][0] for n in ("retries", "runtime")], ["firing"] * 2,
              "batches that come again, and a lock that holds up storing, fire")
    tap.ok("2 of %d batches" % (BATCHES + 2) in bad["retries"][2], "with how many", bad["retries"])
    tap.ok(bad["runtime"][1] >= 4, "and how much slower", bad["runtime"])
    to_history(w, "move")
    good = w.alarms()
    tap.equal([good[n][0] for n in ("retries", "runtime")], ["ok"] * 2,
              "they end with their window")


# --- mail ----------------------------------------------------------------------
def waiting(w, state):
    n = "SELECT count(*) FROM mails WHERE sent_at IS NULL AND failed_at IS %s" % (
        "NULL AND attempts > 0" if state == "waiting" else "NOT NULL AND failed_at > now()"
        " - interval '1 minute'")
    return int(w.lab.value(n))


def mail(w, box):
    lab = w.lab
    tap.equal(w.alarms()["mail"][0], "ok", "negative control: mails go out")
    box.answer = "451 come back later"
    w.forgot(1)
    tap.ok(e2e.until(30, lambda: waiting(w, "waiting")) is not None, "a mail server is busy")
    tap.equal(w.alarms()["mail"][0], "ok", "for a moment that is no alarm")
    lab.sql("UPDATE mails SET created_at = created_at - interval '11 minutes'"
            " WHERE sent_at IS NULL")  # ten minutes that the test does not take
    tap.equal(w.alarms()["mail"][0], "firing", "after ten minutes it is one")
    box.answer = "250 fine"
    lab.ctl("mail", "retry", "--all")
    tap.ok(e2e.until(30, lambda: not waiting(w, "waiting")) is not None and
           w.alarms()["mail"][0] == "ok", "over when it is sent")
    box.answer = "554 relay denied"
    w.forgot(2)
    e2e.until(30, lambda: waiting(w, "given up") >= 2)
    tap.equal(w.alarms()["mail"][0], "ok", "two given up: perhaps their addresses")
    w.forgot(1)
    e2e.until(30, lambda: waiting(w, "given up") >= 3)
    seen = w.alarms()["mail"]
    tap.ok(seen[0] == "firing" and "refuses all" in seen[2],
           "three in a row: the server refuses us", seen)
    box.answer = "250 fine"
    w.forgot(1)
    tap.ok(e2e.until(30, lambda: w.alarms()["mail"][0] == "ok") is not None,
           "over when one is taken")
    lab.sql("DELETE FROM mails WHERE failed_at IS NOT NULL")


# --- disk ----------------------------------------------------------------------
@contextlib.contextmanager
def small_disk(lab):
    """A file system of 8 MB that the consumers take for theirs; None where
    nobody may mount one."""
    state = os.path.realpath(os.path.join(lab.var, "state"))
    path = os.path.join(state if os.path.isdir(state) else lab.var, "small")
    root = [] if os.getuid() == 0 else ["sudo", "-n"]
    os.makedirs(path, exist_ok=True)
    mounted = subprocess.run(root + ["mount", "-t", "tmpfs", "-o", "size=8m,mode=1777", "tmpfs",
                                     path], capture_output=True).returncode == 0
    try:
        yield path if mounted else None
    finally:
        if mounted:
            subprocess.run(root + ["umount", "-l", path], check=True)
        os.rmdir(path)


def disk(w, small):
    if small is None:
        tap.note("nothing may be mounted here: the limit moves instead of the disk")
        tap.equal(w.alarms()["disk"][0], "ok", "negative control: below the limit")
        with w.lab.settings("consumer", TIDEMARK_ALARM_DISK_PERCENT=1):
            tap.equal(w.alarms()["disk"][0], "firing", "a disk fuller than it may be")
    else:
        seen = w.alarms()["disk"]
        tap.ok(seen[0] == "ok" and seen[1] < 90, "negative control: no disk is full", seen)
        tap.ok(re.search("where .*PostgreSQL.*Redis.* lie$", seen[2]),
               "the stores' disk is looked at", seen)
        with open(os.path.join(small, "film"), "wb") as f:
            f.write(b"\0" * (8 * MB * 95 // 100))
        seen = w.alarms()["disk"]
        tap.ok(seen[0] == "firing" and seen[1] >= 90 and
               seen[2].endswith("B free where symbols, exports and the outbox lie"),
               "a disk that is full fires, and says what lies there", seen)
        os.unlink(os.path.join(small, "film"))
    tap.equal(w.alarms()["disk"][0], "ok", "over when there is room")


# --- who is told ---------------------------------------------------------------
def told(w, hook, at, secret, box):
    pairs = {"retries": 1, "runtime": 1, "mail": 2, "disk": 1}
    tap.ok(e2e.until(30, lambda: all(hook.types(n) == ["fired", "resolved"] * pairs[n]
                                     for n in TOLD)) is not None,
           "the webhook is told of each begin and end, once",
           {n: hook.types(n) for n in TOLD})
    tap.ok(all(hooks.signed(head, body, secret) for head, body in hook.got), "all signed")
    log = w.lab.sql("SELECT count(*), count(*) FILTER (WHERE delivered_at IS NOT NULL AND status"
                    " = 204 AND attempts = 1) FROM webhook_deliveries WHERE webhook_id = '%s'"
                    % at.split("/")[-1])[0]
    page = w.site.get(at)
    tap.ok(int(log[0]) == int(log[1]) >= 10 and page.text.count("delivered") >= 10,
           "every delivery is in its log", log)
    mine = lambda: [s for to, s in box.subjects if to == w.email]  # noqa: E731
    titles = ["Batches come again", "Storing has become slow", "The disk is nearly full"]
    want = sorted(word + ": " + t for t in titles for word in ("Alarm", "Over"))
    ours = lambda: sorted(s for s in mine() if s.split(": ")[-1] in titles)  # noqa: E731
    tap.ok(e2e.until(30, lambda: ours() == want) is not None,
           "so are system administrators by mail, once each", mine())
    tap.equal([s for s in mine() if "Mails are not sent" in s], [],
              "but never by mail about mails")


# --- what comes twice ----------------------------------------------------------
def senders(lab):
    """The processes that send: children of the consumers."""
    out = []
    for pid, name in lab.pids("consumer").items():
        try:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                out += [int(c) for c in f.read().split()] if "tidemark-consum" in name else []
        except OSError:
            pass
    return out


def killed_sending(w, came):
    """Kill who waits for an answer to what came, and have it come again."""
    before = came()
    tap.ok(e2e.until(30, lambda: came() > before) is not None, "it is there, and not answered")
    for pid in senders(w.lab):
        os.kill(pid, signal.SIGKILL)
    return e2e.until(30, lambda: came() > before + 1) is not None


def again(w, hook, at, secret, box):
    first, hook.gate = len(hook.got), threading.Event()
    threading.Thread(target=lambda: w.site.submit(w.site.get(at), "/test")).start()
    came = killed_sending(w, lambda: len(hook.got))
    hook.gate.set()
    hook.gate = None
    ids = [head["webhook-id"] for head, _ in hook.got]
    tap.ok(came and hook.got[first][1] == hook.got[first + 1][1] and ids[first] == ids[first + 1]
           and hooks.signed(*hook.got[first + 1], secret),
           "a message whose sender was killed comes again under its id", ids[first:])
    tap.must_fail(len(set(ids[:first])) < first, "one id for two messages")
    box.slow, first = True, len(box.ids)
    threading.Thread(target=lambda: w.forgot(1)).start()
    came = killed_sending(w, lambda: len(box.ids))
    box.slow = False
    tap.ok(came and box.ids[first] == box.ids[first + 1], "so does a mail", box.ids[first:])
    tap.must_fail(len(set(box.ids[:first])) < first, "one Message-ID for two mails")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    lab = e2e.start()
    w, hook, box, at = World(lab), hooks.Receiver(), Postbox(), None
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    values = dict(TIDEMARK_WEBHOOK_LOOPBACK="true", TIDEMARK_ALARM_HOLD_S=0,
                  TIDEMARK_ALARM_WINDOW_S=WINDOW_S, TIDEMARK_ALARM_RETRY_PERCENT=3,
                  TIDEMARK_CONSUMER_BATCHES=1, TIDEMARK_CLAIM_IDLE_MS=3600000,
                  TIDEMARK_MAIL_TLS="off",
                  TIDEMARK_MAIL_URL="smtp://127.0.0.1:%d" % server.port)
    try:
        with small_disk(lab) as small:
            values.update({"TIDEMARK_%s_DIR" % n: small for n in ("SYMBOL", "EXPORT", "OUTBOX")}
                          if small else {"TIDEMARK_ALARM_DISK_PERCENT": 100})
            with lab.settings("consumer", **values):
                was = calm(w)
                w.listen()
                at, secret = hooks.add(w.site, lab, hook)
                storing(w, was)
                mail(w, box)
                disk(w, small)
                told(w, hook, at, secret, box)
                again(w, hook, at, secret, box)
    finally:
        server.stop()
        if at is not None:
            w.site.submit(w.site.get(at), "/delete")


tap.run(main)
