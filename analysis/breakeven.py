"""Find the size of work from which a way of running is faster. Pure: frames in, frames out.

For one number of workers, the time of each way is modelled as T(W) = s + g·W, where W is the time that the same work
takes sequentially (seconds): s is the price of starting, g what each second of work then costs. Two ways break even at
W* = (s_a - s_b) / (g_b - g_a), which means something only where the one that costs more to start gains more on each
second. Sequentially s = 0 and g = 1 by definition.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.bracket import bracket
from analysis.grouping import SEQUENTIAL
from analysis.misfit import Miss, miss
from analysis.resampling import Floats, by_block, resampled_estimate, resampled_medians
from analysis.statistics import CASE, measured
from runner.harness.modes import MODES
from runner.units import duration

MIN_SIZES = 6
UNEVEN = 2.1
"""Sizes count as spaced by a constant factor where no step is more than this many times another: one may be missing."""
RESAMPLES = 1000
BREAKS_EVEN = "breaks even"
"""The verdict if W* lies within the sizes measured."""

GROUP = ["sweep_id", "sweep", "python", "setting", "workload", "others", "scaling", "workers"]
"""Columns that all sizes of one break-even share."""
NEEDED = [*GROUP, "way", "mode", "case_id", "baseline_id", "host_id", "repeat", "wall_s", "size_id", "size_s"]
CHEAPER = {name: mode.cheaper for name, mode in MODES.items() if mode.cheaper}
"""The mode that starts less, which another is compared with too."""
COLUMNS = [
    *(*GROUP, "way", "against", "sizes", "blocks"),
    *("start_s", "start_low", "start_high", "gain", "gain_low", "gain_high"),
    *("break_even_s", "low_s", "high_s", "loses_up_to_s", "wins_from_s", "verdict"),
]


@dataclass(frozen=True, slots=True)
class Lines:
    """Weighted straight lines T = s + g·W: of the medians first, then of each resample."""

    s: Floats
    g: Floats


def sizes(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials that count, with `size_id`, the sequential case of the same work, and `size_s`.

    That is W: the median time of that case on the same host in seconds, NaN where no trial of it succeeded. Cases
    without a baseline are left out.
    """
    counted = measured(trials)
    counted = counted[(counted["mode"] == SEQUENTIAL) | counted["baseline_id"].notna()]
    seconds = counted.loc[counted["mode"] == SEQUENTIAL].groupby(CASE)["wall_s"].median()
    own = counted["baseline_id"].fillna(counted["case_id"].astype("Int64")).astype("int64")
    size_s = seconds.reindex(pd.MultiIndex.from_arrays([own, counted["host_id"]])).to_numpy()
    return counted.assign(size_id=own, size_s=size_s)


def break_even(trials: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each way, number of workers (two or more) and way it is compared `against`: columns COLUMNS.

    Every concurrent way is compared with sequential calls, and with the CHEAPER mode if there is one. `start_s` and
    `gain` are the intercept and slope of the way itself. `break_even_s` is W*; `verdict` says in words why there is
    none (NaN), or no upper end of its interval (`low_s` to `high_s`): for one, because times are not on a straight
    line, or W* contradicts the bracket. The bracket needs no model: at every size up to `loses_up_to_s` the way is
    slower, at every size from `wins_from_s` it is faster, by the interval of the time ratio.
    """
    frame = sizes(trials)[NEEDED]
    found = []
    concurrent = frame[(frame["mode"] != SEQUENTIAL) & (frame["workers"] > 1)]
    for key, group in concurrent.groupby(GROUP, sort=True, dropna=False):
        base = frame[(frame["mode"] == SEQUENTIAL) & frame["host_id"].isin(group["host_id"])]
        base = base[base["case_id"].isin(group["baseline_id"])]
        for way, against in _comparisons(group):
            theirs = base if against == SEQUENTIAL else group[group["way"] == against]
            row = _compare(group[group["way"] == way], theirs, base)
            found.append({**dict(zip(GROUP, key, strict=True)), "way": way, "against": against, **row})
    return pd.DataFrame(found, columns=COLUMNS)


def _comparisons(group: pd.DataFrame) -> Iterator[tuple[str, str]]:
    ways = list(group["way"].unique())
    yield from ((way, SEQUENTIAL) for way in ways)
    against = {way: CHEAPER.get(way.partition("/")[0]) for way in ways}
    yield from ((way, cheaper) for way, cheaper in against.items() if cheaper and cheaper in ways)


def _compare(mine: pd.DataFrame, theirs: pd.DataFrame, base: pd.DataFrame) -> dict[str, object]:
    """Return what one row says, but for what it compares."""
    tables = [by_block(trials, "size_id", "wall_s") for trials in (mine, theirs, base)]
    seconds = base.groupby("size_id")["size_s"].first().dropna().sort_values()
    common = [size for size in seconds.index if all(size in table for table in tables)]
    tables, size_s = [table[common] for table in tables], seconds[common].to_numpy(float)
    whole = pd.concat(tables, axis=1, join="inner").dropna()
    row: dict[str, Any] = {"sizes": len(common), "blocks": len(whole), **bracket(tables[0] / tables[1], size_s)}
    reason = _refusal(size_s, len(whole))
    if reason:
        return {**row, "verdict": reason}
    # Drawn together: all times of a draw are of the same blocks, the sizes' own among them.
    ours, others, sequential = np.hsplit(resampled_medians(whole.to_numpy(float), RESAMPLES), 3)
    own = _lines(ours, sequential)
    exact = set(theirs["mode"]) == {SEQUENTIAL}
    other = Lines(np.zeros_like(own.s), np.ones_like(own.g)) if exact else _lines(others, sequential)
    missed = _miss(ours, own, sequential, len(whole)) or _miss(others, other, sequential, len(whole))
    if missed:
        where = f"with {duration(size_s[missed.place])} of work the measured time is {missed} that of the line"
        return {**row, "verdict": f"cannot say: the times are no straight line, {where}"}
    row |= _named("start", own.s, len(whole)) | _named("gain", own.g, len(whole))
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(other.g > own.g, (own.s - other.s) / (other.g - own.g), np.inf)
    if crossing[0] < row["loses_up_to_s"] or crossing[0] > row["wins_from_s"]:
        return {**row, "verdict": "cannot say: where the lines cross is outside what was measured"}
    return {**row, **_crossing(crossing, own, other, size_s, len(whole))}


def _miss(medians: Floats, lines: Lines, size_s: Floats, blocks: int) -> Miss | None:
    return miss(medians, lines.s[:, None] + lines.g[:, None] * size_s, blocks)


def _refusal(sizes_s: Floats, blocks: int) -> str | None:
    if len(sizes_s) < MIN_SIZES:
        return f"cannot say: it takes {MIN_SIZES} sizes spaced by a constant factor, there are {len(sizes_s)}"
    if not blocks:
        return "cannot say: in no block did all sizes succeed"
    # Below, what a call costs anyway may hide how small its work is.
    steps = np.diff(np.log(sizes_s[1 - MIN_SIZES :]))
    if steps.max() > UNEVEN * steps.min():
        return "cannot say: the sizes are not spaced by a constant factor"
    return None


def _lines(medians: Floats, size_s: Floats) -> Lines:
    """Fit each row of medians, at that row of sizes, by least squares with the weights 1/T²."""
    weights = medians**-2.0
    total = weights.sum(axis=1)
    mean_w, mean_t = (weights * size_s).sum(axis=1) / total, (weights * medians).sum(axis=1) / total
    away = size_s - mean_w[:, None]
    g = (weights * away * (medians - mean_t[:, None])).sum(axis=1) / (weights * away**2).sum(axis=1)
    return Lines(mean_t - g * mean_w, g)


def _named(name: str, values: Floats, blocks: int) -> dict[str, object]:
    found = resampled_estimate(values, blocks)
    return {f"{name}_s" if name == "start" else name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _crossing(crossing: Floats, own: Lines, other: Lines, size_s: Floats, blocks: int) -> dict[str, object]:
    found = resampled_estimate(crossing, blocks)
    if math.isinf(found.value) or math.isinf(found.high):
        return {"verdict": _no_gain(own, other, blocks)}
    if (found.high if found.has_interval else found.value) <= size_s[0]:
        return {"verdict": "wins at every size measured"}
    verdict = BREAKS_EVEN
    if found.value > size_s[-1]:
        verdict = "breaks even beyond the largest size measured"
    elif found.value < size_s[0]:
        verdict = "breaks even below the smallest size measured, if not there"
    return {"break_even_s": found.value, "low_s": found.low, "high_s": found.high, "verdict": verdict}


def _no_gain(own: Lines, other: Lines, blocks: int) -> str:
    found = resampled_estimate(own.g, blocks)
    interval = f" [{found.low:.3f}, {found.high:.3f}]" if found.has_interval else ""
    reason = f"a second of work takes {found.value:.3f} s{interval} this way, against {other.g[0]:.3f} s"
    lost = resampled_estimate(own.g - other.g, blocks)
    return f"never pays: {reason}" if lost.low > 0 else f"no gain shown: {reason}"
