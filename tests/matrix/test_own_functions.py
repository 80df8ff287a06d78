"""Functions of the user's in a grid: which axes they take, and what is said when something does not fit."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PLATFORM, described

from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.matrix.matrix import Matrix
from runner.matrix.problems import GridProblems, dotted
from runner.matrix.setting import Setting
from runner.matrix.values import CURRENT
from runner.matrix.workload import Workload, builtin, reference


def parse(text: str, lines: int, kind: str = "x") -> None: ...


def fetch(delay: float, requests: int = 5) -> None: ...


def anything(first: int, **more: int) -> None: ...


def reserved(workers: int) -> None: ...


def reserved_with_defaults(lines: int, calls: int = 3, env: str = "", workload: str = "") -> None: ...


def sharing(lock: object) -> None: ...


def sized(NUM: int) -> None: ...  # noqa: N803 - the name of an axis


sharing.share = lambda context: {"lock": context.Lock()}  # type: ignore[attr-defined]
parse.setup = lambda path="log": None  # type: ignore[attr-defined]
parse.check = lambda result, lines: None  # type: ignore[attr-defined]


RENAME = "rename the parameter, or wrap the function in one that gives it another name"
UNREACHED = (
    "own.py:reserved_with_defaults has a parameter {} too, which this axis of the runner's does not reach; " + RENAME
)


def own(function: Any, **changes: Any) -> Workload:
    """Return the workload that an interpreter would tell of this function, had it been in own.py."""
    name = f"own.py:{getattr(function, '__name__', 'work')}"
    found = described(name, function, **{"source_sha256": "0" * 64, **changes})
    return Workload.described(found, reference(name, "grid.yaml"))


FUNCTIONS = {workload.name: workload for workload in map(own, (parse, fetch, anything, reserved, sized))}
FUNCTIONS["own.py:reserved_with_defaults"] = own(reserved_with_defaults)
SETTING = Setting({CURRENT: PLATFORM}, {PLATFORM.python: FUNCTIONS})


def expanded(matrix: dict[str, Any], functions: dict[str, Workload] = FUNCTIONS, **more: Any) -> Matrix:
    matrix = {"workers": 2, "mode": "threading", **matrix}
    grid = parse_grid("grid.yaml", json.dumps({"matrix": matrix, **more}))
    return expand(grid, Setting({CURRENT: PLATFORM}, {PLATFORM.python: functions}))


def refused(matrix: dict[str, Any], functions: dict[str, Workload] = FUNCTIONS, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(GridProblems) as raised:
        expanded(matrix, functions, **more)
    return [(dotted(problem.location), problem.message) for problem in raised.value.problems]


def works(matrix: Matrix) -> list[str]:
    return [str(case).partition(" threading")[0] for case in matrix.cases if not case.is_baseline]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        pytest.param(
            {"workload": "own.py:parse", "lines": [10, 20]},
            ["own.py:parse(lines=10)", "own.py:parse(lines=20)"],
            id="defaults are left to the function",
        ),
        pytest.param(
            {"workload": "own.py:parse", "kind": ["y"], "lines": 10, "path": "other"},
            ["own.py:parse(lines=10, kind=y, path=other)"],
            id="axes stand in the order of the signature, those of hooks last",
        ),
        pytest.param(
            {"workload": ["own.py:fetch", "own.py:parse"], "lines": 10, "delay": [0.5, 1]},
            ["own.py:fetch(delay=0.5)", "own.py:fetch(delay=1)", "own.py:parse(lines=10)"],
            id="an axis multiplies only the function that takes it",
        ),
        pytest.param(
            {"workload": ["cpu_bound", "own.py:fetch"], "NUM": [1, 2], "delay": 1},
            ["cpu_bound(NUM=1)", "cpu_bound(NUM=2)", "own.py:fetch(delay=1)"],
            id="beside the runner's own",
        ),
        pytest.param(
            {"workload": ["cpu_bound", "own.py:sized"], "NUM": [1, 2]},
            ["cpu_bound(NUM=1)", "cpu_bound(NUM=2)", "own.py:sized(NUM=1)", "own.py:sized(NUM=2)"],
            id="an axis that both take",
        ),
        pytest.param(
            {"workload": "own.py:anything", "zeta": 1, "alpha": [2, 3], "first": 0},
            ["own.py:anything(first=0, alpha=2, zeta=1)", "own.py:anything(first=0, alpha=3, zeta=1)"],
            id="a function that takes any",
        ),
        pytest.param(
            {"workload": "own.py:parse", "lines": [10, 10.0, "10", True, False]},
            [
                "own.py:parse(lines=10)",
                'own.py:parse(lines="10")',
                "own.py:parse(lines=true)",
                "own.py:parse(lines=false)",
            ],
            id="numbers, text and truth are told apart",
        ),
        pytest.param(
            {"workload": "own.py:reserved_with_defaults", "lines": 1},
            ["own.py:reserved_with_defaults(lines=1)"],
            id="parameters with defaults that are called like axes of the runner's that are not given",
        ),
    ],
)
def test_the_axes_of_a_function_are_those_of_its_signature(matrix: dict[str, Any], expected: list[str]) -> None:
    assert [work.partition(" ×")[0] for work in works(expanded(matrix))] == expected


@pytest.mark.parametrize(
    ("matrix", "problems"),
    [
        pytest.param(
            {"workload": "own.py:parse"},
            [("matrix", "own.py:parse needs the axis lines, and it is not given")],
            id="a parameter is missing",
        ),
        pytest.param(
            {"workload": "own.py:parse", "lines": 1, "kinds": "y"},
            [("matrix.kinds", "no workload here has the parameter kinds; did you mean 'kind'?")],
            id="an axis that nobody takes",
        ),
        pytest.param(
            {"workload": "own.py:parse", "lines": 1, "wokers": 2},
            [("matrix.wokers", "no workload here has the parameter wokers; did you mean 'workers'?")],
            id="an axis of the runner's that is misspelt",
        ),
        pytest.param(
            {"workload": "own.py:fetch", "delay": 1, "zzzzz": 2},
            [("matrix.zzzzz", "no workload here has the parameter zzzzz; they take delay, requests")],
            id="an axis like none",
        ),
        pytest.param(
            {"workload": "own.py:fetch", "delay": 1, "NUM": 2},
            [("matrix.NUM", "no workload here has the parameter NUM; they take delay, requests")],
            id="a parameter of the runner's own workloads",
        ),
        pytest.param(
            {"workload": "own.py:reserved", "workers": 2},
            [
                (
                    "matrix.workload",
                    "own.py:reserved has the parameter workers, which is an axis of the runner's own; " + RENAME,
                )
            ],
            id="a parameter that is called like an axis of the runner's",
        ),
        pytest.param(
            {"workload": "own.py:reserved_with_defaults", "lines": 1, "calls": 2, "env": {"A": 1}},
            [("matrix.calls", UNREACHED.format("calls")), ("matrix.env", UNREACHED.format("env"))],
            id="parameters with defaults that are called like axes of the runner's that are given",
        ),
        pytest.param(
            {"workload": ["own.py:parse", "own.py:fetch"], "requets": 2},
            [
                ("matrix", "own.py:parse needs the axis lines, and it is not given"),
                ("matrix", "own.py:fetch needs the axis delay, and it is not given"),
                ("matrix.requets", "no workload here has the parameter requets; did you mean 'requests'?"),
            ],
            id="all at once",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_the_nearest_right_word(
    matrix: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert refused(matrix) == problems


@pytest.mark.parametrize(
    "function",
    ["parse", "path/to/own.py:", ":parse", "own.py:2", "own.py:a b", "own.py:a:b", "path/to/own:parse", "./own:parse"],
)
def test_what_names_no_function_is_refused_as_it_is_read(function: str) -> None:
    with pytest.raises(GridProblems):
        parse_grid("grid.yaml", json.dumps({"matrix": {"workload": function}}))


@pytest.mark.parametrize("function", ["notebook.ipynb:f", "path/to/notebook.ipynb:f", "notebook.ipynb"])
def test_a_notebook_is_refused_as_it_is_read_with_how_to_export_it(function: str) -> None:
    with pytest.raises(GridProblems) as raised:
        parse_grid("grid.yaml", json.dumps({"matrix": {"workload": [function, "cpu_bound"], "NUM": 1}}))
    (problem,) = raised.value.problems
    assert dotted(problem.location) == "matrix.workload[0]"
    assert problem.message.startswith("expected a function in a .py file: export the notebook by `jupyter nbconvert ")
    assert problem.message.endswith(f"and name NAME.py:function, got {function!r}")


def test_rules_match_the_parameters_of_functions() -> None:
    matrix = {"workload": "own.py:parse", "lines": [10, 20], "kind": ["x", "y"]}
    rules = [{"lines": 10, "kind": "y"}, {"workload": "own.py:parse", "lines": [20], "kind": "x", "mode": "threading"}]
    found = expanded(matrix, exclude=rules)
    assert found.removed == (1, 1)
    assert [dict(case.params) for case in found.cases if not case.is_baseline] == [
        {"lines": 10, "kind": "x"},
        {"lines": 20, "kind": "y"},
    ]


def test_a_rule_on_a_parameter_that_no_function_has_is_refused() -> None:
    functions = {"own.py:parse": own(parse)}
    problems = refused({"workload": "own.py:parse", "lines": 1}, functions, exclude=[{"linse": 1}])
    assert problems == [
        ("exclude[0].linse", "no workload here has the parameter linse; did you mean 'lines'?"),
    ]


def test_what_is_included_may_have_functions_of_its_own() -> None:
    include = [{"workload": "own.py:fetch", "delay": 1, "workers": 4, "mode": "asyncio"}]
    found = expanded({"workload": "cpu_bound", "NUM": 1}, include=include)
    assert "own.py:fetch(delay=1) asyncio ×4" in map(str, found.cases)
    assert "own.py:fetch(delay=1) sequential ×1, 4 calls" in map(str, found.added_baselines)


@pytest.mark.parametrize(
    ("mode", "method", "pickles"),
    [
        ("sequential", None, False),
        ("threading", None, False),
        ("multiprocessing", "fork", False),
        ("multiprocessing", "spawn", True),
        ("multiprocessing", "forkserver", True),
        ("thread_pool", None, False),
        ("process_pool", "fork", True),
        ("interpreter_pool", None, True),
        ("asyncio", None, False),
    ],
)
def test_a_function_that_cannot_be_pickled_is_refused_where_it_would_be(
    mode: str, method: str | None, pickles: bool
) -> None:
    functions = {"own.py:fetch": own(fetch, unpicklable="cannot be pickled (why)")}
    axes = {"workload": "own.py:fetch", "delay": 1, "mode": mode, **({"start_method": method} if method else {})}
    if not pickles:
        assert expanded(axes, functions).cases
    else:
        ((place, message),) = refused(axes, functions)
        assert place == "matrix.workload"
        assert message.startswith("own.py:fetch cannot be pickled (why) (")
        assert message.endswith(" pickles it)")


def test_a_function_that_cannot_be_imported_in_other_interpreters_is_left_out_there_with_the_reason() -> None:
    why = "cannot be imported: no sub-interpreters\n\nRead these pages:\n..."
    functions = {"own.py:fetch": own(fetch, unfit={"interpreter_pool": why})}
    axes = {"workload": "own.py:fetch", "delay": 1, "mode": ["interpreter_pool", "threading"], "workers": [1, 2]}
    found = expanded(axes, functions)
    (omission,) = found.omissions
    assert (omission.workload, omission.mode, omission.cases) == ("own.py:fetch", "interpreter_pool", 2)
    assert omission.reason == "cannot be imported: no sub-interpreters"
    assert {case.mode for case in found.cases} == {"threading", "sequential"}


def test_interpreters_of_a_pool_get_no_function_whose_workers_share_something() -> None:
    functions = {"own.py:sharing": own(sharing)}
    found = expanded({"workload": "own.py:sharing", "mode": ["interpreter_pool", "threading"]}, functions)
    assert found.left_out == [
        "1 case: own.py:sharing interpreter_pool on cpython 3.11.2: interpreters of a pool can share nothing"
    ]
    assert {case.mode for case in found.cases} == {"threading", "sequential"}


def test_a_function_that_makes_sense_in_some_modes_only_is_left_out_of_the_others() -> None:
    found = expanded(
        {"workload": "own.py:fetch", "delay": 1, "mode": ["sequential", "threading"]},
        {"own.py:fetch": own(fetch, modes=["threading"])},
    )
    assert found.left_out == ["1 case: own.py:fetch sequential on cpython 3.11.2: makes sense only in threading"]
    assert [case.mode for case in found.cases] == ["threading"]
    assert found.baselines == {}


@pytest.mark.parametrize(
    ("function", "barrier"), [("own.py:parse", True), ("own.py:fetch", False), ("cpu_bound", False)]
)
def test_what_has_something_to_do_around_its_calls_has_a_barrier(function: str, barrier: bool) -> None:
    axes = {"own.py:parse": {"lines": 1}, "own.py:fetch": {"delay": 1}, "cpu_bound": {"NUM": 1}}[function]
    assert {case.condition("barrier") for case in expanded({"workload": function, **axes}).cases} == {barrier}


@pytest.mark.parametrize(
    ("hooks", "said"),
    [(["setup"], "a setup"), (["check"], "a check"), (["setup", "check"], "a setup and a check")],
)
def test_a_barrier_that_hooks_need_cannot_be_left_out(hooks: list[str], said: str) -> None:
    takes = {"function": [], **dict.fromkeys(hooks, ())}
    workload = replace(own(fetch), parameters={}, takes=takes)
    axes = {"workload": workload.name, "barrier": [False, True]}
    message = (
        f"own.py:fetch has {said}, whose time must not count, so that all workers begin together: "
        "leave barrier out, or exclude {workload: own.py:fetch, barrier: false}"
    )
    assert refused(axes, {workload.name: workload}) == [("matrix.barrier", message)]
    rule = {"workload": workload.name, "barrier": False}
    found = expanded(axes, {workload.name: workload}, exclude=[rule])
    assert {case.condition("barrier") for case in found.cases} == {True}


def test_another_version_of_the_source_is_another_case() -> None:
    axes = {"workload": "own.py:fetch", "delay": 1}
    before, after = (expanded(axes, {"own.py:fetch": own(fetch, source_sha256=text * 64)}) for text in "ab")
    assert {case.key for case in before.cases} & {case.key for case in after.cases} == set()


# What a child and the store are told ---------------------------------------------------------------------------------


def request(matrix: dict[str, Any]) -> dict[str, Any]:
    case = expanded(matrix).cases[0]
    return case.request(SETTING.workload(case.workload, PLATFORM.python)).message()


def test_a_child_is_told_where_the_function_is_and_who_takes_what() -> None:
    asked = request({"workload": "own.py:parse", "lines": 10, "path": "log"})
    known = FUNCTIONS["own.py:parse"].reference
    assert known is not None
    assert asked["function"] == asdict(known)
    assert asked["params"] == {"lines": 10, "path": "log"}
    assert asked["takes"] == {
        "function": ["lines", "kind"],
        "setup": ["path"],
        "check": ["lines"],
        "positional": 2,
        "async": False,
    }
    assert asked["barrier"] is True


def test_a_function_that_takes_any_is_told_all_that_is_given() -> None:
    asked = request({"workload": "own.py:anything", "first": 0, "zeta": 1, "alpha": 2})
    assert asked["takes"]["function"] == ["first", "alpha", "zeta"]


def test_of_a_plain_workload_of_the_runners_a_child_is_told_no_more_than_ever() -> None:
    assert set(request({"workload": "cpu_bound", "NUM": 1})) == {
        *("kind", "workload", "params", "mode", "start_method", "workers", "calls")
    }


def test_the_store_keeps_what_the_function_was() -> None:
    columns = own(fetch, source="/there/own.py", distributions={"numpy": "2.0"}).columns()
    assert columns == {
        **asdict(reference("own.py:fetch", "grid.yaml")),
        "source": "/there/own.py",
        "source_sha256": "0" * 64,
        "distributions": {"numpy": "2.0"},
    }
    assert builtin("cpu_bound").columns() is None


@pytest.mark.parametrize(
    ("name", "grid", "module", "folder", "file"),
    [
        ("own.py:work", "grid.yaml", "own", "", "own.py"),
        ("own.py:work", "grids/grid.yaml", "own", "grids", "grids/own.py"),
        ("../deep/own.py:work", "grids/grid.yaml", "own", "deep", "deep/own.py"),
        ("/abs/own.py:work", "grids/grid.yaml", "own", "/abs", "/abs/own.py"),
        ("package.module:Class.work", "grids/grid.yaml", "package.module", "", None),
    ],
)
def test_a_file_is_found_beside_the_grid_and_a_module_from_where_we_are(
    name: str, grid: str, module: str, folder: str, file: str | None, own_folder: Path
) -> None:
    found = reference(name, grid)
    assert found.name == name
    assert found.qualname == name.partition(":")[2]
    assert found.module == module
    assert Path(found.folder) == own_folder / folder
    assert found.file == (None if file is None else str(own_folder / file))


@pytest.mark.parametrize("name", ["~/own.py:work"])
def test_a_file_may_be_named_from_the_home_folder(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reference(name, "grids/grid.yaml").file == str(tmp_path / "own.py")


def test_a_case_of_a_function_comes_back_from_the_store_as_it_was() -> None:
    axes = {"workload": "own.py:parse", "lines": [10, 2.5, "text", True], "warmup_calls": 3, "env": {"B": "2", "A": 1}}
    for case in expanded({**axes, "affinity": "compact"}).cases:
        columns = {**case.columns(), "source_sha256": case.source_sha256, "id": 1}
        assert Case.from_columns(columns, case.python) == case
