"""Take the values of a grid file as they are written where they are text: 3.10 is not 3.1."""

from typing import Any

from runner.axes import CONDITIONS, Variables
from runner.matrix.problems import Location
from runner.matrix.source import Source

_AS_WRITTEN = {"python", *(name for name, condition in CONDITIONS.items() if isinstance(condition.kind, Variables))}
"""Axes whose values are text, however they are written."""


def as_written(source: Source) -> dict[str, Any]:
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
