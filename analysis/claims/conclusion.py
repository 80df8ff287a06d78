"""Claim 8: which way of running to choose."""

from analysis.claims.bounds import NOTHING_GAINED
from analysis.claims.cpu import CPU_GRID, MORE_CPUS
from analysis.claims.evidence import THREADS, Trials, has_one_cpu, values_of, work_of
from analysis.claims.verdict import Verdict, above, at_most, left_open
from analysis.claims.waits import IO_GRID
from analysis.grouping import SEQUENTIAL


def claim_8(data: Trials) -> Verdict:
    """Answer whether processes suit CPU-bound work best, and threads I/O-bound work."""
    claim = "So: processes for CPU-bound work; threads first for I/O-bound work."
    questions = []
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, within_cpus=True)
    processes = data.processes(trials, workers)
    if workers is None or processes is None or has_one_cpu(trials):
        more = MORE_CPUS * has_one_cpu(trials)
        questions.append(left_open("processes against the other ways on CPU-bound work", CPU_GRID + more))
    else:
        own = values_of(trials, processes, workers)
        for name, way in (("sequential calls", SEQUENTIAL), ("threads", THREADS)):
            about = f"CPU-bound: time with {name} ÷ {processes}, {workers} workers, {work_of(trials)}"
            questions.append(above(about, values_of(trials, way, workers) / own, NOTHING_GAINED, CPU_GRID))
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if workers is None or THREADS not in set(trials["way"]):
        questions.append(left_open("threads against the other ways on I/O-bound work", IO_GRID))
    else:
        own = values_of(trials, THREADS, workers)
        about = f"I/O-bound: time with sequential calls ÷ threads, {workers} workers, {work_of(trials)}"
        questions.append(above(about, values_of(trials, SEQUENTIAL, workers) / own, NOTHING_GAINED, IO_GRID))
        about = f"I/O-bound: time with threads ÷ {processes or 'processes'}, {workers} workers, {work_of(trials)}"
        theirs = values_of(trials, processes, workers) if processes else own.iloc[:0]
        questions.append(at_most(about, own / theirs, NOTHING_GAINED, IO_GRID))
    return Verdict(8, claim, questions)
