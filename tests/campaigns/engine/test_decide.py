"""The rules' two faces are one: SQL for the set and Python for one give the same answer."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from campaigns.engine.candidates import load
from campaigns.engine.decide import Candidate, Hold, Moment, Send, Skip, decide, opens_at, wave_at
from campaigns.engine.plan import plan, plan_query
from campaigns.field.seats import LAST, Seats
from campaigns.tables import Attempt, Campaign, Delivery, Visit
from register.home import VIETNAM, Home
from register.tables import Contact, Inquiry, InquiryRow, Person, PersonContact, Standing, Unit

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CHANNELS = ("zalo", "telegram", "zbs", "visit")


def moment(**changes: object) -> Moment:
    fixed = {
        "now": NOW,
        "starts_at": NOW - timedelta(days=1),
        "ends_at": NOW + timedelta(days=30),
        "opens_at": NOW,
        "channels": CHANNELS,
    }
    return Moment(**(fixed | changes))  # type: ignore[arg-type]


def make_campaign(session: Session, **changes: object) -> Campaign:
    values: dict[str, object] = {
        "commune": "22945",
        "name": "đợt 1",
        "segment": "nq418-ready",
        "channels": list(CHANNELS),
        "steps": [{"message": "first"}, {"message": "reminder", "after_days": 4}],
        "starts_on": date(2026, 11, 22),
        "ends_on": date(2026, 12, 22),
        "author": "lan",
        "created_at": NOW,
        "state": "running",
    }
    campaign = Campaign(**(values | changes))  # type: ignore[arg-type]
    session.add(campaign)
    session.flush()
    return campaign


def populate(session: Session, rng: random.Random, people: int) -> Campaign:
    """Random people in random circumstances, most of them in the segment."""
    campaign = make_campaign(session)
    old = make_campaign(session, name="đợt 0")
    for number in range(3):
        session.add(Unit(code=f"22945-{number}", kind="hamlet", name=f"Khu phố {number}", parent="22945"))
    session.flush()

    def sometimes(chance: float, value: object) -> object:
        return value if rng.random() < chance else None

    session.add(
        Inquiry(
            id=1, commune="22945", kind="bank", office="ngân hàng", why="no_bank", people=9, by="lan", made_at=NOW,
            expires_at=NOW + timedelta(days=90), sent_at=NOW, answer_by=date(2026, 12, 8),
        )
    )  # fmt: skip
    session.flush()
    contacts: list[Contact] = []
    for number in range(people):
        person = Person(
            commune="22945",
            hamlet=f"22945-{rng.randrange(3)}",
            lookup=b"p%d" % number,
            closed_at=sometimes(0.05, NOW),
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(person)
        session.flush()
        goal = rng.choices(["no", "yes", "unknown"], [8, 1, 1])[0]
        session.add(
            Standing(
                person=person.id,
                nq418="yes",
                bank_account="yes",
                eid_level=rng.choices(["2_active", "below_2"], [9, 1])[0],
                asxh_account=goal,
                asxh_since=rng.choice(["before", "during", "unknown"]) if goal == "yes" else "",
            )
        )
        if number % 9 == 0:
            said = {"outcome": "refused", "created_at": NOW}
            session.add(Visit(campaign=campaign.id, commune="22945", person=person.id, **said))
        if number % 7 == 0:
            session.add(InquiryRow(code=f"C{number}", inquiry=1, person=person.id))
        mine: list[Contact] = []
        for channel in rng.sample(["zalo", "telegram", "phone"], rng.randrange(4)):
            contact = Contact(
                channel=channel,
                lane=f"{channel}:main",
                lookup=b"%d%d" % (number, len(contacts)),
                linked_at=sometimes(0.8, NOW) if channel != "phone" else None,
                stopped_at=sometimes(0.1, NOW),
                blocked_at=sometimes(0.1, NOW),
                last_inbound_at=sometimes(0.6, NOW - timedelta(days=1)),
                busy_until=sometimes(0.3, NOW + timedelta(minutes=rng.randrange(-30, 30))),
                created_at=NOW,
            )
            session.add(contact)
            session.flush()
            contacts.append(contact)
            mine.append(contact)
        if contacts and rng.random() < 0.4:
            mine.append(rng.choice(contacts))  # a shared phone
        for contact in {c.id: c for c in mine}.values():
            session.add(PersonContact(person=person.id, contact=contact.id, stopped_at=sometimes(0.05, NOW), at=NOW))
            for past in range(rng.choices([0, 1, 4], [6, 2, 1])[0]):
                sent = NOW - timedelta(hours=rng.choice([1, 30, 100, 400]))
                delivery = Delivery(
                    campaign=old.id,
                    step=100 * (contact.id or 0) + past,
                    person=person.id,
                    contact=contact.id,
                    state="accepted",
                    changed_at=sent,
                )
                session.add(delivery)
                session.flush()
                result = rng.choice(["accepted", "unknown", "failed"])
                session.add(Attempt(delivery=delivery.id, channel=contact.channel, lane="", at=sent, result=result))
    session.flush()
    return campaign


def seat(session: int, *, days: int, upto: int = LAST) -> Seats:
    """A session whose wave begins in ``days`` days."""
    return Seats(session, NOW + timedelta(days=days + 3), NOW + timedelta(days=days), upto)


MOMENTS = {
    "an ordinary morning": moment(),
    "nothing announced": moment(announced=False),
    "the reminder needs no announcement": moment(announced=False, step=2),
    "budget used up": moment(budget_left=False),
    "before the start": moment(starts_at=NOW + timedelta(days=2)),
    "after the end": moment(ends_at=NOW),
    "at night": moment(opens_at=NOW + timedelta(hours=9)),
    "a session next week": moment(seats={"22945-1": (seat(7, days=4),), "22945-2": (seat(8, days=-1, upto=60),)}),
    "sessions with places for some, and a hamlet whose sessions are over": moment(
        seats={
            "22945-0": (seat(7, days=-1, upto=30), seat(8, days=2, upto=80)),
            "22945-1": (),
            "22945-2": (seat(9, days=3),),
        }
    ),
    "a reminder waits for no place": moment(seats={"22945-0": (), "22945-1": ()}, step=2),
    "hamlets begin one after another": moment(
        turns={"22945-0": NOW, "22945-1": NOW + timedelta(days=2), "22945-2": NOW + timedelta(days=4)},
        seats={"22945-1": (seat(7, days=-1, upto=60),)},
    ),
    "whose turn it is does not matter for a reminder": moment(turns={"22945-0": NOW + timedelta(days=2)}, step=2),
    "a fifth is held out": moment(holdout=20),
    "some refused at the door": moment(refusals=True),
    "a bank has some of them": moment(hand_overs=True),
    "a reminder while a bank has some of them": moment(hand_overs=True, step=2),
    "only Telegram": moment(channels=("telegram",)),
    "no channel at all": moment(channels=()),
}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_set_and_the_one_decide_alike(home: Home, seed: int) -> None:
    campaign = home.db.write(lambda session: populate(session, random.Random(seed), 150))
    with home.db.read() as session:
        seen = set()
        for name, when in MOMENTS.items():
            rows = {r["person"]: r for r in map(dict, session.execute(_step_one(campaign, when)).mappings())}
            assert len(rows) > 60
            for person, candidate in load(session, campaign, when, rows).items():
                row, decision = rows[person], decide(candidate, when)
                match decision:
                    case Send(channel, contact):
                        expected = ("due", "", channel, contact, when.now)
                    case Hold(until, reason):
                        chosen = candidate.by(when.channels)
                        expected = ("held", reason, chosen.channel, chosen.contact, until)
                    case Skip(reason):
                        chosen = candidate.by(when.channels)
                        expected = ("skipped", reason, chosen.channel, chosen.contact or None, None)
                got = (row["state"], row["reason"], row["channel"], row["contact"], row["due_at"])
                assert got == expected, name
                seen.add(row["reason"])
    asked = {
        "stopped",
        "no_channel",
        "visit",
        "not_announced",
        "budget",
        "before_start",
        "wave",
        "session_full",
        "refused",
        "turn",
        "holdout",
        "handed_over",
        "quiet_hours",
        "busy",
    }
    assert asked | {"cap_person", "cap_phone", "window_over", ""} <= seen


def _step_one(campaign: Campaign, when: Moment) -> object:
    from campaigns.segments import segment_named

    return plan_query(campaign, when, segment_named("nq418-ready").sql())


@pytest.mark.parametrize(
    ("candidate", "when", "expected"),
    [
        (Candidate(1, zalo=7, zalo_warm=1), moment(), Send("zalo", 7)),
        (Candidate(1, telegram=3, telegram_warm=1, zbs=9), moment(), Send("telegram", 3)),
        (Candidate(1), moment(), Skip("visit")),
        (Candidate(1), moment(channels=("zalo",)), Skip("no_channel")),
        (Candidate(1, zalo=7, stopped=1), moment(), Skip("stopped")),
        (Candidate(1, zalo=7, goal="yes", goal_since="before"), moment(), Skip("had_before")),
        (Candidate(1, zalo=7, goal="yes", goal_since="during"), moment(), Skip("done")),
        (Candidate(1, zbs=7), moment(announced=False), Hold(NOW + timedelta(hours=1), "not_announced")),
        (Candidate(1, zalo=7, zalo_warm=1), moment(announced=False), Send("zalo", 7)),
        (Candidate(1, zbs=7, zbs_today=1), moment(), Hold(datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "cap_phone")),
    ],
)
def test_one_person_at_one_moment(candidate: Candidate, when: Moment, expected: object) -> None:
    assert decide(candidate, when) == expected


def test_a_channel_that_refused_is_not_tried_again() -> None:
    assert decide(Candidate(1, zalo=7, zbs=9), moment(), tried=["zalo"]) == Send("zbs", 9)
    assert decide(Candidate(1, zalo=7), moment(), tried=["zalo"]) == Skip("visit")


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 06:59", "2026-11-23 07:00"),
        ("2026-11-23 21:00", "2026-11-25 07:00"),  # 24/11 is Ngày Văn hóa Việt Nam
        ("2027-02-06 10:00", "2027-02-11 07:00"),  # Tết Đinh Mùi
    ],
)
def test_messages_go_inside_the_hours_and_never_on_a_holiday(local: str, expected: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM).astimezone(UTC)

    assert opens_at(at(local)) == at(expected)


def test_a_wave_begins_three_days_before_the_session() -> None:
    assert wave_at(datetime(2026, 12, 1, 1, 0, tzinfo=UTC)) == datetime(2026, 11, 28, 0, 0, tzinfo=UTC)


def test_select_is_plain(home: Home) -> None:
    """A campaign over an empty commune plans nobody."""
    campaign = home.db.write(make_campaign)
    assert home.db.write(lambda s: plan(s, campaign, moment())) == 0
    with home.db.read() as session:
        assert session.execute(select(Delivery)).first() is None
