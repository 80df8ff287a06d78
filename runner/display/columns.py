"""Fit tables into the terminal: leave columns out, or break lines between words."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

NARROWEST = 20
"""The least width to which text is folded."""


def fitting(
    names: Sequence[str], rows: Iterable[Mapping[str, str]], dropped: Sequence[str], width: int, gap: int
) -> dict[str, int]:
    """Return the columns that fit, with the width of each; those in `dropped` are left out in this order.

    If even then the table is too wide, the first column is made narrower.
    """
    widths = {name: cell_len(name) for name in names}
    for row in rows:
        for name in names:
            widths[name] = max(widths[name], cell_len(row[name]))
    for name in dropped:
        if total(widths, gap) > width:
            widths.pop(name, None)
    first = names[0]
    fits = widths[first] - max(0, total(widths, gap) - width)
    return {**widths, first: max(min(NARROWEST, widths[first]), fits)}


def total(widths: Mapping[Any, int], gap: int) -> int:
    """Return the width of a table with these columns."""
    return sum(widths.values()) + gap * (len(widths) - 1)


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return the lines of a text, broken between words only: a word that is longer than a line exceeds it."""
    return textwrap.wrap(
        text, max(width, NARROWEST), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
