"""What is recorded of calls that are short and many, and the CPU time of a trial's whole tree.

Until now each call had a row of its own with all its counters. Downgrading keeps every row, so that one of a batch then
looks like that of a single call.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for view in ("v_trials", "v_workers", "v_calls", "v_cases", "v_speedups"):
        op.execute(f"DROP VIEW {view}")
    with op.batch_alter_table("cases", recreate="never") as cases:
        cases.add_column(sa.Column("loops", WHOLE, nullable=False, server_default="1"))
    with op.batch_alter_table("trials", recreate="never") as trials:
        trials.add_column(sa.Column("tree_cpu_ns", WHOLE, nullable=True))
    with op.batch_alter_table("timings", recreate="never") as timings:
        for name, default in (("batch", "1"), ("counted", "0"), ("unrecorded", "0")):
            timings.add_column(sa.Column(name, WHOLE, nullable=False, server_default=default))
        timings.add_column(sa.Column("process_cpu_ns", WHOLE, nullable=True))
    op.execute("UPDATE timings SET counted = 1 WHERE cpu_ns IS NOT NULL")
    for statement in views().values():
        op.execute(statement)


def downgrade() -> None:
    for view in views():
        op.execute(f"DROP VIEW {view}")
    with op.batch_alter_table("timings", recreate="never") as timings:
        for name in ("batch", "counted", "unrecorded", "process_cpu_ns"):
            timings.drop_column(name)
    with op.batch_alter_table("trials", recreate="never") as trials:
        trials.drop_column("tree_cpu_ns")
    with op.batch_alter_table("cases", recreate="never") as cases:
        cases.drop_column("loops")
    for statement in views_before().values():
        op.execute(statement)


def views_before() -> dict[str, str]:
    before: dict[str, str] = context.script.get_revision("0005").module.VIEWS
    return before | {"v_speedups": context.script.get_revision("0006").module.speedups_view()}


def views() -> dict[str, str]:
    conditions = context.script.get_revision("0005").module.CONDITIONS
    found = {name: text.replace(conditions, f"{conditions}, c.loops") for name, text in views_before().items()}
    found["v_trials"] = found["v_trials"].replace("t.elapsed_ns", "t.tree_cpu_ns / 1e9 AS tree_cpu_s, t.elapsed_ns")
    found["v_calls"] = (
        found["v_calls"]
        .replace("g.queued_ns", "(g.end_ns - g.begin_ns) / 1e9 / g.batch / c.loops AS each_s, g.queued_ns")
        .replace("g.call,", "g.call, g.batch, g.counted, g.unrecorded,")
    )
    workers = found["v_workers"]
    for name, unit in COUNTERS.items():
        workers = workers.replace(of_worker(f"SUM(w.{name})") + unit, of_worker(if_all_are_counted(name)) + unit)
    own, process = of_worker(if_all_are_counted("cpu_ns")), of_worker(if_all_are_counted("process_cpu_ns"))
    workers = workers.replace(f"{own} / 1e9 AS cpu_s", f"{own} / 1e9 AS cpu_s, {process} / 1e9 AS process_cpu_s")
    found["v_workers"] = workers.replace(of_worker("COUNT(*)"), of_worker("SUM(w.batch + w.unrecorded)"))
    return found


COUNTERS = {"cpu_ns": " / 1e9 AS cpu_s", "voluntary_switches": " AS", "involuntary_switches": " AS"}


def of_worker(aggregate: str) -> str:
    made: str = context.script.get_revision("0005").module.of_worker(aggregate)
    return made


def if_all_are_counted(counter: str) -> str:
    return f"CASE WHEN SUM(w.counted) = SUM(w.batch + w.unrecorded) THEN SUM(w.{counter}) END"
