#!/usr/bin/env python3
"""R2, R3: a batch sent again changes nothing, however often and at once."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import http1
import lab as labs
import load
import tap

BATCHES = 600 if labs.LONG else 60
TIMES = 3


def together(jobs):
    """Run the functions at once; their results in order."""
    results = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def one(i):
        gate.wait()
        try:
            results[i] = jobs[i]()
        except OSError as e:
            results[i] = (0, {}, str(e).encode())
    threads = [threading.Thread(target=one, args=(i,))
               for i in range(len(jobs))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


def with_properties(rng, body):
    """The batch with a few user-property operations at its end."""
    value = json.loads(body)
    first = value["events"][0]
    value["events"].append({
        "type": "user_properties", "event_id": load.uuid7(rng),
        "timestamp": first["timestamp"], "session_id": first["session_id"],
        "operations": [
            {"op": "set", "key": "plan", "value": rng.choice("abc")},
            {"op": "set_once", "key": "source", "value": rng.choice("xyz")},
            {"op": "increment", "key": "count", "value": 1}]})
    return json.dumps(value).encode()


def r2(lab):
    once, thrice = lab.tenant("once"), lab.tenant("thrice")
    bodies = [with_properties(lab.rng, load.batch(lab.rng, 20)[1])
              for _ in range(BATCHES)]
    client = http1.Client(lab.host, lab.port)
    codes = {http1.post_patiently(client, once.key, b)[0] for b in bodies}
    clients = [http1.Client(lab.host, lab.port) for _ in range(TIMES)]
    for body in bodies:
        codes |= {r[0] for r in together(
            [lambda c=c: http1.post_patiently(c, thrice.key, body)
             for c in clients])}
    tap.equal(sorted(codes), [202], "every send is accepted")
    tap.ok(lab.drain(), "the queue drains")
    a, b = check.image(lab, once.env), check.image(lab, thrice.env)
    tap.at_least(len(a["events"]), BATCHES * 15, "events stored once")
    for name in a:
        tap.ok(a[name] == b[name], "%s are the same after one send and after"
               " %d at once (%d rows)" % (name, TIMES, len(a[name])),
               first_difference(a[name], b[name]))
    tap.equal(check.rollups(lab, thrice.env), [],
              "every rollup equals a count of its rows")
    b["counts"] = [row[:] for row in b["counts"]]
    b["counts"][0][4] = str(int(b["counts"][0][4]) + 1)
    tap.must_fail(not check.differences(a, b),
                  "a rollup that counted one event twice is seen")


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return "row %d: %s | %s" % (i, x, y)
    return "%d rows | %d rows" % (len(a), len(b))


def repeat(lab, tenant, body, more, count):
    """count sends, 20 at a time; set of (status, body bytes)."""
    answers = set()
    for _ in range(count // 20):
        clients = [http1.Client(lab.host, lab.port) for _ in range(20)]
        for status, _, reply in together(
                [lambda c=c: http1.post_patiently(c, tenant.key, body, more)
                 for c in clients]):
            answers.add((status, reply))
        for c in clients:
            c.close()
    return answers


def r3(lab):
    tenant = lab.tenant("idem")
    ids, body = load.batch(lab.rng, 10, only_events=True)
    more = [("Idempotency-Key", load.uuid7(lab.rng))]
    answers = repeat(lab, tenant, body, more, 100)
    tap.equal(len(answers), 1, "100 repeats of one key get the same bytes")
    status, reply = sorted(answers)[0]
    tap.equal(status, 202, "and these are a 202")
    _, other = load.batch(lab.rng, 10, only_events=True)
    status, _, reply = http1.post_patiently(
        http1.Client(lab.host, lab.port), tenant.key, other, more)
    tap.equal(status, 422, "the same key with another body is a 422")
    tap.ok((http1.parse(reply) or {}).get("error"), "with an error body",
           repr(reply))
    lab.drain()
    tap.equal(sorted(check.stored_ids(lab, tenant.env)), sorted(ids),
              "the events are stored once, the other body not at all")
    tap.equal(lab.value("SELECT count(*) FROM batches WHERE environment_id"
                        " = %d" % tenant.env), "1",
              "one batch is in the ledger")
    tap.must_fail(len(repeat(lab, tenant, body, [], 20)) == 1,
                  "without an Idempotency-Key the replies differ")
    lab.drain()
    tap.equal(len(check.stored_ids(lab, tenant.env)), 10,
              "yet the events are still stored once")


def main():
    lab = labs.Lab().start()
    r2(lab)
    r3(lab)


tap.run(main)
