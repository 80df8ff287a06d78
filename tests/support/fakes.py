"""What stands in for the machine, the store and the screen in tests. `make lint` checks it against their protocols."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.errors import StoreUnusable
from runner.executors import Executor, Request
from runner.harness.inspection import describe
from runner.interrupt import Interrupt
from runner.outcome import Outcome, Status, Surroundings, Timing
from runner.plan import Trial
from runner.sweep import Journal, Watch
from support.stores import FACTS

Event = tuple[str, Any]
CURRENT_LABEL = "cpython 3.11.2"


@dataclass
class FakeExecutor:
    """Runs a case at once: a call takes NUM nanoseconds, and the workers share the calls without loss."""

    events: list[Event]
    answers: dict[int, Status | Exception] = field(default_factory=dict)
    """What becomes of the trials that do not succeed, by their place in the sweep, counted from 1."""
    around: dict[int, Surroundings] = field(default_factory=dict)
    """What went on around the trials that were disturbed, likewise."""
    timings: Sequence[Timing] = ()
    """Of every trial."""
    asked: list[tuple[Request, float]] = field(default_factory=list)

    def ask(self, request: Request) -> Mapping[str, Any]:
        raise NotImplementedError

    def run(self, request: Request, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        self.asked.append((request, timeout_s))
        self.events.append(("run", request["params"]["NUM"]))
        tick()
        answer = self.answers.get(len(self.asked), Status.OK)
        if isinstance(answer, Exception):
            raise answer
        if answer is Status.INTERRUPTED:
            interrupt.requested = True
        elapsed_ns = request["params"]["NUM"] * request["calls"] // request["workers"]
        around = self.around.get(len(self.asked), Surroundings())
        return Outcome(
            status=answer,
            started_at="now",
            elapsed_ns=elapsed_ns,
            start_ns=0,
            end_ns=elapsed_ns,
            timings=self.timings,
            surroundings=around,
        )


@dataclass
class FakeJournal:
    """Keeps what is recorded, and can break at a record, counted from 1."""

    events: list[Event]
    breaks_at: int | None = None
    records: list[tuple[Trial, Outcome]] = field(default_factory=list)
    noise: list[str | None] = field(default_factory=list)

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        if len(self.records) + 1 == self.breaks_at:
            raise StoreUnusable("the disk is full")
        self.records.append((trial, outcome))
        self.noise.append(noisy)
        self.events.append(("record", len(self.records)))
        return len(self.records)


@dataclass
class FakeWatch:
    """Notes what it is told; `at_end` is called when a trial has ended."""

    events: list[Event]
    at_end: Callable[[int], None] = lambda trial_id: None

    def begins(self, trial: Trial) -> None:
        self.events.append(("begins", dict(trial.case.params)["NUM"]))

    def tick(self) -> None:
        self.events.append(("tick", None))

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        self.events.append(("ended", trial_id))
        self.at_end(trial_id)


class Made:
    """An executor of made-up interpreters: each is labelled as in `labels`, by the end of its path."""

    def __init__(self, labels: Mapping[str, str] | None = None, **functions: Any) -> None:
        self.labels = labels or {}
        self.functions = {f"own.py:{name}": function for name, function in functions.items()}
        self.changed: dict[str, Any] = {}
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Mapping[str, Any]:
        self.asked.append(request)
        path = str(request["python"])
        label = next((label for end, label in self.labels.items() if path.endswith(end)), CURRENT_LABEL)
        if request["kind"] == "probe":
            free = label.endswith("t")
            interpreter = {**FACTS["interpreter"], "label": label, "executable": path, "free_threaded_build": free}
            return {"interpreter": {**interpreter, "gil": not free}, "host": {**FACTS["host"], "allowed_cpus": [0, 1]}}
        return {"functions": [self._described(one["name"]) for one in request["functions"]]}

    def _described(self, name: str) -> dict[str, Any]:
        function = self.functions[name]
        if isinstance(function, str):
            return {"name": name, "problem": function}
        known = {"source": "/there/own.py", "source_sha256": "a" * 64, "distributions": {"numpy": "2.0"}}
        return {"name": name, "problem": None, **describe(function), **known, **self.changed}

    def run(self, request: Request, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        raise NotImplementedError


EXECUTORS: tuple[type[Executor], ...] = (FakeExecutor, Made)
JOURNALS: tuple[type[Journal], ...] = (FakeJournal,)
WATCHES: tuple[type[Watch], ...] = (FakeWatch,)
