"""6. How does the cost grow?

Each step at about 100, 1,000, 10,000 and 100,000 trials: by which factor does it take longer when the work doubles?
And the steps of one small sweep in an empty store, and in one that holds 100,000 trials of other sweeps.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from statistics import median

from benchmarks import make_store
from benchmarks.drivers import trial_of
from benchmarks.paired import Stopwatch, Watch, fresh_folder, rounds, seconds_of, tool
from benchmarks.result import Aim, Result, ratio_of_medians
from benchmarks.store_pace import CASE
from runner import sweep
from runner.commands.sweeping import StoreJournal
from runner.display import console
from runner.display.progress import ProgressWatch
from runner.estimate import Expectation
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.expand import Platform, Setting, expand
from runner.matrix.grid import parse_grid
from runner.numbers.estimate import Estimate
from runner.outcome import Outcome
from runner.plan import plan
from runner.store.read import Reader
from runner.store.write import Writer

MADE = {100: (1, 4), 1_000: (2, 18), 10_000: (17, 20), 100_000: (171, 20)}
"""Works and blocks of `make_store` for about so many trials."""
SIZES = tuple(MADE)
BLOCKS = 10
LONG_S = 5.0
SETTING = Setting.of(Platform("cpython 3.13.0", 8, ("fork", "spawn", "forkserver"), "fork"))


class Instantly:
    """An executor that takes no time: every trial ends as one that did run."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def ask(self, request: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        """Return made-up facts."""
        return make_store.FACTS

    def run(self, request: object, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:  # noqa: ARG002
        """Return the outcome at once."""
        return self._outcome


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:  # noqa: ARG001
    """Measure each step at each size, then beside what is stored."""
    folder = fresh_folder("growth")
    outcome = trial_of(CASE)
    stores = {}
    for size, (works, blocks) in MADE.items():
        stores[size] = folder / f"made{size}.db"
        watch.begins(f"making a store of {size:,} trials", 1)
        make_store.make(stores[size], works, blocks, seed=7)
    steps: dict[str, Callable[[int], tuple[int, float]]] = {
        "plan": planning,
        "bookkeeping": partial(bookkeeping, folder, outcome),
        "resume": lambda size: resuming(stores[size]),
        "summary": lambda size: summary(stores[size]),
        "report": lambda size: report(stores[size], folder / f"report{size}"),
    }
    for name, step in steps.items():
        watch.begins(f"{name} at {len(SIZES)} sizes", len(SIZES))
        points = []
        for size in SIZES:
            points.append(_quickest(partial(step, size)))
            watch.step()
        yield _growth(name, points)
    yield from _beside(folder, stores[SIZES[-1]], outcome, watch)


def _quickest(step: Callable[[], tuple[int, float]]) -> tuple[int, float]:
    """Return the quickest of three runs; of one, where that takes long enough not to be disturbed by much."""
    first = step()
    return first if first[1] > LONG_S else min(first, step(), step())


def _growth(name: str, points: list[tuple[int, float]]) -> Result:
    """Return the largest factor by which doubling the work made a step longer, from one size to the next."""
    factors = [
        (after[1] / before[1]) ** (math.log(2) / math.log(after[0] / before[0])) for before, after in pairwise(points)
    ]
    note = ", ".join(f"{trials:,} trials: {seconds:.3g} s" for trials, seconds in points)
    name = f"{name}: doubling the work makes it longer by"
    return Result(6, name, Estimate(max(factors)), aim=Aim(high=2.2), note=note, data={"points": points})


def cases_of(trials: int) -> tuple[Case, ...]:
    """Return cases for so many trials of BLOCKS blocks."""
    numbers = ", ".join(str(number) for number in range(1, trials // BLOCKS // 5 + 1))
    text = f"matrix: {{workload: cpu_bound, NUM: [{numbers}], workers: 2, start_method: [fork, spawn, forkserver]}}"
    grid = parse_grid("grid.yaml", f"{text}\nrepeats: {BLOCKS}\nwarmup: 0\n")
    return tuple(expand(grid, SETTING).cases)


def planning(trials: int) -> tuple[int, float]:
    """Go from the text of a grid to the ordered trials."""
    with Stopwatch() as taken:
        ordered = plan(cases_of(trials), repeats=BLOCKS, warmup=0, seed=7)
    return len(ordered), taken.seconds


def bookkeeping(folder: Path, outcome: Outcome, trials: int) -> tuple[int, float]:
    """Run the loop with an executor that takes no time: durable commits and progress are what is left."""
    cases = cases_of(trials)
    ordered = plan(cases, repeats=BLOCKS, warmup=0, seed=7)
    path = folder / "bookkeeping.db"
    for leftover in folder.glob("bookkeeping.db*"):
        leftover.unlink()
    with Writer(path) as writer, Interrupt() as interrupt:
        baselines = {one.key: one.baseline().key for one in cases if not one.is_baseline}
        columns = {**make_store.SWEEP, "seed": 7, "repeats": BLOCKS}
        stored = writer.begin_sweep(columns, [one.columns() for one in cases], baselines, make_store.FACTS)
        watch = ProgressWatch(console.messages(), ordered, Expectation({}), bar=False, verbose=False)
        with Stopwatch() as taken, watch:
            rules = sweep.Rules(timeout_s=60, usable_cpus=8)
            sweep.run(
                ordered, make_store.request, Instantly(outcome), StoreJournal(writer, stored), watch, interrupt, rules
            )
    if interrupt.requested:
        raise KeyboardInterrupt
    return len(ordered), taken.seconds


def resuming(store: Path) -> tuple[int, float]:
    """Find out what is left of a sweep of which all is done."""
    with Stopwatch() as taken:
        with Reader(store) as reader:
            row = reader.sweep("1")
            cases = [Case.from_columns(columns, columns["python"]) for columns in reader.cases(1)]
            done = reader.done(1)
            Expectation(reader.durations_ns([case.key for case in cases]))
        left = plan(cases, repeats=row["repeats"], warmup=0, seed=row["seed"], done=done)
    if left:
        raise RuntimeError("a complete sweep has trials left")
    return len(done), taken.seconds


def summary(store: Path, sweep_id: int = 1) -> tuple[int, float]:
    """Compute the table that ends a sweep."""
    with Stopwatch() as taken, Reader(store) as reader:
        rows = reader.summary(sweep_id)
        reader.noisy(sweep_id)
    return sum(row["n"] for row in rows), taken.seconds


def report(store: Path, output: Path) -> tuple[int, float]:
    """Make the whole report."""
    with Reader(store) as reader:
        trials = sum(row["done"] for row in reader.sweeps())
    words = ["report", "--store", str(store), "--output", str(output), "--quiet"]
    return trials, seconds_of([tool("python"), "-m", "analysis", *words])


def _beside(folder: Path, full: Path, outcome: Outcome, watch: Watch) -> Iterator[Result]:
    """Compare the steps of a small sweep in an empty store with those in a full one."""
    empty = folder / "empty.db"
    sweeps = {"empty": (empty, _small_sweep(empty)), "full": (full, _small_sweep(full))}
    steps: dict[str, Callable[[Path, int], float]] = {
        "a durable commit": partial(_commit, outcome, count(1000)),
        "what is left of a sweep": _left,
        "its summary": lambda path, sweep_id: summary(path, sweep_id)[1],
    }
    for name, step in steps.items():
        contenders = {which: partial(step, *one) for which, one in sweeps.items()}
        taken = rounds(contenders, 60, watch, f"{name} beside what is stored")
        found = ratio_of_medians(taken["full"], taken["empty"])
        note = f"{1e3 * median(taken['full']):.2f} ms beside 100,000 trials of other sweeps"
        yield Result(6, f"{name} in a full store ÷ in an empty one", found, aim=Aim(high=1.25), note=note)


def _small_sweep(path: Path) -> int:
    make_store.make(path, works=1, blocks=4, seed=8)
    with Reader(path) as reader:
        return int(reader.sweeps()[-1]["id"])


def _commit(outcome: Outcome, repeats: Iterator[int], path: Path, sweep_id: int) -> float:
    with Writer(path) as writer:
        stored = writer.reopen_sweep(sweep_id, make_store.FACTS)
        key = next(iter(stored.case_ids))
        with Stopwatch() as taken:
            writer.record(stored, key, outcome, warmup=True, repeat=next(repeats), position=1, noisy=None)
    return taken.seconds


def _left(path: Path, sweep_id: int) -> float:
    with Stopwatch() as taken, Reader(path) as reader:
        reader.cases(sweep_id)
        reader.done(sweep_id)
        reader.host_ids(sweep_id)
    return taken.seconds
