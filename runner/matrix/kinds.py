"""The types of the conditions' values, by their kind in ``runner.axes``."""

import re
from types import GenericAlias
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from runner.axes import Cpus, Kind, Truth, Variables, Whole, Words
from runner.harness import placement
from runner.matrix.values import WHOLE, Environment, OneOf, OneOrMore


def axis_of(kind: Kind) -> Any:
    """Return the type of an axis with values of that kind."""
    values: Any = GenericAlias(tuple, (_type_of(kind), ...))
    if isinstance(kind, Cpus):
        return Annotated[values, OneOrMore(), BeforeValidator(_cpus_as_one)]
    return Annotated[values, OneOrMore()]


def _type_of(kind: Kind) -> Any:
    match kind:
        case Words(words):
            return Annotated[str, OneOf(*words)]
        case Whole(least, most):
            return Annotated[int, Field(ge=least, le=most), WHOLE]
        case Truth():
            return Annotated[bool, BeforeValidator(_truth)]
        case Cpus():
            return Annotated[str, BeforeValidator(_cpus), WithJsonSchema({"anyOf": _CPUS})]
        case Variables():
            return Environment
    raise TypeError(f"no type for values of the kind {kind!r}")


def _truth(value: Any) -> Any:
    if not isinstance(value, bool):
        raise PydanticCustomError("expected", "true or false")
    return value


def _cpus_as_one(value: Any) -> Any:
    """Take a plain list of CPUs as one value: [0, 1] means both of them."""
    if isinstance(value, list) and value and all(isinstance(cpu, int) and not isinstance(cpu, bool) for cpu in value):
        return [value]
    return value


def _cpus(value: Any) -> Any:
    words = (placement.ANY, placement.COMPACT, placement.SPREAD)
    if isinstance(value, str) and value in words:
        return value
    cpus = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if not re.fullmatch(r"\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*", cpus):
        raise PydanticCustomError("expected", "any, compact, spread, or CPUs such as [0, 1] or '0-3'")
    listed = placement.listed(cpus)
    if not listed:
        raise PydanticCustomError("expected", "at least one CPU, the lower of a range first")
    return ",".join(map(str, listed))  # however it was spelled, it is one case


_CPUS = [
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
]
