"""The report of sweeps: figures, tables and a page that says in words what they show."""

from analysis.report.files import FORMATS, Progress, write

__all__ = ["FORMATS", "Progress", "write"]
