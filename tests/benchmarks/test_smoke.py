"""Every benchmark is started at its smallest size: what nobody runs breaks unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S

from analysis.statistics import Estimate
from benchmarks import document, smoke
from benchmarks.bench import ROOT, Bench, Scale, Watch
from benchmarks.result import Result

NAMES = ["truth", "trial_cost", "honesty", "command_line", "store_pace", "growth"]


def found(bench):
    yield Result(1, "a ratio", Estimate(1.0, 0.9, 1.1, 20))


def lacking(bench):
    yield from found(bench)
    yield Result(2, "a ratio to a peer", None, note="the peer is not installed")


def broken(bench):
    yield from found(bench)
    raise TypeError("Loop() got an unexpected argument")


@pytest.mark.slow
def test_every_benchmark_starts(traces):
    page = document.DOCS / document.PAGE
    before = page.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--smoke"],
        cwd=ROOT,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    names = [f"{number}. {name}" for number, name in enumerate(NAMES, start=1)]
    lines = [line.split(": ")[:2] for line in done.stdout.splitlines()]
    assert [name for name, _ in lines] == [*names, "neighbour", "page"]
    assert all(told.startswith("runs, ") for _, told in lines)
    assert page.read_bytes() == before
    assert not traces.all()


def test_one_that_fails_is_told_with_its_reason_and_the_others_are_started_too(capsys):
    told: list[str] = []
    bench = Bench(Scale.SMOKE, Watch(), Path("scratch"))
    assert not smoke.start(bench, {1: found, 2: broken, 3: lacking}, told.append, beside=False)
    assert [line.replace("test_smoke", "name") for line in told] == [
        "1. name: runs, 1 results",
        "2. name: fails: TypeError: Loop() got an unexpected argument",
        "3. name: runs, 2 results; missing: the peer is not installed",
    ]
    assert 'in broken\n    raise TypeError("Loop' in capsys.readouterr().err


def test_a_peer_that_is_missing_is_no_failure():
    told: list[str] = []
    assert smoke.start(Bench(Scale.SMOKE, Watch(), Path("scratch")), {1: lacking}, told.append, beside=False)


@pytest.mark.parametrize(("scale", "size"), [(Scale.FULL, 60), (Scale.QUICK, 60), (Scale.SMOKE, 1)])
def test_a_size_that_names_no_quick_one_is_as_full(scale, size):
    assert scale.pick(full=60, smoke=1) == size
    assert Scale.QUICK.pick(full=60, quick=6, smoke=1) == 6
