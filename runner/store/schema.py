"""The state of a store's schema, creating it and upgrading it."""

import sqlite3
import time
from contextlib import closing
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from runner.errors import StoreUnusable
from runner.interrupt import Interrupt
from runner.store.connect import BUSY_TIMEOUT_S, explained, heed, read_only
from runner.store.location import free_name, whole

if TYPE_CHECKING:
    from sqlalchemy import Connection

VERSION_TABLE = "runner_schema"
SMALLEST_BYTES = 512
"""Smallest size of a SQLite file: SQLite takes a smaller one for an empty database. Opening the file to read its first
bytes instead would release the locks that SQLite holds on it for this process."""


class State(Enum):
    """How the schema of a file relates to the schemas that this program knows."""

    EMPTY = auto()
    CURRENT = auto()
    OLDER = auto()
    NEWER = auto()
    FOREIGN = auto()


def bring_up_to_date(path: Path) -> None:
    """Create or upgrade the store at `path`: idempotent, and safe when many processes do it at once.

    An older store is first copied beside itself. Raises StoreUnusable for a newer or foreign database, untouched.
    """
    with explained(path):
        state, has_log = State.EMPTY, False
        if holds_anything(path):
            with closing(read_only(path)) as reading:
                (state, _), has_log = schema_of(reading), _has_write_ahead_log(reading)
        refuse(path, state)
        if not has_log:
            _use_write_ahead_log(path)
        if state is State.CURRENT:
            return
        from runner.store.engine import writing_engine  # noqa: PLC0415 - rarely needed, and slow to import

        engine = writing_engine(path, foreign_keys=False)
        with engine.begin() as connection:  # check again, now under the database's write lock
            version = _version(connection)
            if version == _head():
                return
            if version is not None:
                snapshot(path, free_name(path.with_name(f"{path.name}.before-{_head()}")))
            _migrate(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreUnusable(
                    f"{path}: the upgrade was undone: {len(broken)} rows refer to rows that are not there."
                )


def inspect(path: Path) -> tuple[State, str | None]:
    """Return the state of the file at `path` and its schema version. Writes nothing."""
    if not holds_anything(path):
        return State.EMPTY, None
    with closing(read_only(path)) as connection:
        return schema_of(connection)


def holds_anything(path: Path) -> bool:
    """Whether there is a file at `path` that is not empty. Raises StoreUnusable if it is too small for a database."""
    size = path.stat().st_size if path.exists() else 0
    if 0 < size < SMALLEST_BYTES:
        raise StoreUnusable(f"{path}: this file is not a database; name another.")
    return size > 0


def schema_of(connection: sqlite3.Connection) -> tuple[State, str | None]:
    """Return the state of the database that is open, and its schema version."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if VERSION_TABLE not in tables:
        return (State.FOREIGN if tables else State.EMPTY), None
    row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    version = row[0] if row else None
    known = _known_versions()
    if version in known:
        return (State.CURRENT if version == known[-1] else State.OLDER), version
    return State.NEWER, version


def refuse(path: Path, state: State) -> None:
    """Raise StoreUnusable for a newer or a foreign schema."""
    if state is State.NEWER:
        _, version = inspect(path)
        raise StoreUnusable(
            f"{path}: written by a newer runner: its schema is {version}, this runner knows schemas up to {_head()}. "
            f"{_last_writer(path)}Upgrade the runner (`pip install --upgrade concurrency-runner`)."
        )
    if state is State.FOREIGN:
        raise StoreUnusable(
            f"{path}: this database is not a runner's store: it has other tables and none of ours. Mistyped?"
        )


def _last_writer(path: Path) -> str:
    try:
        with closing(read_only(path)) as connection:
            (version,) = connection.execute("SELECT runner_version FROM sweeps ORDER BY id DESC LIMIT 1").fetchone()
    except (sqlite3.Error, TypeError):  # a future schema may not have this column
        return ""
    return f"Its newest sweep was written by runner {version}. "


def migrations_folder() -> Path:
    """Return the folder of the migrations: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "migrations"
    return inside if inside.is_dir() else package.with_name("migrations")


@cache
def _known_versions() -> tuple[str, ...]:
    """Return the schema versions that this program knows, oldest first; without alembic, which is slow to import."""
    return tuple(sorted(file.name.partition("_")[0] for file in migrations_folder().glob("versions/[0-9]*.py")))


def _head() -> str:
    return _known_versions()[-1]


def _version(connection: "Connection") -> str | None:
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone()
    if not found:
        return None
    return str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar_one())  # noqa: S608


def _migrate(connection: "Connection") -> None:
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _has_write_ahead_log(connection: sqlite3.Connection) -> bool:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return bool(mode == "wal")


def _use_write_ahead_log(path: Path) -> None:
    """Switch to write-ahead logging; retried, as the busy timeout does not cover two processes that do so at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            with closing(sqlite3.connect(path.absolute(), timeout=BUSY_TIMEOUT_S)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def snapshot(path: Path, target: Path, interrupt: Interrupt | None = None) -> None:
    """Copy the current content of the store to the new file `target`."""
    with closing(read_only(path)) as connection:
        if interrupt:
            heed(interrupt, connection)
        connection.execute("PRAGMA query_only = OFF")  # VACUUM INTO counts as a write; the file is open read-only
        copy_into(target, connection)


def copy_into(target: Path, connection: sqlite3.Connection) -> None:
    """Copy what `connection` sees to the new file `target`, which appears only when it is complete."""
    with whole(target) as part:
        connection.execute("VACUUM INTO ?", (str(part.absolute()),))
