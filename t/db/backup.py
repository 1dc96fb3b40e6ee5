#!/usr/bin/env python3
"""backup.py - tidemarkctl backup into a folder and into one file, against a
private PostgreSQL and Redis without load: whose files they are, what is
refused, and that a backup which was cut (killed, no room, cut afterwards) is
never taken for a whole one and is cleared away by the next. Under load, and
brought back: t/chaos/17-restore.py.
"""
import hashlib
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from stores import Stores  # noqa: E402
from tap import equal, must_fail, ok, run  # noqa: E402

CTL = os.path.join(os.environ["TIDEMARK_BUILD"], "src/programs/tidemarkctl")
ENV = {}


def ctl(*args, **how):
    return subprocess.run([CTL, *args, "--format", "json"], text=True, capture_output=True,
                          env=ENV, **how)


def reason(p):
    lines = p.stderr.strip().splitlines()
    return "%d %s" % (p.returncode, lines[-1] if lines else "")


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def hidden(folder):
    return [n for n in os.listdir(folder) if n.startswith(".")]


def refused(folder):
    other = os.path.join(folder, "notes")
    with open(other, "w", encoding="utf-8") as f:
        f.write("x")
    for args, word in ((("--to", "-"), "whose name ends with .tar"), (("--to", ""), ".tar"),
                       (("--to", other), "is a file"),
                       (("--to", folder, "--replace"), "about one file"),
                       (("--to", folder + "/x.tar", "--keep", "2"), "one file"),
                       (("--to", folder, "--jobs", "0"), "jobs")):
        p = ctl("backup", *args)
        ok(p.returncode == 64 and word in reason(p), "refused: " + " ".join(args), reason(p))
    equal(ctl("backup", "--to", "/nowhere/at/all.tar").returncode, 74, "no such folder")
    equal(os.listdir(folder), ["notes"], "and nothing was made")
    os.unlink(other)


def in_folder(folder):
    with open(os.path.join(folder, "erasures.json.part"), "w", encoding="utf-8") as f:
        f.write("of one that was killed")
    p = ctl("backup", "--to", folder)
    equal(reason(p) if p.returncode else "0", "0", "a backup into a folder")
    path = json.loads(p.stdout)["path"]
    equal((mode(path), {mode(os.path.join(path, n)) & 0o077 for n in os.listdir(path)
                        if os.path.isfile(os.path.join(path, n))}), (0o700, {0}),
          "for its owner only")
    equal((hidden(folder), sorted(os.listdir(folder))),
          ([], ["erasures.json", os.path.basename(path)]), "nothing else is left")
    return path


def in_file(folder, file):
    p = ctl("backup", "--to", file)
    equal(reason(p) if p.returncode else "0", "0", "a backup into one file")
    equal((json.loads(p.stdout)["path"], mode(file), hidden(folder)), (file, 0o600, []),
          "for its owner only, and nothing else is left")
    with tarfile.open(file) as t:
        names = t.getnames()
    ok({n.split("/", 1)[1] for n in names if "/" in n} >= {"manifest.json", "queue.ndjson"} and
       len({n.split("/")[0] for n in names}) == 1, "a tar of one folder", names[:5])
    before = digest(file)
    p = ctl("backup", "--to", file)
    ok(p.returncode == 65 and "--replace" in reason(p), "not over one that is there", reason(p))
    equal(digest(file), before, "which is as it was")
    scratch = tempfile.mkdtemp()
    os.chmod(scratch, 0o755) # its server may be another user
    p = ctl("restore", "--from", file, "--verify", "--scratch", scratch)
    equal(reason(p) if p.returncode else json.loads(p.stdout)["state"], "verified",
          "restore --verify of the file")
    equal(os.listdir(scratch), [], "and nothing stays where it was unpacked")
    os.rmdir(scratch)


def not_whole(folder, file):
    """Each is seen by --verify, before it starts anything."""
    copy = os.path.join(folder, "copy.tar")
    size = os.path.getsize(file)

    def seen(what, change, *words):
        shutil.copy(file, copy)
        change(copy)
        p = ctl("restore", "--from", copy, "--verify")
        ok(p.returncode == 65 and any(w in reason(p) for w in words), "not whole: " + what,
           reason(p))

    def flip(path):
        with tarfile.open(path) as t:
            at = max((m for m in t.getmembers() if m.isfile()), key=lambda m: m.size).offset_data
        with open(path, "r+b") as f:
            f.seek(at + 100)
            byte = f.read(1)
            f.seek(at + 100)
            f.write(bytes([byte[0] ^ 1]))
    seen("cut in the middle", lambda c: os.truncate(c, size // 2), "Unexpected EOF")
    seen("cut between two files", lambda c: os.truncate(c, second(c)), "manifest.json is missing",
         "is missing")
    seen("empty", lambda c: os.truncate(c, 0), "does not look like", "manifest.json is missing")
    seen("one bit of a file", flip, "SHA-256 differs")
    with open(copy, "w", encoding="utf-8") as f:
        f.write("no tar at all\n" * 1000)
    equal(ctl("restore", "--from", copy, "--verify").returncode, 65, "not whole: something else")
    os.unlink(copy)
    equal([n for n in os.listdir("/var/tmp") if n.startswith("tidemark-restore.") and
           os.stat("/var/tmp/" + n).st_ctime > BEGAN], [], "nothing stays in /var/tmp")


def second(path):
    """Where the second file of a tar begins."""
    with tarfile.open(path) as t:
        return [m for m in t.getmembers() if m.isfile()][1].offset


def killed(folder, file):
    """kill -9 while a table is held, so that it is half-way for sure."""
    before = digest(file)
    hold = subprocess.Popen(["psql", "-XAtq", "-d", ENV["TIDEMARK_DB_OWNER"]], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    hold.stdin.write("BEGIN; LOCK TABLE teams; SELECT 'held';\n")
    hold.stdin.flush()
    while hold.stdout.readline().strip() != "held":
        pass
    p = subprocess.Popen([CTL, "backup", "--to", file, "--replace"], env=ENV,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while time.monotonic() < end and not hidden(folder):
        time.sleep(0.02)
    other = ctl("backup", "--to", folder)
    ok(other.returncode == 65 and "is running" in reason(other), "one at a time", reason(other))
    p.send_signal(signal.SIGKILL)
    p.wait()
    hold.stdin.close()
    hold.wait()
    left = hidden(folder)
    equal((len(left), digest(file)), (1, before), "killed: a part is left, the old file is as it was")
    p = ctl("restore", "--verify", "--from", os.path.join(folder, left[0], left[0][1:]))
    ok(p.returncode == 65 and "cut short" in reason(p), "the part is no backup", reason(p))
    p = ctl("backup", "--to", file, "--replace")
    equal((p.returncode, hidden(folder)), (0, []), "the next run clears it away")
    must_fail(digest(file) == before, "and the file is another")


def no_room(folder, file, path):
    """As on a full disk: no file may grow beyond a limit."""
    before = digest(file), sorted(os.listdir(folder))
    largest = max(os.path.getsize(os.path.join(f, n)) for f, _, names in os.walk(path)
                  for n in names)

    def limited(limit, *args):
        return ctl("backup", *args, restore_signals=False, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)))
    for what, limit, args in (("a folder", 10000, ("--to", folder)),
                              ("packing it", largest + 65536, ("--to", file, "--replace"))):
        p = limited(limit, *args)
        ok(p.returncode == 74 and ("File too large" in reason(p) or "Wrote only" in reason(p)),
           "no room for " + what, reason(p))
        equal((digest(file), sorted(os.listdir(folder))), before,
              "and all is as it was, without a part")


def main():
    with Stores("backup") as s:
        where = os.path.join(s.folder, "backups")
        file = os.path.join(where, "one.tar")
        os.mkdir(where)
        ENV.update(s.env, TIDEMARK_SYMBOL_DIR=s.folder + "/symbols",
                   TIDEMARK_EXPORT_DIR=s.folder + "/exports")
        equal(ctl("migrate", "up").returncode, 0, "a database")
        refused(where)
        path = in_folder(where)
        in_file(where, file)
        not_whole(where, file)
        killed(where, file)
        no_room(where, file, path)


BEGAN = time.time()
run(main)
