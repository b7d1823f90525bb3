"""What an officer orders for somebody out of a ticket: a visit, or a place in a help session. The citizen is told.

told = order_visit(session, home, ticket, by, now)              # Told: to whom, by which lane, what
told = order_place(session, home, ticket, help_session, by, now)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot import tickets
from bot.service import linked_persons, scene_of
from bot.tables import Ticket
from campaigns.field import seats
from campaigns.field.sessions import session_words
from campaigns.field.visits import add_visits
from content.library import fields_of, library, message
from content.message import Message
from register import audit
from register.contacts import address_of
from register.errors import BadInput
from register.home import Home
from register.tables import Contact, Person, Unit

audit.declare("ticket_visit")
audit.declare("ticket_place", "place")


@dataclass(frozen=True, repr=False)
class Told:
    """What goes back to the citizen's own channel. ``address`` "": nothing may be sent there any more."""

    lane: str
    address: str
    message: Message


def order_visit(session: Session, home: Home, ticket: Ticket, by: str, now: datetime) -> Told:
    """Put the ticket's person on the visit list, once."""
    person = _person(session, ticket)
    add_visits(session, None, [person.id or 0], now)
    audit.note(session, by, "ticket_visit", str(ticket.id), now)
    return _told(session, home, ticket, by, now, "visit_ordered", "Đã đưa vào danh sách đến nhà.")


def order_place(session: Session, home: Home, ticket: Ticket, number: int, by: str, now: datetime) -> Told:
    """Keep a place in this help session. BadInput when it has begun or is full."""
    planned = seats.order(session, number, _person(session, ticket), by, now)
    words = session_words(planned, session.get_one(Unit, planned.hamlet).name)
    audit.note(session, by, "ticket_place", str(ticket.id), now, place=number)
    note = f"Đã giữ một chỗ ở buổi hỗ trợ {words}."
    return _told(session, home, ticket, by, now, "session_ordered", note, {"session": words})


def _person(session: Session, ticket: Ticket) -> Person:
    person = session.get(Person, ticket.person) if ticket.person else None
    if person is None or person.closed_at is not None:
        raise BadInput("Việc này chưa gắn với ai trong danh sách. Hãy hỏi lại tên, rồi ghi ở trang của người đó.")
    if ticket.closed_at is not None:
        raise BadInput(f"Việc số {ticket.id} không còn mở. Hãy xem lại danh sách việc.")
    return person


def _told(
    session: Session,
    home: Home,
    ticket: Ticket,
    by: str,
    now: datetime,
    text: str,
    note: str,
    fields: dict[str, str] | None = None,
) -> Told:
    tickets.write_down(session, home, ticket, note, by, now)
    contact = session.get_one(Contact, ticket.contact)
    scene = scene_of(session, home, contact, linked_persons(session, ticket.contact), now)
    words = library().talk.texts[text]
    said = message(words, fields_of(scene.addressee, scene.place, **(fields or {})), buttons=list(words.buttons))
    silent = contact.stopped_at is not None or contact.blocked_at is not None
    return Told(contact.lane, "" if silent else address_of(home, contact), said)
