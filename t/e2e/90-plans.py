#!/usr/bin/env python3
"""Plans and quotas with real batches: what is stored is metered, the limit
drops events with a reason and lets crashes go on up to a reserve, warnings
come once, and other entitlements refuse. Fifty senders at once at the limit
go over it by less than a batch."""
import concurrent.futures
import csv
import io
import json
import threading

import e2e
import outbox
import site_http as site
from e2e import tap
from shop import Shop


class World(Shop):
    def __init__(self, lab):
        super().__init__(lab, "plans")

    def plan(self, *args):
        return self.lab.ctl("plan", "set", "--team", self.slug, *args)

    def send(self, events, key=None, headers=()):
        return e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch",
                             key or self.key, e2e.envelope(events), headers)

    def usage(self):
        row = self.lab.sql(
            "SELECT events, crashes, traces, offered, dropped, api_calls FROM"
            " team_usage WHERE team_id = '%s'" % self.team["id"])
        return [int(x) for x in row[0]] if row else [0] * 6

    def audit(self, action):
        return self.lab.sql(
            "SELECT target, detail FROM audit_entries WHERE team_id = '%s' AND"
            " action = '%s' ORDER BY id" % (self.team["id"], action))

    def get(self, path, status=200):
        code, head, body = e2e.call_json(self.lab, "GET", path, self.token)
        tap.equal(code, status, "GET %s is %d" % (path, status))
        return body


def ctl_code(lab, *args):
    return lab.dev_status("ctl", *args)


def job(lab):
    """The job of plans runs now instead of within its period."""
    return lab.ctl("job", "run", "usage", "--timeout", "60")["ok"]


def events(n, name="plans"):
    return [e2e.event(name) for _ in range(n)]


def crash(text="boom"):
    return e2e.event(type="crash", exception={
        "type": "E", "message": text, "stacktrace": "#0 main (a.dart:1)"})


def trace():
    return e2e.event("load", type="trace", duration_ms=12)


def unlimited(w):
    lab = w.lab
    sub = w.get("/api/v1/billing/subscription")
    tap.equal((sub["tier"], sub["status"], sub["usage"]["events_limit"]),
              ("enterprise", "active", None),
              "a team is on the default plan: without limits")
    tap.equal(lab.redis("EXISTS", "tm:quota:" + w.team["id"]), "0",
              "the door holds no quota of it")
    plans = w.get("/api/v1/billing/plans")["plans"]
    tap.equal([p["id"] for p in plans],
              ["free", "trial", "pro", "business", "enterprise"],
              "five plans")
    tap.ok(all({"id", "name", "price", "features"} <= set(p) for p in plans)
           and plans[2]["trial_days"] == 14, "with the contract's keys")
    tap.equal(e2e.call(lab, "GET", "/api/v1/billing/plans")[0], 401,
              "not without a token")
    tap.equal(e2e.call(lab, "GET", "/api/v1/billing/plans", w.key)[0], 403,
              "not with a write key")
    signed_in = e2e.call_json(lab, "POST", "/api/auth/login", None,
                              {"email": w.owner_mail, "password": site.PASSWORD})
    tap.equal(signed_in[2]["user"]["tier"], "enterprise",
              "signing in tells the tier")
    page = w.owner.get(w.t + "/billing")
    tap.ok("unlimited" in page.text and "Enterprise" in page.text and
           "takes no payments" in page.text, "the page says so", page.text)


def metered(w):
    """Rows really inserted, in one transaction with them."""
    lab = w.lab
    w.plan("--plan", "pro")
    batch = events(20) + [crash(), trace(), trace()]
    tap.equal(w.send(batch)[0], 202, "23 items")
    tap.equal(w.send(batch)[0], 202, "and the same again")
    lab.drain()
    tap.equal(w.usage()[:5], [20, 1, 2, 46, 0],
              "each is counted once; the door offered them twice")
    tap.equal(w.usage()[0], int(lab.value(
        "SELECT count(*) FROM events WHERE environment_id = %s" % w.env)),
        "as many as there are rows")
    used = w.get("/api/v1/billing/subscription")["usage"]
    tap.equal((used["events_used"], used["events_limit"]), (23, 5000000),
              "the API tells the same")
    months = w.get("/api/v1/billing/usage")["months"]
    tap.equal((months[0]["events"], months[0]["crashes"],
               months[0]["traces"]), (20, 1, 2), "and the month's row")
    page = w.owner.get(w.t + "/billing")
    tap.ok("20 events, 1 crashes, 2 traces" in page.text and "Pro" in
           page.text, "and the page", page.text[:900])
    head, row = list(csv.reader(io.StringIO(
        w.owner.get(w.t + "/billing.csv").html)))[:2]
    tap.equal((dict(zip(head, row))["events"],
               dict(zip(head, row))["traces"]), ("20", "2"), "and the CSV")


def over(w):
    """The limit, the reserve, the end: 30 + 7, of which 23 are used."""
    lab = w.lab
    w.plan("--limit", "events=30,crash_reserve=7")
    status, _, body = w.send(events(10))
    tap.equal((status, body["accepted"], "quota" in body), (202, 10, False),
              "a batch that begins below the limit is taken whole")
    status, _, body = w.send(events(3) + [crash("a")] + events(1))
    tap.equal((status, body["accepted"], body["rejected"]), (202, 1, 4),
              "beyond it only the crash is taken")
    tap.equal([(r["index"], r["result"], r["code"]) for r in body["results"]],
              [(i, "drop", "quota_exceeded") for i in (0, 1, 2, 4)],
              "each dropped item says why")
    tap.ok(body["quota"]["category"] == "event" and
           body["quota"]["resets_at"].endswith("-01T00:00:00.000Z"),
           "and until when", body.get("quota"))
    first = body["batch_id"]
    status, _, body = w.send(events(2))
    tap.equal((status, body["accepted"], body["rejected"]), (202, 0, 2),
              "a batch without crashes is 202 with nothing accepted")
    lab.drain()
    code, _, told = e2e.call_json(lab, "GET", "/api/v1/ingest/batches/" +
                                  first, w.key)
    tap.equal((code, told["accepted"], told["stored"], told["dropped"],
               told["dropped_by"], told["rejected"]),
              (200, 1, 1, 4, {"quota_exceeded": 4}, 0),
              "the ledger has the drops")
    tap.equal(w.usage()[4], 6, "and so has the month")
    # the reserve
    status, _, body = w.send([crash("b"), crash("c"), crash("d")])
    tap.equal(body["accepted"], 3, "crashes go on in the reserve")
    status, _, body = w.send([crash("e")] + events(1))
    tap.equal((body["accepted"], body["rejected"],
               body["quota"]["category"]), (0, 2, "crash"),
              "and end with it")
    status, head, body = e2e.call_json(
        lab, "POST", "/api/v1/ingest/batch?strict=1", w.key,
        e2e.envelope(events(1)))
    tap.equal((status, body["error"], body["details"]["category"]),
              (429, "quota_exceeded", ["crash"]),
              "all or nothing is refused as a whole")
    tap.ok(int(head["retry-after"]) > 0, "with Retry-After")
    # a stored reply stays
    same = {"Idempotency-Key": "k-%d" % w.mark}
    body = json.dumps(e2e.envelope(events(2))).encode()
    once = e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key, body,
                         same)[2]
    again = e2e.call_json(lab, "POST", "/api/v1/ingest/batch", w.key, body,
                          same)[2]
    tap.equal((once["rejected"], again), (2, once),
              "a repeat gets the stored reply")
    # negative control: another team sends on
    other = lab.tenant("plans")
    tap.equal(e2e.call_json(lab, "POST", "/api/v1/ingest/batch",
                            other.key, e2e.envelope(events(2)))[2]
              ["accepted"], 2, "another team is not touched")


def warned(w):
    lab = w.lab
    tap.ok(job(lab), "the job of plans runs")
    details = [json.loads(d) for _, d in w.audit("quota.warn")]
    tap.ok({"meter": "events", "percent": "100"}.items() <=
           details[-1].items(), "audited with the meter", details)
    mail = outbox.wait(w.owner_mail, "quota", seconds=20, var=lab.var)
    tap.ok("reached its limit" in mail["Subject"] and w.t + "/billing" in
           mail.get_body(("plain",)).get_content(),
           "the owner has a mail", mail["Subject"])
    for path in ("/billing", "/members"):
        tap.ok("limit of the plan is reached" in
               w.owner.get(w.t + path).text, "a banner stands above " + path)
    tap.ok("used up" in w.system.get("/system/plans?q=" + w.slug).text,
           "the system's page marks the team")
    # the job runs again: nobody is told twice
    job(lab)
    tap.equal((len(w.audit("quota.warn")),
               len(outbox.mails(w.owner_mail, "quota", lab.var))),
              (len(details), len(details)), "once a month and level")
    tap.equal(lab.value("SELECT count(*) FROM usage_warnings WHERE team_id ="
                        " '%s'" % w.team["id"]), str(len(details)),
              "as the table has it")


def opened(w):
    """More room is there at once; the month ends by the clock."""
    lab = w.lab
    w.plan("--limit", "events=1000")
    tap.equal(w.send(events(5))[2]["accepted"], 5,
              "a higher limit opens the door at once")
    tap.ok("limit of the plan is reached" not in
           w.owner.get(w.t + "/members").text, "and the banner is gone")
    w.plan("--limit", "events=1")
    tap.equal(w.send(events(5))[2]["accepted"], 0, "a lower one closes it")
    past = lab.redis("TIME").split()[0] + "000000"
    key = "tm:quota:" + w.team["id"]
    with lab.held("usage"):  # which would put the month right
        until = lab.redis("HGET", key, "until_us")
        lab.redis("HSET", key, "until_us", str(int(past) - 10 ** 7))
        tap.equal(w.send(events(5))[2]["accepted"], 5,
                  "when the month is over, the count begins anew")
        tap.equal(w.send(events(5))[2]["accepted"], 0, "and ends at the limit")
        lab.redis("HSET", key, "until_us", until)
    w.plan("--plan", "default")
    tap.equal(w.send(events(5))[2]["accepted"], 5,
              "without a limit everything goes")


def race(w):
    """Fifty at once, ten items each, room for 95."""
    lab = w.lab
    lab.drain()
    used = sum(w.usage()[:3])
    w.plan("--plan", "pro", "--limit",
           "events=%d,crash_reserve=0" % (used + 95))
    gate = threading.Barrier(50)

    def one(_):
        gate.wait()
        return w.send(events(10, "race"))[2]["accepted"]

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        taken = list(pool.map(one, range(50)))
    tap.equal(sum(taken), 100,
              "50 senders at once go over the limit by less than a batch")
    lab.drain()
    tap.equal(lab.value("SELECT count(*) FROM events WHERE environment_id ="
                        " %s AND name = 'race'" % w.env), "100",
              "as many are stored")
    tap.equal(sum(w.usage()[:3]), used + 100, "and counted")
    # negative control: without a limit the same crowd gets all of it in
    w.plan("--plan", "default")
    gate = threading.Barrier(50)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        tap.equal(sum(pool.map(one, range(50))), 500,
                  "without a limit all 500 are taken")


def calls(w):
    lab = w.lab
    lab_key = "tm:calls:" + e2e.stamp()[:7].replace("-", "")

    def count():
        return int(lab.redis("HGET", lab_key, w.team["id"]) or 0)

    before = count()
    for _ in range(5):
        e2e.call(lab, "GET", "/api/v1/projects", w.token)
    e2e.until(20, lambda: count() >= before + 5)
    tap.equal(count() - before, 5, "API calls are counted")
    w.plan("--plan", "pro", "--limit", "api_calls=%d" % (before + 6))
    codes = [e2e.call_json(lab, "GET", "/api/v1/projects", w.token)
             for _ in range(4)]
    tap.ok([c[0] for c in codes][-1] == 429 and codes[0][0] == 200,
           "beyond the limit they are refused", [c[0] for c in codes])
    tap.equal((codes[-1][2]["error"], codes[-1][2]["details"]["category"]),
              ("quota_exceeded", ["api_calls"]), "with the category")
    tap.ok(int(codes[-1][1]["retry-after"]) > 0, "and Retry-After")
    w.plan("--plan", "default")
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects", w.token)[0], 200,
              "and go on with a plan that has them")
    job(lab)
    tap.at_least(w.usage()[5], before + 5, "the job folds them into the month")


def refusals(w):
    """Projects, members, retention, exports."""
    lab = w.lab
    w.plan("--plan", "free", "--limit", "members=1,projects=1")
    status, _, body = e2e.call_json(lab, "POST", "/api/v1/projects", w.token,
                                    {"name": "Second"})
    tap.equal((status, body["error"]), (403, "plan_limit"),
              "a project too many is refused by the API")
    page = w.owner.submit(w.owner.get(w.t + "/projects/new"), "/projects/new",
                          name="Second", platform="web")
    tap.ok(page.status == 403 and "this team's plan (free) has 1" in
           page.text, "by the page, with the reason", page.text[:300])
    code = ctl_code(lab, "project", "create", "--team", w.slug, "--name", "S")
    tap.equal(code, 77, "and by tidemarkctl")
    page = w.owner.submit(w.owner.get(w.t + "/members"), "/invitations",
                          emails="plans-x-%d@example.org" % w.mark)
    tap.ok("has 1" in page.text, "nobody else can be invited",
           page.text[:400])
    p = w.t + "/p/shop/prod"
    page = w.owner.submit(w.owner.get(p + "/storage"), "/storage",
                          retention_raw_days="400")
    tap.ok(page.status in (403, 422) and "plan (free) has 30" in page.text,
           "data cannot be kept longer", page.text[:400])
    page = w.owner.get(p + "/events.csv")
    tap.ok(page.status == 403 and w.t + "/billing" in page.html,
           "exports are not in the plan, and the page leads to the plans", page.html[-900:])
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects/%s/sessions?format=csv"
                       % w.project, w.token)[0], 403, "nor by the API")
    tap.equal(e2e.call(lab, "GET", "/api/v1/projects/%s/crashes"
                       % w.project, w.token)[0], 200, "the same as JSON is")
    w.plan("--limit", "projects=2")
    made = lab.ctl("project", "create", "--team", w.slug, "--name", "Second")
    tap.equal(lab.value(
        "SELECT min(retention_raw_days) || ' ' || max(retention_crash_days)"
        " FROM environments WHERE project_id = '%s'" % made["id"]), "30 30",
        "a new project keeps what the plan allows")
    w.plan("--plan", "enterprise", "--limit", "members=plan,projects=plan")
    tap.equal(w.owner.get(p + "/events.csv").status, 200,
              "another plan opens all of it")


def by_page(w):
    page = w.system.get("/system/plans?q=" + w.slug)
    tap.ok(w.slug in page.text, "system administrators find the team")
    done = w.system.submit(page, "/system/plans/set", team=w.slug, plan="pro",
                           limits="events=77")
    tap.ok("The plan is set" in done.text, "and set its plan", done.text[:300])
    sub = w.get("/api/v1/billing/subscription")
    tap.equal((sub["tier"], sub["usage"]["events_limit"]), ("pro", 77),
              "with a limit of its own")
    detail = json.loads(w.audit("plan.set")[-1][1])
    tap.equal(detail["plan"], {"from": "enterprise", "to": "pro"},
              "audited for the team")
    told = w.owner.get(w.t + "/audit?action=plan.set")
    target = "team:" + w.team["id"]
    tap.ok('title="%s"' % target in told.html and target not in told.text,
           "whose audit names it, and keeps the id behind", told.text[-600:])
    for fields, says in (({"team": "no-such-team"}, "There is no team"),
                         ({"limits": "evnts=5"}, "no entitlement"),
                         ({"limits": "events=-5"}, "a whole number")):
        bad = w.system.submit(page, "/system/plans/set", **dict(
            {"team": w.slug, "plan": "pro"}, **fields))
        tap.ok(bad.status == 422 and says in bad.text,
               "%s is refused beside its field" % fields, bad.text[:300])
    done = w.system.submit(page, "/system/plans/set", team=w.slug,
                           plan="business", when="period")
    sub = w.get("/api/v1/billing/subscription")
    tap.equal((sub["tier"], sub["next_plan"]), ("pro", "business"),
              "a change can wait for the period's end")
    tap.ok("Business, from" in w.owner.get(w.t + "/billing").text,
           "and the team's page says so")
    trial = w.system.submit(page, "/system/plans/set", team=w.slug, plan="trial")
    sub = w.get("/api/v1/billing/subscription")
    tap.ok(sub["status"] == "trialing" and sub["trial_ends_at"],
           "a trial has its end", sub)
    tap.equal(w.owner.get("/system/plans").status, 404,
              "an owner does not see that page")
    forged = w.owner.request("POST", "/system/plans/set", trial.form(
        "/system/plans/set").fields)
    tap.ok(forged.status in (403, 404), "nor can post to it", forged.status)
    w.system.submit(page, "/system/plans/set", team=w.slug, plan="default")
    tap.equal(w.get("/api/v1/billing/subscription")["tier"], "enterprise",
              "and back")


def by_api(w):
    """The provider takes no payments: who runs the server may, nobody else."""
    lab, path = w.lab, "/api/v1/billing/subscribe"
    admin = lab.ctl("token", "create", "--user", w.owner_mail, "--team", w.slug, "--scopes",
                    "admin,projects:read")["token"]

    def ask(body, token=admin):
        return e2e.call_json(lab, "POST", path, token, body)

    tap.equal(ask({"plan_id": "pro"}, w.token)[0], 403, "not without the scope admin")
    code, _, body = ask({"plan_id": "pro"})
    tap.ok(code == 403 and "takes no payments" in body["message"],
           "an owner is told who sets the plan", body)
    before = w.get("/api/v1/billing/subscription")["tier"]
    tap.equal(before, "enterprise", "and nothing changed")
    lab.sql("UPDATE users SET system_admin = true WHERE email = '%s'" % w.owner_mail)
    tap.equal([ask(b)[0] for b in ({}, {"plan_id": "gold"}, {"plan": "pro"})], [422] * 3,
              "no plan, no such plan, no such field")
    code, _, body = ask({"plan_id": "pro"})
    sub = w.get("/api/v1/billing/subscription")
    tap.equal((code, body["client_secret"], body["tier"], body["subscription_id"]),
              (200, None, "pro", sub["id"]), "a system administrator's team has it at once")
    tap.equal(json.loads(w.audit("plan.set")[-1][1])["plan"], {"from": "enterprise", "to": "pro"},
              "which the audit tells")
    tap.equal(lab.redis("HGET", "tm:quota:" + w.team["id"], "limit"), "5000000",
              "and the door knows")
    body = ask({"plan_id": "free"})[2]
    tap.equal((body["tier"], body["next_plan"]), ("pro", "free"),
              "a smaller one waits for the period's end")
    body = ask({"plan_id": "business"})[2]
    tap.equal((body["tier"], body["next_plan"]), ("business", None), "a larger one does not")
    lab.sql("UPDATE users SET system_admin = false WHERE email = '%s'" % w.owner_mail)
    tap.must_fail(ask({"plan_id": "pro"})[0] == 200, "an owner again")
    w.plan("--plan", "default")


def words(w):
    lab = w.lab
    for args, code in ((("plan", "set", "--team", w.slug), 64),
                       (("plan", "set", "--team", w.slug, "--plan", "gold"),
                        66),
                       (("plan", "set", "--team", "no-such", "--plan",
                         "pro"), 66),
                       (("plan", "set", "--team", w.slug, "--limit",
                         "events"), 65),
                       (("plan", "set", "--team", w.slug, "--plan", "pro",
                         "--status", "rich"), 64),
                       (("plan", "show"), 64)):
        tap.equal(ctl_code(lab, *args), code, "tidemarkctl %s: exit %d"
                  % (" ".join(args[:2] + args[4:]), code))
    tap.equal(w.lab.ctl("plan", "show", "--team", w.slug)["plan"],
              "enterprise", "and nothing changed")


def main():
    lab = e2e.start()
    w = World(lab)
    e2e.clear_of("month", 240)
    unlimited(w)
    metered(w)
    over(w)
    warned(w)
    opened(w)
    race(w)
    calls(w)
    refusals(w)
    by_page(w)
    by_api(w)
    words(w)


tap.run(main)
