#!/usr/bin/env python3
"""A small shop: TIDEMARK_WRITE_KEY=… TIDEMARK_ENDPOINT=… python3 shop.py, then
http://127.0.0.1:8000/items/7, /buy/7 and /broken/7. Needs this package only."""
import logging
import os
import sys
import wsgiref.simple_server

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
import tidemark  # noqa: E402
import tidemark.wsgi  # noqa: E402

client = tidemark.init(service="shop", version="1.0.0")
logging.basicConfig(level=logging.INFO)
logging.getLogger().addHandler(tidemark.LoggingHandler())


def items(n):
    client.track("item_viewed", {"item": n})
    return "item %d" % n


def buy(n):
    with client.start_trace("payment", {"provider": "none"}):
        client.track("billing", "order_placed", {"item": n, "amount": 49.9})
    client.increment({"orders": 1})
    return "bought %d" % n


def broken(n):
    logging.info("looking for %d", n)
    raise LookupError("no item %d" % n)


ROUTES = {"items": items, "buy": buy, "broken": broken}


def route(environ):
    """Without the number, which may say who somebody is."""
    name = environ["PATH_INFO"].split("/")[1]
    return "/%s/:n" % name if name in ROUTES else None


def app(environ, start_response):
    client.set_user("u_1")
    _, name, n = (environ["PATH_INFO"].split("/") + ["", ""])[:3]
    if name not in ROUTES or not n.isdigit():
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no such page\n"]
    text = ROUTES[name](int(n))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode() + b"\n"]


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", port, tidemark.wsgi.Middleware(app, route=route))
    print("http://127.0.0.1:%d/items/7" % port)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
