"""The draws of blocks, with numpy as the oracle."""

import numpy as np
import pytest

from runner.numbers.draws import RESAMPLES, SEED, draws


def by_numpy(n: int, resamples: int) -> np.ndarray:
    return np.random.default_rng([SEED, n]).multinomial(n, [1 / n] * n, size=resamples)


@pytest.mark.parametrize("n", [*range(2, 16), 20, 40])
def test_draws_are_those_of_numpy(n):
    assert [list(draw) for draw in draws(n)] == by_numpy(n, RESAMPLES).tolist()


def test_draws_of_any_number_of_blocks_are_those_of_numpy():
    for n in range(1, 101):
        assert [list(draw) for draw in draws(n, 20)] == by_numpy(n, 20).tolist()


@pytest.mark.parametrize("n", [6, 13])
def test_fewer_draws_are_the_first_of_more(n):
    assert list(draws(n, 1000)) == list(draws(n)[:1000])


@pytest.mark.parametrize("n", [6, 15])
def test_a_draw_takes_as_many_blocks_as_there_are(n):
    assert {(len(draw), sum(draw)) for draw in draws(n)} == {(n, n)}
