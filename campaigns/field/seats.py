"""Chỗ ở buổi hỗ trợ: the sessions pace the campaign. Who is invited to which session, and who waits for a later one?

In a hamlet with sessions people are invited in the order of their numbers, each session as many as it has places.
Whoever is over all of them waits until another one is planned. A place is taken by a message that invites to it
(``Delivery.session``); whoever has one keeps it, also for the reminder.

The places are shared out once for a whole moment: each is then told by hamlet and number alone (``place_of``), in SQL
for a set as in Python for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    delete,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlmodel import Session, col

from campaigns.states import CampaignState, DeliveryState
from campaigns.tables import Campaign, Delivery, HelpSession, SeatOrder
from database import insert_new, keep_rows
from register.errors import BadInput
from register.home import VIETNAM
from register.tables import Person, Unit

FULL = -1  # Candidate.place: the hamlet has sessions, and no place is left in any
LAST = 2**31 - 1  # no person's number is higher
ON_THE_WAY = (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
STILL_ASKED = (DeliveryState.HELD, DeliveryState.DUE, DeliveryState.CLAIMED)


@dataclass(frozen=True)
class Seats:
    """A coming session for those of its hamlet up to person number ``upto`` (whom no earlier one takes)."""

    session: int
    begins: datetime
    wave_at: datetime
    upto: int = LAST


Seating = dict[str, tuple[Seats, ...]]  # hamlet → its coming sessions in order; (): it had some, none is to come


def still_to_come(seating: Seating, now: datetime) -> Seating:
    """The same at a later time: sessions that have begun are over."""
    return {hamlet: tuple(one for one in seats if one.begins > now) for hamlet, seats in seating.items()}


def is_full(candidate: Any, moment: Any) -> Any:
    """The rule's question, for both faces: a first message waits while there is no place; a reminder does not."""
    return candidate.place == FULL if moment.step == 1 else False


def places(seating: Seating, kept: Any, kind: Any, never: datetime) -> tuple[ColumnElement[int], ColumnElement[Any]]:
    """(the session that somebody would be invited to or FULL or 0, from when), over Person and the session they kept.

    ``kind``: the type of times.
    """
    if not seating:
        return literal(0), literal(never, kind)
    place: list[Any] = []
    wave: list[Any] = []
    for seats in seating.values():
        for one in seats:
            place.append((kept == one.session, literal(one.session)))
            wave.append((kept == one.session, literal(one.wave_at, kind)))
    for hamlet, seats in seating.items():
        for one in seats:
            theirs = and_(col(Person.hamlet) == hamlet, col(Person.id) <= one.upto)
            place.append((theirs, literal(one.session)))
            wave.append((theirs, literal(one.wave_at, kind)))
        place.append((col(Person.hamlet) == hamlet, literal(FULL)))
    later = case(*wave, else_=literal(never, kind)) if wave else literal(never, kind)
    return case(*place, else_=literal(0)), later


def place_for(seating: Seating, hamlet: str, person: int) -> tuple[int, datetime | None]:
    """``places`` for one who has kept none: (session or FULL or 0, from when)."""
    for one in seating.get(hamlet, ()):
        if person <= one.upto:
            return one.session, one.wave_at
    return (FULL if hamlet in seating else 0), None


def kept(seating: Seating) -> Subquery:
    """(person, session): the coming session to which somebody was invited already."""
    sessions = [one.session for seats in seating.values() for one in seats]
    query: Any = select(col(Delivery.person).label("person"), func.max(col(Delivery.session)).label("session"))
    query = query.where(col(Delivery.session).in_(sessions), col(Delivery.state).in_(ON_THE_WAY))
    ordered = select(col(SeatOrder.person), col(SeatOrder.session)).where(col(SeatOrder.session).in_(sessions))
    both = union_all(query.group_by(col(Delivery.person)), ordered).subquery()
    newest: Any = select(both.c.person.label("person"), func.max(both.c.session).label("session"))
    found: Subquery = newest.group_by(both.c.person).subquery("kept")
    return found


def seating(
    session: Session,
    campaign: Campaign,
    step: int,
    now: datetime,
    wave_of: Callable[[datetime], datetime],
    waiting: Callable[[], Select[Any]],
) -> Seating:
    """Share out the places of a campaign's hamlets. ``wave_of``: a session's start → from when it is told.

    ``waiting``: the persons of this step who are not written to yet, asked only where there are sessions.
    """
    first_day = datetime.combine(campaign.starts_on, time(0), VIETNAM)
    mine = select(HelpSession).where(
        col(HelpSession.commune) == campaign.commune, col(HelpSession.starts_at) >= first_day
    )
    rows = session.execute(mine.order_by(col(HelpSession.starts_at), col(HelpSession.id))).scalars().all()
    coming: dict[str, list[HelpSession]] = {row.hamlet: [] for row in rows}
    for row in rows:
        if row.starts_at > now:
            coming[row.hamlet].append(row)
    if not any(coming.values()):
        return dict.fromkeys(coming, ())
    taken = _taken(session, campaign.id or 0, step, [row.id or 0 for row in rows])
    ends: dict[str, list[tuple[HelpSession, int]]] = {}  # the places of a hamlet up to the end of each session
    for hamlet, sessions in coming.items():
        total = 0
        for one in sessions:
            total += max(one.capacity - taken.get(one.id or 0, 0), 0)
            ends.setdefault(hamlet, []).append((one, total))
    wanted = {(hamlet, total) for hamlet, found in ends.items() for _, total in found}
    numbers = _numbers(session, waiting(), [row.id or 0 for row in rows if row.starts_at > now], wanted)
    return dict.fromkeys(coming, ()) | {
        hamlet: tuple(
            Seats(one.id or 0, one.starts_at, wave_of(one.starts_at), numbers[hamlet, total]) for one, total in found
        )
        for hamlet, found in ends.items()
    }


def _taken(session: Session, campaign: int, step: int, sessions: Sequence[int]) -> dict[int, int]:
    """People invited to each session; what this step has claimed itself is among those who still wait."""
    elsewhere = or_(col(Delivery.campaign) != campaign, col(Delivery.step) != step)
    counts = or_(col(Delivery.state).in_(ON_THE_WAY), and_(col(Delivery.state) == DeliveryState.CLAIMED, elsewhere))
    query = select(col(Delivery.session), func.count(distinct(col(Delivery.person))))
    query = query.where(col(Delivery.session).in_(sessions), counts).group_by(col(Delivery.session))
    return _with_orders(session, sessions, {int(one): number for one, number in session.execute(query)})


def _numbers(
    session: Session, waiting: Select[Any], sessions: Sequence[int], wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Of each (hamlet, n) the number of the n-th person who waits there; LAST where fewer do, 0 for n = 0."""
    turn = func.row_number().over(partition_by=col(Person.hamlet), order_by=col(Person.id)).label("turn")
    rows = select(col(Person.hamlet).label("hamlet"), col(Person.id).label("person"), turn)
    rows = rows.where(col(Person.id).in_(waiting), col(Person.hamlet).in_({hamlet for hamlet, _ in wanted}))
    theirs = select(col(Delivery.person)).where(col(Delivery.session).in_(sessions))
    rows = rows.where(col(Person.id).not_in(theirs.where(col(Delivery.state).in_(ON_THE_WAY))))  # they keep their place
    rows = rows.where(col(Person.id).not_in(select(col(SeatOrder.person)).where(col(SeatOrder.session).in_(sessions))))
    ranked = rows.subquery("ranked")
    found = session.execute(select(ranked).where(ranked.c.turn.in_({n for _, n in wanted})))
    return {one: LAST if one[1] else 0 for one in wanted} | {(hamlet, n): person for hamlet, person, n in found}


def one_after_another(session: Session, communes: Iterable[str], now: datetime) -> None:
    """Before places or đồng of these communes are counted and given away: whoever else does it waits for our commit.

    Two lanes claim at one moment, each for its own campaign; neither sees what the other has not committed yet. A
    commune without coming sessions and without a budget has nothing to share out, and nobody waits.
    """
    coming = select(col(HelpSession.commune)).where(col(HelpSession.starts_at) > now)
    limited = select(col(Campaign.commune)).where(col(Campaign.budget_vnd).is_not(None))
    limited = limited.where(col(Campaign.state) == CampaignState.RUNNING)
    here = select(col(Unit.code)).where(col(Unit.code).in_(sorted(communes)))
    shares = or_(col(Unit.code).in_(coming), col(Unit.code).in_(limited))
    keep_rows(session, here.where(shares).order_by(col(Unit.code)))


def in_the_ledger(campaign: int, step: int) -> Select[Any]:
    """The persons of a planned step who are not written to yet."""
    mine = select(col(Delivery.person)).where(col(Delivery.campaign) == campaign, col(Delivery.step) == step)
    return mine.where(col(Delivery.state).in_(STILL_ASKED))


def take(session: Session, seating: Seating, deliveries: Sequence[int]) -> None:
    """Write down to which session each of these claimed deliveries invites."""
    query = select(col(Delivery.id), col(Person.id), col(Person.hamlet)).join(
        Person, col(Person.id) == col(Delivery.person)
    )
    mine: Any = select(kept(seating))
    found = session.execute(mine).all() if any(seating.values()) else []
    theirs: dict[int, int] = dict(map(tuple, found))
    to: dict[int | None, list[int]] = {}
    for row, person, hamlet in session.execute(query.where(col(Delivery.id).in_(deliveries))):
        place = theirs.get(person) or place_for(seating, hamlet or "", person)[0]
        to.setdefault(place if place > 0 else None, []).append(row)
    for number, some in to.items():
        session.execute(
            update(Delivery)
            .where(col(Delivery.id).in_(some))
            .values(session=number)
            .execution_options(synchronize_session=False)
        )


def give_back(session: Session, number: int) -> None:
    """The session is not held: nobody has a place in it."""
    session.execute(delete(SeatOrder).where(col(SeatOrder.session) == number))
    session.execute(
        update(Delivery)
        .where(col(Delivery.session) == number)
        .values(session=None)
        .execution_options(synchronize_session=False)
    )


def ask_again(session: Session, commune: str, now: datetime) -> int:
    """Sessions have changed: whoever waits for one is asked anew. Returns how many."""
    here = select(col(Campaign.id)).where(col(Campaign.commune) == commune)
    done = session.execute(
        update(Delivery)
        .where(col(Delivery.state) == DeliveryState.HELD, col(Delivery.reason).in_(("wave", "session_full")))
        .where(col(Delivery.campaign).in_(here))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def invited(session: Session, sessions: Sequence[int]) -> dict[int, int]:
    """How many people have a place in each of these sessions: invited by a message, or kept by an officer."""
    query = select(col(Delivery.session), func.count(distinct(col(Delivery.person))))
    query = query.where(col(Delivery.session).in_(sessions), col(Delivery.state).in_(ON_THE_WAY))
    messages = {int(one): number for one, number in session.execute(query.group_by(col(Delivery.session)))}
    return _with_orders(session, sessions, messages)


def _with_orders(session: Session, sessions: Sequence[int], messages: dict[int, int]) -> dict[int, int]:
    """With the places that officers keep for people whom no message invited there."""
    theirs = and_(col(Delivery.session) == col(SeatOrder.session), col(Delivery.person) == col(SeatOrder.person))
    invited_too = exists(select(1).where(theirs, col(Delivery.state).in_(ON_THE_WAY)))
    query: Any = select(col(SeatOrder.session), func.count()).where(col(SeatOrder.session).in_(sessions), ~invited_too)
    orders = {int(one): number for one, number in session.execute(query.group_by(col(SeatOrder.session)))}
    return {one: messages.get(one, 0) + orders.get(one, 0) for one in messages.keys() | orders.keys()}


def asked_for(session: Session, sessions: Sequence[int]) -> dict[int, int]:
    """How many people said that they will come to each of these sessions."""
    query = select(col(SeatOrder.session), func.count()).where(col(SeatOrder.session).in_(sessions))
    return {int(one): number for one, number in session.execute(query.group_by(col(SeatOrder.session)))}


def order(session: Session, number: int, person: Person, by: str, now: datetime) -> HelpSession:
    """Keep a place of a coming session for somebody who asked for it. BadInput when it has begun or none is left."""
    planned = session.get(HelpSession, number)
    if planned is None or planned.commune != person.commune or planned.starts_at <= now:
        raise BadInput("Buổi hỗ trợ này không còn nhận thêm. Hãy chọn buổi khác.")
    one_after_another(session, [planned.commune], now)
    if invited(session, [number]).get(number, 0) >= planned.capacity:
        raise BadInput("Buổi hỗ trợ này đã hết chỗ. Hãy chọn buổi khác, hoặc hẹn đến nhà.")
    insert_new(
        session, SeatOrder, [{"session": number, "person": person.id, "by": by, "at": now}], ["session", "person"]
    )
    return planned
