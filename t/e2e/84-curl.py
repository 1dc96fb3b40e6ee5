#!/usr/bin/env python3
"""Copy as curl: what each explorer's page offers is run by a shell as it
stands, with a token, and answers with the thing that the page shows."""
import html
import json
import os
import re
import subprocess
import uuid

import e2e
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"


class World:
    def __init__(self, lab):
        self.lab = lab
        mark = lab.rng.randrange(10 ** 9)
        mail = "curl-%d@example.org" % mark
        lab.ctl("user", "create", "--email", mail, "--verified", "--password-stdin",
                data=(PASSWORD + "\n").encode())
        team = lab.ctl("team", "create", "--name", "Curl %d" % mark, "--owner", mail)
        made = lab.ctl("project", "create", "--team", team["slug"], "--name", "Shop",
                       "--platform", "flutter")
        self.key = lab.ctl("key", "create", "--project", made["id"], "--env", "prod",
                           "--type", "write")["token"]
        self.token = lab.ctl("token", "create", "--user", mail, "--team", team["slug"],
                             "--scopes", "events:read,metrics:read,persons:read")["token"]
        self.base = "/t/%s/p/%s/prod/" % (team["slug"], made["slug"])
        self.api = "/api/v1/projects/" + made["id"]
        self.site = site.Site(lab.url)
        self.site.sign_in(mail, PASSWORD)

    def send(self):
        def item(kind, ago_s, **more):
            return dict({"type": kind, "event_id": str(uuid.uuid4()), "session_id": "s/1 ü",
                         "timestamp": e2e.stamp(ago_s)}, **more)
        status, _, reply = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch", self.key,
                                         e2e.envelope([
            item("event", 60, name="open"), item("trace", 59, trace_id="t 1/2", name="load it",
                                                 duration_ms=5),
            item("crash", 50, exception={"type": "E", "message": "m"})],
            user={"user_id": "u"}))
        tap.equal((status, reply.get("accepted")), (202, 3), "something to look at")
        self.lab.drain()

    def get(self, path):
        return e2e.call_json(self.lab, "GET", self.api + path, self.token)[2]

    def link(self, path, part):
        """The first link of a page that goes on below itself."""
        found = re.search(r'href="%s([^"?]+)' % re.escape(self.base.rstrip("/") + part),
                          self.site.get(self.base + path).body.decode())
        return part.lstrip("/") + html.unescape(found.group(1))

    def copied(self, path):
        """(status, answer) of the command on a page."""
        page = self.site.get(self.base + path)
        command = page.ids.get("curl", "")
        p = subprocess.run(["sh", "-c", command.replace("curl ", "curl -sw '\\n%{http_code}' ", 1)],
                           env=dict(os.environ, TIDEMARK_TOKEN=self.token), text=True,
                           stdout=subprocess.PIPE)
        body, _, status = p.stdout.rpartition("\n")
        return page.status, status, json.loads(body or "null")


def main():
    lab = e2e.start()
    w = World(lab)
    w.send()
    session = w.get("/sessions?env=prod")["sessions"][0]["session_id"]
    place = w.link("sessions", "/sessions/")  # by a key of the store, whatever the SDK's id holds
    group = w.get("/crashes?env=prod")["crashes"][0]["group_id"]
    person = w.get("/persons?env=prod")["persons"][0]["person_id"]
    trace = w.get("/traces?env=prod")["traces"][0]["event_id"]
    for path, holds in (
            ("events", lambda a: a["events"][0]["name"] == "open"),
            ("sessions", lambda a: a["sessions"][0]["session_id"] == session),
            (place, lambda a: a["session_id"] == session),
            ("persons", lambda a: a["persons"][0]["person_id"] == person),
            ("persons/" + person, lambda a: person in json.dumps(a)),
            ("crashes", lambda a: a["crashes"][0]["group_id"] == group),
            ("crashes/" + group, lambda a: group in json.dumps(a)),
            ("performance", lambda a: "load it" in json.dumps(a)),
            ("performance?trace=load%20it", lambda a: a["samples"] == 1 or "load it" in json.dumps(a)),
            ("performance?trace=load%20it&id=" + trace, lambda a: trace in json.dumps(a)),
            ("releases", lambda a: len(a["releases"]) == 1),
            ("live", lambda a: a["events"][0]["name"] == "open")):
        page, status, answer = w.copied(path)
        tap.equal((page, status), (200, "200"), "%s: its command is answered" % path.split("?")[0][:20])
        tap.ok(answer and holds(answer), "with what the page shows", json.dumps(answer)[:500])
    page, status, answer = w.copied("events?f=name:eq:none")
    tap.equal((status, answer["events"]), ("200", []), "with the page's filters")
    w.token = "tm_pat_wrong"
    tap.must_fail(w.copied("events")[1] == "200", "another token is not answered")
    tap.done()


main()
