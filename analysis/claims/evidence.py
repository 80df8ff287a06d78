"""Select the trials that correspond to the study's, and the values to compare. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from analysis.grouping import SEQUENTIAL, WEAK
from runner.numbers.answer import is_mostly
from runner.numbers.medians import Estimate, estimate

THREADS = "threading"
PROCESSES = "multiprocessing"
CRASHING = "crashing"
"""The workload of which one call ends its process."""


def crashes(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials in which one of several workers crashed, as it was to, with `beside`.

    That is the share of the other calls that came to their end. No trial of such a case succeeds.
    """
    meant = (trials["workload"] == CRASHING) & (trials["workers"] > 1) & (trials["calls"] == trials["workers"])
    own = trials[meant & trials["survived"].notna()]
    return own.assign(beside=own["survived"] / (own["calls"] - 1))


class Trials:
    """The trials that count, those that were to crash, and which of them correspond to the study's."""

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


def mostly_disturbed(trials: pd.DataFrame) -> bool:
    """Return whether other programs disturbed so many trials that their times say nothing."""
    return is_mostly(int(trials["noisy"].notna().sum()), len(trials))


def too_busy(data: Trials) -> str | None:
    """Return what to do if most trials were disturbed, else None."""
    if not mostly_disturbed(data.all):
        return None
    noisy, n = int(data.all["noisy"].notna().sum()), len(data.all)
    return f"the same on a quieter machine (`runner doctor`): {noisy:,} of {n:,} trials were disturbed"


def has_one_cpu(trials: pd.DataFrame) -> bool:
    """Return whether there are trials and none of them could use two CPUs."""
    return len(trials) > 0 and int(trials["usable_cpus"].max()) < 2


def values_of(trials: pd.DataFrame, way: str, workers: int, value: str = "wall_s") -> pd.Series:
    """Return `value` of a case by block: of `way`, with that many workers or (sequentially) as many calls."""
    column = "calls" if way == SEQUENTIAL else "workers"
    chosen = trials[(trials["way"] == way) & (trials[column] == workers)]
    return chosen.drop_duplicates("repeat").set_index("repeat")[value].dropna()


def work_of(trials: pd.DataFrame) -> str:
    """Return the work that all these trials do, in words."""
    return str(trials["work"].iloc[0])


def other_start_methods(
    trials: pd.DataFrame, processes: str | None, workers: int | None, values: Callable[[str, int], pd.Series]
) -> Iterable[tuple[str, Estimate]]:
    """Return the same figure for each start method other than that of the way `processes`."""
    if workers is None:
        return
    for way in trials.loc[trials["mode"] == PROCESSES, "way"].drop_duplicates():
        known = values(way, workers).dropna() if way != processes else pd.Series(dtype=float)
        if len(known):
            yield way, estimate(known.tolist())


def remark(beginning: str, others: Iterable[tuple[str, Estimate]]) -> list[str]:
    """Return the figures of other ways as one sentence, or nothing if there are none."""
    words = [f"{way} {found}" for way, found in others]
    return [f"{beginning}: {'; '.join(words)}."] if words else []
