"""Claim 6: who survives a crash."""

import pandas as pd
import pytest
from support.claims import (
    ALL_TRUE,
    CANNOT_SAY,
    CONFIRMED,
    NOT_CONFIRMED,
    SLOW,
    TESTABLE,
    Machine,
    crashes,
    everything,
    renumbered,
    verdict,
    verdicts,
)

from analysis import claims
from analysis.claims.crash import proportion


class TestIsolation:
    @pytest.mark.parametrize(
        ("survived", "expected"),
        [
            pytest.param({"threading": [0], "multiprocessing/fork": [2]}, [CONFIRMED, CONFIRMED], marks=SLOW),
            pytest.param({"threading": [0], "multiprocessing/fork": [0]}, [NOT_CONFIRMED, CONFIRMED], marks=SLOW),
            ({"threading": [0], "multiprocessing/fork": [1]}, [NOT_CONFIRMED, CONFIRMED]),
            ({"threading": [2], "multiprocessing/fork": [2]}, [CONFIRMED, NOT_CONFIRMED]),
            ({"threading": [0], "multiprocessing/fork": [2, 2, 2, 2, 2, 1]}, [CANNOT_SAY, CONFIRMED]),
            ({"threading": [0], "multiprocessing/fork": [0, 2]}, [CANNOT_SAY, CONFIRMED]),
            ({"multiprocessing/fork": [2]}, [CONFIRMED, CANNOT_SAY]),
            ({"threading": [0]}, [CANNOT_SAY]),
            ({"thread_pool": [0], "process_pool/fork": [2]}, [CANNOT_SAY]),
        ],
        ids=str,
    )
    def test_is_the_share_of_the_others_that_came_to_their_end(self, survived, expected):
        found = verdict(6, crashes(survived))
        assert [question.answer for question in found.questions] == expected

    @pytest.mark.parametrize(
        ("blocks", "answer", "bounds"),
        [
            (8, CANNOT_SAY, ["above 0.7", "at most 0.3"]),
            (10, CONFIRMED, ["above 0.7", "at most 0.3"]),
            (30, CONFIRMED, ["above 0.9", "at most 0.1"]),
        ],
    )
    def test_takes_nine_crashes_and_shows_more_with_thirty(self, blocks, answer, bounds):
        found = verdict(6, crashes({"threading": [0], "multiprocessing/fork": [2]}, blocks))
        assert found.answer is answer
        assert [question.bound for question in found.questions] == bounds

    @pytest.mark.parametrize("blocks", [10, 30, 60])
    def test_is_not_confirmed_by_all_trials_but_one(self, blocks):
        """The median of 9 trials of 10 was 1.00 [1.00, 1.00]."""
        question, _ = verdict(
            6, crashes({"threading": [0], "multiprocessing/fork": [2] * (blocks - 1) + [1]}, blocks)
        ).questions
        assert question.answer is CANNOT_SAY
        assert question.found.value == pytest.approx(1 - 1 / blocks)
        assert question.found.low < question.found.value < question.found.high < 1

    @pytest.mark.parametrize(
        ("happened", "n", "low", "high"),
        [
            (10, 10, 0.7411, 1),
            (0, 10, 0, 0.2589),
            (30, 30, 0.9050, 1),
            (9, 10, 0.6058, 0.9949),
            (5, 10, 0.2224, 0.7776),
        ],
    )
    def test_has_an_exact_interval(self, happened, n, low, high):
        """As in tables of the binomial distribution: each end leaves 5 % to what is at least as far from it."""
        found = proportion(happened, n, 0.95)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)

    def test_counts_all_ways_in_a_remark(self):
        ways = {"threading": [0], "multiprocessing/fork": [2], "multiprocessing/spawn": [1], "process_pool/fork": [0]}
        (remark,) = verdict(6, crashes(ways)).remarks
        assert remark.endswith(
            ": threading 0 of 20; multiprocessing/fork 20 of 20; multiprocessing/spawn 10 of 20; "
            "process_pool/fork 0 of 20."
        )

    def test_does_not_take_what_crashed_by_accident_for_an_answer(self):
        trials = crashes({"threading": [0], "multiprocessing/fork": [2]}).assign(workload="cpu_bound")
        assert verdict(6, trials).answer is CANNOT_SAY
        assert claims.crashes(trials).empty

    @SLOW
    def test_leaves_the_other_claims_as_they_are(self):
        working = Machine(noise=0.002).sweep(everything())
        crashed = renumbered(crashes({"threading": [0], "multiprocessing/fork": [2]}), 1)
        both = pd.concat([working, crashed], ignore_index=True)
        found = verdicts(both)
        assert {number: found[number].answer for number in TESTABLE} == ALL_TRUE
        assert found[6].answer is CONFIRMED
