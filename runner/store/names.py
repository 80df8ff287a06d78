"""The names in a store, for a shell that completes words: a look that changes nothing and never fails."""

import sqlite3
from contextlib import closing

from runner.errors import RunnerError
from runner.store.connect import read_only
from runner.store.location import resolve

SWEEPS = "SELECT CAST(id AS TEXT) FROM sweeps UNION SELECT name FROM sweeps"
TAGS = "SELECT tag FROM tags"


def names(store: str, *queries: str) -> list[str]:
    """Return the answers to the queries, each once; without those that a store of an older schema cannot answer."""
    found: set[str] = set()
    try:
        path = resolve(store)
        if path.exists():
            with closing(read_only(path)) as connection:
                for query in queries:
                    found.update(name for (name,) in connection.execute(query))
    except (RunnerError, sqlite3.Error, OSError):
        pass
    return sorted(map(str, found))
