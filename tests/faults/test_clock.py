"""The machine's clock is put back or on: nothing stands still for a day, nobody is written to twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

import jobs
import scheduler
from bot.staff.alarms import causes
from campaigns.engine import healing, ledger
from campaigns.engine.dispatch import drain_all
from channels.sandbox import Sandbox
from channels.senders import Sender
from register import audit
from register.home import Home

BACK = pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=["an hour", "a day"])
NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


async def test_a_clock_that_is_put_back_stops_no_row_of_the_table(home: Home, monkeypatch: Any) -> None:
    """What APScheduler knows are moments of the old clock: a day ahead, it would sleep for a day."""
    ahead = [86_400.0]
    monkeypatch.setattr(scheduler, "ahead_s", lambda: ahead[0])
    made = scheduler.make_scheduler(jobs.new_work(home, None))  # type: ignore[arg-type]
    made.start(paused=True)
    for job in made.get_jobs():
        job.modify(next_run_time=datetime.now(UTC) + timedelta(days=1))
    watching = asyncio.create_task(scheduler.watch_clock(made, look_s=0))
    await asyncio.sleep(0)
    ahead[0] = 0.0
    for _ in range(3):
        await asyncio.sleep(0)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    due = {job.id: job.next_run_time - datetime.now(UTC) for job in made.get_jobs()}
    made.shutdown()
    assert due["drain_lanes"] <= timedelta(seconds=1)
    assert due["lead"] <= timedelta(seconds=15)
    assert max(due.values()) <= timedelta(days=1)


def test_a_clock_that_is_put_on_by_a_year_is_one_round_not_a_year_of_them() -> None:
    every = scheduler.Every(seconds=1)
    assert every.get_next_fire_time(NOON, NOON + timedelta(days=365)) == NOON + timedelta(days=365, seconds=1)


@BACK
def test_a_lease_of_the_clock_before_holds_nobody(home: Home, clock: Any, back: timedelta) -> None:
    """Its worker was killed; without this its lane would wait for as long as the clock was put back."""
    hold = lambda who: home.db.write(lambda s: ledger.hold_lane(s, "zalo:main", who, home.now()))  # noqa: E731
    assert hold("dead") == 1
    assert hold("alive") is None
    clock.advance(-back)
    assert hold("alive") == 2


@BACK
async def test_what_a_dead_worker_had_in_hand_is_settled_by_the_new_clock(
    home: Home, clock: Any, launch: Callable[[int], int], ends: Any, back: timedelta
) -> None:
    campaign = launch(4)

    def begin(session: Session) -> None:
        fence = ledger.hold_lane(session, "zalo:main", "dead", home.now()) or 0
        claimed = ledger.claim(session, "zalo:main", "dead", fence, home.now(), 4)
        ledger.mark_sending(session, [row.id for row in claimed[:2]], "dead", fence, home.now())

    home.db.write(begin)
    clock.advance(-back)
    home.db.write(lambda session: healing.sweep(session, home.now()))
    assert ends(campaign) == {"due": 2, "unknown": 2}


async def test_a_running_campaign_goes_on_and_nobody_is_written_to_twice(
    home: Home, clock: Any, sandbox: Sandbox, senders: dict[str, Sender], launch: Callable[[int], int], ends: Any
) -> None:
    campaign = launch(6)
    clock.advance(-timedelta(minutes=30))
    await drain_all(home, senders, "a", {})
    assert ends(campaign) == {"due": 6}  # by this clock it is not time yet
    clock.advance(timedelta(minutes=30))
    await drain_all(home, senders, "a", {})
    clock.advance(-timedelta(days=1))
    await drain_all(home, senders, "a", {})
    assert (ends(campaign), len(sandbox.arrivals())) == ({"accepted": 6}, 6)


def test_staff_hear_that_the_clock_runs_behind_the_log(home: Home, clock: Any) -> None:
    home.db.write(lambda session: audit.note(session, "lan", "channel_linked", "zalo", home.now()))
    clock.advance(-timedelta(minutes=4))
    with home.db.read() as session:
        assert "clock:server" not in causes(session, home.now())
        assert "clock:server" in causes(session, home.now() - timedelta(minutes=2))
