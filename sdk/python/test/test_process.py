"""Threads, forks, signals and ends of real processes."""
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

from server import Server
from test_client import KEY, client

SRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src")
BEGIN = """
import os, signal, sys, threading, time
sys.path.insert(0, %r)
import tidemark
c = tidemark.Client(%r, sys.argv[1], fetch_config=False, spool=sys.argv[2] or None,
                    handle_sigterm=len(sys.argv) > 3, flush_interval=60)
"""


def program(server, text, spool="", *more, wait=True, group=False):
    code = BEGIN % (SRC, KEY) + textwrap.dedent(text)
    p = subprocess.Popen([sys.executable, "-c", code, server.url, spool, *more],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         start_new_session=group)
    if not wait:
        return p
    out, err = p.communicate(timeout=30)
    return p.returncode, out, err


class Processes(unittest.TestCase):
    def test_threads_lose_nothing_and_repeat_nothing(self):
        for spool in (False, True):
            with Server() as s, tempfile.TemporaryDirectory() as folder:
                c = client(s, spool=folder if spool else None)
                threads = [threading.Thread(target=lambda n=n: [
                    c.track("t%d-%d" % (n, i)) for i in range(1000)]) for n in range(8)]
                for t in threads:
                    t.start()
                for t in threads:
                    t.join()
                c.close(20)
                self.assertEqual(len({x["name"] for x in s.items}), 8000)
                self.assertEqual(sorted(x["seq"] for x in s.items), list(range(1, 8001)))

    def test_the_end_of_a_program_sends_what_waits(self):
        with Server() as s:
            self.assertEqual(program(s, "c.track('a')"), (0, "", ""))
            self.assertEqual(len(s.items), 1)

    def test_the_end_of_a_program_outlives_a_short_failure(self):
        """But no long one, and it takes the time of close() at most."""
        rows = (([503], 1), ([0], 1), ([0] * 9, 0), ([401], 0))
        for statuses, sent in rows:
            with self.subTest(statuses=statuses), Server(statuses=statuses) as s:
                code, out, err = program(s, """
                    import atexit
                    c.track("a")
                    begin = time.monotonic()
                    c.close()
                    print(time.monotonic() - begin)
                    """ if sent == 0 else "c.close_timeout = 20; c.track('a')")
                self.assertEqual((code, len(s.items)), (0, sent), err)
                if sent == 0:
                    self.assertLess(float(out), 5)

    def test_nobody_listens_at_the_end(self):
        with Server() as s:
            pass
        begin = time.monotonic()
        code, out, err = program(s, "c.track('a'); c.close_timeout = 1.2")
        self.assertEqual((code, out), (0, ""), err)
        self.assertLess(time.monotonic() - begin, 10)

    def test_an_uncaught_exception_is_a_fatal_crash(self):
        for spool in (False, True):
            with Server() as s, tempfile.TemporaryDirectory() as folder:
                code, out, err = program(s, """
                    def broken():
                        raise LookupError("no cart")
                    broken()
                    """, folder if spool else "")
                self.assertEqual(code, 1)
                self.assertIn("LookupError: no cart", err)
                (x,) = s.of_type("crash")
                self.assertEqual((x["fatal"], x["exception"]["type"]), (True, "LookupError"))
                self.assertIn("in broken", x["exception"]["stacktrace"])

    def test_the_end_of_a_thread_is_not_fatal(self):
        with Server() as s:
            code, out, err = program(s, """
                def broken():
                    raise LookupError("x")
                t = threading.Thread(target=broken, name="jobs"); t.start(); t.join()
                """)
            self.assertEqual(code, 0)
            self.assertIn("LookupError", err)
            (x,) = s.of_type("crash")
            self.assertEqual((x["fatal"], x["props"]), (False, {"thread": "jobs"}))

    def test_a_crash_on_disk_is_sent_at_the_next_start(self):
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            code, _, _ = program(s, """
                c.capture_exception(MemoryError("m"), fatal=True)
                os.kill(os.getpid(), signal.SIGKILL)
                """, folder)
            self.assertEqual((code, s.items), (-9, []))
            program(s, """
                end = time.monotonic() + 10
                while len(c._core.queue) and time.monotonic() < end:
                    time.sleep(0.01)
                os._exit(0)
                """, folder)
            self.assertEqual(s.of_type("crash")[0]["exception"]["type"], "MemoryError")

    def test_a_child_has_its_own_install_numbers_and_thread(self):
        for spool in (False, True):
            with Server(delay=0.02) as s, tempfile.TemporaryDirectory() as folder:
                code, out, err = program(s, """
                    stop = False
                    def busy():
                        while not stop:
                            c.track("parent")
                            time.sleep(0.0005)
                    t = threading.Thread(target=busy); t.start()
                    children = []
                    for n in range(10):   # while the parent records and sends
                        pid = os.fork()
                        if pid == 0:
                            for i in range(150):
                                c.track("child", {"n": n, "i": i})
                            c.close(20)
                            os._exit(0)
                        children.append(pid)
                        time.sleep(0.01)
                    codes = [os.waitpid(p, 0)[1] for p in children]
                    stop = True; t.join()
                    print(codes, c._core.queue.seq)
                    c.close(20)
                    """, folder if spool else "")
                self.assertEqual(code, 0, err)
                self.assertTrue(out.startswith(str([0] * 10)), out + err)
                seen = {(x["props"]["n"], x["props"]["i"]) for x in s.named("child")}
                self.assertEqual(len(seen), 1500)
                self.assertEqual(len(s.named("child")), 1500)
                runs = {}
                for body in s.bodies:
                    runs.setdefault(body["install"], []).extend(x["seq"] for x in body["items"])
                self.assertEqual(len(runs), 11)
                for seqs in runs.values():
                    self.assertEqual(sorted(seqs), list(range(1, len(seqs) + 1)))
                self.assertEqual(len(s.named("parent")), int(out.split()[-1]))

    def test_a_fork_while_an_answer_is_read(self):
        """The reading thread holds the lock of a buffer that the child has too."""
        with Server(held=1) as s:
            code, out, err = program(s, """
                c.track("parent")
                flush = threading.Thread(target=c.flush); flush.start()
                transport = c._core.sender.transport
                while getattr(transport._connection, "_HTTPConnection__response", None) is None:
                    time.sleep(0.001)
                time.sleep(0.1)
                pid = os.fork()
                if pid == 0:
                    c.track("child"); c.close(20)
                    os._exit(0)
                print(flush.is_alive())
                end = time.monotonic() + 20
                while os.waitpid(pid, os.WNOHANG)[0] == 0:
                    if time.monotonic() > end:
                        os.kill(pid, signal.SIGKILL)
                    time.sleep(0.01)
                """)
            self.assertEqual((code, out), (0, "True\n"), err)
            self.assertEqual(sorted(x["name"] for x in s.items), ["child", "parent"])

    def test_the_thread_imports_nothing(self):
        """What it were importing, a child forked then would have in halves."""
        look = """
            before = set(sys.modules)
            c.track("a", {"text": "x" * 3000}); c.capture_exception(ValueError("x"))
            sent = c.flush(10)%s
            d = tidemark.Client("tm_wk_x", "http://t\\u00eddemark.invalid", fetch_config=False)
            d.track("b"); d.flush(10); d.disable()
            print(sent, sorted(set(sys.modules) - before))
            """
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            for spool in ("", folder):
                self.assertEqual(program(s, look % "", spool), (0, "True []\n", ""))
            with self.subTest("negative control"):
                self.assertEqual(program(s, look % "; import colorsys")[1], "True ['colorsys']\n")
            self.assertEqual(len(s.named("a")), 3)

    def test_workers_share_slots_and_the_next_start_finds_what_they_left(self):
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            code, out, err = program(s, """
                done, tell = os.pipe()
                c.track("work", {"n": 0})
                for n in range(1, 4):
                    if os.fork() == 0:
                        c.track("work", {"n": n})
                        os.write(1, b"x")
                        os.write(tell, b"x")
                        time.sleep(30)
                for n in range(1, 4):
                    os.read(done, 1)
                os.killpg(0, signal.SIGKILL)
                """, folder + "/{slot}", group=True)
            self.assertEqual((code, out, s.items), (-9, "xxx", []), err)
            program(s, """
                four = [c] + [tidemark.Client("tm_wk_x", sys.argv[1], spool=sys.argv[2],
                                              fetch_config=False) for _ in range(3)]
                """, folder + "/{slot}")
            self.assertEqual(sorted(x["props"]["n"] for x in s.items), [0, 1, 2, 3])

    def test_multiprocessing_sends_at_the_end_of_its_children(self):
        with Server() as s:
            code, out, err = program(s, """
                import multiprocessing
                def work(n):
                    c.track("work", {"n": n})
                m = multiprocessing.get_context("fork")
                ps = [m.Process(target=work, args=(n,)) for n in range(3)]
                [p.start() for p in ps]; [p.join() for p in ps]
                """)
            self.assertEqual(code, 0, err)
            self.assertEqual(sorted(x["props"]["n"] for x in s.named("work")), [0, 1, 2])

    def test_sigterm(self):
        """Default action with a spool: at the next start. With handle_sigterm,
        or a handler of the app that exits: at once. Without all: lost, which
        shows that the test can tell."""
        ready = "c.track('a'); print('ready', flush=True); time.sleep(30)"
        exits = "signal.signal(signal.SIGTERM, lambda *a: sys.exit(3)); " + ready
        rows = [("spool", ready, True, (), -15, 0, 1), ("option", ready, False, ("x",), -15, 1, 1),
                ("app", exits, False, (), 3, 1, 1), ("app first", exits, False, ("x",), 3, 1, 1),
                ("nothing", ready, False, (), -15, 0, 0)]
        for name, text, spool, more, want, at_once, later in rows:
            with self.subTest(name), Server() as s, tempfile.TemporaryDirectory() as folder:
                p = program(s, text, folder if spool else "", *more, wait=False)
                self.assertEqual(p.stdout.readline(), "ready\n")
                p.send_signal(signal.SIGTERM)
                p.communicate(timeout=20)
                self.assertEqual((p.returncode, len(s.items)), (want, at_once))
                program(s, "", folder if spool else "")
                self.assertEqual(len(s.items), later)

    def test_kill_while_recording_loses_nothing_that_had_returned(self):
        with Server() as s, tempfile.TemporaryDirectory() as folder:
            names = set()
            for n in range(6):
                p = program(s, """
                    for i in range(100000):
                        c.track("k%d-%%d" %% i)
                        os.write(1, b"k%d-%%d\\n" %% i)
                    """ % (n, n), folder, wait=False)
                for _ in range(40 * n + 3):
                    names.add(p.stdout.readline().strip())
                p.kill()
                names.update(p.stdout.read().split("\n")[:-1])
                p.communicate()
            program(s, "c.close(20)", folder)
            stored = [x["name"] for x in s.items]
            self.assertEqual(names - set(stored), set())
            self.assertGreater(len(names), 100)
            ids = {x["id"] for x in s.items}
            self.assertEqual(len({x["name"] for x in s.items}), len(ids))

    def test_a_signal_handler_may_record_inside_a_recording_call(self):
        with Server() as s:
            code, out, err = program(s, """
                signal.signal(signal.SIGALRM, lambda *a: c.track("alarm"))
                signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
                for i in range(10000):
                    c.track("main")
                signal.setitimer(signal.ITIMER_REAL, 0)
                print(c._core.queue.seq); c.close(20)
                """)
            self.assertEqual(code, 0, err)
            self.assertEqual(len(s.named("main")), 10000)
            self.assertEqual(sorted(x["seq"] for x in s.items), list(range(1, int(out) + 1)))
            self.assertGreater(len(s.named("alarm")), 5)
