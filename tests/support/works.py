"""Works with known times."""

import random
from collections.abc import Mapping, Sequence

from runner.numbers.works import Way, Work

COSTS = {"sequential": 0, "threading": 1, "process_pool": 3}


def work(
    call_s: Mapping[str, Sequence[float]],
    name: str = "work",
    *,
    features: Mapping[str, str] = {},
    sizes: Mapping[str, float] = {},
    disturbed: int = 0,
) -> Work:
    """Return a work with these ways, such as ``threading ×2``, and the seconds of a call in each block.

    `disturbed` is a number of trials. Concurrent ways have as many ratios as blocks that the sequential case has too.
    """
    ways = []
    for case_id, (way, seconds) in enumerate(call_s.items(), start=1):
        mode, _, workers = way.partition(" ×")
        own = {(1, block): 1e9 * each for block, each in enumerate(seconds, start=1)}
        base = () if mode == "sequential" else call_s.get("sequential", ())
        ratios = sorted(one / other for one, other in zip(base, seconds, strict=False))
        ways.append(
            Way(case_id, way, mode, COSTS[mode], int(workers or 1), 1, own, ratios, disturbed if case_id == 1 else 0)
        )
    return Work(name, {"workload": "work", **features}, sizes, False, ways)


def near(seconds: float, blocks: int = 10, noise: float = 0.01, seed: int = 1) -> list[float]:
    """Return times about that many seconds; those of another `seed` have other noise."""
    chance = random.Random(f"{seed} {seconds}")
    return [seconds * (1 + noise * chance.uniform(-1, 1)) for _ in range(blocks)]
