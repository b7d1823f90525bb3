"""One clock for all that send on a lane, and the gate for replies."""

from datetime import timedelta

from channels import lanes
from channels.gate import ReplyGate


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
        await gate.wait()
    assert slept == [0.2, 0.2]


async def test_a_flood_met_by_a_reply_holds_bulk_and_replies(home, clock, ticks):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    gate = ReplyGate(home, "telegram:main", 5, 3, sleep=sleep, ticks=ticks)
    await gate.hold(clock() + timedelta(seconds=7))
    with home.db.read() as session:
        assert lanes.held_until(session, "telegram:main", clock()) == clock() + timedelta(seconds=7)
    await gate.wait()
    assert slept == [7]
