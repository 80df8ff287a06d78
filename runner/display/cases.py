"""Lay out the cases of a sweep for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from runner.display.columns import fitting, total, wrapped
from runner.numbers.answer import Answer, Verdict
from runner.numbers.medians import estimate, median
from runner.numbers.works import Way
from runner.numbers.written import factor
from runner.units import count, duration, duration_range

FIRST, TIED, OTHER = "* ", "~ ", "  "
LEGEND = "* the fastest of its work, ~ not told from the fastest; ± half of the 95 % interval"
NAME = "case"
COLUMNS = ("a call", "speedup", "±", "total", "min … max", "n", "failed")
DROPPED = ("min … max", "total", "n", "failed", "±", "a call")
"""Columns that are left out, in this order, where a terminal is too narrow."""
GAP = 2
NOTHING = "–"


class Row(NamedTuple):
    """A line of the table: a way of doing a work."""

    name: str
    cells: Mapping[str, str]
    style: str = ""


def cases_table(answers: Sequence[Answer], failures: Mapping[int, int], width: int) -> Iterator[Text]:
    """Yield the lines of a table of cases, sorted by work and speed; `failures` are numbers of trials by case."""
    works = [(answer.work.name, list(_rows(answer, failures))) for answer in answers]
    rows = [row for _, own in works for row in own]
    widths = _widths(rows, width)
    yield _line(Row(NAME, {name: name for name in widths}), widths, "bold")
    yield Text("─" * (total(widths, GAP)))
    for work, own in works:
        yield from (Text(line, style="bold") for line in wrapped(work, width))
        for row in own:
            yield from _folded(row, widths)
    if any(row.name.startswith((FIRST, TIED)) for row in rows):
        yield from (Text(line, style="dim") for line in wrapped(LEGEND, width))


def _widths(rows: Sequence[Row], width: int) -> dict[str, int]:
    """Return the columns that fit, the name's first, and how wide each is."""
    names = [NAME, *(name for name in COLUMNS if name != "failed" or any(row.cells[name] != NOTHING for row in rows))]
    return fitting(names, [{NAME: row.name, **row.cells} for row in rows], DROPPED, width, GAP)


def _folded(row: Row, widths: Mapping[str, int]) -> Iterator[Text]:
    """Yield the lines of a row whose name may take several."""
    first, *rest = wrapped(row.name, widths[NAME], OTHER * 2) if len(row.name) > widths[NAME] else [row.name]
    yield _line(row._replace(name=first), widths, row.style)
    yield from (Text(line, style=row.style) for line in rest)


def _line(row: Row, widths: Mapping[str, int], style: str) -> Text:
    line = Text(row.name + " " * (widths[NAME] - cell_len(row.name)))
    for name in list(widths)[1:]:
        cell = row.cells[name]
        line.append(" " * (GAP + widths[name] - cell_len(cell)) + cell, style="red" if name == "failed" else "")
    line.stylize_before(style)
    return line


def _rows(answer: Answer, failures: Mapping[int, int]) -> Iterator[Row]:
    """Yield the ways of a work, the fastest first, and those without times last."""
    marks = _marks(answer)
    ranked = {way.case_id for way in answer.ranked}
    for way in [*answer.ranked, *(way for way in answer.work.ways if way.case_id not in ranked)]:
        mark = marks.get(way.case_id, OTHER)
        has_calls = way.is_sequential and way.calls > 1 and not answer.work.is_shared
        name = f"{way.name}, {count(way.calls, 'call')}" if has_calls else way.name
        cells = _cells(way) | {"failed": str(failures.get(way.case_id) or NOTHING)}
        yield Row(mark + name, cells, "green" if mark == FIRST else "")


def _marks(answer: Answer) -> dict[int, str]:
    """Return the marks of the fastest way and of those not told from it; an open question has no fastest way."""
    if not (answer.is_decided or answer.verdict is Verdict.UNSURE):
        return {}
    fastest = answer.ranked[0].case_id
    return {fastest: FIRST if answer.is_decided else TIED} | {way.case_id: TIED for way in answer.tied}


def _cells(way: Way) -> dict[str, str]:
    """Return the figures of a way; its times have one unit, that of a call."""
    walls_s = sorted(wall_ns / 1e9 for wall_ns in way.walls_ns.values())
    if not walls_s:
        return dict.fromkeys(COLUMNS, NOTHING) | {"n": "0"}
    total_s = median(walls_s)
    call_s = total_s / max(1, way.calls)
    known = estimate(walls_s, way.confidence) if way.is_sequential else way.speedup if way.ratios else None
    return {
        "a call": duration(call_s),
        "speedup": "base" if way.is_sequential else factor(known.value) if known else NOTHING,
        "±": _share(known.precision) if known and known.has_interval else NOTHING,
        "total": duration(total_s, like_s=call_s),
        "min … max": duration_range(walls_s[0], walls_s[-1], like_s=call_s),
        "n": str(len(walls_s)),
    }


def _share(part: float) -> str:
    """Write a share: ``0.4 %``, ``25 %``."""
    return f"{100 * part:.{1 if part < 0.0995 else 0}f} %"
