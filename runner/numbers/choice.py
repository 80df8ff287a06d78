"""Choose among cases that do the same work: the fastest, what is tied with it, and the cheapest about as fast."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.numbers.medians import Estimate, estimate, median

WITHIN = 1.05
"""About as fast: 5 % longer than the fastest, or less."""


@dataclass(frozen=True, slots=True)
class Option:
    """A case that may be chosen."""

    cost: int
    """Higher for a way of running that has to start more."""
    workers: int
    seconds: Mapping[tuple[int, int], float]
    """The compared times, such as those of a call, by host and block; at least one, and all above 0."""

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
    tied: Sequence[int]
    """The other options that no interval shows to be slower than the fastest, in order of speed: one of all these is
    the fastest. Which was fastest is partly luck (see `tests/numbers/test_choice.py`)."""
    ranked: Sequence[int]
    """All options in order of speed."""

    @property
    def is_within(self) -> bool:
        """Whether the cheapest is shown to be within 5 % of the fastest, rather than about that."""
        return self.cheapest == self.fastest or self.ratio.high < WITHIN


def choose(options: Sequence[Option]) -> Choice:
    """Return the fastest of one option or more, and the cheapest whose median ratio to it is at most WITHIN.

    Cheap comes first by cost, then by fewer workers, then by less time. Options that share no block with the fastest
    cannot be compared with it: they are not cheap, but tied.
    """
    speeds = _speeds(options)
    ranked = sorted(range(len(options)), key=speeds.__getitem__)
    fastest = ranked[0]
    ratios = {
        place: estimate(found) for place, option in enumerate(options) if (found := ratios_of(option, options[fastest]))
    }
    near = [place for place, ratio in ratios.items() if ratio.value <= WITHIN]
    cheapest = min(near, key=lambda place: (options[place].cost, options[place].workers, speeds[place]))
    slower = {place for place, ratio in ratios.items() if ratio.low > 1}
    tied = [place for place in ranked if place != fastest and place not in slower]
    return Choice(fastest, cheapest, ratios[cheapest], tied, ranked)


def _speeds(options: Sequence[Option]) -> list[float]:
    """Return for each option the median of log(time) - the factor of its block.

    That factor is the mean, over the options in the block, of log(time) - the option's own median: so blocks in which
    an option is missing can be compared. If none is missing, this orders options as time ÷ the block's geometric mean
    does.
    """
    logs = [{block: math.log(seconds) for block, seconds in option.seconds.items()} for option in options]
    levels = [median(sorted(own.values())) for own in logs]
    away = defaultdict(list)
    for own, level in zip(logs, levels, strict=True):
        for block, seconds in own.items():
            away[block].append(seconds - level)
    factors = {block: math.fsum(own) / len(own) for block, own in away.items()}
    return [median(sorted(seconds - factors[block] for block, seconds in own.items())) for own in logs]


def ratios_of(option: Option, fastest: Option) -> list[float]:
    """Return the times of an option ÷ those of another, of each block that has both."""
    return [seconds / fastest.seconds[block] for block, seconds in option.seconds.items() if block in fastest.seconds]
