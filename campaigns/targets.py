"""Chỉ tiêu: how far the commune is from its targets, and how far a campaign can bring it at the most."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from campaigns.segments import GOALS
from campaigns.tables import Campaign
from register.tables import Person, Standing


def targets(session: Session, campaign: Campaign, could: int) -> list[dict[str, Any]]:
    """For each target (percent of the commune's open people) how many are there, and how many are missing.

    ``could``: people whom the campaign may still lift. Whoever of whom nothing is known counts as missing.
    """
    reached = col(getattr(Standing, campaign.goal)) == GOALS[campaign.goal].yes
    query = (
        select(func.count(), func.coalesce(func.sum(case((reached, 1), else_=0)), 0))
        .select_from(Person)
        .outerjoin(Standing, col(Standing.person) == Person.id)
        .where(col(Person.commune) == campaign.commune, col(Person.closed_at).is_(None))
    )
    people, now = (int(number) for number in session.execute(query).one())
    return [
        {
            "percent": percent,
            "people": people,
            "now": now,
            "missing": max(-(-people * percent // 100) - now, 0),
            "could": could,
            "enough": now + could >= -(-people * percent // 100),
        }
        for percent in campaign.targets
    ]
