"""Load the sweeps of a store with their facts."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.load.asking import SweepReference, read
from analysis.load.facts import Function, Host, Interpreter, Omission, Sweep
from runner.errors import BadInput
from runner.store.counts import CASES, PLANNED
from runner.store.location import SWEEP, command, resolve
from runner.store.read import Reader
from runner.store.upkeep import refuse_odd_cells


def sweeps(store: str, references: Sequence[SweepReference] = ()) -> list[Sweep]:
    """Return the sweeps of these numbers, names or tags; by default the newest with a trial, or else the newest.

    Raises BadInput when there is none, and StoreUnusable if the store has a value of the wrong type anywhere.
    """
    path = resolve(store)
    refuse_odd_cells(path)
    with Reader(path) as reader:
        if references:
            rows = {row["id"]: row for row in (reader.sweep(str(reference)) for reference in references)}
        else:
            newest = [row for row in reversed(reader.sweeps()) if row["done"]] or reader.sweeps()[-1:]
            rows = {row["id"]: reader.sweep(str(row["id"])) for row in newest[:1]}
    if not rows:
        raise BadInput(f"{store}: it holds no sweep yet; `{command(path, *SWEEP)}` makes one.")
    return [_sweep(store, row) for row in rows.values()]


def _sweep(store: str, row: Any) -> Sweep:
    sizes = read(store, f"SELECT {CASES} AS cases, {PLANNED} AS planned FROM sweeps AS s WHERE s.id = ?", row["id"])  # noqa: S608
    hosts = _facts(
        store,
        Host,
        """SELECT {columns} FROM hosts WHERE id IN (SELECT t.host_id FROM trials AS t JOIN cases AS c
        ON c.id = t.case_id WHERE c.sweep_id = ?) ORDER BY id""",
        row["id"],
    )
    interpreters = _facts(
        store,
        Interpreter,
        """SELECT {columns} FROM interpreters WHERE id IN (SELECT interpreter_id FROM cases WHERE sweep_id = ?)
        ORDER BY label, gil DESC""",
        row["id"],
    )
    functions = _facts(
        store,
        Function,
        "SELECT {columns} FROM functions WHERE id IN (SELECT function_id FROM cases WHERE sweep_id = ?) ORDER BY name",
        row["id"],
    )
    omissions = _facts(store, Omission, "SELECT {columns} FROM omissions WHERE sweep_id = ? ORDER BY number", row["id"])
    return Sweep(
        **{name: row[name] for name in Sweep.__slots__ if name in row},
        cases=int(sizes["cases"][0]),
        planned=int(sizes["planned"][0]),
        hosts=tuple(hosts),
        interpreters=tuple(interpreters),
        functions=tuple(functions),
        omissions=tuple(omissions),
    )


def _facts(store: str, kind: Any, sql: str, sweep_id: int) -> list[Any]:
    columns = ", ".join(kind.__slots__)
    rows = read(store, sql.format(columns=columns), sweep_id).astype(object)
    booleans = [name for name in ("gil", "free_threaded_build", "jit") if kind is Interpreter]
    found = []
    for record in rows.to_dict("records"):
        known = {str(name): _plain(value) for name, value in record.items()}
        found.append(kind(**known | {name: None if known[name] is None else bool(known[name]) for name in booleans}))
    return found


def _plain(value: Any) -> Any:
    """Return a value as it was stored: pandas makes NULL a float, and the whole numbers beside it too."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
