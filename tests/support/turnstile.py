"""A sweep that is certain to be in the middle: so many trials end, and the next goes on until it is let go."""

import json
import shutil
from pathlib import Path

from support import turnstile_workloads
from support.helpers import eventually


class Turnstile:
    """Holds the trials of a grid, by files in a folder that nothing else uses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._folder.mkdir()
        self._folder.chmod(0o777)
        shutil.copy(turnstile_workloads.__file__, self._folder / "turnstile.py")

    def grid(self, trials: int, passes: int, mode: str = "sequential", **keys: object) -> str:
        """Return a grid of that many trials, of which `passes` end before one is held; there is no baseline."""
        with (self._folder / "turnstile.py").open("a") as functions:
            functions.write(f"\nwaits.modes = ({mode!r},)\n")
        axes = {"workload": f"{self._folder}/turnstile.py:waits", "passes": passes, "folder": str(self._folder)}
        return json.dumps({"matrix": {**axes, "workers": 1, "mode": mode, **keys}, "repeats": trials, "warmup": 0})

    def wait_until_one_is_held(self) -> None:
        eventually((self._folder / "held").exists)

    def let_go(self) -> None:
        """Let all trials run."""
        (self._folder / "open").touch()

    def hold_again(self) -> None:
        """Let as many pass as before, and hold the next one."""
        (self._folder / "calls").unlink()
        (self._folder / "held").unlink()
