"""Run the command line: errors become messages and exit codes only here."""

import io
import os
import sys
from contextlib import suppress
from typing import Any

import typer

from runner.cli.app import app
from runner.errors import RunnerError
from runner.visible import visible


def main() -> None:
    """Run the command line of the runner."""
    run(app, "runner")


def run(app: typer.Typer, program: str) -> None:
    """Run a command line; print an error's message, which begins with the program's name, and exit with its code."""
    _make_output_safe()
    try:
        app()
    except RunnerError as error:
        typer.echo(visible(f"{program}: {error}"), err=True)
        sys.exit(int(error.exit_code))


class _Messages(io.FileIO):
    """Stderr. What cannot be written is dropped, so that a sweep goes on when nobody reads its messages any more."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data) or len(data)
        return len(data)


def _make_output_safe() -> None:
    """Make sure that the store never gets descriptor 0, 1 or 2, and that every character can be encoded."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    messages = io.BufferedWriter(_Messages(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(messages, encoding=encoding, errors="replace", line_buffering=True)
