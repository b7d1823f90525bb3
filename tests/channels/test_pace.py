import itertools

from hypothesis import given
from hypothesis import strategies as st

from channels.pace import KEYS_KEPT, Pace, PaceByKey


def test_places_are_spread_evenly():
    pace = Pace(per_second=10)
    waits = [pace.take(100.0) for _ in range(4)]
    assert [round(wait, 6) for wait in waits] == [0, 0.1, 0.2, 0.3]


def test_a_rest_earns_no_burst():
    pace = Pace(per_second=10)
    pace.take(100.0)
    assert pace.take(500.0) == 0
    assert round(pace.take(500.0), 6) == 0.1


def test_burst_lets_the_first_replies_go_together():
    pace = Pace(per_second=5, burst=3)
    assert [round(pace.take(0.0), 6) for _ in range(4)] == [0, 0, 0, 0.2]


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 50))
def test_never_more_than_the_rate_in_any_window(gaps, rate):
    pace, at, gone = Pace(per_second=rate), 0.0, []
    for gap in gaps:
        at += gap
        gone.append(at + pace.take(at))
    gone.sort()
    assert all(later - earlier >= 1 / rate - 1e-6 for earlier, later in itertools.pairwise(gone))


def test_keys_are_forgotten_once_they_may_go_again():
    paces = PaceByKey(per_second=1)
    for key in range(KEYS_KEPT + 1):
        paces[key].take(0.0)
    paces["new"].take(10.0)
    paces.forget(10.0)
    assert list(paces._paces) == ["new"]
