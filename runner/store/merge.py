"""Merge another store into this one."""

import sqlite3
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from runner.errors import BadInput, StoreUnusable
from runner.interrupt import Interrupt
from runner.store.connect import explained, transaction
from runner.store.location import command
from runner.store.merge_rows import KINDS, add, add_timings, number
from runner.store.merge_source import unfit
from runner.store.merge_sweeps import STATEMENTS
from runner.store.opening import state_of
from runner.store.schema import State, bring_up_to_date, snapshot

PROBLEMS_SHOWN = 3


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
    """Successful trials of places where another trial of the same host had succeeded here."""


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
                _refuse_what_no_runner_writes(connection, other)
                try:
                    return _bring(connection)
                except sqlite3.IntegrityError as error:
                    raise StoreUnusable(f"{other}: has rows that a store refuses: {error}.") from error
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
    try:
        bring_up_to_date(copy)
    except StoreUnusable as error:
        raise StoreUnusable(str(error).replace(str(copy), str(other))) from error
    return copy


def _refuse_what_no_runner_writes(connection: sqlite3.Connection, other: Path) -> None:
    if problems := list(islice(unfit(connection), PROBLEMS_SHOWN)):
        raise StoreUnusable(
            f"{other}: {'; '.join(problems)}. If somebody edited that store, mend it; else use a backup "
            f"of it. `{command(other, 'store', 'check')}` looks further."
        )


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
            ON (o.case_id, o.warmup, o.repeat, o.host_id) = (t.case_id, t.warmup, t.repeat, t.host_id)
        WHERE o.status = 'ok' AND t.status = 'ok'
    )
"""
