"""From a grid file to cases: text is read (`source`), checked once (`grid`), and multiplied out (`expand`).

Nothing is imported here: a command that has cases from the store (`case`) need not load what reads grid files.
"""
