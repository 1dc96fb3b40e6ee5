#!/usr/bin/env python3
"""Who an item belongs to, to the letter: persons, joins, sessions, user
properties, and what of it is scrubbed before it is queued."""
import subprocess
import time
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"


def item(kind, **more):
    return dict({"type": kind, "event_id": str(uuid.uuid4()),
                 "timestamp": e2e.stamp(1)}, **more)


def crash(**more):
    return item("crash", exception={"type": "E", "message": "m"}, **more)


class People:
    def __init__(self, lab, name):
        self.lab = lab
        self.t = lab.tenant(name)
        self.token = e2e.read_token(lab, self.t)
        self.api = "/api/v1/projects/%s/" % self.t.project
        self.sent = []

    def send(self, *items, user=None, device=None, drain=False):
        """Items of one user on one device; both empty when not given."""
        status, _, body = e2e.call_json(
            self.lab, "POST", BATCH, self.t.key,
            e2e.envelope(list(items), user=user or {}, device=device or {}))
        if status != 202 or body["accepted"] != len(items):
            tap.ok(False, "%d items are taken" % len(items), body)
        self.sent.append(body.get("batch_id"))
        if drain:
            self.drain()

    def drain(self):
        """Wait until what was sent is stored."""
        for batch in self.sent:
            e2e.until(20, lambda: e2e.call_json(
                self.lab, "GET", "/api/v1/ingest/batches/%s" % batch,
                self.t.key)[2].get("status") == "stored")
        self.sent = []

    def rows(self):
        self.drain()
        got = e2e.call_json(self.lab, "GET", self.api + "events?limit=1000",
                            self.token)[2]
        return {e["name"]: e for e in got["events"]}

    def kpis(self):
        self.drain()
        return e2e.call_json(self.lab, "GET", self.api + "metrics/overview",
                             self.token)[2]["kpis"]

    def same(self, name, *events):
        rows = self.rows()
        ids = {rows[e]["person_id"] for e in events}
        tap.ok(len(ids) == 1 and None not in ids, name,
               {e: rows[e]["person_id"] for e in events})

    def differ(self, name, *events):
        rows = self.rows()
        ids = {rows[e]["person_id"] for e in events}
        tap.equal(len(ids), len(events), name)


def persons(lab):
    p = People(lab, "people")
    d = {"device_id": "dA"}
    a, both = {"anonymous_id": "a1"}, {"anonymous_id": "a1", "user_id": "u1"}
    p.send(e2e.event("A1"), user=a, device=d, drain=True)
    p.send(e2e.event("A2"), user=both, device=d, drain=True)
    p.send(e2e.event("A3"), user=a, device=d, drain=True)
    p.send(e2e.event("A4"), user={"user_id": "u1"}, device=d, drain=True)
    p.same("an envelope with both ids joins before and after", "A1", "A2",
           "A3", "A4")
    p.send(e2e.event("A5"), user={"anonymous_id": "a1", "user_id": "u2"},
           device=d, drain=True)
    p.send(e2e.event("A6"), user=a, device=d, drain=True)
    p.differ("another user of that device is another person", "A2", "A5")
    p.same("an anonymous id joins once: it stays with the first", "A1", "A6")
    tap.equal(p.rows()["A1"]["user_id"], "u1", "the row tells the user")
    p.send(e2e.event("B1"), user={"anonymous_id": "a2"}, drain=True)
    p.send(item("identify", user_id="u3"), user={"anonymous_id": "a2"},
           drain=True)
    p.send(e2e.event("B2"), user={"user_id": "u3"})
    p.same("identify joins", "B1", "B2")
    p.send(e2e.event("C1"), user={"user_id": "u4"})
    p.send(e2e.event("C2"), user={"anonymous_id": "a4"}, drain=True)
    p.send(item("alias", alias="a4"), user={"user_id": "u4"}, drain=True)
    p.send(e2e.event("C3"), user={"anonymous_id": "a4"})
    p.same("alias joins two ids", "C1", "C2", "C3")
    p.send(e2e.event("D1"), user={"user_id": "u5"})
    p.send(e2e.event("D2"), user={"user_id": "u6"}, drain=True)
    p.send(item("alias", alias="u6"), user={"user_id": "u5"}, drain=True)
    p.send(item("identify", user_id="u5"), user={"user_id": "u6"}, drain=True)
    p.send(e2e.event("D3"), user={"user_id": "u6"})
    p.differ("two identified users never merge", "D1", "D2")
    p.same("and stay themselves", "D2", "D3")
    p.send(e2e.event("E1"), device={"device_id": "dE"})
    p.send(e2e.event("E2"), device={"device_id": "dE"})
    p.same("without ids the device is the person", "E1", "E2")
    p.send(e2e.event("F1"), device={"platform": "ios"})
    tap.equal(p.rows()["F1"]["person_id"], None, "without any: no person")
    p.send(e2e.event("G1", user_id="u7"), e2e.event("G2"),
           user={"user_id": "u8"})
    p.differ("an item's own user counts before the envelope's", "G1", "G2")
    tap.equal(p.kpis()["active_users"], 9, "active users are those persons")


def sessions(lab):
    p = People(lab, "sess")
    d = {"device_id": "d1"}
    p.send(e2e.event("S1", session_id="s-1", timestamp=e2e.stamp(600)),
           user={"user_id": "u"}, device=d, drain=True)
    p.send(crash(session_id="s-1", timestamp=e2e.stamp(4000)),
           user={"user_id": "u"}, device=d, drain=True)
    start = lab.value("SELECT extract(epoch FROM now() - started_at)::int FROM"
                      " sessions WHERE environment_id = %d" % p.t.env)
    tap.at_most(abs(int(start) - 4000), 60,
                "a session starts with its earliest item of any type")
    tap.equal(p.rows()["S1"]["session_id"], "s-1", "the SDK's id is kept")
    other = {"device_id": "d2"}
    for name, ago in (("I1", 9000), ("I2", 8000), ("I3", 4000), ("I4", 100)):
        p.send(e2e.event(name, timestamp=e2e.stamp(ago)), device=other)
    rows = p.rows()
    ids = [rows[n]["session_id"] for n in ("I1", "I2", "I3", "I4")]
    tap.ok(ids[0] == ids[1] and len(set(ids)) == 3 and None not in ids,
           "sessions are inferred: 30 minutes of silence end one", ids)
    tap.equal(p.kpis()["sessions"], 4, "and counted")
    p.send(e2e.event("I5", timestamp=e2e.stamp(6500)), device=other, drain=True)
    p.send(e2e.event("I6", timestamp=e2e.stamp(5300)), device=other, drain=True)
    rows = p.rows()
    ids = {rows[n]["session_id"] for n in ("I1", "I2", "I3", "I5", "I6")}
    tap.equal(len(ids), 1, "late items bridge two of them")
    tap.equal(p.kpis()["sessions"], 3, "one fewer is counted")


def crash_free(lab):
    """fatal missing = true; percentages of the definitions; null for none."""
    p = People(lab, "free")
    k = p.kpis()
    tap.equal((k["events"], k["active_users"], k["crash_free_users_pct"],
               k["crash_free_sessions_pct"], k["p95_cold_start_ms"]),
              (0, 0, None, None, None), "nothing: null, not 100")
    for i in range(3):
        p.send(e2e.event("E", session_id="s%d" % i), user={"user_id": "u%d" % i})
    p.send(crash(fatal=False, session_id="s0"), user={"user_id": "u0"})
    tap.equal(p.kpis()["crash_free_users_pct"], 100, "not fatal: 100")
    p.send(crash(session_id="s1"), user={"user_id": "u1"})
    k = p.kpis()
    tap.equal((k["crash_free_users_pct"], k["crash_free_sessions_pct"],
               k["events"]), (66.67, 66.67, 3),
              "one of three had a crash; two decimals; a crash is no event")
    for ms in range(1, 21):
        p.send(item("trace", trace={"trace_id": "t%d" % ms,
                                    "name": "cold_start", "duration_ms": ms}),
               user={"user_id": "u1"})
    p.send(item("trace", trace={"name": "other", "duration_ms": 9000}),
           user={"user_id": "u1"})
    tap.equal(p.kpis()["p95_cold_start_ms"], 19,
              "p95 of 20 traces is the 19th: nearest rank")


def properties(lab):
    p = People(lab, "prop")
    user = {"user_id": "p1"}

    def do(ago, *ops):
        p.send(item("user_properties", timestamp=e2e.stamp(ago),
                    operations=[dict(zip(("op", "key", "value"), o))
                                for o in ops]), user=user, drain=True)

    def now():
        return {r[0]: r[1] for r in lab.sql(
            "SELECT key, value FROM person_properties WHERE environment_id ="
            " %d AND value IS NOT NULL" % p.t.env)}
    do(100, ("set", "plan", "trial"), ("set_once", "source", "organic"),
       ("increment", "logins", 2), ("set", "gone", 1))
    do(90, ("set", "plan", "pro"), ("set_once", "source", "ad"),
       ("increment", "logins", 3.5), ("increment", "fresh", 1),
       ("unset", "gone"))
    tap.equal(now(), {"plan": '"pro"', "source": '"organic"', "logins": "5.5",
                      "fresh": "1"}, "set, set_once, increment, unset")
    do(95, ("set", "plan", "old"), ("set", "gone", 2))
    tap.equal((now().get("plan"), now().get("gone")), ('"pro"', None),
              "an earlier operation that comes late changes nothing newer")
    twice = item("user_properties", operations=[
        {"op": "increment", "key": "logins", "value": 1}])
    p.send(twice, user=user, drain=True)
    p.send(twice, user=user, drain=True)
    tap.equal(now()["logins"], "6.5", "the same increment counts once")


def scrubbed(lab):
    p = People(lab, "pii")
    data = {"password": "SECRET-1", "Pass_Word": "SECRET-2", "plan": "pro",
            "inner": {"token": "SECRET-3", "list": [{"secret": "SECRET-4",
                                                     "fine": 1}]},
            "ip": "192.168.7.9", "client_ip": "2001:db8:1:2:3:4:5:6"}

    def settings(*flags):
        lab.ctl("environment", "set", "--project", p.t.project, "--env",
                "prod", *flags)
        time.sleep(1.1)  # a worker may keep a key's settings for a second

    def event(name):
        return e2e.event(name, properties=data)
    with lab.paused():
        p.send(event("deny"), crash(properties=data, breadcrumbs=[
            {"message": "x", "password": "SECRET-5"}]),
            item("user_properties", operations=[
                {"op": "set", "key": "password", "value": "SECRET-6"},
                {"op": "set", "key": "ok", "value": {"token": "SECRET-7"}}]),
            user={"user_id": "u"})
        queued = dump(lab)
        tap.ok(b"deny" in queued and b"SECRET-" not in queued,
               "denied keys are gone before the queue")
        tap.ok(b"192.168.7.9" not in queued, "and whole addresses")
    got = p.rows()["deny"]["properties"]
    tap.equal(got, {"plan": "pro", "inner": {"list": [{"fine": 1}]},
                    "ip": "192.168.7.0", "client_ip": "2001:db8:1::"},
              "denied at any depth; addresses are cut to /24 and /48")
    settings("--pii-mode", "allow", "--pii-keys", "plan,inner,list,fine",
             "--user-id-mode", "hash")
    with lab.paused():
        p.send(event("allow"), item("identify", user_id="plain-user"),
               item("alias", alias="plain-user"),
               e2e.event("own", user_id="plain-user"),
               user={"anonymous_id": "a1"})
        tap.ok(b"plain-user" not in dump(lab),
               "a user id is hashed before the queue")
    rows = p.rows()
    tap.equal(rows["allow"]["properties"],
              {"plan": "pro", "inner": {"list": [{"fine": 1}]}},
              "only allowed keys are kept")
    mine = rows["own"]["user_id"]
    tap.ok(mine and mine != "plain-user" and len(mine) > 20,
           "the hash is what is stored", mine)
    p.send(e2e.event("again"), user={"user_id": "plain-user"})
    tap.equal(p.rows()["again"]["user_id"], mine, "always the same one")
    other = People(lab, "pii2")
    lab.ctl("environment", "set", "--project", other.t.project, "--env", "prod",
            "--user-id-mode", "hash")
    time.sleep(1.1)
    other.send(e2e.event("o"), user={"user_id": "plain-user"})
    tap.ok(other.rows()["o"]["user_id"] not in (mine, "plain-user"),
           "another one in another environment")
    settings("--pii-mode", "off", "--ip-mode", "keep", "--user-id-mode",
             "plain")
    p.send(event("off"), user={"user_id": "u"})
    tap.equal(p.rows()["off"]["properties"], data, "off keeps all")


def dump(lab):
    """The bytes of all queued batches."""
    return subprocess.run([lab_dev(), "redis", "--raw", "XRANGE", "tm:q:ingest",
                           "-", "+"], stdout=subprocess.PIPE,
                          check=True).stdout


def lab_dev():
    return e2e.os.path.join(e2e.ROOT, "dev")


def main():
    lab = e2e.start()
    persons(lab)
    sessions(lab)
    crash_free(lab)
    properties(lab)
    scrubbed(lab)


tap.run(main)
