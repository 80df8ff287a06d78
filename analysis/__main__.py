"""``python -m analysis report``."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runner.errors import BadInput, ExitCode, Interrupted, RunnerError

NEEDED = ("jinja2", "matplotlib", "numpy", "pandas", "PIL", "scipy", "seaborn")
"""What only figures and pages take."""

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class Format(StrEnum):
    """Of the files of figures."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


@app.callback()
def common() -> None:
    """Turn a result store into figures and a report."""


@app.command(
    epilog="Examples:  python -m analysis report ;  python -m analysis report --sweep 3 --select mode=threading ;  "
    "python -m analysis report --sweep before --sweep after --select 'num > 1e6'"
)
def report(
    store: Annotated[
        str, typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store.")
    ] = "runs.db",
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            "--sweep",
            metavar="SWEEP",
            help="Number or name; again for several side by side. By default the newest with trials.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CONDITION",
            help="Only these trials: an axis (workers=1,2) or SQL on the columns of v_trials (num > 1e6). Again: both.",
        ),
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="png,svg,pdf", help="Of the files of figures, with commas.")
    ] = "png,svg",
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Where the reports go.")] = Path("reports"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Write the report of sweeps: figures, tables as CSV, and a page that says in words what they show."""
    chosen = _formats(formats)
    from analysis.progress import Bar
    from analysis.report import write

    try:
        with Bar(quiet=quiet) as bar:
            for path in write(store, output, sweep or (), select or (), chosen, bar.step):
                bar.result(str(path))
    except KeyboardInterrupt:
        raise Interrupted("interrupted; what was written is whole, and the same command writes the rest.") from None


def _formats(words: str) -> list[str]:
    wanted = list(dict.fromkeys(word.strip().lower() for word in words.split(",") if word.strip()))
    unknown = [word for word in wanted if word not in set(Format)]
    if unknown or not wanted:
        raise BadInput(f"--format {words}: expected one or more of {', '.join(Format)}, with commas between them.")
    return wanted


def main() -> None:
    """Run the command line; errors become a message and an exit code."""
    try:
        app()
    except RunnerError as error:
        _fail(str(error), error.exit_code)
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        _fail(
            f"{error.name} is not installed; reports need: pip install 'concurrency-runner[report]'", ExitCode.BAD_INPUT
        )
    except MemoryError:
        _fail("there is not enough memory for that; --select takes less.", ExitCode.BAD_INPUT)


def _fail(message: str, code: ExitCode) -> None:
    typer.echo(f"analysis: {message}", err=True)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
