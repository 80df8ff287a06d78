"""`runner query`: run an SQL query on the store."""

import json
import sys
from collections.abc import Callable
from typing import Any

from rich.text import Text

from runner.display import console, tables
from runner.errors import ExitCode
from runner.store.documents import as_object
from runner.store.export import write_csv
from runner.store.location import resolve
from runner.store.query import Answer, ask
from runner.visible import visible
from runner.words import one_of


def run(sql: str, store: str, *, form: str) -> ExitCode:
    """Print the result of the query."""
    one_of("--format", form, WRITERS)
    with ask(resolve(store), sql, typed=form == "json") as answer:
        WRITERS[form](answer)
    return ExitCode.OK


def _table(answer: Answer) -> None:
    out = console.results()
    for part in tables.answer(answer.columns, answer.rows, out.width):
        out.print(part, soft_wrap=isinstance(part, Text))


def _csv(answer: Answer) -> None:
    write_csv(answer, sys.stdout)


def _json(answer: Answer) -> None:
    keys = answer.keys()
    json.dump([as_object(keys, row) for row in answer.rows], sys.stdout, indent=2)
    sys.stdout.write("\n")


def _markdown(answer: Answer) -> None:
    lines = [answer.columns, ["---"] * len(answer.columns), *answer.rows]
    for line in lines:
        cells = ("" if cell is None else _text(cell).replace("|", r"\|").replace("\n", "<br>") for cell in line)
        sys.stdout.write(visible(f"| {' | '.join(cells)} |\n"))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


WRITERS: dict[str, Callable[[Answer], None]] = {"table": _table, "csv": _csv, "json": _json, "markdown": _markdown}
