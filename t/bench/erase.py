#!/usr/bin/env python3
"""erase: persons of a filled store are erased while events come in. Nothing of
them may be found afterwards, sums must equal the rows, and the door must
answer as before. The job works and pauses by turns, so what it does to the door
shows in pairs as well: requests while it ran, against those between its runs.
ERASE_EVENTS and ERASE_PERSONS set the size; the issue asks
for 5,000,000 and 1,000."""
import datetime
import glob
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import bench
import e2e

EVENTS = int(os.environ.get("ERASE_EVENTS", "5000000" if bench.LONG else "60000"))
PERSONS = int(os.environ.get("ERASE_PERSONS", "1000" if bench.LONG else "50"))

# rows of the sums that the stored rows do not confirm
WRONG = """SELECT count(*) FROM (SELECT date_bin('15 minutes', ts, 'epoch') AS at, count(*) AS n
 FROM events WHERE environment_id = %(env)s GROUP BY 1) a FULL JOIN (SELECT bucket, events FROM
 rollup_counts WHERE environment_id = %(env)s AND grain = 15 AND dim = 0 AND events > 0) b
 ON b.bucket = a.at WHERE a.n IS DISTINCT FROM b.events"""


# which step most requests are in
STEP = ("SELECT coalesce(nullif(step, ''), state) FROM privacy_requests WHERE environment_id = %s"
        " AND state IN ('received', 'running') GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")


RUN = re.compile(r"^ts=(\S+)Z .*\bmsg=job job=erase .*\bms=(\d+)", re.M)


def runs(lab, clock):
    """When the job ran, by the consumers' logs, as times of `clock` (the
    difference of the two clocks); a look that found nothing to do is none."""
    out = []
    for path in glob.glob(os.path.join(lab.var, "log", "consumer*.log")):
        with open(path, encoding="utf-8", errors="replace") as f:
            for at, ms in RUN.findall(f.read()):
                end = datetime.datetime.fromisoformat(at + "+00:00").timestamp() - clock
                if int(ms) >= 50:
                    out.append((end - int(ms) / 1000, end))
    return out


def p99(values):
    values = sorted(values)
    return values[int(len(values) * 0.99)] if values else 0


class Door(threading.Thread):
    """One client, some eighty requests a second; its times in ms."""

    def __init__(self, lab, key):
        super().__init__(daemon=True)
        self.lab, self.key, self.ms, self.at, self.over = lab, key, [], [], False
        self.refused = []

    def run(self):
        while not self.over:
            body = e2e.envelope([e2e.event("noise", timestamp=e2e.stamp(1))])
            begin = time.monotonic()
            status, _, answer = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch",
                                              self.key, body)
            self.at.append(begin)
            self.ms.append((time.monotonic() - begin) * 1000)
            if status != 202 or answer["accepted"] != 1:
                self.refused.append(status)
            time.sleep(0.01)  # under the rate limit of a key

    def end(self):
        self.over = True
        self.join()
        return p99(self.ms)


def main():
    b = bench.Bench("erase", "%d persons among %d events while events come in"
                    % (PERSONS, EVENTS))
    lab = b.lab
    made = lab.ctl("demo", "load", "--events", str(EVENTS), timeout=1800)
    env, project = made["environment_id"], made["project_id"]
    # The store alone is over the demo's plan: what came would only be counted.
    lab.ctl("plan", "set", "--team", "demo", "--plan", "enterprise")
    lab.drain(1800)
    users = lab.value("SELECT string_agg(user_id, ',') FROM (SELECT user_id FROM persons WHERE"
                      " environment_id = %s AND user_id IS NOT NULL ORDER BY person_no DESC"
                      " LIMIT %d) p" % (env, PERSONS)).split(",")
    owner = lab.value("SELECT u.email FROM members m JOIN users u ON u.id = m.user_id JOIN teams t"
                      " ON t.id = m.team_id WHERE t.slug = 'demo' AND m.role = 'owner' LIMIT 1")
    token = lab.ctl("token", "create", "--user", owner, "--team", "demo", "--scopes",
                    "persons:read,persons:erase")["token"]
    base = "/api/v1/projects/%s/privacy/requests" % project
    before = Door(lab, made["write_key"])
    before.start()
    time.sleep(10)
    quiet = before.end()
    during = Door(lab, made["write_key"])
    during.start()
    began = time.monotonic()
    for user in users:
        status = e2e.call_json(lab, "POST", base, token, {"user_id": user, "hold_minutes": 0})[0]
        if status != 202:
            sys.exit("bench: a request was refused: %d" % status)
    steps = []
    while time.monotonic() - began < 3600:
        step = lab.value(STEP % env)
        if not step:
            break
        steps.append((time.monotonic(), step))
        time.sleep(0.5)
    took = time.monotonic() - began
    busy = during.end()
    lab.drain()
    failed = int(lab.value("SELECT count(*) FROM privacy_requests WHERE environment_id = %s"
                           " AND kind = 'erase' AND state <> 'done'" % env))
    left = int(lab.value("SELECT count(*) FROM person_ids WHERE environment_id = %s AND id"
                         " = ANY('{%s}')" % (env, ",".join(users))))
    b.figure("seconds", round(took, 1), "s", "from the first request to the last receipt")
    b.figure("p99_before", round(quiet, 2), "ms", "door, p99 before")
    b.figure("p99_during", round(busy, 2), "ms", "door, p99 during, %d requests" % len(during.ms))
    for step in dict.fromkeys(s for _, s in steps):
        spans = [(t, steps[i + 1][0] if i + 1 < len(steps) else t + 0.5)
                 for i, (t, s) in enumerate(steps) if s == step]
        ms = [m for m, at in zip(during.ms, during.at) if any(a <= at < z for a, z in spans)]
        b.figure("p99_" + step, round(p99(ms), 2), "ms", "  of them in step '%s', %d requests in"
                 " %.0f s" % (step, len(ms), sum(z - a for a, z in spans)))
    turns = runs(lab, time.time() - time.monotonic())
    sides = ([], [])
    for m, at in zip(during.ms, during.at):
        sides[any(a <= at < z for a, z in turns)].append(m)
    for key, ms, text in (("p99_pauses", sides[0], "between the job's runs"),
                          ("p99_runs", sides[1], "while it ran")):
        b.figure(key, round(p99(ms), 2), "ms", "  of them %s, %d requests" % (text, len(ms)))
    b.at_most("failed", failed, 0, "requests without a receipt", "requests")
    b.at_most("left", left, 0, "ids that are still known", "ids")
    b.at_most("wrong", int(lab.value(WRONG % {"env": env})), 0, "sums that rows do not confirm",
              "quarters")
    refused = before.refused + during.refused
    b.at_most("refused", len(refused), 0, "requests refused at the door %s" % sorted(set(refused)),
              "requests")
    b.at_most("ratio", round(busy / quiet, 2), 1.5, "door, p99 during over before", "ratio")
    b.finish()


main()
