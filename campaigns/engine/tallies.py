"""The figures of the ledger: people by what became of a step, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from campaigns.engine.candidates import LANE_OF
from campaigns.states import WAITING, DeliveryState
from campaigns.tables import Attempt, Delivery

MAY_COST = (DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass
class Counts:
    """People of a campaign by what became of step 1: planned is the sum of the rest."""

    planned: int = 0
    accepted: int = 0
    held: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    held_reasons: dict[str, int] = field(default_factory=dict)
    by_channel: dict[str, int] = field(default_factory=dict)


def counts(session: Session, campaign: int, step: int = 1) -> Counts:
    """People by what became of this step. held: everything that may still go out."""
    rows = session.execute(
        select(col(Delivery.state), col(Delivery.reason), col(Delivery.channel), func.count())
        .where(col(Delivery.campaign) == campaign, col(Delivery.step) == step)
        .group_by(col(Delivery.state), col(Delivery.reason), col(Delivery.channel))
    ).all()
    return tally(rows)


def tally(rows: Iterable[Any]) -> Counts:
    """Fold (state, reason, channel, how many) rows into Counts."""
    total = Counts()
    for state, reason, channel, number in rows:
        total.planned += number
        if state == DeliveryState.SKIPPED:
            total.skipped[reason] = total.skipped.get(reason, 0) + number
        elif state in WAITING:
            total.held += number
            total.held_reasons[reason] = total.held_reasons.get(reason, 0) + number
        elif state == DeliveryState.ACCEPTED:
            total.accepted += number
        elif state == DeliveryState.FAILED:
            total.failed += number
        else:
            total.unknown += number
        if channel:
            total.by_channel[channel] = total.by_channel.get(channel, 0) + number
    return total


def on_its_way(session: Session, campaign: int, prices: Mapping[str, int]) -> int:
    """Đồng, at the most, that messages will cost which are claimed, being sent, or of which nobody knows."""
    query = select(col(Delivery.lane), func.count()).where(col(Delivery.lane).in_({*LANE_OF.values()} - {""}))
    query = query.where(col(Delivery.state).in_(MAY_COST), col(Delivery.campaign) == campaign)
    rows = session.execute(query.group_by(col(Delivery.lane)))
    return sum(number * prices.get(lane.split(":")[0], 0) for lane, number in rows)


def spent(session: Session, campaign: int) -> int:
    """Đồng spent so far, from the attempts."""
    query = select(func.coalesce(func.sum(Attempt.cost_vnd), 0)).join(Delivery, col(Delivery.id) == Attempt.delivery)
    return int(session.execute(query.where(col(Delivery.campaign) == campaign)).scalar_one())
