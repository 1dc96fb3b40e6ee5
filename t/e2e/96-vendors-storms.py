#!/usr/bin/env python3
"""Official clients, unmodified, on a bad network: the connection breaks before
or after the batch is stored, no answer comes, a proxy says 413. Every client
ends by itself. Who sends again reports no error, and all it sent is stored
once; who does not (Sentry, Mixpanel, Aptabase, Amplitude on a broken
connection) sends a body twice at most, and ends. 429 and 503: the other 96-vendors programs."""
import collections
import concurrent.futures

import e2e
import vendors
from e2e import tap
from vendors import HANG, LOST, RESET

LARGE = (413, {"Access-Control-Allow-Origin": "*"})
PATIENCE = 5000  # ms until a client that can be told so gives a request up: HANG alone lasts so long
END = 60  # s

# script, its argument, what happens to the first requests, events, items of
# all types in the end
STORMS = {
    "posthog-node": ("posthog.mjs", "storm", [RESET, LOST, HANG, LARGE], 20, 20),
    "otlp": ("otlp.mjs", "json none", [RESET, LOST], 5, 8),
    "segment": ("segment.mjs", None, [RESET, LOST, HANG], 7, 10),
    "posthog-python": ("posthog_python.py", None, [RESET, LOST, HANG], 3, 9),
    "rudder": ("rudder.mjs", None, [RESET, LOST], 5, 8),
    "amplitude": ("amplitude.mjs", None, [LARGE, LARGE], 6, 10),
}
# the same, and how many items at most
ONCE = {
    "sentry-node": ("sentry.mjs", None, [RESET, LOST, LARGE] * 40, 20),
    "mixpanel": ("mixpanel.mjs", None, [RESET, LOST, LARGE] * 40, 60),
    "aptabase": ("aptabase.mjs", None, [RESET, LARGE] * 40, 5),
    "amplitude, broken": ("amplitude.mjs", None, [RESET] * 40, 0),
}


def drive(v, row):
    v.recorder.storm = list(row[2])
    return v.drive(row[0], *([row[1]] if row[1] else []), timeout=END, patience=PATIENCE)


def again(v, row, result):
    """A client that sends again."""
    _, _, faults, events, items = row
    tap.equal(result["errors"], [], v.name + ": it ends without an error")
    tap.equal((v.recorder.refused, v.recorder.lost), (len(faults), [200] * faults.count(LOST)),
              v.name + ": its requests met %s" % ", ".join(
                  x if isinstance(x, str) else str(x[0]) for x in faults))
    kept = v.fingerprint()
    tap.equal((int(kept["events"]), int(kept["seen"])), (events, items),
              v.name + ": all it sent is stored, once")


def once(v, row, result):
    """A client that does not; but Chromium tries twice more when a kept connection
    breaks, and Sentry's client sends what has an attachment a second time."""
    bodies = v.recorder.bodies
    tap.ok(bodies and len(bodies) == v.recorder.refused, v.name + ": not one request got through",
           (len(bodies), v.recorder.refused))
    most = max(collections.Counter(bodies).values(), default=0)
    tap.at_most(most, 3, v.name + ": it does not go on sending, and ends; times a body came")
    tap.must_fail(result["errors"] == [], v.name + ": and it says so")
    tap.at_most(int(v.fingerprint()["seen"]), row[3], v.name + ": items that were stored unseen")


def main():
    lab = e2e.start()
    rows = dict(STORMS, **ONCE)
    all_ = {name: vendors.Vendor(lab, name) for name in rows}
    with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
        results = dict(zip(rows, pool.map(drive, all_.values(), rows.values())))
    lab.drain(30)
    for name, v in all_.items():
        (again if name in STORMS else once)(v, rows[name], results[name])
        v.recorder.close()


tap.run(main)
