"""Choose among cases that do the same work: the fastest, or the cheapest that is about as fast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.numbers.medians import Estimate, estimate, median

WITHIN = 1.05
"""About as fast: within 5 % of the fastest."""


@dataclass(frozen=True, slots=True)
class Option:
    """A case that may be chosen."""

    cost: int
    """Higher for a way of running that has to start more."""
    workers: int
    seconds: Mapping[tuple[int, int], float]
    """The compared times, such as those of a call, by host and block; at least one."""

    @property
    def median_s(self) -> float:
        """Return the median over the blocks."""
        return median(sorted(self.seconds.values()))


@dataclass(frozen=True, slots=True)
class Choice:
    """Places among the options, and how the two chosen ones compare."""

    fastest: int
    cheapest: int
    ratio: Estimate
    """The time of the cheapest ÷ that of the fastest, within blocks."""
    tied: int
    """Number of other options that the interval does not distinguish from the fastest."""


def choose(options: Sequence[Option]) -> Choice:
    """Return the fastest of one option or more, and the cheapest whose median ratio to it is at most WITHIN.

    Cheap comes first by cost, then by fewer workers, then by less time. Options that share no block with the fastest
    cannot be compared with it.
    """
    medians = [option.median_s for option in options]
    fastest = min(range(len(options)), key=medians.__getitem__)
    ratios = {
        place: estimate(found) for place, option in enumerate(options) if (found := _ratios(option, options[fastest]))
    }
    near = [place for place, ratio in ratios.items() if ratio.value <= WITHIN]
    cheapest = min(near, key=lambda place: (options[place].cost, options[place].workers, medians[place]))
    tied = sum(ratio.low <= 1 for place, ratio in ratios.items() if place != fastest)
    return Choice(fastest, cheapest, ratios[cheapest], tied)


def _ratios(option: Option, fastest: Option) -> list[float]:
    return [seconds / fastest.seconds[block] for block, seconds in option.seconds.items() if block in fastest.seconds]
