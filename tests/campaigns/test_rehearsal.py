"""A rehearsal and the run agree, person by person: what, when, by which channel, at what cost, or why nothing."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from campaigns import campaigns
from campaigns.engine import healing
from campaigns.engine.dispatch import drain_all
from campaigns.rehearsal import Line, lines
from campaigns.states import DeliveryState
from campaigns.steps import PASSED_OVER, due_after
from campaigns.tables import Announcement, Attempt, Campaign, Delivery, HelpSession, Visit
from campaigns.why import why
from channels import lanes
from channels.gate import Turns
from channels.outcome import Accepted, Outcome
from channels.pace import Pace
from content.message import Message
from register.contacts import new_contact
from register.home import VIETNAM, Home
from register.tables import Contact, Person, PersonContact, Standing, Unit

COMMUNE = "22945"
FAST = 1e9  # a lane that takes no time: the clock stands while it sends
PRICES = {"zalo:main": 55, "zbs:main": 300, "telegram:main": 0}
HAMLETS = ("22945-a", "22945-b", "22945-c")


@dataclass
class Accepting:
    """A lane that takes everything."""

    channel: str
    lane: str
    sent: list[str] = field(default_factory=list)

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        self.sent.append(address)
        return Accepted(f"{self.channel}-{len(self.sent)}", PRICES[self.lane])

    async def price(self) -> int | None:
        return PRICES[self.lane]


def populate(session: Session, home: Home, rng: random.Random, people: int) -> Campaign:
    """A commune in random circumstances, and a campaign of random shape in it."""
    now = home.now()
    for lane, price in PRICES.items():
        lanes.set_price(session, lane, price)
    for code in HAMLETS:
        if session.get(Unit, code) is None:
            session.add(Unit(code=code, kind="hamlet", name=f"Khu phố {code[-1]}", parent=COMMUNE))
    session.flush()
    if rng.random() < 0.7:
        signed = now.date() - timedelta(days=3)
        session.add(
            Announcement(commune=COMMUNE, document="1", signed_on=signed, posted_on=signed, aired=2, hamlets_told=9)
        )
    for code in HAMLETS:
        for _ in range(rng.choice([0, 0, 1, 2])):
            begins = now + timedelta(days=rng.randrange(1, 25), hours=rng.randrange(8))
            capacity = rng.choice([2, 5, 50])
            session.add(
                HelpSession(commune=COMMUNE, hamlet=code, place="nhà văn hóa", starts_at=begins, capacity=capacity)
            )
    old = _campaign(session, now, rng, "đợt trước")
    contacts: list[Contact] = []
    for number in range(people):
        _person(session, home, rng, number, contacts, old)
    session.flush()
    return _campaign(session, now, rng, "đợt này")


def _campaign(session: Session, now: datetime, rng: random.Random, name: str) -> Campaign:
    channels = rng.sample(["zalo", "telegram", "zbs"], rng.randrange(1, 4)) + ["visit"] * rng.randrange(2)
    first = now.astimezone(VIETNAM).date() + timedelta(days=rng.choice([-2, 0, 0, 3]))
    steps: list[dict[str, Any]] = [{"message": "first"} | ({"variants": ["session"]} if rng.random() < 0.3 else {})]
    for _ in range(rng.randrange(3)):
        only = rng.choice(["", "", "silent", "answered", "stuck"])
        steps.append({"message": "reminder", "after_days": rng.randrange(2, 9), **({"only": only} if only else {})})
    campaign = Campaign(
        commune=COMMUNE, name=f"{name} {rng.random()}", segment="nq418-ready", channels=channels, steps=steps,
        starts_on=first, ends_on=first + timedelta(days=rng.choice([2, 5, 9, 30])), author="lan", created_at=now,
        submitted_at=now, submitted_by="lan", budget_vnd=rng.choice([None, None, None, 0, 10**9]),
        state="approved", approver="minh",
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    return campaign


def _person(
    session: Session, home: Home, rng: random.Random, number: int, contacts: list[Contact], old: Campaign
) -> None:
    now = home.now()

    def sometimes(chance: float, value: Any) -> Any:
        return value if rng.random() < chance else None

    person = Person(
        commune=COMMUNE, hamlet=sometimes(0.9, rng.choice(HAMLETS)), lookup=b"p%d" % number,
        closed_at=sometimes(0.05, now), created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    goal = rng.choices(["no", "yes"], [12, 1])[0]
    eid = rng.choices(["2_active", "below_2"], [12, 1])[0]
    session.add(Standing(person=person.id, nq418="yes", bank_account="yes", eid_level=eid, asxh_account=goal))
    mine: list[Contact] = []
    for channel in rng.sample(["zalo", "telegram", "phone"], rng.randrange(4)):
        lane = "phone" if channel == "phone" else f"{channel}:main"
        row = new_contact(home, channel, lane, f"{channel}{number}", now) | {
            "linked_at": sometimes(0.85, now) if channel != "phone" else None,
            "stopped_at": sometimes(0.05, now),
            "blocked_at": sometimes(0.05, now),
            "last_inbound_at": sometimes(0.6, now - timedelta(days=1)),
            "busy_until": sometimes(0.2, now + timedelta(minutes=rng.randrange(-30, 300))),
        }
        contact = Contact(**row)
        session.add(contact)
        session.flush()
        mine.append(contact)
        contacts.append(contact)
    if contacts and rng.random() < 0.2:
        mine.append(rng.choice(contacts))  # a shared phone
    for contact in {c.id: c for c in mine}.values():
        session.add(PersonContact(person=person.id, contact=contact.id, stopped_at=sometimes(0.03, now), at=now))
        for past in range(rng.choices([0, 1, 4], [6, 2, 1])[0]):
            sent = now - timedelta(hours=rng.choice([1, 30, 100, 160, 400]))
            delivery = Delivery(
                campaign=old.id, step=100 * (contact.id or 0) + past, person=person.id, contact=contact.id,
                state="accepted", changed_at=sent,
            )  # fmt: skip
            session.add(delivery)
            session.flush()
            result = rng.choice(["accepted", "unknown", "failed"])
            session.add(Attempt(delivery=delivery.id, channel=contact.channel, lane="", at=sent, result=result))


async def run(home: Home, campaign: Campaign) -> None:
    """The real thing, day after day: launch, heal, drain, until the last moment of the window."""
    senders = {lane: Accepting(lane.split(":")[0], lane) for lane in PRICES}
    turns = {lane: Turns(Pace(FAST)) for lane in PRICES}
    home.db.write(lambda s: campaigns.launch(s, home, campaign, "lan", home.now()))
    with home.db.read() as session:
        ends_at = campaigns.moment_for(session, home, campaign, home.now()).ends_at
    while True:
        home.db.write(lambda s: (healing.sweep(s, home.now()), campaigns.plan_due_steps(s, home, home.now())))
        while (await drain_all(home, senders, "a", turns)).keys() & {"accepted"}:
            pass
        with home.db.read() as session:
            following = _next_moment(session, session.get_one(Campaign, campaign.id), home.now())
        if following is None or following >= ends_at:
            return
        home.now.set(following)


def _next_moment(session: Session, campaign: Campaign, now: datetime) -> datetime | None:
    """When something may happen next: a hold ends, or a step is due. What waits for people is asked in vain."""
    mine = col(Delivery.campaign) == campaign.id
    waiting = select(func.min(col(Delivery.due_at))).where(
        mine,
        col(Delivery.state).in_(["held", "due"]),
        col(Delivery.reason).not_in(["not_announced", "budget", "session_full"]),
        col(Delivery.due_at) > now,
    )
    moments = [session.execute(waiting).scalar()]
    rows = session.execute(select(Delivery).where(mine)).scalars().all()
    planned = {(row.person, row.step) for row in rows}
    for row in rows:
        goes_on = row.state == DeliveryState.ACCEPTED or row.reason in PASSED_OVER
        if goes_on and row.step < len(campaign.steps) and (row.person, row.step + 1) not in planned:
            moments.append(due_after(campaign, row.step + 1, row.changed_at))
    return min((at for at in moments if at is not None), default=None)


def became(session: Session, campaign: Campaign) -> dict[tuple[int, int], tuple[Any, ...]]:
    """What the run has written: (person, step) → (state, reason, channel, when, cost, variant)."""
    attempts = {a.delivery: a for a in session.execute(select(Attempt)).scalars()}
    found: dict[tuple[int, int], tuple[Any, ...]] = {}
    for row in session.execute(select(Delivery).where(col(Delivery.campaign) == campaign.id)).scalars():
        if row.state == DeliveryState.ACCEPTED:
            sent = attempts[row.id or 0]
            found[row.person, row.step] = ("due", "", row.channel, sent.at, sent.cost_vnd, row.variant)
        else:
            found[row.person, row.step] = (row.state, row.reason)
    return found


def told(rehearsed: list[Line]) -> dict[tuple[int, int], tuple[Any, ...]]:
    """The same of a rehearsal; what is too late has no row in the ledger."""
    return {
        (line.person, line.step): ("due", "", line.channel, line.at, line.cost_vnd, line.variant)
        if line.state == "due"
        else (line.state, line.reason)
        for line in rehearsed
        if line.reason != "too_late"
    }


async def agree(home: Home, seed: int, people: int) -> set[str]:
    """One random world, rehearsed and run. Returns what came up in it."""
    home.settings.zalo_app_id, home.settings.zalo_app_secret = "1", SecretStr("s")
    home.settings.zalo_template_id_unnamed, home.settings.telegram_token = "7", SecretStr("1:t")
    rng = random.Random(seed)
    start: datetime = home.now()
    home.now.set(start + timedelta(days=rng.randrange(3), hours=rng.randrange(24), minutes=rng.randrange(60)))
    campaign = home.db.write(lambda s: populate(s, home, rng, people))
    with home.db.read() as session:
        rehearsed = lines(session, home, campaign, home.now(), per_second={})
        assert session.execute(select(func.count()).where(col(Delivery.campaign) == campaign.id)).scalar() == 0
    await run(home, campaign)
    with home.db.read() as session:
        ran = became(session, campaign)
        for person in session.execute(select(Person)).scalars():
            sentences = why(session, campaign, person, home.now()).split("\n")
            assert len(sentences) in (1, len(campaign.steps))
            assert all(sentence.endswith(".") and len(sentence) > 15 for sentence in sentences)
    said = told(rehearsed)
    assert {key: (said.get(key), ran.get(key)) for key in {*said, *ran} if said.get(key) != ran.get(key)} == {}
    return {f"{line.state} {line.reason}" for line in rehearsed}


@pytest.mark.parametrize("seed", range(3))
async def test_a_rehearsal_and_the_run_agree_on_everybody(home: Home, seed: int) -> None:
    assert await agree(home, seed, 40)


@pytest.mark.slow
async def test_ten_thousand_cases_agree(home: Home) -> None:
    """Fifty communes of two hundred people, each in a world of its own; a case is one person."""
    came_up: set[str] = set()
    start = home.now()
    for seed in range(1000, 1050):
        home.now.set(start)
        came_up |= await agree(home, seed, 200)
        home.db.write(empty)
    assert {"due "} | {f"skipped {reason}" for reason in ("stopped", "visit", "no_channel", "too_late")} <= came_up
    assert {f"held {reason}" for reason in ("not_announced", "budget", "session_full")} <= came_up


def empty(session: Session) -> None:
    """Everything that one world has left behind."""
    for table in (
        Attempt,
        Delivery,
        Visit,
        HelpSession,
        Announcement,
        Campaign,
        PersonContact,
        Contact,
        Standing,
        Person,
    ):
        session.execute(delete(table))
