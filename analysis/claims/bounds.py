"""The bounds that figures are compared with."""

ABOUT_AS_LONG = 1.10
"""Up to a tenth longer counts as about as long."""
NOTHING_GAINED = 1.05
"""A speedup of up to 5 % counts as none."""
ALMOST_IDEAL = 0.80
"""A total falls almost as 1/n where at least four fifths of each CPU are gained (the study's own figures: 0.90)."""
LONG_WAIT_S = 1.0
"""Shorter waits do not refute that waits overlap; the study's took 10 s."""
SMALL_S = 0.1
"""An overhead of up to a tenth of a second counts as small."""
STEADY = 0.05
"""An overhead counts as constant if it grows by no more than this for each second of ideal time."""
SURVIVE = {0: 0.70, 30: 0.90}
"""Lower bound for the share of trials in which nobody else was taken down, by the least number of trials it applies to:
10 trials without a fall show 0.74, 30 show 0.90."""
