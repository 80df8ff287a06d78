"""From a store to tidy frames: the only module here that knows the store.

Each function takes the path or ``sqlite:///`` URL of a store and, unless all sweeps are wanted, which of them: a
number, a name (the newest sweep of it), or several. Times are in seconds. The columns are described in docs/analysis.md
and docs/sql.md. Nothing is ever written. Raises StoreUnusable where there is no store to read, and BadInput where there
is no such sweep.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pandas as pd

from runner.axes import CONDITIONS, Truth
from runner.errors import BadInput
from runner.store.connect import explained, read_only
from runner.store.counts import CASES, PLANNED
from runner.store.location import resolve
from runner.store.opening import readable
from runner.store.query import ask
from runner.store.read import Reader

SweepReference = int | str
Sweeps = SweepReference | Sequence[SweepReference] | None


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that trials ran on."""

    hostname: str
    system: str | None
    release: str | None
    machine: str | None
    cpu_model: str | None
    logical_cpus: int | None
    usable_cpus: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter under test."""

    label: str
    implementation: str
    version: str
    build: str | None
    compiler: str | None
    executable: str | None
    free_threaded_build: bool | None
    gil: bool | None
    """Whether the interpreter lock is on."""
    jit: bool | None
    default_start_method: str
    flags: str
    """JSON: those of sys.flags that are set."""
    build_options: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """A workload that is the user's own."""

    name: str
    module: str
    qualname: str
    file: str | None
    source_sha256: str | None
    distributions: str
    """JSON: versions by name."""


@dataclass(frozen=True, slots=True)
class Omission:
    """Cases of the matrix that cannot be run; what is None is not what they have in common."""

    workload: str | None
    mode: str | None
    start_method: str | None
    python: str
    gil: str | None
    cases: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a report says about the sweep itself."""

    id: int
    name: str
    grid_text: str
    command_line: str
    seed: int
    repeats: int
    warmup: int
    runner_version: str
    git_commit: str | None
    git_dirty: bool | None
    started_at: str
    ended_at: str | None
    """None until every trial is done."""
    cases: int
    planned: int
    """Trials that the whole sweep has."""
    hosts: tuple[Host, ...]
    """Empty until there is a trial."""
    interpreters: tuple[Interpreter, ...]
    functions: tuple[Function, ...]
    omissions: tuple[Omission, ...]


def trials(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return a row for each trial, warm-ups and failures included: v_trials and what the analysis needs beside it.

    These are `host_id`, a machine in one configuration; `case_key`, the same for the same case in every sweep;
    `baseline_id`, the sequential case that this one is compared with, and `locked_baseline_id`, that of the build with
    the interpreter lock; `usable_cpus` of the host, or as many as the trial was pinned to; `default_start`, whether the
    start method is the interpreter's own; `lock`, what the case says of the interpreter lock (`gil` is what a trial
    saw, so nothing for one that crashed), and `default_lock`, whether that is as the build has it.
    """
    return _frame(
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
    return _frame(store, "SELECT * FROM v_workers WHERE sweep_id IN ({sweeps}) ORDER BY trial_id, worker", sweep)


def cases(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return v_cases: a row for each case."""
    return _frame(store, "SELECT * FROM v_cases WHERE sweep_id IN ({sweeps}) ORDER BY case_id", sweep)


def speedups(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return v_speedups: a row for each concurrent case. `analysis.statistics.speedups` adds the intervals."""
    return _frame(store, "SELECT * FROM v_speedups WHERE sweep_id IN ({sweeps}) ORDER BY case_id", sweep)


def activity(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return what the workers of each trial that succeeded did, summed up in the database: a row for each trial.

    | column | of a trial |
    |---|---|
    | `compute_s` | the compute window: from the first BEGIN to the last END |
    | `busy_s`, `cpu_s`, `run_queue_s` | sums over its calls: BEGIN to END; on a CPU; waiting for a CPU |
    | `first_call_s`, `first_wait_s`, `first_setup_s` | of its first worker, the parts of starting it: the call that
      starts it; from there to its first instruction; from there to BEGIN |
    | `later_call_s`, `later_wait_s`, `later_setup_s` | the same, the mean over its other workers |
    | `start_latency_s` | from submitting a worker to its first instruction, the mean over the workers |
    | `peak_rss_bytes` | the largest peak of resident memory among the processes that its calls ran in |
    | `setup_s`, `warmup_s` | what the workload's own setup and the warm-up calls took, the mean over the workers |
    | `queued_s`, `longest_queued_s` | from a task's submission to its first instruction: the mean, and the longest |
    """
    return _frame(store, _ACTIVITY, sweep)


def survivors(store: str, sweep: Sweeps = None) -> pd.DataFrame:
    """Return `survived`, how many calls came to their end, for each trial that crashed and is no warm-up."""
    return _frame(
        store,
        """
        SELECT t.id AS trial_id, SUM(g.end_ns IS NOT NULL AND g.error_type IS NULL) AS survived
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
        CASE WHEN COUNT(g.cpu_ns) = COUNT(*) THEN SUM(g.cpu_ns) / 1e9 END AS cpu_s,
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


def timeline(store: str, trial_ids: Sequence[int]) -> pd.DataFrame:
    """Return every call of these trials: `trial_id, worker, call, process_name, thread_name`, its stamps and `cpu_s`.

    The stamps `submitted_s, first_instruction_s, begin_s, end_s, collected_s` count from the trial's own start.
    """
    stamps = ", ".join(
        f"(g.{stamp}_ns - t.start_ns) / 1e9 AS {stamp}_s"
        for stamp in ("submitted", "first_instruction", "begin", "end", "collected")
    )
    return _read(
        store,
        f"""
        SELECT g.trial_id, g.worker, g.call, g.process_name, g.thread_name, {stamps}, g.cpu_ns / 1e9 AS cpu_s
        FROM timings AS g JOIN trials AS t ON t.id = g.trial_id
        WHERE g.trial_id IN ({_listed(trial_ids)}) ORDER BY g.trial_id, g.worker, g.call
        """,  # noqa: S608 - the only thing put in is whole numbers
    )


def selected(store: str, sweep: Sweeps, condition: str) -> set[int]:
    """Return the numbers of the trials for which an SQL condition on the columns of v_trials holds.

    Raises BadInput, with what is wrong, for what is no condition.
    """
    sql = f"SELECT trial_id FROM v_trials WHERE sweep_id IN ({_ids(store, sweep)}) AND (\n{condition}\n)"  # noqa: S608
    try:
        with ask(readable(resolve(store)), sql) as answer:
            return {row[0] for row in answer.rows}
    except BadInput as error:
        raise BadInput(f"--select {condition!r}: {error}") from None


def sweeps(store: str, references: Sequence[SweepReference] = ()) -> list[Sweep]:
    """Return the sweeps of these numbers or names; by default the newest with a trial, or else the newest.

    Raises BadInput when there is none.
    """
    with Reader(resolve(store)) as reader:
        if references:
            rows = {row["id"]: row for row in (reader.sweep(str(reference)) for reference in references)}
        else:
            newest = [row for row in reversed(reader.sweeps()) if row["done"]] or reader.sweeps()[-1:]
            rows = {row["id"]: reader.sweep(str(row["id"])) for row in newest[:1]}
    if not rows:
        raise BadInput(f"{store}: it holds no sweep yet; `runner sweep --matrix grid.yaml` makes one.")
    return [_sweep(store, row) for row in rows.values()]


def _sweep(store: str, row: Any) -> Sweep:
    sizes = _read(store, f"SELECT {CASES} AS cases, {PLANNED} AS planned FROM sweeps AS s WHERE s.id = ?", row["id"])  # noqa: S608
    hosts = _facts(
        store,
        Host,
        """SELECT {columns} FROM hosts WHERE id IN (SELECT t.host_id FROM trials AS t JOIN cases AS c
        ON c.id = t.case_id WHERE c.sweep_id = ?) ORDER BY id""",
        row["id"],
    )
    interpreters = _facts(
        store,
        Interpreter,
        """SELECT {columns} FROM interpreters WHERE id IN (SELECT interpreter_id FROM cases WHERE sweep_id = ?)
        ORDER BY label, gil DESC""",
        row["id"],
    )
    functions = _facts(
        store,
        Function,
        "SELECT {columns} FROM functions WHERE id IN (SELECT function_id FROM cases WHERE sweep_id = ?) ORDER BY name",
        row["id"],
    )
    omissions = _facts(store, Omission, "SELECT {columns} FROM omissions WHERE sweep_id = ? ORDER BY number", row["id"])
    return Sweep(
        **{name: row[name] for name in Sweep.__slots__ if name in row},
        cases=int(sizes["cases"][0]),
        planned=int(sizes["planned"][0]),
        hosts=tuple(hosts),
        interpreters=tuple(interpreters),
        functions=tuple(functions),
        omissions=tuple(omissions),
    )


def _facts(store: str, kind: Any, sql: str, sweep_id: int) -> list[Any]:
    columns = ", ".join(kind.__slots__)
    frame = _read(store, sql.format(columns=columns), sweep_id).astype(object)
    booleans = [name for name in ("gil", "free_threaded_build", "jit") if kind is Interpreter]
    found = []
    for record in frame.to_dict("records"):
        known = {str(name): _plain(value) for name, value in record.items()}
        found.append(kind(**known | {name: None if known[name] is None else bool(known[name]) for name in booleans}))
    return found


def _plain(value: Any) -> Any:
    """Return a value as it was stored: pandas makes NULL a float, and the whole numbers beside it too."""
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _ids(store: str, sweep: Sweeps) -> str:
    if sweep is None:
        return "SELECT id FROM sweeps"
    references = [sweep] if isinstance(sweep, int | str) else sweep
    with Reader(resolve(store)) as reader:
        return _listed([reader.sweep(str(reference))["id"] for reference in references])


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def _frame(store: str, sql: str, sweep: Sweeps) -> pd.DataFrame:
    return _read(store, sql.format(sweeps=_ids(store, sweep)))


def _read(store: str, sql: str, *parameters: Any) -> pd.DataFrame:
    path = readable(resolve(store))
    with explained(path), closing(read_only(path)) as connection:
        return pd.read_sql_query(sql, connection, params=parameters)
