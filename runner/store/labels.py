"""What the user has put on a sweep: tags and a note."""

from collections.abc import Collection
from pathlib import Path

from runner.interrupt import Interrupt
from runner.store.connect import transaction
from runner.store.text import storable


def label(
    path: Path, sweep_id: int, *, add: Collection[str], remove: Collection[str], note: str | None, interrupt: Interrupt
) -> None:
    """Put tags on a sweep, take others off, and set its note: None leaves it alone, an empty one removes it.

    What is there already, or not there, is no error.
    """
    with transaction(path, interrupt) as connection:
        connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(sweep_id, tag) for tag in add])
        connection.executemany("DELETE FROM tags WHERE sweep_id = ? AND tag = ?", [(sweep_id, tag) for tag in remove])
        if note is not None:
            connection.execute("UPDATE sweeps SET note = ? WHERE id = ?", (storable(note) or None, sweep_id))
