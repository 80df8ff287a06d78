"""v_workers, v_cases and v_speedups compute each row by itself: one sweep's rows no longer cost what all sweeps cost.

They were aggregates over everything, which SQLite computes before it looks at the WHERE of whoever asks. A column that
nobody asks for costs nothing now.
"""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OF_WHICH_CASE = """
    s.id AS sweep_id, s.name AS sweep, c.id AS case_id, c.workload, c.num, c.time_s AS time, c.params,
    c.mode, c.start_method, c.workers
"""

CASE_COLUMNS = f"""{OF_WHICH_CASE}, c.calls, i.label AS python,
    CASE i.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil
"""

OF_CASE = """
    JOIN sweeps AS s ON s.id = c.sweep_id
    JOIN interpreters AS i ON i.id = c.interpreter_id
"""

# Written so that the index of trials that are done serves for it.
COUNTED = "t.case_id = c.id AND t.status = 'ok' AND t.warmup = FALSE"

TRIALS = f"trials AS t WHERE {COUNTED}"

STARTS = f"""
    trials AS t JOIN timings AS g ON g.trial_id = t.id AND g.call = 0
    WHERE {COUNTED} AND g.first_instruction_ns IS NOT NULL AND g.submitted_ns IS NOT NULL
"""

# A case and its baseline are paired within a block, so that slow drift of the machine cancels out.
PAIRS = f"""
    trials AS t
    JOIN trials AS b ON b.case_id = c.baseline_id AND b.repeat = t.repeat AND b.status = 'ok' AND b.warmup = FALSE
    WHERE {COUNTED} AND t.wall_ns > 0
"""


def median(value: str, rows: str) -> str:
    return f"""(
        SELECT AVG(value) FROM (
            SELECT {value} AS value, ROW_NUMBER() OVER (ORDER BY {value}) AS place, COUNT(*) OVER () AS n FROM {rows}
        ) AS ordered WHERE place IN ((n + 1) / 2, (n + 2) / 2)
    )"""


def of_worker(aggregate: str) -> str:
    return f"(SELECT {aggregate} FROM timings AS w WHERE w.trial_id = g.trial_id AND w.worker = g.worker)"


# Every worker of which anything is known has a first call.
WORKERS_VIEW = f"""
CREATE VIEW v_workers AS
SELECT g.trial_id, g.worker, g.pid, g.process_name, g.thread_name, g.native_id,
    (g.begin_ns - t.start_ns) / 1e9 AS begin_s, ({of_worker("MAX(w.end_ns)")} - t.start_ns) / 1e9 AS end_s,
    ({of_worker("MAX(w.end_ns)")} - g.begin_ns) / 1e9 AS elapsed_s, {of_worker("SUM(w.cpu_ns)")} / 1e9 AS cpu_s,
    (g.first_instruction_ns - g.submitted_ns) / 1e9 AS start_latency_s,
    {of_worker("SUM(w.run_queue_ns)")} / 1e9 AS run_queue_s,
    {of_worker("SUM(w.voluntary_switches)")} AS voluntary_switches,
    {of_worker("SUM(w.involuntary_switches)")} AS involuntary_switches,
    {of_worker("MAX(w.peak_rss_bytes)")} AS peak_rss_bytes, {of_worker("COUNT(*)")} AS calls,
    {of_worker("MAX(w.error_type || ': ' || w.error_message)")} AS error,
    {OF_WHICH_CASE}, c.calls AS case_calls, i.label AS python,
    CASE t.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.status
FROM timings AS g JOIN trials AS t ON t.id = g.trial_id
    JOIN hosts AS h ON h.id = t.host_id
    JOIN cases AS c ON c.id = t.case_id {OF_CASE}
WHERE g.call = 0
"""

CASES_VIEW = f"""
CREATE VIEW v_cases AS
SELECT {CASE_COLUMNS},
    (SELECT COUNT(*) FROM {TRIALS}) AS n,
    (SELECT COUNT(*) FROM trials AS t WHERE t.case_id = c.id AND t.status IN ('failed', 'crashed', 'timeout'))
        AS failures,
    {median("t.wall_ns", TRIALS)} / 1e9 AS median_wall_s,
    (SELECT MIN(t.wall_ns) FROM {TRIALS}) / 1e9 AS min_wall_s,
    (SELECT MAX(t.wall_ns) FROM {TRIALS}) / 1e9 AS max_wall_s,
    {median("g.first_instruction_ns - g.submitted_ns", STARTS)} / 1e9 AS startup_s
FROM cases AS c {OF_CASE}
"""

SPEEDUPS_VIEW = f"""
CREATE VIEW v_speedups AS
SELECT {CASE_COLUMNS},
    {median("b.wall_ns", PAIRS)} / 1e9 AS baseline_s,
    {median("t.wall_ns", PAIRS)} / 1e9 AS wall_s,
    {median("1.0 * b.wall_ns / t.wall_ns", PAIRS)} AS speedup,
    {median("1.0 * b.wall_ns / t.wall_ns / c.workers", PAIRS)} AS efficiency,
    (SELECT COUNT(*) FROM {PAIRS}) AS n
FROM cases AS c {OF_CASE}
WHERE c.mode <> 'sequential'
"""

VIEWS = {"v_workers": WORKERS_VIEW, "v_cases": CASES_VIEW, "v_speedups": SPEEDUPS_VIEW}


def upgrade() -> None:
    for view, statement in VIEWS.items():
        op.execute(f"DROP VIEW {view}")
        op.execute(statement)


def downgrade() -> None:
    before = context.script.get_revision(down_revision).module.VIEWS
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
        op.execute(before[view])
