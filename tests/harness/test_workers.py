"""The study's cases in small, by each of its modes and start methods."""

import multiprocessing
import os
import re
import sysconfig
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from support.own_trials import FINE, builtin_request, ended, name_of, run, ways

from runner.executors.local import LocalExecutor
from runner.harness.measure import SHORT_NS
from runner.harness.modes import STUDY_MODES
from runner.harness.workers import shares
from runner.outcome import Outcome, Timing

WAYS = ways(STUDY_MODES, tuple(multiprocessing.get_all_start_methods()))
STUDY: dict[str, dict[str, Any]] = {"cpu_bound": {"NUM": 20_000, "calls": 5}, "io_bound": {"TIME": 0.02}}
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel of Linux")


@dataclass(frozen=True)
class Trial:
    """One of the study's cases, run once for all the tests that look at it."""

    workload: str
    mode: str
    outcome: Outcome

    @property
    def timings(self) -> list[Timing]:
        return sorted(self.outcome.timings, key=lambda timing: (timing.worker, timing.call))

    def each(self, field: str) -> list[Any]:
        return [getattr(timing, field) for timing in self.timings]


CASES = [
    pytest.param(
        (workload, way),
        id=f"{workload}-{name_of(way)}",
        marks=pytest.mark.slow if workload == "io_bound" and way[1] in ("spawn", "forkserver") else (),
    )
    for workload in STUDY
    for way in WAYS
]


@pytest.fixture(scope="module", params=CASES)
def trial(request: pytest.FixtureRequest, executor: LocalExecutor) -> Trial:
    workload, way = request.param
    return Trial(workload, way[0], run(executor, builtin_request(workload, way, **STUDY[workload])))


@pytest.mark.parametrize(
    ("calls", "workers", "expected"),
    [(2, 2, [1, 1]), (5, 2, [3, 2]), (7, 3, [3, 2, 2]), (4, 1, [4]), (2, 3, [1, 1, 0])],
)
def test_calls_are_shared_as_evenly_as_can_be(calls: int, workers: int, expected: list[int]) -> None:
    assert shares(calls, workers) == expected


def test_the_trial_is_ok_and_every_call_is_there_once(trial: Trial) -> None:
    assert ended(trial.outcome) == FINE
    calls = STUDY[trial.workload].get("calls", 2)
    divided = [calls] if trial.mode == "sequential" else shares(calls, 2)
    expected = [(worker, call) for worker, share in enumerate(divided) for call in range(share)]
    assert list(zip(trial.each("worker"), trial.each("call"), strict=True)) == expected


def test_processes_and_threads_have_the_names_of_the_study(trial: Trial) -> None:
    for timing in trial.timings:
        number = timing.worker + 1
        if trial.mode == "multiprocessing":
            # A start method's own class of process puts its name before the study's "Process-1".
            name = re.sub(r"^(Fork|Spawn|ForkServer)(?=Process)", "", timing.process_name or "")
            assert (name, timing.thread_name) == (f"Process-{number}", "MainThread")
        elif trial.mode == "threading":
            assert timing.process_name == "MainProcess"
            assert timing.thread_name == f"Thread-{number} ({trial.workload})"
        else:
            assert (timing.process_name, timing.thread_name) == ("MainProcess", "MainThread")


def test_calls_in_one_process_share_its_pid_and_processes_have_their_own(trial: Trial) -> None:
    pids, parents = set(trial.each("pid")), set(trial.each("parent_pid"))
    assert len(parents) == 1
    assert not pids & parents
    assert os.getpid() not in pids | parents
    assert len(pids) == (2 if trial.mode == "multiprocessing" else 1)


def test_threads_and_processes_have_native_ids_of_their_own(trial: Trial) -> None:
    assert len(set(trial.each("native_id"))) == (1 if trial.mode == "sequential" else 2)


def test_the_stamps_of_each_call_are_in_order_and_inside_the_window(trial: Trial) -> None:
    start_ns, end_ns = trial.outcome.start_ns, trial.outcome.end_ns
    assert start_ns is not None
    assert end_ns is not None
    for timing in trial.timings:
        assert timing.submitted_ns <= timing.start_returned_ns <= timing.collected_ns
        assert timing.submitted_ns <= timing.first_instruction_ns
        assert timing.first_instruction_ns <= timing.begin_ns <= timing.end_ns <= timing.collected_ns
        assert start_ns <= timing.begin_ns
        if trial.mode != "sequential":
            assert start_ns <= timing.submitted_ns
            assert timing.collected_ns <= end_ns
    assert trial.outcome.wall_ns == end_ns - start_ns
    assert trial.outcome.wall_ns <= trial.outcome.elapsed_ns


def test_workers_are_started_one_after_the_other_and_collected_after_the_last_start(trial: Trial) -> None:
    first, last = trial.timings[0], trial.timings[-1]
    if trial.mode == "sequential":
        assert first.end_ns <= last.begin_ns
    else:
        assert first.start_returned_ns <= last.submitted_ns
        assert last.start_returned_ns <= first.collected_ns <= last.collected_ns


def test_the_calls_of_a_worker_never_overlap(trial: Trial) -> None:
    for earlier, later in zip(trial.timings, trial.timings[1:], strict=False):
        assert earlier.worker != later.worker or earlier.end_ns <= later.begin_ns


def test_a_sequential_trial_lasts_as_long_as_its_calls_alone(trial: Trial) -> None:
    """What is recorded between them does not count: a bare loop would not take that time."""
    if trial.mode == "sequential":
        first, last = trial.timings[0], trial.timings[-1]
        assert trial.outcome.start_ns == first.begin_ns
        assert last.end_ns - first.begin_ns >= trial.outcome.wall_ns
        sections = [timing for timing in trial.timings if timing.counted]
        assert trial.outcome.wall_ns >= sum(timing.end_ns - timing.begin_ns for timing in trial.timings)
        assert len(sections) == 1 or trial.outcome.wall_ns < last.end_ns - first.begin_ns


def test_counters_cover_every_call_once(trial: Trial) -> None:
    assert sum(trial.each("counted")) == sum(trial.each("batch"))
    counted = [timing for timing in trial.timings if timing.counted]
    assert all(timing.cpu_ns > 0 if trial.workload == "cpu_bound" else timing.cpu_ns >= 0 for timing in counted)
    assert {timing.cpu_ns for timing in trial.timings if not timing.counted} <= {None}
    assert trial.outcome.tree_cpu_ns >= sum(timing.cpu_ns for timing in counted)
    assert all((timing.process_cpu_ns is None) == (trial.mode == "threading") for timing in counted)
    assert {*trial.each("error_type"), *trial.each("error_message"), *trial.each("traceback")} == {None}


@LINUX
def test_the_kernels_counters_are_there(trial: Trial) -> None:
    assert all(peak > 1_000_000 for peak in trial.each("peak_rss_bytes"))
    switches = ("voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
    assert all(getattr(timing, field) >= 0 for field in switches for timing in trial.timings if timing.counted)


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not count run-queue waits")
def test_the_run_queue_wait_of_long_calls_is_known(trial: Trial) -> None:
    for timing in trial.timings:
        wait_ns, is_long = timing.run_queue_ns, timing.end_ns - timing.begin_ns >= SHORT_NS
        assert wait_ns >= 0 if is_long and timing.counted == 1 else wait_ns is None


@pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="a free-threaded build")
def test_the_lock_is_on_at_the_beginning_and_at_the_end(trial: Trial) -> None:
    assert {*trial.each("gil_begin"), *trial.each("gil_end"), trial.outcome.gil} == {True}


def test_calls_that_are_too_short_for_a_record_each_are_recorded_together(executor: LocalExecutor) -> None:
    outcome = run(executor, builtin_request("cpu_bound", ("multiprocessing", "fork"), calls=5_001, NUM=1))
    assert ended(outcome) == FINE
    for worker, calls in enumerate((2_501, 2_500)):
        own = [timing for timing in outcome.timings if timing.worker == worker]
        assert [timing.call for timing in own] == list(accumulate((timing.batch for timing in own[:-1]), initial=0))
        assert sum(timing.batch for timing in own) == sum(timing.counted for timing in own) == calls
        assert len(own) < calls / 10
