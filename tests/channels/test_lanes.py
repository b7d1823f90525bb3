"""One clock for all that send on a lane, and the gate for replies."""

import asyncio
from datetime import timedelta

import pytest

from channels import lanes
from channels.gate import PLACE_S, SHORT_REST, ReplyGate, Resting, Turns
from channels.pace import Pace


def test_a_hold_is_seen_by_everyone_until_it_is_over(home, clock):
    until = clock() + timedelta(seconds=30)
    home.db.write(lambda s: lanes.hold(s, "telegram:main", until))
    with home.db.read() as session:
        assert lanes.held_until(session, "telegram:main", clock()) == until
        assert lanes.held_until(session, "telegram:main", until) is None
        assert lanes.held_until(session, "zalo:main", clock()) is None


def test_a_shorter_hold_does_not_end_a_longer_one(home, clock):
    longer = clock() + timedelta(seconds=60)
    home.db.write(lambda s: lanes.hold(s, "telegram:main", longer))
    home.db.write(lambda s: lanes.hold(s, "telegram:main", clock() + timedelta(seconds=5)))
    with home.db.read() as session:
        assert lanes.held_until(session, "telegram:main", clock()) == longer


async def test_replies_go_three_at_once_then_five_a_second(home, ticks):
    slept = []

    async def sleep(seconds):
        slept.append(round(seconds, 6))
        ticks.at += seconds

    gate = ReplyGate(home, "telegram:main", 5, 3, sleep=sleep, ticks=ticks)
    for _ in range(5):
        async with gate:
            pass
    assert [seconds for seconds in slept if seconds] == [0.2, 0.2]


@pytest.fixture
def gate(home, clock, ticks):
    """A gate whose sleeps move both clocks at once."""

    async def sleep(seconds):
        gate.slept.append(seconds)
        clock.advance(timedelta(seconds=seconds))
        ticks.at += seconds

    gate = ReplyGate(home, "telegram:main", 5, 3, sleep=sleep, ticks=ticks)
    gate.slept = []
    return gate


async def test_a_flood_met_by_a_reply_holds_bulk_and_replies(home, clock, gate):
    await gate.hold(clock() + timedelta(seconds=7))
    with home.db.read() as session:
        assert lanes.held_until(session, "telegram:main", clock()) == clock() + timedelta(seconds=7)
    async with gate:
        assert [seconds for seconds in gate.slept if seconds] == [7]


async def test_a_night_that_holds_the_campaign_holds_no_reply(home, clock, gate):
    home.db.write(lambda s: lanes.hold(s, "telegram:main", clock() + timedelta(hours=8), replies=False))
    async with gate:
        assert not any(gate.slept)


async def test_a_long_rest_is_told_and_not_slept_through(clock, gate):
    until = clock() + SHORT_REST + timedelta(seconds=1)
    await gate.hold(until)
    with pytest.raises(Resting) as told:
        async with gate:
            pass
    assert (told.value.until, gate.slept) == (until, [])


async def test_no_second_holds_more_arrivals_than_there_are_places_however_the_line_stalls():
    """Requests leave evenly; the line keeps them back for 0.3 s and lets them go together."""
    loop, arrived = asyncio.get_running_loop(), []
    turns, open_again = Turns(Pace(1_000), places=4), asyncio.Event()

    async def send():
        async with turns:
            await open_again.wait()
            arrived.append(loop.time())

    loop.call_later(0.3, open_again.set)
    await asyncio.gather(*(send() for _ in range(9)))
    arrived.sort()
    assert all(later - earlier >= PLACE_S for earlier, later in zip(arrived, arrived[4:], strict=False))


async def test_who_gives_up_while_waiting_takes_no_place_away(ticks):
    async def never(seconds):
        await asyncio.Event().wait()

    turns = Turns(Pace(1), places=1, sleep=never, ticks=ticks)
    turns.pace.take(ticks())
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turns.__aenter__(), 0.01)
