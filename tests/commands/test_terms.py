"""On which terms trials are run: when to stop, what to try again, whom to wait for."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.helpers import PATIENCE_S, command_line
from support.shared import made_once, run_in
from support.stores import change, fill, rows
from support.turnstile import Turnstile

from runner.host.lock import only_measurement
from runner.interrupt import Interrupt

STORE = Path("runs.db")
FAILING = """\
import pathlib

def work(fails):
    if fails and not pathlib.Path("healed").exists():
        raise RuntimeError("not yet")
"""
FAILING_GRID = """\
matrix: {workload: "own.py:work", fails: [false, true], workers: 1, mode: [sequential, threading]}
repeats: 2
warmup: 0
seed: 1
"""
TRIALS = 8
QUICK_GRID = "matrix: {workload: io_bound, TIME: 0.001, workers: 1, mode: sequential}\nrepeats: 2\nwarmup: 0\n"


def statuses() -> list[str]:
    return [row["status"] for row in rows(STORE, "SELECT status FROM trials ORDER BY id")]


@pytest.fixture
def failing(own_folder: Path, grid_file: Callable[[str], str]) -> str:
    """Return a grid in which half of the trials fail, until there is a file `healed`."""
    Path("own.py").write_text(FAILING)
    return grid_file(FAILING_GRID)


class TestStopping:
    def test_at_the_first_failure(self, cli, failing):
        result = cli("sweep", "--matrix", failing, "--fail-fast")
        assert result.code == 1
        assert statuses()[-1] == "failed"
        assert statuses().count("failed") == 1
        said = re.search(r"Stopped after 1 failure, as asked\. (\d) of 8 trials are done and kept\.", result.err)
        assert said, result.err
        assert int(said[1]) == len(statuses())

    @pytest.mark.slow
    def test_at_the_third(self, cli, failing):
        result = cli("sweep", "--matrix", failing, "--max-failures", "3", "--json")
        assert result.code == 1
        assert result.json["complete"] is False
        assert statuses()[-1] == "failed"
        assert statuses().count("failed") == 3

    @pytest.mark.slow
    def test_leaves_a_sweep_that_can_be_resumed(self, cli, failing):
        cli("sweep", "--matrix", failing, "--fail-fast")
        before = len(statuses())
        assert cli("resume", "--max-failures", "1").code == 1
        assert len(statuses()) > before
        assert cli("resume").code == 1
        assert len(statuses()) == TRIALS
        assert rows(STORE, "SELECT ended_at IS NOT NULL AS ended FROM sweeps") == [{"ended": 1}]

    @pytest.mark.parametrize("words", [["--max-failures", "0"], ["--max-failures", "x"], ["--rerun-noisy", "-1"]])
    def test_after_an_invalid_number_is_bad_input(self, cli, grid_file, own_folder, words):
        assert cli("sweep", "--matrix", grid_file(QUICK_GRID), *words).code == 2
        assert not STORE.exists()


class TestRetrying:
    @pytest.fixture
    def failed(self, tmp_path_factory, failing):
        """Copy a sweep in which half of the trials have failed; return all trials."""

        def sweep(folder: Path) -> None:
            shutil.copytree(".", folder, dirs_exist_ok=True)
            assert run_in(folder, "sweep", "--matrix", failing).code == 1

        shutil.copy(made_once(tmp_path_factory, "failed", sweep) / STORE, STORE)
        change(STORE, f"UPDATE functions SET folder = '{Path.cwd()}', file = '{Path.cwd() / 'own.py'}'")
        return rows(STORE, "SELECT * FROM trials ORDER BY id")

    def test_adds_new_attempts_beside_the_old_ones(self, failed, cli):
        Path("healed").touch()
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
        result = cli("resume", "--retry", "crashed,timeout")
        assert (result.code, len(statuses())) == (1, TRIALS)
        assert "nothing to resume" in result.err or "nothing to run" in result.err

    @pytest.mark.slow
    def test_what_fails_again_is_kept_too(self, failed, cli):
        assert cli("resume", "1", "--retry", "failed").code == 1
        assert statuses()[TRIALS:] == ["failed"] * 4
        assert rows(STORE, "SELECT MAX(attempt) AS most FROM trials") == [{"most": 2}]

    def test_without_it_nothing_is_tried_again(self, failed, cli):
        assert cli("resume", "1").code == 1
        assert len(statuses()) == TRIALS

    @pytest.mark.parametrize("word", ["ok", "interrupted", "fail", "timeout,nonsense"])
    def test_of_another_status_is_bad_input(self, cli, word):
        result = cli("resume", "--retry", word)
        assert result.code == 2
        assert "expected one or more of failed, crashed, timeout, with commas between them" in result.err


class TestAnotherWhoMeasures:
    @pytest.fixture
    def measuring(self, own_folder: Path, interrupt: Interrupt) -> Iterator[None]:
        """Measure on this host, into another store."""
        fill(Path("other.db"))
        doing = f"sweep 1 (slow), store {own_folder / 'other.db'}"
        with only_measurement(doing, interrupt, pytest.fail, wait=False):
            yield

    @pytest.fixture
    def sweeping(self, own_folder: Path, turnstile: Turnstile) -> Iterator[subprocess.Popen[str]]:
        """Run an endless sweep in another process, into another store."""
        Path("slow.yaml").write_text(turnstile.grid(trials=1, passes=0))
        words = command_line("sweep", "--matrix", "slow.yaml", "--store", "other.db")
        with subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True) as sweep:
            turnstile.wait_until_one_is_held()
            yield sweep
            sweep.send_signal(signal.SIGINT)
            sweep.communicate(timeout=PATIENCE_S)

    def test_ends_a_sweep_at_once_that_does_not_wait(self, measuring, cli, grid_file, own_folder):
        for words in (["sweep", "--matrix", grid_file(QUICK_GRID)], ["resume", "--store", "other.db"]):
            result = cli(*words, "--no-wait")
            assert result.code == 3
            assert f"(process {os.getpid()})" in result.err
            assert f"sweep 1 (slow), store {own_folder / 'other.db'}." in result.err
        assert not STORE.exists()

    @pytest.mark.slow
    def test_is_waited_for(self, sweeping, grid_file, own_folder):
        words = command_line("sweep", "--matrix", grid_file(QUICK_GRID))
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as waiting:
            assert waiting.stderr is not None
            said = waiting.stderr.readline()
            assert f"(process {sweeping.pid})" in said
            assert "Waiting for it to end" in said
            assert not STORE.exists()
            sweeping.kill()  # the lock is released when its holder dies
            assert waiting.wait(PATIENCE_S) == 0
        assert statuses() == ["ok", "ok"]

    @pytest.mark.slow
    def test_is_waited_for_until_the_user_interrupts(self, measuring, grid_file, own_folder):
        words = command_line("sweep", "--matrix", grid_file(QUICK_GRID))
        with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as waiting:
            assert waiting.stderr is not None
            waiting.stderr.readline()
            waiting.send_signal(signal.SIGINT)
            assert waiting.wait(PATIENCE_S) == 130
            assert "nothing was run" in waiting.stderr.read()
        assert not STORE.exists()

    def test_does_not_affect_commands_that_only_read(self, measuring, cli, grid_file):
        for words in (["plan", "--matrix", grid_file(QUICK_GRID)], ["list"], ["show", "1"]):
            assert cli(*words, "--store", "other.db").code == 0, words


class TestRunningAgain:
    def test_what_was_disturbed_keeps_both_and_counts_the_last(self, cli, grid_file):
        grid_file(QUICK_GRID)
        assert cli("sweep", "--matrix", "grid.yaml", "--rerun-noisy", "2").code == 0
        counted = rows(STORE, "SELECT repeat, COUNT(*) AS trials FROM trials WHERE status = 'ok' GROUP BY repeat")
        assert counted == [{"repeat": 1, "trials": 1}, {"repeat": 2, "trials": 1}]
