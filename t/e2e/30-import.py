#!/usr/bin/env python3
"""import: 82,000 events of 2005-2026, counted independently; again = nothing.

The file is generated in the shape of a public project's history. When
TIDEMARK_HISTORY names the real file, it is imported and counted as well.
"""
# takes: 30 s
import collections
import datetime
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import uuid

import e2e
from e2e import tap

ROWS, PEOPLE = 82000, 2700


def generate(path):
    rng = random.Random(2005)
    begin = datetime.datetime(2005, 4, 7, tzinfo=datetime.timezone.utc)
    span = (datetime.datetime(2026, 8, 20, tzinfo=datetime.timezone.utc)
            - begin).total_seconds()
    with gzip.open(path, "wt", compresslevel=1) as f:
        for i in range(ROWS):
            at = begin + datetime.timedelta(seconds=int(span * i / ROWS))
            person = i if i < PEOPLE else int(PEOPLE * rng.random() ** 3)
            name = rng.choices(("commit", "merge", "release"), (73, 26, 1))[0]
            properties = {} if name != "commit" else {
                "files": rng.randrange(1, 40), "area": rng.choice(
                    ("gitk", "doc", "refs", "l10n")),
                "insertions": rng.randrange(900), "deletions": 0}
            f.write(json.dumps({
                "event_id": str(uuid.UUID(int=rng.getrandbits(128),
                                          version=4)),
                "name": name, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "user_id": "u_%06x" % person, "properties": properties},
                separators=(",", ":")) + "\n")


def count(path):
    """By hand, from the file: rows, people, by name, by year."""
    names, years, people = (collections.Counter(), collections.Counter(),
                            set())
    with gzip.open(path, "rt") as f:
        for line in f:
            row = json.loads(line)
            names[row["name"]] += 1
            years[row["timestamp"][:4]] += 1
            people.add(row["user_id"])
    return sum(names.values()), len(people), dict(names), dict(years)


def stored(lab, env):
    def pairs(query):
        return {a: int(b) for a, b in lab.sql(query)}
    names = pairs("SELECT name, count(*) FROM events WHERE environment_id = "
                  "%d GROUP BY 1" % env)
    years = pairs("SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY'), count(*) "
                  "FROM events WHERE environment_id = %d GROUP BY 1" % env)
    people = int(lab.value("SELECT count(*) FROM persons WHERE "
                           "environment_id = %d" % env))
    return sum(names.values()), people, names, years


def import_file(lab, tenant, path):
    return lab.ctl("import", "--project", tenant.project, "--env", "prod",
                   "--source", "ndjson", path)


def whole(lab, path, title):
    tenant = lab.tenant("import")
    want = count(path)
    lab.ctl("environment", "set", "--project", tenant.project, "--env",
            "prod", "--retention-raw-days", "0")
    report = import_file(lab, tenant, path)
    tap.equal((report["read"], report["inserted"], report["rejected"],
               report["refused"]), (want[0], want[0], 0, 0),
              title + ": everything read is inserted")
    tap.equal(stored(lab, tenant.env), want,
              title + ": rows, people, names and years equal the file's")
    report = import_file(lab, tenant, path)
    tap.equal((report["inserted"], report["duplicates"]), (0, want[0]),
              title + ": again inserts 0")
    tap.equal(stored(lab, tenant.env), want,
              title + ": and changes no count")


def away(lab, path):
    """Redis is killed in the middle and comes back: the import waits for it."""
    tenant, want = lab.tenant("import-away"), count(path)
    lab.ctl("environment", "set", "--project", tenant.project, "--env",
            "prod", "--retention-raw-days", "0")
    p = subprocess.Popen(
        [os.path.join(e2e.ROOT, "dev"), "ctl", "--format", "json", "import", "--project",
         tenant.project, "--env", "prod", "--source", "ndjson", path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    mark = "tm:import:%d:*" % tenant.env
    tap.ok(e2e.stopped(p, lambda: lab.redis("--scan", "--pattern", mark).strip() != ""),
           "an import is under way when Redis is killed")
    lab.kill("redis")
    p.send_signal(signal.SIGCONT)
    lab.bring_back("redis")
    out, said = p.communicate(timeout=180)
    tap.ok(p.returncode == 0, "it ends well", said[-500:])
    tap.equal(json.loads(out)["read"], want[0], "having read all")
    tap.equal(stored(lab, tenant.env), want, "and all is stored, once")


def refused(lab, path):
    """Rows older than the environment keeps stay out, with the command."""
    tenant = lab.tenant("refused")
    args = ("ctl", "import", "--project", tenant.project, "--env", "prod",
            "--source", "ndjson", "--format", "json", path)
    report = json.loads(lab.dev(*args, check=False))
    tap.equal(lab.dev_status(*args), 65, "an import of nothing fails")
    tap.equal(report["inserted"] + report["refused"], report["read"],
              "with 90 days, the rest is refused and counted")
    tap.at_least(report["refused"], 80000, "refused rows")


def bad_lines(lab, folder):
    tenant = lab.tenant("badlines")
    path = os.path.join(folder, "bad.ndjson")
    good = {"event_id": str(uuid.uuid4()), "name": "good",
            "timestamp": e2e.stamp(60), "user_id": "u"}
    with open(path, "w") as f:
        f.write(json.dumps(good) + "\n{broken\n\n" + json.dumps(
            {"event_id": str(uuid.uuid4()), "timestamp": e2e.stamp()}) + "\n"
            + json.dumps(dict(good, event_id=str(uuid.uuid4()))))
    report = import_file(lab, tenant, path)
    tap.equal((report["read"], report["inserted"], report["rejected"]),
              (4, 2, 2), "bad lines cost only themselves")
    tap.equal(sum(report["reasons"].values()), 2, "and have reasons")


def main():
    lab = e2e.start()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "history.ndjson.gz")
        generate(path)
        whole(lab, path, "generated")
        away(lab, path)
        refused(lab, path)
        bad_lines(lab, folder)
        tap.ok(lab.dev_status("ctl", "import", "--env", "1", "--source",
                              "heap", path) == 64,
               "a source that does not exist is refused")
    real = os.environ.get("TIDEMARK_HISTORY", "")
    if real:
        whole(lab, real, os.path.basename(real))


if __name__ == "__main__" and len(sys.argv) == 1:
    tap.run(main)
