"""tap.py - Test Anything Protocol for the Python tests.

One test program calls ok/equal/... and ends with done(). A failed check goes
on (the rest still tells something); an exception ends the program as one
more failed check. Everything but the TAP lines is a "# " comment.
"""
import json
import sys
import traceback

_count = 0
_failed = 0
_context = ""


def note(text):
    """A comment line; newlines are kept as further comments."""
    for line in str(text).splitlines() or [""]:
        print("# " + line, flush=True)


def context(text):
    """Shown with every failed check, for example the seed of the run."""
    global _context
    _context = text


def ok(condition, name, detail=""):
    """One check. detail is shown only when it fails. Returns the condition."""
    global _count, _failed
    _count += 1
    name = str(name).replace("\n", " ").replace("#", "\\#")
    print("%sok %d - %s" % ("" if condition else "not ", _count, name),
          flush=True)
    if not condition:
        _failed += 1
        if detail != "":
            note(detail)
        if _context:
            note(_context)
    return bool(condition)


def _show(value):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) < 2000 else text[:2000] + " ..."


def equal(got, want, name):
    return ok(got == want, name,
              "got:  %s\nwant: %s" % (_show(got), _show(want)))


def at_most(got, limit, name):
    return ok(got <= limit, "%s (%s, limit %s)" % (name, _round(got), limit))


def at_least(got, limit, name):
    return ok(got >= limit, "%s (%s, at least %s)" % (name, _round(got),
                                                      limit))


def _round(value):
    return round(value, 3) if isinstance(value, float) else value


def must_fail(result, name):
    """A negative control: the check under test has to say no here."""
    return ok(not result, "negative control: " + name,
              "the check passed although it had to fail")


def done():
    print("1..%d" % _count, flush=True)
    sys.exit(1 if _failed or not _count else 0)


def run(main):
    """Run main(), turn an exception into a failed check, print the plan."""
    try:
        main()
    except Exception:  # a test must end with a plan, whatever happened
        ok(False, "the test runs to its end", traceback.format_exc())
    done()
