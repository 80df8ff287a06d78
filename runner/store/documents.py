"""Values of the store as JSON has them: what the store keeps as text is an object or a list again."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

COLUMNS = frozenset({"cpus", "distributions", "env", "flags", "modes", "params", "start_methods", "versions"})
"""Columns of text that is JSON."""


def as_object(columns: Sequence[str], row: Iterable[Any]) -> dict[str, Any]:
    """Return a row as a JSON object."""
    return {column: as_value(column, value) for column, value in zip(columns, row, strict=True)}


def as_value(column: str, value: Any) -> Any:
    """Return the value of a column as JSON has it: no NaN and no infinity, and bytes as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if column.partition(":")[0] in COLUMNS and isinstance(value, str):
        return _parsed(value)
    return value


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # somebody else's column of this name
        return text
    return found if isinstance(found, dict | list) else text
