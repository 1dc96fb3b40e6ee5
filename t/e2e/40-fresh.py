#!/usr/bin/env python3
"""From the 202 to a row that the API returns: p95 under 2 s, no load."""
# alone: it measures milliseconds
import time
import urllib.parse

import e2e
import lab as labs
from e2e import tap

TRIES = 40


def visible(lab, tenant, token, event_id):
    query = urllib.parse.urlencode({"env": "prod", "limit": 5})
    status, _, body = e2e.call_json(
        lab, "GET", "/api/v1/projects/%s/events?%s" % (tenant.project, query),
        token)
    return status == 200 and any(
        e["event_id"] == event_id for e in body["events"])


def main():
    lab = e2e.start()
    tenant = lab.tenant("fresh")
    token = e2e.read_token(lab, tenant)
    took = []
    for i in range(TRIES):
        one = e2e.event("fresh")
        status, _, _ = e2e.call_json(lab, "POST", "/api/v1/ingest/batch",
                                     tenant.key, e2e.envelope([one]))
        accepted = time.monotonic()
        if status != 202:
            tap.equal(status, 202, "event %d" % i)
            continue
        seen = e2e.until(10, lambda: visible(lab, tenant, token,
                                             one["event_id"]))
        took.append(time.monotonic() - accepted if seen is not None else 99)
    tap.equal(len(took), TRIES, "all were accepted")
    tap.at_most(labs.percentile(took, 95), 2, "p95 of 202 to visible, s")
    tap.note("median %.3f s, worst %.3f s" % (
        labs.percentile(took, 50), max(took, default=0)))


tap.run(main)
