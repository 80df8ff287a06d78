"""Translate `--select`, an axis with values or SQL, to an SQL condition."""

import re
from collections.abc import Collection

from runner.axes import CONDITIONS, Variables

AXES = frozenset(
    {
        *("workload", "num", "time", "mode", "start_method", "workers", "calls", "python", "host"),
        *(name for name, condition in CONDITIONS.items() if not isinstance(condition.kind, Variables)),
    }
)
"""Columns of v_trials that can be selected as an axis; upper and lower case are the same."""
_AXIS = re.compile(r"\s*(\w+)\s*=\s*(VALUE(?:,VALUE)*)\s*".replace("VALUE", r"[\w.\-+/ ]+(?:(?<=\w):[\w. ]+)?"))
_CPUS = re.compile(r"[\d\s,]+")
_NUMBER = re.compile(r"[+-]?\d[\d_]*(\.[\d_]*)?(e[+-]?\d+)?", re.IGNORECASE)
_SQL = re.compile(r"\b(and|or|not|is|in|like|between|collate)\b|--", re.IGNORECASE)


def condition(selection: str, parameters: Collection[str] = ()) -> str:
    """Return the SQL condition on v_trials for a selection.

    ``workers=1,2`` or ``mode=threading`` names an axis and its values, ``SIZE=1_000`` one of the `parameters` of
    workloads; anything else is already SQL.
    """
    named = axis_and_values(selection, parameters)
    if named is None:
        return selection
    name, given = named
    axis = name.lower()
    pinned = axis == "affinity" and _CPUS.fullmatch(given)
    values = [given.replace(" ", "")] if pinned else words(given)
    literals = ", ".join(f"'{value}'" if pinned else _literal(value) for value in values)
    column = f"JSON_EXTRACT(params, '$.{name}')" if name in parameters else axis
    return f"{column} IN ({literals})"


def axis_and_values(selection: str, parameters: Collection[str] = ()) -> tuple[str, str] | None:
    """Return the axis or parameter that a selection names, and its values as they are written; None for SQL."""
    match = _AXIS.fullmatch(selection)
    if not match or _SQL.search(match[2]) or not (match[1] in parameters or match[1].lower() in AXES):
        return None
    return match[1], match[2]


def words(values: str) -> list[str]:
    """Return the values that are written with commas between them."""
    return [value.strip() for value in values.split(",")]


def _literal(value: str) -> str:
    if value.lower() in ("true", "false"):
        return value.upper()
    return value.replace("_", "") if _NUMBER.fullmatch(value) else f"'{value}'"
