"""How findings look on a terminal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.display.findings import lines
from runner.host.finding import Finding, Verdict, graded, ok, problem, warning

FINE = ok("cpus", "8 of 8 CPUs usable")
NOISY = warning("load", "6.40 in the last minute, 0.80 for each CPU of the host", "Wait until this has gone down.")
FULL = problem("disk", "12.0 MB free", "Make room.")
any_finding = st.builds(warning, st.sampled_from(["cpus", "start methods"]), st.text(), st.text())


def shown(*findings: Finding, width: int = 80) -> list[str]:
    return "\n".join(line.plain for line in lines(findings, width)).splitlines()


def test_verdict_name_and_what_was_seen_stand_in_columns_and_the_remedy_below() -> None:
    assert shown(FINE, NOISY, FULL) == [
        "ok       cpus           8 of 8 CPUs usable",
        "warning  load           6.40 in the last minute, 0.80 for each CPU of the host",
        "                        → Wait until this has gone down.",
        "problem  disk           12.0 MB free",
        "                        → Make room.",
        "Not fit to measure on: 1 problem and 1 warning.",
    ]


def test_what_does_not_fit_goes_on_below_itself() -> None:
    assert shown(NOISY, width=64)[:4] == [
        "warning  load           6.40 in the last minute, 0.80 for each",
        "                        CPU of the host",
        "                        → Wait until this has gone down.",
        "Fit to measure on: 1 warning.",
    ]


def test_in_a_narrow_terminal_it_goes_on_at_the_left() -> None:
    assert shown(NOISY, width=30)[:5] == [
        "warning  load           6.40",
        "  in the last minute, 0.80 for",
        "  each CPU of the host",
        "  → Wait until this has gone",
        "    down.",
    ]


@given(st.lists(any_finding, min_size=1, max_size=4), st.integers(0, 200))
@settings(deadline=None)
def test_no_line_is_wider_than_the_terminal(findings: list[Finding], width: int) -> None:
    assert all(len(line) <= max(width, 20) for line in shown(*findings, width=width)[:-1])


@pytest.mark.parametrize(
    ("findings", "conclusion"),
    [
        ([FINE], "Fit to measure on: all is well."),
        ([FINE, NOISY, NOISY], "Fit to measure on: 2 warnings."),
        ([FULL, FULL], "Not fit to measure on: 2 problems."),
    ],
    ids=["fine", "warnings", "problems"],
)
def test_the_conclusion_counts_what_is_to_be_done(findings: list[Finding], conclusion: str) -> None:
    assert shown(*findings)[-1] == conclusion


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.0, Verdict.OK), (0.1, Verdict.OK), (0.11, Verdict.WARNING), (0.5, Verdict.WARNING), (0.51, Verdict.PROBLEM)],
)
def test_only_what_is_above_a_bound_is_graded_worse(value: float, verdict: Verdict) -> None:
    finding = graded("load", value, "some", "Wait.", some=0.1, much=0.5)
    assert finding.verdict is verdict
    assert (finding.remedy is None) == (verdict is Verdict.OK)
