"""hard.py - what no script can say: a driver that is killed at seeded moments,
and a storm between the SDK and the real server."""
import gzip
import http.client
import http.server
import json
import os
import random
import tempfile
import threading
import time

import sdk
import tap

LAB = "e2e"  # with the real stack, when one runs
BURST = 2000  # calls of track() of which a kill comes in the middle


# --- kill -9 ---

def burst(argv, net, kind, folder, rng, n, prefix):
    """Names whose track() had returned when the process was killed."""
    driver = sdk.Driver(argv)
    driver.call({"do": "init", "kind": kind, "endpoint": net.url, "key": sdk.KEY, "dir": folder,
                 "now": int(time.time() * 1000), "jitter": 0.5, "options": {}})
    driver.call({"do": "real"})
    driver.send({"do": "burst", "n": n, "prefix": prefix})
    until = rng.randrange(1, n // 2)
    deadline = time.monotonic() + sdk.WAIT
    while len(driver.said) < until and time.monotonic() < deadline:
        time.sleep(0.0002)
    driver.kill()
    return [x for x in driver.said if x.startswith(prefix)]


def collect(argv, net, kind, folder):
    """A new process sends what is left."""
    driver = sdk.Driver(argv)
    driver.call({"do": "init", "kind": kind, "endpoint": net.url, "key": sdk.KEY, "dir": folder,
                 "now": int(time.time() * 1000), "jitter": 0.5, "options": {}})
    for _ in range(20):
        driver.call({"do": "flush"})
        driver.call({"do": "advance", "ms": 600000})
        if driver.call({"do": "state"})["queued"] == 0:
            break
    driver.call({"do": "close"})
    driver.end()


def ids_of(net):
    """name -> the different ids that came with it."""
    found = {}
    for item in net.stored:
        if item["type"] == "event":
            found.setdefault(item["name"], set()).add(item["id"])
    return found


def kills(name, argv, net, kind, rounds, on_disk):
    """(returned, lost, with more than one id, kills before the last call). A
    kill that came after the last call does not count as a round."""
    rng = random.Random(int(os.environ.get("TIDEMARK_SEED", "7")))
    returned = lost = twice = early = 0
    for i in range(rounds * 10):
        if early == rounds:
            break
        with tempfile.TemporaryDirectory() as folder:
            net.play([{"drop": rng.choice(["before", "after"])} for _ in range(rng.randrange(3))], {})
            said = burst(argv, net, kind, folder if on_disk else None, rng, BURST, "k%d-" % i)
            collect(argv, net, kind, folder if on_disk else None)
            got = ids_of(net)
            returned += len(said)
            early += len(said) < BURST
            lost += sum(x not in got for x in said)
            twice += sum(len(got.get(x, ())) > 1 for x in said)
    return returned, lost, twice, early


def killed(name, argv, net, kind):
    rounds = 100 if sdk.LONG else 4
    returned, lost, twice, early = kills(name, argv, net, kind, rounds, True)
    tap.at_least(returned, rounds * 20, "%s: calls that had returned before %d kills" % (
        name, rounds))
    tap.equal(early, rounds, "%s: kills that came in the middle of calls" % name)
    tap.equal((lost, twice), (0, 0), "%s: none of them lost, none with two ids" % name)
    lost = kills(name, argv, net, kind, 2, False)[1]
    tap.must_fail(lost == 0, "%s: a queue in memory survives kill -9" % name)


# --- a storm before the real server ---

class Storm(http.server.BaseHTTPRequestHandler):
    """Refuses, cuts, or hands on; what is handed on may lose its answer."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, headers, raw):
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def hand_on(self, raw):
        there = http.client.HTTPConnection(*self.server.there, timeout=30)
        keep = {k: v for k, v in self.headers.items()
                if k.lower() not in ("host", "connection", "content-length")}
        there.request(self.command, self.path, raw, keep)
        r = there.getresponse()
        text = r.read()
        there.close()
        heads = [(k, v) for k, v in r.getheaders() if k.lower() in ("retry-after", "content-type", "etag")]
        return r.status, heads, text

    def items(self, raw):
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        return len(json.loads(raw)["items"])

    def do_GET(self):
        self.reply(*self.hand_on(None))

    def do_POST(self):
        s = self.server
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with s.lock:
            what = s.rng.choice(s.weather) if s.left > 0 else "pass"
            s.left -= 1
        if what == 413 and self.items(raw) < 2:
            what = "pass"  # one item that is too large would rightly be gone
        s.seen.append(what)
        if what in (413, 429, 500, 503, 504):
            return self.reply(what, [("Retry-After", "3")] if what in (429, 503) else [], b"{}")
        if what == "cut":
            self.close_connection = True
            return self.connection.close()
        status, heads, text = self.hand_on(raw)
        if what == "lose":
            self.close_connection = True
            return self.connection.close()
        return self.reply(status, heads, text)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128


def storm_server(url, seed):
    host, port = url.split("//")[1].split(":")
    s = Server(("127.0.0.1", 0), Storm)
    s.there, s.rng, s.lock = (host, int(port)), random.Random(seed), threading.Lock()
    s.weather = ["cut", "lose", 413, 429, 500, 503, 504, "pass"]
    s.left, s.seen = 40, []
    threading.Thread(target=s.serve_forever, args=(0.02,), daemon=True).start()
    return s


def through_storm(name, argv, kind, lab, tenant, folder, n):
    """n events, one identify, one crash, one trace; virtual time runs past every wait."""
    s = storm_server(lab.url, 11)
    driver = sdk.Driver(argv)
    driver.call({"do": "init", "kind": kind, "endpoint": "http://127.0.0.1:%d" % s.server_address[1],
                 "key": tenant.key, "dir": folder, "now": int(time.time() * 1000), "jitter": 0.5,
                 "options": {"config": True, "gzip": True, "batchSize": 20,
                             "app": {"id": "com.example.storm", "version": "1.0.0"}}})
    who = {"user_id": "u-storm"}
    driver.call(dict(who, do="identify", traits={"plan": "pro"}))
    for i in range(n):
        driver.call(dict(who if kind == "server" else {}, do="track", name="storm-%d" % i,
                         props={"i": i}))
    driver.call(dict(who if kind == "server" else {}, do="crash", type="StormError",
                     message="it rains", stacktrace="", fatal=False))
    driver.call(dict(who if kind == "server" else {}, do="trace", name="storm_trace",
                     duration_ms=12.5, props={"a": 1}))
    for _ in range(60):
        driver.call({"do": "flush"})
        if driver.call({"do": "state"})["queued"] == 0:
            break
        driver.call({"do": "advance", "ms": 4000})
    left = driver.call({"do": "state"})
    driver.call({"do": "close"})
    driver.end()
    s.shutdown()
    s.server_close()
    return left, s.seen


def real(name, argv, kind, on_disk):
    import sys
    sys.path.insert(0, os.path.join(sdk.TOP, "t", LAB))
    import e2e
    lab = e2e.start()
    tenant = lab.tenant("sdk-" + name)
    n = 150
    with tempfile.TemporaryDirectory() as folder:
        left, seen = through_storm(name, argv, kind, lab, tenant, folder if on_disk else None, n)
    tap.ok(lab.drain(120), "%s: what the server took is stored" % name)
    tap.ok(len(set(map(str, seen))) >= 6, "%s: the storm was one: %s" % (name, seen[:12]))
    tap.equal((left["queued"], left["discarded"]), (0, []), "%s: all of it was sent" % name)
    key = e2e.read_token(lab, tenant)
    path = "/api/v1/projects/%s/" % tenant.project
    rows = e2e.call_json(lab, "GET", path + "events?env=prod&limit=1000", key)[2]["events"]
    names = sorted(r["name"] for r in rows if r["name"].startswith("storm-"))
    tap.equal(names, sorted("storm-%d" % i for i in range(n)),
              "%s: the real server has every event exactly once" % name)
    tap.equal({r["user_id"] for r in rows if r["name"].startswith("storm-")}, {"u-storm"},
              "%s: of its person" % name)
    tap.equal({r["app"]["version_name"] if "version_name" in r["app"] else r["app"].get("version")
               for r in rows}, {"1.0.0"}, "%s: of its release" % name)
    groups = e2e.call_json(lab, "GET", path + "crashes?env=prod", key)[2]["crashes"]
    tap.equal([(g["crashes"], g["users"]) for g in groups], [(1, 1)], "%s: the crash once" % name)
    traces = e2e.call_json(lab, "GET", path + "traces?env=prod", key)[2]["traces"]
    tap.equal([(t["name"], t["duration_ms"]) for t in traces], [("storm_trace", 12.5)],
              "%s: the trace once" % name)
    balance(name, e2e, lab, tenant, key)


def balance(name, e2e, lab, tenant, key):
    """The loss accounting has no unknown rest."""
    path = "/api/v1/projects/%s/pipeline?range=24h" % tenant.project

    def closed():
        got = e2e.call_json(lab, "GET", path, key)[2]
        return got["open"] == 0 and got["unaccounted"] == 0 and got["stored"] > 0
    tap.ok(e2e.until(60, closed) is not None, "%s: nothing is missing, nothing unaccounted for" % name,
           json.dumps(e2e.call_json(lab, "GET", path, key)[2])[:1500])


def run(name, argv, net, kinds, disk):
    if True in disk:
        killed(name, argv, net, kinds[0])
    if os.environ.get("TIDEMARK_VAR"):
        real(name, argv, kinds[0], True in disk)
    else:
        tap.ok(False, "%s: no stack to send to (TIDEMARK_VAR)" % name)
