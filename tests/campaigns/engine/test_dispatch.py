"""A lane's messages go out once each, through real HTTP to the sandbox."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from campaigns import campaigns
from campaigns.engine import healing, ledger
from campaigns.engine.dispatch import ClosedLane, Drain, drain_all
from campaigns.field.sessions import plan_session
from campaigns.tables import Announcement, Campaign, Delivery
from channels import lanes
from channels.sandbox.server import Sandbox
from channels.senders import Sender, build_senders
from channels.transport import Transport
from register.home import Clock, Home, open_home
from register.tables import Person


@pytest.fixture
async def senders(home: Home, sandbox: Sandbox) -> AsyncIterator[dict[str, Sender]]:
    transport = Transport(answer_timeout_s=2)
    yield build_senders(home, transport)
    await transport.close()


Launch = Callable[..., Campaign]


@pytest.fixture
def launch(home: Home, make_person: Callable[..., int], make_campaign: Launch) -> Launch:
    """``launch([{"zalo": uid}, …], announced=True)``: people, a campaign, approved and running."""

    def run(people: list[dict[str, str]], *, announced: bool = True, channels: tuple[str, ...] = ()) -> Campaign:
        now = home.now()

        def make(session: Session) -> Campaign:
            for ways in people:
                make_person(session, now=now, **ways)
            if announced:
                day = now.date()
                session.add(
                    Announcement(
                        commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=2, hamlets_told=9
                    )
                )
            campaign = make_campaign(session, now=now, channels=channels)
            campaigns.approve(session, campaign, "minh", now)
            campaigns.launch(session, home, campaign, "lan", now)
            return campaign

        return home.db.write(make)

    return run


def status(home: Home, campaign: Campaign) -> dict[str, Any]:
    with home.db.read() as session:
        return campaigns.status(session, campaign)


def citizens(sandbox: Sandbox, channel: str, number: int) -> list[str]:
    uids = [sandbox.add_user(channel, f"Người {n}", phone=f"09123456{n:02d}") for n in range(number)]
    for uid in uids:
        sandbox.follow(uid) if channel == "zalo" else sandbox.telegram_start(uid)
    return uids


async def test_everybody_gets_the_message_once_by_the_way_that_suits(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch
) -> None:
    zalo, telegram = citizens(sandbox, "zalo", 3), citizens(sandbox, "telegram", 3)
    sandbox.add_user("phone", "Chỉ có số", phone="0987000001")
    people = [{"zalo": uid} for uid in zalo] + [{"telegram": uid} for uid in telegram]
    campaign = launch([*people, {"phone": "0987000001"}, {}])
    for _ in range(2):  # a second run finds nothing to do
        await drain_all(home, senders, "a", {})
    found = status(home, campaign)
    assert (found["accepted"], found["skipped"], found["held"]) == (7, {"visit": 1}, 0)
    assert found["cost_vnd"] > 0
    to = Counter(arrival["to"] for arrival in sandbox.arrivals())
    assert set(to.values()) == {1}
    assert len(to) == 7
    greeted = next(a["text"] for a in sandbox.arrivals() if a["to"] == zalo[0])
    assert greeted.startswith("Kính gửi bà 1.")  # the invented people's given name is a number
    unnamed = next(a["text"] for a in sandbox.arrivals() if a["route"] == "template_phone")
    assert "bà" not in unnamed


async def test_a_blocked_chat_goes_on_by_the_phone(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch
) -> None:
    (uid,) = citizens(sandbox, "telegram", 1)
    sandbox.block(uid)
    sandbox.add_user("phone", "Bà Mai", phone="0987000002")
    campaign = launch([{"telegram": uid, "phone": "0987000002"}])
    await drain_all(home, senders, "a", {})
    await drain_all(home, senders, "a", {})
    found = status(home, campaign)
    assert (found["accepted"], found["by_channel"]) == (1, {"zbs": 1})


async def test_whoever_no_channel_reaches_is_put_on_the_visit_list(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch
) -> None:
    campaign = launch([{"phone": "0987000003"}])  # this number has no Zalo
    await drain_all(home, senders, "a", {})
    assert status(home, campaign)["skipped"] == {"visit": 1}


async def test_a_lost_answer_is_unknown_and_never_sent_again(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch, clock: Clock
) -> None:
    (uid,) = citizens(sandbox, "telegram", 1)
    sandbox.fault("drop_after", "telegram")
    campaign = launch([{"telegram": uid}])
    for _ in range(3):
        await drain_all(home, senders, "a", {})
        clock.advance(timedelta(minutes=5))
        home.db.write(lambda s: healing.sweep(s, home.now()))
    assert status(home, campaign)["unknown"] == 1
    assert [a["to"] for a in sandbox.arrivals()].count(uid) == 1


async def test_a_flooded_lane_waits_and_then_goes_on(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch, clock: Clock
) -> None:
    uids = citizens(sandbox, "telegram", 4)
    sandbox.fault("429", "telegram", seconds=20)
    campaign = launch([{"telegram": uid} for uid in uids])
    await drain_all(home, senders, "a", {})
    first = status(home, campaign)
    assert first["held"] >= 1
    await drain_all(home, senders, "a", {})
    assert status(home, campaign) == first  # the lane is held
    clock.advance(timedelta(seconds=60))
    await drain_all(home, senders, "a", {})
    assert status(home, campaign)["accepted"] == 4


async def test_two_people_on_one_phone_are_not_written_to_on_one_day(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch, clock: Clock
) -> None:
    (uid,) = citizens(sandbox, "telegram", 1)
    campaign = launch([{"telegram": uid}, {"telegram": uid}])
    await drain_all(home, senders, "a", {})
    found = status(home, campaign)
    assert (found["accepted"], found["held_reasons"]) == (1, {"cap_phone": 1})
    clock.advance(timedelta(days=2))
    home.db.write(lambda s: healing.sweep(s, home.now()))
    await drain_all(home, senders, "a", {})
    assert status(home, campaign)["accepted"] == 2


async def test_nothing_cold_goes_out_before_the_announcement(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch
) -> None:
    sandbox.add_user("phone", "Bà Mai", phone="0987000002")
    campaign = launch([{"phone": "0987000002"}], announced=False)
    await drain_all(home, senders, "a", {})
    assert status(home, campaign)["held_reasons"] == {"not_announced": 1}
    assert sandbox.arrivals() == []


async def test_a_lane_that_another_worker_holds_is_left_alone(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch
) -> None:
    uids = citizens(sandbox, "telegram", 2)
    launch([{"telegram": uid} for uid in uids])
    home.db.write(lambda s: ledger.hold_lane(s, "telegram:main", "b", home.now()))
    assert await drain_all(home, senders, "a", {}) == {}
    assert sandbox.arrivals() == []


async def test_a_claim_that_lapsed_while_it_waited_here_is_not_taken_for_a_second_person(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch, clock: Clock
) -> None:
    campaign = launch([{"zalo": uid} for uid in citizens(sandbox, "zalo", 3)])
    drain = Drain(home, senders["zalo:main"], "a")
    for _ in range(2):
        home.db.write(
            lambda s: drain._claim_and_ask(s, ledger.hold_lane(s, "zalo:main", "a", home.now()) or 0, home.now())
        )
        clock.advance(ledger.LEASE + timedelta(seconds=1))
        home.db.write(lambda s: healing.sweep(s, home.now()))
    assert "cap_phone" not in status(home, campaign)["held_reasons"]
    assert len(drain._ready) == 3


async def test_answers_are_kept_when_another_transaction_crossed_their_record(
    home: Home, sandbox: Sandbox, senders: dict[str, Sender], launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    campaign = launch([{"zalo": uid} for uid in citizens(sandbox, "zalo", 3)])
    real, crossings = ledger.record_all, [OperationalError("", {}, Deadlock())]

    def record_all(session: Session, answers: Any, now: Any) -> None:
        if crossings:
            raise crossings.pop()
        real(session, answers, now)

    monkeypatch.setattr(ledger, "record_all", record_all)
    await drain_all(home, senders, "a", {})
    assert crossings == []
    assert status(home, campaign)["accepted"] == len(sandbox.arrivals()) == 3


def two_claim_at_once(home: Home, first: str, second: str) -> list[int]:
    """Two processes claim on these lanes, the second before the first has committed. What each may send."""
    other = open_home(home.settings, now=home.now, migrate=False)
    others: list[Future[int]] = []

    def claim(at: Home, lane: str, meanwhile: Callable[[], None] = lambda: None) -> Future[int]:
        drain = Drain(at, ClosedLane(lane.split(":")[0], lane), lane)  # nothing is sent: only claimed and asked

        def write(session: Session) -> int:
            fence = ledger.hold_lane(session, lane, lane, at.now())
            drain._claim_and_ask(session, fence or 0, at.now())
            meanwhile()
            return len(drain._ready)

        return at.db.submit(write)

    def start_second() -> None:
        others.append(claim(other, second))
        with suppress(TimeoutError):
            others[0].result(timeout=0.5)  # it has to wait for our commit

    try:
        return [claim(home, first, start_second).result(), others[0].result()]
    finally:
        other.close()


def test_two_campaigns_on_two_lanes_at_once_invite_no_more_than_there_are_places(
    home: Home, sandbox: Sandbox, make_person: Callable[..., int], make_campaign: Callable[..., Campaign]
) -> None:
    def make(session: Session) -> None:
        now, day = home.now(), home.now().date()
        session.add(
            Announcement(commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=2, hamlets_told=9)
        )
        for number in range(5):
            made = make_person(session, now=now, **{"zalo" if number < 3 else "telegram": f"u{number}"})
        hamlet = session.get_one(Person, made).hamlet or ""
        plan_session(session, "22945", hamlet, "nhà văn hóa", now + timedelta(days=2), 2, 2, now)
        for name, channel in (("đợt 1", "zalo"), ("đợt 2", "telegram")):
            campaign = make_campaign(session, now=now, name=name, channels=(channel,))
            campaigns.approve(session, campaign, "minh", now)
            campaigns.launch(session, home, campaign, "lan", now)

    home.db.write(make)
    assert two_claim_at_once(home, "zalo:main", "telegram:main") == [2, 0]
    with home.db.read() as session:
        claimed = select(Delivery.campaign, Delivery.session).where(Delivery.state == "claimed")
        assert session.exec(claimed).all() == [(1, 1), (1, 1)]


@pytest.mark.parametrize("price", [100, None])
def test_a_budget_is_passed_by_less_than_one_message_also_by_two_lanes_at_once(
    home: Home,
    sandbox: Sandbox,
    make_person: Callable[..., int],
    make_campaign: Callable[..., Campaign],
    price: int | None,
) -> None:
    """Five on each of two lanes, and đồng for two and a half messages. Of unknown price one goes, then the next."""

    def make(session: Session) -> None:
        now, day = home.now(), home.now().date()
        session.add(
            Announcement(commune="22945", document="12/TB", signed_on=day, posted_on=day, aired=2, hamlets_told=9)
        )
        for number in range(10):
            way = {"zalo": f"z{number}"} if number < 5 else {"phone": f"09123456{number:02d}"}
            make_person(session, now=now, **way)
        for lane in ("zalo:main", "zbs:main") if price is not None else ():
            lanes.set_price(session, lane, price or 0)
        campaign = make_campaign(session, now=now, channels=("zalo", "zbs"))
        campaign.budget_vnd = 250
        campaigns.approve(session, campaign, "minh", now)
        campaigns.launch(session, home, campaign, "lan", now)

    home.db.write(make)
    assert two_claim_at_once(home, "zalo:main", "zbs:main") == [3 if price else 1, 0]
    with home.db.read() as session:
        held = select(Delivery.due_at).where(Delivery.state == "held", Delivery.reason == "budget")
        until = session.exec(held).all()
        assert len(until) == (7 if price else 9)
        assert {at - home.now() for at in until if at} == {timedelta(hours=1) if price else timedelta(minutes=1)}
