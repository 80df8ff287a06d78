"""Stores filled with known outcomes through the real Writer, stores of old schemas, and processes that use them."""

import hashlib
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import pytest

from runner.facts import InterpreterFacts
from runner.matrix.case import Case
from runner.outcome import Outcome, Status
from runner.store.new_sweep import NewSweep, SweepColumns
from runner.store.schema import VERSION_TABLE, bring_up_to_date, migrations_folder
from runner.store.write import SweepInStore, Writer
from support.fakes import HOST, INTERPRETER, timing
from support.helpers import case

OLD_STORES = Path(__file__).parents[1] / "store" / "old"
FIRST_SCHEMA = "0001"
TABLES = ("hosts", "interpreters", "sweeps", "cases", "trials", "timings", "tags", "functions", "omissions")
VIEWS = ("v_trials", "v_workers", "v_calls", "v_cases", "v_speedups", "v_omissions")
NOBODY = 65534
PAGE_BYTES = 4096
IMPORTED_ONCE = [
    "alembic.command",
    "alembic.config",
    "pytest",
    "runner.matrix",
    "runner.store.read",
    "runner.store.write",
]
"""Modules that would take each of many processes a while to import."""
BASELINE = case(mode="sequential", workers=1)
THREADS = case()


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A trial to be recorded."""

    case: Case = THREADS
    outcome: Outcome
    warmup: bool = False
    repeat: int = 1
    position: int = 1
    noisy: str | None = None


def outcome(status: Status = Status.OK, *, wall_ns: int | None = 9_000, **changes: Any) -> Outcome:
    """Return the outcome of a trial that began at 1,000 ns on its clock; `wall_ns` is None if no reply came."""
    fields: dict[str, Any] = {
        "status": status,
        "reason": None if status is Status.OK else f"it was {status}",
        "started_at": "2024-01-02T03:04:05.678Z",
        "elapsed_ns": 50_000,
        "start_ns": None if wall_ns is None else 1_000,
        "end_ns": None if wall_ns is None else 1_000 + wall_ns,
        "gil": None if wall_ns is None else True,
        "host": HOST,
    }
    return Outcome(**fields | changes)


def sweep_columns(**changes: Any) -> SweepColumns:
    """Return the columns of a sweep; `changes` replace them."""
    columns: dict[str, Any] = {
        "name": "study",
        "grid_path": "grid.yaml",
        "grid_text": "matrix: {}\n",
        "grid_sha256": "0" * 64,
        "seed": 7,
        "repeats": 5,
        "warmup": 1,
        "timeout_ns": 120 * 10**9,
        "runner_version": "0.1.0",
        "versions": "{}",
        "command_line": "runner sweep --matrix grid.yaml",
        "git_commit": None,
        "git_dirty": None,
    }
    return SweepColumns(**columns | changes)


def begin(
    writer: Writer,
    cases: Sequence[Case] = (BASELINE, THREADS),
    *,
    interpreter: InterpreterFacts = INTERPRETER,
    **changes: Any,
) -> SweepInStore:
    """Begin a sweep of `cases`; a case whose baseline is among them is compared with it.

    `changes` replace columns of the sweep, or other fields of `NewSweep`.
    """
    more = {name: changes.pop(name) for name in NewSweep.__slots__ if name in changes}
    baselines = {one.key: one.baseline().key for one in cases if not one.is_baseline and one.baseline() in cases}
    new = {
        "sweep": sweep_columns(**changes),
        "cases": [one.columns() for one in cases],
        "baselines": baselines,
        "interpreters": {interpreter.label: interpreter},
    }
    return writer.begin_sweep(NewSweep(**new | more))


def record(writer: Writer, sweep: SweepInStore, trial: Planned) -> int:
    """Record a trial and return its number."""
    return writer.record(
        sweep,
        trial.case.key,
        trial.outcome,
        warmup=trial.warmup,
        repeat=trial.repeat,
        position=trial.position,
        noisy=trial.noisy,
    )


def fill(
    path: Path,
    trials: Iterable[Planned] = (),
    cases: Sequence[Case] = (BASELINE, THREADS),
    *,
    ended_at: str | None = None,
    note: str | None = None,
    **changes: Any,
) -> tuple[SweepInStore, list[int]]:
    """Add a sweep with these trials to the store at `path`, and return it with the trials' numbers.

    A store that does not exist yet is copied from an equal one that was made before, if there is one; only the identity
    of its sweep differs.
    """
    wanted = _Content(list(trials), cases, changes)
    if path.exists():
        stored, numbers = wanted.add_to(path)
    else:
        stored, numbers, content = _filled(wanted)
        path.write_bytes(content)
        change(path, f"UPDATE sweeps SET uid = '{uuid.uuid4().hex}'")
    for column, value in (("ended_at", ended_at), ("note", note)):
        if value is not None:
            change(path, f"UPDATE sweeps SET {column} = '{value}' WHERE id = {stored.id}")
    return stored, list(numbers)


@dataclass(frozen=True)
class _Content:
    """A sweep and its trials, equal to another one that reads the same."""

    trials: Sequence[Planned]
    cases: Sequence[Case]
    changes: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def add_to(self, path: Path) -> tuple[SweepInStore, list[int]]:
        with Writer(path) as writer:
            stored = begin(writer, self.cases, **self.changes)
            return stored, [record(writer, stored, trial) for trial in self.trials]


@lru_cache(maxsize=64)
def _filled(content: _Content) -> tuple[SweepInStore, list[int], bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = created(Path(folder) / "runs.db")
        return *content.add_to(made), made.read_bytes()


def created(path: Path) -> Path:
    """Create an empty store of the newest schema: a copy of the one that the first call made."""
    path.write_bytes(_empty_store())
    return path


@cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        bring_up_to_date(path)
        return path.read_bytes()


def everything(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, for any schema of the store."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for (name,) in tables
            if name != VERSION_TABLE
        }


def rows(path: Path, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Query the file with Python's own sqlite3 alone."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]


def change(path: Path, *statements: str) -> None:
    """Change the file in a way that the program never does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in statements:
            connection.execute(statement)


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of each file that is not empty, by name, without the shared memory of a write-ahead log."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.endswith("-shm"))
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.stat().st_size}


def schema_faults(path: Path) -> list[str]:
    """Return what is wrong with the file as a sound store of the newest schema."""
    faults = [row["integrity_check"] for row in rows(path, "PRAGMA integrity_check") if row["integrity_check"] != "ok"]
    faults += [f"dangling: {row}" for row in rows(path, "PRAGMA foreign_key_check")]
    versions = [row["version_num"] for row in rows(path, f"SELECT version_num FROM {VERSION_TABLE}")]
    if versions != [newest_schema()]:
        faults.append(f"versions: {versions}")
    found = {row["name"] for row in rows(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    if found != {*TABLES, *VIEWS, VERSION_TABLE}:
        faults.append(f"tables and views: {sorted(found)}")
    return faults


def newest_schema() -> str:
    return max(file.name.partition("_")[0] for file in migrations_folder().glob("versions/[0-9]*.py"))


def old_store(path: Path, version: str = FIRST_SCHEMA) -> Path:
    """Copy the store that a runner of that schema left (see tests/store/old/README.md) to `path`."""
    shutil.copyfile(OLD_STORES / f"{version}.db", path)
    return path


def foreign_database(path: Path) -> None:
    """Create a database of another program."""
    change(path, "CREATE TABLE albums (title TEXT)", "INSERT INTO albums VALUES ('Kind of Blue')")


def damage(path: Path, table: str) -> None:
    """Overwrite the whole first page of a table."""
    overwrite(path, table, 0, b"\xff" * PAGE_BYTES)


def scratch(path: Path, table: str) -> None:
    """Overwrite only that page's pointer to its first row, with the beginning of the page."""
    overwrite(path, table, 8, b"\x00\x10")


def overwrite(path: Path, table: str, offset: int, content: bytes) -> None:
    """Write `content` into the first page of a table."""
    (root,) = rows(path, "SELECT rootpage FROM sqlite_master WHERE name = ?", table)
    (page,) = rows(path, "PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((root["rootpage"] - 1) * page["page_size"] + offset)
        file.write(content)


def open_and_begin(path: Path) -> None:
    """Open the store for writing, in any state, and begin a sweep."""
    with Writer(path) as writer:
        begin(writer)


def expect_trials(path: Path, number: int) -> None:
    """Check that the store has that many trials."""
    (found,) = rows(path, "SELECT COUNT(*) AS trials FROM trials")
    assert found == {"trials": number}


def record_forever(path: Path) -> None:
    """Record trials of two timings each, until killed."""
    with Writer(path) as writer:
        sweep = begin(writer)
        repeat = 0
        while True:
            repeat += 1
            record(writer, sweep, Planned(outcome=outcome(timings=[timing(0), timing(1)]), repeat=repeat))
            time.sleep(0.005)  # so that it does not take a CPU from the test


def in_process(work: Callable[..., None], *arguments: Any) -> multiprocessing.Process:
    """Start a fresh process (not a fork of this one) that calls `work`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    process = context.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def all_at_once(work: Callable[[Path], None], paths: Sequence[Path], processes: int = 16) -> list[str]:
    """Let that many fresh processes call `work` with the first path at the same moment, then with the next, and so on.

    Returns the traceback of each that did not succeed.
    """
    context = multiprocessing.get_context("forkserver")
    barrier = context.Barrier(processes)
    running = []
    for _ in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        running.append((in_process(_take_part, barrier, theirs, work, paths), ours))
        theirs.close()
    found = []
    for process, answers in running:
        with closing(answers):
            found += answers.recv()
        process.join()
    return found


def _take_part(barrier: Any, answers: Any, work: Callable[[Path], None], paths: Sequence[Path]) -> None:
    found = []
    for path in paths:
        try:
            barrier.wait(60)
            work(path)
        except Exception:  # noqa: BLE001 - whatever it is, the parent shows it
            found.append(traceback.format_exc())
    answers.send(found)


def as_ordinary_user(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `work` returns in a forked process that is not root, or raise what it raises there."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer_as_ordinary_user, args=(theirs, partial(work, *arguments)))
    process.start()
    theirs.close()
    with closing(ours):
        answer = ours.recv()
    process.join()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer_as_ordinary_user(answers: Any, work: Callable[[], Any]) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        answers.send(work())
    except Exception as error:  # noqa: BLE001 - raised again in the parent
        answers.send(error)


@contextmanager
def folder_for_everyone() -> Iterator[Path]:
    """Create an empty folder that every user can reach, even if root runs the tests."""
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        if not as_ordinary_user(folder.is_dir):
            pytest.skip("the folder for temporary files is closed to other users")
        yield folder
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
