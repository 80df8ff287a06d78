"""The numbers that the terminal and the report have in common. Standard library alone, and quick."""
