"""What a program may stumble over: no home, an old locale, folders where nothing may be written, nobody who reads."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.faults import STORE, as_somebody, assert_complete, assert_one_message, slow
from support.helpers import PATIENCE_S, Finished, command_line
from support.stores import Planned, fill, outcome
from support.terminal import on_terminal

from runner.outcome import Status

REPOSITORY = Path(__file__).parents[2]
BAD_INPUT, STORE_UNUSABLE = 2, 3
GRID = """\
matrix: {workload: cpu_bound, NUM: 10, workers: 1, mode: [sequential, multiprocessing], start_method: spawn}
repeats: 1
warmup: 0
"""
SESSION = [
    ["init", "new.yaml"],
    ["plan", "--matrix", "grid.yaml"],
    ["sweep", "--matrix", "grid.yaml", "--verbose"],
    ["list"],
    ["show", "1", "--trial", "1"],
    ["query", "SELECT * FROM v_trials"],
    ["store", "backup"],
]
"""Commands of a typical session."""


def in_words(value: object) -> str | None:
    return " ".join(value) if isinstance(value, list) else None


class TestASession:
    """Run every command, in surroundings where all commands work."""

    def go_through(self, run: Callable[..., Finished]) -> None:
        Path("grid.yaml").write_text(GRID, encoding="utf-8")
        for words in SESSION:
            result = run(*words)
            assert (result.code, words) == (0, words), result
        assert_complete(2)

    @slow
    def test_of_a_user_that_the_system_does_not_know_without_a_home_or_any_environment(self, program, public_folder):
        kept = {name: os.environ[name] for name in ("PYTHONPATH", "RUNNER_HOST_LOCK") if name in os.environ}
        self.go_through(lambda *words: program(*words, env=kept, preexec_fn=as_somebody()))

    @pytest.mark.parametrize(
        "locale",
        [
            {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
            {"LC_ALL": "tlh_QO.nonsense", "LANG": ""},
        ],
        ids=["C, and Python does not mend it", "one that is not installed"],
    )
    @slow
    def test_in_a_locale_without_our_signs(self, program, locale):
        self.go_through(lambda *words: program(*words, env={**os.environ, **locale}))

    @slow
    def test_of_a_program_that_cannot_store_compiled_code(self, program, tmp_path):
        """A file is in the place of ``__pycache__``."""
        for package in ("runner", "migrations"):
            shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
        for folder in [path for path in tmp_path.rglob("*") if path.is_dir() and path.name != "work"]:
            (folder / "__pycache__").touch()
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        asked = [sys.executable, "-c", "import runner; print(runner.__file__)"]
        used = subprocess.run(
            asked, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        ).stdout
        assert used.startswith(str(tmp_path))
        self.go_through(lambda *words: program(*words, env=environment))
        assert (tmp_path / "runner" / "harness" / "__pycache__").is_file()


@pytest.mark.parametrize("words", [["list", "--store", "~/runs.db"], ["store", "backup", "~/copy.db"]], ids=in_words)
def test_an_unknown_home_folder_is_one_message(program, public_folder, words):
    if os.geteuid() != 0:
        pytest.skip("only root can become a user that the system does not know")
    fill(STORE)
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    result = program(*words, env=environment, preexec_fn=as_somebody())
    assert result.code in (BAD_INPUT, STORE_UNUSABLE), result
    assert_one_message(result.err, words[-1], "home")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, marks=[] if words[0] in ("list", "query") else slow)
        for words in [*SESSION, ["store", "check"], ["lits"]]
    ],
    ids=in_words,
)
def test_a_terminal_of_20_columns(grid_file, words):
    grid_file(GRID)
    fill(STORE, [Planned(outcome=outcome(Status.FAILED, reason="worker 0: ValueError: " + 40 * "no "))])
    result = on_terminal(*words, both=True, columns=20)
    assert result.code == (BAD_INPUT if words == ["lits"] else 0), result
    assert result.err.strip()


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["plan", "--matrix", "grid.yaml"], 0, ""),
        (["sweep", "--matrix", "grid.yaml"], STORE_UNUSABLE, "runs.db: you may not write here"),
        (["sweep", "--matrix", "grid.yaml", "--store", "../open/runs.db"], 0, ""),
        (["resume"], STORE_UNUSABLE, "runs.db: there is no store yet"),
        (["init", "new.yaml"], BAD_INPUT, "new.yaml: cannot be written"),
        (["store", "backup", "copy.db", "--store", "../open/other.db"], STORE_UNUSABLE, "copy.db: you may not write"),
    ],
    ids=in_words,
)
def test_a_working_directory_where_nothing_may_be_written(program, public_folder, words, code, part):
    Path("open").mkdir()
    Path("open").chmod(0o777)
    fill(Path("open/other.db"))
    Path("closed").mkdir()
    Path("closed/grid.yaml").write_text(GRID, encoding="utf-8")
    Path("closed").chmod(0o555)
    result = program(*words, cwd="closed", preexec_fn=as_somebody())
    assert result.code == code, result
    if code:
        assert_one_message(result.err, part)
    assert [path.name for path in Path("closed").iterdir()] == ["grid.yaml"]


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        *(
            pytest.param(words, marks=slow)
            for words in (
                ["plan", "--matrix", "grid.yaml"],
                ["sweep", "--matrix", "grid.yaml"],
                ["init"],
                ["store", "backup"],
            )
        ),
    ],
    ids=in_words,
)
def test_a_working_directory_that_is_gone(start, words):
    Path("gone").mkdir()
    argv = ["sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh", *command_line(*words)]
    result = start(argv=argv).finished()
    assert result.code in (BAD_INPUT, STORE_UNUSABLE), result
    assert_one_message(result.err)


class TestMessages:
    """A failure to write to stderr never stops a sweep, nor changes how it ends."""

    @pytest.fixture(params=["onto a full disk", "to nobody"])
    def lost(self, request) -> Iterator[int]:
        """Return a descriptor to which writing fails."""
        if request.param == "to nobody":
            read_end, descriptor = os.pipe()
            os.close(read_end)
        else:
            descriptor = os.open("/dev/full", os.O_WRONLY)
        yield descriptor
        os.close(descriptor)

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            pytest.param(["sweep", "--matrix", "grid.yaml", "--verbose"], 0, marks=slow),
            pytest.param(["sweep", "--matrix", "missing.yaml"], BAD_INPUT, marks=slow),
            (["list"], STORE_UNUSABLE),
            pytest.param(["lits"], BAD_INPUT, marks=slow),
            (["report", "--format", "jpeg"], BAD_INPUT),
        ],
        ids=in_words,
    )
    def test_that_cannot_be_written_are_dropped(self, lost, grid_file, words, code):
        grid_file(GRID)
        line = command_line(*words, module="analysis" if "report" in words else "runner")
        result = subprocess.run(line, stdout=subprocess.PIPE, stderr=lost, text=True, timeout=PATIENCE_S, check=False)
        assert result.returncode == code
        if code == 0:
            assert "multiprocessing/spawn" in result.stdout
            assert_complete(2, STORE)
        else:
            assert result.stdout == ""


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("runner", ["list", "--quiet"]),
        pytest.param("runner", ["report", "--quiet"], marks=slow),
        pytest.param("analysis", ["report", "--quiet"], marks=slow),
    ],
    ids=in_words,
)
def test_files_of_a_user_that_are_called_like_a_library_are_not_imported(program, module, words):
    """Where ``python -m`` looks first; and matplotlib looks for its settings there and in the environment."""
    fill(STORE, [Planned(outcome=outcome())])
    for name in ("random", "typer", "rich", "sqlite3", "numpy", "pandas", "matplotlib"):
        Path(f"{name}.py").write_text("raise SystemExit('a file of the user')\n", encoding="utf-8")
    Path("matplotlibrc").write_text("text.usetex: True\n", encoding="utf-8")
    result = program(*words, module=module, env={**os.environ, "MPLBACKEND": "nonsense"})
    assert (result.code, result.err) == (0, "")
    assert Path("reports/1-study/report.html").exists() == ("report" in words)


def test_a_library_that_is_missing_is_named(program, tmp_path):
    (tmp_path / "typer.py").write_text("import no_such_library\n")
    result = program("list", env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])})
    assert result.code == BAD_INPUT
    assert_one_message(result.err, "no_such_library")
