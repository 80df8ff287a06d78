"""Entry point of ``runner`` and ``python -m runner``."""

from runner.entry import run


def main() -> None:
    """Run the command line."""
    run("runner", _command_line)


def _command_line() -> None:
    from runner.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
