"""The errors that a user can cause, with one base class, and their exit codes."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the commands; part of the public contract."""

    OK = 0
    TRIALS_FAILED = 1
    UNFIT = TRIALS_FAILED
    """From `runner doctor`: this machine or the store is not fit to measure with."""
    BAD_INPUT = 2
    STORE_UNUSABLE = 3
    HOST_BUSY = STORE_UNUSABLE
    """The host is locked, not the store."""
    INTERRUPTED = 130


class RunnerError(Exception):
    """An error whose text tells the user what is wrong, where, and how to fix it."""

    exit_code = ExitCode.BAD_INPUT

    def add(self, sentence: str) -> None:
        """Add a line to the text."""
        self.args = (f"{self}\n{sentence}",)


class BadInput(RunnerError):
    """The user's input cannot be used."""


class StoreUnusable(RunnerError):
    """The store cannot be used: foreign, newer, damaged, locked, full or not writable."""

    exit_code = ExitCode.STORE_UNUSABLE


class HostBusy(RunnerError):
    """Another process is measuring on this host, and the user does not want to wait."""

    exit_code = ExitCode.HOST_BUSY


class StoreTakenAway(StoreUnusable):
    """The store's file was deleted, replaced or damaged while it was open; the text says where its contents are."""


class Interrupted(RunnerError):
    """The user stopped the command."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str = "Interrupted; nothing was changed.") -> None:
        super().__init__(message)


class ExecutorBroken(RunnerError):
    """Trials cannot be started on this machine at all."""
