"""Tỉnh: every commune of a province against the line of 60 % paid by account, and what is not known of it.

The line is about indicator A; B (the ASXH account) stands beside it and is ranked by nothing. See results.indicators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.results.indicators import ACCOUNT_TARGET_PERCENT, Now, standing_now
from register.tables import Unit
from register.units import newest_lists
from register.words import fold


@dataclass(frozen=True)
class Place:
    """One commune: A is ``paid`` of ``people``, B ``asxh`` of ``can_have``. ``as_of``: of its newest list, if any."""

    code: str
    name: str
    people: int = 0
    paid: int = 0
    unknown: int = 0
    asxh: int = 0
    can_have: int = 0
    asxh_unknown: int = 0
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


def places(session: Session, province: str, today: date) -> list[Place]:
    """All communes of a province, the highest share first, those without a list last."""
    units = session.execute(select(col(Unit.code), col(Unit.name)).where(col(Unit.parent) == province)).all()
    codes = [code for code, _ in units]
    counted = standing_now(session, codes, today)
    days = newest_lists(session, codes)
    found = [_place(code, name, counted.get(code, Now()), days.get(code)) for code, name in units]
    return sorted(found, key=lambda one: (-one.share, one.name))


def _place(code: str, name: str, now: Now, as_of: date | None) -> Place:
    both = {"asxh": now.asxh, "can_have": now.can_have, "asxh_unknown": now.asxh_unknown}
    return Place(code, name, now.people, now.paid, now.paid_unknown, **both, as_of=as_of)


def named(found: Sequence[Place], wanted: str) -> list[Place]:
    """Those in whose name or code this stands, with or without accents."""
    words = fold(wanted)
    return [one for one in found if words in fold(one.name) or one.code == wanted.strip()]
