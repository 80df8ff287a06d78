"""The two consoles: results on stdout, everything else on stderr. Whatever they print is made visible."""

import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from runner.visible import visible

WIDTH_OF_NO_TERMINAL = 10_000
"""For a pipe or a file, where a table need not be folded."""


class _Console(Console):
    """A console that shows no control character, and leaves the handling of a closed pipe to the command line."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Return `text` made visible, before anything is laid out."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render also what is no plain string, and so did not come through `render_str`, only made visible."""
        if isinstance(renderable, Text) and (safe := visible(renderable.plain)) != renderable.plain:
            renderable = renderable.blank_copy(safe)
        return super().render(renderable, options)

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, as a plain write would."""
        raise BrokenPipeError


def results() -> Console:
    """Return the console for the results of a command."""
    return _Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=_width(sys.stdout.isatty()))


def messages() -> Console:
    """Return the console for progress, hints and warnings."""
    return _Console(stderr=True, highlight=False, markup=False, emoji=False, width=_width(sys.stderr.isatty()))


def _width(is_terminal: bool) -> int | None:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    if is_terminal:
        return shutil.get_terminal_size().columns if columns else None
    return WIDTH_OF_NO_TERMINAL
