"""The one reminder of a talk that was left: once, the day after, inside every rule, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

import jobs
import scheduler
from bot import nudging, service
from bot.state import Input, State
from bot.tables import Conversation
from campaigns.campaigns import moment_for
from campaigns.engine.candidates import load
from campaigns.engine.decide import Hold, decide
from campaigns.tables import Attempt, Campaign, Delivery
from channels import lanes
from channels.gate import Turns
from channels.outcome import Accepted, Later, Lost, Refused
from channels.pace import Pace
from channels.transport import Transport
from register import contacts
from register.tables import Contact, PersonContact, Standing

DAY = timedelta(hours=25)
FAST = Turns(Pace(1_000))


class Dead(BaseException):
    """The process is gone."""


class Post:
    """A lane that keeps what it was given, and answers as told."""

    def __init__(self, lane="telegram:main", outcome=None):
        self.channel, self.lane, self.outcome, self.got = lane.split(":")[0], lane, outcome or Accepted("1"), []

    async def send(self, address, message, params=None):
        self.got.append((address, message))
        return self.outcome

    async def price(self):
        return 0


def begin(home, address="77", channel="telegram", person=None):
    """A chat that stands at the second step."""
    now = home.now()

    def write(session):
        contact = service.contact_of(session, home, channel, f"{channel}:main", address, now)
        if person:
            contacts.link(session, person, contact, "unknown", now)
        for button in ("guide.start", "who.self", "guide.next"):
            service.take_turn(session, home, contact, Input("button", button=button), now)
        return contact

    return home.db.write(write)


async def nudged(home, *posts):
    await nudging.nudge_all(home, {post.lane: post for post in posts}, FAST)
    return [address for post in posts for address, _ in post.got]


async def test_who_left_in_the_middle_is_reminded_once_and_nothing_else_of_the_chat_moves(home, mai, clock):
    contact, post = begin(home, person=mai), Post()
    with home.db.read() as session:
        before = session.get_one(Contact, contact)
    assert await nudged(home, post) == []  # just now
    clock.advance(DAY)
    assert await nudged(home, post) == ["77"]
    assert post.got[0][1].buttons[0].id == "guide.resume"
    clock.advance(timedelta(hours=2))
    assert await nudged(home, post) == ["77"]
    with home.db.read() as session:
        after = session.get_one(Contact, contact)
        assert (after.last_inbound_at, after.busy_until) == (before.last_inbound_at, before.busy_until)
        assert State.of(session.get_one(Conversation, contact).state).nudged
    # gone on, left again: a second reminder would be one too many
    home.db.write(lambda s: service.take_turn(s, home, contact, Input("button", button="guide.resume"), home.now()))
    clock.advance(DAY)
    assert await nudged(home, post) == ["77"]


async def test_night_and_holiday_wait_and_a_day_too_late_is_never(home, clock):
    begin(home)  # Monday 08:00; Tuesday 24/11 is a public holiday
    clock.advance(timedelta(hours=23))
    home.settings = home.settings.model_copy(update={"send_from": "09:00"})
    post = Post()
    assert await nudged(home, post) == []  # Tuesday 07:00: too early, and a holiday
    clock.advance(timedelta(hours=4))
    assert await nudged(home, post) == []
    clock.advance(timedelta(hours=22))  # Wednesday 09:00: 49 hours
    assert await nudged(home, post) == []


@pytest.fixture(autouse=True)
def no_holiday(monkeypatch, request):
    """24/11 is a public holiday from 2026: only its own test is about that."""
    if "holiday" not in request.node.name:
        monkeypatch.setattr("campaigns.engine.decide.is_holiday", lambda day: False)


def _stop(home, contact):
    home.db.write(lambda s: contacts.stop(s, contact, home.now()))


def _stop_the_one(home, contact):
    with home.db.read() as session:
        person = session.exec(select(PersonContact.person)).one()
    home.db.write(lambda s: contacts.stop(s, contact, home.now(), person))


def _block(home, contact):
    home.db.write(lambda s: service.set_blocked(s, home, "telegram", "telegram:main", "77", True, home.now()))


def _withdraw(home, contact):
    home.db.write(lambda s: service.withdraw(s, home, "telegram", "telegram:main", "77", home.now()))


def _switch_off(home, contact):
    home.db.write(lambda s: lanes.switch(s, "telegram", on=False, by="lan", now=home.now()))


def _rest(home, contact):
    home.db.write(lambda s: lanes.hold(s, "telegram:main", home.now() + timedelta(days=2)))


def _later(home, contact):
    home.db.write(lambda s: service.take_turn(s, home, contact, Input("button", button="guide.later"), home.now()))


@pytest.mark.parametrize("what", [_stop, _stop_the_one, _block, _withdraw, _switch_off, _rest, _later])
async def test_nobody_is_reminded_who_stopped_or_cannot_be_written_to(home, mai, clock, what):
    what(home, begin(home, person=mai))
    clock.advance(DAY)
    assert await nudged(home, Post()) == []


def campaign(home, person, contact, at):
    """One message of a campaign that reached this person by this contact."""
    now, day = home.now(), home.now().date()

    def write(session):
        row = Campaign(
            commune="22945", name="Đợt 1", segment="unknown-asxh", channels=["telegram"], steps=[{"message": "first"}],
            starts_on=day, ends_on=day + timedelta(days=14), author="lan", created_at=now, state="running",
        )  # fmt: skip
        session.add(row)
        session.flush()
        delivery = Delivery(
            campaign=row.id, step=1, person=person, state="accepted", channel="telegram", lane="telegram:main",
            contact=contact, changed_at=now,
        )  # fmt: skip
        session.add(delivery)
        session.flush()
        session.add(Attempt(delivery=delivery.id, channel="telegram", lane="telegram:main", at=at, result="accepted"))
        return row.id

    return home.db.write(write)


async def test_a_campaigns_message_of_today_keeps_the_reminder_back(home, mai, clock):
    contact = begin(home, person=mai)
    clock.advance(DAY)
    campaign(home, mai, contact, home.now() - timedelta(hours=1))
    assert await nudged(home, Post()) == []


async def test_the_reminder_counts_as_todays_message_of_a_campaign(home, mai, clock):
    contact = begin(home, person=mai)
    clock.advance(DAY)
    assert await nudged(home, Post()) == ["77"]
    number = campaign(home, mai, contact, home.now() - timedelta(days=30))
    home.settings = home.settings.model_copy(update={"telegram_token": SecretStr("1:test")})

    def verdict(session):
        session.merge(Standing(person=mai))
        session.flush()
        row = session.get_one(Campaign, number)
        moment = moment_for(session, home, row, home.now(), 1)
        return decide(load(session, row, moment, [mai])[mai], moment)

    found = home.db.write(verdict)
    assert isinstance(found, Hold)
    assert found.reason == "cap_person"


async def test_a_zalo_chat_is_reminded_inside_its_free_window_only(home, clock):
    contact = begin(home, channel="zalo")

    def older(session):
        row = session.get_one(Contact, contact)
        row.last_inbound_at = home.now() - timedelta(hours=30)
        session.add(row)

    home.db.write(older)
    clock.advance(DAY)
    assert await nudged(home, Post("zalo:main")) == []
    begin(home, "78", channel="zalo")
    clock.advance(DAY)
    assert await nudged(home, Post("zalo:main")) == ["78"]


@pytest.mark.parametrize(("outcome", "again"), [(Later(None, "429"), True), (Lost("died"), False)])
async def test_only_what_surely_did_not_leave_is_sent_again(home, clock, outcome, again):
    begin(home)
    clock.advance(DAY)
    post = Post(outcome=outcome)
    await nudged(home, post)
    assert await nudged(home, post) == ["77", "77"] if again else ["77"]


async def test_a_process_killed_between_the_send_and_its_record_reminds_nobody_twice(home, clock):
    begin(home)
    clock.advance(DAY)

    class Killed(Post):
        async def send(self, address, message, params=None):
            await super().send(address, message)
            raise Dead  # the machine goes down before the answer is read

    dying, next_one = Killed(), Post()
    with pytest.raises(Dead):
        await nudged(home, dying)
    assert [address for address, _ in dying.got] == ["77"]
    assert await nudged(home, next_one) == []


async def test_who_blocked_the_bot_is_not_tried_again(home, clock):
    contact = begin(home)
    clock.advance(DAY)
    await nudged(home, Post(outcome=Refused("recipient", "403")))
    with home.db.read() as session:
        assert session.get_one(Contact, contact).blocked_at is not None


async def test_the_whole_way_from_the_table_to_the_phone(town, clock, mai):
    """A talk on the sandbox's phone, a day later the scheduler's job, and its one reminder on that phone."""
    home, sandbox = town.home, town.sandbox
    uids = {channel: sandbox.add_user(channel, "Mai") for channel in ("telegram", "zalo")}
    sandbox.telegram_start(uids["telegram"])
    sandbox.follow(uids["zalo"])
    await town.settle()
    for uid in uids.values():
        for button in ("guide.start", "who.self"):
            sandbox.press(uid, button)
            await town.settle()
    clock.advance(DAY)
    transport = Transport(answer_timeout_s=5)
    work = jobs.new_work(home, transport)
    (row,) = [row for row in scheduler.TABLE if row.job is jobs.nudge]
    nudging_turns = nudging.turns
    nudging.turns = lambda: FAST
    try:
        await jobs.lead(work)
        for _ in range(2):
            await scheduler.act(row, work)
    finally:
        nudging.turns = nudging_turns
        await transport.close()
    for uid in uids.values():
        assert [("đang làm dở" in line["text"]) for line in town.said(uid)].count(True) == 1
        sandbox.press(uid, "guide.resume")
        await town.settle()
        assert "Bước 1" in town.said(uid)[-1]["text"]
