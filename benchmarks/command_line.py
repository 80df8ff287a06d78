"""4. Does the command line feel instant?

Whole commands, compared with importing the libraries that they need.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import make_store
from benchmarks.bench import Bench
from benchmarks.paired import rounds
from benchmarks.processes import seconds_of, tool
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.numbers.medians import estimate

WORKERS = (2, 4, 6, 8, 10)
MODES = ("sequential", "threading", "multiprocessing")
START_METHODS = ("fork", "spawn", "forkserver")
CASES_A_NUM = len(WORKERS) * (2 + len(START_METHODS))
"""For each number of workers: sequential, threading, and each start method."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    plans: int
    nums: int = 4_000


def measure(bench: Bench) -> Iterator[Result]:
    """Compare the commands with their imports."""
    size = bench.scale.pick(full=Size(rounds=40, plans=10), quick=Size(10, 6), smoke=Size(1, 1, nums=2))
    folder = bench.fresh_folder("command_line")
    store = folder / "runs.db"
    make_store.make(store, works=4, blocks=2, seed=7)
    grid = _grid(folder, size.nums)
    runner, python = tool("runner"), tool("python")
    commands: dict[str, list[str | Path]] = {
        "import typer": [python, "-c", "import typer"],
        "import typer, sqlalchemy": [python, "-c", "import typer, sqlalchemy"],
        "help": [runner, "--help"],
        "list": [runner, "list", "--store", store],
    }
    contenders = {name: partial(seconds_of, argv) for name, argv in commands.items()}
    for one in contenders.values():
        one()  # so that compiled modules are there for all
    taken = rounds(contenders, size.rounds, bench.watch, "commands")
    bounds = (("help", "import typer"), ("list", "import typer, sqlalchemy"))
    for ours, theirs in bounds:
        found = ratio_of_medians(taken[ours], taken[theirs])
        note = ", ".join(f"{1e3 * median(taken[name]):.0f} ms" for name in (ours, theirs))
        yield Result(4, f"runner {'--' * (ours == 'help')}{ours} ÷ {theirs}", found, aim=Aim(high=1.3), note=note)
    plan = partial(seconds_of, [runner, "plan", "--matrix", grid, "--store", store])
    planned = f"plan of {size.nums * CASES_A_NUM:,} cases"
    seconds = rounds({"plan": plan}, size.plans, bench.watch, f"a {planned}")["plan"]
    yield Result(4, f"runner {planned}", estimate(seconds), "s", Aim(high=3))


def _grid(folder: Path, nums: int) -> Path:
    """Write a grid with `nums` values of NUM and return its path."""
    matrix = {"workload": "cpu_bound", "NUM": list(range(1, nums + 1)), "workers": WORKERS, "mode": MODES}
    grid = folder / "grid.yaml"
    grid.write_text(json.dumps({"matrix": matrix | {"start_method": START_METHODS}, "repeats": 1, "warmup": 0}))
    return grid
