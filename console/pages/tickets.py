"""Việc cần hỗ trợ: who waits for a person, since when; take it, read it (logged), answer in their chat, close it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session, col, select

from bot import orders, ready, recording
from bot import tickets as work
from bot.tables import Ticket
from bot.tickets import KINDS, Note
from bot.waiting import how_long, promised_by
from campaigns.field import seats
from campaigns.field.sessions import session_words
from campaigns.tables import HelpSession
from channels.outcome import Accepted
from channels.zalo.limits import TALK_WINDOW
from console import words
from console.access import may_do
from console.web import Seen, do, go, names_of, own, render, see, take_away
from content.check import broken_promises
from content.library import library
from content.message import Message
from register.contacts import address_of
from register.errors import BadInput
from register.people import identity_of, masked
from register.tables import Contact, Person, Staff, Unit

router = APIRouter()
VIEWS = {"mo": "Đang mở", "cho": "Chưa ai nhận", "toi": "Tôi đang giúp", "xong": "Đã xong trong tháng"}
MOST_PLACES = 20  # sessions to choose from
Viewing = Annotated[Seen, Depends(see("tickets"))]
Doing = Annotated[Seen, Depends(do("tickets"))]


@router.get("/viec")
def tickets(request: Request, seen: Viewing, xem: str = "mo", kieu: str = "") -> Response:
    """The tickets of this commune, the oldest first. Nobody's words are shown here.

    ``xem``: a key of VIEWS; ``kieu``: one kind alone.
    """
    with seen.home.db.read() as session:
        open_ones = work.open_tickets(session, [seen.here])
        views = {
            "mo": open_ones,
            "cho": [row for row in open_ones if not row.taken_by],
            "toi": [row for row in open_ones if row.taken_by == seen.viewer.login],
            "xong": work.closed_of_late(session, seen.here, seen.now),
        }
        rows = [row for row in views.get(xem, open_ones) if kieu in ("", row.kind)]
        names = names_of(session, [row.taken_by for row in rows])
        told = how_long(seen.now, work.waiting(session, seen.here), work.usual_wait(session, seen.here, seen.now))
    late = {row.id for row in rows if _late(row, seen.now)}
    page = {"rows": rows, "kinds": KINDS, "names": names, "late": late, "told": told, "kieu": kieu}
    page |= {"xem": xem if xem in VIEWS else "mo", "views": VIEWS, "counts": {key: len(v) for key, v in views.items()}}
    return render(request, "tickets.html", seen, at="tickets", **page)


def _late(ticket: Ticket, now: datetime) -> bool:
    """Nobody has taken it, and the time that people are told is over."""
    return not ticket.taken_by and not ticket.closed_at and promised_by(ticket.opened_at, ticket.kind) < now


@router.get("/viec/cau-san")
def ready_page(request: Request, seen: Viewing) -> Response:
    """The commune's own sentences, and those that ship."""
    with seen.home.db.read() as session:
        own_text = "\n\n".join(ready.own_sentences(session, seen.here))
    return _ready_page(request, seen, own_text, "")


@router.post("/viec/cau-san")
def change_ready(request: Request, seen: Doing, cau: str = Form("")) -> Response:
    """Replace the commune's own sentences."""
    login = seen.viewer.login
    try:
        seen.home.db.write(lambda session: ready.set_own(session, seen.here, cau, login, seen.now))
    except BadInput as fault:
        return _ready_page(request, seen, cau, str(fault))
    return go("/viec/cau-san", "da-luu")


def _ready_page(request: Request, seen: Seen, text: str, fault: str) -> Response:
    shipped = [(one.kinds, " ".join(one.lines)) for one in library().ready.sentences.values()]
    page = {"text": text, "fault": fault, "shipped": shipped, "kinds": KINDS}
    return render(request, "ready.html", seen, 422 if fault else 200, at="tickets", **page)


@router.get("/viec/{number}")
def ticket_page(request: Request, number: int, seen: Viewing) -> Response:
    """One ticket, its words still covered."""
    return _page(request, seen, number)


@router.post("/viec/{number}/doc")
def read(request: Request, number: int, seen: Doing) -> Response:
    """The citizen's words; the look stands in the audit log before they are shown."""
    return _page(request, seen, number, open_words=True)


def _page(
    request: Request,
    seen: Seen,
    number: int,
    *,
    open_words: bool = False,
    typed: str = "",
    fault: str = "",
    late: str = "",
    status: int = 200,
) -> Response:
    """One ticket. ``open_words``: with what was said, logged; ``typed``: an answer that is not sent yet; ``fault``: why
    it cannot be; ``late``: what somebody else did meanwhile.
    """

    def look(session: Session) -> list[Note]:
        own(seen, session.get(Ticket, number))
        return work.read(session, seen.home, number, seen.viewer.login, seen.now)

    notes = seen.home.db.write(look) if open_words else None
    with seen.home.db.read() as session:
        ticket = own(seen, session.get(Ticket, number))
        contact = session.get(Contact, ticket.contact)
        person = session.get(Person, ticket.person) if ticket.person else None
        identity = identity_of(seen.home, person) if person else None
        places = _places(session, seen, ticket) if person and not ticket.closed_at else []
        colleagues = _colleagues(session, seen) if not ticket.closed_at else {}
        said_by = [note.by for note in notes or []]
        page = {
            "sentences": ready.ready_for(session, seen.home, ticket, seen.now)
            if contact and not ticket.closed_at
            else [],
            "names": names_of(session, [ticket.taken_by, *said_by]),
            "turns": len(work.notes_of(seen.home, ticket)),
        }
    name = masked(identity).full_name if identity else ""
    said = contact.last_inbound_at if contact and contact.channel == "zalo" else None
    silent = said if said and said < seen.now - TALK_WINDOW else None
    blocked = contact is not None and (contact.stopped_at is not None or contact.blocked_at is not None)
    page |= {"ticket": ticket, "contact": contact, "name": name, "notes": notes, "kinds": KINDS, "silent": silent}
    page |= {"places": places, "blocked": blocked, "may_export": may_do(seen.viewer.role, "audit")}
    page |= {"colleagues": colleagues, "typed": typed, "fault": fault, "late": late, "overdue": _late(ticket, seen.now)}
    return render(request, "ticket.html", seen, status, at="tickets", **page)


def _colleagues(session: Session, seen: Seen) -> dict[str, str]:
    """Who else of the commune answers people: login → name."""
    others = select(Staff).where(Staff.unit == seen.here, col(Staff.active), Staff.login != seen.viewer.login)
    rows = session.exec(others.order_by(col(Staff.name))).all()
    return {row.login: row.name for row in rows if may_do(row.role, "tickets")}


def _places(session: Session, seen: Seen, ticket: Ticket) -> list[tuple[int, str, int]]:
    """The coming help sessions of the commune that have a place left, the person's own hamlet's first: number, when
    and where, places.
    """
    person = session.get(Person, ticket.person) if ticket.person else None
    coming = select(HelpSession).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) > seen.now)
    rows = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(MOST_PLACES)).all()
    taken = seats.invited(session, [row.id or 0 for row in rows])
    left = [(row, row.capacity - taken.get(row.id or 0, 0)) for row in rows]
    names = {row.hamlet: session.get_one(Unit, row.hamlet).name for row in rows}
    left.sort(key=lambda one: person is None or one[0].hamlet != person.hamlet)
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

    return take_away(seen.home.db.write(look).encode(), f"tro-chuyen-{number}.yaml")


@router.post("/viec/{number}/nhan")
def take(request: Request, number: int, seen: Doing) -> Response:
    """Take a ticket up, so that nobody else does. Whoever comes second is told who was first."""

    def store(session: Session) -> str:
        ticket = own(seen, session.get(Ticket, number))
        if ticket.taken_by not in ("", seen.viewer.login) and not ticket.closed_at:
            who = names_of(session, [ticket.taken_by])[ticket.taken_by]
            return f"{who} đã nhận việc này lúc {words.moment(ticket.taken_at)}. Muốn giúp thay, xin báo nhau trước."
        work.take(session, number, seen.viewer.login, seen.now)
        return ""

    late = seen.home.db.write(store)
    return _page(request, seen, number, late=late, status=409) if late else go(f"/viec/{number}", "da-nhan")


@router.post("/viec/{number}/chuyen")
def hand_on(number: int, seen: Doing, cho: str = Form(""), dang: str = Form(""), loi: str = Form("")) -> Response:
    """Give the ticket to another officer of the commune, with a word for them."""

    def store(session: Session) -> None:
        own(seen, session.get(Ticket, number))
        if cho not in _colleagues(session, seen):
            raise BadInput("Hãy chọn một cán bộ của xã, phường mình.")
        work.hand_on(session, seen.home, number, cho, seen.viewer.login, seen.now, note=loi, held_by=dang)

    seen.home.db.write(store)
    return go(f"/viec/{number}", "da-chuyen")


@router.post("/viec/{number}/tra-loi")
async def answer(
    request: Request,
    number: int,
    seen: Doing,
    tra_loi: Annotated[str, Form()] = "",
    cau: Annotated[str, Form()] = "",
    luot: Annotated[str, Form()] = "",
    mo: Annotated[str, Form()] = "",
) -> Response:
    """Keep the answer, then send it to the chat from which the question came.

    ``cau``: a ready sentence to put into the field instead; ``luot``: how much had been said when the page was drawn;
    ``mo``: the words were uncovered.
    """
    home = seen.home
    if cau:
        typed = f"{tra_loi.strip()}\n{cau}".strip()
        return await run_in_threadpool(_page, request, seen, number, open_words=bool(mo), typed=typed)

    def store(session: Session) -> tuple[Message, str, str] | str:
        ticket = own(seen, session.get(Ticket, number))
        contact = session.get(Contact, ticket.contact)
        if contact is None or contact.stopped_at is not None:
            raise BadInput("Người này đã dừng nhận tin. Hãy gọi điện hoặc đến gặp.")
        if late := _said_meanwhile(session, seen, ticket, luot):
            return late
        message = work.answer(session, home, number, tra_loi, seen.viewer.login, seen.now)
        return message, contact.lane, address_of(home, contact)

    def again(**told: Any) -> Response:
        return _page(request, seen, number, typed=tra_loi, open_words=bool(mo), **told)

    try:
        for broken in broken_promises(tra_loi):
            raise BadInput(f"Chưa gửi, vì {broken}. Hãy sửa lại câu trả lời.")
        stored = await home.db.awrite(store)
    except BadInput as error:
        return await run_in_threadpool(again, fault=str(error), status=422)
    if isinstance(stored, str):
        return await run_in_threadpool(again, late=stored, status=409)
    message, lane, address = stored
    sender = request.app.state.senders.get(lane)
    if sender is None or not address:
        return go(f"/viec/{number}", "chua-gui")
    sent = isinstance(await sender.send(address, message), Accepted)
    return go(f"/viec/{number}", "da-tra-loi" if sent else "chua-gui")


def _said_meanwhile(session: Session, seen: Seen, ticket: Ticket, turns: str) -> str:
    """What was said since the page with the answer was drawn ("" nothing): two officers at once, or the citizen."""
    notes = work.notes_of(seen.home, ticket)
    if not turns.isascii() or not turns.isdigit() or len(notes) <= int(turns[:6]):
        return ""
    last = notes[-1]
    at = words.moment(datetime.fromisoformat(last.at))
    who = names_of(session, [last.by])[last.by] if last.by else "Người dân"
    did = "vừa ghi" if last.by else "vừa nhắn thêm"
    return (
        f"{who} {did} vào việc này lúc {at}, khi bạn đang viết. Hãy đọc lại trước khi gửi; lời bạn viết vẫn còn ở dưới."
    )


@router.post("/viec/{number}/dong")
def close(number: int, seen: Doing) -> Response:
    """Close a ticket."""

    def store(session: Session) -> None:
        own(seen, session.get(Ticket, number))
        work.close(session, number, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/viec", "da-dong")
