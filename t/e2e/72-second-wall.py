#!/usr/bin/env python3
"""Row-level security alone (S2): pages and API by a private web process whose
statements have their tenant filters opened (store/open_filters.h, test builds
only), on the same database. The matrix must still find no leak; the same
process connected as a role that passes row-level security by must leak, or
the matrix would be blind."""
import os
import re
import subprocess
import tempfile
import time

import e2e
import isolation
import worlds
from e2e import tap

SITE = """daemon off; pid %(dir)s/nginx.pid; error_log %(dir)s/error.log;
worker_processes 1; events { worker_connections 256; }
http { access_log off; client_body_temp_path %(dir)s/b; fastcgi_temp_path %(dir)s/f;
proxy_temp_path %(dir)s/p; uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
server { listen 127.0.0.1:%(port)d; location / {
fastcgi_param REQUEST_METHOD $request_method; fastcgi_param DOCUMENT_URI $document_uri;
fastcgi_param QUERY_STRING $query_string; fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param REMOTE_ADDR $remote_addr;
fastcgi_param SERVER_PROTOCOL $server_protocol; fastcgi_param REQUEST_ID $request_id;
fastcgi_pass unix:%(dir)s/web.sock; } } }
"""


def state_of(lab):
    state = os.path.realpath(os.path.join(lab.var, "state"))
    return state if os.path.isdir(state) else lab.var


class Private:
    """A web process of our own: other filters, perhaps another role."""

    def __init__(self, lab, port, role=None):
        self.lab, self.port = lab, port
        self.dir = tempfile.mkdtemp(prefix="tidemark-wall.")
        os.chmod(self.dir, 0o777)
        state = state_of(lab)
        with open(os.path.join(state, "conf", "web.conf"), encoding="utf-8") as f:
            text = f.read()
        if role:
            text = re.sub(r"user=tidemark_app", "user=" + role, text)
        conf = os.path.join(self.dir, "web.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(conf, 0o644)
        site = os.path.join(self.dir, "site.conf")
        with open(site, "w", encoding="utf-8") as f:
            f.write(SITE % {"dir": self.dir, "port": port})
        owner = os.stat(os.path.join(state, "postgres"))
        self.as_user = [] if owner.st_uid == os.getuid() else [
            "setpriv", "--reuid=%d" % owner.st_uid, "--regid=%d" % owner.st_gid, "--clear-groups"]
        env = dict(os.environ, TIDEMARK_CONF=conf, TM_OPEN_FILTERS="1")
        env = {k: v for k, v in env.items() if not k.startswith("TIDEMARK_")
               or k == "TIDEMARK_CONF"}
        web = os.path.join(state, "install", "libexec", "tidemark-web")
        self.parts = [subprocess.Popen(
            self.as_user + ["spawn-fcgi", "-n", "-s", self.dir + "/web.sock", "-M", "0666", "--", web],
            env=env, cwd="/", stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(self.dir, "web.log"), "w", encoding="utf-8"))]
        self.parts.append(subprocess.Popen(
            self.as_user + ["nginx", "-p", self.dir, "-c", site, "-e", self.dir + "/error.log"],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))

    def __enter__(self):
        if not e2e.until(10, self.ready):
            self.__exit__()
            raise RuntimeError(open(self.dir + "/web.log", encoding="utf-8").read())
        return self

    def ready(self):
        try:
            return worlds.request(self.lab, "GET", "/livez", port=self.port)[0] == 200
        except OSError:
            return False

    def __exit__(self, *_):
        for part in reversed(self.parts):
            part.terminate()
        for part in self.parts:
            part.wait(10)


def sweep(lab, port, all_worlds, known):
    """(answers, those with another tenant's marker). Own and foreign ids."""
    leaks, n, good = [], 0, 0
    for route, row in known:
        for i, own in enumerate(all_worlds):
            other = all_worlds[(i + 1) % len(all_worlds)]
            if route["need"] == "token":
                asked = [worlds.bearer(own.users["owner"].pat), worlds.bearer(own.read_key)]
            else:
                asked = [worlds.cookie(u) for u in own.users.values()]
            for headers in asked:
                for values in variants(route["params"], own, other):
                    path = worlds.path_of(route["pattern"], values)
                    query = row[1].get("query", {})
                    if query:
                        path += "?" + "&".join(
                            "%s=%s" % (k, own.ids[v[1:]]) for k, v in query.items())
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
    known = [(r, isolation.ROWS[r["name"]]) for r in worlds.routes(lab)
             if r["method"] == "GET" and r["name"] in isolation.ROWS
             and isolation.ROWS[r["name"]][0] != "system"]
    begin = time.monotonic()
    with Private(lab, lab.port + 60) as web:
        n, good, leaks = sweep(lab, web.port, all_worlds, known)
    tap.at_least(good, 100, "with open filters the own pages are still there")
    tap.ok(not leaks, "row-level security alone: 0 leaks in %d answers" % n,
           "\n".join(sorted(set(leaks))[:40]))
    lab.sql("SELECT 1")
    with Private(lab, lab.port + 61, role="tidemark_owner") as web:
        n, good, leaks = sweep(lab, web.port, all_worlds, known)
    tap.must_fail(not leaks, "the owner, who passes by, leaks (%d of %d)" % (len(leaks), n))
    tap.note("%.0f s" % (time.monotonic() - begin))


tap.run(main)
