"""The models of a grid file: which keys it may have, each with its type, default and description.

They are the one definition: the checks, the messages, the defaults and the JSON Schema for editors come from them. An
axis that is absent is the empty tuple.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from runner.axes import CONDITIONS, IN_A_GRID
from runner.matrix.kinds import axis_of
from runner.matrix.slug import SLUG
from runner.matrix.values import (
    LARGEST_INTEGER,
    LONGEST_S,
    MOST_BLOCKS,
    MOST_UNTIL,
    NUMBER,
    WHOLE,
    Calls,
    Count,
    Environment,
    Mode,
    OneOrMore,
    Python,
    Scalar,
    Seconds,
    Share,
    Span,
    StartMethod,
    Workers,
    WorkloadName,
)
from runner.numbers.stopping import MOST_BLOCKS as MOST_BLOCKS_LOOKED_AT

PARAMETERS = ("NUM", "TIME", "SIZE")
"""Axes that are parameters of the runner's own workloads."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Model = TypeVar("Model", bound=BaseModel)


def _with_conditions(model: type[Model]) -> type[Model]:
    """Return `model` with a field for each condition of ``runner.axes``, after its own."""
    fields: dict[str, Any] = {
        name: (axis_of(CONDITIONS[name].kind), Field(default=(), description=CONDITIONS[name].doc))
        for name in IN_A_GRID
    }
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, __module__=model.__module__, **fields)


@_with_conditions
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

    def given(self) -> dict[str, tuple[Any, ...]]:
        """Return the axes that the file gives, with their values; parameters of the user's functions come last."""
        known = {axis: getattr(self, axis) for axis in type(self).model_fields if axis in self.model_fields_set}
        return known | self.parameters

    @property
    def parameters(self) -> dict[str, tuple[Any, ...]]:
        """Return the axes that no field is for: they may be parameters of a user's function."""
        return dict(self.__pydantic_extra__ or {})

    def values(self, axis: str) -> tuple[Any, ...]:
        """Return the values of the axis of any name; none if it is absent."""
        found: tuple[Any, ...] = (
            getattr(self, axis) if axis in type(self).model_fields else self.parameters.get(axis, ())
        )
        return found


class Axes(Rule):
    """The axes of a matrix; the product of their values is taken."""

    workload: Annotated[tuple[WorkloadName, ...], OneOrMore()]
    """What one call does: a word, or a function of your own as file.py:function or package.module:function."""


class Until(_Strict):
    """When a sweep has enough blocks. What is reached first ends it, after `repeats` blocks at the earliest."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    precision: Share | None = None
    """Every speedup (every time, where there is no baseline) is known to ± this share of itself, such as 2%."""
    budget: Span | None = None
    """This much time has been spent, such as 10m; a block that has begun is finished."""
    blocks: Annotated[int, Field(ge=1, le=MOST_UNTIL), WHOLE] = MOST_BLOCKS_LOOKED_AT
    """There are this many blocks."""


class GridSpec(_Strict):
    """A matrix of concurrency experiments."""

    name: Annotated[str, Field(pattern=SLUG)] | None = None
    """Name of the sweep. Absent: the file's name."""
    matrix: Axes
    """Every axis is a value or a list of values; the product is taken."""
    exclude: tuple[Rule, ...] = ()
    """Cases of the matrix to drop: those that match one of these."""
    include: tuple[Axes, ...] = ()
    """Cases to add, after the exclusions. An axis that an entry leaves out has its default, not that of `matrix`."""
    env: Environment = Field(default_factory=dict)
    """Environment variables of all trials."""
    repeats: Annotated[int, Field(ge=1, le=MOST_BLOCKS), WHOLE] = 10
    """Blocks; in each, every case runs once, in random order. Intervals take six or more."""
    until: Until | None = None
    """When to stop after that. Absent: at once."""
    warmup: Annotated[int, Field(ge=0, le=MOST_BLOCKS), WHOLE] = 1
    """Blocks that are run first and stored, but do not count."""
    timeout: Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False), NUMBER] = 300.0
    """Seconds for one trial."""
    seed: Annotated[int, Field(ge=0, le=LARGEST_INTEGER), WHOLE] | None = None
    """Of the order of trials. Absent: drawn, and stored."""

    @property
    def goal(self) -> dict[str, Any]:
        """Return the stored columns that say how many blocks the sweep has."""
        until = self.until
        return {
            "repeats": self.repeats,
            "precision": until and until.precision,
            "budget_ns": until and until.budget and round(until.budget * 1e9),
            "most_blocks": until and until.blocks,
        }

    @property
    def most_blocks(self) -> int:
        """Return the maximum number of blocks."""
        return self.until.blocks if self.until else self.repeats


RESERVED = tuple(axis for axis in Axes.model_fields if axis not in PARAMETERS)
"""Axes that are not parameters of workloads."""


class _SchemaGenerator(GenerateJsonSchema):
    """Omits the default of an axis: a file may not give the empty list."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") == ():
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a grid file."""
    schema = GridSpec.model_json_schema(schema_generator=_SchemaGenerator)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}
