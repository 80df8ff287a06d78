"""What `sweep` and `resume` share: carry out what is left of a stored sweep, and say what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner import sweep
from runner.commands.answers import print_json
from runner.commands.hints import command, next_commands
from runner.display import console
from runner.display.progress import ProgressWatch
from runner.display.tables import cases_table
from runner.display.units import count
from runner.errors import ExitCode, RunnerError
from runner.estimate import Expectation
from runner.executors import Executor
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.noise import reasons
from runner.outcome import Outcome
from runner.plan import Trial, plan
from runner.store.read import Reader
from runner.store.write import SweepInStore, Writer


@dataclass(frozen=True, slots=True)
class Wish:
    """How much the user wants to see."""

    quiet: bool = False
    verbose: bool = False
    as_json: bool = False

    def tell(self, message: str) -> None:
        """Say what is no error, unless the user wants to hear of errors only."""
        if not self.quiet:
            console.messages().print(message, soft_wrap=True)


class StoreJournal:
    """A `sweep.Journal` that writes to the store."""

    def __init__(self, writer: Writer, stored: SweepInStore, usable_cpus: int) -> None:
        self._writer = writer
        self._stored = stored
        self._usable_cpus = usable_cpus

    def record(self, trial: Trial, outcome: Outcome) -> int:
        """Store the trial and return its number."""
        return self._writer.record(
            self._stored,
            trial.case.key,
            outcome,
            warmup=trial.warmup,
            repeat=trial.repeat,
            position=trial.position,
            noisy=reasons(outcome, trial.case.workers, self._usable_cpus),
        )


def carry_out(
    path: Path,
    writer: Writer,
    stored: SweepInStore,
    cases: Sequence[Case],
    executor: Executor,
    facts: Mapping[str, Any],
    interrupt: Interrupt,
    wish: Wish,
) -> ExitCode:
    """Run what is left of the sweep, then print its summary (or why it stopped) and return the exit code."""
    with Reader(path) as reader:
        row = reader.sweep(str(stored.id))
        done = reader.done(stored.id)
        expectation = Expectation(reader.durations_ns([case.key for case in cases]))
    trials = plan(cases, repeats=row["repeats"], warmup=row["warmup"], seed=row["seed"], done=done)
    messages = console.messages()
    before = f", {len(done)} done before" if done else ""
    wish.tell(
        f"Sweep {stored.id} ({row['name']}): "
        f"{count(len(trials), 'trial')} of {count(len(cases), 'case')} to run{before}"
    )
    watch = ProgressWatch(messages, trials, expectation, bar=not wish.quiet, verbose=wish.verbose)
    journal = StoreJournal(writer, stored, facts["host"]["usable_cpus"])
    try:
        with watch:
            tally = sweep.run(trials, executor, journal, watch, interrupt, row["timeout_ns"] / 1e9)
    except RunnerError as error:
        raise type(error)(f"{error}\nEvery trial before that is kept. {_how_to_resume(path, stored.id)}") from error
    if tally.finished == len(trials):
        writer.end_sweep(stored)
        return report_end(path, stored.id, wish)
    messages.print(
        f"Interrupted. {len(done) + tally.finished} of {len(done) + len(trials)} trials are done and kept. "
        + _how_to_resume(path, stored.id),
        soft_wrap=True,
    )
    if wish.as_json:
        print_json(path, stored.id, complete=False)
    return ExitCode.INTERRUPTED


def report_end(path: Path, sweep_id: int, wish: Wish) -> ExitCode:
    """Print the summary of a complete sweep and the next commands, and return the exit code."""
    with Reader(path) as reader:
        rows, noisy = reader.summary(sweep_id), reader.noisy(sweep_id)
    failures = sum(row["failures"] for row in rows)
    if wish.as_json:
        print_json(path, sweep_id, complete=True)
    elif not wish.quiet:
        out = console.results()
        out.print(cases_table(rows))
        if failures:
            out.print(f"{count(failures, 'trial')} did not succeed; `{command(path, 'show', str(sweep_id))}` says why.")
        if noisy:
            out.print(f"{count(noisy, 'trial')} had to wait for a CPU: see `noisy` in v_trials.", style="yellow")
        for line in next_commands(path, sweep_id):
            out.print(line, soft_wrap=True)
    return ExitCode.TRIALS_FAILED if failures else ExitCode.OK


def _how_to_resume(path: Path, sweep_id: int) -> str:
    return f"Finish it with: {command(path, 'resume', str(sweep_id))}"
