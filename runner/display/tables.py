"""Lay out sweeps and the results of queries for the terminal."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from runner.display.columns import fitting, total, wrapped
from runner.visible import on_one_line, visible

Columns = Mapping[str, Any]

GAP = 2
NUMBERS = ("cases", "trials", "failures")
DROPPED = ("note", "tags", "cases", "failures", "started")
"""Columns of sweeps that are left out, in this order, where a terminal is too narrow."""


def sweeps_table(rows: Sequence[Columns], running: Collection[int], width: int) -> Table:
    """Lay out sweeps; `rows` as ``Reader.sweeps`` returns them, `running` are the numbers of those that run now.

    Tags and notes have a column if a sweep has any.
    """
    cells = [
        {
            "sweep": str(row["id"]),
            "name": on_one_line(row["name"]),
            "started": row["started_at"].replace("T", " ").partition(".")[0],
            "state": "complete" if row["ended_at"] else "running" if row["id"] in running else "unfinished",
            "cases": str(row["cases"]),
            "trials": f"{row['done']} of {row['planned']}",
            "failures": str(row["failures"] or "–"),
            "tags": on_one_line(", ".join(row["tags"])),
            "note": on_one_line(row["note"] or ""),
        }
        for row in rows
    ]
    names = [name for name in cells[0] if name not in ("tags", "note") or any(row[name] for row in cells)]
    shown = fitting(names, cells, DROPPED, width, GAP)
    table = _table(shown, right=NUMBERS)
    for row in cells:
        table.add_row(*(row[name] for name in shown))
    return table


def answer(columns: Sequence[str], rows: Iterable[Sequence[Any]], width: int) -> Iterator[RenderableType]:
    """Lay out the result of a query: as a table, or, if that is wider than the terminal, with one column a line."""
    names = [on_one_line(name) for name in columns]
    cells = [[_cell(value) for value in row] for row in rows]
    widths = {place: max([cell_len(name), *(_width(row[place]) for row in cells)]) for place, name in enumerate(names)}
    if total(widths, GAP) <= width:
        table = _table(names)
        for row in cells:
            table.add_row(*row)
        yield table
    elif cells:
        for number, row in enumerate(cells, start=1):
            yield Text(f"row {number}", style="bold")
            yield from _lines(names, row, width)
    else:
        yield from (Text(name, style="bold") for name in names)


def _lines(names: Sequence[str], row: Sequence[str], width: int) -> Iterator[Text]:
    """Yield a line for each column of a row, and more for a value that is longer."""
    longest = max(map(cell_len, names))
    for name, value in zip(names, row, strict=True):
        start = f"  {name}{' ' * (longest - cell_len(name))}  "
        shown = [line for part in visible(value).splitlines() for line in wrapped(part, width - len(start))] or [""]
        yield Text((start + shown[0]).rstrip())
        yield from (Text(" " * len(start) + line) for line in shown[1:])


def _width(cell: str) -> int:
    return max(map(cell_len, visible(cell).splitlines()), default=0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(names: Iterable[str], right: Collection[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold", justify="right" if name in right else "left")
    return table
