"""A case: one combination of the matrix."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runner.axes import CONDITIONS, unusual
from runner.errors import StoreUnusable
from runner.matrix.workload import Workload
from runner.request import TrialRequest
from runner.visible import shortened

SEQUENTIAL = "sequential"

Value = str | int | float | bool
"""A parameter's value."""


@dataclass(frozen=True, slots=True)
class Case:
    """Workload, arguments, mode, start method, workers, calls, interpreter. Hashable, and its own identity."""

    workload: str
    params: tuple[tuple[str, Value], ...]
    mode: str
    start_method: str | None
    """None for modes that start no processes."""
    workers: int
    calls: int
    """Calls of the workload in all; workers share them out."""
    python: str
    """Label of the interpreter under test."""
    source_sha256: str | None = None
    """Of the file that holds a user's function."""
    conditions: tuple[tuple[str, Any], ...] = ()
    """Names and values of those that are not the usual ones, as ``runner.axes.unusual`` returns them."""

    @property
    def key(self) -> str:
        """Return what identifies this case in every store: 16 hexadecimal digits.

        A usual condition is no part of it, so a case has the same key as before the condition existed.
        """
        parts: list[Any] = [
            self.workload,
            self.params,
            self.mode,
            self.start_method,
            self.workers,
            self.calls,
            self.python,
        ]
        source = {} if self.source_sha256 is None else {"source_sha256": self.source_sha256}
        if given := source | dict(self.conditions):
            parts.append(given)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def condition(self, name: str) -> Any:
        """Return the value of a condition, usual or not."""
        return dict(self.conditions).get(name, CONDITIONS[name].usual)

    def under(self, **conditions: Any) -> "Case":
        """Return the same case with other values of these conditions."""
        return replace(self, conditions=unusual(dict(self.conditions) | conditions))

    @property
    def is_baseline(self) -> bool:
        """Whether it is sequential: other cases are compared with it."""
        return self.mode == SEQUENTIAL

    def baseline(self) -> "Case":
        """Return the sequential case of the same work on the same interpreter."""
        return replace(self, mode=SEQUENTIAL, start_method=None, workers=1)

    def request(self, workload: Workload) -> TrialRequest:
        """Return what is asked of a child, but for the interpreter and its environment."""
        params = dict(self.params)
        return TrialRequest(
            workload=self.workload,
            params=params,
            mode=self.mode,
            start_method=self.start_method,
            workers=self.workers,
            calls=self.calls,
            takes=None if workload.is_plain else {**workload.takes, "function": workload.function_takes(params)},
            function=workload.reference,
            conditions={name: value for name, value in self.conditions if CONDITIONS[name].sent},
        )

    def columns(self) -> dict[str, Any]:
        """Return the case as the store keeps it."""
        params = dict(self.params)
        return {
            "key": self.key,
            "workload": self.workload,
            "params": json.dumps(params),
            "num": _if(params.get("NUM"), int),
            "time_s": _if(params.get("TIME"), int | float),
            "mode": self.mode,
            "start_method": self.start_method,
            "workers": self.workers,
            "calls": self.calls,
            "python": self.python,
            **{name: one.kind.stored(self.condition(name)) for name, one in CONDITIONS.items()},
        }

    @classmethod
    def from_columns(cls, columns: Mapping[str, Any], python: str) -> "Case":
        """Return the case that `columns` was made from. Raises StoreUnusable if its key is another one than theirs."""
        case = cls(
            workload=columns["workload"],
            params=tuple(json.loads(columns["params"]).items()),
            mode=columns["mode"],
            start_method=columns["start_method"],
            workers=columns["workers"],
            calls=columns["calls"],
            python=python,
            source_sha256=columns.get("source_sha256"),
            conditions=unusual({name: one.kind.loaded(columns[name]) for name, one in CONDITIONS.items()}),
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
        how = f"{self.way} ×{self.workers}{shared}"
        conditions = (CONDITIONS[name].kind.named(name, value) for name, value in self.conditions)
        return ", ".join([f"{work(self.workload, dict(self.params))} {how}", *conditions])

    @property
    def way(self) -> str:
        """Write how it runs, such as ``multiprocessing/fork``."""
        return way(self.mode, self.start_method)


def work(workload: str, params: Mapping[str, Value]) -> str:
    """Write a call of the workload, such as ``cpu_bound(NUM=1_000_000)``."""
    arguments = ", ".join(f"{name}={number(value)}" for name, value in params.items())
    return f"{workload}({arguments})"


def number(value: Value) -> str:
    """Write an axis's value as in a grid file: ``1_000_000``, ``0.05``, ``true``, ``"10"``; long text is shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if _LOOKS_OTHERWISE.fullmatch(value) else shortened(value)
    return f"{value:_}" if isinstance(value, int) else f"{value:.10g}"


_LOOKS_OTHERWISE = re.compile(r"[-+]?[\d._]+([eE][-+]?\d+)?|true|false|")
"""Text that YAML would read as a number, as true or false, or as nothing, if it were not quoted."""


def way(mode: str, start_method: str | None) -> str:
    """Write how a case runs, such as ``multiprocessing/fork``."""
    return f"{mode}/{start_method}" if start_method else mode


def _if(value: Any, kind: Any) -> Any:
    """Return `value` for the column of its name, or None where a user's function means something else by that name."""
    return value if isinstance(value, kind) and not isinstance(value, bool) else None
