"""Which sweep runs on this host now."""

from pathlib import Path

from runner.host import lock


def note(sweep_id: int, name: str, store: Path) -> str:
    """Return what the holder of the host's lock is doing while that sweep runs."""
    return f"sweep {sweep_id} ({name}), store {store.absolute()}"


def is_running(sweep_id: int, name: str, store: Path) -> bool:
    """Return whether that sweep runs on this host now."""
    return lock.doing() == note(sweep_id, name, store)
