"""Users' own functions in every mode that there is: each call once, hooks where they belong, errors as they are.

What the functions are is in support/own_workloads.py.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.helpers import eventually
from support.own_trials import OwnTrials, Way, own_trials

from runner.executors.local import interpreter_under_test
from runner.harness import facts
from runner.harness.gate import Gate
from runner.harness.job import Job
from runner.harness.modes import STARTS_PROCESSES, TASK_MODES
from runner.harness.tasks import _in_pool, get_ready
from runner.outcome import Outcome, Status

HERE = facts.interpreter()
WAYS: list[Way] = [
    (mode, method)
    for mode in HERE["modes"]
    for method in (HERE["start_methods"] if mode in STARTS_PROCESSES else [None])
]
TASK_WAYS = [way for way in WAYS if way[0] in TASK_MODES]
CONCURRENT = [way for way in WAYS if way[0] != "sequential"]
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel of Linux")


def name(way: Way) -> str:
    return "-".join(filter(None, way))


def by(ways: list[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=map(name, ways))


BOTH_KINDS = [*((way, "") for way in WAYS), (("asyncio", None), "_async")]
in_both_kinds = pytest.mark.parametrize(
    ("way", "kind"), BOTH_KINDS, ids=[name(way) + kind.replace("_", "-") for way, kind in BOTH_KINDS]
)


FAILING_WAYS = [way for way in WAYS if way[1] in (None, "fork") or way == ("process_pool", "spawn")]
FAILING = [*((way, "") for way in FAILING_WAYS), (("asyncio", None), "_async")]
failing_in_both_kinds = pytest.mark.parametrize(
    ("way", "kind"), FAILING, ids=[name(way) + kind.replace("_", "-") for way, kind in FAILING]
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnTrials]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("PYTHONPATH", raising=False)  # by which the tests may have been given the runner itself
        with own_trials(tmp_path_factory.mktemp("own"), interpreter_under_test()) as trials:
            yield trials


def notes(path: Path) -> dict[str, list[int]]:
    """Return when each thing that was noted happened."""
    found: dict[str, list[int]] = {"setup": [], "call": []}
    for line in path.read_text().splitlines():
        what, stamp = line.split()
        found[what].append(int(stamp))
    return found


def ended(outcome: Outcome) -> tuple[Status, str | None]:
    return outcome.status, outcome.reason


def last(outcome: Outcome) -> int:
    """Return when the last call was through: a task when its driver had what it returned."""
    stamp = "end_ns" if outcome.timings[0]["queued_ns"] is None else "collected_ns"
    moment: int = max(timing[stamp] for timing in outcome.timings)
    return moment


def workers(way: Way) -> int:
    return 1 if way[0] == "sequential" else 2


def test_the_tests_try_what_the_interpreter_has(own: OwnTrials) -> None:
    assert own.ways == WAYS


@in_both_kinds
def test_each_call_is_made_once_and_set_up_and_warm_up_come_before_the_clock(
    own: OwnTrials, way: Way, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes"
    outcome = own.run(f"notes{kind}", way, calls=5, warmup_calls=2, PATH=str(path))
    assert ended(outcome) == (Status.OK, None)
    assert len(outcome.timings) == 5
    noted = notes(path)
    assert len(noted["setup"]) == workers(way)
    assert len(noted["call"]) == 5 + 2 * workers(way)
    assert outcome.start_ns is not None
    before = [stamp for stamp in noted["call"] if stamp < outcome.start_ns]
    assert len(before) == 2 * workers(way)
    assert max(noted["setup"]) < outcome.start_ns <= min(timing["begin_ns"] for timing in outcome.timings)
    assert outcome.end_ns == last(outcome)
    first = [timing for timing in outcome.timings if timing["call"] == 0]
    assert all(timing["setup_ns"] > 0 and timing["warmup_ns"] > 0 for timing in first)
    later = [timing for timing in outcome.timings if timing["call"] > 0]
    assert {(timing["setup_ns"], timing["warmup_ns"]) for timing in later} <= {(None, None)}


@in_both_kinds
def test_more_calls_than_workers_are_numbered_within_each_worker(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"plain{kind}", way, calls=5)
    assert ended(outcome) == (Status.OK, None)
    assert len(outcome.timings) == 5
    made = Counter(timing["worker"] for timing in outcome.timings)
    assert sorted(made) == list(range(len(made)))
    assert len(made) <= workers(way)
    for worker, calls in made.items():
        assert {timing["call"] for timing in outcome.timings if timing["worker"] == worker} == set(range(calls))
    assert {(timing["setup_ns"], timing["warmup_ns"], timing["error_type"]) for timing in outcome.timings} == {
        (None, None, None)
    }


@in_both_kinds
def test_the_stamps_of_each_call_are_in_order_and_only_tasks_are_queued(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"plain{kind}", way, calls=4)
    assert outcome.start_ns is not None
    assert outcome.end_ns is not None
    for timing in outcome.timings:
        assert outcome.start_ns <= timing["submitted_ns"] <= timing["start_returned_ns"] <= outcome.end_ns
        assert timing["first_instruction_ns"] <= timing["begin_ns"] <= timing["end_ns"] <= timing["collected_ns"]
        if way[0] in TASK_MODES:
            assert timing["queued_ns"] == timing["first_instruction_ns"] - timing["submitted_ns"] >= 0
        else:
            assert timing["queued_ns"] is None


@by(TASK_WAYS)
def test_with_a_barrier_all_workers_are_there_before_the_first_call(own: OwnTrials, way: Way) -> None:
    outcome = own.run("plain", way, calls=6, barrier=True)
    assert ended(outcome) == (Status.OK, None)
    assert outcome.start_ns is not None
    assert min(timing["begin_ns"] for timing in outcome.timings) >= outcome.start_ns
    assert outcome.end_ns == last(outcome)


@pytest.mark.parametrize(
    ("mode", "where"),
    [
        ("thread_pool", "threads"),
        ("asyncio", "threads"),
        ("process_pool", "processes"),
        ("interpreter_pool", "threads"),
    ],
)
def test_workers_are_what_the_mode_says(own: OwnTrials, mode: str, where: str) -> None:
    if mode not in HERE["modes"]:
        pytest.skip(f"this interpreter has no {mode}")
    outcome = own.run("plain", (mode, None), calls=6, barrier=True)
    pids = {timing["pid"] for timing in outcome.timings}
    parents = {timing["parent_pid"] for timing in outcome.timings}
    assert len(parents) == 1
    assert bool(pids & parents) is False
    if where == "processes":
        assert all(timing["process_name"] != "MainProcess" for timing in outcome.timings)
        assert all(timing["thread_name"] == "MainThread" for timing in outcome.timings)
    else:
        assert len(pids) == 1
        assert all(timing["thread_name"] != "MainThread" for timing in outcome.timings)


def test_coroutines_are_all_in_the_one_thread(own: OwnTrials) -> None:
    outcome = own.run("plain_async", ("asyncio", None), calls=4)
    assert {timing["thread_name"] for timing in outcome.timings} == {"MainThread"}
    assert {timing["cpu_ns"] for timing in outcome.timings} == {None}


@by(CONCURRENT)
def test_a_coroutine_function_runs_in_every_mode(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("plain_async", way, calls=3)) == (Status.OK, None)


@by([way for way in WAYS if way[0] != "interpreter_pool"])
def test_what_is_shared_is_shared_by_all_calls(own: OwnTrials, way: Way) -> None:
    outcome = own.run("counts", way, calls=4, times=50)
    assert ended(outcome) == (Status.OK, None)


@pytest.mark.parametrize("function", ["adds", "adds_part"])
@by([way for way in WAYS if way in (("multiprocessing", "spawn"), ("process_pool", "spawn"), ("thread_pool", None))])
def test_an_object_that_can_be_called_is_a_workload_too(own: OwnTrials, way: Way, function: str) -> None:
    given = {"a": 1} if function == "adds" else {}
    assert ended(own.run(function, way, calls=3, **given)) == (Status.OK, None)


# What goes wrong ------------------------------------------------------------------------------------------------------


@failing_in_both_kinds
def test_a_wrong_result_makes_the_trial_fail_and_the_calls_stay_timed(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"wrong{kind}", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: WrongResult: check returned False for the result 3")
    assert all(timing["end_ns"] >= timing["begin_ns"] for timing in outcome.timings)


@failing_in_both_kinds
def test_a_setup_that_raises_makes_the_trial_fail_with_the_users_own_error(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"cannot_set_up{kind}", way)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.startswith("worker 0")
    assert outcome.reason.endswith(": FileNotFoundError: no such log")


@by([("thread_pool", None), ("asyncio", None), ("process_pool", "fork")])
@pytest.mark.parametrize("attempt", range(3))
def test_nobody_waits_for_ever_for_a_worker_that_a_pool_never_started(own: OwnTrials, way: Way, attempt: int) -> None:
    """One that is back at once, because it could not set up, takes all the calls."""
    outcome = own.run("cannot_set_up", way, workers=4, calls=4)
    assert outcome.status is Status.FAILED


@failing_in_both_kinds
def test_a_call_that_raises_makes_the_trial_fail_with_the_users_own_error(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"raises{kind}", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: ValueError: no")
    assert outcome.timings[0]["traceback"].rstrip().endswith("ValueError: no")


@by(FAILING_WAYS)
def test_a_warm_up_call_that_raises_makes_the_trial_fail(own: OwnTrials, way: Way) -> None:
    outcome = own.run("cannot_warm_up", way, warmup_calls=1)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.endswith(": ZeroDivisionError: division by something")


@by([way for way in FAILING_WAYS if way in TASK_WAYS])
def test_a_call_that_wants_to_exit_fails_and_the_child_lives_on(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("exits", way)) == (Status.FAILED, "worker 0: SystemExit: enough")


@by([way for way in FAILING_WAYS if way in TASK_WAYS])
def test_what_a_pool_of_processes_returns_must_be_picklable(own: OwnTrials, way: Way) -> None:
    outcome = own.run("gives_lambda", way)
    if way[0] in ("thread_pool", "asyncio"):
        assert ended(outcome) == (Status.OK, None)
    else:
        assert outcome.status is Status.FAILED
        assert outcome.reason is not None
        assert "lambda" in outcome.reason


@pytest.mark.parametrize("function", ["dies", "dies_in_setup"])
@by([way for way in TASK_WAYS if way[0] == "process_pool"])
def test_a_process_of_a_pool_that_dies_has_crashed_the_trial(own: OwnTrials, way: Way, function: str) -> None:
    outcome = own.run(function, way, calls=4)
    assert outcome.status is Status.CRASHED
    assert outcome.reason is not None
    assert "left no record of its call" in outcome.reason
    assert {timing["error_type"] for timing in outcome.timings} == {"BrokenProcessPool"}


class Exhausted(ThreadPoolExecutor):
    """A pool that can start but one thread."""

    def submit(self, *work: Any, **options: Any) -> Any:
        if self._threads:
            raise RuntimeError("can't start new thread")
        return super().submit(*work, **options)


def test_a_pool_that_cannot_start_all_its_workers_says_so_and_those_it_has_do_not_wait_for_them() -> None:
    own, gate, shifts = Job(int, {}), Gate(), []
    ready = {"initializer": get_ready, "initargs": (own, gate)}
    driver = threading.Thread(target=lambda: shifts.append(_in_pool(Exhausted, own, 2, 2, gate, **ready)), daemon=True)
    driver.start()
    eventually(lambda: shifts)
    (shift,) = shifts
    assert shift.error is not None
    assert shift.error[:2] == ("RuntimeError", "can't start new thread")
    assert [task.record is not None for task in shift.tasks] == [True]


@by([way for way in WAYS if way[0] == "multiprocessing"])
def test_a_process_that_dies_before_the_barrier_holds_nobody_up(own: OwnTrials, way: Way) -> None:
    outcome = own.run("dies_in_setup", way)
    assert outcome.status is Status.CRASHED
    assert outcome.reason is not None
    assert outcome.reason.endswith("exited with code 3 before its work was done")


@LINUX
@by([way for way in WAYS if way[1] in ("spawn", "forkserver")])
def test_a_lock_that_has_a_name_in_the_system_is_gone_with_its_trial(own: OwnTrials, way: Way, tmp_path: Path) -> None:
    outcome = own.run("locks", way, PATH=str(tmp_path / "name"))
    assert (*ended(outcome), outcome.output) == (Status.OK, None, None)
    name_of_lock = (tmp_path / "name").read_text()
    assert name_of_lock.startswith("/mp-")
    assert not Path(f"/dev/shm/sem.{name_of_lock[1:]}").exists()


@pytest.mark.skipif(HERE["free_threaded_build"], reason="a build that can do without the lock")
@by([("sequential", None), ("thread_pool", None), ("process_pool", "fork"), ("asyncio", None)])
def test_a_trial_whose_lock_is_not_as_it_should_be_has_failed(own: OwnTrials, way: Way) -> None:
    outcome = own.run_request({**own.request("plain", way), "gil": False})
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.startswith("the interpreter lock was on at the beginning of a call of worker 0")
    assert len(outcome.timings) == 2


# Where it runs --------------------------------------------------------------------------------------------------------


@by(WAYS)
def test_the_folder_of_the_file_comes_first_on_the_import_path_and_nothing_of_the_runner_is_on_it(
    own: OwnTrials, way: Way
) -> None:
    # The modules of the harness, and what this project is called; what it needs may be there for other reasons.
    names = "runner analysis measure tasks child inspection placement"
    assert ended(own.run("sees", way, NAMES=names)) == (Status.OK, None)


@by([("sequential", None), ("process_pool", "spawn")])
def test_a_module_that_can_be_imported_would_be_noticed(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("sees", way, NAMES="json")) == (Status.FAILED, "worker 0: AssertionError: ['json']")


@by([way for way in WAYS if way[1] in (None, "spawn", "forkserver")])
def test_the_environment_of_a_case_is_that_of_its_workers(own: OwnTrials, way: Way) -> None:
    outcome = own.run("has_variables", way, env={"MY_THREADS": 3}, NAME="MY_THREADS", VALUE="3")
    assert ended(outcome) == (Status.OK, None)
    outcome = own.run("has_variables", way, NAME="MY_THREADS", VALUE="3")
    assert ended(outcome) == (Status.FAILED, "worker 0: AssertionError: None")


@LINUX
@by([way for way in WAYS if way[1] in (None, "forkserver")])
def test_a_trial_and_all_its_workers_are_pinned_where_the_case_says(own: OwnTrials, way: Way) -> None:
    cpu = own.platform.allowed_cpus[-1]
    outcome = own.run("is_pinned_to", way, affinity=cpu, CPUS=f"{cpu}")
    assert (*ended(outcome), outcome.cpus) == (Status.OK, None, [cpu])


@LINUX
@pytest.mark.parametrize("affinity", ["compact", "spread"])
def test_a_trial_is_pinned_to_as_many_cpus_as_it_has_workers(own: OwnTrials, affinity: str) -> None:
    cpus = own.run("plain", ("threading", None), affinity=affinity).cpus
    assert cpus is not None
    assert len(cpus) == min(2, len(own.platform.allowed_cpus))
    assert set(cpus) <= set(own.platform.allowed_cpus)


@LINUX
def test_a_trial_that_is_not_pinned_says_so(own: OwnTrials) -> None:
    assert own.run("plain", ("threading", None)).cpus is None


@LINUX
def test_a_trial_that_cannot_be_pinned_fails_with_the_reason(own: OwnTrials) -> None:
    outcome = own.run_request({**own.request("plain", ("threading", None)), "affinity": "4096"})
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert "OSError" in outcome.reason


@LINUX
@by([way for way in TASK_WAYS if way[0] in ("thread_pool", "asyncio") or way == ("process_pool", "fork")])
def test_what_a_new_worker_waited_for_a_cpu_is_known_from_its_first_long_call_on(own: OwnTrials, way: Way) -> None:
    outcome = own.run("sleeps", way, calls=2, SECONDS=0.02)
    assert ended(outcome) == (Status.OK, None)
    assert all(timing["run_queue_ns"] is not None for timing in outcome.timings)


@by([way for way in WAYS if way[1] in (None, "fork")])
@pytest.mark.parametrize(
    ("function", "returned"), [("lazy_in_disguise", "generator"), ("async_in_disguise", "coroutine")]
)
def test_a_call_that_only_returned_what_would_do_the_work_fails(
    own: OwnTrials, way: Way, function: str, returned: str
) -> None:
    outcome = own.run(function, way)
    assert outcome.status is Status.FAILED
    assert f"the call returned a {returned} and did no work" in (outcome.reason or "")
