"""The terminal, the report and the views say the same figures, to the last bit."""

import random
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from support.frames import CPU, IO, grid
from support.stores import Planned, change, fill, outcome, rows, timing

from analysis import findings, load
from analysis.findings import Findings
from analysis.statistics import measured
from runner import results
from runner.display.cases import cases_table
from runner.numbers import words
from runner.numbers.answer import Answer, Verdict
from runner.numbers.medians import estimate
from runner.numbers.pairs import Place
from runner.numbers.summary import WallTime, summaries
from runner.outcome import Status
from runner.results import Summary
from runner.store.figures import TRIALS
from runner.store.read import Columns, Reader

WAYS = ("sequential", "threading", "multiprocessing/fork")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of a sweep in which some trials fail, so that cases have different numbers of blocks."""
    path, chance = tmp_path_factory.mktemp("swept") / "runs.db", random.Random(1)
    cases = [*grid([CPU, IO], (1, 2, 3), WAYS), *grid([CPU], (2, 3), WAYS, calls=6)]
    trials = []
    for warmup, repeat in [(True, 1), *((False, repeat) for repeat in range(1, 12))]:
        for case in cases:
            wall_ns = chance.randrange(10**6, 10**9)
            ended = outcome(wall_ns=wall_ns, timings=[timing()])
            if chance.random() < 0.2:
                ended = outcome(chance.choice([Status.FAILED, Status.TIMEOUT]), wall_ns=None)
            trials.append(Planned(case=case, outcome=ended, warmup=warmup, repeat=repeat))
    never_run = grid([IO], (4,), WAYS)
    fill(path, trials, cases=[*cases, *never_run], repeats=11, warmup=1)
    return path


@pytest.fixture(scope="module")
def found(store: Path) -> Findings:
    """Return what a report is made of."""
    return findings.find(str(store), load.sweeps(str(store)), step=lambda _: None)


@pytest.fixture(scope="module")
def reported(found: Findings) -> pd.DataFrame:
    """Return the cases as the report has them."""
    return found.cases.set_index("case_id")


@pytest.fixture(scope="module")
def summary(store: Path) -> Summary:
    """Return the summary that the terminal shows."""
    with Reader(store) as reader:
        return results.summary(reader, 1)


@pytest.fixture(scope="module")
def shown(store: Path) -> list[Columns]:
    """Return the cases as the terminal and its JSON have them."""
    with Reader(store) as reader:
        return reader.summary(1)


def test_the_terminal_says_what_the_report_says(shown, reported):
    ran = [row for row in shown if row["n"]]
    assert len({row["n"] for row in ran}) > 3
    assert {row["case_id"] for row in ran} == set(reported.index)
    for row in ran:
        own = reported.loc[row["case_id"]]
        assert (row["n"], row["failures"]) == (own["n"], own["failures"])
        assert row["median_wall_s"] == own["wall_s"]
        if row["mode"] == "sequential":
            assert (row["speedup"], row["efficiency"], row["pairs"]) == (None, None, None)
        else:
            assert (row["speedup"], row["efficiency"]) == (own["speedup"], own["efficiency"])


def test_the_ratios_of_the_terminal_give_the_intervals_of_the_report(store, reported):
    found = summaries(
        WallTime(Place(row["case_id"], row["host_id"], row["repeat"]), row["baseline_id"], row["wall_ns"])
        for row in rows(store, TRIALS.replace(":sweep_id", "?"), 1)
    )
    with_interval = 0
    for case_id, own in reported[reported["mode"] != "sequential"].iterrows():
        ratios = found[case_id].ratios
        speedup, efficiency = estimate(ratios), estimate(ratio / own["workers"] for ratio in ratios)
        assert_same([speedup.value, speedup.low, speedup.high], own[["speedup", "low", "high"]])
        assert_same([efficiency.low, efficiency.high], own[["efficiency_low", "efficiency_high"]])
        with_interval += speedup.has_interval
    assert 0 < with_interval < len(reported)


def test_the_answers_of_the_terminal_are_those_of_the_report(summary, found):
    """The terminal has works that never ran, too."""
    mine = [answer for answer in summary.answers if answer.verdict is not Verdict.NOTHING]
    assert [said(answer) for answer in mine] == [said(answer) for answer in found.answers]
    assert len({answer.verdict for answer in mine}) > 1
    sentences = words.sentences(mine)
    assert len(sentences) == len(mine) == 3
    in_report = words.sentences(found.answers)
    assert sentences == [re.sub(r"^(\w+) \((\w+) = ([\d.,]+)\)", _as_in_a_grid, line) for line in in_report]


def _as_in_a_grid(work: re.Match[str]) -> str:
    return f"{work[1]}({work[2]}={work[3].replace(',', '_')})"


def said(answer: Answer) -> list[object]:
    """Return all that is in an answer, but for the names of works."""
    names = [[way.name for way in ways] for ways in (answer.ranked, answer.tied, [answer.best or answer.ranked[0]])]
    ways = [
        (way.case_id, way.walls_ns, way.ratios, way.disturbed, way.cost) for way in answer.work.ways if way.walls_ns
    ]
    return [answer.verdict, names, ways, repr(answer.speedup), answer.blocks, answer.cheapest.name, answer.is_within]


def assert_same(one: list[float], other: pd.Series) -> None:
    """Nothing may differ, not even in the last bit; an end that is not known is missing in both."""
    assert [None if pd.isna(value) else value for value in one] == [
        None if pd.isna(value) else value for value in other
    ]


def test_the_terminal_has_the_rows_of_the_views(store, shown):
    """Other programs read them: the same keys in the same order, and figures that are the same to the last bit."""
    speedups = {row["case_id"]: row for row in rows(store, "SELECT * FROM v_speedups")}
    unknown = {"speedup": None, "efficiency": None, "n": None}
    for row, case in zip(shown, rows(store, "SELECT * FROM v_cases ORDER BY case_id"), strict=True):
        own = speedups.get(case["case_id"], unknown)
        expected = {"speedup": own["speedup"], "efficiency": own["efficiency"], "pairs": own["n"], **case}
        assert list(row.items()) == list(expected.items())


def test_minima_and_maxima_are_those_of_the_store(store, shown):
    walls = measured(load.trials(str(store), 1)).groupby("case_id")["wall_s"].agg(["min", "max"])
    for row in (row for row in shown if row["n"]):
        assert (row["min_wall_s"], row["max_wall_s"]) == tuple(walls.loc[row["case_id"]])


@pytest.mark.parametrize("wall_ns", ["9e999", "-1", "0", "'x'", "x'ff00'", "1.5"])
def test_the_terminal_says_something_of_times_that_somebody_wrote_into_the_store(store, tmp_path, wall_ns):
    path = tmp_path / "edited.db"
    shutil.copy(store, path)
    change(path, f"UPDATE trials SET wall_ns = {wall_ns} WHERE status = 'ok' AND repeat % 2 = 0")
    with Reader(path) as reader:
        assert len(list(cases_table(results.summary(reader, 1).answers, {}, 80))) > 20
