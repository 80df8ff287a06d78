"""Find the Python interpreters of this machine."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from runner.visible import on_one_line

OLDEST = (3, 9)
"""Oldest version that the harness runs in."""
MOST_ASKED = 32
ANSWER_TIMEOUT_S = 5.0
NAME = re.compile(r"(python|pypy|graalpy)[\d.]*t?")
VERSION = re.compile(r"(?P<implementation>cpython|python|pypy|graalpy)?-?(?P<numbers>\d+(?:\.\d+){0,2})(?P<build>t?)")
"""How a user names an interpreter by its version: ``3.13``, ``3.14t``, ``pypy3.11``."""
MANAGERS = (
    ("PYENV_ROOT", ".pyenv", "versions/*/bin"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "*/bin"),
)
"""Variable that names a folder, its default below the user's home, and where in it the interpreters are."""
SHIMS = "shims"
"""A folder of scripts that choose an interpreter when they run; the interpreters themselves are found elsewhere."""
QUESTION = (
    "import sys; "
    "sys.stdout.write('%d %d %s %s%s' % (sys.version_info[0], sys.version_info[1], "
    "getattr(getattr(sys, 'implementation', None), 'name', 'python'), sys.version.split()[0], "
    "'t' if 't' in getattr(sys, 'abiflags', '') else ''))"
)
"""Python 2 can run it, too."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that can be started by its path."""

    path: Path
    version: tuple[int, int]
    implementation: str
    """As ``cpython``."""
    release: str
    """As ``3.13.0t``."""

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of its version, at most three."""
        return re.findall(r"\d+", self.release)[:3]


def interpreter_under_test() -> str:
    """Return the Python that trials run in: the base interpreter of the virtual environment of this program.

    So neither this project nor its dependencies can be imported in a trial, and none of their ``.pth`` files slows the
    start of a spawned worker.
    """
    return getattr(sys, "_base_executable", "") or sys.executable


def installed(environ: Mapping[str, str]) -> Sequence[Interpreter]:
    """Return the interpreters on ``PATH``, of pyenv and of uv, the oldest first, without duplicates."""
    answers = ask(list(dict.fromkeys(_candidates(environ)))[:MOST_ASKED])
    return sorted(
        filter(None, answers), key=lambda one: (one.version, [int(part) for part in one.numbers], one.release, one.path)
    )


def ask(paths: Sequence[Path]) -> list[Interpreter | None]:
    """Start these programs at the same time and return which interpreter each is; None if not a working Python."""
    with ExitStack() as running:
        asked = [(path, _ask(path, running)) for path in paths]
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        return [parse(path, _answer(process, deadline)) for path, process in asked]


def find(version: str, environ: Mapping[str, str]) -> Path | None:
    """Return the interpreter that a version such as ``3.13``, ``3.14t`` or ``pypy3.11`` names; None if there is none.

    One on the ``PATH`` is preferred; else it is the newest of pyenv's and uv's.
    """
    match = VERSION.fullmatch(version)
    if match is None:
        return None
    implementation = {"python": "cpython", None: "cpython"}.get(match["implementation"], match["implementation"])
    numbers = match["numbers"].split(".")
    fitting = [
        one
        for one in installed(environ)
        if one.implementation == implementation
        and one.release.endswith("t") == bool(match["build"])
        and one.numbers[: len(numbers)] == numbers
    ]
    folders = [Path(entry).resolve() for entry in environ.get("PATH", "").split(os.pathsep)]
    newest_first = fitting[::-1]
    on_path = [one for folder in folders for one in newest_first if one.path.parent == folder]
    return next((one.path for one in (*on_path, *newest_first)), None)


def parse(path: Path, answer: str) -> Interpreter | None:
    """Parse a program's answer to the question; None if it is not a working Python."""
    try:
        major, minor, implementation, release = answer.split()
        return Interpreter(path, (int(major), int(minor)), on_one_line(implementation), on_one_line(release))
    except ValueError:
        return None


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    for folder in _folders(environ):
        with suppress(OSError):
            for path in sorted(folder.iterdir()):
                if NAME.fullmatch(path.name) and path.is_file() and os.access(path, os.X_OK):
                    yield path.resolve()


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    for entry in environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        if folder.is_absolute() and folder.name != SHIMS:
            yield folder
    for variable, below_home, pattern in MANAGERS:
        home = environ.get("HOME")
        manager = environ.get(variable) or (f"{home}/{below_home}" if home else "")
        if manager:
            yield from sorted(Path(manager).glob(pattern))


def _ask(path: Path, running: ExitStack) -> subprocess.Popen[str] | None:
    try:
        process = running.enter_context(
            subprocess.Popen(
                [path, "-B", "-E", "-S", "-c", QUESTION],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
            )
        )
    except OSError:
        return None
    running.callback(process.kill)
    return process


def _answer(process: subprocess.Popen[str] | None, deadline: float) -> str:
    if process is None:
        return ""
    try:
        return process.communicate(timeout=max(0.0, deadline - time.monotonic()))[0]
    except subprocess.TimeoutExpired:
        return ""
