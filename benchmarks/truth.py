"""1. Does the harness change what it measures?

The same case through the harness and by `bare`, in pairs, in random order: the totals, and single calls (the mean of
a trial's two). Work of WORK_S a call shows what the harness adds to real work; there, both sides run with memory in
random order (see `shuffled`). No work at all (NUM = 1) shows what it adds to starting alone.
Then: how far bare drivers are from each other that differ in nothing that matters (see VARIANTS); how often the runner
wakes up while a trial runs; and whether two workers on two CPUs feel it.
"""

import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from analysis.statistics import Estimate
from benchmarks.paired import Watch, fresh_folder, in_terminal, rounds, seconds_of, sweep_of
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors.local import LocalExecutor, interpreter_under_test
from runner.interrupt import Interrupt

BARE = Path(__file__).with_name("bare.py")
WAYS = ("sequential", "threading", "fork", "spawn", "forkserver")
WORK_S = 0.2
TIMEOUT_S = 60.0
Taken = tuple[float, float]
"""Seconds of the total and, on average, of a call."""


def bare(workload: str, way: str, size: float, driver: Path = BARE) -> Taken:
    """Run the bare driver and return what it printed."""
    argv = [interpreter_under_test(), str(driver), workload, way, str(size)]
    printed = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    total = re.findall(r"Finished in (\S+) seconds", printed)
    calls = re.findall(r"END after (\S+) seconds", printed)
    if len(total) != 1 or len(calls) != 2:
        raise RuntimeError(f"the bare driver printed {printed!r}")
    return float(total[0]), sum(map(float, calls)) / 2


def harness(executor: LocalExecutor, interrupt: Interrupt, workload: str, way: str, size: float) -> Taken:
    """Run the same case as the runner does."""
    starts_processes = way not in ("sequential", "threading")
    request = {
        "kind": "trial",
        "workload": workload,
        "params": {"NUM" if workload == "cpu_bound" else "TIME": size},
        "mode": "multiprocessing" if starts_processes else way,
        "start_method": way if starts_processes else None,
        "workers": 1 if way == "sequential" else 2,
        "calls": 2,
    }
    outcome = executor.run(request, TIMEOUT_S, interrupt, tick=lambda: None)
    if interrupt.requested:
        raise KeyboardInterrupt
    if outcome.wall_ns is None or len(outcome.timings) != 2:
        raise RuntimeError(f"the trial {outcome.status}: {outcome.reason} {outcome.output or ''}")
    calls = [timing["end_ns"] - timing["begin_ns"] for timing in outcome.timings]
    return outcome.wall_ns / 1e9, sum(calls) / 2e9


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
        yield from _luck(watch)
        yield from _quiet(watch)
        yield _undisturbed(watch)


@contextmanager
def _shuffled_memory() -> Iterator[None]:
    os.environ["PYTHONPATH"] = str(Path(__file__).with_name("shuffled"))
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]


def counts_in(seconds: float) -> int:
    """Return the NUM that takes about so many seconds here."""
    number = 1_000_000
    return round(number * seconds / min(bare("cpu_bound", "sequential", number)[1] for _ in range(5)))


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
    ours, theirs = (sorted(taken[one])[len(taken[one]) // 2] for one in ("harness", "bare"))
    note = f"{1e3 * ours:.4g} ms, bare {1e3 * theirs:.4g} ms"
    return Result(1, name, ratio_of_medians(taken["harness"], taken["bare"]), aim=aim, note=note)


VARIANTS = {
    "a clock in floating point": {"perf_counter_ns()": "perf_counter()", "(end - begin) / 1e9": "end - begin"},
    "an import that it does not use": {"import os\n": "import multiprocessing\nimport os\n"},
    "no line printed before the work": {'    print(context(), "---> Countdown BEGIN")\n': ""},
}
"""What is done to the text of the bare driver."""


def _luck(watch: Watch) -> Iterator[Result]:
    """Compare bare drivers with each other."""
    folder, count = fresh_folder("luck"), counts_in(WORK_S / 2)
    drivers = {"bare": BARE}
    for name, changes in VARIANTS.items():
        text = BARE.read_text()
        for before, after in changes.items():
            text = text.replace(before, after)
        drivers[name] = folder / f"{name.replace(' ', '_')}.py"
        drivers[name].write_text(text)
    for way in ("sequential", "threading", "spawn"):
        contenders = {name: partial(_call, way, count, driver) for name, driver in drivers.items()}
        taken = rounds(contenders, 20, watch, f"bare drivers, {way}")
        for name in VARIANTS:
            ratio = ratio_of_medians(taken[name], taken["bare"])
            yield Result(1, f"luck: bare with {name} ÷ bare, {way}: a call", ratio)


def _call(way: str, count: int, driver: Path) -> float:
    return bare("cpu_bound", way, count, driver)[1]


WATCHED_S = 10.0


def _quiet(watch: Watch) -> Iterator[Result]:
    """Count how often the runner and its launcher wake up while a trial sleeps, with the progress on a terminal."""
    watch.begins("how quiet the runner is", 1)
    wakes, cpu_s = _wake_ups(WATCHED_S)
    watch.step()
    name = "the runner while a trial runs, its progress on a terminal"
    yield Result(1, f"{name}: wake-ups a second", Estimate(wakes / WATCHED_S), "", Aim(high=3))
    yield Result(1, f"{name}: share of one CPU", Estimate(100 * cpu_s / WATCHED_S), "%", Aim(high=0.5))


def _undisturbed(watch: Watch) -> Result:
    """Compare two CPU-bound processes beside the progress on a terminal with two beside a runner that shows nothing."""
    folder = fresh_folder("undisturbed")
    matrix = {"workload": "cpu_bound", "NUM": counts_in(WORK_S), "mode": "multiprocessing", "workers": 2}
    argv = sweep_of(folder, matrix | {"start_method": "fork"}, repeats=5)

    def shown() -> float:
        with in_terminal(argv):
            pass
        return _median_wall(folder / "runs.db")

    def silent() -> float:
        seconds_of([*argv, "--quiet"])
        return _median_wall(folder / "runs.db")

    taken = rounds({"shown": shown, "silent": silent}, 12, watch, "two workers beside the progress")
    name = "two CPU-bound processes, progress on a terminal ÷ a silent runner"
    return Result(1, name, ratio_of_medians(taken["shown"], taken["silent"]), aim=Aim(0.99, 1.01))


def _median_wall(store: Path) -> float:
    """Return the median time of the concurrent trials of the newest sweep, and forget the store."""
    with closing(sqlite3.connect(store)) as connection:
        (wall_s,) = connection.execute("SELECT wall_s FROM v_speedups").fetchone()
    store.unlink()
    return float(wall_s)


def _wake_ups(seconds: float) -> tuple[int, float]:
    """Return the voluntary switches and CPU seconds of runner and launcher during `seconds` within one trial."""
    folder = fresh_folder("quiet")
    matrix = {"workload": "io_bound", "TIME": seconds + 3, "mode": "sequential", "workers": 1}
    argv = sweep_of(folder, matrix, repeats=1)
    with in_terminal(argv) as sweep:
        ours = _runner_and_launcher(sweep.pid)
        before = [_activity(process) for process in ours]
        time.sleep(seconds)
        after = [_activity(process) for process in ours]
    switches = sum(end[0] - begin[0] for begin, end in zip(before, after, strict=True))
    return switches, sum(end[1] - begin[1] for begin, end in zip(before, after, strict=True))


def _runner_and_launcher(runner: int) -> list[Path]:
    """Return the folders of both in /proc, once the trial has begun."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for launcher in _children(runner):
            if any("harness" in Path(f"/proc/{child}/cmdline").read_text() for child in _children(launcher)):
                time.sleep(1.0)  # until the trial is well under way
                return [Path(f"/proc/{runner}"), Path(f"/proc/{launcher}")]
        time.sleep(0.05)
    raise RuntimeError("no trial began")


def _children(pid: int) -> list[int]:
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]


def _activity(process: Path) -> tuple[int, float]:
    """Return the voluntary switches of a process's threads and the CPU seconds that it has used."""
    statuses = [status.read_text() for status in process.glob("task/*/status")]
    switches = sum(
        int(found) for status in statuses for found in re.findall(r"\nvoluntary_ctxt_switches:\s*(\d+)", status)
    )
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    return switches, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
