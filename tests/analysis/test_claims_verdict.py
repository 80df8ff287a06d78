"""Verdicts on several questions, and on a busy machine."""

import numpy as np
import pandas as pd
import pytest
from support.claims import (
    CANNOT_SAY,
    CONFIRMED,
    LARGEST,
    NOT_CONFIRMED,
    Machine,
    crashes,
    grid_for,
    renumbered,
    verdicts,
)

from analysis.claims import Answer, Verdict
from analysis.claims.verdict import at_most, together, widened, with_commands
from runner.numbers.medians import Estimate, estimate


class TestRefuting:
    """Any of several questions refutes a claim. On the bound, one of seven would by chance in 13 % of sweeps."""

    @staticmethod
    def asked(chance: np.random.Generator, many: int) -> Verdict:
        ratios = 1.1 * np.exp(0.03 * chance.standard_normal((many, 10)))
        return Verdict(1, "so it is", [at_most("this", pd.Series(own), 1.1, "sweep more") for own in ratios])

    @pytest.mark.parametrize("many", [1, 4, 7])
    def test_by_chance_is_as_rare_as_by_one_alone(self, many):
        chance = np.random.default_rng(3)
        found = [self.asked(chance, many) for _ in range(200)]
        alone = sum(one.answer is NOT_CONFIRMED for one in found)
        shared = sum(together(one).answer is NOT_CONFIRMED for one in found)
        assert shared <= 0.05 * len(found)
        assert (alone > shared) == (many > 1)

    def test_says_why_a_question_is_open_whose_interval_lies_beyond_the_bound(self):
        values = [1.15 + 0.01 * place for place in range(10)]
        between = (estimate(values).low + estimate(values, 0.9875).low) / 2
        questions = [at_most("this", pd.Series(values), bound, "sweep more") for bound in (between, 1.3, 1.3, 1.3)]
        assert [one.answer for one in questions] == [NOT_CONFIRMED, CONFIRMED, CONFIRMED, CONFIRMED]
        found = together(Verdict(1, "so it is", questions))
        assert found.answer is CANNOT_SAY
        assert found.questions[0].found == questions[0].found
        (settle,) = found.settle
        assert settle == (
            "for a narrower interval: the 98.8 % interval, which counts because the claim has several questions, "
            "includes the bound"
        )

    def test_names_the_command_that_adds_the_blocks_which_would_settle_it(self):
        wide = pd.Series([1.0 + 0.1 * place for place in range(10)])
        questions = [at_most("this", values, 1.3, "sweep more") for values in (wide, wide[:4], wide + 9)]
        found = with_commands(Verdict(1, "so it is", questions), "runner extend 3 --blocks {}".format)
        assert [one.settle for one in found.questions] == [
            "`runner extend 3 --blocks 30`: for a narrower interval",
            "`runner extend 3 --blocks 6`: an interval takes 6 blocks, there are 4",
            None,
        ]

    @pytest.mark.parametrize("n", [6, 10, 40])
    def test_widens_an_interval_of_which_no_draws_are_left(self, n):
        found = Estimate(1.0, 0.9, 1.3, n)
        assert widened(found, 0.95) == found
        wide = widened(found, 0.9875)
        assert (1 - wide.low) / 0.1 == pytest.approx((wide.high - 1) / 0.3)
        assert 1.25 < (wide.high - 1) / 0.3 < 1.5
        assert widened(Estimate(1.0, n=3), 0.99).value == 1.0


class TestBusyMachine:
    @staticmethod
    def answers(share: float) -> tuple[set[Answer], set[str]]:
        trials = Machine(noise=0.002).sweep(LARGEST)
        disturbed = int(share * len(trials))
        found = verdicts(trials.assign(noisy=["steal"] * disturbed + [None] * (len(trials) - disturbed)))
        own = [found[number] for number in (1, 2, 3, 4, 8)]
        return {one.answer for one in own}, {settle for one in own for settle in one.settle}

    @pytest.mark.parametrize("share", [0.0, 0.5])
    def test_answers_while_no_more_than_half_of_the_trials_are_disturbed(self, share):
        assert self.answers(share) == ({CONFIRMED}, set())

    def test_answers_nothing_where_more_are(self):
        answers, settle = self.answers(0.75)
        assert answers == {CANNOT_SAY}
        assert settle == {"the same on a quieter machine (`runner doctor`): 96 of 128 trials were disturbed"}

    def test_counts_who_survived_a_crash_all_the_same(self):
        crashed = crashes({"threading": [0], "multiprocessing/fork": [2]})
        parts = [Machine().sweep(grid_for(3)), renumbered(crashed, 1)]
        found = verdicts(pd.concat(parts, ignore_index=True).assign(noisy="steal"), of_overhead=False)
        assert (found[3].answer, found[6].answer) == (CANNOT_SAY, CONFIRMED)
