"""`python -m analysis report`: files that anything can open, or a clear message."""

import csv
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from support.frames import CPU, IO, grid
from support.helpers import Finished, case, eventually
from support.stores import BASELINE, THREADS, Planned, change, created, fill, foreign_database, outcome, timing

from analysis.findings import Findings
from analysis.report import write
from analysis.report.gallery import LeftOut, Picture, gallery
from runner.errors import BadInput, RunnerError
from runner.matrix.case import Case
from runner.outcome import Status

STORE = Path("runs.db")
PROCESSES = case(mode="multiprocessing", start_method="fork")
FIGURES = {"timeline", "speedup", "efficiency", "raw_times", "wall_time", "start_up"}
"""What one work at one number of workers allows."""
TABLES = {"cases.csv", "six_cases.csv", "recommendations.csv", "break_even.csv", "scaling.csv", "claims.csv"}


@pytest.fixture
def analysis(own_folder: Path) -> Callable[..., Finished]:
    """Run the analysis in a process of its own, as a user would."""

    def run(*words: str, **variables: str) -> Finished:
        result = subprocess.run(
            [sys.executable, "-m", "analysis", *words],
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **variables},
            check=False,
        )
        assert "Traceback" not in result.stderr, result.stderr
        return Finished(result.returncode, result.stdout, result.stderr)

    return run


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let figures be empty, where the words around them are what matters: drawing takes most of a report's time."""

    def instead(findings: Findings) -> Iterator[Picture | LeftOut]:
        for figure in gallery(findings):
            empty = isinstance(figure, Picture)
            yield (
                replace(figure, draw=lambda columns: Figure(figsize=(1, 1), layout="constrained")) if empty else figure
            )

    monkeypatch.setattr("analysis.report.files.gallery", instead)


def _nothing(columns: int) -> Figure:
    return Figure(figsize=(columns, 1), layout="constrained")


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


def names(folder: str) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def files_of(figures: set[str], formats: Sequence[str] = ("png", "svg")) -> set[str]:
    return {f"{figure}.{form}" for figure in figures for form in formats} | TABLES | {"report.html"}


class TestFiles:
    def test_are_the_figures_the_tables_and_the_page_named_on_stdout(self, analysis):
        sweep_of(BASELINE, THREADS, PROCESSES)
        result = analysis("report")
        assert (result.code, result.err) == (0, "")
        assert set(result.out.splitlines()) == {f"reports/1-study/{name}" for name in files_of(FIGURES)}
        assert names("reports/1-study") == files_of(FIGURES)

    def test_are_valid_and_say_in_words_what_they_show(self, own_folder):
        sweep_of(BASELINE, THREADS, PROCESSES)
        found = {path.name: path for path in written()}
        for name in FIGURES:
            content = found[f"{name}.png"].read_bytes()
            assert content.startswith(b"\x89PNG\r\n\x1a\n")
            assert content.endswith(b"IEND\xaeB`\x82")
            width, height = struct.unpack(">II", content[16:24])
            assert (width >= 600, height >= 500) == (True, True)
            root = ElementTree.parse(found[f"{name}.svg"]).getroot()
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            text = " ".join("".join(root.itertext()).split())
            assert "cpu_bound (NUM = 10)" in text
            assert "sweep 1 (study), cpython 3.11.2, bench-1" in text

    @pytest.mark.parametrize(
        ("formats", "starts"), [("pdf", {".pdf": b"%PDF"}), ("svg,PNG", {".svg": b"<?xml", ".png": b"\x89PNG"})]
    )
    def test_have_the_formats_that_are_asked_for(self, analysis, formats, starts):
        sweep_of(BASELINE)
        assert analysis("report", "--format", formats, "--quiet") == Finished(0, "", "")
        drawn = [path for path in Path("reports/1-study").iterdir() if path.suffix in (".png", ".svg", ".pdf")]
        assert {path.suffix for path in drawn} == set(starts)
        assert all(path.read_bytes().startswith(starts[path.suffix]) for path in drawn)

    def test_are_the_same_when_drawn_again(self, own_folder):
        sweep_of(BASELINE, THREADS)
        before = {path: path.read_bytes() for path in written("1")}
        assert {path: path.read_bytes() for path in written("1")} == before

    def test_go_where_the_user_says_for_the_sweep_that_the_user_names(self, analysis):
        sweep_of(BASELINE, THREADS, name="first")
        sweep_of(BASELINE, THREADS, name="second")
        STORE.rename("lab.db")
        result = analysis("report", "--sweep", "first", "--output", "out/deep", RUNNER_STORE="sqlite:///lab.db")
        assert result.code == 0, result.err
        assert names("out/deep") == {"1-first"}
        assert names("out/deep/1-first") == files_of(FIGURES - {"start_up"} | {"start_up"})

    @pytest.mark.usefixtures("undrawn")
    def test_are_of_the_newest_sweep_with_trials(self, own_folder):
        sweep_of(BASELINE, THREADS, name="first")
        sweep_of(BASELINE, THREADS, name="second")
        fill(STORE, name="third")
        assert {path.parent.name for path in written()} == {"2-second"}

    @pytest.mark.usefixtures("undrawn")
    def test_of_several_sweeps_are_side_by_side(self, own_folder):
        sweep_of(BASELINE, THREADS, name="before")
        sweep_of(BASELINE, THREADS, name="after")
        page = page_of("before", "2")
        assert names("reports") == {"1-before+2-after"}
        for words in ("Sweep 1 (before)", "Sweep 2 (after)", "one call a worker, sweep 1 (before)"):
            assert words in page.text
        with Path("reports/1-before+2-after/cases.csv").open(encoding="utf-8") as file:
            assert [row["sweep_id"] for row in csv.DictReader(file)] == ["1", "1", "2", "2"]

    @pytest.mark.usefixtures("undrawn")
    def test_tables_hold_the_figures_of_the_views(self, own_folder, analysis):
        sweep_of(*grid(workers=(1, 2)), repeats=7)
        written()
        result = subprocess.run(
            [sys.executable, "-m", "runner", "query", "SELECT * FROM v_speedups", "--format", "csv"],
            capture_output=True,
            text=True,
            check=True,
        )
        views = {row["case_id"]: row for row in csv.DictReader(result.stdout.splitlines())}
        with Path("reports/1-study/cases.csv").open(encoding="utf-8") as file:
            concurrent = [row for row in csv.DictReader(file) if row["mode"] != "sequential"]
        assert len(concurrent) == len(views) == 16
        for row in concurrent:
            for ours, theirs in (
                ("speedup", "speedup"),
                ("efficiency", "efficiency"),
                ("n", "n"),
                ("wall_s", "wall_s"),
            ):
                assert float(row[ours]) == pytest.approx(float(views[row["case_id"]][theirs]), rel=1e-8)
            assert float(row["low"]) <= float(row["speedup"]) <= float(row["high"])

    def test_that_a_user_interrupts_are_whole_or_absent(self, own_folder):
        sweep_of(*grid(), repeats=7)
        process = subprocess.Popen(
            [sys.executable, "-m", "analysis", "report"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        eventually(lambda: Path("reports").exists() and list(Path("reports").rglob("*.svg")))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err.startswith("analysis: interrupted;")
        assert "Traceback" not in err
        assert not list(Path("reports").rglob("*.part"))
        for path in Path("reports").rglob("*.svg"):
            ElementTree.parse(path)


@pytest.mark.usefixtures("undrawn")
class TestPage:
    def test_needs_no_other_file_and_no_network(self, own_folder):
        sweep_of(BASELINE, THREADS, PROCESSES, repeats=6)
        page = page_of()
        pictures = [address for address in page.addresses if address.startswith("data:image/png;base64,")]
        assert len(pictures) == 2 * len(FIGURES)
        anchors = [address for address in page.addresses if address not in pictures]
        assert anchors
        assert all(address.startswith("#") for address in anchors)
        text = Path("reports/1-study/report.html").read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(|<script|<link|https?://", text)
        assert {anchor[1:] for anchor in anchors} <= set(re.findall(r'id="([\w-]+)"', text))

    def test_says_what_was_run_and_where_and_how_to_run_it_again(self, own_folder):
        sweep_of(BASELINE, THREADS, grid_text="matrix:\n  workload: cpu_bound\n", command_line="runner sweep -m x.yaml")
        text = page_of().text
        for words in (
            "bench-1",
            "2 of 4",
            "cpython 3.11.2",
            "interpreter lock",
            "seed 7",
            "workload: cpu_bound",
            "runner sweep -m x.yaml",
            "python -m analysis report --store runs.db --sweep 1",
        ):
            assert words in text

    @pytest.mark.usefixtures("undrawn")
    def test_says_what_is_known_of_interpreters_functions_and_what_was_left_out(self, own_folder):
        sweep_of(BASELINE, THREADS)
        change(
            STORE,
            """UPDATE interpreters SET jit = TRUE, flags = '{"optimize": 1}', build_options = '--disable-gil',
            free_threaded_build = TRUE, gil = FALSE""",
            "INSERT INTO functions VALUES (1, 'x', 'parse.py:parse', 'parse', 'parse', '/work/parse.py', '/work', '', "
            """'0123456789abcdef', '{"numpy": "2.1.0"}')""",
            "UPDATE cases SET function_id = 1",
            "INSERT INTO omissions VALUES (1, 1, 'busy', 'process_pool', 'fork', 'pypy 3.11.13', NULL, 2, 'no mode')",
            "INSERT INTO omissions VALUES (1, 2, NULL, NULL, NULL, 'cpython 3.9.2', 'off', 1, 'it has a lock')",
        )
        text = page_of().text
        for words in (
            "off (a free-threaded build)",
            "JITon",
            "flagsoptimize = 1",
            "built with--disable-gil",
            "parse.py:parse (/work/parse.py, SHA-256 0123456789ab, with numpy 2.1.0)",
            "2 cases (busy, process_pool/fork, pypy 3.11.13): no mode",
            "1 case (cpython 3.9.2, lock off): it has a lock",
            "3 cases of the matrix were left out; why, is said below.",
        ):
            assert words in text
        assert "0123456789abc" not in text

    @pytest.mark.usefixtures("undrawn")
    def test_has_a_table_of_what_comes_before_the_calls_only_where_there_is_any(self, own_folder):
        sweep_of(BASELINE, THREADS)
        assert "Before and between the calls" not in page_of().text
        change(STORE, "UPDATE timings SET setup_ns = 3000000, queued_ns = 2000000 * worker WHERE trial_id % 2 = 0")
        text = page_of().text
        assert "Before and between the calls" in text
        assert "cpu_bound (NUM = 10)threading ×23.000 ms–1.000 ms2.000 ms" in text

    @pytest.mark.usefixtures("undrawn")
    def test_compares_no_trials_of_different_conditions_and_says_which_they_were(self, own_folder):
        pooled = [replace(one, workers=2, calls=8) for one in (case(mode="thread_pool"), case(mode="asyncio"))]
        sweep_of(*{one.baseline(): 0 for one in pooled}, *pooled, THREADS, BASELINE, repeats=6)
        change(STORE, "UPDATE cases SET affinity = 'compact', barrier = TRUE WHERE calls = 8")
        text = page_of().text
        assert "pinned compact, from a barriercpu_bound (NUM = 10)asyncio ×2, 8 calls" in text
        with Path("reports/1-study/cases.csv").open(encoding="utf-8") as file:
            panels = {row["way"]: row["panel"] for row in csv.DictReader(file) if row["mode"] != "sequential"}
        assert panels == {
            "thread_pool": "cpu_bound (NUM = 10), 8 calls in all, pinned compact, from a barrier",
            "asyncio": "cpu_bound (NUM = 10), 8 calls in all, pinned compact, from a barrier",
            "threading": "cpu_bound (NUM = 10), one call a worker, not pinned, without a barrier",
        }

    @pytest.mark.usefixtures("undrawn")
    def test_has_the_speedup_over_the_locked_build_where_both_were_swept(self, own_folder):
        sweep_of(BASELINE, THREADS)
        assert "speedup over the locked build" not in page_of().text
        change(STORE, "UPDATE cases SET locked_baseline_id = baseline_id WHERE mode = 'threading'")
        assert "speedup over the locked build" in page_of().text

    def test_answers_the_eight_claims(self, own_folder):
        sweep_of(*grid(), repeats=8)
        text = page_of().text
        for number in range(1, 9):
            assert re.search(rf"\b{number}\. [A-Z].*?(confirmed|not confirmed|cannot say)", text)
        assert "What would settle it" in text

    def test_names_what_is_not_drawn_and_what_to_sweep_for_it(self, own_folder):
        sweep_of(BASELINE, THREADS)
        text = page_of().text
        assert "Where each way wins: it takes speedups at 2 sizes" in text
        assert "How fixed work scales: it takes a fixed number of calls" in text
        assert "NUM: [10_000, 40_000, 160_000, 640_000, 2_560_000, 10_240_000]" in text

    def test_claims_no_interval_from_few_blocks_and_says_so(self, own_folder):
        sweep_of(BASELINE, THREADS, repeats=5)
        few = page_of().text
        assert "2 cases of 2 have fewer than 6 blocks" in few
        sweep_of(BASELINE, THREADS, repeats=6, name="more")
        more = page_of("more").text
        assert "fewer than 6 blocks" not in more
        assert re.search(r"times \[\d", more)
        assert not re.search(r"times \[\d", few)

    def test_shows_hostile_text_as_text(self, own_folder):
        hostile = "<script>alert('x')</script>&amp;"
        failed = outcome(Status.FAILED, wall_ns=None, reason=f"worker 0: {hostile}")
        trials = [Planned(case=BASELINE, outcome=outcome()), Planned(outcome=failed)]
        fill(STORE, trials, grid_text=f"# {hostile}\n", command_line=f"runner {hostile}")
        page = page_of()
        assert "script" not in page.tags
        assert page.text.count(hostile) == 3

    def test_counts_failures_and_disturbances_with_their_reasons(self, own_folder):
        crashed = outcome(Status.CRASHED, wall_ns=None, reason="worker 1 (pid 4242) was killed by SIGKILL")
        trials = [
            Planned(case=BASELINE, outcome=outcome()),
            Planned(case=THREADS, outcome=outcome(), noisy="workers waited 12 % of their time for a CPU"),
            Planned(case=PROCESSES, outcome=crashed),
            Planned(case=PROCESSES, outcome=crashed, repeat=2),
        ]
        fill(STORE, trials, cases=[BASELINE, THREADS, PROCESSES])
        text = page_of().text
        assert "2 × crashed: worker … (pid …) was killed by SIGKILL" in text
        assert "1 × workers waited … % of their time for a CPU" in text
        assert "1 was disturbed" in text
        assert "2 crashed" in text

    def test_says_what_was_selected_and_keeps_what_that_is_compared_with(self, own_folder):
        sweep_of(*grid([CPU, IO], workers=(1, 2)), repeats=6)
        page = page_of(selections=["mode=threading", "num > 10"])
        assert "Only the trials with mode=threading and num > 10" in page.text
        with Path("reports/1-study/cases.csv").open(encoding="utf-8") as file:
            shown = {(row["workload"], row["way"]) for row in csv.DictReader(file)}
        assert shown == {("cpu_bound", "sequential"), ("cpu_bound", "threading")}


class TestEdges:
    """Drawn in this process, where every warning is an error."""

    @pytest.mark.parametrize(
        ("cases", "figures"),
        [
            pytest.param([BASELINE], FIGURES - {"speedup", "efficiency", "start_up"}, id="only sequential"),
            pytest.param([THREADS], FIGURES - {"speedup", "efficiency"}, id="no baseline"),
            pytest.param([BASELINE, THREADS], FIGURES, id="one mode and one worker count"),
            pytest.param(grid([CPU, IO], workers=(1,)), FIGURES, id="one worker alone"),
            pytest.param(
                [*grid([CPU], workers=(1, 2, 4), calls=4), *grid([IO], workers=(1, 2))],
                FIGURES | {"scaling"},
                id="weak and strong scaling",
            ),
            pytest.param(
                [BASELINE, THREADS, case(workload="io_bound", params=(("TIME", 0.1),))],
                FIGURES,
                id="a baseline for one of two works",
            ),
            pytest.param(
                grid([("cpu_bound", (("NUM", 4**size),)) for size in range(6)], workers=(2,)),
                FIGURES | {"regime", "break_even"},
                id="six sizes",
            ),
        ],
    )
    def test_what_there_is_is_drawn(self, own_folder, cases, figures):
        sweep_of(*cases, repeats=1)
        assert {path.stem for path in written(formats=("png",)) if path.suffix == ".png"} == figures

    @pytest.mark.parametrize(
        ("trials", "words"),
        [
            pytest.param([], "0 of 12 planned trials succeeded", id="no trial"),
            pytest.param([Planned(outcome=outcome(), warmup=True)], "1 of 12", id="only a warm-up"),
            pytest.param([Planned(outcome=outcome(Status.FAILED))], "0 of 12 planned trials succeeded, 1 failed"),
            pytest.param([Planned(outcome=outcome(Status.TIMEOUT, wall_ns=None))], "1 timeout", id="only timeouts"),
        ],
    )
    def test_without_a_finished_trial_the_page_says_what_it_can(self, own_folder, trials, words):
        fill(STORE, trials)
        *_, page = written()
        text = Page.read(page).text
        assert words in text
        assert "`runner resume` runs what is left" in text
        assert names("reports/1-study") == TABLES | {"report.html"}

    @pytest.mark.usefixtures("undrawn")
    def test_very_many_cases_are_cut_short_on_the_page_alone(self, own_folder):
        works = [("cpu_bound", (("NUM", size),)) for size in range(1, 152)]
        sweep_of(*grid(works, workers=(2,), ways=("sequential", "threading")), repeats=1)
        text = page_of(formats=("png",)).text
        assert "2 more rows are in cases.csv" in text
        assert "Drawn: 6 of 151; the tables have all" in text
        assert len(Path("reports/1-study/cases.csv").read_text(encoding="utf-8").splitlines()) == 303

    @pytest.mark.parametrize("output", ["file", "file/below", "x" * 300], ids=lambda name: name[:12])
    def test_a_folder_that_cannot_be_written_is_named(self, own_folder, output):
        sweep_of(BASELINE)
        Path("file").touch()
        with pytest.raises(BadInput, match=f"{output}/1-study: cannot be written"):
            list(write(str(STORE), Path(output)))


@pytest.mark.usefixtures("undrawn")
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
            (["--sweep", "study", "--sweep", "styud"], "runs.db: there is no sweep styud."),
            (["--select", "nmu > 3"], "--select 'nmu > 3': The query is not valid: no such column: nmu."),
            (["--select", "num >"], "--select 'num >': The query is not valid"),
            (["--select", "1; DROP TABLE trials"], "--select '1; DROP TABLE trials': The query"),
            (["--format", "jpeg"], "--format jpeg: expected one or more of png, svg, pdf"),
            (["--format", ","], "--format ,: expected one or more of png, svg, pdf"),
        ],
    )
    def test_bad_input_is_one_line_and_writes_nothing(self, analysis, words, message):
        sweep_of(BASELINE)
        result = analysis("report", *words)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"analysis: {message}")
        assert result.err.count("\n") == 1
        assert not Path("reports").exists()

    def test_no_store_is_one_line_on_stderr_and_an_exit_code(self, analysis, own_folder):
        assert analysis("report") == Finished(
            3, "", "analysis: runs.db: there is no store yet; `runner sweep --matrix grid.yaml` makes one.\n"
        )
        assert list(own_folder.iterdir()) == []


@pytest.mark.usefixtures("undrawn")
class TestProgress:
    def test_names_every_step_and_ends_with_as_many_as_it_said(self, own_folder):
        sweep_of(BASELINE, THREADS)
        steps: list[tuple[str, int]] = []
        written(progress=lambda step, steps_in_all: steps.append((step, steps_in_all)))
        assert len(steps) == steps[-1][1]
        assert steps[-1][0] == "writing tables and page"
        assert "drawing: Speedup" in dict(steps)
