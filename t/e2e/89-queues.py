#!/usr/bin/env python3
"""The system's console over HTTP: the queue and its jobs, dead letters mended
and replayed until stored exactly once, alarms that fire and end for real
causes (the others: 89-alarms.py), webhooks whose signature Python checks by
itself, and 40 hostile addresses that nothing connects to."""
# takes: 36 s
import base64
import contextlib
import json
import os
import runpy
import subprocess
import tempfile
import time
import urllib.request

import e2e
import hook as hooks
import http1
import load
import outbox
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"
CHAOS = os.path.join(e2e.ROOT, "t", "chaos")
S = "/api/v1/system/"
HOSTILE = """https://127.0.0.1:%d/ https://127.1:%d/ https://0x7f000001:%d/
https://2130706433:%d/ https://0177.0.0.1:%d/ https://127.255.255.254:%d/
https://localhost:%d/ https://foo.localhost:%d/ https://[::1]:%d/ https://[::]:%d/
https://[::ffff:127.0.0.1]:%d/ https://[::ffff:7f00:1]:%d/ https://[::127.0.0.1]:%d/
https://[64:ff9b::7f00:1]:%d/ https://0.0.0.0:%d/ https://0:%d/ https://10.0.0.1:%d/
https://172.16.0.1:%d/ https://192.168.0.1:%d/ https://169.254.169.254:%d/
https://[fe80::1]:%d/ https://[fc00::1]:%d/ https://[fd00::1]:%d/ https://100.64.0.1:%d/
https://192.0.2.1:%d/ https://198.18.0.1:%d/ https://224.0.0.1:%d/ https://255.255.255.255:%d/
https://[ff02::1]:%d/ https://[2002:7f00:1::]:%d/ https://example.org@127.0.0.1:%d/
https://user:pw@[::1]:%d/ https://127.0.0.1:%d#@example.org/ http://127.0.0.1:%d/
http://[::1]:%d/ ftp://127.0.0.1:%d/ gopher://127.0.0.1:%d/_GET dict://127.0.0.1:%d/
file:///etc/passwd?%d //127.0.0.1:%d/""".split()


class World:
    def __init__(self, lab):
        self.lab = lab
        mark = lab.rng.randrange(10 ** 9)
        self.email = "root-%d@example.org" % mark
        lab.ctl("user", "create", "--email", self.email, "--verified", "--system-admin",
                "--password-stdin", data=(PASSWORD + "\n").encode())
        team = lab.ctl("team", "create", "--name", "Root %d" % mark, "--owner", self.email)
        self.token = lab.ctl("token", "create", "--user", self.email, "--team",
                             team["slug"], "--scopes", "admin")["token"]
        self.site = site.Site(lab.url)
        self.site.sign_in(self.email, PASSWORD)
        self.tenant = lab.tenant("queues")
        self.client = http1.Client(lab.host, lab.port)
        self.poison = runpy.run_path(os.path.join(CHAOS, "14-poison.py"), run_name="poison")

    def api(self, method, path, body=None, token=None):
        return e2e.call_json(self.lab, method, S + path, token or self.token, body)

    def dead(self, value):
        """One event that the store refuses; its event id and letter id."""
        with self.lab.paused():
            ids, wire = self.poison["template"](self.lab, self.tenant, self.client)
            self.poison["push"](self.lab, wire.replace(self.poison["MARK"], value), 3,
                                self.tenant.env)
        self.lab.drain(20)
        return ids[1], self.lab.value("SELECT max(id) FROM dead_letters WHERE"
                                      " environment_id = %d" % self.tenant.env)

    def stored(self, event_id):
        return int(self.lab.value("SELECT count(*) FROM events WHERE environment_id = %d AND"
                                  " event_id = '%s'" % (self.tenant.env, event_id)))

    def measure(self):
        """Have the alarms measured now."""
        self.lab.ctl("job", "run", "alarm", "--timeout", "20")

    def alarm(self, name):
        return [a for a in self.api("GET", "alarms")[2]["alarms"] if a["name"] == name][0]


def rights(w):
    lab = w.lab
    plain = e2e.read_token(lab, w.tenant)
    owner = lab.ctl("token", "create", "--user", lab.owner, "--team", w.tenant.team,
                    "--scopes", "admin")["token"]
    tap.equal([w.api("GET", "queue", token=t)[0] for t in (plain, owner, "tm_pat_no")],
              [403, 403, 401], "the system's API: not without the scope admin, nor for"
              " an owner who is no system administrator")
    tap.equal(w.api("GET", "queue")[0], 200, "but for a system administrator's token")
    other = "plain-%d@example.org" % lab.rng.randrange(10 ** 9)
    lab.ctl("user", "create", "--email", other, "--verified", "--password-stdin",
            data=(PASSWORD + "\n").encode())
    s = site.Site(lab.url)
    s.sign_in(other, PASSWORD)
    tap.equal({p: s.get("/system/" + p).status for p in
               ("queues", "dead-letters", "alarms", "webhooks")},
              dict.fromkeys(("queues", "dead-letters", "alarms", "webhooks"), 404),
              "to others the pages are not there")


def queue(w):
    lab = w.lab
    page = w.site.get("/system")
    tap.ok("PostgreSQL" in page.text and "every migration is applied" in page.text,
           "the health page", page.text[:600])
    ids, body = load.batch(lab.rng, 50, only_events=True)
    http1.post_batch(w.client, w.tenant.key, body)
    lab.drain(20)
    tap.ok(e2e.until(30, lambda: any(k["kind"] == "ingest" and k["items"] >= 50 for k in
                                    w.api("GET", "queue")[2]["kinds"])) is not None,
           "what is stored is counted by kind within seconds")
    q = w.api("GET", "queue?range=24h&kind=ingest")[2]
    kinds = [x["kind"] for x in q["workers"]]
    tap.equal((kinds.count("consumer"), kinds.count("web") >= 1, len(q["series"])), (2, True, 96),
              "two consumers and the web workers tell of themselves; 96 quarter-hours")
    tap.ok(all(x["pss_bytes"] > 100000 for x in q["workers"]), "with their memory", q["workers"])
    tap.equal(w.api("GET", "queue?range=2h")[0], 400, "another range is refused")
    page = w.site.submit(w.site.get("/system/queues"), "/jobs/history/run")
    tap.ok("A consumer runs it" in page.text, "Run now is a form", page.text[:300])
    tap.ok(e2e.until(30, lambda: lab.value("SELECT 1 FROM job_runs WHERE job = 'history' AND asked"))
           is not None, "one consumer runs it, and the run is kept as asked for")
    tap.equal(w.api("POST", "jobs/nothing/run")[0], 404, "an unknown job is 404")
    tap.equal([lab.dev_status("ctl", *a) for a in (("job", "run", "nothing"), ("job", "run"),
              ("dead-letter", "show", "999999999"), ("dead-letter", "show", "x"),
              ("queue", "pause", "--reason", "a\nb"))], [66, 64, 66, 64, 64],
              "ctl says so with its exit codes")
    asked_for(w)
    paused(w)


def asked_for(w):
    """A run that is under way when one is asked for has looked before."""
    lab = w.lab
    asks = "SELECT count(*) FROM audit_entries WHERE action = 'job.run'"
    with e2e.locked("alarms IN ACCESS EXCLUSIVE"):
        waiting = ("SELECT extract(epoch FROM min(waitstart)) FROM pg_locks WHERE NOT granted"
                   " AND relation = 'alarms'::regclass")
        tap.ok(e2e.until(30, lambda: lab.value(waiting)) is not None, "a job is under way")
        under_way, before, asked = float(lab.value(waiting)), lab.value(asks), time.time()
        p = subprocess.Popen([os.path.join(e2e.ROOT, "dev"), "ctl", "job", "run", "alarm"],
                             stdout=subprocess.DEVNULL)
        e2e.until(30, lambda: lab.value(asks) != before)
    tap.equal(p.wait(60), 0, "job run ends well")
    began = float(lab.value("SELECT value->>'began_us' FROM system_state WHERE key ="
                            " 'job:alarm'")) / 1e6
    tap.ok(began >= asked, "with a run that began after it was asked for", (began, asked))
    tap.must_fail(under_way >= asked, "the one that was under way did")


def consumers(w):
    return [x["now"] for x in w.api("GET", "queue")[2]["workers"] if x["kind"] == "consumer"]


def paused(w):
    lab = w.lab
    admin = lab.admin_url
    page = w.site.get("/system/queues")
    bad = w.api("POST", "queue/pause", {})
    tap.equal((bad[0], "reason" in bad[2]["details"]), (422, True), "a pause needs a reason")
    page = w.site.submit(page, "/queues/pause", reason="moving <b>disks</b>")
    tap.ok("moving <b>disks</b>" in page.text and "Paused" in page.text,
           "the page says who paused and why", page.text[:400])
    with urllib.request.urlopen(admin + "/readyz?verbose") as r:
        text = r.read().decode()
    tap.ok("moving <b>disks</b>" in text and text.endswith("ready\n"),
           "so does /readyz?verbose; paused is still ready", text)
    q = w.api("GET", "queue")[2]["queue"]
    tap.equal(q["paused"]["reason"], "moving <b>disks</b>", "and the API")
    tap.ok(e2e.until(60, lambda: consumers(w) == ["paused"] * 2) is not None,
           "both consumers say that they hold still", consumers(w))
    tap.equal(w.api("POST", "queue/resume")[2], {"paused": False}, "resumed by the API")
    tap.ok(e2e.until(60, lambda: "paused" not in consumers(w)) is not None,
           "and that they go on", consumers(w))
    acts = [r[0] for r in lab.sql("SELECT action FROM audit_entries WHERE team_id IS NULL AND"
                                  " action LIKE 'queue.%' ORDER BY id DESC LIMIT 2")]
    tap.equal(acts, ["queue.resume", "queue.pause"], "both are in the audit")


def letters(w):
    lab, values = w.lab, w.poison["POISON"]
    event, letter = w.dead(values["an escaped NUL"])
    url = "/system/dead-letters/%s" % letter
    page = w.site.get(url)
    item = page.ids["item"].strip() if "item" in page.ids else ""
    tap.ok(event in page.html and "22P05" in page.text, "a letter shows item and SQLSTATE",
           page.text[:500])
    full = w.api("GET", "dead-letters/" + letter)[2]
    tap.equal((full["reason"], full["event_id"], full["deliveries"]), ("refused", event, 1),
              "so does the API")
    body = full["body"]
    page = w.site.submit(page, "/mend", item="{not json")
    tap.equal((page.status, "Nothing was queued" in page.text), (422, True),
              "what is no JSON is not taken")
    broken = json.loads(body.replace('"\\u0000PPPPPPPPPPPPPP"', '"mended"'))
    broken["events"][0]["timestamp"] = "yesterday"
    got = w.api("POST", "dead-letters/%s/replay" % letter, {"body": broken})
    tap.equal((got[0], list(got[2]["details"])), (422, ["events.0.timestamp"]),
              "the door's own checks name the field")
    mended = body.replace('"\\u0000PPPPPPPPPPPPPP"', '"mended"')
    tap.equal(w.stored(event), 0, "negative control: it is not stored yet")
    page = w.site.submit(w.site.get(url), "/mend", item=mended)
    lab.drain(20)
    tap.equal(w.stored(event), 1, "mended and replayed it is stored")
    marker = lab.value("SELECT properties->>'marker' FROM events WHERE environment_id = %d AND"
                       " event_id = '%s'" % (w.tenant.env, event))
    tap.equal(marker, "mended", "as it was mended")
    page = w.site.get(url)
    tap.ok("mended and replayed" in page.text and "stored" in page.text,
           "its history says what became of it", page.text[-600:])
    tap.equal(w.api("POST", "dead-letters/%s/replay" % letter)[0], 409,
              "a resolved letter is not replayed again")
    lab.sql("UPDATE dead_letters SET resolved_at = NULL, resolution = NULL WHERE id = " + letter)
    w.api("POST", "dead-letters/%s/replay" % letter)
    lab.drain(20)
    tap.equal(w.stored(event), 1, "replayed twice it is stored once")
    by_ctl(w, values)
    bulk(w, values)


def by_ctl(w, values):
    """show --body, an editor, mend."""
    lab = w.lab
    event, letter = w.dead(values["an escaped NUL"])
    body = lab.ctl("dead-letter", "show", letter, "--body")
    body["events"][0]["properties"]["marker"] = "by ctl"
    good, body["events"][0]["timestamp"] = json.dumps(body), "yesterday"
    with tempfile.TemporaryDirectory() as folder:
        def mend(text, *flags):
            path = os.path.join(folder, "item.json")
            with open(path, "w") as f:
                f.write(text)
            return ("dead-letter", "mend", letter, path) + flags
        tap.equal([lab.dev_status("ctl", *a) for a in (
            mend("{not"), mend(json.dumps(body)), ("dead-letter", "mend", letter, folder + "/no"),
            ("dead-letter", "mend", letter), ("dead-letter", "mend", "0", folder + "/item.json"))],
            [65, 65, 66, 64, 64], "tidemarkctl mends by the door's checks too")
        tap.equal(lab.ctl(*mend(good, "--dry-run")),
                  {"id": letter, "state": "open", "batch_id": None}, "a dry run says that it passes")
        lab.drain(20)
        tap.equal(w.stored(event), 0, "negative control: and queues nothing")
        tap.equal(lab.ctl(*mend(good))["state"], "replayed", "mended")
        tap.equal(lab.dev_status("ctl", *mend(good)), 65, "once")
    lab.drain(20)
    tap.equal(lab.sql("SELECT properties->>'marker' FROM events WHERE environment_id = %d AND"
                      " event_id = '%s'" % (w.tenant.env, event)), [["by ctl"]],
              "it is stored once, as it was mended")
    tap.equal(lab.value("SELECT count(*) FROM audit_entries WHERE action = 'dead_letter.mend' AND"
                        " target = 'dead-letter:%s'" % letter), "1", "and that is in the audit")


def bulk(w, values):
    lab = w.lab
    first, one = w.dead(values["a lone surrogate"])
    w.site.submit(w.site.get("/system/dead-letters/" + one), "/replay")
    lab.drain(20)
    query = "environment=%d" % w.tenant.env
    rows = w.api("GET", "dead-letters?" + query)[2]["dead_letters"]
    tap.equal([(r["event_id"], r["state"]) for r in rows], [(first, "open")],
              "replayed unchanged it comes back as a new letter")
    page = w.site.get("/system/dead-letters/bulk?" + query)
    tap.ok("1 open dead letter" in page.text, "bulk acts say first how many", page.text[:300])
    dry = w.api("POST", "dead-letters?" + query, {"act": "drop", "dry_run": True})[2]
    tap.equal(dry["letters"], 1, "so does a dry run")
    drop = [f for f in page.forms if ("act", "drop") in f.fields][0]
    w.site.follow(w.site.request("POST", drop.action, drop.fields))
    tap.equal(lab.sql("SELECT resolution, length(wire) FROM dead_letters WHERE id = %d"
                      % rows[0]["id"]), [["dropped", "0"]], "dropped, and its bytes are gone")
    listed = lab.ctl("dead-letter", "list", "--env", str(w.tenant.env))
    tap.equal(listed, [], "tidemarkctl agrees that none is open")


def alarms(w, hook):
    lab = w.lab
    w.measure()
    tap.equal(w.alarm("lag")["state"], "ok", "negative control: nothing lags")
    with lab.paused():
        for _ in range(3):
            http1.post_batch(w.client, w.tenant.key, load.batch(lab.rng, 100, only_events=True)[1])
        time.sleep(1.2)
        w.measure()
        tap.equal([w.alarm(n)["state"] for n in ("lag", "queue")], ["firing", "firing"],
                  "paused with batches waiting: lag and a full queue fire")
    lab.drain(20)
    w.measure()
    tap.equal([w.alarm(n)["state"] for n in ("lag", "queue")], ["ok", "ok"],
              "resumed and drained: both are over")
    tap.ok(e2e.until(30, lambda: hook.types("lag") == ["fired", "resolved"]) is not None,
           "the webhook was told of both, once", hook.types())
    def mails():
        return [m for m in outbox.mails(w.email, "alarm")
                if m["Subject"] == "Alarm: Storing lags behind"]
    tap.ok(e2e.until(30, mails) is not None and "/system/alarms" in outbox.text(mails()[0]),
           "system administrators got a mail")
    silence(w, hook)
    store_down(w)


def silence(w, hook):
    w.lab.sql("UPDATE dead_letters SET created_at = created_at - interval '1 hour'")
    w.measure()
    tap.equal(w.alarm("dead_letters")["state"], "ok",
              "dead letters of before are over when the window has passed")
    open_ones = ("SELECT count(*) FROM webhook_deliveries WHERE delivered_at IS NULL AND failed_at"
                 " IS NULL AND webhook_id IN (SELECT id FROM webhooks WHERE url ="
                 " 'http://127.0.0.1:%d/hook')" % hook.port)
    tap.ok(e2e.until(30, lambda: w.lab.value(open_ones) == "0") is not None, "and all is told")
    w.site.submit(w.site.get("/system/alarms"), "/alarms/dead_letters/silence", hours="1")
    before = hook.types("dead_letters").count("fired")
    w.dead(w.poison["POISON"]["text that is no JSON"])
    w.measure()
    tap.equal(w.alarm("dead_letters")["state"], "firing", "a new dead letter fires")
    event = [e for e in w.api("GET", "alarms")[2]["events"] if e["name"] == "dead_letters"][0]
    time.sleep(1)
    tap.equal((event["silenced"], hook.types("dead_letters").count("fired")), (True, before),
              "silenced it tells nobody, and is still kept")
    url = "/alarm-events/%d/acknowledge" % event["event_id"]
    page = w.site.submit(w.site.get("/system/alarms"), url, note="looking at it")
    tap.ok("looking at it" in page.text, "it can be marked as seen, with a note")
    tap.equal(w.api("POST", url[1:], {})[0], 409, "once")
    seen = [e for e in w.api("GET", "alarms")[2]["events"] if e["event_id"] == event["event_id"]][0]
    tap.equal((seen["acknowledged_by"], seen["note"]), (w.email, "looking at it"),
              "the API says by whom")
    silent = w.alarm("dead_letters")
    tap.equal((silent["silenced_by"], silent["silenced_until"] > e2e.stamp()), (w.email, True),
              "and who silenced it")
    w.lab.sql("UPDATE dead_letters SET created_at = now() WHERE resolved_at IS NULL AND"
              " environment_id = %d" % w.tenant.env)  # it lasts
    w.lab.sql("UPDATE alarms SET silenced_until = now() - interval '1 s' WHERE name = 'dead_letters'")
    over = w.alarm("dead_letters")
    tap.equal((over["silenced_by"], over["silenced_until"]), (None, None), "until that is over")
    w.measure()
    tap.ok(e2e.until(30, lambda: hook.types("dead_letters").count("fired") == before + 1)
           is not None, "it fires on, and is told then", hook.types("dead_letters"))


def tries(lab):
    """How often the consumers could not store: a line of their logs each."""
    count = 0
    for index in (1, 2):
        with open(os.path.join(lab.state, "log/consumer-%d.log" % index), "rb") as f:
            count += f.read().count(b" msg=store detail=")
    return count


def store_down(w):
    w.lab.sql("UPDATE queue_minutes SET failures = 0")
    w.measure()
    tap.equal(w.alarm("failures")["state"], "ok", "negative control: nothing fails")
    before = tries(w.lab)
    with w.lab.stopped("postgres"):
        http1.post_batch(w.client, w.tenant.key, load.batch(w.lab.rng, 10, only_events=True)[1])
        e2e.until(30, lambda: tries(w.lab) >= before + 3)
    w.lab.drain(30)
    fired = e2e.until(30, lambda: w.measure() or w.alarm("failures")["state"] == "firing")
    tap.ok(fired is not None, "PostgreSQL was away: failures fire when it is back",
           w.alarm("failures"))


def webhooks(w, hook):
    lab = w.lab
    bad = w.site.submit(w.site.get("/system/webhooks"), "/system/webhooks", url="ftp://x/")
    tap.equal((bad.status, "begins with https" in bad.text), (422, True), "ftp is no address")
    page = w.site.submit(w.site.get("/system/webhooks"), "/system/webhooks",
                         url="http://127.0.0.1:%d/hook" % hook.port, name="Pager")
    secret = page.ids["secret"].strip()
    at = page.path.split("?")[0]
    tap.ok(secret.startswith("whsec_") and "secret" not in w.site.get(at).ids,
           "its secret is shown once")
    w.site.submit(w.site.get(at), "/test")
    tap.ok(e2e.until(30, lambda: hook.got) is not None, "a test arrives")
    head, body = hook.got[0]
    tap.ok(hooks.signed(head, body, secret), "signed, as Python reckons it", head)
    tap.must_fail(hooks.signed(head, body + b" ", secret), "another body has another signature")
    page = w.site.submit(w.site.get(at), "/rotate")
    new = page.ids["secret"].strip()
    hook.answer, before = 503, len(hook.got)
    w.site.submit(w.site.get(at), "/test")
    e2e.until(30, lambda: len(hook.got) > before)
    tap.ok(all(hooks.signed(*hook.got[-1], s) for s in (secret, new)),
           "while a secret is rotated both sign")
    hook.answer = 302
    tap.ok(e2e.until(30, lambda: "answered 503" in w.site.get(at).text) is not None,
           "a refusal is in the log")
    page = w.site.get(at)
    tap.ok("again in" in page.text, "with the next try", page.text[-500:])
    connects, form = hook.connects, [f for f in page.forms if (f.action or "").endswith("/retry")][0]
    w.site.request("POST", form.action, form.fields)
    tap.ok(e2e.until(30, lambda: "answered 302" in w.site.get(at).text) is not None and
           hook.connects == connects + 1, "a redirect is not followed", hook.connects)
    hook.answer = 204
    sealed = lab.value("SELECT count(*) FROM webhooks WHERE position('%s' in encode(secret,"
                       " 'escape')) > 0" % base64.b64decode(secret[6:]).hex())
    tap.equal(sealed, "0", "the secret is not in the table")
    return at


def hostile(w, hook):
    """Without the setting: 40 addresses that lead to ourselves."""
    lab, n = w.lab, len(HOSTILE)
    before, ids = hook.connects, []
    for i in range(n):
        page = w.site.submit(w.site.get("/system/webhooks"), "/system/webhooks",
                             url="https://h%d.example/" % i, name="hostile")
        ids.append(page.path.split("?")[0].split("/")[-1])
    for i, u in zip(ids, HOSTILE):
        lab.sql("UPDATE webhooks SET url = '%s' WHERE id = '%s'" % (u % hook.port, i))
    lab.sql("INSERT INTO webhook_deliveries (webhook_id, event, body) SELECT id, 'x', '{}'"
            " FROM webhooks WHERE name = 'hostile'")
    open_ = ("SELECT count(*) FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id"
             " WHERE w.name = 'hostile' AND d.attempts = 0")
    tap.ok(e2e.until(40, lambda: lab.value(open_) == "0") is not None,
           "all %d are tried" % n)
    tap.equal((n, hook.connects - before), (40, 0), "40 hostile addresses, 0 connects")
    tap.equal(lab.value(open_.replace("d.attempts = 0", "d.delivered_at IS NOT NULL")), "0",
              "none is delivered")
    lab.sql("DELETE FROM webhooks WHERE name = 'hostile'")


def main():
    lab = e2e.start()
    w, hook = World(lab), hooks.Receiver()
    rights(w)
    queue(w)
    letters(w)
    with contextlib.ExitStack() as stack:
        stack.enter_context(lab.settings("web", TIDEMARK_WEBHOOK_LOOPBACK="true"))
        stack.enter_context(lab.settings(
            "consumer", TIDEMARK_WEBHOOK_LOOPBACK="true", TIDEMARK_ALARM_HOLD_S=0,
            TIDEMARK_ALARM_LAG_S=1, TIDEMARK_ALARM_QUEUE_PERCENT=20,
            TIDEMARK_QUEUE_MAX_ITEMS=1000, TIDEMARK_ALARM_FAILURES=2))
        at = webhooks(w, hook)
        alarms(w, hook)
    with lab.settings("consumer", TIDEMARK_WEBHOOK_PORT=hook.port):
        hostile(w, hook)
    w.site.submit(w.site.get(at), "/delete")
    tap.equal(w.site.get(at).status, 404, "a deleted webhook is gone")
    with urllib.request.urlopen(lab.admin_url + "/metrics") as r:
        text = r.read().decode()
    tap.ok(all(s in text for s in ('tidemark_workers{kind="consumer"}', "tidemark_alarm_firing{",
                                   "tidemark_job_last_ok{", "tidemark_dead_letters_open",
                                   "tidemark_webhooks_delivered_total")), "/metrics knows of it")


tap.run(main)
