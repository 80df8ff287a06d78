"""The commands that show what the store holds: list, show, query and export."""

from collections.abc import Iterable
from typing import Annotated

import typer

from runner.cli import completion
from runner.cli.app import app, leave
from runner.cli.options import Json, Store
from runner.store.location import DEFAULT


def _query_formats() -> Iterable[str]:
    from runner.commands.query import WRITERS

    return WRITERS


def _exported() -> Iterable[str]:
    from runner.store.export import VIEWS

    return VIEWS


def _export_formats() -> Iterable[str]:
    from runner.commands.export import FORMATS

    return FORMATS


@app.command("list", epilog="Examples:  runner list ;  runner list --tag paper ;  runner list --json")
def list_sweeps(
    store: Store = DEFAULT,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="TAG", help="Only the sweeps with this tag.", autocompletion=completion.tags),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the numbers of the sweeps alone.")] = False,
    as_json: Json = False,
) -> None:
    """List the sweeps of the store."""
    from runner.commands import list as command

    leave(command.run(store, tag=tag, quiet=quiet, as_json=as_json))


@app.command(epilog="Examples:  runner show ;  runner show 1 ;  runner show 1 --trial 17")
def show(
    sweep: Annotated[
        str | None,
        typer.Argument(
            metavar="[SWEEP]", help="Number, name or tag; by default the newest.", autocompletion=completion.sweeps
        ),
    ] = None,
    trial: Annotated[
        int | None,
        typer.Option("--trial", metavar="N", help="A trial's number: its log, worker by worker."),
    ] = None,
    store: Store = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show one sweep, or one of its trials as the study printed it."""
    from runner.commands import show as command

    leave(command.run(sweep, trial, store, as_json=as_json))


@app.command(
    epilog='Examples:  runner query "SELECT * FROM v_speedups" ;  '
    'runner query "SELECT mode, AVG(wall_s) FROM v_trials GROUP BY mode" --format csv'
)
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT statement.")],
    store: Store = DEFAULT,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="table|csv|json|markdown",
            help="How to write the answer.",
            autocompletion=completion.one_of(_query_formats),
        ),
    ] = "table",
    as_json: Json = False,
) -> None:
    """Query the store in SQL, read-only. Views: v_trials, v_workers, v_calls, v_cases, v_speedups, v_omissions."""
    from runner.commands import query as command

    leave(command.run(sql, store, form="json" if as_json else form))


@app.command(
    epilog="Examples:  runner export > trials.csv ;  runner export 1 3 --what workers --output workers.parquet"
)
def export(
    sweeps: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SWEEP]...",
            help="Numbers, names or tags; by default all sweeps.",
            autocompletion=completion.sweeps,
        ),
    ] = None,
    store: Store = DEFAULT,
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="trials|workers|calls",
            help="What each row is about.",
            autocompletion=completion.one_of(_exported),
        ),
    ] = "trials",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="csv|jsonl|parquet",
            help="How to write it; by default as the file's name ends, else csv.",
            autocompletion=completion.one_of(_export_formats),
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; by default stdout.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write trials, workers or calls of chosen sweeps for other programs."""
    from runner.commands import export as command

    leave(command.run(sweeps or [], store, what=what, form=form, output=output, as_json=as_json))
