"""The answer in words."""

import pytest

from runner.numbers.answer import Speedup, speedups, tied
from runner.numbers.medians import Estimate


def of(way: str, value: float, workers: int = 2, *ends: float) -> Speedup:
    return Speedup(way, way.partition("/")[0], workers, Estimate(value, *ends))


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        ([of("threading", 0.98)], "threading ×2 was 0.980 times as fast as sequential calls."),
        (
            [of("threading", 0.98, 4, 0.97, 0.99), of("multiprocessing/fork", 3.71, 4, 3.6, 3.8)],
            (
                "multiprocessing/fork ×4 was 3.71 times [3.60, 3.80] as fast as sequential calls; "
                "the best with threading was 0.980 times [0.970, 0.990] (threading ×4)."
            ),
        ),
        (
            [of("multiprocessing/fork", 1.5), of("multiprocessing/spawn", 1.6), of("multiprocessing/fork", 1.9, 4)],
            "multiprocessing/fork ×4 was 1.90 times as fast as sequential calls.",
        ),
        (
            [of("asyncio", 1.1), of("threading", 1.3), of("threading", 1.2, 4), of("thread_pool", 1.4), of("x", 1.5)],
            (
                "x ×2 was 1.50 times as fast as sequential calls; the best with threading was 1.30 times "
                "(threading ×2); the best with thread_pool was 1.40 times (thread_pool ×2)."
            ),
        ),
        (
            [of("a", 1.0), of("b", 1.0)],
            "b ×2 was 1.00 times as fast as sequential calls; the best with a was 1.00 times (a ×2).",
        ),
    ],
    ids=["one", "two modes", "one mode", "more modes than are said", "equal ones"],
)
def test_names_the_best_way_and_the_best_of_two_other_modes(found, answer):
    assert speedups("cpu_bound (NUM = 5)", found) == f"cpu_bound (NUM = 5): {answer}"


def test_names_the_set_that_holds_the_fastest():
    assert tied("threading ×4", "asyncio ×4, threading ×2") == (
        "By the time of a call, the fastest is threading ×4 or one of those tied with it: asyncio ×4, threading ×2."
    )
