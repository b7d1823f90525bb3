"""Two indicators, never merged and never put in each other's place.

A. Được chi trả qua tài khoản: paid by account, whosever (own, of a delegate, ASXH) ÷ all who are managed. The line of
   60 % in every commune is about this one (805/SYT-XH Lạng Sơn, 18/3/2026; set up by 155/QĐ-UBND, 27/01/2026).
B. Có tài khoản hưởng An sinh xã hội: the ASXH account on VNeID ÷ those who can have one: not children under 6 (level
   1 only, NĐ 69/2024/NĐ-CP điều 7) nor those for whom somebody else must receive, unless they have it all the same.

Of whom nothing is known counts in the denominator only, so each share is a lower bound. Each stands here twice: over
the history of facts, for what is handed in, and over what stands now, in one statement for a whole province.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import Session, col

from campaigns.results.figures import Ratio
from campaigns.results.history import Someone
from register.facts import LEVEL_2_FROM_AGE, NO_ACCOUNT_OF_THEIR_OWN, STRENGTH
from register.tables import Person, Standing

ACCOUNT_TARGET_PERCENT = 60
BY_ACCOUNT = ("own_account", "delegated", "asxh")
MANAGED = "người đang quản lý"
CAN_HAVE = "người có thể tự có tài khoản"


def paid_by_account(people: Sequence[Someone], day: date) -> Ratio:
    """A, of these people as things stood on this day."""
    return _ratio(people, day, "payout", BY_ACCOUNT, len(people), MANAGED)


def asxh_accounts(people: Sequence[Someone], day: date) -> Ratio:
    """B, of these people as things stood on this day."""
    return _ratio(people, day, "asxh_account", ("yes",), sum(p.can_have(day) for p in people), CAN_HAVE)


def missing_to(percent: int, ratio: Ratio) -> int:
    """How many more it takes until this share is reached."""
    return max(-(-ratio.denominator * percent // 100) - ratio.numerator, 0)


@dataclass(frozen=True)
class Now:
    """Both indicators of one commune as they stand now; who says so is not asked here. Counts of people."""

    people: int = 0
    paid: int = 0
    paid_unknown: int = 0
    asxh: int = 0
    can_have: int = 0
    asxh_unknown: int = 0  # of those who can have one


def standing_now(session: Session, communes: Sequence[str], today: date) -> dict[str, Now]:
    """A and B of each of these communes that has people, in one statement."""
    payout = func.coalesce(col(Standing.payout), "unknown")
    asxh = func.coalesce(col(Standing.asxh_account), "unknown")
    may = can_have(today)
    counted = (payout.in_(BY_ACCOUNT), payout == "unknown", asxh == "yes", may, and_(may, asxh == "unknown"))
    query = (
        select(col(Person.commune), func.count(), *map(_how_many, counted))
        .select_from(Person)
        .outerjoin(Standing, col(Standing.person) == Person.id)
        .where(col(Person.commune).in_(communes), col(Person.closed_at).is_(None))
        .group_by(col(Person.commune))
    )
    return {commune: Now(*map(int, counts)) for commune, *counts in session.execute(query)}


def can_have(today: date) -> ColumnElement[bool]:
    """The condition over Person, outer joined with Standing; ``history.Someone.can_have`` is the same for one."""
    old_enough = func.coalesce(col(Person.birth_year), 0) <= today.year - LEVEL_2_FROM_AGE
    alone = func.coalesce(col(Standing.special), "unknown").not_in(NO_ACCOUNT_OF_THEIR_OWN)
    return or_(func.coalesce(col(Standing.asxh_account), "") == "yes", and_(old_enough, alone))


def _how_many(test: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((test, 1), else_=0))


def _ratio(
    people: Iterable[Someone], day: date, kind: str, values: tuple[str, ...], denominator: int, of: str
) -> Ratio:
    stated: Any = (p.known(kind, day) for p in people)
    evidence = Counter(evidence for value, evidence in stated if value in values)
    return Ratio(evidence.total(), denominator, day, {name: evidence[name] for name in STRENGTH}, of)
