"""How much CPU time must other processes use to slow a trial down? Two thresholds of the runner are based on this.

``python -m benchmarks.neighbour`` runs trials beside a process that keeps one CPU busy for part of the time, in random
order, and prints how long they took on this machine, which should be idle otherwise.
"""

import random
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.table import Table

from benchmarks.bench import Bench, Scale, Watch, host_to_oneself
from benchmarks.drivers import counts_in, run
from runner.display import console
from runner.errors import Interrupted
from runner.executors.local import LocalExecutor
from runner.harness.cpus import usable_cpus
from runner.noise import judge
from runner.outcome import Outcome
from runner.request import TrialRequest
from runner.signals import interruptible

Cell = tuple[int, float]
"""Workers of the trial, and the share of one CPU that its neighbour uses."""
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
class Size:
    """How much is measured."""

    shares: tuple[float, ...]
    """Of one CPU, the first one nothing."""
    rounds: int
    work_s: float


FULL = Size(shares=(0.0, 0.1, 0.2, 0.4, 0.6, 1.0), rounds=15, work_s=0.4)
SMOKE = Size(shares=(0.0, 1.0), rounds=1, work_s=0.002)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was recorded of a trial."""

    wall_ns: int
    others: float
    """Share of the CPU time that others used, as recorded."""
    flagged: bool


def main() -> None:
    """Measure, and print a row for each number of workers and each share."""
    try:
        with host_to_oneself(), Watch() as watch:
            found = measure(Bench(Scale.FULL, watch))
    except (KeyboardInterrupt, Interrupted):
        sys.exit(130)
    except RuntimeError as error:
        sys.exit(str(error))
    console.results().print(found)


def measure(bench: Bench) -> Table:
    """Run trials beside each neighbour, in random order, and return a table of the medians."""
    size = bench.scale.pick(full=FULL, smoke=SMOKE)
    seen: defaultdict[Cell, list[Seen]] = defaultdict(list)
    cpus, number = usable_cpus(), counts_in(size.work_s)
    cells = [(workers, share) for workers in sorted({1, cpus}) for share in size.shares]
    bench.watch.begins("trials beside a neighbour", size.rounds)
    with LocalExecutor() as executor, interruptible() as interrupt:
        for _ in range(size.rounds):
            for workers, share in random.sample(cells, len(cells)):
                with neighbour(share):
                    outcome = run(executor, interrupt, request(number, workers))
                seen[workers, share].append(told(outcome, workers))
            bench.watch.step()
    return table(seen, cells)


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


def request(number: int, workers: int) -> TrialRequest:
    """Return a request for one call of CPU-bound work in each of `workers` forked processes."""
    return TrialRequest(
        workload="cpu_bound",
        params={"NUM": number},
        mode="multiprocessing",
        start_method="fork",
        workers=workers,
        calls=workers,
    )


def told(outcome: Outcome, workers: int) -> Seen:
    """Return what is needed of a trial of `workers` workers. Raises RuntimeError where that is not known."""
    others_ns, wall_ns = outcome.surroundings.others_cpu_ns, outcome.wall_ns
    if others_ns is None or wall_ns is None:
        raise RuntimeError(f"This machine does not tell what others use, or the trial failed: {outcome.reason}.")
    capacity_ns = outcome.elapsed_ns * outcome.host.usable_cpus
    return Seen(wall_ns, others_ns / capacity_ns, bool(judge(outcome, workers).reasons))


def table(seen: Mapping[Cell, Sequence[Seen]], cells: Sequence[Cell]) -> Table:
    """Return the medians, each time divided by that without a neighbour."""
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
