"""schema - the migrations of sql/ by psql, for tests that have no program of
ours at hand: one transaction a file, unless its first line says otherwise."""
import os

SQL = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "sql")


def files():
    """(arguments of psql) of each migration, in order."""
    for name in sorted(os.listdir(SQL)):
        if not name[:4].isdigit():
            continue
        path = os.path.join(SQL, name)
        with open(path) as f:
            alone = f.readline().startswith("-- no-transaction")
        yield ("-f", path) if alone else ("-1", "-f", path)
