"""One HTTP connection to the server, kept alive, from the standard library.

Never throws: what goes wrong is an Answer of status 0. Redirects are not
followed. Proxies are those of the environment (HTTPS_PROXY, NO_PROXY).
"""
from __future__ import annotations

import base64
import encodings.idna  # noqa: F401  of host names; see below
import encodings.punycode  # noqa: F401
import gzip
import http.client
import os
import select
import socket
import time
import urllib.parse
import urllib.request
from typing import Any, Dict, Mapping, Optional

from .answers import Answer

# Whatever sending needs is imported here, in the app's thread. A module that the
# sending thread imported would be half there in a child that is forked meanwhile,
# and stay so: without the codec of host names the child could never connect.

_GZIP_BYTES = 1024         # smaller bodies are sent as they are
_ANSWER_BYTES = 4 << 20    # longer answers are none


class Transport:
    """endpoint: http[s]://host[:port][/prefix]. ValueError: it is no such."""

    def __init__(self, endpoint: str, *, compress: bool = True,
                 ca_file: Optional[str] = None) -> None:
        at = urllib.parse.urlsplit(endpoint)
        if at.scheme not in ("http", "https") or not at.hostname:
            raise ValueError("endpoint must be http(s)://host[:port]")
        self.secure = at.scheme == "https"
        self.host, self.port = at.hostname, at.port
        self.prefix = at.path.rstrip("/")
        self.compress = compress
        self.ca_file = ca_file
        self._connection: Optional[http.client.HTTPConnection] = None
        self._absolute = ""  # before the path, when a proxy wants it

    def get(self, path: str, headers: Mapping[str, str], timeout: float) -> Answer:
        return self._send("GET", path, None, dict(headers), timeout)

    def post(self, path: str, body: bytes, headers: Mapping[str, str],
             timeout: float) -> Answer:
        head = dict(headers)
        if self.compress and len(body) >= _GZIP_BYTES:
            body = gzip.compress(body, 6)
            head["Content-Encoding"] = "gzip"
        return self._send("POST", path, body, head, timeout)

    def abandon(self) -> None:
        """In a forked child: the connection is the parent's. The lock of its
        buffer is held for ever when the parent was reading: it is not closed."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.sock is not None:
            try:
                os.close(connection.sock.detach())
            except Exception:
                pass

    def drop(self) -> None:
        """Forget the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except Exception:
                pass

    def _send(self, method: str, path: str, body: Optional[bytes],
              headers: Dict[str, str], timeout: float) -> Answer:
        end = time.monotonic() + timeout
        try:
            connection = self._connect(timeout)
            connection.request(method, self._absolute + self.prefix + path, body, headers)
            response = connection.getresponse()
            raw = self._read(response, connection, end)
            if response.will_close:
                self.drop()
            return Answer(response.status, dict(response.getheaders()), raw)
        except Exception:  # sockets, TLS, HTTP: all of them mean "not now"
            self.drop()
            return Answer()

    @staticmethod
    def _read(response: http.client.HTTPResponse, connection: Any, end: float) -> bytes:
        """The body, whole and in time, else an exception."""
        raw = b""
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise socket.timeout
            if connection.sock is not None:
                connection.sock.settimeout(left)
            piece = response.read(65536)
            raw += piece
            if len(raw) > _ANSWER_BYTES:
                raise ValueError("the answer is too long")
            if not piece or response.length == 0:
                break
        if response.length:
            raise http.client.IncompleteRead(raw, response.length)
        return raw

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        connection = self._connection
        if connection is not None and not _is_alive(connection.sock):
            self.drop()
            connection = None
        if connection is None:
            connection = self._connection = self._open(timeout)
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        return connection

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        proxy = self._proxy()
        host, port = (proxy.hostname or "", proxy.port) if proxy else (self.host, self.port)
        connection: http.client.HTTPConnection
        if self.secure:
            import ssl
            connection = http.client.HTTPSConnection(
                host, port, timeout=timeout,
                context=ssl.create_default_context(cafile=self.ca_file))
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout)
        if proxy and self.secure:
            connection.set_tunnel(self.host, self.port, _proxy_login(proxy))
        elif proxy:
            self._absolute = "http://%s:%d" % (self.host, self.port or 80)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _proxy(self) -> Optional[urllib.parse.SplitResult]:
        name = urllib.request.getproxies().get("https" if self.secure else "http")
        if not name or urllib.request.proxy_bypass(self.host):
            return None
        return urllib.parse.urlsplit(name if "://" in name else "http://" + name)


def _proxy_login(proxy: urllib.parse.SplitResult) -> Dict[str, str]:
    if not proxy.username:
        return {}
    login = "%s:%s" % (urllib.parse.unquote(proxy.username),
                       urllib.parse.unquote(proxy.password or ""))
    return {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def _is_alive(sock: Optional[socket.socket]) -> bool:
    """An idle connection with something to read has been closed over there."""
    if sock is None:
        return False
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([sock], [], [], 0)[0]
    except (OSError, ValueError):
        return False
