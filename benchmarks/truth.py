"""1. Does the harness change what it measures?

The same case through the harness and by `bare`, in pairs, in random order: the totals, and single calls (the mean of
a trial's two). Work of WORK_S a call shows what the harness adds to real work; there, both sides run with memory in
random order (see `shuffled`). No work at all (NUM = 1) shows what it adds to starting alone.
Then: how far bare drivers are from each other (`luck`), and how quiet the runner is while a trial runs (`quiet`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import luck, quiet
from benchmarks.drivers import WAYS, Taken, bare, counts_in, harness
from benchmarks.paired import Watch, rounds
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt

WORK_S = 0.2


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:
    """Compare the harness with the bare driver."""
    works = {"cpu_bound": (counts_in(WORK_S), 6 if quick else 60), "io_bound": (WORK_S, 6 if quick else 30)}
    with _shuffled_memory(), LocalExecutor() as executor, Interrupt() as interrupt:
        ours = partial(harness, executor, interrupt)
        for workload, (size, pairs) in works.items():
            for way in WAYS:
                name = f"{workload} of {WORK_S:g} s, {way}"
                totals, calls = _pairs(ours, workload, way, size, pairs, watch, name)
                yield _ratio(f"{name}: total", totals, Aim(0.99, 1.01))
                yield _ratio(f"{name}: a call", calls, Aim(0.99, 1.01))
    empty_pairs = 20 if quick else 150
    with LocalExecutor() as executor, Interrupt() as interrupt:
        ours = partial(harness, executor, interrupt)
        for way in WAYS:
            name = f"no work (NUM = 1), {way}"
            totals, _ = _pairs(ours, "cpu_bound", way, 1, empty_pairs, watch, name)
            yield _ratio(f"{name}: total", totals, Aim(high=1.05))
    if not quick:
        yield from luck.measure(watch)
        yield from quiet.measure(watch)


@contextmanager
def _shuffled_memory() -> Iterator[None]:
    os.environ["PYTHONPATH"] = str(Path(__file__).with_name("shuffled"))
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]


def _pairs(
    ours: Callable[[str, str, float], Taken], workload: str, way: str, size: float, number: int, watch: Watch, name: str
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the totals and the calls of each pair, by contender."""
    calls: dict[str, list[float]] = {"harness": [], "bare": []}

    def run(contender: str, one: Callable[[str, str, float], Taken]) -> float:
        total, call = one(workload, way, size)
        calls[contender].append(call)
        return total

    contenders = {"harness": partial(run, "harness", ours), "bare": partial(run, "bare", bare)}
    return rounds(contenders, number, watch, name), calls


def _ratio(name: str, taken: dict[str, list[float]], aim: Aim) -> Result:
    note = f"{1e3 * median(taken['harness']):.4g} ms, bare {1e3 * median(taken['bare']):.4g} ms"
    return Result(1, name, ratio_of_medians(taken["harness"], taken["bare"]), aim=aim, note=note)
