"""Write a sweep when it begins, and each trial when it ends."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from runner.clock import utc_now
from runner.errors import StoreUnusable
from runner.facts import HostFacts
from runner.outcome import Outcome
from runner.store.connect import explained
from runner.store.engine import writing_engine
from runner.store.identity import row_of
from runner.store.insert import add_cases, case_ids, insert_sweep
from runner.store.intact import OpenFiles
from runner.store.location import writable
from runner.store.new_sweep import MoreBlocks, NewSweep
from runner.store.read import Reader
from runner.store.rescue import taken_away
from runner.store.schema import bring_up_to_date
from runner.store.tables import hosts, sweeps, timings, trials


@dataclass(frozen=True, slots=True)
class SweepInStore:
    """The numbers of a stored sweep and of its cases."""

    id: int
    case_ids: Mapping[str, int]
    """By case key."""


class Writer:
    """The only writer of a sweep; a context manager that keeps one connection open.

    Entering creates the store, or upgrades an older one. Every method that writes is one durable transaction, and
    raises StoreUnusable if the database cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = writable(path)
        self._host_ids: dict[HostFacts, int] = {}
        """Row numbers of the hosts that trials were recorded for."""

    def __enter__(self) -> "Writer":
        bring_up_to_date(self._path)
        with explained(self._path):
            self._connection: Connection = writing_engine(self._path).connect()
            with self._connection.begin():
                pass  # creates the log if there is none
            self._files = OpenFiles(self._path, self._plain_connection())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()
        self._connection.close()

    def reader(self) -> Reader:
        """Return a reader on this writer's connection; leave it before the next write."""
        return Reader(self._path, self._plain_connection())

    def begin_sweep(self, new: NewSweep) -> SweepInStore:
        """Store a new sweep with all its cases."""
        with self._transaction():
            sweep_id = insert_sweep(self._connection, new)
            return SweepInStore(sweep_id, case_ids(self._connection, sweep_id))

    def reopen_sweep(self, sweep_id: int, more: MoreBlocks | None = None) -> SweepInStore:
        """Mark a stored sweep as unfinished, to record more trials; `more` replaces its goal and adds cases."""
        with self._transaction():
            reopened = {"ended_at": None, "stopped": None, "precision_reached": None}
            columns = reopened if more is None else reopened | dict(more.columns)
            self._connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(columns))
            if more is not None and more.added is not None:
                add_cases(self._connection, sweep_id, more.added, joined_after=more.columns["closed_blocks"])
            return SweepInStore(sweep_id, case_ids(self._connection, sweep_id))

    def record(
        self,
        sweep: SweepInStore,
        case_key: str,
        outcome: Outcome,
        *,
        warmup: bool,
        repeat: int,
        position: int,
        noisy: str | None,
    ) -> int:
        """Store a trial with its host and its timings, and return its number."""
        case_id = sweep.case_ids[case_key]
        earlier = select(func.coalesce(func.max(trials.c.attempt), 0)).where(
            trials.c.case_id == case_id, trials.c.warmup == warmup, trials.c.repeat == repeat
        )
        try:
            with self._transaction():
                host_id = self._host_ids.get(outcome.host) or row_of(self._connection, hosts, outcome.host.columns())
                trial_id: int = self._connection.execute(
                    insert(trials)
                    .values(
                        case_id=case_id,
                        host_id=host_id,
                        warmup=warmup,
                        repeat=repeat,
                        position=position,
                        attempt=earlier.scalar_subquery() + 1,
                        noisy=noisy,
                        **_columns(outcome),
                    )
                    .returning(trials.c.id)
                ).scalar_one()
                if outcome.timings:
                    self._connection.execute(
                        insert(timings), [{"trial_id": trial_id, **timing.columns()} for timing in outcome.timings]
                    )
        except StoreUnusable as error:
            if isinstance(error.__cause__, IntegrityError):
                raise StoreUnusable(
                    f"{self._path}: another process is running sweep {sweep.id} too, or has deleted it: this trial is "
                    "already there, or no longer wanted."
                ) from error
            raise
        self._host_ids[outcome.host] = host_id  # only after the commit: a rollback would remove the row
        return trial_id

    def end_sweep(self, sweep: SweepInStore, stopped: str | None = None, reached: float | None = None) -> None:
        """Mark the sweep as complete; by default it has a fixed number of blocks."""
        ended = {"ended_at": utc_now(), "stopped": stopped, "precision_reached": reached}
        with self._transaction():
            self._connection.execute(
                update(sweeps).where(sweeps.c.id == sweep.id, sweeps.c.ended_at.is_(None)).values(ended)
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make one durable transaction.

        If the store's files were taken away, save this transaction with all the rest, and raise StoreTakenAway.
        """
        with explained(self._path):
            fault = self._files.fault()  # before the commit, after which a log that was cut short looks whole again
        try:
            with explained(self._path), self._connection.begin():
                yield
        except StoreUnusable as error:
            if fault is None:
                raise
            raise taken_away(self._path, fault, self._plain_connection()) from error
        self._files.committed()
        if fault is not None:
            raise taken_away(self._path, fault, self._plain_connection())

    def _plain_connection(self) -> sqlite3.Connection:
        return cast("sqlite3.Connection", self._connection.connection.driver_connection)


def _columns(outcome: Outcome) -> dict[str, Any]:
    """Return the columns of ``trials`` that the outcome determines."""
    return {
        "status": outcome.status,
        "reason": outcome.reason,
        "started_at": outcome.started_at,
        "elapsed_ns": outcome.elapsed_ns,
        "start_ns": outcome.start_ns,
        "end_ns": outcome.end_ns,
        "wall_ns": outcome.wall_ns,
        "tree_cpu_ns": outcome.tree_cpu_ns,
        "gil": outcome.gil,
        "cpus": None if outcome.cpus is None else json.dumps(list(outcome.cpus)),
        **asdict(outcome.surroundings),
        "output": outcome.output,
    }
