"""`python -m analysis report`: files that anything can open, or a clear message."""

import csv
import itertools
import json
import re
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import asdict, dataclass, replace
from errno import ENOSPC
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.frames import CPU, IO, WAYS, grid
from support.helpers import Finished, case, eventually
from support.here import run_here
from support.shared import made_once
from support.stores import BASELINE, THREADS, Planned, change, created, fill, foreign_database, outcome, rows, timing
from support.stranger import HARMFUL, SHOWN, strangers_store

from analysis.__main__ import main
from analysis.findings import Findings
from analysis.report import FORMATS, files, write
from analysis.report.gallery import LeftOut, Picture, gallery
from runner.errors import BadInput, RunnerError
from runner.matrix.case import Case
from runner.outcome import Status

STORE = Path("runs.db")
CASES = Path("reports/1-study/cases.csv")
PROCESSES = case(mode="multiprocessing", start_method="fork")
ALWAYS = {"timeline", "raw_times", "wall_time"}
FIGURES = ALWAYS | {"answer", "speedup", "efficiency", "start_up"}
"""What one work at one number of workers allows."""
TABLES = {"cases.csv", "six_cases.csv", "recommendations.csv", "break_even.csv", "scaling.csv", "claims.csv"}


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Run the command line of the analysis in this process, with these variables in the environment."""

    def run(*words: str, **variables: str) -> Finished:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return ended(*words)

    return run


def ended(*words: str) -> Finished:
    """Run the command line of the analysis in this process, where every warning is an error."""
    return run_here(*words, program="analysis", main=main)


def program(*words: str) -> list[str]:
    """Return the command line of the analysis in a process of its own."""
    return [sys.executable, "-m", "analysis", *words]


@contextmanager
def pictures(shown_as: Callable[[Picture], Picture | None]) -> Iterator[None]:
    """Let reports have what `shown_as` returns of each picture; None leaves it out."""

    def instead(findings: Findings) -> Iterator[Picture | LeftOut]:
        for figure in gallery(findings):
            shown = shown_as(figure) if isinstance(figure, Picture) else figure
            if shown is not None:
                yield shown

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.report.files.gallery", instead)
        yield


class Blank(Figure):
    """Paper, so wide that no words around it are wrapped, that is in a file at once: drawing takes most of the time."""

    def draw_without_rendering(self) -> None:
        pass

    def savefig(self, file: BinaryIO, **options: Any) -> None:
        file.write(_blank(options["format"]))


@cache
def _blank(form: str) -> bytes:
    content = BytesIO()
    Figure(figsize=(1, 1), dpi=160).savefig(content, format=form)
    return content.getvalue()


def _empty(picture: Picture) -> Picture:
    return replace(picture, draw=lambda columns: Blank(figsize=(99, 1), layout="constrained"))


@pytest.fixture
def undrawn() -> Iterator[None]:
    """Let figures be empty, where the words around them are what matters."""
    with pictures(_empty):
        yield


def sweep_of(*cases: Case, repeats: int = 2, name: str = "study", **sweep: str) -> None:
    """Add a sweep to the store in which each of these cases succeeds in each block."""
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=_wall_ns(one) + repeat, timings=_calls(one)), repeat=repeat)
        for repeat in range(1, repeats + 1)
        for one in cases
    ]
    fill(STORE, trials, cases=cases, name=name, **sweep)


def _wall_ns(one: Case) -> int:
    """Return a time that grows with the work, and shrinks with the workers."""
    return round(10**8 * (1 + sum(size for _, size in one.params)) * one.calls / one.workers)


def _calls(one: Case) -> list[dict[str, object]]:
    each = one.calls // one.workers
    took = _wall_ns(one) // (each + 1)
    records = []
    for worker in range(one.workers):
        for call in range(each):
            stamps = {"begin_ns": 1_000 + call * took, "end_ns": 1_000 + (call + 1) * took}
            counters = {"cpu_ns": took // 2, "run_queue_ns": 1_000}
            started = {"submitted_ns": 1_000, "start_returned_ns": 1_000, "first_instruction_ns": 1_000}
            records.append(timing(worker, call, **stamps, **counters, **({} if one.is_baseline else started)))
    return records


def written(*references: str, **more: object) -> list[Path]:
    return list(write(str(STORE), Path("reports"), references, **more))


def page_of(*references: str, **more: object) -> "Page":
    *_, page = written(*references, **more)
    assert page.name == "report.html"
    return Page.read(page)


class Page(HTMLParser):
    """The text of a page, its tables by heading, its pictures, and every address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []

    @classmethod
    def read(cls, path: Path) -> "Page":
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        assert page.open == [], f"not closed: {page.open}"
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in ("meta", "img", "source", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def names(folder: str | Path) -> set[str]:
    """Return the names of the files in a folder, as `ls` does."""
    return {path.name for path in Path(folder).iterdir() if not path.name.startswith(".")}


def files_of(figures: set[str], formats: Iterable[str] = ("png", "svg")) -> set[str]:
    return {f"{figure}.{form}" for figure in figures for form in formats} | TABLES | {"report.html"}


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store and its whole report; `finished.json` has what that printed, and its exit code."""

    def make(folder: Path) -> None:
        with chdir(folder):
            sweep_of(BASELINE, THREADS, PROCESSES)
            finished = ended("report", "--store", str(STORE))
        (folder / "finished.json").write_text(json.dumps(asdict(finished)), encoding="utf-8")

    return made_once(tmp_path_factory, "whole_report", make)


@dataclass(frozen=True)
class Report:
    """The page of a report, and the folder in which its store is and its reports are."""

    folder: Path
    page: Page
    steps: Sequence[tuple[str, int]]
    """What its progress said."""


def _reported(folder: Path, fill_store: Callable[[], object]) -> Report:
    """Fill a store in that folder, and write its report, the figures empty."""
    steps: list[tuple[str, int]] = []
    with chdir(folder), pictures(_empty):
        fill_store()
        page = page_of(progress=lambda step, steps_in_all: steps.append((step, steps_in_all)))
    return Report(folder, page, steps)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Write the report of a study of two works, in six blocks."""
    cases = grid([CPU, IO], (1, 2), WAYS[:3])
    told = {"grid_text": "matrix:\n  workload: cpu_bound\n", "command_line": "runner sweep -m x.yaml"}
    return _reported(tmp_path_factory.mktemp("study"), lambda: sweep_of(*cases, repeats=6, **told))


@pytest.fixture(scope="module")
def all_known(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Write the report of a sweep of few blocks, of which everything is known that may be."""

    def fill_store() -> None:
        sweep_of(BASELINE, THREADS, repeats=5)
        change(
            STORE,
            """UPDATE interpreters SET jit = TRUE, flags = '{"optimize": 1}', build_options = '--disable-gil',
            free_threaded_build = TRUE, gil = FALSE""",
            "INSERT INTO functions VALUES (1, 'x', 'parse.py:parse', 'parse', 'parse', '/work/parse.py', '/work', '', "
            """'0123456789abcdef', '{"numpy": "2.1.0"}')""",
            "UPDATE cases SET function_id = 1",
            "INSERT INTO omissions VALUES (1, 1, 'busy', 'process_pool', 'fork', 'pypy 3.11.13', NULL, 2, 'no mode')",
            "INSERT INTO omissions VALUES (1, 2, NULL, NULL, NULL, 'cpython 3.9.2', 'off', 1, 'it has a lock')",
            "UPDATE timings SET setup_ns = 3000000, queued_ns = 2000000 * worker WHERE trial_id % 2 = 0",
            "UPDATE cases SET locked_baseline_id = baseline_id WHERE mode = 'threading'",
        )

    return _reported(tmp_path_factory.mktemp("known"), fill_store)


HOSTILE = "<script>alert('x')</script>&amp;"


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Write the report of a sweep that was disturbed, in which trials failed and crashed, and whose text is hostile."""
    crashed = outcome(Status.CRASHED, wall_ns=None, reason="worker 1 (pid 4242) was killed by SIGKILL")
    failed = outcome(Status.FAILED, wall_ns=None, reason=f"worker 0: {HOSTILE}")
    trials = [
        Planned(case=BASELINE, outcome=outcome()),
        Planned(case=THREADS, outcome=outcome(), noisy="workers waited 12 % of their time for a CPU"),
        Planned(case=THREADS, outcome=failed, repeat=2),
        Planned(case=PROCESSES, outcome=crashed),
        Planned(case=PROCESSES, outcome=crashed, repeat=2),
    ]
    told = {"grid_text": f"# {HOSTILE}\n", "command_line": f"runner {HOSTILE}"}
    cases = [BASELINE, THREADS, PROCESSES]
    return _reported(tmp_path_factory.mktemp("failing"), lambda: fill(STORE, trials, cases=cases, **told))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestFiles:
    def test_are_the_figures_the_tables_and_the_page_which_is_named_after_the_answers(self, whole):
        finished = Finished(**json.loads((whole / "finished.json").read_text(encoding="utf-8")))
        assert (finished.code, finished.err) == (0, "")
        expected = files_of(FIGURES)
        *answers, page = finished.out.splitlines()
        assert page == "reports/1-study/report.html"
        assert answers
        text = Page.read(whole / page).text
        assert " ".join(" ".join(answers).replace("`", "").split()) in text
        assert names(whole / "reports" / "1-study") == expected

    def test_are_valid_and_say_in_words_what_they_show(self, whole):
        for name in FIGURES:
            png, svg = (whole / "reports" / "1-study" / f"{name}.{form}" for form in ("png", "svg"))
            content = png.read_bytes()
            assert content.startswith(b"\x89PNG\r\n\x1a\n")
            assert content.endswith(b"IEND\xaeB`\x82")
            width, height = struct.unpack(">II", content[16:24])
            assert (width >= 600, height >= (200 if name == "answer" else 500)) == (True, True)
            root = ElementTree.parse(svg).getroot()
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            text = " ".join("".join(root.itertext()).split())
            assert "cpu_bound (NUM = 10)" in text
            assert "sweep 1 (study), cpython 3.11.2, bench-1" in text

    @pytest.mark.parametrize(
        ("one", "figures", "formats", "starts"),
        [
            pytest.param(BASELINE, ALWAYS, "pdf", {"pdf": b"%PDF"}, id="only sequential"),
            pytest.param(
                THREADS, ALWAYS | {"start_up"}, "svg,PNG", {"svg": b"<?xml", "png": b"\x89PNG"}, id="no baseline"
            ),
        ],
    )
    @pytest.mark.usefixtures("undrawn")
    def test_are_those_that_the_store_allows_in_the_formats_and_the_folder_that_the_user_names(
        self, analysis, one, figures, formats, starts
    ):
        for name in ("first", "second"):
            sweep_of(one, repeats=1, name=name)
        STORE.rename("lab.db")
        words = ("report", "--format", formats, "--quiet", "--sweep", "first", "--output", "out/deep")
        assert analysis(*words, RUNNER_STORE="sqlite:///lab.db") == Finished(0, "", "")
        assert names("out/deep") == {"1-first"}
        assert names("out/deep/1-first") == files_of(figures, starts)
        for name, (form, start) in itertools.product(figures, starts.items()):
            assert Path(f"out/deep/1-first/{name}.{form}").read_bytes().startswith(start)

    @pytest.mark.slow
    def test_are_the_same_when_drawn_again_and_come_as_pdf_too(self, whole, own_folder):
        shutil.copy(whole / STORE, STORE)
        with pictures(lambda picture: picture if picture.name == "wall_time" else None):
            again = {path.name: path for path in written("1", formats=FORMATS)}
        del again["report.html"]
        pdf = again.pop("wall_time.pdf").read_bytes()
        assert again.keys() == TABLES | {"wall_time.png", "wall_time.svg"}
        assert [name for name, path in again.items() if path.read_bytes() != (whole / path).read_bytes()] == []
        assert (pdf[:4], pdf.rstrip()[-5:]) == (b"%PDF", b"%%EOF")

    @pytest.mark.slow
    def test_are_the_same_when_drawn_by_another_process_in_every_format(self, whole, own_folder):
        shutil.copy(whole / STORE, STORE)
        words = program("report", "--format", ",".join(FORMATS))
        result = subprocess.run(words, capture_output=True, text=True, check=True)
        expected = {f"reports/1-study/{name}" for name in files_of(FIGURES, FORMATS)}
        assert (result.stdout.splitlines()[-1], result.stderr) == ("reports/1-study/report.html", "")
        same = [path for path in map(Path, expected) if path.suffix != ".pdf"]
        assert [path.name for path in same if path.read_bytes() != (whole / path).read_bytes()] == []
        pdf = Path("reports/1-study/speedup.pdf")
        by_another = pdf.read_bytes()
        with pictures(lambda picture: picture if picture.name == "speedup" else None):
            assert pdf in written(formats=["pdf"])
        assert pdf.read_bytes() == by_another

    @pytest.mark.slow
    def test_are_of_the_newest_sweep_with_trials(self, own_folder):
        for name in ("first", "second"):
            fill(STORE, [Planned(outcome=outcome(), warmup=True)], name=name)
        fill(STORE, name="third")
        assert {path.parent.name for path in written()} == {"2-second"}

    @pytest.mark.usefixtures("undrawn")
    @pytest.mark.parametrize(
        ("name", "folder"),
        [
            ("../../../../outside", "1-outside"),
            ("/outside", "1-outside"),
            ("a\0b\n c", "1-a-b-c"),
            ("", "1-sweep"),
            (".", "1-sweep"),
            ("..", "1-sweep"),
            ("-", "1-sweep"),
            ("x" * 1000, f"1-{'x' * 64}"),
            ("as.usual_", "1-as.usual_"),
        ],
        ids=repr,
    )
    def test_are_in_one_folder_below_the_output_whatever_the_sweep_is_called(self, own_folder, name, folder):
        fill(STORE, name=name)
        paths = written(formats=())
        assert {path.parent for path in paths} == {Path("reports", folder)}
        assert names("reports") == {folder}

    def test_of_a_strangers_store_show_its_text_and_are_well_formed(self, own_folder):
        strangers_store(STORE)
        with pictures(lambda picture: picture if picture.name == "timeline" else None):
            written(formats=("svg",))
        (folder,) = Path("reports").iterdir()
        drawn = "".join(ElementTree.parse(folder / "timeline.svg").getroot().itertext())
        text = (folder / "report.html").read_text(encoding="utf-8")
        assert SHOWN in text
        for shown in (drawn, text):
            assert r"\x1b[2J" in shown
            assert HARMFUL & set(shown) <= {"\n"}

    @pytest.mark.slow
    @pytest.mark.usefixtures("undrawn")
    def test_of_several_sweeps_are_side_by_side(self, own_folder):
        sweep_of(BASELINE, THREADS, name="before")
        sweep_of(BASELINE, THREADS, name="after")
        page = page_of("before", "2")
        assert names("reports") == {"1-before+2-after"}
        for words in ("Sweep 1 (before)", "Sweep 2 (after)", "one call a worker, sweep 1 (before)"):
            assert words in page.text
        assert [row["sweep_id"] for row in table(Path("reports/1-before+2-after/cases.csv"))] == ["1", "1", "2", "2"]

    def test_tables_hold_the_figures_of_the_views(self, study):
        views = {row["case_id"]: row for row in rows(study.folder / STORE, "SELECT * FROM v_speedups")}
        concurrent = [row for row in table(study.folder / CASES) if row["mode"] != "sequential"]
        assert len(concurrent) == len(views) == 8
        for row in concurrent:
            for name in ("speedup", "efficiency", "n", "wall_s"):
                assert float(row[name]) == pytest.approx(views[int(row["case_id"])][name], rel=1e-8)
            assert float(row["low"]) <= float(row["speedup"]) <= float(row["high"])

    @pytest.mark.usefixtures("undrawn")
    def test_of_an_earlier_report_that_are_not_drawn_again_are_removed_and_no_others(self, own_folder):
        sweep_of(BASELINE, THREADS)
        folder = written(formats=FORMATS)[0].parent
        strangers = {"notes.txt", "regime.png", "speedup copy.png"}
        for name in strangers:
            (folder / name).touch()
        with (folder / ".files").open("a") as file:
            file.write("../2-other/notes.txt\n../../runs.db\n..\n.\n\n")
        assert names(folder) == files_of(FIGURES, FORMATS) | strangers
        list(written(formats=["svg"], selections=["mode=sequential"]))
        assert names(folder) == files_of(ALWAYS, ["svg"]) | strangers
        assert STORE.exists()

    @pytest.mark.usefixtures("undrawn")
    def test_that_an_interrupted_report_has_left_are_removed_by_the_next(self, own_folder):
        sweep_of(BASELINE)
        report = write(str(STORE), Path("reports"), formats=["pdf"])
        left = next(report)
        report.close()
        list(written(formats=["svg"]))
        assert not left.exists()
        assert names(left.parent) == files_of(ALWAYS, ["svg"])

    @pytest.mark.usefixtures("undrawn")
    def test_that_a_user_interrupts_are_whole_or_absent(self, analysis, monkeypatch):
        sweep_of(BASELINE)
        write_bytes = Path.write_bytes

        def interrupted(path: Path, content: bytes) -> int:
            if "raw_times.svg" not in path.name:
                return write_bytes(path, content)
            write_bytes(path, content[: len(content) // 2])
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "write_bytes", interrupted)
        finished = analysis("report")
        assert finished.code == 130
        assert finished.err.startswith("analysis: interrupted;")
        assert "report.html" not in finished.out
        assert names("reports/1-study") == {"timeline.png", "timeline.svg", "raw_times.png"}
        ElementTree.parse("reports/1-study/timeline.svg")

    @pytest.mark.usefixtures("undrawn")
    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [(BrokenPipeError(), 0, ""), (OSError(ENOSPC, "full"), 2, "analysis: cannot go on: [Errno 28] full\n")],
        ids=["by nobody", "on a full disk"],
    )
    def test_are_whole_also_if_their_names_cannot_be_read(self, analysis, monkeypatch, error, code, message):
        def fails(_: str) -> None:
            raise error

        sweep_of(BASELINE)
        monkeypatch.setattr("analysis.progress.typer.echo", fails)
        assert analysis("report") == Finished(code, "", message)
        assert names("reports/1-study") == files_of(ALWAYS)

    @pytest.mark.slow
    def test_of_a_process_that_a_user_interrupts_are_whole_or_absent(self, own_folder):
        sweep_of(*grid(), repeats=7)
        process = subprocess.Popen(program("report"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        eventually(lambda: Path("reports").exists() and list(Path("reports").rglob("*.svg")))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130
        assert err.startswith("analysis: interrupted;")
        assert "Traceback" not in err
        assert not list(Path("reports").rglob("*.part"))
        for path in Path("reports").rglob("*.svg"):
            ElementTree.parse(path)


def test_the_page_keeps_the_colour_of_a_few_points_among_many_others(tmp_path):
    many = np.linspace(0, 1, 400)
    drawn = Figure(figsize=(4, 3), dpi=160)
    axis = drawn.add_subplot()
    axis.imshow(np.outer(many, many), cmap="Greys", aspect="auto")
    axis.plot(200, 200, "o", color="#de8f05", markersize=4)
    drawn.savefig(tmp_path / "drawn.png")
    small = Image.open(BytesIO(files._small((tmp_path / "drawn.png").read_bytes()))).convert("RGB")
    far = min(sum(abs(a - b) for a, b in zip(one, (0xDE, 0x8F, 0x05), strict=True)) for _, one in small.getcolors())
    assert far < 30


class TestPage:
    def test_needs_no_other_file_and_no_network(self, study):
        page = study.page
        images = [address for address in page.addresses if address.startswith("data:image/png;base64,")]
        assert len(images) == 2 * len(FIGURES)
        anchors = [address for address in page.addresses if address not in images]
        assert anchors
        assert all(address.startswith("#") for address in anchors)
        text = (study.folder / "reports/1-study/report.html").read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(|<script|<link|https?://", text)
        assert {anchor[1:] for anchor in anchors} <= set(re.findall(r'id="([\w-]+)"', text))

    def test_answers_first_then_shows_then_tells_and_judges_the_study_last_but_one(self, study):
        text = study.page.text
        parts = [
            "as fast as sequential calls",
            "Speedup of each way over sequential calls",
            "Sweep 1 (study) is unfinished",
            "One bar for each call",
            "Efficiency = speedup",
            "The fastest way by the time of a call",
            "Every case that was run",
            "every point is a trial",
            "The study's claims, answered by this machine",
            "The grid:",
        ]
        places = [text.find(part) for part in parts]
        assert [part for part, place in zip(parts, places, strict=True) if place < 0] == []
        assert places == sorted(places)

    def test_begins_with_a_banner_if_the_machine_was_busy(self, study, failing):
        assert failing.page.text.partition("trials (50 %) were disturbed")[0].endswith("The machine was busy: 1 of 2 ")
        assert "The machine was busy" not in study.page.text

    @pytest.mark.usefixtures("undrawn")
    def test_judges_no_claims_where_nothing_of_the_study_was_swept(self, own_folder):
        sweep_of(*grid([("parse.py:parse", (("rows", 10),))], (2,), WAYS[:2]), repeats=1)
        text = page_of(formats=()).text
        assert "The study's" not in text
        assert "NUM = 240,000,000" not in text

    @pytest.mark.usefixtures("undrawn")
    def test_folds_what_cannot_be_said_and_what_is_long(self, own_folder, monkeypatch):
        monkeypatch.setattr("analysis.report.page.MOST_OPEN", 3)
        sweep_of(BASELINE, THREADS, PROCESSES, case(mode="thread_pool"), repeats=6)
        (page,) = [path for path in written(formats=()) if path.name == "report.html"]
        folds = re.findall(r"<details([^>]*)>\s*<summary>(.*?)</summary>", page.read_text("utf-8"), re.DOTALL)
        of_claims = {"open" in how: set() for how, _ in folds} | {True: set(), False: set()}
        for how, words in folds:
            if "claim" in how:
                of_claims["open" in how].update(re.findall(r"cannot say|not confirmed|confirmed", words))
        assert of_claims[False] == {"cannot say"}
        assert "cannot say" not in of_claims[True]
        assert [how for how, words in folds if "Every case" in words] == [' class="table"']

    @pytest.mark.parametrize("highest", [1, 1000])
    def test_folds_figures_in_detail_that_are_high(self, own_folder, monkeypatch, highest):
        monkeypatch.setattr("analysis.report.page.HIGHEST_OPEN", highest)
        sweep_of(BASELINE, repeats=1)
        with pictures(lambda picture: _empty(picture) if picture.name in ("raw_times", "speedup") else None):
            *_, page = written(formats=())
        folds = re.findall(r"<details([^>]*)>\s*<summary>Every trial", page.read_text("utf-8"))
        assert folds == [' class="more" open' if highest > 1 else ' class="more"']

    @pytest.mark.usefixtures("undrawn")
    def test_names_what_was_not_swept_of_the_study_in_one_line(self, own_folder):
        sweep_of(*grid([IO], (2,), WAYS[:2]), repeats=1)
        text = page_of(formats=()).text
        assert (
            "Not swept with two calls: io_bound with multiprocessing; cpu_bound with sequential; "
            "cpu_bound with threading; cpu_bound with multiprocessing."
        ) in text
        assert "not swept with two calls" not in text

    def test_stays_a_page_with_tables_on_paper(self, study):
        text = (study.folder / "reports/1-study/report.html").read_text(encoding="utf-8")
        assert [found for found in re.findall(r"@media [^{]*|media=\"[^\"]*", text) if "width" in found]
        for found in re.findall(r"@media [^{]*|media=\"[^\"]*", text):
            assert "width" not in found or "screen" in found

    @pytest.mark.parametrize(
        "words",
        [
            "bench-1",
            "2 of 4",
            "cpython 3.11.2",
            "interpreter lock",
            "seed 7",
            "workload: cpu_bound",
            "runner sweep -m x.yaml",
            "runner report --store runs.db --sweep 1",
        ],
    )
    def test_says_what_was_run_and_where_and_how_to_run_it_again(self, study, words):
        assert words in study.page.text

    @pytest.mark.parametrize(
        "words",
        [
            "off (a free-threaded build)",
            "JITon",
            "flagsoptimize = 1",
            "built with--disable-gil",
            "parse.py:parse (/work/parse.py, SHA-256 0123456789ab, with numpy 2.1.0)",
            "2 cases (busy, process_pool/fork, pypy 3.11.13): no mode",
            "1 case (cpython 3.9.2, lock off): it has a lock",
            "3 cases of the matrix were left out; why, is said below.",
        ],
    )
    def test_says_what_is_known_of_interpreters_functions_and_what_was_left_out(self, all_known, words):
        assert words in all_known.page.text
        assert "0123456789abc" not in all_known.page.text

    def test_has_a_table_of_what_comes_before_the_calls_only_where_there_is_any(self, study, all_known):
        assert "Before and between the calls" not in study.page.text
        assert "Before and between the calls" in all_known.page.text
        assert "cpu_bound (NUM = 10)threading ×23.000 ms–1.000 ms2.000 ms" in all_known.page.text

    @pytest.mark.usefixtures("undrawn")
    def test_compares_no_trials_of_different_conditions_and_says_which_they_were(self, own_folder):
        pooled = [replace(one, workers=2, calls=8) for one in (case(mode="thread_pool"), case(mode="asyncio"))]
        sweep_of(*{one.baseline(): 0 for one in pooled}, *pooled, THREADS, BASELINE, repeats=1)
        change(STORE, "UPDATE cases SET affinity = 'compact', barrier = TRUE WHERE calls = 8")
        text = page_of().text
        assert "pinned compact, from a barriercpu_bound (NUM = 10)asyncio ×2, 8 calls" in text
        assert {row["way"]: row["panel"] for row in table(CASES) if row["mode"] != "sequential"} == {
            "thread_pool": "cpu_bound (NUM = 10), 8 calls in all, pinned compact, from a barrier",
            "asyncio": "cpu_bound (NUM = 10), 8 calls in all, pinned compact, from a barrier",
            "threading": "cpu_bound (NUM = 10), one call a worker, not pinned, without a barrier",
        }

    def test_has_the_speedup_over_the_locked_build_where_both_were_swept(self, study, all_known):
        assert "speedup over the locked build" not in study.page.text
        assert "speedup over the locked build" in all_known.page.text

    def test_answers_the_eight_claims(self, study):
        for number in range(1, 9):
            assert re.search(rf"\b{number}\. [A-Z].*?(confirmed|not confirmed|cannot say)", study.page.text)
        assert "What would settle it" in study.page.text

    def test_names_what_is_not_drawn_and_what_to_sweep_for_it(self, study):
        assert "Where each way wins: it takes speedups at 2 sizes" in study.page.text
        assert "How fixed work scales: it takes a fixed number of calls" in study.page.text
        assert "NUM: [10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000]" in study.page.text

    def test_claims_no_interval_from_few_blocks_and_says_so(self, study, all_known):
        few, more = all_known.page.text, study.page.text
        assert "2 cases of 2 have fewer than 6 blocks" in few
        assert "fewer than 6 blocks" not in more
        assert re.search(r"times \[\d", more)
        assert not re.search(r"times \[\d", few)

    def test_shows_hostile_text_as_text(self, failing):
        assert "script" not in failing.page.tags
        assert failing.page.text.count(HOSTILE) == 3

    @pytest.mark.parametrize(
        "words",
        [
            "2 × crashed: worker … (pid …) was killed by SIGKILL",
            "1 × workers waited … % of their time for a CPU",
            "1 was disturbed",
            "2 crashed",
            "1 failed",
        ],
    )
    def test_counts_failures_and_disturbances_with_their_reasons(self, failing, words):
        assert words in failing.page.text

    @pytest.mark.usefixtures("undrawn")
    def test_says_what_was_selected_and_keeps_what_that_is_compared_with(self, study, own_folder):
        shutil.copy(study.folder / STORE, STORE)
        page = page_of(selections=["mode=threading", "num > 10"])
        assert "Only the trials with mode=threading and num > 10" in page.text
        shown = {(row["workload"], row["way"]) for row in table(CASES)}
        assert shown == {("cpu_bound", "sequential"), ("cpu_bound", "threading")}


class TestEdges:
    """Drawn in this process, where every warning is an error."""

    @pytest.mark.slow
    def test_figures_of_sizes_and_of_fixed_work_are_drawn_from_a_store(self, own_folder):
        sizes = grid([("cpu_bound", (("NUM", 4**size),)) for size in range(6)], (2,), WAYS[:3])
        sweep_of(*sizes, *grid([CPU], ways=WAYS[:3], calls=4), *grid([IO], (1, 2), WAYS[:3]), repeats=1)
        with pictures(lambda picture: _empty(picture) if picture.name in FIGURES else picture):
            drawn = {path.stem for path in written(formats=("png",)) if path.suffix == ".png"}
        assert drawn == FIGURES | {"regime", "break_even", "scaling"}

    @pytest.mark.parametrize(
        ("trials", "words"),
        [
            pytest.param([], "0 of 12 planned trials succeeded", id="no trial"),
            pytest.param(
                [Planned(outcome=outcome(), warmup=True)], "1 of 12", id="only a warm-up", marks=pytest.mark.slow
            ),
            pytest.param([Planned(outcome=outcome(Status.FAILED))], "0 of 12 planned trials succeeded, 1 failed"),
            pytest.param(
                [Planned(outcome=outcome(Status.TIMEOUT, wall_ns=None))],
                "1 timeout",
                id="only timeouts",
                marks=pytest.mark.slow,
            ),
        ],
    )
    def test_without_a_finished_trial_the_page_says_what_it_can(self, own_folder, trials, words):
        fill(STORE, trials)
        page = page_of()
        assert words in page.text
        assert page.text.count("runner resume 1 runs what is left") == 4
        assert "code" in page.tags
        assert "`" not in page.text
        assert names("reports/1-study") == TABLES | {"report.html"}

    def test_where_all_has_failed_nothing_is_left_and_the_page_says_what_to_do(self, own_folder):
        fill(STORE, [Planned(outcome=outcome(Status.FAILED))], ended_at="2024-01-02T03:05:00.000Z")
        text = page_of().text
        assert "runs what is left" not in text
        assert text.count("runner resume 1 --retry failed,crashed,timeout tries them again") == 3

    @pytest.mark.usefixtures("undrawn")
    def test_where_nothing_that_was_selected_succeeded_the_page_says_so(self, own_folder):
        trials = [Planned(case=BASELINE, outcome=outcome(), warmup=warmup) for warmup in (False, True)]
        fill(STORE, trials, ended_at="2024-01-02T03:05:00.000Z")
        assert "Another --select, or none, chooses more" in page_of(selections=["warmup"]).text

    @pytest.mark.slow
    @pytest.mark.usefixtures("undrawn")
    def test_very_many_cases_are_cut_short_on_the_page_alone(self, own_folder, monkeypatch):
        monkeypatch.setattr("analysis.report.tables.MOST_ROWS", 5)
        works = [("cpu_bound", (("NUM", size),)) for size in range(1, 8)]
        sweep_of(*grid(works, workers=(2,), ways=("sequential",)), repeats=1)
        text = page_of(formats=()).text
        assert "2 more rows are in cases.csv" in text
        assert "Drawn: 6 of 7; the tables have all" in text
        assert len(table(CASES)) == 7

    @pytest.mark.parametrize(
        "output",
        ["file/below", *(pytest.param(name, marks=pytest.mark.slow) for name in ("file", "x" * 300))],
        ids=["below a file", "a file", "too long a name"],
    )
    def test_a_folder_that_cannot_be_written_is_named(self, own_folder, output):
        fill(STORE)
        Path("file").touch()
        with pytest.raises(BadInput, match=f"{output}/1-study: cannot be written"):
            list(write(str(STORE), Path(output)))


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "code", "message"),
        [
            ("no store", 3, "runs.db: there is no store yet"),
            ("an empty file", 3, "runs.db: the store is empty"),
            ("somebody else's", 3, "runs.db: this database is not a runner's store"),
            ("no sweep", 2, "runs.db: it holds no sweep yet"),
        ],
    )
    def test_without_a_sweep_there_is_an_error_and_no_folder(self, own_folder, kind, code, message):
        match kind:
            case "an empty file":
                STORE.touch()
            case "somebody else's":
                foreign_database(STORE)
            case "no sweep":
                created(STORE)
        with pytest.raises(RunnerError, match=re.escape(message)) as raised:
            written()
        assert raised.value.exit_code == code
        assert not Path("reports").exists()
        assert STORE.exists() == (kind != "no store")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--sweep", "7"], "runs.db: there is no sweep 7."),
            (["--sweep", "study", "--sweep", "styud"], "runs.db: there is no sweep styud; did you mean study?"),
            (
                ["--select", "nmu > 3"],
                "--select 'nmu > 3': The query is not valid: no such column: nmu; did you mean num?",
            ),
            (["--select", "num >"], "--select 'num >': The query is not valid"),
            (["--select", "1; DROP TABLE trials"], "--select '1; DROP TABLE trials': The query"),
            (
                ["--select", "mode=sequentail"],
                "--select 'mode=sequentail': no trial is like that; did you mean sequential? To see what ",
            ),
            (
                ["--select", "mode=sequential", "--select", "workers > 1"],
                "--select 'mode=sequential' --select 'workers > 1': no trial is like that. To see what there is: ",
            ),
            (["--format", "jpeg"], "--format jpeg: expected one or more of png, svg, pdf"),
            (["--format", ","], "--format ,: expected one or more of png, svg, pdf"),
        ],
    )
    def test_bad_input_is_one_line_and_writes_nothing(self, analysis, words, message):
        sweep_of(BASELINE, repeats=1)
        result = analysis("report", *words)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"analysis: {message}")
        assert result.err.count("\n") == 1
        assert not Path("reports").exists()

    def test_of_a_process_are_one_line_on_stderr_and_an_exit_code(self, own_folder):
        result = subprocess.run(program("report", "--format", "jpeg"), capture_output=True, text=True, check=False)
        message = "analysis: --format jpeg: expected one or more of png, svg, pdf, with commas between them.\n"
        assert (result.returncode, result.stdout, result.stderr) == (2, "", message)
        assert list(own_folder.iterdir()) == []

    def test_no_store_is_one_line_on_stderr_and_an_exit_code(self, analysis, own_folder):
        assert analysis("report") == Finished(
            3, "", "analysis: runs.db: there is no store yet; `runner sweep --matrix grid.yaml` makes one.\n"
        )
        assert list(own_folder.iterdir()) == []


class TestProgress:
    def test_names_every_step_and_ends_with_as_many_as_it_said(self, study):
        assert len(study.steps) == study.steps[-1][1]
        assert study.steps[-1][0] == "writing tables and page"
        assert "drawing: Speedup" in dict(study.steps)
