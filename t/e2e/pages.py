"""The pages in a real browser (pages.mjs): an environment with data, hostile
rows among them, and one that still waits for its first event. 50-pages*.py run
a part each."""
import os
import runpy
import shutil
import subprocess
import time
import uuid

import e2e
import http1
from e2e import tap

PASSWORD = "correct horse battery"
LONG = "x" * 1024
HOSTILE = [
    ("<script>alert(1)</script>",
     {"<img src=x onerror=alert(1)>": "\"><svg onload=alert(1)>"}),
    ("\"'><b>bold", {"q\"'": "a'b\"c", "&amp;": "&lt;"}),
    ("\u202egnp.exe", {"rtl": "\u202eabc \u05d0\u05d1\u05d2"}),
    ("long_value", {"long": LONG, "k" * 64: "v"}),
    ("w" * 200, {"a.b": 1, "c:d": True, "e": None, "f": [1], "g": {"h": 2}}),
    ("javascript:alert(1)", {"u": "javascript:alert(1)"}),
    ("{{NAME}}{{#X}}", {"t": "{{JSON:none}}"}),
]

STACK = "".join("#%d      %s (package:%s.dart:%d:7)\n" % (i, f, p, i + 40) for i, (f, p) in
                enumerate((("Cart.<b>total", "shop/cart"), ("State.setState", "flutter/state"),
                           ("Element.rebuild", "flutter/framework"), ("Page." + "w" * 120,
                                                                     "shop/" + "p" * 90))))


def project(lab, team, name):
    made = lab.ctl("project", "create", "--team", team["slug"], "--name", name,
                   "--platform", "flutter")
    key = lab.ctl("key", "create", "--project", made["id"], "--env", "prod",
                  "--type", "write")
    return "/t/%s/p/%s/prod/" % (team["slug"], made["slug"]), key["token"]


def prepare(lab):
    """A login of its own in two teams, and a team of somebody else."""
    mark = lab.rng.randrange(10 ** 9)
    email = "pages-%d@example.org" % mark
    for who in (email, "other-" + email):
        lab.ctl("user", "create", "--email", who, "--verified",
                "--system-admin", "--password-stdin",
                data=(PASSWORD + "\n").encode())
    teams = [lab.ctl("team", "create", "--name", name, "--owner", owner)
             for name, owner in (("Pages %d" % mark, email),
                                 ("Second %d" % mark, email),
                                 ("Other %d" % mark, "other-" + email))]
    full, key = project(lab, teams[0], "Alpha <b>\"&")
    empty, empty_key = project(lab, teams[0], "Empty")
    project(lab, teams[1], "Beta")
    foreign, _ = project(lab, teams[2], "Gamma")
    fill(lab, key)
    limits = {level: near_limit(lab, email, "Limit %d %d" % (level, mark), level)
              for level in (80, 100)}
    return {"TM_LETTERS": " ".join(letters(lab)),
            "TM_NEAR_LIMIT": limits[80], "TM_OVER_LIMIT": limits[100],
            "TM_EMAIL": email, "TM_FULL": full, "TM_EMPTY": empty,
            "TM_KEY": empty_key, "TM_FOREIGN": foreign}


def near_limit(lab, email, name, level):
    """A project of a team that has used so much of its plan, and was told, this
    month and in the one that may begin while the pages are looked at."""
    team = lab.ctl("team", "create", "--name", name, "--owner", email)
    lab.ctl("plan", "set", "--team", team["slug"], "--limit", "events=1000")
    months = ("SELECT '%s', date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months"
              " => n), %%s FROM generate_series(0, 1) n" % team["id"])
    lab.sql("INSERT INTO team_usage (team_id, month, events) " + months % (level * 10))
    lab.sql("INSERT INTO usage_warnings (team_id, month, meter, level, used, allowed) "
            + months % ("'events', %d, %d, 1000" % (level, level * 10)))
    return project(lab, team, "Busy")[0]


def letters(lab):
    """Dead letters: an event that the store refused, and bytes nobody can read."""
    poison = runpy.run_path(os.path.join(e2e.ROOT, "t/chaos/14-poison.py"), run_name="poison")
    t = lab.tenant("letters")
    with lab.paused():
        _, wire = poison["template"](lab, t, http1.Client(lab.host, lab.port))
        value = poison["POISON"]["an escaped NUL"]
        poison["push"](lab, wire.replace(poison["MARK"], value), 3, t.env)
    lab.drain(20)
    refused = lab.value("SELECT max(id) FROM dead_letters WHERE environment_id = %d" % t.env)
    return refused, lab.value(
        "INSERT INTO dead_letters (environment_id, batch_id, item_index, reason, sqlstate,"
        " detail, wire) VALUES (%d, 'b<i>', 0, 'no decoder', '22000', '<script>alert(1)</script>',"
        " '\\xdeadbeef') RETURNING id" % t.env)


def crash(ago_s, text="Bad state", **more):
    return dict({"type": "crash", "event_id": str(uuid.uuid4()),
                 "timestamp": e2e.stamp(ago_s), "exception": {
                     "type": "StateError", "message": text, "stacktrace": STACK},
                 "breadcrumbs": [{"type": "ui", "message": "tap " + text,
                                  "data": {"id": text}}]}, **more)


def fill(lab, key):
    events = [e2e.event("screen_view", timestamp=e2e.stamp(i * 1800),
                        properties={"screen": "Cart", "n": i})
              for i in range(200)]
    bad = [e2e.event(name, properties=properties, namespace="hostile",
                     timestamp=e2e.stamp(60))
           for name, properties in HOSTILE]
    app = {"bundle_id": "com.example.e2e", "version_name": "<i>1</i>",
           "build_number": "1"}
    device = {"device_id": "d<u>", "platform": "android", "model": "<b>"}
    who = {"anonymous_id": "a\"><script>alert(2)</script>"}
    crashes = [crash(i * 7200) for i in range(30)]
    crashes += [crash(90, text, fingerprint="f-" + str(i)) for i, (text, _) in enumerate(HOSTILE)]
    traces = [{"type": "trace", "event_id": str(uuid.uuid4()), "name": text[:200],
               "duration_ms": 40 + i, "timestamp": e2e.stamp(90), "attributes": {"t": text},
               "spans": [{"name": text[:200], "start_ms": 1, "duration_ms": 9}]}
              for i, (text, _) in enumerate(HOSTILE)]
    for body in (e2e.envelope(events), e2e.envelope(crashes), e2e.envelope(traces),
                 e2e.envelope([crash(70)], app=app, device=device, user=who),
                 e2e.envelope(bad, app=app, device=device, user=who)):
        status, _, reply = e2e.call_json(lab, "POST", "/api/v1/ingest/batch",
                                         key, body)
        tap.equal((status, reply.get("rejected")), (202, 0),
                  "events for the pages are taken")
    lab.drain()


def main(part):
    lab = e2e.start()
    node = shutil.which("node")
    modules = os.environ.get("TIDEMARK_NODE_MODULES", "t/npm/node_modules")
    if not tap.ok(node and os.path.isdir(modules),
                  "node and the browser tools are there", modules):
        return
    given = prepare(lab)
    begin = time.monotonic()
    run = subprocess.run(
        [node, os.path.join(e2e.HERE, "pages.mjs")], stdout=subprocess.PIPE,
        env=dict(os.environ, TM_URL=lab.url, TM_PASSWORD=PASSWORD, TM_PART=part, **given))
    for line in run.stdout.decode().splitlines():
        if line.startswith(("ok ", "not ok ")):
            tap.ok(line.startswith("ok "), line.split(" - ", 1)[1])
        elif line.startswith("# "):
            tap.note(line[2:])
    tap.equal(run.returncode, 0, "pages.mjs ends well")
    tap.note("the browser took %.0f s" % (time.monotonic() - begin))


def run(part):
    tap.run(lambda: main(part))
