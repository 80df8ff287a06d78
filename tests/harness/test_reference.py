"""Where a user's function is imported from."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.harness.reference import resolve


@pytest.fixture
def import_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let a test change where this process imports from."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield sys.path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def reference(module: str, qualname: str, folder: Path, file: Path | None) -> dict[str, Any]:
    return {"module": module, "qualname": qualname, "folder": str(folder), "file": file and str(file)}


def test_a_function_of_a_file_is_found_as_if_the_file_were_run(tmp_path: Path, import_path: list[str]) -> None:
    (tmp_path / "beside_my_function.py").write_text("VALUE = 7\n")
    file = tmp_path / "my_own_function.py"
    file.write_text("import sys\nimport beside_my_function\ndef value(): return beside_my_function.VALUE, sys.argv\n")
    found = resolve(reference("my_own_function", "value", tmp_path, file))
    assert found() == (7, [str(file)])
    assert import_path[0] == str(tmp_path)


def test_the_folder_of_the_file_stands_on_the_import_path_once(tmp_path: Path, import_path: list[str]) -> None:
    file = tmp_path / "my_own_function.py"
    file.write_text(
        "def value(): ...\nclass Deep:\n    class Deeper:\n        @staticmethod\n        def value(): return 8\n"
    )
    resolve(reference("my_own_function", "value", tmp_path, file))
    assert resolve(reference("my_own_function", "Deep.Deeper.value", tmp_path, file))() == 8
    assert import_path.count(str(tmp_path)) == 1


def test_a_function_of_a_module_is_found_in_its_package(tmp_path: Path, import_path: list[str]) -> None:
    package = tmp_path / "my_package" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "my_package" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("from . import __name__ as inner\ndef value(): return inner\n")
    assert resolve(reference("my_package.inner.deep", "value", tmp_path, None))() == "my_package.inner"
    assert sys.argv == ["my_package.inner.deep"]


def test_what_is_built_into_the_interpreter_is_found_too(tmp_path: Path, import_path: list[str]) -> None:
    assert resolve(reference("math", "factorial", tmp_path, None))(5) == 120
