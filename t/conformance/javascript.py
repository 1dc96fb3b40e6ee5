"""javascript.py - builds sdk/js into the build tree, for the tests that use it."""
import fcntl
import os
import subprocess
import tempfile

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TOP, "sdk", "js")
said = ""


def modules():
    """npm's packages: of the tests' build tree, else TIDEMARK_NODE_MODULES."""
    return os.path.abspath(os.environ.get("TIDEMARK_NODE_MODULES") or os.path.join(
        os.environ.get("TIDEMARK_BUILD") or os.path.join(TOP, "var/test/build"),
        "t/npm/node_modules"))


def folder():
    return tempfile.TemporaryDirectory(prefix="tidemark-js-")


def newest(path):
    return max(os.path.getmtime(os.path.join(at, name)) for at, _, names in os.walk(path)
               for name in names)


def build():
    """The package's folder, built when a source is newer; None when that fails.
    Two tests may want it at once."""
    out = os.path.join(os.environ.get("TIDEMARK_BUILD") or tempfile.gettempdir(), "sdk", "js")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_alone(out)


def build_alone(out):
    global said
    stamp = os.path.join(out, "stamp")
    if os.path.exists(stamp) and os.path.getmtime(stamp) > newest(HERE):
        return out
    p = subprocess.run(["node", os.path.join(HERE, "build.mjs"), out], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True,
                       env=dict(os.environ, TIDEMARK_NODE_MODULES=modules()))
    said = p.stdout[-4000:]
    if p.returncode != 0:
        return None
    with open(stamp, "w", encoding="utf-8"):
        pass
    return out


def targets(entry):
    """Every file that an entry of "exports" names."""
    if isinstance(entry, str):
        return [entry]
    return [x for one in entry.values() for x in targets(one)]
