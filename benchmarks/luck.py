"""How much the times of bare drivers differ, although their code differs in nothing that a counting loop uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.drivers import BARE, bare, counts_in
from benchmarks.paired import rounds
from benchmarks.result import Result, ratio_of_medians

VARIANTS = {
    "a clock in floating point": {"perf_counter_ns()": "perf_counter()", "(end - begin) / 1e9": "end - begin"},
    "an import that it does not use": {"import os\n": "import multiprocessing\nimport os\n"},
    "no line printed before the work": {'    print(context(), "---> Countdown BEGIN")\n': ""},
}
"""What is replaced in the text of the bare driver."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    work_s: float
    rounds: int


def measure(bench: Bench) -> Iterator[Result]:
    """Compare the variants with the bare driver."""
    size = bench.scale.pick(full=Size(work_s=0.1, rounds=20), smoke=Size(work_s=0.002, rounds=1))
    folder, count = bench.fresh_folder("luck"), counts_in(size.work_s)
    drivers = {"bare": BARE} | {name: _variant(name, folder) for name in VARIANTS}
    for way in ("sequential", "threading", "spawn"):
        contenders = {name: partial(_call, way, count, driver) for name, driver in drivers.items()}
        taken = rounds(contenders, size.rounds, bench.watch, f"bare drivers, {way}")
        for name in VARIANTS:
            ratio = ratio_of_medians(taken[name], taken["bare"])
            yield Result(1, f"luck: bare with {name} ÷ bare, {way}: a call", ratio)


def _variant(name: str, folder: Path) -> Path:
    text = BARE.read_text()
    for before, after in VARIANTS[name].items():
        if before not in text:
            raise RuntimeError(f"{BARE.name} has no {before!r} to make a variant of")
        text = text.replace(before, after)
    driver = folder / f"{name.replace(' ', '_')}.py"
    driver.write_text(text)
    return driver


def _call(way: str, count: int, driver: Path) -> float:
    return bare("cpu_bound", way, count, driver)[1]
