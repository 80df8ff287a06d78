"""A case: one combination of the matrix."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runner.errors import StoreUnusable
from runner.harness.placement import ANY
from runner.matrix.workload import Workload
from runner.request import TrialRequest

SEQUENTIAL = "sequential"

Value = str | int | float | bool
"""Of a parameter."""


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
    """Of the file that a function of the user's is in."""
    gil: str | None = None
    """What the interpreter lock is to be, ``on`` or ``off``; None: as the interpreter has it."""
    warmup_calls: int = 0
    """Of each worker, before the clock."""
    barrier: bool = False
    """Whether all workers begin together, and only their calls count."""
    affinity: str = ANY
    """On which CPUs (see ``runner.harness.placement``)."""
    env: tuple[tuple[str, str], ...] = ()
    """Environment variables of the trial."""

    @property
    def key(self) -> str:
        """Return what identifies this case in every store: 16 hexadecimal digits.

        What is as it was before there was a choice is no part of it: cases of older stores have the same keys.
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
        conditions = {
            "source_sha256": self.source_sha256,
            "gil": self.gil,
            "warmup_calls": self.warmup_calls or None,
            "barrier": self.barrier or None,
            "affinity": None if self.affinity == ANY else self.affinity,
            "env": self.env or None,
        }
        if given := {name: value for name, value in conditions.items() if value is not None}:
            parts.append(given)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @property
    def is_baseline(self) -> bool:
        """Whether other cases are compared with this one."""
        return self.mode == SEQUENTIAL

    def baseline(self) -> "Case":
        """Return the sequential case of the same work on the same interpreter."""
        return replace(self, mode=SEQUENTIAL, start_method=None, workers=1)

    def request(self, workload: Workload) -> TrialRequest:
        """Return what is asked of a child, but for the interpreter and its environment."""
        params = dict(self.params)
        usual = (("warmup_calls", 0), ("barrier", False), ("affinity", ANY))
        return TrialRequest(
            workload=self.workload,
            params=params,
            mode=self.mode,
            start_method=self.start_method,
            workers=self.workers,
            calls=self.calls,
            takes=None if workload.is_plain else {**workload.takes, "function": workload.function_takes(params)},
            function=workload.reference,
            conditions={name: getattr(self, name) for name, default in usual if getattr(self, name) != default},
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
            "gil": self.gil,
            "warmup_calls": self.warmup_calls,
            "barrier": self.barrier,
            "affinity": self.affinity,
            "env": json.dumps(dict(self.env)),
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
            source_sha256=columns.get("source_sha256"),
            gil=columns["gil"],
            warmup_calls=columns["warmup_calls"],
            barrier=bool(columns["barrier"]),
            affinity=columns["affinity"],
            env=tuple(json.loads(columns["env"]).items()),
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
        return ", ".join([f"{work(self.workload, dict(self.params))} {how}", *self.conditions()])

    @property
    def way(self) -> str:
        """Write how it runs, such as ``multiprocessing/fork``."""
        return way(self.mode, self.start_method)

    def conditions(self) -> list[str]:
        """Name what is not as it is where a grid says nothing, such as ``gil=off``."""
        given = {"gil": self.gil, "warmup_calls": self.warmup_calls, "barrier": self.barrier}
        named = [f"{name}={number(value)}" for name, value in given.items() if value]
        named += [f"affinity={self.affinity}"] * (self.affinity != ANY)
        return [*named, *(f"{name}={value}" for name, value in self.env)]


def work(workload: str, params: Mapping[str, Value]) -> str:
    """Write a call of the workload, such as ``cpu_bound(NUM=1_000_000)``."""
    arguments = ", ".join(f"{name}={number(value)}" for name, value in params.items())
    return f"{workload}({arguments})"


def number(value: Value) -> str:
    """Write an axis's value as in a grid file: ``1_000_000``, ``0.05``, ``10``, ``true``, ``text``, ``"10"``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if _LOOKS_OTHERWISE.fullmatch(value) else value
    return f"{value:_}" if isinstance(value, int) else f"{value:.10g}"


_LOOKS_OTHERWISE = re.compile(r"[-+]?[\d._]+([eE][-+]?\d+)?|true|false|")
"""Text that would be read as a number, a truth or nothing, were it not quoted."""


def way(mode: str, start_method: str | None) -> str:
    """Write how a case runs, such as ``multiprocessing/fork``."""
    return f"{mode}/{start_method}" if start_method else mode


def omitted(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say in a line each how many cases were left out, which, and why; those for one reason together."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["workload"], row["start_method"], row["gil"], row["reason"]), []).append(row)
    lines = []
    for (workload, method, gil, reason), group in groups.items():
        modes, pythons = (", ".join(dict.fromkeys(row[name] or "" for row in group)) for name in ("mode", "python"))
        named = " ".join(filter(None, (workload, modes, method, gil and f"gil={gil}")))
        cases = sum(row["cases"] for row in group)
        lines.append(f"{cases:,} {'case' if cases == 1 else 'cases'}: {named} on {pythons}: {reason}")
    return lines


def _if(value: Any, kind: Any) -> Any:
    """Return a value that has a column of its own, unless it is something else in a function of the user's."""
    return value if isinstance(value, kind) and not isinstance(value, bool) else None
