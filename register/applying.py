"""Writing what a plan says of people who stand already, inside one write: all of it, or after any error nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, col

from database import among, batches, insert_new, upsert
from register.arriving import contacts_for
from register.contacts import new_contact
from register.facts import Said, add, facts_of, news
from register.home import Home
from register.merging import Plan
from register.past import remember
from register.people import PHONE_LANE
from register.tables import Fact, Person, PersonCategory, PersonContact
from register.units import add_hamlets

UNSURE = 1_000  # facts: on PostgreSQL one with a lower number may be committed later
_person = Person.metadata.tables["person"]


def apply(session: Session, home: Home, plan: Plan, source: int, commune: str, by: str, now: datetime) -> None:
    """Write the plan, as far as it still holds: others may have written since it was made.

    Each person is as if the list had come before or after what was written of them meanwhile.
    """
    if plan.hamlets:
        add_hamlets(session, commune, plan.hamlets)
    stand = _who_stand(session, plan)
    remember(session, plan.altered() & stand, now)
    _rows(session, plan, stand, source, now)
    _categories(session, plan, stand)
    _phones(session, home, plan, stand, source, now)
    fresh = _still_news(session, plan, stand)
    add(session, fresh, "register", as_of=plan.as_of, now=now, source=source, by=by)
    for reason, persons in plan.closing.items():
        for batch in batches(persons):
            closing = update(_person).where(among(session, _person.c.id, batch), _person.c.closed_at.is_(None))
            session.execute(closing.values(closed_at=now, closed_reason=reason, updated_at=now))


def _who_stand(session: Session, plan: Plan) -> set[int]:
    """Of those whom the plan touches the ones who were not erased meanwhile."""
    touched = plan.changed | {person for people in plan.closing.values() for person in people}
    stand: set[int] = set()
    for batch in batches(sorted(touched)):
        query = select(_person.c.id).where(among(session, _person.c.id, batch), _person.c.sealed.is_not(None))
        stand.update(session.execute(query).scalars())
    return stand


def _rows(session: Session, plan: Plan, stand: set[int], source: int, now: datetime) -> None:
    changes = [row for row in plan.changes if row["person"] in stand]
    if changes:
        changing = update(_person).where(_person.c.id == bindparam("person")).values(updated_at=now)
        session.connection().execute(changing, changes)
    for batch in batches(plan.opening):
        opening = update(_person).where(among(session, _person.c.id, batch), _person.c.closed_reason == "left_list")
        session.execute(opening.values(closed_at=None, closed_reason="", updated_at=now))
    for batch in batches(plan.adopted):
        session.execute(update(_person).where(among(session, _person.c.id, batch)).values(source=source))


def _categories(session: Session, plan: Plan, stand: set[int]) -> None:
    names = ["person", "code", "name"]
    changed = [dict(zip(names, row, strict=True)) for row in plan.categories if row[0] in stand]
    upsert(session, PersonCategory, changed, ["person", "code"])
    if plan.categories_gone:
        table = PersonCategory.metadata.tables["person_category"]
        one = delete(table).where(table.c.person == bindparam("p"), table.c.code == bindparam("c"))
        session.execute(one, [{"p": person, "c": code} for person, code in plan.categories_gone])


def _phones(session: Session, home: Home, plan: Plan, stand: set[int], source: int, now: datetime) -> None:
    links = [(person, phone) for person, phone in plan.links if person in stand]
    rows = {phone: new_contact(home, "phone", PHONE_LANE, phone, now) for _, phone in links}
    contacts = contacts_for(session, rows, source)
    new = [{"person": p, "contact": contacts[phone], "relation": "unknown", "at": now} for p, phone in links]
    insert_new(session, PersonContact, new, ["person", "contact"])
    if plan.links_gone:
        table = PersonContact.metadata.tables["person_contact"]
        one = delete(table).where(
            table.c.person == bindparam("p"), table.c.contact == bindparam("c"),
            table.c.relation == "unknown", table.c.stopped_at.is_(None),
        )  # fmt: skip
        session.execute(one, [{"p": person, "c": contact} for person, contact in plan.links_gone])


def _still_news(session: Session, plan: Plan, stand: set[int]) -> list[tuple[Said, bool]]:
    """The plan's facts; asked again where something was said of the person meanwhile."""
    fresh = [(one, wins) for one, wins in plan.news if one.person in stand]
    moved: set[int] = set()
    for batch in batches(sorted({one.person for one, _ in fresh})):
        since: Any = select(Fact.person).where(col(Fact.id) > plan.fact_id - UNSURE)  # type: ignore[call-overload]
        moved.update(session.execute(since.where(among(session, col(Fact.person), batch))).scalars())
    if not moved:
        return fresh
    again = [one for one, _ in fresh if one.person in moved]
    asked = list(news(again, facts_of(session, sorted(moved)), "register", plan.as_of))
    return [(one, wins) for one, wins in fresh if one.person not in moved] + asked
