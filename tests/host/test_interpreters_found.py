"""Which Pythons are found, from folders of programs that only say they are one."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.helpers import alive
from support.stores import INTERPRETER

from runner.executors.local import interpreter_under_test
from runner.host import interpreters
from runner.host.checks.interpreters import found, start_methods, under_test
from runner.host.finding import Verdict
from runner.host.interpreters import Interpreter, find, installed, parse

PROBED = replace(
    INTERPRETER,
    label="cpython 3.13.0t",
    gil=False,
    executable="/opt/python3.13t",
    start_methods=("fork", "spawn"),
    default_start_method="fork",
)


def program(folder: Path, name: str, answer: str) -> Path:
    """Create a program that always prints this answer."""
    return script(folder, name, f"echo '{answer}'")


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path.resolve()


def releases(**environ: str) -> list[str]:
    return [f"{one.implementation} {one.release}" for one in installed(environ)]


def test_they_are_found_on_the_path_of_pyenv_and_of_uv_the_oldest_first(tmp_path):
    program(tmp_path / "bin", "python3.12", "3 12 cpython 3.12.1")
    program(tmp_path / "bin", "pypy3", "3 10 pypy 3.10.14")
    program(tmp_path / "home/.pyenv/versions/2.7.18/bin", "python", "2 7 python 2.7.18")
    program(tmp_path / "home/.local/share/uv/python/cpython-3.14/bin", "python3.14t", "3 14 cpython 3.14.0t")
    expected = ["python 2.7.18", "pypy 3.10.14", "cpython 3.12.1", "cpython 3.14.0t"]
    assert releases(PATH=f"{tmp_path}/none:{tmp_path}/bin", HOME=f"{tmp_path}/home") == expected


def test_the_managers_may_have_folders_of_their_own(tmp_path):
    program(tmp_path / "envs/versions/3.9.1/bin", "python3", "3 9 cpython 3.9.1")
    program(tmp_path / "uv/cpython-3.11/bin", "python3", "3 11 cpython 3.11.9")
    assert releases(PYENV_ROOT=f"{tmp_path}/envs", UV_PYTHON_INSTALL_DIR=f"{tmp_path}/uv") == [
        "cpython 3.9.1",
        "cpython 3.11.9",
    ]


def test_one_program_is_listed_once_whatever_links_lead_to_it(tmp_path):
    real = program(tmp_path / "opt", "python3.12", "3 12 cpython 3.12.1")
    (tmp_path / "bin").mkdir()
    for name in ("python", "python3", "python3.12"):
        (tmp_path / "bin" / name).symlink_to(real)
    (one,) = installed({"PATH": f"{tmp_path}/bin:{tmp_path}/opt:{tmp_path}/bin"})
    assert one == Interpreter(real, (3, 12), "cpython", "3.12.1")


@pytest.mark.parametrize("name", ["python3-config", "pythonw.sh", "ipython", "python3.12-gdb.py", "notes"])
def test_other_programs_are_not_started(tmp_path, name):
    script(tmp_path / "bin", name, f"touch {tmp_path}/started")
    assert releases(PATH=f"{tmp_path}/bin") == []
    assert not (tmp_path / "started").exists()


def test_the_scripts_that_choose_an_interpreter_are_left_out(tmp_path):
    program(tmp_path / ".pyenv/shims", "python3", "3 12 cpython 3.12.1")
    assert releases(PATH=f"{tmp_path}/.pyenv/shims", HOME=str(tmp_path)) == []


def test_a_version_is_the_one_that_the_shell_would_run_also_if_a_script_chooses_it(tmp_path):
    versions = tmp_path / ".pyenv/versions"
    chosen = program(versions / "3.12.1/bin", "python3.12", "3 12 cpython 3.12.1")
    program(versions / "3.12.9/bin", "python3.12", "3 12 cpython 3.12.9")
    other = program(tmp_path / "bin", "python3.12", "3 12 cpython 3.12.5")
    script(tmp_path / ".pyenv/shims", "python3.12", f"printf %s {chosen}")
    bin_folder, shims = f"{tmp_path}/bin", f"{tmp_path}/.pyenv/shims"
    assert find("3.12", {"PATH": f"{shims}:{bin_folder}", "HOME": str(tmp_path)}) == chosen
    assert find("3.12", {"PATH": f"{bin_folder}:{shims}", "HOME": str(tmp_path)}) == other
    assert find("3.12.9", {"PATH": f"{shims}:{bin_folder}", "HOME": str(tmp_path)}) != chosen


def test_a_relative_folder_on_the_path_is_not_searched(own_folder):
    program(own_folder, "python3", "3 12 cpython 3.12.1")
    assert releases(PATH=".::bin") == []


@pytest.mark.parametrize(
    "text", ["exit 1", "echo", "echo hello", "echo 3 twelve cpython 3.12", "echo 3 1 2 3 4", "kill -9 $$", "cat"]
)
def test_what_gives_no_answer_is_no_interpreter(tmp_path, text):
    script(tmp_path / "bin", "python3", text)
    assert releases(PATH=f"{tmp_path}/bin") == []


def test_what_cannot_be_started_is_no_interpreter(tmp_path):
    folder = tmp_path / "bin"
    program(folder, "python3", "3 12 cpython 3.12.1").chmod(0o644)
    (folder / "python3.10").mkdir()
    (folder / "python3.11").symlink_to(folder / "gone")
    (folder / "python3.12").write_bytes(b"\x7fELF nothing")
    (folder / "python3.12").chmod(0o755)
    assert releases(PATH=str(folder)) == []


def test_one_that_hangs_is_killed_and_does_not_delay_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreters, "ANSWER_TIMEOUT_S", 1.0)
    hangs = script(tmp_path / "bin", "python3.10", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    assert parse(hangs, "") is None
    assert releases(PATH=f"{tmp_path}/bin") == []
    written = tmp_path / "pid"
    assert not written.exists() or not alive(int(written.read_text() or 0))


def test_only_so_many_are_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreters, "MOST_ASKED", 2)
    for minor in range(10, 15):
        program(tmp_path / "bin", f"python3.{minor}", f"3 {minor} cpython 3.{minor}.0")
    assert releases(PATH=f"{tmp_path}/bin") == ["cpython 3.10.0", "cpython 3.11.0"]


def test_without_any_variable_there_is_none():
    assert releases() == []


def test_a_real_one_answers():
    real = Path(interpreter_under_test()).resolve()
    (one,) = [one for one in installed({"PATH": str(real.parent)}) if one.path == real]
    assert one.version == sys.version_info[:2]
    assert one.implementation == sys.implementation.name
    assert one.release.rstrip("t") == sys.version.split()[0]


@given(st.text())
def test_any_answer_is_parsed_without_an_error(answer):
    one = parse(Path("python3"), answer)
    assert one is None or (one.implementation + one.release).isprintable()


def test_they_are_listed_by_implementation_and_those_too_old_for_trials_apart():
    versions = {"cpython": ["3.8.20", "3.9.1", "3.13.0t"], "pypy": ["3.10.14"], "python": ["2.7.18"]}
    listed = [
        Interpreter(Path(release), (int(release.split(".")[0]), int(release.split(".")[1])), implementation, release)
        for implementation, releases in versions.items()
        for release in releases
    ]
    finding = found(listed)
    assert finding.verdict is Verdict.OK
    assert finding.says == "cpython 3.9.1, 3.13.0t, pypy 3.10.14; too old for trials: cpython 3.8.20, python 2.7.18"
    assert found([]).says == "none on PATH, of pyenv or of uv"


def test_the_interpreter_under_test_is_named_with_its_ways_to_start_processes():
    assert under_test(PROBED).says == "cpython 3.13.0t, without the global lock: /opt/python3.13t"
    assert under_test(replace(PROBED, gil=True)).says == "cpython 3.13.0t, with the global lock: /opt/python3.13t"
    assert under_test(replace(PROBED, gil=None)).says == "cpython 3.13.0t: /opt/python3.13t"
    assert start_methods(PROBED).says == "fork (default), spawn"


def test_an_interpreter_that_cannot_start_processes_is_a_problem():
    finding = start_methods(replace(PROBED, start_methods=()))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.remedy
