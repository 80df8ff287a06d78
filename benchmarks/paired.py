"""Measuring side by side: every contender once in each round, in random order, so that drift affects all alike."""

import math
import random
import time
from collections.abc import Callable, Mapping

from benchmarks.bench import Watch


class Stopwatch:
    """Times a `with` block: `seconds` is what it took."""

    seconds = math.nan

    def __enter__(self) -> "Stopwatch":
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._begun


def rounds(
    contenders: Mapping[str, Callable[[], float]], number: int, watch: Watch, name: str, seed: int = 7
) -> dict[str, list[float]]:
    """Return what each contender gave in each round."""
    chance = random.Random(seed)  # noqa: S311 - an order
    found: dict[str, list[float]] = {one: [] for one in contenders}
    watch.begins(name, number)
    for _ in range(number):
        for one in chance.sample(list(contenders), len(contenders)):
            found[one].append(contenders[one]())
        watch.step()
    return found
