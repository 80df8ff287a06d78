"""Thresholds for noise in a trial, and for the warnings and problems of a machine. Sources: docs/reliability.md."""

# For a trial.

MOST_RUN_QUEUE_SHARE = 0.05
"""Share of the workers' time, from their start, spent waiting for a CPU. It is only judged if there are no more workers
than CPUs: then no process of the trial itself makes them wait."""
SHORTEST_JUDGED_NS = 10_000_000
"""Shortest time of the workers that is judged. Below it, one preemption by the kernel is already a large share."""
MOST_OTHERS_SHARE = 0.05
"""Share of the available CPU time used by other processes. It makes a trial that needs all CPUs a tenth slower."""
MOST_STEAL_SHARE = 0.02
"""Share of the available CPU time that the hypervisor gave to other guests."""
LEAST_COUNTED_NS = 50_000_000
"""The kernel counts CPU time and steal in ticks of 4 or 10 ms on each CPU: less than this can be a rounding error."""
CLOCKS_APART_NS = 10_000_000
"""Clocks are read one after the other, and the wall clock is adjusted all the time: a smaller difference between them
means nothing."""

# For a machine.

SAMPLE_S = 2.0
"""How long the machine is sampled. The kernel counts in ticks of 10 ms: one tick is half a per cent of that."""

GLANCE_S = 0.5
"""How long it is sampled before a sweep: enough to tell whether others use half of it."""

SOME_LOAD_PER_CPU = 0.5
"""Tasks that were running or ready, averaged over the last minute. Above it, workers on all CPUs share half of them."""

SOME_OTHERS = 0.05
"""Share of the CPUs used by other processes. It equals the share of waiting above which a trial is flagged as noisy."""
MUCH_OTHERS = 0.5
"""Less than half of the machine is left: a speedup would depend more on the other processes than on the code."""

SOME_STEAL = 0.01
"""Share of the time that the hypervisor gives to other guests. On a quiet host it is close to zero."""
MUCH_STEAL = 0.10
"""More than the difference between most ways of running."""

SLOW_CLOCK_NS = 1_000
"""Cost of a reading, or smallest step. A call without work takes some microseconds, between two readings."""

LITTLE_DISK_BYTES = 10**9
"""Some millions of timings, a copy before an upgrade, and SQLite's write-ahead log."""
NO_DISK_BYTES = 10**8
"""A long sweep would not finish: other programs can use up the rest at any moment."""
TIMING_BYTES = 200
"""Approximate size of a call in the store."""
