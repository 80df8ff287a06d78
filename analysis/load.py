"""From a store to tidy frames: the only module here that knows the store.

Each function takes a path or ``sqlite:///`` URL and a sweep's number; rows and columns are those of the view it names
(see docs/sql.md), times in seconds.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runner.errors import BadInput
from runner.store.connect import explained, read_only
from runner.store.location import resolve
from runner.store.read import Reader


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """What a figure says about the sweep it shows."""

    id: int
    name: str
    python: str
    host: str
    cpu_model: str | None
    usable_cpus: int
    complete: bool


def trials(store: str, sweep_id: int) -> pd.DataFrame:
    """Return v_trials: one row for each trial, warm-ups and failures included."""
    return _frame(store, "SELECT * FROM v_trials WHERE sweep_id = ? ORDER BY trial_id", sweep_id)


def workers(store: str, sweep_id: int) -> pd.DataFrame:
    """Return v_workers: one row for each worker of a trial."""
    return _frame(store, "SELECT * FROM v_workers WHERE sweep_id = ? ORDER BY trial_id, worker", sweep_id)


def sweep(store: str, reference: str | None = None) -> SweepFacts:
    """Return the facts of the sweep of that number or name; by default of the newest that has a trial.

    Raises BadInput when there is none. Where a sweep ran on several hosts, these are the facts of the last.
    """
    with Reader(resolve(store)) as reader:
        row = None if reference is None else reader.sweep(reference)
    frame = _frame(
        store,
        """
        SELECT s.id, s.name, i.label AS python, h.hostname AS host, h.cpu_model, h.usable_cpus,
            s.ended_at IS NOT NULL AS complete
        FROM trials AS t JOIN cases AS c ON c.id = t.case_id JOIN sweeps AS s ON s.id = c.sweep_id
            JOIN interpreters AS i ON i.id = c.interpreter_id JOIN hosts AS h ON h.id = t.host_id
        WHERE ?1 IS NULL OR s.id = ?1 ORDER BY s.id DESC, t.id DESC LIMIT 1
        """,
        row["id"] if row else None,
    )
    if frame.empty:
        which = f"sweep {reference}" if reference else "no sweep here"
        raise BadInput(
            f"{store}: {which} has {'no' if reference else 'a'} trial yet; `runner resume` runs what is left."
        )
    facts = frame.astype(object).iloc[0]
    return SweepFacts(
        id=int(facts["id"]),
        name=facts["name"],
        python=facts["python"],
        host=facts["host"],
        cpu_model=facts["cpu_model"],
        usable_cpus=int(facts["usable_cpus"]),
        complete=bool(facts["complete"]),
    )


def _frame(store: str, sql: str, *parameters: Any) -> pd.DataFrame:
    path = resolve(store)
    with explained(path), closing(read_only(path)) as connection:
        return pd.read_sql_query(sql, connection, params=parameters)
