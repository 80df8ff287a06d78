"""What a benchmark found, what we aim at, and whether that holds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.resampling import resampled_medians
from runner.numbers.draws import RESAMPLES
from runner.numbers.medians import Estimate, estimate
from runner.numbers.student import expanded_tail


class Verdict(StrEnum):
    """What the interval says of the aim."""

    HOLDS = "holds"
    MISSED = "missed"
    OPEN = "cannot say"
    """The interval reaches to both sides of a bound."""
    MISSING = "missing"
    """It could not be measured here."""
    NO_AIM = "–"


@dataclass(frozen=True, slots=True)
class Aim:
    """The range that a value ought to be in."""

    low: float = -math.inf
    high: float = math.inf

    def __str__(self) -> str:
        """Write ``0.99 to 1.01``, ``at most 1.25``, ``at least 3``."""
        if math.isinf(self.low):
            return f"at most {self.high:g}"
        return f"at least {self.low:g}" if math.isinf(self.high) else f"{self.low:g} to {self.high:g}"

    def judge(self, found: Estimate) -> Verdict:
        """Say whether the whole interval is in the range, or wholly outside; a value without one stands for itself."""
        low, high = (found.low, found.high) if found.has_interval else (found.value, found.value)
        if self.low <= low and high <= self.high:
            return Verdict.HOLDS
        return Verdict.MISSED if high < self.low or low > self.high else Verdict.OPEN


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of one question."""

    question: int
    name: str
    found: Estimate | None
    """None where it could not be measured; `note` says why."""
    unit: str = "×"
    aim: Aim | None = None
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    """What a figure is drawn from; anything JSON can hold."""

    @property
    def verdict(self) -> Verdict:
        """Return whether the aim holds."""
        if self.found is None:
            return Verdict.MISSING
        return self.aim.judge(self.found) if self.aim else Verdict.NO_AIM

    def __str__(self) -> str:
        """Write one line: the figure with its interval, the aim, the verdict."""
        found = self.note if self.found is None else self.found.written(f" {self.unit}" if self.unit else "")
        aim = f", aim: {self.aim}: {self.verdict}" if self.aim else ""
        return f"{self.question}. {self.name}: {found}{aim}"

    def as_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold; infinite ends and unknown ones are null."""
        found, aim = self.found, self.aim
        return {
            "question": self.question,
            "name": self.name,
            "value": _known(found.value) if found else None,
            "low": _known(found.low) if found else None,
            "high": _known(found.high) if found else None,
            "n": found.n if found else None,
            "unit": self.unit,
            "aim": [_known(aim.low), _known(aim.high)] if aim else None,
            "verdict": self.verdict.value,
            "note": self.note,
            "data": self.data,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Result":
        """Return what `as_json` was made of."""
        nan, inf = math.nan, math.inf
        value, low, high = (nan if stored[key] is None else stored[key] for key in ("value", "low", "high"))
        found = None if stored["value"] is None else Estimate(value, low, high, stored["n"])
        ends = stored["aim"] and [end if end is not None else far for end, far in zip(stored["aim"], (-inf, inf))]  # noqa: B905
        aim = Aim(*ends) if ends else None
        return cls(stored["question"], stored["name"], found, stored["unit"], aim, stored["note"], stored["data"])


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def median_ms(seconds: Sequence[float]) -> Estimate:
    """Return the median of seconds, with its interval, in milliseconds."""
    return estimate(second * 1e3 for second in seconds)


def ratio_of_medians(ours: npt.ArrayLike, theirs: npt.ArrayLike) -> Estimate:
    """Return median(ours) / median(theirs) of pairs, with the interval from draws of pairs."""
    values = np.stack([np.asarray(ours, float), np.asarray(theirs, float)], axis=1)
    medians = resampled_medians(values, RESAMPLES)
    ratios = medians[:, 0] / medians[:, 1]
    if len(ratios) == 1:
        return Estimate(float(ratios[0]), n=len(values))
    tail = expanded_tail(len(values))
    low, high = np.quantile(ratios[1:], [tail, 1 - tail])
    return Estimate(float(ratios[0]), float(low), float(high), len(values))
