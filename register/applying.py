"""Writing what a plan says into the register, inside one write: all of it, or after any error nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col

from database import bulk_insert, insert_new, reserve_ids, upsert
from register.facts import Said, add, add_first
from register.merging import TOLD, Plan, categories_of, said_of
from register.past import remember
from register.tables import Contact, Person, PersonCategory, PersonContact, Source, Unit

BATCH = 400  # ids in one statement


def apply(
    session: Session, plan: Plan, source: Source, commune: str, by: str, now: datetime, step: Callable[[int], None]
) -> None:
    """Write the plan. ``source`` is stored already; ``step`` is called with how many more persons are done."""
    if plan.hamlets:
        rows = [{"code": c, "kind": "hamlet", "name": n, "parent": commune} for c, n in plan.hamlets.items()]
        session.execute(insert(Unit), rows)
    remember(session, plan.altered(), now)
    numbers = reserve_ids(session, Person, len(plan.fresh)) if plan.fresh else []
    _persons(session, plan, numbers, source, commune, now)
    _categories(session, plan, numbers)
    _phones(session, plan, numbers, now)
    told = {"as_of": source.as_of, "now": now, "source": source.id, "by": by}
    add(session, plan.news, "register", **told)  # type: ignore[arg-type]
    if plan.fresh:
        add_first(session, _said(plan, numbers, source.as_of.year, step), "register", **told)  # type: ignore[arg-type]
    for reason, persons in plan.closing.items():
        for batch in _batches(persons):
            closing = update(Person).where(col(Person.id).in_(batch))
            session.execute(closing.values(closed_at=now, closed_reason=reason, updated_at=now))


def _persons(session: Session, plan: Plan, numbers: list[int], source: Source, commune: str, now: datetime) -> None:
    if plan.fresh:
        names = list(plan.fresh[0][1])
        rows = ((number, *row.values()) for number, (_, row) in zip(numbers, plan.fresh, strict=True))
        same = {"commune": commune, "last_source": source.id, "created_at": now, "updated_at": now}
        bulk_insert(session, Person, ["id", *names], rows, same)
    if plan.changes:
        table = Person.metadata.tables["person"]
        changing = update(table).where(table.c.id == bindparam("person")).values(last_source=source.id)
        session.connection().execute(changing, plan.changes)
    for batch in _batches(plan.seen):
        session.execute(update(Person).where(col(Person.id).in_(batch)).values(last_source=source.id))


def _categories(session: Session, plan: Plan, numbers: list[int]) -> None:
    rows = (
        (number, code, words)
        for number, (person, _) in zip(numbers, plan.fresh, strict=True)
        for code, words in categories_of(person).items()
    )
    names = ["person", "code", "name"]
    bulk_insert(session, PersonCategory, names, rows, {})
    changed = [dict(zip(names, row, strict=True)) for row in plan.categories]
    upsert(session, PersonCategory, changed, ["person", "code"])
    if plan.categories_gone:
        table = PersonCategory.metadata.tables["person_category"]
        one = delete(table).where(table.c.person == bindparam("p"), table.c.code == bindparam("c"))
        session.execute(one, [{"p": person, "c": code} for person, code in plan.categories_gone])


def _phones(session: Session, plan: Plan, numbers: list[int], now: datetime) -> None:
    contacts = dict(plan.contacts)
    if plan.new_contacts:
        ids = reserve_ids(session, Contact, len(plan.new_contacts))
        contacts.update(zip(plan.new_contacts, ids, strict=True))
        names = list(next(iter(plan.new_contacts.values())))
        rows = ((number, *row.values()) for number, row in zip(ids, plan.new_contacts.values(), strict=True))
        bulk_insert(session, Contact, ["id", *names], rows, {})
    links = (
        (number, contacts[person.phone])
        for number, (person, _) in zip(numbers, plan.fresh, strict=True)
        if person.phone
    )  # fmt: skip
    bulk_insert(session, PersonContact, ["person", "contact"], links, {"relation": "unknown", "at": now})
    known = [{"person": p, "contact": contacts[phone], "relation": "unknown", "at": now} for p, phone in plan.links]
    insert_new(session, PersonContact, known, ["person", "contact"])
    if plan.links_gone:
        table = PersonContact.metadata.tables["person_contact"]
        one = delete(table).where(
            table.c.person == bindparam("p"), table.c.contact == bindparam("c"),
            table.c.relation == "unknown", table.c.stopped_at.is_(None),
        )  # fmt: skip
        session.execute(one, [{"p": person, "c": contact} for person, contact in plan.links_gone])


def _said(plan: Plan, numbers: list[int], year: int, step: Callable[[int], None]) -> Iterator[tuple[int, list[Said]]]:
    for done, (number, (person, _)) in enumerate(zip(numbers, plan.fresh, strict=True), 1):
        yield number, list(said_of(number, person, year))
        if done % TOLD == 0:
            step(TOLD)


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), BATCH):
        yield numbers[start : start + BATCH]
