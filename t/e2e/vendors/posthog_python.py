"""posthog_python.py - posthog, unmodified. VENDOR_URL, VENDOR_KEY; the last
line says what went wrong."""
import json
import logging
import os

from posthog import Posthog

errors = []


class Gather(logging.Handler):
    def emit(self, record):
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
    gather = Gather()
    gather.setLevel(logging.WARNING)
    logging.getLogger("posthog").addHandler(gather)
    hog = Posthog(os.environ["VENDOR_KEY"], host=os.environ["VENDOR_URL"],
                  timeout=int(os.environ.get("VENDOR_PATIENCE", 15000)) / 1000,
                  on_error=lambda e, batch: errors.append(str(e)))
    hog.capture("order paid", distinct_id="u-2", groups={"company": "acme"},
                properties={"amount": 12.5, "nested": {"a": [1, 2]}})
    hog.capture("nobody's")
    hog.set(distinct_id="u-2", properties={"plan": "pro"})
    hog.set_once(distinct_id="u-2", properties={"first": "x"})
    hog.alias(previous_id="anon-2", distinct_id="u-2")
    hog.group_identify("company", "acme", properties={"seats": 5})
    hog.capture_exception(caught({}), distinct_id="u-2", properties={"where": "cart"})
    hog.capture_exception(chained(), distinct_id="u-2")
    hog.capture_exception(caught({}), distinct_id="u-2", properties={"where": "cart"})
    if hog.feature_enabled("new-cart", "u-2", send_feature_flag_events=False):
        errors.append("a flag is on")
    hog.shutdown()
    print(json.dumps({"errors": errors}))


main()
