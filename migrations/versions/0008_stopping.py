"""Why a sweep has as many blocks as it has: its goal, what it reached, and what was there before it was extended.

An older sweep has a fixed number of blocks, `repeats`, and was never extended. Downgrading keeps every trial. Besides,
v_calls shows the CPU time of a call's process, as v_workers does.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sweeps", sa.Column("precision", sa.Double()))
    op.add_column("sweeps", sa.Column("budget_ns", WHOLE))
    op.add_column("sweeps", sa.Column("most_blocks", WHOLE))
    op.add_column("sweeps", sa.Column("closed_blocks", WHOLE, nullable=False, server_default="0"))
    op.add_column("sweeps", sa.Column("stopped", sa.Text()))
    op.add_column("sweeps", sa.Column("precision_reached", sa.Double()))
    op.add_column("cases", sa.Column("joined_after", WHOLE, nullable=False, server_default="0"))
    op.execute("DROP VIEW v_calls")
    op.execute(
        calls_view().replace(
            "g.cpu_ns / 1e9 AS cpu_s", "g.cpu_ns / 1e9 AS cpu_s, g.process_cpu_ns / 1e9 AS process_cpu_s"
        )
    )


def downgrade() -> None:
    op.execute("DROP VIEW v_calls")
    op.execute(calls_view())
    op.drop_column("cases", "joined_after")
    for column in ("precision_reached", "stopped", "closed_blocks", "most_blocks", "budget_ns", "precision"):
        op.drop_column("sweeps", column)


def calls_view() -> str:
    before: str = context.script.get_revision("0007").module.views()["v_calls"]
    return before
