"""front.py - one of our FastCGI programs behind an nginx of its own, for tests
that need another database, other filters or another role than the stack's."""
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time

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


class Front:
    """with Front(program, environment) as f: … f.port. as_user: a command in
    front of the programs' own, such as setpriv."""

    def __init__(self, program, env, as_user=()):
        door = socket.create_server(("127.0.0.1", 0), backlog=511)
        self.port = door.getsockname()[1]
        self.dir = tempfile.mkdtemp(prefix="tidemark-front.")
        os.chmod(self.dir, 0o777)
        site = os.path.join(self.dir, "site.conf")
        with open(site, "w", encoding="utf-8") as f:
            f.write(SITE % {"dir": self.dir, "port": self.port})
        self.log = os.path.join(self.dir, "program.log")
        self.parts = []
        # files and nothing else: a child must not hold the test's own pipes
        with open(self.log, "wb") as log:
            for command in (
                    ["spawn-fcgi", "-n", "-s", self.dir + "/web.sock", "-M", "0666", "--", program],
                    ["nginx", "-p", self.dir, "-c", site, "-e", self.dir + "/error.log"]):
                # nginx takes the socket over, as in its upgrades: a port that was
                # looked up and let go may be another's when nginx binds it
                self.parts.append(subprocess.Popen(
                    list(as_user) + command, cwd="/", stdin=subprocess.DEVNULL,
                    env=dict(env, NGINX="%d;" % door.fileno()) if command[0] == "nginx" else env,
                    pass_fds=[door.fileno()] if command[0] == "nginx" else [],
                    stdout=log, stderr=log))
        door.close()

    def __enter__(self):
        for _ in range(300):
            if self.ready():
                return self
            time.sleep(0.1)
        text = self.text()
        self.__exit__()
        raise RuntimeError(text)

    def text(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def request(self, method, path, headers=None, body=None):
        """(status, headers with lower-case names, text)."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            found = {}
            for name, value in r.getheaders():  # several cookies: one text
                name = name.lower()
                found[name] = found[name] + ", " + value if name in found else value
            return r.status, found, r.read().decode("utf-8", "replace")
        finally:
            c.close()

    def ready(self):
        try:
            return self.request("GET", "/livez")[0] not in (502, 504)
        except OSError:
            return False

    def __exit__(self, *_):
        for part in reversed(self.parts):
            part.terminate()
        for part in self.parts:
            part.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)
