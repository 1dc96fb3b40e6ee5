#!/usr/bin/env python3
"""Every page and file of an environment under every range, comparison, zone
and filter that it may be asked with, bad ones too: an answer, never a failure."""
# takes: 20 s
import re
import urllib.parse

import answers
import e2e
import site_http as site
import worlds
from answers import P
from e2e import tap

QUERIES = ("", "range=24h&compare=none", "range=12m&compare=year&tz=Asia/Tokyo",
           "from=2026-11-01&to=2026-11-02&compare=previous", "from=2020-01-01&to=2020-02-01",
           "f=platform:eq:android&f=prop.n:gt:1&range=90d", "f=version:exists:&f=country:in:de,us",
           "order=last_seen&status=resolved&metric=sessions", "f=odd", "range=odd", "tz=Mars/X",
           "cursor=zzz", "limit=x&metric=odd&sample=x&merge=1&month=x")


def main():
    lab = e2e.start()
    w = answers.World(lab, "questions")
    answers.fill(w)
    ids = dict(w.ids, team=w.t.team, env="prod", name="cold_start", request_id="x", report="x",
               key=w.t.key_id, project=lab.value("SELECT slug FROM projects WHERE id = '%s'"
                                                 % w.t.project),
               group_id=w.ask("GET", P + "/crashes")["crashes"][0]["group_id"],
               person_id=w.ask("GET", P + "/persons")["persons"][0]["person_id"])
    owner = site.signed_in(lab, lab.owner)
    failed, seen, asked = [], set(), 0
    for row in worlds.routes(lab):
        if row["method"] != "GET" or not row["pattern"].startswith("/t/{team}/p/"):
            continue
        path = re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(str(ids.get(m.group(1), "x")),
                                                                 safe=""), row["pattern"])
        for query in QUERIES + (("name=cold_start&compare=none",) if "performance" in path else ()):
            status = owner.get(path + ("?" + query if query else "")).status
            asked += 1
            if status >= 500:
                failed.append("%d %s?%s" % (status, path, query))
            if status == 200:
                seen.add(row["pattern"])
    tap.equal(failed, [], "%d questions, no failure" % asked)
    tap.at_least(len(seen), 35, "addresses that answered with a page or a file")
    tap.must_fail(owner.get("/t/%s/p/nowhere/prod/overview" % w.t.team).status == 200,
                  "a page that is not there")


tap.run(main)
