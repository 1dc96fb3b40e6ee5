#!/usr/bin/env python3
"""What a monitor reads: every metric that the alert rules and the dashboard
name is in /metrics from the first moment; the runbook is the same as page and
as manual page, and each alert leads to a topic that the page has."""
import html
import json
import os
import re
import subprocess

import e2e
import site_http as site
from e2e import tap

PASSWORD = "correct horse battery"
MONITORING = os.path.join(e2e.ROOT, "src/programs/deploy/monitoring")
OTHERS = {"tidemark_queue_nothing"}  # for the negative control


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def named():
    """file -> metrics in its expressions."""
    dash = json.loads(read(os.path.join(MONITORING, "grafana-dashboard.json")))
    queries = " ".join(t["expr"] for p in dash["panels"]
                       for t in p.get("targets", []))
    rules = " ".join(re.findall(r"^\s+expr: (.*)$", read(os.path.join(
        MONITORING, "alerts.yml")), re.M))
    return {name: set(re.findall(r"\btidemark_[a-z0-9_]+", text))
            for name, text in (("dashboard", queries), ("alerts", rules))}


PARSER = """
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
found = list(text_string_to_metric_families(sys.stdin.read()))
print(len(found), *[f.name for f in found if not f.documentation
                    or "without a description" in f.documentation])
units = ("bytes", "seconds", "ms", "us")
print(*[f.name for f in found if f.name.split("_")[-1] in units and not f.unit])
"""


def parse(text):
    """By the parser of the Prometheus project, which Debian's Python has."""
    p = subprocess.run(["/usr/bin/python3", "-c", PARSER], input=text, capture_output=True)
    return p.stdout.decode().splitlines() if p.returncode == 0 else None


def well_formed(body):
    lines = parse(body)
    tap.ok(lines is not None, "it is OpenMetrics to the letter", body[:500])
    first = (lines or ["0"])[0].split()
    tap.at_least(int(first[0]), 30, "families")
    tap.equal(first[1:], [], "each says what it is")
    tap.equal((lines or ["", "?"])[1], "", "and each that has a unit names it")
    tap.must_fail(parse(body.replace(b"# EOF", b"")) is not None, "a text that is cut")


def metrics(lab):
    base = lab.admin_url
    status, _, body = e2e.call(lab, "GET", "/metrics", base=base)
    tap.equal(status, 200, "/metrics of the admin listener")
    well_formed(body)
    return set(re.findall(r"^(tidemark_[a-z0-9_]+)", body.decode(), re.M))


def samples(lab):
    """metric with its labels -> value."""
    base = lab.admin_url
    text = e2e.call(lab, "GET", "/metrics", base=base)[2].decode()
    return {name: float(value) for name, value in re.findall(r"^(tidemark_\S+) (\S+)$", text, re.M)}


def grown(lab, was, wanted):
    """By how much each has grown, once all have by as much as is wanted."""
    got = {}

    def enough():
        # a worker of the door tells once a second, after another request
        e2e.call(lab, "POST", "/api/v1/ingest/batch", "tm_wk_nobody", b"{}")
        now = samples(lab)
        got.update({k: now.get(k, 0) - was.get(k, 0) for k in wanted})
        return all(got[k] >= n for k, n in wanted.items())
    e2e.until(60, enough)
    return got


def figures(lab):
    """What is counted while something happens: durations, refusals by reason."""
    t, was = lab.tenant("figures"), samples(lab)
    for _ in range(3):
        e2e.call(lab, "POST", "/api/v1/ingest/batch", t.key, json.dumps(
            e2e.envelope([e2e.event()])).encode())
    bad = dict(e2e.event(), timestamp="yesterday")
    e2e.call(lab, "POST", "/api/v1/ingest/batch", t.key,
             json.dumps(e2e.envelope([e2e.event(), bad])).encode())
    e2e.call(lab, "POST", "/api/v1/ingest/batch", t.key, b"{")
    lab.drain()
    names = {"tidemark_store_latency_ms_count": 4, "tidemark_ingest_duration_us_count": 5,
             'tidemark_rejected_items_by_reason_total{reason="invalid_timestamp"}': 1,
             'tidemark_refused_requests_by_reason_total{reason="invalid_json"}': 1}
    got = grown(lab, was, names)
    tap.ok(all(got[k] >= n for k, n in names.items()),
           "4 batches were stored, 5 requests took their time, 2 were refused for their reasons",
           got)
    now = samples(lab)
    for name in ("store_latency_ms", "ingest_duration_us"):
        steps = [v for k, v in now.items() if k.startswith("tidemark_%s_bucket" % name)]
        tap.ok(steps == sorted(steps) and steps[-1] == now["tidemark_%s_count" % name] and
               now["tidemark_%s_sum" % name] > 0, name + " is a histogram that adds up", steps)
    tap.ok(0 < now["tidemark_postgresql_connections"] <= now["tidemark_postgresql_connections_max"]
           and now["tidemark_postgresql_database_bytes"] > 1e6, "connections of PostgreSQL, its size")
    tap.must_fail('tidemark_rejected_items_by_reason_total{reason="nonsense"}' in now,
                  "a reason that is none")


def runbook(lab):
    email = "runbook-%d@example.org" % lab.rng.randrange(10 ** 9)
    lab.ctl("user", "create", "--email", email, "--verified",
            "--system-admin", "--password-stdin",
            data=(PASSWORD + "\n").encode())
    s = site.Site(lab.url)
    s.sign_in(email, PASSWORD)
    page = s.get("/docs/runbook").html
    ids = re.findall(r'<article id="([a-z-]+)"', page)
    titles = [html.unescape(t) for t in re.findall(
        r"<h3>(.*?)(?: <span|</h3>)", page)]
    lines = [html.unescape(t) for t in re.findall(
        r"<pre[^>]*><code>(.*?)</code>", page, re.S)]
    tap.at_least(len(ids), 20, "topics of the page")
    manual = read(os.path.join(os.environ.get("TIDEMARK_STATE", lab.var),
                               "install/share/man/man7/tidemark-runbook.7"))
    tap.equal(re.findall(r"^\.Ss (.*)$", manual, re.M), titles,
              "the manual page has the same topics")
    blocks = [x for b in re.findall(r"\.Bd -literal.*?\n(.*?)\n\.Ed", manual,
                                    re.S) for x in b.split("\n")]
    tap.equal([b.replace("\\e", "\\") for b in blocks], lines,
              "and the same commands")
    for slug in re.findall(r"/docs/runbook#([a-z-]+)",
                           read(os.path.join(MONITORING, "alerts.yml"))):
        tap.ok(slug in ids, "an alert leads to " + slug)
    tap.ok('href="/docs/runbook"' in s.get("/system").html,
           "the health page leads to it")


def main():
    lab = e2e.start()
    found = metrics(lab)
    for name, want in named().items():
        tap.at_least(len(want), 8, name + " names metrics")
        tap.equal(sorted(want - found), [], name + ": all of them are there")
    tap.must_fail(not OTHERS - found, "a metric that is none")
    figures(lab)
    runbook(lab)


tap.run(main)
