"""The study's two workloads."""

import time


def cpu_bound(NUM: int) -> None:
    """Count NUM down to zero in pure Python: only the interpreter works."""
    while NUM > 0:
        NUM -= 1


def io_bound(TIME: float) -> None:
    """Sleep TIME seconds: the CPU is idle, as while waiting on a disk or a socket."""
    time.sleep(TIME)
