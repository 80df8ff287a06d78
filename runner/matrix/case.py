"""A case: one combination of the matrix."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runner.errors import StoreUnusable

SEQUENTIAL = "sequential"


@dataclass(frozen=True, slots=True)
class Case:
    """Workload, arguments, mode, start method, workers, calls, interpreter. Hashable, and its own identity."""

    workload: str
    params: tuple[tuple[str, int | float], ...]
    mode: str
    start_method: str | None
    """None for modes that start no processes."""
    workers: int
    calls: int
    """Calls of the workload in all; workers share them out."""
    python: str
    """Label of the interpreter under test."""

    @property
    def key(self) -> str:
        """Return what identifies this case in every store: 16 hexadecimal digits."""
        parts = [
            self.workload,
            self.params,
            self.mode,
            self.start_method,
            self.workers,
            self.calls,
            self.python,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @property
    def is_baseline(self) -> bool:
        """Whether other cases are compared with this one."""
        return self.mode == SEQUENTIAL

    def baseline(self) -> "Case":
        """Return the sequential case of the same work on the same interpreter."""
        return replace(self, mode=SEQUENTIAL, start_method=None, workers=1)

    def request(self) -> dict[str, Any]:
        """Return what a child is asked (see ``runner.harness.wire``)."""
        return {
            "kind": "trial",
            "workload": self.workload,
            "params": dict(self.params),
            "mode": self.mode,
            "start_method": self.start_method,
            "workers": self.workers,
            "calls": self.calls,
        }

    def columns(self) -> dict[str, Any]:
        """Return the case as the store keeps it."""
        params = dict(self.params)
        return {
            "key": self.key,
            "workload": self.workload,
            "params": json.dumps(params),
            "num": params.get("NUM"),
            "time_s": params.get("TIME"),
            "mode": self.mode,
            "start_method": self.start_method,
            "workers": self.workers,
            "calls": self.calls,
        }

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any], python: str) -> "Case":
        """Return the case that `columns` was made from. Raises StoreUnusable if it is not the one of their `key`."""
        case = cls(
            workload=columns["workload"],
            params=tuple(json.loads(columns["params"]).items()),
            mode=columns["mode"],
            start_method=columns["start_method"],
            workers=columns["workers"],
            calls=columns["calls"],
            python=python,
        )
        if columns.get("key", case.key) != case.key:
            raise StoreUnusable(
                f"Case {columns['id']} of the store is not the one that its key stands for. "
                "If somebody edited the store, mend that row; else restore a backup."
            )
        return case

    def __str__(self) -> str:
        """Name the case in one short line, such as ``cpu_bound(NUM=1_000_000) threading ×2``."""
        shared = f", {self.calls} calls" if self.calls != self.workers else ""
        return f"{work(self.workload, dict(self.params))} {way(self.mode, self.start_method)} ×{self.workers}{shared}"


def work(workload: str, params: Mapping[str, int | float]) -> str:
    """Write a call of the workload, such as ``cpu_bound(NUM=1_000_000)``."""
    arguments = ", ".join(f"{name}={number(value)}" for name, value in params.items())
    return f"{workload}({arguments})"


def number(value: float) -> str:
    """Write an axis's value as in a grid file: ``1_000_000``, ``0.05``, ``10``."""
    return f"{value:_}" if isinstance(value, int) else f"{value:.10g}"


def way(mode: str, start_method: str | None) -> str:
    """Write how a case runs, such as ``multiprocessing/fork``."""
    return f"{mode}/{start_method}" if start_method else mode
