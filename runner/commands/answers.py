"""The answers of commands as JSON, for programs: docs/json.md describes them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner import results
from runner.display import console
from runner.numbers.words import sentences
from runner.store.documents import as_value
from runner.store.read import Reader

TRUTHS = frozenset({"barrier", "gil_begin", "gil_end", "warmup"})
"""Columns of the views and of `timings` that are true or false; SQLite has 1 and 0."""


def print_json(answer: Any) -> None:
    """Print an answer as one JSON document."""
    console.results().print(json.dumps(answer, indent=2), soft_wrap=True)


def print_sweep(path: Path, sweep_id: int) -> None:
    """Print a sweep with its answers in sentences, and its cases with their figures."""
    with Reader(path) as reader:
        row = reader.sweep(str(sweep_id))
        answer = sweep_as_json({**row, "tags": reader.tags(sweep_id)})
        summary, omissions = results.summary(reader, sweep_id), reader.omissions(sweep_id)
    left_out = [{name: value for name, value in one.items() if name not in _OF_OTHERS} for one in omissions]
    said = {"answer": sentences(summary.answers), "cases": rows_as_json(summary.cases), "left_out": left_out}
    print_json({**answer, "store": str(path), **said})


_OF_OTHERS = ("sweep_id", "number")


def sweep_as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every command says of a sweep; `row` is one of `sweeps` with its `tags`."""
    return {
        "sweep_id": row["id"],
        "sweep": row["name"],
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "complete": row["ended_at"] is not None,
        "stopped": row["stopped"],
        "precision_reached": row["precision_reached"],
        "tags": list(row["tags"]),
        "note": row["note"],
    }


def row_as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a view, or of `timings`."""
    return {
        name: bool(value) if name in TRUTHS and value is not None else as_value(name, value)
        for name, value in row.items()
    }


def rows_as_json(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a view, or of `timings`."""
    return [row_as_json(row) for row in rows]
