"""Put on the path of the interpreters that `benchmarks.truth` compares: free memory in random order.

What a counting loop takes depends on where in memory things happen to lie, which is decided by all that the program has
done before, and always alike. So the dice are thrown anew in every process, for blocks of each small size.
"""

import random

_kept = [bytes(size - 40) for size in range(48, 513, 16) for _ in range(1200)] + [float(n) for n in range(20_000)]
random.shuffle(_kept)
del _kept[: len(_kept) // 2]
