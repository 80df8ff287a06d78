"""The works of a stored sweep: what their cases have in common."""

from typing import Any

import pytest
from support.helpers import case

from runner.numbers.works import Work
from runner.results import works


def of(*rows: dict[str, Any]) -> list[Work]:
    """Return the works of cases with these columns."""
    return works([{**case().columns(), "gil": "on", "case_id": place, **row} for place, row in enumerate(rows)], [], {})


def names(*rows: dict[str, Any]) -> list[str]:
    return [found.name for found in of(*rows)]


@pytest.mark.parametrize(
    ("rows", "headings"),
    [
        ([{}], ["cpu_bound(NUM=10)"]),
        (
            [{"warmup_calls": 3, "barrier": 1, "affinity": "compact", "env": '{"A": "1", "B": "x"}'}, {}],
            ["cpu_bound(NUM=10), 3 warm-up calls, barrier, affinity compact, A=1, B=x", "cpu_bound(NUM=10)"],
        ),
        ([{"gil": "off"}], ["cpu_bound(NUM=10)"]),
        ([{"gil": "off"}, {"gil": "on"}], ["cpu_bound(NUM=10), gil off", "cpu_bound(NUM=10), gil on"]),
        (
            [{"python": "pypy 3.11.13", "gil": None}, {"barrier": 1}],
            ["cpu_bound(NUM=10), pypy 3.11.13, gil None", "cpu_bound(NUM=10), cpython 3.11.2, gil on, barrier"],
        ),
    ],
)
def test_a_name_says_what_varies_or_is_not_the_usual(rows: list[dict[str, Any]], headings: list[str]) -> None:
    assert names(*rows) == headings


def test_arguments_that_are_text_or_truth_are_features_and_numbers_are_sizes() -> None:
    (found,) = of({"workload": "make", "params": '{"lines": 5, "share": 0.5, "engine": "numpy", "fast": true}'})
    assert found.name == "make(lines=5, share=0.5, engine=numpy, fast=true)"
    assert found.sizes == {"lines": 5, "share": 0.5}
    wanted = {"workload": "make", "engine": "engine=numpy", "fast": "fast=true", "interpreter": "cpython 3.11.2"}
    assert {name: found.features[name] for name in wanted} == wanted


def test_builds_with_and_without_the_lock_are_different_interpreters() -> None:
    assert [found.features["interpreter"] for found in of({"gil": "on"}, {"gil": "off"})] == [
        "cpython 3.11.2 gil on",
        "cpython 3.11.2 gil off",
    ]
