"""kill -9 under load. The benchmark does it 200 times."""

from benchmarks.live_crash import crash
from benchmarks.phones.place import employ, place


def test_no_accepted_fix_is_lost_or_doubled_when_the_service_and_the_database_are_killed():
    with place() as where:
        result = crash(where, employ(where.dsn, 4, 4), kills=2, seed=7)
    assert result.accepted
    assert set(result.stored) == result.accepted
    assert (result.lost, result.doubled) == (0, 0)
