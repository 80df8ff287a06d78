"""Text as a store can hold it."""


def storable(text: str) -> str:
    """Spell out what UTF-8 cannot hold, such as the odd bytes of a file name.

    The harness does the same by itself: it imports nothing of the project.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
