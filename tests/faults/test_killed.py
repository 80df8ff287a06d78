"""The out-of-memory killer takes a process of a sweep: one trial is lost, and says so."""

from collections import Counter
from pathlib import Path

import pytest
from support.faults import STORE, assert_complete, assert_sound, committed
from support.helpers import eventually, kill
from support.stores import rows
from support.traces import IN_PROC

from runner.executors.local import HARNESS

pytestmark = pytest.mark.skipif(not IN_PROC, reason="finds processes in /proc")

GRID = """\
matrix: {workload: io_bound, TIME: 0.4, workers: 1, mode: multiprocessing, start_method: fork}
repeats: 2
warmup: 0
seed: 1
"""
TRIALS = 4


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def find(traces, who: str) -> int | None:
    """Return the process of that role in the trial under way, or None while there is none."""
    try:
        launchers = traces.all() - traces.of_trials()
        harness = [pid for pid in traces.of_trials() if str(HARNESS).encode() in command_of(pid)]
        children = {pid for pid in harness if parent(pid) in launchers}
        workers = {pid for pid in harness if parent(pid) in children}
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return None
    if not workers:
        return None
    (found,) = {"worker": workers, "child": children, "launcher": launchers}[who]
    return found


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("worker", "worker 0 (pid {pid}) was killed by SIGKILL"),
        ("child", "the child was killed by SIGKILL"),
        ("launcher", "the child was lost, because the launcher process died"),
    ],
)
def test_one_trial_has_crashed_and_says_so_and_can_be_tried_again(start, cli, grid_file, traces, who, reason):
    sweep = start("sweep", "--matrix", grid_file(GRID))
    eventually(lambda: committed() >= 1)
    victim = eventually(lambda: find(traces, who))
    kill(victim)
    result = sweep.finished()
    assert result.code == 1, result
    assert "Traceback" not in result.err
    found = rows(STORE, "SELECT status, reason FROM trials")
    assert Counter(trial["status"] for trial in found) == {"ok": TRIALS - 1, "crashed": 1}
    assert [trial["reason"] for trial in found if trial["status"] == "crashed"] == [reason.format(pid=victim)]
    assert_sound()
    assert cli("resume", "--retry", "crashed", "--quiet").code == 0
    assert_complete(TRIALS)
