"""After a restore: what the lost machine may have sent since the backup is not sent again by itself.

The backup's ledger knows nothing of the hours between it and the loss. Whoever could have been written to in them
becomes ``unknown``, and the campaigns stand still until a person has looked. Better once too few than twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from campaigns.campaigns import IN_USE, pause, plan_due_steps, plan_one_part
from campaigns.engine import healing
from campaigns.states import WAITING, CampaignState, DeliveryState
from campaigns.tables import Campaign, Delivery
from register import audit
from register.home import Home

REASON = "restored"
audit.declare("restored_settled", "arrived", "people")


@dataclass
class HeldBack:
    """What a person has to look at. Names of campaigns, and a count of messages."""

    paused: list[str] = field(default_factory=list)
    unknown: int = 0
    not_begun: list[str] = field(default_factory=list)  # approved at the backup: launched since, for all we know


def hold_back(session: Session, home: Home, by: str, now: datetime, lost: datetime | None = None) -> HeldBack:
    """Pause what runs; rows whose time had come when the machine was ``lost`` (nobody knows: by now) become unknown.

    Steps that fell due between the backup and that moment are planned first, and become unknown with the others.
    """
    lost = lost or now
    while plan_one_part(session, home, now) is not None:  # a launch that the backup caught half written
        continue
    plan_due_steps(session, home, lost)
    living = list(session.execute(select(Campaign).where(col(Campaign.state).in_(IN_USE))).scalars())
    running = [campaign for campaign in living if campaign.state == CampaignState.RUNNING]
    for campaign in running:
        pause(session, campaign, by, now)
    approved = select(col(Campaign.name)).where(col(Campaign.state) == CampaignState.APPROVED)
    moved = (
        update(Delivery)
        .where(col(Delivery.campaign).in_([campaign.id for campaign in living]))
        .where(col(Delivery.state).in_(WAITING), or_(col(Delivery.due_at).is_(None), col(Delivery.due_at) <= lost))
        .values(state=DeliveryState.UNKNOWN, reason=REASON, changed_at=now, lease_until=None)
        .returning(col(Delivery.campaign))
        .execution_options(synchronize_session=False)
    )
    number = healing.note_healed(session, REASON, Counter(session.execute(moved).scalars()), now)
    names = sorted(session.execute(approved).scalars())
    return HeldBack(sorted(campaign.name for campaign in running), number, names)


def settle_restored(session: Session, campaign: Campaign, arrived: bool, by: str, now: datetime) -> int:
    """A person decided for all whom the restore held back: they have it, or it goes out again. Returns how many."""
    values = {"state": DeliveryState.ACCEPTED} if arrived else {"state": DeliveryState.DUE, "due_at": now}
    settled = (
        update(Delivery)
        .where(col(Delivery.campaign) == campaign.id, col(Delivery.state) == DeliveryState.UNKNOWN)
        .where(col(Delivery.reason) == REASON)
        .values(reason="", changed_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    number = int(session.execute(settled).rowcount)  # type: ignore[attr-defined]
    audit.note(session, by, "restored_settled", str(campaign.id), now, arrived=arrived, people=number)
    return number
