"""Executors: what takes a request and returns an outcome. Nothing above them knows where a trial ran."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from runner.interrupt import Interrupt
from runner.outcome import Outcome

Request = Mapping[str, Any]
"""What is asked of a child (see ``runner.harness.wire``), and in what it is to run.

``python`` is the interpreter's executable, by default the executor's own choice; ``env`` are environment variables to
set; ``gil`` is what the interpreter lock must be all the while, true or false, or None where that is not known.
"""


class Executor(Protocol):
    """Runs one trial at a time, each in a fresh interpreter of which nothing is left afterwards."""

    def ask(self, request: Request) -> Mapping[str, Any]:
        """Return the reply to a request that is no trial: ``probe`` or ``inspect``. Raises `ExecutorBroken`."""

    def run(self, request: Request, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end.

        A trial that fails in whatever way is an `Outcome`; raises `ExecutorBroken` when trials cannot be run at all.
        `tick` is called about once a second while the trial runs, and may do nothing that takes long.
        """
