"""Claim 6: whether other workers survive a crash."""

from dataclasses import replace

import pandas as pd

from analysis.claims.bounds import ALL_SURVIVE
from analysis.claims.evidence import THREADS, Trials, values_of, work_of
from analysis.claims.verdict import Answer, Question, Verdict, above, at_most, left_open
from analysis.grouping import SEQUENTIAL

CRASH_GRID = "workload: crashing, NUM: 1_000_000, workers: 3, mode: [threading, multiprocessing], repeats: 10"


def claim_6(data: Trials) -> Verdict:
    """Answer whether a process that crashes takes no other down."""
    claim = "Processes isolate: one that crashes does not take the others down."
    trials = data.crashed
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    share, settle = "share of the other workers' calls that came to their end after a crash", CRASH_GRID
    if workers is None or processes is None:
        return Verdict(6, claim, [left_open(share, settle)])
    where = f"{workers} workers, {work_of(trials)}"
    beside = values_of(trials, processes, workers, "beside")
    questions = [
        _unless_some_fell(above(f"{share}, {processes}, {where}", beside, ALL_SURVIVE, settle, unit=""), beside)
    ]
    if THREADS in set(trials["way"]):
        threads = values_of(trials, THREADS, workers, "beside")
        questions.append(at_most(f"the same with threads, which share a process, {where}", threads, 0, settle, unit=""))
    else:
        questions.append(left_open("the same with threads, which share a process", settle))
    return Verdict(6, claim, questions, [_survivors(trials[trials["workers"] == workers])])


def _unless_some_fell(question: Question, beside: pd.Series) -> Question:
    """Leave open what a median confirms in spite of a trial in which others were taken down."""
    fell = int((beside < 1).sum())
    if question.answer is not Answer.CONFIRMED or not fell:
        return question
    settle = (
        f"why others did not come to their end in {fell} of {len(beside)} trials: see `error` of the crashed trials"
    )
    return replace(question, answer=Answer.CANNOT_SAY, settle=settle)


def _survivors(trials: pd.DataFrame) -> str:
    words = [
        f"{way} {int(own['survived'].sum())} of {int((own['calls'] - 1).sum())}"
        for way, own in trials.groupby("way", sort=False)
        if way != SEQUENTIAL
    ]
    return f"Calls beside a crash that came to their end: {'; '.join(words)}."
