"""Reach per channel: of a segment, how many persons can be written to by each way, and how to raise it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from campaigns.candidates import candidates
from campaigns.decide import Moment
from campaigns.segments import SEGMENTS, Segment, segment_named
from campaigns.tables import Campaign
from register.tables import Person, Standing


def reach(session: Session, commune: str, segment: str, now: datetime) -> dict[str, int]:
    """``{"people", "zalo", "telegram", "zbs", "chat", "none"}``: persons, each counted in every way they have."""
    return reaches(session, commune, now, [segment_named(segment)])[segment]


def reaches(
    session: Session, commune: str, now: datetime, segments: Iterable[Segment] = tuple(SEGMENTS.values())
) -> dict[str, dict[str, int]]:
    """``reach`` of several segments, in one statement over the commune."""
    moment = Moment(now, now, now, now, ())
    campaign = Campaign(commune=commune, name="", segment="", goal="asxh_account", author="")  # type: ignore[call-arg]
    rows = candidates(campaign, moment, col(Person.closed_at).is_(None))
    chat = (rows.c.zalo != 0) | (rows.c.telegram != 0)
    ways = {
        "people": rows.c.person != 0,
        "zalo": rows.c.zalo != 0,
        "telegram": rows.c.telegram != 0,
        "zbs": rows.c.zbs != 0,
        "chat": chat,
        "none": ~chat & (rows.c.zbs == 0),
    }
    columns: list[Any] = [
        func.coalesce(func.sum(case((segment.sql() & test, 1), else_=0)), 0).label(f"{segment.name} {way}")
        for segment in segments
        for way, test in ways.items()
    ]
    query = select(*columns).select_from(rows).join(Person, col(Person.id) == rows.c.person)
    found = session.execute(query.join(Standing, col(Standing.person) == Person.id)).mappings().one()
    counted: dict[str, dict[str, int]] = {}
    for label, number in found.items():
        name, way = label.split(" ")
        counted.setdefault(name, {})[way] = int(number)
    return counted
