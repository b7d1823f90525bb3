"""Việc cần hỗ trợ: who waits for a person, since when; take it, read it (logged), answer in their chat, close it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from bot import tickets as work
from bot.tables import Ticket
from bot.tickets import KINDS, Note
from channels.outcome import Accepted
from channels.zalo.limits import TALK_WINDOW
from console.web import Seen, do, go, own, render, see
from content.check import check_text
from content.message import Message
from register.contacts import address_of
from register.errors import BadInput
from register.people import identity_of, masked
from register.tables import Contact, Person

router = APIRouter()
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
    name = masked(identity).full_name if identity else ""
    said = contact.last_inbound_at if contact and contact.channel == "zalo" else None
    silent = said if said and said < seen.now - TALK_WINDOW else None
    page = {"ticket": ticket, "contact": contact, "name": name, "notes": notes, "kinds": KINDS, "silent": silent}
    return render(request, "ticket.html", seen, at="tickets", **page)


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
