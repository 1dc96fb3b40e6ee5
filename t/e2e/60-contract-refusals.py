#!/usr/bin/env python3
"""Every route of openapi.json is asked wrongly: no credential, another's, no
such parameter, each parameter and each field with a bad value, another method.
The error names what is wrong, and has the status and shape of the file."""
# takes: 20 s
import re
import uuid

import answers
import e2e
import openapi
from answers import P, SYSTEM, V1
from e2e import tap

BAD = {"from": ("x", "2026-13-01", "9999999999"), "to": ("x", "2026-02-30"), "range": ("5y", "x"),
       "tz": ("Mars/Base", "x"), "f": ("odd", "name:odd:x", ":eq:"),
       "limit": ("0", "-1", "x", "99999"), "cursor": ("x", "AAAA"), "format": ("xml",),
       "compare": ("odd",), "status": ("odd",), "order": ("odd",), "crashed": ("odd",),
       "environment": ("x", "-1"), "age": ("odd",), "state": ("odd",), "before": ("x",),
       "kind": ("odd",)}
# any text will do
FREE = {"env", "q", "name", "event", "project", "reason", "key", "platform", "version", "build"}
# what is added to the address against a cache does no harm here
LENIENT = {"/api/openapi.json", V1 + "ingest/config", V1 + "ingest/batches/{batch_id}"}


def parameters(w):
    known = set()
    for path, method, op in w.operations():
        if method != "GET":
            continue
        first = "name=cold_start&" if path.endswith("/traces/detail") else ""
        if path not in LENIENT:
            w.refused(method, path, 400, "odd", first + "odd=1")
        for name in [p["name"] for p in op.get("parameters", ()) if p["in"] == "query"]:
            known.add(name)
            for value in BAD.get(name, ()):
                w.refused(method, path, 400, None if name == "cursor" else name,
                          "%s%s=%s" % (first, name, value))
            if name == "env":
                w.refused(method, path, 404, None, first + "env=nope")
    tap.equal(known - set(BAD) - FREE, set(), "each parameter of the file has its bad values")
    w.refused("GET", P + "/traces/detail", 400, "name")
    w.refused("GET", V1 + "flags", 404, None, "project=x")
    w.refused("POST", V1 + "symbols", 400, "kind", "project=%s&kind=odd" % w.t.project, body=b"x")
    w.tell("a bad parameter is 400 and named")


def bodies(w):
    """A field of another type than the file says is named."""
    for path, method, op in w.operations():
        content = op.get("requestBody", {}).get("content", {}).get("application/json")
        if not content or answers.is_door(path) or path.startswith("/api/auth"):
            continue
        schema = w.doc.follow(content["schema"])
        for name, rule in schema["properties"].items():
            kinds = rule.get("type", [])
            kinds = [kinds] if isinstance(kinds, str) else kinds
            for bad in (5.5, [], {}, "", True, None):
                if not any(openapi.is_type(k, bad) for k in kinds):
                    w.refused(method, path, 422, name, body={name: bad})
        if schema.get("additionalProperties") is False:
            w.refused(method, path, 422, "odd", body={"odd": 1})
        for text, want in ((b"{", 400), (b'{"a":NaN}', 400), (b"[]", 422), (b"5", 422),
                           (b'{"a":1,"a":2}', 422)):
            w.refused(method, path, want, body=text)
        if op["requestBody"].get("required"):
            w.refused(method, path, 400, body=b"")
        w.refused(method, path, 415, body=b"{}", headers={"Content-Type": "text/plain"})
    w.tell("a bad field is 422 and named")


def erasures(w):
    """What would erase more than was meant, or at once, is refused."""
    path = P + "/privacy/requests"
    span = {"from": e2e.stamp(9000), "to": e2e.stamp()}
    for name, body, field in (
            ("a kind that is no text", {"kind": ["export"], "user_id": "u-1"}, "kind"),
            ("a kind that is null", {"kind": None, "user_id": "u-1"}, "kind"),
            ("dry_run as a text", {"filters": ["name:eq:open"], "dry_run": "true", **span}, "dry_run"),
            ("dry_run mistyped", {"filters": ["name:eq:open"], "dryrun": True, **span}, "dryrun"),
            ("a person and events", {"user_id": "u-1", "filters": ["name:eq:open"], **span}, "filters"),
            ("a person in a window", {"user_id": "u-1", **span}, "from"),
            ("filters as a text", {"filters": "name:eq:open", **span}, "filters"),
            ("a filter that is no text", {"filters": ["name:eq:open", 5], **span}, "filters"),
            ("no filter at all", {"filters": [], **span}, "filters"),
            ("no window", {"filters": ["name:eq:open"]}, "from"),
            ("nobody", {}, "user_id"), ("an odd mode", {"user_id": "u-1", "mode": "odd"}, "mode"),
            ("an odd law", {"user_id": "u-1", "law": "odd"}, "law"),
            ("a hold below 0", {"user_id": "u-1", "hold_minutes": -1}, "hold_minutes")):
        w.refused("POST", path, 422, field, body=body)
        w.tell("not erased: " + name)
    tap.equal(w.lab.value("SELECT count(*) FROM privacy_requests WHERE environment_id = %d"
                          % w.t.env), "0", "nothing was asked for")


def letters(w):
    """The same for dead letters: what is only a question drops none."""
    path, query = SYSTEM + "dead-letters", "environment=%d" % w.t.env
    for body, field in (({"act": "drop", "dry_run": "true"}, "dry_run"),
                        ({"act": "drop", "dry-run": True}, "dry-run"), ({"act": "odd"}, "act")):
        w.refused("POST", path, 422, field, query, body=body)
    w.refused("POST", path + "/{name}/replay", 422, "body", body={"body": 5})
    w.refused("POST", path + "/{name}/drop", 422, "act", body={"act": "replay"})
    w.tell("a mistyped act on dead letters is refused")
    tap.equal(w.lab.value("SELECT count(*) FROM dead_letters WHERE environment_id = %d AND"
                          " resolution IS NULL" % w.t.env), "1", "the letter is still open")


def credentials(w):
    """401 before 403 before 404, whatever else is wrong."""
    none = w.make("dashboards:read")
    for path, method, op in w.operations():
        needs = op.get("security", [{}])
        if {} in needs or not needs or path.startswith(("/oauth", "/api/auth")):
            continue
        bad = dict(body=b"{" if method != "GET" else None, query="odd=1", project_id="x")
        for key in (None, "x", "tm_pat_" + "0" * 36, "tm_wk_" + "0" * 36):
            w.refused(method, path, 401, key=key, **bad)
        if not answers.is_door(path):
            w.refused(method, path, 403, key=none, **bad)
            w.refused(method, path, 403, key=w.t.key, **bad)
        elif method == "POST":
            w.refused(method, path, 403, key=w.token, **bad)
        if "{project_id}" in path:
            for project in (w.other.project, str(uuid.uuid4()), "x"):
                w.refused(method, path, 404, **dict(bad, project_id=project))
    w.tell("a credential or project that is not one's own: 401, 403, 404")


def methods(w):
    paths = {}
    for path, method, _ in w.operations():
        paths.setdefault(path, set()).add(method)
    for path, have in paths.items():
        url = re.sub(r"\{(\w+)\}", lambda m: str(w.ids[m.group(1)]), path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - have:
            status, head, text = e2e.call(w.lab, method, url, w.key_of(path),
                                          b"{}" if method != "GET" else None)
            allow = set(re.findall(r"[A-Z]+", head.get("allow", ""))) - {"HEAD", "OPTIONS"}
            if (status, allow) != (405, have) or b"method_not_allowed" not in text:
                w.fault("%s %s: %d, Allow: %s" % (method, path, status, allow), text)
        if "GET" in have:
            status, head, text = e2e.call(w.lab, "HEAD", url, w.key_of(path))
            if text or status not in (200, 400, 404):
                w.fault("HEAD %s: %d" % (path, status), text)
    w.tell("another method is 405 with Allow; HEAD has no body")


def door(w):
    key = w.t.key
    for path in ("ingest/batch", "ingest/validate", "events", "events/batch"):
        for want, secret, text, head in (
                (400, key, b"{", {}), (400, key, b"\xff\xfe", {}), (400, key, b"", {}),
                (415, key, b"{}", {"Content-Type": "text/html"}),
                (415, key, b"{}", {"Content-Encoding": "br"}),
                (400, key, b"{}", {"Content-Encoding": "gzip"}),
                (413, key, b"[" + b" " * 1048577, {}), (422, key, b"5", {}), (422, key, b"{}", {})):
            w.refused("POST", V1 + path, want, key=secret, body=text, headers=head)
    for body, field in (({}, "events"), ({"event": [{"event": "x"}]}, "events"),
                        ({"events": {}}, "events")):
        w.refused("POST", V1 + "events/batch", 422, field, body=body)
    w.tell("the door refuses as the file says")


def control(w):
    """What is not refused, or not with this name, has to be found."""
    w.refused("GET", P + "/events", 400, "odd")
    tap.must_fail(not w.wrong, "a good request")
    w.wrong = {}
    w.refused("GET", P + "/events", 400, "to", "from=x")
    tap.must_fail(not w.wrong, "another name than the bad one's")
    w.wrong = {}


def main():
    lab = e2e.start()
    w = answers.World(lab, "refusals")
    w.other = lab.tenant("strange")
    w.ids["name"] = lab.value(
        "INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, wire) VALUES"
        " (%d, 'bat_1_0', 0, 'data', '\\x0102') RETURNING id" % w.t.env)
    answers.fill(w)
    w.ids.update(group_id=w.ask("GET", P + "/crashes")["crashes"][0]["group_id"],
                 person_id=w.ask("GET", P + "/persons")["persons"][0]["person_id"])
    for part in (control, door, credentials, methods, parameters, bodies, erasures, letters):
        part(w)
    lab.sql("DELETE FROM login_attempts")


tap.run(main)
