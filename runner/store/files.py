"""The files of a store: the database, the log of what is not in it yet, and the index of that log."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Look:
    """What the system says about the files of a store."""

    identities: list[tuple[int, int] | None]
    """Device and inode of database, log and index; None for a missing file."""
    written: tuple[int, int]
    """Size of the database and time of the last write. SQLite writes there only to copy the log, at a checkpoint."""
    log_bytes: int
    index_bytes: int


def files_of(path: Path) -> list[Path]:
    """Return the paths of the database, of its log and of the log's index, as SQLite names them."""
    return [path.with_name(path.name + part) for part in ("", "-wal", "-shm")]


def look_at(path: Path) -> Look:
    """Look at the files of the store at `path`, without opening them.

    To close a file would release the locks that SQLite holds on it for this process.
    """
    database, log, index = found = [_stat(file) for file in files_of(path)]
    return Look(
        [None if one is None else (one.st_dev, one.st_ino) for one in found],
        (0, 0) if database is None else (database.st_size, database.st_mtime_ns),
        0 if log is None else log.st_size,
        0 if index is None else index.st_size,
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
