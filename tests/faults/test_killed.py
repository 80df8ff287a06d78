"""The out-of-memory killer takes a process of a sweep: one trial is lost, and says so."""

from collections import Counter
from pathlib import Path

import pytest
from support.faults import STORE, assert_complete, assert_sound, slow
from support.helpers import kill
from support.stores import rows
from support.traces import IN_PROC, Traces

from runner.executors.local import HARNESS

pytestmark = pytest.mark.skipif(not IN_PROC, reason="finds processes in /proc")

TRIALS = 3


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def find(traces: Traces, who: str) -> int:
    """Return the process with that role in the running trial."""
    launchers = traces.all() - traces.of_trials()
    harness = [pid for pid in traces.of_trials() if str(HARNESS).encode() in command_of(pid)]
    children = {pid for pid in harness if parent(pid) in launchers}
    workers = {pid for pid in harness if parent(pid) in children}
    (found,) = {"worker": workers, "child": children, "launcher": launchers}[who]
    return found


@slow
@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("worker", "worker 0 (pid {pid}) was killed by SIGKILL"),
        ("child", "the child was killed by SIGKILL"),
        ("launcher", "the child was lost, because the launcher process died"),
    ],
)
def test_one_trial_has_crashed_and_says_so_and_can_be_tried_again(
    start, cli, grid_file, turnstile, traces, who, reason
):
    grid = turnstile.grid(TRIALS, passes=2, mode="multiprocessing", start_method="fork")
    sweep = start("sweep", "--matrix", grid_file(grid))
    turnstile.wait_until_one_is_held()
    victim = find(traces, who)
    kill(victim)
    turnstile.let_go()
    result = sweep.finished()
    assert result.code == 1, result
    assert "Traceback" not in result.err
    found = rows(STORE, "SELECT status, reason FROM trials")
    assert Counter(trial["status"] for trial in found) == {"ok": TRIALS - 1, "crashed": 1}
    assert [trial["reason"] for trial in found if trial["status"] == "crashed"] == [reason.format(pid=victim)]
    assert_sound()
    assert cli("resume", "--retry", "crashed", "--quiet").code == 0
    assert_complete(TRIALS)
