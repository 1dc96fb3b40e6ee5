"""source.py - the tree's files, for the style tests."""
import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def files(folders, suffixes):
    """{path from the top: text} of the files below folders."""
    found = {}
    for folder in folders:
        for root, _, names in os.walk(os.path.join(TOP, folder)):
            for name in sorted(names):
                if name.endswith(suffixes):
                    path = os.path.join(root, name)
                    with open(path, encoding="utf-8") as f:
                        found[os.path.relpath(path, TOP)] = f.read()
    return found


def report(tap, name, check, found, planted):
    """Check the tree; then that each planted breach is found (else the check
    itself is blind)."""
    tap.ok(len(found) > 0, name + ": there are files to look at")
    breaches = check(found)
    tap.ok(not breaches, name, "\n".join(breaches[:50]))
    for what, example in planted.items():
        tap.ok(check(example), "%s: a planted breach is found: %s"
               % (name, what))
