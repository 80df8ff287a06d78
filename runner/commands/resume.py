"""`runner resume`: finish an interrupted or killed sweep, or try failed trials again."""

from typing import Any

from runner import api
from runner.commands.endings import Shown, report
from runner.errors import BadInput, ExitCode
from runner.outcome import FAILURES
from runner.signals import interruptible


def run(reference: str | None, store: str, *, retry: str, shown: Shown, **terms: Any) -> ExitCode:
    """Finish the sweep with that number or name; see `api.resume`. `retry` lists statuses, separated by commas."""
    words = {word.strip() for word in retry.split(",")} - {""}
    if unknown := sorted(words - set(FAILURES)):
        raise BadInput(f"--retry {retry}: {', '.join(unknown)}? Expected one or more of: {', '.join(FAILURES)}.")
    with interruptible() as interrupt:
        sweep = api.resume(reference, store=store, retry=words, watch=shown.watch(), interrupt=interrupt, **terms)
    return ExitCode.OK if sweep is None else report(sweep, shown)
