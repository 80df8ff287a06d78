"""What `sweep` and `resume` share: carry out what is left of a stored sweep, and say what came of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from runner import sweep
from runner.commands.answers import print_json
from runner.commands.hints import command, next_commands
from runner.display import console
from runner.display.progress import ProgressWatch
from runner.display.tables import cases_table
from runner.display.units import count
from runner.errors import ExitCode, RunnerError, StoreTakenAway
from runner.estimate import Expectation
from runner.executors import Executor
from runner.executors.local import LocalExecutor
from runner.facts import HostFacts
from runner.host.lock import HostLock, only_measurement
from runner.interrupt import Interrupt
from runner.matrix.case import Case
from runner.outcome import FAILURES, Outcome, Status
from runner.plan import Trial, plan
from runner.store.lock import only_sweep
from runner.store.read import Reader
from runner.store.write import SweepInStore, Writer
from runner.under_test import UnderTest


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


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms the user wants trials to be run."""

    rerun_noisy: int = 0
    """How often a disturbed trial is run again, at most."""
    max_failures: int | None = None
    """After how many failures to stop."""
    wait: bool = True
    """For the host, while another measures there."""


@dataclass(frozen=True, slots=True)
class Session:
    """The host and a store to oneself, and what the user wants."""

    path: Path
    executor: Executor
    lock: HostLock
    interrupt: Interrupt
    wish: Wish
    terms: Terms


@contextmanager
def session(path: Path, doing: str, interrupt: Interrupt, wish: Wish, terms: Terms) -> Iterator[Session]:
    """Have the host and the store at `path` to oneself, while `doing` what those may read who wait for it."""
    with (
        only_measurement(f"{doing}, store {path.absolute()}", interrupt, wish.tell, wait=terms.wait) as lock,
        only_sweep(path),
        LocalExecutor(held=lock.descriptor) as executor,
    ):
        yield Session(path, executor, lock, interrupt, wish, terms)


class StoreJournal:
    """A `sweep.Journal` that writes to the store."""

    def __init__(self, writer: Writer, stored: SweepInStore, host: HostFacts) -> None:
        self._writer = writer
        self._stored = stored
        self._host = host

    def record(self, trial: Trial, outcome: Outcome, noisy: str | None) -> int:
        """Store the trial with what disturbed it, in words, and return its number."""
        return self._writer.record(
            self._stored,
            trial.case.key,
            replace(outcome, host=self._host),
            warmup=trial.warmup,
            repeat=trial.repeat,
            position=trial.position,
            noisy=noisy,
        )


def carry_out(
    own: Session,
    writer: Writer,
    stored: SweepInStore,
    cases: Sequence[Case],
    under_test: UnderTest,
    retry: frozenset[Status] = frozenset(),
) -> ExitCode:
    """Run what is left of the sweep, then print its summary (or why it stopped) and return the exit code.

    What ended in one of the statuses of `retry` is run again.
    """
    path, wish = own.path, own.wish
    with Reader(path) as reader:
        row = reader.sweep(str(stored.id))
        done = reader.done(stored.id, retry)
        expectation = Expectation(reader.durations_ns([case.key for case in cases]))
    own.lock.note(f"sweep {stored.id} ({row['name']}), store {path.absolute()}")
    trials = plan(cases, repeats=row["repeats"], warmup=row["warmup"], seed=row["seed"], done=done)
    before = f", {len(done)} done before" if done else ""
    wish.tell(
        f"Sweep {stored.id} ({row['name']}): "
        f"{count(len(trials), 'trial')} of {count(len(cases), 'case')} to run{before}"
    )
    watch = ProgressWatch(console.messages(), trials, expectation, bar=not wish.quiet, verbose=wish.verbose)
    rules = sweep.Rules(
        timeout_s=row["timeout_ns"] / 1e9,
        usable_cpus=under_test.host["usable_cpus"],
        rerun_noisy=own.terms.rerun_noisy,
        max_failures=own.terms.max_failures,
    )
    journal = StoreJournal(writer, stored, HostFacts(**under_test.host))
    try:
        with watch:
            tally = sweep.run(trials, under_test.request, own.executor, journal, watch, own.interrupt, rules)
    except StoreTakenAway:  # what is kept is elsewhere
        raise
    except RunnerError as error:
        raise type(error)(f"{error}\nEvery trial before that is kept. {_how_to_resume(path, stored.id)}") from error
    if tally.finished == len(trials):
        writer.end_sweep(stored)
        return report_end(path, stored.id, wish)
    return _report_stop(path, stored.id, tally, done=len(done), planned=len(trials), wish=wish)


def report_end(path: Path, sweep_id: int, wish: Wish) -> ExitCode:
    """Print the summary of a complete sweep and the next commands, and return the exit code."""
    with Reader(path) as reader:
        rows, noisy, failures = reader.summary(sweep_id), reader.noisy(sweep_id), reader.unsuccessful(sweep_id)
    if wish.as_json:
        print_json(path, sweep_id, complete=True)
    elif not wish.quiet:
        out = console.results()
        out.print(cases_table(rows))
        if failures:
            out.print(f"{count(failures, 'trial')} did not succeed; `{command(path, 'show', str(sweep_id))}` says why.")
            retry = command(path, "resume", str(sweep_id), "--retry", ",".join(FAILURES))
            out.print(f"Try again with: {retry}", soft_wrap=True)
        if noisy:
            of = f"{noisy} of {count(sum(row['n'] for row in rows), 'trial')}"
            out.print(f"Disturbed: {of}; `noisy` in v_trials says by what, `runner doctor` what to do.", style="yellow")
        for line in next_commands(path, sweep_id):
            out.print(line, soft_wrap=True)
    return ExitCode.TRIALS_FAILED if failures else ExitCode.OK


def _report_stop(path: Path, sweep_id: int, tally: sweep.Tally, *, done: int, planned: int, wish: Wish) -> ExitCode:
    why = f"Stopped after {count(tally.failures, 'failure')}, as asked." if tally.gave_up else "Interrupted."
    console.messages().print(
        f"{why} {done + tally.finished} of {done + planned} trials are done and kept. {_how_to_resume(path, sweep_id)}",
        soft_wrap=True,
    )
    if wish.as_json:
        print_json(path, sweep_id, complete=False)
    return ExitCode.TRIALS_FAILED if tally.gave_up else ExitCode.INTERRUPTED


def _how_to_resume(path: Path, sweep_id: int) -> str:
    return f"Finish it with: {command(path, 'resume', str(sweep_id))}"
