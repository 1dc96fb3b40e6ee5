"""The mails of a stack's outbox, for tests: wait for one, read it, take its
link. Python's own parser reads them, not ours."""
import email
import email.policy
import os
import re
import time

_read = {}  # path: mail; a file is written once


def folder(var=None):
    var = var or os.environ["TIDEMARK_VAR"]
    state = os.path.join(var, "state")
    return os.path.join(os.path.realpath(state) if os.path.islink(state)
                        else var, "outbox")


def read(path):
    if path not in _read:
        with open(path, "rb") as f:
            _read[path] = email.message_from_binary_file(f, policy=email.policy.default)
    return _read[path]


def mails(to=None, kind=None, var=None):
    """Oldest first. to: the address, kind: "verify" …"""
    where, found = folder(var), []
    for name in sorted(os.listdir(where)):
        if not name.endswith(".eml") or name.startswith("."):
            continue
        m = read(os.path.join(where, name))
        if to is not None and m["To"].addresses[0].addr_spec != to:
            continue
        if kind is not None and m["X-Tidemark-Kind"] != kind:
            continue
        m.file = name
        found.append(m)
    return found


def wait(to, kind=None, number=1, seconds=30, var=None):
    """The number-th mail to this address (of this kind), when it is there."""
    until = time.time() + seconds
    while True:
        found = mails(to, kind, var)
        if len(found) >= number:
            return found[number - 1]
        if time.time() > until:
            raise AssertionError("no mail %s to %s; there are %s" % (
                kind, to, [m["X-Tidemark-Kind"] for m in mails(to, None, var)]))
        time.sleep(0.1)


def text(m):
    return m.get_body(("plain",)).get_content()


def html(m):
    return m.get_body(("html",)).get_content()


def link(m):
    """The one web address of the text part that stands on a line alone."""
    found = re.findall(r"^(https?://\S+)$", text(m), re.M)
    if len(found) != 1:
        raise AssertionError("%d links in the mail" % len(found))
    return found[0]
