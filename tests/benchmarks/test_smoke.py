"""Every benchmark is started at its smallest size: what nobody runs breaks unnoticed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from support.helpers import PATIENCE_S

from benchmarks import document, neighbour, smoke
from benchmarks.__main__ import QUESTIONS
from benchmarks.bench import ROOT, Bench, Scale, Watch
from benchmarks.result import Result
from runner.harness.cpus import usable_cpus
from runner.numbers.medians import Estimate


def found(bench):
    yield Result(1, "a ratio", Estimate(1.0, 0.9, 1.1, 20))


def lacking(bench):
    yield from found(bench)
    yield Result(2, "a ratio to a peer", None, note="the peer is not installed")


def broken(bench):
    yield from found(bench)
    raise TypeError("Loop() got an unexpected argument")


@pytest.fixture
def bench():
    return Bench(Scale.SMOKE, Watch(), Path("scratch").absolute())


@pytest.fixture
def started(bench):
    """Start questions, and return whether all have run and what was told."""

    def start(*questions, beside=False):
        told: list[str] = []
        succeeded = smoke.start(bench, dict(enumerate(questions, start=1)), told.append, beside=beside)
        return succeeded, [line.replace("test_smoke", "name") for line in told]

    return start


@pytest.mark.slow  # one test for each: all in one would take minutes on a busy machine
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.__module__)
def test_every_question_starts(traces, started, monkeypatch, question):
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        monkeypatch.delenv(name)
    succeeded, (told,) = started(question)
    assert succeeded
    assert re.search(r": runs, \d+ results(; missing: .*)?$", told)
    assert not traces.all()


@pytest.mark.slow
def test_a_question_starts_from_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--smoke", "--only", "5"],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"5\. store_pace: runs, \d+ results(; missing: .*)?\n", done.stdout)


@pytest.mark.slow
def test_trials_beside_a_neighbour_start(bench):
    assert neighbour.measure(bench).row_count == 2 * len({1, usable_cpus()})


def test_one_that_fails_is_told_with_its_reason_and_the_others_are_started_too(started, capsys):
    assert started(found, broken, lacking) == (
        False,
        [
            "1. name: runs, 1 results",
            "2. name: fails: TypeError: Loop() got an unexpected argument",
            "3. name: runs, 2 results; missing: the peer is not installed",
        ],
    )
    assert 'in broken\n    raise TypeError("Loop' in capsys.readouterr().err


def test_a_peer_that_is_missing_is_no_failure(started):
    assert started(lacking)[0]


@pytest.mark.parametrize(
    ("questions", "told"),
    [((found, lacking), "page: runs, 2 lines"), ((found, broken), "page: not written, as a question has no answer")],
)
def test_the_page_is_written_where_nothing_is_kept(started, monkeypatch, questions, told):
    def write(answers, folder):
        page = folder / "page.md"
        page.write_text("\n".join(document.table(answer.results).splitlines()[-1] for answer in answers))
        return page

    monkeypatch.setattr(document, "write", write)
    monkeypatch.setattr(neighbour, "measure", lambda bench: Table())
    assert started(*questions, beside=True)[1][-2:] == ["neighbour: runs, 0 rows", told]
    assert Path("scratch/page/page.md").exists() is ("runs" in told)


@pytest.mark.parametrize(("scale", "size"), [(Scale.FULL, 60), (Scale.QUICK, 60), (Scale.SMOKE, 1)])
def test_a_size_that_names_no_quick_one_is_as_full(scale, size):
    assert scale.pick(full=60, smoke=1) == size
    assert Scale.QUICK.pick(full=60, quick=6, smoke=1) == 6
