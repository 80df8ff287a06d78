"""From a grid file to cases: text is read (`source`), checked once (`grid`), and multiplied out (`expand`)."""

from runner.matrix.case import Case
from runner.matrix.expand import Matrix, Platform, expand
from runner.matrix.grid import Grid, json_schema, parse_grid, read_grid

__all__ = ["Case", "Grid", "Matrix", "Platform", "expand", "json_schema", "parse_grid", "read_grid"]
