"""What is known of a function before its first trial, found out in the interpreter that runs it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

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
    "methods.py": "class Box:\n    def work(self, n): ...\n    @classmethod\n    def make(cls, n): ...\n"
    "    def bare(n): ...\nbox = Box()\n",
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
    "decorated.py": "def deco(f):\n    def inner(*a): ...\n    return inner\n@deco\ndef work(): ...\n",
    "holders.py": "import functools, threading\ndef plain(n): ...\nclass Box:\n"
    "    def __init__(self):\n        self.size, self.lock = 1, threading.Lock()\n    def work(self): ...\n"
    "    def __call__(self): ...\nbox = Box()\nmethod = box.work\npart = functools.partial(plain, threading.Lock())\n"
    "named = functools.partial(plain, n=threading.Lock())\nbare = functools.partial(lambda n: n, n=1)\n",
    "pools.py": "import concurrent.futures as f\nf.ProcessPoolExecutor().submit(len, '').result()\ndef work(): ...\n",
    "brings.py": "import pools\ndef work(): ...\n",
    "swallows.py": "import multiprocessing as m\ntry:\n    m.get_context('spawn').Process().start()\n"
    "except BaseException:\n    pass\ndef work(): ...\n",
    "guarded.py": "def work(): ...\nif __name__ == '__main__':\n    import pools\n",
    "endless.py": "import time\ndef work(): ...\nwhile True:\n    time.sleep(60)\n",
    "dies.py": "import os\nos._exit(0)\ndef work(): ...\n",
    "killed.py": "import os\nos.kill(os.getpid(), 9)\ndef work(): ...\n",
    "spoils.py": "import sys\nsys.modules['near'] = None\ndef work(): ...\n",
    "odd.py": "def work(): ...\nwork.modes = lambda: 1 / 0\n",
    "os.py": "def work(): ...\n",
    "inner.dot.py": "def work(): ...\n",
    "hide/calendar.py": "ours = 1\n",
    "hide/needs_ours.py": "from calendar import ours\ndef work(): ...\n",
    "hide/needs_theirs.py": "import calendar\ncalendar.Calendar\ndef work(): ...\n",
    "hide/queue/readme.txt": "a folder that is no package\n",
    "hides/selectors.py": "",
    "hides/fine.py": "def work(): ...\n",
    "queues/queue/__init__.py": "",
    "queues/fine.py": "def work(): ...\n",
    "other/fine.py": "def parse(words): ...\n",
    "counts.py": "def counts():\n    yield 1\n",
    "parse.py": "from package.inner import work\n",
    "package/__init__.py": "",
    "package/inner.py": "def work(size=1): ...\n",
}


SOURCES = {
    "fine.py:parse": (["lines", "kind"], "fine.py"),
    "boxes.py:Box.inner": (["size"], "boxes.py"),
    "fine:parse": (["lines", "kind"], "fine.py"),
    "methods.py:box.work": (["n"], "methods.py"),
    "methods.py:Box.make": (["n"], "methods.py"),
    "methods.py:Box.bare": (["n"], "methods.py"),
    "package.inner:work": (["size"], "package/inner.py"),
    "parse.py:work": (["size"], "package/inner.py"),
    "prints.py:work": ([], "prints.py"),
    "other/fine.py:parse": (["words"], "other/fine.py"),
    "guarded.py:work": ([], "guarded.py"),
    "spoils.py:work": ([], "spoils.py"),
    "hide/needs_ours.py:work": ([], "hide/needs_ours.py"),
}
DISTRIBUTIONS = {
    "alpha_module:work": {"alpha": "1.2"},
    "beta_module:work": {"beta-tools": "3.4.5"},
    "uses.py:work": {"alpha": "1.2", "beta-tools": "3.4.5"},
}
REMEDY = 'put what is to run only as a script below `if __name__ == "__main__":`'
PROBLEMS = {
    "near.py:parze": "has no function parze; did you mean parse?",
    "far.py:zzz": "has no function zzz",
    "empty_box.py:Box.outer": "has no function Box.outer",
    "boxes.py:Box.iner": "has no function Box.iner; did you mean Box.inner?",
    "boxes.py:Boxes.inner": "has no function Boxes.inner; did you mean Box?",
    "methods.py:Box.work": "is a method that takes an object of Box as self; make one in the module, such as "
    "x = Box(), and name x.work, or make it a staticmethod",
    "builtins:str.upper": "is a method that takes an object of str as self; ",
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
    "os.py:work": "cannot be imported: os is no name that a module can have; rename the file",
    "inner.dot.py:work": "cannot be imported: inner.dot is no name that a module can have; rename the file",
    "hides/selectors.py:work": "a file of this name hides the standard library's module selectors; rename it",
    "hides/fine.py:work": "cannot run: {folder}/hides/selectors.py hides the standard library's module selectors; ",
    "queues/fine.py:work": "cannot run: {folder}/queues/queue/__init__.py hides the standard library's module q",
    "hide/needs_theirs.py:work": "cannot be imported: AttributeError: module 'calendar' has no attribute 'Calendar'; "
    "{folder}/hide/calendar.py hides the standard library's module calendar: rename it",
    "pools.py:work": "starts a process when it is imported ({folder}/pools.py, line 2); " + REMEDY,
    "brings.py:work": "starts a process when it is imported ({folder}/pools.py, line 2); " + REMEDY,
    "swallows.py:work": "starts a process when it is imported ({folder}/swallows.py, line 3); " + REMEDY,
    "odd.py:work": "cannot be described: ZeroDivisionError: division by zero",
    "dies.py:work": "cannot be imported: the interpreter exited with code 0; import it by itself to see why",
    "killed.py:work": "cannot be imported: the interpreter was killed by SIGKILL; import it by itself to see why",
}
PICKLED_BY_NAME = "define it by its name at the top of its module"
FOR_ITSELF = "let each worker make that for itself: in a setup, or in the call"
UNPICKLABLE = {
    "lambdas.py:work": ("because it is a lambda (PicklingError: ", PICKLED_BY_NAME + ", with def"),
    "lambdas.py:closure": (
        "because closure is outer.<locals>.inner, which exists only inside outer (",
        "if outer is a decorator, use functools.wraps in it, else " + PICKLED_BY_NAME,
    ),
    "decorated.py:work": (
        "because work is deco.<locals>.inner, which exists only inside deco (",
        "if deco is a decorator, use functools.wraps in it, else " + PICKLED_BY_NAME,
    ),
    "replaced.py:first": (
        "because its own name replaced.work leads to another object (PicklingError: ",
        "give the two different names",
    ),
    "wrapped.py:work": (
        "because of the function in it: its own name wrapped.work leads to another object (PicklingError: ",
        "give the two different names",
    ),
    "holders.py:box": ("because of the attribute lock of its Box (TypeError: ", FOR_ITSELF),
    "holders.py:method": ("because of the attribute lock of its Box (TypeError: ", FOR_ITSELF),
    "holders.py:part": ("because of its argument 1 (TypeError: ", FOR_ITSELF),
    "holders.py:named": ("because of its argument n (TypeError: ", FOR_ITSELF),
    "holders.py:bare": ("because of the function in it: it is a lambda (", PICKLED_BY_NAME + ", with def"),
}
OBJECTS = ["objects.py:add", "objects.py:part"]
BUILT_IN = "math:factorial"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of functions, with something installed beside it."""
    root = tmp_path_factory.mktemp("own")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
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


def asked(executor: LocalExecutor, folder: Path, *names: str, **options: Any) -> tuple[FunctionDescription, ...]:
    """Ask the interpreter under test about functions of `folder`, all at once."""
    with pytest.MonkeyPatch.context() as here, Interrupt() as interrupt:
        here.chdir(folder)
        inspection = Inspection(
            functions=[reference(name, str(folder / "grid.yaml")) for name in names],
            modes=options.pop("modes", tuple(MODES)),
            python=interpreter_under_test(),
            env={"PYTHONPATH": str(folder / "installed")},
            **options,
        )
        return executor.inspect(inspection, interrupt)


@pytest.fixture(scope="module")
def inspected(folder: Path, executor: LocalExecutor) -> Mapping[str, FunctionDescription]:
    """Return what the interpreter under test says of each of the functions, whatever the others do to it."""
    names = [*PROBLEMS, *SOURCES, *DISTRIBUTIONS, *UNPICKLABLE, *OBJECTS, BUILT_IN]
    descriptions = asked(executor, folder, *names)
    assert [description.name for description in descriptions] == names
    return dict(zip(names, descriptions, strict=True))


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
    inspected: Mapping[str, FunctionDescription], folder: Path, name: str
) -> None:
    problem = inspected[name].problem
    assert inspected[name] == FunctionDescription(name=name, problem=problem)
    assert problem is not None
    assert problem.startswith(PROBLEMS[name].format(folder=folder))
    assert "\n" not in problem


@pytest.mark.parametrize("name", UNPICKLABLE)
def test_why_a_function_cannot_go_to_another_process_is_said_with_what_to_do(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    found = inspected[name]
    assert found.problem is None
    assert found.unpicklable is not None
    cause, remedy = UNPICKLABLE[name]
    assert found.unpicklable.startswith(f"cannot be pickled {cause}")
    assert found.unpicklable.endswith(f"); {remedy}")


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_that_can_be_called_goes_to_another_process_as_a_copy(
    inspected: Mapping[str, FunctionDescription], name: str
) -> None:
    found = inspected[name]
    assert (found.problem, found.unpicklable) == (None, None)
    assert "a" in (found.parameters or {})


def test_an_import_that_does_not_end_is_ended_with_the_place_where_it_was(
    executor: LocalExecutor, folder: Path
) -> None:
    fine, endless = asked(executor, folder, "fine.py:parse", "endless.py:work", limit_s=0.5)
    assert fine.problem is None
    assert endless.problem == f"is still being imported after 0.5 s ({folder}/endless.py, line 4); {REMEDY}"


def test_a_file_hides_only_what_trials_in_the_modes_asked_for_import(executor: LocalExecutor, folder: Path) -> None:
    names = ["hides/fine.py:work", "queues/fine.py:work"]
    problems = [bool(one.problem) for one in asked(executor, folder, *names, modes=["sequential", "threading"])]
    assert problems == [False, False]
    problems = [bool(one.problem) for one in asked(executor, folder, *names, modes=["thread_pool"])]
    assert problems == [False, True]
