#!/usr/bin/env python3
"""R1: what got a 202 survives kill -9 of any one part, exactly once."""
# takes: 28 s
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import lab as labs
import load
import nemesis
import tap

KILLS = 50 if labs.LONG else 8
PAUSE = (2.0, 6.0) if labs.LONG else (0.6, 1.6)
SENDERS = 3
SIZE = 50


def verdict(lab, tenant, ledger):
    stored = check.stored_ids(lab, tenant.env)
    findings = check.compare(ledger.acked, ledger.sent, stored)
    tap.note("%d acked, %d sent, %d stored; retries %s" % (
        len(ledger.acked), len(ledger.sent), len(stored), ledger.retries))
    return findings, stored


def storm(lab, folder):
    tenant = lab.tenant("ledger")
    senders = load.Senders(lab, tenant, folder, SENDERS, SIZE, pause=0.06)
    villain = nemesis.Nemesis(lab, tap.note)
    begin = time.monotonic()
    failed = villain.rounds(KILLS, PAUSE)
    time.sleep(1)
    seconds = time.monotonic() - begin
    ledger = senders.stop()
    tap.equal(failed, [], "every part comes back after its kill")
    tap.ok(lab.wait_ready(30), "the stack is ready again after %d kills"
           % KILLS)
    tap.ok(lab.drain(120), "the queue drains")
    tap.equal(ledger.odd, [], "only 202 or a repeatable refusal was answered")
    findings, stored = verdict(lab, tenant, ledger)
    rate = len(ledger.acked) / seconds
    tap.note("%.0f events/s answered 202 over %.0f s of kills" % (
        rate, seconds))
    # Through the kills; without them the senders reach several times that.
    tap.at_least(rate, 1000 if labs.LONG else 300, "events/s under kills")
    tap.ok(not findings["lost"], "no accepted event is lost",
           check.brief(findings))
    tap.ok(not findings["doubled"], "no event is stored twice",
           check.brief(findings))
    tap.ok(not findings["unknown"], "nothing is stored that nobody sent",
           check.brief(findings))
    tap.equal(check.rollups(lab, tenant.env), [],
              "every rollup equals a count of its rows")
    planted(ledger, stored)


def planted(ledger, stored):
    """The checker sees one lost and one doubled id."""
    hurt = list(stored)
    gone = next(i for i, x in enumerate(hurt) if x in ledger.acked)
    del hurt[gone]
    tap.must_fail(check.clean(check.compare(ledger.acked, ledger.sent, hurt)),
                  "one accepted event taken away is a loss")
    hurt = stored + [stored[0]]
    tap.must_fail(check.clean(check.compare(ledger.acked, ledger.sent, hurt)),
                  "one event stored twice is a double")


def full_queue(lab, folder):
    """Redis killed while all that was accepted lies in it alone: what it
    loads from its append-only file is everything, and nothing comes twice
    or stays behind."""
    tenant = lab.tenant("queued")
    with lab.paused():
        senders = load.Senders(lab, tenant, folder, 2, 20, pause=0.005)
        time.sleep(2.0)
        lab.kill("redis")
        tap.ok(lab.bring_back("redis"), "Redis is back")
        time.sleep(0.5)
        ledger = senders.stop()
        lab.kill("redis")
        tap.ok(lab.bring_back("redis"), "Redis is back again")
    tap.ok(lab.drain(60), "the queue drains")
    findings, _ = verdict(lab, tenant, ledger)
    tap.at_least(len(ledger.acked), 1000, "events that only Redis held")
    tap.ok(check.clean(findings), "Redis killed with a full queue loses"
           " nothing", check.brief(findings))
    tap.equal(check.rollups(lab, tenant.env), [],
              "every rollup equals a count of its rows")
    tap.equal(lab.redis("XLEN", "tm:q:ingest"), "0",
              "nothing stays in the queue")


def unsafe_redis(lab, folder):
    """Redis without its append-only file has to lose, and be caught."""
    tenant = lab.tenant("unsafe")
    with lab.paused():
        with lab.redis_setting("appendonly", "no"):
            senders = load.Senders(lab, tenant, folder, 1, 20)
            time.sleep(1.0)
            ledger = senders.stop()
            lab.kill("redis")  # before the setting is put back
            lab.bring_back("redis")
    lab.wait_ready(20)
    lab.drain(60)
    findings, _ = verdict(lab, tenant, ledger)
    tap.ok(len(ledger.acked) > 0, "the unsafe Redis did answer 202")
    tap.must_fail(check.clean(findings),
                  "Redis without its append-only file loses events")


def rollup_control(lab):
    """A rollup that is off by one is reported."""
    env = lab.value("SELECT environment_id FROM rollup_counts WHERE grain ="
                    " 1440 AND dim = 0 AND events > 0 LIMIT 1")
    change = ("UPDATE rollup_counts SET events = events %s 1 WHERE"
              " (environment_id, grain, dim, bucket, value) = (SELECT"
              " environment_id, grain, dim, bucket, value FROM rollup_counts"
              " WHERE environment_id = %s AND grain = 1440 AND dim = 0 AND"
              " events > 0 ORDER BY bucket LIMIT 1)")
    lab.sql(change % ("+", env))
    wrong = check.rollups(lab, int(env))
    lab.sql(change % ("-", env))
    tap.must_fail(not wrong, "a rollup off by one is reported")


def main():
    lab = labs.Lab().start()
    with tempfile.TemporaryDirectory(prefix="tidemark-chaos-") as folder:
        storm(lab, os.path.join(folder, "a"))
        rollup_control(lab)
        full_queue(lab, os.path.join(folder, "c"))
        unsafe_redis(lab, os.path.join(folder, "b"))


tap.run(main)
