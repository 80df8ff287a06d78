"""The study's cases in small, by every mode and start method and under every interpreter of this machine."""

import functools
import multiprocessing
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import helpers
from support.own_trials import own_trials

from runner.executors.local import LocalExecutor, interpreter_under_test
from runner.harness.measure import SHORT_NS
from runner.harness.modes import MODES
from runner.host.interpreters import OLDEST, ask, installed
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status, Timing

WAYS = [
    ("sequential", None),
    ("threading", None),
    *(("multiprocessing", method) for method in multiprocessing.get_all_start_methods()),
]
STUDY: dict[str, dict[str, float]] = {"cpu_bound": {"NUM": 20_000}, "io_bound": {"TIME": 0.02}}
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel of Linux")


def way(mode: str, start_method: str | None) -> str:
    return f"{mode}-{start_method}" if start_method else mode


by_every_way = pytest.mark.parametrize(("mode", "start_method"), WAYS, ids=[way(*each) for each in WAYS])


@functools.cache
def interpreters() -> Mapping[str, str]:
    """Return every interpreter that the harness is made for: on the PATH, of pyenv, of uv, and the current one."""
    current = ask([Path(os.path.realpath(interpreter_under_test()))])
    found = [one for one in (*installed(os.environ), *current) if one and one.version >= OLDEST]
    return {f"{one.implementation} {one.release} {one.path}": str(one.path) for one in found}


by_every_interpreter = pytest.mark.parametrize("python", interpreters().values(), ids=interpreters().keys())


def answer_of(interpreter: str, expression: str) -> str:
    """Return what an interpreter makes of `expression`."""
    script = f"import sys, platform; print({expression})"
    return subprocess.check_output([interpreter, "-I", "-c", script], text=True, timeout=60).strip()


@dataclass(frozen=True)
class Trial:
    """One of the study's cases, run once for all the tests that look at it."""

    workload: str
    mode: str
    start_method: str | None
    outcome: Outcome

    @property
    def timings(self) -> list[Timing]:
        return sorted(self.outcome.timings, key=lambda timing: (timing["worker"], timing["call"]))

    def each(self, field: str) -> list[Any]:
        return [timing[field] for timing in self.timings]


def run(executor: LocalExecutor, request: Mapping[str, Any]) -> Outcome:
    with Interrupt() as interrupt:
        return executor.run(request, timeout_s=120, interrupt=interrupt, tick=lambda: None)


CASES = [(workload, *each) for workload in STUDY for each in WAYS]


@pytest.fixture(scope="module")
def shared_executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as local:
        yield local


@pytest.fixture(scope="module", params=CASES, ids=[f"{workload}-{way(*rest)}" for workload, *rest in CASES])
def trial(request: pytest.FixtureRequest, shared_executor: LocalExecutor) -> Trial:
    workload, mode, start_method = request.param
    asked = helpers.request(workload, mode, start_method, **STUDY[workload])
    return Trial(workload, mode, start_method, run(shared_executor, asked))


def test_the_trial_is_ok_and_every_call_is_there_once(trial: Trial) -> None:
    assert (trial.outcome.status, trial.outcome.reason) == (Status.OK, None)
    expected = [(0, 0), (0, 1)] if trial.mode == "sequential" else [(0, 0), (1, 0)]
    assert list(zip(trial.each("worker"), trial.each("call"), strict=True)) == expected


def test_processes_and_threads_bear_the_names_of_the_study(trial: Trial) -> None:
    processes, threads = trial.each("process_name"), trial.each("thread_name")
    if trial.mode == "multiprocessing":
        # A start method's own class of process puts its name before the study's "Process-1".
        assert [re.sub(r"^(Fork|Spawn|ForkServer)(?=Process)", "", name) for name in processes] == [
            "Process-1",
            "Process-2",
        ]
    else:
        assert processes == ["MainProcess"] * 2
    if trial.mode == "threading":
        numbered = [f"Thread-{number}" for number in (1, 2)]
        assert threads == [f"{name} ({trial.workload})" for name in numbered]
    else:
        assert threads == ["MainThread"] * 2


def test_calls_in_one_process_share_its_pid_and_processes_have_their_own(trial: Trial) -> None:
    pids, parents = trial.each("pid"), trial.each("parent_pid")
    assert len(set(parents)) == 1
    assert os.getpid() not in {*pids, *parents}
    if trial.mode == "multiprocessing":
        assert len({*pids, *parents}) == 3
    else:
        assert len(set(pids)) == 1
        assert pids[0] != parents[0]


def test_threads_and_processes_have_native_ids_of_their_own(trial: Trial) -> None:
    assert len(set(trial.each("native_id"))) == (1 if trial.mode == "sequential" else 2)


def test_the_stamps_of_each_call_are_in_order_and_inside_the_window(trial: Trial) -> None:
    start_ns, end_ns = trial.outcome.start_ns, trial.outcome.end_ns
    assert start_ns is not None
    assert end_ns is not None
    for timing in trial.timings:
        assert start_ns <= timing["submitted_ns"] <= timing["start_returned_ns"] <= timing["collected_ns"] <= end_ns
        assert timing["submitted_ns"] <= timing["first_instruction_ns"]
        assert timing["first_instruction_ns"] <= timing["begin_ns"] <= timing["end_ns"] <= timing["collected_ns"]
    assert trial.outcome.wall_ns == end_ns - start_ns
    assert trial.outcome.wall_ns <= trial.outcome.elapsed_ns


def test_workers_are_started_one_after_the_other_and_collected_after_the_last_start(trial: Trial) -> None:
    first, second = trial.timings
    if trial.mode == "sequential":
        assert first["end_ns"] <= second["begin_ns"]
    else:
        assert first["start_returned_ns"] <= second["submitted_ns"]
        assert second["start_returned_ns"] <= first["collected_ns"] <= second["collected_ns"]


def test_counters_are_plausible(trial: Trial) -> None:
    assert all(cpu_ns > 0 if trial.workload == "cpu_bound" else cpu_ns >= 0 for cpu_ns in trial.each("cpu_ns"))
    assert trial.each("error_type") == trial.each("error_message") == trial.each("traceback") == [None, None]


@LINUX
def test_the_kernels_counters_are_there(trial: Trial) -> None:
    assert all(peak > 1_000_000 for peak in trial.each("peak_rss_bytes"))
    switches = ("voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
    assert all(value >= 0 for field in switches for value in trial.each(field))


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not count run-queue waits")
def test_the_run_queue_wait_of_long_calls_is_known(trial: Trial) -> None:
    for begin_ns, end_ns, wait_ns in zip(*map(trial.each, ("begin_ns", "end_ns", "run_queue_ns")), strict=True):
        assert wait_ns is None if end_ns - begin_ns < SHORT_NS else wait_ns >= 0


@pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="a free-threaded build")
def test_the_lock_is_on_at_the_beginning_and_at_the_end(trial: Trial) -> None:
    assert trial.each("gil_begin") == trial.each("gil_end") == [True, True]
    assert trial.outcome.gil is True


def overlap(first: Timing, second: Timing) -> bool:
    return max(first["begin_ns"], second["begin_ns"]) < min(first["end_ns"], second["end_ns"])


@pytest.mark.parametrize(("mode", "start_method"), WAYS[1:], ids=[way(*each) for each in WAYS[1:]])
def test_sleeping_workers_sleep_at_the_same_time(executor: LocalExecutor, mode: str, start_method: str | None) -> None:
    outcome = run(executor, helpers.request("io_bound", mode, start_method, TIME=0.5))
    assert overlap(*outcome.timings)


def test_sequential_calls_never_overlap(executor: LocalExecutor) -> None:
    outcome = run(executor, helpers.request("cpu_bound", workers=4, NUM=20_000))
    calls = outcome.timings
    assert len(calls) == 4
    assert not any(overlap(first, second) for first in calls for second in calls if first is not second)


@by_every_way
def test_a_fixed_number_of_calls_is_shared_among_the_workers(
    executor: LocalExecutor, mode: str, start_method: str | None
) -> None:
    asked = {**helpers.request("cpu_bound", mode, start_method, NUM=10), "calls": 5}
    outcome = run(executor, asked)
    made = sorted((timing["worker"], timing["call"]) for timing in outcome.timings)
    assert outcome.status is Status.OK
    if mode == "sequential":
        assert made == [(0, call) for call in range(5)]
    else:
        assert made == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]


def test_more_records_than_a_pipe_holds_all_come_back(executor: LocalExecutor) -> None:
    asked = {**helpers.request("cpu_bound", "multiprocessing", "fork", NUM=1), "calls": 5_000}
    outcome = run(executor, asked)
    made = {(timing["worker"], timing["call"]) for timing in outcome.timings}
    assert outcome.status is Status.OK
    assert made == {(worker, call) for worker in (0, 1) for call in range(2_500)}


FINE = (Status.OK, None, None)


def ended(outcome: Outcome) -> tuple[Status, str | None, str | None]:
    return outcome.status, outcome.reason, outcome.output


@by_every_interpreter
def test_every_interpreter_runs_every_mode_that_it_has(python: str, tmp_path: Path) -> None:
    """The runner's own workload, and a function with all that can go with one."""
    with own_trials(tmp_path, python) as own:
        found: dict[str, Any] = {}
        for mode, method in own.ways:
            asked = helpers.request("cpu_bound", mode, method, NUM=1_000)
            bare = run(own.executor, {**asked, "python": python})
            note = tmp_path / f"{mode}-{method}"
            full = own.run("notes", (mode, method), calls=3, warmup_calls=1, PATH=str(note))
            found[way(mode, method)] = (ended(bare), len(bare.timings), ended(full), len(full.timings))
            assert len(note.read_text().splitlines()) == (5 if mode == "sequential" else 7)
        found["asyncio, async"] = ended(own.run("notes_async", ("asyncio", None), PATH=str(tmp_path / "async")))
    assert found.pop("asyncio, async") == FINE
    assert found == dict.fromkeys(found, (FINE, 2, FINE, 3))


@by_every_interpreter
def test_every_interpreter_tells_what_it_is_and_which_modes_it_has(python: str) -> None:
    with LocalExecutor(python) as executor:
        facts = executor.ask({"kind": "probe"})["interpreter"]
    version = answer_of(python, "sys.version.split()[0]")
    implementation = answer_of(python, "sys.implementation.name")
    assert (facts["implementation"], facts["version"]) == (implementation, version)
    assert facts["label"].removesuffix("t") == f"{implementation} {version}"
    assert set(facts["start_methods"]) >= {"fork", "spawn"}
    has_pool_of_interpreters = implementation == "cpython" and answer_of(python, "sys.version_info >= (3, 14)")
    expected = [mode for mode in MODES if mode != "interpreter_pool" or has_pool_of_interpreters == "True"]
    assert facts["modes"] == expected
    assert isinstance(facts["flags"], dict)


@by_every_interpreter
def test_every_interpreter_names_threads_after_what_they_do_where_it_does_at_all(python: str) -> None:
    with LocalExecutor(python) as executor:
        outcome = run(executor, helpers.request("cpu_bound", "threading", NUM=1_000))
    names_targets = answer_of(python, "sys.version_info >= (3, 10)") == "True"
    expected = {f"Thread-{number} (cpu_bound)" if names_targets else f"Thread-{number}" for number in (1, 2)}
    assert {timing["thread_name"] for timing in outcome.timings} == expected
