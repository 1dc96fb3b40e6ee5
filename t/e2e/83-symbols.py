#!/usr/bin/env python3
"""Symbols: ELF files with DWARF, mappings of R8, source maps and obfuscation
maps; crashes before and after the upload; what is wrong with an upload; whom
files belong to; the sandbox of the reader, with negative controls."""
# takes: 42 s
import json
import os
import random
import signal
import subprocess
import tempfile
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import e2e
import site_http as site
from e2e import tap

SOURCE = """#include <stdlib.h>
volatile int sink;
static inline __attribute__((always_inline)) int price(int n)
{
	if (n == 7)
		abort();
	return n * 3;
}
static inline __attribute__((always_inline)) int cart_total(int n)
{
	return price(n) + 1;
}
__attribute__((noinline)) int checkout(int n)
{
	sink = n;
	return cart_total(n) + sink;
}
int main(int argc, char **argv)
{
	(void)argv;
	return checkout(argc + 6) + VERSION;
}
"""
MAPPING = """# compiler: R8
com.shop.cart.Cart -> a.b:
# {"id":"sourceFile","fileName":"Cart.kt"}
    int count -> a
    1:4:int com.shop.cart.Price.of(int):20:23 -> a
    1:4:int total(int):41 -> a
    5:9:void clear():60:64 -> a
    void load() -> c
    void save() -> c
com.shop.ui.CartPage -> a.c:
    10:12:void onTap():100:102 -> a
com.shop.cart.EmptyCartException -> a.d:
"""


def run(*argv, **more):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


class Build:
    """An ELF with DWARF, its split debug file, and the address of abort's call."""

    def __init__(self, folder, version):
        self.folder = os.path.join(folder, "build%d" % version)
        os.mkdir(self.folder)
        self.source = os.path.join(self.folder, "shop.c")
        self.whole = os.path.join(folder, "libapp%d.so" % version)
        self.split = os.path.join(folder, "app%d.android-arm64.symbols" % version)
        self.bare = os.path.join(folder, "stripped%d.so" % version)
        with open(self.source, "w", encoding="ascii") as f:
            f.write(SOURCE)
        run("gcc", "-g", "-O2", "-DVERSION=%d" % version, "-Wl,--build-id", "-o",
            self.whole, self.source)
        run("objcopy", "--only-keep-debug", self.whole, self.split)
        run("objcopy", "--strip-debug", self.whole, self.bare)
        notes = run("readelf", "-n", self.whole)
        self.id = notes.split("Build ID: ")[1].split()[0]
        code = run("objdump", "-d", "--no-show-raw-insn", self.whole)
        self.abort = int(next(line for line in code.splitlines()
                              if "call" in line and "<abort" in line).split(":")[0], 16)
        names = run("nm", self.whole)
        self.main = int(next(line for line in names.splitlines()
                             if line.endswith(" main")).split()[0], 16)

    def stack(self):
        """As the Dart runtime prints it; load address added to abs."""
        base = 0x7a1f000000
        frames = [self.abort, self.main]
        return ("*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\n"
                "pid: 4711, tid: 4712, name 1.ui\n"
                "os: android arch: arm64 comp: yes sim: no\n"
                "build_id: '%s'\n"
                "isolate_dso_base: %x, vm_dso_base: %x\n" % (self.id, base, base)
                + "".join("    #%02d abs %016x virt %016x _kDartIsolateSnapshotInstructions"
                          "+0x%x\n" % (i, base + a, a, a) for i, a in enumerate(frames)))


def crash(kind, message, stack, **more):
    return dict({"type": "crash", "event_id": str(uuid.uuid4()), "timestamp": e2e.stamp(1),
                 "exception": {"type": kind, "message": message, "stacktrace": stack},
                 "fatal": True}, **more)


class Shop:
    def __init__(self, lab, name):
        self.lab, self.t = lab, lab.tenant(name)
        self.token = lab.ctl("token", "create", "--user", lab.owner, "--team", self.t.team,
                             "--scopes", "events:read,projects:read,projects:write")["token"]

    def send(self, item, version="2.4.0", build="118", platform="android"):
        body = e2e.envelope([item], app={"bundle_id": "com.shop", "version_name": version,
                                         "build_number": build},
                            device={"device_id": "d-1", "platform": platform})
        got = e2e.call_json(self.lab, "POST", "/api/v1/ingest/batch", self.t.key, body)
        assert got[0] == 202, got
        return item["event_id"]

    def row(self, event):
        """(frames, type, complete, files, group text, title, culprit) of a crash."""
        rows = self.lab.sql(
            "SELECT coalesce(r.frames::text, ''), coalesce(r.exception_type, ''), r.complete,"
            " r.files, g.fingerprint, g.title, g.culprit, c.stacktrace <> '' FROM crashes c"
            " JOIN crash_groups g USING (environment_id, group_no)"
            " LEFT JOIN symbol_results r USING (environment_id, symbols_key)"
            " WHERE c.event_id = '%s'" % event)
        if not rows:
            return None
        r = rows[0]
        return {"frames": json.loads(r[0]) if r[0] else None, "type": r[1],
                "complete": r[2] == "t", "files": r[3], "text": r[4], "title": r[5],
                "culprit": r[6]}

    def wait(self, event, check, seconds=30):
        def look():
            r = self.row(event)
            return r is not None and check(r)
        return e2e.until(seconds, look)

    def upload(self, path, token=None, project=None, data=None, **query):
        query = dict({"project": project or self.t.project,
                      "name": os.path.basename(path)}, **query)
        if data is None:
            with open(path, "rb") as f:
                data = f.read()
        return e2e.call_json(self.lab, "POST", "/api/v1/symbols?"
                             + urllib.parse.urlencode(query), token or self.token, data,
                             {"Content-Type": "application/octet-stream"})


def brief(frames):
    return [(f["function"], os.path.basename(f["place"]), f["line"], f["inlined"])
            for f in frames or []]


WANT = [("price", "shop.c", 6, True), ("cart_total", "shop.c", 11, True),
        ("checkout", "shop.c", 16, False), ("main", "shop.c", 19, False)]


def elf(shop, folder):
    one, two = Build(folder, 1), Build(folder, 2)
    early = shop.send(crash("StateError", "Bad state: no cart", one.stack()))
    other = shop.send(crash("StateError", "Bad state: no cart", two.stack()))
    tap.ok(shop.wait(early, lambda r: r["text"]) and shop.wait(other, lambda r: r["text"]),
           "crashes without symbols are stored")
    before = (shop.row(early), shop.row(other))
    tap.ok(before[0]["frames"] is None and before[0]["text"] != before[1]["text"],
           "without symbols, builds are told apart", before)
    status, _, got = shop.upload(one.split)
    tap.ok(status == 201 and got["kind"] == "elf" and got["build_id"] == one.id
           and got["arch"] == "x64", "the split file is taken, by build id", (status, got))
    tap.ok(shop.wait(early, lambda r: r["frames"]) is not None,
           "a crash stored before the symbols gets its frames")
    r = shop.row(early)
    tap.equal(brief(r["frames"]), WANT, "function, file, line and inlined frames, exactly")
    tap.ok(r["complete"] and r["files"].startswith("app1"), "it is complete, and says by what", r)
    late = shop.send(crash("StateError", "Bad state: no cart", one.stack()))
    tap.ok(shop.wait(late, lambda r: r["frames"]) is not None, "one that came after it too")
    tap.ok(shop.row(other)["frames"] is None, "the other build still waits")
    shop.lab.ctl("symbols", "upload", "--project", shop.t.project, two.whole)
    tap.ok(shop.wait(other, lambda r: r["frames"]) is not None, "tidemarkctl uploads as well")
    tap.equal(brief(shop.row(other)["frames"]), WANT, "of the whole library the same")
    kept = shop.lab.value("SELECT stacktrace FROM crashes WHERE event_id = '%s'" % early)
    tap.ok("_kDartIsolateSnapshotInstructions" in
           shop.lab.value("SELECT replace(stacktrace, chr(10), ' ') FROM crashes"
                          " WHERE event_id = '%s'" % early),
           "what was sent stays as it was", kept)
    tap.ok(shop.wait(other, lambda r: r["text"] == shop.row(early)["text"]
                     and r["text"] != before[1]["text"], 60) is not None,
           "both builds are one group now", (before, shop.row(early), shop.row(other)))
    tap.ok("price" in shop.row(early)["culprit"], "the culprit has its name",
           shop.row(early))
    return one, two


def names(shop, folder):
    path = os.path.join(folder, "map.json")
    with open(path, "w", encoding="ascii") as f:
        json.dump(["CartError", "aB", "Cart", "aC"], f)
    build = Build(folder, 7)
    first = shop.send(crash("aB<aC>", "x", build.stack()), version="3.0.0", build="7")
    status, _, got = shop.upload(path, version="3.0.0", build="7")
    tap.ok(status == 201 and got["kind"] == "obfuscation", "an obfuscation map is taken", got)
    shop.upload(build.split)
    tap.ok(shop.wait(first, lambda r: r["type"] == "CartError<Cart>") is not None,
           "types get their names by release", shop.row(first))
    tap.ok(shop.wait(first, lambda r: r["title"].startswith("CartError<Cart>"), 60) is not None,
           "and so does the title", shop.row(first))


def proguard(shop, folder):
    path = os.path.join(folder, "mapping.txt")
    with open(path, "w", encoding="ascii") as f:
        f.write(MAPPING)
    stack = ("a.d: empty\n\tat a.b.a(SourceFile:2)\n\tat a.b.c(Unknown Source)\n"
             "\tat a.c.a(SourceFile:11)\n\tat android.os.Handler.dispatchMessage"
             "(Handler.java:106)\n")
    item = shop.send(crash("a.d", "empty", stack))
    elsewhere = shop.send(crash("a.d", "empty", stack), version="2.5.0", build="119")
    status, _, got = shop.upload(path)
    tap.ok(status == 422 and "version" in got["details"], "a mapping needs its release", got)
    status, _, got = shop.upload(path, version="2.4.0", build="118")
    tap.ok(status == 201 and got["kind"] == "proguard", "a mapping is taken", got)
    tap.ok(shop.wait(item, lambda r: r["frames"]) is not None, "its crashes get their names")
    r = shop.row(item)
    tap.equal(brief(r["frames"]), [
        ("com.shop.cart.Price.of", "Price.java", 21, True),
        ("com.shop.cart.Cart.total", "Cart.kt", 41, False),
        ("com.shop.cart.Cart.load|save", "Cart.kt", 0, False),
        ("com.shop.ui.CartPage.onTap", "CartPage.java", 101, False),
        ("android.os.Handler.dispatchMessage", "Handler.java", 106, False)],
        "classes, inlined methods, overloads and lines")
    tap.equal(r["type"], "com.shop.cart.EmptyCartException", "the exception's class")
    time.sleep(4)
    tap.ok(shop.row(elsewhere)["frames"] is None, "another release is another mapping's")


def sourcemap(shop, folder):
    text = {"version": 3, "file": "main.4f3a.js", "sources": ["src/cart.js", "src/page.js"],
            "sourcesContent": ["x\"y" * 999, None], "names": ["total", "onTap"],
            "mappings": vlq_lines([[(0, 0, 0, 0), (400, 0, 11, 4, 0), (500, 1, 30, 2, 0),
                                    (600, 1, 41, 0, 1)]])}
    path = os.path.join(folder, "main.4f3a.js.map")
    with open(path, "w", encoding="ascii") as f:
        json.dump(text, f)
    stack = ("TypeError: n is null\n    at e (https://shop.example/static/main.4f3a.js:1:410)\n"
             "    at t (https://shop.example/static/main.4f3a.js:1:501)\n"
             "    at https://shop.example/static/main.4f3a.js:1:700\n")
    item = shop.send(crash("TypeError", "n is null", stack), platform="web")
    status, _, got = shop.upload(path)
    tap.ok(status == 201 and got["kind"] == "sourcemap" and got["name"] == "main.4f3a.js",
           "a source map is taken, for its bundle", got)
    tap.ok(shop.wait(item, lambda r: r["frames"]) is not None, "its crashes get their places")
    tap.equal([(f["function"], f["place"], f["line"], f["column"])
               for f in shop.row(item)["frames"]],
              [("total", "src/cart.js", 12, 5), ("onTap", "src/page.js", 31, 3),
               ("", "src/page.js", 42, 1)], "sources, lines, columns and names")


def vlq(v):
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    v = (-v << 1) | 1 if v < 0 else v << 1
    out = ""
    while True:
        out += digits[(v & 31) | (32 if v > 31 else 0)]
        v >>= 5
        if v == 0:
            return out


def vlq_lines(lines):
    last, out = [0] * 5, []
    for line in lines:
        last[0] = 0
        parts = []
        for segment in line:
            parts.append("".join(vlq(x - last[i]) for i, x in enumerate(segment)))
            last[:len(segment)] = segment
        out.append(",".join(parts))
    return ";".join(out)


def refusals(shop, folder, build):
    nothing = os.path.join(folder, "x.bin")
    for name, path, data, why in (
            ("a stripped library", build.bare, None, "no debug information"),
            ("a ZIP archive", "app.zip", b"PK\x03\x04" + b"0" * 99, "ZIP"),
            ("gzip", "x.gz", b"\x1f\x8b" + b"0" * 99, "gzip"),
            ("a Mach-O file", "x", b"\xcf\xfa\xed\xfe" + b"0" * 99, "Mach-O"),
            ("noise", nothing, bytes(range(256)) * 9, "no symbol file that is known"),
            ("half an ELF", "half.so", open(build.whole, "rb").read()[:70], "ELF"),
            ("a cut source map", "m.map", b'{"version":3,"mappings":"AA', "cut short"),
            ("an old source map", "m.map", b'{"version":2,"mappings":""}', "version 3")):
        status, _, got = shop.upload(path, data=data)
        tap.ok(status == 422 and why in got["message"], "%s is refused: %s" % (name, why),
               (status, got))
    status, _, got = shop.upload("x", data=b"")
    tap.ok(status == 422, "an empty body is refused", got)
    status, _, got = shop.upload(build.split, kind="mad")
    tap.ok(status == 400, "an unknown kind is a bad parameter", got)
    status, _, got = shop.upload("big", data=b"\0" * (201 << 20))
    tap.equal(status, 413, "201 MiB are too large")
    left = [f for f in os.listdir(os.path.join(shop.lab.var, "symbols")) if f.startswith("new-")]
    tap.equal(left, [], "refused files leave nothing behind")


def tenants(shop, folder, build):
    other = Shop(shop.lab, "symbols-foreign")
    status, _, got = other.upload(build.split, project=shop.t.project)
    tap.ok(status == 404, "nobody uploads into the project of others", (status, got))
    missing = other.upload(build.split, project=str(uuid.uuid4()))
    tap.equal((status, got["message"]), (missing[0], missing[2]["message"]),
              "which looks like none at all")
    path = "/api/v1/projects/%s/symbols"
    status, _, got = e2e.call_json(shop.lab, "GET", path % shop.t.project, shop.token)
    tap.ok(status == 200 and len(got["symbols"]) >= 4, "a team lists its files", got)
    tap.equal(e2e.call_json(shop.lab, "GET", path % shop.t.project, other.token)[0], 404,
              "another team does not")
    item = other.send(crash("StateError", "Bad state: no cart", build.stack()))
    time.sleep(5)
    tap.ok(other.wait(item, lambda r: r["text"]) is not None
           and other.row(item)["frames"] is None,
           "the crash of another team gets nothing from our file")
    weak = shop.lab.ctl("token", "create", "--user", shop.lab.owner, "--team", shop.t.team,
                        "--scopes", "projects:read")["token"]
    tap.equal(shop.upload(build.split, token=weak)[0], 403, "projects:read does not upload")
    tap.equal(e2e.call(shop.lab, "POST", "/api/v1/symbols?project=" + shop.t.project, None,
                       b"x" * (2 << 20))[0], 401, "nor does nobody, who gets an answer")
    folder = os.path.join(shop.lab.var, "symbols")
    modes = {oct(os.stat(os.path.join(folder, f)).st_mode & 0o777) for f in os.listdir(folder)}
    tap.equal(modes, {"0o600"}, "files are the server's alone")


def reader(program, path, *flags, text=""):
    """(return code, output); the file is descriptor 3."""
    p = subprocess.run(["sh", "-c", 'exec "$@" 3<"$0"', path, program, *flags],
                       input=text.encode(), stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, timeout=60, check=False)
    return p.returncode, p.stdout


def sandbox(program, build):
    for what in ("file", "network", "process"):
        code, out = reader(program, build.whole, "--probe=" + what)
        tap.ok(code == -signal.SIGSYS and out == b"", "%s: ended by the sandbox" % what,
               (code, out))
        code, out = reader(program, build.whole, "--open", "--probe=" + what)
        tap.ok(b"done" in out, "%s: works without it (negative control)" % what, (code, out))
    code, out = reader(program, build.whole, "--open", text="%x\n" % build.abort)
    tap.ok(code == 0 and b"price" in out, "no flag reads a file outside the sandbox", out)


def mutant(whole, seed):
    """Truncated, overwritten, or with fields that mean a lot made huge."""
    r = random.Random(seed)
    b = bytearray(whole)
    how = r.randrange(4)
    if how == 0:
        del b[r.randrange(1, len(b)):]
    elif how == 1:
        for _ in range(r.randrange(1, 40)):
            b[r.randrange(len(b))] = r.randrange(256)
    elif how == 2:
        at = r.randrange(0, 64) if r.random() < 0.4 else r.randrange(len(b) - 8)
        b[at:at + 8] = r.choice((b"\xff" * 8, b"\0" * 8, b"\xff\xff\xff\x7f" + b"\0" * 4))
    else:
        at, n = r.randrange(len(b) - 400), r.randrange(1, 300)
        to = r.randrange(len(b) - 400)
        b[to:to + n] = b[at:at + n]
    return bytes(b)


def hostile(program, folder, build, count=2000):
    with open(build.split, "rb") as f:
        whole = f.read()
    text = "%x\n%x\n" % (build.abort, build.main)

    def one(seed):
        path = os.path.join(folder, "m%d" % seed)
        with open(path, "wb") as f:
            f.write(mutant(whole, seed))
        begin = time.monotonic()
        result = [reader(program, path, text=text), reader(program, path, "--identify")]
        os.unlink(path)
        return seed, result, time.monotonic() - begin
    died, odd, slow = 0, [], 0.0
    with ThreadPoolExecutor(3) as pool:
        for seed, result, took in pool.map(one, range(count)):
            slow = max(slow, took)
            for code, out in result:
                died += code < 0
                if code < 0 and -code not in (signal.SIGSEGV, signal.SIGABRT, signal.SIGSYS,
                                              signal.SIGXCPU, signal.SIGBUS, signal.SIGFPE,
                                              signal.SIGKILL):
                    odd.append((seed, code))
                if len(out) > 1 << 20:
                    odd.append((seed, len(out)))
                if code == 0:
                    for line in out.splitlines():
                        json.loads(line)
    tap.equal(odd, [], "%d mutants: answers are JSON, or the reader died alone" % count)
    tap.note("%d of %d runs died; the slowest took %.2f s" % (died, 2 * count, slow))
    tap.ok(slow < 45, "none runs on", slow)


def upload_hostile(shop, folder, build):
    """Through the door: an answer each time, and the next good file works."""
    with open(build.split, "rb") as f:
        whole = f.read()
    seen = {}
    for seed in range(5000, 5060):
        status = shop.upload("m.so", data=mutant(whole, seed))[0]
        seen[status] = seen.get(status, 0) + 1
    tap.ok(set(seen) <= {201, 422}, "60 mutants uploaded: taken or refused", seen)
    tap.equal(shop.upload(build.split)[0], 201, "the server goes on")


def admin(shop):
    """A browser of an administrator of the team."""
    email = "symbols-%d@example.org" % shop.lab.rng.randrange(10 ** 9)
    shop.lab.ctl("user", "create", "--email", email, "--verified", "--password-stdin",
                 data=b"correct horse battery\n")
    shop.lab.sql("INSERT INTO members (team_id, user_id, role) SELECT t.id, u.id, 'admin' FROM"
                 " teams t, users u WHERE t.slug = '%s' AND u.email = '%s'"
                 % (shop.t.team, email))
    b = site.Site(shop.lab.url)
    b.sign_in(email, "correct horse battery")
    return b


def pages(shop, folder):
    """A crash page and the page of symbols say which build is missing; a file
    is deleted by page, API and command, each with its entry in the audit."""
    build = Build(folder, 8)
    item = shop.send(crash("StateError", "Bad state: page", build.stack()))
    tap.ok(shop.wait(item, lambda r: r["text"]) is not None, "a crash of a third build")
    group = shop.lab.value("SELECT group_id FROM crash_groups g JOIN crashes c"
                           " USING (environment_id, group_no) WHERE event_id = '%s'" % item)
    b = admin(shop)
    env = "/t/%s/p/%s/prod" % (shop.t.team, shop.lab.value(
        "SELECT slug FROM projects WHERE id = '%s'" % shop.t.project))
    text = b.get("%s/crashes/%s" % (env, group)).text
    tap.ok("Symbols of build %s" % build.id in text and "are missing" in text,
           "the crash page names the build that is missing", text[-2000:])
    text = b.get(env + "/symbols").text
    tap.ok(build.id in text and "tidemarkctl symbols upload --project " + shop.t.project in text
           and "/api/v1/symbols?project=" in text, "so does the page of symbols", text[-2000:])
    files = [shop.upload(build.split)[2]["id"]]
    tap.ok(shop.wait(item, lambda r: r["frames"]) is not None, "the file comes")
    text = b.get("%s/crashes/%s" % (env, shop.lab.value(
        "SELECT group_id FROM crash_groups g JOIN crashes c USING (environment_id, group_no)"
        " WHERE event_id = '%s'" % item))).text
    tap.ok("are missing" not in text and "cart_total" in text,
           "and the crash page has names and misses nothing")
    text = b.get(env + "/symbols").text
    tap.ok(text.count(build.id) == 1, "the page lists it once, as a file")
    page = b.get("%s/symbols/%s" % (env, files[0]))
    tap.ok("Crashes with names1, in prod" in page.text.replace("names 1", "names1"),
           "and says what it named", page.text)
    got = b.submit(page, "/symbols/%s/delete" % files[0])
    tap.ok("The file is deleted" in got.text and files[0] not in got.html,
           "the page deletes it", got.text[:800])
    tap.equal(b.get("%s/symbols/%s" % (env, files[0])).status, 404, "once")
    tap.ok(shop.row(item)["frames"] is not None, "what it named keeps its names")
    files.append(shop.upload(build.split)[2]["id"])
    path = "/api/v1/projects/%s/symbols/%s" % (shop.t.project, files[1])
    weak = shop.lab.ctl("token", "create", "--user", shop.lab.owner, "--team", shop.t.team,
                        "--scopes", "projects:read")["token"]
    tap.equal([e2e.call_json(shop.lab, "DELETE", p, t)[0] for p, t in (
        (path, weak), (path, None), (path + "?x=1", shop.token), (path[:-1], shop.token))],
        [403, 401, 400, 404], "the API refuses scope, nobody, unknown parameters, unknown ids")
    status, _, got = e2e.call_json(shop.lab, "DELETE", path, shop.token)
    tap.ok(status == 200 and got["id"] == files[1], "DELETE answers with the file", got)
    tap.equal(e2e.call_json(shop.lab, "DELETE", path, shop.token)[0], 404, "once")
    files.append(shop.upload(build.split)[2]["id"])
    where = ("--project", shop.t.project)
    listed = [f["id"] for f in shop.lab.ctl("symbols", "list", *where)]
    tap.ok(files[2] in listed and files[1] not in listed, "tidemarkctl lists what is there")
    tap.equal(shop.lab.ctl("symbols", "delete", files[2], "--dry-run", *where)["state"],
              "would be deleted", "tidemarkctl deletes: first dry")
    tap.equal(shop.lab.ctl("symbols", "delete", files[2], *where)["state"], "deleted",
              "then really")
    done = shop.lab.value("SELECT count(*) FROM audit_entries WHERE action = 'symbols.delete'"
                          " AND target = ANY ('{%s}')"
                          % ",".join("symbol_file:" + f for f in files))
    tap.equal(done, "3", "each has its entry in the audit")


def main():
    lab = e2e.start()
    shop = Shop(lab, "symbols")
    program = os.path.join(lab.var, "install", "libexec", "tidemark-symbols")
    if not os.path.exists(program):
        program = run("find", os.path.join(lab.var, "install"), "-name",
                      "tidemark-symbols").split()[0]
    with tempfile.TemporaryDirectory() as folder:
        one, _ = elf(shop, folder)
        names(shop, folder)
        proguard(shop, folder)
        sourcemap(shop, folder)
        refusals(shop, folder, one)
        tenants(shop, folder, one)
        pages(shop, folder)
        sandbox(program, one)
        hostile(program, folder, one)
        upload_hostile(shop, folder, one)


tap.run(main)
