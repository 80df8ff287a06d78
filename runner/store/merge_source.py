"""Check that the attached database `other` can be merged: nothing of it is taken on trust."""

import sqlite3
from collections.abc import Iterator

from runner.store.cells import odd_cells
from runner.store.tables import metadata


def unfit(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what makes `other` unfit. Names from it are only shown, never put into SQL."""
    shapes = [problem for table in metadata.tables for problem in _misshapen(connection, table)]
    yield from shapes
    if shapes:  # nothing can be asked of such tables
        return
    if connection.execute("PRAGMA other.foreign_key_check").fetchone():
        yield "rows refer to rows that are not there"
    yield from odd_cells(connection, metadata.tables, "other")


def _misshapen(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    query = "SELECT name FROM pragma_table_info(?, 'other')"
    there, known = [name for (name,) in connection.execute(query, (table,))], metadata.tables[table].columns.keys()
    if not there:
        yield f"the table {table} is missing"
        return
    yield from (f"the table {table} has no column {name}" for name in known if name not in there)
    yield from (
        f"the table {table} has a column {name!r}, which no runner makes" for name in there if name not in known
    )
