"""A trial whose processes are stopped and continued says so."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, WAYS, by_way, eventually, request

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status

Run = Callable[[str, Callable[[list[int]], None]], Outcome]


@pytest.fixture
def run(broken_executor: LocalExecutor, interrupt: Interrupt, tmp_path: Path) -> Run:
    """Run a trial, and do something to its workers' processes while they sleep."""
    noted = tmp_path / "noted"
    noted.mkdir()

    def run(way: str, disturb: Callable[[list[int]], None]) -> Outcome:
        workers = 1 if way in ("sequential", "threading") else 2

        def pids() -> list[int]:
            return [int(file.name) for file in noted.iterdir()]

        def when_the_workers_wait() -> None:
            eventually(lambda: len(pids()) == workers)
            disturb(pids())
            (noted / "go on").touch()

        sender = threading.Thread(target=when_the_workers_wait)
        sender.start()
        asked = request("notes_pid_and_waits", *WAYS[way], workers=workers, FOLDER=str(noted))
        outcome = broken_executor.run(asked, PATIENCE_S, interrupt, lambda: None)
        sender.join()
        return outcome

    return run


def stop_and_continue(pids: list[int]) -> None:
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, number)


@by_way("sequential", "fork")
def test_a_worker_that_was_stopped_and_continued_is_counted(run: Run, way: str) -> None:
    outcome = run(way, lambda pids: stop_and_continue(pids[:1]))
    assert outcome.status is Status.OK
    assert outcome.surroundings.stops == 1


@by_way("fork", among=["fork", "spawn", "forkserver"])
def test_the_whole_trial_stopped_is_counted_for_each_of_its_processes(run: Run, way: str) -> None:
    def stop_all(pids: list[int]) -> None:
        group = os.getpgid(pids[0])
        os.killpg(group, signal.SIGSTOP)
        os.killpg(group, signal.SIGCONT)

    outcome = run(way, stop_all)
    assert outcome.status is Status.OK
    assert outcome.surroundings.stops == 3  # two workers and the child that waits for them


@by_way("fork")
def test_a_trial_that_nobody_stopped_counts_none(run: Run, way: str) -> None:
    assert run(way, lambda pids: None).surroundings.stops == 0
