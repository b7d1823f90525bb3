"""Chuyển nơi giúp được: who stands on a rung that police, bank or payer lift; letter, sheet, and what comes back.

The sheet holds names, so it is made when somebody takes it and is kept nowhere. What an uploaded answer says waits in
the page that shows it, sealed, without any name: row codes and answers only.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from threading import Semaphore
from typing import Annotated, Any

import orjson
from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import col, func, select

from campaigns.field.inquiry_letters import bank_letter, letter_of
from console.forms import as_day
from console.list_report import grouped
from console.web import Missing, Seen, do, go, own, render, see, take_away
from console.words import INQUIRY_STATES
from register.answering import About, take_in
from register.apart import run_apart
from register.asking import (
    addressee,
    ask,
    inquiry_people,
    mark_sent,
    sheet_of,
    state_of,
    to_ask,
)
from register.errors import BadInput
from register.listed import Remark
from register.offices import OFFICES, WHY
from register.return_sheet import Answers, read_answers
from register.scratch import scratch
from register.tables import Inquiry, InquiryRow
from register.units import hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("asking"))]
Doing = Annotated[Seen, Depends(do("asking"))]
SUFFIXES = (".xlsx", ".xls", ".ods", ".csv")
SEALED_AS = "answers"
_reading = Semaphore(1)  # a child may take 2 GB for a hostile file
BUSY = "Hệ thống đang đọc một bảng trả lời khác. Xin thử lại sau một phút."
STALE = "Trang xem trước đã cũ. Hãy chọn lại tệp trả lời."


@router.get("/de-nghi")
def asking(request: Request, seen: Viewing, noi: str = "police") -> Response:
    """Of one office (``noi``): how many it could help, the letters so far, and the form for an answer."""
    kind = noi if noi in OFFICES else "police"
    with seen.home.db.read() as session:
        mine = select(Inquiry).where(Inquiry.commune == seen.here).order_by(col(Inquiry.id).desc())
        rows = session.exec(mine).all()
        page: dict[str, Any] = {
            "found": to_ask(session, seen.here, seen.now, kind),
            "rows": (stated := [(row, state_of(row, seen.now)) for row in rows]),
            "states": [(state, *_sum(stated, state)) for state in INQUIRY_STATES],
            "office": addressee(session, seen.here, kind),
            "hamlets": {unit.code: unit.name for unit in hamlets_of(session, seen.here)},
        }
    page |= {"kind": kind, "offices": OFFICES, "suffixes": SUFFIXES}
    return render(request, "asking.html", seen, at="asking", **page)


def _sum(rows: list[tuple[Inquiry, str]], state: str) -> tuple[int, int]:
    """How many letters are in a state, and about how many people."""
    people = [row.people for row, at in rows if at == state]
    return len(people), sum(people)


@router.post("/de-nghi")
def new_inquiry(
    seen: Doing,
    vi_sao: Annotated[list[str] | None, Form()] = None,
    khu: str = Form(""),
    noi_nhan: str = Form(""),
    so: str = Form(""),
    hoi_lai: str = Form(""),
    noi: str = Form("police"),
) -> Response:
    """Draw up the row codes; letter and sheet are then taken from the inquiry's own page."""
    hamlets, again, days = [khu] if khu else [], bool(hoi_lai), seen.home.settings.inquiry_days
    made = seen.home.db.write(
        lambda s: ask(
            s, seen.here, vi_sao or [], seen.viewer.login, seen.now, days=days, kind=noi, office=noi_nhan,
            document=so, hamlets=hamlets, again=again,
        )
    )  # fmt: skip
    return go(f"/de-nghi/{made.id}", "da-luu")


@router.get("/de-nghi/ngan-hang.docx")
def bank(seen: Viewing) -> Response:
    """The letter to the banks: counts by hamlet, no name."""
    with seen.home.db.read() as session:
        content = bank_letter(session, seen.here, seen.now)
    return take_away(content, f"thu-ngan-hang-{seen.here}.docx")


@router.post("/de-nghi/tra-loi")
def look_at_answers(
    request: Request,
    seen: Doing,
    tep: Annotated[UploadFile, File()],
    ngay: str = Form(""),
    so: str = Form(""),
) -> Response:
    """What a returned sheet would change. Nothing is stored; the file is gone when this has been answered."""
    suffix = Path(tep.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"Hãy chọn bảng rà soát được trả lại ({', '.join(SUFFIXES)}).")
    about = About(as_day(ngay, "Ngày trả lời"), " ".join(so.split()))
    if not _reading.acquire(blocking=False):
        raise BadInput(BUSY)
    try:
        with scratch(seen.home) as place:
            file = place / f"tra-loi{suffix}"
            file.write_bytes(tep.file.read())
            answers: Answers = run_apart(read_answers, file)
    finally:
        _reading.release()
    taken = take_in(seen.home, seen.here, answers, about, seen.viewer.login, seen.now, apply=False)
    page: dict[str, Any] = {"taken": taken, "about": about, "sealed": _seal(seen, answers, about)}
    page |= {"rejected": grouped(taken.rejected), "warnings": grouped(taken.warnings)}
    return render(request, "asking_answers.html", seen, at="asking", **page)


@router.post("/de-nghi/nhan")
def take_answers(seen: Doing, khoa: str = Form("")) -> Response:
    """Take in the answers that were looked at."""
    answers, about = _open(seen, khoa)
    take_in(seen.home, seen.here, answers, about, seen.viewer.login, seen.now)
    return go("/de-nghi", "nhan-tra-loi")


@router.get("/de-nghi/{number}")
def inquiry_page(request: Request, number: int, seen: Viewing) -> Response:
    with seen.home.db.read() as session:
        inquiry: Inquiry = own(seen, session.get(Inquiry, number))
        people = inquiry_people(session, inquiry)
        left = session.exec(select(func.count()).where(InquiryRow.inquiry == number)).one()
    page = {"row": inquiry, "people": people, "valid": left and inquiry.expires_at > seen.now, "why": WHY}
    page |= {"state": state_of(inquiry, seen.now), "office": OFFICES[inquiry.kind]}
    return render(request, "asking_one.html", seen, at="asking", **page)


@router.get("/de-nghi/{number}/cong-van.docx")
def letter(number: int, seen: Viewing) -> Response:
    """The letter: counts by hamlet, no name."""
    with seen.home.db.read() as session:
        content = letter_of(session, own(seen, session.get(Inquiry, number)))
    return take_away(content, f"cong-van-{seen.here}-{number}.docx")


@router.post("/de-nghi/{number}/da-gui")
def sent(number: int, seen: Doing) -> Response:
    """The letter has left the house."""
    seen.home.db.write(lambda s: mark_sent(s, own(seen, s.get(Inquiry, number)), seen.viewer.login, seen.now))
    return go(f"/de-nghi/{number}", "da-luu")


@router.post("/de-nghi/{number}/bang.xlsx")
def sheet(number: int, seen: Doing) -> Response:
    """The sheet with the names of those asked about. Each taking is in the audit log."""
    with seen.home.db.read() as session:
        own(seen, session.get(Inquiry, number))
    content = sheet_of(seen.home, number, seen.viewer.login, seen.now)
    return take_away(content, f"bang-tra-loi-{seen.here}-{number}.xlsx")


# --- Answers between looking and taking in ----------------------------------------------------------


def _seal(seen: Seen, answers: Answers, about: About) -> str:
    packed = base64.b64encode(zlib.compress(orjson.dumps([asdict(answers), asdict(about)]))).decode()
    value = {"commune": seen.here, "by": seen.viewer.login, "at": seen.now.isoformat(), "packed": packed}
    return base64.b64encode(seen.home.keys.seal(value, SEALED_AS)).decode()


def _open(seen: Seen, sealed: str) -> tuple[Answers, About]:
    """What ``_seal`` made, for the same person, commune and day."""
    try:
        value = seen.home.keys.open(base64.b64decode(sealed, validate=True), SEALED_AS)
    except (ValueError, IndexError, KeyError, InvalidTag):
        raise BadInput(STALE) from None
    if (value["commune"], value["by"]) != (seen.here, seen.viewer.login):
        raise Missing
    if (seen.now - datetime.fromisoformat(value["at"])).days:
        raise BadInput(STALE)
    said, about = orjson.loads(zlib.decompress(base64.b64decode(value["packed"])))
    answers = Answers(
        said["said"],
        {code: (place[0], place[1]) for code, place in said["where"].items()},
        [Remark(**remark) for remark in said["rejected"]],
        [Remark(**remark) for remark in said["warnings"]],
    )
    return answers, About(date.fromisoformat(about["as_of"]), about["document"])
