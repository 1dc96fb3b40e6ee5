#!/usr/bin/env python3
"""dart - the core of sdk/flutter plays the cases of sdk/spec; its own tests
run on the same VM, the thin Flutter layer on a stub of package:flutter."""
# takes: 64 s
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdk  # noqa: E402
import dart_vm  # noqa: E402  (t/lib)
import tap  # noqa: E402

FLUTTER = [("flutter", os.path.join(dart_vm.SOURCE, "test", "stub_flutter"))]


def read(argv):
    """The checks of a program that prints TAP become ours."""
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=300)
    lines = p.stdout.splitlines()
    seen = 0
    for i, line in enumerate(lines):
        m = re.match(r"(not )?ok \d+ - (.*)", line)
        if m:
            seen += 1
            tap.ok(not m.group(1), "sdk/flutter: " + m.group(2), "\n".join(lines[i + 1:i + 4]))
    tap.ok(p.returncode == 0 and "1..%d" % seen in lines and seen > 0,
           "sdk/flutter: its tests run to their end", p.stdout[-2000:])


def own():
    tests = dart_vm.build("test/all.dart", FLUTTER)
    read(tests)
    with tempfile.TemporaryDirectory() as folder:  # 32 KiB a file, then EFBIG
        limit = ["sh", "-c", 'trap "" XFSZ; ulimit -f 64; exec "$@"', "sh"]
        read(limit + tests + ["limited", folder])
    timeline(tests)


def timeline(tests):
    """The VM's own record of a trace that ended, and of one that was cancelled."""
    with tempfile.NamedTemporaryFile(dir=dart_vm.WORK) as f:
        flags = ["--timeline_streams=Dart", "--timeline_recorder=file:" + f.name]
        read(tests[:1] + flags + tests[1:] + ["timeline"])
        seen = [(e["name"], e["ph"]) for e in json.load(f) if e.get("cat") == "Dart"]
    tap.equal(seen, [("a", "b"), ("a", "e"), ("b", "b"), ("b", "e")],
              "sdk/flutter: the Dart timeline shows each trace")


def example():
    """test/all.dart has compiled the example; a wrong call in it would not."""
    with open(os.path.join(dart_vm.SOURCE, "example/lib/main.dart"), encoding="utf-8") as f:
        text = f.read()
    with tempfile.NamedTemporaryFile("w", suffix=".dart", dir=dart_vm.WORK) as f:
        f.write(text.replace("traits:", "traites:"))
        f.flush()
        tap.must_fail(dart_vm.compiles(f.name, FLUTTER), "a wrong call compiles")
    versions = []
    for path, form in (("pubspec.yaml", r"^version: (\S+)"), ("CHANGELOG.md", r"^## (\S+)"),
                       ("lib/src/core/version.dart", r"sdkVersion = '(.+)'")):
        with open(os.path.join(dart_vm.SOURCE, path), encoding="utf-8") as f:
            versions.append(re.search(form, f.read(), re.M).group(1))
    tap.equal(len(set(versions)), 1, "sdk/flutter: one version everywhere: %s" % versions[0])


def web():
    """What is for the web compiles on a stub of dart:js_interop."""
    with tempfile.TemporaryDirectory(dir=dart_vm.WORK) as folder:
        shutil.copytree(os.path.join(dart_vm.SOURCE, "lib/src/core"), folder, dirs_exist_ok=True)
        for path in glob.glob(os.path.join(folder, "web", "*.dart")):
            with open(path, encoding="utf-8") as f:
                text = f.read()
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace("dart:js_interop", "package:stub_js/js_interop.dart"))
        main = os.path.join(folder, "main.dart")
        with open(main, "w", encoding="utf-8") as f:
            f.write("import 'web/platform.dart';\n"
                    "void main() => print([openFolder, openTransport, detectDevice]);\n")
        stub = [("stub_js", os.path.join(dart_vm.SOURCE, "test", "stub_js"))]
        tap.ok(dart_vm.compiles(main, stub), "sdk/flutter: what is for the web compiles")


def samples():
    """(group, type, message, stack) of t/unit's stacks as Dart prints them."""
    with open(os.path.join(sdk.TOP, "t/unit/ingest/crashes/dart.txt"), encoding="utf-8") as f:
        for block in re.split(r"^=== ", f.read(), flags=re.M)[1:]:
            head, kind, message, stack = block.split("\n", 3)
            yield head.split(" | ")[0], kind[6:], message[9:], stack


def grouped():
    """Stacks with names and obfuscated ones, through the SDK to the real server."""
    sys.path.insert(0, os.path.join(sdk.TOP, "t", "e2e"))
    import e2e
    lab = e2e.start()
    tenant = lab.tenant("sdk-dart-groups")
    driver = sdk.Driver(dart_vm.build("conformance/driver.dart"))
    driver.call({"do": "init", "kind": "client", "endpoint": lab.url, "key": tenant.key,
                 "dir": None, "now": int(time.time() * 1000), "jitter": 0.5, "options": {}})
    want = collections.Counter()
    for group, kind, message, stack in samples():
        driver.call({"do": "crash", "type": kind, "message": message, "stacktrace": stack,
                     "fatal": False})
        want[group] += 1
    driver.call({"do": "close"})
    driver.end()
    tap.ok(lab.drain(120), "dart: what the server took is stored")
    path = "/api/v1/projects/%s/crashes?env=prod&limit=1000" % tenant.project
    groups = e2e.call_json(lab, "GET", path, e2e.read_token(lab, tenant))[2]["crashes"]
    tap.equal(sorted(g["crashes"] for g in groups), sorted(want.values()),
              "dart: %d stacks are %d groups on the real server" % (want.total(), len(want)))


sdk.main("dart", dart_vm.build("conformance/driver.dart"), kinds=["client"], disk=[True, False],
         more=[own, example, web, grouped])
