"""`runner extend`: run more blocks of a complete sweep."""

from collections.abc import Mapping
from typing import Any

from runner import api
from runner.commands.endings import Shown, report
from runner.errors import ExitCode
from runner.signals import interruptible


def run(reference: str, store: str, *, more: Mapping[str, Any], shown: Shown, **terms: Any) -> ExitCode:
    """Extend the sweep with that number or name; see `api.extend`."""
    with interruptible() as interrupt:
        sweep = api.extend(reference, store=store, watch=shown.watch(), interrupt=interrupt, **more, **terms)
    return report(sweep, shown)
