"""From where on is a trial disturbed, and a machine a warning or a problem? docs/reliability.md has the sources."""

# Of a trial.

MOST_RUN_QUEUE_SHARE = 0.05
"""Of the workers' time, from their start. With no more workers than CPUs nobody of the trial itself makes them wait."""
SHORTEST_JUDGED_NS = 10_000_000
"""Of that time. Below it, one preemption by the kernel's own work is already a large share."""
MOST_OTHERS_SHARE = 0.05
"""Of the CPU time there was, used by others. A trial that needs all CPUs takes a tenth longer beside that."""
MOST_STEAL_SHARE = 0.02
"""Of the CPU time there was, given to other guests by the hypervisor."""
LEAST_COUNTED_NS = 50_000_000
"""The kernel counts CPU time and steal in ticks of 4 or 10 ms on each CPU: less than this may be all rounding."""
CLOCKS_APART_NS = 10_000_000
"""Two clocks are read one after the other, and that of the day is steered all the time: less than this between them is
nothing that happened."""

# Of a machine.

SAMPLE_S = 2.0
"""How long the machine is watched. The kernel counts in ticks of 10 ms: one is half a per cent of that."""

SOME_LOAD_PER_CPU = 0.5
"""Tasks that were running or ready, the last minute's average. Above it, a worker for each CPU has company on half of
them."""

SOME_OTHERS = 0.05
"""Share of the CPUs that other processes use. The share of waiting from which a trial is flagged as noisy."""
MUCH_OTHERS = 0.5
"""Less than half of the machine is left: a speedup would be the neighbours' more than the code's."""

SOME_STEAL = 0.01
"""Share of the time that the hypervisor gives to other guests. A quiet host steals next to nothing."""
MUCH_STEAL = 0.10
"""More than what most ways of running differ by."""

SLOW_CLOCK_NS = 1_000
"""Of a reading, or between two that differ. A call without work takes some microseconds, between two readings."""

LITTLE_DISK_BYTES = 10**9
"""Some millions of timings, a copy before an upgrade, and the log that SQLite writes ahead."""
NO_DISK_BYTES = 10**8
"""A long sweep would not end: below this other programs fill the rest at any moment."""
TIMING_BYTES = 200
"""What a call costs in the store, about."""
