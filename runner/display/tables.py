"""Lay out tables for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from runner.visible import on_one_line

Columns = Mapping[str, Any]


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
