"""`runner sweep` and `plan` with options in place of keys, sweeps that stop by themselves, and `runner extend`."""

from pathlib import Path

import pytest
from support.stores import change, rows

GRID = """\
name: mine
matrix: {workload: cpu_bound, NUM: 10, workers: [1, 2], mode: [sequential, threading]}
warmup: 1
seed: 7
until: {precision: 5%, budget: 90s}
"""
STORE = Path("runs.db")

at_once = pytest.mark.usefixtures("trials_at_once", "empty_store")


runs_no_trial = pytest.mark.usefixtures("probed_before")


@at_once
class TestSweep:
    def test_says_why_it_stopped_and_with_what_precision(self, cli, grid_file):
        result = cli("sweep", "--matrix", grid_file(GRID))
        assert result.code == 0
        assert "Sweep 1 (mine): at most 324 trials of 4 cases to run" in result.err
        assert "Stopped: every figure is known to ± 0 % (goal ± 5 %).\n" in result.out
        assert "Go on with" not in result.out
        shown = cli("show", "1").out
        assert "order     seed 7, 10 to 80 blocks, 1 warm-up block" in shown
        assert "stopped   every figure is known to ± 0 % (goal ± 5 %)" in shown

    def test_that_did_not_reach_its_precision_names_the_command_that_goes_on(self, cli, grid_file):
        result = cli("sweep", "--matrix", grid_file(GRID), "--blocks", "4", "--repeats", "3")
        assert "Stopped: 4 blocks are run; not every figure has an interval (goal ± 5 %)." in result.out
        assert "Go on with: runner extend 1 --precision 5%\n" in result.out
        budget = cli("sweep", "--matrix", "grid.yaml", "--repeats", "3", "--budget", "0.000001s").out
        assert "Stopped: 1e-06 s are spent; not every figure has an interval (goal ± 5 %)." in budget
        assert "Go on with: runner extend 2 --budget 1e-06s\n" in budget

    def test_with_a_fixed_number_of_blocks_says_nothing_of_it(self, cli, grid_file):
        fixed = grid_file(GRID.partition("until")[0] + "repeats: 2\n")
        assert "Stopped" not in cli("sweep", "--matrix", fixed).out
        assert "stopped" not in cli("show", "1").out

    def test_as_json_has_the_reason_and_the_precision(self, cli, grid_file):
        answer = cli("sweep", "--matrix", grid_file(GRID), "--json").json
        assert (answer["complete"], answer["stopped"], answer["precision_reached"]) == (True, "precision", 0.0)

    def test_tops_up_what_a_wider_grid_adds(self, cli, grid_file):
        few = ["--repeats", "2", "--blocks", "2"]
        cli("sweep", "--matrix", grid_file(GRID), *few)
        result = cli("sweep", "--matrix", "grid.yaml", "workers=1,2,3", *few, "--resume")
        assert "Sweep 1 (mine) has all cases of this grid but 2, in 2 blocks: with --top-up, only these" in result.err
        change(STORE, "DELETE FROM sweeps WHERE id = 2")
        assert cli("sweep", "--matrix", "grid.yaml", "workers=1,2,3", *few, "--top-up").code == 0
        assert [row["n"] for row in rows(STORE, "SELECT n FROM v_speedups ORDER BY workers")] == [2, 2, 2]


class TestBadValues:
    @runs_no_trial
    @pytest.mark.parametrize("command", ["sweep", "plan"])
    @pytest.mark.parametrize(
        ("option", "value", "message"),
        [
            ("--precision", "2", "--precision: expected a share between 0 and 100 %, such as 2% or 0.02, got '2'"),
            ("--precision", "0%", "grid.yaml: --precision: expected a share"),
            ("--budget", "soon", "grid.yaml: --budget: expected a time such as 90s, 10m or 1.5h, got 'soon'"),
            ("--blocks", "0", "grid.yaml: --blocks: expected at least 1, got 0"),
            ("--blocks", "81", "grid.yaml: --blocks: expected at most 80, after which no precision is judged, got 81"),
            ("--repeats", "0", "grid.yaml: --repeats: expected at least 1, got 0"),
            (
                "--repeats",
                "90",
                "grid.yaml:5: until.blocks: expected at least `repeats`, which is 90, and it is 80 by ",
            ),
            ("--seed", "-1", "grid.yaml: --seed: expected at least 0, got -1"),
            ("--timeout", "0", "grid.yaml: --timeout: expected more than 0.0, got 0.0"),
            ("--repeats", "ten", "Invalid value for '--repeats'"),
        ],
    )
    def test_of_an_option_are_named_with_it(self, cli, grid_file, own_folder, command, option, value, message):
        result = cli(command, "--matrix", grid_file(GRID), option, value)
        assert result.code == 2
        assert message in result.err
        assert [path.name for path in own_folder.iterdir()] == ["grid.yaml"]


@runs_no_trial
class TestPlan:
    def test_shows_the_range_of_trials_and_when_it_stops(self, cli, grid_file):
        lines = cli("plan", "--matrix", grid_file(GRID)).out.splitlines()
        assert "4 cases × (10 to 80 blocks and 1 warm-up block) = 44 to 324 trials" in lines
        assert "  stops when every speedup is known to ± 5 %, when 90 s are spent, after 80 blocks" in lines
        answer = cli("plan", "--matrix", "grid.yaml", "--json").json
        assert (answer["planned_at_least"], answer["planned"]) == (44, 324)
        assert answer["until"] == {"precision": 0.05, "budget": 90.0, "blocks": 80}

    def test_shows_one_number_where_there_is_but_one(self, cli, grid_file):
        options = ["--precision", "1%", "--repeats", "12", "--blocks", "12"]
        text = cli("plan", "--matrix", grid_file(GRID), *options).out
        assert "4 cases × (12 blocks and 1 warm-up block) = 52 trials" in text

    def test_shows_the_range_of_time_within_the_budget(self, complete, cli, grid_file):
        change(STORE, "UPDATE trials SET elapsed_ns = 1000000000")
        same = (Path("grid.yaml")).read_text(encoding="utf-8")
        grid = grid_file(same.replace("repeats: 2", "repeats: 10\nuntil: {budget: 5m}"), name="until.yaml")
        assert "Expected duration: about 88 seconds to about 5 minutes, from what" in cli("plan", "--matrix", grid).out
        expected = cli("plan", "--matrix", grid, "--json").json["expected"]
        assert (expected["seconds_at_least"], expected["seconds"]) == (88.0, 300.0)


@at_once
class TestExtend:
    def test_adds_blocks_and_ends_with_the_table(self, cli, grid_file):
        cli("sweep", "--matrix", grid_file(GRID), "--repeats", "1", "--blocks", "1")
        result = cli("extend", "mine", "--blocks", "2")
        assert result.code == 0
        assert "Sweep 1 (mine): 8 trials of 4 cases to run, 8 done before" in result.err
        assert " threading ×2 " in result.out
        assert "16 of 16" in cli("list").out

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["1"], "say by how much: --blocks 10, --precision 2% or --budget 10m."),
            (["1", "--blocks", "0"], "--blocks: expected at least 1, got 0"),
            (["1", "--budget", "x"], "--budget: expected a time such as 90s, 10m or 1.5h, got 'x'"),
            (["7", "--blocks", "1"], "there is no sweep 7"),
        ],
    )
    def test_refuses_what_it_cannot_do_with_one_message(self, cli, grid_file, words, message):
        cli("sweep", "--matrix", grid_file(GRID), "--repeats", "1", "--blocks", "1")
        before = rows(STORE, "SELECT * FROM sweeps")
        result = cli("extend", *words)
        assert result.code == 2
        assert message in result.err
        assert rows(STORE, "SELECT * FROM sweeps") == before
