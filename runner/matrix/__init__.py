"""From a grid file to cases: the text is parsed (`source`), checked (`grid`) and multiplied out (`expand`).

Nothing is imported here, so a command that reads cases from the store (`case`) does not load the grid reader.
"""
