"""Lượt bắt đầu: hamlets begin one after another, in an order drawn by lot. Everybody is served inside the window.

That order is the comparison: until the second half's turn comes, nobody there has heard of the campaign. A hamlet with
a help session of its own begins when that session is told, whatever its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import case, literal
from sqlmodel import Session, col

from campaigns.engine.decide import MOMENT_TYPE, NEVER
from campaigns.lots import start_order
from campaigns.tables import Campaign
from register.home import VIETNAM
from register.tables import Person
from register.units import hamlets_of


def turns_of(session: Session, campaign: Campaign) -> dict[str, datetime]:
    """Hamlet code → when it begins, spread evenly over ``spread_days``, the first on the campaign's first day."""
    order = start_order(campaign.lot, [unit.code for unit in hamlets_of(session, campaign.commune)])
    first = datetime.combine(campaign.starts_on, time(0), VIETNAM)
    return {code: first + timedelta(days=n * campaign.spread_days // len(order)) for n, code in enumerate(order)}


def turn_at(turns: Mapping[str, datetime]) -> Any:
    """When the person's hamlet begins, over Person. Of whom no hamlet is known begins with the first."""
    never = literal(NEVER, MOMENT_TYPE)
    begins = [(col(Person.hamlet) == code, literal(at, MOMENT_TYPE)) for code, at in turns.items()]
    return case(*begins, else_=never) if begins else never
