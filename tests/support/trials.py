"""Trials of the broken workloads, and how they ended."""

from collections.abc import Callable
from typing import Any

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status
from support.helpers import PATIENCE_S, WAYS, request

Run = Callable[..., Outcome]


def trial(
    executor: LocalExecutor,
    interrupt: Interrupt,
    workload: str,
    way: str = "sequential",
    timeout_s: float = PATIENCE_S,
    tick: Callable[[], object] = lambda: None,
    **options: Any,
) -> Outcome:
    """Run a trial; `options` are those of `request`."""
    return executor.run(request(workload, *WAYS[way], **options), timeout_s, interrupt, tick)


def works(outcome: Outcome) -> bool:
    return ended(outcome) == (Status.OK, None)


def ended(outcome: Outcome) -> tuple[Status, str | None]:
    return outcome.status, outcome.reason
