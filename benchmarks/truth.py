"""1. Does the harness change what it measures?

The same case through the harness and by `bare`, in pairs, in random order: the totals, and single calls (the mean of
a trial's two). Work of 0.2 s a call shows what the harness adds to real work; there, both sides run with memory in
random order (see `shuffled`). No work at all (NUM = 1) shows what it adds to starting alone.
Then: short and many calls in every mode (`short_calls`), how far bare drivers are from each other (`luck`), and how
quiet the runner is while a trial runs (`quiet`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import luck, quiet, short_calls
from benchmarks.bench import Bench, Watch
from benchmarks.drivers import WAYS, Taken, bare, counts_in, harness, shuffled_memory
from benchmarks.paired import rounds
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors.local import LocalExecutor
from runner.signals import interruptible

Driver = Callable[[str, str, float], Taken]
"""From workload, way and size of a call."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    work_s: float
    cpu_pairs: int
    io_pairs: int
    empty_pairs: int
    further: bool = True
    """Whether `luck` and `quiet` are asked too."""


FULL = Size(work_s=0.2, cpu_pairs=60, io_pairs=30, empty_pairs=150)
QUICK = Size(work_s=0.2, cpu_pairs=6, io_pairs=6, empty_pairs=20, further=False)
SMOKE = Size(work_s=0.002, cpu_pairs=1, io_pairs=1, empty_pairs=1)


def measure(bench: Bench) -> Iterator[Result]:
    """Compare the harness with the bare driver."""
    size = bench.scale.pick(full=FULL, quick=QUICK, smoke=SMOKE)
    works = {"cpu_bound": (counts_in(size.work_s), size.cpu_pairs), "io_bound": (size.work_s, size.io_pairs)}
    with shuffled_memory(), _harness() as ours:
        for workload, (work, pairs) in works.items():
            for way in WAYS:
                name = f"{workload} of {size.work_s:g} s, {way}"
                totals, calls = _pairs(ours, workload, way, work, pairs, bench.watch, name)
                yield _ratio(f"{name}: total", totals, Aim(0.99, 1.01))
                yield _ratio(f"{name}: a call", calls, Aim(0.99, 1.01))
    with _harness() as ours:
        for way in WAYS:
            name = f"no work (NUM = 1), {way}"
            totals, _ = _pairs(ours, "cpu_bound", way, 1, size.empty_pairs, bench.watch, name)
            yield _ratio(f"{name}: total", totals, Aim(high=1.05))
    with shuffled_memory():
        yield from short_calls.measure(bench)
    if size.further:
        yield from luck.measure(bench)
        yield from quiet.measure(bench)


@contextmanager
def _harness() -> Iterator[Driver]:
    with LocalExecutor() as executor, interruptible() as interrupt:
        yield partial(harness, executor, interrupt)


def _pairs(
    ours: Driver, workload: str, way: str, work: float, number: int, watch: Watch, name: str
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the totals and the calls of each pair, by contender."""
    calls: dict[str, list[float]] = {"harness": [], "bare": []}

    def run(contender: str, one: Driver) -> float:
        total, call = one(workload, way, work)
        calls[contender].append(call)
        return total

    contenders = {"harness": partial(run, "harness", ours), "bare": partial(run, "bare", bare)}
    return rounds(contenders, number, watch, name), calls


def _ratio(name: str, taken: dict[str, list[float]], aim: Aim) -> Result:
    note = f"{1e3 * median(taken['harness']):.4g} ms, bare {1e3 * median(taken['bare']):.4g} ms"
    return Result(1, name, ratio_of_medians(taken["harness"], taken["bare"]), aim=aim, note=note)
