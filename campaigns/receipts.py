"""Whether a person is being asked if the money arrived: a campaign that goes after confirmed receipts wrote to them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from campaigns.states import CampaignState, DeliveryState
from campaigns.tables import Campaign, Delivery

RECEIPT = "receipt_confirmed"
_KEPT = "receipt campaigns"


def is_asked(session: Session, person: int) -> bool:
    """Whether a campaign under way has asked this person. Without one, a single look a session is all it costs."""
    if _KEPT not in session.info:
        under_way = col(Campaign.state).in_([CampaignState.RUNNING, CampaignState.PAUSED])
        session.info[_KEPT] = list(session.exec(select(Campaign.id).where(Campaign.goal == RECEIPT, under_way)))
    if not session.info[_KEPT]:
        return False
    written = select(Delivery.id).where(Delivery.person == person, Delivery.state == DeliveryState.ACCEPTED)
    return session.exec(written.where(col(Delivery.campaign).in_(session.info[_KEPT])).limit(1)).first() is not None
