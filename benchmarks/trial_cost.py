"""2. What does a trial cost beyond its work?

The bare driver without work (NUM = 1) is run by ``runner sweep``, by a loop of the shell, by hyperfine, and by pyperf.
Each tool runs it a few and many times in each round; the difference is the cost of a run, without what the tool takes
to start. For the runner a run is a whole trial: the child's start, the measurement, the reply,
the durable commit, and the progress on a terminal.
"""

import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.bench import SCRATCH, Bench
from benchmarks.drivers import BARE
from benchmarks.paired import Stopwatch, rounds
from benchmarks.processes import in_terminal, seconds_of, sweep_of, tool
from benchmarks.result import Aim, Result, median_ms, ratio_of_medians
from runner.host.interpreters import interpreter_under_test

DRIVER = [interpreter_under_test(), str(BARE), "cpu_bound", "sequential", "1"]
MATRIX = {"workload": "cpu_bound", "NUM": 1, "mode": "sequential", "workers": 1, "calls": 2}
PYPERF_VALUES = 3
"""Of each of its processes, after a warm-up: its defaults."""
WHY_MISSING = {
    "hyperfine": "hyperfine is not to be had: neither on the PATH nor from Debian's packages",
    "pyperf": "pyperf is not installed: `.venv/bin/python -m pip install -r locks/bench.txt`",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    few: int
    many: int
    downloads: bool = True
    """Whether hyperfine may be downloaded."""


FULL = Size(rounds=12, few=15, many=165)
QUICK = Size(rounds=6, few=6, many=30)
SMOKE = Size(rounds=1, few=3, many=6, downloads=False)


def runner(bench: Bench, times: int) -> float:
    """Sweep a no-work case, with the progress on a terminal."""
    argv = sweep_of(bench.fresh_folder("trial_cost"), MATRIX, repeats=times)
    with Stopwatch() as taken, in_terminal(argv):
        pass
    return taken.seconds


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


def measure(bench: Bench) -> Iterator[Result]:
    """Compare what a run costs by each tool."""
    size = bench.scale.pick(full=FULL, quick=QUICK, smoke=SMOKE)
    tools: dict[str, Callable[[int], float]] = {"runner sweep": partial(runner, bench), "shell loop": shell_loop}
    if where := find_hyperfine(downloads=size.downloads):
        tools["hyperfine"] = partial(hyperfine, where)
    if tool("pyperf").exists():
        tools["pyperf"] = pyperf
    contenders = {
        f"{name} {times}": partial(one, times) for name, one in tools.items() for times in (size.few, size.many)
    }
    taken = rounds(contenders, size.rounds, bench.watch, "what a trial costs")
    costs = {
        name: [
            (long - short) / (size.many - size.few)
            for long, short in zip(taken[f"{name} {size.many}"], taken[f"{name} {size.few}"], strict=True)
        ]
        for name in tools
    }
    yield from _compared(costs)
    shortest = taken[f"runner sweep {size.few}"]
    fixed = [short - size.few * cost for short, cost in zip(shortest, costs["runner sweep"], strict=True)]
    yield Result(2, "what a sweep takes beside its trials", median_ms(fixed), "ms")


def _compared(costs: Mapping[str, list[float]]) -> Iterator[Result]:
    for name, one in costs.items():
        yield Result(2, f"a run by {name}", median_ms(one), "ms")
    yield _ratio("runner sweep", "shell loop", costs, Aim(high=1.25))
    yield _ratio("runner sweep", "hyperfine", costs, Aim(high=1.25))
    yield _ratio("pyperf", "runner sweep", costs, Aim(low=3))


def _ratio(one: str, other: str, costs: Mapping[str, list[float]], aim: Aim) -> Result:
    missing = [name for name in (one, other) if name not in costs]
    found = None if missing else ratio_of_medians(costs[one], costs[other])
    return Result(2, f"{one} ÷ {other}", found, aim=aim, note="".join(WHY_MISSING[name] for name in missing))


def find_hyperfine(*, downloads: bool) -> Path | None:
    """Return hyperfine from the PATH, or from Debian's package, unpacked into the bench's own folder.

    None where there is neither. The package is downloaded only with `downloads`.
    """
    found = shutil.which("hyperfine")
    if found:
        return Path(found)
    folder = SCRATCH / "hyperfine"
    program = folder / "usr/bin/hyperfine"
    if downloads and not program.exists() and shutil.which("apt-get") and shutil.which("dpkg"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            seconds_of(["apt-get", "download", "hyperfine"], folder)
            seconds_of(["dpkg", "-x", *folder.glob("hyperfine_*.deb"), folder], folder)
        except RuntimeError:
            return None
    return program if program.exists() else None
