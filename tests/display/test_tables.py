"""The tables of the terminal: what the cases of a section have in common."""

from typing import Any

import pytest
from support.helpers import case

from runner.display.tables import cases_table

MEASURED = {
    "n": 6,
    "median_wall_s": 1.0,
    "min_wall_s": 0.9,
    "max_wall_s": 1.1,
    "speedup": 2.0,
    "failures": 0,
}


def sections(*rows: dict[str, Any]) -> list[str]:
    """Return the headings of a table of cases with these columns."""
    table = cases_table([{**case().columns(), "gil": "on", **MEASURED, **row} for row in rows])
    return [str(cell) for cell in table.columns[0].cells if not str(cell).startswith(" ")]


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
def test_a_heading_says_what_varies_or_is_not_the_usual(rows: list[dict[str, Any]], headings: list[str]) -> None:
    assert sections(*rows) == headings
