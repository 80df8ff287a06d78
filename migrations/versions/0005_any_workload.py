"""Any workload, every mode, any interpreter: what a case says beside the study's axes, and what was left out and why.

`functions` holds the workloads that are the users' own, each in one version of its source. A case that says nothing of
lock, placement, warm-up calls, barrier or environment is what it was before, and has the same key.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OF_WHICH_CASE = """
    s.id AS sweep_id, s.name AS sweep, c.id AS case_id, c.workload, c.num, c.time_s AS time, c.params,
    c.mode, c.start_method, c.workers
"""

CONDITIONS = "c.warmup_calls, c.barrier, c.affinity, c.env"

IN_WORDS = "WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END"

CASE_COLUMNS = f"""{OF_WHICH_CASE}, c.calls, i.label AS python,
    COALESCE(c.gil, CASE i.gil {IN_WORDS}) AS gil, {CONDITIONS}
"""

OF_CASE = """
    JOIN sweeps AS s ON s.id = c.sweep_id
    JOIN interpreters AS i ON i.id = c.interpreter_id
"""

OF_TRIAL = f"""
    JOIN hosts AS h ON h.id = t.host_id
    JOIN cases AS c ON c.id = t.case_id {OF_CASE}
"""

TRIALS_VIEW = f"""
CREATE VIEW v_trials AS
SELECT t.id AS trial_id, {OF_WHICH_CASE}, c.calls, i.label AS python,
    CASE t.gil {IN_WORDS} AS gil, {CONDITIONS}, t.cpus, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.attempt, t.status,
    t.wall_ns / 1e9 AS wall_s, t.elapsed_ns / 1e9 AS elapsed_s, t.started_at, t.load_1min, t.runnable,
    t.others_cpu_ns / 1e9 AS others_cpu_s, t.steal_ns / 1e9 AS steal_s, t.throttled_ns / 1e9 AS throttled_s,
    t.suspended_ns / 1e9 AS suspended_s, t.clock_jump_ns / 1e9 AS clock_jump_s,
    t.runner_held_ns / 1e9 AS runner_held_s, t.stops, t.noisy, t.reason AS error
FROM trials AS t {OF_TRIAL}
"""


def of_worker(aggregate: str) -> str:
    return f"(SELECT {aggregate} FROM timings AS w WHERE w.trial_id = g.trial_id AND w.worker = g.worker)"


# Every worker of which anything is known has a first call.
WORKERS_VIEW = f"""
CREATE VIEW v_workers AS
SELECT g.trial_id, g.worker, g.pid, g.process_name, g.thread_name, g.native_id,
    (g.begin_ns - t.start_ns) / 1e9 AS begin_s, ({of_worker("MAX(w.end_ns)")} - t.start_ns) / 1e9 AS end_s,
    ({of_worker("MAX(w.end_ns)")} - g.begin_ns) / 1e9 AS elapsed_s, {of_worker("SUM(w.cpu_ns)")} / 1e9 AS cpu_s,
    (g.first_instruction_ns - g.submitted_ns) / 1e9 AS start_latency_s,
    g.setup_ns / 1e9 AS setup_s, g.warmup_ns / 1e9 AS warmup_s,
    {of_worker("SUM(w.run_queue_ns)")} / 1e9 AS run_queue_s,
    {of_worker("SUM(w.voluntary_switches)")} AS voluntary_switches,
    {of_worker("SUM(w.involuntary_switches)")} AS involuntary_switches,
    {of_worker("MAX(w.peak_rss_bytes)")} AS peak_rss_bytes, {of_worker("COUNT(*)")} AS calls,
    {of_worker("MAX(w.error_type || ': ' || w.error_message)")} AS error,
    {OF_WHICH_CASE}, c.calls AS case_calls, i.label AS python,
    CASE t.gil {IN_WORDS} AS gil, {CONDITIONS}, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.status
FROM timings AS g JOIN trials AS t ON t.id = g.trial_id {OF_TRIAL}
WHERE g.call = 0
"""

CALLS_VIEW = f"""
CREATE VIEW v_calls AS
SELECT g.trial_id, g.worker, g.call, g.pid, g.process_name, g.thread_name, g.native_id,
    (g.begin_ns - t.start_ns) / 1e9 AS begin_s, (g.end_ns - t.start_ns) / 1e9 AS end_s,
    (g.end_ns - g.begin_ns) / 1e9 AS elapsed_s, g.queued_ns / 1e9 AS queued_s,
    g.cpu_ns / 1e9 AS cpu_s, g.run_queue_ns / 1e9 AS run_queue_s,
    g.error_type || ': ' || g.error_message AS error,
    {OF_WHICH_CASE}, c.calls, i.label AS python,
    CASE t.gil {IN_WORDS} AS gil, {CONDITIONS}, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.status
FROM timings AS g JOIN trials AS t ON t.id = g.trial_id {OF_TRIAL}
"""

# Written so that the index of trials that are done serves for it.
COUNTED = "t.case_id = c.id AND t.status = 'ok' AND t.warmup = FALSE"

TRIALS = f"trials AS t WHERE {COUNTED}"

STARTS = f"""
    trials AS t JOIN timings AS g ON g.trial_id = t.id AND g.call = 0
    WHERE {COUNTED} AND g.first_instruction_ns IS NOT NULL AND g.submitted_ns IS NOT NULL
"""


def pairs(baseline: str) -> str:
    """A case and its baseline are paired within a block, so that slow drift of the machine cancels out."""
    return f"""
        trials AS t
        JOIN trials AS b ON b.case_id = c.{baseline} AND b.repeat = t.repeat AND b.status = 'ok' AND b.warmup = FALSE
        WHERE {COUNTED} AND t.wall_ns > 0
    """


def median(value: str, rows: str) -> str:
    return f"""(
        SELECT AVG(value) FROM (
            SELECT {value} AS value, ROW_NUMBER() OVER (ORDER BY {value}) AS place, COUNT(*) OVER () AS n FROM {rows}
        ) AS ordered WHERE place IN ((n + 1) / 2, (n + 2) / 2)
    )"""


CASES_VIEW = f"""
CREATE VIEW v_cases AS
SELECT {CASE_COLUMNS},
    (SELECT COUNT(*) FROM {TRIALS}) AS n,
    (SELECT COUNT(*) FROM trials AS t WHERE t.case_id = c.id AND t.status IN ('failed', 'crashed', 'timeout'))
        AS failures,
    {median("t.wall_ns", TRIALS)} / 1e9 AS median_wall_s,
    (SELECT MIN(t.wall_ns) FROM {TRIALS}) / 1e9 AS min_wall_s,
    (SELECT MAX(t.wall_ns) FROM {TRIALS}) / 1e9 AS max_wall_s,
    {median("g.first_instruction_ns - g.submitted_ns", STARTS)} / 1e9 AS startup_s,
    f.source, f.source_sha256, f.distributions
FROM cases AS c {OF_CASE}
    LEFT JOIN functions AS f ON f.id = c.function_id
"""

RATIO = "1.0 * b.wall_ns / t.wall_ns"

SPEEDUPS_VIEW = f"""
CREATE VIEW v_speedups AS
SELECT {CASE_COLUMNS},
    {median("b.wall_ns", pairs("baseline_id"))} / 1e9 AS baseline_s,
    {median("t.wall_ns", pairs("baseline_id"))} / 1e9 AS wall_s,
    {median(RATIO, pairs("baseline_id"))} AS speedup,
    {median(f"{RATIO} / c.workers", pairs("baseline_id"))} AS efficiency,
    (SELECT COUNT(*) FROM {pairs("baseline_id")}) AS n,
    {median("b.wall_ns", pairs("locked_baseline_id"))} / 1e9 AS locked_baseline_s,
    {median(RATIO, pairs("locked_baseline_id"))} AS locked_speedup
FROM cases AS c {OF_CASE}
WHERE c.mode <> 'sequential'
"""

OMISSIONS_VIEW = """
CREATE VIEW v_omissions AS
SELECT s.id AS sweep_id, s.name AS sweep, o.workload, o.mode, o.start_method, o.python, o.gil, o.cases, o.reason
FROM omissions AS o JOIN sweeps AS s ON s.id = o.sweep_id
"""

VIEWS = {
    "v_trials": TRIALS_VIEW,
    "v_workers": WORKERS_VIEW,
    "v_calls": CALLS_VIEW,
    "v_cases": CASES_VIEW,
    "v_speedups": SPEEDUPS_VIEW,
}


def upgrade() -> None:
    for view in VIEWS:  # SQLite does not rename a table below one
        op.execute(f"DROP VIEW {view}")
    op.create_table(
        "functions",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("qualname", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_sha256", sa.Text(), nullable=True),
        sa.Column("distributions", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_functions")),
        sa.UniqueConstraint("identity", name=op.f("uq_functions_identity")),
    )
    op.create_table(
        "omissions",
        sa.Column("sweep_id", WHOLE, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("workload", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("start_method", sa.Text(), nullable=True),
        sa.Column("python", sa.Text(), nullable=False),
        sa.Column("gil", sa.Text(), nullable=True),
        sa.Column("cases", WHOLE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweeps.id"], name=op.f("fk_omissions_sweep_id_sweeps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sweep_id", "number", name=op.f("pk_omissions")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("interpreters", recreate="never") as interpreters:
        interpreters.add_column(
            sa.Column(
                "modes",
                sa.Text(),
                nullable=False,
                server_default=sa.text("""'["sequential", "threading", "multiprocessing"]'"""),
            )
        )
        interpreters.add_column(sa.Column("flags", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
        interpreters.add_column(sa.Column("build_options", sa.Text(), nullable=True))
    with op.batch_alter_table("cases", recreate="always") as cases:
        cases.add_column(sa.Column("function_id", WHOLE, nullable=True))
        cases.add_column(sa.Column("gil", sa.Text(), nullable=True))
        cases.add_column(sa.Column("warmup_calls", WHOLE, nullable=False, server_default="0"))
        cases.add_column(sa.Column("barrier", sa.Boolean(), nullable=False, server_default=sa.false()))
        cases.add_column(sa.Column("affinity", sa.Text(), nullable=False, server_default="any"))
        cases.add_column(sa.Column("env", sa.Text(), nullable=False, server_default="{}"))
        cases.add_column(sa.Column("locked_baseline_id", WHOLE, nullable=True))
        cases.create_foreign_key(op.f("fk_cases_function_id_functions"), "functions", ["function_id"], ["id"])
        cases.create_foreign_key(
            op.f("fk_cases_locked_baseline_id_cases"), "cases", ["locked_baseline_id"], ["id"], ondelete="SET NULL"
        )
        cases.create_index("ix_cases_locked_baseline_id", ["locked_baseline_id"])
        cases.create_index("ix_cases_function_id", ["function_id"])
    with op.batch_alter_table("trials", recreate="never") as trials:
        trials.add_column(sa.Column("cpus", sa.Text(), nullable=True))
    with op.batch_alter_table("timings", recreate="never") as timings:
        for name in ("setup_ns", "warmup_ns", "queued_ns"):
            timings.add_column(sa.Column(name, WHOLE, nullable=True))
    for statement in (*VIEWS.values(), OMISSIONS_VIEW):
        op.execute(statement)


def downgrade() -> None:
    for view in (*VIEWS, "v_omissions"):
        op.execute(f"DROP VIEW {view}")
    with op.batch_alter_table("timings", recreate="never") as timings:
        for name in ("setup_ns", "warmup_ns", "queued_ns"):
            timings.drop_column(name)
    with op.batch_alter_table("trials", recreate="never") as trials:
        trials.drop_column("cpus")
    with op.batch_alter_table("cases", recreate="always") as cases:
        cases.drop_index("ix_cases_function_id")
        cases.drop_index("ix_cases_locked_baseline_id")
        cases.drop_constraint(op.f("fk_cases_locked_baseline_id_cases"), type_="foreignkey")
        cases.drop_constraint(op.f("fk_cases_function_id_functions"), type_="foreignkey")
        for name in ("function_id", "gil", "warmup_calls", "barrier", "affinity", "env", "locked_baseline_id"):
            cases.drop_column(name)
    with op.batch_alter_table("interpreters", recreate="never") as interpreters:
        for name in ("build_options", "flags", "modes"):
            interpreters.drop_column(name)
    for table in ("omissions", "functions"):
        op.drop_table(table)
    for statement in views_before().values():
        op.execute(statement)


def views_before() -> dict[str, str]:
    found: dict[str, str] = {}
    for version in ("0002", "0003"):
        found |= context.script.get_revision(version).module.VIEWS
    return found | {"v_trials": context.script.get_revision("0004").module.TRIALS_VIEW}
