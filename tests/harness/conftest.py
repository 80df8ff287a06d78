"""Trials of the harness. All tests share one executor, as the trials of a sweep do."""

from collections.abc import Iterator

import pytest
from support.own_trials import OwnTrials

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    with LocalExecutor() as local:
        with pytest.MonkeyPatch.context() as environment, Interrupt() as interrupt:
            environment.delenv("PYTHONPATH", raising=False)  # by which the tests may have been given the runner itself
            local.probe(interrupt)  # now its launcher has the environment of all trials
        yield local


@pytest.fixture(scope="session")
def own(executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory) -> OwnTrials:
    """Return trials of users' functions."""
    return OwnTrials(executor, tmp_path_factory.mktemp("own"))
