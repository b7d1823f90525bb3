"""Reach per channel: of a segment, how many persons can be written to by each way, and how to raise it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session

from campaigns.candidates import candidates
from campaigns.decide import Moment
from campaigns.segments import segment_named
from campaigns.tables import Campaign


def reach(session: Session, commune: str, segment: str, now: datetime) -> dict[str, int]:
    """``{"people", "zalo", "telegram", "zbs", "chat", "none"}``: persons, each counted in every way they have."""
    moment = Moment(now, now, now, now, ())
    campaign = Campaign(commune=commune, name="", segment=segment, goal="asxh_account", author="")  # type: ignore[call-arg]
    rows = candidates(campaign, moment, segment_named(segment).sql())

    def number(test: Any) -> Any:
        return func.coalesce(func.sum(case((test, 1), else_=0)), 0)

    chat = (rows.c.zalo != 0) | (rows.c.telegram != 0)
    found = session.execute(
        select(
            func.count().label("people"),
            number(rows.c.zalo != 0).label("zalo"),
            number(rows.c.telegram != 0).label("telegram"),
            number(rows.c.zbs != 0).label("zbs"),
            number(chat).label("chat"),
            number(~chat & (rows.c.zbs == 0)).label("none"),
        )
    ).mappings()
    return {name: int(value) for name, value in found.one().items()}
