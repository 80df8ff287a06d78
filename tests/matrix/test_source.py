"""The text of a grid file: reading it, its YAML, and the line of each value."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawn import thoroughly

from runner.errors import BadInput
from runner.matrix.problems import GridProblems, Problem
from runner.matrix.source import DEEPEST, LARGEST_FILE_BYTES, Source, parse, read_text

ascii_words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
plain_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ascii_words
)
plain_values = st.recursive(
    plain_scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_words, inner, max_size=4),
    max_leaves=12,
)
YAML_CHARACTERS = "ab01_.+~|>#*&[]{},?:'\"!-\\é \n\t\x85"
YAML_WORDS = ["1e6", "true", "&x ", "*x", "<<", "---", "...", "%YAML", ": ", "- ", ", ", "? ", "\n  ", "!x ", "\\U0011"]
YAML_TAGS = ["int", "float", "bool", "null", "str", "seq", "map", "set", "omap", "timestamp", "binary", "merge"]
yaml_pieces = (
    st.sampled_from(YAML_CHARACTERS) | st.sampled_from(YAML_WORDS) | st.sampled_from(YAML_TAGS).map("!!{} ".format)
)
yaml_like = st.lists(yaml_pieces, max_size=14).map("".join)


def read(text: str) -> Source:
    source = parse("grid.yaml", text)
    if source.problems:
        raise GridProblems(source.path, source.problems)
    return source


def value_of(text: str) -> Any:
    return read(text).value


def value_or_refusal(text: str) -> Any:
    try:
        return value_of(text)
    except BadInput:
        return "refused"


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(GridProblems) as raised:
        read(text)
    return raised.value.problems


def the_problem_of(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


class TestReading:
    def test_a_file_is_read_as_utf_8(self, own_folder: Path) -> None:
        (own_folder / "grid.yaml").write_bytes("name: x # été\n".encode())
        assert read_text("grid.yaml") == "name: x # été\n"

    def test_a_byte_order_mark_is_not_part_of_the_text(self, own_folder: Path) -> None:
        (own_folder / "grid.yaml").write_bytes(b"\xef\xbb\xbfname: x\n")
        assert read_text("grid.yaml") == "name: x\n"

    def test_a_missing_file_is_named_with_the_command_that_writes_one(self) -> None:
        with pytest.raises(BadInput, match=r"^nowhere\.yaml: there is no such file.*`runner init nowhere\.yaml`"):
            read_text("nowhere.yaml")

    def test_a_folder_is_no_grid_file(self, own_folder: Path) -> None:
        (own_folder / "grid.yaml").mkdir()
        with pytest.raises(BadInput, match=r"^grid\.yaml: this is a folder"):
            read_text("grid.yaml")

    def test_a_path_through_a_file_cannot_be_read(self, own_folder: Path) -> None:
        (own_folder / "file").touch()
        with pytest.raises(BadInput, match=r"^file/grid\.yaml: cannot be read: Not a directory"):
            read_text("file/grid.yaml")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_cannot_be_read(self, own_folder: Path) -> None:
        (own_folder / "grid.yaml").touch(mode=0)
        with pytest.raises(BadInput, match=r"^grid\.yaml: cannot be read: Permission denied"):
            read_text("grid.yaml")

    def test_a_path_that_no_file_can_have_cannot_be_read(self) -> None:
        with pytest.raises(BadInput, match="cannot be read"):
            read_text("grid\0.yaml")

    @pytest.mark.parametrize("text", ["", " \n\t\n"])
    def test_an_empty_file_is_refused_with_the_remedy(self, own_folder: Path, text: str) -> None:
        (own_folder / "grid.yaml").write_text(text)
        with pytest.raises(BadInput, match=r"^grid\.yaml: the file is empty.*`runner init`"):
            read_text("grid.yaml")

    def test_bytes_that_are_not_utf_8_are_refused_with_their_line(self, own_folder: Path) -> None:
        (own_folder / "grid.yaml").write_bytes(b"name: x\n\nseed: \xff\n")
        with pytest.raises(BadInput, match=r"^grid\.yaml:3: not UTF-8"):
            read_text("grid.yaml")

    def test_the_largest_file_is_read_and_one_byte_more_is_not(self, own_folder: Path) -> None:
        file = own_folder / "grid.yaml"
        file.write_bytes(b"#" * LARGEST_FILE_BYTES)
        assert len(read_text("grid.yaml")) == LARGEST_FILE_BYTES
        file.write_bytes(b"#" * (LARGEST_FILE_BYTES + 1))
        with pytest.raises(BadInput, match=r"^grid\.yaml: larger than 256 KiB"):
            read_text("grid.yaml")


class TestScalars:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("0", 0),
            ("-0", 0),
            ("+5", 5),
            ("-12", -12),
            ("1_000_000", 1_000_000),
            ("1e6", 1e6),
            ("1E+6", 1e6),
            ("-1.5e-3", -1.5e-3),
            (".5", 0.5),
            ("5.", 5.0),
            ("1_000.5", 1000.5),
            (".inf", math.inf),
            ("-.INF", -math.inf),
            ("1e400", math.inf),
            ("true", True),
            ("FALSE", False),
            ("~", None),
            ("null", None),
            ("", None),
        ],
    )
    def test_numbers_truth_values_and_nothing_are_those_of_yaml_1_2(self, text: str, expected: Any) -> None:
        value = value_of(f"key: {text}")["key"]
        assert (value, type(value)) == (expected, type(expected))

    def test_nan_is_a_number_of_yaml(self) -> None:
        assert math.isnan(value_of("key: .nan")["key"])

    @pytest.mark.parametrize(
        "text", ["on", "Off", "yes", "no", "y", "1:30", "1:30.5", "0b1", "010", "-007", "2001-01-01", "="]
    )
    def test_what_only_yaml_1_1_reads_as_something_else_stays_text(self, text: str) -> None:
        assert value_of(f"key: {text}") == {"key": text}

    @pytest.mark.parametrize("text", ["tRUE", "NULl", "nan", "inf", "1e", "e6", "+", "._.", "1.2.3", "1_000 ms", "ten"])
    def test_what_only_looks_like_a_value_stays_text(self, text: str) -> None:
        assert value_of(f"key: {text}") == {"key": text}

    @pytest.mark.parametrize("text", ["'10'", '"10"', "'true'", '"~"', "!!str 10", "|-\n  10", ">-\n  10"])
    def test_what_is_quoted_is_text(self, text: str) -> None:
        assert isinstance(value_of(f"key: {text}")["key"], str)

    def test_a_whole_number_is_read_exactly_or_not_as_a_number(self) -> None:
        digits = "09007199254740993"  # as a float, it would be 9007199254740992
        assert value_or_refusal(digits) in ("refused", digits, 9007199254740993)

    @pytest.mark.parametrize(
        ("text", "right"), [("!!int 010", (10, "010")), ("!!int 1:30", ("1:30",)), ("!!float 1:30", ("1:30",))]
    )
    def test_an_explicit_tag_does_not_bring_back_the_numbers_of_yaml_1_1(self, text: str, right: tuple) -> None:
        assert value_or_refusal(text) in ("refused", *right)

    @pytest.mark.parametrize("digits", [400, 4000])
    def test_a_number_of_many_digits_is_read_exactly(self, digits: int) -> None:
        assert value_of("1" + "0" * digits) == 10**digits

    def test_a_number_of_more_digits_than_python_converts_is_a_problem_at_its_line(self) -> None:
        problem = the_problem_of("name: x\nseed: 1" + "0" * 5000)
        assert (problem.line, problem.location) == (2, ("seed",))
        assert "cannot be read as a number" in problem.message
        assert len(problem.message) < 120

    @given(plain_values)
    @thoroughly
    def test_json_is_read_back_as_it_was_written(self, value: Any) -> None:
        assert value_of(json.dumps(value)) == value


class TestStructure:
    def test_every_value_remembers_the_line_of_its_key_or_item(self) -> None:
        source = parse("grid.yaml", "# a grid\nname: x\nmatrix:\n  NUM:\n    - 1\n    - 2\n  TIME: [1,\n    2]\n")
        assert source.lines == {
            (): 2,
            ("name",): 2,
            ("matrix",): 3,
            ("matrix", "NUM"): 4,
            ("matrix", "NUM", 0): 5,
            ("matrix", "NUM", 1): 6,
            ("matrix", "TIME"): 7,
            ("matrix", "TIME", 0): 7,
            ("matrix", "TIME", 1): 8,
        }

    def test_a_problem_is_placed_at_the_nearest_place_that_stands_in_the_file(self) -> None:
        source = parse("grid.yaml", "name: x\nmatrix:\n  NUM: 1\n")
        assert source.problem(("matrix", "NUM", 3, "deeper"), "m").line == 3
        assert source.problem(("matrix", "TIME"), "m").line == 2
        assert source.problem(("exclude", 0), "m").line == 1

    def test_a_file_of_comments_has_no_value(self) -> None:
        assert value_of("# nothing\n") is None

    @pytest.mark.parametrize(
        ("text", "location", "line"),
        [
            ("seed: 1\nname: x\nseed: 2\n", ("seed",), 3),
            ("matrix:\n  NUM: 1\n  NUM: 1\n", ("matrix", "NUM"), 3),
            ("include:\n  - {NUM: 1, NUM: 2}\n", ("include", 0, "NUM"), 2),
            ("a: 1\n'a': 2\n", ("a",), 2),
        ],
    )
    def test_a_key_given_twice_is_a_problem_at_the_second(self, text: str, location: tuple, line: int) -> None:
        assert the_problem_of(text) == Problem(location, "this key is given twice", line)

    def test_several_problems_are_found_at_once(self) -> None:
        found = problems_of("seed: 1\nseed: 2\nmatrix:\n  <<: {NUM: 1}\n  TIME: !odd 1\n  ? [a]\n  : 1\n")
        assert [problem.line for problem in found] == [2, 4, 5, 6]

    def test_merge_keys_are_refused_with_the_remedy(self) -> None:
        text = "base: &base {NUM: 1}\nmatrix:\n  <<: *base\n"
        problem = the_problem_of(text)
        assert problem.line == 3
        assert "write the keys out" in problem.message

    def test_an_alias_stands_for_what_its_anchor_names(self) -> None:
        assert value_of("a: &few [1, 2]\nb: *few\n") == {"a": [1, 2], "b": [1, 2]}

    def test_anchors_that_explode_are_refused(self) -> None:
        levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 6)]
        assert "more than 100,000 values" in the_problem_of("\n".join(levels)).message

    @pytest.mark.parametrize("text", ["a: &a [*a]", "&a {a: *a}", "&a [*a, *a, *a]", "a: &a {b: &b [*a, *b]}"])
    def test_an_anchor_that_holds_itself_is_refused(self, text: str) -> None:
        assert "do its anchors refer to each other?" in the_problem_of(text).message

    def test_the_deepest_nesting_is_read_and_one_level_more_is_not(self) -> None:
        assert value_of("[" * DEEPEST + "]" * DEEPEST)
        assert f"{DEEPEST} levels" in the_problem_of("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)).message

    @pytest.mark.parametrize("text", ["[" * 600, "{a: " * 20_000, "- " * 20_000, "[" * 600 + "]" * 600])
    def test_nesting_far_too_deep_is_refused(self, text: str) -> None:
        assert "nested too deeply" in the_problem_of(text).message

    @pytest.mark.parametrize("character", ["\0", "\a", "\x1b", "\x7f", "\x80", "\ufffe"])
    def test_a_control_character_is_refused_at_its_line(self, character: str) -> None:
        with pytest.raises(BadInput, match=r"^grid\.yaml:3: holds a control character"):
            parse("grid.yaml", f"name: x\nmatrix:\n  NUM: {character}1\n")

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("name: x\nmatrix: [1, 2\nseed: 7\n", 3),
            ("name: x\n\tseed: 7\n", 2),
            ("name: 'x\n", 2),
            ("name: x\n seed: 7\n", 2),
            ("seed: *nowhere\n", 1),
            ("name: x\n---\nname: y\n", 2),
            ("%NOPE\nname: x\nname: @x\n", 2),
            ("name: !<> x\n", 1),
            ("name: !u!x x\n", 1),
            ("%YAML 2.0\n---\nname: x\n", 1),
        ],
    )
    def test_what_is_not_yaml_is_refused_at_its_line(self, text: str, line: int) -> None:
        problem = the_problem_of(text)
        assert problem.line == line
        assert problem.message.startswith("not valid YAML: ")

    @pytest.mark.parametrize("key", ["? [a, b]", "? {a: b}", "? - a"])
    def test_a_key_that_is_no_word_is_refused(self, key: str) -> None:
        assert the_problem_of(f"name: x\n{key}\n: 1\n") == Problem((), "a key must be a word", 2)

    def test_keys_are_text_whatever_they_look_like(self) -> None:
        assert value_of("1: a\ntrue: b\n~: c\n") == {"1": "a", "true": "b", "~": "c"}

    @pytest.mark.parametrize(
        "tagged",
        ["!odd 1", "!!python/name:os.system ''", "!!python/module:os ''", "!!python/object/apply:os.mkdir [made]"],
    )
    def test_a_tag_makes_nothing_and_runs_nothing(self, own_folder: Path, tagged: str) -> None:
        assert value_or_refusal(f"seed: {tagged}") in ("refused", {"seed": ["made"]})
        assert list(own_folder.iterdir()) == []

    @pytest.mark.parametrize(
        "text",
        [
            'seed: !!int ""',
            "seed: !!int _",
            'seed: !!float ""',
            "seed: !!int x",
            "seed: !!bool x",
            "seed: !!timestamp x",
            "seed: !!timestamp 2001-99-99",
            "seed: !!binary x",
            "seed: !!value x",
            'name: "\\U00110000"',
            'name: "\\UFFFFFFFF"',
            "%YAML 1." + "9" * 5000 + "\n---\nname: x",
        ],
    )
    def test_a_value_that_its_tag_or_escape_cannot_have_is_bad_input(self, text: str) -> None:
        with pytest.raises(BadInput, match=r"^grid\.yaml:1: "):
            read(text)

    @given(st.text(max_size=60) | yaml_like)
    @thoroughly
    def test_any_text_is_either_read_or_bad_input(self, text: str) -> None:
        try:
            answer: object = parse("grid.yaml", text)
        except BadInput as error:
            answer = error
        assert isinstance(answer, Source | BadInput)
