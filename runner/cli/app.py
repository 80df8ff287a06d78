"""The Typer app: the group of all commands, and what they have in common."""

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from runner.errors import ExitCode, Interrupted


class Group(TyperGroup):
    """Commands that can be interrupted. It is no error if the reader of their output closes the pipe."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. From here on Ctrl-C raises an exception, so that the command can clean up."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted.") from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # takes what is still in the buffers
            raise typer.Exit from None


class Commands(Group):
    """The commands of this package and of others."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        from runner import plugins

        own = super().list_commands(ctx)
        return [*own, *(name for name in plugins.listed() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name; None if there is none."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        from runner import plugins

        return plugins.load(cmd_name) if cmd_name in plugins.commands() else None


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


@app.callback(invoke_without_command=True)
def common(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Run a matrix of concurrency experiments: threads, processes or neither, how many, on how much work."""
    if version:
        from runner.version import __version__

        typer.echo(__version__)
        raise typer.Exit


def leave(code: ExitCode) -> None:
    """End the command with that exit code."""
    sys.stdout.flush()
    raise typer.Exit(int(code))
