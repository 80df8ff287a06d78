"""The result store: a SQLite file that only this package knows how to open, upgrade, write and read."""
