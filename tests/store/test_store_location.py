import os
from pathlib import Path

import pytest
from support.stores import as_ordinary_user, contents, created, folder_for_everyone, foreign_database, open_and_begin

from runner.errors import ExitCode, StoreUnusable
from runner.store import location
from runner.store.location import command, existing, file_system, resolve, whole, writable
from runner.store.read import Reader
from runner.store.schema import bring_up_to_date


@pytest.fixture
def public_folder():
    with folder_for_everyone() as folder:
        yield folder


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("runs.db", "runs.db"),
        ("some/where/runs.db", "some/where/runs.db"),
        ("/data/runs.db", "/data/runs.db"),
        ("sqlite:///runs.db", "runs.db"),
        ("sqlite:///some/where/runs.db", "some/where/runs.db"),
        ("sqlite:////data/runs.db", "/data/runs.db"),
        ("sqlite:///two%20words.db", "two words.db"),
        ("sqlite:///runs.db?timeout=5", "runs.db"),
    ],
)
def test_a_path_and_a_url_name_the_same_file(typed, path):
    assert resolve(typed) == Path(path)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve("~/runs.db") == tmp_path / "runs.db"


@pytest.mark.parametrize("typed", ["link.db", "sqlite:///link.db", "folder/link-to-link.db"])
def test_a_link_names_the_file_that_it_leads_to_even_before_there_is_one(typed, own_folder):
    (own_folder / "folder").mkdir()
    (own_folder / "folder/link-to-link.db").symlink_to("../link.db")
    (own_folder / "link.db").symlink_to("runs.db")
    assert resolve(typed) == own_folder.resolve() / "runs.db"


def test_a_file_with_two_names_is_refused_until_one_is_removed():
    os.link(created(Path("runs.db")), "hard-link.db")
    for name in ("runs.db", "hard-link.db"):
        with pytest.raises(StoreUnusable, match=rf"^{name}: this file has 2 names \(hard links\).*Remove the others"):
            resolve(name)
    Path("hard-link.db").unlink()
    assert resolve("runs.db") == Path("runs.db")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("postgresql://lab/results", "postgresql is not supported"),
        ("postgresql+psycopg://me:secret@lab:5432/results", "is not supported"),
        ("mysql://lab/results", "mysql is not supported"),
        ("sqlite://", "sqlite:///relative.db or sqlite:////absolute.db"),
        ("sqlite:///", "sqlite:///relative.db or sqlite:////absolute.db"),
        ("sqlite://runs.db", "sqlite:///relative.db or sqlite:////absolute.db"),
        (".", "this is a folder"),
        ("", "this is a folder"),
        ("sqlite:///.", "this is a folder"),
        ("/dev/null", "not a regular file"),
        ("sqlite:////dev/null", "not a regular file"),
        ("a-pipe", "not a regular file"),
        ("x" * 5000, "cannot be used"),
    ],
)
def test_what_cannot_be_a_store_is_refused_with_the_reason(typed, told):
    os.mkfifo("a-pipe")
    with pytest.raises(StoreUnusable, match=r"^.*: ") as refusal:
        resolve(typed)
    assert told in str(refusal.value)
    assert refusal.value.exit_code == ExitCode.STORE_UNUSABLE == 3


@pytest.mark.parametrize("typed", ["~no-such-user-here/runs.db", "sqlite:///no%00such.db", "links-in-a-circle"])
def test_a_name_that_no_file_can_have_is_refused(typed, own_folder):
    (own_folder / "links-in-a-circle").symlink_to("links-in-a-circle")
    with pytest.raises(StoreUnusable):
        bring_up_to_date(writable(resolve(typed)))


@pytest.mark.parametrize(
    "name", ["two words.db", "100%.db", "what?.db", "#1.db", "a&b=c.db", "résumé.db", "-q", ":memory:", "file:runs.db"]
)
def test_a_store_can_have_any_name_that_a_file_can(name, own_folder):
    created(own_folder / name)
    assert number_of_sweeps(name) == 1
    assert list(contents(own_folder)) == [name]


def test_a_store_can_have_a_name_that_is_not_utf_8(own_folder):
    name = os.fsdecode(b"caf\xe9.db")
    try:
        (own_folder / name).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert number_of_sweeps(name) == 1
    assert list(contents(own_folder)) == [name]


def number_of_sweeps(name):
    """Return how many sweeps there are once a new one has begun."""
    open_and_begin(writable(resolve(name)))
    with Reader(resolve(name)) as reader:
        return len(reader.sweeps())


def test_where_there_is_no_store_reading_names_the_command_that_makes_one():
    with pytest.raises(StoreUnusable, match=r"^runs\.db: there is no store yet; `runner sweep"):
        existing(Path("runs.db"))


@pytest.mark.parametrize(
    ("variable", "path", "words"),
    [
        (None, "runs.db", ""),
        ("runs.db", "runs.db", ""),
        (None, "my lab.db", " --store 'my lab.db'"),
        ("lab.db", "lab.db", " --store lab.db"),
        ("lab.db", "runs.db", " --store runs.db"),
    ],
)
def test_a_command_that_a_message_names_uses_the_store_that_the_message_is_about(monkeypatch, variable, path, words):
    if variable:
        monkeypatch.setenv("RUNNER_STORE", variable)
    assert command(Path(path), "list") == f"runner list{words}"
    with pytest.raises(StoreUnusable) as refusal:
        existing(Path(path))
    assert str(refusal.value).endswith(f"`runner sweep --matrix grid.yaml{words}` makes one.")


def test_a_folder_that_is_gone_is_no_place_for_a_store(own_folder):
    own_folder.rmdir()
    with pytest.raises(StoreUnusable, match=r"^runs\.db: "):
        resolve("runs.db")


def test_a_missing_folder_is_named():
    with pytest.raises(StoreUnusable, match="there is no folder no/such; make it first"):
        writable(Path("no/such/runs.db"))


def test_a_file_is_not_taken_for_a_folder():
    Path("file").touch()
    with pytest.raises(StoreUnusable, match="there is no folder file"):
        writable(Path("file/runs.db"))


@pytest.mark.parametrize("closed", ["folder", "store"])
def test_a_place_without_permission_to_write_is_refused(closed, public_folder):
    path = created(public_folder / "runs.db")
    public_folder.chmod(0o555 if closed == "folder" else 0o777)
    path.chmod(0o444 if closed == "store" else 0o666)
    with pytest.raises(StoreUnusable, match="you may not write here; name another place"):
        as_ordinary_user(writable, path)


def test_a_place_that_may_not_even_be_looked_into_is_refused(public_folder):
    public_folder.chmod(0o600)
    with pytest.raises(StoreUnusable):
        as_ordinary_user(lambda: existing(resolve(str(public_folder / "runs.db"))))


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph", "virtiofs"])
def test_a_network_file_system_is_refused_and_postgresql_named(kind, monkeypatch):
    monkeypatch.setattr(location, "file_system", lambda folder: kind)
    with pytest.raises(StoreUnusable, match=rf"network file system \({kind}\).*local disk.*PostgreSQL"):
        writable(Path("runs.db"))


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuse.ntfs-3g", None])
def test_a_local_or_unknown_file_system_is_fine(kind, monkeypatch):
    monkeypatch.setattr(location, "file_system", lambda folder: kind)
    assert writable(Path("runs.db")) == Path("runs.db")


def test_a_link_to_a_network_file_system_is_refused(own_folder, monkeypatch):
    share = own_folder / "share"
    share.mkdir()
    (own_folder / "runs.db").symlink_to(share / "runs.db")
    monkeypatch.setattr(location, "file_system", lambda folder: "nfs" if folder.resolve() == share else "ext4")
    with pytest.raises(StoreUnusable, match="network file system"):
        writable(Path("runs.db"))


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/srv", "ext4"),
        ("/srv/data", "nfs4"),
        ("/srv/data/deep/er", "nfs4"),
        ("/srv/data2", "ext4"),
        ("/srv/data/local", "xfs"),
        ("/srv/data/local/deep", "xfs"),
        ("/srv/two words", "cifs"),
        ("/srv/a\ttab", "cifs"),
        ("/srv/twice", "nfs"),
    ],
)
def test_the_innermost_and_newest_mount_tells_the_file_system(folder, kind, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw,relatime 0 0\n"
        "server:/export /srv/data nfs4 rw,vers=4.2 0 0\n"
        "/dev/vdb /srv/data/local xfs rw 0 0\n"
        "//server/share /srv/two\\040words cifs rw 0 0\n"
        "//server/share /srv/a\\011tab cifs rw 0 0\n"
        "/dev/vdc /srv/twice ext4 rw 0 0\n"
        "server:/twice /srv/twice nfs rw 0 0\n"
    )
    assert file_system(Path(folder), mounts) == kind


def test_a_link_is_followed_to_its_file_system(tmp_path):
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/export {tmp_path.resolve() / 'share'} nfs rw 0 0\n")
    assert file_system(tmp_path / "link", mounts) == "nfs"


def test_without_a_list_of_mounts_the_file_system_is_not_known(tmp_path):
    assert file_system(tmp_path, tmp_path / "no-such-file") is None


def test_a_new_file_is_there_when_it_is_whole(own_folder):
    with whole(Path("rows.csv")) as part:
        part.write_text("all of it", encoding="utf-8")
        assert not Path("rows.csv").exists()
    assert Path("rows.csv").read_text(encoding="utf-8") == "all of it"
    assert sorted(contents(own_folder)) == ["rows.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_of_a_new_file_that_was_not_finished_nothing_is_left(error, own_folder):
    def stopped(part):
        part.write_text("half of", encoding="utf-8")
        raise error

    with pytest.raises(error), whole(Path("rows.csv")) as part:
        stopped(part)
    assert contents(own_folder) == {}


def test_the_command_line_ends_with_3_when_the_store_cannot_be_used(cli, own_folder):
    foreign_database(own_folder / "music.db")
    for store in ("music.db", "postgresql://lab/results"):
        result = cli("list", "--store", store)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(f"runner: {store}: ")
