"""What was known of whom on a given day: persons and their facts, folded back to that day.

``Standing`` says what stands now; a report of last month, or the comparison with the month before, asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from register.categories import CATEGORIES, GROUPS
from register.facts import STRENGTH
from register.home import VIETNAM
from register.tables import Fact, Person, PersonCategory

SPECIAL = ("no_smartphone", "frail", "child", "delegate")  # "đối tượng đặc thù"
CANNOT_HAVE = ("child", "delegate")  # no ASXH account of their own
LEVEL_2_FROM_AGE = 6  # under 6: level 1 only (NĐ 69/2024 điều 7)


@dataclass
class Someone:
    """One person with what was said of them: kind → (as-of, strength, order, value, evidence)."""

    hamlet: str
    birth_year: int | None
    entered: date
    left: date | None
    reason: str
    codes: list[str]
    said: dict[str, list[tuple[date, int, int, str, str]]]

    def present(self, day: date) -> bool:
        return self.entered <= day and (self.left is None or self.left > day)

    def known(self, kind: str, day: date) -> tuple[str, str]:
        """Value and evidence that stood on this day: the newest as-of date, on a tie the stronger evidence."""
        newest = max((fact for fact in self.said.get(kind, ()) if fact[0] <= day), default=None)
        return (newest[3], newest[4]) if newest else ("unknown", "")

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
        return not small and self.known("special", day)[0] not in CANNOT_HAVE


def everyone(session: Session, commune: str) -> list[Someone]:
    """Everyone who was ever on the commune's register. A list tells of its as-of date, not of the day it was read."""
    people: dict[int, Someone] = {}
    columns = (Person.id, Person.hamlet, Person.birth_year, Person.created_at, Person.closed_at, Person.closed_reason)
    for number, hamlet, birth_year, created_at, closed_at, reason in session.execute(
        select(*map(col, columns)).where(col(Person.commune) == commune)
    ):
        left = closed_at and closed_at.astimezone(VIETNAM).date()
        entered = created_at.astimezone(VIETNAM).date()
        people[number] = Someone(hamlet or "", birth_year, entered, left, reason, [], {})
    here = select(col(Person.id)).where(col(Person.commune) == commune)
    category = select(col(PersonCategory.person), col(PersonCategory.code))
    for number, code in session.execute(category.where(col(PersonCategory.person).in_(here))):
        people[number].codes.append(code)
    facts = select(*map(col, (Fact.id, Fact.person, Fact.kind, Fact.value, Fact.evidence, Fact.as_of)))
    for order, number, kind, value, evidence, as_of in session.execute(facts.where(col(Fact.person).in_(here))):
        person = people[number]
        person.entered = min(person.entered, as_of)
        person.said.setdefault(kind, []).append((as_of, STRENGTH[evidence], order, value, evidence))
    return list(people.values())
