#!/usr/bin/env python3
"""./dev and tidemarkctl to the letter: exit codes, what is on stdout and on
stderr, killing and starting each part, the caller's folder."""
# takes: 25 s
import csv
import io
import json
import os
import subprocess
import tempfile
import time
import uuid

import e2e
from e2e import tap

DEV = os.path.join(e2e.ROOT, "dev")
PARTS = ("nginx", "web", "ingest", "consumer", "redis", "postgres")
FOLDER = tempfile.mkdtemp(prefix="tidemark-contract-")


def run(*argv, data=b"", cwd=FOLDER, **env):
    p = subprocess.run([DEV] + list(argv), input=data, cwd=cwd,
                       capture_output=True, timeout=180,
                       env=dict(os.environ, **env))
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def ctl(*argv, data=b""):
    return run("ctl", *argv, data=data)


def fails(name, want, got):
    """Exit code, nothing on stdout, the reason as the last line of stderr."""
    code, out, err = got
    last = (err.splitlines() or [""])[-1]
    tap.ok(code == want and out == "" and len(last) > 15
           and not last.startswith((" ", "usage")),
           "%s: exit %d, a reason" % (name, want), (code, out, err[-400:]))


def commands(lab):
    for name, argv in (("no such command", ("odd",)), ("kill", ("kill",)),
                       ("kill odd", ("kill", "odd")), ("start", ("start",)),
                       ("start odd", ("start", "odd")),
                       ("up --odd", ("up", "--odd")),
                       ("status --odd", ("status", "--odd")),
                       ("test odd", ("test", "odd")),
                       ("bench odd", ("bench", "odd"))):
        code, _, err = run(*argv)
        tap.ok(code == 64 and err.strip(), "%s: a usage error" % name, err)
    empty = os.path.join(FOLDER, "none")
    code, out, _ = run("status", "--json", TIDEMARK_VAR=empty)
    tap.ok(code == 0 and json.loads(out)["processes"] == [],
           "status where there is no stack", out)
    for argv in (("ctl", "queue", "stats"), ("kill", "web"), ("start", "web")):
        fails(" ".join(argv) + " where there is no stack", 69,
              run(*argv, TIDEMARK_VAR=empty))
    tap.equal(run("down", TIDEMARK_VAR=empty)[0], 0, "down where there is none")
    tap.ok(not os.path.exists(empty), "and nothing was made there")
    var = os.environ.get("TIDEMARK_VAR", os.path.join(e2e.ROOT, "var"))
    code, out, _ = run("status", "--json", cwd="/",
                       TIDEMARK_VAR=os.path.relpath(var, "/"))
    tap.ok(code == 0 and json.loads(out)["processes"],
           "a relative TIDEMARK_VAR counts from the caller's folder")


def status(lab):
    code, out, err = run("status", "--json")
    got = json.loads(out)
    tap.ok(code == 0 and err == "" and {"url", "processes", "versions"}
           <= set(got), "status --json", sorted(got))
    tap.ok(all(set(p) == {"name", "pid", "pss_bytes", "uptime_s"}
               and all(isinstance(p[k], int)
                       for k in ("pid", "pss_bytes", "uptime_s"))
               for p in got["processes"]), "the keys of a process")
    for part in PARTS:
        tap.ok(any(part in p["name"] for p in got["processes"]),
               "a process for " + part)
    tap.equal(run("status")[0], 0, "status")


def kill_start(lab):
    """kill -9 and back, each part in turn; nothing 202'd is lost."""
    t = lab.tenant("kill")
    sent, tried = [], []

    def send():
        one = e2e.event()
        tried.append(one["event_id"])
        try:
            code = e2e.call(lab, "POST", "/api/v1/ingest/batch", t.key,
                            json.dumps(e2e.envelope([one])).encode())[0]
        except OSError:
            return 0
        if code == 202:
            sent.append(one["event_id"])
        return code
    pids = {}
    for p in lab.status()["processes"]:
        for part in PARTS:
            if p["name"].startswith(part):
                pids.setdefault(part, set()).add(p["pid"])
    for part in PARTS:
        before = pids[part]
        send()
        tap.equal(run("kill", part)[0], 0, "kill " + part)
        code, out, _ = run("status", "--json")
        names = [p["name"] for p in json.loads(out)["processes"]]
        tap.ok(code == 0 and not any(n.startswith(part) for n in names),
               "status is 0 with %s down" % part, names)
        tap.equal([p for p in before if alive(p)], [], "it is really gone")
        fails("kill of stopped " + part, 69, run("kill", part))
        code = send()
        ok = {"ingest": (503,), "redis": (503,), "nginx": (0,)}
        tap.ok(code in ok.get(part, (202,)), "ingest without " + part, code)
        begin = time.monotonic()
        tap.equal(run("start", part)[0], 0, "start %s, at once" % part)
        tap.at_most(time.monotonic() - begin, 60, "seconds to start " + part)
        tap.ok(e2e.until(20, lambda: send() == 202) is not None,
               "ingest works after the start of " + part)
        now = set(lab.pids(part))
        tap.equal(run("start", part)[0], 0, "start of a running part")
        tap.ok(any(alive(p) for p in now), "changes nothing", now)
    tap.ok(lab.wait_ready(20), "ready")
    tap.ok(lab.drain(30), "all is stored")
    # an answer may get lost when it is there already
    rows = [r[0] for r in lab.sql("SELECT event_id FROM events WHERE"
                                  " environment_id = %d" % t.env)]
    tap.ok(set(sent) <= set(rows) <= set(tried) and len(rows) == len(set(rows)),
           "what was answered with 202 is there, once", (sent, rows))


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def forms():
    """--format stands anywhere; stdout carries only the result."""
    want = None
    for argv in (("--format", "json", "queue", "stats"),
                 ("queue", "--format", "json", "stats"),
                 ("queue", "stats", "--format=json")):
        code, out, err = ctl(*argv)
        tap.ok(code == 0 and err == "" and isinstance(json.loads(out), dict),
               " ".join(argv), (out, err))
        want = want or set(json.loads(out))
        tap.equal(set(json.loads(out)), want, "the same keys")
    rows = list(csv.DictReader(io.StringIO(ctl("queue", "stats", "--format",
                                               "csv")[1])))
    tap.equal(set(rows[0]), want, "csv has them as columns")
    tap.ok("batches" in ctl("queue", "stats", "--format", "table")[1], "table")
    for argv in ((), ("odd",), ("queue",), ("queue", "odd"),
                 ("queue", "stats", "--odd"), ("queue", "stats", "odd"),
                 ("queue", "stats", "--format", "odd"), ("user", "create"),
                 ("queue", "wait", "--timeout", "x")):
        fails("ctl " + " ".join(argv), 64, ctl(*argv))
    for argv in (("--help",), ("--version",), ("completion", "bash"),
                 ("completion", "zsh"), ("completion", "fish"),
                 ("config", "check"), ("config", "dump"), ("doctor",),
                 ("migrate", "status"), ("migrate", "verify"),
                 ("migrate", "up", "--dry-run")):
        code, out, _ = ctl(*argv)
        tap.ok(code == 0 and out, "ctl " + " ".join(argv), out[:200])
    dump = ctl("config", "dump")[1]
    secret = ctl("config", "dump", "--format", "json")[1]
    tap.ok("TIDEMARK_MASTER_KEY" in dump and "(hidden)" in secret,
           "config dump hides secrets")


def tenants(lab):
    """Objects: the JSON of the contract, good and bad input."""
    owner = "dev-%s@example.org" % uuid.uuid4().hex[:8]
    as_json = ("--format", "json")
    new = ("user", "create", "--email", owner, "--password-stdin")
    fails("a short password", 65, ctl(*new, data=b"short\n"))
    fails("no password flag", 64, ctl("user", "create", "--email", owner))
    tap.equal(ctl(*new, "--verified", data=b"a long password\n")[0], 0, "user")
    fails("the same user", 65, ctl(*new, data=b"a long password\n"))
    fails("a bad address", 65, ctl("user", "create", "--email", "bad",
                                   "--password-stdin", data=b"long enough\n"))
    team = [json.loads(ctl("team", "create", "--name", "Twin Team", "--owner",
                           owner, *as_json)[1]) for _ in range(2)]
    tap.ok(all(set(t) == {"id", "slug"} for t in team)
           and team[0]["slug"] != team[1]["slug"],
           "two teams of one name have different slugs", team)
    slug = team[0]["slug"]
    fails("an unknown owner", 66, ctl("team", "create", "--name", "X",
                                      "--owner", "nobody@example.org"))
    made = json.loads(ctl("project", "create", "--team", slug, "--name", "P",
                          "--platform", "flutter", *as_json)[1])
    tap.ok(set(made) == {"id", "slug", "environments"}
           and {e["name"] for e in made["environments"]} >= {"prod", "dev"}
           and all(set(e) == {"id", "name"} for e in made["environments"]),
           "project create", made)
    fails("an odd platform", 65, ctl("project", "create", "--team", slug,
                                     "--name", "P", "--platform", "odd"))
    fails("an unknown team", 66, ctl("project", "create", "--team", "no-team",
                                     "--name", "P", "--platform", "flutter"))
    where = ("--project", made["id"], "--env", "prod")
    key = json.loads(ctl("key", "create", *where, "--type", "write",
                         "--rate-limit", "120", *as_json)[1])
    tap.ok(set(key) == {"id", "token"} and key["token"].startswith("tm_wk_")
           and len(key["token"]) == 42, "key create", key)
    fails("an odd type", 64, ctl("key", "create", *where, "--type", "odd"))
    fails("no limit", 64, ctl("key", "create", *where, "--type", "write",
                              "--rate-limit", "0"))
    fails("an unknown environment", 66, ctl(
        "key", "create", "--project", made["id"], "--env", "qa", "--type",
        "write"))
    fails("an unknown project", 66, ctl("key", "create", "--project", "x",
                                        "--env", "prod", "--type", "write"))
    fails("an unknown key", 66, ctl("key", "revoke", str(uuid.uuid4())))
    code, out, _ = ctl("key", "revoke", key["id"], "--dry-run", *as_json)
    state = json.loads(ctl("key", "list", *where, *as_json)[1])[0]["state"]
    tap.equal((code, state), (0, "live"), "revoke --dry-run revokes nothing")
    mine = ("token", "create", "--user", owner, "--team", slug, "--scopes")
    token = json.loads(ctl(*mine, "events:read,metrics:read", "--expires",
                           "90d", *as_json)[1])
    tap.ok(set(token) == {"id", "token"}, "token create", token)
    fails("an odd scope", 64, ctl(*mine, "odd"))
    fails("an odd duration", 64, ctl(*mine, "events:read", "--expires", "x"))
    listed = json.loads(ctl("token", "list", "--team", slug, *as_json)[1])
    tap.equal([k["id"] for k in listed], [token["id"]], "token list")
    fails("an unknown token", 66, ctl("token", "revoke", str(uuid.uuid4())))
    tap.equal(ctl("token", "revoke", token["id"])[0], 0, "token revoke")
    for flag, value, want in (("--retention-raw-days", "-1", 64),
                              ("--retention-raw-days", "x", 64),
                              ("--pii-mode", "odd", 65),
                              ("--ip-mode", "odd", 65),
                              ("--user-id-mode", "odd", 65),
                              ("--timezone", "Mars/Base", 65)):
        fails("%s %s" % (flag, value), want,
              ctl("environment", "set", *where, flag, value))
    code, out, _ = ctl("environment", "set", *where, "--retention-raw-days",
                       "0", "--timezone", "Europe/Berlin", *as_json)
    got = json.loads(out)
    tap.equal((code, got["retention_raw_days"], got["timezone"]),
              (0, 0, "Europe/Berlin"), "environment set; 0 = for ever")
    return where


def files(where):
    """Paths are the caller's; import refuses what it cannot read."""
    line = json.dumps({"type": "event", "event_id": str(uuid.uuid4()),
                       "name": "x", "timestamp": e2e.stamp(5)})
    with open(os.path.join(FOLDER, "mine.ndjson"), "w") as f:
        f.write(line + "\n")
    code, out, err = ctl("import", *where, "--source", "ndjson", "mine.ndjson",
                         "--format", "json")
    tap.ok(code == 0 and json.loads(out)["inserted"] == 1,
           "import of a file in the caller's folder", (out, err))
    code, out, err = ctl("import", *where, "--source", "ndjson", "-",
                         "--format", "json", data=line.encode() + b"\n")
    got = json.loads(out) if code == 0 else {}
    tap.equal((got.get("inserted"), got.get("duplicates")), (0, 1),
              "the same from stdin is a repeat")
    fails("no such file", 66, ctl("import", *where, "--source", "ndjson",
                                  "none.ndjson"))
    fails("no such source", 64, ctl("import", *where, "--source", "odd", "-"))


def main():
    lab = e2e.start()
    status(lab)
    commands(lab)
    forms()
    files(tenants(lab))
    kill_start(lab)


tap.run(main)
