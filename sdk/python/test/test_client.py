"""The client as an app uses it, with its real thread."""
import asyncio
import contextvars
import gc
import logging
import os
import tempfile
import threading
import time
import unittest
import unittest.mock

import tidemark
from server import Server

KEY = "tm_wk_0123456789abcdefghijABCDEFGHIJ000000"


def client(server, **options):
    options.setdefault("fetch_config", False)
    options.setdefault("uncaught", False)
    return tidemark.Client(KEY, server.url, **options)


class Calls(unittest.TestCase):
    def test_both_forms_of_track(self):
        with Server() as s:
            with client(s, service="api", version="1.2") as c:
                c.track("signed_up", {"plan": "pro"}, user_id="u")
                c.track("billing", "usage_recorded", {"quantity": 1})
            a, b = s.items
            self.assertEqual((a["name"], a["props"], a["user_id"]),
                             ("signed_up", {"plan": "pro"}, "u"))
            self.assertEqual((b["ns"], b["name"], b["props"]),
                             ("billing", "usage_recorded", {"quantity": 1}))
            self.assertEqual(a["context"], {"service": "api", "version": "1.2"})
            self.assertEqual(s.bodies[0]["context"]["app"], {"id": "api", "version": "1.2"})

    def test_nothing_is_thrown_whatever_is_given(self):
        with Server() as s, client(s) as c, self.assertLogs("tidemark"):
            c.track(None)
            c.track("a", 5)
            c.track("b", {"x": object()}, user_id=7)
            c.identify(None, [1])
            c.increment(3)
            c.trace("t", "long")
            c.capture_exception(ValueError("v"), fingerprint=object())
            c.set_context(4)
            c.breadcrumb(object(), data=3)
            self.assertTrue(c.flush())

    def test_disabled_is_silent(self):
        for options in ({"disabled": True}, {"write_key": ""}, {"endpoint": "gopher://x"},
                        {"endpoint": "http://[bad"}):
            named = dict({"write_key": KEY, "endpoint": "http://127.0.0.1:1"}, **options)
            logging.disable(logging.CRITICAL)
            try:
                with tidemark.Client(**named) as c:
                    c.track("a")
                    self.assertFalse(c.enabled)
                    self.assertTrue(c.flush(1))
            finally:
                logging.disable(logging.NOTSET)
        self.assertFalse(tidemark.default().enabled)

    def test_a_scope_is_seen_by_its_own_only(self):
        async def request(c, name):
            with c.scope():
                c.set_user(name)
                c.set_organization("org-" + name)
                await asyncio.sleep(0.01)
                await inner(c)

        async def inner(c):
            await asyncio.sleep(0.01)
            c.track("seen")

        async def both(c):
            await asyncio.gather(*(request(c, n) for n in "abc"))
            c.track("outside")
            await c.flush_async()

        with Server() as s, client(s) as c:
            asyncio.run(both(c))
            seen = sorted((x["user_id"], x["context"]["org_id"]) for x in s.named("seen"))
            self.assertEqual(seen, [("a", "org-a"), ("b", "org-b"), ("c", "org-c")])
            self.assertNotIn("user_id", s.named("outside")[0])

    def test_outside_of_scopes_the_user_is_the_process_s(self):
        with Server() as s, client(s) as c:
            c.set_user("u", {"plan": "pro"})
            t = threading.Thread(target=lambda: contextvars.Context().run(c.track, "thread"))
            t.start()
            t.join()
            c.flush()
            self.assertEqual(s.named("thread")[0]["user_id"], "u")
            self.assertEqual(s.of_type("identify")[0]["props"], {"plan": "pro"})

    def test_traces(self):
        with Server() as s, client(s) as c:
            try:
                with c.start_trace("load", {"a": 1}) as t:
                    time.sleep(0.02)
                    raise KeyError("x")
            except KeyError:
                t.stop()
            c.flush()
            (x,) = s.of_type("trace")
            self.assertGreaterEqual(x["duration_ms"], 19)
            self.assertEqual(x["props"], {"a": 1, "error": "KeyError"})

    def test_an_exception_is_recorded_once_with_its_stack(self):
        with Server() as s, client(s) as c:
            c.breadcrumb("tap", type="ui")
            try:
                {}["missing"]
            except KeyError as e:
                c.capture_exception(props={"cart": 3})
                c.capture_exception(e)
            c.flush()
            (x,) = s.of_type("crash")
            self.assertEqual(x["exception"]["type"], "KeyError")
            self.assertIn('{}["missing"]', x["exception"]["stacktrace"])
            self.assertEqual((x["fatal"], x["props"]), (False, {"cart": 3}))
            self.assertEqual(x["breadcrumbs"][0]["message"], "tap")

    def test_logging(self):
        with Server() as s, client(s) as c:
            log = logging.getLogger("shop.cart")
            handler = tidemark.LoggingHandler(c)
            log.addHandler(handler)
            log.propagate, log.level = False, logging.DEBUG
            log.debug("not kept")
            log.info("kept %d", 7)
            log.error("no traceback, no crash")
            try:
                1 / 0
            except ZeroDivisionError:
                log.exception("it broke")
            log.removeHandler(handler)
            logging.getLogger("tidemark.x").addHandler(handler)
            c.flush()
            (x,) = s.of_type("crash")
            self.assertEqual([b["message"] for b in x["breadcrumbs"]],
                             ["kept 7", "no traceback, no crash"])
            self.assertEqual(x["props"], {"logger": "shop.cart", "log": "it broke"})

    def test_a_task_that_nobody_awaits(self):
        async def broken():
            raise LookupError("task")

        async def main():
            asyncio.ensure_future(broken())
            await asyncio.sleep(0.01)
            gc.collect()

        with Server() as s, client(s) as c:
            log = logging.getLogger("asyncio")
            handler = tidemark.LoggingHandler(c)
            log.addHandler(handler)
            log.propagate = False
            asyncio.run(main())
            log.removeHandler(handler)
            log.propagate = True
            c.flush()
            self.assertEqual(s.of_type("crash")[0]["exception"]["message"], "task")

    def test_a_proxy_of_the_environment(self):
        with Server() as s, unittest.mock.patch.dict(
                os.environ, {"http_proxy": s.url, "no_proxy": ""}):
            with tidemark.Client(KEY, "http://tidemark.invalid:81", fetch_config=False,
                                 uncaught=False) as c:
                c.track("by proxy")
            self.assertEqual(s.paths, ["http://tidemark.invalid:81/api/v1/ingest/batch"])

    def test_flush_ends_in_time_without_a_server(self):
        c = tidemark.Client(KEY, "http://127.0.0.1:9", fetch_config=False, uncaught=False)
        c.track("a")
        begin = time.monotonic()
        c.flush(2)
        c.close(1)
        self.assertLess(time.monotonic() - begin, 8)

    def test_a_slow_server_does_not_slow_the_app(self):
        with Server(delay=0.5) as s, client(s, batch_size=5) as c:
            begin = time.monotonic()
            for _ in range(1000):
                c.track("a")
            self.assertLess(time.monotonic() - begin, 5)  # 200 requests take 100 s
            c.disable()

    def test_before_send_may_call_the_client(self):
        with Server() as s:
            c = client(s)
            c._core.before_send = lambda item: (
                c.track("inner") if item.get("name") == "outer" else None, item)[1]
            c.track("outer")
            c.close()
            self.assertEqual(sorted(x["name"] for x in s.items), ["inner", "outer"])


class Folder(unittest.TestCase):
    def test_a_second_process_keeps_its_queue_in_memory(self):
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            first = client(s, spool=folder)
            with self.assertLogs("tidemark"):
                second = client(s, spool=folder)
            first.track("a")
            second.track("b")
            self.assertIsNone(second._core.spool)
            second.close()
            first.close()
            self.assertEqual(sorted(x["name"] for x in s.items), ["a", "b"])
            self.assertEqual([n for n in os.listdir(folder) if n.startswith("event-")], [])

    def test_after_close_the_folder_is_somebody_else_s(self):
        with Server(statuses=[503]) as s, tempfile.TemporaryDirectory() as folder:
            c = client(s, spool=folder)
            c.track("a")
            c.close(0.4)
            with client(s, spool=folder) as second:
                c.track("late")
                c.flush()
                self.assertEqual((s.items, len(second._core.queue)), ([], 1))
            self.assertEqual([x["name"] for x in s.items], ["a"])

    def test_a_folder_that_cannot_be_written(self):
        with Server() as s, tempfile.NamedTemporaryFile() as f, self.assertLogs("tidemark"):
            with client(s, spool=f.name + "/x") as c:
                c.track("a")
            self.assertEqual(len(s.items), 1)

    def test_a_full_disk_in_the_middle(self):
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            with client(s, spool=folder) as c:
                c.track("on disk")
                with c._core.lock:
                    full = os.open("/dev/full", os.O_WRONLY)
                    os.dup2(full, c._core.queue.lanes["event"].open._fd)
                    os.close(full)
                c.track("in memory")
                c.flush()
                self.assertEqual([x["name"] for x in s.items], ["on disk", "in memory"])

    def test_losses_and_numbers_survive_a_kill_in_any_order(self):
        """As if the process had died after each of these calls."""
        with Server(statuses=[503] * 50) as s, tempfile.TemporaryDirectory() as folder:
            seq = 0
            for i in range(12):
                c = client(s, spool=folder, sample_events=0.0 if i % 3 else 1.0)
                c.track("e%d" % i, anonymous_id="x")
                if i % 4 == 0:
                    c.flush(5)  # reports what is lost so far, to nobody
                c._core.on = False
                c._core.spool.abandon()
                c._core.sender.transport.drop()
                seq = max(seq, c._core.queue.seq)
                tidemark.hooks.forget(c)
            s.statuses = []
            c = client(s, spool=folder)
            self.assertEqual(c._core.queue.seq, seq)
            c.flush(5)
            lost = sum(r["quantity"] for x in s.of_type("client_report")
                       for r in x["props"]["discarded_events"])
            c.close()
            seqs = sorted(x["seq"] for x in s.items)
            self.assertEqual(len(set(seqs)), len(seqs))
            self.assertEqual(len(seqs) + lost, max(seqs))
