"""The language of grid files: what may stand in one, what may not, and how that is said."""

import hashlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.drawn import thoroughly
from support.helpers import PLATFORM, SETTING

from runner.axes import CONDITIONS, IN_A_GRID, Cpus, Kind, Truth, Variables, Whole, Words
from runner.commands.init import STARTER
from runner.errors import BadInput
from runner.harness.modes import MODES
from runner.harness.workloads import WORKLOADS, load
from runner.matrix.expand import expand
from runner.matrix.grid import Grid, parse_grid, read_grid
from runner.matrix.matrix import Matrix
from runner.matrix.problems import SHOWN_AT_MOST, GridProblems, dotted
from runner.matrix.setting import Setting
from runner.matrix.source import parse
from runner.matrix.spec import Axes, GridSpec, Rule, json_schema
from runner.matrix.values import CURRENT, START_METHODS
from runner.matrix.workload import Workload, builtin

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([ROOT / "grid.yaml", *(ROOT / "examples").glob("*.yaml")])

WHOLE = """\
name: gil-study
matrix:
  workload: [cpu_bound, io_bound]
  NUM: [1_000_000, 4_000_000]
  TIME: [0.1]
  workers: [1, 2, 4]
  calls: [4, 8]
  mode: [sequential, threading, multiprocessing]
  start_method: [fork, spawn, forkserver]
exclude:
  - {mode: threading, workers: 4}
  - start_method: [spawn, forkserver]
    NUM: 1e6
include:
  - {workload: cpu_bound, NUM: 10, workers: 2, mode: threading}
repeats: 4
warmup: 0
timeout: 120
seed: 7
"""

TAKES_NOTHING = {"function": [], "positional": 0, "async": False}
CPU_ONLY = {"workload": "cpu_bound", "NUM": 10}
BOTH: dict[str, Any] = {"workload": ["cpu_bound", "io_bound"], "NUM": 10, "TIME": 0.1}
ANYTHING = {**BOTH, "workload": [*BOTH["workload"], "own.py:function"]}
TWO_OF_A_KIND: dict[type[Kind], Callable[[Any], list[Any]]] = {
    Words: lambda kind: list(kind.words[:2]),
    Whole: lambda kind: [kind.least, kind.most],
    Truth: lambda kind: [True, False],
    Cpus: lambda kind: ["any", "0,1,2,3"],
    Variables: lambda kind: [{"OMP_NUM_THREADS": "1"}, {}],
}
TWO_OF_EACH: dict[str, list[Any]] = {
    "workload": ["cpu_bound", "io_bound"],
    "NUM": [10, 0],
    "TIME": [0.1, 0],
    "SIZE": [10, 0],
    "workers": [1, 10_000],
    "calls": [1, 100_000],
    "mode": ["threading", "sequential"],
    "start_method": ["fork", "spawn"],
    "python": ["current", "pypy3.11"],
    **{name: TWO_OF_A_KIND[type(CONDITIONS[name].kind)](CONDITIONS[name].kind) for name in IN_A_GRID},
}

CPU = "matrix:\n  workload: cpu_bound\n  NUM: 10\n"

keys = st.sampled_from([*GridSpec.model_fields, *Axes.model_fields, "wokers"])
odd_numbers = st.sampled_from([0, 1, 2, -1, 10**19, 10**400, 1.5, 1e6, 1e308, float("nan"), float("inf"), True, False])
meaningful = st.sampled_from([*WORKLOADS, *MODES, *START_METHODS, "cpu_bond"])
scalars = st.none() | odd_numbers | meaningful | st.integers() | st.floats() | st.text(max_size=8)
structures = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=6), inner, max_size=5),
    max_leaves=20,
)


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


small = st.integers(1, 8)
sensible_ways = {
    "workers": one_or_more(small),
    "calls": one_or_more(small),
    "mode": one_or_more(st.sampled_from([*MODES])),
    "start_method": one_or_more(st.sampled_from(START_METHODS)),
    "python": one_or_more(st.sampled_from(["current", "3.13", 3.13, "pypy3.11"])),
    "gil": one_or_more(st.sampled_from(["on", "off"])),
    "affinity": one_or_more(st.sampled_from(["any", "compact", "spread", "0-3", 1, [0, 1]])),
    "barrier": one_or_more(st.booleans()),
    "warmup_calls": one_or_more(small),
    "env": one_or_more(st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["x", 1, 0.5, True]))),
}
sensible_axes = st.fixed_dictionaries(
    {"workload": st.just("cpu_bound"), "NUM": one_or_more(small)}, optional=sensible_ways
)
sensible_grids = st.fixed_dictionaries(
    {"matrix": sensible_axes},
    optional={
        "name": st.sampled_from(["a", "b-1", None]),
        "exclude": st.lists(st.fixed_dictionaries({"NUM": one_or_more(small)}, optional=sensible_ways), max_size=2),
        "include": st.lists(sensible_axes, max_size=2),
        "repeats": small,
        "warmup": small,
        "timeout": small | st.floats(0.5, 1e6),
        "seed": st.none() | st.integers(0, 2**63 - 1),
    },
)


@st.composite
def damaged_grids(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a sensible grid of which up to two values, anywhere, are replaced by something else."""
    whole = draw(sensible_grids)
    parts = [whole, whole["matrix"], *whole.get("exclude", []), *whole.get("include", [])]
    for _ in range(draw(st.integers(0, 2))):
        draw(st.sampled_from(parts))[draw(keys)] = draw(scalars | structures)
    return whole


texts = (
    st.text(max_size=60)
    | structures.map(lambda value: yaml.safe_dump(value, allow_unicode=True))
    | damaged_grids().map(json.dumps)
)


def grid(text: str) -> Grid:
    return parse_grid("grid.yaml", text)


def refused(text: str) -> GridProblems:
    with pytest.raises(GridProblems) as raised:
        parse_grid("grid.yaml", text)
    return raised.value


def places(error: GridProblems) -> list[tuple[int | None, str]]:
    return [(problem.line, dotted(problem.location)) for problem in error.problems]


def axis_of(matrix: dict[str, Any], axis: str) -> tuple[Any, ...]:
    return getattr(grid(json.dumps({"matrix": matrix})).spec.matrix, axis)


def reads(text: str) -> bool:
    try:
        return isinstance(grid(text), Grid)
    except BadInput:
        return False


def matrix_or_message(text: str) -> Matrix | str:
    try:
        read = grid(text)
        words = {word for _, axes in read.places for word in axes.python}
        anything = {name: Workload(name, {}, TAKES_NOTHING, takes_any=True) for name in read.own_functions}
        return expand(read, Setting(dict.fromkeys([CURRENT, *words], PLATFORM), {PLATFORM.python: anything}))
    except BadInput as error:
        return str(error)


class TestReading:
    def test_a_whole_grid_file_becomes_values(self) -> None:
        spec = grid(WHOLE).spec
        assert spec.matrix.given() == {
            "workload": ("cpu_bound", "io_bound"),
            "NUM": (1_000_000, 4_000_000),
            "TIME": (0.1,),
            "workers": (1, 2, 4),
            "calls": (4, 8),
            "mode": ("sequential", "threading", "multiprocessing"),
            "start_method": ("fork", "spawn", "forkserver"),
        }
        assert [rule.given() for rule in spec.exclude] == [
            {"workers": (4,), "mode": ("threading",)},
            {"NUM": (1_000_000,), "start_method": ("spawn", "forkserver")},
        ]
        assert [added.given() for added in spec.include] == [
            {"workload": ("cpu_bound",), "NUM": (10,), "workers": (2,), "mode": ("threading",)}
        ]
        assert (spec.repeats, spec.warmup, spec.timeout, spec.seed) == (4, 0, 120.0, 7)

    def test_what_is_absent_has_its_default(self) -> None:
        spec = grid(CPU).spec
        assert (spec.repeats, spec.warmup, spec.timeout, spec.seed) == (10, 1, 300.0, None)
        assert (spec.exclude, spec.include) == ((), ())
        assert spec.matrix.given() == {"workload": ("cpu_bound",), "NUM": (10,)}

    @pytest.mark.parametrize(("axis", "values"), TWO_OF_EACH.items())
    def test_every_axis_takes_a_list_of_values(self, axis: str, values: list[Any]) -> None:
        assert axis_of({**ANYTHING, axis: values}, axis) == tuple(values)

    @pytest.mark.parametrize(("axis", "values"), TWO_OF_EACH.items())
    def test_every_axis_takes_a_value_as_if_it_were_a_list_of_one(self, axis: str, values: list[Any]) -> None:
        work = CPU_ONLY if axis == "workload" else ANYTHING
        one = values[0]
        assert axis_of({**work, axis: one}, axis) == axis_of({**work, axis: [one]}, axis) == (one,)

    @pytest.mark.parametrize(("axis", "values"), TWO_OF_EACH.items())
    def test_every_axis_can_stand_in_a_rule(self, axis: str, values: list[Any]) -> None:
        text = json.dumps({"matrix": CPU_ONLY, "exclude": [{axis: values}, {axis: values[0]}]})
        assert [rule.given() for rule in grid(text).spec.exclude] == [{axis: tuple(values)}, {axis: (values[0],)}]

    def test_no_axis_is_forgotten_above(self) -> None:
        assert list(TWO_OF_EACH) == list(Axes.model_fields)

    @pytest.mark.parametrize(
        ("text", "number"),
        [("1e6", 1_000_000), ("1_000_000", 1_000_000), ("2.0", 2), ("-0", 0), (f"{2**63 - 1}", 2**63 - 1)],
    )
    def test_a_whole_number_may_be_written_in_several_ways(self, text: str, number: int) -> None:
        (value,) = grid(f"matrix:\n  workload: cpu_bound\n  NUM: {text}\n").spec.matrix.NUM
        assert (value, type(value)) == (number, int)

    @pytest.mark.parametrize(("text", "seconds"), [("10", 10.0), ("0", 0.0), ("1e-3", 0.001), (".5", 0.5)])
    def test_seconds_may_be_whole_or_not(self, text: str, seconds: float) -> None:
        (value,) = grid(f"matrix:\n  workload: io_bound\n  TIME: {text}\n").spec.matrix.TIME
        assert (value, type(value)) == (seconds, float)

    @pytest.mark.parametrize("name", ["x", "gil-study", "'7'", "a.b_c-D", "x" * 64])
    def test_a_name_is_a_slug(self, name: str) -> None:
        assert grid(f"name: {name}\n{CPU}").name == name.strip("'")

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("grid.yaml", "grid"),
            ("studies/my study.yaml", "my-study"),
            ("/tmp/été (2).yml", "t-2"),
            ("a.b.yaml", "a.b"),
            ("_x_.yaml", "x"),
            ("中文.yaml", "sweep"),
            ("...", "sweep"),
            ("x" * 100 + ".yaml", "x" * 64),
            ("/dev/stdin", "stdin"),
        ],
    )
    def test_a_sweep_without_name_is_named_after_its_file(self, path: str, name: str) -> None:
        assert parse_grid(path, CPU).name == name
        assert parse_grid(path, f"name: {name}\n{CPU}").name == name

    def test_a_grid_knows_its_text_and_the_fingerprint_of_it(self) -> None:
        read = grid(CPU)
        assert read.source.text == CPU
        assert read.text_sha256 == hashlib.sha256(CPU.encode()).hexdigest()
        assert read.text_sha256 != grid(CPU + "# changed\n").text_sha256

    def test_a_grid_cannot_be_changed_once_it_is_read(self) -> None:
        spec = grid(CPU).spec
        with pytest.raises(ValueError, match="frozen"):
            spec.repeats = 7  # type: ignore[misc]

    @pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
    def test_every_shipped_grid_can_be_read_and_multiplied_out(self, file: Path) -> None:
        assert isinstance(matrix_or_message(file.read_text(encoding="utf-8")), Matrix)

    def test_the_starter_grid_can_be_read_and_multiplied_out(self, grid_file: Any) -> None:
        assert expand(read_grid(grid_file(STARTER.format(path="grid.yaml"))), SETTING).cases

    def test_the_study_has_its_six_cases_at_its_own_sizes(self) -> None:
        cases = expand(read_grid(str(ROOT / "examples" / "study.yaml")), SETTING).cases
        assert sorted(map(str, cases)) == sorted(
            f"{work} {way}"
            for work in ("cpu_bound(NUM=240_000_000)", "io_bound(TIME=10)")
            for way in ("sequential ×1, 2 calls", "threading ×2", "multiprocessing/fork ×2")
        )

    def test_a_problem_names_the_file_that_was_read(self, grid_file: Any) -> None:
        with pytest.raises(BadInput, match=r"^odd\.yaml:1: repeat: unknown key; did you mean 'repeats'\?$"):
            read_grid(grid_file(f"repeat: 2\n{CPU}", "odd.yaml"))


class TestRefusing:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("true", "expected a whole number, got true"),
            ("'10'", "expected a whole number, got '10'"),
            ("ten", "expected a whole number, got 'ten'"),
            ("1:30", "expected a whole number, got '1:30'"),
            ("010", "expected a whole number, got '010'"),
            ("on", "expected a whole number, got 'on'"),
            ("1.5", "expected a whole number, got 1.5"),
            (".nan", "expected a whole number, got nan"),
            ("-.inf", "expected a whole number, got -inf"),
            ("1e400", "expected a whole number, got inf"),
            ("{a: 1}", "expected a whole number, got {'a': 1}"),
            ("-1", "expected at least 0, got -1"),
            ("9223372036854775808", "expected at most 9223372036854775807, got 9223372036854775808"),
            ("1e300", "expected at most 9223372036854775807, got 1000"),
            ("1" + "0" * 400, "(401 characters)"),
            ("1" + "0" * 5000, "cannot be read as a number"),
            ("", "expected a value or a list of values, got nothing"),
            ("~", "expected a value or a list of values, got nothing"),
            ("[]", "expected a value or a list of values, got []"),
        ],
    )
    def test_what_is_no_whole_number_is_refused_at_its_line(self, value: str, expected: str) -> None:
        error = refused(f"matrix:\n  workload: cpu_bound\n  NUM: {value}\n")
        assert places(error) == [(3, "matrix.NUM")]
        assert expected in error.problems[0].message

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("true", "expected a number, got true"),
            ("'1'", "expected a number, got '1'"),
            ("[[1]]", "expected a number, got [1]"),
            (".nan", "expected a finite number, got nan"),
            (".inf", "expected a finite number, got inf"),
            ("1e400", "expected a finite number, got inf"),
            ("-0.1", "expected at least 0.0, got -0.1"),
            ("1e10", "expected at most 1000000000"),
            ("1" + "0" * 30, "expected at most 1000000000"),
            ("1" + "0" * 400, "(401 characters)"),
            ("1" + "0" * 5000, "cannot be read as a number"),
        ],
    )
    def test_what_is_no_time_in_seconds_is_refused_at_its_line(self, value: str, expected: str) -> None:
        error = refused(f"matrix:\n  workload: io_bound\n  TIME: {value}\n")
        assert [line for line, _ in places(error)] == [3]
        assert expected in error.problems[0].message

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("name", "''", "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "a b", "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "-a", "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "../a", "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", '"a\\n"', "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "é", "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "x" * 65, "up to 64 letters, digits, dots, underscores and hyphens"),
            ("name", "[a]", "expected text, got ['a']"),
            ("name", "7", "expected text, got 7"),
            ("matrix", "~", "expected keys with values, got nothing"),
            ("matrix", "7", "expected keys with values, got 7"),
            ("matrix", "[a]", "expected keys with values, got ['a']"),
            ("exclude", "{mode: threading}", "expected a list"),
            ("exclude", "~", "expected a list, got nothing"),
            ("include", "word", "expected a list, got 'word'"),
            ("repeats", "0", "expected at least 1, got 0"),
            ("repeats", "1e9", "expected at most 100000, got 1000000000"),
            ("repeats", "true", "expected a whole number, got true"),
            ("repeats", "~", "expected a whole number, got nothing"),
            ("repeats", "[1]", "expected a whole number, got [1]"),
            ("warmup", "-1", "expected at least 0, got -1"),
            ("warmup", "'1'", "expected a whole number, got '1'"),
            ("warmup", "100001", "expected at most 100000, got 100001"),
            ("timeout", "0", "expected more than 0.0, got 0"),
            ("timeout", "-5", "expected more than 0.0, got -5"),
            ("timeout", ".inf", "expected a finite number, got inf"),
            ("timeout", ".nan", "expected a finite number, got nan"),
            ("timeout", "2m", "expected a number, got '2m'"),
            ("timeout", "1:30", "expected a number, got '1:30'"),
            ("timeout", "true", "expected a number, got true"),
            ("seed", "-1", "expected at least 0, got -1"),
            ("seed", "x", "expected a whole number, got 'x'"),
            ("seed", "0.5", "expected a whole number, got 0.5"),
            ("seed", "9223372036854775808", "expected at most 9223372036854775807, got 9223372036854775808"),
        ],
    )
    def test_a_value_that_a_key_cannot_have_is_refused_at_its_line(self, key: str, value: str, expected: str) -> None:
        above = "# a comment\n" if key == "matrix" else f"{CPU}# a comment\n"
        error = refused(f"{above}{key}: {value}\n")
        assert places(error) == [(above.count("\n") + 1, key)]
        assert expected in error.problems[0].message

    @pytest.mark.parametrize(
        ("axis", "value", "expected"),
        [
            ("workers", "0", "expected at least 1, got 0"),
            ("workers", "10001", "expected at most 10000, got 10001"),
            ("workers", "true", "expected a whole number, got true"),
            ("calls", "0", "expected at least 1, got 0"),
            ("calls", "100001", "expected at most 100000, got 100001"),
            ("mode", "treading", "did you mean 'threading'?"),
            ("mode", "Threading", "did you mean 'threading'?"),
            ("mode", "parallel", "'process_pool', 'interpreter_pool' or 'asyncio', got 'parallel'"),
            ("mode", "threadpool", "did you mean 'thread_pool'?"),
            ("mode", "on", "got 'on'"),
            ("mode", "true", "got true"),
            ("start_method", "Fork", "did you mean 'fork'?"),
            ("start_method", "fork_server", "did you mean 'forkserver'?"),
            ("workload", "cpu-bound", "did you mean 'cpu_bound'?"),
            ("workload", "7", "crashing or path/to/file.py:function, got 7"),
        ],
    )
    def test_a_value_that_an_axis_cannot_have_is_refused_wherever_the_axis_stands(
        self, axis: str, value: str, expected: str
    ) -> None:
        error = refused(
            f"exclude:\n- {axis}: {value}\n- {{{axis}: [{value}]}}\n"
            f"include:\n- workload: [cpu_bound]\n  NUM: 1\n  {axis}: {value}\n{CPU}"
            if axis != "workload"
            else f"exclude:\n- {axis}: {value}\n- {{{axis}: [{value}]}}\ninclude:\n\n\n- {axis}: {value}\n{CPU}"
        )
        assert places(error) == [(2, f"exclude[0].{axis}"), (3, f"exclude[1].{axis}[0]"), (7, f"include[0].{axis}")]
        assert all(expected in problem.message for problem in error.problems)

    def test_the_item_of_a_list_that_is_wrong_is_named_with_its_own_line(self) -> None:
        error = refused("matrix:\n  workload: cpu_bound\n  NUM:\n    - 1\n    - two\n    - 3\n    - -4\n")
        assert places(error) == [(5, "matrix.NUM[1]"), (7, "matrix.NUM[3]")]

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            (f"{CPU}  wokers: 2\n", (4, "matrix.wokers"), "unknown key; did you mean 'workers'?"),
            (f"{CPU}  num: 2\n", (4, "matrix.num"), "unknown key; did you mean 'NUM'?"),
            (f"{CPU}  WORKERS: 2\n", (4, "matrix.WORKERS"), "unknown key; did you mean 'workers'?"),
            (f"{CPU}  modes: threading\n", (4, "matrix.modes"), "unknown key; did you mean 'mode'?"),
            (f"{CPU}repeat: 2\n", (4, "repeat"), "unknown key; did you mean 'repeats'?"),
            (f"{CPU}Timeout: 2\n", (4, "Timeout"), "unknown key; did you mean 'timeout'?"),
            (f"{CPU}workers: 2\n", (4, "workers"), "unknown key; the axis 'workers' belongs below 'matrix'"),
            (f"{CPU}start-method: fork\n", (4, "start-method"), "the axis 'start_method' belongs below 'matrix'"),
            (f"{CPU}exclude:\n- wokers: 2\n", (5, "exclude[0].wokers"), "unknown key; did you mean 'workers'?"),
            (f"{CPU}include:\n- {{workload: cpu_bound, NUM: 1, n: 2}}\n", (5, "include[0].n"), "unknown key"),
            (f"{CPU}  zzz: 2\n", (4, "matrix.zzz"), "unknown key; below matrix there can be workload, NUM, TIME"),
            (f"{CPU}zzz: 2\n", (4, "zzz"), "unknown key; there can be name, matrix, exclude, include, env, repeats"),
            (f"{CPU}1: 2\n", (4, "1"), "unknown key"),
        ],
    )
    def test_an_unknown_key_is_refused_with_the_nearest_right_word(
        self, text: str, place: tuple[int, str], message: str
    ) -> None:
        error = refused(text)
        assert places(error) == [place]
        assert message in error.problems[0].message

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            ("repeats: 2\n", (1, "matrix"), "is required and is not given"),
            ("matrix: {}\n", (1, "matrix.workload"), "is required and is not given"),
            ("matrix:\n  NUM: 1\n", (1, "matrix.workload"), "is required and is not given"),
            (f"{CPU}include:\n- NUM: 1\n", (5, "include[0].workload"), "is required and is not given"),
            ("\nmatrix:\n  workload: cpu_bound\n", (2, "matrix"), "cpu_bound needs the axis NUM, and it is not given"),
            (f"{CPU}include:\n- workload: io_bound\n", (5, "include[0]"), "io_bound needs the axis TIME"),
            (f"{CPU}  TIME: 1\n", (4, "matrix.TIME"), "no workload here takes TIME; there is cpu_bound"),
            (
                f"{CPU}include:\n- workload: io_bound\n  TIME: 1\n  NUM: 1\n",
                (7, "include[0].NUM"),
                "no workload here takes NUM; there is io_bound",
            ),
            (f"{CPU}exclude:\n- mode: threading\n- {{}}\n", (6, "exclude[1]"), "an empty rule would drop every case"),
            (f"{CPU}exclude: [~]\n", (4, "exclude[0]"), "expected keys with values, got nothing"),
            (f"{CPU}exclude:\n- mode: []\n", (5, "exclude[0].mode"), "expected a value or a list of values, got []"),
            (f"{CPU}exclude:\n- mode:\n", (5, "exclude[0].mode"), "expected a value or a list of values, got nothing"),
            (f"{CPU}  workers: []\n", (4, "matrix.workers"), "expected a value or a list of values, got []"),
            (f"{CPU}  mode: [[]]\n", (4, "matrix.mode[0]"), "got []"),
            ("- a\n- b\n", (1, ""), "expected keys and values, such as `matrix:`"),
            ("just words\n", (1, ""), "expected keys and values, such as `matrix:`"),
            ("# nothing but a comment\n", (1, ""), "expected keys and values, such as `matrix:`"),
            ("", (1, ""), "expected keys and values, such as `matrix:`"),
            (f"{CPU}seed: 1\nseed: 2\n", (5, "seed"), "this key is given twice"),
            (f"exclude: [&b {{NUM: 3}}]\n{CPU}  <<: *b\n", (5, "matrix.<<"), "merge keys (<<) are not supported"),
            ("matrix: [\n", (2, ""), "not valid YAML"),
        ],
    )
    def test_what_is_missing_or_means_nothing_is_refused_with_the_place(
        self, text: str, place: tuple[int, str], message: str
    ) -> None:
        error = refused(text)
        assert places(error) == [place]
        assert message in error.problems[0].message

    def test_every_problem_is_told_at_once_in_the_order_of_the_file(self) -> None:
        error = refused(
            "repeat: 2\n"
            "matrix:\n"
            "  workload: [cpu_bound, cpu-bound]\n"
            "  NUM: ten\n"
            "  wokers: [1, 2]\n"
            "  mode: []\n"
            "exclude:\n"
            "  - start_method: span\n"
            "warmup: true\n"
        )
        methods = "'fork', 'spawn' or 'forkserver'"
        assert str(error).splitlines() == [
            "grid.yaml:1: repeat: unknown key; did you mean 'repeats'?",
            "grid.yaml:3: matrix.workload[1]: expected a workload, got 'cpu-bound'; did you mean 'cpu_bound'?",
            "grid.yaml:4: matrix.NUM: expected a whole number, got 'ten'",
            "grid.yaml:5: matrix.wokers: unknown key; did you mean 'workers'?",
            "grid.yaml:6: matrix.mode: expected a value or a list of values, got []",
            f"grid.yaml:8: exclude[0].start_method: expected {methods}, got 'span'; did you mean 'spawn'?",
            "grid.yaml:9: warmup: expected a whole number, got true",
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param(
                f"{CPU}  TIME: 1\nrepeats: 0\n",
                [(4, "matrix.TIME"), (5, "repeats")],
                id="a parameter that no workload takes and a wrong value",
            ),
            pytest.param(
                f"{CPU}exclude: [{{}}]\nrepeat: 1\n",
                [(4, "exclude[0]"), (5, "repeat")],
                id="an empty rule and an unknown key",
            ),
            pytest.param(
                f"{CPU}seed: 1\nseed: 2\nrepeats: 0\n",
                [(5, "seed"), (6, "repeats")],
                id="a key twice and a wrong value",
            ),
        ],
    )
    def test_problems_of_different_kinds_are_told_at_once_too(self, text: str, expected: list) -> None:
        assert places(refused(text)) == expected

    def test_of_very_many_problems_the_first_are_shown_and_all_are_kept(self) -> None:
        error = refused(f"{CPU}exclude:\n" + "- mode: x\n" * (SHOWN_AT_MOST + 10))
        assert len(error.problems) == SHOWN_AT_MOST + 10
        assert len(str(error).splitlines()) == SHOWN_AT_MOST + 1
        assert str(error).splitlines()[-1] == "… and 10 more"

    @pytest.mark.parametrize(
        "text",
        [
            f'{CPU}"\\e[31mred": 1\n',
            f'{CPU}"two\\nlines": 1\n',
            f'{CPU}"\\ud800": 1\n',
            f'{CPU}name: "\\e[31mred"\n',
            f'{CPU}name: "\\ud800"\n',
            f"{CPU}exclude:\n- 'mode\x85x': 1\n",
            f"{CPU}name: {'x' * 5000}\n",
            f"{CPU}? {'x' * 5000}\n: 1\n",
        ],
    )
    def test_a_message_is_one_short_printable_line_whatever_stands_in_the_file(self, text: str) -> None:
        message = str(refused(text))
        assert message.isprintable()
        assert len(message) < 400

    @pytest.mark.parametrize(
        "text",
        [f'{CPU}name: "\\ud800"\n', f"{CPU}timeout: 1{'0' * 400}\n", f'{CPU}"\\ud800": 1\n', f"{CPU}seed: [[]]\n"],
    )
    def test_a_message_is_in_words_of_this_program(self, text: str) -> None:
        assert "Input should" not in str(refused(text))


class TestSchema:
    VALIDATOR = jsonschema.Draft202012Validator(json_schema())

    def accepts(self, text: str) -> bool:
        return self.VALIDATOR.is_valid(parse("grid.yaml", text).value)

    def test_it_is_a_json_schema_of_the_dialect_that_it_names(self) -> None:
        jsonschema.Draft202012Validator.check_schema(json_schema())
        assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def test_it_survives_json(self) -> None:
        assert json.loads(json.dumps(json_schema(), allow_nan=False)) == json_schema()

    @pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
    def test_it_accepts_every_shipped_grid(self, file: Path) -> None:
        assert self.accepts(file.read_text(encoding="utf-8"))

    @pytest.mark.parametrize("text", [WHOLE, CPU, STARTER.format(path="grid.yaml"), f"{CPU}name: ~\nseed: ~\n"])
    def test_it_accepts_what_the_reader_accepts(self, text: str) -> None:
        assert grid(text)
        assert self.accepts(text)

    @pytest.mark.parametrize(
        "text",
        [
            "[]\n",
            "repeats: 2\n",
            "matrix: ~\n",
            "matrix: {}\n",
            "matrix: {NUM: 1}\n",
            "matrix: [cpu_bound]\n",
            "matrix: {workload: [], NUM: 1}\n",
            "matrix: {workload: ~, NUM: 1}\n",
            "matrix: {workload: nothing, NUM: 1}\n",
            "matrix: {workload: [cpu_bound, nothing], NUM: 1}\n",
            f"{CPU}  workers: 0\n",
            f"{CPU}  workers: [1, 0]\n",
            f"{CPU}  workers: 10001\n",
            f"{CPU}  workers: true\n",
            f"{CPU}  workers: '2'\n",
            f"{CPU}  workers: 1.5\n",
            f"{CPU}  workers: []\n",
            f"{CPU}  workers: [[1]]\n",
            f"{CPU}  workers: ~\n",
            f"{CPU}  calls: 0\n",
            f"{CPU}  mode: parallel\n",
            f"{CPU}  mode: [threading, parallel]\n",
            f"{CPU}  start_method: Fork\n",
            f"{CPU}  start_method: {{fork: 1}}\n",
            "matrix: {workload: cpu_bound, NUM: -1}\n",
            "matrix: {workload: cpu_bound, NUM: 9223372036854775808}\n",
            "matrix: {workload: io_bound, TIME: -0.5}\n",
            "matrix: {workload: io_bound, TIME: 1e10}\n",
            "matrix: {workload: io_bound, TIME: '1'}\n",
            f"{CPU}exclude: {{mode: threading}}\n",
            f"{CPU}exclude: ~\n",
            f"{CPU}exclude: [~]\n",
            f"{CPU}exclude: [{{}}]\n",
            f"{CPU}exclude: [{{mode: []}}]\n",
            f"{CPU}include: [{{NUM: 1}}]\n",
            f"{CPU}name: ''\n",
            f"{CPU}name: a b\n",
            f"{CPU}name: 7\n",
            f"{CPU}repeats: 0\n",
            f"{CPU}repeats: ~\n",
            f"{CPU}repeats: true\n",
            f"{CPU}warmup: -1\n",
            f"{CPU}timeout: 0\n",
            f"{CPU}timeout: '60'\n",
            f"{CPU}seed: -1\n",
            f"{CPU}seed: 0.5\n",
            f"{CPU}repeat: 2\n",
            f"{CPU}workers: 2\n",
        ],
    )
    def test_it_refuses_the_shapes_that_the_reader_refuses(self, text: str) -> None:
        with pytest.raises(BadInput):
            grid(text)
        assert not self.accepts(text)

    @pytest.mark.parametrize(
        "text",
        [
            f"{CPU}  wokers: 1\n",
            f"{CPU}exclude: [{{modes: threading}}]\n",
            f"{CPU}include: [{{workload: cpu_bound, NUM: 1, n: 2}}]\n",
        ],
    )
    def test_an_axis_of_any_name_may_be_a_parameter_for_all_that_an_editor_knows(self, text: str) -> None:
        assert self.accepts(text)
        with pytest.raises(BadInput):
            grid(text)
        assert grid(text.replace("workload: cpu_bound", "workload: own.py:function"))

    @pytest.mark.parametrize(
        "line",
        [
            "python: 3.10",
            "python: [3.9, 3.14t, current, ../venv/bin/python]",
            "affinity: [0, 1]",
            "affinity: [any, compact, [0, 1], [2], '0-3']",
            "affinity: 0",
            "env: {OMP_NUM_THREADS: 1, DEBUG: true, NAME: text}",
            "env: [{THREADS: 1}, {THREADS: 2}]",
            "gil: [on, off]",
            "barrier: true",
        ],
    )
    def test_it_accepts_the_conditions_as_they_are_written(self, line: str) -> None:
        text = f"{CPU}  {line}\nenv: {{OMP_NUM_THREADS: 1}}\n"
        assert grid(text)
        assert self.accepts(text)

    @given(damaged_grids())
    @thoroughly
    def test_what_the_reader_accepts_it_accepts_too(self, value: dict[str, Any]) -> None:
        text = json.dumps(value)
        assert self.accepts(text) or not reads(text)

    def test_a_default_is_a_value_that_a_file_may_give(self) -> None:
        defaults = {
            key: of["default"] for key, of in json_schema()["properties"].items() if of.get("default") is not None
        }
        assert defaults == {"repeats": 10, "warmup": 1, "timeout": 300.0}
        assert not any("default" in axis for axis in json_schema()["$defs"]["Axes"]["properties"].values())

    def test_every_key_is_described(self) -> None:
        described = {**json_schema()["properties"], **json_schema()["$defs"]["Axes"]["properties"]}
        assert [key for key, value in described.items() if not value.get("description")] == []


class TestWorkloads:
    @pytest.mark.parametrize("workload", WORKLOADS)
    def test_each_parameter_of_a_workload_is_an_axis(self, workload: str) -> None:
        assert builtin(workload).parameters
        assert set(builtin(workload).parameters) <= set(Rule.model_fields)

    def test_each_axis_in_capitals_is_a_parameter_of_a_workload(self) -> None:
        taken = {name for workload in WORKLOADS for name in builtin(workload).parameters}
        assert {axis for axis in Axes.model_fields if axis.isupper()} == taken

    @pytest.mark.parametrize("workload", WORKLOADS)
    def test_an_axis_has_the_type_of_the_parameter(self, workload: str) -> None:
        properties = json_schema()["$defs"]["Axes"]["properties"]
        types = {int: "integer", float: "number"}
        taken = inspect.signature(load(workload)).parameters
        for name in builtin(workload).parameters:
            assert properties[name]["anyOf"][0]["type"] == types[taken[name].annotation]


@given(sensible_grids)
@thoroughly
def test_every_sensible_grid_is_a_grid(value: dict[str, Any]) -> None:
    assert reads(json.dumps(value))


@given(texts)
@thoroughly
def test_any_text_is_either_a_grid_or_bad_input(text: str) -> None:
    answer = matrix_or_message(text)
    assert isinstance(answer, Matrix) or answer.startswith("grid.yaml")


@given(st.sampled_from(WHOLE.splitlines()), st.sampled_from(" :[],{}-"), st.text(max_size=5))
@thoroughly
def test_a_whole_grid_with_any_line_damaged_is_either_a_grid_or_bad_input(line: str, middle: str, noise: str) -> None:
    answer = matrix_or_message(WHOLE.replace(line, noise.join(line.partition(middle)), 1))
    assert isinstance(answer, Matrix) or answer.startswith("grid.yaml")
