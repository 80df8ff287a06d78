from dataclasses import replace
from pathlib import Path

import pytest
from support.stores import (
    BASELINE,
    HOST,
    INTERPRETER,
    Planned,
    change,
    everything,
    fill,
    outcome,
    rows,
    schema_faults,
    timing,
)

from runner.errors import Interrupted
from runner.interrupt import Interrupt
from runner.outcome import Status
from runner.store import connect
from runner.store.deletion import delete
from runner.store.read import Reader

STORE = Path("runs.db")
OK = outcome(timings=[timing(0), timing(1)])
TRIALS = [Planned(case=BASELINE, outcome=OK), Planned(outcome=OK), Planned(outcome=outcome(Status.FAILED), repeat=2)]
ELSEWHERE = [replace(trial, outcome=replace(trial.outcome, host=replace(HOST, hostname="laptop"))) for trial in TRIALS]
OTHER_INTERPRETER = replace(INTERPRETER, executable="/opt/python")


def test_a_sweep_goes_with_all_that_is_its_own_and_nothing_else():
    fill(STORE, TRIALS, name="kept")
    before = everything(STORE)
    gone, _ = fill(STORE, ELSEWHERE, name="gone", interpreter=OTHER_INTERPRETER)
    change(STORE, f"INSERT INTO tags VALUES ({gone.id}, 'paper')")
    delete(STORE, gone.id, Interrupt())
    assert everything(STORE) == before
    assert schema_faults(STORE) == []


def test_a_host_and_an_interpreter_that_another_sweep_has_too_stay():
    gone, _ = fill(STORE, TRIALS)
    fill(STORE, TRIALS)
    delete(STORE, gone.id, Interrupt())
    assert [len(rows(STORE, f"SELECT * FROM {table}")) for table in ("hosts", "interpreters")] == [1, 1]
    assert schema_faults(STORE) == []


def test_with_its_last_sweep_a_store_is_empty_and_sound():
    stored, _ = fill(STORE, TRIALS)
    delete(STORE, stored.id, Interrupt())
    assert set(map(len, everything(STORE).values())) == {0}
    assert schema_faults(STORE) == []


def test_its_size_is_told_before():
    fill(STORE, TRIALS)
    stored, _ = fill(STORE, TRIALS[:2])
    with Reader(STORE) as reader:
        assert reader.sizes(stored.id) == {"cases": 2, "trials": 2, "timings": 4}


@pytest.mark.parametrize("asked", [1, 5, 50])
def test_after_an_interrupt_nothing_is_gone(asked, monkeypatch):
    monkeypatch.setattr(connect, "STEPS_BETWEEN_SIGNALS", 1)

    class Soon(Interrupt):
        times = 0

        @property
        def requested(self):
            self.times += 1
            return self.times >= asked

        @requested.setter
        def requested(self, value):
            pass

    stored, _ = fill(STORE, TRIALS)
    before = everything(STORE)
    with pytest.raises(Interrupted):
        delete(STORE, stored.id, Soon())
    assert everything(STORE) == before
