"""Lay out the findings of checks for the terminal."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from rich.text import Text

from runner.host.finding import Finding, Verdict
from runner.units import count

STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "bold red"}
INDENT = 24
"""Where the third column begins."""
NARROW = 60
"""In a terminal with fewer columns, continued lines begin near the left edge."""
NARROWEST = 20


def lines(findings: Sequence[Finding], width: int) -> Iterator[Text]:
    """Yield a line for each finding, its remedy below, and at the end the conclusion."""
    indent = " " * (2 if width < NARROW else INDENT)
    fold = partial(textwrap.fill, width=max(width, NARROWEST), break_on_hyphens=False)
    for finding in findings:
        said = f"{finding.verdict:<9}{finding.name:<15}{finding.says}"
        line = Text(fold(said, subsequent_indent=indent))
        line.stylize(STYLES[finding.verdict], 0, len(finding.verdict))
        yield line
        if finding.remedy:
            yield Text(fold(f"→ {finding.remedy}", initial_indent=indent, subsequent_indent=f"{indent}  "))
    yield _conclusion(Counter(finding.verdict for finding in findings))


def _conclusion(verdicts: Counter[Verdict]) -> Text:
    counted = [count(verdicts[verdict], verdict) for verdict in (Verdict.PROBLEM, Verdict.WARNING) if verdicts[verdict]]
    fit = "Not fit" if verdicts[Verdict.PROBLEM] else "Fit"
    worst = max(verdicts, key=list(Verdict).index)
    return Text(f"{fit} to measure on: {' and '.join(counted) or 'all is well'}.", style=f"bold {STYLES[worst]}")
