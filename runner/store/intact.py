"""Notice what somebody else does to the files of an open store.

SQLite goes on writing to a deleted file, and does not notice that one was cut short or overwritten, because it takes
what it knows from its cache and from the index of the log. So each look compares names, sizes and the time of the last
write. The content is compared only when somebody else has written to the store, which any SQLite program may do.
"""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

from runner.errors import StoreUnusable
from runner.store.connect import CACHE_KIB, primary_code, read_only, without_log
from runner.store.files import Look, files_of, look_at
from runner.store.lock import note_files
from runner.store.schema import holds_anything
from runner.store.upkeep import TABLES

LOOKS_BETWEEN_CHECKPOINTS = 100
FRAME_HEADER_BYTES = 24
"""Before each page in the log."""
DELETED = "deleted, moved or replaced"
CHANGED = "cut short or overwritten"


class OpenFiles:
    """The files of the store at `path`, which `connection` has open to write."""

    _seen: Look

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection, self._looks = path, connection, 0
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # so that it is known who has written to the database
        if path.stat().st_size <= CACHE_KIB * 1024:
            with closing(sqlite3.connect(":memory:")) as copy:
                connection.backup(copy)  # brings every page into the cache, where it remains if the file loses it
        self._note(self._commits_of_others())

    def close(self) -> None:
        """Tell other commands that the files may change from now on."""
        note_files(self._path, None)

    def committed(self) -> None:
        """Take note that this connection has made the log longer."""
        self._seen = replace(self._seen, log_bytes=look_at(self._path).log_bytes)

    def fault(self) -> str | None:
        """Return what was done to the files since the last look that found none; None if they are sound."""
        found, seen = look_at(self._path), self._seen
        if found.identities != seen.identities:
            return DELETED
        if found.index_bytes < seen.index_bytes:
            # SQLite has this file mapped, and would be killed. It makes the index anew if it finds zeros.
            _, _, index = files_of(self._path)
            os.truncate(index, seen.index_bytes)
            return CHANGED
        changed = found.written != seen.written or found.log_bytes < seen.log_bytes
        try:
            version = self._commits_of_others()
        except sqlite3.DatabaseError:
            if changed:
                return CHANGED
            raise
        self._looks += 1
        if changed or version != self._version:
            if not (self._is_as_known() and self._has_whole_log(found)):
                return CHANGED
        elif self._looks % LOOKS_BETWEEN_CHECKPOINTS == 0:
            self._checkpoint()
        else:
            return None
        self._note(version)
        return None

    def _note(self, version: int) -> None:
        """Take what is there now as sound, and tell other commands so."""
        self._seen, self._version, self._in_file = look_at(self._path), version, _in_file(self._path)
        note_files(self._path, self._seen)

    def _commits_of_others(self) -> int:
        """Return a number that changes when another connection has committed."""
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    def _is_as_known(self) -> bool:
        """Return whether somebody who opens the store now finds the same content as this connection."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")  # nobody writes until both are read
            if not holds_anything(self._path):  # SQLite would delete the log
                return False
            with closing(read_only(self._path)) as fresh:
                same = _content(fresh) == _content(self._connection)
            return same and self._in_file <= _in_file(self._path) <= _sweeps(self._connection)
        except (sqlite3.DatabaseError, StoreUnusable) as error:
            if primary_code(error) == sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self._connection.rollback()

    def _has_whole_log(self, found: Look) -> bool:
        page_bytes: int
        (page_bytes,) = self._connection.execute("PRAGMA page_size").fetchone()
        return self._checkpoint() * (page_bytes + FRAME_HEADER_BYTES) <= found.log_bytes

    def _checkpoint(self) -> int:
        """Copy the log into the database as far as possible, and return the number of pages in the log."""
        pages = 0
        note_files(self._path, None)
        with suppress(sqlite3.OperationalError):  # on a full disk all remains in the log
            _, pages, _ = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return int(pages)


def _content(connection: sqlite3.Connection) -> list[Any]:
    """Return what is wrong with the pages, and a hash of the rows of each table."""
    rows_of = (connection.execute(f"SELECT * FROM {table}") for table in TABLES)  # noqa: S608 - constants
    return [connection.execute("PRAGMA integrity_check").fetchall(), *(reduce(_hash, rows, 0) for rows in rows_of)]


def _hash(before: int, row: tuple[Any, ...]) -> int:
    return hash((before, row))


def _sweeps(connection: sqlite3.Connection) -> set[str]:
    return {uid for (uid,) in connection.execute("SELECT uid FROM sweeps")}


def _in_file(path: Path) -> set[str]:
    """Return the sweeps in the database itself, without the log, which may hide that it is another one."""
    try:
        with closing(without_log(path)) as connection:
            return _sweeps(connection)
    except sqlite3.DatabaseError:  # it may have only a part of what is in the log
        return set()
