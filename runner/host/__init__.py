"""The machine that trials run on: who measures on it, what else goes on there, and whether it is fit for it."""
