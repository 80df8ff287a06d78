"""When a sweep has enough blocks, and which cases each block holds, as decided from what was measured."""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from support.helpers import case

from runner.blocks import Block, Source
from runner.goals import Ending, Enough, FixedNumber, Goal, Reason, goal_of
from runner.history import Done, History
from runner.judged import figures, reached
from runner.matrix.case import Case
from runner.numbers.stopping import LOOKS

HERE, MS = "here", 10**6


def way(mode: str, number: int = 10, **changes: Any) -> Case:
    """Return a case of the work NUM = `number`."""
    workers = {} if mode == "sequential" else {"workers": 2}
    return case(params=(("NUM", number),), mode=mode, **{"calls": 2, "workers": 1} | workers | changes)


BASE, THREADS, POOL = way("sequential"), way("threading"), way("thread_pool")
OTHER_BASE, OTHER_THREADS = way("sequential", 20), way("threading", 20)
ALONE = way("sequential", 30)
CASES = [BASE, THREADS, POOL, OTHER_BASE, OTHER_THREADS, ALONE]

Times = Mapping[Case, Callable[[random.Random], float | None]]
"""How long a trial of a case takes, in ms; None where it fails."""


def normal(sigma: float) -> Callable[[random.Random], float]:
    return lambda rng: rng.lognormvariate(0, sigma)


def run(source: Source, times: Times, *, stop_before: int | None = None, ran: list[Block] | None = None) -> list[Block]:
    """Run the blocks that are left, each trial in the time that its place determines, and return all that were run."""
    blocks = [] if ran is None else ran
    for block in source:
        for place, trial in enumerate(block.trials):
            if stop_before == sum(len(one.trials) for one in blocks) + place:
                return blocks
            rng = random.Random(str(trial.place))
            took = times.get(trial.case, normal(0.001))(rng)
            wall_ns = None if took is None else round(took * MS)
            source.history.add(trial.place, Done(wall_ns, HERE))
            source.history.spend(trial.warmup, trial.repeat, wall_ns or MS)
        blocks.append(block)
    return blocks


def source(goal: Goal, cases: list[Case] = CASES, **changes: Any) -> Source:
    return Source(cases, goal, **{"warmup": 0, "seed": 7, "history": History()} | changes)


def held(blocks: list[Block]) -> Counter[Case]:
    """Count the blocks that held each case."""
    return Counter(trial.case for block in blocks for trial in block.trials)


class TestPrecision:
    def test_a_case_leaves_at_the_look_at_which_it_is_settled_and_its_baseline_with_the_last_that_needs_it(self):
        found = held(run(source(Enough(10, 80, precision=0.02)), {THREADS: normal(0.03)}))
        assert found[POOL] == found[OTHER_THREADS] == found[OTHER_BASE] == found[ALONE] == 10
        assert found[THREADS] == found[BASE] > 10
        assert found[THREADS] in LOOKS

    def test_a_baseline_has_no_figure_of_its_own_when_something_is_compared_with_it(self):
        """Its times differ by a fifth from block to block, and those of its dependent as much: the ratio is settled."""
        ran = source(Enough(10, 80, precision=0.02), [BASE, THREADS])
        for block in ran:
            for trial in block.trials:
                ran.history.add(trial.place, Done(round((1 + 0.2 * (block.number % 2)) * MS), HERE))
        assert len(ran.history) == 2 * 10

    def test_a_sequential_case_without_dependents_is_known_by_its_time(self):
        settled = held(run(source(Enough(10, 80, precision=0.02), [ALONE]), {}))
        noisy = held(run(source(Enough(10, 80, precision=0.02), [ALONE]), {ALONE: normal(0.05)}))
        assert settled[ALONE] == 10 < noisy[ALONE]

    def test_nothing_is_judged_between_two_looks(self):
        blocks = run(source(Enough(10, 80, precision=0.02)), {THREADS: normal(0.03), ALONE: normal(0.03)})
        sizes = {block.number: len(block.cases) for block in blocks}
        assert all(sizes[number] == sizes[number - 1] for number in sizes if number > 1 and number - 1 not in LOOKS)

    def test_no_look_is_taken_before_as_many_blocks_as_the_grid_repeats(self):
        assert len(run(source(Enough(15, 80, precision=0.5)), {})) == 20

    def test_ends_with_the_most_blocks_what_is_settled_or_not(self):
        ran = source(Enough(10, 12, precision=0.0001))
        assert len(run(ran, {})) == 12
        ending = ran.ending()
        assert ending is not None
        assert ending.stopped is Reason.BLOCKS
        assert ending.precision is not None
        assert ending.precision > 0.0001

    def test_says_with_what_precision_it_stopped(self):
        ran = source(Enough(10, 80, precision=0.02))
        run(ran, {THREADS: normal(0.03)})
        ending = ran.ending()
        assert ending == Ending(Reason.PRECISION, reached(CASES, 80, ran.history))
        assert ending.precision is not None
        assert 0.005 < ending.precision <= 0.02

    def test_a_case_that_never_succeeds_does_not_keep_the_sweep_going(self):
        ran = source(Enough(10, 80, precision=0.02), [BASE, THREADS, POOL])
        assert held(run(ran, {THREADS: lambda _: None})) == {BASE: 10, THREADS: 10, POOL: 10}
        assert ran.ending().stopped is Reason.PRECISION

    def test_a_case_whose_baseline_never_succeeds_is_known_by_its_time(self):
        ran = source(Enough(10, 80, precision=0.02), [BASE, THREADS])
        found = held(run(ran, {BASE: lambda _: None, THREADS: normal(0.03)}))
        assert found[THREADS] > 10

    def test_the_order_in_a_block_depends_on_what_it_holds_and_on_the_seed_alone(self):
        goal = Enough(10, 80, precision=0.02)
        first, second = (run(source(goal), {THREADS: normal(0.03)}) for _ in range(2))
        assert first == second
        for block in first:
            assert [trial.position for trial in block.trials] == [*range(1, len(block.cases) + 1)]
        assert len({tuple(trial.case for trial in block.trials) for block in first[:10]}) > 5


class TestBudget:
    def test_is_spent_after_the_block_in_which_it_runs_out(self):
        ran = source(Enough(2, 80, budget_ns=25 * MS), [BASE, THREADS])
        blocks = run(ran, dict.fromkeys(CASES, lambda _: 2.0))
        assert len(blocks) == 7  # 4 ms each
        assert ran.ending() == Ending(Reason.BUDGET, 0.0)

    def test_counts_the_warm_up_and_failures(self):
        ran = source(Enough(1, 80, budget_ns=10 * MS), [BASE, THREADS], warmup=2)
        blocks = run(ran, {BASE: lambda _: None, THREADS: lambda _: 1.0})
        assert [block.warmup for block in blocks] == [True, True, False, False, False]

    def test_never_ends_a_sweep_before_the_blocks_that_there_are_at_least(self):
        assert len(run(source(Enough(10, 80, budget_ns=1)), {})) == 10

    def test_without_an_interval_no_precision_is_claimed(self):
        ran = source(Enough(1, 80, budget_ns=1))
        run(ran, {})
        assert ran.ending() == Ending(Reason.BUDGET, None)


class TestResume:
    GOALS = (
        Enough(10, 80, precision=0.02),
        Enough(10, 80, precision=0.02, budget_ns=150 * MS),
        Enough(3, 80, budget_ns=100 * MS),
    )

    @pytest.mark.parametrize("goal", GOALS, ids=["precision", "both", "budget"])
    @pytest.mark.parametrize("killed_after", [0, 1, 59, 60, 61, 63, 72, 75])
    def test_after_a_kill_takes_the_same_decisions_and_runs_the_same_trials(self, goal, killed_after):
        times = {THREADS: normal(0.03), ALONE: normal(0.05)}
        whole = run(source(goal, warmup=1), times)
        history = History()
        before = source(goal, warmup=1, history=history)
        run(before, times, stop_before=killed_after)
        assert len(history) == killed_after
        after = source(goal, warmup=1, history=history)
        left = [trial for block in run(after, times) for trial in block.trials]
        assert left == [trial for block in whole for trial in block.trials][killed_after:]

    def test_what_is_left_is_at_most_what_the_open_cases_can_take(self):
        ran = source(Enough(10, 80, precision=0.02))
        assert ran.left() == dict.fromkeys(CASES, 80)
        assert ran.left(10) == dict.fromkeys(CASES, 10)
        run(ran, {THREADS: normal(0.03)}, stop_before=61)
        assert +ran.left() in ({BASE: 70, THREADS: 69}, {BASE: 69, THREADS: 70})
        assert ran.planned == 61 + 139


class TestExtended:
    """A sweep of which some blocks are closed: no goal decides on them any more."""

    @staticmethod
    def done(goal: Goal, times: Times) -> tuple[History, list[Block]]:
        first = source(goal)
        blocks = run(first, times)
        return first.history, blocks

    def test_by_a_number_of_blocks_runs_all_cases_in_them_and_none_in_the_closed_ones(self):
        history, blocks = self.done(Enough(10, 80, precision=0.02), {THREADS: normal(0.03)})
        closed = len(blocks)
        more = source(FixedNumber(closed + 3), history=history, closed=closed)
        assert more.left() == dict.fromkeys(CASES, 3)
        again = run(more, {})
        assert [(block.number, len(block.trials)) for block in again] == [(closed + n, len(CASES)) for n in (1, 2, 3)]

    def test_by_a_precision_goes_on_with_what_is_not_known_so_precisely(self):
        history, blocks = self.done(FixedNumber(10), {THREADS: normal(0.03)})
        assert len(blocks) == 10
        found = held(run(source(Enough(10, 80, precision=0.02), history=history, closed=10), {THREADS: normal(0.03)}))
        assert set(found) == {BASE, THREADS}
        assert 10 + found[THREADS] in LOOKS

    def test_a_case_that_had_more_blocks_than_the_last_look_leaves_as_nothing_would_decide_on_it(self):
        history, _ = self.done(FixedNumber(81), {THREADS: normal(0.03)})
        more = source(Enough(81, 99, precision=0.0001), history=history, closed=81)
        assert run(more, {}) == []

    def test_by_a_budget_spends_it_on_the_new_blocks(self):
        history, _ = self.done(FixedNumber(10), {})
        goal = Enough(10, 80, budget_ns=round(2.5 * len(CASES) * MS), since=10)
        assert [block.number for block in run(source(goal, history=history, closed=10), {})] == [11, 12, 13]

    def test_for_new_cases_holds_these_and_their_baselines(self):
        history, _ = self.done(FixedNumber(10), {})
        new = way("process_pool", start_method="fork")
        more = source(FixedNumber(12), [*CASES, new], history=history, closed=10, joined=frozenset({new.key}), warmup=1)
        for one in CASES:
            history.add((one.key, True, 1), Done(MS, HERE))
        blocks = run(more, {})
        assert [(block.warmup, block.number, {t.case for t in block.trials}) for block in blocks] == [
            (True, 1, {new}),
            (False, 11, {BASE, new}),
            (False, 12, {BASE, new}),
        ]
        assert len(figures(new, 12, history)) == 2

    def test_retries_what_failed_in_a_closed_block_in_that_block(self):
        history, _ = self.done(FixedNumber(10), {})
        place = (THREADS.key, False, 4)
        retried = History(again={place})
        for one in history:
            if one != place:
                retried.add(one, history.of(one[0])[one[2]])
        (block,) = run(source(FixedNumber(10), history=retried, closed=10), {})
        assert [trial.place for trial in block.trials] == [place]


class TestFigures:
    @staticmethod
    def history(*results: tuple[Case, int, int | None, str]) -> History:
        history = History()
        for one, repeat, wall_ns, host in results:
            history.add((one.key, False, repeat), Done(wall_ns, host))
        return history

    def test_are_ratios_within_a_block_and_a_host(self):
        history = self.history(
            *[(BASE, 1, 40, HERE), (THREADS, 1, 20, HERE)],
            *[(BASE, 2, 90, HERE), (THREADS, 2, 30, "there")],
            *[(BASE, 3, None, HERE), (THREADS, 3, 30, HERE)],
            *[(THREADS, 4, 30, HERE)],
            *[(BASE, 5, 30, HERE), (THREADS, 5, None, HERE)],
            *[(BASE, 6, 50, HERE), (THREADS, 6, 10, HERE)],
        )
        assert figures(THREADS, 80, history) == [2.0, 5.0]
        assert figures(THREADS, 5, history) == [2.0]

    def test_are_times_where_there_is_no_baseline(self):
        history = self.history((THREADS, 1, 20, HERE), (THREADS, 2, None, HERE), (THREADS, 3, 0, HERE))
        assert figures(THREADS, 80, history) == [20.0]
        assert reached([THREADS], 80, history) == math.inf
        assert figures(POOL, 80, history) == []


@pytest.fixture
def columns() -> dict[str, Any]:
    return {"repeats": 10, "precision": None, "budget_ns": None, "most_blocks": None, "closed_blocks": 0}


def test_a_sweep_of_a_fixed_number_of_blocks_has_that_as_its_goal(columns):
    assert goal_of(columns) == FixedNumber(10)
    assert goal_of(columns).ending() is None


@pytest.mark.parametrize(
    ("given", "least"),
    [
        ({"precision": 0.02}, 10),
        ({"precision": 0.02, "repeats": 12}, 14),
        ({"precision": 0.02, "budget_ns": 1, "repeats": 12}, 12),
        ({"precision": 0.02, "most_blocks": 8, "repeats": 6}, 8),
        ({}, 80),
    ],
    ids=str,
)
def test_a_goal_says_after_how_many_blocks_it_can_be_reached(columns, given, least):
    goal = goal_of(columns | {"most_blocks": 80} | given)
    assert goal.least == least


def test_a_standing_has_the_widest_interval_the_budget_and_a_forecast():
    goal = Enough(10, 80, precision=0.02, budget_ns=1000 * MS)
    ran = source(goal)
    fresh = goal.standing(CASES, 0, ran.history)
    assert (fresh.precision, fresh.target, fresh.blocks, fresh.left_ns) == (math.inf, 0.02, 80, 1000 * MS)
    run(ran, {THREADS: normal(0.03)}, stop_before=60)
    later = goal.standing(CASES, 10, ran.history)
    assert later.precision == reached(CASES, 10, ran.history) > 0.02
    assert 10 < later.blocks <= 80
    assert later.left_ns == 1000 * MS - ran.history.spent_ns(range(1, 11))
    run(ran, {THREADS: normal(0.03)}, stop_before=64)
    assert goal.standing(CASES, 12, ran.history).precision == later.precision, "not judged between two looks"
