"""Reads, all through connections that cannot write."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, text

from runner.errors import BadInput, StoreUnusable
from runner.outcome import FAILURES, UNFINISHED, Status
from runner.store.connect import explained, reading_engine
from runner.store.location import existing, writable
from runner.store.schema import State, bring_up_to_date, inspect, refuse
from runner.store.tables import Case, Interpreter, Sweep, Timing, Trial

KEYS_AT_ONCE = 500
"""SQLite limits how many values one statement can name."""

Columns = Mapping[str, Any]


def state_of(path: Path) -> State:
    """Return EMPTY (also for a database that a sweep killed at its very start has left), OLDER or CURRENT.

    Writes nothing. Raises StoreUnusable for a newer or foreign database.
    """
    with explained(path):
        state, _ = inspect(path)
    refuse(path, state)
    return state


def readable(path: Path) -> Path:
    """Return `path` once a store of the current schema is there. Upgrades an older one. Raises StoreUnusable."""
    state = state_of(existing(path))
    if state is State.EMPTY:
        raise StoreUnusable(f"{path}: the store is empty; `runner sweep --matrix grid.yaml --store {path}` fills it.")
    if state is State.OLDER:
        try:
            bring_up_to_date(writable(path))
        except StoreUnusable as error:
            version = inspect(path)[1]
            raise StoreUnusable(
                f"{path}: its schema is {version}, older than this runner's, and it cannot be upgraded: {error}"
            ) from error
    return path


class Reader:
    """The questions that the commands ask of a store; a context manager. Rows come as mappings of column to value."""

    def __init__(self, path: Path) -> None:
        self._path = readable(path)

    def __enter__(self) -> "Reader":
        with explained(self._path):
            self._connection: Connection = reading_engine(self._path).connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def sweeps(self) -> list[Columns]:
        """Return all sweeps, the oldest first: with `cases`, trials `planned`, `done` and `failures`."""
        trials = (
            select(
                Case.sweep_id,
                func.count().filter(Trial.status.not_in(UNFINISHED)).label("done"),
                func.count().filter(Trial.status.in_(FAILURES)).label("failures"),
            )
            .join(Case, Case.id == Trial.case_id)
            .group_by(Case.sweep_id)
            .subquery()
        )
        cases = select(Case.sweep_id, func.count().label("cases")).group_by(Case.sweep_id).subquery()
        return self._all(
            select(
                Sweep.id,
                Sweep.name,
                Sweep.started_at,
                Sweep.ended_at,
                cases.c.cases,
                (cases.c.cases * (Sweep.repeats + Sweep.warmup)).label("planned"),
                func.coalesce(trials.c.done, 0).label("done"),
                func.coalesce(trials.c.failures, 0).label("failures"),
            )
            .join(cases, cases.c.sweep_id == Sweep.id)
            .outerjoin(trials, trials.c.sweep_id == Sweep.id)
            .order_by(Sweep.id)
        )

    def sweep(self, reference: str) -> Columns:
        """Return the sweep of that number, or the newest of that name. Raises BadInput when there is none."""
        number = int(reference) if reference.isdecimal() and len(reference) < 19 else None
        found = self._all(
            select(Sweep.__table__)
            .where(or_(Sweep.id == number, Sweep.name == reference))
            .order_by((Sweep.id == number).desc(), Sweep.id.desc())
            .limit(1)
        )
        if not found:
            raise BadInput(f"{self._path}: there is no sweep {reference}. {self._what_there_is()}")
        return found[0]

    def newest(self, *, unfinished: bool = False, grid_sha256: str | None = None) -> Columns | None:
        """Return the newest sweep, if there is one: only an unfinished one, only of that grid text."""
        query = select(Sweep.__table__).order_by(Sweep.id.desc()).limit(1)
        if unfinished:
            query = query.where(Sweep.ended_at.is_(None))
        if grid_sha256 is not None:
            query = query.where(Sweep.grid_sha256 == grid_sha256)
        return next(iter(self._all(query)), None)

    def cases(self, sweep_id: int) -> list[Columns]:
        """Return the cases of a sweep in the order of its matrix, with `python`, the label of their interpreter."""
        return self._all(
            select(Case.__table__, Interpreter.label.label("python"))
            .join(Interpreter, Interpreter.id == Case.interpreter_id)
            .where(Case.sweep_id == sweep_id)
            .order_by(Case.id)
        )

    def done(self, sweep_id: int) -> set[tuple[str, bool, int]]:
        """Return what needs no further trial: (case key, warm-up or not, repeat)."""
        rows = self._all(
            select(Case.key, Trial.warmup, Trial.repeat)
            .join(Case, Case.id == Trial.case_id)
            .where(Case.sweep_id == sweep_id, Trial.status.not_in(UNFINISHED))
        )
        return {(row["key"], row["warmup"], row["repeat"]) for row in rows}

    def host_ids(self, sweep_id: int) -> set[int]:
        """Return the hosts that trials of the sweep ran on."""
        rows = self._all(
            select(Trial.host_id).distinct().join(Case, Case.id == Trial.case_id).where(Case.sweep_id == sweep_id)
        )
        return {row["host_id"] for row in rows}

    def durations_ns(self, keys: Sequence[str]) -> dict[str, float]:
        """Return what trials of these cases cost on average in any sweep, by key; without those never run."""
        durations: dict[str, float] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            rows = self._all(
                select(Case.key, func.avg(Trial.elapsed_ns).label("average_ns"))
                .join(Trial, and_(Trial.case_id == Case.id, Trial.status == Status.OK))
                .where(Case.key.in_(keys[start : start + KEYS_AT_ONCE]))
                .group_by(Case.key)
            )
            durations.update((row["key"], float(row["average_ns"])) for row in rows)
        return durations

    def summary(self, sweep_id: int) -> list[Columns]:
        """Return the sweep's rows of v_cases, with `speedup`, `efficiency` and `pairs` of v_speedups."""
        return self._all(
            text(
                "SELECT c.*, s.speedup, s.efficiency, s.n AS pairs FROM v_cases AS c "
                "LEFT JOIN v_speedups AS s ON s.case_id = c.case_id WHERE c.sweep_id = :sweep_id ORDER BY c.case_id"
            ),
            sweep_id=sweep_id,
        )

    def noisy(self, sweep_id: int) -> int:
        """Return how many trials of the sweep were disturbed."""
        (row,) = self._all(
            select(func.count(Trial.noisy).label("noisy"))
            .join(Case, Case.id == Trial.case_id)
            .where(Case.sweep_id == sweep_id)
        )
        number: int = row["noisy"]
        return number

    def failures(self, sweep_id: int, limit: int) -> list[Columns]:
        """Return up to `limit` rows of v_trials of the trials that did not succeed."""
        return self._all(
            text(
                "SELECT * FROM v_trials WHERE sweep_id = :sweep_id AND status NOT IN ('ok', 'interrupted') "
                "ORDER BY trial_id LIMIT :limit"
            ),
            sweep_id=sweep_id,
            limit=limit,
        )

    def trial(self, trial_id: int, sweep_id: int) -> tuple[Columns, list[Columns]]:
        """Return a trial's row of v_trials and its timings. Raises BadInput when the sweep has no such trial."""
        storable = abs(trial_id) < 2**63
        rows = self._all(text("SELECT * FROM v_trials WHERE trial_id = :id"), id=trial_id) if storable else []
        if not rows or rows[0]["sweep_id"] != sweep_id:
            (range_,) = self._all(
                select(func.min(Trial.id).label("first"), func.max(Trial.id).label("last"))
                .join(Case, Case.id == Trial.case_id)
                .where(Case.sweep_id == sweep_id)
            )
            there_are = "Its trials are among {first} to {last}.".format(**range_)
            if range_["first"] is None:
                there_are = "It has none yet."
            raise BadInput(f"{self._path}: sweep {sweep_id} has no trial {trial_id}. {there_are}")
        (more,) = self._all(select(Trial.output, Trial.start_ns).where(Trial.id == trial_id))
        timings = self._all(
            select(Timing.__table__).where(Timing.trial_id == trial_id).order_by(Timing.worker, Timing.call)
        )
        return {**rows[0], **more}, timings

    def _what_there_is(self) -> str:
        ids = [row["id"] for row in self._all(select(Sweep.id).order_by(Sweep.id))]
        return f"`runner list` shows the {len(ids)} there are." if ids else "It holds no sweep yet."

    def _all(self, query: Any, **parameters: Any) -> list[Columns]:
        with explained(self._path):
            rows: Iterable[Row[Any]] = self._connection.execute(query, parameters)
            return [dict(row._mapping) for row in rows]
