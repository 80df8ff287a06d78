"""The report of a sweep: its figures, as files."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from analysis import figures, load, statistics
from runner.errors import BadInput

FORMATS = ("png", "svg")
PNG_DOTS_PER_INCH = 160


def report(store: str, sweep: str | None, folder: Path) -> Iterator[Path]:
    """Write the figures of a sweep (by default the newest with trials) below `folder`, yielding each file.

    Raises BadInput when the sweep has nothing to draw, or the files cannot be written.
    """
    facts = load.sweep(store, sweep)
    trials = statistics.with_panels(load.trials(store, facts.id))
    counted = statistics.measured(trials)
    if counted.empty:
        raise BadInput(f"{store}: no trial of sweep {facts.id} has succeeded yet, so there is nothing to draw.")
    ratios = statistics.block_ratios(trials)
    subject = f"sweep {facts.id} ({facts.name}), {facts.python}, {facts.host}"
    note = _note(trials, facts)
    drawn: dict[str, Figure] = {}
    if not ratios.empty:
        drawn["speedup"] = figures.speedup(
            ratios, statistics.medians(ratios, "speedup"), facts.usable_cpus, f"Speedup: {subject}", note
        )
    drawn["total_time"] = figures.total_time(
        counted, statistics.medians(counted, "wall_s"), facts.usable_cpus, f"Total time: {subject}", note
    )
    target = folder / f"{facts.id}-{facts.name}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, figure in drawn.items():
            for form in FORMATS:
                path = target / f"{name}.{form}"
                _save(figure, path)
                yield path
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}.") from None


def _note(trials: pd.DataFrame, facts: load.SweepFacts) -> str:
    """Say what the figures do not show."""
    failed = int(trials["status"].isin(["failed", "crashed", "timeout"]).sum())
    notes = [f"Not shown: {failed} of {len(trials)} trials, which did not succeed."] if failed else []
    return " ".join(notes if facts.complete else [*notes, "The sweep is unfinished."])


def _save(figure: Figure, path: Path) -> None:
    """Write the figure, the words in an SVG as words, and the same bytes for the same data."""
    metadata = {"Date": None} if path.suffix == ".svg" else None
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure.savefig(path, dpi=PNG_DOTS_PER_INCH, metadata=metadata)
