"""`runner resume`: finish an interrupted or killed sweep."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.commands.sweeping import Wish, carry_out, report_end
from runner.errors import BadInput, ExitCode
from runner.executors import Executor
from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.matrix.expand import Platform
from runner.store.location import resolve, writable
from runner.store.lock import only_sweep
from runner.store.read import Reader
from runner.store.write import Writer


def run(reference: str | None, store: str, *, wish: Wish) -> ExitCode:
    """Finish the sweep of that number or name; by default the newest unfinished one."""
    path = resolve(store)
    with Reader(path) as reader:
        row = reader.newest(unfinished=True) if reference is None else reader.sweep(reference)
    if row is None:
        wish.tell(f"{path}: every sweep is complete: nothing to resume.")
        return ExitCode.OK
    if row["ended_at"]:
        wish.tell(f"Sweep {row['id']} is complete: nothing to run.")
        return report_end(path, row["id"], wish)
    with Interrupt() as interrupt, only_sweep(writable(path)), LocalExecutor() as executor:
        return go_on(path, row, executor, interrupt, wish)


def go_on(path: Path, row: Mapping[str, Any], executor: Executor, interrupt: Interrupt, wish: Wish) -> ExitCode:
    """Run what is missing of the stored sweep `row`."""
    facts = executor.probe()
    with Reader(path) as reader:
        cases = [Case.from_columns(columns, columns["python"]) for columns in reader.cases(row["id"])]
        hosts_before = reader.host_ids(row["id"])
    _same_interpreter(row["id"], cases, Platform.of(facts))
    with Writer(path) as writer:
        stored = writer.reopen_sweep(row["id"], facts)
        if hosts_before - {stored.host_id}:
            wish.tell(
                f"Warning: sweep {row['id']} was begun on another host, or this one has changed since (see the table "
                "hosts): its times do not all belong together."
            )
        return carry_out(path, writer, stored, cases, executor, facts, interrupt, wish)


def _same_interpreter(sweep_id: int, cases: list[Case], platform: Platform) -> None:
    begun_on = {case.python for case in cases}
    if begun_on != {platform.python}:
        raise BadInput(
            f"Sweep {sweep_id} was begun on {', '.join(sorted(begun_on))}, and this is {platform.python}: their times "
            "do not belong together. Resume it from that interpreter, or begin a new sweep."
        )
