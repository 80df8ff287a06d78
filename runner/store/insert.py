"""Insert the rows of a new sweep."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from runner.clock import utc_now
from runner.store.identity import row_of
from runner.store.new_sweep import NewSweep
from runner.store.tables import cases, functions, interpreters, omissions, sweeps


def insert_sweep(connection: Connection, new: NewSweep) -> int:
    """Insert the sweep, its cases, interpreters, functions and omissions, and return its number."""
    row = {"uid": uuid.uuid4().hex, **asdict(new.sweep), "started_at": utc_now()}
    sweep_id: int = connection.execute(insert(sweeps).values(row).returning(sweeps.c.id)).scalar_one()
    add_cases(connection, sweep_id, new)
    return sweep_id


def add_cases(connection: Connection, sweep_id: int, new: NewSweep, joined_after: int = 0) -> None:
    """Add the cases of `new` to a sweep that has so many blocks, and replace its omissions."""
    connection.execute(insert(cases), _case_rows(connection, new, sweep_id, joined_after))
    ids = case_ids(connection, sweep_id)
    _refer(connection, "baseline_id", new.baselines, ids)
    _refer(connection, "locked_baseline_id", new.locked_baselines, ids)
    connection.execute(delete(omissions).where(omissions.c.sweep_id == sweep_id))
    if new.omissions:
        connection.execute(
            insert(omissions),
            [{"sweep_id": sweep_id, "number": n, **one} for n, one in enumerate(new.omissions, start=1)],
        )


def case_ids(connection: Connection, sweep_id: int) -> dict[str, int]:
    """Return the numbers of a sweep's cases by their keys."""
    rows = connection.execute(select(cases.c.key, cases.c.id).where(cases.c.sweep_id == sweep_id))
    return {row.key: row.id for row in rows}


def _case_rows(connection: Connection, new: NewSweep, sweep_id: int, joined_after: int) -> list[dict[str, Any]]:
    interpreter_ids = {
        label: row_of(connection, interpreters, facts.columns()) for label, facts in new.interpreters.items()
    }
    function_ids = {key: row_of(connection, functions, facts) for key, facts in new.functions.items()}
    return [
        {name: value for name, value in case.items() if name != "python"}
        | {"sweep_id": sweep_id, "joined_after": joined_after, "interpreter_id": interpreter_ids[case["python"]]}
        | {"function_id": function_ids.get((case["python"], case["workload"]))}
        for case in new.cases
    ]


def _refer(connection: Connection, column: str, others: Mapping[str, str], ids: Mapping[str, int]) -> None:
    """Set `column` of the cases in `others` to the number of the other case."""
    if others:
        connection.execute(
            update(cases).where(cases.c.id == bindparam("case")).values({column: bindparam("other")}),
            [{"case": ids[key], "other": ids[other]} for key, other in others.items()],
        )
