"""Commands of other packages: found by their entry point, listed with the runner's own, and never in their way."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.helpers import Finished

Program = Callable[..., Finished]

HELLO = '''
import typer

app = typer.Typer()


@app.command()
def hello(name: str, loud: bool = False) -> None:
    """Greet somebody."""
    typer.echo(f"Hello, {name}{'!' if loud else '.'}")
'''
POINTS = """\
[concurrency_runner.commands]
hello = hello_package:app
broken = hello_package:nothing
list = hello_package:app
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with three commands, one of which cannot be loaded, and one has a name of the runner's own."""
    info = tmp_path / "site/hello_package-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (tmp_path / "site/hello_package.py").write_text(HELLO)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.usefixtures("other_package")
def test_a_command_of_another_package_takes_its_arguments_and_has_its_help(program: Program) -> None:
    assert program("hello", "you", "--loud") == Finished(0, "Hello, you!\n", "")
    assert "Greet somebody." in program("hello", "--help").out
    assert program("hello").code == 2


@pytest.mark.usefixtures("other_package")
def test_one_that_cannot_be_loaded_is_said_where_it_is_used_and_hides_no_other(program: Program) -> None:
    result = program("broken")
    assert result.code == 2
    assert result.err.startswith("runner: the command broken of hello_package:nothing cannot be loaded: ")
    listed = program("--help")
    assert listed.code == 0
    assert "hello" in listed.out
    assert "report" in listed.out


@pytest.mark.usefixtures("other_package")
def test_the_runners_own_command_comes_first(program: Program) -> None:
    assert "no store yet" in program("list").err


def test_a_word_that_is_no_command_is_refused_as_before(cli: Program) -> None:
    result = cli("nothing")
    assert result.code == 2
    assert "No such command 'nothing'" in result.err


def test_the_report_is_a_command_whose_help_needs_no_library_of_figures(cli: Program) -> None:
    result = cli("report", "--help")
    assert result.code == 0
    assert "[SWEEP]..." in result.out
