"""Trials of the runner's own workloads, of which nothing may be left."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.own_trials import Way, builtin_request, run

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.outcome import Outcome

IN_MEMORY = Path("/dev/shm")  # where multiprocessing's arrays are files, named after the process that makes them

WAYS: dict[str, Way] = {
    "sequential": ("sequential", None),
    "threading": ("threading", None),
    "fork": ("multiprocessing", "fork"),
    "spawn": ("multiprocessing", "spawn"),
    "forkserver": ("multiprocessing", "forkserver"),
    "thread_pool": ("thread_pool", None),
    "process_pool_fork": ("process_pool", "fork"),
    "process_pool_spawn": ("process_pool", "spawn"),
}


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return an empty folder with a name short enough for the socket of a forkserver."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def emptied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalExecutor, Path]]:
    """Return an executor, and the folder for temporary files of its trials."""
    with tempfile.TemporaryDirectory() as folder, LocalExecutor() as local:
        with pytest.MonkeyPatch.context() as environment, Interrupt() as interrupt:
            environment.setenv("TMPDIR", folder)
            environment.setenv("PYTHONWARNINGS", "error")
            local.probe(interrupt)  # now its launcher has the environment of all trials
        yield local, Path(folder)


@pytest.fixture
def trial(emptied: tuple[LocalExecutor, Path]) -> Iterator[Callable[..., Outcome]]:
    """Run one trial; what it prints, or leaves behind, fails the test."""
    executor, folder = emptied
    outcomes = []

    def trial(way: str, workload: str, **options: Any) -> Outcome:
        outcomes.append(run(executor, builtin_request(workload, WAYS[way], **options)))
        return outcomes[-1]

    yield trial
    assert [outcome.output for outcome in outcomes] == [None] * len(outcomes)
    # multiprocessing leaves the folder of a forkserver's socket where a process ends without its exit hooks.
    assert [path.name for path in folder.iterdir() if not path.name.startswith("pymp-")] == []
    pids = {pid for outcome in outcomes for timing in outcome.timings for pid in (timing.pid, timing.parent_pid)}
    assert [path.name for pid in pids for path in IN_MEMORY.glob(f"*-{pid}-*")] == []
