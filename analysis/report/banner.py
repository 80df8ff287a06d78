"""Say first that the machine was busy, where it was."""

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

from analysis.findings import Findings
from runner.reasons import kind, spread

WARNED = 0.2
"""Share of disturbed trials from which a report begins with a banner."""
MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Banner:
    """What a report of a busy machine says before anything else."""

    sentence: str
    reasons: list[str]
    """What disturbed the trials and how much, with the number of trials, the most frequent first."""


def banner(findings: Findings) -> Banner | None:
    """Return what a report begins with; None where less than WARNED of the trials that count were disturbed."""
    counted = findings.counted
    reasons = counted["noisy"].dropna()
    if counted.empty or len(reasons) < WARNED * len(counted):
        return None
    share = f"{100 * len(reasons) / len(counted):.0f} %"
    return Banner(
        f"The machine was busy: {len(reasons):,} of {len(counted):,} trials ({share}) were disturbed. Where that is "
        "more than half of the trials of a work, this report cannot say what is fastest. `runner doctor` says what "
        "uses the machine.",
        _counted(reasons),
    )


def _counted(texts: "pd.Series[str]") -> list[str]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        for reason in text.split("; "):
            kinds[kind(reason)].append(reason)
    frequent = sorted(kinds.values(), key=len, reverse=True)
    return [f"{len(own):,} × {spread(own)}" for own in frequent[:MOST_REASONS]]
