"""What was done in a report's time: sessions, visits, airings, campaigns, and the difficulties that were met."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import column, func, or_, select, table
from sqlmodel import Session, col

from audio.tables import AirEntry, Airing, Recording
from campaigns.results.results import REGISTER_DELAY, results
from campaigns.tables import Campaign, HelpSession, Visit

AIRED = ("played", "said")  # audio.air_log.WHAT: the page played it to its end, or the operator says so


def sessions(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    """Help sessions from ``since`` until before ``until``: planned, with a tally, and whom they helped."""
    counts = (func.count(), func.count(col(HelpSession.came)))
    sums = (func.coalesce(func.sum(col(name)), 0) for name in (HelpSession.came, HelpSession.helped))
    query = select(*counts, *sums).where(
        col(HelpSession.commune) == commune, col(HelpSession.starts_at) >= since, col(HelpSession.starts_at) < until
    )
    return dict(zip(("planned", "held", "came", "helped"), map(int, session.execute(query).one()), strict=True))


def visits(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    """Doors by what happened there."""
    query = select(col(Visit.outcome), func.count()).where(
        col(Visit.commune) == commune, col(Visit.at) >= since, col(Visit.at) <= until
    )
    return dict(session.execute(query.group_by(col(Visit.outcome))).all())


def air(session: Session, commune: str, since: datetime, until: datetime, known: datetime) -> dict[str, int]:
    """Lượt phát thanh: planned, and apart from that how many the broadcast log confirmed by ``known``."""
    here = (
        col(Airing.commune) == commune,
        col(Airing.planned_at) >= since,
        col(Airing.planned_at) <= until,
        or_(col(Airing.cancelled_at).is_(None), col(Airing.cancelled_at) > until),
    )
    planned = session.execute(select(func.count()).select_from(Airing).where(*here)).scalar_one()
    said = select(col(AirEntry.airing)).where(col(AirEntry.what).in_(AIRED), col(AirEntry.received_at) <= known)
    aired = select(func.count(), func.count(col(Recording.bulletin).distinct())).select_from(Airing)
    aired = aired.join(Recording, col(Recording.id) == col(Airing.recording))
    confirmed, bulletins = session.execute(aired.where(*here, col(Airing.id).in_(said))).one()
    return {"planned": planned, "confirmed": confirmed, "bulletins": bulletins}


def campaigns(session: Session, commune: str, first: date, day: date, until: datetime) -> list[dict[str, Any]]:
    """The results of each campaign that could bring any in this time, by level of evidence."""
    query = select(Campaign).where(
        col(Campaign.commune) == commune,
        col(Campaign.launched_at) <= until,
        col(Campaign.starts_on) <= day,
        col(Campaign.ends_on) >= first - REGISTER_DELAY,
    )
    running = session.scalars(query.order_by(col(Campaign.starts_on), col(Campaign.id)))
    return [{"name": campaign.name} | results(session, campaign, until).to_json() for campaign in running]


def difficulties(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    """Tickets by kind, and what visits met. The bot's table is asked by name: its room lies above this one."""
    moment = Visit.__table__.c.at.type  # type: ignore[attr-defined]
    ticket = table("ticket", column("commune"), column("kind"), column("opened_at", moment))
    query = select(ticket.c.kind, func.count()).where(
        ticket.c.commune == commune, ticket.c.opened_at >= since, ticket.c.opened_at <= until
    )
    met = dict(session.execute(query.group_by(ticket.c.kind)).all())
    seen = visits(session, commune, since, until)
    return met | {f"visit.{name}": seen[name] for name in ("no_phone", "wrong_data", "refused") if name in seen}
