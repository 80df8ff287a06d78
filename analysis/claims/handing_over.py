"""Claim 7: the cost of passing data between workers."""

from collections.abc import Iterable

import pandas as pd

from analysis.claims.bounds import ABOUT_AS_LONG
from analysis.claims.evidence import THREADS, Trials, values_of, work_of
from analysis.claims.verdict import Question, Verdict, above, left_open
from analysis.grouping import number

CHANNELS = {"a pipe": "pass_by_pipe", "a queue": "pass_by_queue", "shared memory": "pass_by_shared_memory"}
"""The workloads that hand data over within a call, between its BEGIN and its END."""
BY_ARGUMENT = "pass_by_argument"
"""The workload that is handed its data with the task, before its BEGIN, and returns it."""
GRID = (
    "workload: [pass_by_pipe, pass_by_queue, pass_by_shared_memory, pass_by_argument], SIZE: [1_000, 10_000_000], "
    "workers: 2, mode: [threading, multiprocessing, thread_pool, process_pool], repeats: 10"
)


def claim_7(data: Trials) -> Verdict:
    """Answer whether processes pay more than threads for handing data over."""
    claim = (
        "Threads share memory and communicate cheaply; processes must use pipes, queues or shared memory, and pay "
        "for it."
    )
    questions = [question for name, workload in CHANNELS.items() for question in _handed_over(data, name, workload)]
    questions += _as_arguments(data)
    return Verdict(7, claim, questions or [left_open("the time to hand data over", GRID)])


def _handed_over(data: Trials, name: str, workload: str) -> Iterable[Question]:
    """Ask what a call takes that hands data over, between processes and between threads, and whether it grows."""
    trials, smallest = data.largest(workload), data.smallest(workload)
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if trials.empty:
        return
    if workers is None or processes is None or THREADS not in set(trials["way"]):
        yield left_open(f"processes against threads that hand data over by {name}", GRID)
        return
    where = f"{workers} workers, {work_of(trials)}"
    own = values_of(trials, processes, workers, "busy_s") / workers
    theirs = values_of(trials, THREADS, workers, "busy_s") / workers
    yield above(f"by {name}: a call with {processes} ÷ with threads, {where}", own / theirs, ABOUT_AS_LONG, GRID)
    less = values_of(smallest, processes, workers, "busy_s") / workers
    about = f"by {name}: what a call with {processes} takes longer than with {_argument(smallest)}, {where}"
    yield _longer(about, own - less, smallest)


def _as_arguments(data: Trials) -> Iterable[Question]:
    """Ask what handing data over with a task costs. It ends before BEGIN, so it shows in the total alone.

    There the price of starting hides it: what counts is by how much the total grows with the data.
    """
    pools = ("thread_pool", "process_pool")
    trials, smallest = data.largest(BY_ARGUMENT), data.smallest(BY_ARGUMENT)
    workers = data.workers(trials, pools, within_cpus=False)
    processes = data.processes(trials, workers, "process_pool")
    if trials.empty:
        return
    about = "as arguments: by how much longer a call takes with more data"
    if workers is None or processes is None or "thread_pool" not in set(trials["way"]):
        yield left_open(f"{about}, in pools of processes and of threads", GRID)
        return
    own, theirs = (
        (values_of(trials, way, workers) - values_of(smallest, way, workers)) / workers
        for way in (processes, "thread_pool")
    )
    about += f" than {_argument(smallest)}, {processes} beyond thread_pool, {workers} workers, {work_of(trials)}"
    yield _longer(about, own - theirs, smallest)


def _longer(about: str, seconds: pd.Series, smallest: pd.DataFrame) -> Question:
    if smallest.empty:
        return left_open(about, GRID)
    return above(about, seconds * 1e3, 0, GRID, unit="ms")


def _argument(trials: pd.DataFrame) -> str:
    return "a smaller SIZE" if trials.empty else f"SIZE = {number(int(trials['work_size'].iloc[0]))}"
