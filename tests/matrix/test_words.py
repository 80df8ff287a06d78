"""A matrix from words: `runner quick`, and words in place of the axes of a file."""

import io
import sys

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from runner.errors import BadInput
from runner.matrix.grid import grid_of_words, parse_grid, read_grid
from runner.matrix.overrides import given
from runner.matrix.source import parse
from runner.matrix.writing import grid_text

FILE = "matrix: {workload: cpu_bound, NUM: 10, workers: [1, 2]}\nrepeats: 3\n"


def test_words_spell_a_grid_with_the_same_values_as_a_file():
    words = ["NUM=1_000,2e3", "workers=1,2", "mode=threading", "python=3.10", "env={A: 1},{B: x y}", "barrier=true"]
    spec = grid_of_words("cpu_bound", given({}, words)).spec
    assert spec.matrix.given() == {
        "workload": ("cpu_bound",),
        "NUM": (1000, 2000),
        "workers": (1, 2),
        "mode": ("threading",),
        "python": ("3.10",),
        "barrier": (True,),
        "env": ({"A": "1"}, {"B": "x y"}),
    }
    assert (spec.name, spec.repeats) == ("cpu_bound", 1)
    assert (spec.until.precision, spec.until.budget, spec.until.blocks) == (0.05, 60.0, 80)


def test_the_text_of_the_words_is_a_grid_file_that_means_the_same():
    words = ["lines=2000,20000", "mode=threading,process_pool", 'text="1e3",a b', "python=3.10"]
    grid = grid_of_words("parsing.py:parse", given({"precision": "2%", "seed": 3}, words))
    assert grid.source.text == (
        '# runner quick parsing.py:parse lines=2000,20000 mode=threading,process_pool text="1e3",a b python=3.10 '
        "--precision 2% --seed 3\n"
        "name: parse\n"
        "matrix:\n"
        "  workload: parsing.py:parse\n"
        "  lines: [2000, 20000]\n"
        "  mode: [threading, process_pool]\n"
        '  text: ["1e3", "a b"]\n'
        '  python: ["3.10"]\n'
        "repeats: 1\n"
        "until: {precision: 2%, budget: 1m}\n"
        "seed: 3\n"
    )
    assert parse_grid("quick", grid.source.text).spec == grid.spec


def test_words_take_the_place_of_axes_of_a_file_and_add_others():
    grid = parse_grid("grid.yaml", FILE, given({"repeats": 2}, ["NUM=5", "mode=threading"]))
    assert grid.spec.matrix.given() == {
        "workload": ("cpu_bound",),
        "NUM": (5,),
        "workers": (1, 2),
        "mode": ("threading",),
    }
    assert grid.spec.repeats == 2
    assert grid.text_sha256 != parse_grid("grid.yaml", FILE).text_sha256
    assert parse_grid("grid.yaml", grid.source.text).spec == grid.spec


@pytest.mark.parametrize(
    ("text", "found"),
    [(FILE, "sweep"), (FILE + "name: mine\n", "mine")],
)
def test_a_dash_is_stdin(monkeypatch, text, found):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    grid = read_grid("-", given({}, ["NUM=5"]))
    assert (grid.name, grid.spec.matrix.NUM) == (found, (5,))


@pytest.mark.parametrize("stdin", [None, io.TextIOWrapper(io.BytesIO(b""))], ids=["closed", "empty"])
def test_stdin_without_anything_is_no_grid(monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(BadInput, match="-: the file is empty"):
        read_grid("-")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["workers"], "'workers': expected an axis with its values, such as workers=1,2,4."),
        (["=1"], "'=1': expected an axis with its values, such as workers=1,2,4."),
        (["a b=1"], "'a b=1': expected an axis with its values, such as workers=1,2,4."),
        (["workers=[1"], "'workers=[1': expected values with commas between them, such as workers=1,2."),
        (["workers=1]\nrepeats: [3"], "'workers=1]\\nrepeats: [3': expected values with commas between them"),
        (["workers=1", "workers=2"], "'workers=2': workers is given twice; put its values into one word"),
        (["workers=*x"], "'workers=*x': expected values with commas between them"),
        (["workers="], "quick: 'workers=': expected a value or a list of values, got []"),
        (["workers=0"], "quick: 'workers=0': expected at least 1, got 0"),
        (["wrkers=1"], "quick: 'wrkers=1': unknown key; did you mean 'workers'?"),
        (["mode=thread"], "quick: 'mode=thread': expected 'sequential', "),
    ],
)
def test_a_word_that_cannot_be_is_refused_by_its_own_name(words, message):
    with pytest.raises(BadInput) as error:
        grid_of_words("cpu_bound", given({}, ["NUM=5", *words]))
    assert str(error.value).startswith(message)


def test_a_function_that_is_not_known_and_an_option_that_cannot_be_are_named_at_once():
    with pytest.raises(BadInput) as error:
        grid_of_words("cpu_bond", given({"precision": "2"}, ["NUM=5"]))
    assert str(error.value).splitlines() == [
        "quick: cpu_bond: expected a workload, got 'cpu_bond'; did you mean 'cpu_bound'?",
        "quick: --precision: expected a share between 0 and 100 %, such as 2% or 0.02, got '2'",
    ]


ODD = ["1e3", "010", "yes", "no", "null", "~", "3.10", "a: b", "x #y", "- a", "2%", "10m", "f.py:g", "1:30", "", "True"]
printable = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(printable, max_size=9),
    st.sampled_from(ODD),
)


def test_what_the_function_lacks_is_said_of_the_function():
    with pytest.raises(BadInput) as error:
        grid_of_words("cpu_bound", given({}))
    assert str(error.value) == "quick: cpu_bound: cpu_bound needs the axis NUM, and it is not given"


values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@drawn(
    st.dictionaries(st.sampled_from(["NUM", "workers", "mode", "own"]), values, min_size=1),
    st.dictionaries(st.sampled_from(["seed", "until"]), values),
)
def test_what_is_written_is_read_as_the_same_values(axes, keys):
    file = {"matrix": axes, **keys}
    found = parse("grid.yaml", grid_text(file, "a comment\nof two lines"))
    assert found.problems == ()
    assert found.value == file
