"""What happens to the store while a sweep runs: what was committed is kept, and the sweep can be finished."""

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.faults import (
    STORE,
    as_somebody,
    assert_complete,
    assert_one_message,
    assert_sound,
    committed,
    slow,
    within,
)
from support.helpers import PATIENCE_S, command_line, eventually
from support.started import Start, Started
from support.stores import Planned, begin, created, outcome, record, rows
from support.turnstile import Turnstile

from runner.store.write import Writer

BAD_INPUT, STORE_UNUSABLE = 2, 3
GRID = "matrix: {{workload: io_bound, TIME: 0.02, workers: 1, mode: sequential}}\nrepeats: {}\nwarmup: 0\n"
FEW, TRIALS, MANY = 2, 5, 30
COMMITTED = 3
MOVED, RESCUED = Path("moved.db"), Path("runs.db.rescued")

# The command line, except that it waits only half a second for a lock.
IMPATIENT = """
from runner.store import connect
connect.BUSY_TIMEOUT_S = 0.5
from runner.__main__ import main
main()
"""


Held = Callable[..., AbstractContextManager[Started]]


@pytest.fixture
def held(start: Start, turnstile: Turnstile) -> Held:
    """Start a sweep and hold it after it has committed some but not all trials; then let it continue."""

    @contextmanager
    def hold(
        *words: str, program: list[str] | None = None, store: Path = STORE, trials: int = TRIALS, **options: Any
    ) -> Iterator[Started]:
        Path("grid.yaml").write_text(turnstile.grid(trials, passes=COMMITTED))
        words = ("sweep", "--matrix", str(Path("grid.yaml").absolute()), *words)
        sweep = start(*words, **options) if program is None else start(argv=[*program, *words], **options)
        turnstile.wait_until_one_is_held()
        sweep.process.send_signal(signal.SIGSTOP)
        try:
            assert committed(store) == COMMITTED
            yield sweep
        finally:
            turnstile.let_go()
            sweep.process.send_signal(signal.SIGCONT)

    return hold


def somebody_who_writes() -> sqlite3.Connection:
    return sqlite3.connect(STORE, isolation_level=None, timeout=PATIENCE_S)


def trials(store: Path = STORE) -> list[dict[str, Any]]:
    return rows(store, "SELECT * FROM trials ORDER BY id")


class TestTakenAway:
    @staticmethod
    def delete() -> None:
        STORE.unlink()

    @staticmethod
    def move() -> None:
        STORE.rename(MOVED)

    @staticmethod
    def delete_the_index_of_its_log() -> None:
        Path("runs.db-shm").unlink()

    @staticmethod
    def empty_its_log() -> None:
        os.truncate("runs.db-wal", 0)

    @slow
    @pytest.mark.parametrize("take", [delete, move, empty_its_log])
    def test_it_is_noticed_at_the_next_trial_and_all_that_it_held_is_saved(self, held, cli, take):
        """Other ways to take it away, which one process notices as well: tests/store/test_store_intact.py."""
        with held() as sweep:
            before = trials()
            take()
        result = sweep.finished()
        assert result.code == STORE_UNUSABLE, result
        assert_one_message(result.err, "runs.db: the file or its log was ", " while it was open.")
        said = re.search(r"saved in runs\.db\.rescued\. Finish the sweep with: runner (.+)$", result.err, re.MULTILINE)
        assert said, result.err
        assert_sound(RESCUED)
        saved = trials(RESCUED)
        assert saved[: len(before)] == before
        assert len(saved) == COMMITTED + 1
        resumed = cli(*shlex.split(said[1]), "--quiet")
        assert resumed.code == 0, resumed
        assert_complete(TRIALS, RESCUED)
        assert trials(RESCUED)[: len(saved)] == saved
        if MOVED.exists():  # and the moved file does not need the log that was left behind
            Path("runs.db-wal").unlink(missing_ok=True)
            assert_sound(MOVED)
            assert trials(MOVED) == saved

    @slow
    @pytest.mark.parametrize(
        ("words", "options"),
        [(["--store", "folder/runs.db"], {}), ([], {"cwd": "folder"})],
        ids=["", "which it works in"],
    )
    def test_with_its_folder_it_cannot_be_saved(self, held, words, options):
        Path("folder").mkdir()
        with held(*words, store=Path("folder/runs.db"), **options) as sweep:
            shutil.rmtree("folder")
        result = sweep.finished()
        assert result.code == STORE_UNUSABLE, result
        assert_one_message(result.err, "What it held could not be saved: ")
        assert [path.name for path in Path().iterdir()] == ["grid.yaml"]

    @slow
    def test_a_tag_is_refused_rather_than_lost(self, held, cli):
        with held() as sweep:
            self.delete_the_index_of_its_log()
            for words in (["tag", "1", "paper", "--note", "fan off"], ["show", "1"]):
                refused = cli(*words)
                assert refused.code == STORE_UNUSABLE, refused
                assert_one_message(refused.err, f"while process {sweep.process.pid} is running a sweep into it")
        assert sweep.finished().code == STORE_UNUSABLE
        assert len(trials(RESCUED)) == COMMITTED + 1

    def test_is_noticed_by_looks_at_three_files(self, monkeypatch):
        """The files are never opened for the check: closing them again would release SQLite's locks on them."""
        looked_at, look = [], Path.stat

        def noted(path: Path, **options: Any) -> os.stat_result:
            looked_at.append(path.name)
            return look(path, **options)

        with Writer(STORE) as writer:
            sweep = begin(writer)
            monkeypatch.setattr(Path, "stat", noted)
            record(writer, sweep, Planned(outcome=outcome()))
            monkeypatch.undo()
        assert looked_at == ["runs.db", "runs.db-wal", "runs.db-shm"] * 2


class TestMadeReadOnly:
    @pytest.fixture
    def turnstile(self, public_folder: Path) -> Turnstile:
        return Turnstile(public_folder / "turnstile")

    @slow
    @pytest.mark.parametrize("what", [["runs.db"], ["."], ["runs.db", "runs.db-wal", "runs.db-shm", "."]], ids=" ".join)
    def test_does_not_affect_a_sweep_that_has_it_open(self, public_folder, held, what):
        with held(preexec_fn=as_somebody()) as sweep:
            for name in what:
                Path(name).chmod(0o555 if name == "." else 0o444)
        result = sweep.finished()
        Path().chmod(0o777)
        assert result.code == 0, result
        assert_complete(TRIALS)


class TestLocked:
    @slow
    def test_for_a_moment_is_waited_for(self, held, traces):
        with closing(somebody_who_writes()) as other:
            with held() as sweep:
                other.execute("BEGIN IMMEDIATE")
            eventually(lambda: traces.of_trials() == {sweep.process.pid})
            assert committed() == COMMITTED
            other.execute("ROLLBACK")
        assert sweep.finished().code == 0
        assert_complete(TRIALS)

    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            pytest.param([sys.executable, "-c", IMPATIENT], "0.5 s", id="for half a second"),
            pytest.param(command_line(), "30 s", id="for half a minute"),
        ],
    )
    @slow
    def test_for_too_long_ends_the_sweep_with_a_message(self, held, cli, argv, said):
        with closing(somebody_who_writes()) as other:
            with held(program=argv) as sweep:
                other.execute("BEGIN IMMEDIATE")
                before = trials()
            result = sweep.finished()
            other.execute("ROLLBACK")
        assert result.code == STORE_UNUSABLE, result
        assert_one_message(result.err, f"another process has kept the store locked for {said}. Try again", "resume 1")
        assert_sound()
        assert trials() == before
        assert cli("resume", "--quiet").code == 0
        assert_complete(TRIALS)


class TestFull:
    # Argument: the KiB that the disk has beside an empty store. Runs in its own mount and user namespaces.
    ON_A_DISK_THAT_FILLS_UP = """
        mkdir full && mount -t tmpfs -o size=$1k tmpfs full || exit 99
        cp grid.yaml empty.db full/ && cd full && mv empty.db runs.db
        "$2" -m runner sweep --matrix grid.yaml 2> ../err
        echo $? > ../codes
        "$2" -m runner store backup ../when-full.db 2>> ../others
        echo $? >> ../codes
        head -c 100000000 /dev/zero > ballast 2> /dev/null
        "$2" -m runner resume 2>> ../others
        echo $? >> ../codes
        rm ballast && mount -o remount,size=100m tmpfs .
        "$2" -m runner resume --quiet 2>> ../others
        echo $? >> ../codes
        "$2" -m runner store backup ../at-the-end.db 2>> ../others
        echo $? >> ../codes
    """

    @slow
    def test_in_the_middle_of_a_sweep_it_keeps_what_fitted_and_goes_on_when_there_is_room(self, grid_file):
        """A disk that is actually full: a small one in memory."""
        if not shutil.which("unshare"):
            pytest.skip("there is no `unshare` to mount a small disk with")
        grid_file(GRID.format(MANY))
        size_kib = created(Path("empty.db")).stat().st_size // 1024 + 400
        argv = ["unshare", "--map-root-user", "--mount", "sh", "-c", self.ON_A_DISK_THAT_FILLS_UP]
        shell = subprocess.run(
            [*argv, "sh", str(size_kib), sys.executable],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if not Path("codes").exists():
            pytest.skip(f"no disk may be mounted here: {shell.stderr.strip()}")
        assert Path("codes").read_text().split() == ["3", "0", "3", "0", "0"]
        assert_one_message(Path("err").read_text(), "runs.db: the disk", "runner resume 1")
        assert "Traceback" not in Path("others").read_text()
        kept = trials(Path("when-full.db"))
        assert 0 < len(kept) < MANY
        assert_complete(MANY, Path("at-the-end.db"))
        assert trials(Path("at-the-end.db"))[: len(kept)] == kept

    @slow
    @pytest.mark.parametrize(
        "limit",
        [pytest.param(0, id="no byte may be written"), pytest.param(20_000, id="no whole store may be written")],
    )
    def test_from_the_beginning_it_leaves_nothing_that_makes_the_next_sweep_fail(self, cli, program, grid_file, limit):
        words = ["sweep", "--quiet", "--matrix", grid_file(GRID.format(FEW))]
        result = program(*words, preexec_fn=within(FSIZE=limit))
        assert result.code == STORE_UNUSABLE, result
        assert_one_message(result.err, "runs.db: the disk")
        assert cli(*words).code == 0
        assert_complete(FEW)

    @pytest.mark.parametrize(
        ("words", "code", "limit"),
        [("store backup", STORE_UNUSABLE, 40_000), pytest.param("init", BAD_INPUT, 100, marks=slow)],
    )
    def test_leaves_no_half_of_a_new_file(self, program, words, code, limit):
        created(STORE)
        result = program(*words.split(), preexec_fn=within(FSIZE=limit))
        assert result.code == code, result
        assert_one_message(result.err)
        names = {path.name for path in Path().iterdir()}
        assert names <= {"runs.db", "runs.db-wal", "runs.db-shm"}
        assert_sound()


@slow
def test_overwritten_it_is_said_to_be_damaged(held):
    with held(trials=12) as sweep, STORE.open("r+b") as file:
        file.write(os.urandom(STORE.stat().st_size))
    result = sweep.finished()
    assert result.code == STORE_UNUSABLE, result
    assert_one_message(result.err, "runs.db: ")
