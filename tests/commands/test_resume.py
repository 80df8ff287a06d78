"""A sweep that was stopped, whatever stopped it, is finished: nothing lost, nothing run twice."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S, alive, case, command_line, eventually
from support.shared import QUICK_CASES, QUICK_TRIALS, QUICK_TRIALS_KEPT, Swept
from support.stores import INTERPRETER, change, fill, rows

TRIALS = 3
ONE_TRIAL = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"
STORE = Path("runs.db")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(own_folder: Path) -> Iterator[Start]:
    """Start a command line in the background; all its processes are ended after the test, even if it fails."""
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
        process.communicate(timeout=PATIENCE_S)
        eventually(lambda below=below: not any(alive(pid) for pid in below))


@pytest.fixture
def killed(interrupted: Swept) -> list[dict[str, Any]]:
    """Copy what a kill leaves of a sweep; return the trials of the whole sweep in order."""
    return order(store=interrupted.store)


def descendants(pid: int) -> list[int]:
    """Return every process below `pid`."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def trial_of(runner: int) -> int:
    """Return the child that runs a trial below the runner."""
    (child,) = (pid for pid in descendants(runner) if "harness/__main__.py" in Path(f"/proc/{pid}/cmdline").read_text())
    return child


def kept() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return every trial and every timing, in the order in which they were stored."""
    return (
        rows(STORE, "SELECT * FROM trials ORDER BY id"),
        rows(STORE, "SELECT * FROM timings ORDER BY trial_id, worker, call"),
    )


def order(sweep: int = 1, store: Path = STORE) -> list[dict[str, Any]]:
    """Return which trials a sweep ran, in the order in which it did."""
    return rows(
        store,
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
            pytest.param([signal.SIGINT], [], id="Ctrl-C"),
            pytest.param([signal.SIGTERM], ["--json"], id="SIGTERM, --json", marks=pytest.mark.slow),
            pytest.param([signal.SIGHUP], [], id="SIGHUP", marks=pytest.mark.slow),
            pytest.param([signal.SIGINT] * 2, [], id="Ctrl-C twice", marks=pytest.mark.slow),
            pytest.param(
                [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] * 5,
                ["--json"],
                id="all of them, again and again",
                marks=pytest.mark.slow,
            ),
        ],
    )
    def test_stops_the_sweep_and_the_message_says_how_to_finish_it(
        self, start, cli, grid_file, turnstile, numbers, words
    ):
        sweep = start("sweep", "--matrix", grid_file(turnstile.grid(TRIALS, passes=1)), *words)
        turnstile.wait_until_one_is_held()
        for number in numbers:
            sweep.send_signal(number)
        out, err = sweep.communicate(timeout=PATIENCE_S)
        assert sweep.returncode == 130, err
        assert "Traceback" not in err
        trials, timings = kept()
        assert [trial["status"] for trial in trials] == ["ok", "interrupted"]
        said = re.search(
            r"^Interrupted\. 1 of 3 trials are done and kept\. Finish it with: runner (.+)$", err, re.MULTILINE
        )
        assert said, err
        if words:
            assert '"complete": false' in out
        else:
            assert "speedup" in out.splitlines()[0]
            assert re.search(r"^  sequential .+ base +– ", out, re.MULTILINE)

        turnstile.let_go()
        resumed = cli(*shlex.split(said[1]))
        assert resumed.code == 0, resumed.err
        assert_each_place_has_one_ok_trial(TRIALS)
        trials_after, timings_after = kept()
        assert trials_after[: len(trials)] == trials
        assert len(trials_after) == TRIALS + 1
        assert all(timing in timings_after for timing in timings)

    @pytest.mark.slow
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
    def test_at_the_very_start_is_an_interruption_too(self, start, grid_file, turnstile, number):
        sweep = start("sweep", "--matrix", grid_file(turnstile.grid(TRIALS, passes=0)))
        eventually(lambda: descendants(sweep.pid))
        sweep.send_signal(number)
        _, err = sweep.communicate(timeout=PATIENCE_S)
        assert sweep.returncode == 130, err
        assert "Interrupted" in err
        assert "Traceback" not in err

    @pytest.mark.slow
    def test_that_stops_the_trial_for_a_while_flags_it_and_it_is_run_again(self, start, grid_file, turnstile):
        self.stop_for_a_while(start, grid_file, turnstile, trial_of, seconds=0)
        disturbed, counted = rows(STORE, "SELECT status, noisy, attempt FROM trials ORDER BY id")
        assert (disturbed["status"], disturbed["attempt"]) == ("disturbed", 1)
        assert "processes of the trial were stopped" in disturbed["noisy"]
        assert (counted["status"], counted["attempt"]) == ("ok", 2)
        assert "processes of the trial" not in (counted["noisy"] or "")

    @pytest.mark.slow
    def test_that_stops_the_runner_for_a_while_flags_the_trial(self, start, grid_file, turnstile):
        # A stop of the runner is noticed if it is longer than its own waits.
        self.stop_for_a_while(start, grid_file, turnstile, lambda runner: runner, seconds=3)
        (flagged,) = rows(STORE, "SELECT status, noisy FROM trials")
        assert flagged["status"] == "ok"
        assert "the runner was stopped" in flagged["noisy"]

    def stop_for_a_while(self, start, grid_file, turnstile, whom, seconds):
        sweep = start("sweep", "--matrix", grid_file(turnstile.grid(1, passes=0)))
        turnstile.wait_until_one_is_held()
        stopped = whom(sweep.pid)
        os.kill(stopped, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(stopped, signal.SIGCONT)
        turnstile.let_go()
        sweep.communicate(timeout=PATIENCE_S)
        assert sweep.returncode == 0

    @pytest.mark.slow
    def test_while_resuming_leaves_a_sweep_that_can_be_resumed(self, start, cli, grid_file, turnstile):
        grid = grid_file(turnstile.grid(TRIALS, passes=1))
        for words in (["sweep", "--matrix", grid], ["resume"]):
            begun = start(*words)
            turnstile.wait_until_one_is_held()
            begun.send_signal(signal.SIGINT)
            begun.communicate(timeout=PATIENCE_S)
            assert begun.returncode == 130
            turnstile.hold_again()
        assert [trial["status"] for trial in kept()[0]] == ["ok", "interrupted"] * 2
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(TRIALS)


@pytest.mark.usefixtures("trials_at_once")
class TestWhatIsMissing:
    @pytest.mark.parametrize(
        "words",
        [
            pytest.param(["resume"], id="resume"),
            pytest.param(["resume", "grid"], id="resume by name", marks=pytest.mark.slow),
            pytest.param(["sweep", "--resume", "--matrix", "grid.yaml"], id="sweep --resume"),
        ],
    )
    def test_is_run_in_the_order_in_which_the_sweep_began(self, killed, cli, words):
        before = kept()[0]
        result = cli(*words)
        assert result.code == 0, result.err
        missing = QUICK_TRIALS - QUICK_TRIALS_KEPT
        told = f"{missing} trials of {QUICK_CASES} cases to run, {QUICK_TRIALS_KEPT} done before"
        assert told in result.err
        assert order() == killed
        assert kept()[0][:QUICK_TRIALS_KEPT] == before
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

    @pytest.mark.parametrize("status", [pytest.param("interrupted", marks=pytest.mark.slow), "lost"])
    def test_includes_trials_that_never_came_to_an_end(self, killed, cli, status):
        change(STORE, f"UPDATE trials SET status = '{status}' WHERE id = {QUICK_TRIALS_KEPT}")
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)
        assert len(rows(STORE, "SELECT * FROM trials")) == QUICK_TRIALS + 1

    def test_may_be_nothing_but_the_note_that_the_sweep_has_ended(self, complete, cli):
        change(STORE, "UPDATE sweeps SET ended_at = NULL")
        assert cli("resume").code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)

    def test_of_the_newest_unfinished_sweep_comes_first(self, killed, cli, grid_file):
        assert cli("sweep", "--matrix", grid_file(ONE_TRIAL, "one.yaml")).code == 0
        change(STORE, "UPDATE sweeps SET ended_at = NULL WHERE id = 2")
        for table, number in (("timings", "trial_id"), ("trials", "id")):
            change(STORE, f"DELETE FROM {table} WHERE {number} > {QUICK_TRIALS_KEPT}")
        assert cli("resume").code == 0
        unfinished = rows(STORE, "SELECT id FROM sweeps WHERE ended_at IS NULL")
        assert unfinished == [{"id": 1}]

    @pytest.mark.parametrize(
        ("name", "where"),
        [("'bench-9'", "host bench-9."), ("hostname", "which has changed since (see the table hosts).")],
    )
    def test_of_a_sweep_of_another_host_is_run_only_if_the_user_says_so(self, killed, cli, name, where):
        change(STORE, f"UPDATE hosts SET hostname = {name}, identity = 'other'")
        before = kept()
        refused = cli("resume")
        assert refused.code == 2
        assert where in refused.err
        assert kept() == before
        said = re.search(r"To run the missing trials here: runner (.+)$", refused.err, re.MULTILINE)
        assert said, refused.err
        assert cli(*shlex.split(said[1])).code == 0
        assert_each_place_has_one_ok_trial(QUICK_TRIALS)

    def test_of_a_sweep_of_another_interpreter_is_refused(self, cli):
        pypy = replace(INTERPRETER, label="pypy 7.3.11")
        fill(STORE, cases=[case(python=pypy.label)], interpreter=pypy)
        result = cli("resume")
        assert result.code == 2
        assert "pypy 7.3.11" in result.err
        assert order() == []


@pytest.mark.usefixtures("trials_at_once")
class TestSweepWithResume:
    def test_says_complete_when_it_is(self, complete, cli):
        result = cli("sweep", "--matrix", "grid.yaml", "--resume")
        assert result.code == 0
        assert "Sweep 1 of this grid is complete: nothing to run." in result.err
        assert "speedup" in result.out
        assert len(rows(STORE, "SELECT * FROM trials")) == QUICK_TRIALS

    @pytest.mark.parametrize("store_exists", [False, True])
    def test_begins_when_this_grid_was_never_run(self, killed, cli, grid_file, store_exists):
        if not store_exists:
            STORE.unlink()
        grid_file(ONE_TRIAL)
        assert cli("sweep", "--matrix", "grid.yaml", "--resume").code == 0
        assert len(order(sweep=2 if store_exists else 1)) == 1
        assert not store_exists or len(order(sweep=1)) == QUICK_TRIALS_KEPT


class TestNothingToResume:
    def test_without_a_store_says_so_and_makes_none(self, cli, own_folder):
        result = cli("resume")
        assert result.code == 3
        assert "there is no store yet" in result.err
        assert list(own_folder.iterdir()) == []

    def test_without_an_unfinished_sweep_is_no_error(self, complete, cli):
        result = cli("resume")
        assert result.code == 0
        assert "nothing to resume" in result.err

    def test_a_sweep_that_is_complete_prints_its_summary_again(self, complete, cli):
        result = cli("resume", "1")
        assert result.code == 0
        assert "Sweep 1 is complete: nothing to run." in result.err
        assert "speedup" in result.out
