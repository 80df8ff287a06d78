"""A runner that has more files open than select() can watch."""

import os
import resource
from collections.abc import Iterator

import pytest
from support.own_trials import FINE, builtin_request, ended, run

from runner.executors.local import LocalExecutor
from runner.interrupt import Interrupt

MORE_THAN_SELECT_TAKES = 1_100


@pytest.fixture
def many_open_files() -> Iterator[None]:
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most not in (resource.RLIM_INFINITY,) and most < 2 * MORE_THAN_SELECT_TAKES:
        pytest.skip("so many files may not be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, 2 * MORE_THAN_SELECT_TAKES), most))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(MORE_THAN_SELECT_TAKES)]
    yield
    for descriptor in opened:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))


@pytest.mark.usefixtures("many_open_files")
def test_a_trial_runs_all_the_same() -> None:
    with LocalExecutor() as executor, Interrupt() as interrupt:
        executor.probe(interrupt)
        assert ended(run(executor, builtin_request("cpu_bound", ("sequential", None), NUM=1))) == FINE
