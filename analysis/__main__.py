"""Run ``python -m analysis report``, for use where the command ``runner report`` is not installed."""

import sys

import typer

from analysis.command import report
from runner.errors import RunnerError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
app.command()(report)


@app.callback()
def common() -> None:
    """Turn a result store into figures and a report."""


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    try:
        app()
    except RunnerError as error:
        typer.echo(f"analysis: {error}", err=True)
        sys.exit(int(error.exit_code))


if __name__ == "__main__":
    main()
