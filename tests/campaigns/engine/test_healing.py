"""What a crash leaves behind is put right by itself, and `campaign status` says how much it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

import jobs
import scheduler
from campaigns import campaigns, drafts
from campaigns.campaigns import approve, launch, pause, plan_due_steps, plan_one_part, status
from campaigns.engine import healing, ledger
from campaigns.states import DeliveryState
from campaigns.tables import Announcement, Attempt, Campaign, Delivery
from campaigns.words import status_words
from channels import lanes
from channels.outcome import Accepted, Lost, Refused
from channels.tables import Lane
from channels.transport import Transport
from console.serving import Serving
from register.errors import BadInput
from register.facts import record
from register.home import Clock, Home, open_home

LANE, PEOPLE = "zalo:main", 4


def cancel(session: Session, campaign: Campaign, home: Home) -> None:
    campaigns.cancel(session, campaign, "lan", home.now())


def finish(session: Session, _campaign: Campaign, home: Home) -> None:
    assert campaigns.finish_over(session, home.now()) == 1


STEPS: list[dict[str, Any]] = [{"message": "first"}, {"message": "reminder", "after_days": 4}]


@pytest.fixture
def running(home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]) -> int:
    """A launched campaign over ``PEOPLE`` with a Zalo chat."""
    home.settings.zalo_app_id = "1"
    home.settings.zalo_app_secret = type(home.settings.zalo_app_secret)("x")

    def make(session: Session) -> int:
        now, day = home.now(), home.now().date()
        session.add(
            Announcement(commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=2, hamlets_told=9)
        )
        for number in range(PEOPLE):
            make_person(session, now=now, zalo=f"z{number}")
        campaign = make_campaign(session, now=now)
        approve(session, campaign, "minh", now)
        launch(session, home, campaign, "lan", now)
        return campaign.id or 0

    return home.db.write(make)


def in_flight(home: Home) -> list[ledger.Claimed]:
    """All are claimed, the first two are marked; then the worker is gone."""

    def write(session: Session) -> list[ledger.Claimed]:
        fence = ledger.hold_lane(session, LANE, "dead", home.now())
        rows = ledger.claim(session, LANE, "dead", fence or 0, home.now(), 10)
        ledger.mark_sending(session, [row.id for row in rows[:2]], "dead", fence or 0, home.now())
        return rows

    return home.db.write(write)


def states(home: Home) -> list[str]:
    with home.db.read() as session:
        return list(session.exec(select(Delivery.state).order_by(col(Delivery.id))).all())


def told(home: Home, campaign: int) -> tuple[dict[str, int], str]:
    with home.db.read() as session:
        found = status(session, session.get_one(Campaign, campaign))
    return found["healed"], status_words(found)


def sweep(home: Home) -> dict[str, int]:
    return dict(home.db.write(lambda s: healing.sweep(s, home.now())))


def test_what_was_healed_is_noted_and_told(home: Home, running: int, clock: Clock) -> None:
    in_flight(home)
    assert sweep(home) == {}
    clock.advance(ledger.LEASE + timedelta(seconds=1))
    assert sweep(home) == {"taken_back": 2, "unknown": 2}
    assert sweep(home) == {}
    assert states(home) == ["unknown", "unknown", "due", "due"]
    healed, words = told(home, running)
    assert healed == {"taken_back": 2, "unknown": 2}
    assert "2 tin chưa gửi đi, đã xếp lại để gửi." in words


def test_a_receipt_that_is_quicker_than_our_record_is_not_forgotten(home: Home, running: int, clock: Clock) -> None:
    row = in_flight(home)[0]
    tracking = ledger.tracking_of(row.id)
    assert home.db.write(lambda s: healing.settle_receipt(s, LANE, "m1", home.now(), tracking))
    assert states(home)[0] == "sending"  # the worker may still live and record it itself
    clock.advance(ledger.LEASE + timedelta(seconds=1))
    assert sweep(home) == {"taken_back": 2, "received": 1, "unknown": 1}
    assert "1 tin kênh báo đã tới máy" in told(home, running)[1]
    assert states(home) == ["accepted", "unknown", "due", "due"]
    with home.db.read() as session:  # it counts for the caps as any other
        assert session.exec(select(Attempt.result).where(Attempt.delivery == row.id)).all() == ["accepted"]


def test_a_receipt_before_the_record_does_no_harm_to_who_lives(home: Home, running: int, clock: Clock) -> None:
    row = in_flight(home)[0]
    home.db.write(lambda s: healing.settle_receipt(s, LANE, "m1", home.now(), ledger.tracking_of(row.id)))
    home.db.write(lambda s: ledger.record_all(s, [(row, Accepted("m1", 55), None)], home.now()))
    with home.db.read() as session:
        there = session.get_one(Delivery, row.id)
        assert (there.state, there.reason) == ("accepted", "")
        assert session.exec(select(Attempt.cost_vnd)).all() == [55]


def test_a_receipt_before_an_answer_that_gets_lost_says_that_it_arrived(home: Home, running: int) -> None:
    row, other = in_flight(home)[:2]
    home.db.write(lambda s: healing.settle_receipt(s, LANE, "m1", home.now(), ledger.tracking_of(row.id)))
    lost = [(each, Lost("timeout"), None) for each in (row, other)]
    home.db.write(lambda s: ledger.record_all(s, lost, home.now()))
    assert states(home)[:2] == ["accepted", "unknown"]
    with home.db.read() as session:
        assert session.exec(select(Attempt.result).order_by(col(Attempt.delivery))).all() == ["accepted", "unknown"]


def test_an_answer_that_comes_after_the_lease_settles_the_row(home: Home, running: int, clock: Clock) -> None:
    row = in_flight(home)[0]
    clock.advance(ledger.LEASE + timedelta(seconds=1))
    sweep(home)
    home.db.write(lambda s: ledger.record_all(s, [(row, Accepted("m1", 55), None)], home.now()))  # it was only slow
    assert states(home)[0] == "unknown"
    assert sweep(home) == {"answered_late": 1}
    assert "1 tin kênh trả lời muộn" in told(home, running)[1]
    assert states(home)[0] == "accepted"


async def test_a_person_without_a_row_of_a_step_that_is_due_gets_one(home: Home, running: int, clock: Clock) -> None:
    transport = Transport()
    work = jobs.new_work(home, transport)
    reached = {"state": DeliveryState.ACCEPTED, "changed_at": home.now()}
    home.db.write(lambda s: s.execute(update(Delivery).values(**reached)))
    clock.advance(timedelta(days=4))
    assert (await jobs.heal(work))["planned"] == PEOPLE
    lost = col(Delivery.step) == 2, col(Delivery.person) == 1
    home.db.write(lambda s: s.execute(delete(Delivery).where(*lost)))
    assert (await jobs.heal(work))["planned"] == 1
    assert (await jobs.heal(work))["planned"] == 0
    await transport.close()


@pytest.fixture
def cut(home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign], monkeypatch: Any) -> int:
    """A launch of five people that a crash cut: the first part of its plan is written, and the process is gone."""
    monkeypatch.setattr("campaigns.engine.plan.rows_in_one_write", lambda _session: 2)

    def make(session: Session) -> int:
        for number in range(5):
            make_person(session, now=home.now(), zalo=f"z{number}")
        campaign = make_campaign(session, now=home.now())
        approve(session, campaign, "minh", home.now())
        launch(session, home, campaign, "lan", home.now())
        return campaign.id or 0

    return home.db.write(make)


@pytest.mark.usefixtures("cut")
async def test_a_launch_that_a_crash_cut_is_made_whole(home: Home, make_person: Callable[..., int]) -> None:
    assert len(states(home)) == 2
    home.db.write(lambda s: make_person(s, now=home.now() + timedelta(minutes=1), zalo="late"))  # not in the membership
    transport = Transport()
    assert (await jobs.heal(jobs.new_work(home, transport)))["planned"] == 3
    assert len(states(home)) == 5
    await transport.close()


async def test_a_cut_launch_that_is_gone_on_with_is_noted_and_told_meanwhile(
    home: Home, cut: int, clock: Clock
) -> None:
    assert not still(home, cut)  # it may be under way
    clock.advance(healing.STUCK_AFTER + timedelta(seconds=1))
    assert still(home, cut)
    transport = Transport()
    await jobs.heal(jobs.new_work(home, transport))
    await transport.close()
    assert told(home, cut)[0] == {"planned_on": 3}
    assert "3 người chưa được ghi sổ vì máy dừng lúc phát động" in told(home, cut)[1]


def still(home: Home, campaign: int) -> bool:
    with home.db.read() as session:
        return healing.stands_still(session, session.get_one(Campaign, campaign), home.now())


def test_a_lane_that_nobody_holds_though_much_is_due_is_told(home: Home, running: int, clock: Clock) -> None:
    assert not still(home, running)
    clock.advance(healing.STUCK_AFTER + timedelta(seconds=1))
    assert still(home, running)
    home.db.write(lambda s: ledger.hold_lane(s, LANE, "alive", home.now()))
    assert not still(home, running)  # much to send is no standstill
    home.db.write(lambda s: ledger.free_lane(s, LANE, "alive", home.now()))
    assert not still(home, running)  # nor is the change from one drain to the next
    clock.advance(healing.STUCK_AFTER + timedelta(seconds=1))
    assert still(home, running)
    home.db.write(lambda s: lanes.hold(s, LANE, home.now() + timedelta(hours=9)))
    assert not still(home, running)  # the provider wants rest
    home.db.write(lambda s: pause(s, s.get_one(Campaign, running), "lan", home.now()))
    clock.advance(timedelta(days=1))
    assert not still(home, running)


@pytest.mark.parametrize("end", [cancel, finish])
def test_an_ended_campaign_plans_no_further_and_waits_for_nothing(
    home: Home, cut: int, clock: Clock, end: Callable[[Session, Campaign, Home], None]
) -> None:
    clock.advance(timedelta(days=40))
    home.db.write(lambda s: end(s, s.get_one(Campaign, cut), home))
    with home.db.read() as session:
        row = session.get_one(Campaign, cut)
        assert (row.planned_to, status(session, row)["planning"]) == (None, False)
    assert home.db.write(lambda s: plan_one_part(s, home, home.now())) is None
    assert states(home) == ["skipped", "skipped"]


def test_targets_count_nobody_twice(home: Home, running: int) -> None:
    """Whoever got the message and has the account since is "now", and no more among those who could still."""

    def could() -> list[tuple[int, int]]:
        with home.db.read() as session:
            return [(t["now"], t["could"]) for t in status(session, session.get_one(Campaign, running))["targets"]]

    assert could() == [(0, PEOPLE)] * 2
    home.db.write(lambda s: s.execute(update(Delivery).values(state=DeliveryState.ACCEPTED)))
    day, said = home.now().date(), {"kind": "asxh_account", "value": "yes", "evidence": "register"}
    home.db.write(lambda s: record(s, 1, **said, as_of=day, now=home.now()))  # type: ignore[arg-type]
    assert could() == [(1, PEOPLE - 1)] * 2


def test_two_operators_launch_at_the_same_moment_and_everybody_has_one_row(
    home: Home, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]
) -> None:
    def make(session: Session) -> int:
        for number in range(PEOPLE):
            make_person(session, now=home.now(), zalo=f"z{number}")
        campaign = make_campaign(session, now=home.now())
        approve(session, campaign, "minh", home.now())
        return campaign.id or 0

    campaign = home.db.write(make)
    other = open_home(home.settings, now=home.now, migrate=False)
    both = [
        at.db.submit(lambda s, at=at: launch(s, at, s.get_one(Campaign, campaign), "hoa", home.now()))  # type: ignore[misc]
        for at in (home, other)
    ]
    refused = [one.exception() for one in both]
    other.close()
    assert sorted(isinstance(error, BadInput) for error in refused) == [False, True]
    assert "không cho chạy được" in " ".join(str(error) for error in refused)
    assert len(states(home)) == PEOPLE


@pytest.mark.parametrize("trouble", ["config", "billing"])
def test_a_broken_account_ends_nobodys_turn(home: Home, running: int, clock: Clock, trouble: str) -> None:
    """Who has no other channel waits until somebody has mended it."""
    row = in_flight(home)[0]
    home.db.write(lambda s: ledger.record_all(s, [(row, Refused(trouble, "-1"), None)], home.now()))  # type: ignore[arg-type]
    assert states(home)[0] == "held"
    with home.db.read() as session:
        assert session.get_one(Lane, LANE).trouble == trouble
        assert session.get_one(Delivery, row.id).reason == trouble
    clock.advance(timedelta(hours=1))
    assert sweep(home)["released"] == 1
    assert states(home)[0] == "due"


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_a_worker_where_one_process_must_do_all_says_what_to_do(home: Home) -> None:
    with pytest.raises(BadInput, match="hãy chạy tungnha serve"):
        await scheduler.work_forever(home)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_serve_takes_over_at_once_what_a_dead_one_left(home: Home, running: int) -> None:
    """Its lock proves that nobody else lives: no lease has to lapse first."""
    in_flight(home)
    async with Serving(home, port=0):
        assert states(home) == ["unknown", "unknown", "due", "due"]
        with home.db.read() as session:
            assert session.get_one(Lane, LANE).holder == ""


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
async def test_a_campaign_is_cancelled_on_its_last_night_and_healing_stands_not_in_the_way(
    home: Home, running: int, monkeypatch: Any, clock: Clock
) -> None:
    """One holds the campaign and wants its rows; so the other may not hold rows and want the campaign."""
    clock.advance(timedelta(days=40))
    waits = home.now() - timedelta(minutes=1)
    held = {"state": DeliveryState.HELD, "due_at": waits}
    home.db.write(lambda s: s.execute(update(Delivery).values(**held)))  # the sweep will let them go
    other = open_home(home.settings, now=home.now, migrate=False)
    healed: list[Any] = []
    transport = Transport()

    def close_waiting(session: Session, *given: Any) -> int:
        healed.append(asyncio.run_coroutine_threadsafe(jobs.heal(jobs.new_work(other, transport)), loop))
        with suppress(TimeoutError):
            healed[0].result(timeout=0.5)  # it waits for our campaign now, and may hold nothing that we want
        return real(session, *given)

    loop, real = asyncio.get_running_loop(), ledger.close_waiting
    monkeypatch.setattr(ledger, "close_waiting", close_waiting)
    await home.db.awrite(lambda s: campaigns.cancel(s, s.get_one(Campaign, running), "lan", home.now()))
    assert "finished" not in await asyncio.wrap_future(healed[0])
    await transport.close()
    other.close()
    assert set(states(home)) == {"skipped"}


@pytest.mark.parametrize("home", ["postgres"], indirect=True)
def test_reminders_that_are_changed_while_they_are_planned_win(home: Home, running: int, monkeypatch: Any) -> None:
    """The planner read the old ones; its rows would be of a message that is no more."""
    reached = {"state": DeliveryState.ACCEPTED, "changed_at": home.now() - timedelta(days=4)}
    home.db.write(lambda s: s.execute(update(Delivery).values(**reached)))
    other = open_home(home.settings, now=home.now, migrate=False)
    real = campaigns.plan

    def plan(session: Session, *given: Any) -> int:
        other.db.write(lambda s: drafts.change_reminders(s, running, [], "hoa", home.now()))
        return real(session, *given)

    monkeypatch.setattr(campaigns, "plan", plan)
    assert home.db.write(lambda s: plan_due_steps(s, home, home.now())) == 0
    other.close()
    assert len(states(home)) == PEOPLE
    with home.db.read() as session:
        assert len(session.get_one(Campaign, running).steps) == 1
