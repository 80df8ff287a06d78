"""Do short and many calls take through the harness what they take in a script of one's own?

In every mode, from calls of a microsecond, which are far shorter than what a full record of one costs.
"""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import short_work
from benchmarks.bench import Bench
from benchmarks.drivers import run
from benchmarks.paired import rounds
from benchmarks.result import Aim, Result, ratio_of_medians
from runner.executors import Executor
from runner.executors.local import LocalExecutor
from runner.harness.signature import describe
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.request import Reference, TrialRequest
from runner.signals import interruptible

FOLDER = Path(__file__).parent
BARE = FOLDER / "bare_calls.py"
CALLS = {1e-6: 20_000, 3e-5: 1_500, 3e-4: 200, 3e-3: 20}
"""How many calls, by the seconds of one."""
TASKS = {1e-6: 2_000, 3e-5: 1_000, 3e-4: 200, 3e-3: 20}
"""Fewer where each call is a task, which alone takes tens of microseconds."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Calls of one length in one mode."""

    function: str
    mode: str
    call_s: float
    calls: int
    workers: int

    @property
    def name(self) -> str:
        """Return it in words."""
        checked = ", checked" if self.function == "count_checked" else ""
        return f"{self.calls:,} calls of {1e6 * self.call_s:g} µs, {self.mode}{checked}: total"


def measure(bench: Bench) -> Iterator[Result]:
    """Compare the totals in pairs."""
    number = bench.scale.pick(full=30, quick=20, smoke=1)
    a_second = _counts_a_second()
    with LocalExecutor() as executor, interruptible() as interrupt:
        for kind in _kinds():
            one = bench.scale.pick(full=kind, smoke=replace(kind, calls=20))
            counts = max(1, round(one.call_s * a_second))
            contenders = {
                "harness": partial(_harness, executor, interrupt, one, counts),
                "bare": partial(_bare, one, counts),
            }
            taken = rounds(contenders, number, bench.watch, one.name)
            note = f"{1e3 * median(taken['harness']):.4g} ms, bare {1e3 * median(taken['bare']):.4g} ms"
            yield Result(1, one.name, ratio_of_medians(taken["harness"], taken["bare"]), aim=Aim(0.99, 1.01), note=note)


def _kinds() -> Iterator[Kind]:
    for call_s, calls in CALLS.items():
        yield Kind("count", "sequential", call_s, calls, 1)
        yield Kind("count", "threading", call_s, calls, 2)
        yield Kind("count", "fork", call_s, calls, 2)
    for call_s, calls in TASKS.items():
        yield Kind("count", "thread_pool", call_s, calls, 2)
        yield Kind("count", "process_pool", call_s, calls, 2)
        yield Kind("count_async", "asyncio", call_s, calls, 2)
    yield Kind("count_checked", "sequential", 3e-5, CALLS[3e-5], 1)


def _padding() -> dict[str, str]:
    """Return a variable of random length: the size of the environment decides where the stack begins, and how fast a
    counting loop is."""
    return {"PADDING": "x" * random.randrange(4096)}  # noqa: S311 - no secret


def _counts_a_second() -> float:
    begin, counts = time.perf_counter(), 1_000_000
    short_work.count(counts)
    return counts / (time.perf_counter() - begin)


def _bare(kind: Kind, counts: int) -> float:
    words = [kind.function, kind.mode, str(kind.calls), str(kind.workers), str(counts)]
    argv = [interpreter_under_test(), str(BARE), *words]
    done = subprocess.run(argv, env={**os.environ, **_padding()}, capture_output=True, text=True, check=False)
    if done.returncode < 0:  # by Ctrl-C
        raise KeyboardInterrupt
    if done.returncode:
        raise RuntimeError(f"the bare calls ended with {done.returncode}: {done.stderr}")
    return int(done.stdout) / 1e9


def _harness(executor: Executor, interrupt: Interrupt, kind: Kind, counts: int) -> float:
    starts = kind.mode in ("fork", "process_pool")
    function = getattr(short_work, kind.function)
    request = TrialRequest(
        workload=kind.function,
        params={"number": counts},
        mode="multiprocessing" if kind.mode == "fork" else kind.mode,
        start_method="fork" if starts else None,
        workers=kind.workers,
        calls=kind.calls,
        takes=describe(function)["takes"],
        function=Reference(
            name=f"short_work.py:{kind.function}",
            module="short_work",
            qualname=kind.function,
            folder=str(FOLDER),
            file=short_work.__file__,
        ),
        conditions={"barrier": True} if hasattr(function, "check") else {},
        env=_padding(),
    )
    outcome = run(executor, interrupt, request)
    if outcome.wall_ns is None:
        raise RuntimeError(f"the trial {outcome.status}: {outcome.reason} {outcome.output or ''}")
    return outcome.wall_ns / 1e9
