"""Attempts, what went on around a trial, and what a sweep is known by: its identity, its tags, a note.

A place in a block can be tried more than once: what failed stays, and what was disturbed gives way to another attempt
(status ``disturbed``). The identity of older sweeps is made from what no later runner changes, so that copies of one
store which are upgraded apart agree on it. A downgrade keeps the identities in a table beside the older schema, which
older runners ignore, and an upgrade takes them from there: a sweep keeps its identity on the way down and up again.
"""

import hashlib

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUSES = ("ok", "failed", "crashed", "timeout", "interrupted", "lost")
SURROUNDINGS = (
    "runnable",
    "others_cpu_ns",
    "steal_ns",
    "throttled_ns",
    "suspended_ns",
    "clock_jump_ns",
    "runner_held_ns",
    "stops",
)

TRIALS_VIEW = """
CREATE VIEW v_trials AS
SELECT t.id AS trial_id, s.id AS sweep_id, s.name AS sweep, c.id AS case_id, c.workload, c.num, c.time_s AS time,
    c.params, c.mode, c.start_method, c.workers, c.calls, i.label AS python,
    CASE t.gil WHEN TRUE THEN 'on' WHEN FALSE THEN 'off' END AS gil, h.hostname AS host,
    t.repeat, t.position, t.warmup, t.attempt, t.status,
    t.wall_ns / 1e9 AS wall_s, t.elapsed_ns / 1e9 AS elapsed_s, t.started_at, t.load_1min, t.runnable,
    t.others_cpu_ns / 1e9 AS others_cpu_s, t.steal_ns / 1e9 AS steal_s, t.throttled_ns / 1e9 AS throttled_s,
    t.suspended_ns / 1e9 AS suspended_s, t.clock_jump_ns / 1e9 AS clock_jump_s,
    t.runner_held_ns / 1e9 AS runner_held_s, t.stops, t.noisy, t.reason AS error
FROM trials AS t
    JOIN hosts AS h ON h.id = t.host_id
    JOIN cases AS c ON c.id = t.case_id
    JOIN sweeps AS s ON s.id = c.sweep_id
    JOIN interpreters AS i ON i.id = c.interpreter_id
"""


def upgrade() -> None:
    others = drop_views()
    with_trials((*STATUSES, "disturbed"), add=True)
    op.execute(
        "UPDATE trials SET attempt = (SELECT COUNT(*) FROM trials AS same WHERE same.case_id = trials.case_id "
        "AND same.warmup = trials.warmup AND same.repeat = trials.repeat AND same.id <= trials.id)"
    )
    with op.batch_alter_table("sweeps", recreate="never") as sweeps:
        sweeps.add_column(sa.Column("uid", sa.Text(), nullable=True))
        sweeps.add_column(sa.Column("note", sa.Text(), nullable=True))
    give_identities()
    with op.batch_alter_table("sweeps") as sweeps:
        sweeps.alter_column("uid", nullable=False)
        sweeps.create_unique_constraint(op.f("uq_sweeps_uid"), ["uid"])
    op.create_table(
        "tags",
        sa.Column("sweep_id", WHOLE, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweeps.id"], name=op.f("fk_tags_sweep_id_sweeps"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sweep_id", "tag", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )
    create_views({**others, "v_trials": TRIALS_VIEW})


def downgrade() -> None:
    others = drop_views()
    op.drop_table("tags")
    op.execute("CREATE TABLE kept_identities AS SELECT id, started_at, uid FROM sweeps")
    with op.batch_alter_table("sweeps") as sweeps:
        sweeps.drop_constraint(op.f("uq_sweeps_uid"), type_="unique")
        sweeps.drop_column("uid")
        sweeps.drop_column("note")
    op.execute("UPDATE trials SET status = 'interrupted' WHERE status = 'disturbed'")
    with_trials(STATUSES, add=False)
    create_views(others)


def drop_views() -> dict[str, str]:
    """Drop every view, because SQLite does not rename a table below one; return what made them before this version."""
    made = dict(context.script.get_revision("0002").module.VIEWS)
    made |= context.script.get_revision("0003").module.VIEWS
    for view in made:
        op.execute(f"DROP VIEW {view}")
    return made


def create_views(views: dict[str, str]) -> None:
    for statement in views.values():
        op.execute(statement)


def with_trials(statuses: tuple[str, ...], *, add: bool) -> None:
    """Make the table anew with these statuses, with or without the columns of this version."""
    known = ", ".join(f"'{status}'" for status in statuses)
    op.drop_index("uq_trials_done", "trials")
    before = sa.Table("trials", sa.MetaData(), autoload_with=op.get_bind())
    # Whether a check is found in the database depends on the version of the libraries, so it is set here.
    before.constraints = {one for one in before.constraints if not isinstance(one, sa.CheckConstraint)}
    before.append_constraint(sa.CheckConstraint(f"status IN ({known})", name=op.f("ck_trials_status_is_known")))
    with op.batch_alter_table("trials", recreate="always", copy_from=before) as trials:
        if add:
            trials.add_column(sa.Column("attempt", WHOLE, nullable=False, server_default="1"))
            for name in SURROUNDINGS:
                trials.add_column(sa.Column(name, WHOLE, nullable=True))
        else:
            for name in ("attempt", *SURROUNDINGS):
                trials.drop_column(name)
    op.create_index(
        "uq_trials_done",
        "trials",
        ["case_id", "warmup", "repeat"],
        unique=True,
        sqlite_where=sa.text("status = 'ok'"),
        postgresql_where=sa.text("status = 'ok'"),
    )


def give_identities() -> None:
    connection = op.get_bind()
    kept = kept_identities()
    facts = ("grid_sha256", "seed", "started_at", "command_line", "runner_version", "id")
    for row in connection.execute(sa.text(f"SELECT {', '.join(facts)} FROM sweeps")).all():
        made = hashlib.sha256(repr(tuple(row)).encode()).hexdigest()[:32]
        uid = kept.get((row.id, row.started_at), made)
        connection.execute(sa.text("UPDATE sweeps SET uid = :uid WHERE id = :id"), {"uid": uid, "id": row.id})


def kept_identities() -> dict[tuple[int, str], str]:
    """Return what a downgrade has kept, by number and start: a number can be taken again once its sweep is deleted."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("kept_identities"):
        return {}
    found = connection.execute(sa.text("SELECT id, started_at, uid FROM kept_identities")).all()
    op.drop_table("kept_identities")
    return {(row.id, row.started_at): row.uid for row in found}
