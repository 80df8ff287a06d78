"""Sweeps that were run to their end, for many tests to look at."""

import shutil
from pathlib import Path

import pytest
from support.shared import QUICK_GRID, QUICK_TRIALS_KEPT, STUDY_GRID, Swept, swept_once
from support.stores import change, created

STORE = Path("runs.db")


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return a sweep of the study's six cases: two blocks and a warm-up."""
    return swept_once(tmp_path_factory, "study", STUDY_GRID)


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return a sweep of eight quick cases: two blocks and a warm-up, told call by call."""
    return swept_once(tmp_path_factory, "quick", QUICK_GRID, "--verbose")


@pytest.fixture
def complete(quick: Swept, own_folder: Path) -> Swept:
    """Copy the grid and the store of the quick sweep into the folder."""
    shutil.copytree(quick.folder, own_folder, dirs_exist_ok=True)
    return quick


@pytest.fixture
def interrupted(complete: Swept) -> Swept:
    """Copy what a kill leaves of the quick sweep into the folder."""
    for table, number in (("timings", "trial_id"), ("trials", "id")):
        change(STORE, f"DELETE FROM {table} WHERE {number} > {QUICK_TRIALS_KEPT}")
    change(STORE, "UPDATE sweeps SET ended_at = NULL")
    return complete


@pytest.fixture
def empty_store(own_folder: Path) -> None:
    """Make a store without a sweep."""
    created(STORE)
