#!/usr/bin/env python3
"""The documentation: the reference says what openapi.json says, the errors
page what the error table says, a quickstart has the real key for those who may
see it, and its code does what the page promises."""
import html
import json
import os
import re
import subprocess
import sys
import tempfile

import e2e
import site_http as site
from e2e import tap

sys.path.insert(0, os.path.join(e2e.ROOT, "t", "conformance"))
import javascript  # noqa: E402

TAGS = re.compile(r"<[^>]*>")
# A row of a table whose last cell, the meaning, is empty.
MUTE = re.compile(r'<td class="mono path">([^<]*)(?:(?!</tr>).)*<td>\s*</td></tr>')


def text_of(page):
    return html.unescape(TAGS.sub("", page))


def reference(s, lab):
    doc = json.loads(e2e.call(lab, "GET", "/api/openapi.json")[2])
    listed = s.get("/docs/api").html
    ops = [(p, m, o) for p, item in doc["paths"].items() for m, o in item.items()]
    tap.at_least(len(ops), 60, "operations")
    tap.equal([o["operationId"] for p, m, o in ops
               if '<a href="/docs/api/%s">%s</a>' % (o["operationId"], p) not in listed], [],
              "each is listed")
    names = re.findall(r'<h2>([^<]*)</h2>', listed)
    tap.equal(len(names), len(set(names)), "no group stands there twice")
    lacking, mute = [], []
    for path, method, op in ops:
        raw = s.get("/docs/api/" + op["operationId"]).html
        mute += [(op["operationId"], name) for name in MUTE.findall(raw)]
        page = text_of(raw)
        wanted = [op["summary"], method.upper(), path] + list(op["responses"])
        wanted += [p["name"] for p in op.get("parameters", []) if "name" in p]
        lacking += [(op["operationId"], w) for w in wanted if w not in page]
    tap.equal(lacking, [], "each page has its parameters and answers")
    tap.equal(mute, [], "each row of each table says what it means")
    tap.must_fail(not MUTE.search('<tr><td class="mono path">f</td><td>string</td><td></td></tr>'),
                  "a row without a meaning")
    raw = s.get("/docs/api/ingestBatch").html
    tap.ok("<code>attributes</code> is the same key" in raw and "`" not in text_of(raw),
           "names in a meaning are code")
    page = text_of(raw)
    for field in ("schema_version", "events[].type", "results[].code", "warnings"):
        tap.ok(field in page, "fields of bodies and replies: " + field)
    tap.equal(s.get("/docs/api/nothing").status, 404, "an operation that does not exist")


def errors(s):
    page = text_of(s.get("/docs/errors").html)
    for word in ("validation_failed", "queue_full", "beyond_retention", "sampled", "Retry-After"):
        tap.ok(word in page, "errors: " + word)


# A step of a quickstart: where its code goes, and the code.
STEP = re.compile(r'<section class="section step-of".*?</section>', re.DOTALL)
WHERE = re.compile(r'<p class="hint">In ([^<]*)</p>')
CODE = re.compile(r'<pre id="c-[0-9]+"[^>]*>(.*?)</pre>', re.DOTALL)
# What the text of a page says to a terminal, before and after the steps.
FOLLOWED = {
    "node": ([], ["node first.mjs"]),
    "python": ([], ["python3 first.py"]),
    "go": (["go mod init example.com/first"], ["go run ."]),
    "c": ([], []),
    "curl": ([], []),
}
INSTALLS = re.compile(r"npm install|pip install")  # downloads: the packages are there


def steps(page):
    for section in STEP.findall(page):
        where, code = WHERE.search(section), CODE.search(section)
        if code:
            yield html.unescape(where.group(1)) if where else "", html.unescape(code.group(1))


def package(folder):
    """The JavaScript package as an installation leaves it."""
    os.makedirs(os.path.join(folder, "node_modules/@tidemark"))
    os.symlink(javascript.build(), os.path.join(folder, "node_modules/@tidemark/sdk"))


def follow(page, name):
    """From an empty folder, as the page says; what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "node":
            package(folder)
        env = dict(os.environ, PYTHONPATH=os.path.join(e2e.ROOT, "sdk/python/src"), GOPROXY="off",
                   GOCACHE=os.environ.get("GOCACHE") or os.path.expanduser("~/.cache/go-build"))
        commands = []
        for where, code in steps(page):
            if where == "a terminal":
                commands.append(code)
            elif where:
                with open(os.path.join(folder, where), "w", encoding="utf-8") as f:
                    f.write(code)
        before, after = FOLLOWED[name]
        for command in before + [c for c in commands if not INSTALLS.search(c)] + after:
            p = subprocess.run(["sh", "-ec", command.replace("/path/to/tidemark", e2e.ROOT)], cwd=folder,
                               env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            if p.returncode != 0:
                return "%s\n%s" % (command, p.stdout.decode("utf-8", "replace")[-2000:])
    return ""


def came(lab, tenant):
    key = e2e.read_token(lab, tenant)
    rows = e2e.call_json(lab, "GET", "/api/v1/projects/%s/events?env=prod&limit=50"
                         % tenant.project, key)[2]["events"]
    return sorted(r["properties"]["from"] for r in rows if r["name"] == "first_event")


def quickstarts(lab, s, team, key, path):
    index = s.get("/docs").html
    ids = re.findall(r'href="/docs/quickstart/([a-z-]+)"', index)
    tap.equal(ids, ["flutter", "browser", "react-native", "node", "python", "go", "c", "curl"],
              "quickstarts")
    for name in ids:
        open_page, own = s.get("/docs/quickstart/" + name), s.get(path + "/quickstart/" + name)
        tap.ok("YOUR_WRITE_KEY" in open_page.html and key not in open_page.html,
               "%s without a project has no key" % name)
        tap.ok(key in own.html and "YOUR_WRITE_KEY" not in own.html,
               "%s in the project has its key" % name)
    tap.equal(s.get("/docs/quickstart/nothing").status, 404, "a quickstart that does not exist")
    for name in FOLLOWED:
        tap.equal(follow(s.get(path + "/quickstart/" + name).html, name), "", "the steps of %s run" % name)


def main():
    lab = e2e.start()
    world = lab.tenant("docs")
    s = site.Site(lab.url)
    s.sign_in(lab.owner, "correct horse battery")
    path = lab.value("SELECT '/t/' || t.slug || '/p/' || p.slug || '/prod' FROM projects p JOIN teams"
                     " t ON t.id = p.team_id WHERE p.id = '%s'" % world.project)
    reference(s, lab)
    errors(s)
    quickstarts(lab, s, world.team, world.key, path)
    lab.drain(30)
    tap.equal(came(lab, world), sorted(FOLLOWED), "what the pages' code sent arrived, once")
    tap.must_fail("/docs/api/ingestBatch" not in s.get("/docs/api").html,
                  "a list without the first operation")


if __name__ == "__main__":
    tap.run(main)
