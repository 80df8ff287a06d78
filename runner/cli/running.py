"""The commands that run trials: sweep, plan and resume."""

from collections.abc import Iterable
from typing import Annotated

import typer

from runner.cli import completion
from runner.cli.app import app, leave
from runner.cli.options import FailFast, Json, Matrix, MaxFailures, NoWait, Quiet, RerunNoisy, Store
from runner.store.location import DEFAULT


@app.command(epilog="Examples:  runner sweep --matrix grid.yaml ;  runner sweep -m grid.yaml --resume --store lab.db")
def sweep(
    matrix: Matrix,
    store: Store = DEFAULT,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest sweep of the same grid, if there is one.")
    ] = False,
    rerun_noisy: RerunNoisy = 0,
    fail_fast: FailFast = False,
    max_failures: MaxFailures = None,
    no_wait: NoWait = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print each call's BEGIN and END, as the study did.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run the matrix of a grid file, one isolated trial at a time, into the store."""
    from runner.commands import sweep as command
    from runner.commands.endings import Shown

    shown = Shown(quiet=quiet, verbose=verbose, as_json=as_json)
    most = 1 if fail_fast else max_failures
    leave(
        command.run(
            matrix, store, resume=resume, shown=shown, rerun_noisy=rerun_noisy, max_failures=most, wait=not no_wait
        )
    )


@app.command(epilog="Examples:  runner plan --matrix grid.yaml ;  runner plan -m grid.yaml --verbose")
def plan(
    matrix: Matrix,
    store: Store = DEFAULT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the trials in their order.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a sweep would run, and how long it would take. Writes nothing."""
    from runner.commands import plan as command

    leave(command.run(matrix, store, verbose=verbose, as_json=as_json))


def _failures() -> Iterable[str]:
    from runner.outcome import FAILURES

    return FAILURES


@app.command(epilog="Examples:  runner resume ;  runner resume 3 ;  runner resume 3 --retry failed,crashed,timeout")
def resume(
    sweep: Annotated[
        str | None,
        typer.Argument(
            metavar="[SWEEP]",
            help="Number, name or tag; by default the newest unfinished.",
            autocompletion=completion.sweeps,
        ),
    ] = None,
    store: Store = DEFAULT,
    retry: Annotated[
        str,
        typer.Option(
            "--retry",
            metavar="STATUSES",
            help="Also run trials with these statuses again: failed,crashed,timeout.",
            autocompletion=completion.some_of(_failures),
        ),
    ] = "",
    rerun_noisy: RerunNoisy = 0,
    fail_fast: FailFast = False,
    max_failures: MaxFailures = None,
    no_wait: NoWait = False,
    other_host: Annotated[
        bool, typer.Option("--other-host", help="Continue here a sweep that was begun on another host.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print each call's BEGIN and END, as the study did.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Finish an interrupted or killed sweep: run exactly the missing trials, and those to be tried again."""
    from runner.commands import resume as command
    from runner.commands.endings import Shown

    shown = Shown(quiet=quiet, verbose=verbose, as_json=as_json)
    most = 1 if fail_fast else max_failures
    leave(
        command.run(
            sweep,
            store,
            retry=retry,
            shown=shown,
            rerun_noisy=rerun_noisy,
            max_failures=most,
            wait=not no_wait,
            other_host=other_host,
        )
    )
