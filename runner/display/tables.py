"""Tables for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from runner.display.units import duration
from runner.matrix.case import way, work

Columns = Mapping[str, Any]


def cases_table(rows: Sequence[Columns]) -> Table:
    """Lay out a sweep's cases, each with what was measured; `rows` as ``Reader.summary`` returns them."""
    table = _table("work", "mode", right=("workers", "calls", "n", "median", "min … max", "speedup", "failures"))
    previous = None
    for row in rows:
        named = work(row["workload"], _params(row))
        if previous not in (None, named):
            table.add_section()
        failures = Text(str(row["failures"] or "–"), style="bold red" if row["failures"] else "dim")
        table.add_row(
            "" if named == previous else named,
            way(row["mode"], row["start_method"]),
            str(row["workers"]),
            str(row["calls"]),
            str(row["n"]),
            duration(row["median_wall_s"]),
            f"{duration(row['min_wall_s'])} … {duration(row['max_wall_s'])}" if row["n"] else "–",
            "baseline" if row["mode"] == "sequential" else _ratio(row["speedup"]),
            failures,
        )
        previous = named
    return table


def sweeps_table(rows: Iterable[Columns]) -> Table:
    """Lay out sweeps; `rows` as ``Reader.sweeps`` returns them."""
    table = _table("sweep", "name", "started", "state", right=("cases", "trials", "failures"))
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["name"],
            row["started_at"].replace("T", " ").partition(".")[0],
            "complete" if row["ended_at"] else "unfinished",
            str(row["cases"]),
            f"{row['done']} of {row['planned']}",
            str(row["failures"] or "–"),
        )
    return table


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Lay out the answer to a query."""
    table = _table(*columns)
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(*left: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in left:
        table.add_column(Text(name), overflow="fold")
    for name in right:
        table.add_column(Text(name), justify="right", no_wrap=True)
    return table


def _params(row: Columns) -> dict[str, int | float]:
    return {name: row[column] for name, column in (("NUM", "num"), ("TIME", "time")) if row[column] is not None}


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} ×"
