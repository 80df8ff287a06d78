"""Stand-ins for what the loop is handed: checked by mypy against the protocols that they stand for."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.blocks import Block, Trial
from runner.errors import StoreUnusable
from runner.executors import Executor
from runner.facts import HostFacts, InterpreterFacts, Probe
from runner.goals import Standing
from runner.interrupt import Interrupt
from runner.loop import Journal
from runner.matrix.case import Case
from runner.outcome import TIMING_FIELDS, Outcome, Status, Surroundings, Timing
from runner.reply import FunctionDescription
from runner.request import Inspection, TrialRequest
from runner.watch import Watch

Event = tuple[str, Any]

HOST = HostFacts(
    hostname="bench-1",
    system="Linux",
    release="6.1.0",
    machine="x86_64",
    logical_cpus=4,
    usable_cpus=2,
    memory_bytes=2**33,
    clock="clock_gettime(CLOCK_MONOTONIC)",
    clock_resolution_ns=1,
)

INTERPRETER = InterpreterFacts(
    label="cpython 3.11.2",
    implementation="cpython",
    version="3.11.2",
    build="main Jan  1 2023",
    compiler="GCC 12.2.0",
    executable="/usr/bin/python3",
    gil=True,
    switch_interval_s=0.005,
    gc=True,
    hash_seed="random",
    start_methods=("fork", "spawn", "forkserver"),
    default_start_method="fork",
    modes=("sequential", "threading", "multiprocessing"),
    flags={"hash_randomization": 1},
    build_options="'--enable-optimizations'",
)


def timing(worker: int = 0, call: int = 0, **changes: Any) -> Timing:
    """Return a timing of a call that took from 2,000 to 5,000 ns on the trial's clock; `changes` replace its fields."""
    known: dict[str, Any] = dict.fromkeys(TIMING_FIELDS)
    known |= {"batch": 1, "counted": 1, "unrecorded": 0}
    known |= {"worker": worker, "call": call, "pid": 4000 + worker, "process_name": "MainProcess"}
    known |= {"thread_name": f"Thread-{worker + 1} (cpu_bound)", "cpu_ns": 2_500}
    known |= {"submitted_ns": 1_100, "first_instruction_ns": 1_600, "begin_ns": 2_000, "end_ns": 5_000}
    return Timing(**known | changes)


@dataclass
class FakeExecutor:
    """Runs a case at once: a call takes NUM nanoseconds, and the workers share the calls without loss."""

    events: list[Event]
    answers: dict[int, Status | Exception] = field(default_factory=dict)
    """Results of the trials that do not succeed, by their place in the sweep, counted from 1."""
    around: dict[int, Surroundings] = field(default_factory=dict)
    """Surroundings of the disturbed trials, likewise."""
    waits: bool = False
    """Whether each worker waits for a CPU half of its time, which is NUM milliseconds."""
    noise: Callable[[TrialRequest], float] = lambda request: 1.0
    """A factor of the time of each trial."""
    asked: list[tuple[TrialRequest, float]] = field(default_factory=list)

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:
        return Probe(interpreter=INTERPRETER, host=HOST, allowed_cpus=(0, 1))

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:
        raise NotImplementedError

    def close(self) -> None:
        self.events.append(("closed", None))

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:
        self.asked.append((request, timeout_s))
        self.events.append(("run", request.params["NUM"]))
        tick()
        answer = self.answers.get(len(self.asked), Status.OK)
        if isinstance(answer, Exception):
            raise answer
        if answer is Status.INTERRUPTED:
            interrupt.request()
        elapsed_ns = round(self.noise(request) * request.params["NUM"] * request.calls / request.workers)
        return Outcome(
            status=answer,
            started_at="now",
            elapsed_ns=elapsed_ns,
            host=HOST,
            start_ns=0,
            end_ns=elapsed_ns,
            surroundings=self.around.get(len(self.asked), Surroundings()),
            timings=[self._waiting(worker) for worker in range(request.workers if self.waits else 0)],
        )

    def _waiting(self, worker: int) -> Timing:
        return timing(worker, submitted_ns=0, begin_ns=0, end_ns=10**9, run_queue_ns=5 * 10**8)


@dataclass
class FakeJournal:
    """Keeps the records, and can fail at one of them, counted from 1."""

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
    """Records the events; `at_end` is called when a trial has ended."""

    events: list[Event]
    at_end: Callable[[int], None] = lambda trial_id: None
    standings: list[tuple[int, Standing]] = field(default_factory=list)
    """By block, of a goal that is not just a number of blocks."""

    def tell(self, message: str) -> None:
        self.events.append(("tell", message))

    def starts(self, left: Counter[Case], known_ns: Mapping[str, float]) -> None:
        self.events.append(("starts", left.total()))

    def enters(self, block: Block, standing: Standing | None) -> None:
        if standing is not None:
            self.standings.append((block.number, standing))

    def begins(self, trial: Trial) -> None:
        self.events.append(("begins", dict(trial.case.params)["NUM"]))

    def tick(self) -> None:
        self.events.append(("tick", None))

    def ended(self, trial: Trial, outcome: Outcome, trial_id: int) -> None:
        self.events.append(("ended", trial_id))
        self.at_end(trial_id)

    def stops(self) -> None:
        self.events.append(("stops", None))


if TYPE_CHECKING:
    EXECUTOR: Executor = FakeExecutor([])
    JOURNAL: Journal = FakeJournal([])
    WATCH: Watch = FakeWatch([])
