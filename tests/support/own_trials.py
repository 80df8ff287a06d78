"""Trials of functions that nobody here wrote, asked for as a grid file asks for them."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner.examine import examine
from runner.executors.local import LocalExecutor
from runner.harness.modes import MODES
from runner.here import Here
from runner.interrupt import Interrupt
from runner.matrix.expand import expand
from runner.matrix.grid import Grid, parse_grid
from runner.matrix.setting import Platform
from runner.outcome import Outcome
from runner.request import TrialRequest
from runner.under_test import UnderTest
from support import own_workloads

FILE = "own.py"
NAMES = [
    name
    for name, value in vars(own_workloads).items()
    if callable(value) and value.__module__ == own_workloads.__name__
]
Way = tuple[str, str | None]


class OwnTrials:
    """The functions of ``own_workloads`` in a folder of their own, run by one interpreter."""

    def __init__(self, executor: LocalExecutor, folder: Path, python: str) -> None:
        self.executor = executor
        self._folder = folder
        self._python = python
        self._looked_at: dict[str, UnderTest] = {}

    def under_test(self, function: str = "plain") -> UnderTest:
        """Return what is known of a function; it is looked at but once."""
        if function not in self._looked_at:
            grid = self._grid({"workload": f"{FILE}:{function}"})
            with Interrupt() as interrupt:
                self._looked_at[function] = examine(grid, Here(self.executor), interrupt)
        return self._looked_at[function]

    @property
    def platform(self) -> Platform:
        (platform,) = self.under_test().setting.platforms.values()
        return platform

    @property
    def ways(self) -> list[Way]:
        """Return each mode of this interpreter, with each of its start methods."""
        return [
            (mode, method)
            for mode in self.platform.modes
            for method in (self.platform.start_methods if MODES[mode].starts_processes else (None,))
        ]

    def request(self, function: str, way: Way, **axes: Any) -> TrialRequest:
        """Return what a child is asked for the case of a grid with this function."""
        mode, method = way
        matrix = {"workload": f"{FILE}:{function}", "mode": mode, "workers": 2, **axes}
        if method:
            matrix["start_method"] = method
        under_test = self.under_test(function)
        return under_test.request(expand(self._grid(matrix), under_test.setting).cases[0])

    def run(self, function: str, way: Way, **axes: Any) -> Outcome:
        return self.run_request(self.request(function, way, **axes))

    def run_request(self, asked: TrialRequest) -> Outcome:
        with Interrupt() as interrupt:
            return self.executor.run(asked, timeout_s=60, interrupt=interrupt, tick=lambda: None)

    def _grid(self, matrix: dict[str, Any]) -> Grid:
        text = json.dumps({"matrix": {"python": self._python, **matrix}})
        return parse_grid(str(self._folder / "grid.yaml"), text)


@contextmanager
def own_trials(folder: Path, python: str) -> Iterator[OwnTrials]:
    """Put the functions into `folder`, to be run by the interpreter `python`."""
    shutil.copy(own_workloads.__file__, folder / FILE)
    with LocalExecutor() as executor:
        yield OwnTrials(executor, folder, python)
