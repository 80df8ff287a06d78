"""From answers to ``docs/benchmarks.md`` and its figures."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from benchmarks import figures
from benchmarks.answers import Answer
from benchmarks.bench import ROOT
from benchmarks.result import Result
from runner.executors.local import LocalExecutor
from runner.signals import interruptible
from runner.units import about

DOCS = ROOT / "docs"
PAGE = "benchmarks.md"
IMAGES = "images"


def write(answers: Sequence[Answer], folder: Path = DOCS) -> Path:
    """Write the page and its figures into a folder and return the path of the page.

    `answers` are those to all questions, in their order.
    """
    results = [result for answer in answers for result in answer.results]
    drawn = {
        "benchmarks-truth.png": figures.truth(results),
        "benchmarks-honesty.png": figures.honesty(results),
        "benchmarks-growth.png": figures.growth(results),
    }
    for name, figure in drawn.items():
        _save(figure, folder / IMAGES / name)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    template = templates.get_template("benchmarks.md.j2")
    page = folder / PAGE
    page.write_text(
        template.render(
            machine=_machine(),
            tables={number: table(answer.results) for number, answer in enumerate(answers, start=1)},
            dates=sorted({answer.date.partition(" ")[0] for answer in answers}),
            total=about(sum(answer.took_s for answer in answers)),
        ),
        encoding="utf-8",
    )
    return page


def table(results: Sequence[Result]) -> str:
    """Return results as a Markdown table."""
    rows = ["| what | found | aim | verdict | more |", "|---|---|---|---|---|"]
    for one in results:
        found = "–" if one.found is None else one.found.written(f" {one.unit}" if one.unit else "")
        rows.append(f"| {one.name} | {found} | {one.aim or '–'} | {one.verdict} | {one.note} |")
    return "\n".join(rows)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(missing)"


def _machine() -> dict[str, str]:
    with LocalExecutor() as executor, interruptible() as interrupt:
        probe = executor.probe(interrupt)
    host, interpreter = probe.host, probe.interpreter
    libraries = ", ".join(f"{name} {_version(name)}" for name in ("sqlalchemy", "typer", "pyperf"))
    return {
        "CPU": f"{host.cpu_model or host.machine}, {host.usable_cpus} usable of {os.cpu_count()}",
        "memory": f"{(host.memory_bytes or 0) / 2**30:.1f} GiB",
        "system": f"{host.system} {host.release} ({host.machine})",
        "interpreter under test": f"{interpreter.label}, {interpreter.compiler}",
        "the runner's own": f"{platform.python_implementation()} {platform.python_version()}, {libraries}",
    }
