"""How far bare drivers are from each other that differ in nothing that matters to a counting loop."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.drivers import BARE, bare, counts_in
from benchmarks.paired import Watch, fresh_folder, rounds
from benchmarks.result import Result, ratio_of_medians

WORK_S = 0.1
VARIANTS = {
    "a clock in floating point": {"perf_counter_ns()": "perf_counter()", "(end - begin) / 1e9": "end - begin"},
    "an import that it does not use": {"import os\n": "import multiprocessing\nimport os\n"},
    "no line printed before the work": {'    print(context(), "---> Countdown BEGIN")\n': ""},
}
"""What is done to the text of the bare driver."""


def measure(watch: Watch) -> Iterator[Result]:
    """Compare the variants with the bare driver."""
    folder, count = fresh_folder("luck"), counts_in(WORK_S)
    drivers = {"bare": BARE} | {name: _variant(name, folder) for name in VARIANTS}
    for way in ("sequential", "threading", "spawn"):
        contenders = {name: partial(_call, way, count, driver) for name, driver in drivers.items()}
        taken = rounds(contenders, 20, watch, f"bare drivers, {way}")
        for name in VARIANTS:
            ratio = ratio_of_medians(taken[name], taken["bare"])
            yield Result(1, f"luck: bare with {name} ÷ bare, {way}: a call", ratio)


def _variant(name: str, folder: Path) -> Path:
    text = BARE.read_text()
    for before, after in VARIANTS[name].items():
        text = text.replace(before, after)
    driver = folder / f"{name.replace(' ', '_')}.py"
    driver.write_text(text)
    return driver


def _call(way: str, count: int, driver: Path) -> float:
    return bare("cpu_bound", way, count, driver)[1]
