#!/usr/bin/env python3
"""go - sdk/go by the cases of sdk/spec, and its own tests with the race detector."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdk  # noqa: E402
import tap  # noqa: E402

HERE = os.path.join(sdk.TOP, "sdk/go")
OUT = os.path.join(os.environ.get("TIDEMARK_BUILD") or tempfile.mkdtemp(), "sdk/go")
ENV = dict(os.environ, CGO_ENABLED="1", GOFLAGS="-buildvcs=false", GOPROXY="off", GOTOOLCHAIN="local")
if "HOME" not in ENV:
    ENV["GOCACHE"] = os.path.join(OUT, "cache")


def go(*args, folder=HERE, env=None):
    p = subprocess.run(["go"] + list(args), cwd=folder, env=dict(ENV, **env or {}), text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.returncode == 0, p.stdout[-4000:]


def own():
    """go vet, gofmt, the tests and examples; no module but the standard library."""
    for name, args in (("go vet", ["vet", "./..."]), ("go test -race", ["test", "-race", "./..."])):
        ok, said = go(*args)
        tap.ok(ok, "go: " + name, said)
    listed = subprocess.run(["gofmt", "-l", "."], cwd=HERE, stdout=subprocess.PIPE, text=True).stdout
    tap.equal(listed, "", "go: gofmt changes nothing")
    tap.equal(go("list", "-m", "all"), (True, "tidemark.example/sdk/go\n"), "go: depends on nothing")


def gin():
    """Inside Gin itself, which `make test-go` has fetched."""
    cache = {"GOMODCACHE": os.path.join(os.environ.get("TIDEMARK_BUILD", ""), "t/go")}
    for name, args in (("go vet", ["vet", "./..."]), ("go test -race", ["test", "-race", "./..."])):
        ok, said = go(*args, folder=os.path.join(HERE, "gintest"), env=cache)
        tap.ok(ok, "go: with Gin: " + name, said)
    ok, _ = go("test", "./...", folder=os.path.join(HERE, "gintest"),
               env={"GOMODCACHE": os.path.join(OUT, "empty")})
    tap.must_fail(ok, "go: the test with Gin runs without Gin")


def main():
    os.makedirs(OUT, exist_ok=True)
    driver = os.path.join(OUT, "driver")
    ok, said = go("build", "-o", driver, "./conformance")
    if not tap.ok(ok, "go: the driver builds", said):
        tap.done()
    sdk.main("go", [driver], kinds=["server"], disk=[True, False], more=[own, gin])


main()
