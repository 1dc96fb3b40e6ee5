"""The middlewares in the real frameworks, each behind a real server."""
import asyncio
import socket
import subprocess
import sys
import textwrap
import threading
import time
import types
import unittest
import urllib.error
import urllib.request
import wsgiref.simple_server

import tidemark
import tidemark.asgi
import tidemark.flask
import tidemark.wsgi
from server import Server
from test_client import client


def get(url):
    """(status, body)"""
    try:
        with urllib.request.urlopen(url, timeout=10) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


class Wsgi:
    """wsgiref, for a WSGI application."""

    def __init__(self, app):
        self.http = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet)
        self.url = "http://127.0.0.1:%d" % self.http.server_port

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self.url

    def __exit__(self, *what):
        self.http.shutdown()
        self.http.server_close()


class Asgi:
    """uvicorn, for an ASGI application."""

    def __init__(self, app):
        import uvicorn
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        self.server.install_signal_handlers = lambda: None
        self.thread = threading.Thread(
            target=lambda: asyncio.run(self.server.serve([self.sock])), daemon=True)

    def __enter__(self):
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return "http://127.0.0.1:%d" % self.sock.getsockname()[1]

    def __exit__(self, *what):
        self.server.should_exit = True
        self.thread.join(10)
        self.sock.close()


class Web(unittest.TestCase):
    def check(self, s, c, url, item, unmatched="GET (unmatched)"):
        """The same three requests to each framework."""
        self.assertEqual(get(url + "/items/7"), (200, b"item 7"))
        self.assertEqual(get(url + "/nothing/here")[0], 404)
        self.assertEqual(get(url + "/broken/9")[0], 500)
        for _ in range(200):
            c.flush()
            if len(s.of_type("trace")) == 3:
                break
            time.sleep(0.02)
        traces = {x["name"]: x for x in s.of_type("trace")}
        broken = item.replace("items", "broken")
        self.assertEqual(set(traces), {"GET " + item, unmatched, "GET " + broken})
        self.assertEqual(traces["GET " + item]["props"],
                         {"method": "GET", "route": item, "status": 200})
        self.assertEqual(traces["GET " + item]["user_id"], "user-7")
        self.assertEqual(traces[unmatched]["props"]["status"], 404)
        self.assertEqual(traces["GET " + broken]["props"]["status"], 500)
        (crash,) = s.of_type("crash")
        self.assertEqual((crash["exception"]["message"], crash["fatal"], crash["user_id"]),
                         ("cart 9", False, "user-9"))
        self.assertEqual(crash["props"]["route"], broken)
        self.assertEqual([b["message"] for b in crash["breadcrumbs"]], ["looked up 9"])
        (seen,) = s.named("seen")
        self.assertEqual(seen["user_id"], "user-7")

    def handlers(self, c):
        def item(n):
            c.set_user("user-%s" % n)
            c.track("seen")
            return "item %s" % n

        def broken(n):
            c.set_user("user-%s" % n)
            c.breadcrumb("looked up %s" % n)
            raise ValueError("cart %s" % n)
        return item, broken

    def test_fastapi(self):
        from fastapi import FastAPI
        from fastapi.responses import PlainTextResponse
        for is_async in (True, False):
            with Server() as s, client(s) as c:
                item, broken = self.handlers(c)
                app = FastAPI()
                app.add_middleware(tidemark.asgi.Middleware, client=c)
                if is_async:
                    @app.get("/items/{n}", response_class=PlainTextResponse)
                    async def items(n: int):
                        return item(n)

                    @app.get("/broken/{n}")
                    async def fails(n: int):
                        broken(n)
                else:
                    @app.get("/items/{n}", response_class=PlainTextResponse)
                    def items(n: int):
                        return item(n)

                    @app.get("/broken/{n}")
                    def fails(n: int):
                        broken(n)
                with Asgi(app) as url:
                    self.check(s, c, url, "/items/{n}")

    def test_uvicorn_ends_by_a_signal(self):
        """A process of its own, as a supervisor ends it: uvicorn answers the
        signal, shuts down, and newer ones then die of it without atexit."""
        code = textwrap.dedent("""
            import socket, sys, uvicorn, fastapi
            sys.path.insert(0, %r)
            import tidemark.asgi
            c = tidemark.Client("tm_wk_x", sys.argv[1], fetch_config=False, flush_interval=60,
                                close_timeout=20)
            app = fastapi.FastAPI()
            app.add_middleware(tidemark.asgi.Middleware, client=c)

            @app.get("/")
            async def root():
                c.track("seen")

            @app.on_event("startup")
            async def ready():
                c.track("started")
                print(door.getsockname()[1], flush=True)

            door = socket.create_server(("127.0.0.1", 0))
            uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[door])
            """) % tidemark.__file__.rsplit("/", 2)[0]
        with Server(statuses=[503]) as s:
            p = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, s.url],
                                 stdout=subprocess.PIPE, text=True)
            port = int(p.stdout.readline())  # it takes connections already
            self.assertEqual(get("http://127.0.0.1:%d/" % port)[0], 200)
            p.terminate()
            p.communicate(timeout=20)
            self.assertEqual([x["name"] for x in s.items], ["started", "seen", "GET /"])

    def test_flask(self):
        from flask import Flask
        with Server() as s, client(s) as c:
            item, broken = self.handlers(c)
            app = Flask("shop")
            app.logger.disabled = True
            tidemark.flask.init_app(app, c)
            app.add_url_rule("/items/<int:n>", "items", item)
            app.add_url_rule("/broken/<int:n>", "broken", broken)
            with Wsgi(app) as url:
                self.check(s, c, url, "/items/<int:n>")

    def test_django(self):
        import django
        from django.conf import settings
        from django.core.asgi import get_asgi_application
        from django.core.wsgi import get_wsgi_application
        from django.http import HttpResponse
        from django.urls import path
        urls = types.ModuleType("shop_urls")
        urls.urlpatterns = []
        settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=urls,
                           MIDDLEWARE=["tidemark.django.Middleware"], LOGGING_CONFIG=None,
                           DEBUG=False, USE_TZ=True)
        django.setup()
        import logging
        logging.getLogger("django").disabled = True
        logging.getLogger("django.request").disabled = True
        for server, get_app, is_async in ((Wsgi, get_wsgi_application, False),
                                          (Asgi, get_asgi_application, False),
                                          (Asgi, get_asgi_application, True)):
            with self.subTest(server.__name__, is_async=is_async), Server() as s:
                c = tidemark.init("tm_wk_x", s.url, fetch_config=False, uncaught=False)
                item, broken = self.handlers(c)
                if is_async:
                    async def items(request, n):
                        return HttpResponse(item(n))

                    async def fails(request, n):
                        broken(n)
                else:
                    def items(request, n):
                        return HttpResponse(item(n))

                    def fails(request, n):
                        broken(n)
                urls.urlpatterns = [path("items/<int:n>", items), path("broken/<int:n>", fails)]
                django.urls.clear_url_caches()
                with server(get_app()) as url:
                    self.check(s, c, url, "/items/<int:n>")
                c.close()

    def test_wsgi(self):
        with Server() as s, client(s) as c:
            item, broken = self.handlers(c)

            def app(environ, start_response):
                _, kind, n = environ["PATH_INFO"].split("/")
                if kind == "nothing":
                    start_response("404 Not Found", [])
                    return [b""]
                if kind == "broken":
                    broken(n)
                start_response("200 OK", [("Content-Type", "text/plain")])
                return (x.encode() for x in [item(n)[:4], item(n)[4:]][:2])

            def route(environ):
                kind = environ["PATH_INFO"].split("/")[1]
                return None if kind == "nothing" else "/%s/:n" % kind

            app = tidemark.wsgi.Middleware(app, c, route=route)
            answers = []

            def start_response(status, headers):
                answers.append(status)
            body = app({"REQUEST_METHOD": "GET", "PATH_INFO": "/items/7"}, start_response)
            self.assertEqual((answers, s.items), (["200 OK"], []))
            self.assertEqual(b"".join(body), b"item 7")
            body.close()
            with self.assertRaises(ValueError):
                app({"REQUEST_METHOD": "GET", "PATH_INFO": "/broken/9"}, start_response)
            c.flush()
            self.assertEqual([(x["name"], x["user_id"]) for x in s.of_type("trace")],
                             [("GET /items/:n", "user-7"), ("GET /broken/:n", "user-9")])
            self.assertEqual(s.of_type("crash")[0]["breadcrumbs"][0]["message"], "looked up 9")
            self.assertIsNone(c._scopes.current().user_id)
