"""`runner store`: upgrade, check, backup, merge."""

import subprocess
from pathlib import Path

import pytest
from support.helpers import command_line
from support.stores import (
    BASELINE,
    THREADS,
    Planned,
    change,
    contents,
    damage,
    everything,
    fill,
    newest_schema,
    old_store,
    outcome,
    rows,
    schema_faults,
    timing,
)

from runner.store.lock import only_sweep

STORE = Path("runs.db")


@pytest.fixture
def store(own_folder: Path) -> Path:
    """Make a store of one sweep with two trials."""
    ok = outcome(timings=[timing(0), timing(1)])
    fill(STORE, [Planned(case=BASELINE, outcome=ok), Planned(case=THREADS, outcome=ok)])
    return STORE


class TestUpgrade:
    def test_makes_a_store_where_there_is_none(self, cli):
        result = cli("store", "upgrade", "--store", "new.db")
        assert (result.code, result.out) == (0, "")
        assert result.err == f"new.db: schema {newest_schema()}, up to date.\n"
        assert schema_faults(Path("new.db")) == []

    def test_of_a_store_that_is_up_to_date_changes_nothing(self, store, cli, own_folder):
        before = contents(own_folder)
        result = cli("store", "upgrade")
        assert result.code == 0
        assert "up to date" in result.err
        assert contents(own_folder) == before

    def test_of_an_older_store_keeps_every_row_and_a_copy(self, cli, own_folder):
        before = everything(old_store(STORE))
        assert cli("store", "upgrade").code == 0
        assert schema_faults(STORE) == []
        for table, kept in before.items():
            after = rows(STORE, f"SELECT * FROM {table}")
            assert [{name: row[name] for name in old} for old, row in zip(kept, after, strict=True)] == kept
        (copy,) = own_folder.glob(f"runs.db.before-{newest_schema()}")
        assert rows(copy, "SELECT * FROM trials") == before["trials"]

    @pytest.mark.parametrize(
        "words",
        [["list"], ["query", "SELECT COUNT(*) FROM v_trials"], ["store", "backup"]],
        ids=" ".join,
    )
    def test_happens_by_itself_when_a_command_meets_an_older_store(self, cli, words):
        old_store(STORE)
        result = cli(*words)
        assert result.code == 0, result.err
        assert schema_faults(STORE) == []


class TestCheck:
    def test_of_a_sound_store_says_so(self, store, cli):
        result = cli("store", "check")
        assert (result.code, result.out, result.err) == (0, "", "runs.db: sound.\n")

    def test_of_a_damaged_store_says_where(self, store, cli):
        damage(store, "timings")
        result = cli("store", "check")
        assert result.code == 3
        assert result.err.startswith("runner: runs.db: damaged; restore a backup.\nthe database says: ")
        assert "`runner store check`" not in result.err

    def test_of_rows_that_refer_to_nothing_names_their_table(self, store, cli):
        change(store, "DELETE FROM hosts")
        result = cli("store", "check")
        assert result.code == 3
        assert "of trials refers to a row of hosts that is not there" in result.err

    def test_without_a_store_makes_none(self, cli, own_folder):
        result = cli("store", "check")
        assert result.code == 3
        assert "there is no store yet" in result.err
        assert list(own_folder.iterdir()) == []


class TestBackup:
    @pytest.mark.parametrize(("words", "copy"), [([], "runs.db.backup"), (["kept/copy.db"], "kept/copy.db")])
    def test_is_a_store_with_the_same_rows(self, store, cli, words, copy):
        Path("kept").mkdir()
        result = cli("store", "backup", *words)
        assert (result.code, result.out, result.err) == (0, "", f"Copied runs.db to {copy}.\n")
        assert schema_faults(Path(copy)) == []
        assert everything(Path(copy)) == everything(store)
        assert cli("list", "--quiet", "--store", copy).out == "1\n"

    @pytest.mark.slow
    def test_while_a_sweep_runs_is_a_sound_store(self, cli, grid_file, turnstile):
        grid = grid_file(turnstile.grid(trials=3, passes=2))
        with subprocess.Popen(command_line("sweep", "--matrix", grid, "--quiet")) as sweep:
            try:
                turnstile.wait_until_one_is_held()
                assert cli("store", "backup").code == 0
                assert sweep.poll() is None
            finally:
                sweep.terminate()
        copy = Path("runs.db.backup")
        assert schema_faults(copy) == []
        kept = rows(copy, "SELECT * FROM trials ORDER BY id")
        assert len(kept) == 2
        assert rows(STORE, "SELECT * FROM trials ORDER BY id")[:2] == kept

    @pytest.mark.parametrize("target", ["no/such/folder.db", "x" * 300, "runs.db/below.db"], ids=lambda name: name[:20])
    def test_that_cannot_be_written_is_named(self, store, cli, own_folder, target):
        before = contents(own_folder)
        result = cli("store", "backup", target)
        assert result.code in (2, 3)
        assert result.err.startswith(f"runner: {target}: ")
        assert contents(own_folder) == before

    def test_without_a_store_makes_nothing(self, cli, own_folder):
        result = cli("store", "backup")
        assert result.code == 3
        assert "there is no store yet" in result.err
        assert list(own_folder.iterdir()) == []


class TestMerge:
    def test_says_what_came_and_what_was_here_already(self, store, cli):
        cli("store", "backup", "other.db")
        fill(Path("other.db"), [Planned(case=BASELINE, outcome=outcome(elapsed_ns=7))], name="theirs")
        result = cli("store", "merge", "other.db")
        assert (result.code, result.out) == (0, "")
        assert result.err == (
            "runs.db: added 1 sweep, 1 trial (0 hosts, 0 interpreters) from other.db; here already: 2 trials.\n"
        )
        assert cli("list", "--quiet").out == "1\n2\n"

    def test_says_what_it_left_out(self, store, cli):
        cli("store", "backup", "other.db")
        change(Path("other.db"), "UPDATE trials SET started_at = '2024-01-03T00:00:00.000Z' WHERE id = 1")
        result = cli("store", "merge", "other.db")
        assert result.code == 0
        assert "here already: 1 trial.\n" in result.err
        assert "Left out: 1 trial, because another one of the same case, block and host succeeded" in result.err

    def test_makes_a_store_where_there_is_none(self, store, cli):
        result = cli("store", "merge", "runs.db", "--store", "new.db")
        assert result.code == 0
        assert "new.db: added 1 sweep, 2 trials (1 host, 1 interpreter) from runs.db" in result.err
        assert everything(Path("new.db")) == everything(store)

    def test_while_a_sweep_runs_is_refused(self, store, cli, own_folder):
        cli("store", "backup", "other.db")
        before = contents(own_folder)
        with only_sweep(STORE):
            result = cli("store", "merge", "other.db")
        assert (result.code, result.out) == (3, "")
        assert "is running a sweep into this store" in result.err
        assert contents(own_folder) == before

    def test_reads_a_store_that_a_sweep_is_running_into(self, store, cli):
        with only_sweep(STORE):
            assert cli("store", "merge", "runs.db", "--store", "new.db").code == 0
