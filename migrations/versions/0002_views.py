"""The five views: what people query. Times in seconds, counted from the trial's own start.

Plain SQL: whatever opens the file can read them.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CASE_COLUMNS = """
    s.id AS sweep_id, s.name AS sweep, c.id AS case_id, c.workload, c.num, c.time_s AS time, c.params,
    c.mode, c.start_method, c.workers, c.calls, i.label AS python
"""

OF_CASE = """
    JOIN sweeps AS s ON s.id = c.sweep_id
    JOIN interpreters AS i ON i.id = c.interpreter_id
"""

TRIAL_COLUMNS = f"""{CASE_COLUMNS},
    CASE t.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.status
"""

OF_TRIAL = f"""
    JOIN hosts AS h ON h.id = t.host_id
    JOIN cases AS c ON c.id = t.case_id {OF_CASE}
"""

TRIALS_VIEW = f"""
CREATE VIEW v_trials AS
SELECT t.id AS trial_id, {TRIAL_COLUMNS},
    t.wall_ns / 1e9 AS wall_s, t.elapsed_ns / 1e9 AS elapsed_s, t.started_at, t.load_1min, t.noisy, t.reason AS error
FROM trials AS t {OF_TRIAL}
"""

WORKERS_VIEW = f"""
CREATE VIEW v_workers AS
WITH worker AS (
    SELECT trial_id, worker, MIN(pid) AS pid, MIN(process_name) AS process_name, MIN(thread_name) AS thread_name,
        MIN(native_id) AS native_id, MIN(begin_ns) AS begin_ns, MAX(end_ns) AS end_ns, SUM(cpu_ns) AS cpu_ns,
        MIN(first_instruction_ns) - MIN(submitted_ns) AS start_latency_ns, SUM(run_queue_ns) AS run_queue_ns,
        SUM(voluntary_switches) AS voluntary_switches, SUM(involuntary_switches) AS involuntary_switches,
        MAX(peak_rss_bytes) AS peak_rss_bytes, COUNT(*) AS worker_calls, MAX(error_message) AS error_message,
        MAX(error_type) AS error_type
    FROM timings GROUP BY trial_id, worker
)
SELECT w.trial_id, w.worker, w.pid, w.process_name, w.thread_name, w.native_id,
    (w.begin_ns - t.start_ns) / 1e9 AS begin_s, (w.end_ns - t.start_ns) / 1e9 AS end_s,
    (w.end_ns - w.begin_ns) / 1e9 AS elapsed_s, w.cpu_ns / 1e9 AS cpu_s,
    w.start_latency_ns / 1e9 AS start_latency_s, w.run_queue_ns / 1e9 AS run_queue_s,
    w.voluntary_switches, w.involuntary_switches, w.peak_rss_bytes,
    w.worker_calls AS calls, w.error_type || ': ' || w.error_message AS error,
    {TRIAL_COLUMNS.replace("c.calls", "c.calls AS case_calls")}
FROM worker AS w JOIN trials AS t ON t.id = w.trial_id {OF_TRIAL}
"""

CALLS_VIEW = f"""
CREATE VIEW v_calls AS
SELECT g.trial_id, g.worker, g.call, g.pid, g.process_name, g.thread_name, g.native_id,
    (g.begin_ns - t.start_ns) / 1e9 AS begin_s, (g.end_ns - t.start_ns) / 1e9 AS end_s,
    (g.end_ns - g.begin_ns) / 1e9 AS elapsed_s, g.cpu_ns / 1e9 AS cpu_s, g.run_queue_ns / 1e9 AS run_queue_s,
    g.error_type || ': ' || g.error_message AS error,
    {TRIAL_COLUMNS}
FROM timings AS g JOIN trials AS t ON t.id = g.trial_id {OF_TRIAL}
"""

CASES_VIEW = f"""
CREATE VIEW v_cases AS
WITH counted AS (
    SELECT case_id, wall_ns,
        ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY wall_ns) AS place, COUNT(*) OVER (PARTITION BY case_id) AS n
    FROM trials WHERE status = 'ok' AND NOT warmup
), walls AS (
    SELECT case_id, n, MIN(wall_ns) AS min_ns, MAX(wall_ns) AS max_ns,
        AVG(CASE WHEN place IN ((n + 1) / 2, (n + 2) / 2) THEN wall_ns END) AS median_ns
    FROM counted GROUP BY case_id, n
), latencies AS (
    SELECT t.case_id, g.first_instruction_ns - g.submitted_ns AS latency_ns,
        ROW_NUMBER() OVER (PARTITION BY t.case_id ORDER BY g.first_instruction_ns - g.submitted_ns) AS place,
        COUNT(*) OVER (PARTITION BY t.case_id) AS n
    FROM trials AS t JOIN timings AS g ON g.trial_id = t.id AND g.call = 0
    WHERE t.status = 'ok' AND NOT t.warmup AND g.first_instruction_ns IS NOT NULL AND g.submitted_ns IS NOT NULL
), startups AS (
    SELECT case_id, AVG(latency_ns) AS startup_ns
    FROM latencies WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY case_id
), failed AS (
    SELECT case_id, COUNT(*) AS failures
    FROM trials WHERE status IN ('failed', 'crashed', 'timeout') GROUP BY case_id
)
SELECT {CASE_COLUMNS}, CASE i.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil,
    COALESCE(w.n, 0) AS n, COALESCE(f.failures, 0) AS failures,
    w.median_ns / 1e9 AS median_wall_s, w.min_ns / 1e9 AS min_wall_s, w.max_ns / 1e9 AS max_wall_s,
    u.startup_ns / 1e9 AS startup_s
FROM cases AS c {OF_CASE}
    LEFT JOIN walls AS w ON w.case_id = c.id
    LEFT JOIN startups AS u ON u.case_id = c.id
    LEFT JOIN failed AS f ON f.case_id = c.id
"""

# A case and its baseline are paired within a block, so that slow drift of the machine cancels out.
SPEEDUPS_VIEW = f"""
CREATE VIEW v_speedups AS
WITH pairs AS (
    SELECT t.case_id, b.wall_ns AS baseline_ns, t.wall_ns, 1.0 * b.wall_ns / t.wall_ns AS ratio
    FROM trials AS t
    JOIN cases AS c ON c.id = t.case_id
    JOIN trials AS b ON b.case_id = c.baseline_id AND b.repeat = t.repeat AND b.status = 'ok' AND NOT b.warmup
    WHERE t.status = 'ok' AND NOT t.warmup AND t.wall_ns > 0
), placed AS (
    SELECT case_id, baseline_ns, wall_ns, ratio, COUNT(*) OVER (PARTITION BY case_id) AS n,
        ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY baseline_ns) AS baseline_place,
        ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY wall_ns) AS wall_place,
        ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY ratio) AS ratio_place
    FROM pairs
), medians AS (
    SELECT case_id, n,
        AVG(CASE WHEN baseline_place IN ((n + 1) / 2, (n + 2) / 2) THEN baseline_ns END) AS baseline_ns,
        AVG(CASE WHEN wall_place IN ((n + 1) / 2, (n + 2) / 2) THEN wall_ns END) AS wall_ns,
        AVG(CASE WHEN ratio_place IN ((n + 1) / 2, (n + 2) / 2) THEN ratio END) AS speedup
    FROM placed GROUP BY case_id, n
)
SELECT {CASE_COLUMNS}, CASE i.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil,
    m.baseline_ns / 1e9 AS baseline_s, m.wall_ns / 1e9 AS wall_s, m.speedup, m.speedup / c.workers AS efficiency,
    COALESCE(m.n, 0) AS n
FROM cases AS c {OF_CASE}
    LEFT JOIN medians AS m ON m.case_id = c.id
WHERE c.mode <> 'sequential'
"""

VIEWS = {
    "v_trials": TRIALS_VIEW,
    "v_workers": WORKERS_VIEW,
    "v_calls": CALLS_VIEW,
    "v_cases": CASES_VIEW,
    "v_speedups": SPEEDUPS_VIEW,
}


def upgrade() -> None:
    for statement in VIEWS.values():
        op.execute(statement)


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
