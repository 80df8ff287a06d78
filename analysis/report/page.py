"""Build the HTML page: one file that needs no other files and no network."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.findings import Findings
from analysis.report import tables
from analysis.report.banner import banner
from analysis.report.facts import facts
from analysis.report.gallery import LeftOut
from analysis.report.words import about, answered
from runner.visible import visible

FIRST, CURVES = ("answer",), ("timeline", "speedup", "efficiency", "interpreters")
"""Figures on the first screen, and those that follow it; the others come after the tables."""
MOST_OPEN, HIGHEST_OPEN = 15, 520
"""A table with more rows than this is folded, and so is a figure in detail that is higher, in CSS pixels: the page of a
large sweep is not endless, and that of a small one has little to open."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as the page shows it: two drawings, the second for narrow screens."""

    name: str
    title: str
    caption: str
    wide: bytes
    narrow: bytes
    """PNG."""
    wide_size: tuple[int, int]
    narrow_size: tuple[int, int]
    """Width and height in CSS pixels."""

    @staticmethod
    def data(image: bytes) -> str:
        """Return a data URL that contains the image."""
        return "data:image/png;base64," + base64.b64encode(image).decode("ascii")


def _shown(value: Any) -> Any:
    """Make text visible where the page shows it; what is markup already is left as it is."""
    return visible(value) if type(value) is str else value


def _with_code(text: str) -> Markup:
    """Return a sentence as markup, in which words between backticks are code."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # no pairs
        return escape(visible(text))
    marked = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup("").join(marked)


def page(findings: Findings, figures: Sequence[Shown | LeftOut]) -> str:
    """Return the report as HTML."""
    environment = Environment(
        loader=PackageLoader("analysis.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_shown,
    )
    environment.filters["with_code"] = _with_code
    shown = [figure for figure in figures if isinstance(figure, Shown)]
    names = " and ".join(f"{sweep.name} ({sweep.id})" for sweep in findings.sweeps)
    return environment.get_template("report.html.j2").render(
        title=f"Sweep {names}" if len(findings.sweeps) == 1 else f"Sweeps {names}",
        selections=findings.selections,
        banner=banner(findings),
        answers=answered(findings),
        about=about(findings),
        verdicts=findings.verdicts,
        questions=tables.questions,
        recommendations=tables.recommendations(findings),
        six_cases=tables.six_cases(findings),
        not_swept=tables.not_swept(findings),
        first=[figure for figure in shown if figure.name in FIRST],
        curves=[figure for figure in shown if figure.name in CURVES],
        details=[figure for figure in shown if figure.name not in (*FIRST, *CURVES)],
        most_open=MOST_OPEN,
        highest_open=HIGHEST_OPEN,
        left_out=[figure for figure in figures if isinstance(figure, LeftOut)],
        cases=tables.cases(findings),
        before=tables.before(findings),
        break_even=tables.break_even(findings),
        scaling=tables.scaling(findings),
        refusals=tables.refusals(findings),
        facts=facts(findings),
    )
