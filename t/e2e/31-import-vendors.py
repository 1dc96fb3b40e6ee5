#!/usr/bin/env python3
"""import --source segment|posthog|mixpanel|amplitude: files as those systems
export them, counted independently; again = nothing; killed in the middle and
run again = the same totals; what does not map is told with its lines."""
import collections
import csv
import datetime
import gzip
import io
import json
import os
import random
import signal
import subprocess
import tempfile
import time
import uuid
import zipfile
import zoneinfo

import e2e
from e2e import tap

NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
NAMES = ("opened", "paid", "shared")
PEOPLE = 40
rng = random.Random(6)


def uid():
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def when():
    return NOW - datetime.timedelta(seconds=rng.randrange(60, 60 * 86400))


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def history(n):
    """What happened, as no vendor says it: (name, who, when, properties)."""
    return [(rng.choice(NAMES), "u_%02d" % rng.randrange(PEOPLE), when(),
             {"n": i, "plan": rng.choice(("free", "pro"))}) for i in range(n)]


class Book:
    """An environment and what ought to be in it."""

    def __init__(self, lab, source):
        self.lab, self.source, self.tenant = lab, source, lab.tenant("import")

    def args(self, path):
        return ("--project", self.tenant.project, "--env", "prod", "--source", self.source, path)

    def run(self, path, data=None):
        return self.lab.ctl("import", *self.args(path), data=data)

    def fails(self, path):
        """(exit code, report or None, last line of stderr)"""
        p = subprocess.run([os.path.join(e2e.ROOT, "dev"), "ctl", "--format", "json", "import"]
                           + list(self.args(path)), stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=120)
        lines = p.stderr.decode("utf-8", "replace").strip().splitlines()
        return p.returncode, json.loads(p.stdout) if p.stdout.strip() else None, lines[-1]

    def stored(self):
        """Events by name and person, and the sum of a property."""
        rows = self.lab.sql(
            "SELECT e.name, i.user_id, count(*), sum((e.properties->>'n')::int8) FROM events e"
            " JOIN persons i ON i.environment_id = e.environment_id AND i.person_no = e.person_no"
            " WHERE e.environment_id = %d GROUP BY 1, 2" % self.tenant.env)
        return {a + " " + b: [int(c), int(d)] for a, b, c, d in rows if a in NAMES}

    def check(self, path, happened, title, **want):
        report = self.run(path)
        got = {k: report[k] for k in want}
        tap.equal(got, want, "%s: %s: the report" % (self.source, title))
        tap.equal(report["items"], sum(report[k] for k in (
            "inserted", "duplicates", "rejected", "refused", "dropped", "dead")),
            "%s: %s: items add up" % (self.source, title))
        tap.equal(self.stored(), expected(happened), "%s: %s: names, people and a sum as in"
                  " the file" % (self.source, title))
        again = self.run(path)
        tap.equal((again["inserted"], again["duplicates"]), (0, report["inserted"] +
                  report["duplicates"]), "%s: %s: again inserts 0" % (self.source, title))
        tap.equal(self.stored(), expected(happened), "%s: %s: and changes nothing" % (
            self.source, title))
        return report


def expected(happened):
    out = collections.defaultdict(lambda: [0, 0])
    for name, who, _, props in happened:
        out[name + " " + who][0] += 1
        out[name + " " + who][1] += props["n"]
    return dict(out)


def dump(lines):
    return "".join(json.dumps(x, separators=(",", ":")) + "\n" for x in lines)


# --- Segment ---

def segment_rows(happened):
    return [{"type": "track", "event": name, "messageId": "node-next-%d-%s" % (i, uid()),
             "userId": who, "timestamp": iso(at), "receivedAt": iso(at), "properties": props,
             "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
             "integrations": {}, "writeKey": "x", "version": 2}
            for i, (name, who, at, props) in enumerate(happened)]


def segment(lab, folder):
    book, happened = Book(lab, "segment"), history(1500)
    rows = segment_rows(happened)
    extra = [
        {"type": "identify", "messageId": uid(), "userId": "u_01", "anonymousId": "a1",
         "timestamp": iso(when()), "traits": {"email": "a@b.example", "plan": "pro"}},
        {"type": "page", "name": "Home", "messageId": uid(), "anonymousId": "a2",
         "timestamp": iso(when()), "properties": {"url": "https://x.example/"}},
        {"type": "heartbeat", "messageId": uid(), "userId": "u_01", "timestamp": iso(when())},
        {"type": "track", "messageId": uid(), "userId": "u_01", "timestamp": iso(when())},
        {"type": "track", "event": "timeless", "messageId": uid(), "userId": "u_01"},
        {"type": "track", "event": "old", "messageId": uid(), "userId": "u_01",
         "timestamp": "2019-01-01T00:00:00Z"},
    ]
    path = os.path.join(folder, "segment.gz")
    with gzip.open(path, "wt", compresslevel=1) as f:
        f.write(dump(rows[:700]) + "{broken\n\n[1]\n" + dump(extra) + dump(rows[700:]))
    report = book.check(path, happened, "gzip", read=1508, inserted=1503, rejected=5, refused=1)
    tap.equal(report["reasons"], {"invalid_json": 2, "not_mapped": 1, "missing_field": 1,
                                  "timestamp_out_of_range": 1, "beyond_retention": 1},
              "segment: what did not map, by reason")
    tap.equal(report["lines"], {"invalid_json": [701, 703], "not_mapped": [706], "missing_field": [707],
                                "timestamp_out_of_range": [708], "beyond_retention": [709]},
              "segment: and in which lines")
    note = book.fails(path)[2]
    tap.ok("1 rows are older" in note and "--retention-raw-days 0" in note,
           "segment: old rows are told, with the command that keeps them", note)
    lab.ctl("environment", "set", "--project", book.tenant.project, "--env", "prod",
            "--retention-raw-days", "0")
    after = book.run(path)
    tap.equal((after["inserted"], after["refused"]), (1, 0), "segment: after it, the old row too")
    table = lab.dev("ctl", "import", *book.args(path))
    tap.ok("not_mapped" in table and "706" in table, "segment: the report as a table", table)


def live(lab):
    """What the SDK has sent, the export of the same brings no event twice."""
    happened = history(50)
    sent = (
        ("segment", "/v1/batch", lambda rows: {"batch": rows}, segment_rows(happened)),
        ("posthog", "/batch/", lambda rows: {"batch": rows}, posthog_rows(happened)),
        ("mixpanel", "/track/", lambda rows: rows, mixpanel_rows(happened)),
        ("amplitude", "/2/httpapi", lambda rows: {"events": [dict(
            r, time=int(when_of(r).timestamp() * 1000), insert_id=r["$insert_id"])
            for r in rows]}, amplitude_rows(happened)),
    )
    for source, path, body, rows in sent:
        book = Book(lab, source)
        status = e2e.call(lab, "POST", path, book.tenant.key, json.dumps(body(rows)).encode())[0]
        lab.drain(30)
        tap.equal((status, book.stored()), (200, expected(happened)), source + ": sent live")
        report = book.run("-", data=dump(rows).encode())
        tap.at_least(report["duplicates"], 50, source + ": then imported: known by the same ids")
        tap.equal(book.stored(), expected(happened), source + ": no event is there twice")


def when_of(row):
    return datetime.datetime.strptime(row["event_time"], "%Y-%m-%d %H:%M:%S.%f").replace(
        tzinfo=datetime.timezone.utc)


# --- PostHog ---

def posthog_rows(happened):
    return [{"uuid": uid(), "event": name, "distinct_id": who, "timestamp": at.strftime(
        "%Y-%m-%d %H:%M:%S.000000"), "properties": dict(props, **{"$lib": "posthog-node"}),
        "person_id": uid(), "team_id": 1, "elements_chain": None, "created_at": iso(at),
        "person_properties": {"a": 1}} for name, who, at, props in happened]


def posthog(lab, folder):
    book, happened = Book(lab, "posthog"), history(1200)
    rows = posthog_rows(happened)
    rows += [{"uuid": uid(), "event": "$identify", "distinct_id": "u_01", "timestamp": iso(when()),
              "properties": {"$anon_distinct_id": "a1", "$set": {"plan": "pro"}}}]
    path = os.path.join(folder, "posthog.jsonl")
    with open(path, "w") as f:
        f.write(dump(rows))
    items = book.check(path, happened, "JSON lines", read=1201, rejected=0, refused=0)["inserted"]
    forms = {"array.json": json.dumps(rows, indent=2), "flat.json": json.dumps(rows)}
    out = io.StringIO()
    columns = ("uuid", "event", "distinct_id", "timestamp", "properties", "elements_chain")
    sheet = csv.writer(out)
    sheet.writerow(columns)
    for row in rows:
        sheet.writerow([json.dumps(row.get(c)) if c == "properties" else row.get(c)
                        for c in columns])
    forms["events.csv"] = out.getvalue()
    for name, text in forms.items():
        path = os.path.join(folder, name)
        with open(path, "w", newline="") as f:
            f.write(text)
        report = book.run(path)
        tap.equal((report["read"], report["inserted"], report["duplicates"], report["rejected"]),
                  (1201, 0, items, 0), "posthog: the same as " + name + ": nothing new")
    tap.equal(book.stored(), expected(happened), "posthog: and nothing changed")


# --- Mixpanel ---

def mixpanel_rows(happened):
    return [{"event": name, "properties": dict(props, **{
        "time": int(at.timestamp()), "distinct_id": who, "$insert_id": uid(), "mp_lib": "node",
        "$import": True, "mp_processing_time_ms": int(at.timestamp() * 1000)})}
        for name, who, at, props in happened]


def mixpanel(lab, folder):
    book, happened = Book(lab, "mixpanel"), history(1200)
    rows = mixpanel_rows(happened)
    rows += [{"properties": {"time": int(when().timestamp()), "distinct_id": "u_01",
                             "$insert_id": "x"}}]
    path = os.path.join(folder, "mixpanel.ndjson")
    with open(path, "w") as f:
        f.write(dump(rows))
    report = book.check(path, happened, "raw export", read=1201, inserted=1200, rejected=1)
    tap.equal(report["lines"], {"missing_field": [1201]}, "mixpanel: an event without a name")
    zone(lab)


def zone(lab):
    """A project whose clock is that of New York: its export's times are wall
    times there, on both sides of the change to summer time."""
    book = Book(lab, "mixpanel")
    lab.ctl("environment", "set", "--project", book.tenant.project, "--env", "prod",
            "--retention-raw-days", "0")
    clock = zoneinfo.ZoneInfo("America/New_York")
    at = [datetime.datetime(2026, month, 9, 15, tzinfo=datetime.timezone.utc) for month in (1, 7)]
    rows = mixpanel_rows([("opened", "u_01", a, {"n": i}) for i, a in enumerate(at)])
    for row, a in zip(rows, at):
        wall = a.astimezone(clock).replace(tzinfo=datetime.timezone.utc)
        row["properties"]["time"] = int(wall.timestamp())
    lab.ctl("import", "--time-zone", "America/New_York", *book.args("-"), data=dump(rows).encode())
    got = lab.sql("SELECT extract(epoch FROM ts)::int8 FROM events WHERE environment_id = %d"
                  " ORDER BY 1" % book.tenant.env)
    tap.equal([int(r[0]) for r in got], [int(a.timestamp()) for a in at],
              "mixpanel: --time-zone: wall times become instants")
    for source, name in (("mixpanel", "Nowhere/At_All"), ("segment", "UTC")):
        book.source = source
        tap.equal(lab.dev_status("ctl", "import", "--time-zone", name, *book.args("-")), 64,
                  "%s: --time-zone %s: a usage error" % (source, name))


# --- Amplitude ---

def amplitude_rows(happened):
    return [{"$insert_id": uid(), "uuid": uid(), "event_type": name, "user_id": who,
             "device_id": "d-" + who, "session_id": int(at.timestamp() * 1000),
             "event_time": at.strftime("%Y-%m-%d %H:%M:%S.000000"),
             "client_event_time": at.strftime("%Y-%m-%d %H:%M:%S.000000"),
             "server_upload_time": at.strftime("%Y-%m-%d %H:%M:%S.000000"),
             "event_properties": props, "user_properties": {"plan": props["plan"]},
             "version_name": "1.2.3", "os_name": "ios", "os_version": "17.2", "device_type":
             "Apple iPhone", "platform": "iOS", "language": "German", "library":
             "amplitude-swift/1.0", "app": 5, "amplitude_id": 7, "country": "Germany"}
            for name, who, at, props in happened]


def amplitude(lab, folder):
    book, happened = Book(lab, "amplitude"), history(900)
    rows = amplitude_rows(happened)
    path = os.path.join(folder, "amplitude.zip")
    with zipfile.ZipFile(path, "w") as z:
        for hour in range(3):
            z.writestr("5/5_2026-01-01_%d#0.json.gz" % hour,
                       gzip.compress(dump(rows[hour::3]).encode()))
    book.check(path, happened, "ZIP of gzip", read=900, rejected=0, refused=0)
    got = lab.sql("SELECT DISTINCT c.app_version, c.platform, c.os_version, c.model FROM events e"
                  " JOIN contexts c USING (environment_id, context_no) WHERE e.environment_id = %d"
                  % book.tenant.env)
    tap.equal(got, [["1.2.3", "ios", "17.2", "Apple iPhone"]], "amplitude: app and device")
    with open(path, "rb") as f:
        piped = book.run("-", data=f.read())
    tap.equal((piped["read"], piped["inserted"]), (900, 0), "amplitude: the ZIP through a pipe")


# --- killed in the middle ---

def killed(lab, folder):
    happened = history(15000)
    path = os.path.join(folder, "large.ndjson")
    with open(path, "w") as f:
        f.write(dump(segment_rows(happened)))
    book = Book(lab, "segment")
    runs = 0
    for _ in range(2):
        mark = bookmarks(lab, book)
        p = subprocess.Popen([os.path.join(e2e.ROOT, "dev"), "ctl", "import"]
                             + list(book.args(path)), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        if e2e.stopped(p, lambda: bookmarks(lab, book) > mark):
            p.send_signal(signal.SIGKILL)
            runs += 1
        p.wait()
    tap.equal(runs, 2, "killed -9 in the middle, times")
    lab.drain(60)
    tap.must_fail(book.stored() == expected(happened), "what is there then is not all")
    report = book.run(path)
    tap.equal(report["read"], 15000, "run again: it reads all")
    tap.at_least(report["skipped"], 250, "and skips what was queued before, records")
    tap.equal(report["rejected"], 0, "nothing is rejected")
    tap.equal(book.stored(), expected(happened), "the totals are those of a whole run")
    report = book.run(path)
    tap.equal((report["skipped"], report["inserted"], report["duplicates"]), (0, 0, 15000),
              "after its end nothing is skipped, and nothing is new")


def bookmarks(lab, book):
    key = lab.redis("--scan", "--pattern", "tm:import:%d:*" % book.tenant.env).split()
    return int(lab.redis("GET", key[0]) or 0) if key else 0


# --- bad input ---

def bad(lab, folder):
    book = Book(lab, "amplitude")
    rows = amplitude_rows(history(5))
    files = {
        "empty": b"",
        "text": b"hello\nworld\n",
        "cut.gz": gzip.compress(dump(rows).encode() * 50)[:-20],
        "cut.zip": None,
        "wrong.ndjson": dump([{"type": "track", "event": "x"}]).encode(),
        "image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.json", dump(rows) * 200)
    files["cut.zip"] = whole.getvalue()[:300]
    want = {"empty": (0, ""), "text": (65, "no row could be read as amplitude"),
            "cut.gz": (65, "the file is cut short"), "cut.zip": (65, "the ZIP file cannot be read"),
            "wrong.ndjson": (65, "no row could be read as amplitude"),
            "image": (65, "no row could be read as amplitude")}
    for name, body in files.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(body)
        code, _, line = book.fails(path)
        tap.ok(code == want[name][0] and want[name][1] in line, "bad input: %s: %d" % (
            name, want[name][0]), (code, line))
    code, _, line = book.fails(os.path.join(folder, "absent"))
    tap.ok(code in (66, 74) and "cannot open" in line, "bad input: no such file", (code, line))
    book.source = "heap"
    code, _, line = book.fails(path)
    tap.ok(code == 64 and "ndjson, segment, posthog, mixpanel, amplitude" in line,
           "bad input: an unknown source names the known", (code, line))
    tap.equal(book.stored(), {}, "bad input: nothing was stored")


def main():
    lab = e2e.start()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        live(lab)
        for part in (segment, posthog, mixpanel, amplitude, killed, bad):
            part(lab, folder)
            tap.note("%s: %.1f s" % (part.__name__, time.monotonic() - began))


if __name__ == "__main__":
    tap.run(main)
