"""One worker kills its process, and with it all that share the process."""

import pytest

from runner.harness.workloads.contexts import Threads
from runner.harness.workloads.crashing import crashing
from runner.outcome import Status


@pytest.mark.parametrize("way", ["sequential", "threading", "thread_pool"])
def test_workers_that_share_its_process_die_with_it(trial, way):
    outcome = trial(way, "crashing", workers=3, NUM=1_000)
    assert (outcome.status, outcome.reason) == (Status.CRASHED, "the child was killed by SIGKILL")


@pytest.mark.parametrize("way", ["fork", "spawn", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_other_processes_count_on(trial, way):
    outcome = trial(way, "crashing", workers=3, NUM=1_000)
    assert outcome.status is Status.CRASHED
    assert sorted(timing.error_type or "" for timing in outcome.timings) == ["", "", "WorkerDied"]


@pytest.mark.parametrize("way", ["process_pool_fork", pytest.param("process_pool_spawn", marks=pytest.mark.slow)])
def test_a_pool_of_processes_breaks(trial, way):
    outcome = trial(way, "crashing", workers=3, NUM=1_000)
    assert outcome.status is Status.CRASHED
    assert "BrokenProcessPool" in {timing.error_type for timing in outcome.timings}


def test_whoever_comes_second_counts_down():
    lock = crashing.share(Threads)
    lock.acquire()
    assert crashing(lock, 1_000) is None
