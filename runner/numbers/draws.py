"""The draws of blocks with replacement, the same for all cases with n blocks and in every run.

They are those of numpy's ``default_rng([SEED, n]).multinomial(n, [1 / n] * n)``, bit by bit. The terminal does without
numpy, so they are made here; they are the same, so that all figures stay what they were when numpy made the draws.
Three published algorithms are behind that line:

- from the seed to a state: Melissa O'Neill, "Developing a seed_seq Alternative", pcg-random.org, 2015;
- from the state to random numbers: PCG XSL RR 128/64, O'Neill, "PCG: A Family of Simple Fast Space-Efficient
  Statistically Good Algorithms for Random Number Generation", Harvey Mudd College, HMC-CS-2014-0905;
- from random numbers to a draw: a binomial number for each block, by inversion: Luc Devroye, "Non-Uniform Random
  Variate Generation", 1986, chapters X.4 and XI.1.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate

RESAMPLES = 5000
SEED = 7

BITS_32, BITS_53, BITS_64, BITS_128 = 2**32 - 1, 2**53 - 1, 2**64 - 1, 2**128 - 1
POOL = 4
"""Number of 32-bit words in which a seed is mixed."""
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
"""Of the linear congruential generator with 128 bits: state = state · multiplier + increment."""


@cache
def draws(n: int, resamples: int = RESAMPLES) -> Sequence[bytes]:
    """Return how often each draw takes each of n blocks, which is n times in all. Fewer draws are the first of more.

    Each block takes a binomial number of the places that those before it have left, and the last block takes the rest.
    """
    blocks, remaining = [], 1.0
    for _ in range(n - 1):
        blocks.append(_Binomial(1 / n / remaining))
        remaining -= 1 / n
    uniform = _uniform(*_state([SEED, n]))
    found = []
    for _ in range(resamples):
        draw, left = bytearray(n), n
        for block, (binomial, number) in enumerate(zip(blocks, uniform, strict=False)):
            up_to, successes = binomial[left]
            draw[block] = successes[bisect_left(up_to, number)]
            left -= draw[block]
            if not left:
                break
        else:
            draw[-1] = left
        found.append(bytes(draw))
    return found


class _Binomial(dict[int, tuple[Sequence[float], Sequence[int]]]):
    """By the number of trials: the cumulated probabilities of 0, 1, 2, … successes, and these numbers.

    If successes are more likely than failures, failures are counted. What is too improbable for a random number of 53
    bits is left out. numpy inverts only where fewer than 30 successes are expected, which are always fewer here.
    """

    def __init__(self, chance: float) -> None:
        self._less, self._counts_failures = (1 - chance, True) if chance > 0.5 else (chance, False)

    def __missing__(self, trials: int) -> tuple[Sequence[float], Sequence[int]]:
        chance, mean = self._less, trials * self._less
        most = int(min(trials, mean + 10 * math.sqrt(mean * (1 - chance) + 1)))
        each = [math.exp(trials * math.log1p(-chance))]
        for number in range(1, most + 1):
            each.append(each[-1] * (trials - number + 1) * chance / (number * (1 - chance)))
        numbers = range(trials, -1, -1) if self._counts_failures else range(trials + 1)
        self[trials] = list(accumulate(each[:-1])), numbers
        return self[trials]


def _uniform(state: int, increment: int) -> Iterator[float]:
    """Return random numbers from 0 up to below 1, in steps of 2**-53."""
    while True:
        state = (state * MULTIPLIER + increment) & BITS_128
        folded = (state >> 64 ^ state) & BITS_64
        turned = (folded << 64 | folded) >> (state >> 122)
        yield (turned >> 11 & BITS_53) * 2.0**-53


def _state(seed: Sequence[int]) -> tuple[int, int]:
    """Return the first state and the increment of the generator for a seed of up to POOL words of 32 bits."""
    hashed = _hash(0x43B0D7E5, 0x931E8875)
    pool = [hashed(word) for word in (*seed, *[0] * (POOL - len(seed)))]
    for source in range(POOL):
        for target in range(POOL):
            if target != source:
                mixed = (0xCA01F9DD * pool[target] - 0x4973F715 * hashed(pool[source])) & BITS_32
                pool[target] = mixed ^ mixed >> 16
    hashed = _hash(0x8B51F9DD, 0x58F38DED)
    words = [hashed(word) for word in (*pool, *pool)]
    begin, increment = (
        low << 64 | high << 96 | lower | higher << 32 for low, high, lower, higher in (words[:4], words[4:])
    )
    increment = (increment << 1 | 1) & BITS_128
    return ((increment + begin) * MULTIPLIER + increment) & BITS_128, increment


def _hash(constant: int, factor: int) -> Callable[[int], int]:
    """Return a hash of words of 32 bits whose constant changes from word to word."""

    def hashed(word: int) -> int:
        nonlocal constant
        word ^= constant
        constant = constant * factor & BITS_32
        word = word * constant & BITS_32
        return word ^ word >> 16

    return hashed
