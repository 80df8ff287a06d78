"""Executors take a request and return an outcome; a host has one. Nothing above them knows where a trial ran."""

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
    """Runs one trial at a time, each in a fresh interpreter of which nothing is left afterwards.

    Its methods raise `ExecutorBroken` when an interpreter cannot be run at all. The first two raise `Interrupted` when
    a stop is requested.
    """

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:
        """Return what an interpreter is, and on which host; by default the interpreter that this executor prefers."""

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:
        """Return a description of each of the functions."""

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        """Run one trial to its end.

        A trial that fails in whatever way is an `Outcome`. `tick` is called about once a second while the trial runs,
        and must return quickly.
        """

    def close(self) -> None:
        """End what the executor has started."""


class Host(Protocol):
    """A machine that runs one trial at a time, and can be asked about its interpreters and files."""

    @property
    def executor(self) -> Executor:
        """Return what runs trials there."""

    def default_interpreter(self, *, own_functions: bool) -> str:
        """Return the path of the interpreter under test where none is named; `own_functions` says for whose code."""

    def find_interpreter(self, word: str, folder: Path) -> str:
        """Return the path of the interpreter that a grid file in `folder` calls `word`. Raises BadInput."""

    def identify(self, path: str) -> str:
        """Return the same text for two paths of one interpreter."""

    def can_start(self, path: str) -> bool:
        """Whether a file at that path can be started."""

    def has_file(self, path: str) -> bool:
        """Whether there is a file at that path."""

    def reserved(
        self, doing: str, interrupt: Interrupt, tell: Callable[[str], None], *, wait: bool
    ) -> AbstractContextManager[Callable[[str], None]]:
        """Keep all others from measuring there; yields what changes `doing`, which those who wait can read."""
