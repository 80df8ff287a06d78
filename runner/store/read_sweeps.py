"""Questions about whole sweeps: list them with their progress, find one, count its rows."""

import json

from runner.errors import BadInput
from runner.store.counts import CASES, DONE, PLANNED, UNSUCCESSFUL
from runner.store.location import command
from runner.store.rows import Columns, Rows
from runner.store.text import storable
from runner.words import did_you_mean


class SweepRows(Rows):
    """The part of `Reader` that is about whole sweeps."""

    def sweeps(self) -> list[Columns]:
        """Return all sweeps, the oldest first, with their numbers of `cases`, `planned` trials and `done` trials.

        `failures` is the number of trials whose last attempt failed; `tags` is a list.
        """
        rows = self._all(
            f"""
            WITH ran AS (
                SELECT c.sweep_id, COUNT(*) FILTER (WHERE {DONE}) AS done,
                    COUNT(*) FILTER (WHERE {UNSUCCESSFUL}) AS failures
                FROM trials AS t JOIN cases AS c ON c.id = t.case_id GROUP BY c.sweep_id
            )
            SELECT s.id, s.name, s.started_at, s.ended_at, s.note, s.stopped, s.precision_reached,
                (SELECT JSON_GROUP_ARRAY(g.tag) FROM tags AS g WHERE g.sweep_id = s.id) AS tags,
                {CASES} AS cases, {PLANNED} AS planned,
                COALESCE(r.done, 0) AS done, COALESCE(r.failures, 0) AS failures
            FROM sweeps AS s LEFT JOIN ran AS r ON r.sweep_id = s.id
            ORDER BY s.id
            """  # noqa: S608 - constants only
        )
        return [{**row, "tags": json.loads(row["tags"])} for row in rows]

    def tags(self, sweep_id: int) -> list[str]:
        """Return the tags of a sweep in alphabetical order."""
        rows = self._all("SELECT tag FROM tags WHERE sweep_id = :sweep_id ORDER BY tag", sweep_id=sweep_id)
        return [row["tag"] for row in rows]

    def sizes(self, sweep_id: int) -> Columns:
        """Return the numbers of the sweep's rows: `cases`, `trials`, `timings`."""
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
        """Return the sweep of that number, or else the newest of that name, or else the newest with that tag.

        Raises BadInput if there is none.
        """
        number = int(reference) if reference.isdecimal() and len(reference) < 19 else None
        found = self._all(
            """
            SELECT * FROM sweeps
            WHERE id = :number OR name = :name OR id IN (SELECT sweep_id FROM tags WHERE tag = :name)
            ORDER BY id IS :number DESC, name = :name DESC, id DESC LIMIT 1
            """,
            number=number,
            name=storable(reference),
        )
        if not found:
            raise BadInput(f"{self._path}: there is no sweep {reference}{self._what_there_is(reference)}")
        return found[0]

    def named(self, name: str) -> list[Columns]:
        """Return the sweeps of that name, the newest first."""
        return self._all("SELECT * FROM sweeps WHERE name = :name ORDER BY id DESC", name=storable(name))

    def blocks(self, sweep_id: int) -> int:
        """Return the number of the last block of a sweep; 0 if there is none."""
        (row,) = self._all(
            """
            SELECT COALESCE(MAX(t.repeat), 0) AS blocks FROM trials AS t JOIN cases AS c ON c.id = t.case_id
            WHERE c.sweep_id = :sweep_id AND NOT t.warmup
            """,
            sweep_id=sweep_id,
        )
        number: int = row["blocks"]
        return number

    def newest(self, *, unfinished: bool = False, grid_sha256: str | None = None) -> Columns | None:
        """Return the newest sweep, optionally only an unfinished one or of that grid text; None if there is none."""
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

    def sweep_of(self, trial_id: int) -> Columns | None:
        """Return the sweep that has that trial; None if there is none."""
        query = (
            "SELECT s.* FROM sweeps AS s JOIN cases AS c ON c.sweep_id = s.id JOIN trials AS t ON t.case_id = c.id "
            "WHERE t.id = :trial_id"
        )
        found = self._all(query, trial_id=trial_id) if abs(trial_id) < 2**63 else []
        return next(iter(found), None)

    def all_tags(self) -> list[str]:
        """Return the tags of all sweeps, each once."""
        return [row["tag"] for row in self._all("SELECT DISTINCT tag FROM tags ORDER BY tag")]

    def _what_there_is(self, reference: str) -> str:
        names = [row["name"] for row in self._all("SELECT name FROM sweeps")]
        if not names:
            return ". It holds no sweep yet."
        meant = did_you_mean(reference, [*names, *self.all_tags()], "; ") or "."
        return f"{meant} `{command(self._path, 'list')}` shows the {len(names)} there are."
