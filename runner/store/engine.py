"""The SQLAlchemy engine for writing a store."""

from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from runner.store.connect import to_write


def writing_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """Return an engine whose transactions take the database's write lock when they begin and commit durably."""
    opened = partial(to_write, path, foreign_keys=foreign_keys)
    engine = create_engine("sqlite://", creator=opened, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
