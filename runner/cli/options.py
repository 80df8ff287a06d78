"""Options and arguments that several commands take."""

from typing import Annotated, Any

import typer

from runner.cli import completion

Matrix = Annotated[str, typer.Option("--matrix", "-m", metavar="FILE", help="The grid file; - is stdin.")]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE[,VALUE…]]...", help="Axes, such as workers=1,2,4.", show_default=False),
]
Store = Annotated[
    str,
    typer.Option("--store", envvar="RUNNER_STORE", metavar="PATH-or-URL", help="The result store, a SQLite file."),
]
SweepArgument = Annotated[
    str,
    typer.Argument(metavar="SWEEP", help="Number, name or tag of the sweep.", autocompletion=completion.sweeps),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print each call's BEGIN and END, as the study did.")]
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
Repeats = Annotated[
    int | None, typer.Option("--repeats", metavar="N", help="Blocks at least, in place of the grid's `repeats`.")
]
Precision = Annotated[
    str | None,
    typer.Option("--precision", metavar="SHARE", help="Stop when every speedup is known so well, such as to ± 2%."),
]
Budget = Annotated[
    str | None, typer.Option("--budget", metavar="TIME", help="Stop when so much time is spent: 90s, 10m or 1.5h.")
]
Blocks = Annotated[int | None, typer.Option("--blocks", metavar="N", help="Stop after N blocks.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Seed of the order, in place of the grid's.")]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", help="For one trial, in place of the grid's `timeout`.")
]


def given(**options: Any) -> dict[str, Any]:
    """Return the options that the user gave."""
    return {name: value for name, value in options.items() if value is not None}
