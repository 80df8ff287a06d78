"""Users' own functions in every mode: each call once, hooks where they belong, errors as they are.

The functions are those of support/own_workloads.py. What every mode has been tried with in `make test` for one of each
kind of driver and worker, `make test-all` tries in all of them.
"""

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S
from support.own_trials import FINE, OwnTrials, Way, calls_made, ended, name_of, ways

from runner.executors import child
from runner.harness import facts
from runner.harness.cpus import allowed_cpus
from runner.harness.modes import MODES
from runner.outcome import Outcome, Status, Timing

HERE = facts.interpreter()
WAYS = ways(HERE["modes"], HERE["start_methods"])
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel of Linux")

SEQUENTIAL, THREADING = ("sequential", None), ("threading", None)
FORK, SPAWN = ("multiprocessing", "fork"), ("multiprocessing", "spawn")
THREAD_POOL, POOL_FORK, POOL_SPAWN = ("thread_pool", None), ("process_pool", "fork"), ("process_pool", "spawn")
ASYNCIO = ("asyncio", None)
KINDS = [(way, "") for way in WAYS] + [(ASYNCIO, "_async")]
"""Each way, with a plain function; and a coroutine function where the event loop itself runs it."""


def by(ways: Iterable[Way], quick: Iterable[Way]) -> pytest.MarkDecorator:
    """Run a test once for each way: in `make test` for those that are `quick`, with the others in `make test-all`."""
    marked = [pytest.param(way, id=name_of(way), marks=[] if way in quick else pytest.mark.slow) for way in ways]
    return pytest.mark.parametrize("way", marked)


def by_kind(*quick: Way) -> pytest.MarkDecorator:
    """Likewise for KINDS; a coroutine function is always quick."""
    marked = [
        pytest.param(
            way, kind, id=name_of(way) + kind.replace("_", "-"), marks=[] if kind or way in quick else pytest.mark.slow
        )
        for way, kind in KINDS
    ]
    return pytest.mark.parametrize(("way", "kind"), marked)


def notes(path: Path) -> dict[str, list[int]]:
    """Return when each thing that was noted happened."""
    found: dict[str, list[int]] = {"setup": [], "call": []}
    for line in path.read_text().splitlines():
        what, stamp = line.split()
        found[what].append(int(stamp))
    return found


def last(way: Way, outcome: Outcome) -> int:
    """Return when the last call was over: a task when its driver had what it returned."""
    stamp = "collected_ns" if MODES[way[0]].makes_tasks else "end_ns"
    return max(getattr(timing, stamp) for timing in outcome.timings)


def workers(way: Way) -> int:
    return 1 if way == SEQUENTIAL else 2


def are_numbered_within_each_worker(timings: Iterable[Timing], most_workers: int) -> bool:
    made: Counter[int] = Counter()
    for timing in sorted(timings, key=lambda timing: (timing.worker, timing.call)):
        if timing.call != made[timing.worker]:
            return False
        made[timing.worker] += timing.batch
    return sorted(made) == list(range(len(made))) and len(made) <= most_workers


# Every way ------------------------------------------------------------------------------------------------------------


@by_kind(*(way for way in WAYS if way[1] != "forkserver"))
def test_with_hooks_each_call_is_made_once_and_set_up_and_warm_up_come_before_the_clock(
    own: OwnTrials, way: Way, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes"
    outcome = own.run(f"notes{kind}", way, calls=5, warmup_calls=2, PATH=str(path))
    assert ended(outcome) == FINE
    assert calls_made(outcome) == 5
    assert are_numbered_within_each_worker(outcome.timings, workers(way))
    noted = notes(path)
    assert len(noted["setup"]) == workers(way)
    assert len(noted["call"]) == 5 + 2 * workers(way)
    assert outcome.start_ns is not None
    before = [stamp for stamp in noted["call"] if stamp < outcome.start_ns]
    assert len(before) == 2 * workers(way)
    assert max(noted["setup"]) < outcome.start_ns <= min(timing.begin_ns for timing in outcome.timings)
    assert outcome.end_ns <= last(way, outcome)
    # Checks between the calls, which only these modes make, are taken off.
    assert outcome.end_ns == last(way, outcome) or way[0] in ("sequential", "multiprocessing")
    first = [timing for timing in outcome.timings if timing.call == 0]
    assert all(timing.setup_ns > 0 and timing.warmup_ns > 0 for timing in first)
    later = [timing for timing in outcome.timings if timing.call > 0]
    assert {(timing.setup_ns, timing.warmup_ns) for timing in later} <= {(None, None)}


@by_kind(SEQUENTIAL, THREADING, FORK, THREAD_POOL, POOL_FORK, ASYNCIO)
def test_with_loops_the_function_is_called_so_often_for_each_call(
    own: OwnTrials, way: Way, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes"
    outcome = own.run(f"notes{kind}", way, calls=3, loops=4, warmup_calls=1, PATH=str(path))
    assert (ended(outcome), calls_made(outcome)) == (FINE, 3)
    assert len(notes(path)["call"]) == 4 * (3 + workers(way))


@by_kind(SEQUENTIAL, THREADING, FORK, THREAD_POOL, POOL_FORK, ASYNCIO)
def test_without_hooks_the_stamps_of_each_call_are_in_order_and_only_tasks_are_queued(
    own: OwnTrials, way: Way, kind: str
) -> None:
    outcome = own.run(f"plain{kind}", way, calls=5)
    assert ended(outcome) == FINE
    assert calls_made(outcome) == 5
    assert are_numbered_within_each_worker(outcome.timings, workers(way))
    for timing in outcome.timings:
        assert timing.submitted_ns <= timing.start_returned_ns <= outcome.end_ns
        assert outcome.start_ns <= (timing.begin_ns if way == SEQUENTIAL else timing.submitted_ns)
        assert timing.first_instruction_ns <= timing.begin_ns <= timing.end_ns <= timing.collected_ns
        assert (timing.setup_ns, timing.warmup_ns, timing.error_type) == (None, None, None)
        if MODES[way[0]].makes_tasks:
            assert timing.queued_ns == timing.first_instruction_ns - timing.submitted_ns >= 0
        else:
            assert timing.queued_ns is None
    if kind:
        assert {(timing.thread_name, timing.cpu_ns) for timing in outcome.timings} == {("MainThread", None)}


@by([way for way in WAYS if way != SEQUENTIAL], quick=[THREADING, FORK, THREAD_POOL, POOL_FORK, ASYNCIO])
def test_all_workers_are_at_work_at_the_same_time(own: OwnTrials, way: Way, tmp_path: Path) -> None:
    """Each waits until the other has begun, too. With a barrier, all are there before the first call."""
    outcome = own.run("meets", way, barrier=MODES[way[0]].makes_tasks, PATH=str(tmp_path / "met"))
    assert ended(outcome) == FINE
    assert outcome.start_ns <= min(timing.begin_ns for timing in outcome.timings)
    assert {timing.worker for timing in outcome.timings} == {0, 1}
    are_as_the_mode_says(way[0], outcome.timings)


def are_as_the_mode_says(mode: str, timings: Iterable[Timing]) -> None:
    pids, parents = {timing.pid for timing in timings}, {timing.parent_pid for timing in timings}
    assert len(parents) == 1
    assert not pids & parents
    if MODES[mode].starts_processes:
        assert len(pids) == 2
        assert {timing.thread_name for timing in timings} == {"MainThread"}
        assert "MainProcess" not in {timing.process_name for timing in timings}
    else:
        assert len(pids) == 1
        assert "MainThread" not in {timing.thread_name for timing in timings}


@by([way for way in WAYS if way != SEQUENTIAL], quick=[THREADING, FORK])
def test_a_coroutine_function_runs_in_every_mode(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("plain_async", way, calls=3)) == FINE


@by([way for way in WAYS if MODES[way[0]].can_share], quick=[SEQUENTIAL, SPAWN, POOL_FORK, ASYNCIO])
def test_what_is_shared_is_shared_by_all_calls(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("counts", way, calls=4, times=50)) == FINE


@pytest.mark.parametrize(("function", "given"), [("adds", {"a": 1}), ("adds_part", {})])
@by([THREAD_POOL, SPAWN, POOL_SPAWN], quick=[SPAWN])
def test_an_object_that_can_be_called_is_a_workload_too(
    own: OwnTrials, way: Way, function: str, given: dict[str, Any]
) -> None:
    assert ended(own.run(function, way, calls=3, **given)) == FINE


# What goes wrong ------------------------------------------------------------------------------------------------------


@by_kind(SEQUENTIAL, FORK, THREAD_POOL)
def test_a_wrong_result_makes_the_trial_fail_and_the_calls_stay_timed(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"wrong{kind}", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: WrongResult: check returned False for the result 3")
    assert all(timing.end_ns >= timing.begin_ns for timing in outcome.timings)


@by_kind(SEQUENTIAL, FORK, THREAD_POOL, ASYNCIO)
def test_a_setup_that_raises_makes_the_trial_fail_with_the_users_own_error(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"cannot_set_up{kind}", way)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.startswith("worker 0")
    assert outcome.reason.endswith(": FileNotFoundError: no such log")


@by([THREAD_POOL, ASYNCIO, POOL_FORK], quick=[THREAD_POOL, POOL_FORK])
def test_nobody_waits_for_ever_for_a_worker_that_a_pool_never_started(own: OwnTrials, way: Way) -> None:
    """One that is back at once, because it could not set up, takes all the calls."""
    outcome = own.run("cannot_set_up", way, workers=4, calls=4)
    assert outcome.status is Status.FAILED


@by_kind(SEQUENTIAL, THREAD_POOL)
def test_a_call_that_raises_makes_the_trial_fail_with_the_users_own_error(own: OwnTrials, way: Way, kind: str) -> None:
    outcome = own.run(f"raises{kind}", way)
    assert ended(outcome) == (Status.FAILED, "worker 0: ValueError: no")
    assert outcome.timings[0].traceback.rstrip().endswith("ValueError: no")


@by(WAYS, quick=[SEQUENTIAL, FORK, POOL_FORK])
def test_a_warm_up_call_that_raises_makes_the_trial_fail(own: OwnTrials, way: Way) -> None:
    outcome = own.run("cannot_warm_up", way, warmup_calls=1)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.endswith(": ZeroDivisionError: division by something")


@by(WAYS, quick=[THREADING, POOL_FORK])
def test_a_call_that_wants_to_exit_fails_and_the_child_lives_on(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("exits", way)) == (Status.FAILED, "worker 0: SystemExit: enough")


@by([way for way in WAYS if MODES[way[0]].makes_tasks and way[0] != "interpreter_pool"], quick=[THREAD_POOL, POOL_FORK])
def test_what_a_pool_of_processes_returns_must_be_picklable(own: OwnTrials, way: Way) -> None:
    outcome = own.run("gives_lambda", way)
    if way in (THREAD_POOL, ASYNCIO):
        assert ended(outcome) == FINE
    else:
        assert outcome.status is Status.FAILED
        assert "lambda" in (outcome.reason or "")


@pytest.mark.parametrize("function", ["dies", "dies_in_setup"])
@by([way for way in WAYS if way[0] == "process_pool"], quick=[POOL_FORK])
def test_a_process_of_a_pool_that_dies_has_crashed_the_trial(own: OwnTrials, way: Way, function: str) -> None:
    outcome = own.run(function, way, calls=4)
    assert outcome.status is Status.CRASHED
    assert "left no record of its call" in (outcome.reason or "")
    assert {timing.error_type for timing in outcome.timings} == {"BrokenProcessPool"}


@by([way for way in WAYS if way[0] == "multiprocessing"], quick=[FORK])
def test_a_process_that_dies_before_the_barrier_holds_nobody_up(own: OwnTrials, way: Way) -> None:
    outcome = own.run("dies_in_setup", way)
    assert outcome.status is Status.CRASHED
    assert outcome.reason is not None
    assert outcome.reason.endswith("exited with code 3 before its work was done")


@LINUX
@by([way for way in WAYS if way[1] in ("spawn", "forkserver")], quick=[SPAWN])
def test_a_lock_that_has_a_name_in_the_system_is_gone_with_its_trial(own: OwnTrials, way: Way, tmp_path: Path) -> None:
    outcome = own.run("locks", way, PATH=str(tmp_path / "name"))
    assert (*ended(outcome), outcome.output) == (*FINE, None)
    name_of_lock = (tmp_path / "name").read_text()
    assert name_of_lock.startswith("/mp-")
    assert not Path(f"/dev/shm/sem.{name_of_lock[1:]}").exists()


@pytest.mark.skipif(HERE["free_threaded_build"], reason="a build that can do without the lock")
@by([SEQUENTIAL, THREAD_POOL, POOL_FORK, ASYNCIO], quick=[SEQUENTIAL, THREAD_POOL])
def test_a_trial_whose_lock_is_not_as_it_should_be_has_failed(own: OwnTrials, way: Way) -> None:
    outcome = own.run("plain", way, gil=False)
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.startswith("the interpreter lock was on at the beginning of a call of worker 0")
    assert calls_made(outcome) == 2


@by([way for way in WAYS if way[1] in (None, "fork")], quick=[SEQUENTIAL, THREAD_POOL])
@pytest.mark.parametrize(
    ("function", "returned"), [("lazy_in_disguise", "generator"), ("async_in_disguise", "coroutine")]
)
def test_a_call_that_only_returned_what_would_do_the_work_fails(
    own: OwnTrials, way: Way, function: str, returned: str
) -> None:
    outcome = own.run(function, way)
    assert outcome.status is Status.FAILED
    assert f"the call returned a {returned} and did no work" in (outcome.reason or "")


# Where it runs --------------------------------------------------------------------------------------------------------


@by(WAYS, quick=[SEQUENTIAL, SPAWN])
def test_the_folder_of_the_file_comes_first_on_the_import_path_and_nothing_of_the_runner_is_on_it(
    own: OwnTrials, way: Way
) -> None:
    # The modules of the harness, and what this project is called; what it needs may be there for other reasons.
    names = "runner analysis measure tasks child inspection placement"
    assert ended(own.run("sees", way, NAMES=names)) == FINE


@by([SEQUENTIAL, POOL_SPAWN], quick=[SEQUENTIAL])
def test_a_module_that_can_be_imported_would_be_noticed(own: OwnTrials, way: Way) -> None:
    assert ended(own.run("sees", way, NAMES="json")) == (Status.FAILED, "worker 0: AssertionError: ['json']")


@by([way for way in WAYS if way[1] != "fork"], quick=[SPAWN])
def test_the_environment_of_a_case_is_that_of_its_workers(own: OwnTrials, way: Way) -> None:
    outcome = own.run("has_variables", way, env={"MY_THREADS": "3"}, NAME="MY_THREADS", VALUE="3")
    assert ended(outcome) == FINE
    outcome = own.run("has_variables", way, NAME="MY_THREADS", VALUE="3")
    assert ended(outcome) == (Status.FAILED, "worker 0: AssertionError: None")


def test_garbage_of_the_import_is_collected_before_the_clock_and_the_collector_stays_on(own: OwnTrials) -> None:
    assert ended(own.run("finds_no_garbage", SEQUENTIAL)) == FINE


@LINUX
@by([way for way in WAYS if way[1] in (None, "forkserver")], quick=[SEQUENTIAL, THREADING])
def test_a_trial_and_all_its_workers_are_pinned_where_the_case_says(own: OwnTrials, way: Way) -> None:
    cpu = max(allowed_cpus())
    outcome = own.run("is_pinned_to", way, affinity=str(cpu), CPUS=str(cpu))
    assert (*ended(outcome), outcome.cpus) == (*FINE, (cpu,))


@LINUX
@pytest.mark.parametrize("affinity", ["compact", "spread"])
def test_a_trial_is_pinned_to_as_many_cpus_as_it_has_workers(own: OwnTrials, affinity: str) -> None:
    allowed = allowed_cpus()
    cpus = own.run("plain", THREADING, affinity=affinity).cpus
    assert cpus is not None
    assert len(cpus) == min(2, len(allowed))
    assert set(cpus) <= allowed


@LINUX
def test_a_trial_that_is_not_pinned_says_so(own: OwnTrials) -> None:
    assert own.run("plain", THREADING).cpus is None


@LINUX
def test_a_trial_that_cannot_be_pinned_fails_with_the_reason(own: OwnTrials) -> None:
    outcome = own.run("plain", THREADING, affinity="4096")
    assert outcome.status is Status.FAILED
    assert "OSError" in (outcome.reason or "")


@LINUX
@by([THREAD_POOL, ASYNCIO, POOL_FORK], quick=WAYS)
def test_what_a_new_worker_waited_for_a_cpu_is_known_from_its_first_long_call_on(own: OwnTrials, way: Way) -> None:
    outcome = own.run("sleeps", way, calls=2, SECONDS=0.02)
    assert ended(outcome) == FINE
    assert all(timing.run_queue_ns is not None for timing in outcome.timings)


@by([way for way in WAYS if way[1] in (None, "fork")], quick=[SEQUENTIAL, FORK, POOL_FORK, ASYNCIO])
def test_a_call_that_forks_and_returns_in_the_copy_too_fails(own: OwnTrials, way: Way) -> None:
    outcome = own.run("forks", way, calls=2)
    message = "the call forked its process with os.fork() and returned in the copy, too"
    assert outcome.status is Status.FAILED
    assert outcome.reason is not None
    assert outcome.reason.endswith(f": Copied: {message}")
    calls = [(timing.worker, timing.call) for timing in outcome.timings]
    assert len(calls) == len(set(calls)) == 2


@LINUX
@by(WAYS, quick=[SEQUENTIAL, THREADING, SPAWN])
def test_a_trial_that_takes_too_long_says_where_it_was(
    own: OwnTrials, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is over as soon as the call has begun."""
    begun, real = tmp_path / "begun", time.monotonic
    monkeypatch.setattr(child.time, "monotonic", lambda: real() + (2 * PATIENCE_S if begun.exists() else 0))
    outcome = own.run("never_ends", way, calls=1, workers=1, PATH=str(begun))
    assert outcome.status is Status.TIMEOUT
    assert outcome.output is not None
    assert "(most recent call first):" in outcome.output
    assert "in never_ends" in outcome.output


@by([SEQUENTIAL, *(way for way in WAYS if way[0] == "multiprocessing")], quick=[SEQUENTIAL, FORK])
def test_the_time_of_checks_between_calls_does_not_count(own: OwnTrials, way: Way, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    outcome = own.run("is_checked_slowly", way, calls=6, barrier=True, path=str(notes))
    assert ended(outcome) == FINE
    checked_ns: dict[int, list[int]] = {}
    for line in notes.read_text().splitlines():
        pid, took_ns = map(int, line.split())
        checked_ns.setdefault(pid, []).append(took_ns)
    worked_until = [
        max(timing.end_ns for timing in outcome.timings if timing.pid == pid) - sum(between[:-1])
        for pid, between in checked_ns.items()
    ]
    assert outcome.start_ns < outcome.end_ns <= max(worked_until)
