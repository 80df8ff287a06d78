"""One worker takes its process down, and with it whoever shares that."""

import signal

import pytest

from runner.harness.workloads.contexts import Threads
from runner.harness.workloads.crashing import crashing


@pytest.mark.parametrize("way", ["sequential", "threading", "thread_pool"])
def test_who_shares_its_process_goes_down_with_it(trial, way):
    ended = trial(way, "crashing", calls=3, workers=3, NUM=1_000)
    assert (ended.code, ended.out) == (-signal.SIGKILL, "")


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_other_processes_count_on(trial, way):
    tally = trial(way, "crashing", calls=3, workers=3, NUM=1_000).tally
    assert sorted(tally["exit_codes"]) == [-signal.SIGKILL, 0, 0]
    assert tally["made"] == 2


@pytest.mark.parametrize("way", ["process_pool_fork", "process_pool_spawn"])
def test_a_pool_of_processes_breaks(trial, way):
    ended = trial(way, "crashing", calls=3, workers=3, NUM=1_000)
    assert ended.code == 1
    assert "BrokenProcessPool" in ended.err


def test_whoever_comes_second_counts_down():
    lock = crashing.share(Threads)
    lock.acquire()
    assert crashing(lock, 1_000) is None
