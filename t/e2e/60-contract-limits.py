#!/usr/bin/env python3
"""Limits, repeats, revocation, the batch status and the queue's commands, to
the letter of the contract."""
import gzip
import json
import time
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"


def batch(*items):
    return json.dumps(e2e.envelope(list(items) or [e2e.event()])).encode()


def crash():
    return {"type": "crash", "event_id": str(uuid.uuid4()),
            "timestamp": e2e.stamp(1), "exception": {"type": "E"}}


def new_key(lab, t, limit=None, kind="write"):
    flags = ["--rate-limit", str(limit)] if limit else []
    return lab.ctl("key", "create", "--project", t.project, "--env", "prod",
                   "--type", kind, *flags)


def rate(lab, t):
    """--rate-limit 120: the 121st request of a minute is a 429."""
    key = new_key(lab, t, 120)["token"]
    idem = {"Idempotency-Key": str(uuid.uuid4())}
    first = batch()
    begin = time.monotonic()
    got = [e2e.call(lab, "POST", BATCH, key, first, idem)]
    got += [e2e.call(lab, "POST", BATCH, key, batch()) for _ in range(119)]
    tap.equal([g[0] for g in got], [202] * 120, "120 requests in a minute")
    tap.equal([int(g[1]["ratelimit-remaining"]) for g in got],
              list(range(119, -1, -1)), "RateLimit-Remaining counts down")
    tap.equal({g[1]["ratelimit-limit"] for g in got}, {"120"},
              "RateLimit-Limit")
    for path, body in ((BATCH, batch()), ("/api/v1/events", b'{"event":"a"}'),
                       ("/api/v1/events/batch", b'{"events":[{"event":"a"}]}')):
        status, head, text = e2e.call(lab, "POST", path, key, body)
        error = json.loads(text)
        tap.equal((status, error.get("error"), error.get("details")),
                  (429, "rate_limited", {"category": ["event"]}),
                  "the 121st is refused at " + path)
        left = 60 - (time.monotonic() - begin)
        tap.ok(left - 3 <= int(head.get("retry-after", -1)) <= 60,
               "Retry-After is the rest of the minute", head)
        tap.equal((head.get("ratelimit-limit"),
                   head.get("ratelimit-remaining")), ("120", "0"),
                  "RateLimit-* of the 429")
        tap.ok(0 < int(head.get("ratelimit-reset", -1)) <= 60,
               "RateLimit-Reset", head)
    again = e2e.call(lab, "POST", BATCH, key, first, idem)
    tap.equal((again[0], again[2]), (202, got[0][2]),
              "a repeat gets its reply also at the limit")
    tap.equal(e2e.call(lab, "POST", BATCH, key, batch(crash()))[0], 202,
              "a crash passes")
    tap.equal(e2e.call(lab, "POST", BATCH, key, b"{")[0], 400,
              "400 comes before 429")
    tap.equal(e2e.call(lab, "POST", BATCH, key, b"{}")[0], 422,
              "422 comes before 429")
    tap.equal(e2e.call(lab, "GET", "/api/v1/ingest/config", key)[0], 200,
              "the config is not limited")
    tap.equal(e2e.call(lab, "POST", BATCH, t.key, batch())[0], 202,
              "another key is not limited")
    one = new_key(lab, t, 1)["token"]
    tap.equal([e2e.call(lab, "POST", BATCH, one, batch(crash()))[0]
               for _ in range(2)], [202, 429], "crashes have a limit too")
    one = new_key(lab, t, 1)["token"]
    full = e2e.call_json(lab, "POST", BATCH, one, e2e.envelope(
        [e2e.event() for _ in range(1000)]))
    tap.equal((full[0], full[2]["accepted"]), (202, 1000),
              "the item budget is 1000 times the limit")
    mixed = [e2e.event(), crash(), e2e.event()]
    got = e2e.call_json(lab, "POST", BATCH, one, e2e.envelope(mixed))[2]
    tap.equal((got.get("accepted"), got.get("rejected"),
               [(r["index"], r["event_id"], r["result"])
                for r in got.get("results", ())]),
              (1, 2, [(i, mixed[i]["event_id"], "retry") for i in (0, 2)]),
              "used up: the crash is taken, the events are to be sent again")


def idempotency(lab, t):
    body, idem = batch(), {"Idempotency-Key": "i-" + uuid.uuid4().hex}
    key = new_key(lab, t)["token"]  # its minute begins now
    first = e2e.call(lab, "POST", BATCH, key, body, idem)
    time.sleep(0.05)
    second = e2e.call(lab, "POST", BATCH, key, body, idem)
    tap.equal((second[0], second[2]), (202, first[2]),
              "a repeat is the same, byte for byte")
    tap.equal(second[1].get("ratelimit-remaining"),
              first[1].get("ratelimit-remaining"), "and is not charged")
    packed = e2e.call(lab, "POST", BATCH, t.key, gzip.compress(body),
                      dict(idem, **{"Content-Encoding": "gzip"}))
    tap.equal(packed[2], first[2], "the same body in gzip is the same body")
    status, _, error = e2e.call_json(lab, "POST", BATCH, t.key, batch(), idem)
    tap.equal((status, error["error"]), (422, "idempotency_mismatch"),
              "another body is refused")
    other = lab.tenant("idem2")
    got = e2e.call(lab, "POST", BATCH, other.key, body, idem)
    tap.ok(got[0] == 202 and got[2] != first[2],
           "another environment has its own keys")
    idem = {"Idempotency-Key": "i-" + uuid.uuid4().hex}
    tap.equal([e2e.call(lab, "POST", BATCH, t.key, b, idem)[0]
               for b in (b"{}", body)], [422, 202],
              "a refused request leaves no reply behind")
    for path, one in (("/api/v1/events", b'{"event":"a"}'),
                      ("/api/v1/events/batch", b'{"events":[{"event":"a"}]}')):
        idem = {"Idempotency-Key": "i-" + uuid.uuid4().hex}
        got = [e2e.call(lab, "POST", path, t.key, one, idem)[2]
               for _ in range(2)]
        tap.equal(got[0], got[1], "the same at " + path)


STATUS_KEYS = {"batch_id", "status", "received_at", "stored_at", "accepted",
               "stored", "duplicates", "request_duplicates", "rejected",
               "dropped", "dead_letters", "rejected_by", "dropped_by",
               "source"}


def status(lab, t):
    """GET …/ingest/batches/{id}: queued, then stored, with counts."""
    foreign = lab.tenant("foreign")
    read = new_key(lab, t, kind="read")["token"]
    same = e2e.event()
    body = json.dumps(e2e.envelope([same, same, {"type": "event"},
                                    e2e.event()])).encode()

    def ask(reply, key=t.key):
        return e2e.call_json(lab, "GET", "/api/v1/ingest/batches/"
                             + reply["batch_id"], key)
    with lab.paused():
        reply = json.loads(e2e.call(lab, "POST", BATCH, t.key, body)[2])
        code, _, got = ask(reply)
        tap.equal((code, got.get("status"), set(got)),
                  (200, "queued", STATUS_KEYS), "queued")
        tap.equal([got[k] for k in ("accepted", "request_duplicates",
                                    "rejected", "stored", "stored_at")],
                  [2, 1, 1, 0, None], "its counts")
        tap.equal(ask(reply, foreign.key)[0], 404, "queued, of another: 404")
        tap.equal(lab.dev_status("ctl", "queue", "wait", "--timeout", "1"), 75,
                  "queue wait times out with 75")
    tap.equal(lab.dev_status("ctl", "queue", "wait", "--timeout", "20"), 0,
              "queue wait: 0 when all is stored")
    tap.equal(int(lab.value("SELECT count(*) FROM events WHERE environment_id"
                            " = %d AND event_id = '%s'"
                            % (t.env, same["event_id"]))), 1,
              "and then it can be queried")
    code, _, got = ask(reply)
    tap.equal((code, got.get("status"), set(got)), (200, "stored", STATUS_KEYS),
              "stored: the same keys")
    tap.equal([got[k] for k in ("accepted", "stored", "duplicates",
                                "request_duplicates", "rejected", "dropped",
                                "dead_letters")],
              [2, 2, 0, 1, 1, 0, 0], "its counts")
    tap.equal(got["received_at"], reply["received_at"], "received_at is kept")
    again = json.loads(e2e.call(lab, "POST", BATCH, t.key, batch(same))[2])
    tap.equal((again["accepted"], again["duplicates"]), (1, 0),
              "a repeat of a stored item is accepted")
    lab.drain(20)
    got = ask(again)[2]
    tap.equal((got["accepted"], got["stored"], got["duplicates"]), (1, 0, 1),
              "and shows as a duplicate here")
    tap.equal(ask(reply, read)[0], 200, "a read key may ask")
    none, missing = ask(reply, foreign.key), ask({"batch_id": "bat_1_0"})
    for r in (none, missing):
        r[2].pop("request_id")
    tap.equal((none[0], none[2]), (missing[0], missing[2]),
              "another's batch and none at all: the same 404")
    tap.equal(ask({"batch_id": "x"})[0], 404, "no id at all: 404")
    tap.equal(ask(reply, None)[0], 401, "without a key: 401")


def revoked(lab, t):
    for kind, path, ok in (("write", None, 202), (
            "read", "/api/v1/projects/%s/events" % t.project, 200)):
        key = new_key(lab, t, kind=kind)

        def use():
            if path:
                return e2e.call(lab, "GET", path, key["token"])[0]
            return e2e.call(lab, "POST", BATCH, key["token"], batch())[0]
        tap.equal([use() for _ in range(8)], [ok] * 8, "a live %s key" % kind)
        lab.ctl("key", "revoke", key["id"])
        begin, last, refused = time.monotonic(), 0, False
        while time.monotonic() - begin < 1 or not refused:
            asked = time.monotonic() - begin
            refused = use() == 401
            last = last if refused else asked
            if last > 3:
                break
        tap.at_most(last, 1, "seconds until a revoked %s key stops" % kind)
        tap.equal({use() for _ in range(12)}, {401}, "at every worker")
    key = new_key(lab, t)
    new = lab.ctl("key", "rotate", key["id"])
    tap.equal([e2e.call(lab, "POST", BATCH, k, batch())[0]
               for k in (key["token"], new["token"])], [202, 202],
              "rotate: both work during the overlap")
    gone = lab.ctl("key", "create", "--project", t.project, "--env", "prod",
                   "--type", "write", "--expires", "1s")["token"]
    time.sleep(1.2)
    tap.equal(e2e.call(lab, "POST", BATCH, gone, batch())[0], 401,
              "an expired key is unknown")


def dead_letters(lab):
    t = lab.tenant("dead")
    for text in ("hello", "world"):
        lab.redis("HINCRBY", "tm:q:stats", "items", "1")
        lab.redis("HINCRBY", "tm:q:stats", "bytes", str(len(text)))
        lab.redis("XADD", "tm:q:ingest", "*", "w", text, "n", "1", "e",
                  str(t.env))
    tap.ok(lab.drain(30), "unreadable entries do not block the queue")

    def open_ones(*flags):
        return lab.ctl("dead-letter", "list", "--env", str(t.env), *flags)
    found = open_ones()
    tap.equal(len(found), 2, "each is one dead letter")
    one, two = [str(f["id"]) for f in found]
    tap.equal(str(lab.ctl("dead-letter", "show", one)["id"]), one, "show")
    lab.ctl("dead-letter", "drop", one, "--dry-run")
    tap.equal(len(open_ones()), 2, "drop --dry-run changes nothing")
    tap.equal(lab.ctl("dead-letter", "drop", one), {"dropped": 1}, "drop")
    tap.equal([str(f["id"]) for f in open_ones()], [two], "the other is left")
    tap.equal(lab.ctl("dead-letter", "replay", two), {"replayed": 1}, "replay")
    tap.ok(lab.drain(30), "what is replayed is read again")
    tap.equal(len(open_ones()), 1, "and is a dead letter again")
    tap.equal(len(open_ones("--all")), 3, "--all lists the old ones too")
    lab.ctl("dead-letter", "drop", "--all", "--env", str(t.env))
    tap.equal(open_ones(), [], "drop --all of an environment")
    for argv, code in ((("show", "999999999"), 66), (("show", "x"), 64),
                       (("drop",), 64), (("replay", "999999999"), 66)):
        tap.equal(lab.dev_status("ctl", "dead-letter", *argv), code,
                  "dead-letter %s: %d" % (" ".join(argv), code))


def main():
    lab = e2e.start()
    t = lab.tenant("limits")
    rate(lab, t)
    idempotency(lab, t)
    status(lab, t)
    revoked(lab, t)
    dead_letters(lab)


tap.run(main)
