"""Việc cần hỗ trợ: who waits for a person, since when; take it, read it (logged), answer in their chat, close it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from bot import orders, recording
from bot import tickets as work
from bot.tables import Ticket
from bot.tickets import KINDS, Note
from campaigns import seats
from campaigns.sessions import session_words
from campaigns.tables import HelpSession
from channels.outcome import Accepted
from channels.zalo.limits import TALK_WINDOW
from console.access import may_do
from console.web import Seen, do, go, own, render, see
from content.check import check_text
from content.message import Message
from register.contacts import address_of
from register.errors import BadInput
from register.people import identity_of, masked
from register.tables import Contact, Person, Unit

router = APIRouter()
MOST_PLACES = 20  # sessions to choose from
Viewing = Annotated[Seen, Depends(see("tickets"))]
Doing = Annotated[Seen, Depends(do("tickets"))]


# what an officer's own words must not do either: ask for a secret, promise money, name a category
BROKEN_PROMISES = ("câu hỏi xin", "câu hứa", "không gọi người dân", "không nêu")


@router.get("/viec")
def tickets(request: Request, seen: Viewing) -> Response:
    """The open tickets of this commune, the oldest first. Nobody's words are shown here."""
    with seen.home.db.read() as session:
        rows = work.open_tickets(session, [seen.here])
    return render(request, "tickets.html", seen, at="tickets", rows=rows, kinds=KINDS)


@router.get("/viec/{number}")
def ticket_page(request: Request, number: int, seen: Viewing) -> Response:
    """One ticket, its words still covered."""
    return _page(request, seen, number, None)


@router.post("/viec/{number}/doc")
def read(request: Request, number: int, seen: Doing) -> Response:
    """The citizen's words; the look stands in the audit log before they are shown."""

    def look(session: Session) -> list[Note]:
        own(seen, session.get(Ticket, number))
        return work.read(session, seen.home, number, seen.viewer.login, seen.now)

    return _page(request, seen, number, seen.home.db.write(look))


def _page(request: Request, seen: Seen, number: int, notes: list[Note] | None) -> Response:
    with seen.home.db.read() as session:
        ticket = own(seen, session.get(Ticket, number))
        contact = session.get(Contact, ticket.contact)
        person = session.get(Person, ticket.person) if ticket.person else None
        identity = identity_of(seen.home, person) if person else None
        places = _places(session, seen) if person and not ticket.closed_at else []
    name = masked(identity).full_name if identity else ""
    said = contact.last_inbound_at if contact and contact.channel == "zalo" else None
    silent = said if said and said < seen.now - TALK_WINDOW else None
    blocked = contact is not None and (contact.stopped_at is not None or contact.blocked_at is not None)
    page = {"ticket": ticket, "contact": contact, "name": name, "notes": notes, "kinds": KINDS, "silent": silent}
    page |= {"places": places, "blocked": blocked, "may_export": may_do(seen.viewer.role, "audit")}
    return render(request, "ticket.html", seen, at="tickets", **page)


def _places(session: Session, seen: Seen) -> list[tuple[int, str, int]]:
    """The coming help sessions of the commune that have a place left: number, when and where, places."""
    coming = select(HelpSession).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) > seen.now)
    rows = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(MOST_PLACES)).all()
    taken = seats.invited(session, [row.id or 0 for row in rows])
    left = [(row, row.capacity - taken.get(row.id or 0, 0)) for row in rows]
    names = {row.hamlet: session.get_one(Unit, row.hamlet).name for row in rows}
    return [(row.id or 0, session_words(row, names[row.hamlet]), free) for row, free in left if free > 0]


@router.post("/viec/{number}/hen-den-nha")
async def visit(request: Request, number: int, seen: Doing) -> Response:
    """Put the person on the visit list, and tell them."""

    def store(session: Session) -> orders.Told:
        ticket = own(seen, session.get(Ticket, number))
        return orders.order_visit(session, seen.home, ticket, seen.viewer.login, seen.now)

    return await _ordered(request, number, await seen.home.db.awrite(store))


@router.post("/viec/{number}/giu-cho")
async def place(request: Request, number: int, seen: Doing, buoi: Annotated[int, Form()]) -> Response:
    """Keep a place in a help session, and tell the person."""

    def store(session: Session) -> orders.Told:
        ticket = own(seen, session.get(Ticket, number))
        return orders.order_place(session, seen.home, ticket, buoi, seen.viewer.login, seen.now)

    return await _ordered(request, number, await seen.home.db.awrite(store))


async def _ordered(request: Request, number: int, told: orders.Told) -> Response:
    sender = request.app.state.senders.get(told.lane)
    sent = sender is not None and told.address and isinstance(await sender.send(told.address, told.message), Accepted)
    return go(f"/viec/{number}", "da-hen" if sent else "da-hen-chua-bao")


@router.post("/viec/{number}/xuat")
def export(number: int, seen: Annotated[Seen, Depends(do("audit"))]) -> Response:
    """The chat as a golden conversation, names and numbers hidden; logged. For the system's owner alone."""

    def look(session: Session) -> str:
        ticket = own(seen, session.get(Ticket, number))
        return recording.export(session, seen.home, ticket.contact, seen.viewer.login, seen.now)

    headers = {"Content-Disposition": f'attachment; filename="tro-chuyen-{number}.yaml"', "Cache-Control": "no-store"}
    return Response(seen.home.db.write(look), media_type="application/yaml", headers=headers)


@router.post("/viec/{number}/nhan")
def take(number: int, seen: Doing) -> Response:
    """Take a ticket up, so that nobody else does."""

    def store(session: Session) -> None:
        own(seen, session.get(Ticket, number))
        work.take(session, number, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go(f"/viec/{number}", "da-nhan")


@router.post("/viec/{number}/tra-loi")
async def answer(request: Request, number: int, seen: Doing, tra_loi: Annotated[str, Form()] = "") -> Response:
    """Keep the answer, then send it to the chat from which the question came."""
    home = seen.home
    for finding in check_text("", tra_loi):
        if finding.message.startswith(BROKEN_PROMISES):
            raise BadInput(f"Chưa gửi, vì {finding.message}. Hãy sửa lại câu trả lời.")

    def store(session: Session) -> tuple[Message, str, str]:
        ticket = own(seen, session.get(Ticket, number))
        contact = session.get(Contact, ticket.contact)
        if contact is None or contact.stopped_at is not None:
            raise BadInput("Người này đã dừng nhận tin. Hãy gọi điện hoặc đến gặp.")
        message = work.answer(session, home, number, tra_loi, seen.viewer.login, seen.now)
        return message, contact.lane, address_of(home, contact)

    message, lane, address = await home.db.awrite(store)
    sender = request.app.state.senders.get(lane)
    if sender is None or not address:
        return go(f"/viec/{number}", "chua-gui")
    sent = isinstance(await sender.send(address, message), Accepted)
    return go(f"/viec/{number}", "da-tra-loi" if sent else "chua-gui")


@router.post("/viec/{number}/dong")
def close(number: int, seen: Doing) -> Response:
    """Close a ticket."""

    def store(session: Session) -> None:
        own(seen, session.get(Ticket, number))
        work.close(session, number, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/viec", "da-dong")
