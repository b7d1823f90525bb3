"""A lane's messages go out once each, through real HTTP to the sandbox."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from campaigns import campaigns, healing, ledger
from campaigns.dispatch import Drain, drain_all
from campaigns.tables import Announcement, Campaign
from channels.sandbox.server import Sandbox
from channels.senders import Sender, build_senders
from channels.transport import Transport
from register.home import Clock, Home


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
