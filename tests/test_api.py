"""Sweeps from Python: values and exceptions, nothing printed, in any thread."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.fakes import FakeExecutor, FakeWatch
from support.stores import rows

import runner
from runner import errors, planning, sweeping
from runner.here import Here
from runner.interrupt import Interrupt
from runner.matrix.expand import expand
from runner.matrix.matrix import Matrix
from runner.outcome import Status

MATRIX = {"workload": "cpu_bound", "NUM": 20, "workers": [1, 2], "mode": ["sequential", "threading"]}
GRID = {"matrix": MATRIX, "repeats": 3, "warmup": 1, "seed": 7}
TRIALS = 4 * 4
STORE = Path("runs.db")


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor([])


def test_a_sweep_of_a_mapping_is_run_and_returned(executor: FakeExecutor, capfd: pytest.CaptureFixture[str]) -> None:
    sweep = runner.sweep({**GRID, "name": "mine"}, host=Here(executor))
    assert (sweep.id, sweep.name, sweep.store, sweep.complete, sweep.gave_up) == (1, "mine", STORE, True, False)
    assert (sweep.summary.failures, sweep.summary.disturbed) == (0, 0)
    assert [sentence.partition(":")[2][:15] for sentence in sweep.answer] == [" cannot say yet"]
    assert {case["mode"]: case["median_wall_s"] for case in sweep.summary.cases if case["calls"] == 2} == {
        "sequential": 40e-9,
        "threading": 20e-9,
    }
    assert len(executor.asked) == len(rows(STORE, "SELECT * FROM trials")) == TRIALS
    assert capfd.readouterr() == ("", "")


def test_a_sweep_without_a_name_is_called_matrix_and_one_of_a_file_as_the_file(executor: FakeExecutor) -> None:
    Path("study.yaml").write_text("matrix: {workload: cpu_bound, NUM: 5, workers: 1}\nrepeats: 1\n", encoding="utf-8")
    assert runner.sweep(GRID, host=Here(executor)).name == "matrix"
    assert runner.sweep("study.yaml", host=Here(executor)).name == "study"
    assert runner.sweep(Path("study.yaml"), host=Here(executor)).id == 3


def test_a_sweep_of_real_trials_runs_in_a_thread_of_another_program(capfd: pytest.CaptureFixture[str]) -> None:
    found: list[Any] = []
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def run() -> None:
        found.append(runner.sweep({"matrix": {**MATRIX, "mode": "threading", "workers": 2}, "repeats": 1}))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    (sweep,) = found
    assert sweep.complete
    assert {row["host_id"] for row in rows(STORE, "SELECT * FROM trials")} == {1}
    assert capfd.readouterr() == ("", "")


def test_a_thread_can_be_stopped_by_an_interrupt_and_what_is_left_is_run_later(executor: FakeExecutor) -> None:
    with Interrupt() as interrupt:
        watch = FakeWatch([], at_end=lambda trial: interrupt.request() if trial == 5 else None)
        found: list[Any] = []

        def run() -> None:
            found.append(runner.sweep(GRID, host=Here(executor), watch=watch, interrupt=interrupt))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert (found[0].complete, found[0].gave_up, found[0].ran.tally.finished) == (False, False, 5)
    again = runner.resume(host=Here(executor))
    assert again is not None
    assert (again.id, again.complete) == (1, True)
    assert again.ran is not None
    assert (again.ran.done_before, again.ran.tally.finished) == (5, TRIALS - 5)
    assert len(rows(STORE, "SELECT * FROM trials")) == TRIALS


def test_ctrl_c_in_the_main_thread_keeps_what_was_done_and_raises(executor: FakeExecutor) -> None:
    watch = FakeWatch([], at_end=lambda trial: os.kill(os.getpid(), signal.SIGINT) if trial == 5 else None)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(errors.Interrupted, match="Finish it with: runner resume 1"):
        runner.sweep(GRID, host=Here(executor), watch=watch)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(rows(STORE, "SELECT * FROM trials")) == 5
    assert watch.events[-1] == ("stops", None)


@pytest.mark.parametrize("ask", [runner.sweep, runner.plan])
def test_a_stop_while_the_matrix_is_multiplied_out_ends_it_before_anything_is_written(
    executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., object]
) -> None:
    with Interrupt() as interrupt:

        def expanding(*given: Any) -> Matrix:
            interrupt.request()
            return expand(*given)

        monkeypatch.setattr(sweeping, "expand", expanding)
        monkeypatch.setattr(planning, "expand", expanding)
        with pytest.raises(errors.Interrupted):
            ask(GRID, host=Here(executor), interrupt=interrupt)
    assert not STORE.exists()
    assert executor.asked == []


def test_the_watch_is_told_what_happens_in_its_order(executor: FakeExecutor) -> None:
    watch = FakeWatch([])
    runner.sweep({"matrix": {**MATRIX, "workers": 1}, "repeats": 1, "warmup": 0}, host=Here(executor), watch=watch)
    assert watch.events == [
        ("tell", "Sweep 1 (matrix): 2 trials of 2 cases to run"),
        ("starts", 2),
        *[("begins", 20), ("tick", None), ("ended", 1)],
        *[("begins", 20), ("tick", None), ("ended", 2)],
        ("stops", None),
    ]


def test_a_sweep_stops_after_as_many_failures_as_are_allowed(executor: FakeExecutor) -> None:
    executor.answers = {2: Status.FAILED}
    sweep = runner.sweep(GRID, host=Here(executor), max_failures=1)
    assert (sweep.complete, sweep.gave_up, sweep.summary.failures) == (False, True, 1)


def test_what_failed_is_tried_again_where_that_is_asked_for(executor: FakeExecutor) -> None:
    executor.answers = {2: Status.FAILED}
    assert runner.sweep(GRID, host=Here(executor)).summary.failures == 1
    assert runner.resume(host=Here(executor)) is None
    again = runner.resume(1, retry=["failed"], host=Here(executor))
    assert again is not None
    assert (again.summary.failures, len(rows(STORE, "SELECT * FROM trials"))) == (0, TRIALS + 1)


def test_with_resume_a_complete_sweep_of_the_same_matrix_is_returned_as_it_is(executor: FakeExecutor) -> None:
    runner.sweep(GRID, host=Here(executor))
    asked = len(executor.asked)
    again = runner.sweep(GRID, host=Here(executor), resume=True)
    assert (again.id, again.complete, again.ran) == (1, True, None)
    assert len(again.summary.cases) == 4
    assert len(executor.asked) == asked


def test_a_plan_says_what_is_left_and_writes_nothing(executor: FakeExecutor) -> None:
    plan = runner.plan(GRID, host=Here(executor))
    assert (plan.source.planned, plan.source.left().total(), plan.unfinished, plan.seed) == (TRIALS, TRIALS, None, 7)
    assert not STORE.exists()
    executor.answers = {2: Status.FAILED}
    runner.sweep(GRID, host=Here(executor), max_failures=1)
    plan = runner.plan(GRID, host=Here(executor))
    assert (plan.source.left().total(), plan.unfinished) == (TRIALS - 2, 1)
    assert len(plan.durations_ns) == 1


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: runner.sweep({"matrix": {"workload": "cpu_bound"}}), errors.BadInput, "cpu_bound needs the axis NUM"),
        (lambda: runner.sweep({"matrix": {**MATRIX, "NUM": {1, 2}}}), errors.BadInput, "what a grid file can hold"),
        (lambda: runner.sweep("nowhere.yaml"), errors.BadInput, "there is no such file"),
        (lambda: runner.sweep(GRID, store="no/such/folder/runs.db"), errors.StoreUnusable, "there is no folder"),
        (lambda: runner.resume("other"), errors.StoreUnusable, "there is no store yet"),
        (lambda: runner.resume(retry=["ok"]), errors.BadInput, "retry ok: expected failed, crashed, timeout"),
        (lambda: runner.plan({}), errors.BadInput, "is required and is not given"),
    ],
)
def test_what_a_caller_can_do_wrong_is_an_error_of_one_tree(
    call: Callable[[], object], error: type[errors.RunnerError], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        call()
    assert isinstance(raised.value, errors.RunnerError)
    assert not STORE.exists()


def test_an_executor_that_is_broken_raises_with_how_to_go_on(executor: FakeExecutor) -> None:
    executor.answers = {3: errors.ExecutorBroken("no processes to be had")}
    with pytest.raises(errors.ExecutorBroken, match="no processes to be had") as raised:
        runner.sweep(GRID, host=Here(executor))
    assert "Every trial before that is kept. Finish it with: runner resume 1" in str(raised.value)
    assert len(rows(STORE, "SELECT * FROM trials")) == 2


def test_the_package_has_what_it_names_and_nothing_else() -> None:
    assert {
        name: callable(getattr(runner, name)) for name in ("sweep", "resume", "plan", "Sweep", "Plan")
    } == dict.fromkeys(("sweep", "resume", "plan", "Sweep", "Plan"), True)
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        _ = runner.swep  # type: ignore[attr-defined]
