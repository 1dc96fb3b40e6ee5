#!/usr/bin/env python3
"""Rules for personal data, from the page and tidemarkctl to the door: what is
scrubbed is scrubbed before it is queued. Planted secrets are looked for in
Redis, PostgreSQL, logs, rejects and dead letters while the consumers stand
still and after they have stored; with the rules off they are found."""
import glob
import json
import os
import subprocess
import time
import uuid

import e2e
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"
RULES = """# what the shop sends
keep key support_email
mask value email
mask value phone in properties, user
hash key customer_ref
drop key *address*
mask value url_secret
mask value home in exception
mask pattern /EMP-[0-9]{6}/
drop key note in breadcrumbs
drop-event value card
"""


class Secrets:
    """One of each kind, unlike any other run's."""

    def __init__(self, rng):
        n = "%09d" % rng.randrange(10 ** 9)
        self.email = "secret.person%s@example.org" % n
        self.phone = "+4915%s" % n
        self.ref = "customer-%s" % n
        self.street = "Hidden Lane %s" % n
        self.token = "tok%sx" % n
        self.home = "homer%s" % n
        self.employee = "EMP-%s" % n[:6]
        self.note = "crumb note %s" % n
        self.span = "span%s@example.org" % n
        self.card = luhn("411111" + n)
        self.password = "pw%s" % n

    def all(self):
        return dict(vars(self))


def luhn(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        v = int(c) * (2 if i % 2 == 0 else 1)
        total += v - 9 if v > 9 else v
    return digits + str(-total % 10)


def batch(s):
    """Every scope, and every secret of it."""
    def item(kind, **more):
        return dict({"type": kind, "event_id": str(uuid.uuid4()),
                     "timestamp": e2e.stamp(5)}, **more)
    props = {"contact": "write to %s or %s" % (s.email, s.phone),
             "customer_ref": s.ref, "Home-Address": s.street,
             "url": "https://shop.example/cb?token=%s&x=1" % s.token,
             "worker": s.employee, "list": [{"deep": s.email}],
             "password": s.password, "support_email": "help@shop.example",
             "plan": "pro"}
    return [
        item("event", name="privacy_event", properties=props),
        item("event", name="viewed by " + s.email),
        item("event", name="paid", properties={"pan": s.card}),
        item("user_properties", operations=[
            {"op": "set", "key": "phone", "value": s.phone},
            {"op": "set", "key": "billing_address", "value": s.street}]),
        item("crash", exception={
            "type": "NoUser", "message": "no user " + s.email,
            "stacktrace": "at f (/home/%s/app.js:1:2)" % s.home},
            breadcrumbs=[{"message": "login " + s.email, "note": s.note}],
            fingerprint="crash of " + s.email),
        item("trace", trace={"trace_id": "t1", "name": "load",
                             "duration_ms": 5, "attributes": {"who": s.email},
                             "spans": [{"name": "q", "who": s.span}]}),
    ]


def send(lab, tenant, items, path="/api/v1/ingest/batch", **more):
    status, _, reply = e2e.call_json(lab, "POST", path, tenant.key,
                                     e2e.envelope(items, **more))
    return status, reply


# one call: a stack that others used has thousands of keys
BESIDE = """local out = { redis.call('XRANGE', 'tm:q:ingest', '-', '+') }
for _, key in ipairs(redis.call('KEYS', 'tm:rejects:*')) do
  out[#out + 1] = redis.call('LRANGE', key, 0, -1)
end
for _, key in ipairs(redis.call('KEYS', 'tm:idem:*')) do
  out[#out + 1] = redis.call('HGETALL', key)
end
return out"""
LOSE = """redis.call('DEL', 'tm:rules:' .. ARGV[1])
local n = 0
for _, key in ipairs(redis.call('KEYS', 'tm:key:*')) do
  if redis.call('HGET', key, 'env') == ARGV[1] then
    n = n + redis.call('HINCRBY', key, 'rules_version', 1)
  end
end
return n"""


class Places:
    """Where a secret could have been left, as bytes."""

    def __init__(self, lab):
        self.lab = lab

    def queue(self):
        """The stream itself, as it lies in Redis, with what is beside it."""
        return self.lab.dev("redis", "EVAL", BESIDE, "0")

    def files(self):
        """Logs of all parts, and Redis' append-only file."""
        state = os.path.realpath(os.path.join(self.lab.var, "state"))
        if not os.path.isdir(state):
            state = self.lab.var
        out = b""
        for name in (glob.glob(state + "/log/*") + glob.glob(self.lab.var + "/log/*")
                     + glob.glob(state + "/redis/**", recursive=True)):
            if os.path.isfile(name):
                with open(name, "rb") as f:
                    f.seek(max(0, os.path.getsize(name) - (32 << 20)))
                    out += f.read()
        return out.decode("utf-8", "replace")

    def rows(self, env):
        """Every table that has rows of an environment, as text."""
        out = []
        for (table,) in self.lab.sql(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " AND a.attname = 'environment_id' JOIN pg_namespace n ON n.oid ="
                " c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
                " AND NOT c.relispartition"):
            wire = ", encode(wire, 'escape')" if table == "dead_letters" else ""
            out += [" ".join(r) for r in self.lab.sql(
                "SELECT row_to_json(x)::text%s FROM %s x WHERE environment_id = %d"
                % (wire, table, env))]
        return "\n".join(out)


def found(secrets, text):
    return sorted(k for k, v in secrets.all().items() if v in text)


def scrubbed(lab, tenant, places):
    """Rules on: nothing is found while it is queued, nor when it is stored."""
    s = Secrets(lab.rng)
    with lab.paused():
        status, reply = send(lab, tenant, batch(s))
        tap.equal((status, reply["accepted"], reply["rejected"]), (202, 5, 1),
                  "five items are taken, the one with a card number is not")
        drops = [r for r in reply["results"] if r["result"] == "drop"]
        tap.equal([(r["index"], r["code"]) for r in drops], [(2, "pii_policy")],
                  "its result says why")
        queued = places.queue()
        tap.ok("privacy_event" in queued, "the batch lies in the queue")
        tap.equal(found(s, queued), [], "no secret is in the queue, rejects, replies")
    tap.ok(lab.drain(60), "stored")
    rows = places.rows(tenant.env)
    tap.ok("privacy_event" in rows and "help@shop.example" in rows,
           "the rows are there, and the key that is kept")
    tap.equal(found(s, rows), [], "no secret is in any table")
    tap.ok("[email]" in rows and "[masked]" in rows and "h_" in rows,
           "marks stand where they were")
    tap.equal(found(s, places.files()), [],
              "no secret is in a log or in Redis' file")
    return s


def poisoned(lab, tenant, places):
    """Dead letters hold scrubbed bytes: a trigger refuses this tenant's rows."""
    s = Secrets(lab.rng)
    lab.sql("CREATE FUNCTION privacy_e2e() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'no' USING ERRCODE = '22000'; END $$")
    lab.sql("CREATE TRIGGER privacy_e2e BEFORE INSERT ON seen FOR EACH ROW WHEN"
            " (NEW.environment_id = %d) EXECUTE FUNCTION privacy_e2e()" % tenant.env)
    try:
        send(lab, tenant, batch(s))
        dead = "SELECT count(*) FROM dead_letters WHERE environment_id = %d" % tenant.env
        took = e2e.until(30, lambda: int(lab.value(dead)) >= 5)
        tap.ok(took is not None, "five items become dead letters", lab.value(dead))
    finally:
        lab.sql("DROP TRIGGER privacy_e2e ON seen")
        lab.sql("DROP FUNCTION privacy_e2e()")
    rows = places.rows(tenant.env)
    tap.equal(found(s, rows), [], "no secret is in them")
    lab.sql("UPDATE dead_letters SET wire = wire || convert_to('%s', 'UTF8') WHERE"
            " environment_id = %d" % (s.email, tenant.env))
    tap.must_fail(found(s, places.rows(tenant.env)) == [],
                  "one that is put into a dead letter is seen by the scan")
    lab.sql("UPDATE dead_letters SET resolved_at = now(), resolution = 'dropped' WHERE"
            " environment_id = %d" % tenant.env)


def control(lab, tenant, places):
    """The same with the rules off: the scan must find what is there."""
    ctl(lab, tenant, "environment", "set", "--pii-rules", "-", data=b"")
    s = Secrets(lab.rng)
    with lab.paused():
        status, reply = send(lab, tenant, batch(s))
        tap.equal((status, reply["accepted"]), (202, 6), "rules off: all six are taken")
        queued = found(s, places.queue())
        tap.must_fail(queued == [], "rules off: secrets are in the queue")
        tap.equal(sorted(set(s.all()) - set(queued)), ["password"],
                  "all of them but the password, which the list removes")
    tap.ok(lab.drain(60), "stored")
    tap.must_fail(found(s, places.rows(tenant.env)) == [],
                  "rules off: secrets are in the tables")
    tap.must_fail(found(s, places.files()) == [],
                  "rules off: secrets are in Redis' file")


def ctl(lab, tenant, *args, data=None):
    return lab.ctl(*args, "--project", tenant.project, "--env", "prod", data=data)


def validate(lab, tenant):
    s = Secrets(lab.rng)
    items = [i for i in batch(s) if i.get("name") != "paid"]
    status, reply = send(lab, tenant, items, "/api/v1/ingest/validate")
    told = {(r["scope"], r["key"], r["action"]) for r in reply.get("scrubbed", [])}
    tap.equal(status, 200, "validate takes it")
    for want in (("properties", "contact", "mask"), ("properties", "customer_ref", "hash"),
                 ("properties", "Home-Address", "drop"), ("properties", "password", "drop"),
                 ("user", "phone", "mask"), ("exception", "message", "mask"),
                 ("breadcrumbs", "note", "drop"), ("attributes", "who", "mask"),
                 ("name", "name", "mask")):
        tap.ok(want in told, "validate tells of %s %s: %s" % want, sorted(told))
    tap.equal(found(s, json.dumps(reply["scrubbed"])), [], "and never of a value")


def commands(lab, tenant):
    shown = ctl(lab, tenant, "policy", "show")
    tap.equal([r["rule"] for r in shown], RULES.strip().split("\n"),
              "policy show prints the rules")
    p = subprocess.run([os.path.join(e2e.ROOT, "dev"), "ctl", "policy", "test", "--project",
                        tenant.project, "--env", "prod", "-"], input=b"burn key x\n",
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.equal((p.returncode, b"rules.1" in p.stderr), (65, True),
              "a rule that is none is refused by its line")
    tested = ctl(lab, tenant, "policy", "test", "-", data=b"mask key plan\n")
    tap.ok(any(r["key"] == "plan" and r["before"] == "pro" and r["after"] == "[masked]"
               for r in tested), "policy test shows before and after", tested)
    before = lab.value("SELECT md5(pii_rules) FROM environments WHERE id = %d" % tenant.env)
    ctl(lab, tenant, "policy", "test", "-", data=b"drop key *\n")
    tap.equal(lab.value("SELECT md5(pii_rules) FROM environments WHERE id = %d" % tenant.env),
              before, "and saves nothing")


def owner(lab, tenant):
    """The tenant's owner with a session; the base of the pages."""
    s = site.Site(lab.url)
    s.sign_in(lab.owner, PASSWORD)
    slug = lab.value("SELECT slug FROM projects WHERE id = '%s'" % tenant.project)
    return s, "/t/%s/p/%s/prod/" % (tenant.team, slug)


def pages(lab, tenant):
    """Preview, save, accept: by the page's own forms."""
    s = Secrets(lab.rng)
    ctl(lab, tenant, "environment", "set", "--pii-rules", "-", data=b"")
    time.sleep(1.1)
    send(lab, tenant, [dict(type="event", event_id=str(uuid.uuid4()), name="form",
                            timestamp=e2e.stamp(1), properties={
                                "buyer_mail": s.email, "comment": "see " + s.ref})
                       for _ in range(6)])
    lab.drain(60)
    browser, base = owner(lab, tenant)
    page = browser.get(base + "privacy")
    tap.ok("buyer_mail" in page.text and "mask key buyer_mail in properties" in page.text,
           "a field of mail addresses is proposed", page.text[-800:])
    looks = page.text[page.text.index("Looks personal"):]
    tap.ok(s.email not in looks, "by its shape, not its value")
    bad = browser.submit(page, "/privacy", rules="mask value mail")
    tap.equal((bad.status, "Line 1" in bad.text), (422, True), "what is wrong stands at its line")
    fields = dict(page.form("/privacy").fields, rules="mask value email\ndrop key comment")
    seen = browser.request("POST", base + "privacy/preview", fields)
    tap.ok("What these rules would change" in seen.text and "drop key comment" in seen.text
           and "[email]" in seen.text, "the preview shows key, before and after", seen.text[:300])
    tap.equal(ctl(lab, tenant, "policy", "show"), [], "the preview saves nothing")
    done = browser.submit(page, "/privacy", rules="mask value email in user")
    tap.ok("The rules are saved" in done.text, "saved by the form")
    form = [f for f in done.forms if (f.action or "").endswith("/privacy/accept")
            and dict(f.fields)["rule"] == "mask key buyer_mail in properties"][0]
    done = browser.follow(browser.request("POST", form.action, form.fields))
    tap.ok("The rule is added" in done.text, "a proposal is accepted with one press")
    tap.equal([r["rule"] for r in ctl(lab, tenant, "policy", "show")],
              ["mask value email in user", "mask key buyer_mail in properties"],
              "behind the rules that were there")
    told = lab.value("SELECT count(*) FROM audit_entries a JOIN teams t ON t.id = a.team_id WHERE"
                     " t.slug = '%s' AND action = 'environment.set' AND detail ? 'pii_rules'"
                     % tenant.team)
    tap.equal(int(told), 2, "both acts are in the audit, the preview is not")
    took = e2e.until(20, lambda: masked(lab, tenant))
    tap.ok(took is not None, "the door follows", took)


def masked(lab, tenant):
    status, reply = send(lab, tenant, [dict(
        type="event", event_id=str(uuid.uuid4()), name="form", timestamp=e2e.stamp(1),
        properties={"buyer_mail": "x@y.de"})], "/api/v1/ingest/validate")
    return status == 200 and bool(reply["scrubbed"])


def lost(lab, tenant):
    """Redis has lost the rules: nothing is taken that cannot be scrubbed."""
    tap.at_least(int(lab.redis("EVAL", LOSE, "0", str(tenant.env))), 1, "a key of new rules")
    time.sleep(0.7)
    status, _ = send(lab, tenant, [e2e.event("late")])
    tap.equal(status, 503, "rules lost: 503, the SDK keeps its items")
    ctl(lab, tenant, "environment", "set", "--pii-rules", "-", data=RULES.encode())
    tap.ok(e2e.until(20, lambda: send(lab, tenant, [e2e.event("again")])[0] == 202) is not None,
           "and it goes on when they are back")


def main():
    lab = e2e.start()
    tenant = lab.tenant("privacy")
    places = Places(lab)
    ctl(lab, tenant, "environment", "set", "--pii-rules", "-", data=RULES.encode())
    time.sleep(1.1)  # a worker keeps a key's settings for half a second
    scrubbed(lab, tenant, places)
    commands(lab, tenant)
    validate(lab, tenant)
    poisoned(lab, tenant, places)
    with lab.redis_setting("auto-aof-rewrite-percentage", "0"):  # what was sent stays in its file
        control(lab, tenant, places)
    pages(lab, tenant)
    lost(lab, tenant)
    tap.done()


main()
