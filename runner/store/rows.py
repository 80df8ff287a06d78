"""Read rows of a store in one transaction, and check the values that the program computes with."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from runner.errors import StoreUnusable
from runner.store.connect import explained
from runner.store.opening import to_read

Columns = Mapping[str, Any]


class Rows:
    """A read transaction on a store; a context manager."""

    def __init__(self, path: Path, through: sqlite3.Connection | None = None) -> None:
        """Read the store at `path`, which entering opens and upgrades if it is older, or `through` an open connection.

        Entering raises StoreUnusable.
        """
        self._path = path
        self._through = through

    def __enter__(self) -> Self:
        with explained(self._path):
            self._connection = to_read(self._path) if self._through is None else self._through
            self._connection.execute("BEGIN")  # all answers are of the same moment
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._through is None:
            self._connection.close()
        else:
            self._connection.execute("ROLLBACK")

    def _all(self, query: str, **parameters: Any) -> list[Columns]:
        """Return all rows of a query. Raises StoreUnusable, also for a value of the wrong type."""
        with explained(self._path):
            cursor = self._connection.cursor()
            cursor.row_factory = sqlite3.Row
            rows: list[Columns] = [dict(row) for row in cursor.execute(query, parameters)]
        for column in rows[0] if rows else ():
            is_usable = _USED_AS.get(column, _is_shown)
            for row in rows:
                if row[column] is not None and not is_usable(row[column]):
                    raise StoreUnusable(
                        f"{self._path}: a row has {row[column]!r:.60} as {column}, which no runner writes. "
                        "If somebody edited the store, mend that row; else restore a backup."
                    )
        return rows


def _is_shown(value: Any) -> bool:
    return not isinstance(value, bytes)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_arguments(text: Any) -> bool:
    try:
        arguments = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(arguments, dict) and all(isinstance(value, int | float | str) for value in arguments.values())


def _is_environment(text: Any) -> bool:
    return _are_arguments(text) and all(isinstance(value, str) for value in json.loads(text).values())


_WHOLE_NUMBERS = (
    *("begin_ns", "budget_ns", "calls", "closed_blocks", "elapsed_ns", "end_ns", "joined_after", "most_blocks", "num"),
    *("repeat", "repeats", "seed", "timeout_ns", "warmup", "workers"),
)
_USED_AS = {
    **dict.fromkeys(_WHOLE_NUMBERS, _is_whole),
    **dict.fromkeys(("precision", "precision_reached", "time"), _is_number),
    "params": _are_arguments,
    "env": _is_environment,
}
"""Checks of the columns that the program computes with: SQLite stores a value of any type in any column."""
