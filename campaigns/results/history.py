"""What was known of whom on a given day: persons and their facts, folded back to that day.

``Standing`` says what stands now; a report of last month, or the comparison with the month before, asks here.
Two dates matter: the day of which figures tell (a list tells of its as-of date), and the moment at which they were
known. Figures that were handed in come out again exactly when that moment is given again: later lists, corrections
of earlier days, people who came back or moved change nothing in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from register.categories import CATEGORIES, GROUPS
from register.facts import LEVEL_2_FROM_AGE, NO_ACCOUNT_OF_THEIR_OWN, SPECIAL, STRENGTH
from register.home import VIETNAM
from register.tables import Fact, Person, PersonCategory, PersonPast


@dataclass(slots=True)
class Someone:
    """One person with what was said of them: kind → (as-of, strength, order, value, evidence)."""

    hamlet: str
    birth_year: int | None
    entered: date
    left: date | None
    reason: str
    codes: list[str]
    said: dict[str, list[tuple[date, int, int, str, str]]]
    stood: dict[date, dict[str, tuple[str, str]]] = field(default_factory=dict)  # what ``known`` has folded already

    def present(self, day: date) -> bool:
        return self.entered <= day and (self.left is None or self.left > day)

    def known(self, kind: str, day: date) -> tuple[str, str]:
        """Value and evidence that stood on this day: the newest as-of date, on a tie the stronger evidence."""
        if day not in self.stood:
            by_then = ((what, [one for one in facts if one[0] <= day]) for what, facts in self.said.items())
            self.stood[day] = {what: max(facts)[3:] for what, facts in by_then if facts}
        return self.stood[day].get(kind, ("unknown", ""))

    def group(self) -> str:
        """The one group under which the person is counted, so that groups add up."""
        groups = {CATEGORIES[code].group for code in self.codes if code in CATEGORIES} or {"other"}
        return next(group for group in GROUPS if group in groups)

    def sensitive(self) -> bool:
        """Whether every category of this person tells of health."""
        return bool(self.codes) and all(code in CATEGORIES and CATEGORIES[code].sensitive for code in self.codes)

    def special(self, day: date) -> bool:
        """Đặc thù: somebody else's help is needed, whatever is missing."""
        return self.known("special", day)[0] in SPECIAL or not self.can_have(day)

    def can_have(self, day: date) -> bool:
        """Whether an ASXH account of one's own is possible."""
        if self.known("asxh_account", day)[0] == "yes":
            return True
        small = self.birth_year is not None and day.year - self.birth_year < LEVEL_2_FROM_AGE
        return not small and self.known("special", day)[0] not in NO_ACCOUNT_OF_THEIR_OWN


def everyone(session: Session, commune: str, known_at: datetime | None = None) -> list[Someone]:
    """Everyone who was ever on the commune's register. A list tells of its as-of date, not of the day it was read.

    ``known_at``: as everything was known at that moment; without it as it is known now.
    """
    people: dict[int, Someone] = {}
    here = select(col(Person.id)).where(col(Person.commune) == commune)
    past = _past(session, here, known_at)
    columns = (Person.id, Person.hamlet, Person.birth_year, Person.created_at, Person.closed_at, Person.closed_reason)
    persons = select(*map(col, columns)).where(col(Person.commune) == commune)
    if known_at is not None:
        persons = persons.where(col(Person.created_at) <= known_at)
    for number, hamlet, birth_year, created_at, closed_at, reason in session.execute(persons):
        if number in past:
            hamlet, birth_year, closed_at, reason = past[number][:4]
        left = closed_at and closed_at.astimezone(VIETNAM).date()
        entered = created_at.astimezone(VIETNAM).date()
        codes = [code for code in past[number].categories.split(",") if code] if number in past else []
        people[number] = Someone(hamlet or "", birth_year, entered, left, reason, codes, {})
    category = select(col(PersonCategory.person), col(PersonCategory.code)).order_by(col(PersonCategory.code))
    for number, code in session.execute(category.where(col(PersonCategory.person).in_(here))):
        if number in people and number not in past:
            people[number].codes.append(code)
    facts = select(*map(col, (Fact.id, Fact.person, Fact.kind, Fact.value, Fact.evidence, Fact.as_of)))
    if known_at is not None:
        facts = facts.where(col(Fact.at) <= known_at)
    for order, number, kind, value, evidence, as_of in session.execute(facts.where(col(Fact.person).in_(here))):
        person = people[number]
        person.entered = min(person.entered, as_of)
        person.said.setdefault(kind, []).append((as_of, STRENGTH[evidence], order, value, evidence))
    return list(people.values())


def _past(session: Session, here: Any, known_at: datetime | None) -> dict[int, Any]:
    """What stood at that moment of those who were changed since: the first change after it tells what was before."""
    if known_at is None:
        return {}
    columns = ("hamlet", "birth_year", "closed_at", "closed_reason", "categories", "person")
    rows = select(*(col(getattr(PersonPast, name)) for name in columns)).where(
        col(PersonPast.person).in_(here), col(PersonPast.until) > known_at
    )
    found: dict[int, Any] = {}
    for row in session.execute(rows.order_by(col(PersonPast.until), col(PersonPast.id))):
        found.setdefault(row.person, row)
    return found
