"""http1.py - a small keep-alive HTTP/1.1 client over raw sockets.

Unlike http.client it sends bytes exactly as told (request()), or a whole
hand-made request (raw()), and is fast enough to press a server.
"""
import json
import socket
import time


class Broken(OSError):
    """The connection ended or the answer is not HTTP."""


class Client:
    def __init__(self, host, port, timeout=10):
        self.address = (host, port)
        self.timeout = timeout
        self.sock = None
        self.buf = b""

    def close(self):
        if self.sock is not None:
            self.sock.close()
        self.sock = None
        self.buf = b""

    def _connect(self):
        self.sock = socket.create_connection(self.address, self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf = b""

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Broken("connection closed")
        self.buf += data

    def _line(self):
        while True:
            i = self.buf.find(b"\r\n")
            if i >= 0:
                line, self.buf = self.buf[:i], self.buf[i + 2:]
                return line
            self._more()

    def _take(self, n):
        while len(self.buf) < n:
            self._more()
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def _answer(self, head_only=False):
        first = self._line().split(b" ", 2)
        if len(first) < 2 or not first[0].startswith(b"HTTP/"):
            raise Broken("not HTTP: %r" % first)
        status = int(first[1])
        headers = {}
        while True:
            line = self._line()
            if not line:
                break
            name, _, value = line.partition(b":")
            name = name.decode("latin-1").lower()
            value = value.strip().decode("latin-1")
            if name in headers:  # of them Set-Cookie may come several times
                value = headers[name] + "\n" + value
            headers[name] = value
        if head_only or status in (204, 304):
            body = b""
        elif "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while True:
                n = int(self._line().split(b";")[0], 16)
                body += self._take(n)
                self._take(2)
                if n == 0:
                    break
        elif "content-length" in headers:
            body = self._take(int(headers["content-length"]))
        else:
            body = self._rest()
        if "close" in headers.get("connection", "").lower():
            self.close()
        return status, headers, body

    def _rest(self):
        try:
            while True:
                self._more()
        except Broken:
            pass
        body, self.buf = self.buf, b""
        self.close()
        return body

    def raw(self, data):
        """Send bytes as they are, read one answer."""
        if self.sock is None:
            self._connect()
        try:
            try:
                self.sock.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # an early refusal may be waiting to be read
            return self._answer()
        except (OSError, ValueError) as e:
            self.close()
            raise Broken(str(e)) from e

    def request(self, method, path, headers=(), body=None, retry=True):
        """headers: pairs or a dict. A kept connection that the server has
        closed in the meantime is opened anew once."""
        if isinstance(headers, dict):
            headers = list(headers.items())
        lines = ["%s %s HTTP/1.1" % (method, path),
                 "Host: %s:%d" % self.address]
        lines += ["%s: %s" % pair for pair in headers]
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        data = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        kept = self.sock is not None
        try:
            return self.raw(data + (body or b""))
        except Broken:
            if not (kept and retry):
                raise
            return self.raw(data + (body or b""))


def parse(body):
    """The JSON of an answer, None when it is not an object."""
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def patient(ask, seconds=20):
    """The first answer of ask() that is not 503 "busy". Redis has a quarter of a
    second; on a machine with other work it may not get round to it, and who
    sends asks again. For tests that are about something else."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer[0] != 503 or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def post_patiently(client, key, body, more=()):
    return patient(lambda: post_batch(client, key, body, more))


def post_batch(client, key, body, more=()):
    """POST /api/v1/ingest/batch with the usual headers."""
    headers = [("Authorization", "Bearer " + key),
               ("Content-Type", "application/json"), ("X-SDK", "chaos"),
               ("X-SDK-Version", "1.0.0"), ("X-Schema-Version", "1.0")]
    return client.request("POST", "/api/v1/ingest/batch",
                          headers + list(more), body)
