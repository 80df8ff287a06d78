"""The engine that writes a store."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from runner.store import connect


def writing_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """Return an engine whose transactions take the database's one write lock at once and are durable when committed."""

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(path.absolute(), timeout=connect.BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
