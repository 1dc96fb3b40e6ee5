#!/usr/bin/env python3
"""The pages in a real browser (pages.mjs): an environment with data and one
that still waits for its first event, both themes, two widths, with and
without JavaScript."""
import os
import shutil
import subprocess

import e2e
from e2e import tap

PASSWORD = "correct horse battery"


def prepare(lab):
    """A login of its own; one project with data, one without."""
    mark = lab.rng.randrange(10 ** 9)
    email = "pages-%d@example.org" % mark
    lab.ctl("user", "create", "--email", email, "--verified",
            "--system-admin", "--password-stdin",
            data=(PASSWORD + "\n").encode())
    team = lab.ctl("team", "create", "--name", "Pages %d" % mark,
                   "--owner", email)
    paths = []
    for name in ("Alpha", "Empty"):
        project = lab.ctl("project", "create", "--team", team["slug"],
                          "--name", name, "--platform", "flutter")
        key = lab.ctl("key", "create", "--project", project["id"], "--env",
                      "prod", "--type", "write")
        paths.append("/t/%s/p/%s/prod/overview" % (team["slug"],
                                                   project["slug"]))
        if name == "Alpha":
            fill(lab, key["token"])
    return email, paths


def fill(lab, key):
    events = [e2e.event("screen_view", timestamp=e2e.stamp(i * 3600),
                        properties={"screen": "<b>Cart</b>", "n": i})
              for i in range(200)]
    status, _, _ = e2e.call_json(lab, "POST", "/api/v1/ingest/batch", key,
                                 e2e.envelope(events))
    tap.equal(status, 202, "events for the pages are taken")
    lab.drain()


def main():
    lab = e2e.start()
    node = shutil.which("node")
    modules = os.environ.get("TIDEMARK_NODE_MODULES", "t/npm/node_modules")
    if not tap.ok(node and os.path.isdir(modules),
                  "node and the browser tools are there", modules):
        return
    email, paths = prepare(lab)
    run = subprocess.run(
        [node, os.path.join(e2e.HERE, "pages.mjs")], stdout=subprocess.PIPE,
        env=dict(os.environ, TM_URL=lab.url, TM_EMAIL=email,
                 TM_PASSWORD=PASSWORD, TM_PATHS=paths[1]))
    for line in run.stdout.decode().splitlines():
        if line.startswith(("ok ", "not ok ")):
            tap.ok(line.startswith("ok "), line.split(" - ", 1)[1])
        elif line.startswith("# "):
            tap.note(line[2:])
    tap.equal(run.returncode, 0, "pages.mjs ends well")


tap.run(main)
