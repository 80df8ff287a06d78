"""Connections to a store, and what SQLite's errors mean to a user."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from runner.errors import Interrupted, StoreUnusable
from runner.interrupt import Interrupt

BUSY_TIMEOUT_S = 30.0
CACHE_KIB = 65_536
"""Of a reader, at most. With SQLite's 2 MB a large store would be read from the disk again and again."""
STEPS_BETWEEN_SIGNALS = 10_000
"""A long statement runs in C, where Ctrl-C waits; every so many steps it comes up for air."""


def read_only(path: Path) -> sqlite3.Connection:
    """Open `path` so that nothing can be written through the connection, whatever is asked of it."""
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        return _probed(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None))
    except sqlite3.OperationalError as error:
        # A reader of a write-ahead log wants to make a file beside it; where it may not, and there is no log, nothing
        # can be changing either.
        log = path.with_name(path.name + "-wal")
        unwritable = primary_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if unwritable and path.exists() and not log.exists():
            return _probed(sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None))
        raise


def to_write(path: Path, *, foreign_keys: bool = True) -> sqlite3.Connection:
    """Open `path`, or make it, so that what is committed is durable. Transactions are the caller's to begin."""
    connection = sqlite3.connect(path.absolute(), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def transaction(path: Path, interrupt: Interrupt) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are committed, durably, at the end; after an error or Ctrl-C, nothing is.

    Raises StoreUnusable, and Interrupted.
    """
    with explained(path), closing(to_write(path)) as connection:
        heed(interrupt, connection)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        interrupt.heed()
        connection.execute("COMMIT")


def heed(interrupt: Interrupt, connection: sqlite3.Connection) -> None:
    """Let an interrupt end a statement of `connection` while it runs."""
    connection.set_progress_handler(lambda: interrupt.requested, STEPS_BETWEEN_SIGNALS)


def _probed(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the database's errors into StoreUnusable with the reason and the remedy, or into Interrupted."""
    try:
        yield
    except Exception as error:
        original = getattr(error, "orig", error)  # SQLAlchemy wraps it; it is not imported for its exceptions alone
        if not isinstance(original, sqlite3.Error):
            raise
        if primary_code(original) == sqlite3.SQLITE_INTERRUPT:  # what it makes of a progress handler that says so
            raise Interrupted from None
        raise StoreUnusable(f"{path}: {_meaning(original)}") from error


_MEANINGS = {
    sqlite3.SQLITE_NOTADB: "this file is not a database. Use --store to name another.",
    sqlite3.SQLITE_CORRUPT: "the database is damaged. `runner store check` says where; restore a backup.",
    sqlite3.SQLITE_BUSY: "another process has kept the store locked for {busy_s:g} s. Try again when it is done.",
    sqlite3.SQLITE_LOCKED: "another process has kept the store locked for {busy_s:g} s. Try again when it is done.",
    sqlite3.SQLITE_FULL: "the disk is full. Make room, then `runner resume`.",
    sqlite3.SQLITE_IOERR: "the disk cannot be written: full, or a file size limit? Mend that, then `runner resume`.",
    sqlite3.SQLITE_READONLY: "the store may not be written. Mend its permissions, or use --store.",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened. Check its permissions and those of its folder.",
}


def is_the_stores_fault(error: sqlite3.Error) -> bool:
    """Whether `error` says something of the file, and not of the statement."""
    return primary_code(error) in _MEANINGS


def primary_code(error: BaseException | None) -> int | None:
    """Return SQLite's result code, without its extension; None for errors that Python's module makes itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _meaning(error: BaseException | None) -> str:
    if "no such table" in str(error):
        return "tables are missing. `runner store check` looks into it."
    meaning = _MEANINGS.get(primary_code(error) or 0)
    return f"the database says: {error}" if meaning is None else meaning.format(busy_s=BUSY_TIMEOUT_S)
