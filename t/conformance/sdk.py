"""sdk.py - play the cases of sdk/spec/cases to an SDK's driver, on a scripted
network; kill it at seeded moments; let it through a storm to the real server.

    import sdk; sdk.main("python", argv, kinds=["server"], disk=[True, False])

One check a case, kind and queue. TIDEMARK_CASE=text plays those whose name
holds the text; TIDEMARK_LONG=1 kills a hundred times."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import threading

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from network import Network  # noqa: E402
from pattern import mismatch  # noqa: E402

NOW = 1767225600000  # 2026-01-01T00:00:00Z
KEY = "tm_wk_0123456789abcdefghijABCDEFGHIJ000000"
LONG = os.environ.get("TIDEMARK_LONG") == "1"
WAIT = 30  # seconds for a reply


class Fault(Exception):
    """What a case did not expect."""


class Driver:
    """One process of the SDK's driver."""

    def __init__(self, argv):
        self.p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        self.said = []
        self.reader = threading.Thread(target=self._listen, daemon=True)
        self.reader.start()

    def _listen(self):
        for line in self.p.stderr:
            self.said.append(line.decode("utf-8", "replace").rstrip("\n"))

    def send(self, command):
        self.p.stdin.write((json.dumps(command) + "\n").encode())
        self.p.stdin.flush()

    def call(self, command):
        timer = threading.Timer(WAIT, self.p.kill)
        timer.start()
        try:
            self.send(command)
            line = self.p.stdout.readline()
        except OSError as e:
            raise Fault("%s: the driver is gone: %s" % (command.get("do"), e))
        finally:
            timer.cancel()
        if not line:
            raise Fault("%s: the driver ended or took longer than %d s" % (
                command.get("do"), WAIT))
        try:
            reply = json.loads(line)
        except ValueError:
            raise Fault("%s: no JSON: %r" % (command.get("do"), line[:200]))
        if "error" in reply:
            raise Fault("%s: %s" % (command.get("do"), reply["error"]))
        return reply

    def kill(self):
        self.p.kill()
        self.end()

    def end(self):
        try:
            self.p.stdin.close()
        except OSError:
            pass
        try:
            self.p.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        self.reader.join(5)
        self.p.stdout.close()


class Player:
    """One case, for one kind of SDK and one kind of queue. driver: a process
    that has left its former case."""

    def __init__(self, argv, net, case, kind, folder, driver=None):
        self.argv, self.net, self.case, self.kind = argv, net, case, kind
        self.folder = folder
        self.now, self.names = NOW, {}
        self.options = dict(case.get("options", {}))
        self.driver = driver

    def start(self):
        if self.driver is None:
            self.driver = Driver(self.argv)
        self.driver.call({"do": "init", "kind": self.kind, "endpoint": self.net.url, "key": KEY,
                          "dir": self.folder, "now": self.now, "jitter": 0.5,
                          "options": self.options})

    def run(self):
        """What is wrong, or None: then driver is a process for the next case."""
        self.net.play(self.case.get("network", []), self.case.get("config", {}))
        try:
            self.start()
            for i, step in enumerate(self.case["steps"]):
                try:
                    self.step(step)
                except Fault as e:
                    raise Fault("step %d, %s: %s" % (i, json.dumps(step)[:120], e))
            self.driver.call({"do": "leave"})
        except Fault as e:
            self.driver.kill()
            return "%s\n%s" % (e, "\n".join(self.driver.said[-12:]))
        return None

    def step(self, step):
        if "do" in step:
            return self.do(step)
        if "expect" in step:
            return self.expect(step["expect"])
        if "restart" in step:
            return self.restart(step)
        if "config" in step:
            self.net.config = step["config"]
        elif "network" in step:
            self.net.script = list(step["network"])
        elif "offline" in step:
            self.net.offline = step["offline"]
        else:
            raise Fault("no such step")

    def do(self, step):
        want = step.get("reply")
        reply = self.driver.call({k: self.named(v) for k, v in step.items() if k != "reply"})
        if reply.get("unsupported"):
            raise Fault("the driver does not support it")
        if step["do"] in ("advance", "close"):
            self.now += reply.get("ms", step.get("ms", 0))
        if want is not None:
            wrong = mismatch(want, reply, self.names, "reply")
            if wrong:
                raise Fault(wrong)

    def named(self, value):
        known = isinstance(value, str) and value[:1] == "$" and value[1:] in self.names
        return self.names[value[1:]] if known else value

    def restart(self, step):
        if step["restart"] == "close":
            self.do({"do": "close"})
            self.driver.end()
        else:
            self.driver.kill()
        self.driver = None
        if step.get("tear"):
            self.tear()
        self.now += step.get("ms", 0)
        self.options.update(step.get("options", {}))
        self.start()

    def tear(self):
        """The process died inside a write: a line without its end."""
        newest = max(glob.glob(os.path.join(self.folder, "event-*.ndjson")))
        with open(newest, "ab") as f:
            f.write(b'{"type":"event","id":"0190')

    def expect(self, want):
        if "requests" in want:
            shown = [(r, self.shown(r)) for r in self.net.take()]
            got = [b for r, b in shown if b.get("items") != [] or r.body["items"] == []]
            wrong = mismatch(want["requests"], got, self.names, "requests")
            if wrong:
                raise Fault("%s\ngot %s" % (wrong, json.dumps(got)[:3000]))
        if "state" in want:
            got = self.driver.call({"do": "state"})
            wrong = mismatch(want["state"], got, self.names, "state")
            if wrong:
                raise Fault("%s\ngot %s" % (wrong, json.dumps(got)))
        if "stored" in want:  # names of the events the server has, sorted
            got = sorted(x.get("name", x["type"]) for x in self.net.stored
                         if not x["type"].startswith("session_"))
            if got != want["stored"]:
                raise Fault("stored %s" % got)

    def shown(self, request):
        """The body with its headers as $headers; in cases for both kinds
        without the sessions that only clients have."""
        body = dict(request.body, headers={k.lower(): v for k, v in request.headers.items()})
        if self.case.get("kind", "both") == "both" and "items" in body:
            body["items"] = [x for x in body["items"]
                             if not x.get("type", "").startswith("session_")]
        return body


def cases():
    """All of them; a broken file is an error, not one case less."""
    found = []
    for path in sorted(glob.glob(os.path.join(TOP, "sdk/spec/cases/*.json"))):
        with open(path, encoding="utf-8") as f:
            for case in json.load(f):
                case["topic"] = os.path.basename(path)[:-5]
                found.append(case)
    return found


def fits(case, kind, disk):
    wanted = case.get("disk", "both")
    return case.get("kind", "both") in ("both", kind) and wanted in ("both", disk)


def play(name, argv, net, kinds, disk):
    only = os.environ.get("TIDEMARK_CASE", "")
    driver = None  # a process plays case after case, to the first that fails
    for kind in kinds:
        for on_disk in disk:
            for case in cases():
                if not fits(case, kind, on_disk) or only not in case["name"]:
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    player = Player(argv, net, case, kind, folder if on_disk else None, driver)
                    wrong = player.run()
                driver = player.driver if wrong is None else None
                tap.ok(wrong is None, "%s, %s, %s: %s: %s" % (
                    name, kind, "disk" if on_disk else "memory", case["topic"],
                    case["name"]), wrong or "")
    if driver is not None:
        driver.kill()


def controls(argv, net, kinds, disk):
    """The runner sees a wrong body, a missing request and a wrong state."""
    lies = [{"requests": [{"items": [{"name": "b"}]}]}, {"requests": []},
            {"state": {"queued": 7}}, {"stored": ["b"]}]
    for lie in lies:
        case = {"name": "lie", "steps": [{"do": "track", "name": "a"}, {"do": "flush"},
                                         {"expect": lie}]}
        with tempfile.TemporaryDirectory() as folder:
            wrong = Player(argv, net, case, kinds[0], folder if disk[0] else None).run()
        tap.must_fail(wrong is None, "a case that expects %s" % json.dumps(lie))


def body(name, argv, kinds, disk, more):
    net = Network()
    play(name, argv, net, kinds, disk)
    controls(argv, net, kinds, disk)
    if not os.environ.get("TIDEMARK_CASE"):
        import hard
        hard.run(name, argv, net, kinds, disk)
        for check in more:
            check()
    net.close()


def main(name, argv, kinds, disk, more=()):
    """more: functions with further checks of this SDK."""
    tap.run(lambda: body(name, argv, kinds, disk, more))
