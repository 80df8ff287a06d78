"""Compute the figures that both the terminal and the report show. Standard library only."""
