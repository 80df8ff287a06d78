"""What tests build and wait for."""

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner import reply
from runner.axes import CONDITIONS, unusual
from runner.harness import wire
from runner.harness.signature import describe
from runner.matrix.case import Case
from runner.matrix.setting import Platform, Setting
from runner.reply import FunctionDescription
from runner.request import TrialRequest

PLATFORM = Platform(
    python="cpython 3.11.2", usable_cpus=2, start_methods=("fork", "spawn", "forkserver"), default_start_method="fork"
)

SETTING = Setting.of(PLATFORM)

PATIENCE_S = 240
"""Timeout for every process that a test starts: far longer than any needs on a busy machine."""
WAYS = {
    "sequential": ("sequential", None),
    "threading": ("threading", None),
    "fork": ("multiprocessing", "fork"),
    "spawn": ("multiprocessing", "spawn"),
    "forkserver": ("multiprocessing", "forkserver"),
}
"""Mode and start method of each way to run workers."""


def by_way(*quick: str, among: Iterable[str] = WAYS) -> pytest.MarkDecorator:
    """Run a test once for each way: in `make test` for those that are `quick`, with the others in `make test-all`."""
    ways = [pytest.param(way, marks=[] if way in quick else pytest.mark.slow) for way in among]
    return pytest.mark.parametrize("way", ways)


@dataclass(frozen=True)
class Finished:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def command_line(*words: str, module: str = "runner") -> list[str]:
    return [sys.executable, "-m", module, *words]


def request(
    workload: str, mode: str = "sequential", start_method: str | None = None, workers: int = 2, **params: Any
) -> TrialRequest:
    """Return a request for a trial of one call a worker (sequential: `workers` calls)."""
    return TrialRequest(
        workload=workload,
        params=params,
        mode=mode,
        start_method=start_method,
        workers=1 if mode == "sequential" else workers,
        calls=workers,
    )


def case(**changes: Any) -> Case:
    """Return a case; `changes` replace its fields, and name its conditions."""
    fields: dict[str, Any] = {
        "workload": "cpu_bound",
        "params": (("NUM", 10),),
        "mode": "threading",
        "start_method": None,
        "workers": 2,
        "calls": 2,
        "python": PLATFORM.python,
    }
    conditions = {name: changes.pop(name) for name in CONDITIONS if name in changes}
    return Case(**{**fields, **changes}, conditions=unusual(conditions))


def described(name: str, function: Callable[..., Any], **changes: Any) -> FunctionDescription:
    """Return what an interpreter would reply to an inspection of `function`."""
    (found,) = reply.functions(
        wire.encode({"functions": [{"name": name, "problem": None, **describe(function), **changes}]})
    )
    return found


def alive(pid: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until `condition` is true, and return its value; fail after a time that is enough for a busy machine."""
    deadline = time.monotonic() + PATIENCE_S / 2
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
    return value


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def by_name_wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that passes on what it is given by keyword alone, as some decorators do."""

    @functools.wraps(function)
    def wrapped(**params: Any) -> Any:
        return function(**params)

    return wrapped
