"""Questions about cases and trials of a store.

Plain SQL through Python's sqlite3 module: importing SQLAlchemy takes longer than most answers.
"""

import json
from collections.abc import Collection, Sequence

from runner.errors import BadInput
from runner.history import Done, History
from runner.numbers.summary import WallTime
from runner.outcome import Status
from runner.store.counts import FAILED, FINISHED, LAST, UNSUCCESSFUL, among
from runner.store.figures import CASES, TRIALS, wall_times, with_figures
from runner.store.read_sweeps import SweepRows
from runner.store.rows import Columns

_CASES = """
    SELECT c.*, i.label AS python, i.executable, f.name, f.module, f.qualname, f.folder, f.file, f.source_sha256
    FROM cases AS c JOIN interpreters AS i ON i.id = c.interpreter_id LEFT JOIN functions AS f ON f.id = c.function_id
"""


class Reader(SweepRows):
    """All questions that the program asks of a store; a context manager. Rows are mappings of column to value."""

    def cases(self, sweep_id: int) -> list[Columns]:
        """Return the cases of a sweep in the order of its matrix.

        With the interpreter's label as `python`, its `executable`, and the columns of the case's function.
        """
        return self._all(f"{_CASES} WHERE c.sweep_id = :sweep_id ORDER BY c.id", sweep_id=sweep_id)

    def joined(self, sweep_id: int) -> frozenset[str] | None:
        """Return the keys of the cases for which the sweep was extended last; None if that was for all of them."""
        rows = self._all(
            """
            SELECT c.key FROM cases AS c JOIN sweeps AS s ON s.id = c.sweep_id
            WHERE s.id = :sweep_id AND s.closed_blocks > 0 AND c.joined_after = s.closed_blocks
            """,
            sweep_id=sweep_id,
        )
        return frozenset(row["key"] for row in rows) or None

    def case_of(self, trial_id: int) -> Columns:
        """Return the row of `cases` for the case of an existing trial."""
        of_trial = "WHERE c.id = (SELECT t.case_id FROM trials AS t WHERE t.id = :id)"
        (row,) = self._all(f"{_CASES} {of_trial}", id=trial_id)
        return row

    def omissions(self, sweep_id: int) -> list[Columns]:
        """Return the omissions of a sweep, with their reasons."""
        return self._all("SELECT * FROM omissions WHERE sweep_id = :sweep_id ORDER BY number", sweep_id=sweep_id)

    def history(self, sweep_id: int, retry: Collection[Status] = ()) -> History:
        """Return what was measured of a sweep: which places need no further trial, and the time that was spent.

        What ended in one of the statuses of `retry` the last time does need one.
        """
        hosts = {row["id"]: row["identity"] for row in self._all("SELECT id, identity FROM hosts")}
        # Finding the last attempts takes most of the time, and matters only for statuses that are retried.
        stays, again = (f"t.status {also} {among(retry)} AND {LAST}" for also in ("NOT", "")) if retry else ("1", "0")
        rows = self._all(
            f"""
            SELECT c.key, t.warmup, t.repeat, t.host_id, t.elapsed_ns, {FINISHED} AND {stays} AS stays,
                {FINISHED} AND {again} AS again, CASE t.status WHEN 'ok' THEN t.wall_ns END AS wall_ns
            FROM trials AS t JOIN cases AS c ON c.id = t.case_id
            WHERE c.sweep_id = :sweep_id ORDER BY t.status = 'ok'
            """,  # noqa: S608 - constants only
            sweep_id=sweep_id,
        )
        history = History()
        for row in rows:
            place = (row["key"], bool(row["warmup"]), row["repeat"])
            history.spend(*place[1:], row["elapsed_ns"])
            if row["stays"]:
                history.add(place, Done(row["wall_ns"], hosts[row["host_id"]]))
            elif row["again"]:
                history.again.add(place)
        return history

    def hosts(self, sweep_id: int) -> dict[str, str]:
        """Return the name of each host that trials of the sweep ran on, by its `identity`."""
        rows = self._all(
            """
            SELECT identity, hostname FROM hosts
            WHERE id IN (SELECT t.host_id FROM trials AS t JOIN cases AS c ON c.id = t.case_id WHERE c.sweep_id = :id)
            """,
            id=sweep_id,
        )
        return {row["identity"]: row["hostname"] for row in rows}

    def durations_ns(self, keys: Sequence[str]) -> dict[str, float]:
        """Return the average `elapsed_ns` of successful trials in all sweeps, by case key; without cases with none."""
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
        """Return the sweep's rows of v_cases, with `speedup`, `efficiency` and `pairs`: the figures of a report."""
        return with_figures(self._all(CASES, sweep_id=sweep_id), self.wall_times(sweep_id))

    def wall_times(self, sweep_id: int) -> list[WallTime]:
        """Return the times of the sweep's trials that count."""
        return wall_times(self._all(TRIALS, sweep_id=sweep_id))

    def host_names(self) -> dict[int, str]:
        """Return the name of every host in the store by its number."""
        return {row["id"]: row["hostname"] for row in self._all("SELECT id, hostname FROM hosts")}

    def noisy(self, sweep_id: int) -> int:
        """Return the number of the sweep's trials that were disturbed and are in the figures."""
        return self._count("t.noisy IS NOT NULL AND t.status = 'ok' AND NOT t.warmup", sweep_id)

    def unsuccessful(self, sweep_id: int) -> int:
        """Return the number of the sweep's trials whose last attempt failed."""
        return self._count(UNSUCCESSFUL, sweep_id)

    def failures(self, sweep_id: int) -> list[Columns]:
        """Return the trials that failed: `trial_id`, `case_id`, `warmup`, `status` and `error` of v_trials."""
        return self._all(
            "SELECT trial_id, case_id, warmup, status, error FROM v_trials AS t "  # noqa: S608 - constants only
            f"WHERE sweep_id = :sweep_id AND {FAILED} ORDER BY trial_id",
            sweep_id=sweep_id,
        )

    def trial(self, trial_id: int, sweep_id: int) -> tuple[Columns, list[Columns]]:
        """Return a trial's row of v_trials and its timings. Raises BadInput if the sweep has no such trial."""
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
            "SELECT COUNT(*) AS trials FROM trials AS t JOIN cases AS c ON c.id = t.case_id "  # noqa: S608 - constants only
            f"WHERE c.sweep_id = :sweep_id AND {condition}",
            sweep_id=sweep_id,
        )
        number: int = row["trials"]
        return number
