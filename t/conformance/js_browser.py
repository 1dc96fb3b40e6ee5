#!/usr/bin/env python3
"""The browser entries of sdk/js in a real browser, from pages of another
origin and with a strict content security policy, to the real server: hidden
pages, lost networks, closed tabs, errors, vitals, the script element, React.
Then the server is asked whether it has everything once. Steps: js_browser.mjs.
This is Chromium; Firefox is js_firefox.py."""
import collections
import http.server
import mimetypes
import os
import select
import shutil
import socket
import socketserver
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import javascript  # noqa: E402
sys.path.insert(0, os.path.join(javascript.TOP, "t", "e2e"))
import e2e  # noqa: E402
from e2e import tap  # noqa: E402

# What each browser measures: Firefox tells of no layout shifts, and no number is not 0.
VITALS = {"chromium": ["CLS", "FCP", "INP", "LCP", "TTFB"], "firefox": ["FCP", "INP", "LCP", "TTFB"]}
PAGE = """<!doctype html><html lang="en" data-key="%(key)s" data-endpoint="%(url)s"><head>
<meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">%(head)s</head>
<body><main><h1>A page</h1><p>With some text.</p><button id="press">Press</button>
<div id="root"></div></main>%(foot)s</body></html>"""
APP = """import { Tidemark } from "/dist/browser.js";
import { captureErrors } from "/dist/errors.js";
import { captureVitals } from "/dist/vitals.js";
const { key, endpoint } = document.documentElement.dataset;
window.violations = 0;
addEventListener("securitypolicyviolation", () => window.violations++);
window.sdk = new Tidemark({ key, endpoint, app: { id: "shop.example.com", version: "2.3.1" }, flushInterval: 300 });
window.crashes = captureErrors(sdk);
captureVitals(sdk);
window.measured = new Set(); // what captureVitals() has been told: its observers come first
for (const type of ["largest-contentful-paint", "event"])
  new PerformanceObserver((list) => list.getEntries().forEach((e) => (type != "event" || e.interactionId) && measured.add(type)))
    .observe({ type, buffered: true, durationThreshold: 40 });
window.fail = () => setTimeout(() => { throw new RangeError("page broke"); });
document.querySelector("#press").addEventListener("click", () => {
  const end = performance.now() + 60; while (performance.now() < end); // an interaction worth measuring
});
window.ready = true;
"""
REACT = """import { createElement as h, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Tidemark } from "@tidemark/sdk/full";
import { captureErrors } from "@tidemark/sdk/errors";
import { TidemarkErrorBoundary, TidemarkProvider, useTrack } from "@tidemark/sdk/react";
const { key, endpoint } = document.documentElement.dataset;
const sdk = window.sdk = new Tidemark({ key, endpoint, flushInterval: 300 });
const crashes = captureErrors(sdk);
function Inner() {
  const track = useTrack();
  const [broken, setBroken] = useState(false);
  useEffect(() => track("react_mounted", { strict: true }), [track]);
  if (broken) throw new TypeError("render broke");
  return h("button", { id: "break", onClick: () => setBroken(true) }, "Break");
}
createRoot(document.querySelector("#root")).render(
  h(TidemarkProvider, { sdk }, h(TidemarkErrorBoundary, { crashes, fallback: h("p", { id: "fallback" }, "Sorry") }, h(Inner))));
"""
SCRIPT = """<script src="/early.js"></script><script async src="/dist/tidemark.js" data-key="%(key)s"
 data-endpoint="%(url)s" data-app="script.example.com" data-version="9" data-errors data-vitals></script>"""
PAGES = {
    "/core.html": ("", '<script type="module" src="/app.js"></script>'),
    "/script.html": (SCRIPT, ""),
    "/react.html": ("", '<script type="module" src="/react.js"></script>'),
    "/inline.html": ('<script>window.inline = true</script>', '<script type="module" src="/app.js"></script>'),
    "/empty.html": ("", ""),
}


class Wire(socketserver.ThreadingTCPServer):
    """Between the pages and the server; while it is cut nothing gets through."""
    daemon_threads, cut, request_queue_size = True, False, 128

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), Relay)
        host, port = url.split("//")[1].split(":")
        self.there = host, int(port)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # one side hung up


class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(self.server.there) as there:
            while not self.server.cut:
                for s in select.select([self.request, there], [], [], 0.02)[0]:
                    data = s.recv(65536)
                    if not data:
                        return
                    (there if s is self.request else self.request).sendall(data)


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        s = self.server
        path = self.path.split("?")[0]
        if path.startswith("/network/"):
            s.wire.cut = path.endswith("/off")
            return self.reply("text/plain", b"")
        if path in PAGES:
            head, foot = (x % s.about if x == SCRIPT else x for x in PAGES[path])
            return self.reply("text/html", (PAGE % dict(s.about, head=head, foot=foot)).encode())
        if path in s.files:
            return self.reply("text/javascript", s.files[path])
        file = os.path.join(s.folder, path.lstrip("/"))
        if path.startswith("/dist/") and ".." not in path and os.path.exists(file):
            with open(file, "rb") as f:
                return self.reply(mimetypes.guess_type(file)[0], f.read())
        return self.send_error(404)

    def reply(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'; "
                         "img-src data:; connect-src " + self.server.about["url"])
        self.end_headers()
        self.wfile.write(body)


def react(folder):
    """The page's program, bundled as an app's build would."""
    with javascript.folder() as at:
        os.makedirs(os.path.join(at, "node_modules/@tidemark"))
        os.symlink(folder, os.path.join(at, "node_modules/@tidemark/sdk"))
        for name in ("react", "react-dom", "scheduler"):
            os.symlink(os.path.join(javascript.modules(), name), os.path.join(at, "node_modules", name))
        with open(os.path.join(at, "app.js"), "w", encoding="utf-8") as f:
            f.write(REACT)
        return subprocess.run(
            ["node", os.path.join(javascript.modules(), "esbuild/bin/esbuild"), "app.js", "--bundle", "--minify",
             "--format=esm", "--preserve-symlinks", '--define:process.env.NODE_ENV="production"'],
            cwd=at, stdout=subprocess.PIPE, check=True).stdout


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128


def site(folder, tenant, url):
    s = Server(("127.0.0.1", 0), Site)
    s.wire = Wire(url)
    s.folder, s.about = folder, {"key": tenant.key, "url": "http://127.0.0.1:%d" % s.wire.server_address[1]}
    s.files = {"/app.js": APP.encode(), "/react.js": react(folder),
               "/early.js": b'(window.tidemark ||= []).push(["track", "early", { before: true }]);'}
    threading.Thread(target=s.serve_forever, args=(0.05,), daemon=True).start()
    return s


def walk(server, browser):
    """Runs the steps; the names whose calls had returned."""
    port = server.server_address[1]
    p = subprocess.run(["node", os.path.join(javascript.TOP, "t/conformance/js_browser.mjs"), browser],
                       env=dict(os.environ, TM_SITE="http://127.0.0.1:%d" % port,
                                TIDEMARK_NODE_MODULES=javascript.modules()),
                       stdout=subprocess.PIPE, text=True, timeout=300)
    sent = []
    for line in p.stdout.splitlines():
        if line.startswith(("ok - ", "not ok - ")):
            tap.ok(line.startswith("ok"), "%s: %s" % (browser, line.split(" - ", 1)[1]))
        elif line.startswith("sent "):
            sent.append(line[5:])
        else:
            tap.note(line.lstrip("# "))
    tap.equal(p.returncode, 0, "%s: the walk ends well" % browser)
    return sent


def asked(lab, tenant, token, what):
    path = "/api/v1/projects/%s/%s?env=prod&limit=1000" % (tenant.project, what)
    return e2e.call_json(lab, "GET", path, token)[2][what]


def stored(lab, tenant, sent, browser):
    tap.ok(lab.drain(120), browser + ": what the server took is stored")
    token = e2e.read_token(lab, tenant)
    rows = asked(lab, tenant, token, "events")
    count = collections.Counter(r["name"] for r in rows)
    tap.at_least(len(sent), 10, browser + ": events whose call had returned")
    tap.equal({n: count[n] for n in sent if count[n] != 1}, {}, browser + ": each is stored exactly once")
    tap.equal((count["never"], count["neither"]), (0, 0), browser + ": after opting out none")
    same = [r for r in rows if r["name"].startswith(("many-", "offline-", "closed", "tab-"))]
    tap.equal((len({r["anonymous_id"] for r in same}), len({r["session_id"] for r in same})), (1, 1),
              browser + ": one person in one session, in all pages and tabs")
    says = lab.sql("SELECT DISTINCT sdk FROM batches WHERE environment_id = %d" % tenant.env)
    tap.equal(says, [["browser"]], "browser: each batch says which SDK it is from, beacons too")
    tap.equal([(r["user_id"], r["properties"]) for r in rows if r["name"] == "known"],
              [("u-browser", {"n": 1})], browser + ": identified, with properties")
    ids = lab.sql("SELECT count(*), count(DISTINCT coalesce(a.to_no, i.person_no)) FROM person_ids i"
                  " LEFT JOIN person_alias a ON (a.environment_id, a.from_no) = (i.environment_id, i.person_no)"
                  " WHERE i.environment_id = %d AND id IN ('u-browser', 'crm-7')" % tenant.env)
    tap.equal(ids, [["2", "1"]], browser + ": an alias is the same person")
    tap.equal([r["properties"] for r in rows if r["name"] == "early"], [{"before": True}],
              browser + ": a call before the script was there")
    groups = {g["title"]: g["crashes"] for g in asked(lab, tenant, token, "crashes")}
    tap.equal(sorted(n for t, n in groups.items() if "broke" in t), [1, 1, 1],
              "%s: the error, the rejection, the component's error: %s" % (browser, sorted(groups)))
    vitals = {t["attributes"]["vital"] for t in asked(lab, tenant, token, "traces") if t["name"] == "web_vital"}
    tap.equal(sorted(vitals), VITALS[browser], browser + ": vitals")


def main(browser="chromium"):
    folder = javascript.build()
    if not tap.ok(folder and shutil.which("node"), "js: the package builds", javascript.said):
        return
    lab = e2e.start()
    tenant = lab.tenant("js-" + browser)
    server = site(folder, tenant, lab.url)
    sent = walk(server, browser)
    stored(lab, tenant, sent, browser)
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    tap.run(main)
