"""A launcher that somebody has stopped holds nobody up for ever."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, eventually, request
from support.traces import IN_PROC, Traces

from runner.executors import child, launched
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Status

pytestmark = pytest.mark.skipif(not IN_PROC, reason="finds processes in /proc")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (child, launched):
        monkeypatch.setattr(module, "PATIENCE_S", 0.5)


@pytest.fixture
def stuck(executor: LocalExecutor, interrupt: Interrupt, traces: Traces) -> LocalExecutor:
    """An executor whose launcher is stopped between two trials."""
    assert executor.run(request("cpu_bound", NUM=1), PATIENCE_S, interrupt, lambda: None).status is Status.OK
    (launcher,) = traces.all()
    os.kill(launcher, signal.SIGSTOP)
    return executor


def test_before_a_trial_it_is_replaced_and_the_sweep_goes_on(stuck: LocalExecutor, interrupt: Interrupt) -> None:
    first, second = (stuck.run(request("cpu_bound", NUM=1), PATIENCE_S, interrupt, lambda: None) for _ in range(2))
    assert first.status is Status.CRASHED
    assert first.reason == "the child was lost, because the launcher process died"
    assert second.status is Status.OK


def test_in_a_trial_that_takes_too_long_nothing_of_that_is_left(
    broken_executor: LocalExecutor, interrupt: Interrupt, traces: Traces, tmp_path: Path
) -> None:
    def stop_the_launcher() -> None:
        if any(tmp_path.glob("[0-9]*")):
            for launcher in traces.all() - traces.of_trials():
                with suppress(ProcessLookupError):  # a process of the trial that was just being started
                    os.kill(launcher, signal.SIGSTOP)

    asked = request("notes_pid", "multiprocessing", "fork", FOLDER=str(tmp_path), SECONDS=600)
    outcome = broken_executor.run(asked, 1.5, interrupt, stop_the_launcher)
    assert outcome.status is Status.TIMEOUT
    eventually(lambda: not traces.of_trials())


def test_at_the_end_it_is_not_waited_for(stuck: LocalExecutor, traces: Traces) -> None:
    stuck.__exit__(None, None, None)
    assert traces.all() == set()
