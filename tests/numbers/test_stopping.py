"""The rule by which a sweep stops: its judgement of a figure, and how often the interval that it prints is right."""

import math
import random
from collections.abc import Callable

import pytest

from runner.numbers.medians import Estimate, estimate
from runner.numbers.stopping import LEVEL, LOOKS, at_look, forecast, is_settled, level, precision

SWEEPS = 600
COVERED = 0.93
TRUTH = 2.0

Noise = Callable[[random.Random, int], float]
"""A factor that a trial's time is multiplied by, in a block of that number."""


def lognormal(sigma: float) -> Noise:
    return lambda rng, block: rng.lognormvariate(0, sigma)


NOISE: dict[str, tuple[Noise, float]] = {
    "lognormal, 1 %": (lognormal(0.01), 0.01),
    "lognormal, 3 %": (lognormal(0.03), 0.03),
    "lognormal, 10 %": (lognormal(0.10), 0.08),
    "5 % of trials twice as slow": (lambda rng, _: rng.lognormvariate(0, 0.01) * (1 + (rng.random() < 0.05)), 0.01),
    "drift": (lambda rng, block: rng.lognormvariate(0, 0.02) * (1 + 0.05 * block / 20), 0.02),
    "a step": (lambda rng, block: rng.lognormvariate(0, 0.02) * (1.2 if block >= 15 else 1), 0.02),
    "exponential": (lambda rng, _: 1 + 0.05 * rng.expovariate(1), 0.04),
    "two levels by process": (lambda rng, _: rng.lognormvariate(0, 0.003) * rng.choice((1, 1.05)), 0.03),
}
"""Each with a target that is reached at different looks, most often between 14 and 28 blocks."""


def stopped(next_value: Callable[[int], float], target: float) -> Estimate:
    """Return the figure that a sweep prints when the rule has stopped it, and at the latest at the last look."""
    values: list[float] = []
    for look in LOOKS:
        values += [next_value(block) for block in range(len(values) + 1, look + 1)]
        found = at_look(values)
        if is_settled(found, target):
            break
    return found


@pytest.mark.parametrize("name", NOISE)
def test_the_interval_of_a_speedup_that_stopped_the_sweep_covers_the_truth(name: str) -> None:
    noise, target = NOISE[name]
    found = []
    for sweep in range(SWEEPS):
        rng = random.Random(f"{name} {sweep}")
        found.append(stopped(lambda block, rng=rng: TRUTH * noise(rng, block) / noise(rng, block), target))
    covered = sum(one.low <= TRUTH <= one.high for one in found) / SWEEPS
    assert covered >= COVERED
    assert len({one.n for one in found}) >= 5, "the rule stopped nearly always at the same look"


@pytest.mark.parametrize(
    ("draw", "truth", "target"),
    [
        pytest.param(lambda rng: rng.lognormvariate(0, 0.03), 1.0, 0.02, id="lognormal"),
        pytest.param(lambda rng: 1 + 0.05 * rng.expovariate(1), 1 + 0.05 * math.log(2), 0.02, id="exponential"),
    ],
)
def test_the_interval_of_a_time_that_stopped_the_sweep_covers_the_truth(draw, truth, target):
    found = []
    for sweep in range(SWEEPS):
        rng = random.Random(sweep)
        found.append(stopped(lambda block, rng=rng: draw(rng), target))
    assert sum(one.low <= truth <= one.high for one in found) / SWEEPS >= COVERED


def test_a_precision_is_half_the_width_as_a_share_of_the_figure():
    assert precision(Estimate(2.0, 1.9, 2.2, 10)) == pytest.approx(0.075)
    assert is_settled(Estimate(2.0, 1.96, 2.04, 10), 0.0201)
    assert not is_settled(Estimate(2.0, 1.96, 2.04, 10), 0.0199)


@pytest.mark.parametrize("found", [Estimate(2.0, n=5), Estimate(0.0, 0.0, 0.0, 10)], ids=["few blocks", "no time"])
def test_without_an_interval_or_a_figure_nothing_is_settled(found):
    assert precision(found) == math.inf
    assert not is_settled(found, 0.99)


def test_the_interval_of_a_look_is_wider_than_that_of_a_fixed_number_of_blocks():
    values = [1 + 0.01 * place for place in range(20)]
    fixed, looked = estimate(values), at_look(values)
    assert looked.low < fixed.low < fixed.high < looked.high
    assert looked == estimate(values, level(0.05)) == estimate(values, LEVEL)
    assert fixed == estimate(values, level(None))


def test_four_times_the_blocks_and_a_fifth_more_halve_a_width():
    assert forecast(10, 0.04, 0.02) == 48
    assert forecast(20, 0.01, 0.02) == 20
