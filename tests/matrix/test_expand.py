"""From a grid to its cases."""

import json
import tracemalloc
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.drawn import thoroughly
from support.fakes import HOST, INTERPRETER
from support.helpers import PLATFORM, SETTING

from runner.facts import Probe
from runner.harness.modes import MODES, STUDY_MODES
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.matrix.matrix import Matrix
from runner.matrix.points import default_workers
from runner.matrix.problems import GridProblems, dotted
from runner.matrix.setting import Platform, Setting
from runner.matrix.workload import builtin

CPU = {"workload": "cpu_bound", "NUM": 10}
IO = {"workload": "io_bound", "TIME": 0.1}
EVERY_WAY = {**CPU, "workers": [1, 2], "mode": list(STUDY_MODES), "start_method": ["fork", "spawn"]}
ONLY_SPAWN = Platform(python="odd 1.0", usable_cpus=6, start_methods=("spawn",), default_start_method="spawn")


def expanded(matrix: dict[str, Any], platform: Platform = PLATFORM, **more: Any) -> Matrix:
    return expand(parse_grid("grid.yaml", json.dumps({"matrix": matrix, **more})), Setting.of(platform))


def refused(matrix: dict[str, Any], platform: Platform = PLATFORM, **more: Any) -> GridProblems:
    with pytest.raises(GridProblems) as raised:
        expanded(matrix, platform, **more)
    return raised.value


def names(matrix: Matrix) -> list[str]:
    """Name the cases in their order, without the work."""
    return [str(case).partition(" ")[2] for case in matrix.cases]


class TestProduct:
    def test_the_grid_of_the_contract_has_no_duplicate_case(self) -> None:
        matrix = expanded(
            {
                "workload": ["cpu_bound", "io_bound"],
                "NUM": [1_000_000, 4_000_000],
                "TIME": [0.1],
                "workers": [1, 2, 4],
                "mode": ["sequential", "threading", "multiprocessing"],
                "start_method": ["fork", "spawn", "forkserver"],
            },
            exclude=[{"mode": "threading", "workers": 4}],
            include=[{"workload": "cpu_bound", "NUM": 10, "workers": 2, "mode": "threading"}],
        )
        works, sizes, ways = 2 + 1, 3, 1 + 1 + 3
        assert len(matrix.cases) == works * sizes * ways - 3 + 1 + 1
        assert len(set(matrix.cases)) == len(matrix.cases)
        assert matrix.removed == (3,)
        assert list(map(str, matrix.added_baselines)) == ["cpu_bound(NUM=10) sequential ×1, 2 calls"]

    def test_the_cases_stand_in_the_order_of_the_file_and_added_baselines_last(self) -> None:
        ways = {"mode": ["multiprocessing", "threading"], "start_method": ["spawn", "fork"], "workers": [2, 1]}
        assert names(expanded({**CPU, **ways})) == [
            "multiprocessing/spawn ×2",
            "multiprocessing/spawn ×1",
            "multiprocessing/fork ×2",
            "multiprocessing/fork ×1",
            "threading ×2",
            "threading ×1",
            "sequential ×1, 2 calls",
            "sequential ×1",
        ]

    def test_a_case_has_the_interpreter_and_the_arguments_in_the_order_of_the_workload(self) -> None:
        (case,) = expanded({**CPU, "workers": 2, "mode": "sequential"}).cases
        assert case == Case("cpu_bound", (("NUM", 10),), "sequential", None, 1, 2, PLATFORM.python)

    @pytest.mark.parametrize(
        ("matrix", "expected"),
        [
            pytest.param(
                {**CPU, "workers": 2, "mode": "threading", "start_method": ["fork", "spawn", "forkserver"]},
                ["threading ×2", "sequential ×1, 2 calls"],
                id="a start method for threads",
            ),
            pytest.param(
                {**CPU, "workers": 2, "mode": "sequential", "start_method": ["fork", "spawn"]},
                ["sequential ×1, 2 calls"],
                id="a start method for nobody",
            ),
            pytest.param(
                {**CPU, "workers": [1, 2, 4], "calls": 8, "mode": "sequential"},
                ["sequential ×1, 8 calls"],
                id="workers for sequential calls whose number is fixed",
            ),
            pytest.param(
                {**CPU, "workers": [2, 2, 2.0], "mode": ["sequential", "sequential"]},
                ["sequential ×1, 2 calls"],
                id="the same value several times",
            ),
        ],
    )
    def test_an_axis_that_means_nothing_for_a_case_does_not_multiply_it(
        self, matrix: dict[str, Any], expected: list[str]
    ) -> None:
        assert names(expanded(matrix)) == expected

    def test_a_value_that_is_given_twice_is_there_once(self) -> None:
        matrix = expanded({**CPU, "workers": [2, 1, 2], "NUM": [10, 10.0]}, exclude=[{"mode": "threading"}])
        assert (matrix.axes.workers, matrix.axes.NUM) == ((2, 1), (10,))
        assert matrix.removed == (2,)
        twice = {**CPU, "workers": 1, "mode": "multiprocessing", "start_method": ["fork", "fork", "spawn"]}
        assert expanded(twice, exclude=[{"start_method": "fork"}]).removed == (1,)

    def test_a_parameter_multiplies_only_the_workload_that_takes_it(self) -> None:
        both = {"workload": ["cpu_bound", "io_bound"], "NUM": [1, 2, 3], "TIME": [0.1, 0.2]}
        cases = expanded({**both, "workers": 1, "mode": "sequential"}).cases
        assert [(case.workload, case.params) for case in cases] == [
            *[("cpu_bound", (("NUM", number),)) for number in (1, 2, 3)],
            *[("io_bound", (("TIME", seconds),)) for seconds in (0.1, 0.2)],
        ]


class TestAbsentAxes:
    def test_absent_axes_are_filled_from_the_platform(self) -> None:
        axes = expanded(CPU, ONLY_SPAWN).axes
        assert axes.workers == (1, 2, 4, 6)
        assert axes.mode == ("sequential", "threading", "multiprocessing")
        assert axes.start_method == ("spawn",)
        assert (axes.calls, axes.NUM, axes.TIME) == ((), (10,), ())

    def test_axes_that_are_given_stay_as_they_are(self) -> None:
        given = {**CPU, "workers": [3], "mode": ["threading"], "start_method": ["forkserver", "fork"], "calls": [7]}
        axes = expanded(given).axes
        assert (axes.workers, axes.mode, axes.calls) == ((3,), ("threading",), (7,))
        assert axes.start_method == ("forkserver", "fork")

    @pytest.mark.parametrize(
        ("usable_cpus", "workers"),
        [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (4, (1, 2, 4)), (6, (1, 2, 4, 6)), (64, (1, 2, 4, 8, 16, 32, 64))],
    )
    def test_workers_double_up_to_the_usable_cpus(self, usable_cpus: int, workers: tuple[int, ...]) -> None:
        assert default_workers(usable_cpus) == workers

    def test_a_platform_is_picked_from_what_a_probe_replies(self) -> None:
        odd = replace(
            INTERPRETER,
            label="odd 1.0",
            start_methods=("spawn",),
            default_start_method="spawn",
            modes=("sequential", "asyncio"),
            free_threaded_build=True,
            gil=False,
            executable="/opt/odd",
        )
        probe = Probe(interpreter=odd, host=replace(HOST, usable_cpus=6), allowed_cpus=(0, 2))
        assert Platform.of(probe) == replace(
            ONLY_SPAWN,
            modes=("sequential", "asyncio"),
            free_threaded=True,
            gil=False,
            executable="/opt/odd",
            allowed_cpus=(0, 2),
        )


class TestExclude:
    @pytest.mark.parametrize(
        ("rule", "dropped"),
        [
            pytest.param(
                {"start_method": "fork"},
                ["multiprocessing/fork ×1", "multiprocessing/fork ×2"],
                id="a start method does not match threads",
            ),
            pytest.param(
                {"start_method": ["fork", "spawn"], "workers": 1},
                ["multiprocessing/fork ×1", "multiprocessing/spawn ×1"],
                id="a list matches any of its values",
            ),
            pytest.param(
                {"mode": "multiprocessing", "workers": 2},
                ["multiprocessing/fork ×2", "multiprocessing/spawn ×2"],
                id="all axes of a rule must match",
            ),
            pytest.param(
                {"workers": 2},
                ["sequential ×1, 2 calls", "threading ×2", "multiprocessing/fork ×2", "multiprocessing/spawn ×2"],
                id="workers match the sequential case of that many calls",
            ),
        ],
    )
    def test_the_cases_that_match_a_rule_are_dropped(self, rule: dict[str, Any], dropped: list[str]) -> None:
        matrix = expanded(EVERY_WAY, exclude=[rule])
        assert matrix.removed == (len(dropped),)
        assert names(matrix) == [name for name in names(expanded(EVERY_WAY)) if name not in dropped]

    def test_a_baseline_that_is_excluded_comes_back_as_an_added_one(self) -> None:
        matrix = expanded(EVERY_WAY, exclude=[{"mode": "sequential", "workers": 1}])
        assert matrix.removed == (1,)
        assert set(matrix.cases) == set(expanded(EVERY_WAY).cases)
        assert list(map(str, matrix.added_baselines)) == ["cpu_bound(NUM=10) sequential ×1"]

    @pytest.mark.parametrize(
        "rule",
        [
            {"workers": 3},
            {"NUM": 11},
            {"TIME": 10},
            {"workload": "io_bound"},
            {"start_method": "forkserver"},
            {"mode": "threading", "start_method": "fork"},
            {"calls": 2},
        ],
    )
    def test_a_rule_that_matches_nothing_removes_nothing_and_the_matrix_says_so(self, rule: dict) -> None:
        matrix = expanded(EVERY_WAY, exclude=[rule])
        assert matrix.removed == (0,)
        assert matrix.cases == expanded(EVERY_WAY).cases

    def test_a_case_that_two_rules_match_counts_for_the_first(self) -> None:
        rules = [{"mode": "threading", "workers": 2}, {"mode": "threading"}, {"workers": 2, "mode": "threading"}]
        assert expanded(EVERY_WAY, exclude=rules).removed == (1, 1, 0)

    def test_with_fixed_calls_a_rule_on_workers_leaves_the_sequential_case_alone(self) -> None:
        matrix = expanded({**CPU, "workers": [1, 2], "calls": 4}, exclude=[{"workers": [1, 2]}])
        assert names(matrix) == ["sequential ×1, 4 calls"]
        assert matrix.removed == (4,)

    @pytest.mark.parametrize("written", [10, 10.0])
    def test_a_number_matches_however_it_is_written(self, written: float) -> None:
        assert expanded({**CPU, "NUM": [10, 20], "workers": 1}, exclude=[{"NUM": written}]).removed == (3,)

    def test_a_matrix_of_which_nothing_is_left_is_refused(self) -> None:
        error = refused(CPU, exclude=[{"workload": "cpu_bound"}])
        (problem,) = error.problems
        assert dotted(problem.location) == "exclude"
        assert problem.message == "every case is excluded: there is nothing to run"


class TestInclude:
    def test_included_cases_are_added_even_if_a_rule_matches_them(self) -> None:
        threads = {**CPU, "workers": 2, "mode": "threading"}
        matrix = expanded({**CPU, "workers": 2}, exclude=[{"mode": "threading"}], include=[threads])
        assert names(matrix) == ["sequential ×1, 2 calls", "multiprocessing/fork ×2", "threading ×2"]
        assert matrix.removed == (1,)

    def test_included_cases_may_be_all_there_is(self) -> None:
        matrix = expanded(IO, exclude=[{"workload": "io_bound"}], include=[{**CPU, "workers": 2, "mode": "threading"}])
        assert list(map(str, matrix.cases)) == [
            "cpu_bound(NUM=10) threading ×2",
            "cpu_bound(NUM=10) sequential ×1, 2 calls",
        ]

    def test_what_is_included_has_axes_and_defaults_as_the_matrix_has(self) -> None:
        included = {"workload": ["io_bound", "cpu_bound"], "NUM": [5, 6], "TIME": 0.2}
        matrix = expanded({**CPU, "workers": 1, "mode": "sequential"}, ONLY_SPAWN, include=[included])
        assert matrix.cases[1:] == expanded(included, ONLY_SPAWN).cases

    def test_the_axes_of_the_matrix_do_not_hold_for_what_is_included(self) -> None:
        matrix = expanded({**CPU, "workers": [3], "mode": "threading"}, include=[{**IO, "mode": "sequential"}])
        included = [case for case in matrix.cases if case.workload == "io_bound"]
        assert [case.calls for case in included] == [1, 2]

    def test_including_what_is_there_already_adds_nothing(self) -> None:
        matrix = expanded({**CPU, "workers": [1, 2]}, include=[{**CPU, "workers": 2}, CPU])
        assert matrix.cases == expanded({**CPU, "workers": [1, 2]}).cases


class TestCalls:
    def test_calls_fix_the_total_work_whatever_the_workers(self) -> None:
        ways = {"workers": [1, 2, 4], "calls": 8, "mode": ["sequential", "threading"]}
        assert names(expanded({**CPU, **ways})) == [
            "sequential ×1, 8 calls",
            "threading ×1, 8 calls",
            "threading ×2, 8 calls",
            "threading ×4, 8 calls",
        ]

    def test_each_number_of_calls_has_its_own_baseline(self) -> None:
        matrix = expanded({**CPU, "workers": 2, "calls": [4, 6], "mode": "threading"})
        assert matrix.added_baselines == tuple(case.baseline() for case in matrix.cases[:2])
        assert [baseline.calls for baseline in matrix.added_baselines] == [4, 6]

    @pytest.mark.parametrize(
        ("more", "place", "line"),
        [
            ({}, "matrix.calls", 5),
            ({"mode": "multiprocessing", "start_method": ["fork", "spawn"]}, "matrix.calls", 5),
        ],
    )
    def test_fewer_calls_than_workers_are_refused_once_with_two_remedies(
        self, more: dict[str, Any], place: str, line: int
    ) -> None:
        text = json.dumps({"matrix": {**CPU, "calls": [3, 4], "workers": [2, 4], **more}}, indent=1)
        with pytest.raises(GridProblems) as raised:
            expand(parse_grid("grid.yaml", text), SETTING)
        (problem,) = raised.value.problems
        assert (problem.line, dotted(problem.location)) == (line, place)
        assert problem.message == (
            "3 calls cannot be shared out among 4 workers: raise calls, or exclude {workers: 4, calls: 3}"
        )

    def test_fewer_calls_than_workers_are_refused_where_they_are_included(self) -> None:
        included = {**CPU, "workers": 4, "calls": 2, "mode": "threading"}
        assert [dotted(problem.location) for problem in refused(CPU, include=[included]).problems] == [
            "include[0].calls"
        ]

    def test_the_remedy_of_excluding_them_works(self) -> None:
        matrix = expanded(
            {**CPU, "workers": [2, 4], "calls": [3, 4], "mode": "threading"}, exclude=[{"workers": 4, "calls": 3}]
        )
        assert names(matrix) == [
            *["threading ×2, 3 calls", "threading ×2, 4 calls", "threading ×4"],
            *["sequential ×1, 3 calls", "sequential ×1, 4 calls"],
        ]

    def test_sequential_calls_may_be_fewer_than_workers(self) -> None:
        assert names(expanded({**CPU, "workers": 4, "calls": 2, "mode": "sequential"})) == ["sequential ×1, 2 calls"]


class TestBaselines:
    def test_a_missing_baseline_is_added(self) -> None:
        matrix = expanded({**CPU, "workers": [1, 2], "mode": ["threading", "multiprocessing"]})
        assert list(map(str, matrix.added_baselines)) == [
            "cpu_bound(NUM=10) sequential ×1",
            "cpu_bound(NUM=10) sequential ×1, 2 calls",
        ]
        assert matrix.cases[-2:] == matrix.added_baselines

    def test_a_baseline_that_is_there_is_not_added_again(self) -> None:
        assert expanded(CPU).added_baselines == ()


class TestRefusing:
    def test_a_start_method_that_the_platform_lacks_is_refused_with_those_it_has(self) -> None:
        text = "matrix:\n  workload: cpu_bound\n  NUM: 1\n  start_method: [spawn, fork]\n"
        text += "include:\n- workload: cpu_bound\n  NUM: 1\n  start_method: forkserver\n"
        with pytest.raises(GridProblems) as raised:
            expand(parse_grid("grid.yaml", text), Setting.of(ONLY_SPAWN))
        assert str(raised.value).splitlines() == [
            "grid.yaml:4: matrix.start_method: odd 1.0 lacks the start method fork here; it has spawn",
            "grid.yaml:8: include[0].start_method: odd 1.0 lacks the start method forkserver here; it has spawn",
        ]

    def test_a_rule_may_name_a_start_method_that_the_platform_lacks(self) -> None:
        assert expanded(CPU, ONLY_SPAWN, exclude=[{"start_method": "fork"}]).removed == (0,)

    @pytest.mark.parametrize(
        ("matrix", "count"),
        [
            pytest.param({**CPU, "NUM": range(1000), "workers": range(1, 1002), "mode": "threading"}, "1,001,000"),
            pytest.param(
                {
                    "workload": ["cpu_bound"],
                    "NUM": range(2500),
                    "workers": range(1, 101),
                    "calls": range(1000, 2000),
                    "mode": ["threading", "multiprocessing"],
                    "start_method": ["fork", "spawn", "forkserver"],
                },
                "1,000,000,000",
            ),
            pytest.param(
                {"workload": ["cpu_bound", "io_bound"], "NUM": range(700), "TIME": range(300)}
                | {"workers": range(1, 301), "calls": range(300, 600)},
                f"{(700 + 300) * (300 + 2 * 300 * 300):,}",
            ),
        ],
    )
    def test_a_matrix_of_over_a_million_cases_is_refused_without_being_expanded(
        self, matrix: dict[str, Any], count: str
    ) -> None:
        written = {axis: list(values) if isinstance(values, range) else values for axis, values in matrix.items()}
        grid = parse_grid("grid.yaml", json.dumps({"matrix": written}))
        tracemalloc.start()
        try:
            with pytest.raises(GridProblems) as raised:
                expand(grid, SETTING)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        (problem,) = raised.value.problems
        assert problem.message.startswith(f"{count} cases, and a sweep can have at most 1,000,000")
        assert peak_bytes < 2_000_000

    @pytest.mark.parametrize(("most", "fits"), [(12, True), (11, False)])
    def test_included_cases_count_and_axes_that_mean_nothing_do_not(
        self, monkeypatch: pytest.MonkeyPatch, most: int, fits: bool
    ) -> None:
        matrix = {**CPU, "workers": [1, 2], "start_method": ["fork", "spawn", "forkserver"]}
        included = {**IO, "workers": 2, "mode": ["threading", "sequential"], "start_method": ["fork", "spawn"]}
        monkeypatch.setitem(expand.__globals__, "MOST_CASES", most)
        if fits:
            assert len(expanded(matrix, include=[included]).cases) == most
        else:
            (problem,) = refused(matrix, include=[included]).problems
            assert problem.message == "12 cases, and a sweep can have at most 11: shorten some axes"

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (25, None),
            (26, "5,200,000 trials, and a sweep can have at most 5,000,000: repeat less"),
            (51, "5,100,000 trials, and a sweep can have at most 5,000,000: repeat less"),
        ],
    )
    def test_more_trials_than_a_sweep_can_have_are_refused_and_added_baselines_count(
        self, values: int, message: str | None
    ) -> None:
        matrix = {**CPU, "workers": list(range(1, values + 1)), "mode": "threading"}
        many = {"repeats": 99_990, "warmup": 10}
        if message is None:
            assert len(expanded(matrix, **many).cases) == 2 * values
        else:
            (problem,) = refused(matrix, **many).problems
            assert (dotted(problem.location), problem.message) == ("repeats", message)

    @pytest.mark.parametrize(("most", "fits"), [(4, True), (3, False)])
    def test_added_baselines_count_as_cases_too(self, monkeypatch: pytest.MonkeyPatch, most: int, fits: bool) -> None:
        threads = {**CPU, "workers": [1, 2], "mode": "threading"}
        monkeypatch.setitem(expand.__globals__, "MOST_CASES", most)
        if fits:
            assert len(expanded(threads).cases) == most
        else:
            (problem,) = refused(threads).problems
            assert problem.message == "4 cases, and a sweep can have at most 3: shorten some axes"

    def test_what_the_platform_lacks_and_what_is_too_large_are_told_at_once(self) -> None:
        many = list(range(1, 1002))
        error = refused({**CPU, "NUM": many, "workers": many, "start_method": "fork"}, ONLY_SPAWN)
        assert {dotted(problem.location) for problem in error.problems} == {"matrix", "matrix.start_method"}


SIZES = st.integers(1, 4)
SHARED_CALLS = st.integers(4, 7)
"""No fewer than there can be workers."""


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


numbers = one_or_more(st.integers(0, 3))
seconds = one_or_more(st.sampled_from([0, 0.5, 1, 1.5]))
ways = {
    "workers": one_or_more(SIZES),
    "calls": one_or_more(SHARED_CALLS),
    "mode": one_or_more(st.sampled_from(list(MODES))),
    "start_method": one_or_more(st.sampled_from(PLATFORM.start_methods)),
}
matrices = st.one_of(
    st.fixed_dictionaries({"workload": st.just("cpu_bound"), "NUM": numbers}, optional=ways),
    st.fixed_dictionaries({"workload": st.just(["io_bound"]), "TIME": seconds}, optional=ways),
    st.fixed_dictionaries(
        {"workload": st.just(["io_bound", "cpu_bound"]), "NUM": numbers, "TIME": seconds}, optional=ways
    ),
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "workload": one_or_more(st.sampled_from(["cpu_bound", "io_bound"])),
        "NUM": numbers,
        "TIME": seconds,
        **ways,
    },
).filter(bool)
grids = st.fixed_dictionaries(
    {"matrix": matrices},
    optional={"exclude": st.lists(rules, max_size=3), "include": st.lists(matrices, max_size=2)},
)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def multiplied_out(matrix: dict[str, Any]) -> set[Case]:
    """Return the cases of a matrix the plain way: the whole product, each combination reduced to what it means."""
    filled = {
        "workers": [1, 2],
        "mode": list(STUDY_MODES),
        "start_method": ["fork"],
        "calls": [None],
        "NUM": [0],
        "TIME": [0],
    }
    filled |= {axis: listed(values) for axis, values in matrix.items()}
    cases = set()
    for combination in product(*filled.values()):
        point = dict(zip(filled, combination, strict=True))
        cases.add(
            Case(
                workload=point["workload"],
                params=tuple((name, point[name]) for name in builtin(point["workload"]).parameters),
                mode=point["mode"],
                start_method=point["start_method"] if MODES[point["mode"]].starts_processes else None,
                workers=1 if point["mode"] == "sequential" else point["workers"],
                calls=point["calls"] or point["workers"],
                python=PLATFORM.python,
            )
        )
    return cases


def matches(rule: dict[str, Any], case: Case, *, calls_fixed: bool) -> bool:
    has: dict[str, Any] = {"workload": case.workload, "mode": case.mode, **dict(case.params)}
    if case.start_method:
        has["start_method"] = case.start_method
    if calls_fixed:
        has["calls"] = case.calls
    if not calls_fixed or not case.is_baseline:
        has["workers"] = case.calls if case.is_baseline else case.workers
    return all(axis in has and has[axis] in listed(values) for axis, values in rule.items())


def kept(grid: dict[str, Any]) -> set[Case]:
    """Return the cases of the matrix that no rule drops."""
    return {
        case
        for case in multiplied_out(grid["matrix"])
        if not any(matches(rule, case, calls_fixed="calls" in grid["matrix"]) for rule in grid.get("exclude", []))
    }


def included(grid: dict[str, Any]) -> set[Case]:
    return {case for matrix in grid.get("include", []) for case in multiplied_out(matrix)}


@given(grids)
@thoroughly
def test_the_cases_are_what_is_kept_and_what_is_included_and_the_baselines_of_both(grid: dict[str, Any]) -> None:
    asked_for = kept(grid) | included(grid)
    assume(asked_for)
    matrix = expanded(**grid)
    baselines = {case.baseline() for case in asked_for}
    assert set(matrix.cases) == asked_for | baselines
    assert set(matrix.added_baselines) == baselines - asked_for
    assert len({case.key for case in matrix.cases}) == len(matrix.cases)
    assert all(case.calls >= case.workers >= 1 for case in matrix.cases)
    assert sum(matrix.removed) == len(multiplied_out(grid["matrix"])) - len(kept(grid))
