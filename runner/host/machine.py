"""The machine as the checks see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.harness import cpus
from runner.host import files
from runner.host.sample import Sample


@dataclass(frozen=True, slots=True)
class Machine:
    """The file system in which the kernel describes the machine, and a sample of its activity."""

    root: Path
    sample: Sample

    def word(self, name: str) -> str | None:
        """Return the first word of the file `name` below the root; None if there is none."""
        return files.word(self.root, name)

    @property
    def allowed_cpus(self) -> list[int]:
        """The numbers of the CPUs in the affinity mask, in order."""
        return sorted(cpus.allowed_cpus())

    @property
    def usable_cpus(self) -> int:
        """Number of CPUs that a trial can keep busy."""
        return cpus.usable_cpus(str(self.root))

    @property
    def quotas(self) -> Sequence[tuple[str, float]]:
        """The folders of cgroups that limit this process, each with its quota in CPUs."""
        return cpus.limiting_groups(str(self.root))
