"""Frames of trials with known truth, as `analysis` has them."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from analysis import grouping
from analysis.outliers import with_outliers
from runner.axes import CONDITIONS, LOCK
from runner.matrix.case import Case
from support.helpers import case

WAYS = ("sequential", "threading", "multiprocessing/fork", "multiprocessing/spawn", "multiprocessing/forkserver")
EVERY_WAY = (
    *WAYS,
    *("thread_pool", "process_pool/fork", "process_pool/spawn", "process_pool/forkserver"),
    *("interpreter_pool", "asyncio"),
)
CPU = ("cpu_bound", (("NUM", 1_000_000),))
IO = ("io_bound", (("TIME", 0.1),))
Seconds = float | Callable[[int], float]
"""What a case takes: always the same, or by block."""


def of_way(way: str, work: tuple[str, Any] = CPU, workers: int = 2, calls: int | None = None) -> Case:
    """Return the case of that way: sequentially, `calls` (or as many as workers) calls."""
    mode, _, start_method = way.partition("/")
    many = calls or workers
    concurrent = case(
        workload=work[0], params=work[1], mode=mode, start_method=start_method or None, workers=workers, calls=many
    )
    return concurrent.baseline() if mode == "sequential" else concurrent


def grid(
    works: Iterable[tuple[str, Any]] = (CPU, IO),
    workers: Sequence[int] = (1, 2, 4),
    ways: Sequence[str] = WAYS,
    calls: int | None = None,
) -> list[Case]:
    """Return the product, each case once."""
    return list(dict.fromkeys(of_way(way, work, count, calls) for work in works for count in workers for way in ways))


def loaded(
    walls_s: Mapping[Case, Seconds],
    blocks: int = 3,
    *,
    usable_cpus: int = 2,
    start: str = "fork",
    locked: str | None = None,
    **columns: Any,
) -> pd.DataFrame:
    """Return a frame as `load.trials` with `load.activity`: each case in each block, `columns` the same in every row.

    `locked` is the interpreter whose sequential calls those of others are compared with too.

    The compute window is nine tenths of the total; each worker takes a tenth of a millisecond to start; the calls are
    on a CPU for as long as the compute window, and the rest of their time blocked.
    """
    ids = {one: number for number, one in enumerate(walls_s, start=1)}
    baselines = {one: ids.get(one.baseline()) if not one.is_baseline else None for one in ids}
    locked_ids = {
        one: ids.get(replace(one.baseline(), python=locked)) for one in ids if locked and one.python != locked
    }
    rows = []
    for repeat in range(1, blocks + 1):
        for one, seconds in walls_s.items():
            wall_s = seconds(repeat) if callable(seconds) else seconds
            stored = one.columns()
            rows.append(
                {
                    **{name: stored[name] for name in ("workload", "params", "num", "mode", "start_method")},
                    **{name: stored[name] for name in ("workers", "calls")},
                    "time": stored["time_s"],
                    "trial_id": len(rows) + 1,
                    "sweep_id": 1,
                    "sweep": "study",
                    "case_id": ids[one],
                    "case_key": one.key,
                    "baseline_id": baselines[one],
                    "locked_baseline_id": locked_ids.get(one),
                    "python": one.python,
                    "gil": "on",
                    "lock": "on",
                    "default_lock": True,
                    **{name: stored[name] for name in CONDITIONS if name != LOCK},
                    "cpus": None,
                    "host": "bench-1",
                    "host_id": 1,
                    "usable_cpus": usable_cpus,
                    "default_start": None if one.start_method is None else one.start_method == start,
                    "repeat": repeat,
                    "position": len(rows) + 1,
                    "warmup": 0,
                    "status": "ok",
                    "noisy": None,
                    "load_1min": 0.5,
                    "error": None,
                    "wall_s": wall_s,
                    **_activity(one, wall_s),
                    **columns,
                }
            )
    frame = pd.DataFrame(rows).astype({"num": float, "time": float})
    return frame.astype(
        {
            **dict.fromkeys(("baseline_id", "locked_baseline_id"), "Int64"),
            **dict.fromkeys(("default_start", "default_lock"), "boolean"),
        }
    )


def _activity(one: Case, wall_s: float) -> dict[str, float | None]:
    """Return the columns of `load.activity`."""
    window = 0.9 * wall_s
    started = not one.is_baseline
    parts = {"call": 2e-5, "wait": 7e-5, "setup": 1e-5}
    starts = {f"first_{part}_s": seconds if started else None for part, seconds in parts.items()}
    starts |= {f"later_{part}_s": seconds if one.workers > 1 else None for part, seconds in parts.items()}
    busy = window if one.is_baseline else window * one.workers
    return {
        "compute_s": window,
        "busy_s": busy,
        "cpu_s": window,
        "process_cpu_s": window,
        "tree_cpu_s": window,
        "run_queue_s": 0.0,
        "start_latency_s": 9e-5 if started else None,
        "peak_rss_bytes": 1.2e7,
        **dict.fromkeys(("setup_s", "warmup_s", "queued_s", "longest_queued_s", "survived"), math.nan),
        **starts,
    }


def trials(walls_s: Mapping[Case, Seconds], blocks: int = 3, **more: Any) -> pd.DataFrame:
    """Return the same frame with its groups and its outliers."""
    return with_outliers(grouped(walls_s, blocks, **more))


def grouped(walls_s: Mapping[Case, Seconds], blocks: int = 3, **more: Any) -> pd.DataFrame:
    """Return the same frame with its groups."""
    frame = _grouped(tuple(walls_s), blocks, tuple(more.items()))
    rows = [
        {"wall_s": wall_s, **_activity(one, wall_s)}
        for repeat in range(1, blocks + 1)
        for one, seconds in walls_s.items()
        for wall_s in [seconds(repeat) if callable(seconds) else seconds]
    ]
    columns = pd.DataFrame(rows, index=frame.index)
    return frame.assign(**columns.drop(columns=[name for name in more if name in columns]))


@cache
def _grouped(cases: Sequence[Case], blocks: int, more: Sequence[tuple[str, Any]]) -> pd.DataFrame:
    """Return a frame with its groups, which do not depend on the times and take long to find."""
    return grouping.grouped(loaded(dict.fromkeys(cases, 1.0), blocks, **dict(more)))


def steady(cases: Iterable[Case], blocks: int = 3, **more: Any) -> pd.DataFrame:
    """Return trials of these cases: in every block the n-th case takes n milliseconds."""
    return trials({one: 1e-3 * number for number, one in enumerate(cases, start=1)}, blocks, **more)


def disturbed(
    seconds: dict[Case, float],
    blocks: int,
    seed: int,
    noise: float = 0.02,
    drift: float = 0.05,
    baseline: float | None = None,
) -> dict[Case, Seconds]:
    """Return times by block: each trial has its own noise (`baseline` that of baselines), each block a shared drift."""
    chance = np.random.default_rng(seed)
    drifts = 1 + drift * chance.standard_normal(blocks)
    spread = {one: noise if baseline is None or not one.is_baseline else baseline for one in seconds}
    times = {one: mean * drifts * (1 + spread[one] * chance.standard_normal(blocks)) for one, mean in seconds.items()}
    return {one: lambda repeat, own=own: float(own[repeat - 1]) for one, own in times.items()}
