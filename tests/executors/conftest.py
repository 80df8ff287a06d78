"""Trials of workloads that go wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.trials import Run, trial

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome


@pytest.fixture(scope="module")
def one_executor(broken_harness: Path) -> Iterator[LocalExecutor]:
    """Return one executor for all trials of a module: as in a sweep, no trial may affect those that follow."""
    with LocalExecutor(harness=broken_harness) as local:
        yield local


@pytest.fixture
def run(one_executor: LocalExecutor, interrupt: Interrupt) -> Run:
    """Run a trial of one of the broken workloads."""

    def run(*words: Any, **options: Any) -> Outcome:
        return trial(one_executor, interrupt, *words, **options)

    return run
