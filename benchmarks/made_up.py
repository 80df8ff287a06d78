"""Simulated trials by known laws: what `make_store` stores, and what a report of them must find.

Every time follows these laws, times a drift that all trials of a block share and a noise of each trial's own. W is the
sequential time of the work, p the number of workers, on a host of CPUS usable CPUs:

- sequentially: W;
- waiting: the start of the way (see WAYS) + W / p;
- CPU-bound with threads: start + W, as under the interpreter lock;
- CPU-bound with processes: start + W · ((1 - SIGMA) / p + SIGMA + KAPPA · (p - 1)).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from runner.facts import HostFacts, InterpreterFacts
from runner.matrix.case import Case
from runner.matrix.workload import builtin
from runner.outcome import TIMING_FIELDS, Timing
from runner.request import TrialRequest
from runner.store.new_sweep import NewSweep, SweepColumns

CPUS = 8
WORKERS = (1, 2, 3, 4, 6, 8)
SHARED_CALLS = 8
WAYS = {
    "threading": 2e-4,
    "multiprocessing/fork": 5e-3,
    "multiprocessing/spawn": 6e-2,
    "multiprocessing/forkserver": 4e-2,
}
"""Seconds that starting takes."""
SIGMA, KAPPA = 0.03, 0.004
DRIFT, NOISE = 0.05, 0.02
SECONDS_PER_COUNT = 2e-8
STRONG_SHARE = 8
"""One work in STRONG_SHARE is a fixed number of calls that workers share out."""
PYTHON = "cpython 3.13.0"
HOST = HostFacts(hostname="made-up", system="none", logical_cpus=CPUS, usable_cpus=CPUS)
INTERPRETER = InterpreterFacts(
    label=PYTHON,
    implementation="cpython",
    version="3.13.0",
    executable="/usr/bin/python3.13",
    gil=True,
    start_methods=("fork", "spawn", "forkserver"),
    default_start_method="fork",
    modes=("sequential", "threading", "multiprocessing"),
    flags={},
)
TRUTH = {"cpus": CPUS, "start_s": WAYS, "sigma": SIGMA, "kappa": KAPPA, "noise": NOISE, "drift": DRIFT}
_NOTHING: dict[str, Any] = {**dict.fromkeys(TIMING_FIELDS), "batch": 1, "counted": 0, "unrecorded": 0}
NO_RECORD = Timing(**_NOTHING)
"""A call of which nothing is known, not even whose it was."""


def request(case: Case) -> TrialRequest:
    """Return the request for a trial of a simulated case."""
    return case.request(builtin(case.workload))


def new_sweep(every: Sequence[Case], *, repeats: int, seed: int) -> NewSweep:
    """Return a sweep of these cases, each compared with its baseline where that is among them."""
    keys = {one.key for one in every}
    baselines = {one.key: one.baseline().key for one in every if not one.is_baseline and one.baseline().key in keys}
    return NewSweep(
        sweep=SweepColumns(
            name="made-up",
            grid_path="",
            grid_text="# made by benchmarks/make_store.py\n",
            grid_sha256="0" * 64,
            seed=seed,
            repeats=repeats,
            warmup=0,
            timeout_ns=10**12,
            runner_version="0",
            versions="{}",
            command_line="python benchmarks/make_store.py",
            git_commit=None,
            git_dirty=None,
        ),
        cases=[one.columns() for one in every],
        baselines=baselines,
        interpreters={PYTHON: INTERPRETER},
    )


def cases(works: int) -> Iterator[Case]:
    """Return the cases of `works` works: their sizes are a constant factor apart, half of them wait."""
    for number in range(works):
        place = 10 ** (-3 + 4 * (number // 2) / max(1, works // 2))  # seconds, from 1 ms on
        workload = "cpu_bound"
        params: tuple[tuple[str, float], ...] = (("NUM", round(place / SECONDS_PER_COUNT)),)
        if number % 2:
            workload, params = "io_bound", (("TIME", round(place, 6)),)
        strong = number % STRONG_SHARE == 0
        for workers in WORKERS:
            calls = SHARED_CALLS if strong else workers
            for way in WAYS:
                mode, _, start_method = way.partition("/")
                case = Case(workload, params, mode, start_method or None, workers, calls, PYTHON)
                yield case.baseline()
                yield case


def seconds(case: Case) -> float:
    """Return what a case takes but for drift and noise."""
    size: dict[str, Any] = dict(case.params)
    work: float = case.calls * (size["NUM"] * SECONDS_PER_COUNT if "NUM" in size else size["TIME"])
    if case.is_baseline:
        return work
    start = WAYS[f"{case.mode}/{case.start_method}" if case.start_method else case.mode]
    p = case.workers
    if case.workload == "io_bound":
        return start + work / p
    return start + work * (1.0 if case.mode == "threading" else (1 - SIGMA) / p + SIGMA + KAPPA * (p - 1))


def timings(case: Case, wall_ns: int) -> Iterator[Timing]:
    """Return the calls of a trial that took `wall_ns`: side by side, or in turn where a worker makes many."""
    each = case.calls // case.workers
    share = 0.0 if case.workload == "io_bound" else 1 / case.workers if case.mode == "threading" else 1.0
    for worker in range(case.workers):
        for call in range(each):
            begin, end = round(wall_ns * (call + 0.05) / each), round(wall_ns * (call + 0.95) / each)
            started = None if case.is_baseline else round(begin * 0.9)
            yield replace(
                NO_RECORD,
                worker=worker,
                call=call,
                pid=1000 + worker,
                process_name="MainProcess",
                thread_name=f"Thread-{worker + 1}",
                submitted_ns=None if case.is_baseline else 0,
                start_returned_ns=started,
                first_instruction_ns=started,
                begin_ns=begin,
                end_ns=end,
                cpu_ns=round((end - begin) * share),
                run_queue_ns=0,
                peak_rss_bytes=12_000_000,
            )


def block(every: Sequence[Case], repeat: int, chance: np.random.Generator) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Return every case once, in random order, with the columns of its trial."""
    drift = 1 + DRIFT * chance.standard_normal()
    for position, place in enumerate(chance.permutation(len(every)), start=1):
        case = every[place]
        wall_ns = round(seconds(case) * drift * (1 + NOISE * chance.standard_normal()) * 1e9)
        columns = {"warmup": False, "repeat": repeat, "position": position, "status": "ok", "elapsed_ns": wall_ns}
        columns |= {"start_ns": 0, "end_ns": wall_ns, "wall_ns": wall_ns, "gil": True}
        yield case, columns | {"started_at": "2024-01-02T03:04:05.678Z", "load_1min": 1.0}
