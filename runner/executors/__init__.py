"""Executors: what takes a request and returns an outcome. Nothing above them knows where a trial ran."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from runner.interrupt import Interrupt
from runner.outcome import Outcome

Request = Mapping[str, Any]
"""What is asked of a child; see ``runner.harness.wire``."""


class Executor(Protocol):
    """Runs one trial at a time, each in a fresh interpreter of which nothing is left afterwards."""

    def probe(self) -> Mapping[str, Any]:
        """Return the facts of interpreter and host, as ``runner.harness.facts`` gives them."""

    def run(self, request: Request, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end.

        A trial that fails in whatever way is an `Outcome`; raises `ExecutorBroken` when trials cannot be run at all.
        `tick` is called about once a second while the trial runs, and may do nothing that takes long.
        """
