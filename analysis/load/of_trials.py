"""Load trials and calls from the store's views."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.load.asking import Sweeps, frame, ids, listed, read
from runner.axes import CONDITIONS, Truth
from runner.errors import BadInput
from runner.store.location import resolve
from runner.store.opening import readable
from runner.store.query import ask


def trials(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return a row for each trial, warm-ups and failures included: v_trials and what the analysis needs beside it.

    These are `host_id`, a machine in one configuration; `case_key`, the same for the same case in every sweep;
    `baseline_id`, the sequential case that this one is compared with, and `locked_baseline_id`, that of the build with
    the interpreter lock; `usable_cpus` of the host, or as many as the trial was pinned to; `default_start`, whether the
    start method is the interpreter's own; `lock`, what the case says of the interpreter lock (`gil` is what a trial
    saw, so nothing for one that crashed), and `default_lock`, whether that is as the build has it.
    """
    return frame(
        store,
        """
        SELECT v.*, t.host_id, c.key AS case_key, c.baseline_id, c.locked_baseline_id,
            MIN(h.usable_cpus, COALESCE(JSON_ARRAY_LENGTH(v.cpus), h.usable_cpus)) AS usable_cpus,
            c.start_method = i.default_start_method AS default_start,
            COALESCE(c.gil, CASE i.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END) AS lock,
            COALESCE(c.gil, CASE i.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END)
                = CASE WHEN i.free_threaded_build THEN 'off' ELSE 'on' END AS default_lock
        FROM v_trials AS v JOIN trials AS t ON t.id = v.trial_id JOIN cases AS c ON c.id = v.case_id
            JOIN hosts AS h ON h.id = t.host_id JOIN interpreters AS i ON i.id = c.interpreter_id
        WHERE v.sweep_id IN ({sweeps}) ORDER BY v.trial_id
        """,
        sweep,
    ).astype(_TYPES)


_TYPES: Any = {
    **dict.fromkeys(("baseline_id", "locked_baseline_id"), "Int64"),
    **dict.fromkeys(("default_start", "default_lock"), "boolean"),
    **{name: bool for name, condition in CONDITIONS.items() if isinstance(condition.kind, Truth)},
}
"""Of columns that pandas would take for others where some values are missing, or where there are no rows."""


def workers(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return v_workers: a row for each worker of a trial."""
    return frame(store, "SELECT * FROM v_workers WHERE sweep_id IN ({sweeps}) ORDER BY trial_id, worker", sweep)


def cases(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return v_cases: a row for each case."""
    return frame(store, "SELECT * FROM v_cases WHERE sweep_id IN ({sweeps}) ORDER BY case_id", sweep)


def speedups(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return v_speedups: a row for each concurrent case. `analysis.statistics.speedups` adds the intervals."""
    return frame(store, "SELECT * FROM v_speedups WHERE sweep_id IN ({sweeps}) ORDER BY case_id", sweep)


def timeline(store: str, trial_ids: Sequence[int]) -> pd.DataFrame:
    """Return every call of these trials: `trial_id, worker, call, process_name, thread_name`, its stamps and `cpu_s`.

    Short calls are in batches of so many: `batch`. Where `cpu_s` covers other calls, too, it is missing. The stamps
    `submitted_s, first_instruction_s, begin_s, end_s, collected_s` count from the trial's own start.
    """
    stamps = ", ".join(
        f"(g.{stamp}_ns - t.start_ns) / 1e9 AS {stamp}_s"
        for stamp in ("submitted", "first_instruction", "begin", "end", "collected")
    )
    return read(
        store,
        f"""
        SELECT g.trial_id, g.worker, g.call, g.batch, g.process_name, g.thread_name, {stamps},
            CASE WHEN g.counted = g.batch THEN g.cpu_ns / 1e9 END AS cpu_s
        FROM timings AS g JOIN trials AS t ON t.id = g.trial_id
        WHERE g.trial_id IN ({listed(trial_ids)}) ORDER BY g.trial_id, g.worker, g.call
        """,  # noqa: S608 - the only thing put in is whole numbers
    )


def selected(store: str, sweep: Sweeps, condition: str) -> set[int]:
    """Return the numbers of the trials for which an SQL condition on the columns of v_trials holds.

    Raises BadInput, with what is wrong, for what is no condition.
    """
    sql = f"SELECT trial_id FROM v_trials WHERE sweep_id IN ({ids(store, sweep)}) AND (\n{condition}\n)"  # noqa: S608
    try:
        with ask(readable(resolve(store)), sql) as answer:
            return {row[0] for row in answer.rows}
    except BadInput as error:
        raise BadInput(f"--select {condition!r}: {error}") from None
