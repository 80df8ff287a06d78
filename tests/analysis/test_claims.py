"""The study's claims, on simulated machines of which each is known to be true, to be false, or to be open."""

import itertools
import random
import statistics as plain
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from support import frames
from support.claims import (
    ALL_TRUE,
    BLOCKS,
    CANNOT_SAY,
    CONFIRMED,
    COUNTS,
    NOT_CONFIRMED,
    SLOW,
    TESTABLE,
    WAITS,
    WAYS,
    Machine,
    at_once,
    by_name,
    everything,
    grid_for,
    in_turn,
    on_cpus,
    renumbered,
    verdict_of,
    verdicts,
)

from analysis.breakeven import break_even
from analysis.claims import Answer, Question, Verdict
from runner.matrix.case import Case

EXAMPLES = Path(__file__).parents[2] / "examples"


FALSE = {
    "threads do not overlap waits": (1, {"totals": {"io_bound threading": in_turn}}),
    "processes do not overlap waits": (1, {"totals": {"io_bound multiprocessing": in_turn}}),
    "processes are slower for I/O": (2, {"totals": {"io_bound multiprocessing": at_once(1.4)}}),
    "processes start faster": (2, {"starts_s": {"multiprocessing": 5e-5}}),
    "processes need no memory": (2, {"peaks_mb": {"multiprocessing/spawn": 0.1}}),
    "threads run in parallel": (3, {"totals": {"cpu_bound threading": on_cpus(2)}}),
    "processes run in turn": (4, {"totals": {"cpu_bound multiprocessing": in_turn}}),
    "processes keep one CPU busy": (4, {"busy_cpus": {"multiprocessing": 0.95}}),
    "processes are dear to start": (5, {"totals": {"cpu_bound multiprocessing": on_cpus(2, start_s=0.3)}}),
    "the overhead grows with the work": (5, {"totals": {"cpu_bound multiprocessing": on_cpus(2, factor=1.3)}}),
    "processes lose on CPU-bound work": (8, {"totals": {"cpu_bound multiprocessing": on_cpus(1, factor=1.1)}}),
    "threads beat processes on CPU-bound work": (8, {"totals": {"cpu_bound threading": on_cpus(2)}}),
    "threads gain nothing on I/O": (
        8,
        {"totals": {"io_bound threading": at_once(2.1), "io_bound multiprocessing": at_once(2.1)}},
    ),
    "threads are slower than processes on I/O": (8, {"totals": {"io_bound threading": at_once(1.2)}}),
}
OPEN = {
    "waits of threads": (1, {"io_bound threading": (1.0, 1.3)}),
    "waits of processes": (1, {"io_bound multiprocessing": (1.0, 1.3)}),
    "processes against threads": (2, {"io_bound multiprocessing": (1.0, 1.3)}),
    "speedup of threads": (3, {"cpu_bound threading": (0.9, 1.1)}),
    "efficiency of processes": (4, {"cpu_bound multiprocessing": (1.0, 1.4)}),
    "growth of the overhead": (5, {"cpu_bound multiprocessing": (0.8, 1.3)}),
    "processes against the others": (8, {"cpu_bound multiprocessing": (1.0, 2.5)}),
    "threads against processes": (8, {"io_bound threading": (1.0, 1.2)}),
}


ALL_FALSE = {
    "totals": {
        "io_bound threading": in_turn,
        "cpu_bound threading": on_cpus(2),
        "cpu_bound multiprocessing": on_cpus(1, factor=1.1),
    },
    "starts_s": {"multiprocessing": 5e-5},
}
"""What makes every claim false at once."""


class TestAnswer:
    @pytest.mark.parametrize("number", TESTABLE)
    def test_is_confirmed_where_the_claim_is_true_from_six_blocks_on_whatever_the_drift(self, all_true, number):
        found = all_true[number]
        assert found.answer is CONFIRMED
        assert found.settle == []
        for question in found.questions:
            assert question.answer is CONFIRMED
            assert question.settle is None
            assert question.found.low <= question.found.value <= question.found.high

    def test_is_not_confirmed_where_all_claims_are_false(self):
        found = verdicts(Machine(noise=0.002, **ALL_FALSE).sweep(everything()))
        assert {number: found[number].answer for number in TESTABLE} == dict.fromkeys(TESTABLE, NOT_CONFIRMED)
        assert all(found[number].settle == [] for number in TESTABLE)

    @SLOW
    @pytest.mark.parametrize(("number", "changes"), by_name(FALSE))
    def test_is_not_confirmed_where_the_claim_is_false(self, number, changes):
        found = verdict_of(Machine(noise=0.002, **changes), number)
        assert found.answer is NOT_CONFIRMED
        assert found.settle == []

    @pytest.mark.parametrize(
        ("number", "vary"),
        by_name(OPEN, OPEN.keys() - {"waits of threads", "growth of the overhead", "threads against processes"}),
    )
    def test_is_open_where_an_interval_holds_the_bound_and_says_how_to_narrow_it(self, number, vary):
        found = verdict_of(Machine(vary=vary), number)
        assert found.answer is CANNOT_SAY
        assert all(settle.startswith("for a narrower interval") for settle in found.settle)
        assert all(question.more_blocks == 3 * question.found.n for question in found.questions if question.settle)
        for question in found.questions:
            bound = float(question.bound.rpartition(" ")[2])
            assert (question.answer is CANNOT_SAY) == (question.found.low < bound < question.found.high)
            assert (question.answer is CANNOT_SAY) == (question.settle is not None)

    @pytest.mark.parametrize(("blocks", "more"), [(6, 18), (8, 24)])
    def test_that_is_open_takes_four_times_the_blocks_for_an_interval_half_as_wide(self, blocks, more):
        found = verdict_of(Machine(vary={"cpu_bound threading": (0.9, 1.1)}), 3, blocks)
        assert found.settle == ["for a narrower interval"]
        assert {question.more_blocks for question in found.questions if question.settle} == {more}

    @pytest.mark.parametrize("blocks", [pytest.param(1, marks=SLOW), 5])
    def test_is_open_with_fewer_than_six_blocks_and_says_how_many_there_are(self, blocks):
        found = verdicts(Machine(noise=0.002).sweep(everything(), blocks))
        for number in TESTABLE:
            assert found[number].answer is CANNOT_SAY
            assert f"an interval takes 6 blocks, there are {blocks}" in found[number].settle
            for question in found[number].questions:
                assert question.answer is CANNOT_SAY
                assert not question.found.has_interval

    @pytest.mark.parametrize(("number", "workload"), [(6, "crashing"), (7, "pass_by_pipe")])
    def test_to_what_no_workload_tested_is_open_and_says_what_it_takes(self, all_true, number, workload):
        assert all_true[number].answer is CANNOT_SAY
        (settle,) = all_true[number].settle
        assert workload in settle

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            ([CONFIRMED, CONFIRMED], CONFIRMED),
            ([CONFIRMED, CANNOT_SAY], CANNOT_SAY),
            ([CONFIRMED, NOT_CONFIRMED], NOT_CONFIRMED),
            ([CANNOT_SAY, NOT_CONFIRMED, CONFIRMED], NOT_CONFIRMED),
            ([CANNOT_SAY, CANNOT_SAY], CANNOT_SAY),
            ([], CANNOT_SAY),
        ],
    )
    def test_is_that_of_all_questions_together(self, answers, expected):
        questions = [
            Question("this", None, "", answer, settle="sweep more" if answer is CANNOT_SAY else None)
            for answer in answers
        ]
        found = Verdict(1, "so it is", questions)
        assert found.answer is expected
        assert found.settle == (["sweep more"] if expected is CANNOT_SAY and answers else [])


class TestFreeThreading:
    @pytest.mark.parametrize("threads", [on_cpus(2, start_s=0.0002), in_turn], ids=["gain", "gain nothing"])
    def test_makes_a_claim_about_the_lock_not_apply(self, threads):
        found = verdict_of(Machine(totals={"cpu_bound threading": threads}, gil="off", noise=0.002), 3)
        assert found.answer is Answer.DOES_NOT_APPLY
        assert found.remarks == ["The interpreter lock was off."]
        assert found.settle == []
        assert found.questions[0].found.value == pytest.approx(2 if threads is not in_turn else 1, rel=0.01)

    def test_makes_it_not_apply_on_a_busy_machine_too(self):
        trials = Machine(gil="off").sweep(grid_for(3)).assign(noisy="steal")
        assert verdicts(trials)[3].answer is Answer.DOES_NOT_APPLY

    def test_makes_threads_gain_and_so_contradicts_what_was_claimed_of_them(self):
        parallel = {"cpu_bound threading": on_cpus(2, start_s=0.0002)}
        found = verdicts(Machine(totals=parallel, gil="off", noise=0.002).sweep(everything()))
        assert {number: found[number].answer for number in TESTABLE} == {
            **ALL_TRUE,
            3: Answer.DOES_NOT_APPLY,
            8: NOT_CONFIRMED,
        }

    @pytest.mark.parametrize(("gil", "remarks"), [("on", ["The interpreter lock was on."]), (None, [])])
    def test_is_told_as_far_as_it_is_known(self, gil, remarks):
        assert verdict_of(Machine(gil=gil), 3).remarks == remarks


class Plain:
    """The same figures, from the rows of a frame and Python's own statistics."""

    def __init__(self, trials: pd.DataFrame) -> None:
        self.rows = [row for row in trials.to_dict("records") if row["status"] == "ok" and not row["warmup"]]

    def by_block(self, workload: str, way: str, calls: int, value: str = "wall_s") -> dict[int, float]:
        own = [row for row in self.rows if row["way"] == way and row["calls"] == calls]
        return {
            row["repeat"]: row[value]
            for row in own
            if row["workload"] == workload and (row["num"] == 10_240_000 or row["time"] == 1.0)
        }

    def ratio(self, above: dict[int, float], below: dict[int, float]) -> tuple[float, int]:
        ratios = [above[block] / below[block] for block in above if block in below]
        return plain.median(ratios), len(ratios)

    def figures(self) -> dict[int, list[tuple[float, int]]]:
        """Return the expected figures, with their numbers of blocks, of each claim but the fifth."""
        alone, threads, fork, spawn = WAYS

        def io(way: str, value: str = "wall_s", calls: int = 4) -> dict[int, float]:
            return self.by_block("io_bound", way, calls, value)

        def cpu(way: str, value: str = "wall_s") -> dict[int, float]:
            return self.by_block("cpu_bound", way, 2, value)

        peaks = [io(way, "peak_rss_bytes") for way in (spawn, threads, alone)]
        beyond = [
            (peaks[0][block] - (peaks[1][block] - peaks[2][block]) / 4) / 1e6
            for block in peaks[0]
            if block in peaks[1] and block in peaks[2]
        ]
        speedup, blocks = self.ratio(cpu(alone), cpu(fork))
        return {
            1: [self.ratio(io(way), io(alone, calls=1)) for way in (threads, fork)],
            2: [
                self.ratio(io(fork), io(threads)),
                self.ratio(io(fork, "start_latency_s"), io(threads, "start_latency_s")),
                (plain.median(beyond), len(beyond)),
            ],
            3: [self.ratio(cpu(alone), cpu(threads))],
            4: [(speedup / 2, blocks), self.ratio(cpu(fork, "cpu_s"), cpu(fork, "compute_s"))],
            8: [
                (speedup, blocks),
                self.ratio(cpu(threads), cpu(fork)),
                self.ratio(io(alone), io(threads)),
                self.ratio(io(threads), io(fork)),
            ],
        }


class TestFigures:
    @pytest.mark.parametrize(("seed", "blocks"), [(2, 9), pytest.param(1, 4, marks=SLOW)])
    def test_are_the_medians_of_what_was_found_within_blocks(self, seed, blocks):
        chance = random.Random(seed)
        machine = Machine(noise=0.2, drift=0.5)
        trials = machine.sweep(frames.grid([COUNTS[0], COUNTS[-1], *WAITS], workers=(1, 2, 4), ways=WAYS), blocks)
        trials = trials.assign(
            status=[chance.choice(["ok"] * 9 + ["failed"]) for _ in range(len(trials))],
            warmup=[int(chance.random() < 0.05) for _ in range(len(trials))],
        )
        found, expected = verdicts(trials, of_overhead=False), Plain(trials).figures()
        for number, figures in expected.items():
            estimates = [question.found for question in found[number].questions]
            assert [estimate.value for estimate in estimates] == pytest.approx([value for value, _ in figures])
            assert [estimate.n for estimate in estimates] == [count for _, count in figures]

    def test_of_the_overhead_are_the_line_through_the_sizes(self):
        machine = Machine(noise=0.01)
        trials = machine.sweep(grid_for(5))
        table = break_even(trials)
        (row,) = table[(table["way"] == "multiprocessing/fork") & (table["against"] == "sequential")].to_dict("records")
        start, growth = (question.found for question in verdicts(trials)[5].questions)
        assert (start.value, start.low, start.high) == (row["start_s"], row["start_low"], row["start_high"])
        assert [growth.value, growth.low, growth.high] == pytest.approx(
            [2 * row["gain"] - 1, 2 * row["gain_low"] - 1, 2 * row["gain_high"] - 1]
        )
        assert start.n == BLOCKS

    def test_do_not_hang_on_the_order_of_the_rows_and_leave_the_trials_as_they_are(self):
        trials = Machine(noise=0.1).sweep(grid_for(8))
        before = trials.copy(deep=True)
        shuffled = verdicts(trials.sample(frac=1, random_state=7), of_overhead=False)
        assert shuffled == verdicts(trials, of_overhead=False)
        pd.testing.assert_frame_equal(trials, before)


class TestShippedGrid:
    def test_answers_all_eight_claims(self):
        grid = yaml.safe_load((EXAMPLES / "claims.yaml").read_text(encoding="utf-8"))
        parts = [_cases(axes) for axes in (grid["matrix"], *grid["include"])]
        cases = {one: None for part in parts for one in part}
        cases |= {one.baseline(): None for one in cases}
        studied = [one for one in cases if one.workload in ("cpu_bound", "io_bound")]
        passing = [one for one in cases if one.workload.startswith("pass_by")]
        crashing = [one for one in cases if one.workload == "crashing"]
        assert len(studied) + len(passing) + len(crashing) == len(cases)
        blocks = int(grid["repeats"])
        seconds = {one: 1e-3 + 1e-9 * dict(one.params)["SIZE"] * ("process" in one.mode) for one in passing}
        crashed = frames.steady(crashing, blocks).assign(status="crashed")
        survived = crashed["mode"].eq("multiprocessing") * (crashed["calls"] - 1.0)
        parts = [Machine(noise=0.002).sweep(studied, blocks), frames.trials(seconds, blocks)]
        parts += [crashed.assign(survived=survived)]
        found = verdicts(pd.concat(map(renumbered, parts, itertools.count()), ignore_index=True))
        assert {number: one.answer for number, one in found.items()} == dict.fromkeys(range(1, 9), CONFIRMED)


def _cases(axes: Mapping[str, Any]) -> list[Case]:
    """Multiply axes out as the runner does, where the interpreter's own start method is fork."""
    given = {name: value if isinstance(value, list) else [value] for name, value in axes.items()}
    params = [name for name in given if name in ("NUM", "TIME", "SIZE")]
    works = [
        (workload, tuple(zip(params, values, strict=True)))
        for workload in given["workload"]
        for values in itertools.product(*(map(_value, given[name]) for name in params))
    ]
    ways = [
        f"{mode}/{method}" if "process" in mode else mode
        for mode in given["mode"]
        for method in given.get("start_method", ["fork"])
    ]
    return frames.grid(works, given["workers"], ways)


def _value(written: Any) -> Any:
    """Read a number as YAML 1.2 with underscores has it."""
    return int(str(written).replace("_", "")) if isinstance(written, str) else written
