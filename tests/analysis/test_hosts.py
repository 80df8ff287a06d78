"""Trials of several hosts in one sweep are never compared with each other."""

import pytest
from support.frames import grid
from support.stores import Planned, change, fill, outcome, timing

from analysis import breakeven, findings, load
from analysis.figures.break_even import curves
from analysis.findings import Findings

ONE, TWO = "host 1 (bench-1)", "host 2 (bench-2)"
SIZES = [("cpu_bound", (("NUM", 1_000 * 2**step),)) for step in range(6)]
TIMES_AS_LONG = {1: 1, 2: 10}
"""The second host is that much slower."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Return what a sweep shows whose odd blocks ran on one host and whose even ones on another."""
    path = tmp_path_factory.mktemp("hosts") / "runs.db"
    cases = grid(SIZES, (2,), ("sequential", "threading"))
    trials = [
        Planned(case=case, repeat=repeat, outcome=outcome(wall_ns=_wall_ns(case, repeat), timings=[timing()]))
        for repeat in range(1, 13)
        for case in cases
    ]
    fill(path, trials, cases=cases, repeats=12, warmup=0)
    change(
        path,
        "INSERT INTO hosts (identity, hostname, usable_cpus) SELECT 'another', 'bench-2', usable_cpus FROM hosts",
        "UPDATE trials SET host_id = 2 WHERE repeat % 2 = 0",
    )
    return findings.find(str(path), load.sweeps(str(path)), step=lambda _: None)


def _wall_ns(case, repeat) -> int:
    num = dict(case.params)["NUM"]
    seconds = num * 1e-4 if case.is_baseline else 0.2 + num * 0.5e-4
    return round(seconds * TIMES_AS_LONG[2 - repeat % 2] * 1e9)


def test_each_case_has_figures_for_each_host(found):
    one, two = (found.cases[found.cases["setting"] == host] for host in (ONE, TWO))
    assert len(one) == len(two) == len(found.cases) / 2 == 12
    assert set(one["n"]) == set(two["n"]) == {6}
    assert set(one["failures"]) == set(two["failures"]) == {0}
    assert list(two["wall_s"]) == pytest.approx([10 * wall_s for wall_s in one["wall_s"]])
    assert list(two["speedup"].dropna()) == pytest.approx(list(one["speedup"].dropna()))
    assert "host_id" not in found.cases


def test_speedups_and_recommendations_are_of_one_host(found):
    for table in (found.speedups, found.recommendations):
        assert set(table["setting"]) == {ONE, TWO}
        assert not table.duplicated(["panel"]).any()


def test_the_break_even_is_that_of_one_host(found):
    assert [(row.setting, row.break_even_s) for row in found.break_even.itertuples()] == [
        (ONE, pytest.approx(0.4)),
        (TWO, pytest.approx(4.0)),
    ]


def test_its_figure_draws_the_trials_of_one_host(found):
    shown = curves(breakeven.sizes(found.counted), found.break_even)
    assert shown.groupby("curve")["host_id"].nunique().to_dict() == dict.fromkeys(shown["curve"], 1)
    assert list(shown.groupby("curve").size()) == [72, 72]


def test_the_claims_are_judged_for_each_host(found):
    assert [name for name, _ in found.verdicts] == [ONE, TWO]


def test_nothing_is_called_an_outlier_for_its_host(found):
    assert not found.trials["outlier"].any()
