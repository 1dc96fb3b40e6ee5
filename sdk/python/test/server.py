"""A server for the tests: takes every batch, or answers by script."""
import gzip
import http.server
import json
import threading
import time


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def _answer(self, status, body=b"{}"):
        if status == 0:  # no answer
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.server.owner.gate.wait(30)
        self.wfile.write(body)

    def do_GET(self):
        self._answer(503)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        self.server.owner.paths.append(self.path)
        status = self.server.owner.take(json.loads(raw))
        self._answer(status)


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, client_address):
        pass


class Server:
    def __init__(self, statuses=(), delay=0.0, held=0):
        self.statuses = list(statuses)
        self.delay = delay
        self.held = held  # so many answers have no body until there is one request more
        self.gate = threading.Event()
        if held == 0:
            self.gate.set()
        self.bodies = []
        self.paths = []
        self.lock = threading.Lock()
        self.http = _Http(("127.0.0.1", 0), _Handler)
        self.http.owner = self
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def take(self, body):
        time.sleep(self.delay)
        with self.lock:
            status = self.statuses.pop(0) if self.statuses else 202
            if status == 202:
                self.bodies.append(body)
            if len(self.bodies) > self.held:
                self.gate.set()
            return status

    @property
    def items(self):
        with self.lock:
            return [x for b in self.bodies for x in b["items"]]

    def named(self, name):
        return [x for x in self.items if x.get("name") == name]

    def of_type(self, type_):
        return [x for x in self.items if x["type"] == type_]

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.http.shutdown()
        self.http.server_close()
