#!/usr/bin/env python3
"""Schemas at the door and the tracking plan: what is sent is warned of or
dropped with its path, and what is known of events by name is what was sent."""
# takes: 23 s
import csv
import io
import json
import os
import subprocess
import time

import e2e
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"
SCHEMA = {"type": "object", "required": ["plan"], "properties": {
    "plan": {"enum": ["free", "pro"]},
    "seats": {"type": "integer", "minimum": 1, "maximum": 500},
    "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$", "maxLength": 12}},
    "additionalProperties": False}


class World:
    def __init__(self, lab):
        self.lab = lab
        self.tenant = lab.tenant("plan")
        self.token = lab.ctl("token", "create", "--user", lab.owner, "--team",
                             self.tenant.team, "--scopes",
                             "metrics:read,projects:read,projects:write")["token"]
        self.api = "/api/v1/projects/%s/" % self.tenant.project
        self.browser = site.Site(lab.url)
        self.browser.sign_in(lab.owner, PASSWORD)
        slug = lab.value("SELECT slug FROM projects WHERE id = '%s'" % self.tenant.project)
        self.base = "/t/%s/p/%s/prod/" % (self.tenant.team, slug)

    def call(self, method, path, body=None):
        return e2e.call_json(self.lab, method, self.api + path, self.token, body)

    def send(self, name, properties, namespace="billing", strict=False, **more):
        status, _, reply = e2e.call_json(
            self.lab, "POST", "/api/v1/ingest/batch" + ("?strict=1" if strict else ""),
            self.tenant.key, e2e.envelope([e2e.event(
                name, namespace=namespace, properties=properties, **more)]))
        return status, reply

    def ctl(self, *args, data=None):
        return self.lab.ctl(*args, "--project", self.tenant.project, "--env", "prod", data=data)

    def settled(self):
        time.sleep(1.1)  # a worker keeps a key's settings for half a second


def results(reply):
    return [(r["result"], r["code"], r["field"]) for r in reply["results"]]


def schemas(w):
    status, _, reply = w.call("GET", "namespaces/billing/schema")
    tap.equal(status, 404, "no schema yet: 404")
    status, _, reply = w.call("PUT", "namespaces/billing/schema",
                              {"mode": "warn", "schema": SCHEMA})
    tap.equal((status, reply.get("mode"), reply.get("schema")), (200, "warn", SCHEMA),
              "a schema is made through the API")
    tap.equal(w.call("GET", "namespaces/billing/schema")[2]["schema"], SCHEMA, "and read back")
    for body, path in (({"mode": "odd", "schema": {}}, "mode"), ({"mode": "warn"}, "schema"),
                       ({"mode": "warn", "schema": {"oneOf": []}}, "schema.oneOf"),
                       ({"mode": "warn", "schema": {"properties": {"a": {"pattern": "("}}}},
                        "schema.properties.a.pattern")):
        status, _, reply = w.call("PUT", "namespaces/billing/schema", body)
        tap.equal((status, list(reply["details"])), (422, [path]), "422 at " + path)
    w.settled()
    status, reply = w.send("paid", {"plan": "gold", "seats": 0, "x": 1})
    tap.equal((status, reply["accepted"]), (202, 1), "warn: the event is taken")
    tap.equal(sorted(results(reply)), [("warning", "schema_violation", "properties." + k)
                                       for k in ("plan", "seats", "x")],
              "with a result for each path")
    status, reply = w.send("paid", {"plan": "pro", "seats": 5, "code": "DE-1"})
    tap.equal((status, results(reply)), (202, []), "what fits has no result")
    status, reply = w.send("paid", {"anything": 1}, namespace="product")
    tap.equal((status, results(reply)), (202, []), "another namespace is not looked at")
    w.call("PUT", "namespaces/billing/schema", {"mode": "reject", "schema": SCHEMA})
    w.call("PUT", "namespaces/billing/schema?event=free_text", {"mode": "off", "schema": {}})
    w.settled()
    status, reply = w.send("paid", {"seats": 1})
    tap.equal((status, reply["accepted"], results(reply)),
              (202, 0, [("drop", "schema_violation", "properties.plan")]),
              "reject: dropped, still 202, with the path")
    status, reply = w.send("paid", {"plan": "pro", "code": "secret words"}, strict=True)
    tap.equal((status, list(reply["details"])), (422, ["events.0.properties.code"]),
              "strict: 422 at the path")
    tap.ok("secret words" not in json.dumps(reply), "and not with the value")
    rejects = w.lab.dev("redis", "LRANGE", "tm:rejects:%d" % w.tenant.env, "0", "-1")
    tap.ok("schema_violation" in rejects and "properties.plan" in rejects
           and "secret words" not in rejects, "rejects hold reason and path, never the value")
    w.ctl("schema", "set", "--namespace", "billing", "--event", "note", "--mode", "reject", "-",
          data=b'{"required":["text"]}')
    w.settled()
    tap.equal(w.send("note", {"text": "x"})[1]["accepted"], 1,
              "an event's own schema stands in the place of its namespace's")
    tap.equal([(r["namespace"], r["event"], r["mode"]) for r in w.ctl("schema", "list")],
              [("billing", "", "reject"), ("billing", "free_text", "off"),
               ("billing", "note", "reject")], "ctl lists them")
    for event in ("note", "free_text"):
        w.ctl("schema", "delete", "--namespace", "billing", "--event", event)
    p = subprocess.run([os.path.join(e2e.ROOT, "dev"), "ctl", "schema", "delete", "--project",
                        w.tenant.project, "--env", "prod", "--namespace", "nothing"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(p.returncode not in (0, 70), "deleting none is an error", p.returncode)
    w.call("PUT", "namespaces/billing/schema", {"mode": "warn", "schema": SCHEMA})
    w.settled()


def scopes(w):
    read = w.lab.ctl("token", "create", "--user", w.lab.owner, "--team", w.tenant.team,
                     "--scopes", "projects:read")["token"]
    status = e2e.call(w.lab, "PUT", w.api + "namespaces/x/schema", read,
                      b'{"mode":"warn","schema":{}}')[0]
    tap.equal(status, 403, "a reading token changes no schema")
    status = e2e.call(w.lab, "GET", w.api + "tracking-plan", read)[0]
    tap.equal(status, 403, "the plan needs metrics:read")
    tap.equal(w.call("GET", "tracking-plan?limit=1")[0], 400, "an unknown parameter is 400")
    tap.equal(w.call("GET", "tracking-plan?env=nope")[0], 404, "an unknown environment is 404")


def plan_of(w):
    return {e["name"]: e for e in w.call("GET", "tracking-plan")[2]["events"]}


def planned(w):
    page = w.browser.get(w.base + "tracking-plan")
    done = w.browser.submit(page, "/tracking-plan", name="checkout done", owner="Anna",
                            description="The order is paid.")
    tap.ok("The event is saved" in done.text and "checkout done" in done.text,
           "an event is planned by the form", done.text[:300])
    tap.equal(plan_of(w)["checkout done"]["status"], "planned", "it is planned, and not sent yet")
    bad = w.browser.submit(page, "/tracking-plan", name="x" * 190, owner="y" * 81)
    tap.equal(bad.status, 422, "an owner that is too long is refused")


def inferred(w):
    """The job reads the rows: exact here, since all of them are new."""
    with w.lab.held("tracking"):  # it would take one that is stored late for seen
        for i in range(20):
            props = {"plan": "pro", "mixed": i if i % 2 else str(i), "n": i}
            if i < 5:
                props["coupon"] = None if i == 0 else "X"
            w.send("checkout done", props, namespace="product")
        tap.ok(w.lab.drain(60), "stored")
    took = e2e.until(100, lambda: plan_of(w).get("checkout done", {}).get("sampled") == 20)
    tap.ok(took is not None, "the job has read the rows within its period")
    event = plan_of(w)["checkout done"]
    tap.equal((event["status"], event["events_30d"], event["namespaces"], event["properties"],
               event["type_conflicts"], event["owner"]),
              ("live", 20, ["product"], 4, 1, "Anna"),
              "planned turned live; volume, namespace, keys and conflicts are what was sent")
    tap.equal(event["releases"], ["android 1.0.0"], "with the release that sent it")
    paid = plan_of(w)["paid"]
    tap.equal(paid["status"], "unexpected", "what nobody planned is unexpected")
    tap.at_least(paid["schema_violations"], 1, "rows that are not as their schema says")
    page = w.browser.get(w.base + "tracking-plan?event=checkout+done")
    rows = w.lab.sql("SELECT key, type, seen FROM plan_properties WHERE environment_id = %d"
                     " AND name = 'checkout done' ORDER BY key, type" % w.tenant.env)
    tap.equal([tuple(r) for r in rows],
              [("coupon", "null", "1"), ("coupon", "string", "4"), ("mixed", "integer", "10"),
               ("mixed", "string", "10"), ("n", "integer", "20"), ("plan", "string", "20")],
              "types by key, counted")
    tap.ok("more than one type" in page.text and "25.00" in page.text,
           "the page shows the conflict and the share that is filled", page.text[-500:])
    done = w.browser.submit(page, "/tracking-plan", status="deprecated", owner="Ben")
    tap.ok("The event is saved" in done.text and plan_of(w)["checkout done"]["owner"] == "Ben",
           "status and owner change by the form")
    told = w.lab.value("SELECT count(*) FROM audit_entries a JOIN teams t ON t.id = a.team_id"
                       " WHERE t.slug = '%s' AND action = 'tracking.set'" % w.tenant.team)
    tap.equal(int(told), 2, "each change is in the audit")
    problems = w.browser.get(w.base + "tracking-plan?show=problems")
    tap.ok("though deprecated" in problems.text and "of more than one type" in problems.text,
           "the list names the problems", problems.text[:600])
    tap.equal(w.browser.get(w.base + "tracking-plan?event=nothing").status, 404,
              "an event that is not in the plan is not found")


def files(w):
    got = w.browser.request("GET", w.base + "tracking-plan.csv")
    rows = list(csv.DictReader(io.StringIO(got.body.decode())))
    tap.equal({r["name"] for r in rows}, set(plan_of(w)), "CSV has every event")
    got = w.browser.request("GET", w.base + "tracking-plan.ndjson")
    rows = [json.loads(line) for line in got.body.decode().splitlines()]
    tap.equal({r["name"]: r for r in rows}, plan_of(w), "NDJSON is what the API says")
    status, head, body = e2e.call(w.lab, "GET", w.api + "tracking-plan?format=csv", w.token)
    tap.ok(status == 200 and head["content-type"].startswith("text/csv")
           and b"checkout done" in body, "and the API has the files too")


def forms(w):
    page = w.browser.get(w.base + "schema?namespace=billing")
    bad = w.browser.submit(page, "/schema", schema='{"type":"odd"}')
    tap.equal((bad.status, "At type" in bad.text), (422, True), "a bad schema: what and where")
    done = w.browser.submit(page, "/schema", schema='{"required":["plan"]}', mode="reject")
    tap.ok("The schema is saved" in done.text, "kept by the form")
    tap.equal(w.call("GET", "namespaces/billing/schema")[2]["mode"], "reject", "and it is there")
    done = w.browser.submit(done, "/schema", act="delete")
    tap.ok("The schema is deleted" in done.text, "deleted by the form")
    tap.equal(w.call("GET", "namespaces/billing/schema")[0], 404, "and it is gone")
    w.settled()
    tap.equal(w.send("paid", {})[1]["accepted"], 1, "the door takes everything again")


def main():
    lab = e2e.start()
    w = World(lab)
    schemas(w)
    scopes(w)
    planned(w)
    inferred(w)
    files(w)
    forms(w)
    tap.done()


main()
