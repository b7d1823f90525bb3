"""Planning: a row of the ledger for everybody whom a step concerns, also for those who get nothing.

Set-based: one INSERT … SELECT over the candidates, with the rules' verdict in it. Unique on (campaign,
step, person), so that planning again adds nobody.

On SQLite whoever writes keeps all others waiting. So a very large group is planned in parts, one short write each:
``Campaign.planned_to`` says up to which person number everybody has a row. Whoever dies in between leaves that number,
and the next one goes on from there. Who came into the register after the launch is in none of the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, func, insert, literal, or_, select, update
from sqlalchemy import case as sql_case
from sqlmodel import Session, col

from campaigns.engine.candidates import LANE_OF, candidates
from campaigns.engine.decide import MOMENT_TYPE, Moment, decide_sql
from campaigns.field.visits import TO_GO, add_visits
from campaigns.lots import arm_of
from campaigns.segments import members
from campaigns.states import DeliveryState
from campaigns.steps import LEAST_GAP, PASSED_OVER, latest_day, texts_of, wait_of
from campaigns.tables import Campaign, Delivery, Visit
from database import room_to_sort, rows_in_one_write
from register.tables import Person


def plan_query(campaign: Campaign, moment: Moment, who: ColumnElement[bool], persons: range | None = None) -> Any:
    """SELECT of ledger rows for ``who``; what ``plan`` inserts."""
    rows = candidates(campaign, moment, who, persons)
    state, reason, due_at = decide_sql(rows.c, moment)
    lane = sql_case(*((rows.c.channel == c, lane) for c, lane in LANE_OF.items() if lane), else_="")
    texts = len(texts_of(campaign.steps[moment.step - 1])) if campaign.steps else 1
    variant = arm_of(cast(rows.c.person, BigInteger), campaign.lot, texts) if texts > 1 else literal(0)
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
        variant.label("variant"),
    )


def who_for_step(campaign: Campaign, moment: Moment) -> ColumnElement[bool]:
    """Step 1: the group. Later steps: whoever got the step before, or was passed over by it, long enough ago.

    Near the end a step goes out before its time (campaigns.steps.due_after is the same for one).
    """
    if moment.step == 1:
        return members(campaign, moment.now)
    long_ago = col(Delivery.changed_at) <= moment.now - wait_of(campaign, moment.step)
    if moment.now >= latest_day(campaign, moment.step):
        long_ago = or_(long_ago, col(Delivery.changed_at) <= moment.now - LEAST_GAP)
    passed_over = and_(col(Delivery.state) == DeliveryState.SKIPPED, col(Delivery.reason).in_(PASSED_OVER))
    return exists(
        select(col(Delivery.id)).where(
            col(Delivery.campaign) == campaign.id,
            col(Delivery.step) == moment.step - 1,
            col(Delivery.person) == Person.id,
            or_(col(Delivery.state) == DeliveryState.ACCEPTED, passed_over),
            long_ago,
        )
    )


def plan(session: Session, campaign: Campaign, moment: Moment, persons: range | None = None) -> int:
    """Write this step's rows for everybody it concerns, in one statement. Doing it again adds nothing.

    Returns how many rows were added. Those who go by a visit get their place on the visit list.
    """
    rows = plan_query(campaign, moment, who_for_step(campaign, moment), persons).subquery("rows")
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
    write = insert(Delivery).from_select(names, select(rows, *fixed).where(~standing).order_by(rows.c.person))
    done = session.execute(write.execution_options(preserve_rowcount=True))
    added = int(done.rowcount)  # type: ignore[attr-defined]
    if added:
        _list_visits(session, campaign, moment, persons)
    return added


def plan_part(session: Session, campaign: Campaign, moment: Moment) -> int:
    """Plan step 1 for everybody, or for the next part of very many, and note how far it is. How many rows were added.

    No commune of today is as large as one part.
    """
    most, done = rows_in_one_write(session), campaign.planned_to or 0
    here = col(Person.commune).between(campaign.commune, campaign.commune)  # not "=", see candidates
    ahead = select(col(Person.id)).where(here, col(Person.id) > done, col(Person.created_at) <= campaign.launched_at)
    reached = session.execute(ahead.order_by(col(Person.id)).offset(most - 1).limit(1)).scalar()
    last = reached or session.execute(ahead.order_by(col(Person.id).desc()).limit(1)).scalar()
    if last is None:
        added = 0
    else:
        room_to_sort(session)
        added = plan(session, campaign, moment, range(done + 1, last + 1) if done or reached else None)
    session.execute(update(Campaign).where(col(Campaign.id) == campaign.id).values(planned_to=reached))
    campaign.planned_to = reached
    return added


def list_visits(session: Session, campaign: Campaign, now: datetime, persons: Sequence[int]) -> None:
    """Put those whose reason is "visit" on the visit list, once."""
    if persons:
        add_visits(session, campaign, persons, now)


def _list_visits(session: Session, campaign: Campaign, moment: Moment, persons: range | None) -> None:
    """``visits.add_visits`` for all of a step whose reason is "visit", in two statements."""
    mine = Visit.__table__.alias("mine")  # type: ignore[attr-defined]
    planned = and_(
        col(Delivery.campaign) == campaign.id,
        col(Delivery.step) == moment.step,
        col(Delivery.state) == DeliveryState.SKIPPED,
        col(Delivery.reason) == "visit",
    )
    if persons is not None:
        planned = and_(planned, col(Delivery.person).between(persons.start, persons.stop - 1))

    def listed(person: Any) -> ColumnElement[bool]:
        return exists(select(mine.c.id).where(mine.c.campaign == campaign.id, mine.c.person == person))

    adopted = update(Visit).where(col(Visit.campaign).is_(None), col(Visit.outcome).in_(TO_GO))
    adopted = adopted.where(col(Visit.person).in_(select(col(Delivery.person)).where(planned)))
    adopted = adopted.where(~listed(col(Visit.person))).values(campaign=campaign.id)
    session.execute(adopted.execution_options(synchronize_session=False))

    last = session.scalar(select(func.max(col(Visit.sheet))).where(col(Visit.commune) == campaign.commune)) or 0
    turn = func.row_number().over(order_by=(func.coalesce(col(Person.hamlet), ""), col(Person.id)))
    same = Visit(campaign=campaign.id, commune=campaign.commune, person=0, created_at=moment.now).model_dump()
    own = {"person": col(Person.id), "hamlet": col(Person.hamlet), "sheet": turn + last}
    columns = [
        own[name] if name in own else literal(value, Visit.__table__.c[name].type)  # type: ignore[attr-defined]
        for name, value in same.items()
        if name != "id"
    ]
    new = select(*columns).select_from(Delivery).join(Person, col(Person.id) == col(Delivery.person))
    new = new.where(planned, col(Person.closed_at).is_(None), ~listed(col(Person.id)))
    session.execute(insert(Visit).from_select([name for name in same if name != "id"], new))
