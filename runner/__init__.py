"""Run a matrix of concurrency experiments, one isolated trial at a time, into a result store."""

__version__ = "0.1.0"
