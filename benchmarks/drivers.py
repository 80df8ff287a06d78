"""What runs a case here: the study's driver, bare, and the runner's harness."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.executors import Executor
from runner.executors.local import LocalExecutor
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.workload import builtin
from runner.outcome import Outcome
from runner.request import TrialRequest
from runner.signals import interruptible

BARE = Path(__file__).with_name("bare.py")
WAYS = ("sequential", "threading", "fork", "spawn", "forkserver")
TIMEOUT_S = 60.0
COUNTS_A_SECOND = 5_000_000
"""Fewer than machines of today make: so a trial run takes no longer than the work itself."""
Taken = tuple[float, float]
"""Seconds of the total and, on average, of a call."""


@contextmanager
def shuffled_memory() -> Iterator[None]:
    """Let the interpreters that are compared have their free memory in random order (see `shuffled`)."""
    os.environ["PYTHONPATH"] = str(Path(__file__).with_name("shuffled"))
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]


def bare(workload: str, way: str, size: float, driver: Path = BARE) -> Taken:
    """Run the bare driver and return what it printed. Raises KeyboardInterrupt when Ctrl-C ended it."""
    argv = [interpreter_under_test(), str(driver), workload, way, str(size)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if _interrupted(done):
        raise KeyboardInterrupt
    total = re.findall(r"Finished in (\S+) seconds", done.stdout)
    calls = re.findall(r"END after (\S+) seconds", done.stdout)
    if done.returncode or len(total) != 1 or len(calls) != 2:
        raise RuntimeError(f"the bare driver ended with {done.returncode} and printed {done.stdout + done.stderr!r}")
    return float(total[0]), sum(map(float, calls)) / 2


def _interrupted(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether Ctrl-C ended a child, which gets it too, while this process only notes it (see `interruptible`).

    An interpreter that is still starting ends with 1 then, and says why.
    """
    return done.returncode in (-signal.SIGINT, 130) or (done.returncode == 1 and "KeyboardInterrupt" in done.stderr)


def harness(executor: Executor, interrupt: Interrupt, workload: str, way: str, size: float) -> Taken:
    """Run the same case as the runner does."""
    starts_processes = way not in ("sequential", "threading")
    request = TrialRequest(
        workload=workload,
        params={"NUM" if workload == "cpu_bound" else "TIME": size},
        mode="multiprocessing" if starts_processes else way,
        start_method=way if starts_processes else None,
        workers=1 if way == "sequential" else 2,
        calls=2,
    )
    outcome = run(executor, interrupt, request)
    spans = [(timing.begin_ns, timing.end_ns) for timing in outcome.timings]
    calls_ns = [end_ns - begin_ns for begin_ns, end_ns in spans if begin_ns is not None and end_ns is not None]
    if outcome.wall_ns is None or len(calls_ns) != 2:
        raise RuntimeError(f"the trial {outcome.status}: {outcome.reason} {outcome.output or ''}")
    return outcome.wall_ns / 1e9, sum(calls_ns) / 2e9


def trial_of(case: Case) -> Outcome:
    """Run one trial of a case."""
    with LocalExecutor() as executor, interruptible() as interrupt:
        return run(executor, interrupt, case.request(builtin(case.workload)))


def run(executor: Executor, interrupt: Interrupt, request: TrialRequest) -> Outcome:
    """Run a trial. Raises KeyboardInterrupt for the Ctrl-C that `interrupt` has noted."""
    outcome = executor.run(request, TIMEOUT_S, interrupt, tick=lambda: None)
    if interrupt.requested:
        raise KeyboardInterrupt
    return outcome


def counts_in(seconds: float) -> int:
    """Return the NUM that takes about `seconds` on this machine."""
    number = round(seconds * COUNTS_A_SECOND)
    return round(number * seconds / min(bare("cpu_bound", "sequential", number)[1] for _ in range(5)))
