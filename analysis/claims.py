"""The study's claims, each answered from the trials: confirmed, not confirmed, or cannot say. Pure.

A claim is taken apart into questions, each about one figure that has an interval and a bound. A question is confirmed
when its whole interval lies on the right side of the bound, not confirmed when it lies wholly on the other, and open
otherwise. A claim is confirmed when all its questions are, and not confirmed as soon as one is not; as each question
must hold by itself, their number calls for no correction. Figures are compared within blocks, on the largest size
that was swept: what the study is about is the work, and the price of starting is a question of its own.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pandas as pd

from analysis.grouping import SEQUENTIAL, WEAK, number
from analysis.statistics import measured
from runner.numbers.estimate import MIN_BLOCKS, Estimate, estimate

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
ALL_SURVIVE = 0.99
"""Nobody else was taken down where more than this share of the others' calls came to their end."""

THREADS = "threading"
PROCESSES = "multiprocessing"
CRASHING = "crashing"
"""The workload of which one call ends its process."""
CHANNELS = {"a pipe": "pass_by_pipe", "a queue": "pass_by_queue", "shared memory": "pass_by_shared_memory"}
"""The workloads that hand data over within a call, between its BEGIN and its END."""
BY_ARGUMENT = "pass_by_argument"
"""The workload that is handed its data with the task, before its BEGIN, and returns it."""


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
    """Answer the study's eight claims from the trials of one setting: one sweep, interpreter and set of conditions.

    `trials` are grouped (see `analysis.grouping`), with the columns of `load.activity` and `load.survivors`;
    `break_even` is what `breakeven.break_even` made of them.
    """
    data = _Trials(measured(trials), crashes(trials), break_even)
    return [answer(data) for answer in (_1, _2, _3, _4, _5, _6, _7, _8)]


def crashes(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials in which one of several workers crashed, as it was to, with `beside`.

    That is the share of the other calls that came to their end. No trial of such a case succeeds.
    """
    meant = (trials["workload"] == CRASHING) & (trials["workers"] > 1) & (trials["calls"] == trials["workers"])
    own = trials[meant & trials["survived"].notna()]
    return own.assign(beside=own["survived"] / (own["calls"] - 1))


class _Trials:
    """The trials that count, those that were to crash, and the cases among them that speak for the study's."""

    def __init__(self, trials: pd.DataFrame, crashed: pd.DataFrame, break_even: pd.DataFrame) -> None:
        self.all = trials[trials["scaling"] == WEAK]
        self.crashed = crashed
        self.break_even = break_even

    def largest(self, workload: str) -> pd.DataFrame:
        """Return the trials of the workload's largest size that was run with more than one worker."""
        own = self.all[self.all["workload"] == workload]
        several = own[own["workers"] > 1]
        if several.empty:
            return several
        per_call = (several["wall_s"] / several["calls"]).groupby(several["work"]).median()
        sizes = several.groupby("work")["work_size"].max()
        return own[own["work"] == (sizes if sizes.notna().all() else per_call).idxmax()]

    def smallest(self, workload: str) -> pd.DataFrame:
        """Return the trials of the smallest size that was run with more than one worker, unless that is the largest."""
        own = self.all[(self.all["workload"] == workload) & (self.all["workers"] > 1)]
        sizes = own["work_size"]
        return own[sizes.eq(sizes.min()) & sizes.lt(sizes.max())]

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

    def processes(self, trials: pd.DataFrame, workers: int | None, mode: str = PROCESSES) -> str | None:
        """Return the way that stands for that many processes: the interpreter's own start method, or the fastest."""
        own = trials[(trials["mode"] == mode) & (trials["workers"] == workers)]
        if own.empty:
            return None
        usual = own[own["default_start"].fillna(False).astype(bool)]
        # A trial that crashed may have no time.
        return str((own if usual.empty else usual).groupby("way")["wall_s"].median().fillna(math.inf).idxmin())


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
    return _decided(about, estimate(known.tolist()), bound, relation, unit)


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
_CRASH = "workload: crashing, NUM: 1_000_000, workers: 3, mode: [threading, multiprocessing], repeats: 10"
_HANDED = (
    "workload: [pass_by_pipe, pass_by_queue, pass_by_shared_memory, pass_by_argument], SIZE: [1_000, 10_000_000], "
    "workers: 2, mode: [threading, multiprocessing, thread_pool, process_pool], repeats: 10"
)
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


def _6(data: _Trials) -> Verdict:
    claim = "Processes isolate: one that crashes does not take the others down."
    trials = data.crashed
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    share, settle = "share of the other workers' calls that came to their end after a crash", _CRASH
    if workers is None or processes is None:
        return Verdict(6, claim, [_open(share, settle)])
    where = f"{workers} workers, {_of(trials)}"
    beside = _blocks(trials, processes, workers, "beside")
    questions = [
        _unless_some_fell(_above(f"{share}, {processes}, {where}", beside, ALL_SURVIVE, settle, unit=""), beside)
    ]
    if THREADS in set(trials["way"]):
        threads = _blocks(trials, THREADS, workers, "beside")
        questions.append(
            _at_most(f"the same with threads, which share a process, {where}", threads, 0, settle, unit="")
        )
    else:
        questions.append(_open("the same with threads, which share a process", settle))
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


def _7(data: _Trials) -> Verdict:
    claim = (
        "Threads share memory and communicate cheaply; processes must use pipes, queues or shared memory, and pay "
        "for it."
    )
    questions = [question for name, workload in CHANNELS.items() for question in _handed_over(data, name, workload)]
    questions += _as_arguments(data)
    return Verdict(7, claim, questions or [_open("the time to hand data over", _HANDED)])


def _handed_over(data: _Trials, name: str, workload: str) -> Iterable[Question]:
    """Ask what a call takes that hands data over, between processes and between threads, and whether it grows."""
    trials, smallest = data.largest(workload), data.smallest(workload)
    workers = data.workers(trials, within_cpus=False)
    processes = data.processes(trials, workers)
    if trials.empty:
        return
    if workers is None or processes is None or THREADS not in set(trials["way"]):
        yield _open(f"processes against threads that hand data over by {name}", _HANDED)
        return
    where = f"{workers} workers, {_of(trials)}"
    own = _blocks(trials, processes, workers, "busy_s") / workers
    theirs = _blocks(trials, THREADS, workers, "busy_s") / workers
    yield _above(f"by {name}: a call with {processes} ÷ with threads, {where}", own / theirs, ABOUT_AS_LONG, _HANDED)
    less = _blocks(smallest, processes, workers, "busy_s") / workers
    about = f"by {name}: what a call with {processes} takes longer than with {_argument(smallest)}, {where}"
    yield _longer(about, own - less, smallest)


def _as_arguments(data: _Trials) -> Iterable[Question]:
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
        yield _open(f"{about}, in pools of processes and of threads", _HANDED)
        return
    own, theirs = (
        (_blocks(trials, way, workers) - _blocks(smallest, way, workers)) / workers
        for way in (processes, "thread_pool")
    )
    about += f" than {_argument(smallest)}, {processes} beyond thread_pool, {workers} workers, {_of(trials)}"
    yield _longer(about, own - theirs, smallest)


def _longer(about: str, seconds: pd.Series, smallest: pd.DataFrame) -> Question:
    if smallest.empty:
        return _open(about, _HANDED)
    return _above(about, seconds * 1e3, 0, _HANDED, unit="ms")


def _argument(trials: pd.DataFrame) -> str:
    return "a smaller SIZE" if trials.empty else f"SIZE = {number(int(trials['work_size'].iloc[0]))}"


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
            yield way, estimate(known.tolist())


def _remark(beginning: str, others: Iterable[tuple[str, Estimate]]) -> list[str]:
    words = [f"{way} {found}" for way, found in others]
    return [f"{beginning}: {'; '.join(words)}."] if words else []
