"""Load figures of each trial's workers, aggregated in the database."""

import pandas as pd

from analysis.load.asking import Sweeps, frame


def activity(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return what the workers of each trial that succeeded did, summed up in the database: a row for each trial.

    | column | of a trial |
    |---|---|
    | `compute_s` | the compute window: from the first BEGIN to the last END |
    | `busy_s`, `cpu_s`, `run_queue_s` | sums over its calls: BEGIN to END; on a CPU; waiting for a CPU |
    | `process_cpu_s` | `cpu_s` of the workers' whole processes, with native threads and children; missing where workers
      share a process |
    | `first_call_s`, `first_wait_s`, `first_setup_s` | of its first worker, the parts of starting it: the call that
      starts it; from there to its first instruction; from there to BEGIN |
    | `later_call_s`, `later_wait_s`, `later_setup_s` | the same, the mean over its other workers |
    | `start_latency_s` | from submitting a worker to its first instruction, the mean over the workers |
    | `peak_rss_bytes` | the largest peak of resident memory among the processes that its calls ran in |
    | `setup_s`, `warmup_s` | what the workload's own setup and the warm-up calls took, the mean over the workers |
    | `queued_s`, `longest_queued_s` | from a task's submission to its first instruction: the mean, and the longest |
    """
    return frame(store, _ACTIVITY, sweep)


def survivors(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return `survived`, how many calls came to their end, for each trial that crashed and is no warm-up."""
    return frame(
        store,
        """
        SELECT t.id AS trial_id, SUM(CASE WHEN g.end_ns IS NOT NULL
            THEN g.batch + g.unrecorded - (g.error_type IS NOT NULL) ELSE 0 END) AS survived
        FROM cases AS c JOIN trials AS t ON t.case_id = c.id LEFT JOIN timings AS g ON g.trial_id = t.id
        WHERE c.sweep_id IN ({sweeps}) AND t.status = 'crashed' AND NOT t.warmup
        GROUP BY t.id ORDER BY t.id
        """,
        sweep,
    )


_START = {
    "call": "MIN(g.start_returned_ns, g.first_instruction_ns) - g.submitted_ns",
    "wait": "g.first_instruction_ns - MIN(g.start_returned_ns, g.first_instruction_ns)",
    "setup": "g.begin_ns - g.first_instruction_ns - COALESCE(g.setup_ns, 0) - COALESCE(g.warmup_ns, 0)",
}
_PARTS = ", ".join(
    f"AVG(CASE WHEN g.call = 0 AND g.worker {which} THEN {part} END) / 1e9 AS {name}_{column}_s"
    for name, which in (("first", "= 0"), ("later", "> 0"))
    for column, part in _START.items()
)
_ACTIVITY = f"""
    SELECT g.trial_id, (MAX(g.end_ns) - MIN(g.begin_ns)) / 1e9 AS compute_s,
        SUM(g.end_ns - g.begin_ns) / 1e9 AS busy_s,
        CASE WHEN SUM(g.counted) = SUM(g.batch + g.unrecorded) THEN SUM(g.cpu_ns) / 1e9 END AS cpu_s,
        CASE WHEN COUNT(g.process_cpu_ns) = COUNT(g.cpu_ns) THEN SUM(g.process_cpu_ns) / 1e9 END AS process_cpu_s,
        CASE WHEN COUNT(g.run_queue_ns) = COUNT(*) THEN SUM(g.run_queue_ns) / 1e9 END AS run_queue_s,
        AVG(CASE WHEN g.call = 0 THEN g.first_instruction_ns - g.submitted_ns END) / 1e9 AS start_latency_s,
        MAX(g.peak_rss_bytes) AS peak_rss_bytes, {_PARTS},
        AVG(CASE WHEN g.call = 0 THEN g.setup_ns END) / 1e9 AS setup_s,
        AVG(CASE WHEN g.call = 0 THEN g.warmup_ns END) / 1e9 AS warmup_s,
        AVG(g.queued_ns) / 1e9 AS queued_s, MAX(g.queued_ns) / 1e9 AS longest_queued_s
    FROM cases AS c JOIN trials AS t ON t.case_id = c.id JOIN timings AS g ON g.trial_id = t.id
    WHERE c.sweep_id IN ({{sweeps}}) AND t.status = 'ok' AND NOT t.warmup
    GROUP BY g.trial_id ORDER BY g.trial_id
"""  # noqa: S608 - made of nothing but the constants above
