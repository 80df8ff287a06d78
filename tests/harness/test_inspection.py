"""What is known of a function before its first trial: found out in the interpreter that is to run it."""

import asyncio
import functools
import hashlib
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.errors import ExecutorBroken
from runner.executors.local import LocalExecutor, interpreter_under_test
from runner.harness.inspection import Unfit, describe
from runner.harness.modes import MODES
from runner.matrix.workload import reference


def taken(function: Callable[..., Any]) -> dict[str, bool]:
    """Return the axes that a function takes, and whether each must be given."""
    return {name: known["required"] for name, known in describe(function)["parameters"].items()}


def nothing() -> None: ...


def defaults(a: int, b: str = "x") -> None: ...


def by_name_only(*, a: int, b: int = 2) -> None: ...


def by_position_only(a: int, b: int = 2, /, c: int = 3) -> None: ...


def anything(a: int, *more: int, **params: int) -> None: ...


class Adder:
    def __init__(self, a: int, b: int = 2) -> None: ...

    def __call__(self, c: int) -> None: ...

    def method(self, d: int) -> None: ...


def wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*arguments: Any, **params: Any) -> Any:
        return function(*arguments, **params)

    return wrapped


@pytest.mark.parametrize(
    ("function", "parameters", "takes", "takes_any"),
    [
        (nothing, {}, {"function": [], "positional": 0}, False),
        (defaults, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (by_name_only, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (by_position_only, {"a": True, "b": False, "c": False}, {"function": ["a", "b", "c"], "positional": 2}, False),
        (anything, {"a": True}, {"function": ["a"], "positional": 0}, True),
        (lambda a: a, {"a": True}, {"function": ["a"], "positional": 0}, False),
        (math.factorial, {"n": True}, {"function": ["n"], "positional": 1}, False),
        (Adder, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (Adder(1), {"c": True}, {"function": ["c"], "positional": 0}, False),
        (Adder(1).method, {"d": True}, {"function": ["d"], "positional": 0}, False),
        (functools.partial(defaults, b="y"), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (wrapper(defaults), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (type(value).__name__ if callable(value) else ""),
)
def test_the_parameters_of_a_function_are_those_of_its_signature(
    function: Any, parameters: dict[str, bool], takes: dict[str, Any], takes_any: bool
) -> None:
    if function is math.factorial and sys.version_info >= (3, 15):
        pytest.skip("its parameter may have another name there")
    described = describe(function)
    assert taken(function) == parameters
    assert described["takes"] == {**takes, "async": False}
    assert described["any"] is takes_any


def test_annotations_are_as_they_are_written() -> None:
    def function(a: int, b: "int | None", c, d: float = 1.0) -> None: ...  # type: ignore[no-untyped-def]

    annotations = {name: known["annotation"] for name, known in describe(function)["parameters"].items()}
    assert annotations == {"a": "<class 'int'>", "b": "int | None", "c": None, "d": "<class 'float'>"}


async def coroutine(a: int) -> None:
    await asyncio.sleep(a)


def test_a_coroutine_function_is_told_from_others() -> None:
    assert describe(coroutine)["takes"]["async"] is True


def generator() -> Iterator[int]:
    yield 1


async def asynchronous_generator() -> Any:
    yield 1


@pytest.mark.parametrize("function", [generator, asynchronous_generator])
def test_a_generator_function_is_refused_because_a_call_does_no_work(function: Any) -> None:
    with pytest.raises(Unfit, match="a call of it does no work"):
        describe(function)


@pytest.mark.parametrize("function", [type, dict.fromkeys if sys.version_info < (3, 0) else min])
def test_what_does_not_tell_its_parameters_is_refused_with_what_to_do(function: Any) -> None:
    with pytest.raises(Unfit, match="wrap it in a function of your own"):
        describe(function)


def hooked(signature: Callable[..., Any], **hooks: Callable[..., Any]) -> Callable[..., Any]:
    for name, hook in hooks.items():
        setattr(signature, name, hook)
    return signature


@pytest.mark.parametrize(
    ("function", "takes", "parameters"),
    [
        pytest.param(
            hooked(lambda state, a: None, setup=lambda lines: None),
            {"function": ["a"], "setup": ["lines"]},
            {"a": True, "lines": True},
            id="a setup makes the first argument",
        ),
        pytest.param(
            hooked(lambda shared, a: None, share=lambda context, size=1: None),
            {"function": ["a"], "share": ["size"]},
            {"a": True, "size": False},
            id="share is given a context and makes the first argument",
        ),
        pytest.param(
            hooked(lambda state: None, share=lambda context: None, setup=lambda shared, path: None),
            {"function": [], "share": [], "setup": ["path"]},
            {"path": True},
            id="a setup is given what is shared",
        ),
        pytest.param(
            hooked(lambda a: None, check=lambda result, a, b: None),
            {"function": ["a"], "check": ["a", "b"]},
            {"a": True, "b": True},
            id="a check is given the result",
        ),
        pytest.param(
            hooked(lambda a=1: None, check=lambda result, a: None),
            {"function": ["a"], "check": ["a"]},
            {"a": True},
            id="who must have it decides",
        ),
        pytest.param(
            hooked(lambda payload: None, hand=lambda size: None),
            {"function": [], "hand": ["size"]},
            {"size": True},
            id="what is handed is the first argument",
        ),
        pytest.param(
            hooked(lambda *given: None, setup=lambda: None), {"function": [], "setup": []}, {}, id="any arguments"
        ),
        pytest.param(
            hooked(lambda: None, setup="no function", check=None), {"function": []}, {}, id="what cannot be called"
        ),
    ],
)
def test_each_hook_takes_what_its_own_signature_names_beyond_what_it_is_given(
    function: Any, takes: dict[str, Any], parameters: dict[str, bool]
) -> None:
    described = describe(function)
    assert {name: named for name, named in described["takes"].items() if isinstance(named, list)} == takes
    assert taken(function) == parameters


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (hooked(lambda: None, setup=lambda: None), "is given 1 arguments before its parameters, and takes 0"),
        (hooked(nothing.__class__(nothing.__code__, {}), check=lambda: None), "is given 1 arguments"),
        (hooked(lambda state: None, share=lambda: None), "is given 1 arguments"),
        (hooked(lambda state: None, share=lambda context: None, setup=lambda: None), "is given 1 arguments"),
    ],
)
def test_a_function_or_hook_that_cannot_take_what_it_is_given_is_refused(function: Any, message: str) -> None:
    with pytest.raises(Unfit, match=message):
        describe(function)


def test_the_modes_in_which_a_workload_makes_sense_may_be_named() -> None:
    assert describe(hooked(lambda: None, modes=("threading", "asyncio")))["modes"] == ["threading", "asyncio"]
    assert describe(nothing)["modes"] is None


# Asked of an interpreter ---------------------------------------------------------------------------------------------

FILES = {
    "fine.py": "import os\ndef parse(lines, kind='x'): ...\nclass Box:\n    @staticmethod\n    def inner(size): ...\n",
    "prints.py": "print('hello from the import')\ndef work(): ...\n",
    "raises.py": "raise LookupError('nothing to be had')\n",
    "exits.py": "import sys\nsys.exit('goodbye')\n",
    "typo.py": "def work(:\n",
    "needs.py": "import not_to_be_found_anywhere\ndef work(): ...\n",
    "attribute.py": "import os\nos.no_such_thing\ndef work(): ...\n",
    "json.py": "def work(): ...\n",
    "values.py": "work = 7\n",
    "lambdas.py": "work = lambda: None\ndef outer():\n    def inner(): ...\n    return inner\nclosure = outer()\n",
    "wrapped.py": "import functools\ndef deco(f):\n    return functools.partial(f)\n@deco\ndef work(): ...\n",
    "objects.py": "import functools\nclass Adder:\n    def __call__(self, a): ...\nadd = Adder()\n"
    "def parse(a, b): ...\npart = functools.partial(parse, b=1)\n",
    "replaced.py": "def work(): ...\nfirst = work\ndef work(): ...\n",
    "counts.py": "def counts():\n    yield 1\n",
    "parse.py": "from package.inner import work\n",
    "package/__init__.py": "",
    "package/inner.py": "def work(size=1): ...\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of functions, with something installed beside it."""
    root = tmp_path_factory.mktemp("own")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    installed = root / "installed"
    for package, version, listed in (("alpha", "1.2", "top_level.txt"), ("beta-tools", "3.4.5", "RECORD")):
        module = package.partition("-")[0] + "_module"
        (installed / module).mkdir(parents=True)
        (installed / module / "__init__.py").write_text("def work(a): ...\n")
        metadata = installed / f"{package.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (metadata / listed).write_text(f"{module}\n" if listed == "top_level.txt" else f"{module}/__init__.py,,\n")
    (root / "uses.py").write_text("import alpha_module, beta_module\ndef work(): ...\ndef other(): ...\n")
    return root


@pytest.fixture(scope="module")
def shared_executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as local:
        yield local


@pytest.fixture
def inspected(
    folder: Path, shared_executor: LocalExecutor, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, Any]]:
    """Ask the interpreter under test about a function."""
    monkeypatch.chdir(folder)

    def ask(name: str) -> dict[str, Any]:
        asked = {"kind": "inspect", "functions": [reference(name, str(folder / "grid.yaml"))], "modes": MODES}
        (found,) = shared_executor.ask({**asked, "env": {"PYTHONPATH": str(folder / "installed")}})["functions"]
        assert found["name"] == name
        return dict(found)

    return ask


@pytest.mark.parametrize(
    ("name", "parameters", "source"),
    [
        ("fine.py:parse", ["lines", "kind"], "fine.py"),
        ("fine.py:Box.inner", ["size"], "fine.py"),
        ("fine:parse", ["lines", "kind"], "fine.py"),
        ("package.inner:work", ["size"], "package/inner.py"),
        ("parse.py:work", ["size"], "package/inner.py"),
        ("prints.py:work", [], "prints.py"),
    ],
)
def test_a_function_is_told_with_its_parameters_and_its_source(
    inspected: Any, folder: Path, name: str, parameters: list[str], source: str
) -> None:
    found = inspected(name)
    assert (found["problem"], found["unpicklable"], found["unfit"]) == (None, None, {})
    assert list(found["parameters"]) == parameters
    assert Path(found["source"]) == folder / source
    assert found["source_sha256"] == hashlib.sha256((folder / source).read_bytes()).hexdigest()
    assert found["distributions"] == {}


def test_a_function_that_is_built_in_has_no_source(inspected: Any) -> None:
    found = inspected("math:factorial")
    assert found["problem"] is None
    assert found["takes"]["positional"] == 1


def test_one_that_is_installed_is_told_with_its_distribution(inspected: Any) -> None:
    assert inspected("alpha_module:work")["distributions"] == {"alpha": "1.2"}
    assert inspected("beta_module:work")["distributions"] == {"beta-tools": "3.4.5"}


def test_the_distributions_are_those_that_the_import_brings_in(inspected: Any) -> None:
    assert inspected("uses.py:work")["distributions"] == {"alpha": "1.2", "beta-tools": "3.4.5"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("fine.py:parze", "has no function parze; did you mean parse?"),
        ("fine.py:zzz", "has no function zzz"),
        ("fine.py:Box.outer", "has no function Box.outer"),
        ("values.py:work", "is no function"),
        ("raises.py:work", "cannot be imported: LookupError: nothing to be had"),
        ("exits.py:work", "cannot be imported: SystemExit: goodbye"),
        ("typo.py:work", "cannot be imported: SyntaxError: "),
        ("needs.py:work", "cannot be imported: ModuleNotFoundError: No module named 'not_to_be_found_anywhere'"),
        ("attribute.py:work", "cannot be imported: AttributeError: module 'os' has no attribute 'no_such_thing'"),
        ("nowhere:work", "cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("package.nowhere:work", "cannot be imported: ModuleNotFoundError: No module named 'package.nowhere'"),
        (
            "counts.py:counts",
            "is a generator function: a call of it does no work; wrap it in a function that uses it up",
        ),
        ("json.py:work", "a file of this name hides the standard library's module json; rename it"),
    ],
)
def test_what_is_wrong_with_a_function_is_said_in_one_line(inspected: Any, name: str, problem: str) -> None:
    found = inspected(name)
    assert set(found) == {"name", "problem"}
    assert found["problem"].startswith(problem)
    assert "\n" not in found["problem"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lambdas.py:work", "cannot be pickled (PicklingError: "),
        ("lambdas.py:closure", "cannot be pickled ("),
        ("replaced.py:first", "cannot be pickled (PicklingError: "),
        ("wrapped.py:work", "cannot be pickled (PicklingError: "),
    ],
)
def test_why_a_function_cannot_go_to_another_process_is_said_with_what_to_do(
    inspected: Any, name: str, why: str
) -> None:
    found = inspected(name)
    assert found["problem"] is None
    assert found["unpicklable"].startswith(why)
    assert found["unpicklable"].endswith("define it by its name at the top of its module")


@pytest.mark.parametrize("name", ["objects.py:add", "objects.py:part"])
def test_an_object_that_can_be_called_goes_to_another_process_as_a_copy(inspected: Any, name: str) -> None:
    found = inspected(name)
    assert (found["problem"], found["unpicklable"]) == (None, None)
    assert "a" in found["parameters"]


def test_a_module_that_ends_the_interpreter_is_an_error_that_names_it(
    shared_executor: LocalExecutor, tmp_path: Path
) -> None:
    (tmp_path / "dies.py").write_text("import os\nprint('my last words', flush=True)\nos._exit(3)\n")
    asked = {"kind": "inspect", "functions": [reference("dies.py:work", str(tmp_path / "grid.yaml"))], "modes": []}
    with pytest.raises(ExecutorBroken, match=r"looking at the functions of the grid exited with code 3") as raised:
        shared_executor.ask(asked)
    assert interpreter_under_test() in str(raised.value)
    assert "my last words" in str(raised.value)
