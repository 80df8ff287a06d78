"""7. How many trials does it save to stop when the figures are known precisely enough, and are the intervals honest?

Sweeps of simulated trials: six works, each run sequentially and in four ways, whose noise differs tenfold. The runner's
own plan and rule decide which trials there are. The same sweeps with a fixed number of blocks say to what precision
that number leads in the least precise case, which is then the precision that the rule has to reach.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from scipy import stats

from benchmarks.bench import Bench
from benchmarks.result import Aim, Result
from runner.blocks import Source
from runner.goals import Enough, FixedNumber, Goal
from runner.history import Done, History
from runner.judged import figures, judged_of
from runner.matrix.case import Case
from runner.numbers.medians import Estimate, estimate
from runner.numbers.stopping import MOST_BLOCKS, at_look, precision

WORKS, WAYS = 6, ("threading", "thread_pool", "multiprocessing", "process_pool")
LEAST_NOISE, MOST_NOISE = 0.005, 0.05
DRIFT = 0.05
"""Spread of what all trials of a block share."""
SPEEDUP, SEQUENTIAL_NS = 2.0, 10**9
TARGET = 0.02
FIXED = (20, 40)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a simulated sweep came to."""

    trials: int
    precision: float
    """Of the least precise case."""
    settled: float
    """Share of the cases that are known to TARGET."""
    covered: float
    """Share of the cases whose interval has the truth in it."""


def measure(bench: Bench) -> Iterator[Result]:
    """Simulate the sweeps, and count trials and intervals."""
    sweeps: int = bench.scale.pick(full=200, smoke=2)
    bench.watch.begins("simulated sweeps", sweeps * (len(FIXED) + 1 + len(FIXED)))

    def many(goal: Goal) -> list[Swept]:
        found = []
        for sweep in range(sweeps):
            found.append(simulated(goal, sweep))
            bench.watch.step()
        return found

    rule = many(Enough(10, MOST_BLOCKS, TARGET))
    yield _trials(f"trials of the rule, for ± {_percent(TARGET)}", rule)
    yield _covered(f"intervals that cover the truth, for ± {_percent(TARGET)}", rule)
    for blocks in FIXED:
        fixed = many(FixedNumber(blocks))
        yield _trials(f"trials of {blocks} blocks", fixed)
        least = median(one.precision for one in fixed)
        same = many(Enough(10, MOST_BLOCKS, least))
        shares = [100 * (1 - ours.trials / theirs.trials) for ours, theirs in zip(same, fixed, strict=True)]
        note = f"± {_percent(least)}, {median(one.trials for one in same):.0f} trials for {fixed[0].trials}"
        name = f"trials saved for the precision of {blocks} blocks"
        yield Result(7, name, estimate(shares), "%", Aim(low=0), note)
        yield _covered(f"intervals that cover the truth at the precision of {blocks} blocks", same)


def simulated(goal: Goal, seed: int) -> Swept:
    """Run a sweep with that goal; the trials of a place take the same time under every goal."""
    noises = noise_of(cases())
    source = Source(list(noises), goal, warmup=0, seed=seed, history=History())
    for block in source:
        shared = _noise(f"{seed} {block.number}", DRIFT)
        for trial in block.trials:
            own = _noise(f"{seed} {trial.place}", noises[trial.case])
            faster = 1 if trial.case.is_baseline else SPEEDUP
            source.history.add(trial.place, Done(round(SEQUENTIAL_NS * shared * own / faster), "simulated"))
    return _swept(list(noises), source.history, is_looked_at=isinstance(goal, Enough))


def _noise(place: str, sigma: float) -> float:
    return random.Random(place).lognormvariate(0, sigma)  # noqa: S311


def cases() -> list[Case]:
    """Return the cases of a sweep: of each work the sequential one and the ways."""
    return [
        Case("cpu_bound", (("NUM", work),), mode, None, 1 if mode == "sequential" else 2, 2, "simulated")
        for work in range(WORKS)
        for mode in ("sequential", *WAYS)
    ]


def noise_of(cases: Sequence[Case]) -> dict[Case, float]:
    """Return the noise of each case: that of concurrent ones grows evenly, in ratios, from the least to the most."""
    concurrent = [case for case in cases if not case.is_baseline]
    step = (MOST_NOISE / LEAST_NOISE) ** (1 / (len(concurrent) - 1))
    grown = {case: LEAST_NOISE * step**place for place, case in enumerate(concurrent)}
    return {case: grown.get(case, LEAST_NOISE) for case in cases}


def _swept(cases: Sequence[Case], history: History, *, is_looked_at: bool) -> Swept:
    figure = at_look if is_looked_at else estimate
    found = [figure(figures(case, MOST_BLOCKS, history)) for case in judged_of(cases)]
    precisions = [precision(one) for one in found]
    return Swept(
        trials=len(history),
        precision=max(precisions),
        settled=sum(one <= TARGET for one in precisions) / len(found),
        covered=sum(one.low <= SPEEDUP <= one.high for one in found) / len(found),
    )


def _trials(name: str, sweeps: Sequence[Swept]) -> Result:
    settled = sum(one.settled for one in sweeps) / len(sweeps)
    return Result(
        7, name, estimate(float(one.trials) for one in sweeps), "", note=f"{settled:.0%} are known to ± {TARGET:.0%}"
    )


def _covered(name: str, sweeps: Sequence[Swept]) -> Result:
    """Return the share of intervals, with the t interval over the sweeps, whose cases share baselines."""
    shares = [100 * one.covered for one in sweeps]
    mean = sum(shares) / len(shares)
    spread = float(stats.sem(shares) * stats.t.ppf(0.975, len(shares) - 1))
    return Result(7, name, Estimate(mean, mean - spread, min(100.0, mean + spread), len(shares)), "%", Aim(low=93))


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
