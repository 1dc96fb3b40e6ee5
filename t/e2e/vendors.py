"""vendors.py - other vendors' official clients against the stack: a recorder
between them, their driver in node, and what became of their calls."""
import http.client
import http.server
import json
import os
import socket
import struct
import subprocess
import threading
import urllib.parse

import e2e

SCOPES = "events:read,metrics:read,projects:read,persons:read"
PYTHON = os.environ.get("TIDEMARK_PYTHON", "t/python/bin/python")
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect"}
# whatever a call may have left behind
TABLES = ("events", "crashes", "traces", "persons", "person_properties", "person_ids",
          "sessions", "seen")


def fits(have, want):
    """Does have hold all of want? Of an object the members that want names."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(fits(have.get(k), x) for k, x in want.items())
    return have == want


def dumps(value):
    return json.dumps(value).encode()


RESET, LOST, HANG = "reset", "lost", "hang"
HANG_S = 20


class Recorder:
    """A forwarding proxy that keeps the bytes. storm: faults given instead of
    an answer, as long as there are any: (status, headers); RESET: the connection
    breaks; LOST: it does once all is stored; HANG: nothing, until the client
    gives up."""

    def __init__(self, lab):
        self.requests, self.storm, self.refused = [], [], 0
        self.bodies, self.lost = [], []  # of all POSTs; statuses nobody saw
        self.target = urllib.parse.urlsplit(lab.url)
        self.lock = threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def forward(self):
                recorder.take(self)

            do_GET = do_POST = do_OPTIONS = do_PUT = forward

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128  # one that does not fit waits a second

            def handle_error(self, *_):
                pass  # a client that went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def _body(handler):
        if "chunked" in handler.headers.get("Transfer-Encoding", ""):
            parts = []
            while True:
                size = int(handler.rfile.readline().split(b";")[0], 16)
                part = handler.rfile.read(size)
                handler.rfile.readline()
                if size == 0:
                    return b"".join(parts)
                parts.append(part)
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))

    def send(self, one):
        """One request to the stack; (status, headers, body)."""
        c = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=30)
        try:
            headers = [(k, v) for k, v in one["headers"] if k.lower() not in HOP]
            c.putrequest(one["method"], one["path"], skip_accept_encoding=True)
            for name, value in headers:
                c.putheader(name, value)
            if one["body"] or one["method"] == "POST":
                c.putheader("Content-Length", str(len(one["body"])))
            c.endheaders(one["body"] or None)
            r = c.getresponse()
            return r.status, r.getheaders(), r.read()
        finally:
            c.close()

    @staticmethod
    def _break(handler, fault):
        """No answer: at once by RST, or when the client has closed."""
        handler.close_connection = True
        link = handler.connection
        if fault == HANG:
            link.settimeout(HANG_S)
            try:
                link.recv(1)
            except OSError:
                pass
            return
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()

    def _arrived(self, handler):
        """For a driver that cannot see it: how many requests were answered."""
        text = str(len(self.requests)).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def take(self, handler):
        if handler.path == "/arrived":
            self._arrived(handler)
            return
        one = {"method": handler.command, "path": handler.path, "body": self._body(handler),
               "headers": list(handler.headers.items())}
        with self.lock:
            # not what only asks: some clients ask for flags before they send
            sends = handler.command == "POST" and not handler.path.startswith("/flags")
            fault = self.storm.pop(0) if self.storm and sends else None
            if sends:
                self.bodies.append(one["body"])
        if fault is not None:
            self.refused += 1
        if fault in (RESET, LOST, HANG):
            if fault == LOST:
                self.lost.append(self.send(one)[0])
            self._break(handler, fault)
            return
        if fault is not None:
            status, headers, body = fault[0], list(fault[1].items()), b"{}"
        else:
            status, headers, body = self.send(one)
            with self.lock:
                self.requests.append(dict(one, status=status, reply=body))
        try:
            handler.send_response(status)
            for name, value in headers:
                if name.lower() not in HOP:
                    handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            handler.close_connection = True


class Vendor:
    """A tenant of its own, and one client's driver."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.tenant = lab.tenant("vendor")
        self.recorder = Recorder(lab)
        self.token = lab.ctl("token", "create", "--user", lab.owner, "--team",
                             self.tenant.team, "--scopes", SCOPES)["token"]

    def drive(self, script, *args, timeout=90, patience=None):
        """Run t/e2e/vendors/SCRIPT; its last line is {"errors": […], …}.
        patience: ms until the client gives a request up, where it can be told."""
        env = dict(os.environ, VENDOR_URL=self.recorder.url, VENDOR_KEY=self.tenant.key)
        if patience is not None:
            env["VENDOR_PATIENCE"] = str(patience)
        program = PYTHON if script.endswith(".py") else "node"
        p = subprocess.run([program, os.path.join(e2e.HERE, "vendors", script)] + list(args),
                           env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=timeout)
        lines = p.stdout.decode("utf-8", "replace").strip().splitlines()
        try:
            return json.loads(lines[-1])
        except (IndexError, ValueError):
            return {"errors": lines[-20:] or ["exit %d" % p.returncode]}

    def get(self, path, **query):
        query = dict({"env": "prod"}, **query)
        status, _, body = e2e.call_json(
            self.lab, "GET", "/api/v1/projects/%s/%s?%s" % (
                self.tenant.project, path, urllib.parse.urlencode(query)), self.token)
        return body if status == 200 else {}

    def events(self):
        return self.get("events", limit=200).get("events", [])

    def fingerprint(self):
        """Rows of every table that an item may reach, and what they hold."""
        parts = " UNION ALL ".join(
            "SELECT '%s', count(*) FROM %s WHERE environment_id = %d" % (t, t, self.tenant.env)
            for t in TABLES)
        return dict(self.lab.sql(parts))

    def rejects(self):
        """Codes of what was refused, by the ledger."""
        return sorted(r[0] for r in self.lab.sql(
            "SELECT DISTINCT jsonb_object_keys(rejected || dropped) FROM batches"
            " WHERE environment_id = %d" % self.tenant.env))

    def resend(self):
        """Every recorded request again, byte by byte."""
        return [self.recorder.send(one)[0] for one in self.recorder.requests
                if one["method"] != "OPTIONS"]
