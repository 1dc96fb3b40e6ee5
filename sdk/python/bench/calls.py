#!/usr/bin/env python3
"""What one call costs the caller, in nanoseconds, as JSON for t/bench/sdk.py.

SINK is a server that takes everything. The same events, in bursts of a
hundred with pauses of 5 ms, are given to this SDK (memory, then disk) and to
the vendors' that can be imported. The clock's own cost is taken off."""
import json
import logging
import os
import platform
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
import tidemark  # noqa: E402

SINK = os.environ["SINK"]
BURSTS, BURST, PAUSE = int(os.environ.get("BURSTS", "200")), 100, 0.005
clock = time.perf_counter_ns


def props(i):
    return {"plan": "pro", "source": "website", "n": i, "amount": 49.9, "ok": True}


def measure(call):
    """{"ns_per_call_p50", "ns_per_call_p99"} of call(i)."""
    for i in range(BURST):
        call(i)
    took = []
    for n in range(BURSTS):
        for i in range(BURST):
            begin = clock()
            call(n * BURST + i)
            took.append(clock() - begin)
        time.sleep(PAUSE)
    took.sort()
    empty = sorted(clock() - clock() for _ in range(1000))[500]
    return {"ns_per_call_p50": took[len(took) // 2] + empty,
            "ns_per_call_p99": took[len(took) * 99 // 100] + empty}


def error():
    try:
        {}["missing"]
    except KeyError as e:
        return e


def ours(folder=None):
    client = tidemark.Client("tm_wk_bench", SINK, spool=folder, fetch_config=False,
                             service="bench", version="1.0.0", uncaught=False)
    track = measure(lambda i: client.track("signed_up", props(i), user_id="u-%d" % (i % 100)))
    crash = measure(lambda i: client.capture_exception(error()))
    client.close(30)
    return track, crash


def posthog(found):
    from posthog import Posthog
    from posthog.version import VERSION
    client = Posthog("phc_bench", host=SINK)
    found["posthog " + VERSION] = measure(lambda i: client.capture(
        "signed_up", distinct_id="u-%d" % (i % 100), properties=props(i)))
    client.shutdown()


def sentry(found, errors):
    import sentry_sdk
    sentry_sdk.init("http://0123456789abcdef0123456789abcdef@%s/1" % SINK.split("//")[1],
                    default_integrations=False, shutdown_timeout=0)
    name = "sentry-sdk " + sentry_sdk.VERSION

    def message(i):
        with sentry_sdk.new_scope() as scope:
            scope.set_user({"id": "u-%d" % (i % 100)})
            scope.set_context("props", props(i))
            sentry_sdk.capture_message("signed_up")
    found[name] = measure(message)
    errors[name] = measure(lambda i: sentry_sdk.capture_exception(error()))


def main():
    logging.disable(logging.CRITICAL)
    vendors, errors = {}, {}
    memory, crash = ours()
    with tempfile.TemporaryDirectory() as folder:
        disk, _ = ours(folder)
    for act in (lambda: posthog(vendors), lambda: sentry(vendors, errors)):
        try:
            act()
        except ImportError:
            pass
    print(json.dumps(dict(memory, sdk="python", runtime="%s %s" % (
        platform.python_implementation(), platform.python_version()), disk=disk,
        vendor=vendors, crash=dict(crash, vendor=errors))))


main()
