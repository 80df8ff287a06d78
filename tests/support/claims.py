"""Simulated machines for the study's claims: each is known to be true, to be false, or to be open."""

import random
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from analysis import claims
from analysis.breakeven import break_even
from analysis.claims import Answer, Verdict
from analysis.claims.evidence import Trials
from analysis.claims.verdict import together
from analysis.statistics import measured
from runner.matrix.case import Case
from support import frames

SLOW = pytest.mark.slow
"""For variants of what a quick test asks too."""
CONFIRMED, NOT_CONFIRMED, CANNOT_SAY = Answer.CONFIRMED, Answer.NOT_CONFIRMED, Answer.CANNOT_SAY
TESTABLE = (1, 2, 3, 4, 5, 8)
TURN_S = 4e-8
"""What one turn of the countdown takes."""
COUNTS = [("cpu_bound", (("NUM", 10_000 * 4**step),)) for step in range(6)]
WAITS = [("io_bound", (("TIME", seconds),)) for seconds in (0.1, 1.0)]
WAYS = ("sequential", "threading", "multiprocessing/fork", "multiprocessing/spawn")
BLOCKS = 8
LARGEST = frames.grid([COUNTS[-1], WAITS[-1]], (1, 2), WAYS)

Cost = Callable[[float, int], float]
"""From the seconds of one call and how many calls there are, one for each worker, to the total."""


def in_turn(call_s: float, n: int) -> float:
    return n * call_s


def at_once(factor: float) -> Cost:
    return lambda call_s, n: factor * call_s


def on_cpus(cpus: int, *, start_s: float = 0.0, factor: float = 1.0) -> Cost:
    return lambda call_s, n: start_s + factor * n * call_s / min(n, cpus)


def gained(speedup: float) -> Cost:
    """Return what makes n calls faster than n sequential ones by that factor."""
    return lambda call_s, n: n * call_s / speedup


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A simulated machine. As it stands, all that the study claims of time and memory is true of it.

    The keys of its mappings are a workload and a way or mode, such as ``cpu_bound threading``, or a way or mode alone.
    What they do not name is as always. Every figure may `vary` from block to block, by factors taken in turn; beyond
    that it varies by `noise`, and all of a block by its `drift`.
    """

    cpus: int = 2
    own_start: str = "fork"
    totals: Mapping[str, Cost] = field(default_factory=dict)
    vary: Mapping[str, Sequence[float]] = field(default_factory=dict)
    starts_s: Mapping[str, float] = field(default_factory=dict)
    peaks_mb: Mapping[str, float] = field(default_factory=dict)
    busy_cpus: Mapping[str, float] = field(default_factory=dict)
    gil: str | None = "on"
    noise: float = 0.0
    drift: float = 0.0

    def sweep(self, cases: Iterable[Case], blocks: int = BLOCKS) -> pd.DataFrame:
        """Return trials of these cases, with the columns of `load.activity`."""
        chance = random.Random(7)
        drift = [1 + self.drift * chance.uniform(-1, 1) for _ in range(blocks)]

        def noisy() -> float:
            return 1 + self.noise * chance.uniform(-1, 1)

        frame = frames.trials(
            {one: lambda block, one=one: drift[block - 1] * noisy() * self.total_s(one, block) for one in cases},
            blocks,
            usable_cpus=self.cpus,
            start=self.own_start,
            gil=self.gil,
        )
        rows = frame.to_dict("records")
        busy = [_named(self.busy_cpus, row) or min(row["workers"], self._most_at_once(row)) for row in rows]
        return frame.assign(
            start_latency_s=[noisy() * (_named(self.starts_s, row) or _START_S[row["mode"]]) for row in rows],
            peak_rss_bytes=[noisy() * 1e6 * (_named(self.peaks_mb, row) or _PEAK_MB[row["mode"]]) for row in rows],
            cpu_s=[noisy() * cpus * row["compute_s"] for cpus, row in zip(busy, rows, strict=True)],
        )

    def total_s(self, one: Case, block: int) -> float:
        way = f"{one.mode}/{one.start_method}" if one.start_method else one.mode
        row = {"workload": one.workload, "way": way, "mode": one.mode}
        usual = {
            "io_bound sequential": in_turn,
            "io_bound threading": at_once(1.001),
            "io_bound multiprocessing": at_once(1.02),
            "cpu_bound sequential": in_turn,
            "cpu_bound threading": lambda call_s, n: 1.01 * n * call_s,
            "cpu_bound multiprocessing": on_cpus(self.cpus, start_s=0.005, factor=1.02),
        }
        params = dict(one.params)
        call_s = params["NUM"] * TURN_S if "NUM" in params else params["TIME"]
        factors = _named(self.vary, row) or [1.0]
        cost = _named(self.totals, row) or _named(usual, row)
        return cost(call_s, one.calls) * factors[block % len(factors)]

    def _most_at_once(self, row: Mapping[str, Any]) -> int:
        return self.cpus if row["mode"] == "multiprocessing" else 1


_START_S = {"sequential": 1e-6, "threading": 1e-4, "multiprocessing": 2e-3}
_PEAK_MB = {"sequential": 12.0, "threading": 12.4, "multiprocessing": 13.0}


def _named(values: Mapping[str, Any], row: Mapping[str, Any]) -> Any:
    names = (f"{row['workload']} {row['way']}", f"{row['workload']} {row['mode']}", row["way"], row["mode"])
    return next((values[name] for name in names if name in values), None)


def grid_for(number: int) -> list[Case]:
    """Return the cases that a claim takes, and no others."""
    alone, threads, fork, _ = WAYS
    works, workers, ways = {
        1: (WAITS[-1:], (1, 2), (alone, threads, fork)),
        2: (WAITS[-1:], (2,), WAYS),
        3: (COUNTS[-1:], (2,), (alone, threads)),
        4: (COUNTS[-1:], (2,), (alone, fork)),
        5: (COUNTS, (2,), (alone, fork)),
        8: ([COUNTS[-1], WAITS[-1]], (2,), (alone, threads, fork)),
    }[number]
    return frames.grid(works, workers, ways)


def everything(ways: Sequence[str] = WAYS, workers: Sequence[int] = (1, 2)) -> list[Case]:
    """Return what all claims together take: every size of work with the most workers, the waits with all."""
    return [*frames.grid(COUNTS, workers[-1:], ways), *frames.grid(WAITS[-1:], workers, ways)]


LOOKED_AT = ["workload", "work", "work_size", "time", "scaling", "setting", "way", "mode", "workers", "calls", "repeat"]
LOOKED_AT += ["status", "warmup", "usable_cpus", "default_start", "gil", "wall_s", "compute_s", "busy_s", "cpu_s"]
LOOKED_AT += ["start_latency_s", "peak_rss_bytes", "survived", "noisy"]
"""The columns that claims look at: a frame of all of them takes a good while longer to choose from."""


def verdicts(trials: pd.DataFrame, *, of_overhead: bool = True) -> dict[int, Verdict]:
    """Return all verdicts; what only the fifth takes may be left out."""
    found = claims.verdicts(trials[LOOKED_AT], break_even(trials if of_overhead else trials.iloc[:0]))
    assert [verdict.number for verdict in found] == list(range(1, 9))
    return {verdict.number: verdict for verdict in found}


def verdict(number: int, trials: pd.DataFrame) -> Verdict:
    """Return one of the verdicts, the others not worked out."""
    known = break_even(trials if number == 5 else trials.iloc[:0])
    data = Trials(measured(trials[LOOKED_AT]), claims.crashes(trials[LOOKED_AT]), known)
    return together(claims.CLAIMS[number - 1](data))


def verdict_of(machine: Machine, number: int, blocks: int = BLOCKS) -> Verdict:
    return verdict(number, machine.sweep(grid_for(number), blocks))


def abouts(found: Verdict) -> str:
    return "\n".join(question.about for question in found.questions)


def by_name(table: Mapping[str, tuple[int, Any]], slow: Container[str] = ()) -> list[Any]:
    """Return the rows as parameters; those named in `slow` are for `make test-all` alone."""
    return [
        pytest.param(*row, id=f"{row[0]}: {name}", marks=SLOW if name in slow else ()) for name, row in table.items()
    ]


ALL_OPEN = dict.fromkeys(TESTABLE, CANNOT_SAY)
ALL_TRUE = dict.fromkeys(TESTABLE, CONFIRMED)


CRASH = ("crashing", (("NUM", 1_000_000),))


def crashes(survived: Mapping[str, Sequence[int]], blocks: int = 10, workers: int = 3) -> pd.DataFrame:
    """Return trials that crashed, the calls that survived in each way taken in turn."""
    ways = ("sequential", *survived)
    trials = frames.steady(frames.grid([CRASH], (workers,), ways), blocks).assign(status="crashed", wall_s=float("nan"))
    known = {"sequential": [0], **survived}
    return trials.assign(
        survived=[
            float(known[way][block % len(known[way])])
            for way, block in zip(trials["way"], trials["repeat"], strict=True)
        ]
    )


def renumbered(trials: pd.DataFrame, place: int) -> pd.DataFrame:
    """Return a frame whose cases have numbers of their own."""
    return trials.assign(**{name: trials[name] + 1_000 * place for name in ("case_id", "baseline_id")})
