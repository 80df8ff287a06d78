"""Taking a sweep out of the store, with all that belongs to it alone."""

from pathlib import Path

from runner.interrupt import Interrupt
from runner.store.connect import transaction


def delete(path: Path, sweep_id: int, interrupt: Interrupt) -> None:
    """Delete a sweep, and the hosts, interpreters and functions that nothing refers to any more.

    The pages that become free stay in the file, for what is stored next. To be called under the lock of `only_sweep`.
    """
    with transaction(path, interrupt) as connection:
        connection.execute("DELETE FROM sweeps WHERE id = ?", (sweep_id,))  # what is below it goes with it
        connection.execute("DELETE FROM hosts WHERE NOT EXISTS (SELECT 1 FROM trials WHERE host_id = hosts.id)")
        connection.execute(
            "DELETE FROM interpreters WHERE NOT EXISTS (SELECT 1 FROM cases WHERE interpreter_id = interpreters.id)"
        )
        connection.execute(
            "DELETE FROM functions WHERE NOT EXISTS (SELECT 1 FROM cases WHERE function_id = functions.id)"
        )
