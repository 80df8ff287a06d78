"""What was measured of a sweep so far. It decides which trials are still to be run."""

Place = tuple[str, bool, int]
"""What identifies a trial within its sweep: case key, warm-up or not, repeat."""

History = dict[Place, int | None]
"""The places that are done, each with its wall time in ns; None if the trial did not succeed."""
