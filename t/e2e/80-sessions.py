#!/usr/bin/env python3
"""Sessions over HTTP: lengths that rivals get wrong (background, late words of
the end, clocks, late batches), list, filters, pages, one with its timeline,
files, errors, and who may read."""
import csv
import io
import json
import urllib.parse
import uuid

import e2e
from e2e import tap

BATCH = "/api/v1/ingest/batch"


def item(kind, ago_s, **more):
    return dict({"type": kind, "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(ago_s)},
                **more)


class World:
    def __init__(self, lab):
        self.lab = lab
        self.t = lab.tenant("sessions")
        self.token = e2e.read_token(lab, self.t)
        self.base = "/api/v1/projects/%s/sessions" % self.t.project

    def send(self, *items, device="d", user="u"):
        status, _, body = e2e.call_json(
            self.lab, "POST", BATCH, self.t.key,
            e2e.envelope(list(items), user={"user_id": user} if user else {},
                         device={"device_id": device, "platform": "ios", "model": "M"}))
        tap.equal((status, body.get("accepted")), (202, len(items)), "items are taken")

    def get(self, path="", token=None, **query):
        return e2e.call_json(self.lab, "GET", self.base + path + "?"
                             + urllib.parse.urlencode(query), token or self.token)

    def one(self, sid):
        return self.get("/" + sid)[2]


def lengths(w):
    ev = lambda name, ago, sid, **more: item("event", ago, name=name, session_id=sid, **more)
    w.send(ev("open", 3600, "use"), ev("tap", 3540, "use"))
    w.send(ev("open", 7200, "bg"), ev("tap", 7140, "bg"))
    w.lab.drain()  # what happens in the background belongs to a session that is there
    w.send(ev("sync", 60, "bg", background=True))
    w.send(ev("worker", 500, "only", background=True),
           ev("worker", 400, "only", properties={"app_state": "background"}))
    w.send(ev("open", 80000, "exit"), ev("tap", 79970, "exit"))
    w.send(item("session_end", 30, session_id="exit"))
    b, a = ev("b", 5000, "late"), ev("a", 5600, "late")  # of one moment: ten minutes apart
    w.send(b)
    w.send(a)
    w.send(ev("one", 900, "back", seq=1), ev("two", 960, "back", seq=2),
           ev("three", 890, "back", seq=3))
    w.lab.drain()
    tap.equal(round(w.one("use")["duration_ms"] / 1000), 60, "a minute of use")
    bg = w.one("bg")
    tap.equal((round(bg["duration_ms"] / 1000), bg["events"], round(bg["foreground_ms"] / 1000)),
              (60, 3, 60),
              "time in the background is no use")
    tap.equal(w.get("/only")[0], 404, "a worker in the background opens no session")
    end = w.one("exit")
    tap.equal((round(end["duration_ms"] / 1000), end["ended"]), (30, True),
              "an end told at the next start moves none")
    late = w.one("late")
    tap.ok(abs(late["duration_ms"] - 600000) < 1000 and late["entry_name"] == "a",
           "a late batch reaches back", late["duration_ms"])
    back = w.one("back")
    tap.equal(([r["name"] for r in back["timeline"]], round(back["duration_ms"] / 1000)),
              (["one", "two", "three"], 70), "numbers beat a clock that goes back")
    tap.equal(back["timeline"][0]["kind"], "event", "items say their kind")


def lists(w):
    w.send(item("crash", 50, session_id="crashed", exception={"type": "E", "message": "m"},
                breadcrumbs=[{"message": "tap"}]), item("event", 55, name="x", session_id="crashed"),
           item("trace", 52, session_id="crashed", trace_id="t", name="load", duration_ms=3),
           user="other")
    w.lab.drain()
    status, _, all_rows = w.get()
    tap.equal(status, 200, "a list")
    rows = all_rows["sessions"]
    tap.equal([r["session_id"] for r in rows],
              sorted([r["session_id"] for r in rows],
                     key=lambda s: [r["started_at"] for r in rows if r["session_id"] == s][0],
                     reverse=True), "newest first")
    tap.equal({r["session_id"] for r in rows}, {"use", "bg", "exit", "late", "back", "crashed"},
              "all of them")
    seen, cursor = [], ""
    for _ in range(9):
        page = w.get(limit=2, cursor=cursor)[2]
        seen += [r["session_id"] for r in page["sessions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    tap.equal(seen, [r["session_id"] for r in rows], "pages of two are the same rows")
    tap.equal([r["session_id"] for r in w.get(crashed="true")[2]["sessions"]], ["crashed"],
              "those with a crash")
    tap.equal([r["session_id"] for r in w.get(f="user:eq:other")[2]["sessions"]], ["crashed"],
              "a user's")
    kinds = [r["kind"] for r in w.one("crashed")["timeline"]]
    tap.equal(kinds, ["event", "trace", "breadcrumb", "crash"], "one timeline of all kinds")
    for fmt in ("csv", "ndjson"):
        status, _, body = e2e.call(w.lab, "GET", w.base + "?format=" + fmt, w.token)
        text = body.decode() if isinstance(body, bytes) else body
        got = [r["session_id"] for r in csv.DictReader(io.StringIO(text))] if fmt == "csv" \
            else [json.loads(line)["session_id"] for line in text.splitlines()]
        tap.equal((status, got), (200, [r["session_id"] for r in rows]), fmt + " holds all rows")


def refusals(w):
    tap.equal(w.get(cursor="x")[0], 400, "a made-up cursor")
    tap.equal(w.get(crashed="maybe")[0], 400, "crashed is true or false")
    tap.equal(w.get(limit=0)[0], 400, "a limit of none")
    tap.equal(w.get(odd=1)[0], 400, "an unknown parameter")
    tap.equal(w.get("/no-such")[0], 404, "no such session")
    tap.equal(w.get(token="tm_pat_x")[0], 401, "no token")
    status, _, _ = e2e.call_json(w.lab, "POST", BATCH, w.t.key, e2e.envelope(
        [item("event", 1, name="n", background="yes")]))
    tap.equal(status, 422, "background is true or false")
    key = w.lab.ctl("key", "create", "--project", w.t.project, "--env", "prod", "--type", "read")
    tap.equal((w.get(token=key["token"])[0], w.get("/use", token=key["token"])[0]), (200, 403),
              "a read key opens the list alone")


def main():
    lab = e2e.start()
    w = World(lab)
    lengths(w)
    lists(w)
    refusals(w)
    tap.done()


main()
