#!/usr/bin/env python3
"""From nothing to a number on the overview, in a real browser: sign up (with a
password, with a second factor, with GitHub), verify, make a project, send an
event with the snippet that the page shows, see it. Wide, and as a phone
without JavaScript. The steps are in 58-first-run.mjs."""
# takes: 60 s
import base64
import contextlib
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import time
import urllib.request

import e2e
import outbox
from e2e import tap

PASSWORD = "three unrelated words"


def totp(secret, ahead):
    """RFC 6238: six digits of now, or of the step after."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time()) // 30 + ahead
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = int.from_bytes(digest[at:at + 4], "big") & 0x7FFFFFFF
    return "%06d" % (number % 10 ** 6)


def answer(lab, words):
    if words[0] == "link":
        return outbox.link(outbox.wait(words[2], words[1]))
    if words[0] == "totp":
        return totp(words[1], int(words[2]))
    if words[0] == "run":  # what the page says, to the letter
        for _ in range(20):  # again when a busy machine says 503
            run = subprocess.run(["sh", "-c", base64.b64decode(words[1])],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 timeout=30)
            if b'"unavailable"' not in run.stdout:
                break
        lab.drain()
        return run.stdout.decode().replace("\n", " ") or "nothing: " + \
            run.stderr.decode().replace("\n", " ")
    raise AssertionError(words)


def walk(lab, way, width, js, mark):
    node = shutil.which("node")
    email = "%s%d%s-%d@example.org" % (way, width, js, mark)
    given = {"TM_URL": lab.url, "TM_WAY": way, "TM_WIDTH": str(width),
             "TM_JS": js, "TM_EMAIL": email, "TM_PASSWORD": PASSWORD,
             "TM_LOGIN": "hub%d%s%d" % (width, js, mark)}
    p = subprocess.Popen([node, os.path.join(e2e.HERE, "58-first-run.mjs")],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         env=dict(os.environ, **given), text=True)
    steps = 0
    for line in p.stdout:
        line = line.rstrip("\n")
        if line.startswith("? "):
            try:
                reply = answer(lab, line[2:].split())
            except (AssertionError, subprocess.TimeoutExpired) as e:
                reply = "none: %s" % str(e).replace("\n", " ")
            p.stdin.write(reply + "\n")
            p.stdin.flush()
        elif line.startswith(("ok - ", "not ok - ")):
            steps += 1
            tap.ok(line.startswith("ok"), line.split(" - ", 1)[1])
        elif line.startswith("# "):
            tap.note(line[2:])
    p.stdin.close()
    tap.equal(p.wait(), 0, "%s %d %s: the walk ends well" % (way, width, js))
    tap.at_least(steps, 15, "and went all the way, checks")


@contextlib.contextmanager
def providers(lab, logins):
    """The GitHub-shaped server of 53-social.py, with these accounts."""
    p = subprocess.Popen(
        [shutil.which("node"), os.path.join(e2e.HERE, "social",
                                            "providers.mjs")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=dict(os.environ, TM_URL=lab.url))
    try:
        at = json.loads(p.stdout.readline())
        accounts = {
            login: {"id": 1000 + i + lab.rng.randrange(10 ** 9),
                    "name": "Hub " + login, "emails": [
                        {"email": login + "@example.org", "primary": True,
                         "verified": True}]}
            for i, login in enumerate(logins)}
        urllib.request.urlopen(urllib.request.Request(
            at["github"] + "/", json.dumps(accounts).encode(),
            method="PUT")).read()
        with lab.settings("web", TIDEMARK_GITHUB_CLIENT_ID="tm-github",
                          TIDEMARK_GITHUB_CLIENT_SECRET=at["secret"],
                          TIDEMARK_GITHUB_URL=at["github"],
                          TIDEMARK_GITHUB_API_URL=at["github"] + "/api"):
            lab.wait_ready()
            yield
    finally:
        p.stdin.close()
        p.wait()


def main():
    lab = e2e.start()
    modules = os.environ.setdefault("TIDEMARK_NODE_MODULES",
                                    "t/npm/node_modules")
    if not tap.ok(shutil.which("node") and os.path.isdir(modules) and
                  shutil.which("curl"), "node, curl and the browser tools are"
                  " there", modules):
        return
    mark = lab.rng.randrange(10 ** 9)
    ways = os.environ.get("TM_WAYS", "password two-factor github").split()
    sizes = ((1360, "yes"), (390, "no"))
    for way in [w for w in ways if w != "github"]:
        for width, js in sizes:
            walk(lab, way, width, js, mark)
    if "github" in ways:
        logins = ["hub%d%s%d" % (width, js, mark) for width, js in sizes]
        with providers(lab, logins):
            for width, js in sizes:
                walk(lab, "github", width, js, mark)


tap.run(main)
