"""From answers to ``docs/benchmarks.md`` and its figures."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from benchmarks import figures
from benchmarks.paired import ROOT
from benchmarks.result import Result
from runner.executors.local import LocalExecutor
from runner.units import about

PAGE = ROOT / "docs" / "benchmarks.md"
IMAGES = ROOT / "docs" / "images"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question found, and when."""

    date: str
    took_s: float
    results: Sequence[Result]


def read(file: Path) -> Answer:
    """Return the answer that a file keeps."""
    stored = json.loads(file.read_text())
    return Answer(stored["date"], stored["took_s"], [Result.from_json(one) for one in stored["results"]])


def write(answers: Sequence[Answer]) -> None:
    """Write the page and its figures."""
    results = [result for answer in answers for result in answer.results]
    drawn = {
        "benchmarks-truth.png": figures.truth(results),
        "benchmarks-honesty.png": figures.honesty(results),
        "benchmarks-growth.png": figures.growth(results),
    }
    for name, figure in drawn.items():
        _save(figure, IMAGES / name)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    page = templates.get_template("benchmarks.md.j2")
    PAGE.write_text(
        page.render(
            machine=_machine(),
            tables={number: table(answer.results) for number, answer in enumerate(answers, start=1)},
            dates=sorted({answer.date.partition(" ")[0] for answer in answers}),
            total=about(sum(answer.took_s for answer in answers)),
        ),
        encoding="utf-8",
    )


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
    with LocalExecutor() as executor:
        facts = executor.ask({"kind": "probe"})
    host, interpreter = facts["host"], facts["interpreter"]
    libraries = ", ".join(f"{name} {_version(name)}" for name in ("sqlalchemy", "typer", "pyperf"))
    return {
        "CPU": f"{host['cpu_model'] or host['machine']}, {host['usable_cpus']} usable of {os.cpu_count()}",
        "memory": f"{(host['memory_bytes'] or 0) / 2**30:.1f} GiB",
        "system": f"{host['system']} {host['release']} ({host['machine']})",
        "interpreter under test": f"{interpreter['label']}, {interpreter['compiler']}",
        "the runner's own": f"{platform.python_implementation()} {platform.python_version()}, {libraries}",
    }
