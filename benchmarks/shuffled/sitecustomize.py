"""Put on the path of the interpreters that `benchmarks.truth` compares: free memory in random order.

What a counting loop takes depends on which two small blocks of memory its numbers take turns in; by that luck alone one
program is up to 5 % faster than another, and always the same one. So the dice are thrown anew in every process.
"""

import random

_kept = [float(number) for number in range(8000)]
random.shuffle(_kept)
del _kept[:4000]
