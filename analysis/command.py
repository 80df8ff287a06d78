"""The command that makes a report: ``runner report``, and ``python -m analysis report``."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runner.cli import completion
from runner.errors import BadInput, Interrupted
from runner.signals import ending_at_once
from runner.store.location import DEFAULT

NEEDED = ("jinja2", "matplotlib", "numpy", "pandas", "PIL", "scipy", "seaborn")
"""Packages that only figures and pages need."""


class Format(StrEnum):
    """File formats of figures."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(
    epilog="Examples:  runner report ;  runner report 3 --select mode=threading ;  "
    "runner report before after --select 'num > 1e6'"
)
def report(
    sweeps: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SWEEP]...",
            help="Number, name or tag; several are shown side by side. By default the newest with trials.",
            autocompletion=completion.sweeps,
        ),
    ] = None,
    store: Annotated[
        str, typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store.")
    ] = DEFAULT,
    sweep: Annotated[
        list[str] | None,
        typer.Option("--sweep", metavar="SWEEP", help="The same as an argument.", autocompletion=completion.sweeps),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CONDITION",
            help="Only these trials: an axis (workers=1,2) or SQL on columns of v_trials (num > 1e6). Repeated: both.",
        ),
    ] = None,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="png,svg,pdf",
            help="Formats of the figures, with commas.",
            autocompletion=completion.some_of(lambda: list(Format)),
        ),
    ] = "png,svg",
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="Where the reports go.")] = Path("reports"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Write the report of sweeps: figures, tables as CSV, and a page that explains them in words."""
    from runner.words import some_of

    chosen = some_of("--format", formats.lower(), list(Format))
    try:
        with ending_at_once():
            _make_figures_independent()
            from analysis.progress import Bar
            from analysis.report import write

        with Bar(quiet=quiet) as bar:
            references = [*(sweeps or ()), *(sweep or ())]
            *_, page = write(store, output, references, select or (), chosen, bar.step, bar.answer)
            bar.result(str(page))
    except KeyboardInterrupt:
        raise Interrupted("interrupted; what was written is whole, and the same command writes the rest.") from None
    except MemoryError:
        raise BadInput("there is not enough memory for that; --select takes less.") from None
    except ModuleNotFoundError as error:
        if error.name not in NEEDED:
            raise
        raise BadInput(
            f"{error.name} is not installed; reports need: pip install 'concurrency-runner[report]'"
        ) from None


def _make_figures_independent() -> None:
    """Let figures look the same whatever the environment, or a file in the working directory, says to matplotlib."""
    os.environ["MPLBACKEND"] = "agg"
    import matplotlib

    matplotlib.rcdefaults()
