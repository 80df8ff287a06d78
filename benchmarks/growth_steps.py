"""The steps of a sweep whose growth is measured, each timed: planning, its loop, resuming, the summary, the report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import made_up
from benchmarks.paired import Stopwatch
from benchmarks.processes import seconds_of, tool
from runner import results
from runner.blocks import Source
from runner.display import console
from runner.display.progress import ProgressWatch
from runner.facts import Probe
from runner.goals import FixedNumber
from runner.history import History
from runner.interrupt import Interrupt
from runner.loop import Loop, Rules
from runner.matrix.case import Case
from runner.matrix.expand import expand
from runner.matrix.grid import parse_grid
from runner.matrix.setting import Platform, Setting
from runner.outcome import Outcome
from runner.reply import FunctionDescription
from runner.request import Inspection, TrialRequest
from runner.session import StoreJournal
from runner.signals import interruptible
from runner.store.read import Reader
from runner.store.write import Writer

BLOCKS = 10
SEED = 7
PROBE = Probe(interpreter=made_up.INTERPRETER, host=made_up.HOST, allowed_cpus=tuple(range(made_up.CPUS)))
SETTING = Setting.of(Platform.of(PROBE))


class Instantly:
    """An executor that takes no time: every trial ends as one that did run."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def probe(self, interrupt: Interrupt, python: str | None = None, env: Mapping[str, str] | None = None) -> Probe:  # noqa: ARG002
        """Return made-up facts."""
        return PROBE

    def inspect(self, inspection: Inspection, interrupt: Interrupt) -> tuple[FunctionDescription, ...]:  # noqa: ARG002
        """Return nothing: no case here has a function of a user's."""
        return ()

    def run(self, request: TrialRequest, timeout_s: float, interrupt: Interrupt, tick: Callable[[], None]) -> Outcome:  # noqa: ARG002
        """Return the outcome at once."""
        return self._outcome

    def close(self) -> None:
        """There is nothing to end."""


def plan(trials: int) -> tuple[int, float]:
    """Turn the text of a grid into the ordered trials."""
    with Stopwatch() as taken:
        source = _source(_cases_of(trials), BLOCKS, SEED, History())
        ordered = [trial for block in source for trial in block.trials]
    return len(ordered), taken.seconds


def keep_books(folder: Path, outcome: Outcome, trials: int) -> tuple[int, float]:
    """Run the loop with an executor that takes no time: durable commits and progress are what is left."""
    cases = _cases_of(trials)
    source = _source(cases, BLOCKS, SEED, History())
    for leftover in folder.glob("bookkeeping.db*"):
        leftover.unlink()
    with Writer(folder / "bookkeeping.db") as writer, interruptible() as interrupt:
        stored = writer.begin_sweep(made_up.new_sweep(cases, repeats=BLOCKS, seed=SEED))
        journal, watch = StoreJournal(writer, stored), ProgressWatch(console.messages(), quiet=True)
        loop = Loop(made_up.request, Instantly(outcome), journal, watch, interrupt, Rules(timeout_s=60))
        with Stopwatch() as taken:
            watch.starts(source.left(), {})
            tally = loop.run(source)
            watch.stops()
    if interrupt.requested:
        raise KeyboardInterrupt
    return tally.finished, taken.seconds


def resume(store: Path) -> tuple[int, float]:
    """Find out what is left of a sweep of which all is done."""
    with Stopwatch() as taken:
        with Reader(store) as reader:
            row = reader.sweep("1")
            cases = [Case.from_columns(columns, columns["python"]) for columns in reader.cases(row["id"])]
            history = reader.history(row["id"])
            reader.durations_ns([case.key for case in cases])
        source = _source(cases, row["repeats"], row["seed"], history)
        left = [*source.left().elements(), *source]
    if left:
        raise RuntimeError("a complete sweep has trials left")
    return len(history), taken.seconds


def summarise(store: Path, sweep_id: int) -> tuple[int, float]:
    """Compute the table that ends a sweep."""
    with Stopwatch() as taken, Reader(store) as reader:
        found = results.summary(reader, sweep_id)
    return sum(row["n"] for row in found.cases), taken.seconds


def report(store: Path, output: Path) -> tuple[int, float]:
    """Make the whole report."""
    with Reader(store) as reader:
        trials = sum(row["done"] for row in reader.sweeps())
    words = ["report", "--store", str(store), "--output", str(output), "--quiet"]
    return trials, seconds_of([tool("python"), "-m", "analysis", *words])


def commit(outcome: Outcome, repeats: Iterator[int], store: Path, sweep_id: int) -> float:
    """Record a trial of a stored sweep."""
    with Writer(store) as writer:
        stored = writer.reopen_sweep(sweep_id)
        key = next(iter(stored.case_ids))
        with Stopwatch() as taken:
            writer.record(stored, key, outcome, warmup=True, repeat=next(repeats), position=1, noisy=None)
    return taken.seconds


def read_what_is_done(store: Path, sweep_id: int) -> float:
    """Read what a resume needs to know of a sweep."""
    with Stopwatch() as taken, Reader(store) as reader:
        reader.cases(sweep_id)
        reader.history(sweep_id)
        reader.hosts(sweep_id)
    return taken.seconds


def _cases_of(trials: int) -> tuple[Case, ...]:
    """Return the cases that make `trials` trials in BLOCKS blocks."""
    numbers = ", ".join(str(number) for number in range(1, trials // BLOCKS // 5 + 1))
    text = f"matrix: {{workload: cpu_bound, NUM: [{numbers}], workers: 2, start_method: [fork, spawn, forkserver]}}"
    grid = parse_grid("grid.yaml", f"{text}\nrepeats: {BLOCKS}\nwarmup: 0\n")
    return tuple(expand(grid, SETTING).cases)


def _source(cases: Sequence[Case], blocks: int, seed: int, history: History) -> Source:
    return Source(cases, FixedNumber(blocks), warmup=0, seed=seed, history=history)
