"""Many workers in one trial: each has its timing in the store, and none is left."""

import pytest
from support.faults import STORE, assert_complete, slow
from support.stores import rows

GRID = "matrix: {{workload: cpu_bound, NUM: 10, workers: {}, mode: {}}}\nrepeats: 1\nwarmup: 0\n"


@pytest.mark.parametrize(
    ("workers", "mode"),
    [
        (500, "threading"),
        pytest.param(100, "multiprocessing, start_method: fork", marks=slow),
        pytest.param(100, "multiprocessing, start_method: forkserver", marks=slow),
        pytest.param(100, "multiprocessing, start_method: spawn", marks=slow),
        pytest.param(2_000, "threading", marks=slow),
    ],
)
def test_all_of_them_are_timed(cli, grid_file, workers, mode):
    result = cli("sweep", "--quiet", "--matrix", grid_file(GRID.format(workers, mode)))
    assert (result.code, result.err) == (0, "")
    assert_complete(2)  # with the baseline
    (timed,) = rows(STORE, "SELECT COUNT(DISTINCT worker) AS workers FROM v_workers WHERE mode <> 'sequential'")
    assert timed["workers"] == workers
