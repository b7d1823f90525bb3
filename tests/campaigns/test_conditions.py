"""Conditions: data with two faces that are one, on both databases; what is no condition is refused in a sentence."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from campaigns.conditions import (
    FACTS,
    OUTCOMES,
    VALUE_WORDS,
    WAYS,
    Age,
    Category,
    Condition,
    Earlier,
    Hamlet,
    Known,
    Reach,
    Written,
    all_of,
    from_json,
    names_for,
    someone,
    to_json,
)
from campaigns.segments import SEGMENTS
from campaigns.tables import Attempt, Campaign, Delivery
from register.categories import CATEGORIES
from register.errors import BadInput
from register.facts import VALUES
from register.home import Home
from register.tables import Contact, Person, PersonCategory, PersonContact, Standing, Unit

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HAMLETS = ("22945-a", "22945-b")
PEOPLE, CONDITIONS = 120, 60


def populate(session: Session, rng: random.Random) -> None:
    """Random people, and two campaigns that some of them were in."""

    def sometimes(chance: float, value: Any) -> Any:
        return value if rng.random() < chance else None

    for code in HAMLETS:
        session.add(Unit(code=code, kind="hamlet", name=code, parent="22945"))
    for number in (1, 2):
        session.add(
            Campaign(
                id=number, commune="22945", name=f"đợt {number}", segment="everyone", channels=["zalo"], steps=[],
                starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1), author="lan", created_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    for number in range(1, PEOPLE + 1):
        person = Person(
            commune="22945", hamlet=sometimes(0.8, rng.choice(HAMLETS)),
            birth_year=sometimes(0.9, rng.randrange(1930, 2020)),
            lookup=b"%d" % number, closed_at=sometimes(0.1, NOW), created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(person)
        session.flush()
        known = {kind: rng.choice(values) for kind, values in VALUES.items()}
        session.add(Standing(person=person.id, **known))
        for code in rng.sample(list(CATEGORIES), rng.randrange(3)):
            session.add(PersonCategory(person=person.id, code=code))
        for channel in rng.sample(["zalo", "telegram", "web", "zalo_bot", "phone"], rng.choice([0, 1, 1, 2])):
            contact = Contact(
                channel=channel, lane=channel, lookup=b"%d%d" % (number, len(channel)), created_at=NOW,
                linked_at=sometimes(0.8, NOW), blocked_at=sometimes(0.15, NOW),
                last_inbound_at=sometimes(0.5, NOW - timedelta(days=rng.randrange(10))),
            )  # fmt: skip
            session.add(contact)
            session.flush()
            session.add(PersonContact(person=person.id, contact=contact.id, at=NOW))
        for campaign in (1, 2):
            if rng.random() < 0.7:
                _delivery(session, rng, campaign, person.id or 0)
    session.flush()


def _delivery(session: Session, rng: random.Random, campaign: int, person: int) -> None:
    at = NOW - timedelta(days=rng.randrange(12), hours=rng.randrange(24))
    state = rng.choice(
        ["held", "due", "claimed", "sending", "accepted", "accepted", "accepted", "failed", "unknown", "skipped"]
    )
    reason = rng.choice(["visit", "stopped"]) if state == "skipped" else ""
    row = Delivery(
        campaign=campaign, step=rng.choice([1, 1, 2]), person=person, state=state, reason=reason, changed_at=at
    )
    session.add(row)
    session.flush()
    for result in rng.sample(["accepted", "unknown", "failed", "later"], rng.randrange(3)):
        session.add(Attempt(delivery=row.id, channel="zalo", lane="", at=at, result=result))


def any_condition(rng: random.Random) -> Condition:
    """One of the seven kinds, with random values."""

    def some(values: Any) -> tuple[Any, ...]:
        values = list(values)
        return tuple(rng.sample(values, rng.randrange(1, len(values) + 1)))

    fact = rng.choice(list(VALUES))
    bounds = sorted(rng.sample(range(100), 2))
    least, most = rng.choice([(bounds[0], bounds[1]), (bounds[0], None), (None, bounds[1])])
    found: Condition = rng.choice(
        [
            Known(fact, some(VALUES[fact])),
            Category(some(CATEGORIES)),
            Hamlet(some(("", *HAMLETS))),
            Age(least, most, rng.random() < 0.5),
            Reach(some(WAYS)),
            Written(rng.randrange(1, 14), rng.random() < 0.5),
            Earlier(rng.choice([1, 2, 3]), some(OUTCOMES)),
        ]
    )
    return found


def test_both_faces_of_every_condition_are_one(home: Home) -> None:
    rng = random.Random(6)
    home.db.write(lambda session: populate(session, rng))
    with home.db.read() as session:
        people = session.exec(select(Person)).all()
        them = {person.id: someone(session, person) for person in people}
        held: dict[str, set[bool]] = {}
        for _ in range(CONDITIONS):
            condition = any_condition(rng)
            assert from_json(to_json([condition])) == (condition,)
            assert condition.words()
            joined = select(Person.id).join(Standing, col(Standing.person) == Person.id)
            by_sql = set(session.exec(joined.where(condition.sql(NOW))).all())
            by_one = {number for number, found in them.items() if condition.applies(found, NOW)}
            assert by_sql == by_one, condition
            held.setdefault(condition.name, set()).update({bool(by_one), len(by_one) < len(people)})
        assert len(held) == 7
        assert all(True in found for found in held.values())


def test_several_conditions_hold_together_and_only_of_open_people(home: Home) -> None:
    rng = random.Random(7)
    home.db.write(lambda session: populate(session, rng))
    both = (Known("bank_account", ("yes", "unknown")), Age(least=30, unknown=True))
    with home.db.read() as session:
        joined = select(Person).join(Standing, col(Standing.person) == Person.id)
        found = session.exec(joined.where(all_of(both, NOW))).all()
        everybody = session.exec(select(Person)).all()
        expected = [
            person.id
            for person in everybody
            if person.closed_at is None and all(c.applies(someone(session, person), NOW) for c in both)
        ]
    assert sorted(person.id or 0 for person in found) == expected
    assert 0 < len(expected) < len(everybody)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("x", "danh sách"),
        ([{"is": "luck"}], "một trong"),
        (["fact"], "một trong"),
        ([{"is": "fact", "fact": "iq", "values": ["yes"]}], "Không có thông tin"),
        ([{"is": "fact", "fact": "bank_account", "values": ["maybe"]}], "giá trị"),
        ([{"is": "fact", "fact": "bank_account", "values": []}], "giá trị"),
        ([{"is": "fact", "fact": ["bank_account"], "values": ["yes"]}], "chỉ có các mục"),
        ([{"is": "fact", "fact": "bank_account", "values": "yes"}], "chỉ có các mục"),
        ([{"is": "fact", "fact": "bank_account", "values": [["yes"]]}], "giá trị"),
        ([{"is": "fact", "fact": "bank_account"}], "còn thiếu"),
        ([{"is": "category", "codes": ["rich"]}], "Loại người hưởng"),
        ([{"is": "hamlet", "codes": []}], "ít nhất một"),
        ([{"is": "age"}], "Tuổi"),
        ([{"is": "age", "least": "60"}], "Tuổi"),
        ([{"is": "age", "least": True}], "Tuổi"),
        ([{"is": "age", "least": 70, "most": 60}], "nhỏ hơn"),
        ([{"is": "reach", "ways": ["fax"]}], "Cách liên lạc"),
        ([{"is": "written", "days": 0}], "Số ngày"),
        ([{"is": "earlier", "campaign": 1, "outcomes": ["won"]}], "Kết quả"),
        ([{"is": "earlier", "campaign": "1", "outcomes": ["none"]}], "số của đợt"),
        ([{"is": "age", "least": 1}] * 13, "nhiều nhất"),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_told_in_one_sentence(data: Any, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        from_json(data)
    assert "\n" not in str(refused.value)


def test_every_fact_value_and_shipped_group_has_words() -> None:
    assert set(FACTS) == set(VALUES)
    assert {value for values in VALUES.values() for value in values} <= set(VALUE_WORDS)
    for segment in SEGMENTS.values():
        assert all(condition.words() for condition in segment.conditions)
        assert from_json(to_json(segment.conditions)) == segment.conditions


def test_conditions_are_told_with_the_names_of_hamlets_and_campaigns(home: Home) -> None:
    home.db.write(lambda session: populate(session, random.Random(1)))
    conditions = (Hamlet(("22945-a", "")), Earlier(2, ("silent",)))
    with home.db.read() as session:
        names = names_for(session, conditions, {"22945-a": "Khu phố 1"})
    assert conditions[0].words(names) == "Ở Khu phố 1 hoặc chưa rõ địa bàn"
    assert conditions[1].words(names) == "Ở đợt “đợt 2”: đã nhận tin, chưa trả lời"


def test_whoever_only_has_the_page_in_the_browser_cannot_be_written_to(home: Home) -> None:
    def make(session: Session) -> None:
        person = Person(commune="22945", created_at=NOW, updated_at=NOW)
        contact = Contact(lane="web:main", channel="web", lookup=b"web", sealed=b"x", linked_at=NOW, created_at=NOW)
        session.add_all([person, contact])
        session.flush()
        session.add(Standing(person=person.id or 0))
        session.add(PersonContact(person=person.id or 0, contact=contact.id or 0, at=NOW))

    home.db.write(make)
    with home.db.read() as session:
        person = session.exec(select(Person)).one()
        for condition, holds in ((Reach(("none",)), True), (Reach(("other",)), False)):
            assert condition.applies(someone(session, person), NOW) is holds
            found = session.exec(select(Person.id).join(Standing).where(all_of([condition], NOW))).all()
            assert bool(found) is holds
