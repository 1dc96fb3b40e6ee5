#!/usr/bin/env python3
"""Official clients of other vendors' product analytics, unmodified, with only
the host changed: every call is found through the query API, no client reports
an error, and the same bytes again change nothing. See /docs/compatibility."""
# takes: 25 s
import e2e
import vendors
from e2e import tap


def found(v, want):
    """Each of want ({"name":, …}) among the stored events, and no other."""
    have = v.events()
    for one in want:
        tap.ok(any(vendors.fits(e, one) for e in have), "%s: %s is stored as sent" % (v.name, one["name"]),
               "\n".join(str(e) for e in have))
    names = sorted(e["name"] for e in have)
    tap.equal(names, sorted(one["name"] for one in want), v.name + ": these events and no other")


def twice(v):
    """The same bytes again; then one other byte, which must be seen."""
    before = v.fingerprint()
    tap.at_least(int(before["seen"]), 1, v.name + ": items are known by their ids")
    answers = v.resend()
    tap.ok(answers and set(answers) == {200},
           "%s: %d requests again, all answered 200" % (v.name, len(answers)), answers)
    v.lab.drain(30)
    tap.equal(v.fingerprint(), before, v.name + ": the same bytes again change nothing")


def aptabase(lab):
    v = vendors.Vendor(lab, "aptabase")
    result = v.drive("aptabase.mjs")
    tap.equal(result["errors"], [], "aptabase: the client reports no error")
    lab.drain(30)
    ticks = [{"name": "tick", "properties": {"n": n}} for n in (1, 2, 3)]
    found(v, [{"name": "app_started", "app": {"version_name": "1.2.3"},
               "device": {"platform": "web", "locale": "de-DE"}},
              {"name": "level_done",
               "properties": {"level": 3, "hard": True, "name": "Höhle"}}] + ticks)
    sessions = {e["session_id"] for e in v.events()}
    tap.ok(len(sessions) == 1 and None not in sessions, "aptabase: its session is kept", sessions)
    twice(v)
    other = dict(v.recorder.requests[-1])
    other["body"] = other["body"].replace(b'"tick"', b'"tock"')
    before = v.fingerprint()
    v.recorder.send(other)
    lab.drain(30)
    tap.must_fail(v.fingerprint() == before, "one other byte is another event")
    door(lab, v)


def door(lab, v):
    """What the door itself answers on these addresses."""
    path, key = "/api/v0/event", {"App-Key": "A-SH-" + v.tenant.key}
    rows = [
        (401, "no key", "POST", {}, b"{}"),
        (401, "unknown key", "POST", {"App-Key": "A-SH-tm_wk_nothing"}, b"{}"),
        (400, "no JSON", "POST", key, b"\x00\x01"),
        (400, "gzip cut short", "POST", key, b"\x1f\x8b\x08\x00"),
        (413, "over 1 MiB", "POST", key, b" " * 1048577),
        (405, "GET", "GET", key, None),
        (200, "an item that is none", "POST", key, b"[3]"),
        (204, "a preflight", "OPTIONS", {"Origin": "https://a.example"}, None),
    ]
    for want, name, method, headers, body in rows:
        status, head, _ = e2e.call(lab, method, path, None, body, headers)
        tap.equal(status, want, "the door: %s: %d" % (name, want))
        if method == "OPTIONS":
            tap.equal((head.get("access-control-allow-origin"),
                       head.get("access-control-allow-credentials")),
                      ("https://a.example", "true"), "the door: the origin by its name")
    lab.drain(30)
    tap.equal(v.rejects(), ["missing_field"], "the item that is none is among the rejects")


def person(v, user_id):
    """What the API knows of a user."""
    for p in v.get("persons", limit=100).get("persons", []):
        if p.get("user_id") == user_id:
            return v.get("persons/" + p["person_id"])
    return {}


def known(v, user_id, properties, others=()):
    p = person(v, user_id)
    have = p.get("properties", {})
    tap.ok(vendors.fits(have, properties),
           "%s: the properties of %s" % (v.name, user_id), (have, properties))
    ids = {x["id"] for x in p.get("ids", [])}
    tap.ok(set(others) <= ids, "%s: the ids of %s" % (v.name, user_id), sorted(ids))


def segment(lab):
    v = vendors.Vendor(lab, "segment")
    tap.equal(v.drive("segment.mjs")["errors"], [], "segment: the client reports no error")
    lab.drain(30)
    app = {"bundle_id": "com.example.shop", "version_name": "3.1.4", "build_number": "159"}
    found(v, [
        {"name": "Cart Viewed", "anonymous_id": "anon-1", "app": app,
         "device": {"platform": "ios", "os_version": "17.2", "model": "iPhone14,2",
                    "locale": "pt-BR"},
         "properties": {"items": 2, "utm_campaign": "spring", "utm_source": "mail"}},
        {"name": "Order Completed", "user_id": "user-1",
         "properties": {"total": 12.5, "ids": [1, 2], "nested": {"a": True}}},
        {"name": "page_view", "properties": {"name": "Pricing", "category": "Docs",
                                             "url": "https://shop.example/pricing"}},
        {"name": "screen_view", "properties": {"screen": "Home", "tab": "top"}},
        {"name": "group", "properties": {"group_id": "org-9", "employees": 40}},
        {"name": "Login", "user_id": "user-2"},
        {"name": "Before", "event_id": "018d7a9b-1b4b-7d5b-9a45-0a2f3d8c0f14"}])
    known(v, "user-1", {"plan": "pro", "seats": 3, "name": "Zoë"},
          ("anon-1", "anon-0"))
    by_name = {e["name"]: e["person_id"] for e in v.events()}
    tap.equal(by_name["Cart Viewed"], by_name["Order Completed"],
              "segment: identify joins what was anonymous")
    tap.equal(by_name["Before"], by_name["Order Completed"], "segment: so does alias")
    twice(v)
    short_forms(lab, v)


def short_forms(lab, v):
    """One message at an address of its own, as browsers and phones send it."""
    key = v.tenant.key
    status, _, body = e2e.call_json(lab, "GET", "/v1/projects/%s/settings" % key)
    tap.equal((status, body["integrations"]["Segment.io"]["apiKey"]), (200, key),
              "segment: settings for the key")
    status, _, _ = e2e.call(lab, "GET", "/v1/projects/tm_wk_nothing/settings")
    tap.equal(status, 401, "segment: no settings for another key")
    for path, name in (("t", "Short"), ("track", "Long"), ("p", "page_view"),
                       ("screen", "screen_view"), ("g", "group")):
        one = {"writeKey": key, "userId": "user-3", "event": name, "name": "N",
               "messageId": "m-" + path, "timestamp": e2e.stamp(1), "groupId": "g"}
        status, _, body = e2e.call_json(lab, "POST", "/v1/" + path, None, one)
        tap.equal((status, body), (200, {"success": True}), "segment: /v1/" + path)
    lab.drain(30)
    names = [e["name"] for e in v.events() if e["user_id"] == "user-3"]
    tap.equal(sorted(names), ["Long", "Short", "group", "page_view", "screen_view"],
              "segment: each is stored")
    odd = {"batch": [{"type": "crash", "userId": "u", "messageId": "odd"}, 7], "writeKey": key}
    tap.equal(e2e.call(lab, "POST", "/v1/b", None, vendors.dumps(odd))[0], 200,
              "segment: what is no message fails no batch")
    lab.drain(30)
    tap.equal(v.rejects(), ["not_mapped"], "segment: it is among the rejects")


def storm(lab, script, events, *faults):
    """Refused for a while: the client waits, and all is stored once."""
    v = vendors.Vendor(lab, script + " in a storm")
    v.recorder.storm = list(faults)
    tap.equal(v.drive(script)["errors"], [], v.name + ": no error")
    lab.drain(30)
    tap.equal(v.recorder.refused, len(faults), v.name + ": it was refused")
    tap.equal(len(v.events()), events, v.name + ": every event is stored once")


def limited(lab):
    """A key that is used up: each vendor's own words for "later", and a
    crash-free batch is not lost, only refused."""
    tenant = lab.tenant("limited", rate_limit=1)
    key, now = tenant.key, e2e.stamp(1)
    rows = [
        ("/v1/batch", {"writeKey": key, "batch": [
            {"type": "track", "userId": "u", "event": "e", "messageId": "m", "timestamp": now}]},
         lambda status, head, body: status == 429 and int(head["retry-after"]) > 0),
        ("/2/httpapi", {"api_key": key, "events": [
            {"event_type": "e", "user_id": "u", "insert_id": "i", "time": 1771839900120}]},
         lambda status, head, body: status == 429 and body["code"] == 429
         and 0 in body["throttled_events"] and body["exceeded_daily_quota_users"] == {}),
        ("/track?verbose=1", [{"event": "e", "properties": {"token": key, "distinct_id": "u"}}],
         lambda status, head, body: status == 429 and body["status"] == 0),
        ("/api/v0/event", {"eventName": "e", "sessionId": "1", "timestamp": now},
         lambda status, head, body: status == 429 and int(head["retry-after"]) > 0),
    ]
    e2e.call_json(lab, "POST", "/api/v1/ingest/batch", key, e2e.envelope([e2e.event()]))
    for path, body, good in rows:
        got = e2e.call_json(lab, "POST", path, None, body,
                            {"App-Key": "A-SH-" + key} if "v0" in path else {})
        tap.ok(good(*got), "limited: %s says so" % path, got)


def rudder(lab):
    v = vendors.Vendor(lab, "rudder")
    tap.equal(v.drive("rudder.mjs")["errors"], [], "rudder: the client reports no error")
    lab.drain(30)
    found(v, [
        {"name": "Opened", "user_id": "r-1", "session_id": "1771839900",
         "app": {"bundle_id": "com.example.rudder", "version_name": "2.0.0"},
         "device": {"platform": "android", "os_version": "14"}, "properties": {"n": 1}},
        {"name": "page_view", "properties": {"name": "Start", "path": "/"}},
        {"name": "screen_view", "properties": {"screen": "Main", "deep": {"er": 1}}},
        {"name": "group", "properties": {"group_id": "g-1", "size": 4}},
        {"name": "Closed", "anonymous_id": "ra-2"}])
    known(v, "r-1", {"plan": "free"})
    tap.ok(any(r["body"][:2] == b"\x1f\x8b" for r in v.recorder.requests),
           "rudder: it did send gzip under another name")
    twice(v)


def amplitude(lab):
    for path in ("/2/httpapi", "/batch"):
        v = vendors.Vendor(lab, "amplitude " + path)
        tap.equal(v.drive("amplitude.mjs", path)["errors"], [],
                  v.name + ": every promise is kept with 200")
        lab.drain(30)
        device = {"platform": "ios", "os_version": "17.3", "model": "iPhone15,3",
                  "locale": "fr-FR"}
        found(v, [
            {"name": "Before Login", "properties": {"step": 1}, "device": device,
             "app": {"version_name": "4.2.0"}},
            {"name": "Song Played", "user_id": "amp-user",
             "properties": {"title": "Ça ira", "seconds": 12.5, "tags": ["a", "b"]}},
            {"name": "[Amplitude] Screen Viewed",
             "properties": {"[Amplitude] Screen Name": "Home"}},
            {"name": "revenue_amount",
             "properties": {"$productId": "sku-1", "$price": 9.99, "$quantity": 2}},
            {"name": "group", "properties": {"group_type": "org", "group_id": "acme",
                                             "employees": 12}},
            {"name": "No Device", "user_id": "amp-other"}])
        known(v, "amp-user", {"plan": "pro", "first": "mail", "logins": 2, "org": "acme"},
              ("amp-dev",))
        by_name = {e["name"]: e["person_id"] for e in v.events()}
        tap.equal(by_name["Before Login"], by_name["Song Played"],
                  v.name + ": the device's events are the user's")
        sessions = {e["session_id"] for e in v.events() if e["name"] != "No Device"}
        tap.ok(len(sessions) == 1 and sessions.pop().startswith("amp-dev-"),
               v.name + ": its session is kept")
        twice(v)
    status, _, body = e2e.call_json(lab, "POST", "/2/httpapi", None,
                                    {"api_key": "tm_wk_nothing", "events": []})
    tap.equal((status, body["code"], body["error"][:15]), (400, 400, "Invalid API key"),
              "amplitude: an unknown key is said so that clients stop")
    status, _, body = e2e.call_json(lab, "POST", "/2/httpapi", None, {"api_key": v.tenant.key})
    tap.equal((status, body["missing_field"]), (400, "events"), "amplitude: no events")


def mixpanel(lab):
    v = vendors.Vendor(lab, "mixpanel")
    tap.equal(v.drive("mixpanel.mjs")["errors"], [], "mixpanel: no callback got an error")
    lab.drain(30)
    want = []
    for who in ("mix-1", "mix-2"):
        want += [
            {"name": "Played", "user_id": who, "properties": {"level": 3, "name": "Ü+/=?"}},
            {"name": "Timed", "user_id": who, "device": {"platform": "android"},
             "app": {"version_name": "5.0"}},
            {"name": "Imported", "user_id": who, "properties": {"old": True}},
            {"name": "group", "properties": {"group_type": "company",
                                             "group_id": "acme-" + who, "employees": 7}}]
        want += [{"name": "Batched", "user_id": who, "properties": {"n": n}} for n in (1, 2, 3)]
        want += [{"name": "Imported Batch", "user_id": who, "properties": {"n": n}}
                 for n in (1, 2)]
    found(v, want)
    for who in ("mix-1", "mix-2"):
        known(v, who, {"plan": "pro", "seats": 4, "first": "ad", "logins": 2},
              ("also-" + who,))
    tap.equal(v.rejects(), ["erase_by_request", "not_mapped"],
              "mixpanel: what it may not do, and what has no counterpart, are rejects")
    twice(v)
    key = v.tenant.key
    status, _, body = e2e.call(lab, "POST", "/track/?verbose=1", None,
                               vendors.dumps([{"event": "x", "properties": {"token": key}}]))
    tap.equal((status, body), (200, b'{"error":null,"status":1}'), "mixpanel: verbose")
    status, _, body = e2e.call(lab, "GET", "/track/?data=e30%3D")
    tap.equal((status, body), (401, b"0"), "mixpanel: without a token")


def python(lab):
    """The same vendors' Python clients."""
    order = {"name": "Order", "user_id": "py-1", "properties": {"total": 9.5}}
    v = vendors.Vendor(lab, "segment python")
    tap.equal(v.drive("product.py", "segment")["errors"], [], v.name + ": no error")
    lab.drain(30)
    found(v, [order, {"name": "page_view", "properties": {"name": "Start", "category": "Docs"}},
              {"name": "screen_view", "properties": {"screen": "Main"}},
              {"name": "group", "properties": {"group_id": "org", "size": 2}}])
    known(v, "py-1", {"plan": "pro"}, ("py-anon", "py-old"))
    twice(v)
    v = vendors.Vendor(lab, "rudder python")
    tap.equal(v.drive("product.py", "rudder")["errors"], [], v.name + ": no error")
    lab.drain(30)
    found(v, [order])
    known(v, "py-1", {"plan": "pro"})
    twice(v)
    v = vendors.Vendor(lab, "amplitude python")
    tap.equal(v.drive("product.py", "amplitude")["errors"], [], v.name + ": no error")
    lab.drain(30)
    found(v, [order])
    known(v, "py-1", {"plan": "pro", "n": 2}, ("py-dev",))
    twice(v)
    v = vendors.Vendor(lab, "mixpanel python")
    tap.equal(v.drive("product.py", "mixpanel")["errors"], [], v.name + ": no error")
    lab.drain(30)
    want = []
    for who in ("py-1", "py-2"):
        want += [dict(order, user_id=who), {"name": "Old", "user_id": who},
                 {"name": "group", "properties": {"group_id": "acme-" + who, "size": 2}}]
    found(v, want)
    for who in ("py-1", "py-2"):
        known(v, who, {"plan": "pro", "n": 2})
    twice(v)


def storms(lab):
    busy, later = (503, {}), (429, {"Retry-After": "1"})
    storm(lab, "segment.mjs", 7, later, busy, later)
    storm(lab, "rudder.mjs", 5, later, busy)
    storm(lab, "amplitude.mjs", 6, busy, busy)


def main():
    lab = e2e.start()
    for one in (aptabase, segment, rudder, amplitude, mixpanel, python, storms, limited):
        one(lab)


tap.run(main)
