"""The examples of own functions run as they stand: every case once, and each result passes its check."""

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.helpers import Finished
from support.stores import rows

EXAMPLES = Path(__file__).parents[1] / "examples"
OWN = ("parsing", "requests_on_loopback", "matrices", "counter")
NEEDS = {"matrices": "numpy"}


def once(text: str) -> str:
    """Return a grid that runs each case once."""
    return re.sub(r"^repeats: .*$", "repeats: 1\nwarmup: 0", text, flags=re.MULTILINE)


def test_every_example_with_a_function_is_tried() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == set(OWN)


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("name", ["parsing", *(pytest.param(name, marks=pytest.mark.slow) for name in OWN[1:])])
def test_an_example_runs_and_every_trial_is_ok(name: str, cli: Callable[..., Finished], own_folder: Path) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed here")
    for suffix in (".py", ".yaml"):
        text = (EXAMPLES / (name + suffix)).read_text(encoding="utf-8")
        (own_folder / (name + suffix)).write_text(once(text) if suffix == ".yaml" else text, encoding="utf-8")
    finished = cli("sweep", "--matrix", f"{name}.yaml")
    assert finished.code == 0, finished.err
    assert rows(Path("runs.db"), "SELECT DISTINCT status FROM trials") == [{"status": "ok"}]
    (function,) = rows(Path("runs.db"), "SELECT file, source_sha256, distributions FROM functions")
    assert function["file"] == str(own_folder / f"{name}.py")
    assert function["source_sha256"] == hashlib.sha256(Path(f"{name}.py").read_bytes()).hexdigest()
    assert list(json.loads(function["distributions"])) == ([NEEDS[name]] if name in NEEDS else [])
