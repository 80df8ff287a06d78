"""Export rows of the views as CSV, JSON lines or Parquet."""

import csv
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from runner.errors import BadInput
from runner.store.documents import as_object
from runner.store.query import Answer, ask
from runner.store.upkeep import refuse_odd_cells

VIEWS = {
    "trials": ("v_trials", "trial_id"),
    "workers": ("v_workers", "trial_id, worker"),
    "calls": ("v_calls", "trial_id, worker, call"),
}
"""By the name of what is exported: its view, and the columns to order by."""

ROWS_IN_GROUP = 20_000
"""Size of a row group of a Parquet file: the rows that are in memory at a time."""

PARQUET_TYPES = {"BOOLEAN": "bool", "DOUBLE": "double", "INTEGER": "int64", "TEXT": "string"}
COMPUTED_TEXTS = ("error", "gil")
"""Computed columns of text. SQLite has no type for computed columns; the others are times (``_s``) and counts."""


@contextmanager
def rows_of(path: Path, what: str, sweep_ids: Collection[int] | None, *, typed: bool = False) -> Iterator[Answer]:
    """Yield the rows of these sweeps, or of all sweeps, with all columns; they are read during iteration.

    If `typed`, with booleans, where SQLite has 0 and 1. Raises StoreUnusable if the store has a value of the wrong type
    anywhere.
    """
    refuse_odd_cells(path)
    view, order = VIEWS[what]
    chosen = "" if sweep_ids is None else f"WHERE sweep_id IN ({', '.join(map(str, sweep_ids))})"
    sql = f"SELECT * FROM {view} {chosen} ORDER BY {order}"  # noqa: S608 - names of ours
    with ask(path, sql, typed=typed) as answer:
        yield answer


def parquet_types(path: Path, what: str) -> dict[str, str]:
    """Return the Arrow name of each column's type.

    From the schema and not from the rows: the files of all stores go together, also where a column holds nothing yet.
    """
    with ask(path, f"PRAGMA table_info({VIEWS[what][0]})") as answer:
        return {name: PARQUET_TYPES.get(declared) or _computed(name) for _, name, declared, *_ in answer.rows}


def _computed(column: str) -> str:
    if column in COMPUTED_TEXTS:
        return "string"
    return "double" if column.endswith("_s") else "int64"


def write_csv(answer: Answer, stream: TextIO) -> None:
    """Write a header and a line for each row; NULL is an empty field."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)


def write_json_lines(answer: Answer, stream: TextIO) -> None:
    """Write each row as a JSON object on a line."""
    for row in answer.rows:
        stream.write(json.dumps(as_object(answer.columns, row)) + "\n")


def write_parquet(answer: Answer, types: dict[str, str], path: Path) -> None:
    """Write a Parquet file. Raises BadInput where pyarrow is missing."""
    try:
        import pyarrow  # noqa: PLC0415 - optional
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise BadInput(
            "Parquet needs pyarrow, which is not installed: pip install 'concurrency-runner[parquet]'."
        ) from None
    schema = pyarrow.schema([(name, pyarrow.type_for_alias(types[name])) for name in answer.columns])
    # Given a path, pyarrow would take a name with a colon for a URL.
    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        while rows := list(islice(answer.rows, ROWS_IN_GROUP)):
            arrays = [
                pyarrow.array(_booleans(values) if field.type == pyarrow.bool_() else values, field.type)
                for field, values in zip(schema, zip(*rows, strict=True), strict=True)
            ]
            writer.write_batch(pyarrow.RecordBatch.from_arrays(arrays, schema=schema))


def _booleans(values: Collection[Any]) -> list[bool | None]:
    """Turn numbers into booleans: SQLite stores these as 0 and 1."""
    return [None if value is None else bool(value) for value in values]
