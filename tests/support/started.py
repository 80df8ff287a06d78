"""A command in the background."""

import subprocess
from collections.abc import Callable
from typing import Any

from support.helpers import PATIENCE_S, Finished


class Started:
    """A command that was started."""

    def __init__(self, words: list[str], **options: Any) -> None:
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
        )

    def finished(self) -> Finished:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Finished(self.process.returncode, out, err)


Start = Callable[..., Started]
