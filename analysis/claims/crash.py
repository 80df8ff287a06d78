"""Claim 6: whether other workers survive a crash."""

from dataclasses import replace
from functools import partial

import pandas as pd
from scipy.stats import binomtest

from analysis.claims.bounds import SURVIVE
from analysis.claims.evidence import THREADS, Trials, values_of, work_of
from analysis.claims.verdict import Answer, Question, Verdict, decided, left_open
from analysis.grouping import SEQUENTIAL
from runner.numbers.medians import Estimate

CRASH_GRID = "workload: crashing, NUM: 1_000_000, workers: 3, mode: [threading, multiprocessing], repeats: 10"


def claim_6(data: Trials) -> Verdict:
    """Answer whether a process that crashes takes no other down."""
    claim = "Processes isolate: one that crashes does not take the others down."
    trials = data.crashed
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    share = "share of the trials in which all other calls came to their end after a crash"
    if workers is None or processes is None:
        return Verdict(6, claim, [left_open(share, CRASH_GRID)])
    where = f"{workers} workers, {work_of(trials)}"
    beside = values_of(trials, processes, workers, "beside")
    bound = max(least for many, least in SURVIVE.items() if many <= len(beside))
    question = _share(f"{share}, {processes}, {where}", beside == 1, bound, "above")
    questions = [_unless_some_fell(question, beside)]
    if THREADS in set(trials["way"]):
        threads = values_of(trials, THREADS, workers, "beside")
        about = f"share of the trials in which any other call came to its end, threads (which share a process), {where}"
        questions.append(_share(about, threads > 0, 1 - bound, "at most"))
    else:
        questions.append(left_open("the same with threads, which share a process", CRASH_GRID))
    return Verdict(6, claim, questions, [_survivors(trials[trials["workers"] == workers])])


def _share(about: str, happened: pd.Series, bound: float, relation: str) -> Question:
    if happened.empty:
        return left_open(about, CRASH_GRID)
    return decided(about, partial(proportion, int(happened.sum()), len(happened)), bound, relation, "")


def proportion(happened: int, n: int, level: float) -> Estimate:
    """Return the share of trials in which something happened, with its exact interval (Clopper & Pearson 1934).

    Each end alone has that level, because a share is compared with a bound on one side.
    """
    ends = binomtest(happened, n).proportion_ci(2 * level - 1)
    return Estimate(happened / n, float(ends.low), float(ends.high), n)


def _unless_some_fell(question: Question, beside: pd.Series) -> Question:
    """Leave open what most trials confirm in spite of one in which others were taken down."""
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
