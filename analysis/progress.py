"""Show the progress of a report on stderr, if that is a terminal."""

from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from analysis.findings import Findings
from runner.display import console
from runner.display.columns import wrapped
from runner.numbers.words import sentences
from runner.visible import visible


class Bar:
    """A progress bar with elapsed and remaining time; a context manager. Results are printed at the end."""

    def __init__(self, *, quiet: bool) -> None:
        messages = console.messages()
        self._quiet = quiet
        self._results: list[str] = []
        self._progress = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=messages,
            transient=True,
            disable=quiet or not messages.is_terminal,
        )
        self._task = self._progress.add_task("", total=None)
        self._begun = 0

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()
        if not self._quiet:
            for result in self._results:
                typer.echo(visible(result))

    def step(self, name: str, steps: int) -> None:
        """Show the name of the step that begins, of `steps` in all."""
        self._progress.update(self._task, description=name, completed=self._begun, total=steps)
        self._begun += 1

    def answer(self, findings: Findings) -> None:
        """Print the answers at the end, in lines as wide as the terminal."""
        width = console.results().width
        for sentence in sentences(findings.answers):
            self._results += wrapped(sentence, width, "  ")

    def result(self, line: str) -> None:
        """Print a line of the result at the end: that nobody reads it, or a full disk, must not end the work."""
        self._results.append(line)
