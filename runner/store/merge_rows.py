"""Recognise the rows of the attached database `other` that are here already, and add the others.

Row numbers differ between stores. So a row is recognised by columns that are the same in every store: a host, an
interpreter and a function by the hash of their facts, a sweep by its `uid`, a case by its key within the sweep. A trial
is recognised within its case and block by when it began and how many nanoseconds it took: both are written once, and no
two attempts share them, on whatever machines. Its `attempt` does not identify it, because a merge counts attempts anew;
nor does its status, which a downgrade to an older schema changes.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.store.tables import metadata


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows have an `id`."""

    table: str
    known_by: tuple[str, ...]
    """Columns that identify a row in every store, once references are translated."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Columns that refer to a row, and the table of that row."""


KINDS = (
    Kind("hosts", ("identity",)),
    Kind("interpreters", ("identity",)),
    Kind("functions", ("identity",)),
    Kind("sweeps", ("uid",)),
    Kind(
        "cases",
        ("sweep_id", "key"),
        {
            "sweep_id": "sweeps",
            "interpreter_id": "interpreters",
            "function_id": "functions",
            "baseline_id": "cases",
            "locked_baseline_id": "cases",
        },
    ),
    Kind(
        "trials",
        ("case_id", "warmup", "repeat", "started_at", "elapsed_ns"),
        {"case_id": "cases", "host_id": "hosts"},
    ),
)


def number(connection: sqlite3.Connection, kind: Kind) -> None:
    """Create the view their_TABLE, with references translated to our ids, and the table numbers_of_TABLE.

    The latter has for each of their ids the id that the row has here, or will have when it is added (`comes`).
    """
    table, key = kind.table, ", ".join(kind.known_by)
    connection.execute(f"CREATE TEMP VIEW their_{table} AS {_in_our_numbers(kind)}")
    connection.execute(
        f"CREATE TEMP TABLE numbers_of_{table} (theirs INTEGER PRIMARY KEY, ours INTEGER, comes BOOLEAN)"
    )
    # Materialized, so that SQLite makes an automatic index; else it would scan all trials of a case for each of them.
    connection.execute(
        f"""
        WITH ours AS MATERIALIZED (SELECT id, {key} FROM main.{table})
        INSERT INTO numbers_of_{table}
        SELECT t.id, COALESCE(
                o.id,
                (SELECT COALESCE(MAX(id), 0) FROM main.{table})
                    + ROW_NUMBER() OVER (PARTITION BY o.id IS NULL ORDER BY t.id)
            ), o.id IS NULL
        FROM their_{table} AS t LEFT JOIN ours AS o ON ({", ".join(f"o.{name}" for name in kind.known_by)})
            = ({", ".join(f"t.{name}" for name in kind.known_by)})
        """
    )


def _in_our_numbers(kind: Kind) -> str:
    columns = [f"n_{name}.ours AS {name}" if name in kind.references else f"t.{name}" for name in _columns(kind.table)]
    joins = [
        f"LEFT JOIN numbers_of_{table} AS n_{name} ON n_{name}.theirs = t.{name}"
        for name, table in kind.references.items()
    ]
    return f"SELECT {', '.join(columns)} FROM other.{kind.table} AS t {' '.join(joins)}"


def add(connection: sqlite3.Connection, kind: Kind) -> int:
    """Add the new rows of their_TABLE, and return their number."""
    columns = ", ".join(name for name in _columns(kind.table) if name != "id")
    return connection.execute(
        f"""
        INSERT INTO main.{kind.table} (id, {columns})
        SELECT n.ours, {columns} FROM their_{kind.table} AS t JOIN numbers_of_{kind.table} AS n ON n.theirs = t.id
        WHERE n.comes ORDER BY t.id
        """
    ).rowcount


def add_timings(connection: sqlite3.Connection) -> None:
    """Add the timings of the new trials."""
    columns = ", ".join(name for name in _columns("timings") if name != "trial_id")
    connection.execute(
        f"""
        INSERT INTO main.timings (trial_id, {columns})
        SELECT n.ours, {columns} FROM other.timings AS t JOIN numbers_of_trials AS n ON n.theirs = t.trial_id
        WHERE n.comes
        """
    )


def _columns(table: str) -> list[str]:
    return [column.name for column in metadata.tables[table].columns]
