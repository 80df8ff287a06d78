"""The two consoles: results on stdout, everything else on stderr."""

import os
import sys

from rich.console import Console

WIDTH_OF_NO_TERMINAL = 10_000
"""A pipe or a file has no edge at which a table would have to fold."""


def results() -> Console:
    """Return the console for what the command was asked for."""
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=_width(sys.stdout.isatty()))


def messages() -> Console:
    """Return the console for progress, hints and warnings."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, width=_width(sys.stderr.isatty()))


def _width(is_terminal: bool) -> int | None:
    return None if is_terminal or "COLUMNS" in os.environ else WIDTH_OF_NO_TERMINAL
