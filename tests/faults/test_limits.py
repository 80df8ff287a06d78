"""A machine without more memory, processes, threads or descriptors: a message, or trials that failed and say so."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.faults import CHAOS, STORE, as_somebody, assert_complete, assert_one_message, assert_sound, slow, within
from support.stores import rows

OK, TRIALS_FAILED, BAD_INPUT, STORE_UNUSABLE = 0, 1, 2, 3
GRID = """\
matrix: {workload: cpu_bound, NUM: 10, workers: 2, start_method: fork}
repeats: 1
warmup: 0
"""
TRIALS = 3
MIB = 1024 * 1024


def tried(quick: Sequence[int], more: Sequence[int], all_of_them: Sequence[int]) -> list[Any]:
    """Return the cases: those always tried, more for `make test-all`, and more for `make chaos`."""
    return list(all_of_them) if CHAOS else [*quick, *(pytest.param(limit, marks=slow) for limit in more)]


def assert_it_can_be_finished(cli) -> None:
    """Remove the limit."""
    assert cli("sweep", "--resume", "--matrix", "grid.yaml", "--quiet").code in (OK, TRIALS_FAILED)
    assert cli("resume", "--retry", "failed,crashed", "--quiet").code == OK
    assert_complete(TRIALS)


def assert_ended_well(result, *reasons: str) -> None:
    """Check that it ended with a message, or that each trial succeeded or has one of these errors."""
    assert result.code in (OK, TRIALS_FAILED, BAD_INPUT, STORE_UNUSABLE), result
    assert "Traceback" not in result.err, result.err
    if result.code in (BAD_INPUT, STORE_UNUSABLE):
        assert_one_message(result.err)
    if not STORE.exists() or not rows(STORE, "SELECT 1 FROM sqlite_master WHERE name = 'trials'"):
        assert result.code in (BAD_INPUT, STORE_UNUSABLE)
        return
    assert_sound()
    found = rows(STORE, "SELECT reason FROM trials WHERE status <> 'ok'")
    assert [trial for trial in found if not any(reason in trial["reason"] for reason in reasons)] == []


@pytest.mark.parametrize("processes", tried([2], [1, 3, 4], range(1, 12)))
def test_processes_and_threads_run_out(cli, program, public_folder, processes):
    """`fork` fails with EAGAIN, and so does the creation of a thread. Root's processes are not counted."""
    Path("grid.yaml").write_text(GRID, encoding="utf-8")
    limited = as_somebody(within(NPROC=processes + tasks_of_this_user()))
    result = program("sweep", "--matrix", "grid.yaml", preexec_fn=limited)
    assert_ended_well(result, "could not be started: BlockingIOError", "could not be started: RuntimeError", "exited")
    if os.geteuid() == 0:  # the runner is one, its launcher the second, a trial the third
        assert (result.code == BAD_INPUT) == (processes < 3)
        assert (result.code == OK) == (processes > 4)
    assert_it_can_be_finished(cli)


def tasks_of_this_user() -> int:
    """Return the number of processes that count for this user's limit; root becomes a user who has none."""
    if os.geteuid() == 0:
        return 0
    tasks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            tasks += len(list((process / "task").iterdir())) if process.stat().st_uid == os.getuid() else 0
        except OSError:  # the process has just ended
            continue
    return tasks


@pytest.mark.slow
@pytest.mark.parametrize("mebibytes", tried([40], [16, 64], range(16, 140, 4)))
def test_memory_runs_out(cli, program, grid_file, mebibytes):
    result = program("sweep", "--matrix", grid_file(GRID), preexec_fn=within(AS=mebibytes * MIB))
    if result.code == -signal.SIGABRT:
        pytest.skip("a compiled library gives up by itself when it finds no memory")
    assert_ended_well(result, "could not be started: ", "exited", "was killed", "was lost")
    assert_it_can_be_finished(cli)


@pytest.mark.slow
@pytest.mark.parametrize("descriptors", tried([16], [8], range(5, 32)))
def test_descriptors_run_out(cli, program, grid_file, descriptors):
    result = program("sweep", "--matrix", grid_file(GRID), preexec_fn=within(NOFILE=descriptors))
    assert_ended_well(result, "could not be started: OSError: [Errno 24] Too many open files", "was lost")
    if result.code == BAD_INPUT:
        assert_one_message(result.err, "Too many open files")
    assert_it_can_be_finished(cli)
