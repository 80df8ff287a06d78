"""`--json`: every field has one name in all commands, arguments are objects, and what is true or false is a boolean."""

import json
from pathlib import Path

import pytest
from support.stores import BASELINE, THREADS, Planned, contents, damage, fill, outcome, rows, timing

STORE = Path("runs.db")
OF_A_SWEEP = {"stopped", "precision_reached", "sweep_id", "sweep", "started_at", "ended_at", "complete", "tags", "note"}
GRID = "name: study\nmatrix: {workload: cpu_bound, NUM: 10, workers: 2, mode: threading, barrier: true}\n"


@pytest.fixture(autouse=True)
def store(own_folder):
    ok = outcome(timings=[timing(0), timing(1)], wall_ns=10**9)
    fill(STORE, [Planned(case=one, outcome=ok) for one in (BASELINE, THREADS)], name="study", warmup=1)
    return STORE


def test_a_sweep_is_described_alike_by_every_command(cli):
    cli("tag", "1", "paper", "--note", "fan off")
    (listed,), shown, tagged = (cli(*words, "--json").json for words in (["list"], ["show", "paper"], ["tag", "1"]))
    assert set(tagged) == OF_A_SWEEP
    assert tagged == {name: listed[name] for name in tagged} == {name: shown[name] for name in tagged}
    assert (shown["sweep_id"], shown["sweep"], shown["complete"]) == (1, "study", False)
    assert (shown["tags"], shown["note"]) == (["paper"], "fan off")
    assert set(shown) == OF_A_SWEEP | {"store", "answer", "cases", "left_out"}
    assert set(listed) == OF_A_SWEEP | {"case_count", "planned", "done", "failures", "running"}


def test_a_case_and_a_trial_have_the_names_of_the_views_with_objects_and_booleans(cli):
    (first, *_) = cli("show", "1", "--json").json["cases"]
    trial = cli("show", "1", "--trial", "1", "--json").json
    (queried, *_) = cli("query", "SELECT * FROM v_trials", "--json").json
    exported = json.loads(cli("export", "--json").out.splitlines()[0])
    assert set(first) - {"speedup", "efficiency", "pairs"} == set(rows(STORE, "SELECT * FROM v_cases")[0])
    assert queried == exported == {name: trial[name] for name in queried}
    for row in (first, trial):
        assert (row["params"], row["env"], row["barrier"]) == ({"NUM": 10}, {}, False)
    assert trial["warmup"] is False
    assert {call["gil_begin"] for call in trial["timings"]} <= {True, False, None}


def test_a_plan_has_the_same_names(cli, grid_file, probed_before):
    planned = cli("plan", "--matrix", grid_file(GRID), "--json").json
    (_, shown) = cli("show", "1", "--json").json["cases"]
    first = planned["cases"][0]
    assert (planned["sweep"], planned["done"]) == ("study", 0)
    assert (first["params"], first["env"], first["barrier"]) == ({"NUM": 10}, {}, True)
    assert set(first) - {"key", "gil"} <= set(shown)


def test_a_query_has_a_boolean_only_where_the_schema_has_one(cli):
    sql = "SELECT t.warmup, s.warmup, 1 AS barrier, 'x' AS params FROM trials AS t JOIN sweeps AS s LIMIT 1"
    (row,) = cli("query", sql, "--json").json
    assert row == {"warmup": False, "warmup:1": 1, "barrier": 1, "params": "x"}
    assert row["warmup"] is False
    assert row["warmup:1"] is not True
    assert cli("query", sql, "--format", "csv").out.splitlines()[1] == "0,1,1,x"


def test_an_export_to_a_file_tells_what_it_wrote(cli):
    answer = cli("export", "--what", "calls", "-o", "calls.jsonl", "--json").json
    assert answer == {"store": "runs.db", "output": "calls.jsonl", "format": "jsonl", "what": "calls"}
    assert len(Path("calls.jsonl").read_text(encoding="utf-8").splitlines()) == 4


def test_the_commands_of_the_store_answer(cli, own_folder):
    assert cli("store", "check", "--json").json == {"store": "runs.db", "sound": True, "problems": []}
    assert cli("store", "backup", "other.db", "--json").json == {"store": "runs.db", "copy": "other.db"}
    schema = cli("store", "upgrade", "--json").json
    assert schema == {"store": "runs.db", "schema": rows(STORE, "SELECT version_num AS v FROM runner_schema")[0]["v"]}
    merged = cli("store", "merge", "other.db", "--json").json
    assert (merged["store"], merged["other"], merged["trials"], merged["trials_here"]) == ("runs.db", "other.db", 0, 2)


def test_a_check_that_finds_damage_says_so_and_ends_with_its_exit_code(cli, own_folder):
    damage(STORE, "timings")
    before = contents(own_folder)
    result = cli("store", "check", "--json")
    assert (result.code, result.err, result.json["sound"]) == (3, "", False)
    assert "malformed" in result.json["problems"][0]
    assert contents(own_folder) == before
