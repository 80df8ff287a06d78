"""Delete a sweep with all rows that only it refers to."""

from pathlib import Path

from runner.interrupt import Interrupt
from runner.store.connect import transaction


def delete(path: Path, sweep_id: int, interrupt: Interrupt) -> None:
    """Delete a sweep, and the hosts, interpreters and functions that nothing refers to any more.

    The file keeps its size: free pages are used by later sweeps. The caller holds the lock of `only_sweep`.
    """
    with transaction(path, interrupt) as connection:
        connection.execute("DELETE FROM sweeps WHERE id = ?", (sweep_id,))  # cascades to cases, trials, timings
        connection.execute("DELETE FROM hosts WHERE NOT EXISTS (SELECT 1 FROM trials WHERE host_id = hosts.id)")
        connection.execute(
            "DELETE FROM interpreters WHERE NOT EXISTS (SELECT 1 FROM cases WHERE interpreter_id = interpreters.id)"
        )
        connection.execute(
            "DELETE FROM functions WHERE NOT EXISTS (SELECT 1 FROM cases WHERE function_id = functions.id)"
        )
