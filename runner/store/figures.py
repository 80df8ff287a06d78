"""Compute the figures of cases from their rows and those of their trials, as a report does."""

from collections.abc import Iterable

from runner.numbers.pairs import Place
from runner.numbers.summary import Summary, WallTime, summaries
from runner.store.rows import Columns

CASES = """
    SELECT NULL AS speedup, NULL AS efficiency, CASE WHEN mode <> 'sequential' THEN 0 END AS pairs, *
    FROM v_cases WHERE sweep_id = :sweep_id ORDER BY case_id
"""
TRIALS = """
    SELECT t.case_id, t.host_id, t.repeat, c.baseline_id, CAST(t.wall_ns AS REAL) AS wall_ns,
        t.noisy IS NOT NULL AS is_disturbed
    FROM cases AS c JOIN trials AS t ON t.case_id = c.id
    WHERE c.sweep_id = :sweep_id AND t.status = 'ok' AND NOT t.warmup AND t.wall_ns IS NOT NULL
"""
"""Those that count."""


def wall_times(trials: Iterable[Columns]) -> list[WallTime]:
    """Return the times in rows of TRIALS."""
    return [
        WallTime(
            Place(row["case_id"], row["host_id"], row["repeat"]),
            row["baseline_id"],
            row["wall_ns"],
            bool(row["is_disturbed"]),
        )
        for row in trials
    ]


def with_figures(cases: Iterable[Columns], times: Iterable[WallTime]) -> list[Columns]:
    """Return the rows of CASES with the figures that these times give them."""
    found = summaries(times)
    return [_with_figures(case, found.get(case["case_id"])) for case in cases]


def _with_figures(case: Columns, found: Summary | None) -> Columns:
    if found is None:
        return case
    return {
        **case,
        "speedup": found.speedup,
        "efficiency": found.efficiency(case["workers"]),
        "pairs": len(found.ratios) or case["pairs"],
        "n": len(found.walls_ns),
        "median_wall_s": found.median_s,
        "min_wall_s": found.walls_ns[0] / 1e9,
        "max_wall_s": found.walls_ns[-1] / 1e9,
    }
