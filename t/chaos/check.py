"""check.py - compare what senders were promised with what is stored.

compare() is pure, so that its negative control (a planted loss, a planted
double) needs no server. rollups() and image() read the stack.
"""
from collections import Counter


def compare(acked, sent, stored):
    """stored is a list of ids, one per row. Returns findings, all empty
    when every promise is kept."""
    rows = Counter(stored)
    return {"lost": sorted(set(acked) - set(rows)),
            "doubled": sorted(i for i, n in rows.items() if n > 1),
            "unknown": sorted(set(rows) - set(sent))}


def clean(findings):
    return not any(findings.values())


def brief(findings):
    return ", ".join("%s %d%s" % (
        k, len(v), " (%s ...)" % ", ".join(map(str, v[:3])) if v else "")
        for k, v in sorted(findings.items()))


def stored_ids(lab, env):
    return [r[0] for r in lab.sql(
        "SELECT event_id FROM events WHERE environment_id = %(e)d"
        " UNION ALL SELECT event_id FROM crashes WHERE environment_id = %(e)d"
        " UNION ALL SELECT event_id FROM traces WHERE environment_id = %(e)d"
        % {"e": env})]


# Each row: name, number by the rollup, the same number from the rows.
ROLLUPS = [
    ("events by quarter-hour",
     "SELECT sum(events) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain IN (15, 60) AND dim = 0",
     "SELECT count(*) FROM events WHERE environment_id = %(e)d"),
    ("events by day",
     "SELECT sum(events) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain = 1440 AND dim = 0",
     "SELECT count(*) FROM events WHERE environment_id = %(e)d"),
    ("events by day and name",
     "SELECT sum(events) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain = 1440 AND dim = 2",
     "SELECT count(*) FROM events WHERE environment_id = %(e)d"),
    ("crashes by day",
     "SELECT sum(crashes) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain = 1440 AND dim = 0",
     "SELECT count(*) FROM crashes WHERE environment_id = %(e)d"),
    ("fatal crashes by quarter-hour",
     "SELECT sum(fatal_crashes) FROM rollup_counts WHERE environment_id ="
     " %(e)d AND grain IN (15, 60) AND dim = 0",
     "SELECT count(*) FROM crashes WHERE environment_id = %(e)d AND fatal"),
    ("traces by day",
     "SELECT sum(traces) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain = 1440 AND dim = 0",
     "SELECT count(*) FROM traces WHERE environment_id = %(e)d"),
    ("sessions by day",
     "SELECT sum(sessions) FROM rollup_counts WHERE environment_id = %(e)d"
     " AND grain = 1440 AND dim = 0",
     "SELECT count(*) FROM sessions WHERE environment_id = %(e)d"),
    ("events of sessions",
     "SELECT sum(events) FROM sessions WHERE environment_id = %(e)d",
     "SELECT count(*) FROM events WHERE environment_id = %(e)d"
     " AND session_no IS NOT NULL"),
    ("crashes of groups",
     "SELECT sum(crashes) FROM crash_groups WHERE environment_id = %(e)d",
     "SELECT count(*) FROM crashes WHERE environment_id = %(e)d"),
    ("samples of the duration digests",
     "SELECT sum(samples) FROM trace_digests WHERE environment_id = %(e)d",
     "SELECT count(*) FROM traces WHERE environment_id = %(e)d"),
    ("seen rows",
     # kinds: event, crash, trace (enum item_type)
     "SELECT count(*) FROM seen WHERE environment_id = %(e)d AND kind IN"
     " (1, 5, 6)",
     "SELECT (SELECT count(*) FROM events WHERE environment_id = %(e)d)"
     " + (SELECT count(*) FROM crashes WHERE environment_id = %(e)d)"
     " + (SELECT count(*) FROM traces WHERE environment_id = %(e)d)"),
    ("items the ledger says were inserted",
     "SELECT sum(inserted) FROM batches WHERE environment_id = %(e)d",
     "SELECT count(*) FROM seen WHERE environment_id = %(e)d"),
]


def rollups(lab, env):
    """Names of the rollups that disagree with their rows, with both sides."""
    select = ", ".join("coalesce((%s), 0)::bigint, (%s)::bigint" % (
        a % {"e": env}, b % {"e": env}) for _, a, b in ROLLUPS)
    row = lab.sql("SELECT " + select)[0]
    wrong = []
    for i, (name, _, _) in enumerate(ROLLUPS):
        if row[2 * i] != row[2 * i + 1]:
            wrong.append("%s: rollup %s, rows %s" % (
                name, row[2 * i], row[2 * i + 1]))
    return wrong


# Everything of an environment that a page may read, free of numbers that
# depend on the order of arrival. %(e)d = environment.
IMAGE = [
    ("counts", "SELECT grain, dim, bucket, value, events, crashes,"
     " fatal_crashes, traces, sessions FROM rollup_counts"
     " WHERE environment_id = %(e)d ORDER BY 1, 2, 3, 4"),
    ("members", "SELECT m.day, m.dim, m.value, p.user_id FROM day_members m"
     " JOIN persons p USING (environment_id, person_no)"
     " WHERE m.environment_id = %(e)d ORDER BY 1, 2, 3, 4"),
    ("sessions", "SELECT session_id, started_at, ended_at, ended, over_cap,"
     " events, crashes, fatal_crashes, traces FROM sessions"
     " WHERE environment_id = %(e)d ORDER BY 1, 2"),
    ("persons", "SELECT user_id, anonymous_id FROM persons"
     " WHERE environment_id = %(e)d ORDER BY 1, 2"),
    ("digests", "SELECT day, name, samples, (tdigest_count(digest))"
     " FROM trace_digests WHERE environment_id = %(e)d ORDER BY 1, 2"),
    ("groups", "SELECT fingerprint, title, crashes, first_seen, last_seen"
     " FROM crash_groups WHERE environment_id = %(e)d ORDER BY 1"),
    ("properties", "SELECT p.user_id, c.key, c.value FROM person_properties c"
     " JOIN persons p USING (environment_id, person_no)"
     " WHERE c.environment_id = %(e)d ORDER BY 1, 2"),
    ("events", "SELECT event_id, ts, name, properties::text FROM events"
     " WHERE environment_id = %(e)d ORDER BY 1"),
    ("crashes", "SELECT event_id, ts, fatal FROM crashes"
     " WHERE environment_id = %(e)d ORDER BY 1"),
    ("traces", "SELECT event_id, ts, duration_ms FROM traces"
     " WHERE environment_id = %(e)d ORDER BY 1"),
]


def image(lab, env):
    return {name: lab.sql(query % {"e": env}) for name, query in IMAGE}


def differences(a, b):
    """Names of the parts of two images that differ."""
    return [name for name in a if a[name] != b[name]]
