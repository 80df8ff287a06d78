"""Collect what a sweep was run with, so that it can be repeated."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("alembic", "pydantic", "PyYAML", "rich", "sqlalchemy", "typer")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that the runner itself (not a trial) uses."""
    return {"python": platform.python_version(), **{library: version(library) for library in LIBRARIES}}


def command_line() -> str:
    """Return the command line as typed, with the program's name but without its folder."""
    program = Path(sys.argv[0]).name
    return shlex.join(["runner" if program == "__main__.py" else program, *sys.argv[1:]])


def git_state() -> tuple[str | None, bool | None]:
    """Return (commit, whether there are uncommitted changes) of the working directory; None for what is unknown."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None, None
    changes = _git("status", "--porcelain")
    return commit, None if changes is None else bool(changes)


def _git(*words: str) -> str | None:
    try:
        result = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return result.stdout.strip()
