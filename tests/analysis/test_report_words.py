"""What the summary of a report says, and what it leaves to the tables."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from support.frames import CPU, IO, Seconds, disturbed, grouped, of_way, trials

from analysis.answers import answers
from analysis.breakeven import break_even
from analysis.recommend import recommendations
from analysis.report import advice, banner, tables, words
from runner.matrix.case import Case

SIZES_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def of_line_trials(start_s: float, gain: float, blocks: int = 10) -> pd.DataFrame:
    """Return trials of threads that take so long to start, and then so long for each second of work."""
    walls = {}
    for place, size_s in enumerate(SIZES_S):
        work = ("cpu_bound", (("NUM", 1_000 * 2**place),))
        walls[of_way("sequential", work)] = size_s
        walls[of_way("threading", work)] = start_s + gain * size_s
    return grouped(disturbed(walls, blocks, 0), blocks)


def of_line(start_s: float, gain: float, blocks: int) -> pd.DataFrame:
    """Return their break-even."""
    return break_even(of_line_trials(start_s, gain, blocks))


class TestBreakEven:
    @staticmethod
    def said(table: pd.DataFrame) -> list[str]:
        return list(words._break_even(SimpleNamespace(break_even=table, counted=pd.DataFrame({"noisy": [None]}))))

    def test_is_said_with_its_interval(self):
        table = of_line(0.2, 0.5, 10)
        (sentence,) = self.said(table)
        assert sentence.startswith("With 2 workers on cpu_bound, it pays to use threading from 4")
        assert sentence.endswith(" ms] of sequential work on.")
        assert " ms [3" in sentence

    @pytest.mark.parametrize("start_s", [5.0, 0.03], ids=["beyond the largest size", "below the smallest size"])
    def test_is_not_said_of_what_breaks_even_outside_the_sizes_swept(self, start_s):
        table = of_line(start_s, 0.5, 5)
        assert table["break_even_s"].notna().all() or "wins" in table["verdict"].item()
        assert self.said(table) == []


class TestAnswers:
    @staticmethod
    def said(trials: pd.DataFrame) -> list[str]:
        counted = trials.assign(outlier=False)
        found = {"answers": answers(trials), "counted": counted, "break_even": break_even(trials)}
        report = SimpleNamespace(**found, verdicts=(), sweeps=(), cases=pd.DataFrame({"n": [6]}))
        return [*words.answered(report), *words.about(report)]

    def test_come_first_in_the_words_of_the_terminal(self):
        walls: dict[Case, Seconds] = {of_way("sequential"): 2.0, of_way("threading"): 1.0}
        assert self.said(trials({**walls, of_way("multiprocessing/fork"): 1.0}, 6))[0] == (
            "cpu_bound (NUM = 1,000,000): threading ×2 was 2.00 times [2.00, 2.00] as fast as sequential calls "
            "(not told from it: multiprocessing/fork ×2)."
        )

    def test_are_about_each_interpreter_and_say_how_they_compare(self):
        walls = {
            replace(of_way(way), python=python): seconds
            for python, way, seconds in (
                ("cpython 3.11.2", "sequential", 2.0),
                ("cpython 3.11.2", "threading", 2.2),
                ("cpython 3.14.0", "sequential", 1.6),
                ("cpython 3.14.0", "threading", 0.8),
            )
        }
        assert self.said(trials(walls, 6))[:3] == [
            (
                "cpu_bound (NUM = 1,000,000), cpython 3.14.0: threading ×2 was 2.00 times [2.00, 2.00] as fast as "
                "sequential calls."
            ),
            (
                "cpu_bound (NUM = 1,000,000), cpython 3.11.2: no way beats sequential calls; the best, threading ×2, "
                "was 1.10 times [1.10, 1.10] slower than them."
            ),
            (
                "cpu_bound (NUM = 1,000,000), cpython 3.14.0 was 2.50 times [2.50, 2.50] as fast as with cpython "
                "3.11.2 (threading ×2 against sequential), and sequentially 1.25 times [1.25, 1.25] as fast as with it."
            ),
        ]

    def test_are_none_if_the_machine_was_busy_and_nothing_is_said_of_sizes_that_pay(self):
        frame = of_line_trials(0.2, 0.5).assign(noisy="others used 80 % of the CPU time")
        said = self.said(frame)
        assert "cannot say, because 120 of 120 trials were disturbed" in said[0]
        assert not any("it pays to use" in sentence or "as fast as" in sentence for sentence in said)


class TestAdvice:
    @pytest.mark.parametrize(
        ("work", "said"),
        [
            (("cpu_bound", (("NUM", 16_000),)), "NUM: [1_000, 4_000, 16_000]"),
            (("cpu_bound", (("NUM", 5),)), "NUM: [1, 4, 16]"),
            (("io_bound", (("TIME", 0.16),)), "TIME: [0.01, 0.04, 0.16]"),
            (("make.py:make", (("engine", "numpy"), ("lines", 160))), "lines: [10, 40, 160]"),
            (("make.py:make", (("engine", "numpy"),)), None),
        ],
    )
    def test_is_about_the_parameter_of_the_workload(self, work, said):
        assert advice.sizes(trials({of_way("sequential", work): 1.0}), 3, 4) == said

    def test_is_about_the_workload_that_takes_longest(self):
        frame = trials({of_way("sequential", ("cpu_bound", (("NUM", 16),))): 1.0, of_way("sequential", IO): 2.0})
        assert (advice.sizes(frame, 1, 4) or "").startswith("TIME: ")

    @pytest.mark.parametrize(
        ("work", "swept", "said"),
        [
            (CPU, ["sequential"], "workers: [1, 2, 4], mode: [sequential, threading, multiprocessing]"),
            (CPU, ["sequential", "process_pool/fork"], "workers: [1, 2, 4], mode: [sequential, process_pool]"),
            (("fetch.py:fetch", ()), ["sequential", "asyncio"], "workers: [1, 2, 4], mode: [sequential, asyncio]"),
            (("fetch.py:fetch", ()), ["sequential"], "workers: [1, 2, 4]"),
        ],
    )
    def test_names_modes_in_which_the_function_runs(self, work, swept, said):
        assert advice.ways(trials({of_way(way, work): 1.0 for way in swept})) == said


def test_nothing_is_recommended_where_most_trials_were_disturbed():
    walls = {of_way("sequential"): 2.0, of_way("threading"): 1.0}
    rows = [
        tables.recommendations(SimpleNamespace(recommendations=recommendations(frame))).rows[0][1:]
        for frame in (trials(walls, 6), trials(walls, 6).assign(noisy="others"))
    ]
    assert rows[0][0] == "threading ×2"
    assert rows[1] == ["cannot say", "most trials were disturbed", "–", "–"]


class TestCautions:
    @pytest.mark.parametrize(("disturbed", "busy"), [(1, False), (9, False), (10, True), (18, True)])
    def test_say_that_a_machine_was_busy_where_most_trials_were_disturbed(self, disturbed, busy):
        frame = trials({of_way("sequential"): 2.0, of_way("threading"): 1.0, of_way("asyncio"): 1.0}, 6)
        noisy = ["steal 9 %"] * disturbed + [None] * (len(frame) - disturbed)
        findings = SimpleNamespace(sweeps=[], counted=frame.assign(noisy=noisy), cases=pd.DataFrame({"n": [6]}))
        (sentence,) = words._cautions(findings)
        assert sentence.startswith(f"Of 18 trials that count, {disturbed} w")
        assert sentence.endswith("busy machine.") is busy


class TestBanner:
    @staticmethod
    def said(trials: pd.DataFrame) -> banner.Banner | None:
        return banner.banner(SimpleNamespace(counted=trials))

    def test_says_what_disturbed_how_many_trials_and_how_much(self):
        frame = trials({of_way("sequential"): 2.0, of_way("threading"): 1.0}, 10)
        busy = {place: f"others used {10 + place}% of the CPU time" for place in range(8)}
        busy[3] += "; the clock of the day was set by 1.5 s"
        found = self.said(frame.assign(noisy=pd.Series(busy).reindex(frame.index)))
        assert found is not None
        assert "8 of 20 trials (40 %) were disturbed" in found.sentence
        assert found.reasons == ["8 × others used 10–17% of the CPU time", "1 × the clock of the day was set by 1.5 s"]

    @pytest.mark.parametrize(("disturbed", "there_is_one"), [(3, False), (4, True)])
    def test_is_there_from_a_fifth_of_disturbed_trials_on(self, disturbed, there_is_one):
        frame = trials({of_way("sequential"): 2.0, of_way("threading"): 1.0}, 10)
        few = frame["noisy"].mask(frame.index < disturbed, "the machine was busy")
        assert (self.said(frame.assign(noisy=few)) is not None) == there_is_one

    def test_is_not_there_without_trials(self):
        assert self.said(trials({of_way("sequential"): 2.0}).iloc[:0]) is None
