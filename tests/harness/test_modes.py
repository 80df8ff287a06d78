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

from runner.executors.local import LocalExecutor, interpreter_under_test
from runner.harness.measure import SHORT_NS
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
    """Return every CPython from 3.9 on: on the PATH, and where the usual installers put them."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for pattern in (".pyenv/versions/*/bin", ".local/share/uv/python/*/bin"):
        folders += sorted(Path.home().glob(pattern))
    named = [path for folder in folders for path in sorted(folder.glob("python3.*")) if is_recent(path.name)]
    # The executable itself is the identity: a name on the PATH can be a link to it, or a script that looks for it.
    real = {os.path.realpath(base) for path in named if (base := base_executable(path))}
    return {version(path): path for path in sorted({*real, os.path.realpath(interpreter_under_test())})}


def is_recent(name: str) -> bool:
    match = re.fullmatch(r"python3\.(\d+)t?", name)
    return bool(match) and int(match[1]) >= 9


def base_executable(path: Path) -> str | None:
    return answer_of(str(path), "getattr(sys, '_base_executable', sys.executable)")


def version(path: str) -> str:
    return f"{answer_of(path, 'sys.version.split()[0]')} {path}"


def answer_of(interpreter: str, expression: str) -> str | None:
    """Return what a CPython makes of `expression`, or None where there is none after all."""
    script = f"import sys; print({expression} if sys.implementation.name == 'cpython' else '')"
    try:
        asked = subprocess.run(
            [interpreter, "-I", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


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


@by_every_way
@pytest.mark.parametrize("interpreter", interpreters().values(), ids=interpreters().keys())
def test_every_interpreter_runs_every_mode(interpreter: str, mode: str, start_method: str | None) -> None:
    with LocalExecutor(interpreter) as executor:
        outcome = run(executor, helpers.request("cpu_bound", mode, start_method, NUM=1_000))
    assert (outcome.status, outcome.reason, outcome.output) == (Status.OK, None, None)
    assert len(outcome.timings) == 2
    if mode == "threading":
        names_targets = answer_of(interpreter, "sys.version_info >= (3, 10)") == "True"
        expected = {f"Thread-{number} (cpu_bound)" if names_targets else f"Thread-{number}" for number in (1, 2)}
        assert {timing["thread_name"] for timing in outcome.timings} == expected


@pytest.mark.parametrize("interpreter", interpreters().values(), ids=interpreters().keys())
def test_every_interpreter_tells_what_it_is(interpreter: str) -> None:
    with LocalExecutor(interpreter) as executor:
        facts = executor.ask({"kind": "probe"})["interpreter"]
    assert facts["version"] == answer_of(interpreter, "sys.version.split()[0]")
    assert facts["label"].startswith(f"cpython {facts['version']}")
    assert set(facts["start_methods"]) >= {"fork", "spawn"}
