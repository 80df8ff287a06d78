"""Options and arguments that several commands take."""

from typing import Annotated

import typer

from runner.cli import completion

Matrix = Annotated[str, typer.Option("--matrix", "-m", metavar="FILE", help="The grid file.")]
Store = Annotated[
    str,
    typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store, a SQLite file."),
]
SweepArgument = Annotated[
    str,
    typer.Argument(metavar="SWEEP", help="Number, name or tag of the sweep.", autocompletion=completion.sweeps),
]
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
    bool, typer.Option("--no-wait", help="Do not wait for another measurement on this host: exit with code 3.")
]
