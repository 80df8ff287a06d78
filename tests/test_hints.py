"""The commands that messages name."""

from pathlib import Path

import pytest

from runner.hints import how_to_extend

SWEEP = {"id": 3, "precision": 0.02, "budget_ns": 90 * 10**9, "precision_reached": 0.03, "stopped": "blocks"}


@pytest.mark.parametrize(
    ("changes", "fewest", "words"),
    [
        ({"stopped": "budget"}, 12, "runner extend 3 --budget 90s"),
        ({}, 12, "runner extend 3 --precision 2%"),
        ({}, 80, "runner extend 3 --blocks 136"),
        ({"precision_reached": None}, 80, "runner extend 3 --blocks 16"),
    ],
    ids=["the budget was spent", "there are looks left", "after the last look", "no interval"],
)
def test_how_to_go_on_with_a_sweep_that_stopped_short_of_its_precision(changes, fewest, words):
    assert how_to_extend(Path("runs.db"), SWEEP | changes, fewest) == words
    assert how_to_extend(Path("my lab.db"), SWEEP | changes, fewest) == f"{words} --store 'my lab.db'"
