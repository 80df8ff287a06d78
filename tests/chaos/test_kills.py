"""A sweep that is killed again and again, at random moments, loses nothing, repeats nothing and leaves nothing behind.

``make chaos`` kills 200 times, half of them with workers that hide; ``CHAOS_SEED`` chooses other moments.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S, eventually, kill
from support.stores import rows
from support.traces import IN_PROC, Traces

from runner.executors.local import HARNESS

pytestmark = pytest.mark.skipif(not IN_PROC, reason="finds processes in /proc")

KILLS = 100 if os.environ.get("CHAOS") else 4
"""Number of kills for each of the two kinds of workers; `make test-all` uses the default, `make test` kills once."""
SEED = int(os.environ.get("CHAOS_SEED", "20261123"))
STORE = Path("runs.db")
LOG = Path("runs.db-wal")

GRID = """\
name: chaos
matrix:
  workload: [cpu_bound, io_bound]
  NUM: 20_000
  TIME: 0.03
  workers: [1, 2]
  mode: [sequential, threading, multiprocessing]
  start_method: [fork, spawn, forkserver]
repeats: 4
warmup: 1
seed: 7
"""
TRIALS = 2 * 2 * 5 * 5
SMALL_GRID = "matrix: {workload: io_bound, TIME: 0.03, workers: 2, start_method: fork}\nrepeats: 2\nwarmup: 0\n"
SMALL_TRIALS = 3 * 2

# Workers that leave their session, and leave a daemon in another one: the hardest to find again.
WORKLOADS = """
import os, time

def _hide():
    try:
        os.setsid()
    except OSError:  # the leader of its group already
        pass
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()

def cpu_bound(NUM):
    while NUM > 0:
        NUM -= 1

def io_bound(TIME):
    _hide()
    time.sleep(TIME)

WORKLOADS = {"cpu_bound": cpu_bound, "io_bound": io_bound}


def load(name):
    return WORKLOADS[name]
"""

# The command line with another harness for its trials.
RUNNER = """
import sys
from pathlib import Path
from runner.executors import local
local.LocalExecutor.__init__.__defaults__ = (None, Path(sys.argv[1]), ())
sys.argv = ["runner", *sys.argv[2:]]
from runner.cli import main
main()
"""


@dataclass
class Victim:
    """A sweep that is started, killed and resumed, with what was observed."""

    harness: Path
    traces: Traces
    chance: random.Random
    log: Path
    moments: "dict[str, Moment]"
    trials: int = TRIALS
    fell: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    """From a kill until the last process was gone."""
    kept: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
    """The trials and timings that were committed before the last kill."""

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the command line, with its output in a file."""
        with self.log.open("ab") as log:
            argv = [sys.executable, "-c", RUNNER, str(self.harness), *words]
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill_at_some_moment(self, process: subprocess.Popen[bytes]) -> bool:
        """Kill it and check that nothing is lost or left; return whether it was still running before."""
        kind = self.chance.choice(list(self.moments))
        self.moments[kind](self, process)
        launchers = self.traces.all() - self.traces.of_trials() if kind == WITH_LAUNCHER else set()
        in_trial = bool(self.traces.of_trials() - {process.pid})
        for pid in (process.pid, *launchers):
            with suppress(ProcessLookupError):
                kill(pid)
        process.wait()
        self._look_what_is_left()
        if process.returncode != -signal.SIGKILL:
            return False
        self.fell[f"{kind}; it fell {'into' if in_trial else 'beside'} a trial"] += 1
        return True

    def _look_what_is_left(self) -> None:
        killed = time.monotonic()
        eventually(lambda: not self.traces.all())
        self.slowest_s = max(self.slowest_s, time.monotonic() - killed)
        if not self.has_begun():
            return
        before, now = self.kept, stored()
        assert now[0][: len(before[0])] == before[0]
        assert now[1][: len(before[1])] == before[1]
        assert rows(STORE, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert rows(STORE, "PRAGMA foreign_key_check") == []
        self.kept = now

    def has_begun(self) -> bool:
        """Return whether the store has a sweep already."""
        if not STORE.exists() or not rows(STORE, "SELECT 1 FROM sqlite_master WHERE name = 'sweeps'"):
            return False
        return bool(rows(STORE, "SELECT 1 FROM sweeps"))


def stored() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return every trial and every timing, in the order in which they were stored."""
    return (
        rows(STORE, "SELECT * FROM trials ORDER BY id"),
        rows(STORE, "SELECT * FROM timings ORDER BY trial_id, worker, call"),
    )


def at_any_moment(victim: Victim, process: subprocess.Popen[bytes]) -> None:
    time.sleep(victim.chance.uniform(0, 2.5))


def in_a_trial(victim: Victim, process: subprocess.Popen[bytes]) -> None:
    time.sleep(victim.chance.uniform(0.5, 1.5))
    _until(process, lambda: victim.traces.of_trials() - {process.pid})
    time.sleep(victim.chance.uniform(0, 0.05))


def in_a_commit(victim: Victim, process: subprocess.Popen[bytes]) -> None:
    """The log grows when a transaction is written, and is made durable after that."""
    time.sleep(victim.chance.uniform(0.5, 1.5))
    before = _grown()
    _until(process, lambda: _grown() != before)
    deadline = time.perf_counter() + victim.chance.uniform(0, 0.001)
    while time.perf_counter() < deadline:
        pass


def _grown() -> tuple[int, int]:
    try:
        found = LOG.stat()
    except FileNotFoundError:
        return (0, 0)
    return found.st_size, found.st_mtime_ns


def _until(process: subprocess.Popen[bytes], condition: Callable[[], Any]) -> None:
    while process.poll() is None and not condition():
        pass


Moment = Callable[[Victim, subprocess.Popen[bytes]], None]
MOMENTS: dict[str, Moment] = {
    "at any moment": at_any_moment,
    "aimed at a trial": in_a_trial,
    "aimed at a commit": in_a_commit,
}
WITH_LAUNCHER = "with its launcher, aimed at a trial"


@pytest.fixture
def victim(tmp_path: Path, traces: Traces, grid_file: Callable[[str], str]) -> Victim:
    grid_file(GRID)
    harness = tmp_path / "harness"
    shutil.copytree(HARNESS, harness, ignore=shutil.ignore_patterns("__pycache__"))
    return Victim(harness, traces, random.Random(SEED), tmp_path / "log", {**MOMENTS, WITH_LAUNCHER: in_a_trial})


def test_of_a_small_sweep_that_is_killed_once_nothing_is_lost_or_left(victim: Victim) -> None:
    Path("grid.yaml").write_text(SMALL_GRID)
    (victim.harness / "workloads" / "__init__.py").write_text(WORKLOADS)
    victim.moments = {"aimed at a trial": in_a_trial}
    victim.trials = SMALL_TRIALS
    kill_again_and_again(victim, most=1)


@pytest.mark.slow
def test_nothing_is_lost_nothing_is_done_twice_and_nothing_is_left(victim: Victim) -> None:
    kill_again_and_again(victim)


@pytest.mark.slow
def test_nothing_is_left_of_workers_that_leave_their_session(victim: Victim) -> None:
    (victim.harness / "workloads" / "__init__.py").write_text(WORKLOADS)
    victim.moments = MOMENTS  # with the launcher dead too, processes that have left the trial's group are orphans
    kill_again_and_again(victim)


def kill_again_and_again(victim: Victim, most: int = KILLS) -> None:
    """Kill sweeps until there were enough kills; a sweep that ends before is checked, and another begins."""
    sweeps = kills = 0
    while kills < most:
        process = victim.start("resume") if victim.has_begun() else victim.start("sweep", "-m", "grid.yaml")
        kills += victim.kill_at_some_moment(process)
        if process.returncode == 0 or kills == most:
            sweeps += 1
            finish(victim)
    said = victim.log.read_text()
    assert "Traceback" not in said, said
    print(f"seed {SEED}: {kills} kills in {sweeps} sweeps of {victim.trials} trials each")
    for moment, times in sorted(victim.fell.items()):
        print(f"{times:5} {moment}")
    print(
        f"Nothing was lost, done twice or left behind. The last process was gone {victim.slowest_s:.2f} s after a kill."
    )


def finish(victim: Victim) -> None:
    """Let the sweep run to its end; check that every case has one trial in every block, and empty the folder."""
    if not victim.has_begun():
        return
    last = victim.start("resume")
    assert last.wait(PATIENCE_S) == 0, victim.log.read_text()
    trials, _ = stored()
    assert trials[: len(victim.kept[0])] == victim.kept[0]
    assert [trial["status"] for trial in trials] == ["ok"] * victim.trials
    assert len({(trial["case_id"], trial["warmup"], trial["repeat"]) for trial in trials}) == victim.trials
    eventually(lambda: not victim.traces.all())
    for file in STORE.parent.glob("runs.db*"):
        file.unlink()
    victim.kept = ([], [])
