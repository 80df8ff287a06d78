"""`runner quick`, and words in place of the axes of a file: a matrix without a file."""

from pathlib import Path

import pytest
from support.stores import rows

STORE = Path("runs.db")
WORDS = ["cpu_bound", "NUM=10,20", "workers=2", "mode=sequential,threading"]
GRID = "matrix: {workload: cpu_bound, NUM: 10, workers: [1, 2], mode: [sequential, threading]}\nrepeats: 2\nwarmup: 0\n"
OWN = """\
import asyncio

def plain(size=3):
    return sum(range(size))

async def coroutine(size=3):
    await asyncio.sleep(0)
"""

at_once = pytest.mark.usefixtures("trials_at_once", "empty_store")


runs_no_trial = pytest.mark.usefixtures("probed_before")


@at_once
class TestQuick:
    def test_runs_what_its_words_spell_and_stops_by_itself(self, cli):
        result = cli("quick", *WORDS, "--seed", "7")
        assert result.code == 0
        assert "cpu_bound(NUM=20)" in result.out
        assert "Stopped: every figure is known to ± 0 % (goal ± 5 %)." in result.out
        (sweep,) = rows(STORE, "SELECT name, grid_path, precision, budget_ns, seed, grid_text FROM sweeps")
        text = sweep.pop("grid_text")
        assert sweep == {
            "name": "cpu_bound",
            "grid_path": "quick",
            "precision": 0.05,
            "budget_ns": 60 * 10**9,
            "seed": 7,
        }
        assert text.startswith("# runner quick cpu_bound NUM=10,20 workers=2 mode=sequential,threading --seed 7\n")
        assert len(rows(STORE, "SELECT id FROM cases")) == 4

    def test_takes_the_options_that_say_when_to_stop(self, cli):
        cli("quick", *WORDS, "--precision", "1%", "--budget", "2m", "--blocks", "2", "--repeats", "2")
        (sweep,) = rows(STORE, "SELECT precision, budget_ns, most_blocks, repeats FROM sweeps")
        assert sweep == {"precision": 0.01, "budget_ns": 120 * 10**9, "most_blocks": 2, "repeats": 2}

    def test_prints_the_grid_file_that_the_words_stand_for_and_runs_nothing(self, cli, own_folder):
        printed = cli("quick", *WORDS, "--print-grid")
        assert printed.code == 0
        assert rows(STORE, "SELECT id FROM sweeps") == []
        Path("kept.yaml").write_text(printed.out, encoding="utf-8")
        planned = cli("plan", "--matrix", "kept.yaml").out
        assert "4 cases × (1 to 80 blocks and 1 warm-up block) = 8 to 324 trials" in planned


class TestOwnFunctions:
    @runs_no_trial
    @pytest.mark.parametrize(
        ("function", "words", "modes"),
        [
            ("coroutine", [], "  mode: [sequential, asyncio]\n"),
            ("coroutine", ["mode=threading"], "  mode: [threading]\n"),
            ("plain", [], None),
        ],
    )
    def test_run_in_the_modes_that_fit_them(self, cli, own_folder, function, words, modes):
        Path("own.py").write_text(OWN, encoding="utf-8")
        text = cli("quick", f"own.py:{function}", *words, "--print-grid").out
        assert modes in text if modes else "mode" not in text.partition("\n")[2]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["own.py:plian"], "quick: 'own.py:plian': own.py:plian has no function plian; did you mean plain?"),
            (
                ["own.py:plain", "sise=3"],
                "quick: 'sise=3': no workload here has the parameter sise; did you mean 'size'?",
            ),
            (["other.py:plain"], "quick: 'other.py:plain': other.py:plain: there is no file"),
        ],
    )
    def test_that_are_not_there_are_refused_with_the_word_and_nothing_is_written(self, cli, own_folder, words, message):
        Path("own.py").write_text(OWN, encoding="utf-8")
        result = cli("quick", *words)
        assert result.code == 2
        assert message in result.err
        assert [path.name for path in own_folder.iterdir() if path.name != "__pycache__"] == ["own.py"]


@runs_no_trial
class TestWordsAndTheFile:
    def test_the_file_is_grid_yaml_if_none_is_named(self, cli, grid_file):
        grid_file(GRID)
        assert "4 cases × (2 blocks and 0 warm-up blocks) = 8 trials" in cli("plan").out
        assert "6 cases × (2 blocks and 0 warm-up blocks) = 12 trials" in cli("plan", "NUM=5", "workers=1,2,3").out

    def test_without_any_file_the_message_says_how_to_get_one(self, cli):
        for command in ("plan", "sweep"):
            result = cli(command)
            assert (result.code, result.err) == (
                2,
                "runner: grid.yaml: there is no such file. `runner init grid.yaml` writes a starter grid.\n",
            )

    @pytest.mark.parametrize("command", ["plan", "sweep"])
    def test_a_bad_word_is_named_with_the_file(self, cli, grid_file, own_folder, command):
        grid_file(GRID)
        result = cli(command, "wrkers=1")
        assert (result.code, result.err) == (2, "runner: grid.yaml: 'wrkers=1': unknown key; did you mean 'workers'?\n")
        assert [path.name for path in own_folder.iterdir()] == ["grid.yaml"]


@at_once
def test_a_sweep_with_words_is_found_again_with_the_same_words(cli, grid_file):
    grid_file(GRID)
    for words, sweep_id in (([], 1), (["NUM=5"], 2), (["NUM=5"], 2), (["NUM=6"], 3)):
        assert cli("sweep", *words, "--resume", "--json").json["sweep_id"] == sweep_id
