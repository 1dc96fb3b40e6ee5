#!/usr/bin/env python3
"""Row-level security alone (S2): pages and API by a private web process whose
statements have their tenant filters opened (store/open_filters.h, test builds
only), on the same database. The matrix must still find no leak; the same
process connected as a role that passes row-level security by must leak, or
the matrix would be blind."""
import os
import time

import e2e
import isolation
import worlds
from e2e import labs, tap
from front import Front

def state_of(lab):
    state = os.path.realpath(os.path.join(lab.var, "state"))
    return state if os.path.isdir(state) else lab.var


def private(lab, role=None):
    """A web process of our own: open filters, perhaps another role."""
    state = state_of(lab)
    with open(os.path.join(state, "conf", "web.conf"), encoding="utf-8") as f:
        text = f.read()
    if role:
        text = text.replace("user=tidemark_app", "user=" + role)
    env = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK_")}
    env["TM_OPEN_FILTERS"] = "1"
    for line in text.splitlines():  # the environment wins over a file
        if line.startswith("TIDEMARK_"):
            name, value = line.split("=", 1)
            env[name] = value
    owner = os.stat(os.path.join(state, "postgres"))
    as_user = [] if owner.st_uid == os.getuid() else [
        "setpriv", "--reuid=%d" % owner.st_uid, "--regid=%d" % owner.st_gid, "--clear-groups"]
    return Front(os.path.join(state, "install", "libexec", "tidemark-web"), env, as_user)


# Of the control: pages for every role that don't read all environments' events at once.
CONTROL = ["GET /t/{team}/" + leaf for leaf in ("members", "projects", "p/{project}/{env}/keys")]


def sweep(lab, port, all_worlds, known):
    """(answers, those with another tenant's marker). Own and foreign ids."""
    leaks, n, good = [], 0, 0
    roles = worlds.ROLES if labs.LONG else ("owner", lab.rng.choice(worlds.ROLES[1:]))
    for route, row in known:
        for i, own in enumerate(all_worlds):
            other = all_worlds[(i + 1) % len(all_worlds)]
            if route["need"] == "token":
                asked = [worlds.bearer(own.users["owner"].pat), worlds.bearer(own.read_key)]
            else:
                asked = [worlds.cookie(own.users[r]) for r in roles]
            for headers in asked:
                for values in variants(route["params"], own, other):
                    path = worlds.path_of(route["pattern"], values)
                    query = row[1].get("query", {})
                    if query:
                        path += "?" + "&".join(
                            "%s=%s" % (k, own.ids[v[1:]] if v.startswith("$") else v)
                            for k, v in query.items())
                    status, _, body = worlds.request(lab, "GET", path, headers, port=port)
                    n += 1
                    text = body.decode("utf-8", "replace")
                    for value in values.values():  # what was asked for is no leak
                        text = text.replace(str(value), "")
                    good += status == 200 and own.mark in text
                    for foreign in all_worlds:
                        if foreign is not own and foreign.mark in text:
                            leaks.append("%s (%d) shows %s to %s" % (
                                path, status, foreign.mark, own.mark))
    return n, good, leaks


def variants(params, own, other):
    yield {k: own.ids[k] for k in params}
    for only in params:
        yield {k: (other if k == only else own).ids[k] for k in params}
    if len(params) > 1:
        yield {k: other.ids[k] for k in params}


def main():
    lab = e2e.start()
    all_worlds = [worlds.make(lab, i) for i in range(3)]
    for w in all_worlds:
        worlds.fill(lab, w)
    lab.drain()
    for w in all_worlds:
        worlds.settle(lab, w)
    known = [(r, isolation.ROWS[r["name"]]) for r in worlds.routes(lab)
             if r["method"] == "GET" and r["name"] in isolation.ROWS
             and isolation.ROWS[r["name"]][0] != "system"]
    begin = time.monotonic()
    with private(lab) as web:
        n, good, leaks = sweep(lab, web.port, all_worlds, known)
    tap.at_least(good, 100, "with open filters the own pages are still there")
    tap.ok(not leaks, "row-level security alone: 0 leaks in %d answers" % n,
           "\n".join(sorted(set(leaks))[:40]))
    # With open filters a member has the role of any other of the team, and an
    # owner's page asks for one row of the team's usage, which are many then.
    lab.sql("UPDATE members SET role = 'viewer' WHERE team_id IN (SELECT id FROM teams"
            " WHERE slug IN (%s))" % ", ".join("'%s'" % w.slug for w in all_worlds))
    with private(lab, role="tidemark_owner") as web:
        n, _, leaks = sweep(lab, web.port, all_worlds[:2],
                            [k for k in known if k[0]["name"] in CONTROL])
    tap.must_fail(not leaks, "the owner, who passes by, leaks (%d of %d)" % (len(leaks), n))
    tap.note("%.0f s" % (time.monotonic() - begin))


tap.run(main)
