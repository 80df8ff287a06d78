"""What the user wants to see of a sweep: `--select`, as axes or as SQL."""

import re

AXES = frozenset({"workload", "num", "time", "mode", "start_method", "workers", "calls", "python", "gil", "host"})
"""Columns of v_trials that can be named in short; in any case of letters."""
_AXIS = re.compile(r"\s*(\w+)\s*=\s*([\w.\-+ ]+(?:,[\w.\-+ ]+)*)\s*")
_NUMBER = re.compile(r"[+-]?\d[\d_]*(\.[\d_]*)?(e[+-]?\d+)?", re.IGNORECASE)
_SQL = re.compile(r"\b(and|or|not|is|in|like|between|collate)\b|--", re.IGNORECASE)


def condition(selection: str) -> str:
    """Return the SQL condition on v_trials that a selection stands for.

    ``NUM=1_000_000``, ``workers=1,2`` or ``mode=threading`` names an axis and its values; all else is SQL already.
    """
    match = _AXIS.fullmatch(selection)
    if not match or match[1].lower() not in AXES or _SQL.search(match[2]):
        return selection
    values = ", ".join(_literal(value.strip()) for value in match[2].split(","))
    return f"{match[1].lower()} IN ({values})"


def _literal(value: str) -> str:
    return value.replace("_", "") if _NUMBER.fullmatch(value) else f"'{value}'"
