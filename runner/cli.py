"""The command line: arguments in, exit codes out. What a command needs is imported when it runs."""

import io
import os
import signal
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from runner.errors import ExitCode, Interrupted, RunnerError
from runner.store.location import DEFAULT


class Commands(TyperGroup):
    """The commands, with those of other packages; a reader of their output who has seen enough is no error."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        from runner import plugins

        own = super().list_commands(ctx)
        return [*own, *(name for name in plugins.commands() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name, None where there is none."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        from runner import plugins

        return plugins.load(cmd_name) if cmd_name in plugins.commands() else None

    def invoke(self, ctx: Any) -> Any:
        """Run the command. From here on Ctrl-C is an exception, so that what was begun is cleaned up."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted.") from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what is still in the buffers
            raise typer.Exit from None


app = typer.Typer(
    name="runner",
    cls=Commands,
    help="Run a matrix of concurrency experiments: threads, processes or neither, how many, on how much work.",
    epilog="Begin with:  runner init grid.yaml ;  runner sweep --matrix grid.yaml",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
store_app = typer.Typer(
    no_args_is_help=True,
    help="Look after the store: upgrade, check, backup, merge.",
    epilog="Example:  runner store backup --store lab.db",
)
app.add_typer(store_app, name="store")

Matrix = Annotated[str, typer.Option("--matrix", "-m", metavar="FILE", help="The grid file.")]
Store = Annotated[
    str,
    typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store, a SQLite file."),
]
SweepArgument = Annotated[str, typer.Argument(metavar="SWEEP", help="Number or name of the sweep.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
RerunNoisy = Annotated[
    int, typer.Option("--rerun-noisy", metavar="N", min=0, help="Run a disturbed trial again, up to N times.")
]
MaxFailures = Annotated[
    int | None, typer.Option("--max-failures", metavar="N", min=1, help="Stop when N trials have not succeeded.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first trial that does not succeed.")]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not wait while another measures on this host: end with exit code 3.")
]


@app.callback(invoke_without_command=True)
def common(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Run a matrix of concurrency experiments: threads, processes or neither, how many, on how much work."""
    if version:
        from runner.version import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.command(epilog="Examples:  runner sweep --matrix grid.yaml ;  runner sweep -m grid.yaml --resume --store lab.db")
def sweep(
    matrix: Matrix,
    store: Store = DEFAULT,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish the newest sweep of this very grid, if there is one.")
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
    _exit(
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

    _exit(command.run(matrix, store, verbose=verbose, as_json=as_json))


@app.command(epilog="Examples:  runner resume ;  runner resume 3 ;  runner resume 3 --retry failed,crashed,timeout")
def resume(
    sweep: Annotated[
        str | None,
        typer.Argument(metavar="[SWEEP]", help="Number or name; by default the newest unfinished."),
    ] = None,
    store: Store = DEFAULT,
    retry: Annotated[
        str,
        typer.Option("--retry", metavar="STATUSES", help="Also try again what ended so: failed,crashed,timeout."),
    ] = "",
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
    """Finish an interrupted or killed sweep: run exactly what is missing, and what is to be tried again."""
    from runner.commands import resume as command
    from runner.commands.endings import Shown

    shown = Shown(quiet=quiet, verbose=verbose, as_json=as_json)
    most = 1 if fail_fast else max_failures
    _exit(
        command.run(
            sweep, store, retry=retry, shown=shown, rerun_noisy=rerun_noisy, max_failures=most, wait=not no_wait
        )
    )


@app.command("list", epilog="Examples:  runner list ;  runner list --tag paper ;  runner list --json")
def list_sweeps(
    store: Store = DEFAULT,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only the sweeps with this tag.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the numbers of the sweeps alone.")] = False,
    as_json: Json = False,
) -> None:
    """List the sweeps of the store."""
    from runner.commands import list as command

    _exit(command.run(store, tag=tag, quiet=quiet, as_json=as_json))


@app.command(epilog="Examples:  runner show 1 ;  runner show 1 --trial 17")
def show(
    sweep: SweepArgument,
    trial: Annotated[
        int | None,
        typer.Option("--trial", metavar="N", help="A trial's number: its log, worker by worker."),
    ] = None,
    store: Store = DEFAULT,
    as_json: Json = False,
) -> None:
    """Show one sweep, or one of its trials as the study printed it."""
    from runner.commands import show as command

    _exit(command.run(sweep, trial, store, as_json=as_json))


@app.command(
    epilog='Examples:  runner query "SELECT * FROM v_speedups" ;  '
    'runner query "SELECT mode, AVG(wall_s) FROM v_trials GROUP BY mode" --format csv'
)
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT statement.")],
    store: Store = DEFAULT,
    form: Annotated[
        str,
        typer.Option("--format", "-f", metavar="table|csv|json|markdown", help="How to write the answer."),
    ] = "table",
    as_json: Json = False,
) -> None:
    """Ask the store in SQL. It can only read: v_trials, v_workers, v_calls, v_cases, v_speedups, v_omissions."""
    from runner.commands import query as command

    _exit(command.run(sql, store, form="json" if as_json else form))


@app.command(
    epilog="Examples:  runner export > trials.csv ;  runner export 1 3 --what workers --output workers.parquet"
)
def export(
    sweeps: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SWEEP]...", help="Numbers or names; by default all sweeps."),
    ] = None,
    store: Store = DEFAULT,
    what: Annotated[
        str, typer.Option("--what", metavar="trials|workers|calls", help="What to write a row for.")
    ] = "trials",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="csv|jsonl|parquet",
            help="How to write it; by default as the file's name ends, else csv.",
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; by default stdout.")
    ] = None,
) -> None:
    """Write trials, workers or calls of chosen sweeps for other programs."""
    from runner.commands import export as command

    _exit(command.run(sweeps or [], store, what=what, form=form, output=output))


@app.command(epilog='Examples:  runner tag 1 paper laptop --note "fan off" ;  runner tag 1 --remove laptop')
def tag(
    sweep: SweepArgument,
    tags: Annotated[list[str] | None, typer.Argument(metavar="[TAG]...", help="Tags to put on it.")] = None,
    store: Store = DEFAULT,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="TAG", help="A tag to take off; may be repeated.")
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Its note; an empty one removes it.")
    ] = None,
) -> None:
    """Put tags and a note on a sweep; print what it has."""
    from runner.commands import tag as command

    _exit(command.run(sweep, tags or [], store, remove=remove or [], note=note))


@app.command(epilog="Examples:  runner delete 3 ;  runner delete 3 --yes")
def delete(
    sweep: SweepArgument,
    store: Store = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a sweep with all its trials, after showing what goes and asking."""
    from runner.commands import delete as command

    _exit(command.run(sweep, store, yes=yes))


@app.command(epilog="Examples:  runner init ;  runner init mine.yaml ;  runner init --schema > grid.schema.json")
def init(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The file to write.")] = "grid.yaml",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of grid files instead.")] = False,
) -> None:
    """Write a commented starter grid."""
    from runner.commands import init as command

    _exit(command.run(path, schema=schema))


@app.command(epilog="Examples:  runner doctor ;  runner doctor --store lab.db --json")
def doctor(store: Store = DEFAULT, as_json: Json = False) -> None:
    """Say whether this machine is fit to measure on, and what to do about it. Changes nothing."""
    from runner.commands import doctor as command

    _exit(command.run(store, as_json=as_json))


@store_app.command("upgrade", epilog="Example:  runner store upgrade --store lab.db")
def store_upgrade(store: Store = DEFAULT) -> None:
    """Bring the store's schema up to date; an older store is copied first."""
    from runner.commands import store as command

    _exit(command.upgrade(store))


@store_app.command("check", epilog="Example:  runner store check")
def store_check(store: Store = DEFAULT) -> None:
    """Check the store's integrity."""
    from runner.commands import store as command

    _exit(command.check(store))


@store_app.command("backup", epilog="Examples:  runner store backup ;  runner store backup /tmp/copy.db")
def store_backup(
    target: Annotated[
        str | None, typer.Argument(metavar="[TARGET]", help="The new file; by default beside the store.")
    ] = None,
    store: Store = DEFAULT,
) -> None:
    """Write a consistent copy of the store, also while a sweep runs."""
    from runner.commands import store as command

    _exit(command.backup(target, store))


@store_app.command(
    "merge", epilog="Examples:  runner store merge laptop.db ;  runner store merge lab.db --store all.db"
)
def store_merge(
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The store to read; it is not changed.")],
    store: Store = DEFAULT,
) -> None:
    """Bring what another store holds into this one; what is here already is recognised."""
    from runner.commands import store as command

    _exit(command.merge(other, store))


def _exit(code: ExitCode) -> None:
    sys.stdout.flush()
    raise typer.Exit(int(code))


def main() -> None:
    """Run the command line. The one place where errors become messages and exit codes."""
    _make_output_safe()
    try:
        app()
    except RunnerError as error:
        typer.echo(f"runner: {error}", err=True)
        sys.exit(int(error.exit_code))


class _Messages(io.FileIO):
    """Stderr. What cannot be written there is dropped: a sweep does not end because nobody reads how it goes on."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data) or len(data)
        return len(data)


def _make_output_safe() -> None:
    """See to it that a closed descriptor is not given to the store, and that no sign of ours can fail to be encoded."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    messages = io.BufferedWriter(_Messages(2, "w", closefd=False))
    sys.stderr = io.TextIOWrapper(messages, encoding=encoding, errors="replace", line_buffering=True)
