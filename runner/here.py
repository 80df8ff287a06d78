"""This machine as a host: the only module that knows that trials run here."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from runner.errors import BadInput
from runner.executors import Executor, Host
from runner.executors.local import LocalExecutor
from runner.host import fitness, interpreters
from runner.host.interpreters import OLDEST, Interpreter
from runner.host.lock import HostLock, only_measurement
from runner.interrupt import Interrupt


class Here:
    """This machine. A context manager that ends everything it has started.

    `executor` runs the trials; the default is a `LocalExecutor`.
    """

    def __init__(self, executor: Executor | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self._executor = executor
        self._environ = environ
        self._lock: HostLock | None = None

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor:
            self._executor.close()

    @property
    def executor(self) -> Executor:
        """The executor of this machine; created on first use, so that it also holds the host's lock if this does."""
        if self._executor is None:
            self._executor = LocalExecutor(held=(self._lock.descriptor,) if self._lock else ())
        return self._executor

    def default_interpreter(self, *, own_functions: bool) -> str:
        """Return the path of the interpreter under test if none is named.

        A user's function may need packages that are installed with the runner; the runner's own workloads need none.
        """
        return sys.executable if own_functions else interpreters.interpreter_under_test()

    def find_interpreter(self, word: str, folder: Path) -> str:
        """Return the path of the interpreter that a grid file in `folder` calls `word`. Raises BadInput."""
        path = self._path(word, folder)
        if path is None:
            raise BadInput(f"there is no interpreter {word} here; {self._what_there_is()}")
        (known,) = interpreters.ask([Path(path)])
        if known is None:
            raise BadInput(f"{path} is not a working Python")
        if known.version < OLDEST:
            raise BadInput(
                f"{known.implementation} {known.release} is too old to be under test; {self._what_there_is()}"
            )
        return path

    def interpreters(self) -> Sequence[Interpreter]:
        """Return the interpreters that are installed here, the oldest first."""
        return interpreters.installed(self._environ)

    def identify(self, path: str) -> str:
        """Identify an interpreter by its real path, and that of a virtual environment by the path itself."""
        folder = Path(path).parent
        is_environment = any((place / "pyvenv.cfg").is_file() for place in (folder, folder.parent))
        return path if is_environment else os.path.realpath(path)

    def can_start(self, path: str) -> bool:
        """Return whether the file at that path can be started."""
        return self.has_file(path) and os.access(path, os.X_OK)

    def has_file(self, path: str) -> bool:
        """Return whether there is a file at that path."""
        return Path(path).is_file()

    @contextmanager
    def reserved(
        self, doing: str, interrupt: Interrupt, tell: Callable[[str], None], *, wait: bool
    ) -> Iterator[Callable[[str], None]]:
        """Hold the host's lock, and tell what makes this machine unfit.

        On exit, end what the executor has started, because it holds the lock too.
        """
        with only_measurement(doing, interrupt, tell, wait=wait) as self._lock:
            for finding in fitness.problems(interrupt):
                tell(f"{finding}. `runner doctor` says what to do.")
            try:
                yield self._lock.note
            finally:
                self.executor.close()

    def _path(self, word: str, folder: Path) -> str | None:
        if os.sep in word:
            path = folder.resolve() / Path(word).expanduser()
            # Resolve the folder, but not the link in it: the link identifies a virtual environment.
            return str(path.parent.resolve() / path.name) if path.is_file() and os.access(path, os.X_OK) else None
        found = interpreters.find(word, self._environ)
        return str(found) if found else shutil.which(word, path=self._environ.get("PATH"))

    def _what_there_is(self) -> str:
        usable = [one for one in self.interpreters() if one.version >= OLDEST]
        there = dict.fromkeys(f"{one.implementation} {one.release}" for one in usable)
        return f"found: {', '.join(there)}; or give a path" if there else "give a path"


def given_or_here(host: Host | None) -> AbstractContextManager[Host]:
    """Return a context with the given host, which its owner closes, or else with this machine."""
    return Here() if host is None else nullcontext(host)
