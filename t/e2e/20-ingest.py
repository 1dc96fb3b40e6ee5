#!/usr/bin/env python3
"""The ingest door: the seed's example to the letter, statuses, encodings."""
import gzip
import json
import subprocess
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"


def seed(lab, tenant):
    status, head, body = e2e.call_json(
        lab, "POST", BATCH, tenant.key, e2e.seed_batch(),
        dict(e2e.SEED_HEADERS, **{"Idempotency-Key": str(uuid.uuid4())}))
    tap.equal(status, 202, "the seed's example is accepted")
    tap.equal((body.get("accepted"), body.get("rejected")), (4, 0),
              "accepted 4, rejected 0")
    tap.ok(body.get("batch_id", "").startswith("bat_"), "a batch id", body)
    tap.ok(body.get("received_at", "").endswith("Z"), "received_at", body)
    tap.ok(isinstance(body.get("warnings"), list), "warnings is a list", body)
    tap.ok(head.get("x-request-id"), "X-Request-Id")
    tap.ok(lab.drain(30), "stored")
    for table, kind in (("events", 1), ("crashes", 1), ("traces", 1),
                        ("person_properties", 2)):
        n = int(lab.value("SELECT count(*) FROM %s WHERE environment_id = %d"
                          % (table, tenant.env)))
        tap.equal(n, kind, "rows in " + table)
    status, _, found = e2e.call_json(
        lab, "GET", "/api/v1/ingest/batches/" + body["batch_id"], tenant.key)
    tap.equal((status, found.get("status")), (200, "stored"),
              "the ledger says stored")
    again = e2e.call_json(lab, "POST", BATCH, tenant.key, e2e.seed_batch(),
                          e2e.SEED_HEADERS)
    tap.equal(again[0], 202, "the same again is accepted")
    lab.drain(30)
    tap.equal(int(lab.value("SELECT count(*) FROM seen WHERE environment_id "
                            "= %d" % tenant.env)), 4, "and stored once")


def statuses(lab, tenant):
    one = json.dumps(e2e.envelope([e2e.event()])).encode()
    rows = [
        (401, "no key", "POST", BATCH, None, one, {}),
        (401, "unknown key", "POST", BATCH, "tm_wk_nothing", one, {}),
        (405, "GET", "GET", BATCH, tenant.key, None, {}),
        (400, "not JSON", "POST", BATCH, tenant.key, b"{", {}),
        (400, "NaN", "POST", BATCH, tenant.key, b'{"events":NaN}', {}),
        (415, "another type", "POST", BATCH, tenant.key, one,
         {"Content-Type": "application/xml"}),
        (415, "another encoding", "POST", BATCH, tenant.key, one,
         {"Content-Encoding": "br"}),
        (413, "over 1 MiB", "POST", BATCH, tenant.key, b" " * 1048577, {}),
        (422, "no envelope", "POST", BATCH, tenant.key, b"{}", {}),
        (422, "an unknown schema", "POST", BATCH, tenant.key,
         json.dumps(e2e.envelope([e2e.event()], schema_version="9.9"))
         .encode(), {}),
        (422, "every item malformed", "POST", BATCH, tenant.key,
         json.dumps(e2e.envelope([{"type": "event"}])).encode(), {}),
        (404, "an unknown path", "GET", "/api/v1/nothing", tenant.key, None,
         {}),
    ]
    for want, name, method, path, key, body, headers in rows:
        status, head, text = e2e.call(lab, method, path, key, body, headers)
        tap.equal(status, want, "%s: %d" % (name, want))
        try:
            error = json.loads(text)
        except ValueError:
            error = {}
        tap.ok({"error", "message", "request_id"} <= set(error)
               and head.get("x-request-id") == error.get("request_id"),
               name + ": the error body has a reason and the request id",
               text.decode("utf-8", "replace"))


def mixed(lab, tenant):
    """One bad item never blocks the others."""
    good, bad = e2e.event(), {"type": "event", "timestamp": e2e.stamp()}
    twin = dict(good)
    status, _, body = e2e.call_json(lab, "POST", BATCH, tenant.key,
                                    e2e.envelope([good, bad, twin]))
    tap.equal(status, 202, "a batch with one bad item")
    tap.equal((body["accepted"], body["rejected"], body["duplicates"]),
              (1, 1, 1), "1 accepted, 1 rejected, 1 duplicate")
    tap.ok(any(r["index"] == 1 and r["result"] == "drop"
               for r in body["results"]), "results name it", body)
    status, _, body = e2e.call_json(lab, "POST", BATCH, tenant.key,
                                    e2e.envelope([]))
    tap.equal((status, body["accepted"]), (202, 0), "no events: accepted 0")
    status, _, body = e2e.call_json(lab, "POST", BATCH + "?strict=1",
                                    tenant.key, e2e.envelope([good, bad]))
    tap.equal(status, 422, "strict: all or nothing")


def encodings(lab, tenant):
    body = json.dumps(e2e.envelope([e2e.event() for _ in range(20)])).encode()
    zstd = subprocess.run(["zstd", "-q", "-c"], input=body, check=True,
                          capture_output=True).stdout
    for name, data in (("gzip", gzip.compress(body)), ("zstd", zstd)):
        body = json.dumps(e2e.envelope([e2e.event()])).encode()
        status, _, got = e2e.call_json(lab, "POST", BATCH, tenant.key, data,
                                       {"Content-Encoding": name})
        tap.equal((status, got.get("accepted")), (202, 20), name)
    bomb = gzip.compress(b" " * (9 << 20))
    status, _, _ = e2e.call(lab, "POST", BATCH, tenant.key, bomb,
                            {"Content-Encoding": "gzip"})
    tap.equal(status, 413, "a gzip bomb is refused")
    head = {k: v for k, v in e2e.envelope([]).items() if k != "events"}
    lines = [json.dumps(head)] + [json.dumps(e2e.event()) for _ in range(3)]
    nd = {"Content-Type": "application/x-ndjson"}
    status, _, got = e2e.call_json(lab, "POST", BATCH, tenant.key,
                                   "\n".join(lines).encode(), nd)
    tap.equal((status, got.get("accepted")), (202, 3), "NDJSON batch")
    lines = [json.dumps({"event_id": str(uuid.uuid4()), "name": "line",
                         "timestamp": e2e.stamp(), "user_id": "u1"})
             for _ in range(4)]
    status, _, got = e2e.call_json(lab, "POST", "/api/v1/events/batch",
                                   tenant.key, "\n".join(lines).encode(), nd)
    tap.equal((status, got.get("accepted")), (202, 4), "NDJSON events")


def waiting(lab, tenant):
    """`queue wait` waits for a Redis that is held up, too; Redis goes on by itself."""
    e2e.call(lab, "POST", BATCH, tenant.key, json.dumps(e2e.envelope([e2e.event()])).encode())
    lab.redis("CLIENT", "PAUSE", "1500")
    tap.ok(lab.drain(30), "queue wait, while Redis is held up for 1.5 s")
    stored = "SELECT count(*) FROM events WHERE environment_id = %d" % tenant.env
    tap.equal(lab.value(stored), "1", "and what was accepted is stored")


def late(lab, tenant):
    """Redis gave a batch to a consumer that no longer waited for the reply. It
    finds it at once, not when it is so old that any consumer may take it."""
    queue = "tm:q:ingest"
    with lab.paused():
        e2e.call(lab, "POST", BATCH, tenant.key,
                 json.dumps(e2e.envelope([e2e.event()])).encode())
        group = lab.redis("XINFO", "GROUPS", queue).splitlines()[1]
        told = lab.redis("XINFO", "CONSUMERS", queue, group).splitlines()
        name = [n for n in told if n.endswith("-1")][0]
        got = lab.redis("XREADGROUP", "GROUP", group, name, "STREAMS", queue, ">")
        tap.ok(got, "a batch is given out, and nobody reads it")
    tap.must_fail(lab.drain(3), "it is found without a reason to look")
    lab.redis("CLIENT", "PAUSE", "1500")
    tap.ok(lab.drain(30), "it is found after a reply that did not come")


def repeats(lab, tenant):
    """The same Idempotency-Key gets the same bytes; another body is 422."""
    body = json.dumps(e2e.envelope([e2e.event()])).encode()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = e2e.call(lab, "POST", BATCH, tenant.key, body, key)
    second = e2e.call(lab, "POST", BATCH, tenant.key, body, key)
    tap.equal(second[2], first[2], "a repeat gets the same bytes")
    other = json.dumps(e2e.envelope([e2e.event()])).encode()
    tap.equal(e2e.call(lab, "POST", BATCH, tenant.key, other, key)[0], 422,
              "the same key with another body is refused")


def revoked(lab):
    tenant = lab.tenant("revoked")
    body = json.dumps(e2e.envelope([e2e.event()])).encode()
    tap.equal(e2e.call(lab, "POST", BATCH, tenant.key, body)[0], 202,
              "a live key")
    lab.ctl("key", "revoke", tenant.key_id)
    gone = e2e.until(3, lambda: e2e.call(
        lab, "POST", BATCH, tenant.key, body)[0] == 401)
    tap.at_most(gone if gone is not None else 99, 1,
                "seconds until a revoked key stops")


def limited(lab):
    tenant = lab.tenant("limited", rate_limit=3)
    codes, last = [], None
    for _ in range(5):
        last = e2e.call(lab, "POST", BATCH, tenant.key,
                        json.dumps(e2e.envelope([e2e.event()])).encode())
        codes.append(last[0])
    tap.equal(codes, [202, 202, 202, 429, 429], "the limit of the key holds")
    tap.ok(last[1].get("retry-after"), "with Retry-After", last[1])


def main():
    lab = e2e.start()
    tenant = lab.tenant("ingest")
    seed(lab, tenant)
    statuses(lab, tenant)
    mixed(lab, tenant)
    encodings(lab, tenant)
    repeats(lab, tenant)
    waiting(lab, lab.tenant("waiting"))
    late(lab, lab.tenant("late"))
    revoked(lab)
    limited(lab)


tap.run(main)
