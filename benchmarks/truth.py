"""1. Does the harness change what it measures?

The same case through the harness and by `bare`, in pairs, in random order: the totals, and single calls (the mean of
a trial's two). Work of WORK_S a call shows what the harness adds to real work; no work at all (NUM = 1) shows what it
adds to starting alone. Then: how often the runner wakes up while a trial runs, and what that costs two workers that
have the machine's CPUs to themselves.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil

from analysis.statistics import Estimate
from benchmarks.paired import Watch, fresh_folder, in_terminal, rounds, surroundings, sweep_of
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors.local import LocalExecutor, interpreter_under_test
from runner.interrupt import Interrupt

BARE = Path(__file__).with_name("bare.py")
WAYS = ("sequential", "threading", "fork", "spawn", "forkserver")
WORK_S = 0.2
TIMEOUT_S = 60.0
Taken = tuple[float, float]
"""Seconds of the total and, on average, of a call."""


def bare(workload: str, way: str, size: float) -> Taken:
    """Run the bare driver and return what it printed."""
    argv = [interpreter_under_test(), str(BARE), workload, way, str(size)]
    printed = subprocess.run(argv, capture_output=True, text=True, check=True, env=surroundings()).stdout
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
    if outcome.wall_ns is None or len(outcome.timings) != 2:
        raise RuntimeError(f"the trial {outcome.status}: {outcome.reason} {outcome.output or ''}")
    calls = [timing["end_ns"] - timing["begin_ns"] for timing in outcome.timings]
    return outcome.wall_ns / 1e9, sum(calls) / 2e9


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:
    """Compare the harness with the bare driver."""
    pairs, empty_pairs = (6, 20) if quick else (40, 150)
    count = counts_in(WORK_S)
    # The executor starts its launcher as the runner does; Interrupt is what lets Ctrl-C through.
    with LocalExecutor() as executor, Interrupt() as interrupt:
        ours = partial(harness, executor, interrupt)
        for workload, size in (("cpu_bound", count), ("io_bound", WORK_S)):
            for way in WAYS:
                name = f"{workload} of {WORK_S:g} s, {way}"
                totals, calls = _pairs(ours, workload, way, size, pairs, watch, name)
                yield _ratio(f"{name}: total", totals, Aim(0.99, 1.01))
                yield _ratio(f"{name}: a call", calls, Aim(0.99, 1.01))
        for way in WAYS:
            name = f"no work (NUM = 1), {way}"
            totals, _ = _pairs(ours, "cpu_bound", way, 1, empty_pairs, watch, name)
            yield _ratio(f"{name}: total", totals, Aim(high=1.05))
    if not quick:
        yield from _quiet(watch)


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


WATCHED_S = 10.0


def _quiet(watch: Watch) -> Iterator[Result]:
    """Count how often the runner and its launcher wake up while a trial sleeps, with the progress on a terminal."""
    watch.begins("how quiet the runner is", 1)
    wakes, cpu_s = _wake_ups(WATCHED_S)
    watch.step()
    name = "the runner while a trial runs, its progress on a terminal"
    yield Result(1, f"{name}: wake-ups a second", Estimate(wakes / WATCHED_S), "", Aim(high=3))
    yield Result(1, f"{name}: share of one CPU", Estimate(100 * cpu_s / WATCHED_S), "%", Aim(high=0.5))


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


def _runner_and_launcher(pid: int) -> list[psutil.Process]:
    """Return both once the trial has begun."""
    runner = psutil.Process(pid)
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for launcher in runner.children():
            if any("harness" in word for child in launcher.children() for word in child.cmdline()):
                time.sleep(1.0)  # until the trial is well under way
                return [runner, launcher]
        time.sleep(0.05)
    raise RuntimeError("no trial began")


def _activity(process: psutil.Process) -> tuple[int, float]:
    times = process.cpu_times()
    switches = 0
    for thread in process.threads():
        status = Path(f"/proc/{process.pid}/task/{thread.id}/status").read_text()
        switches += int(re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.M)[0])
    return switches, times.user + times.system

