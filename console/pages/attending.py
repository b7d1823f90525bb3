"""Ai đã đến buổi hỗ trợ: tick the people of one session. Names are masked until somebody asks, and that is logged."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from bot.tables import Ticket
from campaigns.field.attending import DOOR_OPENS, expected, tick, ticked
from campaigns.field.sessions import session_words
from campaigns.field.visits import sheet_numbered
from campaigns.tables import HelpSession
from console.access import may_see
from console.forms import as_count
from console.web import Seen, do, go, own, render, see
from register.audit import note
from register.errors import BadInput
from register.people import identity_of, masked
from register.staff import scope
from register.tables import Person, Unit

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("sessions"))]
Doing = Annotated[Seen, Depends(do("sessions"))]
NUMBERS = {"phieu": "Số phiếu đến nhà", "viec": "Số việc cần hỗ trợ", "nguoi": "Số ở trang của người đó"}
_PAGE_OF = {"phieu": "visits", "viec": "tickets", "nguoi": "people"}  # who may see it there may say its number here


@router.get("/buoi-ho-tro/{number}/nguoi-den")
def who_came(request: Request, number: int, seen: Viewing) -> Response:
    """Those who had a place, masked, with a box each."""
    return _page(request, seen, number, named=False)


@router.post("/buoi-ho-tro/{number}/ho-ten")
def with_names(request: Request, number: int, seen: Doing) -> Response:
    """The same with whole names: it goes into the log."""

    def store(session: Session) -> None:
        own(seen, session.get(HelpSession, number))
        rows = len(_people(seen, session, number))
        note(session, seen.viewer.login, "session_names_shown", str(number), seen.now, rows=rows)

    seen.home.db.write(store)
    return _page(request, seen, number, named=True)


@router.post("/buoi-ho-tro/{number}/nguoi-den")
def tick_them(
    number: int,
    seen: Doing,
    hien: Annotated[list[str] | None, Form()] = None,
    den: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """``hien``: who stood on the page; ``den``: who of them came."""

    def store(session: Session) -> None:
        own(seen, session.get(HelpSession, number))
        theirs = {str(person.id): person.id or 0 for person in _people(seen, session, number)}
        shown, came = ([theirs[one] for one in told or () if one in theirs] for told in (hien, den))
        tick(session, number, shown, came, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go(f"/buoi-ho-tro/{number}/nguoi-den", "da-ghi")


@router.post("/buoi-ho-tro/{number}/them-nguoi")
def add_by_number(number: int, seen: Doing, so: str = Form(""), loai: str = Form("phieu")) -> Response:
    """Somebody who came without having been invited, by a number that is at hand."""

    def store(session: Session) -> None:
        planned = own(seen, session.get(HelpSession, number))
        person = _numbered(seen, session, loai, as_count(so, "Số"))
        if person is None or person.commune != planned.commune or person.sealed is None:
            raise BadInput("Không tìm thấy ai theo số này trong địa bàn. Hãy xem lại số, hoặc chọn loại số khác.")
        tick(session, number, [person.id or 0], [person.id or 0], seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go(f"/buoi-ho-tro/{number}/nguoi-den", "da-ghi")


def _numbered(seen: Seen, session: Session, kind: str, number: int) -> Person | None:
    """Whom a number leads to, if this viewer may see them."""
    if not may_see(seen.viewer.role, _PAGE_OF.get(kind, "audit")):
        return None
    found: int | None = number
    if kind == "phieu":
        visit = sheet_numbered(session, seen.here, number)
        found = visit.person if visit else None
    elif kind == "viec":
        ticket = session.get(Ticket, number)
        found = ticket.person if ticket else None
    wanted: Person | None = session.exec(scope(seen.viewer, select(Person).where(Person.id == found))).first()
    return wanted


def _people(seen: Seen, session: Session, number: int) -> list[Person]:
    query = select(Person).where(col(Person.id).in_(expected(session, number)), col(Person.sealed).is_not(None))
    return list(session.exec(scope(seen.viewer, query.order_by(col(Person.id)))))


def _page(request: Request, seen: Seen, number: int, named: bool) -> Response:
    with seen.home.db.read() as session:
        planned = own(seen, session.get(HelpSession, number))
        rows = []
        for person in _people(seen, session, number):
            identity = identity_of(seen.home, person)
            if identity:
                shown = identity if named else masked(identity)
                rows.append((person.id, shown.full_name, shown.birth[:4]))
        page: dict[str, Any] = {
            "row": planned,
            "when": session_words(planned, session.get_one(Unit, planned.hamlet).name),
            "people": sorted(rows, key=lambda row: row[1].split()[-1:]),
            "there": ticked(session, number),
        }
    page |= {"begun": planned.starts_at - DOOR_OPENS <= seen.now, "named": named}
    page["numbers"] = [(kind, label) for kind, label in NUMBERS.items() if may_see(seen.viewer.role, _PAGE_OF[kind])]
    return render(request, "attending.html", seen, at="sessions", **page)
