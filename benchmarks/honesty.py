"""3. Is its uncertainty honest?

Many sweeps in which some labels run the same work (N, N + 1, ... counts are no different work) and others work that is
2, 5 and 10 % longer. How often does the 95 % interval of the ratio of two labels, computed as the report computes it,
exclude 1? Of the same work it should in 5 % of the cases; of longer work as often as can be, and after few blocks.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.statistics import Median
from benchmarks.drivers import counts_in
from benchmarks.paired import SCRATCH, Watch, seconds_of, sweep_of
from benchmarks.result import Aim, Result
from runner.numbers.estimate import Estimate

WORK_S = 0.025
SAME = 6
"""Labels of the same work."""
LONGER = (1.02, 1.05, 1.10)
BLOCKS = 20
AFTER = (6, 8, 10, 12, 15, BLOCKS)
"""Blocks after which it is asked."""
SWEEPS = 45


def measure(watch: Watch, *, quick: bool) -> Iterator[Result]:  # noqa: ARG001
    """Sweep as often as that takes, going on with what an interrupted run has left, and count."""
    folder = SCRATCH / "honesty"
    folder.mkdir(parents=True, exist_ok=True)
    store, size = folder / "runs.db", _size(folder)
    matrix = {"workload": "cpu_bound", "NUM": _labels(size), "mode": "sequential", "workers": 1}
    argv = [*sweep_of(folder, matrix, BLOCKS), "--quiet"]
    done = _complete(store)
    watch.begins("sweeps of the same work and of longer work", SWEEPS)
    for number in range(SWEEPS):
        if number >= done:
            seconds_of([*argv, "--resume"] if number == done else argv)
        watch.step()
    walls = _walls(store, size)
    store.unlink()
    yield from _found(walls)


def _size(folder: Path) -> int:
    """Return the NUM of the same work, which an interrupted run may have chosen already."""
    chosen = folder / "size"
    if not chosen.exists():
        chosen.write_text(str(counts_in(WORK_S)))
    return int(chosen.read_text())


def _labels(size: int) -> list[int]:
    return [*(size + number for number in range(SAME)), *(round(size * factor) for factor in LONGER)]


def _complete(store: Path) -> int:
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM sweeps WHERE ended_at IS NOT NULL").fetchone()[0])


def _walls(store: Path, size: int) -> pd.DataFrame:
    """Return seconds with one row for each block (sweep, repeat) and one column for each label."""
    sql = "SELECT sweep_id, repeat, num, wall_s FROM v_trials WHERE status = 'ok' AND warmup = 0"
    with closing(sqlite3.connect(store)) as connection:
        trials = pd.read_sql_query(sql, connection)
    return trials.pivot_table(index=["sweep_id", "repeat"], columns="num", values="wall_s")[_labels(size)]


def _found(walls: pd.DataFrame) -> Iterator[Result]:
    same, longer = list(walls.columns[:SAME]), list(walls.columns[SAME:])
    pairs = {1.0: list(combinations(same, 2))}
    pairs |= {factor: [(label, one) for one in same] for factor, label in zip(LONGER, longer, strict=True)}
    for factor, labels in pairs.items():
        shares = {blocks: share_told_apart(walls, labels, blocks) for blocks in AFTER}
        what = "the same work" if factor == 1 else f"{100 * (factor - 1):.0f} % longer work"
        aim = {1.0: Aim(3, 7), 1.05: Aim(low=90)}.get(factor)
        told = "false alarms" if factor == 1 else "told apart"
        note = "; ".join(f"{blocks} blocks: {shares[blocks].value:.0f} %" for blocks in AFTER[:-1])
        name = f"{what}: {told}, {BLOCKS} blocks of {1e3 * WORK_S:g} ms"
        curve = [(blocks, share.value, share.low, share.high) for blocks, share in shares.items()]
        yield Result(3, name, shares[BLOCKS], "%", aim, note, {"curve": curve, "factor": factor})


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
