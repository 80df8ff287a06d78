"""The processes that a test started, in whichever session they may hide.

Whatever a test starts inherits a mark in its environment, by which every process of it can be found in /proc.
"""

from contextlib import suppress
from pathlib import Path

from support.helpers import kill

MARK = "MARK_OF_THE_TEST_THAT_STARTED_THIS"
IN_PROC = Path("/proc/self/environ").exists()


class Traces:
    """The processes that this test started, and all processes below them."""

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}".encode()

    def all(self) -> set[int]:
        return {int(folder.name) for folder in Path("/proc").glob("[0-9]*") if self._is_marked(folder)}

    def of_trials(self) -> set[int]:
        """All processes except the launcher, which waits for the next trial."""
        return {pid for pid in self.all() if not self._is_launcher(pid)}

    def kill_all(self) -> set[int]:
        """Kill all processes of the test; return their pids."""
        found = self.all()
        for pid in found:
            with suppress(ProcessLookupError):
                kill(pid)
        return found

    def _is_marked(self, folder: Path) -> bool:
        try:
            return self._mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended, or belongs to another user
            return False

    def _is_launcher(self, pid: int) -> bool:
        try:
            return b"launcher.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
