#!/usr/bin/env python3
"""R6, R7: a poison event hurts only itself; a dead consumer's work is taken
over; a store that fails makes no dead letters."""
# takes: 24 s
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import http1
import lab as labs
import load
import nemesis
import tap

GOOD = 10000
SIZE = 100
# What a marker in the wire is overwritten with, byte for byte as long.
MARK = b'"PPPPPPPPPPPPPPPPPPPP"'
POISON = {
    "an escaped NUL": b'"\\u0000PPPPPPPPPPPPPP"',
    "a number jsonb cannot hold": b'1e131072'.ljust(len(MARK)),
    "a lone surrogate": b'"\\ud800PPPPPPPPPPPPPP"',
    "bytes that are no UTF-8": b'"\xff\xfePPPPPPPPPPPPPPPPPP"',
    "text that is no JSON": b'NaN'.ljust(len(MARK)),
}
PUSH = """
local w = (ARGV[1]:gsub('..', function(h)
  return string.char(tonumber(h, 16)) end))
redis.call('HINCRBY', KEYS[2], 'items', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'bytes', #w + 128)
return redis.call('XADD', KEYS[1], '*', 'w', w, 'n', ARGV[2], 'e', ARGV[3])
"""
NEWEST = """
local f = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2]
for i = 1, #f, 2 do
  if f[i] == 'w' then
    return (f[i + 1]:gsub('.', function(c)
      return string.format('%02x', c:byte()) end))
  end
end
"""
DROP_NEWEST = """
local id = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]
redis.call('HINCRBY', KEYS[2], 'items', -tonumber(ARGV[1]))
return redis.call('XDEL', KEYS[1], id)
"""
KEYS = ("2", "tm:q:ingest", "tm:q:stats")


def push(lab, wire, items, env):
    """An entry as the door would write it, whatever its bytes."""
    lab.dev("redis", "EVAL", PUSH, *KEYS, wire.hex(), str(items), str(env))


def template(lab, tenant, client):
    """The wire of a batch of three events whose second holds the marker."""
    _, body = load.batch(lab.rng, 3, only_events=True)
    value = json.loads(body)
    value["events"][1]["properties"]["marker"] = MARK[1:-1].decode()
    ids = [e["event_id"] for e in value["events"]]
    status, _, reply = http1.post_patiently(client, tenant.key,
                                        json.dumps(value).encode())
    if status != 202:
        raise RuntimeError("template refused: %r" % reply)
    wire = bytes.fromhex(lab.redis("EVAL", NEWEST, *KEYS))
    lab.redis("EVAL", DROP_NEWEST, *KEYS, "3")
    if MARK not in wire:
        raise RuntimeError("the marker is not in the wire")
    return ids, wire


def good(lab, tenant, client):
    ids = []
    for _ in range(GOOD // SIZE):
        some, body = load.batch(lab.rng, SIZE, only_events=True)
        if http1.post_patiently(client, tenant.key, body)[0] == 202:
            ids += some
    return ids


def letters(lab, tenant):
    return lab.sql("SELECT item_index, event_id, reason, sqlstate FROM"
                   " dead_letters WHERE environment_id = %d ORDER BY id"
                   % tenant.env)


def drained_in(lab):
    begin = time.monotonic()
    done = lab.drain()
    return time.monotonic() - begin if done else None


def pair(lab, plain, tenant, client, fine, dead):
    """Seconds of as many good events without poison, and with it."""
    with lab.paused():
        good(lab, plain, client)
    without = drained_in(lab)
    with lab.paused():
        fine += good(lab, tenant, client)
        for name in POISON:
            ids, wire = template(lab, tenant, client)
            push(lab, wire.replace(MARK, POISON[name]), 3, tenant.env)
            fine += [ids[0], ids[2]]
            dead.append(ids[1])
    return without, drained_in(lab)


def poison(lab):
    plain, tenant = lab.tenant("plain"), lab.tenant("poison")
    client = http1.Client(lab.host, lab.port)
    workers = nemesis.pids_of(lab, "consumer", "tidemark-consumer")
    dead, fine = [], []
    for _ in range(3):  # what else the machine does may come in between: a calm pair counts
        without, took = pair(lab, plain, tenant, client, fine, dead)
        # two seconds, or what the good events alone cost a busy machine
        if None in (without, took) or took - without <= max(2.0, 2 * without):
            break
    tap.ok(None not in (without, took), "the queue drains past the poison")
    stored = check.stored_ids(lab, tenant.env)
    findings = check.compare(fine, fine, stored)
    tap.ok(check.clean(findings), "%d good events are stored, once"
           % len(fine), check.brief(findings))
    rows = letters(lab, tenant)
    tap.equal(sorted(r[1] for r in rows), sorted(dead),
              "one dead letter for each of: " + ", ".join(POISON))
    tap.ok(all(r[2] for r in rows), "each says its reason", str(rows))
    tap.equal(nemesis.pids_of(lab, "consumer", "tidemark-consumer"), workers,
              "the consumers live on")
    tap.at_most(took - without, max(2.0, 2 * without), "seconds of delay by the poison")
    tap.equal(check.rollups(lab, tenant.env), [], "rollups equal their rows")
    tap.must_fail(letters(lab, plain), "10,000 good events alone make no"
                  " dead letter")
    show(lab, rows)
    return tenant


def show(lab, rows):
    listed = lab.dev("ctl", "--format", "json", "dead-letter", "list")
    tap.ok(all(r[1] in listed for r in rows),
           "tidemarkctl dead-letter list shows them", listed[:1000])


def undecodable(lab):
    """Entries no decoder can read: one dead letter each, nothing else."""
    tenant = lab.tenant("bytes")
    client = http1.Client(lab.host, lab.port)
    workers = nemesis.pids_of(lab, "consumer", "tidemark-consumer")
    with lab.paused():
        ids, wire = template(lab, tenant, client)
        bad = [b"", b"hello", wire[:len(wire) // 2], wire + b"x",
               wire[:2] + b"\xff" + wire[3:], b"TM\x01\x00" + b"\xff" * 64,
               bytes(lab.rng.randrange(256) for _ in range(400))]
        for b in bad:
            push(lab, b, 3, tenant.env)
        push(lab, wire, 3, tenant.env)
    tap.ok(lab.drain(30), "the queue drains past %d undecodable entries"
           % len(bad))
    tap.equal(sorted(check.stored_ids(lab, tenant.env)), sorted(ids),
              "the readable entry among them is stored")
    tap.equal(len(letters(lab, tenant)), len(bad),
              "one dead letter for each undecodable entry")
    tap.equal(nemesis.pids_of(lab, "consumer", "tidemark-consumer"), workers,
              "the consumers live on")


def store_down(lab):
    """PostgreSQL away for a while is no reason for a dead letter."""
    tenant = lab.tenant("store")
    client = http1.Client(lab.host, lab.port)
    ids = []
    with lab.stopped("postgres"):
        for _ in range(10):
            some, body = load.batch(lab.rng, 50)
            if http1.post_patiently(client, tenant.key, body)[0] == 202:
                ids += some
        time.sleep(3)  # several attempts
    tap.at_least(len(ids), 500, "events accepted while PostgreSQL is down")
    tap.ok(lab.drain(60), "they are stored when it is back")
    findings = check.compare(ids, ids, check.stored_ids(lab, tenant.env))
    tap.ok(check.clean(findings), "each once", check.brief(findings))
    tap.equal(letters(lab, tenant), [], "and none is a dead letter")


def ghost(lab):
    """R7: what a consumer took and never finished is taken over. A machine that
    takes the idle time to look whether it is still waiting gets a longer one."""
    idle = 60000 if labs.LONG else 3000
    while not ghosted(lab, idle):
        idle *= 4


def ghosted(lab, idle):
    """False when the look came too late to tell."""
    tenant = lab.tenant("ghost")
    client = http1.Client(lab.host, lab.port)
    with lab.settings("consumer", TIDEMARK_CLAIM_IDLE_MS=idle):
        with lab.paused():
            ids, body = load.batch(lab.rng, 30)
            http1.post_patiently(client, tenant.key, body)
            begin = time.monotonic()
            lab.redis("XREADGROUP", "GROUP", "consumers", "ghost-9", "COUNT",
                      "1", "STREAMS", "tm:q:ingest", ">")
        early = lab.dev_status("ctl", "queue", "wait", "--timeout", "1")
        early_rows = check.stored_ids(lab, tenant.env)
        looked = time.monotonic() - begin
        drained = lab.drain(90)
        took = time.monotonic() - begin
    if looked * 1000 >= idle and idle < 48000:
        return False
    tap.must_fail(early == 0 or early_rows,
                  "before the idle time the dead consumer's entry is waiting")
    tap.ok(drained, "then another consumer takes it over")
    tap.at_most(took, idle / 1000 + 20, "seconds until it is stored")
    tap.equal(sorted(check.stored_ids(lab, tenant.env)), sorted(ids),
              "every event of it, once")
    return True


def main():
    lab = labs.Lab().start()
    poison(lab)
    undecodable(lab)
    store_down(lab)
    ghost(lab)


if __name__ == "__main__":
    tap.run(main)
