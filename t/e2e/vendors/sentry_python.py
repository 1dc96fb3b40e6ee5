"""sentry_python.py - sentry-sdk, unmodified. VENDOR_URL, VENDOR_KEY; the last
line says what went wrong. With "uncaught" an error ends a child process."""
import json
import logging
import os
import subprocess
import sys
import time

import sentry_sdk
import sentry_sdk.utils

URL, KEY = os.environ["VENDOR_URL"], os.environ["VENDOR_KEY"]
MODE = (sys.argv + [""])[1]
errors = []


class Gather(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            errors.append(record.getMessage())


def total(cart):
    return len(cart["items"])


def checkout(cart):
    return total(cart)


def caught(cart):
    try:
        return checkout(cart)
    except KeyError as e:
        return e


def chained():
    try:
        try:
            checkout({})
        except KeyError as e:
            raise RuntimeError("checkout failed") from e
    except RuntimeError as e:
        return e


def main():
    sentry_sdk.init(dsn=URL.replace("://", "://%s@" % KEY) + "/42", release="shop@2.1.0+210",
                    environment="prod", traces_sample_rate=1.0, enable_logs=True)
    log = logging.getLogger("sentry_sdk.errors")
    log.handlers, log.propagate = [Gather()], False
    sentry_sdk.set_user({"id": "u-2", "email": "ada@example.org"})
    sentry_sdk.set_tag("plan", "pro")
    sentry_sdk.add_breadcrumb(category="ui", message="opened cart", data={"n": 1})
    if MODE == "die":
        checkout({"items": None})
    sentry_sdk.capture_exception(caught({}))
    sentry_sdk.capture_exception(chained())
    sentry_sdk.capture_exception(caught({}))
    sentry_sdk.capture_message("cart is empty", "info")
    with sentry_sdk.start_transaction(name="load cart", op="task") as t:
        with t.start_child(op="db", name="SELECT cart"):
            time.sleep(0.12)
    sentry_sdk.logger.info("cart loaded", attributes={"items": 12})
    scope = sentry_sdk.get_isolation_scope()
    scope.start_session()
    scope.end_session()
    for _ in range(3):
        scope.start_session(session_mode="request")
        scope.end_session()
    sentry_sdk.get_client().close(timeout=10)
    print(json.dumps({"errors": errors}))


if MODE == "uncaught":
    p = subprocess.run([sys.executable, __file__, "die"], stderr=subprocess.PIPE, timeout=20,
                       check=False)
    print(json.dumps({"errors": [] if p.returncode == 1 else [p.stderr.decode()]}))
else:
    main()
