"""Reads, all through connections that cannot write.

In plain SQL on SQLite's own module, as a user would ask: loading what writes the store takes longer than most answers.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from runner.errors import BadInput, StoreUnusable
from runner.numbers.pairs import Place
from runner.numbers.summary import Summary, Trial, summaries
from runner.outcome import FAILURES, UNFINISHED, Status
from runner.store.connect import explained, read_only
from runner.store.location import existing, writable
from runner.store.schema import State, bring_up_to_date, inspect, refuse
from runner.store.text import storable

Columns = Mapping[str, Any]


def _in(statuses: Iterable[str]) -> str:
    return "IN ({})".format(", ".join(f"'{status}'" for status in statuses))


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


_CASES = """
    SELECT c.*, i.label AS python, i.executable, f.name, f.module, f.qualname, f.folder, f.file, f.source_sha256
    FROM cases AS c JOIN interpreters AS i ON i.id = c.interpreter_id LEFT JOIN functions AS f ON f.id = c.function_id
"""

FINISHED = f"t.status NOT {_in(UNFINISHED)}"
FAILED = f"t.status {_in(FAILURES)}"


def _another_attempt(which: str) -> str:
    """Whether the place of trial t was tried to an end before it (``<``) or after it (``>``)."""
    return (
        f"EXISTS (SELECT 1 FROM trials AS a WHERE a.case_id = t.case_id AND a.warmup = t.warmup "  # noqa: S608
        f"AND a.repeat = t.repeat AND a.attempt {which} t.attempt AND a.status NOT {_in(UNFINISHED)})"
    )


class Reader:
    """The questions that the commands ask of a store; a context manager. Rows come as mappings of column to value."""

    def __init__(self, path: Path) -> None:
        self._path = readable(path)

    def __enter__(self) -> "Reader":
        with explained(self._path):
            self._connection = read_only(self._path)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("BEGIN")  # so that all answers are of the same moment
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def sweeps(self) -> list[Columns]:
        """Return all sweeps, the oldest first: with `cases`, `planned` trials, and how many of these were `done`.

        `failures` counts those that have not succeeded, in whatever attempt. `tags` is a list.
        """
        rows = self._all(
            f"""
            WITH sizes AS (
                SELECT sweep_id, COUNT(*) AS cases FROM cases GROUP BY sweep_id
            ), ran AS (
                SELECT c.sweep_id,
                    COUNT(*) FILTER (WHERE {FINISHED} AND NOT (t.attempt > 1 AND {_another_attempt("<")})) AS done,
                    COUNT(*) FILTER (WHERE {FAILED} AND NOT {_another_attempt(">")}) AS failures
                FROM trials AS t JOIN cases AS c ON c.id = t.case_id GROUP BY c.sweep_id
            )
            SELECT s.id, s.name, s.started_at, s.ended_at, s.note,
                (SELECT JSON_GROUP_ARRAY(g.tag) FROM tags AS g WHERE g.sweep_id = s.id) AS tags,
                z.cases, z.cases * (s.repeats + s.warmup) AS planned,
                COALESCE(r.done, 0) AS done, COALESCE(r.failures, 0) AS failures
            FROM sweeps AS s JOIN sizes AS z ON z.sweep_id = s.id LEFT JOIN ran AS r ON r.sweep_id = s.id
            ORDER BY s.id
            """  # noqa: S608 - the statuses are ours
        )
        return [{**row, "tags": json.loads(row["tags"])} for row in rows]

    def tags(self, sweep_id: int) -> list[str]:
        """Return the tags of a sweep, in the order of the alphabet."""
        rows = self._all("SELECT tag FROM tags WHERE sweep_id = :sweep_id ORDER BY tag", sweep_id=sweep_id)
        return [row["tag"] for row in rows]

    def sizes(self, sweep_id: int) -> Columns:
        """Return how many rows the sweep has: `cases`, `trials`, `timings`."""
        (sizes,) = self._all(
            """
            WITH mine AS (
                SELECT t.id FROM trials AS t JOIN cases AS c ON c.id = t.case_id WHERE c.sweep_id = :sweep_id
            )
            SELECT (SELECT COUNT(*) FROM cases WHERE sweep_id = :sweep_id) AS cases,
                (SELECT COUNT(*) FROM mine) AS trials,
                (SELECT COUNT(*) FROM timings WHERE trial_id IN mine) AS timings
            """,
            sweep_id=sweep_id,
        )
        return sizes

    def sweep(self, reference: str) -> Columns:
        """Return the sweep of that number, or the newest of that name. Raises BadInput when there is none."""
        number = int(reference) if reference.isdecimal() and len(reference) < 19 else None
        found = self._all(
            "SELECT * FROM sweeps WHERE id = :number OR name = :name ORDER BY id IS :number DESC, id DESC LIMIT 1",
            number=number,
            name=storable(reference),
        )
        if not found:
            raise BadInput(f"{self._path}: there is no sweep {reference}. {self._what_there_is()}")
        return found[0]

    def newest(self, *, unfinished: bool = False, grid_sha256: str | None = None) -> Columns | None:
        """Return the newest sweep, if there is one: only an unfinished one, only of that grid text."""
        found = self._all(
            """
            SELECT * FROM sweeps
            WHERE (ended_at IS NULL OR NOT :unfinished) AND (:grid IS NULL OR grid_sha256 = :grid)
            ORDER BY id DESC LIMIT 1
            """,
            unfinished=unfinished,
            grid=grid_sha256,
        )
        return next(iter(found), None)

    def cases(self, sweep_id: int) -> list[Columns]:
        """Return the cases of a sweep in the order of its matrix.

        With `python`, the label of their interpreter, and its `executable`, and the columns of their function.
        """
        return self._all(f"{_CASES} WHERE c.sweep_id = :sweep_id ORDER BY c.id", sweep_id=sweep_id)

    def case_of(self, trial_id: int) -> Columns:
        """Return the row of `cases` for the case of a trial that is there."""
        of_trial = "WHERE c.id = (SELECT t.case_id FROM trials AS t WHERE t.id = :id)"
        (row,) = self._all(f"{_CASES} {of_trial}", id=trial_id)
        return row

    def omissions(self, sweep_id: int) -> list[Columns]:
        """Return what was left out of a sweep, and why."""
        return self._all("SELECT * FROM omissions WHERE sweep_id = :sweep_id ORDER BY number", sweep_id=sweep_id)

    def done(self, sweep_id: int, retry: Collection[Status] = ()) -> set[tuple[str, bool, int]]:
        """Return what needs no further trial: (case key, warm-up or not, repeat).

        What ended in one of the statuses of `retry` the last time does need one.
        """
        # Whether an attempt was the last one takes most of the time, and matters only for what is to be retried.
        stays = f"t.status NOT {_in(retry)} AND NOT {_another_attempt('>')}" if retry else "TRUE"
        rows = self._all(
            f"""
            SELECT c.key, t.warmup, t.repeat FROM trials AS t JOIN cases AS c ON c.id = t.case_id
            WHERE c.sweep_id = :sweep_id AND {FINISHED} AND {stays}
            """,  # noqa: S608 - the statuses are ours
            sweep_id=sweep_id,
        )
        return {(row["key"], bool(row["warmup"]), row["repeat"]) for row in rows}

    def host_ids(self, sweep_id: int) -> set[int]:
        """Return the hosts that trials of the sweep ran on."""
        rows = self._all(
            "SELECT DISTINCT t.host_id FROM trials AS t JOIN cases AS c ON c.id = t.case_id "
            "WHERE c.sweep_id = :sweep_id",
            sweep_id=sweep_id,
        )
        return {row["host_id"] for row in rows}

    def durations_ns(self, keys: Sequence[str]) -> dict[str, float]:
        """Return what trials of these cases cost on average in any sweep, by key; without those never run."""
        rows = self._all(
            """
            SELECT c.key, AVG(t.elapsed_ns) AS average_ns
            FROM cases AS c JOIN trials AS t ON t.case_id = c.id AND t.status = 'ok'
            WHERE c.key IN (SELECT value FROM json_each(:keys)) GROUP BY c.key
            """,
            keys=json.dumps(list(keys)),
        )
        return {row["key"]: row["average_ns"] for row in rows}

    def summary(self, sweep_id: int) -> list[Columns]:
        """Return the sweep's rows of v_cases, with `speedup`, `efficiency` and `pairs`; figures are as in a report."""
        cases = self._all("SELECT * FROM v_cases WHERE sweep_id = :sweep_id ORDER BY case_id", sweep_id=sweep_id)
        trials = self._all(
            """
            SELECT t.case_id, t.host_id, t.repeat, c.baseline_id, c.workers, t.wall_ns / 1e9 AS wall_s
            FROM cases AS c JOIN trials AS t ON t.case_id = c.id
            WHERE c.sweep_id = :sweep_id AND t.status = 'ok' AND NOT t.warmup AND t.wall_ns IS NOT NULL
            """,
            sweep_id=sweep_id,
        )
        found = summaries(
            Trial(
                Place(row["case_id"], row["host_id"], row["repeat"]), row["baseline_id"], row["workers"], row["wall_s"]
            )
            for row in trials
        )
        return [_with_figures(case, found.get(case["case_id"])) for case in cases]

    def noisy(self, sweep_id: int) -> int:
        """Return how many trials of the sweep were disturbed and count nevertheless."""
        return self._count("t.noisy IS NOT NULL AND t.status = 'ok' AND NOT t.warmup", sweep_id)

    def unsuccessful(self, sweep_id: int) -> int:
        """Return how many of the sweep's trials have not succeeded, in whatever attempt."""
        return self._count(f"{FAILED} AND NOT {_another_attempt('>')}", sweep_id)

    def failures(self, sweep_id: int, limit: int) -> list[Columns]:
        """Return up to `limit` rows of v_trials of the trials that did not succeed."""
        return self._all(
            "SELECT * FROM v_trials WHERE sweep_id = :sweep_id AND status NOT IN ('ok', 'interrupted', 'disturbed') "
            "ORDER BY trial_id LIMIT :limit",
            sweep_id=sweep_id,
            limit=limit,
        )

    def trial(self, trial_id: int, sweep_id: int) -> tuple[Columns, list[Columns]]:
        """Return a trial's row of v_trials and its timings. Raises BadInput when the sweep has no such trial."""
        possible = abs(trial_id) < 2**63
        rows = self._all("SELECT * FROM v_trials WHERE trial_id = :id", id=trial_id) if possible else []
        if not rows or rows[0]["sweep_id"] != sweep_id:
            (range_,) = self._all(
                "SELECT MIN(t.id) AS first, MAX(t.id) AS last FROM trials AS t JOIN cases AS c ON c.id = t.case_id "
                "WHERE c.sweep_id = :sweep_id",
                sweep_id=sweep_id,
            )
            there_are = "Its trials are among {first} to {last}.".format(**range_)
            if range_["first"] is None:
                there_are = "It has none yet."
            raise BadInput(f"{self._path}: sweep {sweep_id} has no trial {trial_id}. {there_are}")
        (more,) = self._all("SELECT output, start_ns FROM trials WHERE id = :id", id=trial_id)
        calls = self._all("SELECT * FROM timings WHERE trial_id = :id ORDER BY worker, call", id=trial_id)
        return {**rows[0], **more}, calls

    def _count(self, condition: str, sweep_id: int) -> int:
        (row,) = self._all(
            "SELECT COUNT(*) AS trials FROM trials AS t JOIN cases AS c ON c.id = t.case_id "  # noqa: S608 - ours
            f"WHERE c.sweep_id = :sweep_id AND {condition}",
            sweep_id=sweep_id,
        )
        number: int = row["trials"]
        return number

    def _what_there_is(self) -> str:
        ids = self._all("SELECT id FROM sweeps")
        return f"`runner list` shows the {len(ids)} there are." if ids else "It holds no sweep yet."

    def _all(self, query: str, **parameters: Any) -> list[Columns]:
        with explained(self._path):
            rows: list[Columns] = [dict(row) for row in self._connection.execute(query, parameters)]
        for column in rows[0] if rows else ():
            is_usable = _USED_AS.get(column, _is_shown)
            for row in rows:
                if row[column] is not None and not is_usable(row[column]):
                    raise StoreUnusable(
                        f"{self._path}: a row has {row[column]!r:.60} as {column}, which no runner writes. "
                        "If somebody edited the store, mend that row; else restore a backup."
                    )
        return rows


def _with_figures(case: Columns, found: Summary | None) -> Columns:
    known = dict.fromkeys(("speedup", "efficiency", "pairs")) | dict(case)
    if found:
        known |= {"n": found.n, "median_wall_s": found.median_s, "min_wall_s": found.min_s, "max_wall_s": found.max_s}
    if found and found.speedup and found.efficiency:
        known |= {"speedup": found.speedup.value, "efficiency": found.efficiency.value, "pairs": found.speedup.n}
    elif case["mode"] != "sequential":
        known["pairs"] = 0
    return known


def _is_shown(value: Any) -> bool:
    return not isinstance(value, bytes)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_arguments(text: Any) -> bool:
    try:
        arguments = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(arguments, dict) and all(isinstance(value, int | float | str) for value in arguments.values())


def _is_environment(text: Any) -> bool:
    return _are_arguments(text) and all(isinstance(value, str) for value in json.loads(text).values())


_WHOLE_NUMBERS = ("begin_ns", "calls", "end_ns", "num", "repeats", "seed", "timeout_ns", "warmup", "workers")
_USED_AS = {
    **dict.fromkeys(_WHOLE_NUMBERS, _is_whole),
    "time": _is_number,
    "params": _are_arguments,
    "env": _is_environment,
}
"""What is computed with, and must be what it is taken for: SQLite keeps whatever somebody writes in any column."""
