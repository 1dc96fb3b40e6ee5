"""hook - the other end of a webhook: a server on 127.0.0.1 that keeps what it is
sent, and the check of a signature as the specification has it."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time


class Receiver:
    """A server of the test on 127.0.0.1 that keeps what it is sent; it answers
    when its gate, if there is one, is open."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = outer.answer  # who sees the request may change it
                outer.got.append((dict(self.headers), body))
                if outer.gate is not None:
                    outer.gate.wait(60)
                self.send_response(answer)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def get_request(self):
                outer.connects += 1
                return super().get_request()

        self.got, self.connects, self.answer, self.gate = [], 0, 204, None
        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def types(self, name=None):
        out = []
        for head, body in list(self.got):
            m = json.loads(body)
            if name is None or m["data"].get("name") == name:
                out.append(m["type"].split(".")[-1])
        return out


def signed(head, body, secret):
    """Standard Webhooks, by Python's own hmac."""
    h = {k.lower(): v for k, v in head.items()}
    text = b".".join([h["webhook-id"].encode(), h["webhook-timestamp"].encode(), body])
    key = base64.b64decode(secret[len("whsec_"):])
    want = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(h["webhook-timestamp"])) < 300
    return fresh and want in h["webhook-signature"].split(" ")


def add(site, lab, hook):
    """A webhook of the system that leads to the receiver; (its page, its secret).
    The form takes public addresses only, and the web goes on as it is."""
    page = site.submit(site.get("/system/webhooks"), "/system/webhooks",
                       url="https://hook.example/", name="Pager")
    at = page.path.split("?")[0]
    lab.sql("UPDATE webhooks SET url = 'http://127.0.0.1:%d/' WHERE id = '%s'" % (
        hook.port, at.split("/")[-1]))
    return at, page.ids["secret"].strip()
