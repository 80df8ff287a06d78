"""`runner export`: rows for other programs, to stdout or into a new file."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from pyarrow import BufferReader, parquet
from support.stores import BASELINE, THREADS, Planned, contents, created, fill, outcome, timing

STORE = Path("runs.db")


@pytest.fixture(autouse=True)
def store(own_folder: Path) -> None:
    """Make a store of three sweeps, two of one name."""
    ok = outcome(timings=[timing(0), timing(1)])
    for name, cases in (("study", [THREADS]), ("other", [BASELINE]), ("study", [BASELINE, THREADS])):
        fill(STORE, [Planned(case=case, outcome=ok) for case in cases], name=name)


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("words", "sweeps"),
    [
        ([], ["1", "2", "3", "3"]),
        (["1"], ["1"]),
        (["study"], ["3", "3"]),
        (["2", "study", "2"], ["2", "3", "3"]),
    ],
    ids=str,
)
def test_the_trials_of_the_chosen_sweeps_go_to_stdout_as_csv(cli, words, sweeps):
    result = cli("export", *words)
    assert (result.code, result.err) == (0, "")
    assert [line["sweep_id"] for line in lines(result.out)] == sweeps


@pytest.mark.parametrize(("what", "rows"), [("trials", 4), ("workers", 8), ("calls", 8)])
def test_there_is_a_row_for_each_of_what_is_asked_for(cli, what, rows):
    assert len(lines(cli("export", "--what", what).out)) == rows
    printed = cli("export", "--what", what, "--format", "jsonl").out
    assert len([json.loads(line) for line in printed.splitlines()]) == rows


def test_a_store_without_sweeps_has_a_header_and_no_rows(cli):
    STORE.unlink()
    created(STORE)
    assert cli("export").out.startswith("trial_id,sweep_id,")
    assert lines(cli("export").out) == []
    assert cli("export", "--format", "jsonl").out == ""


READERS = {
    "csv": lambda path: len(lines(path.read_text(encoding="utf-8"))),
    "jsonl": lambda path: len([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]),
    "parquet": lambda path: parquet.read_table(BufferReader(path.read_bytes())).num_rows,
}


@pytest.mark.parametrize(
    ("words", "form"),
    [
        (["-o", "rows.csv"], "csv"),
        (["-o", "rows.jsonl"], "jsonl"),
        (["-o", "rows.parquet"], "parquet"),
        (["-o", "ROWS.PARQUET"], "parquet"),
        (["-o", "like:a/url.parquet"], "parquet"),
        (["-o", "rows"], "csv"),
        (["-o", "rows.csv", "--format", "jsonl"], "jsonl"),
        (["-o", "rows", "--format", "parquet"], "parquet"),
        (["-o", "rows.txt", "--format", "csv"], "csv"),
    ],
    ids=" ".join,
)
def test_a_file_has_the_format_that_its_name_says_unless_another_is_named(cli, own_folder, words, form):
    before, written = contents(own_folder), Path(words[1])
    written.parent.mkdir(exist_ok=True)
    result = cli("export", *words)
    assert (result.code, result.out, result.err) == (0, "", f"Wrote {written}.\n")
    assert READERS[form](written) == 4
    assert set(contents(own_folder)) == {*before, written.name}


def test_a_file_and_stdout_get_the_same(cli):
    cli("export", "--output", "rows.csv")
    assert Path("rows.csv").read_text(encoding="utf-8") == cli("export").out


def test_a_file_has_the_permissions_that_the_umask_gives(cli):
    cli("export", "--output", "rows.csv")
    umask = os.umask(0o022)
    os.umask(umask)
    assert Path("rows.csv").stat().st_mode & 0o777 == 0o666 & ~umask
