"""One root for every error that a user can cause, and the exit code that each ends with."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command answers to the shell; part of the public contract."""

    OK = 0
    TRIALS_FAILED = 1
    UNFIT = TRIALS_FAILED
    """Of `runner doctor`: this machine, or the store, is not fit to measure with."""
    BAD_INPUT = 2
    STORE_UNUSABLE = 3
    HOST_BUSY = STORE_UNUSABLE
    """Locked, too: but the host, and not the store."""
    INTERRUPTED = 130


class RunnerError(Exception):
    """An error whose text is all a user needs: what is wrong, where, and the remedy."""

    exit_code = ExitCode.BAD_INPUT

    def add(self, sentence: str) -> None:
        """Add a line to the text."""
        self.args = (f"{self}\n{sentence}",)


class BadInput(RunnerError):
    """What the user gave cannot be used."""


class StoreUnusable(RunnerError):
    """The store cannot be used: not ours, newer, damaged, locked, full, or not to be written."""

    exit_code = ExitCode.STORE_UNUSABLE


class HostBusy(RunnerError):
    """Another is measuring on this host, and the user does not want to wait."""

    exit_code = ExitCode.HOST_BUSY


class StoreTakenAway(StoreUnusable):
    """The store's file was deleted, moved or replaced while it was open; the text says where what it held is saved."""


class Interrupted(RunnerError):
    """The user stopped the command before it had anything to keep."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str = "Interrupted; nothing was changed.") -> None:
        super().__init__(message)


class ExecutorBroken(RunnerError):
    """Trials cannot be started on this machine at all."""
