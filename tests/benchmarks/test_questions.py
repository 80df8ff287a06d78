"""The parts of the benchmarks that compute: what they say of data whose truth is known."""

import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import document, growth, honesty, make_store, stopping, view_pace
from benchmarks.__main__ import QUESTIONS
from benchmarks.answers import Answer
from benchmarks.bench import ROOT
from benchmarks.result import Aim, Result, Verdict
from runner.goals import Enough, FixedNumber
from runner.numbers.medians import Estimate
from runner.store.connect import read_only


def walls(factor: float, sweeps: int = 40, blocks: int = 20, noise: float = 0.02) -> pd.DataFrame:
    """Return two labels: seconds with a drift that a block shares, and the second `factor` times as long."""
    chance = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([range(sweeps), range(1, blocks + 1)], names=["sweep_id", "repeat"])
    drift = 1 + 0.1 * chance.standard_normal(len(index))
    own = 1 + noise * chance.standard_normal((len(index), 2))
    return pd.DataFrame({"a": drift * own[:, 0], "b": factor * drift * own[:, 1]}, index=index)


class TestHonesty:
    def test_of_the_same_work_few_intervals_exclude_one(self):
        found = honesty.share_told_apart(walls(1.0, sweeps=300), [("a", "b")], 20)
        assert 1 <= found.value <= 9
        assert found.low <= 5 <= found.high

    def test_much_longer_work_is_always_told_apart(self):
        found = honesty.share_told_apart(walls(1.2), [("a", "b")], 20)
        assert (found.value, found.low, found.high, found.n) == (100, 100, 100, 40)

    def test_only_the_first_blocks_count(self):
        data = walls(1.0)
        later = data.index.get_level_values("repeat") > 10
        data.loc[later, "b"] *= 100
        assert honesty.share_told_apart(data, [("a", "b")], 10).value < 50
        assert honesty.share_told_apart(data, [("a", "b")], 20).value > 50


class TestGrowth:
    @pytest.mark.parametrize(("power", "factor", "verdict"), [(1, 2, Verdict.HOLDS), (2, 4, Verdict.MISSED)])
    def test_is_the_factor_of_doubling_the_work(self, power, factor, verdict):
        points = [(trials, (trials / 1000) ** power) for trials in (100, 990, 10_200)]
        result = growth.growth_of("a step", points)
        assert result.found.value == pytest.approx(factor)
        assert not result.found.has_interval
        assert result.verdict is verdict

    def test_is_that_of_the_worst_step_from_one_size_to_the_next(self):
        result = growth.growth_of("a step", [(100, 1.0), (1_000, 1.0), (10_000, 1000.0), (100_000, 1001.0)])
        assert result.found.value == pytest.approx(1000 ** np.log10(2))

    def test_is_not_known_from_one_size(self):
        assert growth.growth_of("a step", [(100, 1.0)]).verdict is Verdict.MISSING


class TestStopping:
    def test_a_fixed_number_of_blocks_takes_every_case_in_each(self):
        found = stopping.simulated(FixedNumber(10), 1)
        assert found.trials == 10 * len(stopping.cases()) == 10 * 6 * 5
        assert 0 < found.settled < 1

    def test_the_rule_settles_every_case(self):
        target = 0.03
        found = stopping.simulated(Enough(10, 80, target), 1)
        assert found.precision <= target < stopping.simulated(FixedNumber(10), 1).precision
        assert 300 < found.trials < 600

    def test_the_noise_of_the_cases_differs_tenfold(self):
        noises = [noise for case, noise in stopping.noise_of(stopping.cases()).items() if not case.is_baseline]
        assert max(noises) / min(noises) == pytest.approx(10)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Open a store that was made up, to read."""
    store = tmp_path_factory.mktemp("made") / "runs.db"
    make_store.make(store, works=3, blocks=7, seed=1)
    with closing(read_only(store)) as connection:
        yield connection


@pytest.mark.parametrize("name", view_pace.QUESTIONS)
def test_a_view_and_the_sql_by_hand_ask_the_same(made, name):
    view_pace.check_same_answer(made, name, *view_pace.QUESTIONS[name])
    with pytest.raises(RuntimeError, match="do not answer the same"):
        view_pace.check_same_answer(made, name, view_pace.QUESTIONS[name][0], "SELECT 1, 2")


def test_the_page_shows_every_result_with_its_aim_and_verdict():
    held = Estimate(1.0, 0.995, 1.005, 20)
    curve = {"factor": 1.05, "curve": [[6, 50.0, 40.0, 60.0], [20, 90.0, 80.0, 95.0]]}
    found = [
        [
            Result(1, "cpu_bound of 0.2 s, fork: total", held, aim=Aim(0.99, 1.01)),
            Result(1, "no work (NUM = 1), fork: total", Estimate(1.2, 1.1, 1.3, 20), aim=Aim(high=1.05)),
            Result(1, "2,000 calls of 1 µs, thread_pool: total", held, aim=Aim(0.99, 1.01)),
        ],
        [Result(2, "runner sweep ÷ hyperfine", None, aim=Aim(high=1.25), note="not to be had")],
        [Result(3, "5 % longer work", Estimate(90.0, 80.0, 95.0, 60), "%", Aim(low=90), data=curve)],
        [Result(4, "runner --help", held, aim=Aim(high=1.3))],
        [Result(5, "bytes a timing", Estimate(201.0), "bytes", Aim(high=400))],
        [Result(6, "plan", Estimate(2.0), aim=Aim(high=2.2), data={"points": [[100, 0.1], [100_000, 90.0]]})],
        [Result(7, "trials saved", Estimate(40.0, 39.0, 41.0, 200), "%", Aim(low=0))],
    ]
    answers = [Answer("2026-01-02 03:04+00:00", 60.0, results) for results in found]
    page = document.write(answers, Path()).read_text()
    for results in found:
        assert document.table(results) in page
    assert "| runner sweep ÷ hyperfine | – | at most 1.25 | missing | not to be had |" in page
    for image in re.findall(r"\]\((images/[^)]+)\)", page):
        assert Path(image).stat().st_size > 5_000


def test_the_page_that_is_kept_has_the_words_of_its_template():
    template = (ROOT / "benchmarks" / "benchmarks.md.j2").read_text(encoding="utf-8")
    words = re.split(r"\{\{.*?\}\}|\{% for .*?\{% endfor %\}\n", template, flags=re.DOTALL)
    page = (document.DOCS / document.PAGE).read_text(encoding="utf-8")
    place = 0
    for text in words:
        place = page.index(text, place) + len(text)
    assert page.startswith(words[0])
    assert page.endswith(words[-1])


@pytest.mark.parametrize("number", QUESTIONS)
def test_the_page_names_the_command_that_answers_each_question(number):
    page = (document.DOCS / document.PAGE).read_text(encoding="utf-8")
    assert re.search(rf"^## {number}\. .*\n\n`\.venv/bin/python -m benchmarks --only {number}`$", page, re.MULTILINE)
