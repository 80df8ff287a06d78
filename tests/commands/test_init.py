"""`runner init`: a starter grid, and the schema of grids."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from runner.errors import BadInput
from runner.matrix.grid import parse_grid
from runner.matrix.spec import json_schema

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json_schema())


class TestAStarterGrid:
    @pytest.mark.parametrize(("words", "written"), [([], "grid.yaml"), (["mine {1}.yml"], "mine {1}.yml")])
    def test_is_one_that_plan_accepts(self, cli, own_folder, words, written):
        result = cli("init", *words)
        assert (result.code, result.out) == (0, "")
        assert [path.name for path in own_folder.iterdir()] == [written]
        assert result.err == f"Wrote {written}. Next: runner plan --matrix {written}\n"
        planned = cli("plan", "--matrix", written)
        assert planned.code == 0, planned.err
        assert "Expected duration: not known" in planned.out

    def test_says_in_comments_what_each_key_means(self, cli):
        cli("init")
        text = Path("grid.yaml").read_text(encoding="utf-8")
        assert "runner sweep --matrix grid.yaml" in text
        for key in (
            "workers",
            "mode",
            "start_method",
            "calls",
            "exclude",
            "include",
            "repeats",
            "until",
            "warmup",
            "seed",
        ):
            (line,) = (line for line in text.splitlines() if line.strip("# ").startswith(f"{key}:"))
            assert "#" in line

    def test_never_overwrites(self, cli):
        Path("grid.yaml").write_text("mine")
        result = cli("init", "grid.yaml")
        assert (result.code, result.out) == (2, "")
        assert result.err == "runner: grid.yaml: this exists already; name another file.\n"
        assert Path("grid.yaml").read_text() == "mine"


class TestTheSchema:
    def test_is_json_on_stdout_and_nothing_is_written(self, cli, own_folder):
        result = cli("init", "--schema")
        assert (result.code, result.err) == (0, "")
        jsonschema.Draft202012Validator.check_schema(result.json)
        assert {"matrix", "exclude", "include", "repeats", "until", "warmup", "timeout", "seed"} <= result.json[
            "properties"
        ].keys()
        assert list(own_folder.iterdir()) == []

    def test_accepts_the_starter_grid(self, cli, validator):
        cli("init")
        validator.validate(yaml.safe_load(Path("grid.yaml").read_text(encoding="utf-8")))

    @pytest.mark.parametrize("grid", ["grid.yaml", "examples/tiny.yaml", "examples/study.yaml"])
    def test_accepts_the_shipped_grids(self, validator, grid):
        validator.validate(yaml.safe_load((REPOSITORY / grid).read_text(encoding="utf-8")))

    @pytest.mark.parametrize(
        "grid",
        [
            {},
            {"matrix": {"NUM": 1}},
            {"matrix": {"workload": "cpu_bond", "NUM": 1}},
            {"matrix": {"workload": "cpu_bound", "NUM": 1, "workers": 0}},
            {"matrix": {"workload": "cpu_bound", "NUM": []}},
            {"matrix": {"workload": "cpu_bound", "NUM": 1}, "repeat": 5},
            {"matrix": {"workload": "cpu_bound", "NUM": 1}, "timeout": 0},
            {"matrix": {"workload": "cpu_bound", "NUM": 1}, "until": {}},
            {"matrix": {"workload": "cpu_bound", "NUM": 1}, "until": {"precision": 2}},
            {"matrix": {"workload": "cpu_bound", "NUM": 1}, "until": {"budget": "soon"}},
        ],
        ids=json.dumps,
    )
    def test_refuses_what_the_runner_refuses(self, validator, grid):
        assert not validator.is_valid(grid)
        with pytest.raises(BadInput):
            parse_grid("grid.yaml", json.dumps(grid))
