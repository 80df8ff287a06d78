"""Figures: frames in, matplotlib Figure out. Nothing here reads a store or writes a file."""
