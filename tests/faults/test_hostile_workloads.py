"""Workloads that go wrong in every way they can: each spoils its own trial, and no other."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import hostile_workloads
from support.faults import CHAOS, STORE, assert_sound, slow
from support.helpers import Finished
from support.hostile_workloads import (
    DEEDS,
    ignores_every_signal_it_can,
    prints_much,
    writes_much_to_every_descriptor,
)
from support.stores import rows

from runner.executors.child import OUTPUT_TAIL_BYTES
from runner.executors.local import HARNESS

MOST_RUNNER_BYTES = 300 * 1024**2

MEBIBYTES_TO_PRINT = 1024 if CHAOS else 16
EVERY_MODE = "[sequential, threading, multiprocessing]"
PROCESSES = "[fork, spawn, forkserver]" if CHAOS else "fork"
STATUSES = {
    "closes_every_descriptor": {"crashed", "failed"},
    "kills_its_parent": {"crashed", "ok"},  # which may be the forkserver; it is not needed any more
    "double_forks_a_daemon": {"ok"},
    "prints_much": {"ok"},
    "writes_much_to_every_descriptor": {"crashed", "failed"},
    "returns_what_cannot_be_pickled": {"ok"},
    "raises_what_cannot_be_described": {"failed"},
    "raises_what_cannot_be_pickled": {"failed"},
    "calls_sys_exit": {"failed"},
    "calls_sys_exit_in_a_thread": {"ok"},
    "recurses_for_ever": {"failed"},
    "aborts": {"crashed"},
    "leaves_a_process_that_ignores_signals": {"ok"},
    "ignores_every_signal_it_can": {"timeout"},
}

# The command line with another harness for its trials; records its peak memory.
HOSTILE = """
import sys
from pathlib import Path
from runner.executors import local
local.LocalExecutor.__init__.__defaults__ = (None, Path(sys.argv[1]), ())
sys.argv = ["runner", *sys.argv[2:]]
from runner.__main__ import main
try:
    main()
finally:
    Path("status").write_text(Path("/proc/self/status").read_text())
"""


@pytest.fixture
def sweep(start, grid_file, tmp_path, monkeypatch):
    """Run a sweep of these hostile workloads together with harmless ones."""
    harness = tmp_path / "harness"
    shutil.copytree(HARNESS, harness, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(hostile_workloads.__file__, harness / "workloads" / "__init__.py")
    monkeypatch.setenv("MEBIBYTES_TO_PRINT", str(MEBIBYTES_TO_PRINT))

    def run(*deeds: Callable[[], object], mode: str = EVERY_MODE, timeout: int = 100):
        numbers = [DEEDS.index(deed) for deed in deeds]
        axes = f"workload: [cpu_bound, io_bound], NUM: {numbers}, TIME: 0.001, workers: 1, mode: {mode}"
        grid = grid_file(f"matrix: {{{axes}, start_method: {PROCESSES}}}\nrepeats: 1\nwarmup: 0\ntimeout: {timeout}\n")
        return start(argv=[sys.executable, "-c", HOSTILE, str(harness), "sweep", "--matrix", grid]).finished()

    return run


def check(result: Finished) -> list[dict[str, Any]]:
    """Check that each trial ended as expected; return those of the hostile workloads."""
    assert result.code == 1, result
    assert "Traceback" not in result.err
    assert_sound()
    innocent = rows(STORE, "SELECT status FROM v_trials WHERE workload = 'io_bound'")
    assert {trial["status"] for trial in innocent} == {"ok"}
    trials = rows(
        STORE,
        "SELECT v.num, v.status, t.output FROM v_trials AS v JOIN trials AS t ON t.id = v.trial_id "
        "WHERE v.workload = 'cpu_bound'",
    )
    found = {(DEEDS[trial["num"]].__name__, trial["status"]) for trial in trials}
    assert {(name, status) for name, status in found if status not in STATUSES[name]} == set()
    return trials


def peak_bytes() -> int:
    """Return the peak memory of the runner itself."""
    return int(Path("status").read_text().partition("VmHWM:")[2].split()[0]) * 1024


@slow
@pytest.mark.parametrize(
    ("mode", "ways", "without"),
    [
        pytest.param("sequential", 1, {ignores_every_signal_it_can}, id="in the child"),
        pytest.param(
            EVERY_MODE,
            5 if CHAOS else 3,
            {ignores_every_signal_it_can, writes_much_to_every_descriptor},
            id="in every mode",
        ),
    ],
)
def test_every_hostile_workload_affects_only_its_own_trial(sweep, mode, ways, without):
    deeds = [deed for deed in DEEDS if deed not in without]
    trials = check(sweep(*deeds, mode=mode))
    assert len(trials) == len(deeds) * ways
    output = next(trial["output"] for trial in trials if DEEDS[trial["num"]] is prints_much)
    assert len(output) < 2 * OUTPUT_TAIL_BYTES
    assert f"[{MEBIBYTES_TO_PRINT * 1024**2 - OUTPUT_TAIL_BYTES:,} bytes before this were not kept]" in output
    assert peak_bytes() < MOST_RUNNER_BYTES


@slow
def test_a_worker_that_ignores_every_signal_is_killed(sweep):
    assert check(sweep(ignores_every_signal_it_can, timeout=1))
