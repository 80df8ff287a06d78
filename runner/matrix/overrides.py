"""What the command line gives in place of keys and axes of a grid file, or in place of the whole file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from runner.errors import BadInput
from runner.matrix.messages import translate
from runner.matrix.problems import GridProblems, Location, shown
from runner.matrix.source import Source, parse
from runner.matrix.spec import Until
from runner.matrix.written import as_written

PLACES: Mapping[str, tuple[str, ...]] = {
    "repeats": ("repeats",),
    "precision": ("until", "precision"),
    "budget": ("until", "budget"),
    "blocks": ("until", "blocks"),
    "seed": ("seed",),
    "timeout": ("timeout",),
}
"""The key of each option, by the option's name."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the command line."""

    said: str
    """As it was typed, such as ``--repeats 3`` or ``workers=1,2``."""
    value: Any

    @property
    def place(self) -> str:
        """Return what a message calls it: the option, or the word."""
        return self.said.partition(" ")[0] if self.said.startswith("--") else self.said


NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})

Given = Mapping[Location, Value]
"""Values by the place in a grid file that they stand for."""
NOTHING: Given = MappingProxyType({})


def given(options: Mapping[str, Any], words: Sequence[str] = ()) -> dict[Location, Value]:
    """Return the values of options, by their names, and of words such as ``workers=1,2``. Raises BadInput."""
    found: dict[Location, Value] = {}
    for word in words:
        name, values = _axis(word)
        if ("matrix", name) in found:
            raise BadInput(f"{shown(word)}: {name} is given twice; put its values into one word, such as {name}=1,2.")
        found["matrix", name] = Value(word, values)
    if unknown := options.keys() - PLACES.keys():
        raise BadInput(f"{', '.join(sorted(unknown))}: unknown; there can be {', '.join(PLACES)}.")
    return found | {PLACES[name]: Value(f"--{name} {value}", value) for name, value in options.items()}


def _axis(word: str) -> tuple[str, list[Any]]:
    """Return the name and the values of a word. They are written as in a grid file."""
    match = re.fullmatch(r"([^\W\d]\w*)=(.*)", word, re.DOTALL)
    if match is None:
        file = "; a grid file is named by --matrix" if word.endswith((".yaml", ".yml")) else ""
        raise BadInput(f"{shown(word)}: expected an axis with its values, such as workers=1,2,4{file}.")
    name, text = match.groups()
    problem = BadInput(f"{shown(word)}: expected values with commas between them, such as {name}=1,2.")
    try:
        if not isinstance(parse(word, f"[{text}]").value, list):  # which also keeps the word from adding other keys
            raise problem
        source = parse(word, f"matrix: {{{name}: [{text}]}}")
    except GridProblems:
        raise problem from None
    if source.problems:
        raise problem
    values: list[Any] = as_written(source)["matrix"][name]
    return name, values


def overridden(file: Mapping[str, Any], given: Given) -> dict[str, Any]:
    """Return the keys and values of a grid file with what is given in their place."""
    found = dict(file)
    for (key, *below), one in given.items():
        if not below:
            found[str(key)] = one.value
        elif isinstance(found.setdefault(str(key), {}), dict):  # else that is the problem to report
            found[str(key)] = {**found[str(key)], below[0]: one.value}
    return found


def checked_until(options: Mapping[str, Any]) -> Until:
    """Return the options `precision`, `budget` and `blocks` as values. Raises BadInput."""
    if not options:
        raise BadInput("say by how much: --blocks 10, --precision 2% or --budget 10m.")
    source = Source("", "", None, {}, options={(name,): f"--{name}" for name in options})
    try:
        return Until.model_validate(dict(options))
    except ValidationError as error:
        raise GridProblems(source.path, translate(error, source)) from None
