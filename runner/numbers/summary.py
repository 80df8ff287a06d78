"""The figures of each case of a sweep."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from runner.numbers.medians import Estimate, estimate, median
from runner.numbers.pairs import Place, paired, whole_ns


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that counts: it succeeded and is no warm-up."""

    place: Place
    baseline_id: int | None
    """The sequential case with the same calls; None for sequential cases and those that have none."""
    workers: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What the trials of a case took, and, where the case has a baseline, how much faster than that it is."""

    n: int
    median_s: float
    min_s: float
    max_s: float
    speedup: Estimate | None
    """From the ratios within blocks; None where no block has both."""
    efficiency: Estimate | None
    """The speedup for each worker."""


def summaries(trials: Iterable[Trial]) -> dict[int, Summary]:
    """Return the figures of each case that has trials."""
    own = list(trials)
    cases = {trial.place.case_id: trial for trial in own}
    times_ns = {trial.place: whole_ns(trial.wall_s) for trial in own}
    baselines = {case_id: trial.baseline_id for case_id, trial in cases.items() if trial.baseline_id is not None}
    walls, ratios = defaultdict(list), defaultdict(list)
    for place, wall_ns in times_ns.items():
        walls[place.case_id].append(wall_ns)
    for place, (wall_ns, baseline_ns) in paired(times_ns, baselines).items():
        ratios[place.case_id].append(baseline_ns / wall_ns)
    return {
        case_id: _summary(sorted(walls[case_id]), ratios[case_id], trial.workers) for case_id, trial in cases.items()
    }


def _summary(walls_ns: list[int], ratios: list[float], workers: int) -> Summary:
    speedup = estimate(ratios) if ratios else None
    efficiency = estimate(ratio / workers for ratio in ratios) if ratios else None
    median_s, min_s, max_s = (ns / 1e9 for ns in (median(walls_ns), walls_ns[0], walls_ns[-1]))
    return Summary(len(walls_ns), median_s, min_s, max_s, speedup, efficiency)
