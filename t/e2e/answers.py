"""answers.py - requests whose answers are held against static/openapi.json:
the world of the two tests of the contract that go through every route."""
import json
import os
import re
import urllib.parse
import uuid

import e2e
import openapi
from e2e import tap

V1 = "/api/v1/"
P = V1 + "projects/{project_id}"
SYSTEM = V1 + "system/"
PASSWORD = "correct horse battery"
STACK = ("#0      Cart.total (package:shop/cart.dart:40:7)\n"
         "#1      main (package:shop/main.dart:9:3)\n")
# pages, and protocols of others: they have tests of their own
ELSEWHERE = {"/api/v0/event", "/api/v0/events", "/api/{digits}/envelope/",
             "/api/{digits}/store/", "/oauth/authorize"}


def is_door(path):
    """Routes that take a write key."""
    return path.startswith((V1 + "ingest/", V1 + "events"))


class World:
    def __init__(self, lab, name):
        self.lab, self.t = lab, lab.tenant(name)
        with open(os.path.join(e2e.ROOT, "static", "openapi.json")) as f:
            self.doc = openapi.Doc(json.load(f))
        self.answered, self.wrong, self.count = set(), {}, 0
        self.token = self.make("events:read,metrics:read,projects:read,projects:write,"
                               "persons:read,persons:erase")
        self.root_email = "answers-%s@example.org" % uuid.uuid4().hex[:8]
        lab.ctl("user", "create", "--email", self.root_email, "--verified", "--system-admin",
                "--password-stdin", data=PASSWORD.encode() + b"\n")
        team = lab.ctl("team", "create", "--name", "Answers", "--owner", self.root_email)
        self.root = self.make("admin", self.root_email, team["slug"])
        self.ids = {"project_id": self.t.project, "month": lab.value(
            "SELECT to_char(now(), 'YYYY-MM')")}

    def make(self, scopes, user=None, team=None):
        return self.lab.ctl("token", "create", "--user", user or self.lab.owner, "--team",
                            team or self.t.team, "--scopes", scopes)["token"]

    def operations(self):
        """(path, method, operation) of the file, but for what is tested elsewhere."""
        return [(path, method.upper(), op) for path, ops in sorted(self.doc.doc["paths"].items())
                for method, op in sorted(ops.items()) if path not in ELSEWHERE]

    def key_of(self, path):
        """A credential that may use the route."""
        if path.startswith(SYSTEM) or path == V1 + "billing/subscribe":
            return self.root
        return self.t.key if is_door(path) else self.token

    def fault(self, what, seen):
        """Kept once: places in lists and ids make no other fault."""
        self.wrong.setdefault(re.sub(r"\.\d+", ".N", what)[:300], str(seen)[:400])

    def ask(self, method, path, want=200, query="", body=None, key="", headers=(), **ids):
        """One request, its answer held against the file. want None: any answer
        that is listed. Returns the parsed body."""
        known = dict(self.ids, **ids)
        url = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(str(known[m.group(1)]), safe=""),
                     path) + ("?" + query if query else "")
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        status, head, text = e2e.call(self.lab, method, url,
                                      self.key_of(path) if key == "" else key, body, headers)
        self.count += 1
        if status < 300:
            self.answered.add((method, path))
        faults = list(self.held(method, path, status, head, text))
        if want is not None and status != want:
            faults.append("%d, not %d" % (status, want))
        for fault in faults:
            self.fault("%s %s: %s" % (method, path, fault), "%s %s" % (url, text))
        try:
            return json.loads(text)
        except ValueError:
            return text

    def refused(self, method, path, want, field=None, query="", **more):
        """An error; field: what it must name in the details."""
        got = self.ask(method, path, want, query, **more)
        if field and (not isinstance(got, dict) or field not in got.get("details", {})):
            self.fault("%s %s: %s is not named" % (method, path, field), "%s %s %s" % (
                query, more.get("body"), got))

    def held(self, method, path, status, head, text):
        """What of an answer is not as the file says."""
        if "x-request-id" not in head:
            yield "no X-Request-Id"
        listed = self.doc.response(path, method.lower(), status)
        if listed is None:
            yield "the file does not list %d" % status
            return
        content = listed.get("content", {})
        ctype = head.get("content-type", "").split(";")[0]
        if not content or status == 304:
            if text:
                yield "a body, where the file names none"
        elif ctype not in content:
            yield "content type %s is not listed for %d" % (ctype, status)
        elif ctype == "application/json":
            yield from self.doc.faults(content[ctype]["schema"], json.loads(text))

    def tell(self, name):
        """The check of all that was asked up to now."""
        tap.ok(not self.wrong, "%s (%d requests)" % (name, self.count), "\n".join(
            "%s\n      %s" % kv for kv in sorted(self.wrong.items())))
        self.wrong, self.count = {}, 0


def crash(i, **more):
    return dict({"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(300 + i),
                 "fatal": i % 2 == 0, "session_id": "s-1", "exception": {
                     "type": "StateError", "message": "no cart", "stacktrace": STACK},
                 "breadcrumbs": [{"ts": e2e.stamp(310), "type": "ui", "message": "tap"}, {}],
                 "properties": {"n": i}}, **more)


def trace(i, **more):
    return dict({"type": "trace", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(200 + i),
                 "session_id": "s-1", "trace": {
                     "trace_id": "t-%d" % i, "name": "cold_start", "duration_ms": 100.5 + i,
                     "attributes": {"network": "wifi"}, "spans": [
                         {"name": "db", "start_ms": 1, "duration_ms": 5, "id": "1"}]}}, **more)


def fill(w):
    """Something of each kind, in two releases, on two platforms, by people
    with and without ids."""
    items = [e2e.event("screen_view", timestamp=e2e.stamp(400), session_id="s-1",
                       properties={"screen": "Home", "n": 1.5, "deep": {"a": [1, None]}}),
             {"type": "session_start", "event_id": str(uuid.uuid4()), "session_id": "s-1",
              "timestamp": e2e.stamp(410)},
             {"type": "user_properties", "event_id": str(uuid.uuid4()), "session_id": "s-1",
              "timestamp": e2e.stamp(390), "operations": [
                  {"op": "set", "key": "plan", "value": "pro"},
                  {"op": "set_once", "key": "from", "value": {"x": 1}},
                  {"op": "increment", "key": "n", "value": 2},
                  {"op": "unset", "key": "gone"}]},
             {"type": "identify", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(380),
              "user_id": "u-1"},
             {"type": "session_end", "event_id": str(uuid.uuid4()), "session_id": "s-1",
              "timestamp": e2e.stamp(5)},
             {"type": "client_report", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(4),
              "report": {"dropped": 3}}]
    items += [crash(i) for i in range(3)] + [trace(i) for i in range(5)]
    device = {"device_id": "d-1", "platform": "android", "os_version": "14", "model": "Pixel 8",
              "locale": "de-DE"}
    app = {"bundle_id": "com.example.shop", "version_name": "1.2.0", "build_number": "7"}
    got = w.ask("POST", V1 + "ingest/batch", 202, key=w.t.key, body=e2e.envelope(
        items, user={"user_id": "u-1", "anonymous_id": "a-1"}, device=device, app=app))
    tap.equal((got["accepted"], got["rejected"]), (len(items), 0), "items of every type")
    for user, dev, app in (({"anonymous_id": "a-2"}, {"platform": "ios"},
                            {"version_name": "1.3.0", "build_number": "8"}),
                           ({}, {"device_id": "d-3"}, {}), ({}, {}, {})):
        w.ask("POST", V1 + "ingest/batch", 202, key=w.t.key, body=e2e.envelope(
            [e2e.event("open"), crash(9, session_id=None, exception={"type": "OtherError"}),
             trace(9, session_id=None)], user=user, device=dev, app=app))
    w.lab.drain(30)
    w.ids.update(event_id=items[0]["event_id"], batch_id=got["batch_id"], session_id="s-1",
                 trace_id=items[-1]["event_id"])
