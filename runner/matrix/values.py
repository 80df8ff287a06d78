"""The types of a grid file's values: each with its check and its JSON Schema."""

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from runner.axes import MOST_CALLS
from runner.harness.modes import MODES
from runner.harness.workloads import WORKLOADS
from runner.matrix.workload import NOTEBOOK, OWN, is_own

START_METHODS = ("fork", "spawn", "forkserver")
LARGEST_INTEGER = 2**63 - 1
"""SQLite's largest integer."""
LONGEST_S = 1e9
MOST_WORKERS = 10_000
MOST_BLOCKS = 100_000
MOST_UNTIL = 10_000
"""Blocks of a sweep that looks after each of them whether it is enough."""
CURRENT = "current"
"""Names the interpreter under test in a grid that says nothing of `python`."""
PYTHON_GIL = "PYTHON_GIL"


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


def _own_function(value: Any) -> Any:
    if not isinstance(value, str) or not is_own(value):
        return value
    place = value.partition(":")[0]
    if place.endswith(NOTEBOOK):
        raise PydanticCustomError("expected", _EXPORT)
    if not OWN.fullmatch(value) or ("/" in place and not place.endswith(".py")):
        raise PydanticCustomError("expected", "path/to/file.py:function or package.module:function")
    return value


_EXPORT = (
    "a function in a .py file: export the notebook by `jupyter nbconvert --to script NAME.ipynb`, put what is not a "
    'definition below `if __name__ == "__main__":`, and name NAME.py:function'
)


def _scalar(value: Any) -> Any:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise PydanticCustomError("expected", "a number, text, true or false")


def _share(value: Any) -> Any:
    """Read ``2%`` or 0.02."""
    text = re.fullmatch(r"(\d+\.?\d*|\.\d+) ?%", value) if isinstance(value, str) else None
    share = float(text[1]) / 100 if text else value
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise PydanticCustomError("expected", "a share between 0 and 100 %, such as 2% or 0.02")
    return share


_SECONDS = {"s": 1, "m": 60, "h": 3600}


def _span(value: Any) -> Any:
    """Read ``90s``, ``10m`` or ``1.5h``, or a number of seconds."""
    text = re.fullmatch(r"(\d+\.?\d*|\.\d+) ?([smh])", value) if isinstance(value, str) else None
    seconds = float(text[1]) * _SECONDS[text[2]] if text else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1e-9 <= seconds <= LONGEST_S:
        raise PydanticCustomError("expected", "a time such as 90s, 10m or 1.5h")
    return float(seconds)


def _text(value: Any) -> Any:
    if not isinstance(value, str) or "\0" in value:
        raise PydanticCustomError("expected", "text")
    return value


def _variable(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[^=\0\s]+", value):
        raise PydanticCustomError("expected", "the name of an environment variable")
    if value == PYTHON_GIL:
        raise PydanticCustomError("expected", "the axis gil: [on, off] instead, which is checked in every trial")
    return value


class OneOf:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


class _WorkloadName(OneOf):
    """One of the runner's workloads, or the name of a user's function."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        own = core_schema.no_info_before_validator_function(_own_function, core_schema.str_schema())
        choices: dict[Any, Any] = {"own": own, "builtin": core_schema.literal_schema(list(self.words))}
        return core_schema.tagged_union_schema(
            choices, lambda value: "own" if isinstance(value, str) and is_own(value) else "builtin"
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"enum": list(self.words)}, {"type": "string", "pattern": ":"}]}


class OneOrMore:
    """A value or a list of values, in the check and in the JSON Schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        array = handler(schema)
        return {"anyOf": [array["items"], {**array, "minItems": 1}]}


_SHARE = {
    "anyOf": [{"type": "string", "pattern": "%$"}, {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}]
}
_SPAN = {"anyOf": [{"type": "string", "pattern": "[smh]$"}, {"type": "number", "exclusiveMinimum": 0}]}

WHOLE = BeforeValidator(_whole)
NUMBER = BeforeValidator(_number)

WorkloadName = Annotated[str, _WorkloadName(*WORKLOADS)]
Mode = Annotated[str, OneOf(*MODES)]
StartMethod = Annotated[str, OneOf(*START_METHODS)]
Count = Annotated[int, Field(ge=0, le=LARGEST_INTEGER), WHOLE]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False), NUMBER]
Share = Annotated[float, BeforeValidator(_share), WithJsonSchema(_SHARE)]
"""More than 0 and less than 1."""
Span = Annotated[float, BeforeValidator(_span), WithJsonSchema(_SPAN)]
"""Seconds."""
Workers = Annotated[int, Field(ge=1, le=MOST_WORKERS), WHOLE]
Calls = Annotated[int, Field(ge=1, le=MOST_CALLS), WHOLE]
Scalar = Annotated[Any, BeforeValidator(_scalar)]
_AS_WRITTEN = {"type": ["string", "number", "boolean"]}
"""JSON Schema of what is read as text however it is written, such as the version 3.10."""
Python = Annotated[str, BeforeValidator(_text), Field(min_length=1), WithJsonSchema({**_AS_WRITTEN, "minLength": 1})]
Environment = dict[
    Annotated[str, BeforeValidator(_variable)], Annotated[str, BeforeValidator(_text), WithJsonSchema(_AS_WRITTEN)]
]
"""Environment variables: values by name, both text."""
