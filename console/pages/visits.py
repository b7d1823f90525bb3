"""Phiếu đến nhà: the paper for each hamlet, and what happened at each door."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from campaigns.tables import Visit
from campaigns.visits import OUTCOMES, list_for_visits, record_visit, visit_sheets_pdf
from console.web import Missing, Seen, do, go, own, render, see
from register.people import identity_of, masked
from register.scratch import scratch
from register.tables import Person
from register.units import hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("visits"))]
Doing = Annotated[Seen, Depends(do("visits"))]
PAGE_ROWS = 30


def _hamlet(seen: Seen, asked: str) -> str | None:
    """The hamlet asked for; a volunteer's is always the own."""
    return seen.hamlet or asked or None


@router.get("/phieu-den-nha")
def visits(request: Request, seen: Viewing, khu: str = "", xem: str = "can-den", trang: int = 1) -> Response:
    """The visit list by hamlet and number, masked. ``xem``: "can-den" (still to go) or "da-ghi"; ``trang``: page."""
    hamlet = _hamlet(seen, khu)
    with seen.home.db.read() as session:
        rows = list_for_visits(session, seen.here, hamlet=hamlet)
        wanted = [row for row in rows if row.to_go is (xem != "da-ghi")]
        start = (max(trang, 1) - 1) * PAGE_ROWS
        shown = [(row, _name(seen, session, row.person)) for row in wanted[start : start + PAGE_ROWS]]
        hamlets = [unit for unit in hamlets_of(session, seen.here) if seen.hamlet in (None, unit.code)]
    page = {
        "rows": shown,
        "any": bool(rows),
        "xem": xem,
        "trang": max(trang, 1),
        "more": len(wanted) > start + PAGE_ROWS,
        "hamlets": hamlets,
        "khu": hamlet or "",
        "left": sum(row.to_go for row in rows),
        "tally": Counter(row.outcome for row in rows if row.outcome),
        "outcomes": OUTCOMES,
    }
    return render(request, "visits.html", seen, at="visits", **page)


def _name(seen: Seen, session: Session, person: int) -> str:
    identity = identity_of(seen.home, session.get_one(Person, person))
    return masked(identity).full_name if identity else "đã xóa"


@router.post("/phieu-den-nha/in")
def sheets(seen: Doing, khu: str = Form("")) -> Response:
    """The sheets as a PDF. A POST, because printing names makes link codes and is written into the audit log."""
    hamlet = _hamlet(seen, khu)
    with scratch(seen.home) as folder:
        file = folder / "phieu.pdf"
        visit_sheets_pdf(seen.home, seen.here, hamlet, file, seen.now, by=seen.viewer.login)
        body = file.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="phieu-den-nha-{hamlet or seen.here}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


@router.post("/phieu-den-nha/{number}")
def note_outcome(number: int, seen: Doing, ket_qua: str = Form(""), khu: str = Form("")) -> Response:
    """What happened at one door."""

    def store(session: Session) -> None:
        visit = own(seen, session.get(Visit, number))
        if seen.hamlet and visit.hamlet != seen.hamlet:
            raise Missing
        record_visit(session, seen.home, number, ket_qua, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/phieu-den-nha", "da-ghi", khu=khu)
