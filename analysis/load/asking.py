"""Run SQL on a store and return a frame, for some sweeps or all of them."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pandas as pd

from runner.store.connect import explained, read_only
from runner.store.location import resolve
from runner.store.opening import readable
from runner.store.read import Reader

SweepReference = int | str
Sweeps = SweepReference | Sequence[SweepReference] | None


def ids(store: str, sweep: Sweeps) -> str:
    """Return the numbers of these sweeps in SQL: a list, or a query for all."""
    if sweep is None:
        return "SELECT id FROM sweeps"
    references = [sweep] if isinstance(sweep, int | str) else sweep
    with Reader(resolve(store)) as reader:
        return listed([reader.sweep(str(reference))["id"] for reference in references])


def listed(numbers: Sequence[int]) -> str:
    """Return whole numbers as SQL has them between brackets."""
    return ", ".join(str(int(number)) for number in numbers)


def frame(store: str, sql: str, sweep: Sweeps) -> pd.DataFrame:
    """Return the answer to a query that names these sweeps as ``{sweeps}``."""
    return read(store, sql.format(sweeps=ids(store, sweep)))


def read(store: str, sql: str, *parameters: Any) -> pd.DataFrame:
    """Return the answer to a query."""
    path = readable(resolve(store))
    with explained(path), closing(read_only(path)) as connection:
        return pd.read_sql_query(sql, connection, params=parameters)
