"""Stores of several machines, brought together."""

import itertools
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.helpers import eventually
from support.stores import (
    BASELINE,
    HOST,
    TABLES,
    THREADS,
    Planned,
    begin,
    change,
    contents,
    created,
    damage,
    everything,
    fill,
    foreign_database,
    in_process,
    old_store,
    outcome,
    record,
    record_forever,
    rows,
    schema_faults,
    timing,
)

from runner.errors import BadInput, Interrupted, RunnerError, StoreUnusable
from runner.facts import HostFacts
from runner.outcome import Status
from runner.store import connect
from runner.store.merge import Merged, merge
from runner.store.read import Reader
from runner.store.upkeep import copy
from runner.store.write import SweepInStore, Writer

HERE, OTHER = Path("here.db"), Path("other.db")
LAPTOP = replace(HOST, hostname="laptop")
NOTHING_NEW = Merged(hosts=0, interpreters=0, sweeps=0, trials=0, trials_here=0, trials_left_out=0)
NAMED_BY = {
    "hosts": ("identity",),
    "interpreters": ("identity",),
    "functions": ("identity",),
    "sweeps": ("uid",),
    "cases": ("sweep_id", "key"),
    "trials": ("case_id", "warmup", "repeat", "started_at"),
    "timings": (),
    "tags": (),
    "omissions": (),
}
REFERS_TO = {
    "sweep_id": "sweeps",
    "interpreter_id": "interpreters",
    "function_id": "functions",
    "baseline_id": "cases",
    "locked_baseline_id": "cases",
    "case_id": "cases",
    "host_id": "hosts",
    "trial_id": "trials",
}


@dataclass
class Asked:
    """An `Interrupt` that comes when it has been asked for so many times."""

    times: int = 0

    @property
    def requested(self) -> bool:
        self.times -= 1
        return self.times == 0

    def heed(self) -> None:
        if self.requested:
            raise Interrupted


def merged(here: Path = HERE, other: Path = OTHER) -> Merged:
    return merge(here, other, Asked())


def content(path: Path, but: str = "id") -> dict[str, list[str]]:
    """Return what the store holds, whatever numbers its rows have, and without the column `but`."""
    names: dict[str, dict[int, Any]] = {}

    def named(column: str, value: Any) -> Any:
        return names[REFERS_TO[column]].get(value) if column in REFERS_TO else value

    there, found = everything(path), {}
    for table, key in NAMED_BY.items():
        names[table] = {row.get("id"): tuple(named(column, row[column]) for column in key) for row in there[table]}
        found[table] = sorted(
            repr([named(column, row[column]) for column in row if column not in ("id", but)]) for row in there[table]
        )
    return found


clock = itertools.count()


def tried(status: Status = Status.OK, repeat: int = 1, host: HostFacts = HOST, **changes: Any) -> Planned:
    """Return a trial of two timings that began later than all before it."""
    minutes, seconds = divmod(next(clock), 60)
    began = f"2024-01-02T{minutes // 60 % 24:02}:{minutes % 60:02}:{seconds:02}.000Z"
    ended = outcome(status, host=host, started_at=began, timings=[timing(0), timing(1)])
    return Planned(**{"outcome": ended, "repeat": repeat, **changes})


def go_on(path: Path, *trials: Planned, sweep_id: int = 1) -> None:
    """Record further trials of a sweep."""
    with Writer(path) as writer:
        sweep = writer.reopen_sweep(sweep_id)
        for trial in trials:
            record(writer, sweep, trial)


def twins(*trials: Planned, **sweep: Any) -> None:
    """Make two stores that have the same sweep of these trials."""
    fill(HERE, trials, **sweep)
    copy(HERE, OTHER)


# What comes ---------------------------------------------------------------------------------------------------------


def test_a_store_that_is_not_there_yet_gets_all_of_the_other(own_folder):
    fill(OTHER, [tried(), tried(case=BASELINE), tried(Status.FAILED, 2)], name="one")
    fill(OTHER, [tried(host=LAPTOP)], name="two")
    change(OTHER, "UPDATE sweeps SET note = 'fan off'", "INSERT INTO tags VALUES (2, 'paper'), (2, 'laptop')")
    assert merged() == Merged(hosts=2, interpreters=1, sweeps=2, trials=4, trials_here=0, trials_left_out=0)
    assert content(HERE) == content(OTHER)
    assert schema_faults(HERE) == []
    assert sorted(contents(own_folder)) == ["here.db", "other.db"]


def test_rows_get_numbers_that_are_free_and_still_refer_to_each_other():
    fill(HERE, [tried(host=LAPTOP), tried(host=LAPTOP, case=BASELINE)], name="mine")
    before = everything(HERE)
    fill(OTHER, [tried(), tried(case=BASELINE)], name="theirs")
    theirs = content(OTHER)
    merged()
    assert schema_faults(HERE) == []
    found, after = content(HERE), everything(HERE)
    for table in TABLES:
        assert after[table][: len(before[table])] == before[table]
        assert set(theirs[table]) <= set(found[table])
    assert [row["name"] for row in after["sweeps"]] == ["mine", "theirs"]
    (speedup,) = rows(HERE, "SELECT n FROM v_speedups WHERE sweep = 'theirs'")
    assert speedup == {"n": 1}


def test_the_same_host_and_interpreter_are_one():
    fill(HERE, [tried()])
    fill(OTHER, [tried()])
    assert (merged().hosts, len(rows(HERE, "SELECT * FROM hosts"))) == (0, 1)
    assert len(rows(HERE, "SELECT * FROM interpreters")) == 1


def test_merging_again_changes_nothing():
    fill(HERE, [tried(host=LAPTOP)])
    fill(OTHER, [tried(), tried(Status.INTERRUPTED, 2)], repeats=1)
    merged()
    before = everything(HERE)
    assert merged() == replace(NOTHING_NEW, trials_here=2)
    assert everything(HERE) == before


def test_several_stores_come_together_in_one():
    for number in range(1, 4):
        fill(OTHER, [tried(repeat=number)], name=f"machine-{number}")
        merged()
    assert [row["name"] for row in rows(HERE, "SELECT name FROM sweeps")] == ["machine-1", "machine-2", "machine-3"]
    assert merged().trials_here == 3


# A sweep that both have ---------------------------------------------------------------------------------------------


def test_a_sweep_that_went_on_elsewhere_gets_what_it_lacks_here():
    twins(tried(Status.INTERRUPTED), tried(repeat=2))
    go_on(OTHER, tried(host=LAPTOP), tried(repeat=3, host=LAPTOP))
    assert merged() == replace(NOTHING_NEW, hosts=1, trials=2, trials_here=2)
    assert content(HERE) == content(OTHER)


ENDS = {
    "neither": (None, None, None),
    "here": ("2024-01-02T10:00:00.000Z", None, "2024-01-02T10:00:00.000Z"),
    "there": (None, "2024-01-02T10:00:00.000Z", "2024-01-02T10:00:00.000Z"),
    "both": ("2024-01-02T11:00:00.000Z", "2024-01-02T10:00:00.000Z", "2024-01-02T10:00:00.000Z"),
}


@pytest.mark.parametrize(("here", "there", "expected"), ENDS.values(), ids=ENDS)
def test_a_sweep_has_ended_when_it_first_had(here, there, expected):
    twins(tried())
    for path, end in ((HERE, here), (OTHER, there)):
        change(path, f"UPDATE sweeps SET ended_at = {'NULL' if end is None else repr(end)}")
    merged()
    assert rows(HERE, "SELECT ended_at FROM sweeps") == [{"ended_at": expected}]


def test_a_sweep_whose_trials_are_all_there_together_ended_with_the_last_of_them():
    twins(tried(case=BASELINE), repeats=2, warmup=0)
    go_on(HERE, tried())
    last = tried(repeat=2, outcome=outcome(started_at="2024-01-03T23:59:59.500Z", elapsed_ns=1_250_000_000))
    go_on(OTHER, tried(Status.TIMEOUT, 2, case=BASELINE), last)
    merged()
    assert rows(HERE, "SELECT ended_at FROM sweeps") == [{"ended_at": "2024-01-04T00:00:00.750Z"}]


def test_a_sweep_that_only_one_has_and_that_was_killed_right_after_its_last_trial_has_ended_too():
    fill(HERE, [tried(case=BASELINE), tried()], repeats=1, warmup=0)
    fill(OTHER, [tried(case=BASELINE), tried()], repeats=1, warmup=0)
    merged()
    assert None not in [row["ended_at"] for row in rows(HERE, "SELECT ended_at FROM sweeps")]


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.LOST, Status.DISTURBED])
def test_a_sweep_with_a_trial_that_is_to_be_run_again_has_not_ended(status):
    twins(tried(case=BASELINE), repeats=1, warmup=0)
    go_on(OTHER, tried(status))
    merged()
    assert rows(HERE, "SELECT ended_at FROM sweeps") == [{"ended_at": None}]


@pytest.mark.parametrize(
    ("here", "there", "expected"), [("mine", "theirs", "mine"), (None, "theirs", "theirs"), ("mine", None, "mine")]
)
def test_tags_are_united_and_the_note_is_kept(here, there, expected):
    twins()
    for path, note, tag in ((HERE, here, "laptop"), (OTHER, there, "server")):
        change(path, f"INSERT INTO tags VALUES (1, '{tag}'), (1, 'paper')")
        change(path, f"UPDATE sweeps SET note = {'NULL' if note is None else repr(note)}")
    merged()
    assert [row["tag"] for row in rows(HERE, "SELECT tag FROM tags")] == ["laptop", "paper", "server"]
    assert rows(HERE, "SELECT note FROM sweeps") == [{"note": expected}]


def test_where_both_have_succeeded_at_one_place_ours_is_kept_and_theirs_is_counted():
    twins(tried())
    go_on(HERE, tried(repeat=2))
    go_on(OTHER, tried(repeat=2), tried(repeat=3))
    before = rows(HERE, "SELECT * FROM trials")
    assert merged() == replace(NOTHING_NEW, trials=1, trials_here=1, trials_left_out=1)
    assert rows(HERE, "SELECT * FROM trials")[:2] == before
    assert rows(HERE, "SELECT trial_id FROM timings GROUP BY trial_id HAVING COUNT(*) <> 2") == []
    assert schema_faults(HERE) == []
    assert merged() == replace(NOTHING_NEW, trials_here=2, trials_left_out=1)


def test_a_sweep_that_went_on_on_two_hosts_keeps_the_trials_of_both():
    """Also of one place: only trials of one host are compared."""
    twins(tried(case=BASELINE), repeats=2)
    go_on(HERE, tried(), tried(case=BASELINE, repeat=2), tried(repeat=2))
    go_on(OTHER, *(tried(case=one, repeat=2, host=LAPTOP) for one in (BASELINE, THREADS)))
    assert merged() == replace(NOTHING_NEW, hosts=1, trials=2, trials_here=1)
    assert rows(HERE, "SELECT n FROM v_speedups") == [{"n": 3}]
    assert merged() == replace(NOTHING_NEW, trials_here=3)
    with Reader(HERE) as reader:
        assert [(one["done"], one["failures"]) for one in reader.sweeps()] == [(4, 0)]


def attempts(path: Path) -> list[tuple[int, str]]:
    found = rows(path, "SELECT attempt, status FROM trials ORDER BY attempt")
    return [(row["attempt"], row["status"]) for row in found]


@pytest.mark.parametrize("earlier", ["here", "there"])
def test_attempts_of_both_sides_at_one_place_are_counted_anew_and_success_is_the_last(earlier):
    twins(tried(Status.INTERRUPTED))
    if earlier == "here":
        success, failure = tried(), tried(Status.FAILED)
    else:
        failure, success = tried(Status.FAILED), tried()
    go_on(HERE, success)
    go_on(OTHER, failure)
    merged()
    assert attempts(HERE) == [(1, "interrupted"), (2, "failed"), (3, "ok")]
    with Reader(HERE) as reader:
        assert set(reader.history(1, retry=[Status.FAILED])) == {(THREADS.key, False, 1)}
        assert [(row["done"], row["failures"]) for row in reader.sweeps()] == [(1, 0)]


def test_attempts_that_are_counted_right_already_are_left_alone():
    """Also where the clock was set back between them."""
    second, first = tried(Status.TIMEOUT), tried(Status.FAILED)
    twins(first)
    go_on(OTHER, second)
    merged()
    assert attempts(HERE) == [(1, "failed"), (2, "timeout")]


# Whatever happened on two machines ----------------------------------------------------------------------------------

ENDINGS = st.sampled_from([Status.OK, Status.OK, Status.FAILED, Status.INTERRUPTED, Status.DISTURBED])
TRIALS = st.lists(st.tuples(st.sampled_from([BASELINE, THREADS]), st.integers(1, 2), ENDINGS), max_size=5)
TAGS = st.lists(st.sampled_from(["paper", "laptop", "server"]), unique=True, max_size=2)


@dataclass(frozen=True)
class History:
    """What happened: sweeps that both machines had from the beginning, and what each of the two did since."""

    shared: list[Any]
    since: tuple[Any, Any]


@st.composite
def histories(draw: st.DrawFn) -> History:
    shared = draw(st.lists(TRIALS, max_size=2))
    one = st.tuples(st.lists(TRIALS, min_size=len(shared), max_size=len(shared)), st.lists(TRIALS, max_size=1), TAGS)
    return History(shared, (draw(one), draw(one)))


class Machine:
    """A machine that runs sweeps into its store: nothing where a place has succeeded already."""

    def __init__(self, path: Path, host: HostFacts) -> None:
        self._writer = Writer(path)
        self._host = host
        self._succeeded: set[Any] = set()

    def __enter__(self) -> "Machine":
        self._writer.__enter__()
        with self._writer.reader() as reader:
            for sweep in reader.sweeps():
                done = reader.history(sweep["id"])
                self._succeeded |= {
                    (sweep["id"], key, warmup, repeat)
                    for key, warmup, repeat in done
                    if done.of(key, warmup=warmup)[repeat].wall_ns is not None
                }
        return self

    def __exit__(self, *error: Any) -> None:
        self._writer.__exit__(*error)

    def begin(self, trials: Any) -> None:
        self._run(begin(self._writer, repeats=2, warmup=0), trials)

    def resume(self, sweep_id: int, trials: Any) -> None:
        self._run(self._writer.reopen_sweep(sweep_id), trials)

    def _run(self, sweep: SweepInStore, trials: Any) -> None:
        for case, repeat, status in trials:
            place = (sweep.id, case.key, False, repeat)
            if place not in self._succeeded:
                record(self._writer, sweep, tried(status, repeat, self._host, case=case))
                self._succeeded |= {place} if status is Status.OK else set()


def two_machines(history: History, folder: Path) -> tuple[Path, Path]:
    begun = created(folder / "begun.db")
    with Machine(begun, HOST) as machine:
        for trials in history.shared:
            machine.begin(trials)
    paths = folder / "a.db", folder / "b.db"
    for path, (resumed, own, tags), host in zip(paths, history.since, (HOST, LAPTOP), strict=True):
        shutil.copy(begun, path)
        with Machine(path, host) as machine:
            for sweep_id, trials in enumerate(resumed, start=1):
                machine.resume(sweep_id, trials)
            for trials in own:
                machine.begin(trials)
        if rows(path, "SELECT 1 FROM sweeps"):
            change(path, *(f"INSERT INTO tags VALUES (1, '{tag}')" for tag in tags))
    return paths


def without_attempts(path: Path) -> set[str]:
    """Return the trials of a store, whatever numbers they have and however their attempts are counted."""
    return set(content(path, but="attempt")["trials"])


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories())
def test_whatever_two_machines_did_their_stores_merge_either_way_and_twice_is_once(tmp_path_factory, history):
    a, b = two_machines(history, tmp_path_factory.mktemp("machines"))
    a_into_b, b_into_a = (Path(shutil.copy(path, path.with_suffix(".all"))) for path in (b, a))
    trials = without_attempts(a) | without_attempts(b)
    b_as_it_was = contents(b.parent)[b.name]

    first = merged(b_into_a, b)
    once = everything(b_into_a)
    again = merged(b_into_a, b)

    assert everything(b_into_a) == once
    assert again == replace(
        NOTHING_NEW, trials_here=first.trials + first.trials_here, trials_left_out=first.trials_left_out
    )
    assert contents(b.parent)[b.name] == b_as_it_was
    assert schema_faults(b_into_a) == []
    assert len(without_attempts(b_into_a)) == len(trials) - first.trials_left_out
    assert without_attempts(a) <= without_attempts(b_into_a) <= trials
    assert merged(a_into_b, a).trials_left_out == first.trials_left_out
    if not first.trials_left_out:
        assert content(a_into_b) == content(b_into_a)
        merged(b, b_into_a)
        assert content(b) == content(b_into_a)
    places = "SELECT case_id, warmup, repeat, attempt FROM trials GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 1"
    assert rows(b_into_a, places) == []


# What is refused ----------------------------------------------------------------------------------------------------


ANY_STATUS = ("PRAGMA ignore_check_constraints = ON", "UPDATE trials SET status = 'fine'")
UNFIT: dict[str, Any] = {
    "missing": (lambda: None, StoreUnusable, "there is no such file"),
    "empty": (OTHER.touch, StoreUnusable, "the store is empty"),
    "no database": (lambda: OTHER.write_text("No database, but long enough. " * 50), StoreUnusable, "not a database"),
    "somebody else's": (lambda: foreign_database(OTHER), StoreUnusable, "not a runner's store"),
    "newer": (
        lambda: change(created(OTHER), "UPDATE runner_schema SET version_num = '9999'"),
        StoreUnusable,
        "written by a newer runner",
    ),
    "damaged": (
        lambda: (fill(OTHER, [tried()]), damage(OTHER, "timings")),
        StoreUnusable,
        r"^other\.db: the database is damaged",
    ),
    "full of rows that refer to nothing": (
        lambda: (fill(OTHER, [tried()]), change(OTHER, "DELETE FROM hosts")),
        StoreUnusable,
        r"^other\.db: rows refer to rows that are not there",
    ),
    **{
        what: (
            lambda statement=statement: (fill(OTHER, [tried()]), change(OTHER, "PRAGMA foreign_keys = OFF", statement)),
            StoreUnusable,
            rf"^other\.db: .*{message}",
        )
        for what, statement, message in [
            ("without a table", "DROP TABLE timings", "the table timings is missing"),
            ("without a column", "ALTER TABLE hosts DROP COLUMN clock", "the table hosts has no column clock"),
            (
                "with a column of its own",
                'ALTER TABLE hosts ADD COLUMN "id) FROM x; --"',
                r"the table hosts has a column 'id\) FROM x; --', which no runner makes",
            ),
            (
                "with text for a number",
                "UPDATE trials SET wall_ns = 'x'",
                "trials, column wall_ns, row with id = 1: 'x'",
            ),
            ("with bytes for a name", "UPDATE hosts SET hostname = x'ff'", "hosts, column hostname, row with id = 1"),
        ]
    },
    "with a status that is not known": (
        lambda: (fill(OTHER, [tried()]), change(OTHER, *ANY_STATUS)),
        StoreUnusable,
        r"^other\.db: has rows that a store refuses: .*status_is_known",
    ),
    "old, and without a table": (
        lambda: change(old_store(OTHER, "0003"), "DROP TABLE timings"),
        StoreUnusable,
        r"^other\.db: tables are missing. `runner store check --store other\.db` looks into it",
    ),
    "the store itself": (lambda: os.link(HERE, OTHER), BadInput, "this is the very store to merge into"),
    "a link to the store itself": (lambda: OTHER.symlink_to(HERE), BadInput, "this is the very store to merge into"),
}


@pytest.mark.parametrize(("make", "error", "message"), UNFIT.values(), ids=UNFIT)
def test_an_unfit_store_is_refused_and_nothing_has_changed(make, error, message, own_folder):
    fill(HERE, [tried()])
    make()
    before = contents(own_folder)
    with pytest.raises(error, match=message) as raised:
        merged()
    assert contents(own_folder) == before
    assert "--store" not in str(raised.value).replace("--store other.db", "")


@pytest.mark.parametrize(("make", "error", "message"), list(UNFIT.values())[:-2], ids=list(UNFIT)[:-2])
def test_an_unfit_store_is_not_made_into_a_new_one(make, error, message, own_folder):
    make()
    before = contents(own_folder)
    with pytest.raises(error, match=message):
        merged()
    assert contents(own_folder) == before


def test_into_a_damaged_store_nothing_is_merged(own_folder):
    fill(HERE, [tried()])
    fill(OTHER, [tried()])
    damage(HERE, "sweeps")
    before = contents(own_folder)
    with pytest.raises(StoreUnusable, match=r"^here\.db: the database is damaged"):
        merged()
    assert contents(own_folder) == before


# An older one, one in use, and an interrupt -------------------------------------------------------------------------


def test_an_older_store_is_merged_as_if_it_had_been_upgraded_and_stays_as_it_is(own_folder):
    old_store(OTHER)
    before = contents(own_folder)
    assert (merged().sweeps, merged().trials_here) == (4, 91)
    assert schema_faults(HERE) == []
    assert contents(own_folder).keys() - {"here.db"} == before.keys()
    assert contents(own_folder)["other.db"] == before["other.db"]


def test_an_older_store_is_upgraded_to_be_merged_into():
    old_store(HERE)
    fill(OTHER, [tried()])
    assert merged().sweeps == 1
    assert schema_faults(HERE) == []
    assert len(rows(HERE, "SELECT * FROM sweeps")) == 5


def test_a_store_that_a_sweep_is_writing_to_is_merged_as_of_now():
    created(OTHER)
    writer = in_process(record_forever, OTHER.absolute())
    try:
        for number in range(1, 4):
            eventually(lambda at_least=5 * number: len(rows(OTHER, "SELECT id FROM trials")) >= at_least)
            merged()
            assert schema_faults(HERE) == []
            assert rows(HERE, "SELECT trial_id FROM timings GROUP BY trial_id HAVING COUNT(*) <> 2") == []
    finally:
        writer.kill()
        writer.join()


@pytest.fixture(scope="module")
def nine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store of nine trials."""
    path = tmp_path_factory.mktemp("nine") / "other.db"
    fill(path, [tried(repeat=repeat) for repeat in range(1, 10)])
    return path


@pytest.mark.parametrize("there", [False, True], ids=["into a new store", "into a store"])
def test_after_an_interrupt_nothing_has_changed(there, nine, own_folder, monkeypatch):
    monkeypatch.setattr(connect, "STEPS_BETWEEN_SIGNALS", 20)
    shutil.copy(nine, OTHER)
    if there:
        fill(HERE, [tried()])
    before = contents(own_folder)
    whole = Asked()
    merge(created(Path("elsewhere.db")) if there else Path("elsewhere.db"), OTHER, whole)
    Path("elsewhere.db").unlink()
    for share in (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1):
        with pytest.raises(RunnerError) as interrupted:
            merge(HERE, OTHER, Asked(max(1, round(-whole.times * share))))
        assert isinstance(interrupted.value, Interrupted)
        assert contents(own_folder) == before, f"after {share:.0%}"
