"""The interfaces of executors, which run a request and return an outcome, and of hosts, each with an executor."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from runner.facts import Probe
from runner.interrupt import Interrupt
from runner.outcome import Outcome
from runner.reply import FunctionDescription
from runner.request import Inspection, TrialRequest


class Executor(Protocol):
    """Runs one trial at a time, each in a fresh interpreter that leaves no process behind.

    Its methods raise `ExecutorBroken` if an interpreter cannot be run at all. `probe` and `inspect` raise `Interrupted`
    if a stop is requested.
    """

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:
        """Return the facts about an interpreter and its host; the default is the executor's own interpreter."""

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:
        """Return a description of each of the functions."""

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end.

        A trial that fails in any way is an `Outcome`, too. `tick` is called about once a second while the trial runs,
        and must return quickly.
        """

    def close(self) -> None:
        """End all processes that the executor has started."""


class Host(Protocol):
    """A machine that runs one trial at a time, and can be asked about its interpreters and files."""

    @property
    def executor(self) -> Executor:
        """Return the executor that runs trials there."""

    def default_interpreter(self, *, own_functions: bool) -> str:
        """Return the path of the interpreter under test if none is named, for the user's `own_functions` or without."""

    def find_interpreter(self, word: str, folder: Path) -> str:
        """Return the path of the interpreter that a grid file in `folder` calls `word`. Raises BadInput."""

    def identify(self, path: str) -> str:
        """Return a text that is the same for all paths of one interpreter."""

    def can_start(self, path: str) -> bool:
        """Return whether the file at that path can be started."""

    def has_file(self, path: str) -> bool:
        """Return whether there is a file at that path."""

    def reserved(
        self, doing: str, interrupt: Interrupt, tell: Callable[[str], None], *, wait: bool
    ) -> AbstractContextManager[Callable[[str], None]]:
        """Reserve the host for one measurement; yields a function that changes `doing`, which waiting users see."""
