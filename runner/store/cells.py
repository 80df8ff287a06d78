"""Find a cell with a value that no runner writes. SQLite stores a value of any type in any column."""

import sqlite3
from collections.abc import Iterable, Iterator

STORED_AS = {"INTEGER": "'integer'", "BOOLEAN": "'integer'", "DOUBLE": "'real', 'integer'", "TEXT": "'text'"}
"""How SQLite stores the values of a column, by its declared type."""


def odd_cells(connection: sqlite3.Connection, tables: Iterable[str], schema: str = "main") -> Iterator[str]:
    """Yield where there is a value of the wrong type in these tables of `schema`: one cell for each table.

    The types are those that ``main`` declares for the columns that both have.
    """
    for table in tables:
        there = {name for _, name, *_ in connection.execute(f"PRAGMA {schema}.table_info({table})")}
        columns = [row for row in connection.execute(f"PRAGMA main.table_info({table})") if row[1] in there]
        is_odd = {
            name: f"typeof({_quoted(name)}) NOT IN ('null', {STORED_AS[declared]})"
            for _, name, declared, *_ in columns
            if declared in STORED_AS
        }
        key = [name for _, name, _, _, _, place in columns if place]
        which = " ".join(f"WHEN {condition} THEN {number}" for number, condition in enumerate(is_odd.values()))
        value = " ".join(f"WHEN {condition} THEN quote({_quoted(name)})" for name, condition in is_odd.items())
        row = connection.execute(
            f"SELECT CASE {which} END, CASE {value} END, {', '.join(map(_quoted, key))} FROM {schema}.{table} "  # noqa: S608 - quoted
            f"WHERE {' OR '.join(is_odd.values())} LIMIT 1"
        ).fetchone()
        if row:
            number, found, *place = row
            where = ", ".join(f"{name} = {cell}" for name, cell in zip(key, place, strict=True))
            column = list(is_odd)[number]
            yield f"table {table}, column {column}, row with {where}: {found:.60} is not what a runner writes there"


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
