"""Tỉnh: every commune of a province against the line of 60 % paid by account, and what is not known of it.

Indicator A (805/SYT-XH Lạng Sơn, 18/3/2026; see campaigns.reports): people paid by account ÷ all managed people, in
every commune. Of whom nobody knows how they are paid counts in the denominator only, so the share is a lower bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from campaigns.reports import ACCOUNT_TARGET_PERCENT, BY_ACCOUNT
from register.tables import Person, Source, Standing, Unit
from register.words import fold


@dataclass(frozen=True)
class Place:
    """One commune. ``as_of``: of its newest list, None while it has none."""

    code: str
    name: str
    people: int = 0
    paid: int = 0
    unknown: int = 0
    as_of: date | None = None

    @property
    def missing(self) -> int:
        """How many more have to be paid by account until the line is reached."""
        return max(-(-self.people * ACCOUNT_TARGET_PERCENT // 100) - self.paid, 0)

    @property
    def verdict(self) -> str:
        """reached | open (too little is known to say) | below | none (no list yet)."""
        if not self.people:
            return "none"
        if not self.missing:
            return "reached"
        return "open" if self.unknown >= self.missing else "below"

    @property
    def share(self) -> float:
        return self.paid / self.people if self.people else -1.0


def places(session: Session, province: str) -> list[Place]:
    """All communes of a province, the highest share first, those without a list last."""
    units = session.execute(select(col(Unit.code), col(Unit.name)).where(col(Unit.parent) == province)).all()
    codes = [code for code, _ in units]
    paid = func.sum(case((col(Standing.payout).in_(BY_ACCOUNT), 1), else_=0))
    known = func.sum(case((func.coalesce(col(Standing.payout), "unknown") != "unknown", 1), else_=0))
    query = (
        select(col(Person.commune), func.count(), paid, known)
        .select_from(Person)
        .outerjoin(Standing, col(Standing.person) == Person.id)
        .where(col(Person.commune).in_(codes), col(Person.closed_at).is_(None))
        .group_by(col(Person.commune))
    )
    counted = {code: (people, int(by), people - int(of)) for code, people, by, of in session.execute(query)}
    days = _newest_lists(session, codes)
    found = [Place(code, name, *counted.get(code, (0, 0, 0)), days.get(code)) for code, name in units]
    return sorted(found, key=lambda one: (-one.share, one.name))


def _newest_lists(session: Session, codes: Sequence[str]) -> dict[str, date]:
    lists = select(col(Source.commune), func.max(col(Source.as_of))).where(col(Source.kind) == "list")
    rows = session.execute(lists.where(col(Source.commune).in_(codes)).group_by(col(Source.commune)))
    return {commune: day for commune, day in rows if commune}


def named(found: Sequence[Place], wanted: str) -> list[Place]:
    """Those in whose name or code this stands, with or without accents."""
    words = fold(wanted)
    return [one for one in found if words in fold(one.name) or one.code == wanted.strip()]
