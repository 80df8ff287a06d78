"""Read and check a grid file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runner.errors import BadInput
from runner.matrix.consistency import inconsistencies
from runner.matrix.messages import translate
from runner.matrix.overrides import NOTHING, Given, overridden
from runner.matrix.problems import GridProblems, Location, Problem
from runner.matrix.slug import slug_of
from runner.matrix.source import Source, parse, read_text
from runner.matrix.spec import Axes, GridSpec
from runner.matrix.workload import is_own
from runner.matrix.writing import grid_text
from runner.matrix.written import as_written

MAPPING = "matrix"
"""What stands for the path of a matrix that is not in a file."""
WORDS = "quick"
"""What stands for the path of a matrix that words spell."""
QUICK: Mapping[str, Any] = {"repeats": 1, "until": {"precision": "5%", "budget": "1m"}}
"""When a matrix that words spell stops by default."""


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


def read_grid(path: str, given: Given = NOTHING) -> Grid:
    """Read and check the grid file at `path`, or on stdin if that is STDIN. Raises BadInput, with all its problems."""
    return parse_grid(path, read_text(path), given)


def grid_of(matrix: str | Path | Mapping[str, Any], given: Given = NOTHING) -> Grid:
    """Check a grid file, given by its path, or what such a file holds as a mapping. Raises BadInput.

    `given` stands in place of keys and axes, see ``runner.matrix.overrides``.
    """
    if not isinstance(matrix, Mapping):
        return read_grid(str(matrix), given)
    try:
        text = json.dumps(matrix, indent=2)  # which is YAML, too
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{MAPPING}: expected what a grid file can hold: {error}.") from None
    return parse_grid(MAPPING, text, given)


def parse_grid(path: str, text: str, given: Given = NOTHING) -> Grid:
    """Check a grid file's text; `path` is for the messages and the sweep's default name. Raises BadInput.

    With values in place of keys and axes, the text of the grid becomes that of a file in which they are so.
    """
    source = parse(path, text)
    if not isinstance(source.value, dict):
        problems = list(source.problems)
        raise GridProblems(path, problems or [Problem((), "expected keys and values, such as `matrix:`", 1)])
    file = as_written(source)
    if given:
        file = overridden(file, given)
        text = grid_text(file, f"With {' '.join(one.said for one in given.values())}")
        source = replace(source, text=text, options={place: one.place for place, one in given.items()})
    return _checked(source, file)


def grid_of_words(function: str, given: Given, modes: Sequence[str] = ()) -> Grid:
    """Check the grid of one function that `given` spells; without modes in it, `modes`. Raises BadInput."""
    matrix = {"workload": function} | ({"mode": list(modes)} if modes else {})
    name = slug_of(function.rpartition(":")[2])
    file = overridden({"name": name, "matrix": matrix, **QUICK}, given)
    places: dict[Location, str] = dict.fromkeys([("matrix",), ("matrix", "workload")], function)
    places |= {place: one.place for place, one in given.items()}
    said = " ".join([function, *(one.said for one in given.values())])
    text = grid_text(file, f"runner quick {said}")
    return _checked(Source(WORDS, text, file, {}, options=places), file)


def _checked(source: Source, file: dict[str, Any]) -> Grid:
    """Return the grid with the keys and values `file`, which `source` is about. Raises GridProblems."""
    problems, spec = list(source.problems), None
    try:
        spec = GridSpec.model_validate(file)
    except ValidationError as error:
        problems += translate(error, source)
    problems += [source.problem(location, message) for location, message in inconsistencies(file)]
    if problems or spec is None:
        raise GridProblems(source.path, _once_each(problems))
    return Grid(source, spec, spec.name or slug_of(Path(source.path).stem))


def _once_each(problems: list[Problem]) -> list[Problem]:
    """Keep the first problem of each place: what could not be read is None to later checks."""
    first: dict[Location, Problem] = {}
    for problem in problems:
        first.setdefault(problem.location, problem)
    return list(first.values())
