#!/usr/bin/env python3
"""Tenant isolation (S1): 5 tenants x roles x credentials x every route x
every foreign id. What is foreign answers as what is not there: same status,
same body, same time; no answer holds a marker of another tenant; nothing of
anybody is changed. The matrix comes from the route table of the program; a
route without a row in isolation.py fails."""
# takes: 69 s
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import e2e
import isolation
import worlds
from e2e import tap

T = 5
LADDER = ["viewer", "analyst", "admin", "owner"]
TABLES = ("teams members member_projects projects environments project_keys"
          " access_tokens invitations oauth_clients users user_totp crash_groups"
          " crash_group_alias crash_group_log symbol_files saved_views").split()
VOLATILE = ("last_used_at", "last_seen_at", "last_sign_in_at", "first_event_at",
            "rollup_hours_to", "rollup_days_to", "activity_from")
# Of a list of classes the first is the setting; a job forgets the emptied ones.
NOW = {"environments": " || jsonb_build_object(%s)" % ", ".join(
    "'%s', x.%s[1]" % (c, c) for c in ("event_classes", "crash_classes", "trace_classes"))}


def normal(body, values):
    """What may differ between two answers: ids of the request, form tokens,
    times, and the names that were asked for."""
    text = body.decode("utf-8", "replace")
    text = re.sub(r"[0-9a-f]{32}", "<id>", text)
    text = re.sub(r'name="csrf" value="[^"]*"', "<csrf>", text)
    text = re.sub(r"\d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+Z?", "<at>", text)
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "<v>")
    return text


def rows(table):
    """(route, row) of all routes that have one; the others fail."""
    free = {name for names in isolation.OWN_TESTS.values() for name in names}
    known, none = [], []
    for route in table:
        row = isolation.ROWS.get(route["name"])
        if row is not None:
            known.append((route, row[0], row[1]))
        elif route["name"] not in free:
            none.append(route["name"])
    return known, none


def cases(route, more, own, other):
    """Values of the parameters, with one, or all from one on, of another."""
    kinds = [k for k in route["params"]]
    fields = [v[1:] for part in ("fields", "query")
              for v in more.get(part, {}).values() if v.startswith("$")]
    alone = len(kinds) + len(fields) == 0
    for i in range(len(kinds)):
        yield {k: (own if n < i else other).ids[k] for n, k in enumerate(kinds)}, own
        if i + 1 < len(kinds):
            yield {k: (other if n == i else own).ids[k] for n, k in enumerate(kinds)}, own
    if fields and not alone:
        yield {k: own.ids[k] for k in kinds}, other
    elif fields:
        yield {}, other


def ask(lab, route, more, values, named, who):
    """One request. named: the tenant that fields and query name."""
    def fill(part):
        return {k: str(named.ids[v[1:]]) if v.startswith("$") else v
                for k, v in more.get(part, {}).items()}
    path = worlds.path_of(route["pattern"], values)
    query = "&".join("%s=%s" % kv for kv in fill("query").items())
    if query:
        path += "?" + query
    if isinstance(who, str):  # a secret
        return worlds.request(lab, route["method"], path, worlds.bearer(who),
                              b"{}" if route["method"] == "POST" else None)
    if route["method"] == "POST":
        body, headers = worlds.form(who, fill("fields"))
        return worlds.request(lab, "POST", path, headers, body)
    return worlds.request(lab, route["method"], path, worlds.cookie(who))


class Nobody:
    def __init__(self):
        self.ids = worlds.missing()


class Matrix:
    def __init__(self, lab, all_worlds, table):
        self.lab, self.worlds, self.table = lab, all_worlds, table
        self.nobody = Nobody()
        self.leaks, self.unlike, self.asked = [], [], 0
        self.forms, self.refused = 0, []

    def credentials(self, route, own):
        if route["need"] == "token":
            return [own.users[r].pat for r in LADDER] + [own.read_key, own.write_key] + own.oauth
        return [own.users[r] for r in LADDER]

    def foreign(self, route, more, own, who, other):
        """Each case once with another tenant's ids and once with none's."""
        pairs = zip(cases(route, more, own, other), cases(route, more, own, self.nobody))
        for (theirs, named), (nothing, none) in pairs:
            got = ask(self.lab, route, more, theirs, named, who)
            want = ask(self.lab, route, more, nothing, none, who)
            self.asked += 2
            if route["method"] == "POST" and getattr(who, "role", "") == "owner":
                self.forms += 1  # a refused form would prove nothing
                if got[0] in (400, 403):
                    self.refused.append("%s: %d" % (route["name"], got[0]))
            self.judge(route, own, who, other, theirs, got, want)

    def judge(self, route, own, who, other, theirs, got, want):
        name = "%s as %s with %s" % (route["name"], getattr(who, "role", "a secret"),
                                     sorted(theirs.items()))
        values = ([str(v) for v in self.nobody.ids.values()]
                  + [str(v) for v in other.ids.values()])
        if other.mark.encode() in got[2] and not self.echo(got[2], other, theirs):
            self.leaks.append(name)
        if got[0] != want[0] or normal(got[2], values) != normal(want[2], values):
            self.unlike.append("%s: %d, missing %d" % (name, got[0], want[0]))

    @staticmethod
    def echo(body, other, theirs):
        """Only what was asked for stands there, as the address of a form."""
        text = body.decode("utf-8", "replace")
        for value in theirs.values():
            text = text.replace(str(value), "")
        return other.mark not in text

    def run(self, known):
        jobs = []
        for route, _, more in known:
            if not route["params"] and "$" not in str(more):
                continue
            for i, own in enumerate(self.worlds):
                for who in self.credentials(route, own):
                    for k in range(1, T if route["method"] == "GET" else 2):
                        jobs.append((route, more, own, who, self.worlds[(i + k) % T]))
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(self.foreign, *job) for job in jobs]:
                done.result()

    def outsider(self, known, who):
        """Somebody of no team at all, and nobody: every tenant's own address."""
        for route, _, more in known:
            if route["need"] not in ("team", "project") or route["method"] != "GET":
                continue
            own = self.worlds[0]
            got = worlds.request(self.lab, "GET", worlds.path_of(route["pattern"], own.ids),
                                 worlds.cookie(who))
            self.asked += 1
            if got[0] not in (303, 404) or own.mark.encode() in got[2].replace(
                    own.slug.encode(), b""):
                self.leaks.append("%s as an outsider: %d" % (route["name"], got[0]))


def fingerprint(lab):
    out = {}
    for table in TABLES:
        minus = " - ".join(["to_jsonb(x)"] + ["'%s'" % v for v in VOLATILE]) + NOW.get(table, "")
        out[table] = lab.value("SELECT md5(coalesce(string_agg(j, ',' ORDER BY j), '')) FROM"
                               " (SELECT (%s)::text AS j FROM %s x) y" % (minus, table))
    return out


def roles(lab, known, all_worlds):
    """What each role gets of its own tenant, as the row says."""
    wrong, marks, n = [], 0, 0
    for route, least, more in known:
        if least not in LADDER:
            continue
        for i, role in enumerate(LADDER):
            own = all_worlds[n % T]
            allowed = i >= LADDER.index(least)
            if route["method"] == "POST" and allowed:
                continue  # it would be done; its own test does it
            n += 1
            got = ask(lab, route, more, {k: own.ids[k] for k in route["params"]}, own,
                      own.users[role])
            good = got[0] in (200, 303) if allowed else got[0] in (403, 404)
            if not good:
                wrong.append("%s as %s: %d" % (route["name"], role, got[0]))
            text = got[2].decode("utf-8", "replace")
            marks += allowed and own.mark in text
            for other in all_worlds:
                if other is not own and other.mark in text:
                    wrong.append("%s shows %s to %s" % (route["name"], other.mark, own.mark))
    tap.ok(not wrong, "each role gets what its row says (%d answers)" % n, "\n".join(wrong[:40]))
    tap.at_least(marks, 40, "negative control: the own marker is found in answers")


def timing(lab, all_worlds, known):
    a, b, nobody = all_worlds[0], all_worlds[1], Nobody()
    for name in ("GET /t/{team}/members", "GET /t/{team}/p/{project}/{env}/overview",
                 "GET /t/{team}/p/{project}/{env}/keys/{key}",
                 "GET /api/v1/projects/{project_id}/events"):
        route, _, more = [k for k in known if k[0]["name"] == name][0]
        who = a.users["owner"].pat if route["need"] == "token" else a.users["owner"]
        for _ in range(3):  # the machine has other work too
            took = ([], [])
            for _ in range(60):
                for side, other in enumerate((b, nobody)):
                    begin = time.perf_counter()
                    ask(lab, route, more, {k: other.ids[k] for k in route["params"]}, other, who)
                    took[side].append((time.perf_counter() - begin) * 1000)
            apart = abs(statistics.median(took[0]) - statistics.median(took[1]))
            if apart <= 5:
                break
        tap.at_most(apart, 5, name + ": foreign and missing take the same time, ms")


def prepare(lab):
    all_worlds = [worlds.make(lab, i) for i in range(T)]
    for w in all_worlds:
        worlds.fill(lab, w)
        w.oauth = worlds.oauth_tokens(lab, w)
        # seen by others, sees no project: a form that names foreign projects
        # leaves that as it is
        lab.sql("UPDATE members SET all_projects = false WHERE user_id = '%s'" % w.fifth.id)
    lab.drain()
    for w in all_worlds:
        worlds.settle(lab, w)
    return all_worlds


def main():
    lab = e2e.start()
    table = worlds.routes(lab) + worlds.routes(lab, "tidemark-ingest")
    known, none = rows(table)
    tap.ok(not none, "every route has a row in isolation.py", "\n".join(none))
    tap.must_fail(not rows([{"name": "GET /new"}])[1], "a route without a row")
    gone = set(isolation.ROWS) - {r["name"] for r in table}
    tap.ok(not gone, "every row has a route", "\n".join(sorted(gone)))
    all_worlds = prepare(lab)
    outsider = worlds.make_user(lab, "none", "OUTSIDER")
    roles(lab, known, all_worlds)
    before = fingerprint(lab)
    m = Matrix(lab, all_worlds, table)
    m.run(known)
    m.outsider(known, outsider)
    m.outsider(known, None)
    tap.note("%d requests, %d routes" % (m.asked, len(known)))
    tap.at_least(m.forms, 100, "forms that named somebody else's things")
    tap.ok(not m.refused, "none of an owner was refused as a form",
           "\n".join(sorted(set(m.refused))[:40]))
    tap.ok(not m.leaks, "0 leaks", "\n".join(m.leaks[:40]))
    tap.ok(not m.unlike, "foreign and missing answer alike", "\n".join(m.unlike[:40]))
    after = fingerprint(lab)
    tap.equal({k: v for k, v in after.items() if v != before[k]}, {},
              "nothing of anybody was changed (%d tables)" % len(after))
    lab.sql("UPDATE members SET role = 'analyst' WHERE user_id = '%s'" % all_worlds[0].fifth.id)
    tap.must_fail(fingerprint(lab) == after, "one changed role goes unnoticed")
    control(m, known, all_worlds)
    timing(lab, all_worlds, known)


def control(m, known, all_worlds):
    """The judge must say no when a member of the other team is asked."""
    probe = Matrix(m.lab, all_worlds, m.table)
    own, other = all_worlds[0], all_worlds[1]
    for route, least, more in known:
        if route["name"] in ("GET /t/{team}/p/{project}/{env}/events",
                             "GET /t/{team}/members", "GET /t/{team}/settings"):
            probe.foreign(route, more, own, other.users["owner"], other)
    tap.must_fail(not probe.leaks, "somebody who may see the other tenant leaks (%d of %d)"
                  % (len(probe.leaks), probe.asked // 2))
    tap.must_fail(not probe.unlike, "and does not get the answer of a missing one")


tap.run(main)
