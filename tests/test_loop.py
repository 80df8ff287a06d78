"""The loop, with an executor that knows how long each case would take and takes no time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.fakes import HOST, Event, FakeExecutor, FakeJournal, FakeWatch
from support.helpers import case

from runner.blocks import Source, Trial
from runner.errors import ExecutorBroken, StoreUnusable
from runner.goals import FixedNumber, Standing
from runner.history import Done, History
from runner.interrupt import Interrupt
from runner.loop import MOST_VOID_RERUNS, Loop, Rules, Tally
from runner.matrix.case import Case
from runner.matrix.workload import builtin
from runner.outcome import Status, Surroundings
from runner.store.identity import identity
from runner.watch import Silence

CASES = [case(params=(("NUM", number),)) for number in (10, 20, 30)]


def source(repeats: int = 2, warmup: int = 1, history: History | None = None) -> Source:
    """Return the source of a sweep of three cases."""
    return Source(CASES, FixedNumber(repeats), warmup, 7, History() if history is None else history)


TRIALS = [trial for block in source() for trial in block.trials]


class Stage:
    """A loop with fakes for everything but the interrupt, and a list of all events."""

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt = interrupt
        self.events: list[Event] = []
        self.executor = FakeExecutor(self.events)
        self.journal = FakeJournal(self.events)
        self.watch = FakeWatch(self.events)

    def run(self, blocks: Source | None = None, **rules: Any) -> Tally:
        loop = Loop(
            lambda case: case.request(builtin(case.workload)),
            self.executor,
            self.journal,
            self.watch,
            self.interrupt,
            Rules(timeout_s=12.5, **rules),
        )
        return loop.run(source() if blocks is None else blocks)

    @property
    def recorded(self) -> list[Trial]:
        return [trial for trial, _ in self.journal.records]

    @property
    def statuses(self) -> list[Status]:
        return [outcome.status for _, outcome in self.journal.records]


@pytest.fixture
def stage(interrupt: Interrupt) -> Stage:
    return Stage(interrupt)


def test_every_trial_is_run_and_recorded_in_the_order_of_the_plan(stage: Stage) -> None:
    tally = stage.run()
    assert stage.recorded == TRIALS
    assert [request for request, _ in stage.executor.asked] == [
        trial.case.request(builtin(trial.case.workload)) for trial in TRIALS
    ]
    assert tally.statuses == {Status.OK: 9}
    assert tally.finished == 9


def test_what_the_executor_measured_is_what_is_recorded(stage: Stage) -> None:
    stage.run()
    measured = [outcome.wall_ns for _, outcome in stage.journal.records]
    assert measured == [dict(trial.case.params)["NUM"] for trial in TRIALS]


def test_each_trial_is_recorded_before_it_is_shown_and_before_the_next_one_begins(stage: Stage) -> None:
    history = History()
    history.add(TRIALS[5].place, Done(None, "here"))
    stage.run(source(repeats=1, warmup=0, history=history))
    first, second = (dict(trial.case.params)["NUM"] for trial in TRIALS[3:5])
    assert stage.events == [
        *[("begins", first), ("run", first), ("tick", None), ("record", 1), ("ended", 1)],
        *[("begins", second), ("run", second), ("tick", None), ("record", 2), ("ended", 2)],
    ]


@dataclass
class Enough:
    """A goal that is reached when the case of 10 ns was measured that often."""

    measured: int
    least: int = 1
    most: int = 9
    seen: list[int] = field(default_factory=list)

    def next_cases(self, cases: Sequence[Case], blocks: int, history: History) -> Sequence[Case]:
        self.seen.append(len(history))
        times = [done.wall_ns for case in cases for done in history.of(case.key).values()]
        return () if times.count(10) >= self.measured else cases

    def standing(self, cases: Sequence[Case], blocks: int, history: History) -> Standing:
        return Standing(math.inf, None, self.most, None)

    def ending(self, cases: Sequence[Case], last: Sequence[Case], blocks: int, history: History) -> None:
        return None


def test_a_goal_is_asked_before_each_block_with_all_that_was_measured_by_then(stage: Stage) -> None:
    goal = Enough(measured=2)
    tally = stage.run(Source(CASES, goal, 0, 7, History()))
    assert goal.seen[:3] == [0, 3, 6]
    assert [trial.repeat for trial in stage.recorded] == [1] * 3 + [2] * 3
    assert tally.complete
    assert stage.watch.standings == [(block, Standing(math.inf, None, 9, None)) for block in (1, 2)]


def test_what_did_not_succeed_is_in_the_history_without_a_time(stage: Stage) -> None:
    stage.executor.answers = {5: Status.FAILED}
    blocks = source()
    stage.run(blocks)
    done = {trial.place: blocks.history.of(trial.case.key, warmup=trial.warmup)[trial.repeat] for trial in TRIALS}
    assert set(blocks.history) == set(done)
    assert [one.wall_ns is None for one in done.values()] == [place == 5 for place in range(1, 10)]
    assert {one.host for one in done.values()} == {identity(HOST.columns())}


def test_the_time_of_every_attempt_is_in_the_history_whatever_came_of_it(stage: Stage) -> None:
    stage.executor.answers = {5: Status.FAILED, 6: Status.LOST}
    blocks = source()
    stage.run(blocks)
    assert [blocks.history.spent_ns(range(block, block + 1)) for block in (1, 2)] == [120, 60]


def test_the_timeout_is_handed_to_every_trial(stage: Stage) -> None:
    stage.run()
    assert {timeout_s for _, timeout_s in stage.executor.asked} == {12.5}


def test_no_trials_are_no_work(stage: Stage) -> None:
    assert stage.run(source(repeats=0, warmup=0)) == Tally(complete=True)
    assert stage.events == []


@pytest.mark.parametrize("status", [Status.FAILED, Status.CRASHED, Status.TIMEOUT])
def test_a_trial_that_does_not_succeed_is_recorded_and_the_sweep_goes_on(stage: Stage, status: Status) -> None:
    stage.executor.answers = {2: status}
    tally = stage.run()
    assert stage.recorded == TRIALS
    assert stage.statuses[1] is status
    assert tally.statuses == {Status.OK: 8, status: 1}
    assert tally.finished == 9


def test_a_trial_whose_machine_went_away_is_recorded_and_does_not_count_as_finished(stage: Stage) -> None:
    stage.executor.answers = {2: Status.LOST}
    tally = stage.run()
    assert stage.statuses[1] is Status.LOST
    assert (tally.finished, tally.complete) == (8, False)


def test_an_interrupt_before_the_first_trial_begins_nothing(stage: Stage) -> None:
    stage.interrupt.request()
    tally = stage.run()
    assert (tally.finished, tally.complete) == (0, False)
    assert stage.events == []


def test_an_interrupt_between_two_trials_begins_no_other(stage: Stage) -> None:
    stage.watch.at_end = lambda trial_id: stage.interrupt.request() if trial_id == 3 else None
    tally = stage.run()
    assert stage.recorded == TRIALS[:3]
    assert stage.events[-1] == ("ended", 3)
    assert (tally.finished, tally.complete) == (3, False)


def test_an_interrupt_after_the_last_trial_leaves_nothing_undone(stage: Stage) -> None:
    stage.watch.at_end = lambda trial_id: stage.interrupt.request() if trial_id == 9 else None
    assert stage.run().complete


def test_a_trial_that_is_interrupted_is_recorded_as_such_and_is_the_last(stage: Stage) -> None:
    stage.executor.answers = {3: Status.INTERRUPTED}
    tally = stage.run()
    assert stage.statuses == [Status.OK, Status.OK, Status.INTERRUPTED]
    assert stage.events[-1] == ("ended", 3)
    assert (tally.finished, tally.complete) == (2, False)


def test_a_store_that_cannot_be_used_stops_the_loop_at_once(stage: Stage) -> None:
    stage.journal.breaks_at = 3
    with pytest.raises(StoreUnusable, match="the disk is full"):
        stage.run()
    assert stage.recorded == TRIALS[:2]
    assert len(stage.executor.asked) == 3
    assert ("ended", 3) not in stage.events


def test_an_executor_that_is_broken_stops_the_loop_with_every_trial_before_it_recorded(stage: Stage) -> None:
    stage.executor.answers = {3: ExecutorBroken("no processes to be had")}
    with pytest.raises(ExecutorBroken, match="no processes to be had"):
        stage.run()
    assert stage.recorded == TRIALS[:2]


@pytest.mark.parametrize(
    ("statuses", "finished"),
    [
        ({}, 0),
        ({Status.OK: 2, Status.FAILED: 1, Status.CRASHED: 1, Status.TIMEOUT: 1}, 5),
        ({Status.OK: 2, Status.INTERRUPTED: 1, Status.LOST: 4}, 2),
    ],
)
def test_only_trials_that_came_to_an_end_count_as_finished(statuses: dict[Status, int], finished: int) -> None:
    tally = Tally()
    tally.statuses.update(statuses)
    assert tally.finished == finished


STOLEN = Surroundings(steal_ns=10**9)
STOPPED = Surroundings(stops=1)
FIRST = 4
"""The number of the first trial that is not a warm-up; a block has three."""


def test_a_disturbed_trial_is_recorded_with_the_reason_and_counts(stage: Stage) -> None:
    stage.executor.around = {FIRST: STOPPED}
    stage.executor.answers = {FIRST: Status.FAILED}
    assert stage.run().finished == 9
    assert stage.statuses == [*[Status.OK] * 3, Status.FAILED, *[Status.OK] * 5]
    reason = "processes of the trial were stopped and continued, 1 in all"
    assert stage.journal.noise == [*[None] * 3, reason, *[None] * 5]


def test_a_disturbed_trial_is_run_again_when_its_block_is_through_and_both_are_kept(stage: Stage) -> None:
    stage.executor.around = {FIRST: STOLEN}
    tally = stage.run(rerun_noisy=2)
    assert stage.recorded == [*TRIALS[:6], TRIALS[FIRST - 1], *TRIALS[6:]]
    assert stage.statuses == [*[Status.OK] * 3, Status.DISTURBED, *[Status.OK] * 6]
    assert stage.journal.records[FIRST - 1][1].reason == "another attempt takes its place"
    assert (tally.finished, tally.failures) == (9, 0)


@pytest.mark.parametrize("allowed", [1, 2, 5])
def test_a_trial_that_is_disturbed_each_time_counts_the_last_time(stage: Stage, allowed: int) -> None:
    stage.executor.around = dict.fromkeys([FIRST, *range(7, 20)], STOLEN)
    tally = stage.run(source(repeats=1), rerun_noisy=allowed)
    assert stage.recorded[6:] == [TRIALS[FIRST - 1]] * allowed
    assert stage.statuses[6:] == [*[Status.DISTURBED] * (allowed - 1), Status.OK]
    assert stage.journal.noise[-1] is not None
    assert tally.finished == 6


def test_a_trial_that_was_stopped_is_run_again_by_default_but_only_a_few_times(stage: Stage) -> None:
    stage.executor.around = dict.fromkeys([FIRST, *range(7, 20)], STOPPED)
    assert stage.run(source(repeats=1)).finished == 6
    assert stage.statuses[6:] == [*[Status.DISTURBED] * (MOST_VOID_RERUNS - 1), Status.OK]


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.INTERRUPTED])
def test_only_what_succeeded_is_run_again_for_noise(stage: Stage, status: Status) -> None:
    stage.executor.around, stage.executor.answers = {FIRST: STOPPED}, {FIRST: status}
    stage.run(rerun_noisy=3)
    assert stage.recorded.count(TRIALS[FIRST - 1]) == 1
    assert stage.statuses[FIRST - 1] is status


def test_a_warm_up_is_not_run_again(stage: Stage) -> None:
    stage.executor.around = {1: STOPPED}
    stage.run(rerun_noisy=3)
    assert stage.recorded == TRIALS


def test_what_was_to_be_run_again_is_left_unfinished_by_an_interrupt(stage: Stage) -> None:
    stage.executor.around = {FIRST: STOLEN}
    stage.executor.answers = {5: Status.INTERRUPTED}
    tally = stage.run(rerun_noisy=1)
    assert stage.statuses == [*[Status.OK] * 3, Status.DISTURBED, Status.INTERRUPTED]
    assert tally.finished == 3


@pytest.mark.parametrize(("most", "recorded"), [(1, 2), (2, 5), (3, 6), (4, 9), (None, 9)])
def test_the_loop_gives_up_after_as_many_failures_as_were_asked_for(
    stage: Stage, most: int | None, recorded: int
) -> None:
    stage.executor.answers = {2: Status.FAILED, 5: Status.CRASHED, 6: Status.TIMEOUT}
    tally = stage.run(max_failures=most)
    assert len(stage.recorded) == recorded
    assert tally.gave_up == (recorded < 9)
    assert tally.finished == recorded
    assert tally.complete == (recorded == 9)


def test_noise_is_judged_by_the_workers_of_the_case_and_the_cpus_of_the_host(stage: Stage) -> None:
    """With more workers than CPUs some always wait, so no other process disturbed them."""
    stage.executor.waits = True
    workers = [case(params=(("NUM", 10),), workers=workers) for workers in (1, 2, 3, 4)]
    stage.run(Source(workers, FixedNumber(1), 0, 7, History()))
    flagged = {
        trial.case.workers: noisy for (trial, _), noisy in zip(stage.journal.records, stage.journal.noise, strict=True)
    }
    assert {count: noisy is not None for count, noisy in flagged.items()} == {1: True, 2: True, 3: False, 4: False}
    assert str(flagged[1]).startswith("workers waited 50% of their time for a CPU")


def test_a_silent_watch_can_be_told_everything() -> None:
    stage = Stage(Interrupt())
    loop = Loop(
        lambda case: case.request(builtin(case.workload)),
        stage.executor,
        stage.journal,
        Silence(),
        stage.interrupt,
        Rules(timeout_s=1),
    )
    with stage.interrupt:
        assert loop.run(source()).complete
