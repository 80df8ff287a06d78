"""Sweeps that were run to their end, for many tests to look at."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.shared import QUICK_GRID, QUICK_TRIALS_KEPT, STUDY_GRID, Swept, swept_once
from support.stores import change

from runner.executors.local import LocalExecutor
from runner.facts import Probe
from runner.interrupt import Interrupt

STORE = Path("runs.db")


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return a sweep of the study's six cases: two blocks and a warm-up."""
    return swept_once(tmp_path_factory, "study", STUDY_GRID)


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return a sweep of eight quick cases: two blocks and a warm-up, told call by call."""
    return swept_once(tmp_path_factory, "quick", QUICK_GRID, "--verbose")


PROBED: dict[tuple[str | None, str], Probe] = {}


@pytest.fixture
def probed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an interpreter that was asked once what it is answer at once, where no trial is run."""
    probe = LocalExecutor.probe

    def probe_once(
        executor: LocalExecutor,
        interrupt: Interrupt,
        python: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Probe:
        asked = (python, json.dumps(env))
        if asked not in PROBED:
            PROBED[asked] = probe(executor, interrupt, python, env)
        return PROBED[asked]

    monkeypatch.setattr(LocalExecutor, "probe", probe_once)


@pytest.fixture
def complete(quick: Swept, own_folder: Path) -> Swept:
    """Lay out the grid and the store of the quick sweep."""
    shutil.copytree(quick.folder, own_folder, dirs_exist_ok=True)
    return quick


@pytest.fixture
def interrupted(complete: Swept) -> Swept:
    """Lay out what a kill leaves of the quick sweep."""
    for table, number in (("timings", "trial_id"), ("trials", "id")):
        change(STORE, f"DELETE FROM {table} WHERE {number} > {QUICK_TRIALS_KEPT}")
    change(STORE, "UPDATE sweeps SET ended_at = NULL")
    return complete
