"""What is left out of a matrix because it cannot be run, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Omission:
    """Cases that are left out for one reason. A field is None where these cases do not have it in common."""

    python: str
    reason: str
    workload: str | None = None
    mode: str | None = None
    start_method: str | None = None
    gil: str | None = None
    cases: int = 0


def omitted(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line for each reason: how many cases were left out, which, and why. `rows` have the fields above."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["workload"], row["start_method"], row["gil"], row["reason"]), []).append(row)
    lines = []
    for (workload, method, gil, reason), group in groups.items():
        modes, pythons = (", ".join(dict.fromkeys(row[name] or "" for row in group)) for name in ("mode", "python"))
        named = " ".join(filter(None, (workload, modes, method, gil and f"gil={gil}")))
        cases = sum(row["cases"] for row in group)
        lines.append(f"{cases:,} {'case' if cases == 1 else 'cases'}: {named} on {pythons}: {reason}")
    return lines
