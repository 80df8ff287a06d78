"""Claims 3, 4 and 5: the speed of threads and processes on CPU-bound work."""

from dataclasses import replace
from functools import partial

from analysis.claims.bounds import ALMOST_IDEAL, NOTHING_GAINED, SMALL_S, STEADY
from analysis.claims.evidence import (
    PROCESSES,
    THREADS,
    Trials,
    has_one_cpu,
    other_start_methods,
    remark,
    values_of,
    work_of,
)
from analysis.claims.verdict import Answer, Verdict, above, at_most, decided, left_open, widened
from analysis.grouping import SEQUENTIAL, WEAK
from runner.numbers.medians import Estimate

CPU_GRID = (
    "workload: cpu_bound, NUM: 10_000_000, workers: [1, 2], mode: [sequential, threading, multiprocessing], repeats: 10"
)
MORE_CPUS = ", on a machine with two or more usable CPUs"
SIZES_GRID = (
    "workload: cpu_bound, NUM: [10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000], workers: 2, "
    "mode: [sequential, multiprocessing], repeats: 10"
)


def claim_3(data: Trials) -> Verdict:
    """Answer whether threads gain nothing on CPU-bound work."""
    claim = "CPU-bound threads gain nothing over sequential calls (with the global interpreter lock)."
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, [THREADS], within_cpus=True)
    if workers is None or THREADS not in set(trials["way"]) or has_one_cpu(trials):
        return Verdict(3, claim, [left_open("threads on CPU-bound work", CPU_GRID + MORE_CPUS * has_one_cpu(trials))])
    speedup = values_of(trials, SEQUENTIAL, workers) / values_of(trials, THREADS, workers)
    about = f"speedup of {workers} threads over sequential calls, {work_of(trials)}"
    question, states = at_most(about, speedup, NOTHING_GAINED, CPU_GRID), sorted(set(trials["gil"].dropna()))
    if states == ["off"]:
        question = replace(question, answer=Answer.DOES_NOT_APPLY, settle=None)
    return Verdict(3, claim, [question], [f"The interpreter lock was {' and '.join(states)}."] if states else [])


def claim_4(data: Trials) -> Verdict:
    """Answer whether processes run CPU-bound work in parallel."""
    claim = "CPU-bound processes run truly in parallel: the total falls almost as 1/n while there are cores."
    trials = data.largest("cpu_bound")
    workers = data.workers(trials, [PROCESSES], within_cpus=True)
    processes = data.processes(trials, workers)
    cpus = int(trials["usable_cpus"].max()) if len(trials) else 0
    counts = sorted({int(n) for n in trials.loc[trials["way"] == processes, "workers"] if 1 < n <= cpus})
    if processes is None or not counts:
        return Verdict(
            4, claim, [left_open("processes, up to the usable CPUs", CPU_GRID + MORE_CPUS * has_one_cpu(trials))]
        )
    questions = []
    for n in counts:
        speedup = values_of(trials, SEQUENTIAL, n) / values_of(trials, processes, n)
        about = f"efficiency (speedup ÷ workers) of {n} with {processes}, {work_of(trials)}"
        questions.append(above(about, speedup / n, ALMOST_IDEAL, CPU_GRID))
    n = counts[-1]
    busy = values_of(trials, processes, n, "cpu_s") / values_of(trials, processes, n, "compute_s")
    questions.append(above(f"CPUs kept busy at once by {n} with {processes}", busy, 1, CPU_GRID, unit="CPUs"))
    others = other_start_methods(
        trials, processes, n, lambda way, n: values_of(trials, SEQUENTIAL, n) / values_of(trials, way, n) / n
    )
    return Verdict(4, claim, questions, remark("The other start methods, the same efficiency", others))


def claim_5(data: Trials) -> Verdict:
    """Answer whether the overhead of processes is small and constant."""
    claim = (
        "Multiprocessing's price on CPU-bound work is a small, constant overhead: the difference between what is "
        "measured and the ideal does not grow with NUM."
    )
    trials = data.largest("cpu_bound")
    processes = data.processes(trials, data.workers(trials, [PROCESSES], within_cpus=True))
    rows = data.break_even
    rows = rows[(rows["workload"] == "cpu_bound") & (rows["scaling"] == WEAK) & (rows["way"] == processes)]
    rows = rows[rows["against"] == SEQUENTIAL]
    refused = [f"Of {int(row['workers'])} with {processes}: {row['verdict']}." for _, row in rows.iterrows()]
    rows = rows[rows["gain"].notna()]
    if rows.empty or has_one_cpu(trials):
        settle = SIZES_GRID + MORE_CPUS * has_one_cpu(trials)
        return Verdict(5, claim, [left_open("the overhead at six sizes or more", settle)], refused)
    cpus = int(trials["usable_cpus"].max())
    within = rows[rows["workers"] <= cpus]
    row = (rows if within.empty else within).sort_values("workers").iloc[-1]
    ideal, n = min(int(row["workers"]), cpus), int(row["blocks"])
    start = Estimate(row["start_s"], row["start_low"], row["start_high"], n)
    gain, low, high = (ideal * float(row[end]) - 1 for end in ("gain", "gain_low", "gain_high"))
    growth = Estimate(gain, low, high, n)
    where = f"{int(row['workers'])} with {processes}, {int(row['sizes'])} sizes"
    questions = [
        decided(f"overhead on no work at all, {where}", partial(widened, start), SMALL_S, "at most", "s"),
        decided(f"its growth for each second of ideal time, {where}", partial(widened, growth), STEADY, "at most", "s"),
    ]
    return Verdict(5, claim, questions)
