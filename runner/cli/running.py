"""The commands that run trials: sweep, plan and resume."""

from collections.abc import Iterable
from typing import Annotated

import typer

from runner.cli import completion
from runner.cli.app import app, leave
from runner.cli.options import (
    Blocks,
    Budget,
    FailFast,
    Json,
    Matrix,
    MaxFailures,
    NoWait,
    Precision,
    Quiet,
    Repeats,
    RerunNoisy,
    Seed,
    Store,
    SweepArgument,
    Timeout,
    Verbose,
    Words,
    given,
)
from runner.store.location import DEFAULT

GRID = "grid.yaml"
"""The grid file if none is named."""


@app.command(epilog="Examples:  runner sweep --matrix grid.yaml ;  runner sweep -m grid.yaml --resume --store lab.db")
def sweep(
    words: Words = None,
    matrix: Matrix = GRID,
    store: Store = DEFAULT,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest sweep of the same grid, if there is one.")
    ] = False,
    top_up: Annotated[
        bool,
        typer.Option("--top-up", help="Run only the cases that the newest sweep of the same name lacks, within it."),
    ] = False,
    repeats: Repeats = None,
    precision: Precision = None,
    budget: Budget = None,
    blocks: Blocks = None,
    seed: Seed = None,
    timeout: Timeout = None,
    rerun_noisy: RerunNoisy = 0,
    fail_fast: FailFast = False,
    max_failures: MaxFailures = None,
    no_wait: NoWait = False,
    verbose: Verbose = False,
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
            matrix,
            store,
            words=words or [],
            overrides=given(
                repeats=repeats, precision=precision, budget=budget, blocks=blocks, seed=seed, timeout=timeout
            ),
            resume=resume,
            top_up=top_up,
            shown=shown,
            rerun_noisy=rerun_noisy,
            max_failures=most,
            wait=not no_wait,
        )
    )


@app.command(epilog="Examples:  runner plan --matrix grid.yaml ;  runner plan -m grid.yaml --verbose")
def plan(
    words: Words = None,
    matrix: Matrix = GRID,
    store: Store = DEFAULT,
    repeats: Repeats = None,
    precision: Precision = None,
    budget: Budget = None,
    blocks: Blocks = None,
    seed: Seed = None,
    timeout: Timeout = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the trials in their order.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a sweep would run, and how long it would take. Writes nothing."""
    from runner.commands import plan as command

    overrides = given(repeats=repeats, precision=precision, budget=budget, blocks=blocks, seed=seed, timeout=timeout)
    leave(command.run(matrix, store, words=words or [], overrides=overrides, verbose=verbose, as_json=as_json))


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
    verbose: Verbose = False,
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


@app.command(
    epilog="Examples:  runner quick parsing.py:parse lines=2000,20000 workers=1,2,4 mode=threading,process_pool ;  "
    "runner quick cpu_bound NUM=1_000_000 --precision 2% --budget 5m"
)
def quick(
    function: Annotated[
        str, typer.Argument(metavar="FUNCTION", help="As in a grid file: file.py:function, or a built-in workload.")
    ],
    words: Words = None,
    print_grid: Annotated[
        bool, typer.Option("--print-grid", help="Print the grid file that the words stand for, and run nothing.")
    ] = False,
    store: Store = DEFAULT,
    repeats: Repeats = None,
    precision: Precision = None,
    budget: Budget = None,
    blocks: Blocks = None,
    seed: Seed = None,
    timeout: Timeout = None,
    rerun_noisy: RerunNoisy = 0,
    fail_fast: FailFast = False,
    max_failures: MaxFailures = None,
    no_wait: NoWait = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run the matrix of one function that words spell, until it is known to ± 5 % or for a minute."""
    from runner.commands import quick as command
    from runner.commands.endings import Shown

    overrides = given(repeats=repeats, precision=precision, budget=budget, blocks=blocks, seed=seed, timeout=timeout)
    if print_grid:
        leave(command.print_grid(function, words or [], overrides))
    leave(
        command.run(
            function,
            words or [],
            store,
            overrides=overrides,
            shown=Shown(quiet=quiet, verbose=verbose, as_json=as_json),
            rerun_noisy=rerun_noisy,
            max_failures=1 if fail_fast else max_failures,
            wait=not no_wait,
        )
    )


@app.command(epilog="Examples:  runner extend 3 --blocks 10 ;  runner extend 3 --precision 2% --budget 10m")
def extend(
    sweep: SweepArgument,
    store: Store = DEFAULT,
    blocks: Annotated[
        int | None, typer.Option("--blocks", metavar="N", help="So many blocks more; with another option, at most.")
    ] = None,
    precision: Precision = None,
    budget: Budget = None,
    rerun_noisy: RerunNoisy = 0,
    fail_fast: FailFast = False,
    max_failures: MaxFailures = None,
    no_wait: NoWait = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run more blocks of a complete sweep, on the same host and with the same code."""
    from runner.commands import extend as command
    from runner.commands.endings import Shown

    leave(
        command.run(
            sweep,
            store,
            shown=Shown(quiet=quiet, verbose=verbose, as_json=as_json),
            more=given(blocks=blocks, precision=precision, budget=budget),
            rerun_noisy=rerun_noisy,
            max_failures=1 if fail_fast else max_failures,
            wait=not no_wait,
        )
    )
