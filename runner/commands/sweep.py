"""`runner sweep`: run the matrix of a grid file."""

from typing import Any

from runner import api
from runner.commands.endings import Shown, report
from runner.errors import ExitCode
from runner.signals import interruptible


def run(matrix: str, store: str, *, resume: bool, shown: Shown, **terms: Any) -> ExitCode:
    """Run a new sweep, or with `resume` the missing trials of the newest one of the same grid; see `api.sweep`."""
    with interruptible() as interrupt:
        sweep = api.sweep(matrix, store=store, resume=resume, watch=shown.watch(), interrupt=interrupt, **terms)
    return report(sweep, shown)
