"""Whatever fault a test makes: it ends, and no process of it is left."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.faults import PATIENCE_S, PROMISED_S
from support.helpers import Finished, command_line, eventually
from support.stores import as_ordinary_user, folder_for_everyone
from support.traces import IN_PROC, Traces

Start = Callable[..., "Started"]


class Started:
    """A command in the background."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )

    def finished(self) -> Finished:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Finished(self.process.returncode, out, err)


@pytest.fixture(autouse=True)
def nothing_is_left(traces: Traces) -> Iterator[None]:
    """Hold against a test what is left of the processes that it started."""
    yield
    if IN_PROC:
        eventually(lambda: not traces.all(), PROMISED_S)


@pytest.fixture
def start(nothing_is_left: None) -> Iterator[Start]:
    """Start a command line in the background; whatever becomes of the test, it ends."""
    running: list[Started] = []

    def begin(*words: str, argv: list[str] | None = None, **options: Any) -> Started:
        running.append(Started(argv or command_line(*words), **options))
        return running[-1]

    yield begin
    for started in running:
        started.process.kill()
        started.process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def public_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder where every user may write, also when root runs the tests."""
    with folder_for_everyone() as folder:
        if not as_ordinary_user(partial(os.access, os.path.realpath(sys.executable), os.X_OK)):
            pytest.skip("the interpreter is closed to other users")
        folder.chmod(0o777)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("RUNNER_HOST_LOCK", str(folder / "host.lock"))
        yield folder
