"""6. How does the cost grow?

Each step at about 100, 1,000, 10,000 and 100,000 trials: by which factor does it take longer when the work doubles?
And the steps of one small sweep in an empty store, and in one that holds 100,000 trials of other sweeps.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from statistics import median

from benchmarks import growth_steps, made_up, make_store
from benchmarks.bench import Bench
from benchmarks.drivers import trial_of
from benchmarks.paired import rounds
from benchmarks.result import Aim, Result, ratio_of_medians
from benchmarks.store_pace import CASE
from runner.numbers.medians import Estimate
from runner.outcome import Outcome
from runner.store.read import Reader

LONG_S = 5.0
Point = tuple[int, float]
"""Trials, and the seconds that a step took with so many."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    made: Mapping[int, tuple[int, int]]
    """Works and blocks of `make_store` for about so many trials."""
    tries: int
    """Of which the quickest counts."""
    rounds: int


FULL = Size(made={100: (1, 4), 1_000: (2, 18), 10_000: (17, 20), 100_000: (171, 20)}, tries=3, rounds=60)
SMOKE = Size(made={100: (1, 4)}, tries=1, rounds=1)


def measure(bench: Bench) -> Iterator[Result]:
    """Measure each step at each size, then beside what is stored."""
    size = bench.scale.pick(full=FULL, smoke=SMOKE)
    folder = bench.fresh_folder("growth")
    outcome = replace(trial_of(CASE), host=made_up.HOST)
    stores = _made(bench, size, folder)
    steps: dict[str, Callable[[int], Point]] = {
        "plan": growth_steps.plan,
        "bookkeeping": partial(growth_steps.keep_books, folder, outcome),
        "resume": lambda trials: growth_steps.resume(stores[trials]),
        "summary": lambda trials: growth_steps.summarise(stores[trials], sweep_id=1),
        "report": lambda trials: growth_steps.report(stores[trials], folder / f"report{trials}"),
    }
    for name, step in steps.items():
        bench.watch.begins(f"{name} at {len(stores)} sizes", len(stores))
        points = []
        for trials in stores:
            points.append(_quickest(partial(step, trials), size.tries))
            bench.watch.step()
        yield growth_of(name, points)
    yield from _beside(bench, size, outcome, stores)


def _made(bench: Bench, size: Size, folder: Path) -> dict[int, Path]:
    """Make a store of each size."""
    stores = {}
    for trials, (works, blocks) in size.made.items():
        stores[trials] = folder / f"made{trials}.db"
        bench.watch.begins(f"making a store of {trials:,} trials", 1)
        make_store.make(stores[trials], works, blocks, seed=7)
    return stores


def _quickest(step: Callable[[], Point], tries: int) -> Point:
    """Return the quickest of `tries` runs; a single run where that is long, as it is hardly disturbed then."""
    first = step()
    more = 0 if first[1] > LONG_S else tries - 1
    return min([first, *(step() for _ in range(more))])


def growth_of(name: str, points: Sequence[Point]) -> Result:
    """Return the largest factor by which doubling the work made a step longer, from one size to the next."""
    factors = [
        (after[1] / before[1]) ** (math.log(2) / math.log(after[0] / before[0])) for before, after in pairwise(points)
    ]
    data = {"points": list(points)}
    name = f"{name}: doubling the work makes it longer by"
    if not factors:
        return Result(6, name, None, note="growth takes two sizes", data=data)
    note = ", ".join(f"{trials:,} trials: {seconds:.3g} s" for trials, seconds in points)
    return Result(6, name, Estimate(max(factors)), aim=Aim(high=2.2), note=note, data=data)


def _beside(bench: Bench, size: Size, outcome: Outcome, stores: Mapping[int, Path]) -> Iterator[Result]:
    """Compare the steps of a small sweep in an empty store with those in the largest one."""
    trials, full = max(stores.items())
    empty = full.with_name("empty.db")
    sweeps = {"empty": (empty, _small_sweep(empty)), "full": (full, _small_sweep(full))}
    steps: dict[str, Callable[[Path, int], float]] = {
        "a durable commit": partial(growth_steps.commit, outcome, count(1000)),
        "what is left of a sweep": growth_steps.read_what_is_done,
        "its summary": lambda path, sweep_id: growth_steps.summarise(path, sweep_id)[1],
    }
    for name, step in steps.items():
        contenders = {which: partial(step, *one) for which, one in sweeps.items()}
        taken = rounds(contenders, size.rounds, bench.watch, f"{name} beside what is stored")
        found = ratio_of_medians(taken["full"], taken["empty"])
        note = f"{1e3 * median(taken['full']):.2f} ms beside {trials:,} trials of other sweeps"
        yield Result(6, f"{name} in a full store ÷ in an empty one", found, aim=Aim(high=1.25), note=note)


def _small_sweep(path: Path) -> int:
    make_store.make(path, works=1, blocks=4, seed=8)
    with Reader(path) as reader:
        return int(reader.sweeps()[-1]["id"])
