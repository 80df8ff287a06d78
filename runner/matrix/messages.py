"""Translate pydantic's errors into messages in this program's words, each with its place in the grid file."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runner.harness.workloads import WORKLOADS
from runner.matrix.problems import Location, Problem, dotted, shown
from runner.matrix.slug import SLUG_IN_WORDS
from runner.matrix.source import Source
from runner.matrix.spec import Axes, GridSpec, Until
from runner.words import nearest

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


def translate(error: ValidationError, source: Source) -> list[Problem]:
    """Return the problems in `error`, each with its place in the file."""
    return [
        source.problem(_in_file(details["loc"], source), _message(details))
        for details in error.errors(include_url=False)
    ]


def _in_file(location: Location, source: Source) -> Location:
    """Remove pydantic's steps that are not in the file: a union's choice, the index of a value that is no list."""
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
        return unknown_key(details["loc"])
    context.setdefault("expected", details["msg"])
    expected = _EXPECTED.get(kind, details["msg"]).format(**context)
    words = re.findall(r"'([^']*)'", expected) if kind == "literal_error" else []
    meant = nearest(details["input"], words) if isinstance(details["input"], str) else None
    if set(words) == set(WORKLOADS):
        expected = "a workload" if meant else f"{', '.join(words)} or path/to/file.py:function"
    message = f"expected {expected}, got {shown(details['input'])}"
    return f"{message}; did you mean '{meant}'?" if meant else message


def unknown_key(location: Location) -> str:
    """Return the message for an unknown key: it proposes the most similar key, or lists all of them."""
    parent, key = location[:-1], str(location[-1])
    known = tuple((Until if parent == ("until",) else Axes if parent else GridSpec).model_fields)
    meant = nearest(key, known)
    if meant:
        return f"unknown key; did you mean '{meant}'?"
    if not parent and (axis := nearest(key, Axes.model_fields)):
        return f"unknown key; the axis '{axis}' belongs below 'matrix'"
    where = f"below {dotted(parent)} " if parent else ""
    return f"unknown key; {where}there can be {', '.join(known)}"
