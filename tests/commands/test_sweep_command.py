"""`runner sweep`, as a user runs it: real grids, real trials, and what is in the store afterwards."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from support.helpers import Finished
from support.shared import STUDY_GRID, Swept, swept_once
from support.stores import rows

import runner
from runner.host import fitness, thresholds
from runner.host.finding import problem
from runner.provenance import git_state

CASES, BASELINES, BLOCKS, WARMUP_BLOCKS = 6, 2, 2, 1
ONE_TRIAL = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"
TWO_CASES = "matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: [sequential, threading]}\nrepeats: 1\nwarmup: 0\n"
TOO_SLOW = """\
matrix: {workload: io_bound, TIME: 600, workers: 1, mode: sequential}
repeats: 2
warmup: 0
timeout: 0.3
"""
at_once = pytest.mark.usefixtures("trials_at_once")
STUDY_LINE = re.compile(
    r"\| \d+ \| (?P<process>MainProcess|ForkProcess-\d+) \| (?P<thread>MainThread|Thread-\d+ \((?:cpu|io)_bound\)) \| "
    r"---> (?P<verb>Countdown|Waiting) (?P<what>BEGIN|END) ?(?P<took>after \d+\.\d{3} seconds)?"
)


@pytest.fixture(scope="session")
def timed_out(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return swept_once(tmp_path_factory, "timed_out", TOO_SLOW)


class TestWhatIsStored:
    def test_every_case_of_every_block_is_there_once_and_ok(self, study):
        assert study.result.code == 0, study.result.err
        trials = rows(study.store, "SELECT case_id, warmup, repeat, status FROM v_trials")
        places = Counter((trial["case_id"], trial["warmup"], trial["repeat"]) for trial in trials)
        assert len(places) == len(trials) == CASES * (BLOCKS + WARMUP_BLOCKS)
        assert {trial["status"] for trial in trials} == {"ok"}
        blocks = Counter((trial["warmup"], trial["repeat"]) for trial in trials)
        assert blocks == {(1, 1): CASES, (0, 1): CASES, (0, 2): CASES}

    @pytest.mark.parametrize(
        ("mode", "contexts"),
        [
            ("sequential", [("MainProcess", "MainThread"), ("MainProcess", "MainThread")]),
            ("threading", [("MainProcess", "Thread-1 ({})"), ("MainProcess", "Thread-2 ({})")]),
            ("multiprocessing", [("ForkProcess-1", "MainThread"), ("ForkProcess-2", "MainThread")]),
        ],
    )
    @pytest.mark.parametrize("workload", ["cpu_bound", "io_bound"])
    def test_each_of_two_calls_has_the_context_that_the_study_saw(self, study, workload, mode, contexts):
        calls = rows(
            study.store,
            "SELECT trial_id, process_name, thread_name, pid FROM v_calls "
            "WHERE workload = ? AND mode = ? AND calls = 2 ORDER BY trial_id, worker, call",
            workload,
            mode,
        )
        by_trial = defaultdict(list)
        for call in calls:
            by_trial[call["trial_id"]].append(call)
        assert len(by_trial) == BLOCKS + WARMUP_BLOCKS
        expected = [(process, thread.format(workload)) for process, thread in contexts]
        for seen in by_trial.values():
            assert [(call["process_name"], call["thread_name"]) for call in seen] == expected
            assert len({call["pid"] for call in seen}) == (2 if mode == "multiprocessing" else 1)

    def test_a_sweep_remembers_what_it_was_run_with(self, study):
        (sweep,) = rows(study.store, "SELECT * FROM sweeps")
        assert (sweep["name"], sweep["grid_path"], sweep["grid_text"]) == ("grid", "grid.yaml", STUDY_GRID)
        assert sweep["grid_sha256"] == hashlib.sha256(STUDY_GRID.encode()).hexdigest()
        assert (sweep["seed"], sweep["repeats"], sweep["warmup"]) == (7, BLOCKS, WARMUP_BLOCKS)
        assert sweep["runner_version"] == runner.__version__
        versions = json.loads(sweep["versions"])
        assert versions["python"] == sys.version.split()[0]
        assert {"sqlalchemy", "alembic", "pydantic", "typer"} <= versions.keys()
        assert sweep["command_line"].endswith(" sweep --matrix grid.yaml")
        for stamp in (sweep["started_at"], sweep["ended_at"]):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
        assert sweep["started_at"] < sweep["ended_at"]

    @at_once
    def test_each_sweep_of_the_same_grid_is_one_of_its_own_with_a_seed_of_its_own(self, cli, grid_file):
        grid_file(ONE_TRIAL)
        for _ in range(2):
            assert cli("sweep", "--matrix", "grid.yaml").code == 0
        first, second = rows(Path("runs.db"), "SELECT id, seed FROM sweeps ORDER BY id")
        assert (first["id"], second["id"]) == (1, 2)
        assert first["seed"] != second["seed"]

    @at_once
    @pytest.mark.parametrize(
        ("words", "variable", "expected"),
        [
            pytest.param(["--store", "{folder}/lab.db"], None, "{folder}/lab.db", marks=pytest.mark.slow),
            pytest.param(["--store", "sqlite:///{folder}/lab.db"], None, "{folder}/lab.db"),
            pytest.param([], "sqlite:///lab.db", "lab.db", marks=pytest.mark.slow),
            pytest.param(["--store", "mine.db"], "lab.db", "mine.db"),
        ],
    )
    def test_it_is_where_the_user_says_and_so_say_the_commands_to_type_next(
        self, cli, grid_file, own_folder, monkeypatch, words, variable, expected
    ):
        if variable is not None:
            monkeypatch.setenv("RUNNER_STORE", variable)
        result = cli("sweep", "--matrix", grid_file(ONE_TRIAL), *(word.format(folder=own_folder) for word in words))
        assert result.code == 0, result.err
        expected = expected.format(folder=own_folder)
        assert result.out.count(f" --store {expected}\n") == 3
        assert sorted(path.name for path in own_folder.iterdir()) == sorted(["grid.yaml", Path(expected).name])
        assert len(rows(Path(expected), "SELECT * FROM trials")) == 1


class TestWhatIsPrinted:
    def test_the_summary_has_a_line_for_each_case_and_a_speedup_for_each_concurrent_one(self, study):
        lines = study.result.out.splitlines()
        measured = [line for line in lines if re.search(r"\d (µs|ms|s)\b", line)]
        assert len(measured) == CASES
        assert "speedup" in lines[0]
        assert sum(bool(re.search(r"\d[\d.,]+ ×( slower)? ", line)) for line in measured) == CASES - BASELINES
        for work in ("cpu_bound(NUM=10_000)", "io_bound(TIME=0.01)"):
            assert any(line.startswith(work) for line in lines)

    def test_the_summary_ends_with_commands_that_work(self, study, own_folder, cli):
        shutil.copy(study.store, own_folder)
        assert "cannot say" in study.result.out.partition("Next:")[0].splitlines()[-2]
        show, query, report = (line.strip() for line in study.result.out.partition("Next:\n")[2].splitlines())
        assert show == "runner show 1"
        assert cli("show", "1").code == 0
        assert query.startswith('runner query "SELECT ')
        assert cli("query", query.split('"')[1]).code == 0
        assert report == "runner report 1"

    def test_nothing_like_a_progress_bar_is_drawn_without_a_terminal(self, study):
        assert study.result.err.splitlines() == ["Sweep 1 (grid): 18 trials of 6 cases to run"]
        assert not re.search(r"[\r\x1b━]", study.result.err + study.result.out)

    def test_json_is_one_object_on_stdout(self, cli, grid_file):
        result = cli("sweep", "--matrix", grid_file(TWO_CASES), "--json")
        answer = result.json
        assert result.code == 0
        assert (answer["sweep_id"], answer["sweep"], answer["complete"]) == (1, "grid", True)
        assert len(answer["cases"]) == 2
        assert all(case["n"] == 1 for case in answer["cases"])
        assert all((case["speedup"] is None) == (case["mode"] == "sequential") for case in answer["cases"])

    def test_verbose_prints_each_trial_as_the_study_did(self, quick):
        lines = quick.result.err.splitlines()
        printed = [match for line in lines if (match := STUDY_LINE.fullmatch(line))]
        (stored,) = rows(quick.store, "SELECT COUNT(*) AS calls, COUNT(DISTINCT trial_id) AS trials FROM v_calls")
        calls, trials = stored["calls"], stored["trials"]
        assert Counter(match["what"] for match in printed) == {"BEGIN": calls, "END": calls}
        assert Counter(match["verb"] for match in printed) == {"Countdown": calls, "Waiting": calls}
        assert all((match["what"] == "END") == (match["took"] is not None) for match in printed)
        assert sum(bool(re.fullmatch(r"Finished in \d+\.\d{3} seconds", line)) for line in lines) == trials
        assert sum(bool(re.match(r"trial \d+: (cpu|io)_bound\(", line)) for line in lines) == trials
        assert "--->" not in quick.result.out

    @at_once
    def test_quiet_prints_nothing_when_all_is_well_also_of_a_baseline_that_is_added(self, cli, grid_file):
        grid = grid_file(ONE_TRIAL.replace("sequential", "threading"))
        assert cli("sweep", "--matrix", grid, "--quiet") == Finished(0, "", "")

    @pytest.mark.parametrize("words", [["sweep", "--resume", "--matrix", "grid.yaml"], ["resume", "1"], ["resume"]])
    def test_quiet_prints_nothing_when_there_is_nothing_to_do(self, cli, study, own_folder, words):
        shutil.copytree(study.folder, own_folder, dirs_exist_ok=True)
        assert cli(*words, "--quiet") == Finished(0, "", "")


class TestATrialThatTakesTooLong:
    def test_it_is_stored_and_the_rest_is_run(self, timed_out):
        assert timed_out.result.code == 1
        assert "2 trials timeout: still running after its timeout of 0.3 s (trials 1, 2)" in timed_out.result.out
        assert "\n2 trials did not succeed.\n" in timed_out.result.out
        trials = rows(timed_out.store, "SELECT repeat, status, wall_s FROM v_trials ORDER BY repeat")
        assert trials == [{"repeat": repeat, "status": "timeout", "wall_s": None} for repeat in (1, 2)]

    def test_show_says_why_it_did_not_succeed(self, timed_out, cli, own_folder):
        shutil.copy(timed_out.store, own_folder)
        shown = cli("show", "1")
        failure = re.search(r"^2 trials timeout: (.*) \(trials (\d+), \d+\)$", shown.out, re.MULTILINE)
        assert failure, shown
        assert failure[1] == "still running after its timeout of 0.3 s"
        assert f"Status timeout: {failure[1]}" in cli("show", "1", "--trial", failure[2]).out

    @pytest.mark.parametrize("words", [["resume", "1"], ["sweep", "--matrix", "grid.yaml", "--resume"]])
    def test_a_resume_does_not_run_it_again_and_still_answers_1(self, timed_out, cli, own_folder, words):
        shutil.copytree(timed_out.folder, own_folder, dirs_exist_ok=True)
        before = rows(own_folder / "runs.db", "SELECT * FROM trials ORDER BY id")
        result = cli(*words)
        assert result.code == 1
        assert "Sweep 1 " in result.err
        assert rows(own_folder / "runs.db", "SELECT * FROM trials ORDER BY id") == before


class TestAnUnfitMachine:
    @at_once
    def test_is_said_before_the_first_trial_and_the_sweep_runs(self, cli, grid_file, monkeypatch):
        busy = [problem("others", "use 1.98 of 2 CPUs (99%)", "End these.")]
        monkeypatch.setattr(fitness, "problems", lambda *_: busy)
        result = cli("sweep", "--matrix", grid_file(ONE_TRIAL))
        assert result.code == 0
        first, second = result.err.splitlines()
        assert first == "problem: others: use 1.98 of 2 CPUs (99%). `runner doctor` says what to do."
        assert second.startswith("Sweep 1 ")

    @at_once
    def test_is_one_with_a_full_disk_too(self, cli, grid_file, monkeypatch):
        monkeypatch.setattr(thresholds, "NO_DISK_BYTES", 10**30)
        result = cli("sweep", "--matrix", grid_file(ONE_TRIAL))
        assert re.match(r"problem: disk: .+ free .+ `runner doctor` says what to do\.\nSweep 1 ", result.err)


class TestGit:
    """The sweep notes the commit of the folder it was started in."""

    @pytest.fixture(autouse=True)
    def no_git_from_outside(self, own_folder, monkeypatch):
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(own_folder.parent))
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    @staticmethod
    def git(*words: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *identity, *words], check=True, capture_output=True, text=True).stdout.strip()

    @at_once
    def test_a_checkout_gives_its_commit_and_whether_it_was_edited(self, cli, grid_file):
        grid_file(ONE_TRIAL)
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "all")
        commit = self.git("rev-parse", "HEAD")
        assert git_state() == (commit, False)
        grid_file(ONE_TRIAL + "# edited\n")
        assert cli("sweep", "--matrix", "grid.yaml").code == 0
        sweeps = rows(Path("runs.db"), "SELECT git_commit, git_dirty FROM sweeps")
        assert sweeps == [{"git_commit": commit, "git_dirty": True}]
        shown = cli("show", "1").out
        assert f"git {commit[:12]}" in shown
        assert "uncommitted changes" in shown

    @pytest.mark.parametrize("place", ["no repository", "a repository without a commit", "a machine without git"])
    def test_where_there_is_no_commit_none_is_noted(self, own_folder, monkeypatch, place):
        if place == "a repository without a commit":
            self.git("init", "--quiet")
        elif place == "a machine without git":
            monkeypatch.setenv("PATH", str(own_folder))
        assert git_state() == (None, None)
