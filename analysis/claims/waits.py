"""Claims 1 and 2: the speed of threads and processes on I/O-bound work."""

from dataclasses import replace

import pandas as pd

from analysis.claims.bounds import ABOUT_AS_LONG, LONG_WAIT_S
from analysis.claims.evidence import THREADS, Trials, other_start_methods, remark, values_of, work_of
from analysis.claims.verdict import Answer, Question, Verdict, above, at_most, left_open
from analysis.grouping import SEQUENTIAL

IO_GRID = "workload: io_bound, TIME: 1, workers: [1, 2, 4], mode: [sequential, threading, multiprocessing], repeats: 10"


def claim_1(data: Trials) -> Verdict:
    """Answer whether threads and processes overlap waits."""
    claim = "Threads and processes both overlap I/O waits: n waits take about as long as one."
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    questions = []
    for name, way in (("threads", THREADS), (processes or "processes", processes)):
        about = f"{name}: n waits ÷ one sequential wait"
        if way is None or workers is None:
            questions.append(left_open(about, IO_GRID))
            continue
        ratio = values_of(trials, way, workers) / values_of(trials, SEQUENTIAL, 1)
        question = at_most(f"{about}, n = {workers}, {work_of(trials)}", ratio, ABOUT_AS_LONG, IO_GRID)
        questions.append(_unless_short(question, trials))
    others = other_start_methods(
        trials, processes, workers, lambda way, n: values_of(trials, way, n) / values_of(trials, SEQUENTIAL, 1)
    )
    return Verdict(1, claim, questions, remark("The other start methods, the same ratio", others))


def _unless_short(question: Question, trials: pd.DataFrame) -> Question:
    """Leave open what a short wait would refute: there the price of starting, which is claim 2's, hides the rest."""
    if question.answer is not Answer.NOT_CONFIRMED or trials["time"].max() >= LONG_WAIT_S:
        return question
    settle = f"{IO_GRID}: beside waits of less than {LONG_WAIT_S:g} s, what starting takes weighs too much"
    return replace(question, answer=Answer.CANNOT_SAY, settle=settle)


def claim_2(data: Trials) -> Verdict:
    """Answer whether processes wait as well as threads and cost more."""
    claim = (
        "For I/O, processes are as good as threads but cost more: creating a process takes longer than creating a "
        "thread, and a process needs more memory."
    )
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if workers is None or processes is None or THREADS not in set(trials["way"]):
        return Verdict(2, claim, [left_open("threads and processes on the same waits", IO_GRID)])
    where = f"{workers} workers, {work_of(trials)}"

    def ratio(value: str) -> pd.Series:
        return values_of(trials, processes, workers, value) / values_of(trials, THREADS, workers, value)

    questions = [
        _unless_short(
            at_most(f"total with {processes} ÷ total with threads, {where}", ratio("wall_s"), ABOUT_AS_LONG, IO_GRID),
            trials,
        ),
        above(f"start of a worker, {processes} ÷ thread, {where}", ratio("start_latency_s"), 1, IO_GRID),
        _memory(trials, workers, where),
    ]
    return Verdict(2, claim, questions, [_MEMORY])


_MEMORY = (
    "Memory is resident memory at its peak. A forked process shares its parent's pages, which resident memory counts "
    "too, so only processes that begin as fresh interpreters (spawn, forkserver) are compared."
)


def _memory(trials: pd.DataFrame, workers: int, where: str) -> Question:
    fresh = [way for way in ("multiprocessing/spawn", "multiprocessing/forkserver") if way in set(trials["way"])]
    if not fresh:
        return left_open("memory of a process beyond what a thread adds", f"{IO_GRID}, start_method: spawn")
    added = values_of(trials, THREADS, workers, "peak_rss_bytes") - values_of(
        trials, SEQUENTIAL, workers, "peak_rss_bytes"
    )
    beyond = values_of(trials, fresh[0], workers, "peak_rss_bytes") - added / workers
    about = f"memory of a process ({fresh[0]}) beyond what a thread adds, {where}"
    return above(about, beyond / 1e6, 0, IO_GRID, unit="MB")
