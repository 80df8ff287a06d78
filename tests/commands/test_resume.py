"""A sweep that was stopped, whatever stopped it, is finished: nothing lost, nothing run twice."""

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.helpers import alive, case, command_line, eventually
from support.stores import FACTS, by_label, change, rows, sweep_columns

from runner.store.write import Writer

QUICK_GRID = """\
matrix: {workload: [cpu_bound, io_bound], NUM: 1_000, TIME: 0.002, workers: [1, 2], mode: [sequential, threading]}
repeats: 2
warmup: 1
"""
QUICK_TRIALS = 24
SLOW_GRID = """\
matrix: {workload: io_bound, TIME: 0.3, workers: 1, mode: [sequential, threading]}
repeats: 3
warmup: 0
"""
SLOW_TRIALS = 6
STORE = Path("runs.db")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(own_folder: Path) -> Iterator[Start]:
    """Start a command line in the background; whatever becomes of the test, nothing of it is left behind."""
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command_line(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        below = descendants(process.pid)
        process.kill()
        process.communicate(timeout=60)
        eventually(lambda below=below: not any(alive(pid) for pid in below))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where a quick sweep was run to its end."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "grid.yaml").write_text(QUICK_GRID, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "RUNNER_STORE"}
    words = command_line("sweep", "--matrix", "grid.yaml", "--quiet")
    subprocess.run(words, cwd=folder, env=environment, check=True, timeout=120)
    return folder


@pytest.fixture
def killed(swept: Path, own_folder: Path) -> list[dict[str, Any]]:
    """Lay out what a kill after nine trials of that sweep leaves; return the trials of the whole sweep in order."""
    shutil.copytree(swept, own_folder, dirs_exist_ok=True)
    whole = order()
    change(STORE, "DELETE FROM timings WHERE trial_id > 9", "DELETE FROM trials WHERE id > 9")
    change(STORE, "UPDATE sweeps SET ended_at = NULL")
    return whole


def descendants(pid: int) -> list[int]:
    """Return every process below `pid`."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def trial_of(runner: int) -> int | None:
    """Return the child that runs a trial below the runner, once it watches for being stopped."""
    for pid in descendants(runner):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
            caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
        except OSError:  # it has just ended
            continue
        if "harness/__main__.py" in command and caught and int(caught[1], 16) >> (signal.SIGCONT - 1) & 1:
            return pid
    return None


def committed() -> int:
    """Return how many trials a store that is being written to holds by now."""
    try:
        with closing(sqlite3.connect(f"file:{STORE}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT COUNT(*) FROM trials").fetchone()[0]
    except sqlite3.OperationalError:  # no file yet, or no table in it
        return 0


def begun() -> bool:
    """Whether the store holds a sweep by now."""
    try:
        with closing(sqlite3.connect(f"file:{STORE}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT 1 FROM sweeps").fetchone())
    except sqlite3.OperationalError:
        return False


def kept() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return every trial and every timing, in the order in which they were stored."""
    return (
        rows(STORE, "SELECT * FROM trials ORDER BY id"),
        rows(STORE, "SELECT * FROM timings ORDER BY trial_id, worker, call"),
    )


def order(sweep: int = 1) -> list[dict[str, Any]]:
    """Return which trials a sweep ran, in the order in which it did."""
    return rows(
        STORE,
        "SELECT c.key, t.warmup, t.repeat, t.position FROM trials AS t JOIN cases AS c ON c.id = t.case_id "
        "WHERE c.sweep_id = ? AND t.status != 'interrupted' ORDER BY t.id",
        sweep,
    )


def assert_each_place_has_one_ok_trial(trials: int) -> None:
    ok = rows(STORE, "SELECT case_id, warmup, repeat FROM trials WHERE status = 'ok'")
    places = Counter(tuple(trial.values()) for trial in ok)
    assert len(places) == trials
    assert set(places.values()) == {1}
    (sweep,) = rows(STORE, "SELECT ended_at FROM sweeps")
    assert sweep["ended_at"]


class TestASignal:
    @pytest.mark.parametrize(
        ("numbers", "words"),
        [
            ([signal.SIGINT], []),
            ([signal.SIGTERM], ["--json"]),
            ([signal.SIGHUP], []),
            ([signal.SIGINT] * 2, []),
            ([signal.SIGINT, signal.SIGTERM, signal.SIGHUP] * 5, ["--json"]),
        ],
        ids=["Ctrl-C", "SIGTERM, --json", "SIGHUP", "Ctrl-C twice", "all of them, again and again"],
    )
    def test_stops_the_sweep_and_the_message_says_how_to_finish_it(self, start, cli, grid_file, numbers, words):
        sweep = start("sweep", "--matrix", grid_file(SLOW_GRID), *words)
        eventually(committed)
        for number in numbers:
            sweep.send_signal(number)
        out, err = sweep.communicate(timeout=60)
        assert sweep.returncode == 130, err
        assert "Traceback" not in err
        trials, timings = kept()
        statuses = Counter(trial["status"] for trial in trials)
        assert statuses["interrupted"] == 1
        assert statuses["ok"] == len(trials) - 1 >= 1
        assert trials[-1]["status"] == "interrupted"
        said = re.search(
            r"^Interrupted\. (\d+) of (\d+) trials are done and kept\. Finish it with: runner (.+)$", err, re.MULTILINE
        )
        assert said, err
        assert (int(said[1]), int(said[2])) == (statuses["ok"], SLOW_TRIALS)
        if words:
            assert '"complete": false' in out

        resumed = cli(*shlex.split(said[3]))
        assert resumed.code == 0, resumed.err
        assert_each_place_has_one_ok_trial(SLOW_TRIALS)
        trials_after, timings_after = kept()
        assert trials_after[: len(trials)] == trials
        assert len(trials_after) == SLOW_TRIALS + 1
        assert all(timing in timings_after for timing in timings)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
    def test_in_the_very_beginning_is_an_interruption_too(self, start, grid_file, number):
        sweep = start("sweep", "--matrix", grid_file(SLOW_GRID))
        eventually(lambda: descendants(sweep.pid))
        sweep.send_signal(number)
        _, err = sweep.communicate(timeout=60)
        assert sweep.returncode == 130, err
        assert "Interrupted" in err
        assert "Traceback" not in err

    def test_that_stops_the_trial_for_a_while_flags_it_and_it_is_run_again(self, start, grid_file):
        self.stop_for_a_while(start, grid_file, trial_of, seconds=0.1)
        disturbed, counted = rows(STORE, "SELECT status, noisy, attempt FROM trials ORDER BY id")
        assert (disturbed["status"], disturbed["attempt"]) == ("disturbed", 1)
        assert "processes of the trial were stopped" in disturbed["noisy"]
        assert (counted["status"], counted["attempt"]) == ("ok", 2)
        assert "processes of the trial" not in (counted["noisy"] or "")

    def test_that_stops_the_runner_for_a_while_flags_the_trial(self, start, grid_file):
        # Of a stop of the runner, what exceeds its own waits is noticed.
        self.stop_for_a_while(start, grid_file, lambda runner: trial_of(runner) and runner, seconds=3)
        (flagged,) = rows(STORE, "SELECT status, noisy FROM trials")
        assert flagged["status"] == "ok"
        assert "the runner was stopped" in flagged["noisy"]

    def stop_for_a_while(self, start, grid_file, whom, seconds):
        grid_file("matrix: {workload: io_bound, TIME: 2, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n")
        sweep = start("sweep", "--matrix", "grid.yaml")
        stopped = eventually(lambda: whom(sweep.pid))
        os.kill(stopped, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(stopped, signal.SIGCONT)
        sweep.communicate(timeout=60)
        assert sweep.returncode == 0

    def test_while_resuming_leaves_a_sweep_that_can_be_resumed(self, start, cli, grid_file):
        first = start("sweep", "--matrix", grid_file(SLOW_GRID))
        eventually(committed)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        before = committed()
        second = start("resume")
        eventually(lambda: committed() > before)
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=60)
        assert (first.returncode, second.returncode) == (130, 130)
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(SLOW_TRIALS)


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        "words",
        [["resume"], ["resume", "grid"], ["sweep", "--resume", "--matrix", "grid.yaml"]],
        ids=" ".join,
    )
    def test_is_run_in_the_order_in_which_the_sweep_began(self, killed, cli, words):
        before = kept()[0]
        result = cli(*words)
        assert result.code == 0, result.err
        assert "15 trials of 8 cases to run, 9 done before" in result.err
        assert order() == killed
        assert kept()[0][:9] == before
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)

    def test_is_known_from_the_store_and_not_from_the_grid_file(self, killed, cli):
        Path("grid.yaml").unlink()
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)

    def test_does_not_include_trials_that_failed(self, killed, cli):
        change(STORE, "UPDATE trials SET status = 'failed', reason = 'ValueError: no' WHERE id IN (2, 5)")
        assert cli("resume").code == 1
        assert order() == killed
        failed = rows(STORE, "SELECT id FROM trials WHERE status = 'failed'")
        assert failed == [{"id": 2}, {"id": 5}]

    @pytest.mark.parametrize("status", ["interrupted", "lost"])
    def test_includes_trials_that_never_came_to_an_end(self, killed, cli, status):
        change(STORE, f"UPDATE trials SET status = '{status}' WHERE id = 9")
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)
        assert len(rows(STORE, "SELECT * FROM trials")) == QUICK_TRIALS + 1

    def test_may_be_nothing_but_the_note_that_the_sweep_has_ended(self, swept, own_folder, cli):
        shutil.copytree(swept, own_folder, dirs_exist_ok=True)
        change(STORE, "UPDATE sweeps SET ended_at = NULL")
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)

    def test_of_the_newest_unfinished_sweep_comes_first(self, killed, cli):
        assert cli("sweep", "--matrix", "grid.yaml").code == 0
        change(STORE, "UPDATE sweeps SET ended_at = NULL WHERE id = 2", "DELETE FROM timings WHERE trial_id = 33")
        change(STORE, "DELETE FROM trials WHERE id = 33")
        assert cli("resume").code == 0
        unfinished = rows(STORE, "SELECT id FROM sweeps WHERE ended_at IS NULL")
        assert unfinished == [{"id": 1}]

    def test_of_a_sweep_of_another_interpreter_is_refused(self, cli):
        pypy = {**FACTS, "interpreter": {**FACTS["interpreter"], "label": "pypy 7.3.11"}}
        with Writer(STORE) as writer:
            writer.begin_sweep(sweep_columns(), [case(python="pypy 7.3.11").columns()], {}, by_label(pypy))
        result = cli("resume")
        assert result.code == 2
        assert "pypy 7.3.11" in result.err
        assert order() == []


class TestSweepWithResume:
    def test_says_complete_when_it_is(self, swept, own_folder, cli):
        shutil.copytree(swept, own_folder, dirs_exist_ok=True)
        result = cli("sweep", "--matrix", "grid.yaml", "--resume")
        assert result.code == 0
        assert "Sweep 1 of this grid is complete: nothing to run." in result.err
        assert "speedup" in result.out
        assert len(rows(STORE, "SELECT * FROM trials")) == QUICK_TRIALS

    @pytest.mark.parametrize("store_exists", [False, True])
    def test_begins_when_this_grid_was_never_run(self, killed, cli, grid_file, store_exists):
        if not store_exists:
            STORE.unlink()
        grid_file("matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n")
        assert cli("sweep", "--matrix", "grid.yaml", "--resume").code == 0
        assert len(order(sweep=2 if store_exists else 1)) == 1
        assert not store_exists or len(order(sweep=1)) == 9


class TestNothingToResume:
    def test_without_a_store_says_so_and_makes_none(self, cli, own_folder):
        result = cli("resume")
        assert result.code == 3
        assert "there is no store yet" in result.err
        assert list(own_folder.iterdir()) == []

    def test_without_an_unfinished_sweep_is_no_error(self, swept, own_folder, cli):
        shutil.copytree(swept, own_folder, dirs_exist_ok=True)
        result = cli("resume")
        assert result.code == 0
        assert "nothing to resume" in result.err

    def test_a_sweep_that_is_complete_prints_its_summary_again(self, swept, own_folder, cli):
        shutil.copytree(swept, own_folder, dirs_exist_ok=True)
        result = cli("resume", "1")
        assert result.code == 0
        assert "Sweep 1 is complete: nothing to run." in result.err
        assert "speedup" in result.out
