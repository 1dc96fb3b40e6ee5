"""network.py - the scripted network of the conformance cases: an HTTP server
that answers requests of an SDK as a case says, and keeps what it was sent."""
import gzip
import http.server
import json
import socket
import struct
import threading

BATCH = "/api/v1/ingest/batch"
CONFIG = "/api/v1/ingest/config"


def accepted(body, results=()):
    """The 202 of a server that takes everything but results."""
    n = len(body.get("items", []))
    bad = sum(r["result"] != "warning" for r in results)
    return {"batch_id": "bat_1", "received_at": "2026-01-01T00:00:00Z", "accepted": n - bad,
            "rejected": bad, "duplicates": 0, "warnings": [], "results": list(results)}


class Request:
    def __init__(self, headers, body):
        self.headers, self.body = headers, body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def cut(self):
        """Not one byte more: the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def answer(self, status, headers, body):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self):
        net = self.server.net
        if net.offline:
            return self.cut()
        net.configs.append(dict(self.headers))
        tag = '"%d"' % (hash(json.dumps(net.config, sort_keys=True)) & 0xffffff)
        if net.config is None:
            return self.answer(503, {}, {"error": "unavailable"})
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, {"ETag": tag}, None)
        return self.answer(200, {"ETag": tag}, net.config)

    def do_POST(self):
        net = self.server.net
        step = net.next_step()
        if step.get("drop") == "before":
            return self.cut()
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        try:
            body = json.loads(raw)
        except ValueError:
            body = {"$not_json": raw.decode("utf-8", "replace")[:400]}
        net.took(self.path, dict(self.headers), body, step)
        if step.get("drop") == "after":
            return self.cut()
        status = step.get("status", 202)
        reply = step.get("body")
        if reply is None and status == 202:
            reply = accepted(body, results_of(step, body))
        return self.answer(status, step.get("headers", {}), reply)


def results_of(step, body):
    """"results":[{"index":1,"result":"retry"}] with the ids that were sent."""
    return [dict(r, event_id=body["items"][r["index"]]["id"], code=r.get("code", "rate_limited"),
                 field=None) for r in step.get("results", [])]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, client_address):
        pass  # a client that was killed


class Network:
    """Answers by script; after its end, 202."""

    def __init__(self):
        self.lock = threading.Lock()
        self.script, self.config = [], {}
        self.requests, self.configs, self.stored = [], [], []
        self.offline = False
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.net = self
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def play(self, script, config):
        with self.lock:
            self.script, self.config = list(script), config
            self.requests, self.configs, self.stored = [], [], []
            self.offline = False

    def next_step(self):
        with self.lock:
            if self.offline:
                return {"drop": "before"}
            return self.script.pop(0) if self.script else {}

    def took(self, path, headers, body, step):
        """stored: what the server has, whether or not the client knows."""
        with self.lock:
            self.requests.append(Request(dict(headers, path=path), body))
            if step.get("status", 202) == 202:
                gone = {r["index"] for r in step.get("results", [])}
                self.stored += [x for i, x in enumerate(body.get("items", []))
                                if i not in gone]

    def take(self):
        with self.lock:
            got, self.requests = self.requests, []
            return got
