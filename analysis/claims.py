"""The study's claims, each answered from the trials: confirmed, not confirmed, or cannot say. Pure.

A claim is taken apart into questions, each about one figure that has an interval and a bound. A question is confirmed
when its whole interval lies on the right side of the bound, not confirmed when it lies wholly on the other, and open
otherwise. A claim is confirmed when all its questions are, and not confirmed as soon as one is not; as each question
must hold by itself, their number calls for no correction. Figures are compared within blocks, on the largest size
that was swept: what the study is about is the work, and the price of starting is a question of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pandas as pd

from analysis.grouping import SEQUENTIAL, WEAK
from analysis.statistics import MIN_BLOCKS, Estimate, estimate, measured

ABOUT_AS_LONG = 1.10
"""Up to a tenth longer counts as about as long."""
NOTHING_GAINED = 1.05
"""A speedup of up to 5 % counts as none."""
ALMOST_IDEAL = 0.80
"""A total falls almost as 1/n where at least four fifths of each CPU are gained (the study's own figures: 0.90)."""
LONG_WAIT_S = 1.0
"""Shorter waits do not refute that waits overlap; the study's took 10 s."""
SMALL_S = 0.1
"""An overhead of up to a tenth of a second counts as small."""
STEADY = 0.05
"""An overhead counts as constant if it grows by no more than this for each second of ideal time."""

THREADS = "threading"
PROCESSES = "multiprocessing"


class Answer(StrEnum):
    """What the data say."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    CANNOT_SAY = "cannot say"


@dataclass(frozen=True, slots=True)
class Question:
    """One figure and the bound it must keep."""

    about: str
    """What was compared, in words, and on what."""
    found: Estimate | None
    """None where the trials that it takes are not there."""
    bound: str
    """Such as ``at most 1.10``."""
    answer: Answer
    unit: str = "×"
    settle: str | None = None
    """What to sweep, where the answer is open."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, its answer, and what that rests on."""

    number: int
    claim: str
    questions: Sequence[Question]
    remarks: Sequence[str] = field(default=())

    @property
    def answer(self) -> Answer:
        """Return the answer to all questions together."""
        answers = {question.answer for question in self.questions}
        if Answer.NOT_CONFIRMED in answers:
            return Answer.NOT_CONFIRMED
        return Answer.CONFIRMED if answers == {Answer.CONFIRMED} else Answer.CANNOT_SAY

    @property
    def settle(self) -> list[str]:
        """Return what to sweep for an answer, without repetitions; nothing where there is one."""
        if self.answer is not Answer.CANNOT_SAY:
            return []
        return list(dict.fromkeys(question.settle for question in self.questions if question.settle))


def verdicts(trials: pd.DataFrame, break_even: pd.DataFrame) -> list[Verdict]:
    """Answer the study's eight claims from the trials of one sweep on one interpreter.

    `trials` are grouped (see `analysis.grouping`), with the columns of `load.activity`; `break_even` is what
    `breakeven.break_even` made of them.
    """
    data = _Trials(measured(trials), break_even)
    return [answer(data) for answer in (_1, _2, _3, _4, _5, _6, _7, _8)]


class _Trials:
    """The trials that count, and the cases among them that speak for the study's."""

    def __init__(self, trials: pd.DataFrame, break_even: pd.DataFrame) -> None:
        self.all = trials[trials["scaling"] == WEAK]
        self.break_even = break_even

    def largest(self, workload: str) -> pd.DataFrame:
        """Return the trials of the workload's largest size that was run with more than one worker."""
        own = self.all[self.all["workload"] == workload]
        several = own[own["workers"] > 1]
        if several.empty:
            return several
        per_call = (several["wall_s"] / several["calls"]).groupby(several["work"]).median()
        column = "num" if several["num"].notna().any() else "time"
        sizes = several.groupby("work")[column].max()
        return own[own["work"] == (sizes if sizes.notna().all() else per_call).idxmax()]

    def workers(
        self, trials: pd.DataFrame, modes: Sequence[str] = (THREADS, PROCESSES), *, within_cpus: bool
    ) -> int | None:
        """Return the most workers that all of these modes had; up to the usable CPUs, if that leaves any."""
        several = trials[trials["workers"] > 1]
        counts = set(several["workers"])
        for mode in modes:
            counts &= set(several.loc[several["mode"] == mode, "workers"]) or counts
        within = [count for count in counts if count <= several["usable_cpus"].max()]
        chosen = within if within_cpus and within else counts
        return int(max(chosen)) if chosen else None

    def processes(self, trials: pd.DataFrame, workers: int | None) -> str | None:
        """Return the way that stands for that many processes: the interpreter's own start method, or the fastest."""
        own = trials[(trials["mode"] == PROCESSES) & (trials["workers"] == workers)]
        if own.empty:
            return None
        usual = own[own["default_start"].fillna(False).astype(bool)]
        return str((own if usual.empty else usual).groupby("way")["wall_s"].median().idxmin())


def _one_cpu(trials: pd.DataFrame) -> bool:
    return len(trials) > 0 and int(trials["usable_cpus"].max()) < 2


def _blocks(trials: pd.DataFrame, way: str, workers: int, value: str = "wall_s") -> pd.Series:
    """Return `value` of a case by block: of `way`, with that many workers or (sequentially) as many calls."""
    column = "calls" if way == SEQUENTIAL else "workers"
    chosen = trials[(trials["way"] == way) & (trials[column] == workers)]
    return chosen.drop_duplicates("repeat").set_index("repeat")[value].dropna()


def _at_most(about: str, values: pd.Series, bound: float, settle: str, **more: str) -> Question:
    return _judged(about, values, bound, "at most", settle, **more)


def _above(about: str, values: pd.Series, bound: float, settle: str, **more: str) -> Question:
    return _judged(about, values, bound, "above", settle, **more)


def _judged(about: str, values: pd.Series, bound: float, relation: str, settle: str, unit: str = "×") -> Question:
    known = values.dropna()
    if known.empty:
        return _open(about, settle)
    return _decided(about, estimate(known), bound, relation, unit)


def _decided(about: str, found: Estimate, bound: float, relation: str, unit: str) -> Question:
    below = relation == "at most"
    words = f"{relation} {bound:g}" if unit != "×" or bound == 1 else f"{relation} {bound:.2f}"
    if not found.has_interval:
        few = f"repeats: 10 (an interval takes {MIN_BLOCKS} blocks, there are {found.n})"
        return Question(about, found, words, Answer.CANNOT_SAY, unit, few)
    right = found.high <= bound if below else found.low > bound
    wrong = found.low > bound if below else found.high <= bound
    answer = Answer.CONFIRMED if right else Answer.NOT_CONFIRMED if wrong else Answer.CANNOT_SAY
    more = f"the same with repeats: {4 * found.n}, for a narrower interval"
    return Question(about, found, words, answer, unit, more if answer is Answer.CANNOT_SAY else None)


def _open(about: str, settle: str) -> Question:
    return Question(about, None, "", Answer.CANNOT_SAY, "", settle)


_IO = "workload: io_bound, TIME: 1, workers: [1, 2, 4], mode: [sequential, threading, multiprocessing], repeats: 10"
_CPU = (
    "workload: cpu_bound, NUM: 10_000_000, workers: [1, 2], mode: [sequential, threading, multiprocessing], repeats: 10"
)
_CPUS = ", on a machine with two or more usable CPUs"
_SIZES = (
    "workload: cpu_bound, NUM: [10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000], workers: 2, "
    "mode: [sequential, multiprocessing], repeats: 10"
)


def _of(trials: pd.DataFrame) -> str:
    return str(trials["work"].iloc[0])


def _1(data: _Trials) -> Verdict:
    claim = "Threads and processes both overlap I/O waits: n waits take about as long as one."
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    questions = []
    for name, way in (("threads", THREADS), (processes or "processes", processes)):
        about = f"{name}: n waits ÷ one sequential wait"
        if way is None or workers is None:
            questions.append(_open(about, _IO))
            continue
        ratio = _blocks(trials, way, workers) / _blocks(trials, SEQUENTIAL, 1)
        question = _at_most(f"{about}, n = {workers}, {_of(trials)}", ratio, ABOUT_AS_LONG, _IO)
        questions.append(_unless_short(question, trials))
    others = _also(trials, processes, workers, lambda way, n: _blocks(trials, way, n) / _blocks(trials, SEQUENTIAL, 1))
    return Verdict(1, claim, questions, _remark("The other start methods, the same ratio", others))


def _unless_short(question: Question, trials: pd.DataFrame) -> Question:
    """Leave open what a short wait would refute: there the price of starting, which is claim 2's, hides the rest."""
    if question.answer is not Answer.NOT_CONFIRMED or trials["time"].max() >= LONG_WAIT_S:
        return question
    settle = f"{_IO}: beside waits of less than {LONG_WAIT_S:g} s, what starting takes weighs too much"
    return replace(question, answer=Answer.CANNOT_SAY, settle=settle)


def _2(data: _Trials) -> Verdict:
    claim = (
        "For I/O, processes are as good as threads but cost more: creating a process takes longer than creating a "
        "thread, and a process needs more memory."
    )
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if workers is None or processes is None or THREADS not in set(trials["way"]):
        return Verdict(2, claim, [_open("threads and processes on the same waits", _IO)])
    where = f"{workers} workers, {_of(trials)}"

    def ratio(value: str) -> pd.Series:
        return _blocks(trials, processes, workers, value) / _blocks(trials, THREADS, workers, value)

    questions = [
        _unless_short(
            _at_most(f"total with {processes} ÷ total with threads, {where}", ratio("wall_s"), ABOUT_AS_LONG, _IO),
            trials,
        ),
        _above(f"start of a worker, {processes} ÷ thread, {where}", ratio("start_latency_s"), 1, _IO),
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
        return _open("memory of a process beyond what a thread adds", f"{_IO}, start_method: spawn")
    added = _blocks(trials, THREADS, workers, "peak_rss_bytes") - _blocks(trials, SEQUENTIAL, workers, "peak_rss_bytes")
    beyond = _blocks(trials, fresh[0], workers, "peak_rss_bytes") - added / workers
    about = f"memory of a process ({fresh[0]}) beyond what a thread adds, {where}"
    return _above(about, beyond / 1e6, 0, _IO, unit="MB")


def _3(data: _Trials) -> Verdict:
    claim = "CPU-bound threads gain nothing over sequential calls (with the global interpreter lock)."
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, [THREADS], within_cpus=True)
    if workers is None or THREADS not in set(trials["way"]) or _one_cpu(trials):
        return Verdict(3, claim, [_open("threads on CPU-bound work", _CPU + _CPUS * _one_cpu(trials))])
    speedup = _blocks(trials, SEQUENTIAL, workers) / _blocks(trials, THREADS, workers)
    about = f"speedup of {workers} threads over sequential calls, {_of(trials)}"
    return Verdict(3, claim, [_at_most(about, speedup, NOTHING_GAINED, _CPU)], _lock(trials))


def _lock(trials: pd.DataFrame) -> list[str]:
    states = set(trials["gil"].dropna())
    return [f"The interpreter lock was {' and '.join(sorted(states))}."] if states else []


def _4(data: _Trials) -> Verdict:
    claim = "CPU-bound processes run truly in parallel: the total falls almost as 1/n while there are cores."
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, [PROCESSES], within_cpus=True)
    processes = data.processes(trials, workers)
    cpus = int(trials["usable_cpus"].max()) if len(trials) else 0
    counts = sorted({int(n) for n in trials.loc[trials["way"] == processes, "workers"] if 1 < n <= cpus})
    if processes is None or not counts:
        return Verdict(4, claim, [_open("processes, up to the usable CPUs", _CPU + _CPUS * _one_cpu(trials))])
    questions = []
    for n in counts:
        speedup = _blocks(trials, SEQUENTIAL, n) / _blocks(trials, processes, n)
        about = f"efficiency (speedup ÷ workers) of {n} with {processes}, {_of(trials)}"
        questions.append(_above(about, speedup / n, ALMOST_IDEAL, _CPU))
    n = counts[-1]
    busy = _blocks(trials, processes, n, "cpu_s") / _blocks(trials, processes, n, "compute_s")
    questions.append(_above(f"CPUs kept busy at once by {n} with {processes}", busy, 1, _CPU, unit="CPUs"))
    others = _also(trials, processes, n, lambda way, n: _blocks(trials, SEQUENTIAL, n) / _blocks(trials, way, n) / n)
    return Verdict(4, claim, questions, _remark("The other start methods, the same efficiency", others))


def _5(data: _Trials) -> Verdict:
    claim = (
        "Multiprocessing's price on CPU-bound work is a small, constant overhead: the difference between what is "
        "measured and the ideal does not grow with NUM."
    )
    trials = data.largest("cpu_bound")
    processes = data.processes(trials, data.workers(trials, [PROCESSES], within_cpus=True))
    rows = data.break_even
    rows = rows[(rows["workload"] == "cpu_bound") & (rows["scaling"] == WEAK) & (rows["way"] == processes)]
    rows = rows[(rows["against"] == SEQUENTIAL) & rows["gain"].notna()]
    if rows.empty or _one_cpu(trials):
        return Verdict(5, claim, [_open("the overhead at six sizes or more", _SIZES + _CPUS * _one_cpu(trials))])
    cpus = int(trials["usable_cpus"].max())
    within = rows[rows["workers"] <= cpus]
    row = (rows if within.empty else within).sort_values("workers").iloc[-1]
    ideal, n = min(int(row["workers"]), cpus), int(row["blocks"])
    start = Estimate(row["start_s"], row["start_low"], row["start_high"], n)
    gain, low, high = (ideal * float(row[end]) - 1 for end in ("gain", "gain_low", "gain_high"))
    growth = Estimate(gain, low, high, n)
    where = f"{int(row['workers'])} with {processes}, {int(row['sizes'])} sizes"
    questions = [
        _decided(f"overhead on no work at all, {where}", start, SMALL_S, "at most", "s"),
        _decided(f"its growth for each second of ideal time, {where}", growth, STEADY, "at most", "s"),
    ]
    return Verdict(5, claim, questions)


def _6(_: _Trials) -> Verdict:
    claim = "Processes isolate: one that crashes does not take the others down."
    settle = "nothing yet: it takes a workload that crashes one worker beside healthy ones, and no workload here does"
    return Verdict(6, claim, [_open("what became of the other workers after a crash", settle)])


def _7(_: _Trials) -> Verdict:
    claim = (
        "Threads share memory and communicate cheaply; processes must use pipes, queues or shared memory, and pay "
        "for it."
    )
    settle = "nothing yet: it takes a workload that hands data over, and no workload here does"
    return Verdict(7, claim, [_open("the time to hand data over", settle)])


def _8(data: _Trials) -> Verdict:
    claim = "So: processes for CPU-bound work; threads first for I/O-bound work."
    questions = []
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, within_cpus=True)
    processes = data.processes(trials, workers)
    if workers is None or processes is None or _one_cpu(trials):
        more = _CPUS * _one_cpu(trials)
        questions.append(_open("processes against the other ways on CPU-bound work", _CPU + more))
    else:
        own = _blocks(trials, processes, workers)
        for name, way in (("sequential calls", SEQUENTIAL), ("threads", THREADS)):
            about = f"CPU-bound: time with {name} ÷ {processes}, {workers} workers, {_of(trials)}"
            questions.append(_above(about, _blocks(trials, way, workers) / own, NOTHING_GAINED, _CPU))
    trials = data.largest("io_bound")
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if workers is None or THREADS not in set(trials["way"]):
        questions.append(_open("threads against the other ways on I/O-bound work", _IO))
    else:
        own = _blocks(trials, THREADS, workers)
        about = f"I/O-bound: time with sequential calls ÷ threads, {workers} workers, {_of(trials)}"
        questions.append(_above(about, _blocks(trials, SEQUENTIAL, workers) / own, NOTHING_GAINED, _IO))
        about = f"I/O-bound: time with threads ÷ {processes or 'processes'}, {workers} workers, {_of(trials)}"
        theirs = _blocks(trials, processes, workers) if processes else own.iloc[:0]
        questions.append(_at_most(about, own / theirs, NOTHING_GAINED, _IO))
    return Verdict(8, claim, questions)


def _also(
    trials: pd.DataFrame, processes: str | None, workers: int | None, values: Callable[[str, int], pd.Series]
) -> Iterable[tuple[str, Estimate]]:
    """Return the same figure for the start methods that do not stand for processes."""
    if workers is None:
        return
    for way in trials.loc[trials["mode"] == PROCESSES, "way"].drop_duplicates():
        known = values(way, workers).dropna() if way != processes else pd.Series(dtype=float)
        if len(known):
            yield way, estimate(known)


def _remark(beginning: str, others: Iterable[tuple[str, Estimate]]) -> list[str]:
    words = [f"{way} {found}" for way, found in others]
    return [f"{beginning}: {'; '.join(words)}."] if words else []
