"""Writes: a sweep when it begins, each trial when it ends."""

import hashlib
import json
import shlex
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from runner.clock import utc_now
from runner.errors import StoreTakenAway, StoreUnusable
from runner.outcome import Outcome
from runner.store.connect import explained
from runner.store.engine import writing_engine
from runner.store.location import free_name, writable
from runner.store.schema import bring_up_to_date, copy_into
from runner.store.tables import cases, hosts, interpreters, sweeps, timings, trials
from runner.store.tables import functions as function_table
from runner.store.tables import omissions as omission_table

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SweepInStore:
    """A sweep that trials can be recorded for."""

    id: int
    case_ids: Mapping[str, int]
    """By case key."""


class Writer:
    """The one writer of a sweep; a context manager that keeps one connection open.

    Entering brings the store up to date, or creates it. Every method is one durable transaction, and raises
    StoreUnusable when the database cannot take it.
    """

    def __init__(self, path: Path) -> None:
        self._path = writable(path)

    def __enter__(self) -> "Writer":
        bring_up_to_date(self._path)
        with explained(self._path):
            self._connection: Connection = writing_engine(self._path).connect()
            with self._connection.begin():  # makes the log, if there is none
                self._opened = self._named()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def begin_sweep(
        self,
        sweep: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]],
        baselines: Mapping[str, str],
        facts: Mapping[str, Any],
        *,
        functions: Mapping[tuple[str, str], Facts] | None = None,
        locked_baselines: Mapping[str, str] | None = None,
        omissions: Sequence[Facts] = (),
    ) -> SweepInStore:
        """Store a new sweep with all its cases, and what was left out of it.

        `sweep`, `rows` and `omissions` are columns of their tables, `rows` with the label of the interpreter as
        `python`; `baselines` and `locked_baselines` map a case's key to that of another. `facts` has what `host` and
        `interpreters`, by label, are; `functions` what the users' own are, by label and workload.
        """
        with self._transaction():
            interpreter_ids = {
                label: self._identified(interpreters, one.columns()) for label, one in facts["interpreters"].items()
            }
            function_ids = {key: self._identified(function_table, one) for key, one in (functions or {}).items()}
            sweep_id = self._connection.execute(
                insert(sweeps).values(uid=uuid.uuid4().hex, **sweep, started_at=utc_now()).returning(sweeps.c.id)
            ).scalar_one()

            def completed(row: Mapping[str, Any]) -> dict[str, Any]:
                python = row["python"]
                references = {
                    "sweep_id": sweep_id,
                    "interpreter_id": interpreter_ids[python],
                    "function_id": function_ids.get((python, row["workload"])),
                }
                return {name: value for name, value in row.items() if name != "python"} | references

            self._connection.execute(insert(cases), [completed(row) for row in rows])
            case_ids = self._case_ids(sweep_id)
            self._refer("baseline_id", baselines, case_ids)
            self._refer("locked_baseline_id", locked_baselines or {}, case_ids)
            if omissions:
                self._connection.execute(
                    insert(omission_table),
                    [{"sweep_id": sweep_id, "number": n, **one} for n, one in enumerate(omissions, start=1)],
                )
        return SweepInStore(sweep_id, case_ids)

    def _refer(self, column: str, others: Mapping[str, str], case_ids: Mapping[str, int]) -> None:
        if others:
            self._connection.execute(
                update(cases).where(cases.c.id == bindparam("case")).values({column: bindparam("other")}),
                [{"case": case_ids[key], "other": case_ids[other]} for key, other in others.items()],
            )

    def reopen_sweep(self, sweep_id: int) -> SweepInStore:
        """Go on with a stored sweep, also one that was complete."""
        with self._transaction():
            self._connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(ended_at=None))
            return SweepInStore(sweep_id, self._case_ids(sweep_id))

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
        """Store one trial with all its timings, and return its number."""
        case_id = sweep.case_ids[case_key]
        earlier = select(func.coalesce(func.max(trials.c.attempt), 0)).where(
            trials.c.case_id == case_id, trials.c.warmup == warmup, trials.c.repeat == repeat
        )
        try:
            with self._transaction():
                trial_id: int = self._connection.execute(
                    insert(trials)
                    .values(
                        case_id=case_id,
                        host_id=self._identified(hosts, outcome.host.columns()),
                        warmup=warmup,
                        repeat=repeat,
                        position=position,
                        attempt=earlier.scalar_subquery() + 1,
                        status=outcome.status,
                        reason=outcome.reason,
                        started_at=outcome.started_at,
                        elapsed_ns=outcome.elapsed_ns,
                        start_ns=outcome.start_ns,
                        end_ns=outcome.end_ns,
                        wall_ns=outcome.wall_ns,
                        gil=outcome.gil,
                        cpus=None if outcome.cpus is None else json.dumps(list(outcome.cpus)),
                        **asdict(outcome.surroundings),
                        noisy=noisy,
                        output=outcome.output,
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
        return trial_id

    def end_sweep(self, sweep: SweepInStore) -> None:
        """Note that every trial of the sweep is done."""
        with self._transaction():
            self._connection.execute(
                update(sweeps).where(sweeps.c.id == sweep.id, sweeps.c.ended_at.is_(None)).values(ended_at=utc_now())
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make one durable transaction, and see that it is in the file which the store's name still means.

        SQLite goes on writing to a file that was deleted. Raises StoreTakenAway.
        """
        with explained(self._path), self._connection.begin():
            yield
        if self._named() != self._opened:
            raise StoreTakenAway(
                f"{self._path}: the file or its log was deleted, moved or replaced while it was open. {self._saved()}"
            )

    def _named(self) -> list[tuple[int, int] | None]:
        """Return what identifies the files that the store and its log are by name, None for one that is not there."""
        return [_identity(self._path), _identity(self._path.with_name(f"{self._path.name}-wal"))]

    def _saved(self) -> str:
        """Copy what is still open, which is all that was committed, to a new file; say where, or why not."""
        target = free_name(self._path.with_name(f"{self._path.name}.rescued"))
        connection: Any = self._connection.connection.driver_connection
        try:
            with explained(target):
                copy_into(target, connection)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # for the file elsewhere, if it was moved
        except (StoreUnusable, OSError) as error:  # its whole folder may be gone
            return f"What it held could not be saved: {error}"
        return (
            f"All that it held, this trial too, is saved in {target}. Finish the sweep with: "
            f"runner resume --store {shlex.quote(str(target))}"
        )

    def _case_ids(self, sweep_id: int) -> dict[str, int]:
        rows = self._connection.execute(select(cases.c.key, cases.c.id).where(cases.c.sweep_id == sweep_id))
        return {row.key: row.id for row in rows}

    def _identified(self, table: Table, facts: Facts) -> int:
        """Return the row of these very facts, made if there is none yet."""
        identity = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        found: int | None = self._connection.execute(select(table.c.id).where(table.c.identity == identity)).scalar()
        if found is not None:
            return found
        columns = {
            name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in facts.items()
        }
        made: int = self._connection.execute(
            insert(table).values(identity=identity, **columns).returning(table.c.id)
        ).scalar_one()
        return made


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
