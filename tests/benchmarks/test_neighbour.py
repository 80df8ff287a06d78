"""What a trial feels of its neighbours, laid out."""

from support.fakes import HOST

from benchmarks.neighbour import FULL, SMOKE, Seen, neighbour, table, told
from runner.outcome import Outcome, Status, Surroundings


def test_a_trial_tells_how_long_it_took_what_others_used_and_whether_it_was_flagged():
    around = Surroundings(others_cpu_ns=500_000_000)
    outcome = Outcome(
        status=Status.OK,
        started_at="now",
        elapsed_ns=10**9,
        host=HOST,
        start_ns=0,
        end_ns=9 * 10**8,
        surroundings=around,
    )
    assert told(outcome, workers=2) == Seen(9 * 10**8, 0.25, flagged=True)


def test_each_median_stands_beside_that_without_a_neighbour():
    quiet = [Seen(wall_ns, 0.0, flagged=False) for wall_ns in (90, 100, 130)]
    beside = [Seen(wall_ns, 0.4, flagged=True) for wall_ns in (150, 120, 110)]
    (_, shares, recorded, times, flagged) = table({(2, 0.0): quiet, (2, 1.0): beside}, [(2, 0.0), (2, 1.0)]).columns
    assert list(shares.cells) == ["0% of a CPU", "100% of a CPU"]
    assert list(recorded.cells) == ["0%", "40%"]
    assert list(times.cells) == ["1.000 ×", "1.200 ×"]
    assert list(flagged.cells) == ["0 of 3", "3 of 3"]


def test_a_neighbour_of_nothing_is_none():
    assert FULL.shares[0] == SMOKE.shares[0] == 0
    with neighbour(0.0) as nobody:
        assert nobody is None
