"""Phiếu đến nhà: the paper for each hamlet, and what happened at each door."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from campaigns.field import rounds
from campaigns.field.visits import (
    OUTCOMES,
    list_for_visits,
    record_visit,
    sheet_numbered,
    visit_sheets_pdf,
    waiting,
)
from campaigns.tables import Visit
from console import words
from console.forms import Faults, as_count, as_day, as_moment
from console.web import Seen, do, go, names_of, own, render, see, take_away
from register.asking import handed_over
from register.errors import BadInput, NotAllowed
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
        both = rounds.disputes(session, seen.here, hamlet)
        names = names_of(session, [note.by for _, notes in both for note in notes])
        away = _handed_over(session, seen, [row.person for row, _ in shown])
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
        "away": away,
        "disputes": both,
        "names": names,
    }
    return render(request, "visits.html", seen, at="visits", **page)


def _handed_over(session: Session, seen: Seen, persons: list[int]) -> set[int]:
    """Whom the police, a bank or a payer has now; a volunteer is not told."""
    if seen.hamlet or not persons:
        return set()
    mine = select(Person.id).where(col(Person.id).in_(persons), col(Person.id).in_(handed_over(seen.now)))
    return set(session.scalars(mine))


def _name(seen: Seen, session: Session, person: int) -> str:
    identity = identity_of(seen.home, session.get_one(Person, person))
    return masked(identity).full_name if identity else "đã xóa"


@router.post("/phieu-den-nha/in")
def sheets(seen: Doing, khu: str = Form(""), ngay: str = Form(""), gio: str = Form("8:00")) -> Response:
    """The sheets as a PDF; with ``ngay`` each door has its time. A POST: it makes link codes and is audited."""
    hamlet = _hamlet(seen, khu)
    starts_at = as_moment(ngay, gio) if ngay.strip() else None
    with scratch(seen.home) as folder:
        file = folder / "phieu.pdf"
        visit_sheets_pdf(seen.home, seen.here, hamlet, file, seen.now, by=seen.viewer.login, starts_at=starts_at)
        body = file.read_bytes()
    return take_away(body, f"phieu-den-nha-{hamlet or seen.here}.pdf")


@router.get("/phieu-den-nha/ghi")
def entry_form(request: Request, seen: Doing, vua: int = 0) -> Response:
    """Enter results by the number on the paper, one tap each; ``vua``: the sheet that was just entered."""
    return _entry(request, seen, Faults(), {}, vua)


def _entry(request: Request, seen: Seen, faults: Faults, typed: dict[str, str], vua: int = 0) -> Response:
    with seen.home.db.read() as session:
        last = sheet_numbered(session, seen.here, vua) if vua else None
        left = waiting(session, seen.here, seen.hamlet)
    mine = last is not None and last.outcome and seen.hamlet in (None, last.hamlet)
    page: dict[str, Any] = {"last": last if mine else None, "left": left, "outcomes": OUTCOMES, "faults": faults}
    page["typed"] = {"so": "", "hen": "", "nhan_tien": ""} | typed
    return render(request, "visit_entry.html", seen, 422 if faults else 200, at="visits", **page)


@router.post("/phieu-den-nha/ghi")
def enter(
    request: Request,
    seen: Doing,
    so: str = Form(""),
    ket_qua: str = Form(""),
    hen: str = Form(""),
    nhan_tien: str = Form(""),
) -> Response:
    """One result, by the number of the sheet."""
    faults = Faults()
    sheet = faults.read("so", lambda: as_count(so, "Số phiếu"))
    again_on = faults.read("hen", lambda: as_day(hen, "Ngày hẹn lại") if hen.strip() and ket_qua == "again" else None)
    if again_on is not None and again_on < words.local(seen.now).date():
        faults["hen"] = "Ngày hẹn lại đã qua: hãy chọn ngày khác."
    received = {"co": True, "chua": False}.get(nhan_tien)

    def store(session: Session) -> None:
        visit = sheet_numbered(session, seen.here, sheet or 0)
        if visit is None or seen.hamlet not in (None, visit.hamlet):
            raise BadInput(f"Không có phiếu số {so}. Hãy xem lại số to ở góc trái của phiếu.")
        _write_down(session, seen, visit, ket_qua, again_on, received)

    if not faults:
        faults.read("so", lambda: seen.home.db.write(store))
    if faults:
        return _entry(request, seen, faults, {"so": so, "hen": hen, "nhan_tien": nhan_tien})
    return go("/phieu-den-nha/ghi", vua=str(sheet))


@router.post("/phieu-den-nha/{number}")
def note_outcome(number: int, seen: Doing, ket_qua: str = Form(""), khu: str = Form("")) -> Response:
    """What happened at one door."""

    def store(session: Session) -> None:
        visit = own(seen, session.get(Visit, number))
        _write_down(session, seen, visit, ket_qua)

    seen.home.db.write(store)
    return go("/phieu-den-nha", "da-ghi", khu=khu)


@router.post("/phieu-den-nha/{number}/chon")
def decide(number: int, seen: Doing, ghi: str = Form("")) -> Response:
    """Two people saw it otherwise: an officer says what stands."""
    if seen.hamlet:
        raise NotAllowed("Việc này do cán bộ xã, phường quyết định.")

    def store(session: Session) -> None:
        own(seen, session.get(Visit, number))
        rounds.decide(session, seen.home, number, ghi, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/phieu-den-nha", "da-ghi")


def _write_down(
    session: Session,
    seen: Seen,
    visit: Visit,
    outcome: str,
    again_on: date | None = None,
    received: bool | None = None,
) -> None:
    """An officer corrects; of two volunteers neither overrules the other (campaigns.field.rounds)."""
    login, number = seen.viewer.login, visit.id or 0
    if seen.hamlet and outcome in OUTCOMES:
        one = rounds.Press(uuid4().hex, number, outcome, seen.now, again_on, received)
        rounds.take_press(session, seen.home, one, login, seen.now)
    else:
        record_visit(session, seen.home, number, outcome, login, seen.now, again_on=again_on, received=received)
