"""`runner plan` says what a sweep would do, does none of it, and is right."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.shared import QUICK_CASES, QUICK_GRID, QUICK_TRIALS, QUICK_TRIALS_KEPT
from support.stores import change, contents, old_store, rows

REPOSITORY = Path(__file__).parents[2]
STORE = Path("runs.db")

runs_no_trial = pytest.mark.usefixtures("probed_before")


def order(first: int = 1) -> list[dict[str, Any]]:
    """Return the trials of the store from number `first` on, in the form of ``plan --json``."""
    trials = rows(
        STORE,
        "SELECT c.key AS 'case', t.warmup, t.repeat, t.position FROM trials AS t JOIN cases AS c ON c.id = t.case_id "
        "WHERE t.id >= ? ORDER BY t.id",
        first,
    )
    return [{**trial, "warmup": bool(trial["warmup"])} for trial in trials]


@runs_no_trial
class TestWritesNothing:
    def test_where_there_is_no_store(self, cli, grid_file, own_folder):
        assert cli("plan", "--matrix", grid_file(QUICK_GRID), "--verbose").code == 0
        assert [path.name for path in own_folder.iterdir()] == ["grid.yaml"]

    @pytest.mark.slow
    def test_into_the_store_that_is_there(self, interrupted, cli, own_folder):
        before = contents(own_folder)
        assert cli("plan", "--matrix", "grid.yaml").code == 0
        assert contents(own_folder) == before

    def test_into_a_store_of_an_older_schema(self, cli, grid_file, own_folder):
        old_store(STORE)
        grid_file(QUICK_GRID)
        before = contents(own_folder)
        cli("plan", "--matrix", "grid.yaml")
        assert contents(own_folder) == before


@runs_no_trial
class TestCounts:
    def test_cases_and_trials(self, cli, grid_file):
        lines = cli("plan", "--matrix", grid_file(QUICK_GRID)).out.splitlines()
        assert "8 cases × (2 blocks and 1 warm-up block) = 24 trials" in lines
        assert sum(bool(re.match(r"  (cpu|io)_bound\(.*\) (sequential|threading) ×[12]", line)) for line in lines) == 8

    def test_cases_and_trials_as_json(self, cli, grid_file):
        answer = cli("plan", "--matrix", grid_file(QUICK_GRID), "--json").json
        assert (answer["planned"], answer["repeats"], answer["warmup"]) == (QUICK_TRIALS, 2, 1)
        assert len({json.dumps(case, sort_keys=True) for case in answer["cases"]}) == QUICK_CASES
        assert (answer["done"], answer["unfinished_sweep"]) == (0, None)
        assert "order" not in answer

    def test_what_each_exclude_removes(self, cli, grid_file):
        rules = [({"mode": ["threading"], "workers": [2]}, 2), ({"workload": ["io_bound"]}, 3), ({"workers": [7]}, 0)]
        grid_file(QUICK_GRID + "exclude: [{mode: threading, workers: 2}, {workload: io_bound}, {workers: 7}]\n")
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        assert answer["excluded"] == [{"rule": rule, "cases": cases} for rule, cases in rules]
        assert len(answer["cases"]) == QUICK_CASES - 5
        text = cli("plan", "--matrix", "grid.yaml").out
        assert "exclude {workers: 2, mode: threading} removes 2 cases" in text
        assert "exclude {workload: io_bound} removes 3 cases" in text
        assert "exclude {workers: 7} removes 0 cases — it matches nothing" in text

    def test_the_baselines_that_had_to_be_added(self, cli, grid_file):
        grid_file("matrix: {workload: cpu_bound, NUM: 10, workers: [1, 2], mode: threading}\nrepeats: 1\n")
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        baselines = [case["key"] for case in answer["cases"] if case["mode"] == "sequential"]
        assert answer["added_baselines"] == baselines
        assert len(baselines) == 2
        text = cli("plan", "--matrix", "grid.yaml").out
        assert "added the missing baseline cpu_bound(NUM=10) sequential ×1\n" in text
        assert "added the missing baseline cpu_bound(NUM=10) sequential ×1, 2 calls\n" in text

    def test_the_axes_that_the_grid_leaves_out(self, cli, grid_file):
        text = cli("plan", "--matrix", grid_file("matrix: {workload: cpu_bound, NUM: 10}\n")).out
        for axis in ("workers", "mode", "start_method"):
            assert re.search(rf"^  {axis} .*  \(by default\)$", text, re.MULTILINE)
        assert re.search(r"^  NUM +10$", text, re.MULTILINE)

    @pytest.mark.parametrize("grid", ["grid.yaml", "examples/tiny.yaml"])
    def test_the_shipped_grids(self, cli, grid):
        answer = cli("plan", "--matrix", str(REPOSITORY / grid), "--json").json
        assert answer["planned"] == len(answer["cases"]) * (answer["repeats"] + answer["warmup"]) > 0

    def test_the_study_s_own_six_cases(self, cli):
        answer = cli("plan", "--matrix", str(REPOSITORY / "examples" / "study.yaml"), "--json").json
        works = {(case["workload"], case["num"] or case["time"], case["mode"]) for case in answer["cases"]}
        modes = ("sequential", "threading", "multiprocessing")
        assert works == {("cpu_bound", 240_000_000, mode) for mode in modes} | {
            ("io_bound", 10, mode) for mode in modes
        }
        assert {case["calls"] for case in answer["cases"]} == {2}


@runs_no_trial
class TestDoneAlready:
    def test_nothing_when_the_only_sweep_of_the_grid_is_complete(self, complete, cli):
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        assert (answer["unfinished_sweep"], answer["done"]) == (None, 0)

    def test_as_many_trials_as_an_interrupted_sweep_has_done(self, interrupted, cli):
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        assert (answer["unfinished_sweep"], answer["done"], answer["planned"]) == (1, QUICK_TRIALS_KEPT, QUICK_TRIALS)
        text = cli("plan", "--matrix", "grid.yaml").out
        assert f"Sweep 1 of this grid is unfinished: {QUICK_TRIALS_KEPT} of 24 trials done;" in text
        assert "`runner resume 1` does the rest" in text
        Path("runs.db").rename("lab.db")
        text = cli("plan", "--matrix", "grid.yaml", "--store", "lab.db").out
        assert "`runner resume 1 --store lab.db` does the rest" in text

    def test_nothing_when_the_grid_was_edited_since(self, interrupted, cli, grid_file):
        grid_file(QUICK_GRID + "# another text\n")
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        assert (answer["unfinished_sweep"], answer["done"]) == (None, 0)

    @pytest.mark.slow
    @pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="takes one of two CPUs away")
    def test_of_cases_that_are_not_in_the_plan_since_cpus_were_taken_away(self, cli, program, grid_file):
        grid_file("matrix: {workload: cpu_bound, NUM: 10, mode: [sequential, threading]}\nrepeats: 1\nwarmup: 0\n")
        assert cli("sweep", "--matrix", "grid.yaml").code == 0
        change(STORE, "UPDATE sweeps SET ended_at = NULL")
        one_cpu = sorted(os.sched_getaffinity(0))[:1]
        result = program("plan", "--matrix", "grid.yaml", preexec_fn=lambda: os.sched_setaffinity(0, one_cpu))
        assert result.code == 0, result.err
        assert "Sweep 1 of this grid is unfinished" in result.out

    def test_of_a_sweep_that_was_begun_on_another_interpreter(self, interrupted, cli):
        change(STORE, "UPDATE interpreters SET label = 'pypy 7.3.11'", "UPDATE cases SET key = 'of-pypy-' || id")
        result = cli("plan", "--matrix", "grid.yaml")
        assert result.code == 0, result.err
        assert "= 24 trials" in result.out


@runs_no_trial
class TestExpectedDuration:
    @pytest.mark.parametrize("store", ["none", "of other cases"])
    def test_is_not_known_before_these_cases_were_run(self, request, cli, grid_file, store):
        if store == "of other cases":
            request.getfixturevalue("complete")
        grid = grid_file("matrix: {workload: cpu_bound, NUM: 77, workers: 1}\n", name="other.yaml")
        assert "Expected duration: not known" in cli("plan", "--matrix", grid).out
        answer = cli("plan", "--matrix", grid, "--json").json
        assert answer["expected"] == {
            "seconds": None,
            "seconds_at_least": None,
            "cases_never_run": len(answer["cases"]),
        }

    def test_is_what_these_cases_took_before(self, complete, cli):
        expected = cli("plan", "--matrix", "grid.yaml", "--json").json["expected"]
        (took,) = rows(STORE, "SELECT SUM(elapsed_ns) / 1e9 AS s FROM trials")
        seconds = pytest.approx(took["s"])
        assert expected == {"seconds": seconds, "seconds_at_least": seconds, "cases_never_run": 0}
        assert "Expected duration: about " in cli("plan", "--matrix", "grid.yaml").out

    def test_counts_only_what_is_left(self, interrupted, cli):
        change(STORE, "UPDATE trials SET elapsed_ns = 2000000000")
        expected = cli("plan", "--matrix", "grid.yaml", "--json").json["expected"]
        assert expected["seconds"] == pytest.approx(2.0 * (QUICK_TRIALS - QUICK_TRIALS_KEPT))

    def test_takes_a_case_that_never_ran_as_average(self, complete, cli, grid_file):
        change(STORE, "UPDATE trials SET elapsed_ns = 60000000000")
        grid = grid_file(QUICK_GRID.replace("workers: [1, 2]", "workers: [1, 2, 3]"), name="wider.yaml")
        answer = cli("plan", "--matrix", grid, "--json").json
        assert answer["expected"]["seconds"] == pytest.approx(60.0 * answer["planned"])
        text = cli("plan", "--matrix", grid).out
        assert "Expected duration: about 36 minutes, from what these cases took before; 4 of 12 never ran" in text


@pytest.mark.usefixtures("trials_at_once")
class TestOrder:
    def test_is_the_one_in_which_the_sweep_then_runs(self, complete, cli):
        planned = cli("plan", "--matrix", "grid.yaml", "--verbose", "--json", "--store", "other.db").json["order"]
        assert planned == order()

    def test_reads_as_the_sweep_reads(self, complete, cli):
        text = cli("plan", "--matrix", "grid.yaml", "--verbose", "--store", "other.db").out
        planned = re.findall(r"^  (?:warm-up|block) \d +\d+  (.+)$", text, re.MULTILINE)
        ran = re.findall(r"^trial \d+: (.+)$", complete.result.err, re.MULTILINE)
        assert planned == ran
        assert len(planned) == QUICK_TRIALS

    def test_after_an_interruption_is_the_one_in_which_a_resume_goes_on(self, interrupted, cli):
        planned = cli("plan", "--matrix", "grid.yaml", "--verbose", "--json").json["order"]
        assert cli("resume").code == 0
        assert planned == order(first=QUICK_TRIALS_KEPT + 1)
        assert len(planned) == QUICK_TRIALS - QUICK_TRIALS_KEPT

    def test_is_not_known_when_the_seed_is_yet_to_be_drawn(self, cli, grid_file):
        grid = grid_file(QUICK_GRID.replace("seed: 7\n", ""))
        assert "drawn when the sweep begins" in cli("plan", "--matrix", grid, "--verbose").out
        assert "order" not in cli("plan", "--matrix", grid, "--verbose", "--json").json

    def test_of_an_unfinished_sweep_is_by_the_seed_that_it_drew(self, interrupted, cli, grid_file):
        unseeded = grid_file(QUICK_GRID.replace("seed: 7\n", ""))
        sha256 = hashlib.sha256(Path(unseeded).read_bytes()).hexdigest()
        change(STORE, f"UPDATE sweeps SET seed = 8, grid_sha256 = '{sha256}'")
        planned = cli("plan", "--matrix", unseeded, "--verbose", "--json").json["order"]
        assert cli("resume").code == 0
        assert planned == order(first=QUICK_TRIALS_KEPT + 1)
