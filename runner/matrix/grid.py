"""The language of grid files: which keys may stand in one, checked once, into frozen values.

The models below are the one definition: messages, defaults and the JSON Schema for editors all come from them.
An axis that is absent is the empty tuple.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import ErrorDetails, core_schema

from runner.errors import BadInput
from runner.harness.workloads import WORKLOADS
from runner.matrix.problems import GridProblems, Location, Problem, dotted, nearest, shown
from runner.matrix.slug import SLUG, SLUG_IN_WORDS, slug_of
from runner.matrix.source import Source, parse, read_text
from runner.matrix.values import (
    LARGEST_INTEGER,
    LONGEST_S,
    MOST_BLOCKS,
    NUMBER,
    WHOLE,
    Affinity,
    Calls,
    Count,
    Environment,
    Lock,
    Mode,
    OneOrMore,
    Python,
    Scalar,
    Seconds,
    StartMethod,
    Truth,
    WarmupCalls,
    Workers,
    WorkloadName,
    affinities,
)
from runner.matrix.workload import builtin, is_own


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Rule(_Strict):
    """Axes with values. A case matches when it has each of these axes with one of the values."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"minProperties": 1})
    __pydantic_extra__: dict[str, Annotated[tuple[Scalar, ...], OneOrMore()]]

    workload: Annotated[tuple[WorkloadName, ...], OneOrMore()] = ()
    """What one call does: a word, or a function of your own as file.py:function or package.module:function."""
    NUM: Annotated[tuple[Count, ...], OneOrMore()] = ()
    """Parameter of workloads that do something NUM times; of cpu_bound the number it counts down from."""
    TIME: Annotated[tuple[Seconds, ...], OneOrMore()] = ()
    """Parameter of io_bound: the seconds it sleeps."""
    SIZE: Annotated[tuple[Count, ...], OneOrMore()] = ()
    """Parameter of workloads that handle data: how many bytes."""
    workers: Annotated[tuple[Workers, ...], OneOrMore()] = ()
    """Threads or processes. Absent: 1, 2, 4, … up to the usable CPUs."""
    calls: Annotated[tuple[Calls, ...], OneOrMore()] = ()
    """Calls of the workload, shared out among the workers (fixed total work). Absent: one for each worker."""
    mode: Annotated[tuple[Mode, ...], OneOrMore()] = ()
    """How the calls are run. Absent: sequential, threading and multiprocessing."""
    start_method: Annotated[tuple[StartMethod, ...], OneOrMore()] = ()
    """How worker processes are started. Absent: the interpreter's default."""
    python: Annotated[tuple[Python, ...], OneOrMore()] = ()
    """The interpreter under test: current, a version such as 3.13, 3.14t or pypy3.11, or a path. Absent: current."""
    gil: Annotated[tuple[Lock, ...], OneOrMore()] = ()
    """What the interpreter lock is to be, where the build leaves that open. Absent: as the interpreter has it."""
    affinity: Annotated[tuple[Affinity, ...], OneOrMore(), BeforeValidator(affinities)] = ()
    """On which CPUs a trial runs: any, compact, spread, or a list. Absent: any."""
    barrier: Annotated[tuple[Truth, ...], OneOrMore()] = ()
    """Whether all workers begin together, and only their calls count. Absent: false, unless they have to get ready."""
    warmup_calls: Annotated[tuple[WarmupCalls, ...], OneOrMore()] = ()
    """Calls of each worker before the clock. Absent: 0."""
    env: Annotated[tuple[Environment, ...], OneOrMore()] = ()
    """Environment variables of the trials, each value a set of them."""

    def given(self) -> dict[str, tuple[Any, ...]]:
        """Return the axes that the file gives, with their values; parameters that only functions have come last."""
        known = {axis: getattr(self, axis) for axis in type(self).model_fields if axis in self.model_fields_set}
        return known | self.parameters

    @property
    def parameters(self) -> dict[str, tuple[Any, ...]]:
        """Return the axes that are no words of the language, but may be parameters of a function."""
        return dict(self.__pydantic_extra__ or {})

    def values(self, axis: str) -> tuple[Any, ...]:
        """Return the values of an axis of whatever name; none where it is absent."""
        found: tuple[Any, ...] = (
            getattr(self, axis) if axis in type(self).model_fields else self.parameters.get(axis, ())
        )
        return found


class Axes(Rule):
    """The axes of a matrix; the product of their values is taken."""

    workload: Annotated[tuple[WorkloadName, ...], OneOrMore()]
    """What one call does: a word, or a function of your own as file.py:function or package.module:function."""


class GridSpec(_Strict):
    """A matrix of concurrency experiments."""

    name: Annotated[str, Field(pattern=SLUG)] | None = None
    """Name of the sweep. Absent: the file's name."""
    matrix: Axes
    """Every axis is a value or a list of values; the product is taken."""
    exclude: tuple[Rule, ...] = ()
    """Cases of the matrix to drop: those that match one of these."""
    include: tuple[Axes, ...] = ()
    """Cases to add, after the exclusions."""
    env: Environment = Field(default_factory=dict)
    """Environment variables of all trials."""
    repeats: Annotated[int, Field(ge=1, le=MOST_BLOCKS), WHOLE] = 10
    """Blocks; in each, every case runs once, in random order. Intervals take six or more."""
    warmup: Annotated[int, Field(ge=0, le=MOST_BLOCKS), WHOLE] = 1
    """Blocks that are run first and stored, but do not count."""
    timeout: Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False), NUMBER] = 300.0
    """Seconds for one trial."""
    seed: Annotated[int, Field(ge=0, le=LARGEST_INTEGER), WHOLE] | None = None
    """Of the order of trials. Absent: drawn, and stored."""


MAPPING = "matrix"
"""What stands for the path of a matrix that is not in a file."""


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
        """Return the matrix and what is included, each with its place in the file."""
        return [(("matrix",), self.spec.matrix), *((("include", i), axes) for i, axes in enumerate(self.spec.include))]

    @property
    def own_functions(self) -> tuple[str, ...]:
        """Return the workloads that are functions of the user's."""
        return tuple(dict.fromkeys(name for _, axes in self.places for name in axes.workload if is_own(name)))


def read_grid(path: str) -> Grid:
    """Read and check the grid file at `path`. Raises BadInput, with all problems at once."""
    return parse_grid(path, read_text(path))


def grid_of(matrix: Mapping[str, Any]) -> Grid:
    """Check a matrix that is given as a mapping, as a grid file holds it. Raises BadInput."""
    try:
        text = json.dumps(matrix, indent=2)  # which is YAML, too
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{MAPPING}: expected what a grid file can hold: {error}.") from None
    return parse_grid(MAPPING, text)


def parse_grid(path: str, text: str) -> Grid:
    """Check a grid file's text; `path` is for the messages and the sweep's default name. Raises BadInput."""
    source = parse(path, text)
    problems = list(source.problems)
    if not isinstance(source.value, dict):
        raise GridProblems(path, problems or [Problem((), "expected keys and values, such as `matrix:`", 1)])
    spec = None
    file = _as_written(source)
    try:
        spec = GridSpec.model_validate(file)
    except ValidationError as error:
        problems += _translate(error, source)
    problems += [source.problem(location, message) for location, message in _inconsistencies(file)]
    if problems or spec is None:
        raise GridProblems(path, _once_each(problems))
    return Grid(source, spec, spec.name or slug_of(Path(path).stem))


def _as_written(source: Source) -> dict[str, Any]:
    """Return the file's value with interpreters and environment variables as text: 3.10 is not 3.1."""

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
        return {key: text(item, (*location, key)) if key in ("python", "env") else item for key, item in value.items()}

    file: dict[str, Any] = {}
    for key, value in source.value.items():
        read = text if key == "env" else axes if key in ("matrix", "include", "exclude") else None
        file[key] = read(value, (key,)) if read else value
    return file


class _SchemaGenerator(GenerateJsonSchema):
    """Leaves out the default of an absent axis: the empty list is no value that a file may give."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") == ():
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a grid file."""
    schema = GridSpec.model_json_schema(schema_generator=_SchemaGenerator)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def _once_each(problems: list[Problem]) -> list[Problem]:
    """Keep the first problem of each place: what could not be read was nothing to the checks that followed."""
    first: dict[Location, Problem] = {}
    for problem in problems:
        first.setdefault(problem.location, problem)
    return list(first.values())


def _inconsistencies(file: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield what no value alone shows. `file` is as it was read, for everything is to be told at once."""
    places: list[tuple[Location, Any]] = [(("matrix",), file.get("matrix"))]
    include, exclude = file.get("include"), file.get("exclude")
    places += [(("include", index), axes) for index, axes in enumerate(include if isinstance(include, list) else [])]
    for location, axes in places:
        if isinstance(axes, dict):
            yield from _unfit_parameters(location, axes)
    names = {name for _, axes in places if isinstance(axes, dict) for name in _workloads(axes)}
    for index, rule in enumerate(exclude if isinstance(exclude, list) else []):
        if rule == {}:
            yield ("exclude", index), "an empty rule would drop every case"
        if isinstance(rule, dict) and not any(map(is_own, names)):
            yield from _unknown_axes(("exclude", index), rule)


def _workloads(axes: dict[str, Any]) -> list[str]:
    given = axes.get("workload")
    return [word for word in (given if isinstance(given, list) else [given]) if isinstance(word, str)]


def _unknown_axes(location: Location, axes: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    for name in axes:
        if name not in Axes.model_fields:
            yield (*location, name), _unknown_key((*location, name))


def _unfit_parameters(location: Location, axes: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Yield what does not fit together with the runner's own workloads. Functions of the user's are not known yet."""
    workloads = _workloads(axes)
    known = [word for word in workloads if word in WORKLOADS]
    taken = {name: word for word in known for name in builtin(word).parameters}
    for name, workload in taken.items():
        if name not in axes:
            yield location, f"{workload} needs the axis {name}, and it is not given"
    if any(map(is_own, workloads)):
        return
    yield from _unknown_axes(location, axes)
    if known and known == workloads:
        for name in PARAMETERS:
            if name not in taken and name in axes:
                yield (*location, name), f"no workload here takes {name}; there is {', '.join(known)}"


PARAMETERS = ("NUM", "TIME", "SIZE")
"""Of the runner's own workloads."""
RESERVED = tuple(axis for axis in Axes.model_fields if axis not in PARAMETERS)
"""Axes that are no parameters."""


_EXPECTED = {
    "expected": "{expected}",
    "tuple_type": "a list",
    "dict_type": "variables with their values, such as {{NAME: value}}",
    "string_type": "text",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
    "literal_error": "{expected}",
    "string_pattern_mismatch": SLUG_IN_WORDS,
}


def _translate(error: ValidationError, source: Source) -> list[Problem]:
    return [
        source.problem(_in_file(details["loc"], source), _message(details))
        for details in error.errors(include_url=False)
    ]


def _in_file(location: Location, source: Source) -> Location:
    """Take back what is no step in the file: a choice, and the index that `_as_list` gave to a value by itself."""
    while location and location[-1] in ("own", "builtin", "[key]") and location not in source.lines:
        location = location[:-1]
    for place, step in enumerate(location):
        if isinstance(step, int) and location[:place] in source.lines and location[: place + 1] not in source.lines:
            return (*location[:place], *location[place + 1 :])
    return location


def _message(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return "is required and is not given"
    if kind == "extra_forbidden":
        return _unknown_key(details["loc"])
    context.setdefault("expected", details["msg"])
    expected = _EXPECTED.get(kind, details["msg"]).format(**context)
    words = re.findall(r"'([^']*)'", expected) if kind == "literal_error" else []
    meant = nearest(details["input"], words) if isinstance(details["input"], str) else None
    if set(words) == set(WORKLOADS):
        expected = "a workload" if meant else f"{', '.join(words)} or path/to/file.py:function"
    message = f"expected {expected}, got {shown(details['input'])}"
    return f"{message}; did you mean '{meant}'?" if meant else message


def _unknown_key(location: Location) -> str:
    parent, key = location[:-1], str(location[-1])
    known = tuple((Axes if parent else GridSpec).model_fields)
    meant = nearest(key, known)
    if meant:
        return f"unknown key; did you mean '{meant}'?"
    if not parent and (axis := nearest(key, Axes.model_fields)):
        return f"unknown key; the axis '{axis}' belongs below 'matrix'"
    where = f"below {dotted(parent)} " if parent else ""
    return f"unknown key; {where}there can be {', '.join(known)}"
