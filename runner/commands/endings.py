"""The output of `sweep` and `resume`: progress while trials run, then the summary, or the reason for stopping."""

from dataclasses import dataclass

from runner.api import Sweep
from runner.commands.answers import print_sweep
from runner.display import console
from runner.display.goals import stopped_because
from runner.display.progress import ProgressWatch
from runner.display.results import print_answers, print_cases
from runner.errors import ExitCode
from runner.goals import Reason
from runner.hints import how_to_extend, how_to_resume, next_commands
from runner.outcome import FAILURES
from runner.store.location import command
from runner.units import count


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How much the user wants to see."""

    quiet: bool = False
    verbose: bool = False
    as_json: bool = False

    def watch(self) -> ProgressWatch:
        """Return a watch that shows the progress of a sweep."""
        return ProgressWatch(console.messages(), quiet=self.quiet, verbose=self.verbose)


def report(sweep: Sweep, shown: Shown) -> ExitCode:
    """Print the result of a sweep, and return the exit code."""
    return _complete(sweep, shown) if sweep.complete else _stopped(sweep, shown)


def _complete(sweep: Sweep, shown: Shown) -> ExitCode:
    """Print the summary and the next commands."""
    path, number = sweep.store, str(sweep.id)
    failures, disturbed = sweep.summary.failures, sweep.summary.disturbed
    if shown.as_json:
        print_sweep(sweep.store, sweep.id)
    elif not shown.quiet:
        out = console.results()
        print_cases(out, sweep.summary)
        _print_why_it_stopped(sweep)
        if failures:
            out.print(f"{count(failures, 'trial')} did not succeed.")
            retry = command(path, "resume", number, "--retry", ",".join(FAILURES))
            out.print(f"Try again with: {retry}", soft_wrap=True)
        if disturbed:
            of = f"{disturbed} of {count(sum(row['n'] for row in sweep.summary.cases), 'trial')}"
            out.print(f"Disturbed: {of}; `noisy` in v_trials says by what, `runner doctor` what to do.", style="yellow")
        print_answers(out, sweep.summary.answers)
        out.print()
        for line in next_commands(path, sweep.id):
            out.print(line, soft_wrap=True)
    return ExitCode.TRIALS_FAILED if failures else ExitCode.OK


def _print_why_it_stopped(sweep: Sweep) -> None:
    """Print why a sweep without a fixed number of blocks stopped, and how to go on if its precision is not reached."""
    row = sweep.summary.sweep
    if row["stopped"] is None:
        return
    out = console.results()
    out.print(f"Stopped: {stopped_because(row)}.", soft_wrap=True)
    if row["precision"] is not None and row["stopped"] != Reason.PRECISION:
        fewest = min(case["n"] for case in sweep.summary.cases)
        out.print(f"Go on with: {how_to_extend(sweep.store, row, fewest)}", soft_wrap=True)


def _stopped(sweep: Sweep, shown: Shown) -> ExitCode:
    """Print the results so far, why the sweep stopped and how to continue."""
    ran = sweep.ran
    if not shown.as_json and not shown.quiet and any(answer.work.trials for answer in sweep.summary.answers):
        print_cases(console.results(), sweep.summary)
        print_answers(console.results(), sweep.summary.answers)
    if ran is not None:
        why = f"Stopped after {count(ran.tally.failures, 'failure')}, as asked." if sweep.gave_up else "Interrupted."
        done = f"{ran.done_before + ran.tally.finished} of {ran.planned} trials are done and kept."
        console.messages().print(f"{why} {done} {how_to_resume(sweep.store, sweep.id)}", soft_wrap=True)
    if shown.as_json:
        print_sweep(sweep.store, sweep.id)
    return ExitCode.TRIALS_FAILED if sweep.gave_up else ExitCode.INTERRUPTED
