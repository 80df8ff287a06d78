"""Write the report of sweeps: figures, tables, and a page that explains them in words."""

from analysis.report.files import FORMATS, Progress, write

__all__ = ["FORMATS", "Progress", "write"]
