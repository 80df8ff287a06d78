"""Ad-hoc SQL, read-only by construction."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import BadInput, Interrupted
from runner.store.connect import explained, read_only
from runner.store.read import readable

ALLOWED_ACTIONS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
ALLOWED_PRAGMAS = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"})
STEPS_BETWEEN_SIGNALS = 10_000
"""A long query runs in C, where Ctrl-C waits; every so many steps it comes up for air."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of a query."""

    columns: Sequence[str]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def ask(path: Path, sql: str) -> Iterator[Answer]:
    """Run one statement that only reads, and yield its answer. Raises BadInput for any other."""
    with explained(readable(path)), closing(read_only(path)) as connection:
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: None, STEPS_BETWEEN_SIGNALS)
        try:
            cursor = connection.execute(sql)
            if cursor.description is None:
                raise BadInput("The query is empty: expected one SELECT statement.")
            yield Answer([name for name, *_ in cursor.description], cursor)
        except sqlite3.DatabaseError as error:
            if str(error) == "interrupted":  # what SQLite makes of a KeyboardInterrupt in the progress handler
                raise Interrupted("Interrupted.") from None
            if _is_damage(error):
                raise
            raise BadInput(_refusal(error)) from None
        except (sqlite3.Warning, sqlite3.ProgrammingError, ValueError) as error:
            raise BadInput(f"The query cannot be run: {error}.") from None


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    reads = action in ALLOWED_ACTIONS or (action == sqlite3.SQLITE_PRAGMA and first in ALLOWED_PRAGMAS)
    return sqlite3.SQLITE_OK if reads else sqlite3.SQLITE_DENY


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(part in str(error) for part in ("malformed", "locked", "not a database", "I/O"))


def _refusal(error: sqlite3.DatabaseError) -> str:
    message = str(error)
    if "not authorized" in message or "prohibited" in message or "readonly" in message:
        return "The query would write, and queries only read: write a SELECT."
    hint = ""
    if "no such table" in message or "no such column" in message:
        hint = " The views are v_trials, v_workers, v_calls, v_cases and v_speedups; docs/sql.md lists their columns."
    return f"The query is not valid: {message}.{hint}"
