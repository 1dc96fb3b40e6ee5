#!/usr/bin/env python3
"""c - sdk/c by the cases of sdk/spec (as C with the address and undefined-behaviour
sanitizers, and as C++), and its scenarios: threads, forks, signals, a silent
server; those of threads with the thread sanitizer and with valgrind, too."""
# takes: 40 s
import os
import re
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdk  # noqa: E402
import tap  # noqa: E402
from network import Network  # noqa: E402

HERE = os.path.join(sdk.TOP, "sdk/c")
OUT = os.path.join(os.environ.get("TIDEMARK_BUILD") or tempfile.mkdtemp(), "sdk/c/test")
WARN = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-I", OUT]
LIBS = ["-lcurl", "-lz", "-lpthread", "-lm"]
C, CXX = ["gcc", "-std=c99"], ["g++", "-x", "c++", "-std=c++17"]
SANE = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


def sh(*argv, stdin=None):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=stdin, text=True)
    return p.returncode, p.stdout[-3000:]


def build(name, compiler, source, flags):
    path = os.path.join(OUT, name)
    code, said = sh(*compiler, *WARN, *flags, "-o", path, os.path.join(HERE, source), "-x", "none", *LIBS)
    tap.ok(code == 0, "c: %s builds without a warning" % name, said)
    return path


def header():
    """The amalgamation, and that it stands alone in each dialect, bare and whole."""
    with open(os.path.join(OUT, "tidemark.h"), "w", encoding="utf-8") as f:
        subprocess.run(["sh", os.path.join(HERE, "amalgamate")], check=True, stdout=f)
    bare = os.path.join(OUT, "bare.c")
    for what, text in (("the manual alone", ""), ("bare", "#define TIDEMARK_IMPLEMENTATION\n")):
        with open(bare, "w", encoding="utf-8") as f:
            f.write(text + '#include "tidemark.h"\nint main(void) { return tidemark_open(0) != 0; }\n')
        wrong = [said for compiler in (C, CXX, ["gcc", "-std=c17"])
                 for code, said in [sh(*compiler, *WARN, "-fsyntax-only", bare)] if code != 0]
        tap.equal(wrong, [], "c: %s compiles as C99, C17 and C++17" % what)


def controls():
    """The sanitizers see what they are there for."""
    bad = os.path.join(OUT, "bad.c")
    with open(bad, "w", encoding="utf-8") as f:
        f.write("#include <pthread.h>\n#include <stdlib.h>\nstatic int n;\n"
                "static void *add(void *p) { n++; return p; }\n"
                "int main(int argc, char **argv) { pthread_t t; char *p = malloc(4);\n"
                "pthread_create(&t, 0, add, argv); n++; pthread_join(t, 0);\n"
                "if (argc > 1) p[argc + 3] = 1; free(p); return 0; }\n")
    for what, flags, args in (("a race", ["-fsanitize=thread"], []), ("an overflow", SANE, ["x"])):
        sh(*C, "-g", *flags, "-o", bad + ".bin", bad, "-lpthread")
        tap.must_fail(sh(bad + ".bin", *args)[0] == 0, "c: %s is not seen" % what)


def scenario(argv, name, url, folder):
    env = dict(os.environ, ASAN_OPTIONS="handle_segv=0:allow_user_segv_handler=1",
               TSAN_OPTIONS="halt_on_error=1")
    p = subprocess.run(argv + [name, url, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, env=env, timeout=120)
    return p.returncode, p.stdout, p.stderr[-3000:]


def once(net, argv, name, label, folder="-"):
    """Runs a scenario that must end well; what the server has of it, by name."""
    net.play([], {})
    code, _, said = scenario(argv, name, net.url, folder)
    tap.ok(code == 0, "c: %s" % label, "exit code %d\n%s" % (code, said))
    return net.stored


def names(stored):
    return sorted(x.get("name", x["type"]) for x in stored)


def threads(net, argv, label):
    with tempfile.TemporaryDirectory() as folder:
        for where in ("-", folder):
            got = once(net, argv, "threads", "8 threads, %s, %s" % (
                label, "memory" if where == "-" else "disk"), where)
            numbers = {x["seq"] for x in got}
            tap.equal((len(got), len(set(names(got))), len(numbers)), (3200, 3200, 3200),
                      "c: each event of 8 threads once, with a number of its own")


def forks(net, argv, label):
    """Not with the address sanitizer: its allocator may be locked by another thread
    at the moment of the fork, and stays so in the child (glibc's does not)."""
    with tempfile.TemporaryDirectory() as folder:
        got = once(net, argv, "forks", "a fork, " + label, folder)
        tap.equal(names(got), ["before", "child", "child-2", "parent"], "c: parent and child send their own")
        tap.equal(len({r.body["install"] for r in net.take()}), 2, "c: as two installs")


def signals(net, argv, label):
    with tempfile.TemporaryDirectory() as folder:
        net.play([], {})
        code, said, err = scenario(argv, "signals", net.url, folder)
        tap.equal((code, said), (3, "former\n"), "c: the handler of before is called (%s)" % label)
        got = once(net, argv, "afterwards", "the process after a SIGSEGV, " + label, folder)
        tap.equal(names(got), ["before", "crash"], "c: sends the crash and the event")
        crash = next((x for x in got if x["type"] == "crash"), {"exception": {}})
        first = net.take()[0].body["items"][0]["type"]
        stack = crash["exception"].get("stacktrace", "")
        tap.ok(first == "crash" and crash["fatal"] and crash["exception"].get("type") == "SIGSEGV"
               and re.match(r"#00 pc [0-9a-f]{16}  \S*scenario\S* \(read_nowhere\+", stack),
               "c: first, fatal, with the frame that did it", str(crash))
        got = once(net, argv, "afterwards", "one more process, " + label, folder)
        tap.equal(names(got), [], "c: has nothing to send")


def others(net, argv):
    with tempfile.TemporaryDirectory() as folder:
        got = once(net, argv, "two", "two clients on one folder", folder)
        tap.equal(names(got), ["first", "second", "third"], "c: both send")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, _, said = scenario(argv, "silent", "http://127.0.0.1:%d" % silent.getsockname()[1], folder)
        tap.ok(code == 0, "c: a silent server holds nobody up", said)
        got = once(net, argv, "afterwards", "the next process", folder)
        tap.equal(len(got), 1000, "c: sends the thousand")
    net.play([], {})
    net.script = [{"drop": "before"}, {"status": 503}]
    code, _, said = scenario(argv, "closing", net.url, "-")
    tap.equal((code, names(net.stored)), (0, ["a"]), "c: closing tries again")
    code, _, said = scenario(argv, "away", "http://127.0.0.1:9", "-")
    tap.ok(code == 0, "c: closing without a server", said)
    got = once(net, argv, "nothing", "NULL, empty and odd values")
    odd = next((x for x in got if x.get("name") == "odd"), {}).get("props")
    tap.equal(odd, {"": "no key", "null": None, "empty": "", "nan": None, "inf": None, "tenth": 0.1,
                    "bad": "{\"a\":", "bytes": "a\ufffd\ufffd\ufffd z", "pair": ["\U0001f600", "\ufffd", "A\ufffd"]},
              "c: odd values become JSON")
    crash = next((x for x in got if x["type"] == "crash"), {"exception": {}})
    tap.ok("#00 pc " in crash["exception"].get("stacktrace", ""),
           "c: a crash without a stack gets the caller's", str(crash))
    got = once(net, argv, "consent", "consent that is taken back")
    tap.equal(names(got), ["client_report", "t"], "c: deletes what waited, and says so")


def example(net):
    program = build("example", CXX, "example/billing.c", ["-O2"])
    net.play([], {})
    code, said = sh(program, net.url, "tm_wk_test")
    tap.equal((code, said, names(net.stored)), (0, "", ["identify", "order_paid", "take_order"]),
              "c: the example runs")


def own():
    controls()
    net = Network()
    example(net)
    asan = build("scenario", C, "test/scenario.c", SANE + ["-rdynamic"])
    tsan = build("scenario-tsan", C, "test/scenario.c", ["-O1", "-fsanitize=thread"])
    plain = build("scenario-plain", C, "test/scenario.c", ["-O2", "-rdynamic"])
    grind = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible",
             "--error-exitcode=9", plain]
    threads(net, [asan], "address sanitizer")
    threads(net, [tsan], "thread sanitizer")
    forks(net, [plain], "plain")
    forks(net, ["valgrind", "-q", "--error-exitcode=9", plain], "valgrind")
    signals(net, [plain], "plain")
    others(net, [asan])
    for name in ("nothing", "consent", "afterwards"):
        once(net, grind, name, "valgrind has nothing to say of: " + name)
    net.close()


def main():
    os.makedirs(OUT, exist_ok=True)
    header()
    driver = build("driver", C, "conformance/driver.c", SANE)
    cxx = build("driver++", CXX, "conformance/driver.c", ["-O1"])
    net = Network()
    sdk.play("c++", [cxx], net, ["server"], [True])
    net.close()
    sdk.main("c", [driver], kinds=["server"], disk=[True, False], more=[own])


main()
