"""Connections to a store, and what SQLite's errors mean to a user."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from runner.errors import Interrupted, StoreUnusable
from runner.interrupt import Interrupt
from runner.store.files import files_of
from runner.store.location import command
from runner.store.lock import refuse_other_files

BUSY_TIMEOUT_S = 30.0
CACHE_KIB = 65_536
"""Page cache of a reader, at most. SQLite's default of 2 MB would read a large store from the disk again and again."""
STEPS_BETWEEN_SIGNALS = 10_000
"""Steps of SQLite's virtual machine between calls of the progress handler, where Ctrl-C can end a long statement."""


def read_only(path: Path, *, typed: bool = False) -> sqlite3.Connection:
    """Open `path` read-only: no statement can write through the connection.

    If `typed`, values of columns that are declared as BOOLEAN are booleans; SQLite itself has 0 and 1. Raises
    StoreUnusable if the store was taken away from a sweep that is running.
    """
    refuse_other_files(path)
    try:
        return _probed(_opened(_uri(path), typed))
    except sqlite3.OperationalError as error:
        # Reading with a write-ahead log creates a file beside the store. Where that is not permitted and there is no
        # log, nobody is writing.
        _, log, _ = files_of(path)
        unwritable = primary_code(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if unwritable and path.exists() and not log.exists():
            return without_log(path, typed=typed)
        raise


def without_log(path: Path, *, typed: bool = False) -> sqlite3.Connection:
    """Open the database at `path` read-only, as if it had no log and nobody could write to it."""
    return _probed(_opened(f"{_uri(path)}&immutable=1", typed))


def _opened(uri: str, typed: bool) -> sqlite3.Connection:
    if typed:  # a converter is one for the whole process, so it is not there before it is wanted
        sqlite3.register_converter("BOOLEAN", _truth)
    types = sqlite3.PARSE_DECLTYPES if typed else 0
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, detect_types=types)


def _truth(text: bytes) -> bool | str:
    """Return the truth value that is stored as 0 or 1; an edited store can hold anything."""
    return text == b"1" if text in (b"0", b"1") else text.decode("utf-8", "replace")


def _uri(path: Path) -> str:
    return f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"


def to_write(path: Path, *, foreign_keys: bool = True) -> sqlite3.Connection:
    """Open or create `path` with durable commits. The caller begins the transactions."""
    connection = sqlite3.connect(path.absolute(), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def transaction(path: Path, interrupt: Interrupt) -> Iterator[sqlite3.Connection]:
    """Yield a connection in a transaction: committed durably at the end, rolled back after an error or Ctrl-C.

    Raises StoreUnusable or Interrupted.
    """
    refuse_other_files(path, to_write=True)
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
        original = getattr(error, "orig", error)  # SQLAlchemy wraps it; importing its exceptions would be slow
        if not isinstance(original, sqlite3.Error):
            raise
        if primary_code(original) == sqlite3.SQLITE_INTERRUPT:  # the progress handler ended the statement
            raise Interrupted from None
        raise StoreUnusable(f"{path}: {_meaning(original, path)}") from error


NO_TABLE = "no such table"
_MEANINGS = {
    sqlite3.SQLITE_NOTADB: "this file is not a database; name another.",
    sqlite3.SQLITE_CORRUPT: "the database is damaged. `{check}` says where; restore a backup.",
    sqlite3.SQLITE_BUSY: "another process has kept the store locked for {busy_s:g} s. Try again when it is done.",
    sqlite3.SQLITE_LOCKED: "another process has kept the store locked for {busy_s:g} s. Try again when it is done.",
    sqlite3.SQLITE_FULL: "the disk is full. Make room, then `{resume}`.",
    sqlite3.SQLITE_IOERR: "the disk cannot be written: full, or a file size limit? Mend that, then `{resume}`.",
    sqlite3.SQLITE_READONLY: "the store may not be written. Mend its permissions, or name another.",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened. Check its permissions and those of its folder.",
}


def damage_behind(error: BaseException | None) -> sqlite3.Error | None:
    """Return the database's error that has led to `error`, if it says that the file is damaged or has lost tables."""
    while error is not None and not isinstance(error, sqlite3.Error):
        error = getattr(error, "orig", error.__cause__)
    is_damage = primary_code(error) == sqlite3.SQLITE_CORRUPT or NO_TABLE in str(error)
    return error if is_damage else None


def is_the_stores_fault(error: sqlite3.Error) -> bool:
    """Whether the file is the cause of `error`, and not the statement."""
    return primary_code(error) in _MEANINGS


def primary_code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code; None for errors that Python's sqlite3 module raises by itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _meaning(error: sqlite3.Error, path: Path) -> str:
    if NO_TABLE in str(error):
        meaning = "tables are missing. `{check}` looks into it."
    else:
        meaning = _MEANINGS.get(primary_code(error) or 0, "the database says: {error}")
    check, resume = command(path, "store", "check"), command(path, "resume")
    return meaning.format(busy_s=BUSY_TIMEOUT_S, check=check, resume=resume, error=error)
