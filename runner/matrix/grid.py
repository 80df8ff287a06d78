"""Read and check a grid file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from runner.axes import CONDITIONS, Variables
from runner.errors import BadInput
from runner.matrix import overrides
from runner.matrix.consistency import inconsistencies
from runner.matrix.messages import translate
from runner.matrix.problems import GridProblems, Location, Problem
from runner.matrix.slug import slug_of
from runner.matrix.source import Source, parse, read_text
from runner.matrix.spec import Axes, GridSpec
from runner.matrix.workload import is_own

MAPPING = "matrix"
"""What stands for the path of a matrix that is not in a file."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid file that was read and checked."""

    source: Source
    spec: GridSpec
    name: str

    @property
    def text_sha256(self) -> str:
        """Identify the file's text."""
        return hashlib.sha256(self.source.text.encode()).hexdigest()

    @property
    def places(self) -> list[tuple[Location, Axes]]:
        """Return the axes of the matrix and of each `include`, with their place in the file."""
        return [(("matrix",), self.spec.matrix), *((("include", i), axes) for i, axes in enumerate(self.spec.include))]

    @property
    def own_functions(self) -> tuple[str, ...]:
        """Return the names of the user's functions, each once."""
        return tuple(dict.fromkeys(name for _, axes in self.places for name in axes.workload if is_own(name)))


def read_grid(path: str, given: Mapping[str, Any] = NOTHING) -> Grid:
    """Read and check the grid file at `path`. Raises BadInput, with all its problems."""
    return parse_grid(path, read_text(path), given)


def grid_of(matrix: str | Path | Mapping[str, Any], given: Mapping[str, Any] = NOTHING) -> Grid:
    """Check a grid file, given by its path, or what such a file holds as a mapping. Raises BadInput.

    `given` are options in place of keys, see ``runner.matrix.overrides``.
    """
    if not isinstance(matrix, Mapping):
        return read_grid(str(matrix), given)
    try:
        text = json.dumps(matrix, indent=2)  # which is YAML, too
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{MAPPING}: expected what a grid file can hold: {error}.") from None
    return parse_grid(MAPPING, text, given)


def parse_grid(path: str, text: str, given: Mapping[str, Any] = NOTHING) -> Grid:
    """Check a grid file's text; `path` is for the messages and the sweep's default name. Raises BadInput.

    With options in place of keys, the text of the grid becomes that of a file in which these keys are so.
    """
    source = parse(path, text)
    problems = list(source.problems)
    if not isinstance(source.value, dict):
        raise GridProblems(path, problems or [Problem((), "expected keys and values, such as `matrix:`", 1)])
    spec = None
    file = _as_written(source)
    if given:
        file = overrides.overridden(file, given)
        source = replace(source, text=overrides.text(file, given), options=overrides.options(given))
    try:
        spec = GridSpec.model_validate(file)
    except ValidationError as error:
        problems += translate(error, source)
    problems += [source.problem(location, message) for location, message in inconsistencies(file)]
    if problems or spec is None:
        raise GridProblems(path, _once_each(problems))
    return Grid(source, spec, spec.name or slug_of(Path(path).stem))


_AS_WRITTEN = {"python", *(name for name, condition in CONDITIONS.items() if isinstance(condition.kind, Variables))}
"""Axes whose values are text, however they are written."""


def _as_written(source: Source) -> dict[str, Any]:
    """Return the file's value, with interpreters and variables as they are written: 3.10 is not 3.1."""

    def text(value: Any, location: Location) -> Any:
        if isinstance(value, list):
            return [text(item, (*location, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: text(item, (*location, key)) for key, item in value.items()}
        written = source.texts.get(location)
        return value if written is None or value is None else written

    def axes(value: Any, location: Location) -> Any:
        if isinstance(value, list):
            return [axes(item, (*location, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {key: text(item, (*location, key)) if key in _AS_WRITTEN else item for key, item in value.items()}

    file: dict[str, Any] = {}
    for key, value in source.value.items():
        read = text if key == "env" else axes if key in ("matrix", "include", "exclude") else None
        file[key] = read(value, (key,)) if read else value
    return file


def _once_each(problems: list[Problem]) -> list[Problem]:
    """Keep the first problem of each place: what could not be read is None to later checks."""
    first: dict[Location, Problem] = {}
    for problem in problems:
        first.setdefault(problem.location, problem)
    return list(first.values())
