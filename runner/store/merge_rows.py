"""Which rows of the attached database `other` are here already, and the rows that are added.

A row has a number of its own in each store, so it is recognised by what is the same in all of them: a host, an
interpreter and a function by the hash of their facts, a sweep by its identity, a case by its key within the sweep. A
trial has no such identity. Within its case and block it is recognised by when it began and how many nanoseconds it
took: both are written once, with the trial, and no two attempts share them, on whatever machines. Its `attempt` is no
part of that, because it counts what else was tried at that place, which is what a merge brings together; nor is its
status, which going back to an older schema rewrites.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows have numbers."""

    table: str
    known_by: tuple[str, ...]
    """Columns that are the same in every store, once their references are."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Columns that hold the number of a row, and the table of that row."""


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
    """Make the view their_TABLE, with references in numbers of ours, and the table numbers_of_TABLE.

    That one has for each of their rows the number that it has here, or will have when it `comes`.
    """
    table, key = kind.table, ", ".join(kind.known_by)
    connection.execute(f"CREATE TEMP VIEW their_{table} AS {_in_our_numbers(connection, kind)}")
    connection.execute(
        f"CREATE TEMP TABLE numbers_of_{table} (theirs INTEGER PRIMARY KEY, ours INTEGER, comes BOOLEAN)"
    )
    # Materialized, SQLite makes an index for just this; else it would look through all trials of a case for each one.
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


def _in_our_numbers(connection: sqlite3.Connection, kind: Kind) -> str:
    columns = [
        f"n_{name}.ours AS {name}" if name in kind.references else f"t.{name}"
        for name in _columns(connection, kind.table)
    ]
    joins = [
        f"LEFT JOIN numbers_of_{table} AS n_{name} ON n_{name}.theirs = t.{name}"
        for name, table in kind.references.items()
    ]
    return f"SELECT {', '.join(columns)} FROM other.{kind.table} AS t {' '.join(joins)}"


def add(connection: sqlite3.Connection, kind: Kind) -> int:
    """Add the rows of their_TABLE that come, and return how many."""
    columns = ", ".join(name for name in _columns(connection, kind.table) if name != "id")
    return connection.execute(
        f"""
        INSERT INTO main.{kind.table} (id, {columns})
        SELECT n.ours, {columns} FROM their_{kind.table} AS t JOIN numbers_of_{kind.table} AS n ON n.theirs = t.id
        WHERE n.comes ORDER BY t.id
        """
    ).rowcount


def add_timings(connection: sqlite3.Connection) -> None:
    """Add the timings of the trials that come."""
    columns = ", ".join(name for name in _columns(connection, "timings") if name != "trial_id")
    connection.execute(
        f"""
        INSERT INTO main.timings (trial_id, {columns})
        SELECT n.ours, {columns} FROM other.timings AS t JOIN numbers_of_trials AS n ON n.theirs = t.trial_id
        WHERE n.comes
        """
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA other.table_info({table})")]
