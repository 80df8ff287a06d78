"""Bringing what another store holds into this one.

A row has a number of its own in each store, so it is recognised by what is the same in all of them: a host, an
interpreter and a function by the hash of their facts, a sweep by its identity, a case by its key within the sweep. A
trial has no such identity. Within its case and block it is recognised by when it began and how many nanoseconds it
took: both are written once, with the trial, and no two attempts share them, on whatever machines. Its `attempt` is no
part of that, because it counts what else was tried at that place, which is what a merge brings together; nor is its
status, which going back to an older schema rewrites.
"""

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import BadInput, StoreUnusable
from runner.interrupt import Interrupt
from runner.store.connect import explained, heed, read_only, transaction
from runner.store.read import FINISHED, state_of
from runner.store.schema import State, bring_up_to_date, snapshot


@dataclass(frozen=True, slots=True)
class Merged:
    """How many rows were added, and how many trials were not."""

    hosts: int
    interpreters: int
    sweeps: int
    trials: int
    trials_here: int
    """Were here already."""
    trials_left_out: int
    """Succeeded at a place where another trial had succeeded here."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table whose rows have numbers."""

    table: str
    known_by: tuple[str, ...]
    """Columns that are the same in every store, once their references are."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Columns that hold the number of a row, and the table of that row."""


_KINDS = (
    _Kind("hosts", ("identity",)),
    _Kind("interpreters", ("identity",)),
    _Kind("functions", ("identity",)),
    _Kind("sweeps", ("uid",)),
    _Kind(
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
    _Kind(
        "trials",
        ("case_id", "warmup", "repeat", "started_at", "elapsed_ns"),
        {"case_id": "cases", "host_id": "hosts"},
    ),
)


def merge(path: Path, other: Path, interrupt: Interrupt) -> Merged:
    """Add what the store `other` holds and the one at `path`, made if there is none, does not. Twice changes nothing.

    All in one transaction. `other` is read as of now, also while a sweep writes to it, and never changed. To be called
    under the lock of `only_sweep`. Raises BadInput, StoreUnusable or Interrupted; nothing has changed then.
    """
    _refuse_unfit(path, other)
    is_new = not path.exists()
    with tempfile.TemporaryDirectory(prefix=".merge-", dir=path.parent) as folder:
        copy = _up_to_date_copy(other, Path(folder) / other.name, interrupt)
        try:
            bring_up_to_date(path)
            with transaction(path, interrupt) as connection:
                connection.execute("ATTACH ? AS other", (str(copy.absolute()),))
                return _bring(connection)
        except BaseException:
            if is_new:
                path.unlink(missing_ok=True)
            raise


def _refuse_unfit(path: Path, other: Path) -> None:
    if not other.exists():
        raise StoreUnusable(f"{other}: there is no such file.")
    if path.exists() and path.samefile(other):
        raise BadInput(f"{other}: this is the very store to merge into; name another.")
    if state_of(other) is State.EMPTY:
        raise StoreUnusable(f"{other}: the store is empty.")


def _up_to_date_copy(other: Path, copy: Path, interrupt: Interrupt) -> Path:
    with explained(other):
        snapshot(other, copy, interrupt)
    bring_up_to_date(copy)
    with explained(other), closing(read_only(copy)) as connection:
        heed(interrupt, connection)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise StoreUnusable(f"{other}: rows refer to rows that are not there; `runner store check` lists them.")
    return copy


def _bring(connection: sqlite3.Connection) -> Merged:
    """Copy what is new from the attached database `other`."""
    for kind in _KINDS:
        _number(connection, kind)
    left_out = connection.execute(_LEAVE_OUT).rowcount
    (here,) = connection.execute("SELECT COUNT(*) FROM numbers_of_trials WHERE NOT comes").fetchone()
    added = {kind.table: _add(connection, kind) for kind in _KINDS}
    _add_timings(connection)
    for statement in (_ADD_OMISSIONS, _UNITE_TAGS, _UNITE_SWEEPS, _COUNT_ATTEMPTS, _END_COMPLETE_SWEEPS):
        connection.execute(statement)
    del added["cases"], added["functions"]
    return Merged(**added, trials_here=here, trials_left_out=left_out)


def _number(connection: sqlite3.Connection, kind: _Kind) -> None:
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


def _in_our_numbers(connection: sqlite3.Connection, kind: _Kind) -> str:
    columns = [
        f"n_{name}.ours AS {name}" if name in kind.references else f"t.{name}"
        for name in _columns(connection, kind.table)
    ]
    joins = [
        f"LEFT JOIN numbers_of_{table} AS n_{name} ON n_{name}.theirs = t.{name}"
        for name, table in kind.references.items()
    ]
    return f"SELECT {', '.join(columns)} FROM other.{kind.table} AS t {' '.join(joins)}"


def _add(connection: sqlite3.Connection, kind: _Kind) -> int:
    columns = ", ".join(name for name in _columns(connection, kind.table) if name != "id")
    return connection.execute(
        f"""
        INSERT INTO main.{kind.table} (id, {columns})
        SELECT n.ours, {columns} FROM their_{kind.table} AS t JOIN numbers_of_{kind.table} AS n ON n.theirs = t.id
        WHERE n.comes ORDER BY t.id
        """
    ).rowcount


def _add_timings(connection: sqlite3.Connection) -> None:
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


_LEAVE_OUT = """
    DELETE FROM numbers_of_trials
    WHERE comes AND theirs IN (
        SELECT t.id FROM their_trials AS t JOIN main.trials AS o
            ON o.case_id = t.case_id AND o.warmup = t.warmup AND o.repeat = t.repeat AND o.status = 'ok'
        WHERE t.status = 'ok'
    )
"""

_ADD_OMISSIONS = """
    INSERT INTO main.omissions (sweep_id, number, workload, mode, start_method, python, gil, cases, reason)
    SELECT n.ours, t.number, t.workload, t.mode, t.start_method, t.python, t.gil, t.cases, t.reason
    FROM other.omissions AS t JOIN numbers_of_sweeps AS n ON n.theirs = t.sweep_id
    WHERE n.comes
"""

_UNITE_TAGS = """
    INSERT OR IGNORE INTO main.tags (sweep_id, tag)
    SELECT n.ours, t.tag FROM other.tags AS t JOIN numbers_of_sweeps AS n ON n.theirs = t.sweep_id
"""

_UNITE_SWEEPS = """
    UPDATE main.sweeps SET
        note = COALESCE(sweeps.note, t.note),
        ended_at = COALESCE(MIN(sweeps.ended_at, t.ended_at), sweeps.ended_at, t.ended_at)
    FROM other.sweeps AS t WHERE t.uid = sweeps.uid
"""

# At a place that was tried on both sides, attempts are counted anew: the one that succeeded was the last.
_COUNT_ATTEMPTS = """
    UPDATE main.trials SET attempt = counted.attempt
    FROM (
        SELECT id,
            ROW_NUMBER() OVER (PARTITION BY case_id, warmup, repeat ORDER BY status = 'ok', started_at, elapsed_ns)
                AS attempt
        FROM main.trials
        WHERE (case_id, warmup, repeat) IN (
            SELECT case_id, warmup, repeat FROM main.trials
            WHERE case_id IN (SELECT ours FROM numbers_of_cases WHERE NOT comes)
            GROUP BY case_id, warmup, repeat, attempt HAVING COUNT(*) > 1
        )
    ) AS counted
    WHERE counted.id = trials.id
"""

# A sweep ended with the last of its trials, wherever that ran, and also if its runner was killed right after.
_END_COMPLETE_SWEEPS = f"""
    UPDATE main.sweeps SET ended_at = (
        SELECT MAX(STRFTIME('%Y-%m-%dT%H:%M:%fZ', t.started_at, PRINTF('%.3f seconds', t.elapsed_ns / 1e9)))
        FROM main.trials AS t JOIN main.cases AS c ON c.id = t.case_id WHERE c.sweep_id = sweeps.id
    )
    WHERE ended_at IS NULL AND (
        SELECT COUNT(*) * (sweeps.repeats + sweeps.warmup) FROM main.cases WHERE sweep_id = sweeps.id
    ) = (
        SELECT COUNT(*) FROM (
            SELECT DISTINCT t.case_id, t.warmup, t.repeat FROM main.trials AS t JOIN main.cases AS c ON c.id = t.case_id
            WHERE c.sweep_id = sweeps.id AND {FINISHED}
        )
    )
"""
