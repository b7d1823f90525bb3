"""Tiến độ over time: one rung of a commune's ladder on a number of days, folded back from the facts in SQL.

The same rule as ``campaigns.results.history``, which folds person by person for the reports; here only counts leave the
database. On each day a person's newest as-of date stands, on a tie the stronger evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, case, func, select
from sqlmodel import Session, col

from register.facts import STRENGTH
from register.home import VIETNAM
from register.ladder import FACT_OF_RUNG
from register.tables import Fact, Person

WEEKS = 16  # as long as this, the chart goes week by week; after that by month ends
MONTHS = 12


@dataclass(frozen=True)
class Point:
    """One rung on one day (at its end): so many stood on it, did not, or nobody knew."""

    day: date
    yes: int
    no: int
    unknown: int

    @property
    def people(self) -> int:
        return self.yes + self.no + self.unknown


def trend(session: Session, commune: str, rung: str, today: date) -> list[Point]:
    """The rung's figures, the oldest first, from the first list on; the last is today's. Empty without facts."""
    kind, yes = FACT_OF_RUNG[rung]
    present = _present(session, commune)
    if not present:
        return []
    held = _held(session, commune, kind)
    points = []
    for day in days_between(min(entered for entered, _, _ in present), today):
        people = sum(number for entered, left, number in present if entered <= day < left)
        known = {"yes": 0, "no": 0}
        for value, since, until, number in held:
            if value != "unknown" and since <= day < until:
                known["yes" if value == yes else "no"] += number
        points.append(Point(day, known["yes"], known["no"], people - known["yes"] - known["no"]))
    return points


def days_between(first: date, today: date) -> list[date]:
    """Sundays and today while the story is short; then the ends of the last months and today."""
    if today - first <= timedelta(weeks=WEEKS):
        sunday = first + timedelta(days=6 - first.weekday())
        found = [sunday + timedelta(weeks=n) for n in range(WEEKS + 1)]
    else:
        month, found = today.replace(day=1), []
        for _ in range(MONTHS):
            found.append(month - timedelta(days=1))
            month = found[-1].replace(day=1)
        found.reverse()
    return [day for day in found if first <= day < today] + [today]


def _present(session: Session, commune: str) -> list[tuple[date, date, int]]:
    """(entered, left, how many). A list tells of its as-of date, not of the day it was read."""
    told: Any = select(col(Fact.person).label("person"), func.min(Fact.as_of).label("first")).group_by(col(Fact.person))
    told = told.where(col(Fact.person).in_(select(col(Person.id)).where(col(Person.commune) == commune)))
    first = told.subquery("told")
    columns = (col(Person.created_at), col(Person.closed_at), first.c.first)
    query = select(*columns, func.count()).select_from(Person).outerjoin(first, first.c.person == Person.id)
    rows = session.execute(query.where(col(Person.commune) == commune).group_by(*columns)).all()
    return [
        (min(_day(created), said or date.max), _day(closed) if closed else date.max, number)
        for created, closed, said, number in rows
    ]


def _held(session: Session, commune: str, kind: str) -> list[tuple[str, date, date, int]]:
    """(value, from, until, how many): how long each value stood, never past the day a person left."""
    strength = case(STRENGTH, value=col(Fact.evidence))
    until = func.lead(Fact.as_of, type_=Date).over(
        partition_by=col(Fact.person), order_by=(col(Fact.as_of), strength, col(Fact.id))
    )
    facts = (
        select(col(Fact.value), col(Fact.as_of), until.label("until"), col(Person.closed_at))
        .join(Person, col(Person.id) == Fact.person)
        # coalesce: SQLite would go through every fact of this kind in the country, not through these people's
        .where(col(Person.commune) == commune, func.coalesce(Fact.kind, "") == kind)
        .subquery("facts")
    )
    columns = (facts.c.value, facts.c.as_of, facts.c.until, facts.c.closed_at)
    return [
        (value, since, min(until or date.max, _day(closed) if closed else date.max), number)
        for value, since, until, closed, number in session.execute(select(*columns, func.count()).group_by(*columns))
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()
