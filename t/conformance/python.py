#!/usr/bin/python3
"""The Python SDK: the cases of sdk/spec, its own tests on every Python that is
here, and real threads, forks and ends of processes on the real server."""
# takes: 50 s
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import sdk
from sdk import tap

HERE = os.path.join(sdk.TOP, "sdk", "python")
SERVICE = os.path.join(HERE, "conformance", "service.py")
EVENTS = 10000 if sdk.LONG else 2500  # of each of eight threads


# --- its own tests ---

def pythons():
    """This one, and what else PATH offers: 3.9 is the oldest we support."""
    found = [sys.executable]
    for minor in range(9, 20):
        path = shutil.which("python3.%d" % minor)
        if path and minor != sys.version_info[1] and subprocess.run(
                [path, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0:
            found.append(path)
    return found + [p for p in os.environ.get("TIDEMARK_PYTHONS", "").split(":") if p]


def own_tests():
    env = dict(os.environ, PYTHONPATH=os.path.join(HERE, "src"), PYTHONDONTWRITEBYTECODE="1")
    for python in pythons():
        for path in sorted(glob.glob(os.path.join(HERE, "test", "test_*.py"))):
            name = os.path.basename(path)[:-3]
            if name == "test_web" and python != sys.executable:
                continue  # the frameworks are Debian's, for Debian's Python
            strict = [] if name == "test_web" else ["-W", "error::ResourceWarning"]
            p = subprocess.run([python, *strict, "-m", "unittest", name],
                               cwd=os.path.dirname(path), env=env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
            ran = re.search(r"Ran (\d+) tests", p.stdout)
            good = p.returncode == 0 and ran and int(ran.group(1)) > 0 and "skipped" not in p.stdout
            tap.ok(good, "python: %s of %s, %s tests" % (
                name, os.path.basename(python), ran and ran.group(1)), p.stdout[-3000:])


def installed():
    """The package that pip builds is the one of the tree, with its types."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE, folder + "/source", ignore=shutil.ignore_patterns("__pycache__"))
        p = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                            "--target", folder + "/lib", folder + "/source"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        names = sorted(os.listdir(folder + "/lib/tidemark")) if p.returncode == 0 else []
        want = sorted(x for x in os.listdir(HERE + "/src/tidemark") if x != "__pycache__")
        tap.equal([x for x in names if x != "__pycache__"], want,
                  "python: pip installs every module and py.typed")
        if p.returncode:
            tap.note(p.stdout[-2000:])
            return
        shown = subprocess.run(
            [sys.executable, "-c", "import tidemark, importlib.metadata as m;"
             "assert tidemark.__version__ == m.version('tidemark');"
             "assert not m.requires('tidemark'); print(tidemark.__file__)"],
            env=dict(os.environ, PYTHONPATH=folder + "/lib"), cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tap.ok(shown.returncode == 0 and folder in shown.stdout,
               "python: it names its version and needs nothing", shown.stdout)


def typed():
    """mypy --strict, as on the oldest Python."""
    with tempfile.TemporaryDirectory() as folder:
        p = subprocess.run(["mypy", "--python-version", "3.9", "--cache-dir", folder], cwd=HERE,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.ok(p.returncode == 0, "python: mypy --strict", p.stdout[-2000:])


# --- the real server ---

class Real:
    """A tenant of the stack, and what it has stored."""
    lab = None

    def __init__(self, name):
        if Real.lab is None:
            sys.path.insert(0, os.path.join(sdk.TOP, "t", "e2e"))
            import e2e
            Real.lab = e2e.start()
        self.tenant = self.lab.tenant("python-" + name)
        self.env = dict(os.environ, TIDEMARK_WRITE_KEY=self.tenant.key,
                        TIDEMARK_ENDPOINT=self.lab.url, EVENTS=str(EVENTS))

    def start(self, *argv):
        return subprocess.Popen([sys.executable, SERVICE] + list(argv), env=self.env,
                                stdout=subprocess.PIPE, text=True)

    def run(self, *argv):
        """What it says it has recorded."""
        out, _ = self.start(*argv).communicate(timeout=200)
        return int(out) if out.strip().isdigit() else out

    def stored(self):
        """[rows, different ones]"""
        if not self.lab.drain(240):
            tap.ok(False, "python: the server stores what it took in 240 s")
        (row,) = self.lab.sql(
            "SELECT count(*), count(DISTINCT (properties->>'n', properties->>'i'))"
            " FROM events WHERE environment_id = %d AND name = 'load'" % self.tenant.env)
        return [int(x) for x in row]


def real_threads():
    for spool in (False, True):
        real = Real("threads")
        with tempfile.TemporaryDirectory() as folder:
            said = real.run("threads", *[folder] if spool else [])
        tap.equal((said, real.stored()), (8 * EVENTS, [8 * EVENTS] * 2),
                  "python: 8 threads, %d events each, %s: all are stored, none twice" % (
                      EVENTS, "disk" if spool else "memory"))


def real_forks():
    real = Real("fork")
    with tempfile.TemporaryDirectory() as folder:
        said = real.run("fork", folder)
    tap.equal(real.stored(), [said] * 2,
              "python: 8 forks while the parent sends: what both recorded is stored once")


def terminated(what, spool, again, after=1550):
    """(events whose call had returned, [rows, different ones])"""
    real = Real("term")
    with tempfile.TemporaryDirectory() as folder:
        argv = [folder] if spool else []
        p = real.start(what, *argv)
        for _ in range(after):
            last = p.stdout.readline()
        p.send_signal(signal.SIGTERM)
        rest = p.stdout.read().split()
        p.wait(100)
        if again:
            real.run("leave", *argv)
    return int((rest or [last])[-1]), real.stored()


def real_sigterm():
    for what, spool, again, title in (
            ("sigterm", True, True, "the default action, a spool: at the next start"),
            ("sigterm_option", False, False, "handle_sigterm, in memory: at once"),
            ("sigterm_exit", False, False, "a handler of the app that exits: at once")):
        returned, (rows, different) = terminated(what, spool, again)
        tap.ok(rows == different and returned <= rows <= returned + 1,
               "python: SIGTERM, %s: %d of %d" % (title, rows, returned))
    returned, (rows, _) = terminated("sigterm", False, False, after=50)
    tap.must_fail(rows >= returned, "SIGTERM's default action keeps a queue in memory")


def real_tls():
    """The stack's own certificate is trusted when ca_file names it, not else."""
    sys.path.insert(0, os.path.join(HERE, "src"))
    import tidemark
    real = Real("tls")
    state = os.path.join(real.lab.var, "state")
    cert = os.path.join(state if os.path.isdir(state) else real.lab.var, "secrets", "tls.crt")

    def sent(**options):
        client = tidemark.Client(real.tenant.key, real.lab.https_url, uncaught=False,
                                 **options)
        client.track("load", {"n": 0, "i": 0})
        client.flush(20)
        left = len(client._core.queue)
        client.disable()
        client.close()
        return left == 0
    tap.must_fail(sent(), "a certificate that nobody has vouched for")
    tap.ok(sent(ca_file=cert), "python: over TLS with ca_file")
    tap.equal(real.stored(), [1, 1], "python: and only then is it stored")


sdk.main("python", [sys.executable, "-S", os.path.join(HERE, "conformance", "driver.py")],
         kinds=["server"], disk=[True, False],
         more=[own_tests, installed, typed, real_tls, real_threads, real_forks, real_sigterm])
