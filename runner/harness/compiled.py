"""Compiles the harness for the interpreter that runs it, once.

Otherwise each spawned worker would compile anew what it imports, inside the timed window: wherever Python is told to
write no bytecode, or another interpreter than that of the runner's installation is under test.
"""

import os


def compile_harness() -> None:
    """Write the bytecode that is missing or out of date to where Python looks for it; nothing if that is forbidden."""
    from compileall import compile_dir
    from py_compile import PycInvalidationMode

    folder = os.path.dirname(os.path.abspath(__file__))
    compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.TIMESTAMP)
