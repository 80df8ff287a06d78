"""The goal of a sweep in words."""

import pytest

from runner.display.goals import blocks_of, share, span, stopped_because, stops_when

SWEEP = {
    "repeats": 10,
    "most_blocks": 80,
    "precision": 0.02,
    "budget_ns": 600 * 10**9,
    "stopped": "precision",
    "precision_reached": 0.0184,
}
KNOWN = "every figure is known to ± 1.8 %"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"{KNOWN} (goal ± 2 %)"),
        ({"stopped": "budget"}, f"10 min are spent; {KNOWN} (goal ± 2 %)"),
        ({"stopped": "blocks"}, f"80 blocks are run; {KNOWN} (goal ± 2 %)"),
        ({"precision": None, "stopped": "budget"}, f"10 min are spent; {KNOWN}"),
        (
            {"precision_reached": None, "stopped": "blocks"},
            "80 blocks are run; not every figure has an interval (goal ± 2 %)",
        ),
    ],
    ids=["precision", "budget", "blocks", "no goal", "no interval"],
)
def test_why_a_sweep_stopped(changes, words):
    assert stopped_because(SWEEP | changes) == words


def test_when_a_sweep_stops_and_how_many_blocks_that_are():
    assert stops_when(SWEEP) == "stops when every speedup is known to ± 2 %, when 10 min are spent, after 80 blocks"
    assert stops_when(SWEEP | {"precision": None, "budget_ns": None}) == "stops after 80 blocks"
    assert blocks_of(SWEEP) == "10 to 80 blocks"
    assert blocks_of(SWEEP | {"most_blocks": None}) == blocks_of(SWEEP | {"most_blocks": 10}) == "10 blocks"


def test_shares_and_times_are_short():
    assert [share(value) for value in (0.02, 0.0025, 0.118, 1.2, 0)] == ["2 %", "0.25 %", "12 %", "120 %", "0 %"]
    assert [span(seconds) for seconds in (90, 600, 5400, 0.5)] == ["90 s", "10 min", "90 min", "0.5 s"]
