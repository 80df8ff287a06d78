"""`runner resume`: finish an interrupted or killed sweep, or try failed trials again."""

from typing import Any

from runner import api
from runner.commands.endings import Shown, report
from runner.errors import ExitCode
from runner.outcome import FAILURES
from runner.signals import interruptible
from runner.words import some_of


def run(reference: str | None, store: str, *, retry: str, shown: Shown, **terms: Any) -> ExitCode:
    """Finish the sweep with that number, name or tag; see `api.resume`. `retry` lists statuses, separated by commas."""
    words = some_of("--retry", retry, FAILURES) if retry else []
    with interruptible() as interrupt:
        sweep = api.resume(reference, store=store, retry=words, watch=shown.watch(), interrupt=interrupt, **terms)
    return ExitCode.OK if sweep is None else report(sweep, shown)
