"""Options of the command line that take the place of keys of a grid file."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from runner.errors import BadInput
from runner.matrix.messages import translate
from runner.matrix.problems import GridProblems, Location
from runner.matrix.source import Source
from runner.matrix.spec import Until

PLACES: Mapping[str, tuple[str, ...]] = {
    "repeats": ("repeats",),
    "precision": ("until", "precision"),
    "budget": ("until", "budget"),
    "blocks": ("until", "blocks"),
    "seed": ("seed",),
    "timeout": ("timeout",),
}
"""The key of each option, whose name is that of the option."""


def overridden(file: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys and values of a grid file with the options that are given."""
    found = dict(file)
    for name, value in given.items():
        key, *below = PLACES[name]
        if not below:
            found[key] = value
        elif isinstance(found.setdefault(key, {}), dict):  # else that is the problem to report
            found[key] = {**found[key], below[0]: value}
    return found


def options(given: Mapping[str, Any]) -> dict[Location, str]:
    """Return the option that stands for a key, by the key's place."""
    return {PLACES[name]: f"--{name}" for name in given}


def text(file: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Write the keys and values as the text of a grid file: JSON, which is YAML, too."""
    words = shlex.join(word for name, value in given.items() for word in (f"--{name}", str(value)))
    return f"# With {words}\n{json.dumps(file, indent=2, ensure_ascii=False)}\n"


def checked_until(given: Mapping[str, Any]) -> Until:
    """Return the options `precision`, `budget` and `blocks` as values. Raises BadInput."""
    if not given:
        raise BadInput("say by how much: --blocks 10, --precision 2% or --budget 10m.")
    source = Source("", "", None, {}, options={(name,): f"--{name}" for name in given})
    try:
        return Until.model_validate(dict(given))
    except ValidationError as error:
        raise GridProblems(source.path, translate(error, source)) from None
