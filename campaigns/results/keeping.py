"""Chốt kết quả: figures of a campaign as they were at its end, and as they were when its last lists were in.

They are kept as they were told then, and can be reckoned again from facts: ``same`` says whether that still gives the
same. What was kept is never changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.results.results import REGISTER_DELAY, Results, results
from campaigns.results.touches import Paths, paths
from campaigns.tables import Campaign, KeptResults
from database import insert_new
from register.home import VIETNAM

KEPT = {"end": "khi đợt kết thúc", "lists": "khi đã nhận hết danh sách"}


@dataclass(frozen=True)
class Kept:
    """What was kept. ``same``: reckoned again from today's facts, it comes out the same."""

    what: str
    at: datetime
    results: Results
    paths: dict[str, Paths]
    same: bool


def keep_due(session: Session, now: datetime) -> int:
    """Keep the figures of every campaign whose time has come, as of that time. Returns how many; again: none."""
    rows: list[dict[str, Any]] = []
    launched = select(Campaign).where(col(Campaign.launched_at).is_not(None), col(Campaign.ended_at).is_not(None))
    there = set(map(tuple, session.execute(select(col(KeptResults.campaign), col(KeptResults.what)))))
    for campaign in session.scalars(launched):
        for what, at in _moments(campaign):
            if at <= now and (campaign.id, what) not in there:
                rows.append(
                    {"campaign": campaign.id, "what": what, "at": at, "figures": _figures(session, campaign, at)}
                )
    insert_new(session, KeptResults, rows, ["campaign", "what"])
    return len(rows)


def kept(session: Session, campaign: Campaign) -> dict[str, Kept]:
    """What is kept of a campaign, by KEPT."""
    found = {}
    for row in session.scalars(select(KeptResults).where(col(KeptResults.campaign) == campaign.id)):
        told = Results.of(row.figures["results"])
        ways = {level: Paths(**path) for level, path in row.figures["paths"].items()}
        found[row.what] = Kept(row.what, row.at, told, ways, results(session, campaign, row.at) == told)
    return {what: found[what] for what in KEPT if what in found}


def _moments(campaign: Campaign) -> Iterator[tuple[str, datetime]]:
    assert campaign.ended_at is not None
    yield "end", campaign.ended_at
    last = campaign.ends_on + REGISTER_DELAY + timedelta(days=1)
    yield "lists", max(campaign.ended_at, datetime.combine(last, time(0), VIETNAM))


def _figures(session: Session, campaign: Campaign, at: datetime) -> dict[str, Any]:
    ways = paths(session, campaign, at)
    return {
        "results": results(session, campaign, at).to_json(),
        "paths": {level: path.to_json() for level, path in ways.items()},
    }
