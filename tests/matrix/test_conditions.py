"""Interpreters, the lock, CPUs, variables, barrier and warm-up calls as axes: what they multiply, what is left out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.drawn import thoroughly
from support.helpers import PLATFORM

from runner.harness.modes import MODES
from runner.matrix.case import SEQUENTIAL, Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.matrix.matrix import Matrix
from runner.matrix.problems import GridProblems, dotted
from runner.matrix.setting import Platform, Setting

NO_POOL_OF_INTERPRETERS = tuple(mode for mode in MODES if mode != "interpreter_pool")
OLD = replace(PLATFORM, modes=NO_POOL_OF_INTERPRETERS, allowed_cpus=(0, 1, 3), executable="/usr/bin/python3.11")
LOCKED = replace(OLD, python="cpython 3.14.1", modes=MODES, default_start_method="forkserver")
FREE = replace(LOCKED, python="cpython 3.14.0t", free_threaded=True, gil=False)
PYPY = replace(OLD, python="pypy 3.11.13", start_methods=("fork", "spawn"), usable_cpus=1)
PLATFORMS = {"current": OLD, "3.14": LOCKED, "3.14t": FREE, "pypy3.11": PYPY}
LOCK_NEEDED = "1 case: gil=off on cpython 3.11.2: only a free-threaded build can do without the interpreter lock"
CPU = {"workload": "cpu_bound", "NUM": 10, "workers": 2}


def expanded(axes: dict[str, Any], platforms: Mapping[str, Platform] = PLATFORMS, **more: Any) -> Matrix:
    grid = parse_grid("grid.yaml", json.dumps({"matrix": {**CPU, "mode": "threading", **axes}, **more}))
    return expand(grid, Setting(platforms))


def written(line: str, top: str = "") -> Any:
    """Return the axes of a grid where that line was written."""
    text = f"matrix:\n  workload: cpu_bound\n  NUM: 10\n  {line}\n{top}\n"
    return parse_grid("grid.yaml", text).spec


def refused(axes: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(GridProblems) as raised:
        expanded(axes, **more)
    return [(dotted(problem.location), problem.message) for problem in raised.value.problems]


def concurrent(matrix: Matrix) -> list[Case]:
    return [case for case in matrix.cases if not case.is_baseline]


# What is written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("python: 3.10", ("3.10",)),
        ("python: [3.10, 3.1]", ("3.10", "3.1")),
        ("python: 3.14t", ("3.14t",)),
        ("python: 3.13.0", ("3.13.0",)),
        ("python: [current, pypy3.11, ../venv/bin/python]", ("current", "pypy3.11", "../venv/bin/python")),
        ("python: '3.9'", ("3.9",)),
        ("python: 3", ("3",)),
    ],
)
def test_a_version_is_taken_as_it_is_written(line: str, words: tuple[str, ...]) -> None:
    assert written(line).matrix.python == words


@pytest.mark.parametrize(
    "place", ["include:\n- {workload: cpu_bound, NUM: 1, python: 3.10}", "exclude:\n- python: 3.10"]
)
def test_a_version_is_taken_as_it_is_written_wherever_it_stands(place: str) -> None:
    spec = written("python: 3.10", place)
    assert (spec.include or spec.exclude)[0].python == ("3.10",)


def test_variables_are_taken_as_they_are_written() -> None:
    spec = written("env: {A: 1, B: 010, C: 1e3, D: true, E: text, F: ''}", "env: {G: 3.10}")
    assert spec.matrix.env == ({"A": "1", "B": "010", "C": "1e3", "D": "true", "E": "text", "F": ""},)
    assert spec.env == {"G": "3.10"}


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("python: ~", "matrix.python", "expected a value or a list of values, got nothing"),
        ("python: [[3.10]]", "matrix.python[0]", "expected text, got"),
        ("env: {A: ~}", "matrix.env.A", "expected text, got nothing"),
        ("env: {A: [1]}", "matrix.env.A", "expected text, got"),
        ("env: {'A=B': 1}", "matrix.env.'A=B'", "expected the name of an environment variable"),
        ("env: {PYTHON_GIL: 0}", "matrix.env.PYTHON_GIL", "expected the axis gil: [on, off] instead"),
        ("env: text", "matrix.env", "expected"),
        ("gil: true", "matrix.gil", "expected 'on' or 'off', got true"),
        ("gil: of", "matrix.gil", "did you mean 'off'?"),
        ("barrier: yes", "matrix.barrier", "expected true or false, got 'yes'"),
        ("barrier: 1", "matrix.barrier", "expected true or false, got 1"),
        ("warmup_calls: -1", "matrix.warmup_calls", "expected at least 0, got -1"),
        ("warmup_calls: 1.5", "matrix.warmup_calls", "expected a whole number, got 1.5"),
        ("affinity: everywhere", "matrix.affinity", "expected any, compact, spread, or CPUs such as [0, 1] or '0-3'"),
        ("affinity: 3-1", "matrix.affinity", "expected at least one CPU"),
        ("affinity: -1", "matrix.affinity", "expected any, compact, spread, or CPUs such as [0, 1] or '0-3'"),
        ("affinity: [any, [x]]", "matrix.affinity[1]", "expected any, compact, spread"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(line: str, place: str, message: str) -> None:
    with pytest.raises(GridProblems) as raised:
        written(line)
    (problem,) = raised.value.problems
    assert problem.line == 4
    assert dotted(problem.location) == place
    assert message in problem.message


def test_the_lock_is_no_variable_of_all_trials_either() -> None:
    with pytest.raises(
        GridProblems, match=r"grid\.yaml:5: env\.PYTHON_GIL: expected the axis gil: \[on, off\] instead"
    ):
        written("workers: 1", "env: {PYTHON_GIL: 0}")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("affinity: [0, 1]", ("0,1",)),
        ("affinity: [[0, 1], [3]]", ("0,1", "3")),
        ("affinity: [any, compact, spread, '0-3']", ("any", "compact", "spread", "0,1,2,3")),
        ("affinity: [any, [0, 1]]", ("any", "0,1")),
        ("affinity: 3", ("3",)),
    ],
)
def test_a_plain_list_of_cpus_is_one_value(line: str, values: tuple[str, ...]) -> None:
    assert written(line).matrix.affinity == values


def test_what_is_wrong_with_a_variable_is_said_with_its_line() -> None:
    text = "matrix:\n  workload: cpu_bound\n  NUM: 10\n  env:\n    A: 1\n    B: ~\n"
    with pytest.raises(GridProblems, match=r"grid\.yaml:6: matrix\.env\.B: expected text, got nothing"):
        parse_grid("grid.yaml", text)
    text = "matrix:\n  workload: cpu_bound\n  NUM: 10\n  env:\n    - A: 1\n    - A: 2\n      B: ~\n"
    with pytest.raises(GridProblems, match=r"grid\.yaml:7: matrix\.env\[1\]\.B: expected text, got nothing"):
        parse_grid("grid.yaml", text)


# What becomes of it ---------------------------------------------------------------------------------------------------


def test_each_interpreter_has_cases_and_baselines_of_its_own() -> None:
    matrix = expanded({"python": ["current", "3.14", "pypy3.11"], "mode": ["sequential", "threading"]})
    assert [(case.mode, case.python) for case in matrix.cases] == [
        (mode, platform.python) for platform in (OLD, LOCKED, PYPY) for mode in ("sequential", "threading")
    ]
    assert matrix.added_baselines == ()
    by_key = {case.key: case for case in matrix.cases}
    for key, baseline in matrix.baselines.items():
        assert by_key[key].python == by_key[baseline].python
    assert matrix.pythons == {OLD.python, LOCKED.python, PYPY.python}


def test_a_baseline_is_of_the_same_conditions() -> None:
    axes = {"gil": ["on", "off"], "affinity": ["any", "compact"], "barrier": [False, True], "warmup_calls": [0, 2]}
    rule = {"warmup_calls": 2, "barrier": False}
    matrix = expanded({**axes, "python": "3.14t", "env": [{"A": 1}, {"A": 2}]}, exclude=[rule])
    assert len(concurrent(matrix)) == 2**4 * 2 - 2 * 2 * 2
    by_key = {case.key: case for case in matrix.cases}
    for case in concurrent(matrix):
        assert by_key[matrix.baselines[case.key]] == replace(case, mode="sequential", workers=1)


def test_words_that_name_the_same_interpreter_name_the_same_cases() -> None:
    twice = {"current": OLD, "3.11": OLD}
    assert expanded({"python": ["current", "3.11"]}, twice).cases == expanded({}, {"current": OLD}).cases


def test_the_default_start_method_is_that_of_each_interpreter() -> None:
    matrix = expanded({"python": ["current", "3.14"], "mode": "multiprocessing"})
    assert [(case.python, case.start_method) for case in concurrent(matrix)] == [
        (OLD.python, "fork"),
        (LOCKED.python, "forkserver"),
    ]


def test_the_default_workers_are_what_every_interpreter_can_keep_busy() -> None:
    assert expanded({"python": ["current", "pypy3.11"]}).axes.workers == (2,)
    grid = parse_grid(
        "grid.yaml", json.dumps({"matrix": {"workload": "cpu_bound", "NUM": 1, "python": ["3.14", "pypy3.11"]}})
    )
    assert expand(grid, Setting(PLATFORMS)).axes.workers == (1,)


@pytest.mark.parametrize(
    ("axes", "omissions"),
    [
        (
            {"python": ["current", "3.14"], "mode": ["interpreter_pool", "threading"], "workers": [1, 2]},
            ["2 cases: interpreter_pool on cpython 3.11.2: needs Python 3.14 or newer"],
        ),
        (
            {"python": ["current", "pypy3.11"], "mode": "multiprocessing", "start_method": ["forkserver", "spawn"]},
            ["1 case: forkserver on pypy 3.11.13: is not available here"],
        ),
        (
            {"python": ["current", "pypy3.11", "3.14"], "mode": ["interpreter_pool", "threading"], "workers": [1, 2]},
            ["4 cases: interpreter_pool on cpython 3.11.2, pypy 3.11.13: needs Python 3.14 or newer"],
        ),
        (
            {"python": ["3.14", "3.14t"], "gil": ["on", "off"]},
            ["1 case: gil=off on cpython 3.14.1: only a free-threaded build can do without the interpreter lock"],
        ),
        (
            {
                "python": ["pypy3.11", "3.14"],
                "mode": ["interpreter_pool", "process_pool"],
                "start_method": "forkserver",
            },
            [
                "1 case: interpreter_pool on pypy 3.11.13: needs Python 3.14 or newer",
                "1 case: forkserver on pypy 3.11.13: is not available here",
            ],
        ),
    ],
)
def test_what_an_interpreter_lacks_is_left_out_with_the_reason(axes: dict[str, Any], omissions: list[str]) -> None:
    assert expanded(axes).left_out == omissions


def test_a_start_method_with_which_a_mode_fails_there_is_left_out_of_that_mode_alone() -> None:
    why = "its own library fails"
    platforms = {**PLATFORMS, "pypy3.11": replace(PYPY, unfit={"process_pool": {"spawn": why}})}
    axes = {"python": ["current", "pypy3.11"], "mode": ["multiprocessing", "process_pool"], "start_method": "spawn"}
    assert expanded(axes, platforms).left_out == [f"1 case: process_pool spawn on pypy 3.11.13: {why}"]


def test_where_nothing_can_be_run_the_reasons_are_the_message() -> None:
    assert refused({"mode": "interpreter_pool", "gil": ["off", "on"], "python": "pypy3.11"}) == [
        ("matrix", "nothing is left to run: 2 cases: interpreter_pool on pypy 3.11.13: needs Python 3.14 or newer"),
    ]
    assert refused({"gil": "off"}) == [
        (
            "matrix",
            f"nothing is left to run: {LOCK_NEEDED}",
        )
    ]


def test_what_is_excluded_is_not_left_out_too() -> None:
    matrix = expanded({"mode": ["interpreter_pool", "threading"]}, exclude=[{"mode": "interpreter_pool"}])
    assert (matrix.removed, matrix.omissions) == ((1,), ())


def test_a_start_method_that_no_interpreter_has_is_a_mistake() -> None:
    problems = refused({"mode": "multiprocessing", "start_method": "forkserver", "python": "pypy3.11"})
    assert problems == [
        ("matrix.start_method", "pypy 3.11.13 lacks the start method forkserver here; it has fork, spawn")
    ]


def test_a_cpu_that_is_not_there_is_a_mistake() -> None:
    assert refused({"affinity": [[0, 2], "3", "1-4"]}) == [
        ("matrix.affinity", "CPU 2 is not available here; there are 0, 1, 3"),
        ("matrix.affinity", "CPU 2 is not available here; there are 0, 1, 3"),
    ]


@pytest.mark.parametrize(
    ("axes", "method"),
    [
        ({"mode": "multiprocessing", "start_method": ["fork", "spawn"]}, "spawn"),
        ({"mode": ["threading", "process_pool"], "start_method": "forkserver"}, "forkserver"),
        ({"mode": "multiprocessing"}, None),
        ({"mode": "threading", "start_method": "spawn"}, None),
    ],
)
def test_a_file_that_hides_a_module_from_started_processes_is_refused_where_there_are_any(
    axes: dict[str, Any], method: str | None
) -> None:
    platform = replace(PLATFORM, hidden={"random": "/here/random.py"})
    grid = parse_grid("grid.yaml", json.dumps({"matrix": {**CPU, "workers": 2, **axes}}))
    if method is None:
        assert expand(grid, Setting.of(platform)).cases
        return
    with pytest.raises(GridProblems) as raised:
        expand(grid, Setting.of(platform))
    (problem,) = raised.value.problems
    hides = "/here/random.py hides the standard library's module random from processes that"
    remedy = "rename it, or start runner in another folder"
    assert problem.message == f"{hides} {method} starts in this folder; {remedy}"


def test_without_a_barrier_there_can_be_no_warm_up_calls() -> None:
    with pytest.raises(GridProblems) as raised:
        expanded({"barrier": [True, False], "warmup_calls": [0, 3]})
    (problem,) = raised.value.problems
    assert dotted(problem.location) == "matrix.barrier"
    assert problem.message == (
        "there are warm-up calls, whose time must not count, so that all workers begin together: "
        "leave barrier out, or exclude {warmup_calls: 3, barrier: false}"
    )


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ({"python": "pypy3.11"}, {OLD.python}),
        ({"python": ["pypy3.11"], "warmup_calls": 3}, {OLD.python, PYPY.python}),
        ({"env": {"A": 1}}, {OLD.python, PYPY.python}),
        ({"affinity": [[0, 1]]}, {OLD.python, PYPY.python}),
        ({"barrier": True, "python": "current"}, {OLD.python, PYPY.python}),
    ],
)
def test_a_rule_matches_conditions(rule: dict[str, Any], left: set[str]) -> None:
    axes = {"python": ["current", "pypy3.11"], "warmup_calls": [0, 3], "env": [{"A": 1}, {"A": 2}]}
    axes |= {"affinity": ["any", [0, 1]], "barrier": [True, False]}
    impossible = {"warmup_calls": 3, "barrier": False}
    whole = expanded(axes, exclude=[impossible])
    matrix = expanded(axes, exclude=[rule, impossible])
    assert matrix.removed[0] > 0
    assert matrix.pythons == left
    assert set(concurrent(matrix)) <= set(concurrent(whole))


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        ({"warmup_calls": 3}, lambda case: case.condition("warmup_calls") == 3),
        ({"env": [{"A": 1}]}, lambda case: dict(case.condition("env"))["A"] == "1"),
        ({"gil": "off"}, lambda case: case.condition("gil") == "off"),
        ({"affinity": "compact"}, lambda case: case.condition("affinity") == "compact"),
    ],
)
def test_a_rule_on_a_condition_drops_the_cases_that_have_it_and_no_others(rule: dict[str, Any], gone: Any) -> None:
    axes = {
        "python": "3.14t",
        "warmup_calls": [0, 3],
        "env": [{"A": 1}, {"A": 2}],
        "gil": ["on", "off"],
        "affinity": ["any", "compact"],
    }
    left = concurrent(expanded(axes, exclude=[rule]))
    assert left == [case for case in concurrent(expanded(axes)) if not gone(case)]
    assert left


def test_a_set_of_variables_that_is_given_twice_is_there_once() -> None:
    twice = expanded({"env": [{"A": 1, "B": 2}, {"B": "2", "A": "1"}, {}]}, exclude=[{"env": {}}])
    assert twice.axes.env == ({"A": "1", "B": "2"}, {})
    assert twice.removed == (1,)
    assert len(concurrent(twice)) == 1


def test_variables_of_a_case_come_over_those_of_all_trials() -> None:
    matrix = expanded({"env": [{"A": 1}, {"B": 2}]}, env={"A": 0, "C": 3})
    assert [dict(case.condition("env")) for case in concurrent(matrix)] == [
        {"A": "1", "C": "3"},
        {"A": "0", "B": "2", "C": "3"},
    ]


# The build with the lock ---------------------------------------------------------------------------------------------


def locked(platforms: Mapping[str, Platform], axes: dict[str, Any]) -> dict[str, str]:
    """Return for each concurrent case, in words, the case of the locked build that it is compared with."""
    matrix = expanded({"python": list(platforms), **axes}, platforms)
    by_key = {case.key: case for case in matrix.cases}
    found = matrix.locked_baselines(Setting(platforms))
    return {f"{by_key[key]}, {by_key[key].python}": by_key[other].python for key, other in found.items()}


THREADS = "cpu_bound(NUM=10) threading ×2"


@pytest.mark.parametrize(
    ("platforms", "axes", "expected"),
    [
        pytest.param(
            {"3.14": LOCKED, "3.14t": FREE},
            {},
            {f"{THREADS}, {FREE.python}": LOCKED.python, f"{THREADS}, {LOCKED.python}": LOCKED.python},
            id="both builds of a version, in two patch releases",
        ),
        pytest.param(
            {"3.14t": FREE, "3.14": LOCKED},
            {"gil": ["on", "off"]},
            {
                f"{THREADS}, gil=on, {FREE.python}": LOCKED.python,
                f"{THREADS}, gil=off, {FREE.python}": LOCKED.python,
                f"{THREADS}, gil=on, {LOCKED.python}": LOCKED.python,
            },
            id="with the lock on and off",
        ),
        pytest.param({"3.14t": FREE}, {}, {}, id="the free-threaded build alone"),
        pytest.param({"3.14t": FREE, "current": OLD}, {}, {}, id="builds of different versions"),
        pytest.param(
            {"3.14t": FREE, "other": replace(FREE, python="cpython 3.14.0t (/opt/other)")},
            {},
            {},
            id="two that are free",
        ),
        pytest.param({"3.14t": FREE, "pypy": replace(PYPY, python="pypy 3.14.2")}, {}, {}, id="another implementation"),
    ],
)
def test_a_free_threaded_build_is_compared_with_the_locked_one_of_its_version(
    platforms: Mapping[str, Platform], axes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert locked(platforms, axes) == expected


@pytest.mark.parametrize(
    ("free", "locked_builds", "nearest"),
    [
        ("3.14.4t", ["3.14.0", "3.14.3"], "3.14.3"),
        ("3.14.4t", ["3.14.3", "3.14.0"], "3.14.3"),
        ("3.14.0rc2t", ["3.14.9", "3.14.10", "3.14.1"], "3.14.1"),
        ("3.14.2t", ["3.14.1", "3.14.3"], "3.14.3"),
        ("3.14.2t", ["3.14.10 (/a)", "3.14.2 (/b)"], "3.14.2 (/b)"),
    ],
)
def test_of_several_locked_builds_the_nearest_release_is_compared(
    free: str, locked_builds: list[str], nearest: str
) -> None:
    platforms = {"free": replace(FREE, python=f"cpython {free}")}
    platforms |= {f"locked {build}": replace(LOCKED, python=f"cpython {build}") for build in locked_builds}
    builds = {f"{THREADS}, cpython {build}": f"cpython {build}" for build in locked_builds}
    assert locked(platforms, {}) == {f"{THREADS}, cpython {free}": f"cpython {nearest}", **builds}


def test_the_case_of_the_locked_build_is_of_the_same_work_and_conditions() -> None:
    axes = {"python": ["3.14", "3.14t"], "workers": [1, 2], "warmup_calls": [0, 2], "NUM": [1, 2]}
    matrix = expanded(axes)
    by_key = {case.key: case for case in matrix.cases}
    found = matrix.locked_baselines(Setting(PLATFORMS))
    assert set(found) == {case.key for case in concurrent(matrix)}
    for key, other in found.items():
        assert by_key[other] == replace(by_key[key].baseline(), python=LOCKED.python)


# Whatever the grid --------------------------------------------------------------------------------------------------


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, min_size=1, max_size=2)


conditions = st.fixed_dictionaries(
    {"mode": one_or_more(st.sampled_from(tuple(MODES)))},
    optional={
        "python": one_or_more(st.sampled_from(list(PLATFORMS))),
        "gil": one_or_more(st.sampled_from(["on", "off"])),
        "affinity": one_or_more(st.sampled_from(["any", "compact", "0-1", [3]])),
        "barrier": one_or_more(st.booleans()),
        "warmup_calls": one_or_more(st.integers(0, 2)),
        "env": one_or_more(st.dictionaries(st.sampled_from(["A", "B"]), st.integers(0, 1), max_size=2)),
        "start_method": one_or_more(st.sampled_from(["fork", "spawn"])),
        "workers": one_or_more(st.integers(1, 3)),
        "calls": one_or_more(st.integers(3, 5)),
    },
)


@given(conditions, st.lists(conditions, max_size=1), st.lists(conditions, max_size=1))
@thoroughly
def test_no_case_is_there_twice_and_each_concurrent_one_has_its_baseline(
    axes: dict[str, Any], include: list[dict[str, Any]], exclude: list[dict[str, Any]]
) -> None:
    more = {"include": [{**CPU, **one} for one in include], "exclude": exclude}
    try:
        matrix = expanded(axes, **more)
    except GridProblems:
        assume(False)
    assert len({case.key for case in matrix.cases}) == len(set(matrix.cases)) == len(matrix.cases)
    baselines = matrix.baselines
    there = {case.key for case in matrix.cases}
    for case in concurrent(matrix):
        assert baselines[case.key] in there
    assert set(matrix.added_baselines) <= {case.baseline() for case in concurrent(matrix)}
    assert all(case.mode == SEQUENTIAL for case in matrix.added_baselines)


@given(conditions)
@thoroughly
def test_every_combination_is_a_case_or_left_out_for_a_reason(axes: dict[str, Any]) -> None:
    try:
        matrix = expanded(axes)
    except GridProblems:  # nothing at all can be run
        assume(False)
    given_axes = matrix.axes
    points = 0
    for mode, python in product(given_axes.mode, given_axes.python or ("current",)):
        methods = axes.get("start_method", [PLATFORMS[python].default_start_method])
        ways = len(set(methods)) if MODES[mode].starts_processes else 1
        sizes = len(given_axes.calls) or 1
        sizes *= 1 if mode == SEQUENTIAL and given_axes.calls else len(given_axes.workers)
        points += ways * sizes
    env = {json.dumps(one, sort_keys=True) for one in axes.get("env", [{}])}
    for axis in ("gil", "affinity", "barrier", "warmup_calls"):
        points *= len(given_axes.values(axis)) or 1
    points *= len(env)
    left_out = sum(omission.cases for omission in matrix.omissions)
    asked_for = len(set(matrix.cases) - set(matrix.added_baselines))
    assert asked_for + left_out == points
    assert all(omission.reason and omission.python for omission in matrix.omissions)
