"""Danh sách: the lists that were taken in, and the first of the four steps by which one is: choose the file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session, col, select

from console import uploads, words
from console.forms import as_day
from console.list_tasks import begin, refuse_while_busy, where_it_stands
from console.uploads import COLUMNS, SUFFIXES
from console.web import Missing, Seen, do, go, names_of, own, render, see
from register.clear import REFUSED, holds_number
from register.errors import BadInput
from register.tables import AuditEvent, Source

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("lists"))]
Doing = Annotated[Seen, Depends(do("lists"))]
WORDS = 200  # letters of an issuer or a document number


@router.get("/danh-sach")
def lists(request: Request, seen: Viewing) -> Response:
    """The lists that were taken in, and those under way."""
    with seen.home.db.read() as session:
        mine = select(Source).where(Source.commune == seen.here, Source.kind == "list").order_by(col(Source.id).desc())
        rows = session.exec(mine).all()
        under_way = [(upload, *where_it_stands(request, upload)) for upload in uploads.of_commune(seen.home, seen.here)]
        called = names_of(session, [upload.by for upload, _, _ in under_way])
        counts = _counts(session, seen.here)
    return render(request, "lists.html", seen, at="lists", rows=rows, counts=counts, under_way=under_way, called=called)


@router.get("/danh-sach/moi")
def new_form(request: Request, seen: Doing) -> Response:
    """Step 1: the file, and what its sender says of it."""
    return render(request, "list_new.html", seen, at="lists", suffixes=SUFFIXES)


@router.post("/danh-sach/moi")
def create(
    request: Request,
    seen: Doing,
    tep: Annotated[UploadFile, File()],
    ngay_chot: str = Form(""),
    noi_gui: str = Form(""),
    so: str = Form(""),
    muc_dich: str = Form(""),
    nq418: str = Form(""),
) -> Response:
    """Keep the file sealed and begin to read it; nothing of it enters the register."""
    suffix = Path(tep.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"Hãy chọn tệp Excel hoặc bảng tính ({', '.join(SUFFIXES)}).")
    as_of = as_day(ngay_chot, "Ngày chốt số liệu")
    if as_of > words.local(seen.now).date():
        raise BadInput("Ngày chốt số liệu không thể sau hôm nay.")
    refuse_while_busy(request, seen)
    issuer, document, purpose = (" ".join(text.split())[:WORDS] for text in (noi_gui, so, muc_dich))
    said: dict[str, Any] = {"issuer": issuer, "document": document, "purpose": purpose, "nq418": nq418 == "co"}
    said |= {"commune": seen.here, "by": seen.viewer.login, "suffix": suffix, "as_of": as_of.isoformat()}
    if any(holds_number(text) for text in (issuer, document, purpose)):
        raise BadInput(REFUSED)
    upload = uploads.keep(seen.home, tep.file.read(), seen.now, **said)
    begin(request, seen, upload, COLUMNS)
    return go(f"/danh-sach/tep/{upload.key}")


@router.get("/danh-sach/{number}")
def list_page(request: Request, number: int, seen: Viewing) -> Response:
    """One list: what it changed, and the rows that were not taken in. Remarks name rows, never persons."""
    with seen.home.db.read() as session:
        source = own(seen, session.get(Source, number))
        if source.kind != "list":
            raise Missing
        counts = _counts(session, seen.here).get(number)
        by = names_of(session, [source.by])[source.by]
    found = uploads.report_of(seen.home, number)
    return render(request, "list.html", seen, at="lists", source=source, by=by, counts=counts, found=found)


def _counts(session: Session, commune: str) -> dict[int, dict[str, int]]:
    """What each list brought, by its number. A file that came twice brought what both times brought together."""
    found: dict[int, dict[str, int]] = {}
    events = select(AuditEvent).where(AuditEvent.action == "list_imported", AuditEvent.subject == commune)
    for event in session.exec(events.order_by(col(AuditEvent.id))).all():
        counts = found.setdefault(event.detail["source"], {"new": 0, "changed": 0, "left": 0})
        for name in ("new", "changed", "left"):
            counts[name] += event.detail[name]
        counts["rejected"] = event.detail["rejected"]
    return found
