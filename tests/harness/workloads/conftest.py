"""Trials of built-in workloads, of which nothing may be left."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.helpers import eventually
from support.traces import IN_PROC, Traces

REPOSITORY = Path(__file__).parents[3]
DRIVER = "from support.workload_driver import main; main()"
IN_MEMORY = Path("/dev/shm")  # where semaphores and shared arrays are files
PATIENCE_S = 60


class Ended:
    """How a driver ended; `tally` is what it told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.pid = process.pid
        try:
            self.out, self.err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            pytest.fail("the trial hangs")
        self.code = process.returncode

    @property
    def tally(self) -> dict[str, Any]:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)

    def removed_from_memory(self) -> list[str]:
        left = list(IN_MEMORY.glob(f"*-{self.pid}-*"))
        for path in left:
            path.unlink()
        return [path.name for path in left]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return an empty folder with a name short enough for the socket of a forkserver."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def trial(traces: Traces, temporary: Path) -> Iterator[Callable[..., Ended]]:
    """Run one trial in an interpreter of its own; whatever it leaves behind fails the test."""
    path = os.pathsep.join(map(str, [REPOSITORY, REPOSITORY / "tests"]))
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)}
    ended = []

    def run(way: str, workload: str, calls: int = 2, workers: int = 2, **axes: float) -> Ended:
        asked = {"way": way, "workload": workload, "axes": axes, "calls": calls, "workers": workers}
        words = [sys.executable, "-W", "error", "-c", DRIVER, json.dumps(asked)]
        process = subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        ended.append(Ended(process))
        return ended[-1]

    yield run
    if IN_PROC:
        eventually(lambda: not traces.all())
    assert list(temporary.iterdir()) == []
    assert [name for each in ended for name in each.removed_from_memory()] == []
