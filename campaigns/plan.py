"""Planning: a row of the ledger for everybody whom a step concerns, also for those who get nothing.

Set-based: one INSERT … SELECT over the candidates, with the rules' verdict in it. Unique on (campaign,
step, person), so that planning again adds nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, literal, select
from sqlalchemy import case as sql_case
from sqlmodel import Session, col

from campaigns.candidates import LANE_OF, candidates
from campaigns.decide import MOMENT_TYPE, Moment, decide_sql
from campaigns.segments import segment_named
from campaigns.states import DeliveryState
from campaigns.tables import Campaign, Delivery
from campaigns.visits import add_visits
from register.tables import Person


def plan_query(campaign: Campaign, moment: Moment, who: ColumnElement[bool]) -> Any:
    """SELECT of ledger rows for ``who``; what ``preview`` shows and ``plan`` inserts."""
    rows = candidates(campaign, moment, who)
    state, reason, due_at = decide_sql(rows.c, moment)
    lane = sql_case(*((rows.c.channel == c, lane) for c, lane in LANE_OF.items() if lane), else_="")
    return select(
        literal(campaign.id or 0).label("campaign"),
        literal(moment.step).label("step"),
        rows.c.person,
        state.label("state"),
        reason.label("reason"),
        rows.c.channel,
        lane.label("lane"),
        func.nullif(rows.c.contact, 0).label("contact"),
        due_at.label("due_at"),
    )


def who_for_step(campaign: Campaign, moment: Moment) -> ColumnElement[bool]:
    """Step 1: the segment. Later steps: whoever got the step before, long enough ago."""
    if moment.step == 1:
        return segment_named(campaign.segment).sql()
    wait = timedelta(days=campaign.steps[moment.step - 1].get("after_days", 0))
    return exists(
        select(col(Delivery.id)).where(
            col(Delivery.campaign) == campaign.id,
            col(Delivery.step) == moment.step - 1,
            col(Delivery.person) == Person.id,
            col(Delivery.state) == DeliveryState.ACCEPTED,
            col(Delivery.changed_at) <= moment.now - wait,
        )
    )


def preview(session: Session, campaign: Campaign, moment: Moment) -> list[dict[str, Any]]:
    """The rows that ``plan`` would write now, without writing them."""
    return [dict(r) for r in session.execute(plan_query(campaign, moment, who_for_step(campaign, moment))).mappings()]


def plan(session: Session, campaign: Campaign, moment: Moment) -> int:
    """Write this step's rows for everybody it concerns, in one statement. Doing it again adds nothing.

    Returns how many rows were added. Those who go by a visit get their place on the visit list.
    """
    rows = plan_query(campaign, moment, who_for_step(campaign, moment)).subquery("rows")
    standing = exists(
        select(col(Delivery.id)).where(
            col(Delivery.campaign) == campaign.id,
            col(Delivery.step) == moment.step,
            col(Delivery.person) == rows.c.person,
        )
    )
    names = [*(c.name for c in rows.c), "tried", "claimer", "fence", "changed_at"]
    fixed = (
        literal([], Delivery.__table__.c.tried.type),  # type: ignore[attr-defined]
        literal(""),
        literal(0),
        literal(moment.now, MOMENT_TYPE),
    )
    before = _planned(session, campaign, moment.step)
    session.execute(insert(Delivery).from_select(names, select(rows, *fixed).where(~standing)))
    added = _planned(session, campaign, moment.step) - before
    if added:
        list_visits(session, campaign, moment.now)
    return added


def _planned(session: Session, campaign: Campaign, step: int) -> int:
    rows = select(func.count()).where(col(Delivery.campaign) == campaign.id, col(Delivery.step) == step)
    return int(session.execute(rows).scalar_one())


def list_visits(session: Session, campaign: Campaign, now: datetime, persons: Sequence[int] | None = None) -> None:
    """Put those whose reason is "visit" on the visit list, once."""
    wanted = select(col(Delivery.person)).where(col(Delivery.campaign) == campaign.id, col(Delivery.reason) == "visit")
    add_visits(session, campaign, session.scalars(wanted) if persons is None else persons, now)
