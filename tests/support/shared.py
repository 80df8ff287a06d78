"""What is made once for all tests of a run, by whichever worker needs it first."""

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from support.helpers import Finished
from support.here import run_here

STUDY_GRID = """\
matrix:
  workload: [cpu_bound, io_bound]
  NUM: 10_000
  TIME: 0.01
  workers: 2
  start_method: fork
repeats: 2
warmup: 1
seed: 7
"""
QUICK_GRID = """\
matrix:
  workload: [cpu_bound, io_bound]
  NUM: 1_000
  TIME: 0.002
  workers: [1, 2]
  mode: [sequential, threading]
repeats: 2
warmup: 1
seed: 7
"""
QUICK_CASES, QUICK_TRIALS = 8, 24
QUICK_TRIALS_KEPT = 19
"""By a kill in the middle of the second block."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that `make` has filled. All tests share it: they only read it or copy it."""
    root = factory.getbasetemp()
    shared = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "shared"
    folder, done = shared / name, shared / f"{name}.done"
    shared.mkdir(exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@dataclass(frozen=True)
class Swept:
    """A sweep that was run by another process, with its output and its folder."""

    result: Finished
    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "runs.db"


def swept_once(factory: pytest.TempPathFactory, name: str, grid: str, *options: str) -> Swept:
    """Run ``runner sweep`` with these options on a grid, once."""

    def sweep(folder: Path) -> None:
        work = folder / "work"
        work.mkdir()
        (work / "grid.yaml").write_text(grid, encoding="utf-8")
        result = run_in(work, "sweep", "--matrix", "grid.yaml", *options)
        (folder / "result.json").write_text(json.dumps(asdict(result)), encoding="utf-8")

    folder = made_once(factory, name, sweep)
    return Swept(Finished(**json.loads((folder / "result.json").read_text(encoding="utf-8"))), folder / "work")


def run_in(folder: Path, *words: str) -> Finished:
    """Run a command line in that folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("RUNNER_STORE", "COLUMNS"):
            patch.delenv(name, raising=False)
        return run_here(*words)
