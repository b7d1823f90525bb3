"""Việc cần hỗ trợ: what a citizen needs a person for. The citizen's words are redacted, then sealed.

open → taken (by one officer) → answered, any number of times → closed. Staff outside the console see
numbers, kinds and ages; the words only in the console, and each look is the console's to log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.tables import Ticket
from bot.waiting import office_hours_between, usual
from content.guard import guard
from content.message import Button, Message
from content.words import nfc
from register import audit
from register.errors import BadInput
from register.home import Home

SEALED_AS = "ticket"
MAX_ANSWER_CHARS = 1_000
KINDS = {
    "human": "Xin gặp cán bộ",
    "stuck": "Vướng khi đang làm",
    "visit": "Xin hẹn đến nhà",
    "session": "Xin giữ chỗ ở buổi hỗ trợ",
    "scam": "Báo lừa đảo",
    "deceased": "Báo người đã mất",
    "data": "Xem hoặc xóa dữ liệu",
    "claim": "Đã làm, cần ghi đúng người",
    "receipt": "Chưa nhận được tiền kỳ này",
    "mismatch": "Thông tin không khớp",
    "phone": "Cho số điện thoại: gọi lại số đó, đúng người thì đưa mã gắn tên",
}

WAITED_FOR = ("human", "stuck", "visit", "receipt")  # by people who were told a wait
OF_LATE, MEASURED = timedelta(days=30), 20  # waits by which the next one is told
MOST_CLOSED = 200  # shown of the last month

audit.declare("ticket_taken", "kind")
audit.declare("ticket_read", "kind")
audit.declare("ticket_handed", "kind", "to")
audit.declare("ticket_answered", "kind")
audit.declare("ticket_closed", "kind")


@dataclass(frozen=True)
class Note:
    """One thing said on a ticket. ``by``: "" the citizen, else an officer's login."""

    at: str  # ISO 8601, UTC
    text: str
    by: str = ""


def notes_of(home: Home, ticket: Ticket) -> list[Note]:
    """What was said, oldest first; empty after erasure. Showing it to somebody is ``read``'s to log."""
    return [Note(**raw) for raw in home.keys.open(ticket.sealed, SEALED_AS)] if ticket.sealed else []


def _add(home: Home, ticket: Ticket, text: str, now: datetime, by: str = "") -> None:
    if text:
        said = [*notes_of(home, ticket), Note(now.isoformat(), guard(text).text, by)]
        ticket.sealed = home.keys.seal([vars(note) for note in said], SEALED_AS)


def open_ticket(
    session: Session,
    home: Home,
    contact: int,
    kind: str,
    note: str,
    now: datetime,
    *,
    person: int | None = None,
    commune: str | None = None,
) -> Ticket:
    """The contact's open ticket of this kind, made when there is none; ``note`` is added to it."""
    if kind not in KINDS:
        raise ValueError(f"no such kind of ticket: {kind}")
    query = select(Ticket).where(Ticket.contact == contact, Ticket.kind == kind, col(Ticket.closed_at).is_(None))
    ticket = session.exec(query).first() or Ticket(
        commune=commune, contact=contact, person=person, kind=kind, opened_at=now
    )
    _add(home, ticket, note, now)
    session.add(ticket)
    session.flush()
    return ticket


def add_note(session: Session, home: Home, contact: int, note: str, now: datetime) -> bool:
    """Add the citizen's words to the newest open ticket of this contact. False: there is none."""
    query = select(Ticket).where(Ticket.contact == contact, col(Ticket.closed_at).is_(None))
    ticket = session.exec(query.order_by(col(Ticket.id).desc())).first()
    if ticket is None:
        return False
    _add(home, ticket, note, now)
    session.add(ticket)
    session.flush()
    return True


def open_tickets(session: Session, communes: Sequence[str] | None = None) -> list[Ticket]:
    """All open tickets (of these communes), oldest first. The caller's scope decides the communes."""
    query = select(Ticket).where(col(Ticket.closed_at).is_(None))
    if communes is not None:
        query = query.where(col(Ticket.commune).in_(communes))
    return list(session.exec(query.order_by(col(Ticket.opened_at), col(Ticket.id))).all())


def closed_of_late(session: Session, commune: str, now: datetime) -> list[Ticket]:
    """What was closed in the last month, the newest first."""
    query = select(Ticket).where(Ticket.commune == commune, col(Ticket.closed_at) > now - OF_LATE)
    return list(session.exec(query.order_by(col(Ticket.closed_at).desc()).limit(MOST_CLOSED)).all())


def waiting(session: Session, commune: str | None, kinds: Sequence[str] = WAITED_FOR) -> int:
    """How many people of this commune wait for a person and were not taken up yet."""
    query = select(func.count()).select_from(Ticket)
    query = query.where(col(Ticket.closed_at).is_(None), Ticket.taken_by == "", col(Ticket.kind).in_(kinds))
    return session.exec(query.where(Ticket.commune == commune)).one()


def usual_wait(session: Session, commune: str | None, now: datetime) -> timedelta | None:
    """How long people of this commune waited of late until somebody took their ticket, in office hours."""
    query = select(Ticket.opened_at, Ticket.taken_at).where(Ticket.commune == commune, col(Ticket.kind).in_(WAITED_FOR))
    query = query.where(col(Ticket.taken_at) > now - OF_LATE).order_by(col(Ticket.taken_at).desc()).limit(MEASURED)
    return usual([office_hours_between(opened, taken) for opened, taken in session.exec(query) if taken])


def _open_one(session: Session, ticket: int) -> Ticket:
    found = session.get(Ticket, ticket)
    if found is None or found.closed_at is not None:
        raise BadInput(f"Việc số {ticket} không còn mở. Hãy xem lại danh sách việc.")
    return found


def take(session: Session, ticket: int, by: str, now: datetime) -> Ticket:
    """Take a ticket up. BadInput when another officer was first."""
    found = _open_one(session, ticket)
    free = update(Ticket).where(col(Ticket.id) == ticket, col(Ticket.taken_by).in_(["", by]))
    free = free.values(taken_by=by, taken_at=found.taken_at or now)
    if session.execute(free).rowcount != 1:  # type: ignore[attr-defined]
        raise BadInput(f"Việc số {ticket} đã có người khác nhận.")
    session.refresh(found)
    audit.note(session, by, "ticket_taken", str(ticket), now, kind=found.kind)
    return found


def hand_on(
    session: Session, home: Home, ticket: int, to: str, by: str, now: datetime, *, note: str = "", held_by: str
) -> Ticket:
    """Give a ticket to another officer (a login of the commune; the caller looked), with a word for them.

    BadInput when it is no longer with ``held_by`` ("" nobody), whom the page of whoever hands it on showed.
    """
    found = _open_one(session, ticket)
    mine = update(Ticket).where(col(Ticket.id) == ticket, col(Ticket.taken_by) == held_by)
    if session.execute(mine.values(taken_by=to, taken_at=found.taken_at or now)).rowcount != 1:  # type: ignore[attr-defined]
        raise BadInput(f"Việc số {ticket} vừa đổi người giúp. Hãy tải lại trang rồi xem ai đang giữ.")
    session.refresh(found)
    _add(home, found, f"Chuyển việc này cho người khác. {note}".strip(), now, by)
    session.add(found)
    audit.note(session, by, "ticket_handed", str(ticket), now, kind=found.kind, to=to)
    return found


def read(session: Session, home: Home, ticket: int, by: str, now: datetime) -> list[Note]:
    """The words of a ticket, shown to an officer and logged."""
    found = session.get(Ticket, ticket)
    if found is None:
        raise BadInput(f"Không có việc số {ticket}.")
    audit.note(session, by, "ticket_read", str(ticket), now, kind=found.kind)
    return notes_of(home, found)


def answer(session: Session, home: Home, ticket: int, text: str, by: str, now: datetime) -> Message:
    """Keep an officer's answer and give it as the message to send to the ticket's contact.

    BadInput when it holds a link, a code or a number that must not go into a chat, or is too long.
    """
    found, text = _open_one(session, ticket), nfc(text).strip()
    if not text or len(text) > MAX_ANSWER_CHARS:
        raise BadInput(f"Câu trả lời cần có chữ, và không quá {MAX_ANSWER_CHARS} ký tự.")
    if guard(text).secrets:
        raise BadInput("Câu trả lời có đường link, mã hoặc số giấy tờ. Hãy bỏ ra rồi gửi lại.")
    _add(home, found, text, now, by)
    found.taken_by, found.taken_at = found.taken_by or by, found.taken_at or now
    session.add(found)
    audit.note(session, by, "ticket_answered", str(ticket), now, kind=found.kind)
    buttons = (Button("guide.resume", "Quay lại bước đang làm"), Button("help.human", "Cần người giúp"))
    return Message(f"Cán bộ trả lời:\n{text}", buttons)


def write_down(session: Session, home: Home, ticket: Ticket, text: str, by: str, now: datetime) -> None:
    """What an officer did about a ticket, on the ticket."""
    _add(home, ticket, text, now, by)
    ticket.taken_by, ticket.taken_at = ticket.taken_by or by, ticket.taken_at or now
    session.add(ticket)
    session.flush()


def close(session: Session, ticket: int, by: str, now: datetime) -> None:
    """Close a ticket."""
    found = _open_one(session, ticket)
    found.closed_at, found.taken_by, found.taken_at = now, found.taken_by or by, found.taken_at or now
    session.add(found)
    audit.note(session, by, "ticket_closed", str(ticket), now, kind=found.kind)


def forget(session: Session, contact: int) -> int:
    """Erase the words of every ticket of this contact. Returns how many had some."""
    wordy = update(Ticket).where(col(Ticket.contact) == contact, col(Ticket.sealed).is_not(None)).values(sealed=None)
    return int(session.execute(wordy).rowcount)  # type: ignore[attr-defined]
