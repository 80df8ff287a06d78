"""The one place where errors become messages and exit codes."""

import io
import os
import sys
from contextlib import suppress
from typing import Any

import typer

from runner.cli.app import app
from runner.errors import RunnerError


def main() -> None:
    """Run the command line. The one place where errors become messages and exit codes."""
    _make_output_safe()
    try:
        app()
    except RunnerError as error:
        typer.echo(f"runner: {error}", err=True)
        sys.exit(int(error.exit_code))


class _Messages(io.FileIO):
    """Stderr. What cannot be written there is dropped: a sweep does not end because nobody reads how it goes on."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data) or len(data)
        return len(data)


def _make_output_safe() -> None:
    """See to it that a closed descriptor is not given to the store, and that no sign of ours can fail to be encoded."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    messages = io.BufferedWriter(_Messages(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(messages, encoding=encoding, errors="replace", line_buffering=True)
