"""A pool that cannot start all its workers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.helpers import eventually

from runner.harness.crew import Crew
from runner.harness.gate import Gate
from runner.harness.job import Job
from runner.harness.pools import in_pool, initialization


class Exhausted(ThreadPoolExecutor):
    """A pool that can start but one thread."""

    def submit(self, *work: Any, **options: Any) -> Any:
        if self._threads:
            raise RuntimeError("can't start new thread")
        return super().submit(*work, **options)


def test_a_pool_that_cannot_start_all_its_workers_says_so_and_those_it_has_do_not_wait_for_them() -> None:
    crew = Crew(Job(int, {}), workers=2, calls=2, start_method=None, gate=Gate())
    windows: list[Any] = []
    driver = threading.Thread(
        target=lambda: windows.append(in_pool(Exhausted, crew, initialization(crew))), daemon=True
    )
    driver.start()
    eventually(lambda: windows)
    (window,) = windows
    assert window.error is not None
    assert window.error[:2] == ("RuntimeError", "can't start new thread")
    assert [record.error_type for record in window.records] == [None]
