"""Works, and the ways in which a sweep ran them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.numbers.choice import Option
from runner.numbers.medians import Estimate, estimate
from runner.numbers.student import CONFIDENCE

SEQUENTIAL = "sequential"
Block = tuple[int, int]
"""The number of a host and that of a block on it."""


@dataclass(frozen=True, slots=True)
class Way:
    """A case: one way of doing a work, with what it took in the trials that count."""

    case_id: int
    name: str
    """Mode, start method and workers: ``multiprocessing/fork ×2``."""
    mode: str
    cost: int
    """Higher for a mode that has to start more."""
    workers: int
    calls: int
    walls_ns: Mapping[Block, float]
    ratios: Sequence[float] = ()
    """Baseline ÷ case of each block that has both, in ascending order; none for sequential cases."""
    disturbed: int = 0
    """The number of these trials that were disturbed."""
    confidence: float = CONFIDENCE
    """The level of its intervals: higher in a sweep that was stopped by its precision."""

    @property
    def speedup(self) -> Estimate:
        """The median of the ratios with its interval. Raises ValueError when there are none."""
        return estimate(self.ratios, self.confidence)

    @property
    def is_sequential(self) -> bool:
        """Whether other ways are compared with it."""
        return self.mode == SEQUENTIAL

    @property
    def call_s(self) -> dict[Block, float]:
        """The seconds for each call: so ways can be compared also where the work grows with the workers.

        Without what no trial can have taken: an edited store holds anything.
        """
        return {
            block: wall_ns / 1e9 / self.calls
            for block, wall_ns in self.walls_ns.items()
            if self.calls and 0 < wall_ns < math.inf
        }

    @property
    def option(self) -> Option:
        """This way as one to choose."""
        return Option(self.cost, self.workers, self.call_s)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done, with the cases that do it under the same conditions."""

    name: str
    """Workload, arguments and conditions in words."""
    features: Mapping[str, str]
    """How it differs from other works beside its size, in words, by names of text parameters and conditions."""
    sizes: Mapping[str, float]
    """Its numeric parameters."""
    is_shared: bool
    """Whether a fixed number of calls is shared out among the workers; else each worker makes one call."""
    ways: Sequence[Way]

    @property
    def trials(self) -> int:
        """The number of trials that count."""
        return sum(len(way.walls_ns) for way in self.ways)

    @property
    def disturbed(self) -> int:
        """The number of those that were disturbed."""
        return sum(way.disturbed for way in self.ways)

    @property
    def family(self) -> tuple[tuple[str, str], ...]:
        """What works that differ only in their size have in common."""
        return tuple(self.features.items())

    @property
    def size_s(self) -> float:
        """The seconds that a call takes sequentially, or all calls if they are shared out; 0 if that is not known.

        The fastest way stands in for sequential calls if none of these succeeded.
        """
        measured = [way for way in self.ways if way.call_s]
        known = [way for way in measured if way.is_sequential] or measured
        return min((way.option.median_s * (way.calls if self.is_shared else 1) for way in known), default=0.0)
