"""How quiet the runner is while a trial runs: how often it wakes up, and whether that slows two workers on two CPUs."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.drivers import TIMEOUT_S, counts_in
from benchmarks.paired import rounds
from benchmarks.processes import in_terminal, seconds_of, sweep_of
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.numbers.medians import Estimate


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    watched_s: float
    work_s: float
    repeats: int
    rounds: int


FULL = Size(watched_s=10.0, work_s=0.2, repeats=5, rounds=12)
SMOKE = Size(watched_s=0.1, work_s=0.002, repeats=1, rounds=1)


def measure(bench: Bench) -> Iterator[Result]:
    """Count how often the runner wakes up during a trial that sleeps, then whether it slows down two workers."""
    size = bench.scale.pick(full=FULL, smoke=SMOKE)
    bench.watch.begins("how quiet the runner is", 1)
    wakes, cpu_s = _wake_ups(bench.fresh_folder("quiet"), size.watched_s)
    bench.watch.step()
    name = "the runner while a trial runs, its progress on a terminal"
    yield Result(1, f"{name}: wake-ups a second", Estimate(wakes / size.watched_s), "", Aim(high=3))
    yield Result(1, f"{name}: share of one CPU", Estimate(100 * cpu_s / size.watched_s), "%", Aim(high=0.5))
    yield _undisturbed(bench, size)


def _undisturbed(bench: Bench, size: Size) -> Result:
    """Compare two CPU-bound processes beside the progress on a terminal with two beside a runner that shows nothing."""
    folder = bench.fresh_folder("undisturbed")
    matrix = {"workload": "cpu_bound", "NUM": counts_in(size.work_s), "mode": "multiprocessing", "workers": 2}
    argv = sweep_of(folder, matrix | {"start_method": "fork"}, repeats=size.repeats)

    def shown() -> float:
        with in_terminal(argv):
            pass
        return _median_wall(folder / "runs.db")

    def silent() -> float:
        seconds_of([*argv, "--quiet"])
        return _median_wall(folder / "runs.db")

    taken = rounds({"shown": shown, "silent": silent}, size.rounds, bench.watch, "two workers beside the progress")
    name = "two CPU-bound processes, progress on a terminal ÷ a silent runner"
    return Result(1, name, ratio_of_medians(taken["shown"], taken["silent"]), aim=Aim(0.99, 1.01))


def _median_wall(store: Path) -> float:
    """Return the median time of the concurrent trials of the newest sweep, and forget the store."""
    with closing(sqlite3.connect(store)) as connection:
        (wall_s,) = connection.execute("SELECT wall_s FROM v_speedups").fetchone()
    store.unlink()
    return float(wall_s)


def _wake_ups(folder: Path, seconds: float) -> tuple[int, float]:
    """Return the voluntary switches and CPU seconds of runner and launcher during `seconds` within one trial."""
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
