"""Run ``python -m analysis report``, for use where the command ``runner report`` is not installed."""

from runner.entry import run


def main() -> None:
    """Run the command line."""
    run("analysis", _command_line)


def _command_line() -> None:
    import typer

    from analysis.command import report
    from runner.cli.app import Group
    from runner.cli.run import run as run_command_line

    app = typer.Typer(
        cls=Group, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
    )
    app.command()(report)

    @app.callback()
    def common() -> None:
        """Turn a result store into figures and a report."""

    run_command_line(app, "analysis")


if __name__ == "__main__":
    main()
