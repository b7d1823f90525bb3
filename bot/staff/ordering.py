"""What an officer orders from the staff bot for a ticket: a visit, or a place in a help session. Numbers only.

buttons = choices(session, ticket, now)                       # shown once the ticket is theirs
text, told = order(session, home, ticket, what, by, now)      # told goes to the citizen's own chat
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot import orders
from bot.tables import Ticket
from campaigns import seats
from campaigns.sessions import next_sessions, session_words
from register.home import Home
from register.tables import Unit

MOST_SESSIONS = 3  # buttons; the rest is in the console
CONSOLE = "Hãy mở trang cán bộ để đọc và trả lời."


def choices(session: Session, ticket: Ticket, now: datetime) -> list[tuple[str, str]]:
    """A visit and the nearest sessions with free places, as buttons; nothing for a ticket that nobody is named on.

    Sessions are the commune's, whoever asks and wherever they live: a button tells nothing of the citizen.
    """
    if ticket.person is None or ticket.commune is None or ticket.closed_at is not None:
        return []
    coming = sorted(next_sessions(session, ticket.commune, now).values(), key=lambda one: one.starts_at)
    taken = seats.invited(session, [one.id or 0 for one in coming])
    free = [one for one in coming if taken.get(one.id or 0, 0) < one.capacity][:MOST_SESSIONS]
    places = [
        (f"ticket.place:{ticket.id}:{one.id}", f"Giữ chỗ: {session_words(one, session.get_one(Unit, one.hamlet).name)}")
        for one in free
    ]
    return [(f"ticket.visit:{ticket.id}", f"Hẹn đến nhà cho việc số {ticket.id}"), *places]


def order(session: Session, home: Home, ticket: Ticket, place: str, by: str, now: datetime) -> tuple[str, orders.Told]:
    """Order a visit, or with ``place`` (a session's number) a seat there. BadInput as bot.orders has it."""
    if place:
        told = orders.order_place(session, home, ticket, int(place), by, now)
        return f"Đã giữ một chỗ cho việc số {ticket.id}.", told
    told = orders.order_visit(session, home, ticket, by, now)
    return f"Đã đưa việc số {ticket.id} vào danh sách đến nhà.", told
