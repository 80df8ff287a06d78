"""`runner export`: write trials, workers or calls of chosen sweeps for other programs."""

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TextIO

from runner.commands.answers import print_json
from runner.display import console
from runner.errors import BadInput, ExitCode
from runner.store.export import VIEWS, parquet_types, rows_of, write_csv, write_json_lines, write_parquet
from runner.store.location import new_file, resolve, whole
from runner.store.query import Answer
from runner.store.read import Reader
from runner.words import one_of

PARQUET = "parquet"
TEXTS: dict[str, Callable[[Answer, TextIO], None]] = {"csv": write_csv, "jsonl": write_json_lines}
FORMATS = (*TEXTS, PARQUET)
DEFAULT = "csv"


def run(
    references: Sequence[str], store: str, *, what: str, form: str | None, output: str | None, as_json: bool = False
) -> ExitCode:
    """Write the rows of these sweeps, given by number, name or tag, or of all, to stdout or a new file."""
    target = None if output is None else new_file(output)
    form = "jsonl" if as_json and form is None and output is None else _format(form, output)
    one_of("--what", what, VIEWS)
    if form == PARQUET and output is None:
        raise BadInput("Parquet is not for a terminal or a pipe: name a file with --output.")
    path = resolve(store)
    sweep_ids = _numbers(path, references)
    if target is None:
        with rows_of(path, what, sweep_ids, typed=form == "jsonl") as answer:
            TEXTS[form](answer, sys.stdout)
        return ExitCode.OK
    _write(path, what, sweep_ids, form, target)
    if as_json:
        print_json({"store": str(path), "output": str(target), "format": form, "what": what})
    else:
        console.messages().print(f"Wrote {target}.", soft_wrap=True)
    return ExitCode.OK


def _format(form: str | None, output: str | None) -> str:
    """Return the format: the one that is named, or that of the file's ending."""
    if form is not None:
        return one_of("--format", form, FORMATS)
    ending = Path(output or "").suffix.removeprefix(".").lower()
    if ending and ending not in FORMATS:
        endings = f"{', '.join(f'.{one}' for one in FORMATS[:-1])} or .{FORMATS[-1]}"
        raise BadInput(f"{output}: what format is that? Expected a name that ends in {endings}, or --format.")
    return ending or DEFAULT


def _numbers(path: Path, references: Sequence[str]) -> set[int] | None:
    with Reader(path) as reader:
        return {reader.sweep(reference)["id"] for reference in references} or None


def _write(path: Path, what: str, sweep_ids: Collection[int] | None, form: str, target: Path) -> None:
    try:
        with rows_of(path, what, sweep_ids, typed=form == "jsonl") as answer, whole(target) as part:
            if form == PARQUET:
                write_parquet(answer, parquet_types(path, what), part)
            else:
                with part.open("w", encoding="utf-8", newline="") as stream:
                    TEXTS[form](answer, stream)
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror or error}.") from None
