"""The language of grid files: what may stand in one, checked once, into frozen values.

The models below are the one definition: messages, defaults and the JSON Schema for editors all come from them.
An axis that is absent is the empty tuple.
"""

import hashlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from runner.harness.modes import MODES
from runner.harness.workloads import WORKLOADS
from runner.matrix.problems import GridProblems, Location, Problem, dotted, nearest, shown
from runner.matrix.slug import SLUG, SLUG_IN_WORDS, slug_of
from runner.matrix.source import Source, parse, read_text

START_METHODS = ("fork", "spawn", "forkserver")
LARGEST_INTEGER = 2**63 - 1
"""What SQLite keeps exactly."""
LONGEST_S = 1e9
MOST_WORKERS = 10_000
MOST_CALLS = 100_000
MOST_BLOCKS = 100_000


@cache
def parameters_of(workload: str) -> tuple[str, ...]:
    """Return the names of a workload's parameters: the axes it takes."""
    return tuple(inspect.signature(WORKLOADS[workload]).parameters)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("expected", "a whole number")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("expected", "a number")
    try:
        return float(value)
    except OverflowError:
        raise PydanticCustomError("expected", f"at most {LONGEST_S:.0f}") from None


def _as_list(value: Any) -> Any:
    if value is None or value == []:
        raise PydanticCustomError("expected", "a value or a list of values")
    return value if isinstance(value, list) else [value]


class _OneOf:
    """A word out of a fixed set."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


class _Axis:
    """A value or a list of values, which is what `_as_list` accepts, for the JSON Schema too."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        array = handler(schema)
        return {"anyOf": [array["items"], {**array, "minItems": 1}]}


_WHOLE = BeforeValidator(_whole)
_NUMBER = BeforeValidator(_number)

Workload = Annotated[str, _OneOf(*WORKLOADS)]
Mode = Annotated[str, _OneOf(*MODES)]
StartMethod = Annotated[str, _OneOf(*START_METHODS)]
Count = Annotated[int, Field(ge=0, le=LARGEST_INTEGER), _WHOLE]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False), _NUMBER]
Workers = Annotated[int, Field(ge=1, le=MOST_WORKERS), _WHOLE]
Calls = Annotated[int, Field(ge=1, le=MOST_CALLS), _WHOLE]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Rule(_Strict):
    """Axes with values. A case matches when it has each of these axes with one of the values."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    workload: Annotated[tuple[Workload, ...], _Axis()] = ()
    """What one call does."""
    NUM: Annotated[tuple[Count, ...], _Axis()] = ()
    """Parameter of cpu_bound: the number it counts down from."""
    TIME: Annotated[tuple[Seconds, ...], _Axis()] = ()
    """Parameter of io_bound: the seconds it sleeps."""
    workers: Annotated[tuple[Workers, ...], _Axis()] = ()
    """Threads or processes. Absent: 1, 2, 4, … up to the usable CPUs."""
    calls: Annotated[tuple[Calls, ...], _Axis()] = ()
    """Calls of the workload, shared out among the workers (fixed total work). Absent: one for each worker."""
    mode: Annotated[tuple[Mode, ...], _Axis()] = ()
    """How the calls are run. Absent: all."""
    start_method: Annotated[tuple[StartMethod, ...], _Axis()] = ()
    """How worker processes are started. Absent: the interpreter's default."""

    def given(self) -> dict[str, tuple[Any, ...]]:
        """Return the axes that the file gives, with their values."""
        return {axis: getattr(self, axis) for axis in type(self).model_fields if axis in self.model_fields_set}


class Axes(Rule):
    """The axes of a matrix; the product of their values is taken."""

    workload: Annotated[tuple[Workload, ...], _Axis()]
    """What one call does."""


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
    repeats: Annotated[int, Field(ge=1, le=MOST_BLOCKS), _WHOLE] = 10
    """Blocks; in each, every case runs once, in random order. Intervals take six or more."""
    warmup: Annotated[int, Field(ge=0, le=MOST_BLOCKS), _WHOLE] = 1
    """Blocks that are run first and stored, but do not count."""
    timeout: Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False), _NUMBER] = 300.0
    """Seconds for one trial."""
    seed: Annotated[int, Field(ge=0, le=LARGEST_INTEGER), _WHOLE] | None = None
    """Of the order of trials. Absent: drawn, and stored."""


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


def read_grid(path: str) -> Grid:
    """Read and check the grid file at `path`. Raises BadInput, with all problems at once."""
    return parse_grid(path, read_text(path))


def parse_grid(path: str, text: str) -> Grid:
    """Check a grid file's text; `path` is for the messages and the sweep's default name. Raises BadInput."""
    source = parse(path, text)
    problems = list(source.problems)
    if not isinstance(source.value, dict):
        raise GridProblems(path, problems or [Problem((), "expected keys and values, such as `matrix:`", 1)])
    spec = None
    try:
        spec = GridSpec.model_validate(source.value)
    except ValidationError as error:
        problems += _translate(error, source)
    problems += [source.problem(location, message) for location, message in _inconsistencies(source.value)]
    if problems or spec is None:
        raise GridProblems(path, _once_each(problems))
    return Grid(source, spec, spec.name or slug_of(Path(path).stem))


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
    for index, rule in enumerate(exclude if isinstance(exclude, list) else []):
        if rule == {}:
            yield ("exclude", index), "an empty rule would drop every case"


def _unfit_parameters(location: Location, axes: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    given = axes.get("workload")
    workloads = [word for word in (given if isinstance(given, list) else [given]) if isinstance(word, str)]
    known = [word for word in workloads if word in WORKLOADS]
    taken = {name: word for word in known for name in parameters_of(word)}
    for name, workload in taken.items():
        if name not in axes:
            yield location, f"{workload} needs the axis {name}, and it is not given"
    if known and known == workloads:
        for name in (name for workload in WORKLOADS for name in parameters_of(workload)):
            if name not in taken and name in axes:
                yield (*location, name), f"no workload here takes {name}; there is {', '.join(known)}"


_EXPECTED = {
    "expected": "{expected}",
    "tuple_type": "a list",
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
    """Take back the index that `_as_list` gave to a value that stands alone in the file."""
    if location and isinstance(location[-1], int) and location[:-1] in source.lines and location not in source.lines:
        return location[:-1]
    return location


def _message(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return "is required and is not given"
    if kind == "extra_forbidden":
        return _unknown_key(details["loc"])
    context.setdefault("expected", details["msg"])
    expected = _EXPECTED.get(kind, details["msg"]).format(**context)
    message = f"expected {expected}, got {shown(details['input'])}"
    if kind == "literal_error" and isinstance(details["input"], str):
        meant = nearest(details["input"], re.findall(r"'([^']*)'", expected))
        message += f"; did you mean '{meant}'?" if meant else ""
    return message


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
