#!/usr/bin/env python3
"""The Python clients of Segment, RudderStack, Amplitude and Mixpanel,
unmodified, with their host changed: product.py NAME. Run by the interpreter of
the tests' own environment; the last line says what went wrong."""
import json
import logging
import os
import sys
import time
import urllib.parse

URL, KEY = os.environ["VENDOR_URL"], os.environ["VENDOR_KEY"]
ERRORS = []


class Gather(logging.Handler):
    """What a client logs as a warning or worse is an error here."""

    def emit(self, record):
        ERRORS.append(record.getMessage()[:300])


def failed(error, *_):
    ERRORS.append(repr(error)[:300])


def segment():
    import segment.analytics as analytics
    analytics.write_key, analytics.host = KEY, URL
    analytics.on_error = failed
    analytics.identify("py-1", {"plan": "pro"}, anonymous_id="py-anon")
    analytics.track("py-1", "Order", {"total": 9.5}, anonymous_id="py-anon")
    analytics.page("py-1", "Docs", "Start", {"path": "/"})
    analytics.screen("py-1", "Apps", "Main")
    analytics.group("py-1", "org", {"size": 2})
    analytics.alias("py-old", "py-1")
    analytics.flush()
    analytics.shutdown()


def rudder():
    import rudderstack.analytics as analytics
    analytics.write_key, analytics.dataPlaneUrl = KEY, URL
    analytics.on_error = failed
    analytics.identify("py-1", {"plan": "pro"})
    analytics.track("py-1", "Order", {"total": 9.5})
    analytics.flush()
    analytics.shutdown()


def amplitude():
    from amplitude import Amplitude, BaseEvent, Config, Identify, EventOptions
    client = Amplitude(KEY, Config(server_url=URL + "/2/httpapi", flush_interval_millis=200))

    def done(event, code, message=None):
        if code != 200:
            ERRORS.append("%s: %s %s" % (event.event_type, code, message))

    client.configuration.callback = done
    client.track(BaseEvent("Order", user_id="py-1", device_id="py-dev",
                           event_properties={"total": 9.5}))
    client.identify(Identify().set("plan", "pro").add("n", 2),
                    EventOptions(user_id="py-1", device_id="py-dev"))
    for future in client.flush() or ():
        future.result()
    client.shutdown()


def mixpanel():
    from mixpanel import BufferedConsumer, Consumer, Mixpanel, ServiceAccountCredentials
    host = urllib.parse.urlsplit(URL).netloc
    # for imports; the key is the token all the same
    account = ServiceAccountCredentials("account", "secret", "1")
    for make in (Consumer, BufferedConsumer):
        consumer = make(api_host=host, credentials=account)
        # the library knows https only; the tests' front does not speak it
        inner = getattr(consumer, "_consumer", consumer)
        inner._endpoints = {k: v.replace("https://", "http://")
                            for k, v in inner._endpoints.items()}
        m = Mixpanel(KEY, consumer)
        who = "py-1" if inner is consumer else "py-2"
        m.track(who, "Order", {"total": 9.5})
        m.people_set(who, {"plan": "pro"})
        m.people_increment(who, {"n": 2})
        m.group_set("company", "acme-" + who, {"size": 2})
        m.import_data(None, who, "Old", int(time.time()) - 86400, {"n": 1})
        if inner is not consumer:
            consumer.flush()


if __name__ == "__main__":
    logging.getLogger().addHandler(Gather(logging.WARNING))
    try:
        {"segment": segment, "rudder": rudder, "amplitude": amplitude,
         "mixpanel": mixpanel}[sys.argv[1]]()
    except Exception as e:  # pylint: disable=broad-except
        failed(e)
    print(json.dumps({"errors": ERRORS}))
