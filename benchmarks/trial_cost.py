"""2. What does a trial cost beyond its work?

The bare driver without work (NUM = 1), so many times: through ``runner sweep``, by a loop of the shell, by hyperfine,
and by pyperf. Each tool runs it FEW and MANY times in each round; the difference is the cost of a run, without what
the tool takes to start. For the runner a run is all that a trial is: the child's start, the measurement, the reply,
the durable commit, and the progress on a terminal.
"""

import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.statistics import Estimate, estimate
from benchmarks.drivers import BARE
from benchmarks.paired import SCRATCH, Watch, fresh_folder, in_terminal, rounds, seconds_of, sweep_of, tool
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors.local import interpreter_under_test

DRIVER = [interpreter_under_test(), str(BARE), "cpu_bound", "sequential", "1"]
MATRIX = {"workload": "cpu_bound", "NUM": 1, "mode": "sequential", "workers": 1, "calls": 2}
PYPERF_VALUES = 3
"""Of each of its processes, after a warm-up: its defaults."""


def runner(times: int) -> float:
    """Sweep a no-work case, with the progress on a terminal."""
    argv = sweep_of(fresh_folder("trial_cost"), MATRIX, repeats=times)
    before = time.perf_counter()
    with in_terminal(argv):
        pass
    return time.perf_counter() - before


def shell_loop(times: int) -> float:
    """Run the bare driver in a loop."""
    command = f"i=0; while [ $i -lt {times} ]; do {shlex.join(DRIVER)} >/dev/null; i=$((i+1)); done"
    return seconds_of(["sh", "-c", command])


def hyperfine(program: Path, times: int) -> float:
    """Let hyperfine run it, without a shell."""
    return seconds_of([program, "-N", "--style", "none", "--runs", str(times), shlex.join(DRIVER)])


def pyperf(times: int) -> float:
    """Let pyperf take so many values, each of one run."""
    processes = ["--processes", str(times // PYPERF_VALUES), "--values", str(PYPERF_VALUES), "--warmups", "1"]
    return seconds_of([tool("python"), "-m", "pyperf", "command", "--quiet", *processes, "--loops", "1", "--", *DRIVER])


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:
    """Compare what a run costs by each tool."""
    number, few, many = (6, 6, 30) if quick else (12, 15, 165)
    tools: dict[str, Callable[[int], float]] = {"runner sweep": runner, "shell loop": shell_loop}
    where = find_hyperfine()
    if where:
        tools["hyperfine"] = partial(hyperfine, where)
    if tool("pyperf").exists():
        tools["pyperf"] = pyperf
    contenders = {f"{name} {times}": partial(one, times) for name, one in tools.items() for times in (few, many)}
    taken = rounds(contenders, number, watch, "what a trial costs")
    costs = {
        name: [
            (long - short) / (many - few)
            for long, short in zip(taken[f"{name} {many}"], taken[f"{name} {few}"], strict=True)
        ]
        for name in tools
    }
    yield from _compared(costs, where)
    fixed = [
        short - few * cost for short, cost in zip(taken[f"runner sweep {few}"], costs["runner sweep"], strict=True)
    ]
    yield _milliseconds("what a sweep takes beside its trials", fixed)


def _compared(costs: Mapping[str, list[float]], hyperfine_at: Path | None) -> Iterator[Result]:
    for name, one in costs.items():
        yield _milliseconds(f"a run by {name}", one)
    ours = costs["runner sweep"]
    yield Result(2, "runner sweep ÷ shell loop", ratio_of_medians(ours, costs["shell loop"]), aim=Aim(high=1.25))
    if hyperfine_at:
        yield Result(2, "runner sweep ÷ hyperfine", ratio_of_medians(ours, costs["hyperfine"]), aim=Aim(high=1.25))
    else:
        note = "hyperfine is not to be had: neither on the PATH nor from Debian's packages"
        yield Result(2, "runner sweep ÷ hyperfine", None, aim=Aim(high=1.25), note=note)
    if "pyperf" in costs:
        yield Result(2, "pyperf ÷ runner sweep", ratio_of_medians(costs["pyperf"], ours), aim=Aim(low=3))
    else:
        yield Result(
            2, "pyperf ÷ runner sweep", None, aim=Aim(low=3), note="pyperf is not installed; see locks/bench.txt"
        )


def _milliseconds(name: str, seconds: list[float]) -> Result:
    found = estimate(pd.Series(seconds) * 1e3)
    return Result(2, name, Estimate(found.value, found.low, found.high, found.n), "ms")


def find_hyperfine() -> Path | None:
    """Return hyperfine from the PATH, or from Debian's package, unpacked into the bench's own folder."""
    found = shutil.which("hyperfine")
    if found:
        return Path(found)
    folder = SCRATCH / "hyperfine"
    program = folder / "usr/bin/hyperfine"
    if not program.exists() and shutil.which("apt-get") and shutil.which("dpkg"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            seconds_of(["apt-get", "download", "hyperfine"], folder)
            seconds_of(["dpkg", "-x", *folder.glob("hyperfine_*.deb"), folder], folder)
        except RuntimeError:
            return None
    return program if program.exists() else None
