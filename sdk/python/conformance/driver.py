#!/usr/bin/env python3
"""The driver of sdk/spec/driver.md: commands in, replies out, one a line, on a
clock that stands still until it is moved."""
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src"))
from tidemark import hooks  # noqa: E402
from tidemark.client import Client  # noqa: E402
from tidemark.clock import Clock  # noqa: E402
from tidemark.core import Runtime  # noqa: E402
from tidemark.worker import Worker  # noqa: E402


class DriverClock(Clock):
    """Stands still, until it is set going for good."""

    def __init__(self, now):
        self.at = now
        self.real = False

    def now(self):
        return super().now() if self.real else self.at

    def ticks(self):
        return super().ticks() if self.real else self.at

    def wait(self, until):
        if self.real:
            super().wait(until)
        else:
            self.at = until


class StepWorker:
    """Instead of the thread: runs what is due when it is told to."""

    def __init__(self, core):
        self.core = core

    def wake(self):
        pass

    def flush(self, timeout):
        self.core.sender.run(force=True)
        return True

    def stop(self, timeout):
        self.core.sender.finish(self.core.clock.ticks() + int(timeout * 1000))
        return True

    def settle(self):
        sender, clock = self.core.sender, self.core.clock
        while sender.due() is not None and sender.due() <= clock.ticks():
            sender.run()

    def advance(self, ms):
        clock, end = self.core.clock, self.core.clock.at + ms
        self.settle()
        while True:
            due = self.core.sender.due()
            if due is None or due > end:
                break
            clock.at = max(clock.at, due)
            self.settle()
        clock.at = end


class DriverRuntime(Runtime):
    def __init__(self, now, jitter):
        super().__init__()
        self.clock = DriverClock(now)
        # driver.md gives the factor of the wait itself, from 0.5 to 1
        self.random = lambda: (jitter - 0.5) * 2

    def worker(self, core):
        return StepWorker(core)


def before_send(rule):
    """drop:NAME, rename:A:B, throw:NAME"""
    if not rule:
        return None
    word, _, rest = rule.partition(":")
    name, _, other = rest.partition(":")

    def ask(item):
        if item.get("name") != name:
            return item
        if word == "throw":
            raise RuntimeError("as asked")
        return None if word == "drop" else dict(item, name=other)
    return ask


def options_of(o):
    """Options of driver.md -> of Client."""
    options = {"gzip": o.get("gzip", False), "fetch_config": o.get("config", False),
               "before_send": before_send(o.get("beforeSend")),
               "redact_keys": o.get("redactKeys", ()), "consent": o.get("consent"),
               "app": o.get("app", {}), "device": o.get("device", {}), "uncaught": False}
    options.update(o.get("service", {}))
    for ours, theirs, scale in (("queue_bytes", "queueBytes", 1), ("batch_size", "batchSize", 1),
                                ("queue_age", "queueAgeMs", 1000),
                                ("flush_interval", "flushIntervalMs", 1000)):
        if theirs in o:
            options[ours] = o[theirs] / scale
    for name, rate in o.get("sampling", {}).items():
        options["sample_" + name] = rate
    return options


class Driver:
    def __init__(self):
        self.client = self.runtime = None
        self.traces = []

    @property
    def worker(self):
        return self.client._core.worker

    # each do_NAME(command) is a row of the table in driver.md -----------------
    def do_init(self, c):
        self.runtime = DriverRuntime(c["now"], c["jitter"])
        self.client = Client(c["key"], c["endpoint"], spool=c["dir"], _runtime=self.runtime,
                             **options_of(c.get("options", {})))

    def do_track(self, c):
        self.client.track(c["name"], c.get("props"), namespace=c.get("ns"), **who(c, "session_id"))

    def do_screen(self, c):
        self.client.screen(c["name"], c.get("props"))

    def do_identify(self, c):
        self.client.identify(c["user_id"], c.get("traits"), anonymous_id=c.get("anonymous_id"))

    def do_alias(self, c):
        self.client.alias(c["alias_id"], user_id=c.get("user_id"))

    def do_reset(self, c):
        self.client.reset()

    def do_set(self, c):
        self.client.set_user_properties(c["values"], **who(c))

    def do_set_once(self, c):
        self.client.set_once(c["values"], **who(c))

    def do_increment(self, c):
        self.client.increment(c["values"], **who(c))

    def do_unset(self, c):
        self.client.unset(c["keys"], **who(c))

    def do_crash(self, c):
        self.client.crash(c["type"], c["message"], c["stacktrace"], fatal=c["fatal"],
                          fingerprint=c.get("fingerprint"), props=c.get("props"), **who(c))

    def do_breadcrumb(self, c):
        self.client.breadcrumb(c["message"], type=c["type"], data=c.get("data"))

    def do_trace(self, c):
        self.client.trace(c["name"], c["duration_ms"], c.get("props"),
                          trace_id=c.get("trace_id"), **who(c))

    def do_trace_start(self, c):
        self.traces.append(self.client.start_trace(c["name"]))
        return {"trace": len(self.traces)}

    def do_trace_stop(self, c):
        self.traces[c["trace"] - 1].stop(c.get("props"))

    def do_consent(self, c):
        self.client.set_consent(**{k: c.get(k) for k in ("analytics", "crashes", "traces")})

    def do_opt_out(self, c):
        self.client.opt_out()

    def do_opt_in(self, c):
        self.client.opt_in()

    def do_flush(self, c):
        self.client.flush()

    def do_close(self, c):
        begin = self.runtime.clock.ticks()
        self.client.close()
        return {"ms": self.runtime.clock.ticks() - begin}

    def do_advance(self, c):
        self.worker.advance(c["ms"])

    def do_flag(self, c):
        return {"value": self.client.flag(c["name"], c["default"])}

    def do_state(self, c):
        core = self.client._core
        with core.lock:
            return {"queued": len(core.queue), "paused_ms": core.sender.paused_ms(),
                    "discarded": core.queue.discards.listed(), "enabled": self.client.enabled}

    def do_burst(self, c):
        for i in range(c["n"]):
            name = "%s-%d" % (c["prefix"], i)
            self.client.track(name)
            os.write(2, name.encode() + b"\n")

    def do_leave(self, c):
        hooks.forget(self.client)
        self.client._core.abandon()
        self.client, self.traces = None, []

    def do_real(self, c):
        self.runtime.clock.real = True
        self.runtime.random = random.random
        core = self.client._core
        core.worker = Worker(core)
        core.worker.wake()


def who(c, *more):
    return {k: c.get(k) for k in ("user_id", "anonymous_id") + more}


def main():
    driver = Driver()
    for line in sys.stdin:
        command = json.loads(line)
        act = getattr(driver, "do_" + command["do"], None)
        try:
            reply = {"unsupported": True} if act is None else act(command) or {}
            if driver.client and isinstance(driver.worker, StepWorker):
                driver.worker.settle()
        except Exception as e:  # the runner shows it
            reply = {"error": repr(e)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
