"""Aims and verdicts, and the ratio of medians of pairs."""

import json
import math

import numpy as np
import pytest

from benchmarks.result import Aim, Result, Verdict, ratio_of_medians
from runner.numbers.medians import Estimate


@pytest.mark.parametrize(
    ("aim", "found", "verdict"),
    [
        (Aim(0.99, 1.01), Estimate(1.0, 0.995, 1.005, 20), Verdict.HOLDS),
        (Aim(0.99, 1.01), Estimate(1.0, 0.98, 1.005, 20), Verdict.OPEN),
        (Aim(0.99, 1.01), Estimate(1.05, 1.02, 1.08, 20), Verdict.MISSED),
        (Aim(0.99, 1.01), Estimate(0.9, 0.8, 0.98, 20), Verdict.MISSED),
        (Aim(high=1.25), Estimate(0.5, 0.4, 1.25, 20), Verdict.HOLDS),
        (Aim(high=1.25), Estimate(1.3, 1.2, 1.4, 20), Verdict.OPEN),
        (Aim(low=3), Estimate(4, 3, 5, 20), Verdict.HOLDS),
        (Aim(low=3), Estimate(2, 1, 2.9, 20), Verdict.MISSED),
        (Aim(high=2.2), Estimate(2.2), Verdict.HOLDS),
        (Aim(high=2.2), Estimate(2.3), Verdict.MISSED),
    ],
    ids=str,
)
def test_an_aim_holds_where_the_whole_interval_keeps_it(aim, found, verdict):
    assert Result(1, "x", found, aim=aim).verdict is verdict


def test_what_could_not_be_measured_is_missing_and_says_why():
    result = Result(2, "runner sweep ÷ hyperfine", None, aim=Aim(high=1.25), note="hyperfine is not to be had")
    assert result.verdict is Verdict.MISSING
    assert str(result) == "2. runner sweep ÷ hyperfine: hyperfine is not to be had, aim: at most 1.25: missing"


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (
            Result(4, "help", Estimate(1.1, 1.05, 1.15, 20), aim=Aim(high=1.3)),
            "4. help: 1.10 × [1.05, 1.15], aim: at most 1.3: holds",
        ),
        (
            Result(3, "alarms", Estimate(5.0, 4.0, 6.0, 9), "%", Aim(3, 7)),
            "3. alarms: 5.00 % [4.00, 6.00], aim: 3 to 7: holds",
        ),
        (Result(2, "a run", Estimate(10.0), "ms"), "2. a run: 10.0 ms"),
        (Result(1, "wakes", Estimate(1.0), "", Aim(low=3)), "1. wakes: 1.00, aim: at least 3: missed"),
    ],
    ids=str,
)
def test_a_result_is_one_line_with_its_aim_and_whether_that_holds(result, line):
    assert str(result) == line


@pytest.mark.parametrize(
    "result",
    [
        Result(1, "a", Estimate(1.0, 0.9, 1.1, 20), aim=Aim(0.99, 1.01), note="n", data={"points": [[1, 2.0]]}),
        Result(2, "b", Estimate(3.0, n=1), "ms", Aim(high=2)),
        Result(2, "c", Estimate(3.0), "ms", Aim(low=2)),
        Result(2, "d", None, note="not here"),
    ],
    ids=str,
)
def test_what_is_kept_as_json_is_what_was_found(result):
    again = Result.from_json(json.loads(json.dumps(result.as_json(), allow_nan=False)))
    assert (str(again), again.verdict, again.data, again.note) == (
        str(result),
        result.verdict,
        result.data,
        result.note,
    )


def test_a_ratio_of_medians_is_that_with_an_interval_from_the_pairs():
    chance = np.random.default_rng(1)
    drift = 1 + 0.3 * chance.standard_normal(40)
    theirs = np.abs(drift) + 1
    ours = 1.5 * theirs * (1 + 0.01 * chance.standard_normal(40))
    found = ratio_of_medians(ours, theirs)
    assert found.value == pytest.approx(np.median(ours) / np.median(theirs))
    assert found.low <= 1.5 <= found.high
    assert found.n == 40
    assert ratio_of_medians(ours, chance.permutation(theirs)).high - found.low > found.high - found.low


def test_a_few_pairs_have_no_interval():
    found = ratio_of_medians([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    assert found.value == 2.0
    assert math.isnan(found.low)
    assert math.isnan(found.high)
