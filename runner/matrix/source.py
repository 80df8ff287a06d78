"""A grid file's text as plain values that remember their lines."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.errors import BadInput
from runner.matrix.problems import GridProblems, Location, Problem, shown

LARGEST_FILE_BYTES = 256 * 1024
MOST_VALUES = 100_000
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its values, and the line of each."""

    path: str
    text: str
    value: Any
    lines: Mapping[Location, int]

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem at `location`, or at the nearest place above it that stands in the file."""
        for depth in range(len(location), -1, -1):
            if location[:depth] in self.lines:
                return Problem(location, message, self.lines[location[:depth]])
        return Problem(location, message)


def read_text(path: str) -> str:
    """Return the file's text. Raises BadInput that names the file and the remedy."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file. `runner init {path}` writes a starter grid.") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, expected a grid file.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise BadInput(f"{path}: larger than {LARGEST_FILE_BYTES // 1024} KiB, so not a grid file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: not UTF-8 text, so not a grid file.") from None
    if not text.strip():
        raise BadInput(f"{path}: the file is empty. `runner init` prints what a grid file looks like.")
    return text


def parse(path: str, text: str) -> Source:
    """Parse `text` as YAML. Raises GridProblems; `path` is for the messages."""
    try:
        loader = _GridLoader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadInput(f"{path}:{line}: holds a control character, so is not a grid file.") from None
    try:
        node = loader.get_single_node()
        reader = _NodeReader(loader)
        value = reader.read(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        raise GridProblems(path, [Problem((), message, mark.line + 1 if mark else None)]) from None
    except yaml.YAMLError as error:
        raise GridProblems(path, [Problem((), f"not valid YAML: {str(error).splitlines()[0]}")]) from None
    except RecursionError:
        raise GridProblems(path, [Problem((), "nested too deeply to be a grid file")]) from None
    finally:
        loader.dispose()
    source = Source(path, text, value, reader.lines)
    if reader.problems:
        raise GridProblems(path, reader.problems)
    return source


class _GridLoader(yaml.SafeLoader):
    """YAML with the plain scalars of version 1.2.

    In version 1.1, which PyYAML follows, 010 is eight, 1:30 is ninety, 1e6 is text, and `on` is a truth value.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to be configured


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("merge", r"<<", "<"),
):
    _firsts: list[str | None] = [None if _letter == "\0" else _letter for _letter in _first]
    if _tag == "null":
        _firsts.append("")
    _GridLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _firsts)


@dataclass
class _NodeReader:
    """Turns YAML nodes into plain values, notes lines, and stops where aliases explode."""

    loader: _GridLoader
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _values: int = 0

    def read(self, node: yaml.Node, location: Location) -> Any:
        line = self.lines.setdefault(location, node.start_mark.line + 1)
        self._values += 1
        if self._values > MOST_VALUES or len(location) > DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"more than {MOST_VALUES:,} values or {DEEPEST} levels (do its anchors refer to each other?)",
                problem_mark=node.start_mark,
            )
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*location, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        try:
            return self.loader.construct_object(node)
        except yaml.YAMLError as error:
            self._note(location, f"cannot be read: {getattr(error, 'problem', error)}", line)
        except (ValueError, OverflowError):
            self._note(location, f"{shown(node.value)} cannot be read as a number", line)
        return None

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag.endswith(":merge"):
                self._note(location, "merge keys (<<) are not supported: write the keys out", line)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(location, "a key must be a word", line)
                continue
            key = str(key_node.value)
            if key in mapping:
                self._note((*location, key), "this key is given twice", line)
                continue
            self.lines[*location, key] = line
            mapping[key] = self.read(value_node, (*location, key))
        return mapping

    def _note(self, location: Location, message: str, line: int) -> None:
        self.problems.append(Problem(location, message, line))
