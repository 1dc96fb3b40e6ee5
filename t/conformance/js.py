#!/usr/bin/env python3
"""The JavaScript SDK: the package is built as it is shipped, played the cases
of sdk/spec as a server's and as a client's SDK, measured, and used as others
would: by import, by require(), by TypeScript. Its browser entry: js_browser.py."""
# takes: 50 s
import gzip
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import javascript  # noqa: E402
import sdk  # noqa: E402
from sdk import tap  # noqa: E402

CORE = 4096  # bytes, gzip


def size(folder, name):
    with open(os.path.join(folder, "dist", name), "rb") as f:
        return len(gzip.compress(f.read(), 9, mtime=0))


def sizes(folder):
    tap.at_most(size(folder, "browser.js"), CORE, "js: bytes of the browser's core, gzip")
    tap.must_fail(size(folder, "full.js") <= CORE, "all of the interface would be as small")
    for name in ("full", "errors", "vitals", "react", "tidemark", "react-native", "node"):
        tap.note("%s.js: %d bytes, gzip" % (name, size(folder, name + ".js")))
    for name in ("browser.js", "full.js", "errors.js", "vitals.js", "tidemark.js"):
        with open(os.path.join(folder, "dist", name), encoding="utf-8") as f:
            text = f.read()
        tap.ok("import" not in text.split("\n")[0][:7] and "require(" not in text
               and "eval(" not in text and "new Function" not in text,
               "js: %s depends on nothing, and needs no eval" % name)


def own_tests(folder):
    for name in sorted(os.listdir(os.path.join(javascript.HERE, "test"))):
        if not name.endswith(".test.mjs"):
            continue
        p = subprocess.run(["node", os.path.join(javascript.HERE, "test", name)],
                           env=dict(os.environ, TIDEMARK_JS=folder,
                                    TIDEMARK_NODE_MODULES=javascript.modules()),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in p.stdout.splitlines():
            if line.startswith(("ok - ", "not ok - ")):
                tap.ok(line.startswith("ok"), "js: " + line.split(" - ", 1)[1], p.stdout[-1500:])
        tap.ok(p.returncode == 0 and "ok - " in p.stdout, "js: %s ends well" % name, p.stdout[-3000:])


# --- the package as others use it ---

USE = """import { Tidemark } from "@tidemark/sdk";
import { Tidemark as Full } from "@tidemark/sdk/full";
import { captureErrors } from "@tidemark/sdk/errors";
import { captureVitals } from "@tidemark/sdk/vitals";
import { useTrack } from "@tidemark/sdk/react";
import { createTidemark } from "@tidemark/sdk/react-native";
import { Tidemark as Server, TidemarkApp, type Who } from "@tidemark/sdk/node";
import { expressTraces } from "@tidemark/sdk/express";
const options = { key: "k", endpoint: "https://x" };
const core = new Tidemark(options), full = new Full(options), server = new Server({ ...options, dir: "q" });
const who: Who = { userId: "u" };
core.track("a"); core.track("ns", "a", { b: 1 }); core.alias("b"); full.set({ plan: "pro" }); server.track("a", {}, who); server.alias("b", who);
captureErrors(core).capture(new Error("x")); captureVitals(full); expressTraces(server);
const done: Promise<void> = server.close();
// @ts-expect-error whose an event is, a page knows
core.track("a", {}, who);
// @ts-expect-error and whose an alias is
core.alias("b", who);
// @ts-expect-error user properties are not in the core
core.set({ a: 1 });
export { done, TidemarkApp, createTidemark, useTrack };
"""


# A server that renders a page, and the same program as a page's bundle has it.
RENDER = """
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { Tidemark } from "@tidemark/sdk";
import { Tidemark as Full } from "@tidemark/sdk/full";
import { captureErrors } from "@tidemark/sdk/errors";
import { captureVitals } from "@tidemark/sdk/vitals";
import { TidemarkErrorBoundary, TidemarkProvider, useTrack } from "@tidemark/sdk/react";
const options = { key: "k", endpoint: "http://127.0.0.1:9" };
const core = new Tidemark(options), sdk = new Full(options);
const crashes = captureErrors(sdk);
captureVitals(core);
const Inside = () => { useTrack()("rendered"); return h("b", null, sdk.flag("new", true) ? "new" : "old"); };
sdk.identify("u"); sdk.set({ plan: "pro" }); sdk.startTrace("t").stop(); sdk.setConsent({ analytics: true });
core.track("a"); core.optOut(); core.optIn(); crashes.capture(new Error("x"));
const html = renderToString(h(TidemarkProvider, { sdk }, h(TidemarkErrorBoundary, { crashes }, h(Inside))));
await core.flush(); await sdk.flush(); await sdk.close();
console.log(html, core instanceof Tidemark);
"""


def consumer(folder, parent):
    """A project beside the package, installed as npm would."""
    modules = os.path.join(parent, "node_modules")
    os.makedirs(os.path.join(modules, "@tidemark"))
    shutil.copytree(folder, os.path.join(modules, "@tidemark", "sdk"))
    os.symlink(os.path.join(javascript.modules(), "@types"), os.path.join(modules, "@types"))
    for name in ("react", "react-dom", "scheduler", "csstype", "undici-types"):
        os.symlink(os.path.join(javascript.modules(), name), os.path.join(modules, name))
    for name, text in (("use.mts", USE), ("use.cts", USE), ("package.json", "{}")):
        with open(os.path.join(parent, name), "w", encoding="utf-8") as f:
            f.write(text)


def tsc(parent, *files):
    p = subprocess.run(["node", os.path.join(javascript.modules(), "typescript/bin/tsc"), "--noEmit",
                        "--strict", "--module", "node16", "--target", "es2022", "--skipLibCheck",
                        "false", "--lib", "es2022,dom", "--types", "node"] + list(files),
                       cwd=parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.returncode, p.stdout[-3000:]


def rendered(parent):
    with open(os.path.join(parent, "render.mjs"), "w", encoding="utf-8") as f:
        f.write(RENDER)
    p = subprocess.run(["node", "render.mjs"], cwd=parent, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=60)
    tap.equal((p.returncode, p.stdout), (0, "<b>new</b> true\n"),
              "js: on a server that renders a page it does nothing")
    p = subprocess.run(["node", "-C", "browser", "render.mjs"], cwd=parent, timeout=60,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.must_fail(p.returncode == 0, "js: what is for pages runs without one")


def package(folder):
    with javascript.folder() as parent:
        consumer(folder, parent)
        with open(os.path.join(folder, "package.json"), encoding="utf-8") as f:
            manifest = json.load(f)
        lost = [x for entry in manifest["exports"].values() for x in javascript.targets(entry)
                if not os.path.exists(os.path.join(folder, x))]
        tap.equal(lost, [], "js: what package.json exports is there")
        names = [x for x in manifest["exports"] if not x.endswith((".js", ".json"))]
        tap.at_least(len(names), 8, "js: entry points")
        for how, file, code in (
                ("import", "use.mjs", "for (const x of %s) await import('@tidemark/sdk' + x.slice(1))"),
                ("require()", "use.cjs", "for (const x of %s) require('@tidemark/sdk' + x.slice(1))")):
            with open(os.path.join(parent, file), "w", encoding="utf-8") as f:
                f.write(code % json.dumps(names))
            p = subprocess.run(["node", file], cwd=parent, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
            tap.equal((p.returncode, p.stdout), (0, ""), "js: each entry by " + how)
        rendered(parent)
        tap.equal(tsc(parent, "use.mts", "use.cts"), (0, ""), "js: types for import and require()")


def fits(case, kind, disk, every=sdk.fits):
    """The short form plays the server's cases in memory and the client's on
    disk, as both are mostly used; what is about the other queue there too."""
    usual = disk == (kind == "client")
    return every(case, kind, disk) and (sdk.LONG or usual or case.get("disk", "both") != "both")


def native(driver):
    """React Native's entry: what its storage is for; all cases in the long form."""
    sdk.fits = lambda case, kind, disk: fits(case, kind, disk) and "tear" not in json.dumps(
        case) and (sdk.LONG or case.get("disk") is True)
    net = sdk.Network()
    sdk.play("js, native", driver, net, ["client"], [True])
    net.close()


def main():
    sdk.fits = fits
    folder = javascript.build()
    if not tap.ok(folder, "js: the package builds", javascript.said):
        tap.done()
    driver = ["node", os.path.join(javascript.HERE, "conformance", "driver.mjs"),
              os.path.join(folder, "dist")]
    sdk.main("js", driver, kinds=["server", "client"], disk=[True, False],
             more=[lambda: native(driver + ["native"]), lambda: sizes(folder),
                   lambda: own_tests(folder), lambda: package(folder)])


main()
