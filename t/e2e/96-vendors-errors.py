#!/usr/bin/env python3
"""Sentry's and PostHog's official clients (Node, Python, Chromium), unmodified,
with only the host changed: errors are crash groups with the app's own frames,
spans are traces, sessions are sessions, the rest are events and what is known
of people; no client reports an error, storms end, and the same bytes again
change nothing. See /docs/compatibility."""
# takes: 23 s
import concurrent.futures
import json
import uuid

import e2e
import site_http as site
import vendors
from e2e import tap

CLIENTS = {
    "sentry-node": ("sentry.mjs", True), "sentry-python": ("sentry_python.py", True),
    "posthog-node": ("posthog.mjs", True), "posthog-python": ("posthog_python.py", False),
    "posthog-js": ("posthog_js.mjs", False),
}


def drive(v):
    script, dies = CLIENTS[v.name]
    errors = v.drive(script)["errors"]
    return errors + (v.drive(script, "uncaught")["errors"] if dies else [])


def some(v, rows, **want):
    """The rows that hold want."""
    got = [r for r in rows if vendors.fits(r, want)]
    tap.ok(got, "%s: %s" % (v.name, json.dumps(want)), json.dumps(rows)[:2000])
    return got or [{}]


def only_events(v, *names):
    tap.equal(sorted(e["name"] for e in v.events()), sorted(names), v.name + ": no other events")


# --- crashes ---

def groups(v, **counts):
    """Crash groups by the type in their title: how many crashes each holds."""
    have = v.get("crashes")["crashes"]
    tap.equal({g["title"].split(":")[0]: g["crashes"] for g in have}, counts,
              v.name + ": crash groups, the same error again in the same one")
    return {g["title"].split(":")[0]: g["group_id"] for g in have}


def frames(v, viewer, group, file, line):
    """The crash page: the app's own frames in front, with file and line."""
    sample = v.get("crashes/%s/samples" % group)["samples"][0]
    page = viewer.get("%s/crashes/%s" % (v.page, group))
    text = page.text[page.text.find("#0"):page.text.find("As it was printed")]
    own = ["total", "checkout"]
    at = [text.find(w) for w in own + ["%s:%d" % (file, line)]]
    tap.ok(page.status == 200 and -1 not in at and at[0] < at[1],
           v.name + ": the page shows the app's frames, with file and line", text[:800])
    tap.ok(file in sample["exception"]["stacktrace"], v.name + ": and the API the stack", sample)
    return sample, text


def line_of(script, part):
    with open("%s/vendors/%s" % (e2e.HERE, script), encoding="utf-8") as f:
        return 1 + [part in line for line in f].index(True)


# --- Sentry ---

APP = {"bundle_id": "shop", "version_name": "2.1.0", "build_number": "210"}


def sentry(v, viewer, user, script, line, named):
    """What both of Sentry's clients must have left."""
    person = {"user_id": user, "app": APP}
    some(v, v.events(), name="message", **person, properties={
        "message": "cart is empty", "level": "info", "plan": "pro", "environment": "prod"})
    trace = some(v, v.get("traces")["traces"], name="load cart", app=APP,
                 attributes={"op": "task"})[0]
    tap.ok(120 <= trace.get("duration_ms", 0) < 5000, v.name + ": the span's duration", trace)
    spans = json.dumps(v.get("traces/" + trace["event_id"]))
    tap.ok('"SELECT cart"' in spans, v.name + ": with its span", spans)
    sessions = [s for s in v.get("sessions")["sessions"] if not s["inferred"]]
    tap.ok(len(sessions) >= named and all(s["ended"] for s in sessions),
           v.name + ": its sessions, ended", sessions)
    sample, text = frames(v, viewer, v.group["first"], script, line)
    tap.ok(vendors.fits(sample, dict(person, fatal=False, properties={"plan": "pro"}))
           and sample["breadcrumbs"][-1]["message"] == "opened cart",
           v.name + ": user, release, tags and breadcrumbs of a crash", sample)
    fatal = v.get("crashes/%s/samples" % v.group["fatal"])["samples"][0]
    tap.equal(fatal["fatal"], True, v.name + ": what ended the process is fatal")
    kept = json.dumps([v.events(), sample, fatal])
    tap.ok("ada@example.org" not in kept and "function checkout" not in kept,
           v.name + ": neither mail address nor source is kept", kept[:500])
    return text


def sentry_node(v, viewer):
    # one title, two errors: caught, and what ended the process
    have = v.get("crashes")["crashes"]
    tap.equal(sorted((g["title"].split(" (")[0], g["crashes"]) for g in have), [
        ("Error: checkout failed", 1), ("RangeError: with a file", 1),
        ("TypeError: Cannot read properties of null", 1),
        ("TypeError: Cannot read properties of undefined", 2)],
        v.name + ": crash groups, the same error again in the same one")
    v.group = {"fatal" if "null" in g["title"] else "first": g["group_id"] for g in have
               if "TypeError" in g["title"]}
    text = sentry(v, viewer, "u-1", "sentry.mjs", line_of("sentry.mjs", "function total"), 2)
    tap.ok("frames of other code" in text, v.name + ": Node's own frames are folded", text[:800])
    some(v, v.events(), name="log", user_id="u-1", app=APP, properties={
        "message": "cart loaded", "level": "info", "items": 12, "ok": True})
    only_events(v, "message", "log", "log")
    passed = v.lab.sql("SELECT body FROM client_reports WHERE environment_id = %d"
                       " AND body ? 'passed_over'" % v.tenant.env)
    tap.equal(sorted(k for row in passed for k in json.loads(row[0])["passed_over"]),
              ["attachment", "check_in", "feedback"], v.name + ": what is passed over is counted")


def sentry_python(v, viewer):
    by = groups(v, KeyError=2, RuntimeError=1, TypeError=1)
    v.group = {"first": by.get("KeyError"), "fatal": by.get("TypeError")}
    sentry(v, viewer, "u-2", "sentry_python.py",
           line_of("sentry_python.py", "return len(cart"), 4)
    some(v, v.events(), name="log", app=APP, properties={"message": "cart loaded", "items": 12})
    only_events(v, "message", "log")


# --- PostHog ---

def people(v, user, other, **properties):
    person = some(v, v.get("persons")["persons"], user_id=user)[0]
    tap.equal(person.get("anonymous_id"), other, v.name + ": the other id is the same person")
    got = v.get("persons/%s" % person["person_id"])
    have = {p["key"]: p["value"] for p in got.get("properties", [])} \
        if isinstance(got.get("properties"), list) else got.get("properties", got)
    tap.ok(vendors.fits(have, properties), v.name + ": what was set of the user", got)


def posthog_node(v, viewer):
    events = v.events()
    some(v, events, name="order paid", user_id="u-1",
         session_id="019c0000-0000-7000-8000-000000000001", app={"version_name": "2.1.0"},
         properties={"amount": 12.5, "nested": {"a": [1, 2]}, "$groups": {"company": "acme"}})
    some(v, events, name="page_view", properties={"$current_url": "https://shop.test/a"})
    some(v, events, name="screen_view", properties={"screen": "Cart"})
    some(v, events, name="group", user_id=None, properties={
        "group_type": "company", "group_id": "acme", "seats": 5})
    only_events(v, "order paid", "page_view", "screen_view", "upgraded", "group")
    people(v, "u-1", "device-1", plan="max", first="x")
    have = v.get("crashes")["crashes"]
    tap.equal(sorted(g["crashes"] for g in have), [1, 1, 2],
              v.name + ": crash groups, the same error again in the same one")
    group = [g["group_id"] for g in have if g["crashes"] == 2][0]
    sample, _ = frames(v, viewer, group, "posthog.mjs", line_of("posthog.mjs", "function total"))
    tap.ok(vendors.fits(sample, {"user_id": "u-1", "fatal": False,
                                 "properties": {"where": "cart"}}), v.name + ": a crash", sample)
    fatal = [g["group_id"] for g in have if "null" in g["title"]][0]
    tap.equal(v.get("crashes/%s/samples" % fatal)["samples"][0]["fatal"], True,
              v.name + ": what ended the process is fatal")


def posthog_python(v, viewer):
    events = v.events()
    some(v, events, name="order paid", user_id="u-2", properties={"amount": 12.5})
    some(v, events, name="nobody's", user_id=None, anonymous_id=None, person_id=None)
    only_events(v, "order paid", "nobody's", "group")
    people(v, "u-2", "anon-2", plan="pro", first="x")
    by = groups(v, KeyError=2, RuntimeError=1)
    frames(v, viewer, by.get("KeyError"), "posthog_python.py",
           line_of("posthog_python.py", "return len(cart"))
    text = viewer.get("%s/crashes/%s" % (v.page, by.get("RuntimeError"))).text
    tap.ok(-1 < text.find("total") < text.find("chained"), v.name + ": of a chain the root first")


def posthog_js(v, viewer):
    events = v.events()
    paid = some(v, events, name="order paid", device={"platform": "web", "locale": "de-DE"},
                properties={"amount": 12.5})[0]
    view = some(v, events, name="page_view", user_id="u-3", properties={"title": "Shop"})[0]
    tap.ok(paid["person_id"] == view["person_id"] and paid["session_id"] == view["session_id"]
           and paid["session_id"], v.name + ": before and after identify one person, one session")
    names = [e["name"] for e in events]
    tap.ok({"$pageleave", "group"} <= set(names), v.name + ": the beacon too", names)
    people(v, "u-3", paid["anonymous_id"], plan="pro", first="x", seats=5)
    have = v.get("crashes")["crashes"]
    tap.equal(sorted(g["crashes"] for g in have), [1, 1], v.name + ": one error caught, one not")
    for g in have:
        sample, _ = frames(v, viewer, g["group_id"], "app.js", 1)
        tap.equal(sample["fatal"], "null" in g["title"], v.name + ": fatal when nobody caught it")


CHECKS = {"sentry-node": sentry_node, "sentry-python": sentry_python,
          "posthog-node": posthog_node, "posthog-python": posthog_python,
          "posthog-js": posthog_js}


# --- the same bytes, storms, the door ---

def again(lab, all_):
    before = [v.fingerprint() for v in all_]
    for v in all_:
        answers = v.resend()
        tap.ok(answers and set(answers) == {200},
               "%s: %d requests again, all answered 200" % (v.name, len(answers)), answers)
    lab.drain(30)
    tap.equal([v.fingerprint() for v in all_], before, "the same bytes again change nothing")
    status, _, _ = e2e.call(lab, "POST", "/api/7/store/?sentry_key=" + all_[0].tenant.key, None,
                            json.dumps({"event_id": uuid.uuid4().hex, "message": "x"}).encode())
    tap.equal(status, 200, "/store/ takes a single event")
    lab.drain(30)
    tap.must_fail(all_[0].fingerprint() == before[0], "another event changes something")
    tap.equal([v.rejects() for v in all_], [[]] * len(all_), "nothing was refused")


CORS = {"Access-Control-Allow-Origin": "*"}
# what the door answers at first, to whom
STORMS = {
    "posthog-node": ("posthog.mjs", [(503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}),
                                     (503, {})]),
    "posthog-js": ("posthog_js.mjs", [(503, CORS)] * 3),
    "sentry-node": ("sentry.mjs", [(503, {})] * 100),
}


def storm(name, lab):
    v = vendors.Vendor(lab, name + ", storm")
    script, v.recorder.storm = STORMS[name][0], list(STORMS[name][1])
    v.errors = v.drive(script, "storm")["errors"]
    return v


def storms(node, js, sentry_):
    """The door is busy: who sends again waits, and each call is there once;
    who does not gives up, and ends."""
    tap.equal((node.errors, node.recorder.refused), ([], 3),
              "a storm over posthog-node: three refusals, no error in the end")
    tap.equal(sorted(e["properties"]["n"] for e in node.events()), list(range(20)),
              "and every event once")
    told = [e for e in js.errors if "503" not in e]
    tap.equal((told, js.recorder.refused), ([], 3), "a storm over posthog-js: 503 is waited for")
    tap.equal((sorted(e["name"] for e in js.events()),
               [g["crashes"] for g in js.get("crashes")["crashes"]]),
              (["$pageleave", "group", "order paid", "page_view"], [1, 1]),
              "and every call is there once")
    tap.ok(5 <= sentry_.recorder.refused <= 25 and not sentry_.events(),
           "a storm over Sentry's client: each envelope once, then it ends",
           sentry_.recorder.refused)


def hold_back(lab):
    """Over the limit Sentry's own client goes on with crashes."""
    v = vendors.Vendor(lab, "sentry-node, limited")
    v.tenant = lab.tenant("vendor", rate_limit=4)
    v.drive("sentry.mjs")
    lab.drain(30)
    tap.ok(429 in [r["status"] for r in v.recorder.requests] and
           v.fingerprint()["crashes"] == "4",
           "over the limit Sentry's client loses no crash", v.fingerprint())
    v.recorder.close()


def limited(lab):
    """Over the limit: Sentry is told to hold back all but crashes, and crashes
    get in; PostHog gets 503, which its browser client keeps its batch for."""
    tenant = lab.tenant("vendor", rate_limit=2)
    path = "/api/1/envelope/?sentry_key=" + tenant.key

    def send(event):
        head = json.dumps({"event_id": uuid.uuid4().hex})
        return e2e.call(lab, "POST", path, None, "\n".join(
            [head, '{"type":"event"}', json.dumps(event)]).encode())
    crash = {"exception": {"values": [{"type": "E", "value": "x"}]}}
    got = [send({"message": "m"}) for _ in range(4)]
    status, head, _ = got[-1]
    says = head.get("x-sentry-rate-limits", "")
    tap.ok(status == 429 and says.split(":")[0] == head.get("retry-after")
           and "transaction" in says and "error" not in says,
           "over the limit Sentry's client is told what to hold back", (status, head))
    tap.equal(send(crash)[0], 200, "and a crash gets in all the same")
    body = json.dumps({"api_key": tenant.key, "event": "a", "distinct_id": "u"}).encode()
    for at in ("/e/", "/i/v0/e/", "/batch/"):
        status, head, _ = e2e.call(lab, "POST", at, None, body)
        tap.ok(status == 503 and head.get("retry-after"), at + ": 503 with Retry-After",
               (status, head))


def door(lab, v):
    key, token = v.tenant.key, v.token
    envelope = b'{}\n{"type":"event"}\n{}'
    rows = [
        (401, "/api/1/envelope/", envelope), (401, "/api/1/envelope/?sentry_key=tm_wk_no", envelope),
        (403, "/api/1/envelope/?sentry_key=" + token, envelope),
        (400, "/api/1/envelope/?sentry_key=" + key, b"\x00"),
        (200, "/api/999/envelope/?sentry_key=" + key, envelope),
        (401, "/api/1/store/", b"{}"), (401, "/batch", b'{"batch":[]}'),
        (403, "/batch/", json.dumps({"api_key": token, "batch": []}).encode()),
        (401, "/capture/", b'{"api_key":"x","event":"a"}'), (401, "/s/", b"{}"),
        (401, "/flags", b"{}"), (401, "/decide/", b"{}"), (400, "/e/", b"no"),
        (200, "/s/", json.dumps({"api_key": key, "event": "$snapshot"}).encode()),
        (200, "/flags?v=2", json.dumps({"token": key}).encode()),
        (200, "/decide/?v=3", json.dumps({"token": key}).encode()),
        (200, "/capture/", json.dumps({"api_key": key, "event": "a"}).encode()),
    ]
    for want, path, body in rows:
        status, head, text = e2e.call(lab, "POST", path, None, body,
                                      {"Origin": "https://shop.test"})
        tap.ok((status, head.get("access-control-allow-origin")) == (want, "https://shop.test"),
               "%s: %d" % (path.split("?")[0], want), (status, head, text))
    for path, want in (("/array/%s/config" % key, 200), ("/array/%s/config.js" % key, 200),
                       ("/array/tm_wk_no/config", 401)):
        status = e2e.call(lab, "GET", path)[0]
        tap.equal(status, want, "GET /array/…/" + path.rsplit("/", 1)[1] + ": %d" % want)
    tap.equal(e2e.call(lab, "GET", "/api/1/envelope/?sentry_key=" + key)[0], 405,
              "GET is not for envelopes")


def main():
    lab = e2e.start()
    all_ = [vendors.Vendor(lab, name) for name in CLIENTS]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(storm, name, lab) for name in
                   ("posthog-node", "posthog-js", "sentry-node")]
        results = list(pool.map(drive, all_))
        busy = [w.result() for w in waiting]
    for v, errors in zip(all_, results):
        tap.equal(errors, [], v.name + ": the client reports no error")
    lab.drain(30)
    viewer = site.Site(lab.url)
    viewer.sign_in(lab.owner, "correct horse battery")
    for v in all_:
        slug = lab.value("SELECT slug FROM projects WHERE id = '%s'" % v.tenant.project)
        v.page = "/t/%s/p/%s/prod" % (v.tenant.team, slug)
        CHECKS[v.name](v, viewer)
    again(lab, all_)
    storms(*busy)
    hold_back(lab)
    limited(lab)
    door(lab, all_[0])
    for v in all_ + busy:
        v.recorder.close()


tap.run(main)
