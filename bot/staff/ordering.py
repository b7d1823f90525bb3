"""What an officer orders from the staff bot for a ticket: a visit, or a place in a help session. Numbers only.

buttons = choices(session, ticket, now)                       # shown once the ticket is theirs
text, told = order(session, home, ticket, what, by, now)      # told goes to the citizen's own chat
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot import orders
from bot.tables import Ticket
from campaigns.field import seats
from campaigns.field.sessions import next_sessions, session_words
from register.home import Home
from register.tables import Person, Unit

MOST_SESSIONS = 3  # buttons; the rest is in the console
NEAREST = "0"  # no session's number
CONSOLE = "Hãy mở trang cán bộ để đọc và trả lời."


def choices(session: Session, ticket: Ticket, now: datetime) -> list[tuple[str, str]]:
    """A visit and sessions with free places, as buttons; nothing for a ticket that nobody is named on.

    The person's own hamlet's is offered as the nearest, without its name; the others are the commune's, whoever
    asks: no button tells where the citizen lives.
    """
    person = session.get(Person, ticket.person) if ticket.person else None
    if person is None or ticket.commune is None or ticket.closed_at is not None:
        return []
    by_hamlet = next_sessions(session, ticket.commune, now)
    coming = sorted(by_hamlet.values(), key=lambda one: one.starts_at)
    taken = seats.invited(session, [one.id or 0 for one in coming])
    free = [one for one in coming if taken.get(one.id or 0, 0) < one.capacity]
    own = by_hamlet.get(person.hamlet or "")
    nearest = [(f"ticket.place:{ticket.id}:{NEAREST}", "Giữ chỗ ở buổi gần nhà nhất")] if own in free else []
    places = [
        (f"ticket.place:{ticket.id}:{one.id}", f"Giữ chỗ: {session_words(one, session.get_one(Unit, one.hamlet).name)}")
        for one in free[:MOST_SESSIONS]
    ]
    return [(f"ticket.visit:{ticket.id}", f"Hẹn đến nhà cho việc số {ticket.id}"), *nearest, *places]


def order(session: Session, home: Home, ticket: Ticket, place: str, by: str, now: datetime) -> tuple[str, orders.Told]:
    """Order a visit, or with ``place`` (a session's number, or NEAREST) a seat there. BadInput as bot.orders has it."""
    if place:
        number = _nearest(session, ticket, now) if place == NEAREST else int(place)
        told = orders.order_place(session, home, ticket, number, by, now)
        return f"Đã giữ một chỗ cho việc số {ticket.id}.", told
    told = orders.order_visit(session, home, ticket, by, now)
    return f"Đã đưa việc số {ticket.id} vào danh sách đến nhà.", told


def _nearest(session: Session, ticket: Ticket, now: datetime) -> int:
    """The next session of the person's own hamlet; 0: none."""
    person = session.get(Person, ticket.person) if ticket.person else None
    own = next_sessions(session, ticket.commune or "", now).get(person.hamlet or "") if person else None
    return own.id or 0 if own else 0
