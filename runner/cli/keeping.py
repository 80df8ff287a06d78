"""The commands for maintenance: tag, delete, init, doctor and those of the store."""

from typing import Annotated

import typer

from runner.cli import completion
from runner.cli.app import app, leave
from runner.cli.options import Json, Store, SweepArgument
from runner.store.location import DEFAULT

store_app = typer.Typer(
    no_args_is_help=True,
    help="Look after the store: upgrade, check, backup, merge.",
    epilog="Example:  runner store backup --store lab.db",
)
app.add_typer(store_app, name="store")


@app.command(epilog='Examples:  runner tag 1 paper laptop --note "fan off" ;  runner tag 1 --remove laptop')
def tag(
    sweep: SweepArgument,
    tags: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TAG]...", help="Tags to put on it.", autocompletion=completion.tags),
    ] = None,
    store: Store = DEFAULT,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            "--remove", metavar="TAG", help="A tag to take off; may be repeated.", autocompletion=completion.tags
        ),
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Its note; an empty one removes it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put tags and a note on a sweep; print what it has."""
    from runner.commands import tag as command

    leave(command.run(sweep, tags or [], store, remove=remove or [], note=note, as_json=as_json))


@app.command(epilog="Examples:  runner delete 3 ;  runner delete 3 --yes")
def delete(
    sweep: SweepArgument,
    store: Store = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a sweep with all its trials, after showing its contents and asking."""
    from runner.commands import delete as command

    leave(command.run(sweep, store, yes=yes))


@app.command(epilog="Examples:  runner init ;  runner init mine.yaml ;  runner init --schema > grid.schema.json")
def init(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The file to write.")] = "grid.yaml",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of grid files instead.")] = False,
) -> None:
    """Write a commented starter grid."""
    from runner.commands import init as command

    leave(command.run(path, schema=schema))


@app.command(epilog="Examples:  runner doctor ;  runner doctor --store lab.db --json")
def doctor(store: Store = DEFAULT, as_json: Json = False) -> None:
    """Say whether this machine is fit to measure on, and what to do about it. Changes nothing."""
    from runner.commands import doctor as command

    leave(command.run(store, as_json=as_json))


@store_app.command("upgrade", epilog="Example:  runner store upgrade --store lab.db")
def store_upgrade(store: Store = DEFAULT, as_json: Json = False) -> None:
    """Bring the store's schema up to date; an older store is copied first."""
    from runner.commands import store as command

    leave(command.upgrade(store, as_json=as_json))


@store_app.command("check", epilog="Example:  runner store check")
def store_check(store: Store = DEFAULT, as_json: Json = False) -> None:
    """Check the store's integrity."""
    from runner.commands import store as command

    leave(command.check(store, as_json=as_json))


@store_app.command("backup", epilog="Examples:  runner store backup ;  runner store backup /tmp/copy.db")
def store_backup(
    target: Annotated[
        str | None, typer.Argument(metavar="[TARGET]", help="The new file; by default beside the store.")
    ] = None,
    store: Store = DEFAULT,
    as_json: Json = False,
) -> None:
    """Write a consistent copy of the store, also while a sweep runs."""
    from runner.commands import store as command

    leave(command.backup(target, store, as_json=as_json))


@store_app.command(
    "merge", epilog="Examples:  runner store merge laptop.db ;  runner store merge lab.db --store all.db"
)
def store_merge(
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The store to read; it is not changed.")],
    store: Store = DEFAULT,
    as_json: Json = False,
) -> None:
    """Copy the contents of another store into this one; what is already here is not copied again."""
    from runner.commands import store as command

    leave(command.merge(other, store, as_json=as_json))
