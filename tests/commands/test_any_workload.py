"""Users' own functions in several interpreters, from the command line to the store."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from support.helpers import Finished
from support.shared import made_once, run_in
from support.stores import change, rows

from runner.executors.local import interpreter_under_test

FUNCTIONS = """\
import os

def text(lines):
    return ["a line"] * lines

def parse(text, kind="plain"):
    return len(text), kind, os.environ["LEVEL"]

parse.setup = text
parse.check = lambda result, lines: result[0] == lines

def waits(seconds=0.001):
    import time
    time.sleep(seconds)

waits.modes = ("sequential", "threading", "thread_pool")

async def fetches(seconds=0.001):
    import asyncio
    await asyncio.sleep(seconds)

def wrong():
    return 3

wrong.check = lambda result: result == 4

nameless = lambda: None

def count(number):
    yield number
"""
SCRIPT = """\
from multiprocessing import Pool

def work(number=1):
    return number

with Pool(2) as pool:
    print(pool.map(work, range(4)))
"""
GRID = """\
name: own
matrix:
  workload: [own.py:parse, own.py:fetches]
  lines: 20
  python: [current, ../environment/bin/python]
  workers: 2
  calls: 4
  mode: [threading, thread_pool, asyncio]
include:
  - {workload: "own.py:waits", mode: [threading, process_pool, asyncio], workers: 2, python: current}
env: {LEVEL: 3}
repeats: 1
warmup: 0
"""
INTERPRETERS = 2
CASES = INTERPRETERS * 2 * (3 + 1) + 2
STORE = Path("runs.db")
TRIALS_KEPT = CASES - 5
"""By a kill."""

Cli = Callable[..., Finished]


def lay_out(root: Path, grid: str = GRID) -> Path:
    """Create a folder of functions and grids, and return a working folder beside it."""
    for name in ("grids", "environment/bin", "work"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "grids/own.py").write_text(FUNCTIONS)
    (root / "grids/script.py").write_text(SCRIPT)
    (root / "grids/grid.yaml").write_text(grid)
    base = Path(interpreter_under_test())
    (root / "environment/pyvenv.cfg").write_text(f"home = {base.parent}\n")
    (root / "environment/bin/python").symlink_to(base)
    return root / "work"


Swept = tuple[Path, Finished, Finished]


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return a folder, and the output of `plan` and then `sweep` in it."""

    def plan_and_sweep(root: Path) -> None:
        folder = lay_out(root)
        for command in ("plan", "sweep"):
            assert list(folder.iterdir()) == []
            printed = asdict(run_in(folder, command, "--matrix", "../grids/grid.yaml"))
            (root / f"{command}.json").write_text(json.dumps(printed))

    root = made_once(tmp_path_factory, "any", plan_and_sweep)
    planned, result = (Finished(**json.loads((root / f"{command}.json").read_text())) for command in ("plan", "sweep"))
    return root / "work", planned, result


@pytest.fixture
def cli(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Run a command line in some folder."""

    def run(folder: Path, *words: str) -> Finished:
        monkeypatch.chdir(folder)
        return cli(*words)

    return run


def asked(swept: Swept, sql: str) -> list[dict[str, Any]]:
    return rows(swept[0] / STORE, sql)


def test_the_plan_says_what_there_will_be(swept: Swept) -> None:
    _, planned, _ = swept
    assert planned.code == 0
    assert f"{CASES} cases × (1 block and 0 warm-up blocks) = {CASES} trials" in planned.out
    assert "own.py:parse(lines=20) threading ×2, 4 calls, barrier=true, LEVEL=3" in planned.out
    assert "left out 2 cases: own.py:waits process_pool, asyncio on cpython" in planned.out


def test_every_trial_of_every_interpreter_succeeds(swept: Swept) -> None:
    _, _, result = swept
    assert result.code == 0, result.out + result.err
    found = asked(swept, "SELECT python, workload, mode, status FROM v_trials")
    assert len(found) == CASES
    assert {row["status"] for row in found} == {"ok"}
    assert len({row["python"] for row in found}) == INTERPRETERS
    assert Counter(row["mode"] for row in found) == {"sequential": 5, "threading": 5, "thread_pool": 4, "asyncio": 4}


def test_builds_of_one_version_are_told_apart(swept: Swept) -> None:
    labels = {row["label"] for row in asked(swept, "SELECT label FROM interpreters")}
    assert len(labels) == INTERPRETERS
    assert any("environment/bin/python)" in label for label in labels)


def test_each_concurrent_case_has_the_baseline_of_its_own_interpreter(swept: Swept) -> None:
    pairs = asked(
        swept,
        "SELECT c.interpreter_id = b.interpreter_id AS same, c.params = b.params AS work "
        "FROM cases AS c LEFT JOIN cases AS b ON b.id = c.baseline_id WHERE c.mode <> 'sequential'",
    )
    assert len(pairs) == 13
    assert all(pair == {"same": 1, "work": 1} for pair in pairs)
    assert all(row["n"] == 1 and row["speedup"] for row in asked(swept, "SELECT n, speedup FROM v_speedups"))


def test_what_was_left_out_is_kept_with_the_reason(swept: Swept) -> None:
    found = asked(swept, "SELECT sweep, workload, mode, cases, reason FROM v_omissions ORDER BY mode")
    assert [(row["sweep"], row["workload"], row["mode"], row["cases"]) for row in found] == [
        ("own", "own.py:waits", "asyncio", 1),
        ("own", "own.py:waits", "process_pool", 1),
    ]
    assert all("makes sense only in sequential, threading, thread_pool" in row["reason"] for row in found)
    _, _, result = swept
    assert "Left out 2 cases: own.py:waits process_pool, asyncio on " in result.err


def test_the_function_is_kept_in_the_version_that_ran(swept: Swept) -> None:
    source = swept[0].parent / "grids/own.py"
    found = asked(swept, "SELECT DISTINCT source, source_sha256, distributions FROM v_cases")
    (one,) = found
    assert Path(one["source"]).samefile(source)
    assert one["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert {row["name"] for row in asked(swept, "SELECT name FROM functions")} == {
        f"own.py:{name}" for name in ("parse", "waits", "fetches")
    }


def test_what_the_interpreters_are_is_kept(swept: Swept) -> None:
    for row in asked(swept, "SELECT modes, flags, compiler, executable FROM interpreters"):
        assert "thread_pool" in json.loads(row["modes"])
        assert isinstance(json.loads(row["flags"]), dict)
        assert row["compiler"]
        assert Path(row["executable"]).exists()


def test_set_up_and_waiting_for_a_turn_are_times_of_their_own(swept: Swept) -> None:
    workers = asked(swept, "SELECT setup_s FROM v_workers WHERE workload = 'own.py:parse'")
    assert all(row["setup_s"] > 0 for row in workers)
    for mode, is_queued in (("threading", False), ("thread_pool", True), ("asyncio", True), ("sequential", False)):
        calls = asked(swept, f"SELECT queued_s FROM v_calls WHERE mode = '{mode}'")
        assert calls
        assert all((row["queued_s"] is not None) == is_queued for row in calls)


def test_conditions_are_columns(swept: Swept) -> None:
    found = asked(
        swept, "SELECT DISTINCT workload, barrier, warmup_calls, affinity, env FROM v_cases ORDER BY workload"
    )
    assert [tuple(row.values()) for row in found] == [
        ("own.py:fetches", 0, 0, "any", '{"LEVEL": "3"}'),
        ("own.py:parse", 1, 0, "any", '{"LEVEL": "3"}'),
        ("own.py:waits", 0, 0, "any", '{"LEVEL": "3"}'),
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["show", "1"],
            [
                "own.py:parse(lines=20)",
                "left out 2 cases: own.py:waits process_pool, asyncio on",
                "environment/bin/python",
            ],
        ),
        (["show", "own", "--trial", "1"], ["trial 1: own.py:", "BEGIN", "END"]),
        (["list"], ["own", "complete", f"{CASES} of {CASES}"]),
        (["query", "SELECT reason FROM v_omissions"], ["makes sense only in"]),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else "",
)
def test_it_can_be_looked_at(swept: Swept, cli: Cli, words: list[str], expected: list[str]) -> None:
    result = cli(swept[0], *words)
    assert result.code == 0
    for text in expected:
        assert text in result.out


@pytest.mark.slow
def test_the_plan_of_a_program_has_every_axis(swept: Swept, cli: Cli, tmp_path: Path) -> None:
    answer = cli(swept[0], "plan", "--matrix", "../grids/grid.yaml", "--json", "--store", str(tmp_path / "x.db")).json
    assert answer["axes"]["lines"] == [20]
    assert len(answer["cases"]) == CASES
    assert {case["env"]["LEVEL"] for case in answer["cases"]} == {"3"}
    assert sum(one["cases"] for one in answer["left_out"]) == 2


# Resuming -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def killed(swept: Swept, tmp_path: Path) -> Path:
    """Copy what a kill of that sweep leaves; return the folder."""
    folder = tmp_path / "work"
    shutil.copytree(swept[0], folder, dirs_exist_ok=True)
    store = folder / STORE
    for table, number in (("timings", "trial_id"), ("trials", "id")):
        change(store, f"DELETE FROM {table} WHERE {number} > {TRIALS_KEPT}")
    change(store, "UPDATE sweeps SET ended_at = NULL")
    return folder


@pytest.mark.slow
def test_a_sweep_can_be_resumed_from_any_folder(killed: Path, cli: Cli) -> None:
    result = cli(killed, "resume")
    assert result.code == 0, result.err
    statuses = Counter(row["status"] for row in rows(killed / STORE, "SELECT status FROM trials"))
    assert statuses == {"ok": CASES}


def test_a_sweep_does_not_go_on_with_another_source(killed: Path, cli: Cli, tmp_path: Path) -> None:
    source = tmp_path / "own.py"
    source.write_text(FUNCTIONS + "\n# changed\n")
    change(killed / STORE, f"UPDATE functions SET folder = '{tmp_path}', file = '{source}'")
    result = cli(killed, "resume")
    assert result.code == 2
    assert "was begun with another version of own.py:" in result.err
    assert len(rows(killed / STORE, "SELECT * FROM trials")) == TRIALS_KEPT


# Errors --------------------------------------------------------------------------------------------------------------

WRONG = [
    pytest.param(
        "matrix:\n  workload: [own.py:prase, own.py:count, nowhere.py:parse, own.py:parse]\n  lines: 1\n",
        ["nowhere.py:parse: there is no file"],
        id="a file that is missing",
    ),
    pytest.param(
        "matrix:\n  workload: [own.py:prase, own.py:count, no.such.module:parse]\n  lines: 1\n",
        [
            "grid.yaml:2: matrix.workload: own.py:prase has no function prase; did you mean parse?",
            "own.py:count is a generator function: a call of it does no work",
            "no.such.module:parse cannot be imported: ModuleNotFoundError: No module named 'no'",
        ],
        id="functions that cannot be workloads",
    ),
    pytest.param(
        "matrix:\n  workload: own.py:parse\n  kinds: [a]\n  workers: 2\n"
        "include:\n  - {workload: own.py:waits, secs: 1}\n",
        [
            "grid.yaml:1: matrix: own.py:parse needs the axis lines, and it is not given",
            "grid.yaml:3: matrix.kinds: no workload here has the parameter kinds; did you mean 'kind'?",
            "grid.yaml:6: include[0].secs: no workload here has the parameter secs; did you mean 'seconds'?",
        ],
        id="axes that do not fit",
    ),
    pytest.param(
        "matrix:\n  workload: own.py:nameless\n  workers: 2\n  mode: [threading, process_pool]\n",
        [
            "own.py:nameless cannot be pickled because it is a lambda (",
            "process_pool/",
            "define it by its name at the top",
        ],
        id="a function that cannot be pickled",
    ),
    pytest.param(
        "matrix:\n  workload: script.py:work\n",
        [
            "grid.yaml:2: matrix.workload: script.py:work starts a process when it is imported (",
            'script.py, line 6); put what is to run only as a script below `if __name__ == "__main__":`',
        ],
        id="a script without a guard",
    ),
    pytest.param(
        "matrix:\n  workload: own.py:waits\n  python: [9.99, ./nothing]\n",
        ["there is no interpreter 9.99 here", "there is no interpreter ./nothing here"],
        id="interpreters that are not there",
    ),
    pytest.param(
        "matrix:\n  workload: own.py:waits\n  affinity: [[99999]]\n",
        ["grid.yaml:3: matrix.affinity: CPU 99999 is not available here"],
        id="a CPU that is not there",
    ),
    pytest.param(
        "matrix:\n  workload: own.py:waits\n  env: {PYTHON_GIL: 0}\n  gil: no\n",
        ["matrix.env.PYTHON_GIL: expected the axis gil", "matrix.gil: expected 'on' or 'off', got 'no'"],
        id="the lock by another name",
    ),
]


@pytest.mark.parametrize("command", [pytest.param("plan", marks=pytest.mark.slow), "sweep"])
@pytest.mark.parametrize(("grid", "messages"), WRONG)
def test_what_is_wrong_is_said_in_one_message_and_nothing_is_written(
    tmp_path: Path, cli: Cli, command: str, grid: str, messages: list[str]
) -> None:
    folder = lay_out(tmp_path, grid)
    result = cli(folder, command, "--matrix", "../grids/grid.yaml")
    assert (result.code, result.out) == (2, "")
    for message in messages:
        assert message in result.err
    assert list(folder.iterdir()) == []


def test_a_wrong_result_fails_its_trials_and_no_others(tmp_path: Path, cli: Cli) -> None:
    grid = "matrix: {workload: [own.py:wrong, cpu_bound], NUM: 10, workers: 2, mode: [sequential, thread_pool]}\n"
    folder = lay_out(tmp_path, f"{grid}repeats: 1\nwarmup: 0\n")
    assert cli(folder, "sweep", "--matrix", "../grids/grid.yaml").code == 1
    found = rows(folder / STORE, "SELECT workload, status, error FROM v_trials ORDER BY workload")
    assert found[:2] == [{"workload": "cpu_bound", "status": "ok", "error": None}] * 2
    assert [row["status"] for row in found[2:]] == ["failed"] * 2
    assert {row["error"] for row in found[2:]} == {"worker 0: WrongResult: check returned False for the result 3"}


def test_a_module_is_found_from_where_one_is(cli: Cli, own_folder: Path, grid_file: Callable[[str], str]) -> None:
    Path("my_package").mkdir()
    Path("my_package/work.py").write_text("def adds(a, b=1):\n    return a + b\n")
    name = grid_file("matrix: {workload: my_package.work:adds, a: 1, workers: 1}\nrepeats: 1\nwarmup: 0\n")
    result = cli(own_folder, "sweep", "--matrix", name)
    assert result.code == 0, result.err
    assert {row["status"] for row in rows(STORE, "SELECT status FROM trials")} == {"ok"}
