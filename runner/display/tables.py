"""Lay out tables for the terminal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from runner.axes import CONDITIONS, LOCK
from runner.matrix.case import SEQUENTIAL, way, work
from runner.units import count, duration, duration_range
from runner.visible import on_one_line

Columns = Mapping[str, Any]


def cases_table(rows: Sequence[Columns]) -> Table:
    """Lay out a sweep's cases with their results; `rows` as ``Reader.summary`` returns them.

    Fits into 80 columns.
    """
    table = _table("case", right=("n", "median", "min … max", "speedup", "failed"))
    for place, (named, section) in enumerate(_sections(rows).items()):
        if place:
            table.add_section()
        table.add_row(on_one_line(named), style="bold")
        for row in section:
            table.add_row(
                " " + _how(row),
                str(row["n"]),
                duration(row["median_wall_s"]),
                duration_range(row["min_wall_s"], row["max_wall_s"]),
                "base" if row["mode"] == SEQUENTIAL else _ratio(row["speedup"]),
                Text(str(row["failures"] or "–"), style="bold red" if row["failures"] else "dim"),
            )
    return table


def _sections(rows: Sequence[Columns]) -> dict[str, list[Columns]]:
    """Group the cases by workload and conditions; within a group, baselines come first, also added ones."""
    varying = [name for name in ("python", "gil") if len({row[name] for row in rows}) > 1]
    sections: dict[str, list[Columns]] = {}
    for row in rows:
        named = ", ".join([work(row["workload"], json.loads(row["params"])), *_conditions(row, varying)])
        sections.setdefault(named, []).append(row)
    return {named: sorted(section, key=lambda row: row["mode"] != SEQUENTIAL) for named, section in sections.items()}


def _how(row: Columns) -> str:
    shared = f", {count(row['calls'], 'call')}" if row["calls"] != row["workers"] else ""
    size = "" if row["mode"] == SEQUENTIAL else f" ×{row['workers']}"
    return on_one_line(f"{way(row['mode'], row['start_method'])}{size}{shared}")


def sweeps_table(rows: Sequence[Columns]) -> Table:
    """Lay out sweeps; `rows` as ``Reader.sweeps`` returns them. Tags and notes have a column if a sweep has any."""
    table = _table("sweep", "name", "started", "state", right=("cases", "trials", "failures"))
    labels = [label for label in ("tags", "note") if any(row[label] for row in rows)]
    for label in labels:
        table.add_column(label, overflow="fold")
    for row in rows:
        table.add_row(
            str(row["id"]),
            on_one_line(row["name"]),
            row["started_at"].replace("T", " ").partition(".")[0],
            "complete" if row["ended_at"] else "unfinished",
            str(row["cases"]),
            f"{row['done']} of {row['planned']}",
            str(row["failures"] or "–"),
            *(_label(row[label]) for label in labels),
        )
    return table


def _label(value: str | Sequence[str] | None) -> str:
    return on_one_line(value if isinstance(value, str) else ", ".join(value or ()))


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Lay out the result of a query."""
    table = _table(*columns)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(*left: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in left:
        table.add_column(on_one_line(name), overflow="fold")
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _conditions(row: Columns, varying: Sequence[str]) -> list[str]:
    """Return the conditions that the cases of a section share: those that vary or differ from the default."""
    named = [str(row[name]) if name == "python" else f"{name} {row[name]}" for name in varying]
    for name, condition in CONDITIONS.items():
        value = condition.kind.loaded(row[name])
        if name != LOCK and value != condition.usual:
            named.append(condition.in_short(value))
    return named


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} ×"
