"""The problems of a grid file, reported all at once, each with its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runner.errors import BadInput

Location = tuple[str | int, ...]
"""Keys and indices from the top of the file down, such as ("matrix", "workers", 1)."""

SHOWN_AT_MOST = 25


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem."""

    location: Location
    message: str
    line: int | None = None
    """Counted from 1; None if it is not known."""


class GridProblems(BadInput):
    """A grid file cannot be used. `problems` has every reason, in the order of the file."""

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = sorted(problems, key=lambda problem: problem.line or 0)
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [
            ": ".join(filter(None, (_place(self.path, problem), dotted(problem.location), problem.message)))
            for problem in self.problems[:SHOWN_AT_MOST]
        ]
        hidden = len(self.problems) - len(lines)
        if hidden:
            lines.append(f"… and {hidden} more")
        return "\n".join(lines)


def _place(path: str, problem: Problem) -> str:
    return path if problem.line is None else f"{path}:{problem.line}"


def dotted(location: Location) -> str:
    """Write a location as ``matrix.workers[1]``."""
    text = ""
    for step in location:
        word = f"[{step}]" if isinstance(step, int) else _key(step)
        text += f".{word}" if text and not isinstance(step, int) else word
    return text


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w<-]{1,60}", key) else shown(key)


def shown(value: object) -> str:
    """Write a value of the file for a message, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python converts
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)} characters)"
