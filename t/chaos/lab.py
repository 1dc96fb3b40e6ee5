"""lab.py - the running stack as the chaos tests see it, through ./dev only.

A Lab runs ./dev of this tree, asks it what runs, and makes fresh tenants so
that no test meets the rows of another. Settings a test lowers are put back
by the context managers here, also when the test fails.
"""
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "t", "lib"))
import tap  # noqa: E402

# PID:WHAT of each consumer, by what it told of itself
CONSUMERS = """local out = {}
for _, name in ipairs(redis.call('ZRANGE', 'tm:workers', 0, -1)) do
  local row = redis.call('HMGET', 'tm:worker:' .. name, 'pid', 'now')
  if name:sub(1, 9) == 'consumer:' and row[1] then out[#out + 1] = row[1] .. ':' .. row[2] end
end
return out"""

LONG = os.environ.get("TIDEMARK_LONG", "") == "1"


def seed():
    """The seed of this run: TIDEMARK_SEED, else fresh. Printed by start()."""
    if "TIDEMARK_SEED" in os.environ:
        return int(os.environ["TIDEMARK_SEED"])
    os.environ["TIDEMARK_SEED"] = str(int(time.time() * 1000) % 1000000007)
    return int(os.environ["TIDEMARK_SEED"])


class DevError(Exception):
    pass


class ForeignStack(Exception):
    """TIDEMARK_VAR is the stack of another checkout."""


def checkout_of(var):
    """Where the stack in var was built from; None when it never was."""
    try:
        with open(os.path.join(var, "build", "Makefile"), encoding="utf-8") as f:
            m = re.search(r"^abs_top_srcdir = (.*)$", f.read(), re.M)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return os.path.realpath(m.group(1)) if m else None


class Tenant:
    """One project with one environment and a write key of its own."""

    def __init__(self, team, project, env, key, key_id):
        self.team = team
        self.project = project
        self.env = env
        self.key = key
        self.key_id = key_id


class Lab:
    def __init__(self):
        self.var = os.environ.get("TIDEMARK_VAR", os.path.join(ROOT, "var"))
        self.rng = random.Random(seed())
        self._owner = None
        self.url = None

    @property
    def state(self):
        """What the servers use: TIDEMARK_VAR, or where its `state` leads."""
        path = os.path.realpath(os.path.join(self.var, "state"))
        return path if os.path.isdir(path) else self.var

    # ./dev -------------------------------------------------------------
    def dev(self, *args, data=None, timeout=180, check=True):
        """Run ./dev args; returns stdout. DevError on another exit than 0."""
        p = subprocess.run([os.path.join(ROOT, "dev")] + list(args),
                           input=data, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=timeout)
        if check and p.returncode != 0:
            raise DevError("./dev %s: exit %d\n%s%s" % (
                " ".join(args), p.returncode,
                p.stdout.decode("utf-8", "replace")[-2000:],
                p.stderr.decode("utf-8", "replace")[-2000:]))
        return p.stdout.decode("utf-8", "replace")

    def dev_status(self, *args, timeout=180):
        """Only the exit code of ./dev args."""
        return subprocess.run([os.path.join(ROOT, "dev")] + list(args),
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              timeout=timeout).returncode

    def ctl(self, *args, data=None, timeout=180):
        """tidemarkctl with --format json; the parsed answer."""
        out = self.dev("ctl", "--format", "json", *args, data=data, timeout=timeout)
        return json.loads(out) if out.strip() else None

    def status(self):
        return json.loads(self.dev("status", "--json"))

    def pids(self, part):
        """pid -> name of the processes of a part."""
        return {p["pid"]: p["name"] for p in self.status()["processes"]
                if p["name"].startswith(part)}

    def sql(self, query):
        """Rows of one statement as lists of text."""
        out = self.dev("psql", "-X", "-q", "-A", "-t", "-F", "\x1f",
                       "-v", "ON_ERROR_STOP=1", "-c", query)
        return [line.split("\x1f") for line in out.splitlines() if line]

    def value(self, query):
        rows = self.sql(query)
        return rows[0][0] if rows else None

    def redis(self, *args):
        return self.dev("redis", *args).strip()

    # tenants -----------------------------------------------------------
    def tenant(self, name, rate_limit=50000000):
        """A fresh team, project, prod environment and write key."""
        mark = "%s%d" % (name, self.rng.randrange(10 ** 9))
        if self._owner is None:
            self._owner = "chaos-%s@example.org" % mark
            self.ctl("user", "create", "--email", self._owner, "--verified",
                     "--password-stdin", data=b"correct horse battery\n")
        team = self.ctl("team", "create", "--name", "Chaos " + mark,
                        "--owner", self._owner)
        project = self.ctl("project", "create", "--team", team["slug"],
                           "--name", mark, "--platform", "flutter")
        env = [e for e in project["environments"] if e["name"] == "prod"][0]
        key = self.ctl("key", "create", "--project", project["id"], "--env",
                       "prod", "--type", "write", "--rate-limit",
                       str(rate_limit))
        return Tenant(team["slug"], project["id"], int(env["id"]),
                      key["token"], key["id"])

    @property
    def owner(self):
        return self._owner

    # life cycle --------------------------------------------------------
    def start(self):
        """Print the seed, see that everything runs. ./dev up of this tree would
        build over the stack of another one: that is refused."""
        built = checkout_of(self.var)
        if built not in (None, os.path.realpath(ROOT)):
            raise ForeignStack(
                "TIDEMARK_VAR=%s was built from %s, not from %s: unset it, or run"
                " the tests of that checkout" % (self.var, built, ROOT))
        text = "TIDEMARK_SEED=%d%s" % (seed(), ", long form" if LONG else "")
        tap.note(text)
        tap.context(text)
        if not self.wait_ready(10):
            self.dev("up", "--no-demo", timeout=1200)
            self.locate()
        return self

    def locate(self):
        """Where it listens, asked once: ./dev status looks at every process."""
        found = self.status()
        self.url = found["url"].rstrip("/")
        self.admin_url, self.https_url = found.get("admin_url"), found.get("https_url")
        m = re.match(r"https?://([^/:]+):(\d+)", self.url)
        self.host, self.port = m.group(1), int(m.group(2))

    def ready(self):
        import http1
        try:
            if self.url is None:
                self.locate()
            c = http1.Client(self.host, self.port, timeout=3)
            return c.request("GET", "/readyz")[0] == 200
        except (OSError, ValueError, KeyError, AttributeError, DevError,
                subprocess.TimeoutExpired):
            return False

    def wait_ready(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ready():
                return True
            time.sleep(0.2)
        return False

    def drain(self, seconds=60):
        """Everything accepted is stored. True = in time."""
        return self.dev_status("ctl", "queue", "wait", "--timeout",
                               str(seconds), timeout=seconds + 30) == 0

    def kill(self, part):
        self.dev_status("kill", part)

    def bring_back(self, part, tries=5):
        """Start a part; a just killed server may refuse for a moment."""
        for i in range(tries):
            if self.dev_status("start", part) == 0:
                return True
            time.sleep(0.5)
        return False

    @contextlib.contextmanager
    def stopped(self, part):
        self.dev("kill", part)
        try:
            yield
        finally:
            self.bring_back(part)

    def _at(self):
        """What each consumer that lives says it is at: "paused", "job …"."""
        rows = [row.split(":", 1) for row in
                self.redis("EVAL", CONSUMERS, "0").splitlines() if ":" in row]
        return [now for pid, now in rows if os.path.exists("/proc/" + pid)]

    def _await_consumers(self, check, what):
        end = time.monotonic() + 60
        while not check(self._at()):
            if time.monotonic() > end:
                raise DevError("consumers do not %s: %s" % (what, self._at()))
            time.sleep(0.05)

    @contextlib.contextmanager
    def paused(self):
        """Consumers hold still. They look at the switch once a second, when they
        are through with what they hold and their jobs, and say so."""
        self._await_consumers(lambda at: "paused" not in at, "go on")
        try:
            self.dev("ctl", "queue", "pause")
            self._await_consumers(lambda at: at == ["paused"] * 2, "hold still")
            yield
        finally:
            self.dev("ctl", "queue", "resume")

    @contextlib.contextmanager
    def held(self, job):
        """No consumer runs this job by itself; one that is at it has ended."""
        at = ("SELECT pg_advisory_xact_lock(7320, hashtext('%s')); UPDATE system_state"
              " SET at = now() %s interval '1 hour' WHERE key = 'job:%s' RETURNING 1")
        while not self.sql(at % (job, "+", job)):
            time.sleep(0.2)  # it has never run yet
        try:
            yield
        finally:
            self.sql(at % (job, "-", job))

    @contextlib.contextmanager
    def redis_setting(self, name, value):
        old = self.redis("CONFIG", "GET", name).splitlines()
        old = old[1] if len(old) > 1 else ""
        self.redis("CONFIG", "SET", name, value)
        try:
            yield
        finally:
            self.redis("CONFIG", "SET", name, old)

    @contextlib.contextmanager
    def settings(self, part, **values):
        """Other values in the conf file of a part for a while. The part is
        restarted before and after."""
        path = os.path.join(self.state, "conf", part + ".conf")
        with open(path, "rb") as f:
            before = f.read()
        keep = [line for line in before.splitlines()
                if line.split(b"=")[0].decode() not in values]
        keep += [("%s=%s" % kv).encode() for kv in sorted(values.items())]
        self._rewrite(path, b"\n".join(keep) + b"\n", part)
        try:
            yield
        finally:
            self._rewrite(path, before, part)

    def _rewrite(self, path, text, part):
        with open(path, "r+b") as f:  # in place: owner and mode stay
            f.write(text)
            f.truncate()
        self.kill(part)
        if not self.bring_back(part):
            raise DevError("%s does not start again" % part)


def peak_bytes(pid):
    """The largest resident set a process has had, 0 when it is gone."""
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def kill_pid(pid, sig=signal.SIGKILL):
    try:
        os.kill(pid, sig)
        return True
    except ProcessLookupError:
        return False


def percentile(values, p):
    """Nearest rank."""
    if not values:
        return 0.0
    values = sorted(values)
    rank = max(1, -(-len(values) * p // 100))
    return values[int(rank) - 1]
