"""Write speedups and ratios: what is below 1 is so many times slower."""

from runner.numbers.medians import Estimate


def versus(ratio: Estimate) -> str:
    """Write how fast something is compared with something else, which is to follow.

    ``1.94 times [1.92, 1.95] as fast as``, ``3.20 times [3.10, 3.30] slower than``, and if that is not known, ``from
    1.05 times slower to 1.12 times faster than``.
    """
    if ratio.has_interval and ratio.low < 1 < ratio.high:
        slower, faster = (f"{end:.2f}" for end in (1 / ratio.low, ratio.high))
        return f"from {slower} times slower to {faster} times as fast as"
    if ratio.value < 1:
        return f"{ratio.inverse.written(' times')} slower than"
    return f"{ratio.written(' times')} as fast as"


def factor(speedup: float) -> str:
    """Write a speedup with three significant digits: ``1.94 ×``, and one below 1 as ``3.20 × slower``."""
    times = speedup if speedup >= 1 else 1 / max(speedup, 1e-12)
    digits = 2 if times < 9.995 else 1 if times < 99.95 else 0
    written = f"{times:,.{digits}f}"
    return f"{written} ×{' slower' * (speedup < 1 and written != '1.00')}"


def speedup(found: Estimate) -> str:
    """Write a speedup with its interval: ``1.94 × [1.92, 1.95]``, ``3.20 × slower [3.10, 3.30]``.

    An interval that includes 1 has each end as it is: ``1.02 × slower [1.05 × slower … 1.01 ×]``.
    """
    if found.has_interval and found.low < 1 < found.high:
        return f"{factor(found.value)} [{factor(found.low)} … {factor(found.high)}]"
    return found.written(" ×") if found.value >= 1 else found.inverse.written(" × slower")
