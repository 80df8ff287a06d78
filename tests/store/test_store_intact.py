"""What others do to the files of a store that is open: what harms it is noticed and all is saved, the rest is not."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.fakes import INTERPRETER
from support.stores import (
    PAGE_BYTES,
    Planned,
    all_at_once,
    begin,
    created,
    fill,
    outcome,
    record,
    rows,
    schema_faults,
    timing,
)

from runner.errors import StoreTakenAway
from runner.interrupt import Interrupt
from runner.store import intact
from runner.store.labels import label
from runner.store.lock import only_sweep
from runner.store.read import Reader
from runner.store.write import Writer

STORE, LOG, INDEX, RESCUED = Path("runs.db"), Path("runs.db-wal"), Path("runs.db-shm"), Path("runs.db.rescued")
BEFORE, FEW, MANY = 20, 3, 9
DELETED, CHANGED = "was deleted, moved or replaced", "was cut short or overwritten"


def empty(file):
    os.truncate(file, 0)


def copy_another_over_it():
    fill(Path("other.db"), [trial(1)], interpreter=replace(INTERPRETER, gc=False))
    shutil.copyfile("other.db", STORE)


def replace_it():
    created(Path("other.db")).rename(STORE)


def delete_all_of_it():
    for file in (STORE, LOG, INDEX):
        file.unlink()


def fill_with_noise():
    STORE.write_bytes(os.urandom(STORE.stat().st_size))


HARM = {
    "the store emptied": (lambda: empty(STORE), CHANGED),
    "the store cut to three pages": (lambda: os.truncate(STORE, 3 * PAGE_BYTES), CHANGED),
    "the last page cut off": (lambda: os.truncate(STORE, STORE.stat().st_size - PAGE_BYTES), CHANGED),
    "another store copied over it": (copy_another_over_it, CHANGED),
    "overwritten with noise": (fill_with_noise, CHANGED),
    "the log emptied": (lambda: empty(LOG), CHANGED),
    "the log cut short": (lambda: os.truncate(LOG, 4 * PAGE_BYTES), CHANGED),
    "the index emptied": (lambda: empty(INDEX), CHANGED),
    "the store deleted": (STORE.unlink, DELETED),
    "the log deleted": (LOG.unlink, DELETED),
    "the index deleted": (INDEX.unlink, DELETED),
    "all of it deleted": (delete_all_of_it, DELETED),
    "moved": (lambda: STORE.rename("moved.db"), DELETED),
    "another store in its place": (replace_it, DELETED),
}


def sql_of_another_program(*statements):
    with closing(sqlite3.connect(STORE, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


NO_HARM = {
    "nothing": lambda: None,
    "another program writes": lambda: sql_of_another_program("UPDATE sweeps SET note = 'fan off'"),
    "another program makes the file smaller": lambda: sql_of_another_program("VACUUM"),
    "another program copies the log into the file": lambda: sql_of_another_program("PRAGMA wal_checkpoint(PASSIVE)"),
    "another program empties the log": lambda: sql_of_another_program("PRAGMA wal_checkpoint(TRUNCATE)"),
    "and writes then": lambda: sql_of_another_program(
        "PRAGMA wal_checkpoint(TRUNCATE)", "UPDATE sweeps SET note = 'fan off'"
    ),
    "touched": lambda: os.utime(STORE),
    "made read-only": lambda: STORE.chmod(0o444),
}


@pytest.fixture(params=[FEW, MANY], ids=["in the log alone", "in the file too"])
def writing(request, monkeypatch):
    """Return a function that records a trial, in a store with trials of an earlier sweep and of this one."""
    monkeypatch.setattr(intact, "LOOKS_BETWEEN_CHECKPOINTS", MANY - 2)
    fill(STORE, [trial(repeat) for repeat in range(BEFORE)])
    with Writer(STORE) as writer:
        sweep, repeats = begin(writer), iter(range(100))

        def write():
            record(writer, sweep, trial(next(repeats)))

        for _ in range(request.param):
            write()
        yield write


def trial(repeat):
    return Planned(outcome=outcome(timings=[timing(0), timing(1)]), repeat=repeat)


def everything_in(store):
    trials = rows(store, "SELECT * FROM trials ORDER BY id")
    timings = rows(store, "SELECT * FROM timings ORDER BY trial_id, worker")
    return trials, timings


def read_sweeps(path):
    with Reader(path) as reader:
        reader.sweeps()


def tag(path):
    label(path, 1, add=["paper"], remove=[], note=None, interrupt=Interrupt())


@pytest.mark.parametrize("what", HARM)
def test_harm_is_noticed_at_the_next_trial_and_all_is_saved_with_that_trial(writing, what):
    trials, timings = everything_in(STORE)
    harm, said = HARM[what]
    harm()
    with pytest.raises(StoreTakenAway, match=rf"^runs\.db: the file or its log {said} .*saved in runs\.db\.rescued\."):
        writing()
    assert schema_faults(RESCUED) == []
    saved_trials, saved_timings = everything_in(RESCUED)
    assert (saved_trials[:-1], saved_timings[:-2]) == (trials, timings)


@pytest.mark.parametrize("what", NO_HARM)
def test_what_another_program_may_do_is_no_harm_and_harm_after_it_is_noticed(writing, what):
    NO_HARM[what]()
    for _ in range(2):
        writing()
    trials, _ = everything_in(STORE)
    assert schema_faults(STORE) == []
    empty(STORE)
    with pytest.raises(StoreTakenAway, match=CHANGED):
        writing()
    assert everything_in(RESCUED)[0][:-1] == trials


@pytest.mark.parametrize(
    ("what", "work"),
    [
        pytest.param("the store deleted", read_sweeps, marks=pytest.mark.slow),
        pytest.param("the log deleted", read_sweeps, marks=pytest.mark.slow),
        pytest.param("the index deleted", read_sweeps, marks=pytest.mark.slow),
        ("the index deleted", tag),
        ("another store copied over it", tag),
    ],
)
def test_other_commands_are_refused_until_the_sweep_has_noticed(what, work):
    """Else a tag could be acknowledged that is in no file that remains."""
    created(STORE)
    with only_sweep(STORE), Writer(STORE) as writer:
        record(writer, begin(writer), trial(1))
        HARM[what][0]()
        if not STORE.exists():
            created(STORE)
        (said,) = all_at_once(work, [STORE.absolute()], processes=1)
    assert f"while process {os.getpid()} is running a sweep into it" in said


def test_other_commands_may_write_while_a_sweep_does(writing, monkeypatch):
    monkeypatch.setattr(intact, "LOOKS_BETWEEN_CHECKPOINTS", 2)
    with only_sweep(STORE):
        for _ in range(3):
            writing()
        assert all_at_once(tag, [STORE.absolute()], processes=1) == []
        writing()
    assert rows(STORE, "SELECT tag FROM tags") == [{"tag": "paper"}]


def test_a_store_that_does_not_fit_into_the_cache_is_not_said_to_be_saved_if_it_is_not(monkeypatch):
    monkeypatch.setattr(intact, "CACHE_KIB", 10)
    fill(STORE, [trial(repeat) for repeat in range(BEFORE)])
    with Writer(STORE) as writer:
        empty(STORE)
        with pytest.raises(StoreTakenAway, match=rf"{CHANGED} .* Only a part .* could be saved"):
            begin(writer)
