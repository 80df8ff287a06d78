"""The machine that trials run on: its lock, its other activity, and whether it is fit to measure on."""
