"""Findings about a store: free disk space and soundness. Reads only; an older store is not upgraded."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from runner.errors import StoreUnusable
from runner.host import thresholds
from runner.host.finding import Finding, ok, problem, unknown, warning
from runner.store import upkeep
from runner.store.location import command, file_system, resolve, writable
from runner.store.opening import state_of
from runner.store.read import Reader
from runner.store.schema import State, inspect


def findings(store: str) -> Iterator[Finding]:
    """Yield the findings about `store`, a path or a URL."""
    try:
        path = resolve(store)
        yield disk(path)
        yield health(path)
    except StoreUnusable as error:
        yield problem("store", "cannot be used", str(error))


def disk(path: Path) -> Finding:
    """Return how much free space there is for a store at `path`."""
    folder = path.resolve().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return unknown("disk", f"{folder}: {error.strerror}")
    calls = float(f"{free / thresholds.TIMING_BYTES:.2g}")
    kind = file_system(folder) or "file system not known"
    says = f"{size(free)} free ({kind}), room for some {calls:,.0f} calls"
    if free < thresholds.NO_DISK_BYTES:
        return problem("disk", says, f"Make room in {folder}, or name another place with --store.")
    if free < thresholds.LITTLE_DISK_BYTES:
        return warning("disk", says, f"Make room in {folder} before a long sweep.")
    return ok("disk", says)


def health(path: Path) -> Finding:
    """Return what state the store is in. Raises StoreUnusable."""
    state = state_of(writable(path))
    if state is State.EMPTY:
        return ok("store", f"{path}: none yet, a sweep makes it")
    faults = upkeep.faults(path)
    if faults:
        check = command(path, "store", "check")
        return problem("store", f"{path}: damaged: {faults[0]}", f"`{check}` lists all; restore a backup.")
    _, version = inspect(path)
    if state is State.OLDER:
        return warning(
            "store",
            f"{path}: sound, of the older schema {version}",
            f"`{command(path, 'store', 'upgrade')}` brings it up to date and keeps a copy, as any sweep would.",
        )
    with Reader(path) as reader:
        unfinished = reader.newest(unfinished=True)
    resume = command(path, "resume")
    hint = f"; sweep {unfinished['id']} is unfinished, `{resume}` goes on with it" if unfinished else ""
    return ok("store", f"{path}: sound, {size(path.stat().st_size)}, schema {version}{hint}")


def size(number: int) -> str:
    """Format a number of bytes: ``96.5 kB``, ``12.3 GB``."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number / 1000:.1f} kB"
