"""What stood of a person before: hamlet, year of birth, open or closed, categories.

Facts are only added and carry their history themselves. These columns are changed in place, so whoever changes one
first calls ``remember``: with it the figures of an earlier day come out as they were (campaigns.results.history).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from database import batches, bulk_insert
from register.tables import Person, PersonCategory, PersonPast

_KEPT = ("hamlet", "birth_year", "closed_at", "closed_reason")


def remember(session: Session, persons: Iterable[int], now: datetime) -> None:
    """Keep what stands of these persons as what stood until ``now``. To be called before it is changed."""
    session.flush()
    wanted = sorted(set(persons))
    for batch in batches(wanted):
        rows = list(_rows(session, batch))  # read before they are copied: one connection does one thing at a time
        bulk_insert(session, PersonPast, ["person", *_KEPT, "categories"], rows, {"until": now})


def _rows(session: Session, persons: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    codes: dict[int, list[str]] = {}
    query = select(PersonCategory.person, PersonCategory.code).where(col(PersonCategory.person).in_(persons))
    for person, code in session.exec(query.order_by(PersonCategory.code)):
        codes.setdefault(person, []).append(code)
    standing = select(Person.id, *(getattr(Person, name) for name in _KEPT)).where(col(Person.id).in_(persons))
    for row in session.execute(standing).all():
        yield (*row, ",".join(codes.get(row[0], ())))


def forget(session: Session, persons: Collection[int]) -> None:
    """After their identity was removed: the past keeps no more of these persons than their rows do."""
    born = select(Person.birth_year).where(Person.id == PersonPast.person).scalar_subquery()
    session.execute(update(PersonPast).where(col(PersonPast.person).in_(persons)).values(birth_year=born))
