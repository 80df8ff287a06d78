"""3. Is its uncertainty honest?

Many sweeps in which some labels run the same work (N, N + 1, ... counts are no different work) and others work that is
2, 5 and 10 % longer. How often does the 95 % interval of the ratio of two labels, computed as the report computes it,
exclude 1? Of the same work it should in 5 % of the cases; of longer work as often as can be, and after few blocks.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.statistics import Median
from benchmarks.bench import Bench
from benchmarks.drivers import counts_in
from benchmarks.processes import seconds_of, sweep_of
from benchmarks.result import Aim, Result
from runner.numbers.medians import Estimate

LONGER = (1.02, 1.05, 1.10)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    work_s: float
    same: int
    """Labels of the same work."""
    after: tuple[int, ...]
    """Numbers of blocks after which it is asked whether two labels are told apart."""
    sweeps: int

    @property
    def blocks(self) -> int:
        """Return the blocks of a sweep."""
        return self.after[-1]


FULL = Size(work_s=0.025, same=6, after=(6, 8, 10, 12, 15, 20), sweeps=45)
SMOKE = Size(work_s=0.001, same=2, after=(1, 2), sweeps=2)


def measure(bench: Bench) -> Iterator[Result]:
    """Run the sweeps, after those of an interrupted run, and count how often labels are told apart."""
    size = bench.scale.pick(full=FULL, smoke=SMOKE)
    folder = bench.scratch / "honesty"
    folder.mkdir(parents=True, exist_ok=True)
    store, labels = folder / "runs.db", _labels(_count(folder, size), size)
    matrix = {"workload": "cpu_bound", "NUM": labels, "mode": "sequential", "workers": 1}
    argv = [*sweep_of(folder, matrix, size.blocks), "--quiet"]
    done = _complete(store)
    bench.watch.begins("sweeps of the same work and of longer work", size.sweeps)
    for number in range(size.sweeps):
        if number >= done:
            seconds_of([*argv, "--resume"] if number == done else argv)
        bench.watch.step()
    walls = _walls(store)[labels]
    store.unlink()
    yield from _found(walls, size)


def _count(folder: Path, size: Size) -> int:
    """Return the NUM of the same work, which an interrupted run may have chosen already."""
    chosen = folder / "size"
    if not chosen.exists():
        chosen.write_text(str(counts_in(size.work_s)))
    return int(chosen.read_text())


def _labels(count: int, size: Size) -> list[int]:
    return [*(count + number for number in range(size.same)), *(round(count * factor) for factor in LONGER)]


def _complete(store: Path) -> int:
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM sweeps WHERE ended_at IS NOT NULL").fetchone()[0])


def _walls(store: Path) -> pd.DataFrame:
    """Return seconds with one row for each block (sweep, repeat) and one column for each label."""
    sql = "SELECT sweep_id, repeat, num, wall_s FROM v_trials WHERE status = 'ok' AND warmup = 0"
    with closing(sqlite3.connect(store)) as connection:
        trials = pd.read_sql_query(sql, connection)
    return trials.pivot_table(index=["sweep_id", "repeat"], columns="num", values="wall_s")


def _found(walls: pd.DataFrame, size: Size) -> Iterator[Result]:
    same, longer = list(walls.columns[: size.same]), list(walls.columns[size.same :])
    pairs = {1.0: list(combinations(same, 2))}
    pairs |= {factor: [(label, one) for one in same] for factor, label in zip(LONGER, longer, strict=True)}
    for factor, labels in pairs.items():
        shares = {blocks: share_told_apart(walls, labels, blocks) for blocks in size.after}
        what = "the same work" if factor == 1 else f"{100 * (factor - 1):.0f} % longer work"
        aim = {1.0: Aim(3, 7), 1.05: Aim(low=90)}.get(factor)
        told = "false alarms" if factor == 1 else "told apart"
        note = "; ".join(f"{blocks} blocks: {shares[blocks].value:.0f} %" for blocks in size.after[:-1])
        name = f"{what}: {told}, {size.blocks} blocks of {1e3 * size.work_s:g} ms"
        curve = [(blocks, share.value, share.low, share.high) for blocks, share in shares.items()]
        yield Result(3, name, shares[size.blocks], "%", aim, note, {"curve": curve, "factor": factor})


def share_told_apart(walls: pd.DataFrame, pairs: list[tuple[Any, Any]], blocks: int) -> Estimate:
    """Return in how many of 100 comparisons the interval of the ratio excludes 1, from the first `blocks` blocks.

    The comparisons of one sweep share its trials, so the sweep is the unit: the mean of its share, with the t interval
    over the sweeps.
    """
    first = walls[walls.index.get_level_values("repeat") <= blocks]
    ratios = pd.concat({number: first[a] / first[b] for number, (a, b) in enumerate(pairs)}, names=["pair"])
    table = Median("ratio", ["sweep_id", "pair"])(ratios.rename("ratio").reset_index())
    apart = ((table["low"] > 1) | (table["high"] < 1)).groupby(table["sweep_id"]).mean() * 100
    spread = stats.sem(apart) * stats.t.ppf(0.975, len(apart) - 1)
    mean = float(np.mean(apart))
    return Estimate(mean, max(0.0, mean - spread), min(100.0, mean + spread), len(apart))
