#!/usr/bin/env python3
"""The loss accounting: what became of every item that apps sent.

Installs number their items and send them over a network that loses, repeats
and reorders requests; the server refuses some. What the page and the API say
equals what the network really did, and a batch that is taken away by hand is
seen. Times of gaps cannot be waited for: their age is set in the store."""
# takes: 29 s
import csv
import io
import random
import time
import uuid

import e2e
from e2e import tap

OUTCOMES = ["stored", "duplicate", "rejected", "dropped", "dead", "reported", "open",
            "unaccounted"]


def item(seq, **more):
    return dict({"type": "event", "event_id": str(uuid.uuid4()), "name": "step", "seq": seq,
                 "timestamp": e2e.stamp(2)}, **more)


class World:
    def __init__(self, lab, name):
        self.lab, self.t = lab, lab.tenant(name)
        self.key = e2e.read_token(lab, self.t)
        self.want = dict.fromkeys(OUTCOMES, 0)
        self.requests = 0

    def send(self, device, items, sdk="flutter"):
        body = e2e.envelope(items, device={"device_id": device, "platform": "ios"},
                            user={"anonymous_id": "a-" + device})
        got = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch", self.t.key, body,
                            headers=[("X-SDK", sdk), ("X-SDK-Version", "9.1")])
        self.requests += got[0] == 202
        return got

    def get(self, path="", key=None):
        return e2e.call_json(self.lab, "GET", "/api/v1/projects/%s/pipeline?range=24h%s" % (
            self.t.project, path), key or self.key)

    def settled(self, check, seconds=30):
        """The consumer's job runs every few seconds."""
        self.lab.drain(30)
        return e2e.until(seconds, lambda: check(self.get()[2]))


def network(w, seed):
    """Three installs, 60 items each, in batches of up to 7."""
    r = random.Random(seed)
    for install in range(3):
        device, seq, batches = "d%d-%d" % (seed, install), 0, []
        while seq < 60:
            n = r.randrange(1, 8)
            batches.append([item(seq + i) for i in range(n)])
            seq += n
        # the ends arrive: what is lost before or behind them nobody can know
        middle = batches[1:-1]
        r.shuffle(middle)
        lost = []
        for b in [batches[0], batches[-1]] + middle:
            if b in middle and r.random() < 0.2:
                lost += b
                continue
            if r.random() < 0.2:  # an item without its name
                b[0].pop("name")
                w.want["rejected"] += 1
            stored = sum("name" in x for x in b)
            if stored == 0:
                b.append(item(1000, event_id=str(uuid.uuid4())))
                b[-1].pop("seq")
                stored = 1
            w.send(device, b)
            w.want["stored"] += stored
            if r.random() < 0.3:
                w.send(device, b)
                w.want["duplicate"] += stored
                w.want["rejected"] += len(b) - stored
        # of what was lost, the device knows some
        told = r.randrange(len(lost) + 1) if lost else 0
        if told:
            w.send(device, [{"type": "client_report", "event_id": str(uuid.uuid4()),
                             "timestamp": e2e.stamp(1), "properties": {"discarded_events": [
                                 {"reason": "queue_full", "category": "event",
                                  "quantity": told}]}}])
            w.want["stored"] += 1
            w.want["reported"] += told
        w.want["open"] += len(lost) - told


def numbers(w):
    w.settled(lambda got: all(got[k] == w.want[k] for k in OUTCOMES))
    status, _, got = w.get()
    tap.equal(status, 200, "the balance")
    tap.equal({k: got[k] for k in OUTCOMES}, w.want, "every outcome as the network had it")
    tap.equal(got["sent"], sum(w.want.values()), "sent is their sum")
    tap.equal(got["requests"], w.requests, "accepted requests")
    for k in OUTCOMES + ["sent", "requests", "refused_requests"]:
        tap.equal(sum(b[k] for b in got["series"]), got[k], "the buckets of %s add up" % k)
    by = {r["code"]: r["items"] for r in got["reasons"] if r["outcome"] == "rejected"}
    tap.equal(by, {"missing_field": w.want["rejected"]}, "rejected, by reason")
    by = {r["code"]: r["items"] for r in got["reasons"] if r["outcome"] == "reported"}
    tap.equal(by, {"queue_full": w.want["reported"]}, "reported, by reason")
    sdk = [s for s in got["sdks"] if s["version"] == "9.1"]
    tap.equal([(s["sdk"], s["stored"]) for s in sdk], [("flutter", w.want["stored"])], "by SDK")
    tap.equal(len(got["keys"]), 1, "by key")


def service(w):
    """A service has no device and no person, but an install to number for."""
    for seqs in ((1, 2), (5, 6)):
        body = {"schema_version": "1.1", "install": "process-1", "items": [
            {"type": "event", "name": "step", "ts": int(time.time() * 1000), "seq": n,
             "context": {"org_id": "o", "service": "api"}} for n in seqs]}
        got = e2e.call_json(w.lab, "POST", "/api/v1/ingest/batch", w.t.key, body)
        w.requests += got[0] == 202
    w.want["stored"] += 4
    w.want["open"] += 2
    w.settled(lambda got: got["open"] == w.want["open"])
    tap.equal(w.get()[2]["open"], w.want["open"], "what is missing of a process's numbers")
    rows = e2e.call_json(w.lab, "GET", "/api/v1/projects/%s/events?env=prod&limit=2" % w.t.project,
                         w.key)[2]["events"]
    tap.equal([r["person_id"] for r in rows], [None, None], "its events are nobody's")


def late(w):
    """Late items close what was missing; a day makes the rest unaccounted."""
    w.send("late", [item(0), item(5)])
    w.want["stored"] += 2
    w.want["open"] += 4
    w.settled(lambda got: got["open"] == w.want["open"])
    w.send("late", [item(2), item(3)])
    w.want["stored"] += 2
    w.want["open"] -= 2
    tap.ok(w.settled(lambda got: got["open"] == w.want["open"]), "late items close their gap")
    w.lab.sql("UPDATE seq_gaps SET opened_at = opened_at - interval '25 hours'"
              " WHERE environment_id = %s" % w.t.env)
    got = e2e.call_json(w.lab, "GET", "/api/v1/projects/%s/pipeline?range=7d" % w.t.project,
                        w.key)[2]
    tap.equal((got["open"], got["unaccounted"]), (0, w.want["open"]),
              "after a day they are unaccounted")


def refused(w):
    before = w.get()[2]["refused_requests"]
    for _ in range(3):
        status = e2e.call(w.lab, "POST", "/api/v1/ingest/batch", w.t.key, b"{",
                          headers=[("Content-Type", "application/json"), ("X-SDK", "flutter")])[0]
        tap.equal(status, 400, "not JSON")

    def told(got):  # a worker tells once a second, after another request
        e2e.call(w.lab, "GET", "/api/v1/ingest/config", w.t.key)
        return got["refused_requests"] >= before + 3
    ok = w.settled(told, 60)
    tap.ok(ok is not None, "refused requests are counted", w.get()[2]["refused_requests"])
    got = w.get()[2]
    tap.ok(any(r["outcome"] == "refused" and r["code"] == "invalid_json" and r["items"] == 0
               for r in got["reasons"]), "with their reason, and no items")


def files(w):
    status, headers, _ = e2e.call(w.lab, "GET", "/api/v1/projects/%s/pipeline?range=24h&format=csv"
                                  % w.t.project, w.key)[:3]
    tap.equal(status, 200, "as CSV")
    text = e2e.call(w.lab, "GET", "/api/v1/projects/%s/pipeline?range=24h&format=csv"
                    % w.t.project, w.key)[2].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    tap.equal(sum(int(x["stored"]) for x in rows), w.want["stored"], "the same numbers")
    tap.equal(w.get("&format=xml")[0], 400, "no other format")
    tap.equal(w.get("&f=name:eq:x")[0], 400, "no filters here")


def taken_away(lab):
    """Negative control: a stored batch that vanishes is not silently right."""
    w = World(lab, "pipeline-control")
    w.send("c", [item(0), item(1)])
    w.send("c", [item(2), item(3)])
    w.send("c", [item(4)])
    # two consumers: a later batch may be the first that is stored
    w.settled(lambda got: got["stored"] == 5 and got["open"] == 0)
    tap.equal(w.get()[2]["open"], 0, "nothing is missing at first")
    w.send("d", [item(0), item(1)])
    w.send("d", [item(4)])  # the same, and its middle batch never came
    w.settled(lambda got: got["open"] == 2)
    tap.must_fail(w.get()[2]["open"] == 0, "a batch that never came leaves nothing open")


def isolated(w, lab):
    other = World(lab, "pipeline-other")
    tap.equal(w.get(key=other.key)[0], 404, "another tenant's key: 404")


def main():
    lab = e2e.start()
    w = World(lab, "pipeline")
    for seed in (1, 2):
        network(w, seed)
    numbers(w)
    service(w)
    late(w)
    refused(w)
    files(w)
    taken_away(lab)
    isolated(w, lab)
    tap.done()


main()
