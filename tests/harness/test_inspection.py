"""What is known of a function before its first trial, found out in the interpreter that runs it."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runner.errors import ExecutorBroken
from runner.executors.local import LocalExecutor
from runner.harness.modes import MODES
from runner.host.interpreters import interpreter_under_test
from runner.interrupt import Interrupt
from runner.matrix.workload import reference
from runner.reply import FunctionDescription
from runner.request import Inspection

FILES = {
    "fine.py": "import os\ndef parse(lines, kind='x'): ...\n",
    "near.py": "def parse(): ...\n",
    "far.py": "def parse(): ...\n",
    "boxes.py": "class Box:\n    @staticmethod\n    def inner(size): ...\n",
    "empty_box.py": "class Box: ...\n",
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


SOURCES = {
    "fine.py:parse": (["lines", "kind"], "fine.py"),
    "boxes.py:Box.inner": (["size"], "boxes.py"),
    "fine:parse": (["lines", "kind"], "fine.py"),
    "package.inner:work": (["size"], "package/inner.py"),
    "parse.py:work": (["size"], "package/inner.py"),
    "prints.py:work": ([], "prints.py"),
}
DISTRIBUTIONS = {
    "alpha_module:work": {"alpha": "1.2"},
    "beta_module:work": {"beta-tools": "3.4.5"},
    "uses.py:work": {"alpha": "1.2", "beta-tools": "3.4.5"},
}
PROBLEMS = {
    "near.py:parze": "has no function parze; did you mean parse?",
    "far.py:zzz": "has no function zzz",
    "empty_box.py:Box.outer": "has no function Box.outer",
    "values.py:work": "is no function",
    "raises.py:work": "cannot be imported: LookupError: nothing to be had",
    "exits.py:work": "cannot be imported: SystemExit: goodbye",
    "typo.py:work": "cannot be imported: SyntaxError: ",
    "needs.py:work": "cannot be imported: ModuleNotFoundError: No module named 'not_to_be_found_anywhere'",
    "attribute.py:work": "cannot be imported: AttributeError: module 'os' has no attribute 'no_such_thing'",
    "nowhere:work": "cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
    "package.nowhere:work": "cannot be imported: ModuleNotFoundError: No module named 'package.nowhere'",
    "counts.py:counts": "is a generator function: a call of it does no work; wrap it in a function that uses it up",
    "json.py:work": "a file of this name hides the standard library's module json; rename it",
}
UNPICKLABLE = {
    "lambdas.py:work": "cannot be pickled (PicklingError: ",
    "lambdas.py:closure": "cannot be pickled (",
    "replaced.py:first": "cannot be pickled (PicklingError: ",
    "wrapped.py:work": "cannot be pickled (PicklingError: ",
}
OBJECTS = ["objects.py:add", "objects.py:part"]
BUILT_IN = "math:factorial"
IMPORTS_TOO = {"uses.py": ["alpha_module", "beta_module"], "parse.py": ["package.inner"]}
"""What a module imports that others of these functions are in."""


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


def groups() -> Iterator[list[str]]:
    """Yield the functions in groups of which no two import the same module: those can be asked about in one child."""
    left = [*SOURCES, *DISTRIBUTIONS, *PROBLEMS, *UNPICKLABLE, *OBJECTS, BUILT_IN]
    while left:
        group: dict[str, set[str]] = {}
        for name in left:
            place = name.partition(":")[0]
            modules = {place.removesuffix(".py"), *IMPORTS_TOO.get(place, [])}
            if not any(modules & others for others in group.values()):
                group[name] = modules
        yield list(group)
        left = [name for name in left if name not in group]


@pytest.fixture(scope="module")
def inspected(folder: Path, executor: LocalExecutor) -> Mapping[str, FunctionDescription]:
    """Return what the interpreter under test says of each of the functions."""
    found: dict[str, FunctionDescription] = {}
    with pytest.MonkeyPatch.context() as here, Interrupt() as interrupt:
        here.chdir(folder)
        for names in groups():
            asked = Inspection(
                functions=[reference(name, str(folder / "grid.yaml")) for name in names],
                modes=tuple(MODES),
                python=interpreter_under_test(),
                env={"PYTHONPATH": str(folder / "installed")},
            )
            descriptions = executor.inspect(asked, interrupt)
            assert [description.name for description in descriptions] == names
            found |= dict(zip(names, descriptions, strict=True))
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_function_is_described_with_its_parameters_and_its_source(
    inspected: Mapping[str, FunctionDescription], folder: Path, name: str
) -> None:
    parameters, source = SOURCES[name]
    found = inspected[name]
    assert (found.problem, found.unpicklable, found.unfit) == (None, None, {})
    assert list(found.parameters or {}) == parameters
    assert Path(found.source or "") == folder / source
    assert found.source_sha256 == hashlib.sha256((folder / source).read_bytes()).hexdigest()
    assert found.distributions == {}


def test_a_function_that_is_built_in_has_no_source(inspected: Mapping[str, FunctionDescription]) -> None:
    found = inspected[BUILT_IN]
    assert found.problem is None
    assert (found.takes or {})["positional"] == 1


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_distributions_are_those_that_the_import_brings_in(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    assert inspected[name].distributions == DISTRIBUTIONS[name]


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_wrong_with_a_function_is_said_in_one_line(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    problem = inspected[name].problem
    assert inspected[name] == FunctionDescription(name=name, problem=problem)
    assert problem is not None
    assert problem.startswith(PROBLEMS[name])
    assert "\n" not in problem


@pytest.mark.parametrize("name", UNPICKLABLE)
def test_why_a_function_cannot_go_to_another_process_is_said_with_what_to_do(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    found = inspected[name]
    assert found.problem is None
    assert found.unpicklable is not None
    assert found.unpicklable.startswith(UNPICKLABLE[name])
    assert found.unpicklable.endswith("define it by its name at the top of its module")


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_that_can_be_called_goes_to_another_process_as_a_copy(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    found = inspected[name]
    assert (found.problem, found.unpicklable) == (None, None)
    assert "a" in (found.parameters or {})


def test_a_module_that_ends_the_interpreter_is_an_error_that_names_it(executor: LocalExecutor, tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("import os\nprint('my last words', flush=True)\nos._exit(3)\n")
    function = reference("dies.py:work", str(tmp_path / "grid.yaml"))
    asked = Inspection(functions=[function], modes=(), python=interpreter_under_test())
    with (
        Interrupt() as interrupt,
        pytest.raises(ExecutorBroken, match=r"looking at the functions of the grid exited with code 3") as raised,
    ):
        executor.inspect(asked, interrupt)
    assert interpreter_under_test() in str(raised.value)
    assert "my last words" in str(raised.value)
