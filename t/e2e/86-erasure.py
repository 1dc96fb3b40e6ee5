#!/usr/bin/env python3
"""Erasure and export of a person: by CLI and API, receipts checked by another
program, an archive read back, late events dropped and counted, the search."""
import base64
import datetime
import glob
import hashlib
import io
import json
import os
import subprocess
import tempfile
import uuid
import zipfile
from zoneinfo import ZoneInfo

import e2e
import site_http as site
from e2e import tap

BATCH = "/api/v1/ingest/batch"
WHO = "erase-me-0001"


def b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class World:
    def __init__(self, lab):
        self.lab, self.t = lab, lab.tenant("erasure")
        self.base = "/api/v1/projects/%s/privacy/requests" % self.t.project
        self.token = self.make_token("persons:read,persons:erase")
        self.owner = site.signed_in(lab, lab.owner)
        self.p = "/t/%s/p/%s/" % (self.t.team, lab.value(
            "SELECT slug FROM projects WHERE id = '%s'" % self.t.project))

    def make_token(self, scopes):
        return self.lab.ctl("token", "create", "--user", self.lab.owner, "--team", self.t.team,
                            "--scopes", scopes)["token"]

    def send(self, who, n, ago=600, name="tap", **more):
        items = [e2e.event(name, timestamp=e2e.stamp(ago + i), **more) for i in range(n)]
        status, _, body = e2e.call_json(self.lab, "POST", BATCH, self.t.key, e2e.envelope(
            items, user={"user_id": who}, device={"device_id": "dev-" + who,
                                                  "platform": "android"}))
        tap.equal((status, body.get("accepted")), (202, n), "%d events of %s" % (n, who))
        self.lab.drain()
        return body["batch_id"]

    def call(self, method, path="", body=None, token=None):
        return e2e.call_json(self.lab, method, self.base + path, token or self.token, body)

    def raw(self, path):
        return e2e.call(self.lab, "GET", self.base + path, self.token)

    def until(self, request, state):
        got = []

        def there():
            got[:] = [self.call("GET", "/" + request)[2]]
            return got[0]["state"] == state
        e2e.until(60, there)
        tap.equal(got[0]["state"], state, "the request is " + state)
        return got[0]

    def ask(self, **body):
        status, _, got = self.call("POST", body=dict({"hold_minutes": 0}, **body))
        tap.equal(status, 202, "asked for: %s" % ", ".join(sorted(body)))
        return got["request_id"]

    def person(self, *args):
        return self.lab.ctl("person", *args, "--project", self.t.project, "--env", "prod")


ITEMS, CHANGES = 44, 48  # the end of a page of the archive (2,000) lies inside an item


def properties(w):
    items = [{"type": "user_properties", "event_id": str(uuid.uuid4()),
              "timestamp": e2e.stamp(500 - i),
              "operations": [{"op": "set", "key": "k%d" % k, "value": i}
                             for k in range(CHANGES)]} for i in range(ITEMS)]
    status, _, body = e2e.call_json(w.lab, "POST", BATCH, w.t.key, e2e.envelope(
        items, user={"user_id": WHO}))
    tap.equal((status, body.get("accepted")), (202, ITEMS), "changes of properties")
    w.lab.drain()


def archive(w):
    request = w.ask(kind="export", user_id=WHO)
    done = w.until(request, "done")
    tap.equal(done["rows"]["events"], 3, "the archive counts its rows")
    status, head, body = w.raw("/%s/archive" % request)
    tap.equal((status, head["content-type"]), (200, "application/zip"), "it can be fetched")
    z = zipfile.ZipFile(io.BytesIO(body))
    tap.equal(z.testzip(), None, "the ZIP file is whole")
    manifest = json.loads(z.read("manifest.json"))
    bad = [f["name"] for f in manifest["files"]
           if hashlib.sha256(z.read(f["name"])).hexdigest() != f["sha256"]]
    tap.equal(bad, [], "every checksum of the manifest holds")
    events = json.loads(z.read("events.json"))
    tap.equal(len(events), 3, "events as JSON")
    tap.equal(len(z.read("events.csv").decode().strip().splitlines()), 4, "and as CSV")
    changes = json.loads(z.read("properties.json"))
    tap.equal(sorted((c["value"], c["key"]) for c in changes),
              sorted((i, "k%d" % k) for i in range(ITEMS) for k in range(CHANGES)),
              "every change of properties once, over more than one page")
    tap.equal(len(z.read("properties.csv").decode().strip().splitlines()),
              ITEMS * CHANGES + 1, "and as CSV")
    profile = json.loads(z.read("profile.json"))
    tap.ok({"kind": "user_id", "id": WHO} in profile["ids"], "the profile names the ids", profile)
    tap.ok("event_id" in z.read("README.txt").decode(), "README says what the fields are")
    return request


def receipt(w, request):
    status, head, text = w.raw("/%s/receipt" % request)
    tap.equal((status, head["content-type"]), (200, "application/jose"), "the receipt")
    keys = json.loads(e2e.call(w.lab, "GET", "/.well-known/receipt-keys.json")[2])["keys"]
    first, payload, signature = text.decode().strip().split(".")
    with tempfile.TemporaryDirectory() as d:
        # SubjectPublicKeyInfo of Ed25519 (RFC 8410), for openssl
        der = bytes.fromhex("302a300506032b6570032100") + b64(keys[0]["x"])
        for name, data in (("key", der), ("sig", b64(signature)),
                           ("text", (first + "." + payload).encode()),
                           ("bad", (first + "." + payload[:-1] + "A").encode())):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)

        def openssl(text_name):
            return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
                                   "-inkey", d + "/key", "-rawin", "-in", d + "/" + text_name,
                                   "-sigfile", d + "/sig"], capture_output=True).returncode == 0
        tap.ok(openssl("text"), "openssl finds the signature good")
        tap.must_fail(openssl("bad"), "a receipt that was changed")
    body = json.loads(b64(payload))
    tap.equal((body["search"]["found"], body["rows"]["events"], body["request_id"]),
              (0, 3, request), "it says what went, and that nothing is left")
    tap.ok(WHO not in json.dumps(body), "and not who it was")
    tap.equal(json.dumps(body, sort_keys=True, separators=(",", ":")), b64(payload).decode(),
              "its JSON is canonical")


def queue_files(w):
    """How many of Redis' files hold the id: what was stored stays there until
    the file is rewritten."""
    n = 0
    for path in glob.glob(os.path.join(w.lab.state, "redis/appendonlydir/*")):
        try:
            with open(path, "rb") as f:
                n += WHO.encode() in f.read()
        except FileNotFoundError:
            pass  # rewritten meanwhile
    return n


def late(w):
    batch = w.send(WHO, 2, ago=300)
    got = w.lab.value("SELECT dropped ->> 'erased' FROM batches WHERE batch_id = '%s'" % batch)
    tap.equal(got, "2", "events of before, that come later, are dropped and counted")
    tap.equal(w.lab.value("SELECT count(*) FROM persons WHERE user_id = '%s'" % WHO), "0",
              "nobody is known by the id")


def refusals(w):
    tap.equal(w.call("POST", body={"user_id": "x"}, token=w.make_token("persons:read"))[0], 403,
              "persons:read erases nobody")
    tap.equal(w.call("POST", body={})[0], 422, "somebody has to be named")
    tap.equal(w.call("POST", body={"user_id": "x", "mode": "burn"})[0], 422, "no such mode")
    tap.equal(w.call("GET", "/" + str(uuid.uuid4()))[0], 404, "no such request")
    waits = w.call("POST", body={"user_id": "x", "hold_minutes": 10})[2]["request_id"]
    tap.equal(w.call("POST", "/%s/cancel" % waits, body={})[2]["state"], "cancelled", "cancelled")
    tap.equal(w.raw("/%s/receipt" % waits)[0], 404, "a cancelled one has no receipt")


def looked_at(w):
    """What would go is said before it is asked for, as the job counts it."""
    before = len(w.call("GET")[2]["requests"])
    rows = {"events": 3, "crashes": 0, "traces": 0, "sessions": 1,
            "property_changes": ITEMS * CHANGES, "persons": 1}
    status, _, got = w.call("POST", body={"user_id": WHO, "dry_run": True})
    tap.equal((status, got["target"], got["persons"], got["rows"]), (200, "person", 1, rows),
              "of a person it is said what would go")
    tap.equal(w.call("POST", body={"user_id": "nobody-4711", "dry_run": True})[2]["rows"],
              dict.fromkeys(rows, 0), "of nobody, nothing")
    new = w.owner.get(w.p + "prod/requests/new")
    page = w.owner.submit(new, "/requests", user_id=WHO)
    told = "Erase %s rows" % format(4 + ITEMS * CHANGES, ",")
    tap.ok(page.status == 200 and told in page.text, "the page asks first", page.text[-900:])
    nobody = w.owner.submit(new, "/requests", user_id="nobody-4711")
    tap.ok("Nobody is known by this id" in nobody.text, "and says when nobody is meant")
    tap.equal(len(w.call("GET")[2]["requests"]), before, "and nothing was asked for")
    asked = w.owner.submit(page, "/requests")
    tap.ok("/requests/" in asked.path and "waiting" in asked.text, "a yes asks for it",
           asked.text[:300])
    made = asked.path.split("?")[0].rsplit("/")[-1]
    audit = w.owner.get("/t/%s/audit?action=privacy.request" % w.t.team).text
    tap.ok("Privacy request\u00a0%s, " % made[-8:] in audit or
           "Privacy request %s, " % made[-8:] in audit, "the audit names it and its place",
           audit[-900:])
    tap.equal(w.lab.sql("SELECT detail ->> 'kind', detail ->> 'mode', detail ->> 'law' FROM"
                        " audit_entries WHERE target = 'privacy_request:%s'" % made),
              [["erase", "delete", "gdpr"]], "and what was asked for")
    tap.must_fail(WHO in audit, "to find in it who it was about")
    asked = w.owner.submit(asked, "/cancel")
    tap.ok("Nothing was changed" in asked.text, "and it is cancelled", asked.text[:300])


def hashed(w):
    """Where user ids are hashed, whoever asks still names the one of the app."""
    lab, who = w.lab, "hash-me-0007"
    lab.ctl("environment", "set", "--project", w.t.project, "--env", "prod",
            "--user-id-mode", "hash")
    w.send(who, 2)
    tap.equal(w.call("POST", body={"user_id": who, "dry_run": True})[2]["rows"]["events"], 2,
              "a hashed user is found by the id of the app")
    waits = w.call("POST", body={"user_id": who, "hold_minutes": 60})[2]["request_id"]
    page = w.owner.get(w.p + "prod/requests/" + waits)
    tap.ok("What is held of them now" in page.text and "Everything that is known" in page.text,
           "and their request says what is held", page.text[-600:])
    w.call("POST", "/%s/cancel" % waits, body={})
    lab.ctl("environment", "set", "--project", w.t.project, "--env", "prod",
            "--user-id-mode", "plain")


def days(w):
    """A date begins where the environment's day does."""
    lab = w.lab
    lab.ctl("environment", "set", "--project", w.t.project, "--env", "staging",
            "--timezone", "Pacific/Auckland")
    key = lab.ctl("key", "create", "--project", w.t.project, "--env", "staging", "--type",
                  "write")["token"]
    # 13 hours ahead of UTC in November to March, 12 else: both sides of midnight there
    last = datetime.datetime.now(ZoneInfo("Pacific/Auckland")).date() - datetime.timedelta(days=3)
    start = datetime.datetime.combine(last, datetime.time(), ZoneInfo("Pacific/Auckland"))
    utc = [(start + datetime.timedelta(minutes=m)).astimezone(datetime.timezone.utc)
           for m in (-1, 1, 24 * 60 - 1, 24 * 60 + 1)]
    items = [e2e.event("day", timestamp=u.strftime("%Y-%m-%dT%H:%M:%S.000Z")) for u in utc]
    status, _, body = e2e.call_json(lab, "POST", BATCH, key, e2e.envelope(items))
    tap.equal((status, body.get("accepted")), (202, 4), "events around a day in Auckland")
    lab.drain()
    after = last + datetime.timedelta(days=1)
    what = {"filters": ["name:eq:day"], "from": str(last), "to": str(after), "dry_run": True}
    got = e2e.call_json(lab, "POST", w.base + "?env=staging", w.token, what)[2]
    tap.equal((got["events"], got["days"]), (2, 1), "the API takes the environment's day")
    got = lab.ctl("person", "erase", "--project", w.t.project, "--env", "staging", "--filter",
                  "name:eq:day", "--from", str(last), "--to", str(after), "--dry-run")
    tap.equal(got["rows"], {"events": 2}, "so does tidemarkctl")
    page = w.owner.get(w.p + "staging/requests/new")
    form = [f for f in page.forms if ("kind", "events") in f.fields][0]
    page = w.owner.request("POST", form.action, list(dict(form.fields, **{
        "name": "day", "from": str(last), "to": str(after)}).items()))
    tap.ok("Erase 2 events" in page.text, "and the page", page.text[:900])
    got = e2e.call_json(lab, "POST", w.base + "?env=staging", w.token, dict(
        what, **{"from": utc[0].isoformat(), "to": utc[3].isoformat()}))[2]
    tap.equal((got["events"], got["days"]), (3, 2), "control: instants are instants")


def events_only(w):
    w.send("other-user-7", 2, ago=900, properties={"mail": "a@b.example"})
    w.send("other-user-7", 1, ago=800)
    what = {"filters": ["prop.mail:exists:"], "from": e2e.stamp(86400), "to": e2e.stamp()}
    before = len(w.call("GET")[2]["requests"])
    status, _, got = w.call("POST", body=dict(what, dry_run=True))
    tap.ok(got.pop("days", 0) in (1, 2), "a preview counts the days", got)
    tap.equal((status, got, len(w.call("GET")[2]["requests"])),
              (200, {"dry_run": True, "target": "events", "events": 2, "persons": 1}, before),
              "and what would go, and asks for nothing")
    tap.equal([w.call("POST", body=dict(what, dry_run=True, **{k: v}))[0] for k, v in
               (("filters", ["nonsense"]), ("filters", []), ("from", "soon"))] +
              [w.call("POST", body={"dry_run": True})[0]], [422] * 4,
              "a preview of nothing that can be counted")
    request = w.ask(**what)
    tap.equal(w.until(request, "done")["rows"]["events"], 2, "events by property go")
    tap.equal(w.lab.value("SELECT sum(events) FROM rollup_counts r JOIN environments e ON e.id ="
                          " r.environment_id WHERE e.project_id = '%s' AND grain = 15 AND dim = 0"
                          % w.t.project), "2", "and what counted them")


def main():
    lab = e2e.start()
    w = World(lab)
    w.send(WHO, 3)
    properties(w)
    w.send("bystander-1", 1, name="saw_" + WHO)
    looked_at(w)
    exported = archive(w)
    tap.at_least(queue_files(w), 1, "negative control: Redis' files that hold the id")
    request = w.ask(user_id=WHO)
    done = w.until(request, "done")
    e2e.until(10, lambda: queue_files(w) == 0)
    tap.equal(queue_files(w), 0, "the queue's file on the disk is rewritten without it")
    tap.equal((done["rows"]["events"], done["receipt"]), (3, True), "three events went")
    tap.equal(w.raw("/%s/archive" % exported)[0], 404, "the archive of them went too")
    receipt(w, request)
    late(w)
    found = {r["place"]: r["found"] for r in w.person("scan", "--user-id", WHO)}
    tap.equal(sum(found.values()), 0, "tidemarkctl finds the id nowhere")
    kept = w.lab.value("SELECT x.name FROM events x JOIN environments e ON e.id = x.environment_id"
                       " JOIN rollup_counts r ON r.environment_id = e.id AND r.grain = 15"
                       " AND r.dim = 2 AND r.value = x.name"
                       " WHERE e.project_id = '%s' AND x.name LIKE 'saw%%'" % w.t.project)
    tap.ok(kept and kept.startswith("saw_erased-"), "another's event has a pseudonym in its name,"
           " and is still counted by it", kept)
    events_only(w)
    hashed(w)
    days(w)
    refusals(w)
    tap.done()


main()
