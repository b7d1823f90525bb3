"""Two wordings side by side: of those who were chosen for each, how many it reached and how many have the goal now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from campaigns.segments import GOALS
from campaigns.states import DeliveryState
from campaigns.steps import texts_of
from campaigns.tables import Campaign, Delivery
from register.tables import Standing


@dataclass(frozen=True)
class Variant:
    """One wording of the first message. ``reached``: of those who were written to, who have the goal."""

    text: str
    chosen: int
    written: int
    reached: int


def variants(session: Session, campaign: Campaign) -> list[Variant]:
    """The wordings of the first message, if there is more than one. Whoever got none is in ``chosen`` only."""
    texts = texts_of(campaign.steps[0]) if campaign.steps else []
    if len(texts) < 2:
        return []
    written = col(Delivery.state) == DeliveryState.ACCEPTED
    has_it = written & (col(getattr(Standing, campaign.goal)) == GOALS[campaign.goal].yes)
    query = (
        select(
            col(Delivery.variant),
            func.count(),
            func.sum(case((written, 1), else_=0)),
            func.sum(case((has_it, 1), else_=0)),
        )
        .outerjoin(Standing, col(Standing.person) == col(Delivery.person))
        .where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == 1)
        .group_by(col(Delivery.variant))
    )
    found = {number: counts for number, *counts in session.execute(query)}
    return [Variant(text, *(int(count) for count in found.get(number, (0, 0, 0)))) for number, text in enumerate(texts)]
