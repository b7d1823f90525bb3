"""The one reminder of a talk that was left in the middle: who gets it now, and that nobody ever gets it twice.

    done = await nudge_all(home, senders, stopping)       # the scheduler's job

    at most one a conversation, the day after ─ bot.walking.nudge_due (pure)
    stop, block, quiet hours, holidays, caps  ─ here, as for a campaign's message; it counts as one (Contact.nudged_at)
    the channel's free window                 ─ FREE: after it Zalo would want money or a template

A talk is marked as nudged and the mark is on disk before the message leaves: a process that dies between the two
has nudged once or not at all. The mark is taken back only where it is certain that nothing left.
Nothing here looks like the citizen's own doing: last_inbound_at and busy_until stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.engine import turn
from bot.service import linked_persons, scene_of
from bot.state import Input, State
from bot.tables import Conversation
from bot.walking import NUDGE_AFTER, NUDGE_BEFORE, nudge_due
from campaigns import hours
from campaigns.conditions import REACHED
from campaigns.engine.decide import MAX_A_DAY, MAX_A_WEEK, opens_at
from campaigns.tables import Attempt, Delivery
from channels.gate import Turns
from channels.outcome import Later, Refused
from channels.pace import Pace
from channels.senders import Sender
from channels.tables import Lane
from channels.zalo.limits import FREE_WINDOW
from content.message import Message
from register.contacts import address_of
from register.home import VIETNAM, Home
from register.tables import Contact, Person, PersonContact

log = structlog.get_logger(__name__)

FREE: dict[str, timedelta | None] = {"zalo": FREE_WINDOW, "telegram": None, "zalo_bot": None}  # who can be written to
WEEK = timedelta(days=7)
# Beside campaigns (24/s in 25 places) and replies (4/s in 4) one place of Telegram's thirty is left.
PER_SECOND, PLACES = 1.0, 1


def turns() -> Turns:
    """One after the other, a second apart: nobody waits for them."""
    return Turns(Pace(PER_SECOND), PLACES)


async def nudge_all(
    home: Home,
    senders: Mapping[str, Sender],
    pace: Turns | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Nudge everybody who is due now. Returns outcomes counted."""
    done: Counter[str] = Counter()
    pace = pace or turns()
    for contact in await home.db.aread(lambda session: due(session, home, home.now())):
        if stopping():
            break
        async with pace:
            outcome = await _nudge(home, senders, contact)
        done[outcome] += 1
    del done[""]
    if done:
        log.info("nudged", **done)
    return done


async def _nudge(home: Home, senders: Mapping[str, Sender], contact: int) -> str:
    now = home.now()
    marked = await home.db.awrite(lambda session: mark(session, home, contact, now))
    if marked is None:
        return ""
    lane, address, message = marked
    outcome = await senders[lane].send(address, message) if lane in senders else Later(now, "no_sender")
    if isinstance(outcome, Later):
        await home.db.awrite(lambda session: take_back(session, contact))
    elif isinstance(outcome, Refused) and outcome.error_class == "recipient":
        await home.db.awrite(lambda session: _block(session, contact, now))
    return type(outcome).__name__.lower()


def due(session: Session, home: Home, now: datetime) -> list[int]:
    """The contacts whose one nudge is due now. At night and on holidays: none."""
    if opens_at(now, home.settings.send_from, home.settings.send_until) > now:
        return []
    closed, resting = _closed_lanes(session, now), hours.resting(session, home, now)
    query = (
        select(Conversation, Contact)
        .join(Contact, col(Contact.id) == col(Conversation.contact))
        .where(
            # the last turn moved it; a little more on both sides, the exact bounds are nudge_due's
            col(Conversation.updated_at) <= now - NUDGE_AFTER + timedelta(minutes=1),
            col(Conversation.updated_at) > now - NUDGE_BEFORE - timedelta(minutes=1),
            col(Contact.channel).in_(FREE),
            col(Contact.nudged_at).is_(None) | (col(Contact.nudged_at) < now - NUDGE_BEFORE),
        )
        .order_by(col(Conversation.updated_at))
    )
    return [
        chat.contact
        for chat, contact in session.exec(query).all()
        if nudge_due(State.of(chat.state), now) and contact.lane not in closed and _may(session, contact, now)
        if not (resting and resting & _communes(session, chat))
    ]


def _communes(session: Session, chat: Conversation) -> set[str]:
    """Of the people on the contact, and the one that the talk is about."""
    linked = select(Person.commune).join(PersonContact, col(PersonContact.person) == col(Person.id))
    found = session.exec(linked.where(PersonContact.contact == chat.contact)).all()
    return {str(chat.state.get("commune", "")), *found}


def mark(session: Session, home: Home, contact_id: int, now: datetime) -> tuple[str, str, Message] | None:
    """Mark the talk as nudged. Returns lane, address and what to send, or None: meanwhile it is not due any more."""
    chat = session.get(Conversation, contact_id, with_for_update=True)
    contact = session.get_one(Contact, contact_id)
    state = State.of(chat.state if chat else None)
    if chat is None or not nudge_due(state, now) or not _may(session, contact, now):
        return None
    persons = linked_persons(session, contact_id)
    commune = str(chat.state.get("commune", ""))
    reply = turn(state, Input("nudge"), now, scene_of(session, home, contact, persons, now, commune))
    chat.state = {**chat.state, **reply.state.to_dict()}
    contact.nudged_at = now
    session.add_all([chat, contact])
    session.flush()
    return contact.lane, address_of(home, contact), reply.messages[0]


def take_back(session: Session, contact_id: int) -> None:
    """Nothing left this machine: the nudge is due again."""
    chat, contact = session.get(Conversation, contact_id), session.get_one(Contact, contact_id)
    if chat is not None:
        chat.state = {**chat.state, **replace(State.of(chat.state), nudged=False).to_dict()}
        session.add(chat)
    contact.nudged_at = None
    session.add(contact)
    session.flush()


def _block(session: Session, contact_id: int, now: datetime) -> None:
    contact = session.get_one(Contact, contact_id)
    contact.blocked_at = now
    session.add(contact)


def _closed_lanes(session: Session, now: datetime) -> set[str]:
    """Lanes that are switched off, in trouble or resting."""
    closed = or_(col(Lane.off), col(Lane.trouble) != "", col(Lane.not_before) > now, col(Lane.rest_until) > now)
    return set(session.exec(select(Lane.name).where(closed)).all())


def _may(session: Session, contact: Contact, now: datetime) -> bool:
    """Whether this contact may be written to at all: not stopped, not blocked, in its window, under its caps."""
    free = FREE.get(contact.channel)
    last = contact.last_inbound_at
    if contact.sealed is None or contact.stopped_at or contact.blocked_at or last is None:
        return False
    if free is not None and now - last >= free:
        return False
    links = session.exec(select(PersonContact).where(PersonContact.contact == contact.id)).all()
    if any(link.stopped_at for link in links):
        return False
    return under_caps(session, contact.id or 0, [link.person for link in links], now)


def under_caps(session: Session, contact: int, persons: list[int], now: datetime) -> bool:
    """At most one campaign message a day and three a week, of this contact and of everybody on it."""
    midnight = datetime.combine(now.astimezone(VIETNAM).date(), time(0), VIETNAM)
    sent = select(func.count()).select_from(Attempt).join(Delivery, col(Delivery.id) == col(Attempt.delivery))
    sent = sent.where(col(Attempt.result).in_(REACHED))
    whose = [col(Delivery.contact) == contact, *(col(Delivery.person) == person for person in persons)]
    return all(
        session.exec(sent.where(one, col(Attempt.at) >= since)).one() < most
        for one in whose
        for since, most in ((midnight, MAX_A_DAY), (now - WEEK, MAX_A_WEEK))
    )
