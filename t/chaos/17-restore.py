#!/usr/bin/env python3
"""T25: a backup taken under load, restored on another server, holds every event
whose 202 came before the backup began, once; a backup that is not whole, does
not fit or would overwrite something is refused."""
# takes: 80 s
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check
import lab as labs
import load
import tap

START = os.path.join(labs.ROOT, "t/lib/pg-start.sh")


class Server:
    """PostgreSQL and Redis with nothing in them, and programs of the stack."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        os.chmod(folder, 0o755)
        state = os.path.join(lab.var, "state")
        self.state = os.path.realpath(state) if os.path.isdir(state) else lab.var
        conf = os.path.join(folder, "none.conf")
        open(conf, "w").close()
        self.env = {"PATH": os.environ["PATH"], "TIDEMARK_CONF": conf,
                    "TIDEMARK_MASTER_KEY_FILE": os.path.join(self.state, "secrets/master-key"),
                    "TIDEMARK_REDIS_SOCKET": os.path.join(folder, "redis.sock"),
                    "TIDEMARK_SYMBOL_DIR": os.path.join(folder, "symbols"),
                    "TIDEMARK_EXPORT_DIR": os.path.join(folder, "exports"),
                    "TIDEMARK_OUTBOX_DIR": folder,
                    "TIDEMARK_SQL_DIR": os.path.join(self.state, "install/share/tidemark/sql")}
        out = subprocess.run([START, "start"], check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            name, value = line.split(";")[0].split("=", 1)
            self.env[name] = value.strip("'")
        self.pg = self.env.pop("PG_DIR")
        self.env.pop("PG_PORT", None)
        self.redis = subprocess.Popen(
            ["redis-server", "--port", "0", "--dir", folder, "--unixsocket",
             self.env["TIDEMARK_REDIS_SOCKET"], "--save", "", "--logfile", "/dev/null"])
        self.consumer = None

    def run(self, *args, **env):
        return subprocess.run([os.path.join(self.state, "install/bin/tidemarkctl"), *args,
                               "--format", "json"], capture_output=True, text=True,
                              env=dict(self.env, **env))

    def consume(self):
        self.consumer = subprocess.Popen(
            [os.path.join(self.state, "install/libexec/tidemark-consumer"), "--index", "1",
             "--no-mail"], env=self.env, stderr=subprocess.DEVNULL)

    def sql(self, text):
        out = subprocess.run(["psql", "-XAtq", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d",
                              self.env["TIDEMARK_DB_OWNER"], "-c", text], check=True,
                             capture_output=True, text=True).stdout
        return [line.split("\x1f") for line in out.splitlines() if line]

    def stop(self):
        for p in (self.consumer, self.redis):
            if p is not None:
                p.terminate()
                p.wait()
        subprocess.run([START, "stop", self.pg], check=False)


def reason(p):
    lines = p.stderr.strip().splitlines()
    return "%d %s" % (p.returncode, lines[-1] if lines else "")


def take(lab, to, *more):
    """A backup while senders press and consumers catch up: what it holds lies
    in the queue, in the database, and in both."""
    tenant = lab.tenant("restore")
    senders = load.Senders(lab, tenant, os.path.join(to, "ledger"), 2, 20, 0.01)
    try:
        time.sleep(1.5)
        with lab.paused():
            time.sleep(1.0)
            before = set(load.read_ledger(senders.paths).acked)
            p = subprocess.Popen([os.path.join(labs.ROOT, "dev"), "ctl", "--format", "json", "backup",
                                  "--to", os.path.join(to, "backups"), *more],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while p.poll() is None and not glob.glob(os.path.join(to, "backups/.tidemark-*/postgres")):
                time.sleep(0.02)  # what is stored from now on is not in its snapshot
        out, err = p.communicate(timeout=300)
        tap.equal(p.returncode, 0, "a backup under load")
        tap.note(err.strip().splitlines()[-1])
    finally:
        ledger = senders.stop()
    return tenant, before, ledger, json.loads(out)


def whole(server, path, folder):
    """Negative controls: each change is seen, and named."""
    def broken(change, what, words, dry="--dry-run"):
        copy = os.path.join(folder, "copy")
        shutil.copytree(path, copy)
        change(copy)
        p = server.run("restore", "--from", copy, dry)
        shutil.rmtree(copy)
        tap.ok(p.returncode == 65 and words in reason(p), "negative control: " + what, reason(p))

    dumps = sorted(os.listdir(os.path.join(path, "postgres")),
                   key=lambda n: os.path.getsize(os.path.join(path, "postgres", n)))
    largest = os.path.join("postgres", dumps[-2])

    def flip(copy):
        with open(os.path.join(copy, largest), "r+b") as f:
            f.seek(os.path.getsize(os.path.join(copy, largest)) // 2)
            byte = f.read(1)
            f.seek(-1, 1)
            f.write(bytes([byte[0] ^ 1]))

    def count(copy, more=1):
        name = os.path.join(copy, "manifest.json")
        with open(name) as f:
            m = json.load(f)
        row = [t for t in m["tables"] if t["name"] == "users"][0]
        row["rows"] += more
        text = json.dumps(m)
        with open(name, "w") as f:
            f.write(text)
        with open(os.path.join(copy, "manifest.sha256"), "w") as f:
            f.write(hashlib.sha256(text.encode()).hexdigest() + "  manifest.json\n")

    def manifest(copy):
        with open(os.path.join(copy, "manifest.json"), "a") as f:
            f.write(" ")
    broken(lambda c: os.unlink(os.path.join(c, largest)), "a file is missing", "is missing")
    broken(flip, "one bit of a file", "SHA-256 differs")
    broken(lambda c: os.truncate(os.path.join(c, "queue.ndjson"), 100), "a short file", "bytes instead")
    broken(manifest, "another manifest", "was changed")
    broken(lambda c: open(os.path.join(c, "more"), "w").close(), "a file more", "does not belong")
    broken(count, "a table with a row less than it had", "rows instead of", "--verify")
    other = os.path.join(folder, "other-key")
    with open(other, "w") as f:
        f.write("ab" * 32)
    p = server.run("restore", "--from", path, "--dry-run", TIDEMARK_MASTER_KEY_FILE=other)
    tap.ok(p.returncode == 65 and "not the key" in reason(p), "another master key is refused", reason(p))
    for name in ("manifest.json", "config.txt", "queue.ndjson"):
        with open(os.path.join(server.state, "secrets/master-key")) as f:
            key = f.read().strip()
        with open(os.path.join(path, name)) as f:
            tap.ok(key not in f.read(), "the master key is not in " + name)


def drill(lab, server, tenant, before, ledger, path):
    begin = time.monotonic()
    p = server.run("restore", "--from", path)
    tap.equal(reason(p) if p.returncode else "0", "0", "restore into an empty server")
    tap.at_most(time.monotonic() - begin, 300, "seconds of the restore")
    here = check.stored_ids(server, tenant.env)
    queued = json.loads(p.stdout)["queued_items"]
    tap.at_least(queued, 1, "items that only the queue's part holds")
    tap.must_fail(set(before) <= set(here), "without the queue's part events are lost (%d of %d)"
                  % (len(set(before) - set(here)), len(before)))
    server.consume()
    p = server.run("queue", "wait", "--timeout", "60")
    tap.equal(p.returncode, 0, "a consumer stores what was queued")
    stored = check.stored_ids(server, tenant.env)
    findings = check.compare(before, ledger.sent, stored)
    tap.ok(check.clean(findings), "every one of %d events with a 202 before the backup is there,"
           " once" % len(before), check.brief(findings))
    tap.at_least(len(before), 500, "events with a 202 before it began")
    tap.note("%d stored, %d of them from the queue's part, %d had a 202 in all"
             % (len(stored), queued, len(ledger.acked)))
    tap.equal(check.rollups(server, tenant.env), [], "every rollup equals a count of its rows")
    p = server.run("audit", "verify", "--all")
    tap.equal(p.returncode, 0, "the audit's chains are whole")
    p = server.run("key", "list", "--env", str(tenant.env))
    tap.ok(tenant.key_id in p.stdout, "keys are there")
    p = server.run("restore", "--from", path)
    tap.ok(p.returncode == 65 and "stop" in reason(p), "not while a consumer works", reason(p))
    server.consumer.terminate()
    server.consumer.wait()
    server.consumer = None
    p = server.run("restore", "--from", path)
    tap.ok(p.returncode == 65 and "not empty" in reason(p), "not over what is there", reason(p))
    return here


def erased(lab, server, tenant, folder, path, here):
    """What was erased after the backup is erased again after the restore: by a
    ledger from elsewhere, and by that of the database that is replaced. Two
    persons, and events by a filter."""
    env = str(tenant.env)
    who = server.sql(
        "SELECT kind, id FROM person_ids WHERE environment_id = %s AND kind IN ('u', 'a')"
        " ORDER BY kind DESC, person_no LIMIT 3" % env)
    flag = {"u": "--user-id", "a": "--anonymous-id"}
    names = [[flag[k], i] for k, i in who]

    def there(n):
        k, i = who[n]
        return int(server.sql("SELECT count(*) FROM person_ids WHERE environment_id = %s AND"
                              " kind = '%s' AND id = '%s'" % (env, k, i))[0][0])

    def work():
        server.consume()
        end = time.monotonic() + 60
        while time.monotonic() < end and int(server.sql(
                "SELECT count(*) FROM privacy_requests WHERE state IN ('received', 'running')")[0][0]):
            time.sleep(0.2)

    def named():
        return int(server.sql("SELECT count(*) FROM events WHERE environment_id = %s AND name ="
                              " 'tap'" % env)[0][0])

    def rest():
        server.consumer.terminate()
        server.consumer.wait()
        server.consumer = None

    lab.ctl("person", "erase", "--env", env, *names[0], "--wait")
    file = os.path.join(folder, "ledger.json")
    ledger = lab.ctl("erasure", "list", "--save", file)
    tap.ok(ledger and all(set(e["hash"]) <= set("0123456789abcdef") for e in ledger) and
           who[0][1] not in json.dumps(ledger), "the ledger has hashes, and nobody's id")
    with open(file, encoding="utf-8") as f:
        tap.equal(json.load(f), ledger, "saved as it is printed")
    server.consume()
    p = server.run("person", "erase", "--env", env, *names[1], "--wait")
    tap.equal(reason(p) if p.returncode else "0", "0", "another erasure, where it is restored")
    had = named()
    p = server.run("person", "erase", "--env", env, "--filter", "name:eq:tap", "--from",
                   "2020-01-01T00:00:00Z", "--to", "2099-01-01T00:00:00Z", "--wait")
    tap.equal((p.returncode, had > 1, named()), (0, True, 0), "and of %d events by their name" % had)
    rest()
    p = server.run("restore", "--from", path, "--replace", "--erasures", file)
    tap.equal(reason(p) if p.returncode else "0", "0", "unless told: --replace")
    tap.equal(sorted(check.stored_ids(server, tenant.env)), sorted(here), "the same rows again")
    tap.ok("Erased after the backup began" in p.stderr and "2 of these persons" in p.stderr and
           "1 erasures of events" in p.stderr and
           "request " + ledger[-1]["request_id"] in p.stderr,
           "restore names what came after it, by the ledger and by the database that went", p.stderr)
    tap.must_fail(there(0) + there(1) + named() == 0, "looking for them right after the restore")
    with open(path + ".erasures.json", encoding="utf-8") as f:
        tap.ok("name:eq" not in f.read(), "the filter travels sealed")
    p = server.run("erasure", "reapply", path + ".erasures.json")
    tap.equal((p.returncode, json.loads(p.stdout)["waiting"]), (0, 3),
              "the ledger was kept; again, they wait already")
    server.sql("UPDATE events SET received_at = now() WHERE environment_id = %s AND event_id ="
               " (SELECT event_id FROM events WHERE environment_id = %s AND name = 'tap' AND"
               " person_no NOT IN (SELECT person_no FROM person_ids WHERE environment_id = %s AND"
               " id IN ('%s', '%s')) LIMIT 1)" % (env, env, env, who[0][1], who[1][1]))
    work()
    tap.equal([there(n) for n in range(3)] + [named()], [0, 0, 1, 1],
              "the consumers erase both again, and nobody else; and the events but the one that"
              " came after")
    p = server.run("erasure", "reapply", path + ".erasures.json")
    tap.equal({k: v for k, v in json.loads(p.stdout).items() if k != "erasures"},
              {"persons": 0, "waiting": 0, "events": 0, "forgotten": 0}, "once is enough")
    p = server.run("person", "scan", "--env", env, *names[0])
    tap.equal(p.returncode, 0, "no table holds the id")
    rest()
    for text in ("{}", "[{}]", '[{"environment_id": 1, "target": "person", "hash": "x"}]'):
        with open(file, "w", encoding="utf-8") as f:
            f.write(text)
        tap.equal(server.run("erasure", "reapply", file).returncode, 65, "no ledger: " + text)


def atomic(lab, to):
    """Killed half-way, there is no backup; the next one clears up."""
    p = subprocess.Popen([os.path.join(labs.ROOT, "dev"), "ctl", "backup", "--to", to],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while time.monotonic() < end and not any(n.startswith(".tidemark") for n in os.listdir(to)):
        time.sleep(0.02)
    p.send_signal(signal.SIGKILL)
    p.wait()
    names = os.listdir(to)
    tap.equal(len([n for n in names if n.startswith("tidemark-") and
                   n.endswith("Z")]), 1, "killed half-way: no second backup")
    tap.ok(any(n.startswith(".tidemark-") for n in names), "but a part of one", names)
    out = lab.ctl("backup", "--to", to, "--keep", "1")
    tap.equal([n for n in os.listdir(to) if "tidemark-" in n and n.endswith("Z")], [os.path.basename(out["path"])],
              "the next one removes it, and with --keep 1 the older one")


def main():
    lab = labs.Lab().start()
    with tempfile.TemporaryDirectory(prefix="tidemark-restore-") as folder:
        tenant, before, ledger, made = take(lab, folder)
        server = Server(lab, folder)
        try:
            whole(server, made["path"], folder)
            p = server.run("restore", "--from", made["path"], "--verify")
            tap.equal(reason(p) if p.returncode else "0", "0", "restore --verify")
            here = drill(lab, server, tenant, before, ledger, made["path"])
            erased(lab, server, tenant, folder, made["path"], here)
        finally:
            server.stop()
        atomic(lab, os.path.join(folder, "backups"))
    live = lab.dev_status("ctl", "restore", "--from", "/nonexistent")
    tap.equal(live, 66, "no such backup")


tap.run(main)
