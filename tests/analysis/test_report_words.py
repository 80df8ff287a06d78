"""What the summary of a report says, and what it leaves to the tables."""

from types import SimpleNamespace

import pandas as pd
import pytest
from support.frames import Seconds, disturbed, grouped, of_way, trials

from analysis.breakeven import break_even
from analysis.recommend import recommendations
from analysis.report import words
from analysis.statistics import speedups
from runner.matrix.case import Case

SIZES_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def of_line(start_s: float, gain: float, blocks: int) -> pd.DataFrame:
    """Return the break-even of threads that take so long to start, and then so long for each second of work."""
    walls = {}
    for place, size_s in enumerate(SIZES_S):
        work = ("cpu_bound", (("NUM", 1_000 * 2**place),))
        walls[of_way("sequential", work)] = size_s
        walls[of_way("threading", work)] = start_s + gain * size_s
    return break_even(grouped(disturbed(walls, blocks, 0), blocks))


class TestBreakEven:
    @staticmethod
    def said(table: pd.DataFrame) -> list[str]:
        return list(words._break_even(SimpleNamespace(break_even=table)))

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


class TestFastest:
    @staticmethod
    def said(fork_s: float, blocks: int) -> str:
        walls: dict[Case, Seconds] = {of_way("sequential"): 2.0, of_way("threading"): 1.0}
        walls[of_way("multiprocessing/fork")] = fork_s
        frame = trials(walls, blocks)
        by = ["workload", "setting", "panel", "work", "way", "mode", "calls", "scaling"]
        findings = SimpleNamespace(speedups=speedups(frame, by), recommendations=recommendations(frame))
        (sentence,) = words._speedups(findings)
        return sentence

    def test_is_said_with_what_is_tied_with_it(self):
        assert self.said(1.0, 6).endswith(
            "By the time of a call, the fastest is threading ×2 or one of those tied with it: multiprocessing/fork ×2."
        )

    def test_is_said_alone_where_the_others_are_slower(self):
        assert "tied" not in self.said(1.1, 6)

    def test_is_one_of_all_without_intervals(self):
        assert self.said(1.1, 5).endswith("tied with it: multiprocessing/fork ×2, sequential.")
