"""Compiles the harness for the interpreter that runs it, once.

Else each spawned worker would compile what it imports anew, inside the timed window: wherever Python is told to write
no bytecode, or another interpreter than the one that the runner was installed with is under test.
"""

from __future__ import annotations

import os
import sys


def compile_harness() -> None:
    """Write what is missing or out of date beside the sources, where Python looks for it; nothing if it may not."""
    folder = os.path.dirname(os.path.abspath(__file__))
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py") and not _is_compiled(place, name):
                _compile(os.path.join(place, name))


def _is_compiled(place: str, name: str) -> bool:
    compiled = os.path.join(place, "__pycache__", "%s.%s.pyc" % (name[:-3], sys.implementation.cache_tag))
    try:
        with open(compiled, "rb") as file:
            head = file.read(16)
        source = os.stat(os.path.join(place, name))
    except OSError:
        return False
    # The second word says that it is known by the time and the size of its source, which are the third and the fourth.
    words = [int.from_bytes(head[start : start + 4], "little") for start in range(0, 16, 4)]
    return words[1:] == [0, int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF]


def _compile(path: str) -> None:
    import py_compile

    try:
        py_compile.compile(path, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    except (OSError, py_compile.PyCompileError):  # a folder that others own, or a full disk
        pass
