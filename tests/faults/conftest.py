"""Whatever fault a test makes: it ends, and no process of it is left."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.helpers import PATIENCE_S, command_line, eventually
from support.started import Start, Started
from support.stores import as_ordinary_user, folder_for_everyone
from support.traces import IN_PROC, Traces


@pytest.fixture(autouse=True)
def nothing_is_left(traces: Traces) -> Iterator[None]:
    """Fail a test that leaves processes behind."""
    yield
    if IN_PROC:
        eventually(lambda: not traces.all())


@pytest.fixture
def start(nothing_is_left: None) -> Iterator[Start]:
    """Start a command line in the background; it is ended after the test, even if that fails."""
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
    """Work in an empty folder where every user may write, even if root runs the tests."""
    with folder_for_everyone() as folder:
        if not as_ordinary_user(partial(os.access, os.path.realpath(sys.executable), os.X_OK)):
            pytest.skip("the interpreter is closed to other users")
        folder.chmod(0o777)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("RUNNER_HOST_LOCK", str(folder / "host.lock"))
        yield folder
