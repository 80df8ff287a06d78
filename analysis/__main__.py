"""``python -m analysis report``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from runner.errors import RunnerError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def common() -> None:
    """Turn a result store into figures."""


@app.command(epilog="Examples:  python -m analysis report ;  python -m analysis report --sweep 3 --store lab.db")
def report(
    store: Annotated[
        str, typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store.")
    ] = "runs.db",
    sweep: Annotated[
        str | None, typer.Option("--sweep", metavar="SWEEP", help="Number or name; by default the newest with trials.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Where the reports go.")] = Path("reports"),
) -> None:
    """Write the figures of one sweep, as PNG and SVG."""
    from analysis.report import report as write

    for path in write(store, sweep, output):
        typer.echo(path)


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    try:
        app()
    except RunnerError as error:
        typer.echo(f"analysis: {error}", err=True)
        sys.exit(int(error.exit_code))
    except ModuleNotFoundError as error:
        if error.name not in ("matplotlib", "numpy", "pandas", "seaborn"):
            raise
        typer.echo(
            f"analysis: {error.name} is not installed; figures need: pip install 'concurrency-runner[report]'", err=True
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
