"""From which share of the CPU time on does a trial feel its neighbours? What two thresholds of the runner rest on.

``python -m benchmarks.neighbour`` runs trials beside a process that keeps one CPU busy for part of the time, in random
order, and prints what came of it on this machine, which should be quiet otherwise.
"""

import random
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.table import Table

from benchmarks.drivers import counts_in
from benchmarks.paired import host_to_oneself
from runner.display import console
from runner.executors.local import LocalExecutor
from runner.harness.cpus import usable_cpus
from runner.interrupt import Interrupt
from runner.noise import judge
from runner.outcome import Outcome

SHARES = (0.0, 0.1, 0.2, 0.4, 0.6, 1.0)
"""Of one CPU."""
ROUNDS = 15
WORK_S = 0.4
PERIOD_S = 0.02
BUSY = """
import sys, time
share, period = float(sys.argv[1]), float(sys.argv[2])
while True:
    until = time.perf_counter() + share * period
    while time.perf_counter() < until:
        pass
    time.sleep((1 - share) * period)
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trial told."""

    wall_ns: int
    others: float
    """Share of the CPU time that others used, as recorded."""
    flagged: bool


def main() -> None:
    """Measure, and print a row for each number of workers and each share."""
    seen: defaultdict[tuple[int, float], list[Seen]] = defaultdict(list)
    cpus, number = usable_cpus(), counts_in(WORK_S)
    cells = [(workers, share) for workers in sorted({1, cpus}) for share in SHARES]
    with host_to_oneself(), LocalExecutor() as executor, Interrupt() as interrupt:
        for _ in range(ROUNDS):
            for workers, share in random.sample(cells, len(cells)):
                with neighbour(share):
                    outcome = executor.run(request(number, workers), 60, interrupt, lambda: None)
                if interrupt.requested:
                    sys.exit(130)
                seen[workers, share].append(told(outcome, workers, cpus))
    console.results().print(table(seen, cells))


@contextmanager
def neighbour(share: float) -> Iterator[None]:
    """Keep one CPU busy for that share of the time."""
    if not share:
        yield
        return
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", BUSY, str(share), str(PERIOD_S)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def request(number: int, workers: int) -> dict[str, object]:
    """Ask for a call of CPU-bound work in each of so many forked processes."""
    work = {"kind": "trial", "workload": "cpu_bound", "params": {"NUM": number}}
    return {**work, "mode": "multiprocessing", "start_method": "fork", "workers": workers, "calls": workers}


def told(outcome: Outcome, workers: int, cpus: int) -> Seen:
    """Keep what matters here of a trial."""
    others_ns, wall_ns = outcome.surroundings.others_cpu_ns, outcome.wall_ns
    if others_ns is None or wall_ns is None:
        sys.exit(f"This machine does not tell what others use, or the trial failed: {outcome.reason}.")
    return Seen(wall_ns, others_ns / (outcome.elapsed_ns * cpus), bool(judge(outcome, workers, cpus).reasons))


def table(seen: dict[tuple[int, float], list[Seen]], cells: list[tuple[int, float]]) -> Table:
    """Lay out the medians, each beside that of the quiet machine."""
    found = Table("workers", "neighbour uses", "others' share, recorded", "time, against none", "flagged")
    for workers, share in cells:
        trials = seen[workers, share]
        quiet_ns, wall_ns = (statistics.median(one.wall_ns for one in seen[workers, other]) for other in (0.0, share))
        found.add_row(
            str(workers),
            f"{share:.0%} of a CPU",
            f"{statistics.median(one.others for one in trials):.0%}",
            f"{wall_ns / quiet_ns:.3f} ×",
            f"{sum(one.flagged for one in trials)} of {len(trials)}",
        )
    return found


if __name__ == "__main__":
    main()
