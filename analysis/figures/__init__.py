"""Figures: frame in, matplotlib Figure out. Nothing here reads a store or writes a file."""

from analysis.figures.speedup import speedup
from analysis.figures.total_time import total_time

__all__ = ["speedup", "total_time"]
