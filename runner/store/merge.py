"""Merge another store into this one."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from runner.errors import BadInput, StoreUnusable
from runner.interrupt import Interrupt
from runner.store.connect import explained, heed, read_only, transaction
from runner.store.merge_rows import KINDS, add, add_timings, number
from runner.store.merge_sweeps import STATEMENTS
from runner.store.opening import state_of
from runner.store.schema import State, bring_up_to_date, snapshot


@dataclass(frozen=True, slots=True)
class Merged:
    """Numbers of added rows, and of trials that were not added."""

    hosts: int
    interpreters: int
    sweeps: int
    trials: int
    trials_here: int
    """Trials that were here already."""
    trials_left_out: int
    """Successful trials of places where another trial had succeeded here."""


def merge(path: Path, other: Path, interrupt: Interrupt) -> Merged:
    """Add what the store `other` has to the store at `path`, which is created if there is none. Idempotent.

    All in one transaction. `other` is never changed; it may be written by a sweep meanwhile. The caller holds the lock
    of `only_sweep`. Raises BadInput, StoreUnusable or Interrupted; nothing has changed then.
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
    """Add the new rows of the attached database `other`."""
    for kind in KINDS:
        number(connection, kind)
    left_out = connection.execute(_LEAVE_OUT).rowcount
    (here,) = connection.execute("SELECT COUNT(*) FROM numbers_of_trials WHERE NOT comes").fetchone()
    added = {kind.table: add(connection, kind) for kind in KINDS}
    add_timings(connection)
    for statement in STATEMENTS:
        connection.execute(statement)
    del added["cases"], added["functions"]
    return Merged(**added, trials_here=here, trials_left_out=left_out)


_LEAVE_OUT = """
    DELETE FROM numbers_of_trials
    WHERE comes AND theirs IN (
        SELECT t.id FROM their_trials AS t JOIN main.trials AS o
            ON o.case_id = t.case_id AND o.warmup = t.warmup AND o.repeat = t.repeat AND o.status = 'ok'
        WHERE t.status = 'ok'
    )
"""
