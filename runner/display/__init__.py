"""The output for the terminal."""
