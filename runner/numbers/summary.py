"""The figures of each case of a sweep."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.numbers.medians import median
from runner.numbers.pairs import Place, paired


@dataclass(frozen=True, slots=True)
class WallTime:
    """The wall time of a trial that counts: it succeeded and is no warm-up."""

    place: Place
    baseline_id: int | None
    """The sequential case with the same calls; None for sequential cases and those that have none."""
    wall_ns: float
    is_disturbed: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """The times of a case, and its speedup over its baseline."""

    walls_ns: Sequence[float]
    """In ascending order; there is at least one."""
    ratios: Sequence[float]
    """Baseline ÷ case of each block that has both, in ascending order. `estimate` gives their interval."""

    @property
    def median_s(self) -> float:
        """Return the median of the times."""
        return median(self.walls_ns) / 1e9

    @property
    def speedup(self) -> float | None:
        """Return the median of the ratios; None if there are none."""
        return median(self.ratios) if self.ratios else None

    def efficiency(self, workers: int) -> float | None:
        """Return the speedup for each worker; None if there is no speedup, or no workers."""
        return median([ratio / workers for ratio in self.ratios]) if self.ratios and workers else None


def summaries(times: Iterable[WallTime]) -> dict[int, Summary]:
    """Return the figures of each case that has times."""
    times_ns, baselines = {}, {}
    for time in times:
        times_ns[time.place] = time.wall_ns
        if time.baseline_id is not None:
            baselines[time.place.case_id] = time.baseline_id
    walls_ns, ratios = defaultdict(list), defaultdict(list)
    for place, wall_ns in times_ns.items():
        walls_ns[place.case_id].append(wall_ns)
    for place, (wall_ns, baseline_ns) in paired(times_ns, baselines).items():
        ratios[place.case_id].append(baseline_ns / wall_ns)
    return {case_id: Summary(sorted(own), sorted(ratios[case_id])) for case_id, own in walls_ns.items()}
