"""Whatever a user gets wrong: the documented exit code, one message that names the place, and nothing is written."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.helpers import Finished
from support.stores import Planned, change, created, damage, fill, foreign_database, outcome

from runner.outcome import Status

BAD_INPUT, STORE_UNUSABLE = 2, 3
CPU = "matrix: {workload: cpu_bound, NUM: 10"
GOOD = CPU + ", workers: 1, mode: sequential}\nrepeats: 1\nwarmup: 0\n"
THOUSAND_DIGITS, TOO_MANY_DIGITS = 10**400, "1" + "0" * 5000

runs_no_trial = pytest.mark.usefixtures("probed_before")

Cli = Callable[..., Finished]


def folder_now() -> dict[str, str]:
    """Return every name below the working directory with its kind, and the hash of a file.

    Leaves out the two files of SQLite's write-ahead log, which a reader creates too.
    """
    names = {}
    for path in sorted(Path().rglob("*")):
        if path.is_symlink():
            names[str(path)] = f"-> {path.readlink()}"
        elif path.is_file() and not path.name.endswith(("-shm", "-wal")):
            names[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir():
            names[str(path)] = "folder"
    return names


def assert_refused(cli: Cli, words: list[str], code: int, *parts: str) -> Finished:
    """Run a command line; check its exit code, that stderr is one message with `parts`, and that no file changed."""
    before = folder_now()
    result = cli(*words)
    assert result.code == code, result
    assert result.out == ""
    for part in parts:
        assert part in result.err
    said = [line for line in result.err.splitlines() if line.startswith(("runner: ", "analysis: ", "Error: "))]
    assert len(said) == 1, result.err
    assert len(result.err) < 2000
    assert folder_now() == before
    return result


@runs_no_trial
class TestAGridFile:
    @pytest.mark.parametrize(
        ("content", "parts"),
        [
            pytest.param("", ["bad.yaml: the file is empty"], id="empty"),
            pytest.param("\n  \n", ["bad.yaml: the file is empty"], id="blank"),
            pytest.param("# nothing yet\n", ["bad.yaml:1: expected keys and values"], id="only a comment"),
            pytest.param(bytes(range(256)), ["bad.yaml:2: not UTF-8 text"], id="binary"),
            pytest.param("a\0b", ["bad.yaml:1: holds a control character"], id="a NUL character"),
            pytest.param(b"# one\nname: caf\xe9\n", ["bad.yaml:2: not UTF-8 text"], id="Latin-1"),
            pytest.param("#" * (256 * 1024 + 1), ["bad.yaml: larger than 256 KiB"], id="a byte too many"),
            pytest.param("- 1\n- 2\n", ["bad.yaml:1: expected keys and values"], id="a list"),
            pytest.param("matrix:\n\tworkload: cpu_bound\n", ["bad.yaml:2: not valid YAML"], id="a tab"),
            pytest.param("matrix: [1,\n", ["bad.yaml:2: not valid YAML"], id="an open bracket"),
            pytest.param("matrix: 1\n---\nmatrix: 2\n", ["bad.yaml:2: not valid YAML"], id="two documents"),
            pytest.param("a: " + "[" * 1000 + "]" * 1000, ["bad.yaml: nested too deeply"], id="deep"),
            pytest.param("matrix: &m\n  workload: *m\n", ["bad.yaml:", "anchors"], id="an anchor within itself"),
            pytest.param(
                "a: &a [x, x, x, x, x, x, x, x, x]\n"
                + "".join(
                    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
                    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
                ),
                ["bad.yaml:", "anchors"],
                id="exploding anchors",
            ),
            pytest.param(
                "matrix: !!python/object/apply:os.system [touch hacked]\n", ["bad.yaml:1: matrix:"], id="a Python tag"
            ),
            pytest.param("matrix: {<<: {NUM: 1}}\n", ["bad.yaml:1: matrix", "matrix.<<: merge keys"], id="a merge key"),
            pytest.param(GOOD + "repeats: 2\n", ["bad.yaml:4: repeats: this key is given twice"], id="a key twice"),
            pytest.param("repeats: 1\n", ["bad.yaml:1: matrix: is required"], id="no matrix"),
            pytest.param("matrix: {NUM: 10}\n", ["bad.yaml:1: matrix.workload: is required"], id="no workload"),
            pytest.param("matrix: {workload: cpu_bound}\n", ["bad.yaml:1: matrix: ", "NUM"], id="no parameter"),
            pytest.param(
                CPU + ", TIME: 1}\n", ["bad.yaml:1: matrix.TIME: ", "cpu_bound"], id="parameter of no workload"
            ),
            pytest.param(
                CPU + ", worker: 2}\n", ["bad.yaml:1: matrix.worker: ", "did you mean 'workers'"], id="unknown axis"
            ),
            pytest.param(GOOD + "repeat: 5\n", ["bad.yaml:4: repeat: ", "did you mean 'repeats'"], id="unknown key"),
            pytest.param(
                GOOD + "until: {precision: 2}\n",
                ["bad.yaml:4: until.precision: expected a share between 0 and 100 %, such as 2% or 0.02, got 2"],
                id="precision without a unit",
            ),
            pytest.param(
                GOOD + "until:\n  budget: 1:30\n",
                ["bad.yaml:5: until.budget: expected a time such as 90s, 10m or 1.5h, got '1:30'"],
                id="budget as on a clock",
            ),
            pytest.param(
                GOOD + "until: {}\n", ["bad.yaml:4: until: expected one or more of precision"], id="until nothing"
            ),
            pytest.param(GOOD + "until:\n", ["bad.yaml:4: until: expected one or more of precision"], id="until"),
            pytest.param(
                GOOD + "until: {budget: }\n",
                ["bad.yaml:4: until.budget: expected a value, got nothing"],
                id="no budget",
            ),
            pytest.param(
                GOOD + "until: {precison: 2%}\n",
                ["bad.yaml:4: until.precison: unknown key; did you mean 'precision'?"],
                id="unknown key of until",
            ),
            pytest.param(
                GOOD + "until: {precision: 2%, blocks: 90}\n",
                ["bad.yaml:4: until.blocks: expected at most 80, after which no precision is judged, got 90"],
                id="more blocks than are judged",
            ),
            pytest.param(
                CPU + ", workers: 1}\nrepeats: 9\nuntil: {budget: 9m, blocks: 8}\n",
                ["bad.yaml:3: until.blocks: expected at least `repeats`, which is 9, and it is 8"],
                id="fewer blocks than repeats",
            ),
            pytest.param(GOOD + "workers: 2\n", ["bad.yaml:4: workers: ", "below 'matrix'"], id="axis at the top"),
            pytest.param(
                "matrix: {workload: cpu_bond, NUM: 10}\n",
                ["bad.yaml:1: matrix.workload: ", "'cpu_bond'", "did you mean 'cpu_bound'"],
                id="unknown workload",
            ),
            pytest.param(
                CPU + ", mode: [thread]}\n",
                ["bad.yaml:1: matrix.mode[0]: ", "'thread'", "did you mean 'threading'"],
                id="unknown mode",
            ),
            pytest.param(
                CPU + ", start_method: froker}\n",
                ["bad.yaml:1: matrix.start_method: ", "'froker'", "did you mean 'forkserver'"],
                id="unknown start method",
            ),
            pytest.param(CPU + ", workers: []}\n", ["bad.yaml:1: matrix.workers: expected a value"], id="empty axis"),
            pytest.param(
                CPU + ", workers: }\n", ["bad.yaml:1: matrix.workers: expected a value"], id="axis of nothing"
            ),
            pytest.param(CPU + ", workers: two}\n", ["bad.yaml:1: matrix.workers: ", "'two'"], id="workers in words"),
            pytest.param(
                CPU + ", workers: [1, 1.5]}\n", ["bad.yaml:1: matrix.workers[1]: ", "1.5"], id="half a worker"
            ),
            pytest.param(CPU + ", workers: true}\n", ["bad.yaml:1: matrix.workers: ", "true"], id="true workers"),
            pytest.param(CPU + ", workers: 0}\n", ["bad.yaml:1: matrix.workers: expected at least 1"], id="no workers"),
            pytest.param(CPU + ", workers: [2, -1]}\n", ["bad.yaml:1: matrix.workers[1]: ", "-1"], id="less than none"),
            pytest.param(CPU + ", workers: 1000000000}\n", ["bad.yaml:1: matrix.workers: "], id="a billion workers"),
            pytest.param(
                CPU + ", workers: 2, calls: 1}\n", ["bad.yaml:1: matrix.calls: "], id="fewer calls than workers"
            ),
            pytest.param(
                f"matrix: {{workload: cpu_bound, NUM: {THOUSAND_DIGITS}}}\n",
                ["bad.yaml:1: matrix.NUM: "],
                id="NUM 10^400",
            ),
            pytest.param(
                f"matrix: {{workload: cpu_bound, NUM: {TOO_MANY_DIGITS}}}\n",
                ["bad.yaml:1: matrix.NUM: "],
                id="NUM 10^5000",
            ),
            pytest.param("matrix: {workload: cpu_bound, NUM: -1}\n", ["bad.yaml:1: matrix.NUM: "], id="NUM -1"),
            pytest.param(
                "matrix: {workload: cpu_bound, NUM: a lot}\n", ["bad.yaml:1: matrix.NUM: "], id="NUM in words"
            ),
            pytest.param("matrix: {workload: io_bound, TIME: .nan}\n", ["bad.yaml:1: matrix.TIME: ", "nan"], id="NaN"),
            pytest.param(
                "matrix: {workload: io_bound, TIME: .inf}\n", ["bad.yaml:1: matrix.TIME: ", "inf"], id="forever"
            ),
            pytest.param("matrix: {workload: io_bound, TIME: -1}\n", ["bad.yaml:1: matrix.TIME: ", "-1"], id="TIME -1"),
            pytest.param(CPU + "}\nrepeats: 0\n", ["bad.yaml:2: repeats: expected at least 1"], id="no repeats"),
            pytest.param(CPU + "}\nwarmup: -1\n", ["bad.yaml:2: warmup: expected at least 0"], id="warmup -1"),
            pytest.param(CPU + "}\ntimeout: 0\n", ["bad.yaml:2: timeout: expected more than 0"], id="no timeout"),
            pytest.param(CPU + "}\ntimeout: .nan\n", ["bad.yaml:2: timeout: "], id="timeout NaN"),
            pytest.param(CPU + "}\nseed: often\n", ["bad.yaml:2: seed: ", "'often'"], id="seed in words"),
            pytest.param(CPU + "}\nname: ../up\n", ["bad.yaml:2: name: ", "'../up'"], id="name with a folder"),
            pytest.param(CPU + "}\nexclude: [{NUM: 10}]\n", ["bad.yaml:2: exclude: every case"], id="all excluded"),
            pytest.param(CPU + "}\nexclude: [{}]\n", ["bad.yaml:2: exclude[0]: "], id="empty rule"),
            pytest.param(
                CPU + "}\nexclude: [{mod: threading}]\n",
                ["bad.yaml:2: exclude[0].mod: ", "'mode'"],
                id="typo in a rule",
            ),
            pytest.param(
                CPU + "}\ninclude: [{workload: io_bound}]\n", ["bad.yaml:2: include[0]: "], id="half an include"
            ),
            pytest.param(
                f"matrix: {{workload: cpu_bound, NUM: {list(range(5000))}, workers: {list(range(1, 500))}}}\n",
                ["bad.yaml:1: matrix: ", "cases"],
                id="millions of cases",
            ),
        ],
    )
    def test_that_is_wrong_is_refused_with_the_line_and_the_key(self, cli, content, parts):
        Path("bad.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
        assert_refused(cli, ["sweep", "--matrix", "bad.yaml"], BAD_INPUT, f"runner: {parts[0]}", *parts[1:])

    def test_with_several_problems_has_all_of_them_listed_at_once(self, cli):
        lines = ["matrix:", "  workload: cpu_bond", "  NUM: -1", "  workers: 0", "repeat: 3", "timeout: soon"]
        Path("bad.yaml").write_text("\n".join(lines), encoding="utf-8")
        for command in ("sweep", "plan"):
            result = assert_refused(cli, [command, "--matrix", "bad.yaml"], BAD_INPUT)
            places = [line.removeprefix("runner: ").split(": ")[:2] for line in result.err.splitlines()]
            assert places == [
                ["bad.yaml:2", "matrix.workload"],
                ["bad.yaml:3", "matrix.NUM"],
                ["bad.yaml:4", "matrix.workers"],
                ["bad.yaml:5", "repeat"],
                ["bad.yaml:6", "timeout"],
            ]

    @pytest.mark.parametrize(
        ("path", "part"),
        [
            pytest.param("grdi.yaml", "there is no such file", id="mistyped"),
            pytest.param("folder", "this is a folder", id="a folder"),
            pytest.param("good.yaml/grid.yaml", "cannot be read", id="below a file"),
            pytest.param("no/grid.yaml", "there is no such file", id="in no folder"),
            pytest.param("x" * 300, "cannot be read", id="a name too long"),
            pytest.param("loop.yaml", "cannot be read", id="a link to itself"),
            pytest.param(
                "/proc/self/mem",
                "cannot be read",
                id="not to be read",
                marks=pytest.mark.skipif(sys.platform != "linux", reason="a file that nobody may read is Linux's"),
            ),
            pytest.param(
                "secret.yaml",
                "cannot be read",
                id="not allowed",
                marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything"),
            ),
            pytest.param("", "", id="no name"),
        ],
    )
    @pytest.mark.parametrize("command", ["sweep", "plan"])
    def test_that_cannot_be_read_is_named(self, cli, grid_file, command, path, part):
        grid_file(GOOD, name="good.yaml")
        Path(grid_file(GOOD, name="secret.yaml")).chmod(0)
        Path("folder").mkdir()
        Path("loop.yaml").symlink_to("loop.yaml")
        Path("secret.yaml").chmod(0o000 if path == "secret.yaml" else 0o600)
        assert_refused(cli, [command, "--matrix", path], BAD_INPUT, f"runner: {path}: {part}" if path else "runner: ")

    def test_that_the_runner_starts_from_is_not_written_when_its_name_is_not_utf8(self, cli):
        assert_refused(cli, ["init", os.fsdecode(b"gr\xefd.yaml")], BAD_INPUT, "cannot be written")


def test_a_grid_file_whose_name_is_not_utf8_is_run_all_the_same(cli):
    name = os.fsdecode(b"gr\xefd.yaml")
    Path(name).write_text(GOOD, encoding="utf-8")
    assert cli("sweep", "--matrix", name).code == 0


STORES: dict[str, tuple[str, str]] = {
    "a folder": ("folder", "this is a folder"),
    "in no folder": ("no/such/runs.db", ""),
    "a text file": ("notes.txt", "not a database"),
    "somebody else's database": ("albums.db", "not a runner's store"),
    "of a newer schema": ("newer.db", "9999"),
    "without a known schema": ("unknown.db", ""),
    "a device": ("/dev/null", "not a regular file"),
    "a name too long": ("x" * 300, ""),
    "below a file": ("notes.txt/runs.db", ""),
    "of a user there is not": ("~nobody-of-that-name/runs.db", ""),
    "another database's URL": ("postgresql://host/runs", "postgresql"),
    "half a URL": ("sqlite://runs.db", "sqlite:///"),
    "a URL without a path": ("sqlite:///", ""),
}


@pytest.fixture(scope="module")
def bad_stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bad_stores")
    (made / "grid.yaml").write_text(GOOD, encoding="utf-8")
    (made / "folder").mkdir()
    (made / "notes.txt").write_text("No database, although it is long enough to be one.\n" * 100, encoding="utf-8")
    (made / "empty.db").touch()
    foreign_database(made / "albums.db")
    for name, version in (("newer.db", "9999"), ("unknown.db", "abcd")):
        change(created(made / name), f"UPDATE runner_schema SET version_num = '{version}'")
    fill(made / "damaged.db")
    shutil.copy(made / "damaged.db", made / "short.db")
    damage(made / "damaged.db", "sweeps")
    with (made / "short.db").open("r+b") as file:
        file.truncate(9000)
    return made


@runs_no_trial
class TestAStore:
    @pytest.fixture(autouse=True)
    def stores(self, bad_stores: Path, own_folder: Path) -> None:
        shutil.copytree(bad_stores, own_folder, dirs_exist_ok=True)

    @pytest.mark.parametrize("kind", STORES)
    @pytest.mark.parametrize("words", [["sweep", "--matrix", "grid.yaml"], ["list"]], ids=["sweep", "list"])
    def test_that_cannot_be_used_is_named_and_left_alone(self, cli, kind, words):
        store, part = STORES[kind]
        assert_refused(cli, [*words, "--store", store], STORE_UNUSABLE, f"runner: {store}: ", part)

    @pytest.mark.parametrize(
        "words",
        [
            ["sweep", "--matrix", "grid.yaml", "--resume"],
            ["plan", "--matrix", "grid.yaml"],
            ["resume"],
            ["show", "1"],
            ["query", "SELECT 1"],
            ["store", "upgrade"],
            ["export"],
            ["tag", "1", "paper"],
            ["delete", "1", "--yes"],
            ["store", "check"],
            ["store", "backup"],
        ],
        ids=" ".join,
    )
    @pytest.mark.parametrize("kind", ["of a newer schema", "a text file"])
    def test_is_refused_by_every_command(self, cli, words, kind):
        store, part = STORES[kind]
        assert_refused(cli, [*words, "--store", store], STORE_UNUSABLE, f"runner: {store}: ", part)

    @pytest.mark.parametrize("kind", STORES)
    @pytest.mark.parametrize("there", [False, True], ids=["into a new store", "into a store"])
    def test_that_cannot_be_used_is_not_merged(self, cli, kind, there):
        store, part = STORES[kind]
        if there:
            created(Path("target.db"))
        assert_refused(
            cli, ["store", "merge", store, "--store", "target.db"], STORE_UNUSABLE, f"runner: {store}: ", part
        )

    @pytest.mark.parametrize("kind", STORES)
    def test_that_cannot_be_used_is_nothing_to_merge_into(self, cli, kind):
        store, part = STORES[kind]
        fill(Path("good.db"))
        assert_refused(cli, ["store", "merge", "good.db", "--store", store], STORE_UNUSABLE, f"runner: {store}: ", part)

    def test_of_a_newer_schema_is_not_called_out_of_date(self, cli):
        result = assert_refused(
            cli, ["list", "--store", "newer.db"], STORE_UNUSABLE, "newer runner", "Upgrade the runner"
        )
        assert "out of date" not in result.err

    def test_named_in_the_environment_is_checked_likewise(self, cli, monkeypatch):
        monkeypatch.setenv("RUNNER_STORE", "albums.db")
        assert_refused(cli, ["sweep", "--matrix", "grid.yaml"], STORE_UNUSABLE, "runner: albums.db: ")

    @pytest.mark.parametrize("words", [["list"], ["show", "1"], ["query", "SELECT * FROM sweeps"]], ids=" ".join)
    def test_that_is_an_empty_file_has_nothing_to_read(self, cli, words):
        assert_refused(cli, [*words, "--store", "empty.db"], STORE_UNUSABLE, "runner: empty.db: ", "empty")

    @pytest.mark.parametrize(
        "words", [["list"], ["show", "1"], ["query", "SELECT * FROM sweeps"], ["resume"]], ids=" ".join
    )
    def test_that_is_damaged_is_said_to_be(self, cli, words):
        assert_refused(cli, [*words, "--store", "damaged.db"], STORE_UNUSABLE, "runner: damaged.db: ", "damaged")

    def test_that_was_cut_off_is_said_to_be_damaged(self, cli):
        assert_refused(cli, ["list", "--store", "short.db"], STORE_UNUSABLE, "runner: short.db: ", "damaged")


@pytest.fixture(scope="module")
def good_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good_store") / "runs.db"
    ok, interrupted = Planned(outcome=outcome()), Planned(outcome=outcome(Status.INTERRUPTED), repeat=2)
    fill(path, [ok], name="first")
    fill(path, [ok, interrupted], name="second")
    change(path, "INSERT INTO tags VALUES (1, 'paper')")
    return path


class TestArguments:
    @pytest.fixture(autouse=True)
    def around(self, good_store: Path, own_folder: Path, grid_file: Callable[..., str]) -> None:
        shutil.copy(good_store, own_folder)
        grid_file(GOOD)
        Path("folder").mkdir()
        Path("empty.yaml").touch()
        Path("dangling.yaml").symlink_to("elsewhere.yaml")
        Path("loop").symlink_to("loop")

    @pytest.mark.parametrize(
        ("words", "part"),
        [
            (["swep"], "swep"),
            (["store", "upgrad"], "upgrad"),
            (["sweep", "--matrix"], "--matrix"),
            (["sweep", "grid.yaml"], "such as workers=1,2,4; a grid file is named by --matrix"),
            (["sweep", "--matrix", "grid.yaml", "--repeat", "3"], "--repeat"),
            (["list", "--frob"], "--frob"),
            (["show", "1", "--trial", "first"], "--trial"),
            (["show", "1", "--trial", "7"], "runs.db: sweep 1 has no trial 7. Its trials are among 1 to 1."),
            (["show", "1", "--trial", "2"], "runs.db: sweep 1 has no trial 2. Its trials are among 1 to 1."),
            (["show", "2", "--trial", "4"], "runs.db: sweep 2 has no trial 4. Its trials are among 2 to 3."),
            (["show", "1", "--trial", "0"], "runs.db: sweep 1 has no trial 0."),
            (["show", "1", "--trial", "-1"], "runs.db: sweep 1 has no trial -1."),
            (["show", "1", "--trial", "9" * 30], f"runs.db: sweep 1 has no trial {'9' * 30}."),
            (["show", "3"], "runs.db: there is no sweep 3. `runner list` shows the 2 there are."),
            (["show", "0"], "there is no sweep 0"),
            (["show", "9" * 30], f"there is no sweep {'9' * 30}"),
            (["show", "fisrt"], "there is no sweep fisrt; did you mean first? `runner list` shows the 2 there are."),
            (["show", "papre"], "there is no sweep papre; did you mean paper?"),
            (["show", os.fsdecode(b"\xff")], "there is no sweep"),
            (["show", ""], "there is no sweep"),
            (["resume", "3"], "there is no sweep 3"),
            (["resume", "fisrt"], "there is no sweep fisrt"),
            (["query"], "SQL"),
            (["query", ""], "empty"),
            (["query", "SELEC 1"], "SELEC"),
            (["query", "SELECT * FROM v_trial"], "v_trials"),
            (["query", "SELECT wall FROM v_trials"], "no such column: wall"),
            (["query", "SELECT 1; DELETE FROM trials"], "one statement"),
            (["query", "SELECT 1", "--format", "xml"], "--format xml: expected table, csv, json, markdown"),
            (["query", "SELECT ?"], ""),
            (["query", "SELECT abs(-9223372036854775808)"], "integer overflow"),
            (["query", os.fsdecode(b"SELECT '\xff'")], ""),
            (["export", "3"], "there is no sweep 3"),
            (["export", "1", "fisrt"], "there is no sweep fisrt"),
            (["export", "--what", "cases"], "--what cases: expected trials, workers, calls"),
            (["export", "--format", "xml"], "--format xml: expected csv, jsonl, parquet"),
            (
                ["export", "-o", "x.xlsx"],
                "x.xlsx: what format is that? Expected a name that ends in .csv, .jsonl or .parquet, or --format.",
            ),
            (["export", "-o", "rows.cvs"], "rows.cvs: what format is that?"),
            (["export", "--what", "trails"], "--what trails: expected trials, workers, calls; did you mean trials?"),
            (["export", "--format", "parkett"], "expected csv, jsonl, parquet; did you mean parquet?"),
            (["query", "SELECT 1", "--format", "Markdwn"], "json, markdown; did you mean markdown?"),
            (
                ["resume", "--retry", "ok,fialed"],
                "--retry ok,fialed: expected one or more of failed, crashed, timeout, with commas between them.",
            ),
            (
                ["resume", "--retry", "crashed,fialed"],
                "failed, crashed, timeout, with commas between them; did you mean failed?",
            ),
            (["export", "--format", "parquet"], "name a file with --output"),
            (["export", "--output", "grid.yaml"], "grid.yaml: this file exists already"),
            (["export", "--output", "runs.db"], "runs.db: this file exists already"),
            (["export", "--output", "folder"], "folder: this file exists already"),
            (["export", "--output", "no/such/folder.csv"], "no/such/folder.csv: cannot be written"),
            (["export", "--output", "grid.yaml/below.csv"], "grid.yaml/below.csv: cannot be written"),
            (["export", "--output", "x" * 300], "cannot be written"),
            (["export", "--output", "no/such/folder.parquet"], "no/such/folder.parquet: cannot be written"),
            (["tag"], "SWEEP"),
            (["tag", "3", "paper"], "there is no sweep 3"),
            (["tag", "1", "two words"], "tag 'two words': expected up to 64 letters, digits"),
            (["tag", "1", ""], "tag '': expected"),
            (["tag", "1", "x" * 65], "expected up to 64"),
            (["tag", "1", "one\n"], "expected up to 64"),
            (["tag", "1", os.fsdecode(b"\xff")], "expected up to 64"),
            (["tag", "1", "good", "--remove", "a,b"], "tag 'a,b': expected"),
            (["tag", "1", "both", "--remove", "both"], "tag 'both': given both to be added and to be removed"),
            (["tag", "1", "--note"], "--note"),
            (["delete"], "SWEEP"),
            (["delete", "3", "--yes"], "there is no sweep 3"),
            (["delete", "1"], "Use --yes"),
            (["store", "merge"], "OTHER"),
            (["store", "merge", "runs.db"], "runs.db: this is the very store to merge into"),
            (["store", "merge", "./folder/../runs.db"], "this is the very store to merge into"),
            (["init"], "grid.yaml: this exists already"),
            (["init", "empty.yaml"], "empty.yaml: this exists already"),
            (["init", "dangling.yaml"], "dangling.yaml: this exists already"),
            (["init", "folder"], "folder: this exists already"),
            (["init", "no/such/folder.yaml"], "no/such/folder.yaml: cannot be written"),
            (["init", "grid.yaml/below.yaml"], "grid.yaml/below.yaml: cannot be written"),
            (["init", "x" * 300], "cannot be written"),
            (["store", "backup", "runs.db"], "runs.db: this file exists already"),
            (["store", "backup", "empty.yaml"], "empty.yaml: this file exists already"),
            (["store", "backup", "folder"], "folder: this file exists already"),
            (["store", "backup", "dangling.yaml"], "dangling.yaml: this file exists already"),
            (["store", "backup", "loop"], "loop: this file exists already"),
            (["store", "backup", "~nobody-of-that-name/x.db"], "whose home folder is that?"),
        ],
        ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else None,
    )
    def test_that_are_wrong_are_refused_and_named(self, cli, words, part):
        assert_refused(cli, words, BAD_INPUT, part)

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO hosts DEFAULT VALUES",
            "UPDATE trials SET status = 'ok'",
            "DELETE FROM trials",
            "WITH every AS (SELECT id FROM trials) DELETE FROM trials WHERE id IN every",
            "DROP VIEW v_trials",
            "CREATE TABLE mine (x)",
            "CREATE TEMP TABLE mine (x)",
            "ATTACH 'other.db' AS other",
            "VACUUM",
            "VACUUM INTO 'copy.db'",
            "PRAGMA query_only = OFF",
            "PRAGMA user_version = 7",
            "PRAGMA journal_mode = DELETE",
            "BEGIN IMMEDIATE",
            "REINDEX",
        ],
    )
    def test_of_a_query_that_would_write_are_refused(self, cli, sql):
        expected = "runner: The query would write. Queries are read-only: use SELECT.\n"
        assert_refused(cli, ["query", sql], BAD_INPUT, expected)

    @pytest.mark.parametrize("words", [[], ["store"]], ids=["runner", "runner store"])
    def test_that_are_all_missing_get_the_help(self, cli, words):
        before = folder_now()
        result = cli(*words)
        assert result.code == BAD_INPUT
        assert "Usage: runner" in result.out + result.err
        assert folder_now() == before
