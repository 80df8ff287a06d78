"""Run ad-hoc SQL, read-only by construction."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from runner.errors import BadInput, Interrupted, RunnerError
from runner.store.connect import STEPS_BETWEEN_SIGNALS, explained, is_the_stores_fault, primary_code
from runner.store.opening import to_read
from runner.words import did_you_mean

ALLOWED_ACTIONS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
ALLOWED_PRAGMAS = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns of a query, and its rows, which are read during iteration."""

    columns: Sequence[str]
    rows: Iterator[tuple[Any, ...]]

    def keys(self) -> list[str]:
        """Return the columns, told apart as SQLite does where two have one name: ``n``, ``n:1``, ``n:2``."""
        keys: list[str] = []
        for name in self.columns:
            key, numbers = name, count(1)
            while key in keys or (key != name and key in self.columns):
                key = f"{name}:{next(numbers)}"
            keys.append(key)
        return keys


@contextmanager
def ask(path: Path, sql: str, *, typed: bool = False) -> Iterator[Answer]:
    """Run one read-only statement and yield its answer, if `typed` with booleans for what the schema calls so.

    Raises BadInput for any other statement.
    """
    with explained(path), closing(to_read(path, typed=typed)) as connection:
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: None, STEPS_BETWEEN_SIGNALS)
        try:
            cursor = _execute(connection, sql)
            if cursor.description is None:
                raise BadInput("The query is empty: expected one SELECT statement.")
            yield Answer([name for name, *_ in cursor.description], cursor)
        except sqlite3.Error as error:
            if is_the_stores_fault(error):
                raise
            raise _refusal(error, connection) from None


def _execute(connection: sqlite3.Connection, sql: str) -> sqlite3.Cursor:
    try:
        return connection.execute(sql)
    except (sqlite3.Warning, ValueError) as error:  # two statements, a NUL byte, a lone surrogate
        raise BadInput(f"The query cannot be run: {str(error).rstrip('.')}.") from None


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    # A table-valued function such as json_each declares its columns with this action; the file is open read-only.
    declares = action == sqlite3.SQLITE_UPDATE and first == "sqlite_master"
    reads = declares or action in ALLOWED_ACTIONS or (action == sqlite3.SQLITE_PRAGMA and first in ALLOWED_PRAGMAS)
    return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY


def _refusal(error: sqlite3.Error, connection: sqlite3.Connection) -> RunnerError:
    code, message = primary_code(error), str(error).rstrip(".")
    if code == sqlite3.SQLITE_INTERRUPT:  # a KeyboardInterrupt in the progress handler
        return Interrupted("Interrupted.")
    if code == sqlite3.SQLITE_AUTH or "prohibited" in message:
        return BadInput("The query would write. Queries are read-only: use SELECT.")
    what, _, word = message.partition(": ")
    if what not in ("no such table", "no such column"):
        return BadInput(f"The query is not valid: {message}.")
    views = [name for (name,) in connection.execute(_VIEWS)]
    known = _COLUMNS if what == "no such column" else _TABLES
    meant = did_you_mean(word.rpartition(".")[-1], [name for (name,) in connection.execute(known)], "; ") or "."
    ask_columns = f"`PRAGMA table_info({views[0]})` lists the columns of one."
    return BadInput(
        f"The query is not valid: {message}{meant} The views are {', '.join(views[:-1])} and {views[-1]}; {ask_columns}"
    )


_VIEWS = "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name"
_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
_COLUMNS = f"SELECT DISTINCT c.name FROM ({_VIEWS}) AS v, pragma_table_info(v.name) AS c"  # noqa: S608 - a constant
