"""Trials of functions that nobody here wrote, and of the runner's own workloads, as a case asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.executors.local import LocalExecutor
from runner.harness.job import OWN_HOOKS
from runner.harness.modes import MODES
from runner.harness.signature import describe
from runner.harness.workloads import load
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status
from runner.request import Reference, TrialRequest
from support import own_workloads
from support.helpers import PATIENCE_S

FILE = "own.py"
Way = tuple[str, str | None]
"""Mode and start method."""
FINE = (Status.OK, None)


def ways(modes: Mapping[str, Any] | tuple[str, ...], start_methods: tuple[str, ...]) -> list[Way]:
    """Return each of the modes with each of its start methods."""
    return [(mode, method) for mode in modes for method in (start_methods if MODES[mode].starts_processes else (None,))]


def name_of(way: Way) -> str:
    return "-".join(filter(None, way))


def run(executor: LocalExecutor, request: TrialRequest) -> Outcome:
    with Interrupt() as interrupt:
        return executor.run(request, timeout_s=PATIENCE_S, interrupt=interrupt, tick=lambda: None)


def ended(outcome: Outcome) -> tuple[Status, str | None]:
    return outcome.status, outcome.reason


def calls_made(outcome: Outcome) -> int:
    """Return how many calls the records of a trial stand for."""
    return sum(timing.batch + timing.unrecorded for timing in outcome.timings)


def builtin_request(workload: str, way: Way, **options: Any) -> TrialRequest:
    """Return the request for a trial of one of the runner's own workloads; options as of `_request`."""
    return _request(workload, describe(load(workload))["takes"], way, **options)


@dataclass(frozen=True)
class OwnTrials:
    """The functions of ``own_workloads``, in a file of a folder of their own, run by one interpreter."""

    executor: LocalExecutor
    folder: Path
    python: str | None = None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: vars(own_workloads))

    def __post_init__(self) -> None:
        (self.folder / FILE).write_text(Path(own_workloads.__file__).read_text(encoding="utf-8"), encoding="utf-8")

    def request(self, function: str, way: Way, **options: Any) -> TrialRequest:
        """Return the request for a trial of a function; options as of `_request`."""
        found = Reference(
            name=f"{FILE}:{function}",
            module=Path(FILE).stem,
            qualname=function,
            folder=str(self.folder),
            file=str(self.folder / FILE),
        )
        takes = describe(self.functions[function], OWN_HOOKS)["takes"]
        return _request(found.name, takes, way, function=found, python=self.python, **options)

    def run(self, function: str, way: Way, **options: Any) -> Outcome:
        return run(self.executor, self.request(function, way, **options))


def _request(
    name: str,
    takes: Mapping[str, Any],
    way: Way,
    *,
    workers: int = 2,
    calls: int | None = None,
    barrier: bool | None = None,
    warmup_calls: int = 0,
    loops: int | None = None,
    affinity: str | None = None,
    **others: Any,
) -> TrialRequest:
    """Return a request, with a barrier where the workload needs one. Other options are parameters of the function."""
    fields = {field: others.pop(field) for field in ("env", "function", "gil", "python") if field in others}
    needs_barrier = bool({"setup", "check"} & set(takes)) or warmup_calls > 0
    conditions = {
        "barrier": needs_barrier if barrier is None else barrier,
        "warmup_calls": warmup_calls,
        "affinity": affinity,
        "loops": loops,
    }
    mode, start_method = way
    return TrialRequest(
        workload=name,
        params=others,
        mode=mode,
        start_method=start_method,
        workers=1 if mode == "sequential" else workers,
        calls=workers if calls is None else calls,
        takes=takes,
        conditions={condition: value for condition, value in conditions.items() if value},
        **fields,
    )
