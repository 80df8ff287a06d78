"""What a trial costs beside other tools, also where one of them is not to be had."""

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks import trial_cost
from benchmarks.result import Verdict

REPOSITORY = Path(__file__).parents[2]
COSTS = {name: [0.01] * 6 for name in ("runner sweep", "shell loop", "hyperfine", "pyperf")}


def compared(*missing):
    costs = {name: taken for name, taken in COSTS.items() if name not in missing}
    return {result.name: result for result in trial_cost._compared(costs) if "÷" in result.name}


def test_every_tool_that_is_there_is_compared():
    assert [result.found.value for result in compared().values()] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("tool", "row", "note"),
    [
        ("hyperfine", "runner sweep ÷ hyperfine", "hyperfine is not to be had"),
        ("pyperf", "pyperf ÷ runner sweep", "pyperf is not installed: `.venv/bin/python -m pip install -r locks/ben"),
    ],
)
def test_a_tool_that_is_not_there_is_missing_and_the_others_are_compared(tool, row, note):
    results = compared(tool)
    missing = results.pop(row)
    assert (missing.verdict, missing.note.startswith(note)) == (Verdict.MISSING, True)
    assert [result.found.value for result in results.values()] == [1.0, 1.0]


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("installs", [True, False])
def test_make_goes_on_without_pyperf_and_tries_again_the_next_time(own_folder, installs):
    environment = own_folder / "venv"
    python = environment / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\nexit {int(not installs)}\n")
    python.chmod(0o755)
    marker = environment / ".bench"
    (environment / ".report").touch()
    result = subprocess.run(
        ["make", f"VENV={environment}", str(marker)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert marker.exists() is installs
    assert ("pyperf could not be installed" in result.stderr) is not installs
