import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import ExitCode, StoreUnusable
from runner.store.lock import only_sweep

STORE = Path("runs.db")
HOLD = """
import sys, time
from pathlib import Path
from runner.store.lock import only_sweep
with only_sweep(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_sweep_is_told_whose_the_first_is():
    message = f"process {os.getpid()} is running"
    with only_sweep(STORE), pytest.raises(StoreUnusable, match=message) as refusal, only_sweep(STORE):
        pass
    assert refusal.value.exit_code == ExitCode.STORE_UNUSABLE


def test_the_lock_is_beside_the_file_that_links_lead_to():
    Path("folder").mkdir()
    Path("folder/link.db").symlink_to("../link.db")
    Path("link.db").symlink_to(STORE)
    with only_sweep(Path("folder/link.db")):
        assert {path.name for path in Path().rglob("*.lock")} == {"runs.db.lock"}
        with pytest.raises(StoreUnusable, match="is running"), only_sweep(STORE):
            pass


def test_nothing_is_left_and_the_next_may_begin():
    for _ in range(2):
        with only_sweep(STORE):
            assert Path("runs.db.lock").exists()
        assert not Path("runs.db.lock").exists()


def test_the_lock_of_a_dead_sweep_is_free():
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(STORE)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreUnusable, match=f"process {holder.pid} "), only_sweep(STORE):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with only_sweep(STORE):
        assert Path("runs.db.lock").read_text() == str(os.getpid())
