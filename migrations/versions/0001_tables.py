"""The six tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite wants its own word for a row id; elsewhere nanoseconds need 64 bits.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("machine", sa.Text(), nullable=True),
        sa.Column("cpu_model", sa.Text(), nullable=True),
        sa.Column("logical_cpus", WHOLE, nullable=True),
        sa.Column("usable_cpus", WHOLE, nullable=False),
        sa.Column("memory_bytes", WHOLE, nullable=True),
        sa.Column("clock", sa.Text(), nullable=True),
        sa.Column("clock_resolution_ns", WHOLE, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("identity", name=op.f("uq_hosts_identity")),
    )
    op.create_table(
        "interpreters",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("implementation", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("build", sa.Text(), nullable=True),
        sa.Column("compiler", sa.Text(), nullable=True),
        sa.Column("executable", sa.Text(), nullable=True),
        sa.Column("free_threaded_build", sa.Boolean(), nullable=True),
        sa.Column("gil", sa.Boolean(), nullable=True),
        sa.Column("jit", sa.Boolean(), nullable=True),
        sa.Column("switch_interval_s", sa.Double(), nullable=True),
        sa.Column("gc", sa.Boolean(), nullable=True),
        sa.Column("hash_seed", sa.Text(), nullable=True),
        sa.Column("start_methods", sa.Text(), nullable=False),
        sa.Column("default_start_method", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interpreters")),
        sa.UniqueConstraint("identity", name=op.f("uq_interpreters_identity")),
    )
    op.create_table(
        "sweeps",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grid_path", sa.Text(), nullable=False),
        sa.Column("grid_text", sa.Text(), nullable=False),
        sa.Column("grid_sha256", sa.Text(), nullable=False),
        sa.Column("seed", WHOLE, nullable=False),
        sa.Column("repeats", WHOLE, nullable=False),
        sa.Column("warmup", WHOLE, nullable=False),
        sa.Column("timeout_ns", WHOLE, nullable=False),
        sa.Column("runner_version", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("command_line", sa.Text(), nullable=False),
        sa.Column("git_commit", sa.Text(), nullable=True),
        sa.Column("git_dirty", sa.Boolean(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index("ix_sweeps_grid_sha256", "sweeps", ["grid_sha256"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("sweep_id", WHOLE, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("workload", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("num", WHOLE, nullable=True),
        sa.Column("time_s", sa.Double(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("start_method", sa.Text(), nullable=True),
        sa.Column("workers", WHOLE, nullable=False),
        sa.Column("calls", WHOLE, nullable=False),
        sa.Column("interpreter_id", WHOLE, nullable=False),
        sa.Column("baseline_id", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["cases.id"], name=op.f("fk_cases_baseline_id_cases"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["interpreter_id"], ["interpreters.id"], name=op.f("fk_cases_interpreter_id_interpreters")
        ),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweeps.id"], name=op.f("fk_cases_sweep_id_sweeps"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("sweep_id", "key", name=op.f("uq_cases_sweep_id_key")),
    )
    op.create_index("ix_cases_baseline_id", "cases", ["baseline_id"], unique=False)
    op.create_index("ix_cases_interpreter_id", "cases", ["interpreter_id"], unique=False)
    op.create_index("ix_cases_key", "cases", ["key"], unique=False)

    op.create_table(
        "trials",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("case_id", WHOLE, nullable=False),
        sa.Column("host_id", WHOLE, nullable=False),
        sa.Column("warmup", sa.Boolean(), nullable=False),
        sa.Column("repeat", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("elapsed_ns", WHOLE, nullable=False),
        sa.Column("start_ns", WHOLE, nullable=True),
        sa.Column("end_ns", WHOLE, nullable=True),
        sa.Column("wall_ns", WHOLE, nullable=True),
        sa.Column("gil", sa.Boolean(), nullable=True),
        sa.Column("load_1min", sa.Double(), nullable=True),
        sa.Column("noisy", sa.Text(), nullable=True),
        sa.Column("output", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('ok', 'failed', 'crashed', 'timeout', 'interrupted', 'lost')",
            name=op.f("ck_trials_status_is_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_trials_case_id_cases"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_trials_host_id_hosts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
    )
    op.create_index("ix_trials_case_id", "trials", ["case_id"], unique=False)
    op.create_index("ix_trials_host_id", "trials", ["host_id"], unique=False)
    op.create_index(
        "uq_trials_done",
        "trials",
        ["case_id", "warmup", "repeat"],
        unique=True,
        sqlite_where=sa.text("status = 'ok'"),
        postgresql_where=sa.text("status = 'ok'"),
    )

    op.create_table(
        "timings",
        sa.Column("trial_id", WHOLE, nullable=False),
        sa.Column("worker", WHOLE, nullable=False),
        sa.Column("call", WHOLE, nullable=False),
        sa.Column("pid", WHOLE, nullable=True),
        sa.Column("parent_pid", WHOLE, nullable=True),
        sa.Column("process_name", sa.Text(), nullable=True),
        sa.Column("thread_name", sa.Text(), nullable=True),
        sa.Column("native_id", WHOLE, nullable=True),
        sa.Column("submitted_ns", WHOLE, nullable=True),
        sa.Column("start_returned_ns", WHOLE, nullable=True),
        sa.Column("first_instruction_ns", WHOLE, nullable=True),
        sa.Column("begin_ns", WHOLE, nullable=True),
        sa.Column("end_ns", WHOLE, nullable=True),
        sa.Column("collected_ns", WHOLE, nullable=True),
        sa.Column("cpu_ns", WHOLE, nullable=True),
        sa.Column("voluntary_switches", WHOLE, nullable=True),
        sa.Column("involuntary_switches", WHOLE, nullable=True),
        sa.Column("minor_faults", WHOLE, nullable=True),
        sa.Column("major_faults", WHOLE, nullable=True),
        sa.Column("run_queue_ns", WHOLE, nullable=True),
        sa.Column("peak_rss_bytes", WHOLE, nullable=True),
        sa.Column("gil_begin", sa.Boolean(), nullable=True),
        sa.Column("gil_end", sa.Boolean(), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trials.id"], name=op.f("fk_timings_trial_id_trials"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trial_id", "worker", "call", name=op.f("pk_timings")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("timings", "trials", "cases", "sweeps", "interpreters", "hosts"):
        op.drop_table(table)
