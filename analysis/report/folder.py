"""The folder of a report: each file is whole or absent, and what an earlier report alone has drawn is removed."""

from collections.abc import Iterable
from pathlib import Path

from analysis.load import Sweep
from runner.matrix.slug import is_slug, slug_of

LIST = ".files"
"""A file with the names of those that reports have written here: only these are ever removed."""
LONGEST_NAME = 120


def name_for(sweeps: Iterable[Sweep]) -> str:
    """Return a name that is one folder below another one, whatever a store calls its sweeps."""
    names = (f"{sweep.id}-{sweep.name if is_slug(sweep.name) else slug_of(sweep.name)}" for sweep in sweeps)
    return "+".join(names)[:LONGEST_NAME]


class Folder:
    """A folder while a report is written into it. All methods raise OSError."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._known = self._listed()
        self._saved: list[str] = []

    def save(self, name: str, content: bytes) -> Path:
        """Write a file completely or not at all, and return its path."""
        self._saved.append(name)
        if name not in self._known:  # beforehand: a report that is killed leaves no file that the list lacks
            self._known.append(name)
            self._write(LIST, _lines(self._known))
        return self._write(name, content)

    def remove_the_rest(self) -> None:
        """Remove what earlier reports have written here and this one has not."""
        for name in set(self._known) - set(self._saved):
            if (file := self._path / name).is_file():
                file.unlink()
        self._write(LIST, _lines(self._saved))

    def _listed(self) -> list[str]:
        """Return the names in the list. One that leads out of the folder is not a report's."""
        try:
            lines = (self._path / LIST).read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if line == Path(line).name]

    def _write(self, name: str, content: bytes) -> Path:
        path, part = self._path / name, self._path / f".{name}.part"
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()
