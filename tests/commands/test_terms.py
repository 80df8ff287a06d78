"""On which terms trials are run: when to stop, what to try again, whom to wait for."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.helpers import command_line, eventually
from support.stores import change, rows

STORE = Path("runs.db")
# With this timeout, a trial of the long work never succeeds.
FAILING_GRID = """\
matrix: {workload: io_bound, TIME: [0.001, 0.6], workers: 1, mode: [sequential, threading]}
repeats: 2
warmup: 0
timeout: 0.2
seed: 1
"""
TRIALS = 8
QUICK_GRID = "matrix: {workload: io_bound, TIME: 0.001, workers: 1, mode: sequential}\nrepeats: 2\nwarmup: 0\n"
SLOW_GRID = "matrix: {workload: io_bound, TIME: 60, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"


def statuses() -> list[str]:
    return [row["status"] for row in rows(STORE, "SELECT status FROM trials ORDER BY id")]


def heal() -> None:
    """Let what took too long succeed from now on."""
    change(STORE, "UPDATE sweeps SET timeout_ns = 60000000000")


class TestStopping:
    def test_at_the_first_failure(self, cli, grid_file):
        result = cli("sweep", "--matrix", grid_file(FAILING_GRID), "--fail-fast")
        assert result.code == 1
        assert statuses()[-1] == "timeout"
        assert statuses().count("timeout") == 1
        said = re.search(r"Stopped after 1 failure, as asked\. (\d) of 8 trials are done and kept\.", result.err)
        assert said, result.err
        assert int(said[1]) == len(statuses())

    def test_at_the_third(self, cli, grid_file):
        result = cli("sweep", "--matrix", grid_file(FAILING_GRID), "--max-failures", "3", "--json")
        assert result.code == 1
        assert result.json["complete"] is False
        assert statuses()[-1] == "timeout"
        assert statuses().count("timeout") == 3

    def test_leaves_a_sweep_that_can_be_resumed(self, cli, grid_file):
        cli("sweep", "--matrix", grid_file(FAILING_GRID), "--fail-fast")
        before = len(statuses())
        assert cli("resume", "--max-failures", "1").code == 1
        assert len(statuses()) > before
        assert cli("resume").code == 1
        assert len(statuses()) == TRIALS
        assert rows(STORE, "SELECT ended_at IS NOT NULL AS ended FROM sweeps") == [{"ended": 1}]

    @pytest.mark.parametrize("words", [["--max-failures", "0"], ["--max-failures", "x"], ["--rerun-noisy", "-1"]])
    def test_after_a_number_that_is_none_is_bad_input(self, cli, grid_file, own_folder, words):
        assert cli("sweep", "--matrix", grid_file(QUICK_GRID), *words).code == 2
        assert not STORE.exists()


class TestRetrying:
    @pytest.fixture
    def failed(self, cli, grid_file):
        assert cli("sweep", "--matrix", grid_file(FAILING_GRID)).code == 1
        return rows(STORE, "SELECT * FROM trials ORDER BY id")

    def test_adds_new_attempts_beside_the_old_ones(self, failed, cli):
        heal()
        result = cli("resume", "--retry", "failed,crashed,timeout")
        assert result.code == 0, result.err
        trials = rows(STORE, "SELECT * FROM trials ORDER BY id")
        assert trials[:TRIALS] == failed
        assert [(trial["status"], trial["attempt"]) for trial in trials[TRIALS:]] == [("ok", 2)] * 4
        assert rows(STORE, "SELECT DISTINCT n, failures FROM v_cases") == [
            {"n": 2, "failures": 0},
            {"n": 2, "failures": 2},
        ]

    def test_is_of_the_statuses_that_are_named_alone(self, failed, cli):
        result = cli("resume", "--retry", "crashed,failed")
        assert (result.code, len(statuses())) == (1, TRIALS)
        assert "nothing to resume" in result.err or "nothing to run" in result.err

    def test_what_fails_again_is_kept_too(self, failed, cli):
        assert cli("resume", "1", "--retry", "timeout").code == 1
        assert statuses()[TRIALS:] == ["timeout"] * 4
        assert rows(STORE, "SELECT MAX(attempt) AS most FROM trials") == [{"most": 2}]

    def test_without_it_nothing_is_tried_again(self, failed, cli):
        assert cli("resume", "1").code == 1
        assert len(statuses()) == TRIALS

    @pytest.mark.parametrize("word", ["ok", "interrupted", "fail", "timeout,nonsense"])
    def test_of_another_status_is_bad_input(self, failed, cli, word):
        result = cli("resume", "--retry", word)
        assert result.code == 2
        assert "Expected one or more of: failed, crashed, timeout." in result.err


class TestAnotherWhoMeasures:
    @pytest.fixture
    def measuring(self, own_folder: Path) -> Iterator[subprocess.Popen[str]]:
        """A sweep that takes a minute, into another store."""
        Path("slow.yaml").write_text(SLOW_GRID)
        words = command_line("sweep", "--matrix", "slow.yaml", "--store", "other.db")
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as sweep:
            lock = Path(os.environ["RUNNER_HOST_LOCK"])
            eventually(lambda: lock.exists() and "sweep 1 (slow)" in lock.read_text())
            yield sweep
            sweep.send_signal(signal.SIGINT)
            sweep.communicate(timeout=30)

    def test_makes_a_sweep_end_at_once_that_does_not_want_to_wait(self, measuring, cli, grid_file, own_folder):
        for words in (["sweep", "--matrix", grid_file(QUICK_GRID)], ["resume", "--store", "other.db"]):
            result = cli(*words, "--no-wait")
            assert result.code == 3
            assert f"(process {measuring.pid})" in result.err
            assert f"sweep 1 (slow), store {own_folder / 'other.db'}." in result.err
        assert not STORE.exists()

    def test_is_waited_for(self, measuring, grid_file, own_folder):
        words = command_line("sweep", "--matrix", grid_file(QUICK_GRID))
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as waiting:
            assert waiting.stderr is not None
            said = waiting.stderr.readline()
            assert f"(process {measuring.pid})" in said
            assert "Waiting for it to end" in said
            assert not STORE.exists()
            measuring.kill()  # a holder that dies holds nothing
            assert waiting.wait(60) == 0
        assert statuses() == ["ok", "ok"]

    def test_is_waited_for_until_the_user_has_enough(self, measuring, grid_file, own_folder):
        words = command_line("sweep", "--matrix", grid_file(QUICK_GRID))
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as waiting:
            assert waiting.stderr is not None
            waiting.stderr.readline()
            waiting.send_signal(signal.SIGINT)
            assert waiting.wait(60) == 130
            assert "nothing was run" in waiting.stderr.read()
        assert not STORE.exists()

    @pytest.mark.parametrize(
        "words",
        [["plan", "--matrix", "slow.yaml"], ["list", "--store", "other.db"], ["show", "1", "--store", "other.db"]],
    )
    def test_is_of_no_concern_to_those_who_only_look(self, measuring, cli, words):
        assert cli(*words).code == 0


class TestRunningAgain:
    def test_what_was_disturbed_keeps_both_and_counts_the_last(self, cli, grid_file):
        grid_file(QUICK_GRID)
        assert cli("sweep", "--matrix", "grid.yaml", "--rerun-noisy", "2").code == 0
        counted = rows(STORE, "SELECT repeat, COUNT(*) AS trials FROM trials WHERE status = 'ok' GROUP BY repeat")
        assert counted == [{"repeat": 1, "trials": 1}, {"repeat": 2, "trials": 1}]
