"""The host of a trial counts: a place may succeed once on each host, and only trials of one host are compared.

Downgrading keeps every row. Schema 0005 lets one trial succeed at a place, so there the first that was stored stays
``ok``, and the others become ``disturbed`` with `OTHER_HOST` as their reason, by which an upgrade finds them again.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OTHER_HOST = "a trial on another host stands for it"


def pairs(baseline: str) -> str:
    """Pair a case with its baseline within a block and a host, so that what both share cancels out."""
    return f"""
        trials AS t
        JOIN trials AS b ON b.case_id = c.{baseline} AND b.status = 'ok' AND b.warmup = FALSE AND b.repeat = t.repeat
            AND b.host_id = t.host_id
        WHERE t.case_id = c.id AND t.status = 'ok' AND t.warmup = FALSE AND t.wall_ns > 0
    """


def upgrade() -> None:
    op.drop_index("uq_trials_done", "trials")
    op.execute(f"UPDATE trials SET status = 'ok', reason = NULL WHERE status = 'disturbed' AND reason = '{OTHER_HOST}'")
    create_index("case_id", "warmup", "repeat", "host_id")
    op.execute("DROP VIEW v_speedups")
    op.execute(speedups_view())


def downgrade() -> None:
    op.execute("DROP VIEW v_speedups")
    op.execute(context.script.get_revision("0005").module.SPEEDUPS_VIEW)
    op.drop_index("uq_trials_done", "trials")
    op.execute(
        f"""
        UPDATE trials SET status = 'disturbed', reason = '{OTHER_HOST}'
        WHERE status = 'ok' AND id NOT IN (
            SELECT MIN(id) FROM trials WHERE status = 'ok' GROUP BY case_id, warmup, repeat
        )
        """
    )
    create_index("case_id", "warmup", "repeat")


def create_index(*columns: str) -> None:
    done = sa.text("status = 'ok'")
    op.create_index("uq_trials_done", "trials", list(columns), unique=True, sqlite_where=done, postgresql_where=done)


def speedups_view() -> str:
    before = context.script.get_revision("0005").module
    paired, paired_locked = pairs("baseline_id"), pairs("locked_baseline_id")
    return f"""
CREATE VIEW v_speedups AS
SELECT {before.CASE_COLUMNS},
    {before.median("b.wall_ns", paired)} / 1e9 AS baseline_s,
    {before.median("t.wall_ns", paired)} / 1e9 AS wall_s,
    {before.median(before.RATIO, paired)} AS speedup,
    {before.median(f"{before.RATIO} / c.workers", paired)} AS efficiency,
    (SELECT COUNT(*) FROM {paired}) AS n,
    {before.median("b.wall_ns", paired_locked)} / 1e9 AS locked_baseline_s,
    {before.median(before.RATIO, paired_locked)} AS locked_speedup
FROM cases AS c {before.OF_CASE}
WHERE c.mode <> 'sequential'
"""
