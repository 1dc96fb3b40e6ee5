#!/usr/bin/env python3
"""upgrade: an older release, filled by its own programs, becomes this one while
clients send. The old programs go on through the migrations, then each is replaced
by the new; every request must get a 202, and each event be stored once.
UPGRADE_FROM names the commit (needs the git history), the stack of ./dev is
the new release."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench
import check
import lab as labs
import load

FROM = os.environ.get("UPGRADE_FROM", "1674248")
PORT = int(os.environ.get("UPGRADE_PORT", "12200"))
CLIENTS = 2


class Other(labs.Lab):
    """A stack below folder, driven by the ./dev of a checkout."""

    def __init__(self, folder, top):
        super().__init__()
        self.var, self.top = os.path.join(folder, "var"), top
        self.env = dict(os.environ, TIDEMARK_VAR=self.var, TIDEMARK_HTTP_PORT=str(PORT),
                        TIDEMARK_HTTPS_PORT=str(PORT + 443), TIDEMARK_ADMIN_PORT=str(PORT + 1000))

    def dev(self, *args, data=None, timeout=900, check=True):
        p = subprocess.run([os.path.join(self.top, "dev"), *args], input=data, env=self.env,
                           capture_output=True, timeout=timeout)
        if check and p.returncode != 0:
            raise labs.DevError("./dev %s: %d %s" % (" ".join(args), p.returncode,
                                                     p.stderr.decode()[-1500:]))
        return p.stdout.decode()

    def dev_status(self, *args, timeout=900):
        return subprocess.run([os.path.join(self.top, "dev"), *args], env=self.env, timeout=timeout,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def home(var):
    """Where a stack is: elsewhere, when its user may not enter var."""
    state = os.path.join(var, "state")
    return os.path.realpath(state) if os.path.isdir(state) else var


def install(new, old):
    """The new release's files in the place of the old, program by program."""
    for part in ("bin", "libexec", "share"):
        source, to = (os.path.join(home(v), "install", part) for v in (new, old))
        for folder, _, files in os.walk(source):
            there = os.path.join(to, os.path.relpath(folder, source))
            os.makedirs(there, exist_ok=True)
            for name in files:
                shutil.copy2(os.path.join(folder, name), os.path.join(there, name + ".new"))
                os.replace(os.path.join(there, name + ".new"), os.path.join(there, name))


def counts(lab):
    return {t: int(lab.value("SELECT count(*) FROM " + t)) for t in
            ("users", "teams", "projects", "persons", "sessions", "crash_groups")}


def main():
    b = bench.Bench("upgrade", "release %s becomes this one while clients send" % FROM)
    folder = os.environ.get("UPGRADE_FOLDER") or tempfile.mkdtemp(prefix="tidemark-upgrade-")
    os.chmod(folder, 0o755) # its servers are another user's
    if not os.path.exists(os.path.join(folder, ".git")):
        subprocess.run(["git", "-C", bench.ROOT, "worktree", "add", "--detach", folder, FROM], check=True,
                       capture_output=True)
    old = Other(folder, folder)
    try:
        drill(b, old)
    finally:
        old.dev_status("down")
        if "UPGRADE_FOLDER" not in os.environ:
            subprocess.run(["git", "-C", bench.ROOT, "worktree", "remove", "--force", folder])
    b.finish()


def drill(b, old):
    b.say("building and filling %s by its own programs" % FROM)
    old.dev("up")
    old.url = old.status()["url"].rstrip("/")
    old.host, old.port = "127.0.0.1", PORT
    tenant = old.tenant("upgrade")
    before = counts(old)
    b.figure("events_before", int(old.value("SELECT count(*) FROM events")), "", "events before")
    senders = load.Senders(old, tenant, os.path.join(old.var, "ledger"), CLIENTS, 10, 0.01)
    time.sleep(2)
    install(b.lab.var, old.var)
    b.say("migrate up while the old programs serve")
    code = old.dev_status("ctl", "upgrade-check")
    begin = time.monotonic()
    applied = old.ctl("migrate", "up")["applied"]
    b.at_least("applied", applied, 1, "migrations applied", "files")
    b.figure("migrate_seconds", time.monotonic() - begin, "s", "seconds of the migrations")
    b.figure("check_code", code, "", "exit code of upgrade-check (0 go, 75 wait)")
    b.at_most("check_bad", 0 if code in (0, 75) else 1, 0, "upgrade-check says neither", "")
    time.sleep(3)  # old programs, new schema
    middle = set(load.read_ledger(senders.paths).acked)
    b.at_most("old_drain", 0 if old.drain(60) else 1, 0, "old programs store into the new schema", "failures")
    lost = len(middle - set(check.stored_ids(old, tenant.env)))
    b.at_most("old_lost", lost, 0, "events the old programs did not store", "events")
    b.say("replacing the programs, one by one")
    new = Other(os.path.dirname(old.var), bench.ROOT)
    for part in ("ingest", "consumer", "web", "nginx"):
        new.dev("restart", part)
    time.sleep(2)
    ledger = senders.stop()
    new.drain(60)
    stored = check.stored_ids(old, tenant.env)
    findings = check.compare(ledger.acked, ledger.sent, stored)
    b.figure("events", len(ledger.acked), "", "events with a 202 meanwhile")
    # a kept connection ends when nginx reads its files again: once a client
    again = ledger.retries.pop("0", 0)
    b.at_most("again", again, CLIENTS, "requests asked again on a new connection", "requests")
    b.at_most("refused", sum(ledger.retries.values()) + len(ledger.odd), 0,
              "requests with another answer than 202", "requests")
    b.at_most("lost", len(findings["lost"]) + len(findings["doubled"]), 0,
              "events lost or stored twice", "events")
    b.at_most("rollups", len(check.rollups(old, tenant.env)), 0, "rollups that are not their rows", "")
    after = counts(old)
    b.at_most("fewer", sum(1 for t in before if after[t] < before[t]), 0, "tables with fewer rows", "tables")
    b.at_most("pending", old.ctl("migrate", "verify")["pending"], 0,
              "migrations that are left", "")
    b.at_most("ready", 0 if new.wait_ready(10) else 1, 0, "the new release is not ready", "")


main()
