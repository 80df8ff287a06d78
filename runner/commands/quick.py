"""`runner quick`: run the matrix of one function that words spell."""

from collections.abc import Mapping, Sequence
from typing import Any

from runner import api, planning
from runner.commands.endings import Shown, report
from runner.display import console
from runner.errors import ExitCode
from runner.here import Here
from runner.matrix.overrides import given
from runner.signals import interruptible


def run(function: str, words: Sequence[str], store: str, *, shown: Shown, **terms: Any) -> ExitCode:
    """Run the matrix; see `api.quick`."""
    with interruptible() as interrupt:
        sweep = api.quick(function, words, store=store, watch=shown.watch(), interrupt=interrupt, **terms)
    return report(sweep, shown)


def print_grid(function: str, words: Sequence[str], overrides: Mapping[str, Any]) -> ExitCode:
    """Print the text of the grid file."""
    with interruptible() as interrupt, Here() as host:
        grid = planning.grid_of_words(function, given(overrides, words), host, interrupt)
        interrupt.heed()
    console.results().print(grid.source.text, end="", soft_wrap=True)
    return ExitCode.OK
