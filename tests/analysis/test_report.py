"""`python -m analysis report`: files that anything can open, or a clear message."""

import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.helpers import Finished, case
from support.stores import BASELINE, THREADS, Planned, created, fill, foreign_database, outcome

from analysis.report import report
from runner.errors import BadInput, RunnerError
from runner.matrix import Case
from runner.outcome import Status

STORE = Path("runs.db")
PROCESSES = case(mode="multiprocessing", start_method="fork")
FILES = ["speedup.png", "speedup.svg", "total_time.png", "total_time.svg"]


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


def sweep_of(*cases: Case, repeats: int = 2, name: str = "study") -> None:
    """Add a sweep to the store in which each of these cases succeeds in each block."""
    trials = [
        Planned(case=one, outcome=outcome(wall_ns=10**9 // one.workers), repeat=repeat)
        for repeat in range(1, repeats + 1)
        for one in cases
    ]
    fill(STORE, trials, cases=cases, name=name)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


class TestFiles:
    def test_are_a_png_and_an_svg_of_each_figure_named_on_stdout(self, analysis):
        sweep_of(BASELINE, THREADS, PROCESSES)
        result = analysis("report")
        assert (result.code, result.err) == (0, "")
        assert sorted(result.out.splitlines()) == [f"reports/1-study/{name}" for name in FILES]
        assert names("reports/1-study") == FILES

    def test_are_valid_and_say_in_words_what_they_show(self):
        sweep_of(BASELINE, THREADS, PROCESSES)
        written = {path.name: path for path in report(str(STORE), None, Path("reports"))}
        for name in ("speedup.png", "total_time.png"):
            content = written[name].read_bytes()
            assert content.startswith(b"\x89PNG\r\n\x1a\n")
            assert content.endswith(b"IEND\xaeB`\x82")
            width, height = struct.unpack(">II", content[16:24])
            assert width >= 1000
            assert height >= 500
        for name, words in (("speedup.svg", "speedup over sequential"), ("total_time.svg", "total time (s)")):
            root = ElementTree.parse(written[name]).getroot()
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            text = " ".join("".join(root.itertext()).split())
            assert words in text
            assert "workers" in text
            assert "cpu_bound (NUM = 10)" in text
            assert "sweep 1 (study), cpython 3.11.2, bench-1" in text
            assert "multiprocessing/fork" in text

    def test_are_the_same_when_drawn_again(self):
        sweep_of(BASELINE, THREADS)
        paths = list(report(str(STORE), "1", Path("reports")))
        before = {path: re.sub(rb"[\w#]*[0-9a-f]{10}\b", b"", path.read_bytes()) for path in paths}
        again = list(report(str(STORE), "1", Path("reports")))
        assert {path: re.sub(rb"[\w#]*[0-9a-f]{10}\b", b"", path.read_bytes()) for path in again} == before

    def test_go_where_the_user_says_for_the_sweep_that_the_user_names(self, analysis):
        sweep_of(BASELINE, THREADS, name="first")
        sweep_of(BASELINE, THREADS, name="second")
        STORE.rename("lab.db")
        result = analysis("report", "--sweep", "first", "--output", "out/deep", RUNNER_STORE="sqlite:///lab.db")
        assert result.code == 0, result.err
        assert names("out/deep") == ["1-first"]
        assert names("out/deep/1-first") == FILES

    def test_are_of_the_newest_sweep_with_trials(self):
        sweep_of(BASELINE, THREADS, name="first")
        sweep_of(BASELINE, THREADS, name="second")
        fill(STORE, name="third")
        assert {path.parent.name for path in report(str(STORE), None, Path("reports"))} == {"2-second"}


class TestEdges:
    """Drawn in this process, where every warning is an error."""

    @pytest.mark.parametrize(
        ("cases", "figures"),
        [
            pytest.param([BASELINE], {"total_time"}, id="only sequential"),
            pytest.param([THREADS], {"total_time"}, id="no baseline"),
            pytest.param([BASELINE, THREADS], {"speedup", "total_time"}, id="one worker count"),
            pytest.param(
                [case(workers=n, calls=n) for n in (1, 2)]
                + [case(workers=n, calls=n).baseline() for n in (1, 2)]
                + [case(params=(("NUM", 20),), workers=n, calls=8) for n in (1, 2)]
                + [case(params=(("NUM", 20),), workers=1, calls=8).baseline()],
                {"speedup", "total_time"},
                id="weak and strong scaling",
            ),
            pytest.param(
                [BASELINE, THREADS, case(workload="io_bound", params=(("TIME", 0.1),))],
                {"speedup", "total_time"},
                id="a baseline for one of two works",
            ),
        ],
    )
    def test_what_there_is_is_drawn_from_one_block_alone(self, cases, figures):
        sweep_of(*cases, repeats=1)
        assert {path.stem for path in report(str(STORE), None, Path("reports"))} == figures

    def test_failures_and_warm_ups_are_left_out(self):
        failed = outcome(Status.CRASHED, wall_ns=None)
        trials = [Planned(case=BASELINE, outcome=outcome(), repeat=repeat) for repeat in (1, 2)]
        trials += [
            Planned(case=THREADS, outcome=outcome(), warmup=True),
            Planned(case=THREADS, outcome=failed, repeat=2),
        ]
        fill(STORE, trials)
        assert {path.stem for path in report(str(STORE), None, Path("reports"))} == {"total_time"}

    @pytest.mark.parametrize("output", ["file", "file/below", "x" * 300], ids=lambda name: name[:12])
    def test_a_folder_that_cannot_be_written_is_named(self, output):
        sweep_of(BASELINE)
        Path("file").touch()
        with pytest.raises(BadInput, match=f"{output}/1-study: cannot be written"):
            list(report(str(STORE), None, Path(output)))


class TestNothingToDraw:
    @pytest.mark.parametrize(
        ("kind", "code", "message"),
        [
            ("no store", 3, "runs.db: there is no store yet"),
            ("an empty file", 3, "runs.db: the store is empty"),
            ("somebody else's", 3, "runs.db: this database is not a runner's store"),
            ("no sweep", 2, "runs.db: no sweep here has a trial yet"),
            ("no trial", 2, "runs.db: no sweep here has a trial yet"),
            ("only a warm-up", 2, "runs.db: no trial of sweep 1 has succeeded yet"),
            ("only failures", 2, "runs.db: no trial of sweep 1 has succeeded yet"),
        ],
    )
    def test_is_an_error_and_makes_no_folder(self, own_folder, kind, code, message):
        match kind:
            case "an empty file":
                STORE.touch()
            case "somebody else's":
                foreign_database(STORE)
            case "no sweep":
                created(STORE)
            case "no trial":
                fill(STORE)
            case "only a warm-up":
                fill(STORE, [Planned(outcome=outcome(), warmup=True)])
            case "only failures":
                fill(STORE, [Planned(outcome=outcome(Status.FAILED))])
        with pytest.raises(RunnerError, match=re.escape(message)) as raised:
            list(report(str(STORE), None, Path("reports")))
        assert raised.value.exit_code == code
        assert not Path("reports").exists()
        assert STORE.exists() == (kind != "no store")

    def test_is_one_line_on_stderr_and_an_exit_code(self, analysis, own_folder):
        assert analysis("report") == Finished(
            3, "", "analysis: runs.db: there is no store yet; `runner sweep --matrix grid.yaml` makes one.\n"
        )
        assert list(own_folder.iterdir()) == []
        fill(STORE, [Planned(outcome=outcome(Status.FAILED))])
        assert analysis("report") == Finished(
            2, "", "analysis: runs.db: no trial of sweep 1 has succeeded yet, so there is nothing to draw.\n"
        )
        assert not Path("reports").exists()

    def test_of_a_sweep_that_does_not_exist_names_it(self):
        sweep_of(BASELINE)
        with pytest.raises(BadInput, match=r"runs\.db: there is no sweep 7"):
            list(report(str(STORE), "7", Path("reports")))


def test_without_the_libraries_that_draw_the_message_says_how_to_get_them(own_folder):
    script = (
        "import runpy, sys\n"
        "sys.modules['pandas'] = None\n"
        "sys.argv = ['analysis', 'report']\n"
        "runpy.run_module('analysis', run_name='__main__')\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "pip install 'concurrency-runner[report]'" in result.stderr


def test_help_has_an_example(analysis):
    result = analysis("report", "--help")
    assert result.code == 0
    assert "python -m analysis report" in result.out.partition("Examples:")[2]
