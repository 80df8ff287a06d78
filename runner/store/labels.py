"""Tags and note of a sweep."""

from collections.abc import Collection
from pathlib import Path

from runner.interrupt import Interrupt
from runner.store.connect import transaction
from runner.store.text import storable


def label(
    path: Path, sweep_id: int, *, add: Collection[str], remove: Collection[str], note: str | None, interrupt: Interrupt
) -> None:
    """Add and remove tags of a sweep, and set its note: None keeps the note, an empty text removes it.

    Adding a tag that is there, or removing one that is not, is no error.
    """
    with transaction(path, interrupt) as connection:
        connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(sweep_id, tag) for tag in add])
        connection.executemany("DELETE FROM tags WHERE sweep_id = ? AND tag = ?", [(sweep_id, tag) for tag in remove])
        if note is not None:
            connection.execute("UPDATE sweeps SET note = ? WHERE id = ?", (storable(note) or None, sweep_id))
