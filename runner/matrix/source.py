"""Parse a grid file's text into plain values, and remember the line of each."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.errors import BadInput
from runner.matrix.problems import GridProblems, Location, Problem, shown

STDIN = "-"
LARGEST_FILE_BYTES = 256 * 1024
MOST_VALUES = 100_000
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its values, the line of each, and what could not be read."""

    path: str
    text: str
    value: Any
    lines: Mapping[Location, int]
    problems: tuple[Problem, ...] = ()
    texts: Mapping[Location, str] = field(default_factory=dict)
    """The text of each plain scalar: 3.10 may be a version, and not a number."""
    options: Mapping[Location, str] = field(default_factory=dict)
    """The options and words of the command line that stand for what the file has at these places."""

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem with the line of `location`, or of the nearest location above it that the file has.

        What the command line gives has its option or its word as its place.
        """
        for depth in range(len(location), 0, -1):
            if location[:depth] in self.options:
                return Problem((self.options[location[:depth]],), message)
        for depth in range(len(location), -1, -1):
            if location[:depth] in self.lines:
                return Problem(location, message, self.lines[location[:depth]])
        return Problem(location, message)


def read_text(path: str) -> str:
    """Return the text of the file, or of stdin if the path is STDIN. Raises BadInput."""
    try:
        content = _bytes_of(path)
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
        raise BadInput(f"{path}: the file is empty. `runner init` writes a starter grid.")
    return text


def _bytes_of(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1) if sys.stdin else b""
    with Path(path).open("rb") as file:
        return file.read(LARGEST_FILE_BYTES + 1)


def parse(path: str, text: str) -> Source:
    """Parse `text` as YAML. Raises BadInput if it is not YAML; `path` is for the messages.

    Plain scalars are read as in version 1.2 of YAML. In version 1.1, which PyYAML follows, 010 is eight, 1:30 is
    ninety, 1e6 is text, and `on` is a truth value. So PyYAML finds the structure, and the values are made here.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadInput(f"{path}:{line}: holds a control character, so is not a grid file.") from None
    reader = _NodeReader()
    try:
        node = loader.get_single_node()
        value = reader.read(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {error.problem or error.context}"
        raise GridProblems(path, [Problem((), message, mark.line + 1 if mark else None)]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise GridProblems(path, [Problem((), f"not valid YAML: {shown(str(error))}", loader.line + 1)]) from None
    except RecursionError:
        raise GridProblems(path, [Problem((), "nested too deeply to be a grid file")]) from None
    finally:
        loader.dispose()
    return Source(path, text, value, reader.lines, tuple(reader.problems), reader.texts)


_PLAIN = "a plain scalar without a tag"
_TEXT = "tag:yaml.org,2002:str"
_COLLECTIONS = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


class _Loader(yaml.BaseLoader):
    """Marks plain scalars, to distinguish them from quoted ones, and converts neither."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return _PLAIN
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return tag


_DIGITS = r"(?:0|[1-9][0-9_]*)"
_SCALARS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(rf"[-+]?{_DIGITS}"), lambda text: int(text.replace("_", ""))),
    (
        re.compile(rf"[-+]?(?:{_DIGITS}(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"),
        lambda text: float(text.replace("_", "")),
    ),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)
"""How a plain scalar is read, by its pattern; all others are text."""


@dataclass
class _NodeReader:
    """Turns YAML nodes into plain values, notes lines and problems, and raises where aliases make too many values."""

    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[Location, str] = field(default_factory=dict)
    _values: int = 0

    def read(self, node: yaml.Node, location: Location) -> Any:
        line = self.lines.setdefault(location, node.start_mark.line + 1)
        self._values += 1
        if self._values > MOST_VALUES or len(location) > DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"more than {MOST_VALUES:,} values or {DEEPEST} levels (do its anchors refer to each other?)",
                problem_mark=node.start_mark,
            )
        if node.tag not in (_PLAIN, _TEXT, *_COLLECTIONS):
            self._note(location, f"tags such as {shown(node.tag)} are not supported", line)
        elif isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*location, index)) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        elif isinstance(node, yaml.ScalarNode):
            return self._scalar(node, location, line)
        return None

    def _scalar(self, node: yaml.ScalarNode, location: Location, line: int) -> Any:
        text: str = node.value
        if not _is_text(text):
            self._note(location, f"{shown(text)} holds what is not a character", line)
            return None
        if node.tag != _PLAIN:
            return text
        self.texts[location] = text
        read = next((read for pattern, read in _SCALARS if pattern.fullmatch(text)), str)
        try:
            return read(text)
        except ValueError:  # more digits than Python reads
            self._note(location, f"{shown(text)} cannot be read as a number", line)
            return None

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or not _is_text(key):
                self._note(location, "a key must be a word", line)
            elif key == "<<" and key_node.tag == _PLAIN:
                self._note((*location, key), "merge keys (<<) are not supported: write the keys out", line)
            elif key in mapping:
                self._note((*location, key), "this key is given twice", line)
            else:
                self.lines[*location, key] = line
                mapping[key] = self.read(value_node, (*location, key))
        return mapping

    def _note(self, location: Location, message: str, line: int) -> None:
        self.problems.append(Problem(location, message, line))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, by an escape
        return False
    return True
