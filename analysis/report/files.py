"""Write the files of a report."""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from analysis import load
from analysis.figures import layout
from analysis.findings import STEPS, Findings, find
from analysis.report import frames
from analysis.report.folder import Folder, name_for
from analysis.report.gallery import LeftOut, Picture, gallery
from analysis.report.page import Shown, page
from runner.errors import BadInput
from runner.outcome import FAILURES

FORMATS = ("png", "svg", "pdf")
DOTS_PER_INCH = 160
CSS_DOTS_PER_INCH = 96
COLOURS = 255

Progress = Callable[[str, int], None]
"""Called when a step begins, with its name and the total number of steps."""


def write(
    store: str,
    folder: Path,
    references: Sequence[str] = (),
    selections: Sequence[str] = (),
    formats: Sequence[str] = FORMATS[:2],
    progress: Progress = lambda *_: None,
    found: Callable[[Findings], None] = lambda _: None,
) -> Iterator[Path]:
    """Write the report of these sweeps (by default of the newest with trials) below `folder`, yielding each file.

    The page is the last one. `found` receives what the report says, before anything is drawn. Each file is written
    completely or not at all, and those of an earlier report that are not written again are removed. Raises BadInput if
    there is no such sweep, a selection is not valid or fits no trial, or the files cannot be written; StoreUnusable if
    the store cannot be read.
    """
    sweeps = load.sweeps(store, references)
    steps = STEPS + 1
    findings = find(store, sweeps, selections, lambda step: progress(step, steps))
    found(findings)
    planned = list(gallery(findings))
    steps = STEPS + sum(isinstance(figure, Picture) for figure in planned) + 1
    target = folder / name_for(sweeps)
    try:
        files = Folder(target)
        shown: list[Shown | LeftOut] = []
        for figure in planned:
            if isinstance(figure, LeftOut):
                shown.append(figure)
                continue
            progress(f"drawing: {figure.title}", steps)
            drawn = figure.draw(layout.WIDE)
            drawn.set_dpi(
                DOTS_PER_INCH
            )  # letters are not as wide at another resolution, and the layout depends on them
            note = f"{figure.caption} {_note(findings)}".strip()
            room = layout.frame(drawn, f"{figure.title}: {_subject(findings)}", note)
            drawn.draw_without_rendering()  # computes the layout once for all formats
            drawn.set_layout_engine("none")
            rendered = {form: _rendered(drawn, form, figure.name) for form in dict.fromkeys([*formats, "png"])}
            shown.append(_shown(figure, rendered["png"], room))
            for form in formats:
                yield files.save(f"{figure.name}.{form}", rendered[form])
        progress("writing tables and page", steps)
        for name, frame in frames.files(findings):
            yield files.save(name, frame.to_csv(index=False, float_format="%.9g").encode())
        last = files.save("report.html", page(findings, shown).encode("utf-8", "replace"))
        files.remove_the_rest()
        yield last
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}.") from None


def _subject(findings: Findings) -> str:
    """Return the sweeps, interpreters and hosts that the figures show."""
    parts = [f"sweep {sweep.id} ({sweep.name})" for sweep in findings.sweeps]
    parts += dict.fromkeys(one.label for sweep in findings.sweeps for one in sweep.interpreters)
    return ", ".join([*parts, *dict.fromkeys(host.hostname for sweep in findings.sweeps for host in sweep.hosts)])


def _note(findings: Findings) -> str:
    """Return a note about what the figures do not show."""
    failed = int(findings.trials["status"].isin(FAILURES).sum())
    notes = [f"Not shown: {failed} of {len(findings.trials)} trials, which did not succeed."] if failed else []
    notes += [f"Only: {'; '.join(findings.selections)}."] if findings.selections else []
    unfinished = [str(sweep.id) for sweep in findings.sweeps if not sweep.ended_at]
    return " ".join([*notes, f"Unfinished: sweep {', '.join(unfinished)}."] if unfinished else notes)


def _shown(figure: Picture, png: bytes, frame: tuple[float, float]) -> Shown:
    """Return the figure without its `frame` (in inches), because the page has its own heading and caption."""
    images = _small(png, frame), _small(_rendered(figure.draw(layout.NARROW), "png", figure.name))
    sizes = [_css_size(image) for image in images]
    return Shown(figure.name, figure.title, figure.caption, images[0], images[1], sizes[0], sizes[1])


def _small(png: bytes, frame: tuple[float, float] = (0, 0)) -> bytes:
    """Return the drawing without its frame, with a palette: a third of the size, and no visible difference."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        above, below = (round(inches * DOTS_PER_INCH) for inches in frame)
        inner = image.crop((0, above, image.width, image.height - below))
        # A median cut, the default, would mix the colour of a few points with others.
        inner.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(content, "png")
    return content.getvalue()


def _css_size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    scale = CSS_DOTS_PER_INCH / DOTS_PER_INCH
    return round(width * scale), round(height * scale)


def _rendered(drawn: Figure, form: str, name: str) -> bytes:
    """Render the figure, with text in an SVG as text; the same data give the same bytes."""
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    content = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        drawn.savefig(content, format=form, dpi=DOTS_PER_INCH, metadata=metadata)
    return content.getvalue()
