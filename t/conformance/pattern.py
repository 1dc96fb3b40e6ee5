"""pattern.py - does a value look like a pattern of sdk/spec/driver.md?"""
import re

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ABSENT = object()


def word(want, got, names):
    """A string of a pattern that begins with $. None when it fits."""
    if want == "$any":
        return None if got is not ABSENT else "is absent"
    if want == "$absent":
        return None if got is ABSENT else "should be absent, is %r" % (got,)
    if want == "$uuid7":
        fits = isinstance(got, str) and UUID7.fullmatch(got)
        return None if fits else "no UUIDv7: %r" % (got,)
    if want == "$int":
        return None if isinstance(got, int) and not isinstance(got, bool) else "no integer"
    if want.startswith("$="):
        if got is ABSENT:
            return "is absent"
        names[want[2:]] = got
        return None
    if want[1:] not in names:
        return "the case names no %s before" % want
    same = names[want[1:]] == got
    return None if same else "should be %s = %r, is %r" % (want, names[want[1:]], got)


def listed(want, got, names, at):
    if not isinstance(got, list):
        return "%s: no list: %r" % (at, got)
    if len(got) != len(want):
        return "%s: %d instead of %d" % (at, len(got), len(want))
    for i, one in enumerate(want):
        wrong = mismatch(one, got[i], names, "%s[%d]" % (at, i))
        if wrong:
            return wrong
    return None


def keyed(want, got, names, at):
    if "$from" in want:
        fits = isinstance(got, (int, float)) and want["$from"] <= got <= want["$to"]
        return None if fits else "%s: %r is not within %s" % (at, got, want)
    if not isinstance(got, dict):
        return "%s: no object: %r" % (at, got)
    if want.get("$only"):
        more = set(got) - set(want)
        if more:
            return "%s: unexpected %s" % (at, sorted(more))
    for key, one in want.items():
        wrong = None if key == "$only" else mismatch(
            one, got.get(key, ABSENT), names, "%s.%s" % (at, key))
        if wrong:
            return wrong
    return None


def mismatch(want, got, names, at="it"):
    """None, or where got is not what want says. names: what $=x named."""
    if isinstance(want, str) and want.startswith("$"):
        wrong = word(want, got, names)
        return "%s: %s" % (at, wrong) if wrong else None
    if isinstance(want, list):
        return listed(want, got, names, at)
    if isinstance(want, dict):
        return keyed(want, got, names, at)
    same = want == got and isinstance(want, bool) == isinstance(got, bool)
    if same:
        return None
    return "%s: %s instead of %r" % (at, "absent" if got is ABSENT else repr(got), want)
