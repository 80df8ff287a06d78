"""4. Does the command line feel instant?

Whole commands, beside what importing the libraries takes that they cannot do without.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import make_store
from benchmarks.paired import Watch, fresh_folder, rounds, seconds_of, tool
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.numbers.estimate import estimate

PLANNED = {
    "workload": "cpu_bound",
    "NUM": list(range(1, 4001)),
    "workers": [2, 4, 6, 8, 10],
    "mode": ["sequential", "threading", "multiprocessing"],
    "start_method": ["fork", "spawn", "forkserver"],
}
"""100,000 cases."""


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:
    """Compare the commands with their imports."""
    folder = fresh_folder("command_line")
    store = folder / "runs.db"
    make_store.make(store, works=4, blocks=2, seed=7)
    grid = folder / "grid.yaml"
    grid.write_text(json.dumps({"matrix": PLANNED, "repeats": 1, "warmup": 0}))
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
    taken = rounds(contenders, 10 if quick else 40, watch, "commands")
    bounds = (("help", "import typer"), ("list", "import typer, sqlalchemy"))
    for ours, theirs in bounds:
        found = ratio_of_medians(taken[ours], taken[theirs])
        note = ", ".join(f"{1e3 * median(taken[name]):.0f} ms" for name in (ours, theirs))
        yield Result(4, f"runner {'--' * (ours == 'help')}{ours} ÷ {theirs}", found, aim=Aim(high=1.3), note=note)
    plan = partial(seconds_of, [runner, "plan", "--matrix", grid, "--store", store])
    seconds = rounds({"plan": plan}, 6 if quick else 10, watch, "a plan of 100,000 cases")["plan"]
    yield Result(4, "runner plan of 100,000 cases", estimate(seconds), "s", Aim(high=3))
