"""The command line: arguments in, exit codes out. What a command needs is imported when it runs."""

from runner.cli import running, looking, keeping  # noqa: I001 - in the order in which --help lists them
from runner.cli.run import main

__all__ = ["keeping", "looking", "main", "running"]
