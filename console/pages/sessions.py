"""Buổi hỗ trợ: plan them, let the machine suggest them, and write down who came."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.field import seats
from campaigns.field.sessions import (
    cancel_session,
    change_session,
    plan_session,
    suggest_sessions,
    tally,
)
from campaigns.tables import Attendance, HelpSession
from console import words
from console.forms import as_count, as_day, as_moment
from console.web import Seen, do, go, own, render, see
from register.errors import NotAllowed
from register.units import hamlets_of, setting

router = APIRouter()
DAYS_TO_TELL = 3  # a first session: the notice is to be aired, the invitations go out one to three days before
Viewing = Annotated[Seen, Depends(see("sessions"))]
Doing = Annotated[Seen, Depends(do("sessions"))]


@router.get("/buoi-ho-tro")
def sessions(request: Request, seen: Viewing, moi_ngay: str = "", tu: str = "", dot: int = 0) -> Response:
    """Coming and past sessions; with ``moi_ngay`` (people a day) also what could be planned.

    ``dot``: the campaign in whose steps it was asked, to go back to.
    """
    query = select(HelpSession).where(HelpSession.commune == seen.here).order_by(col(HelpSession.starts_at))
    if seen.hamlet:
        query = query.where(HelpSession.hamlet == seen.hamlet)
    tomorrow = words.local(seen.now).date() + timedelta(days=1)
    first = as_day(tu, "Từ ngày") if tu else tomorrow + timedelta(days=DAYS_TO_TELL)
    with seen.home.db.read() as session:
        rows = session.exec(query).all()
        hamlets = hamlets_of(session, seen.here)
        numbers = [row.id or 0 for row in rows]
        told = _told_who_came(session, numbers)
        invited, asked = seats.invited(session, numbers), seats.asked_for(session, numbers)
        plan, capacity = None, setting(session, seen.here, "capacity")
        if moi_ngay and not seen.hamlet:
            a_day = as_count(moi_ngay, "Số người mỗi ngày")
            plan = suggest_sessions(session, seen.home, seen.here, a_day, first, seen.now)
    page = {
        "coming": [row for row in rows if row.starts_at >= seen.now - timedelta(minutes=row.minutes)],
        "past": [row for row in rows[::-1] if row.starts_at < seen.now - timedelta(minutes=row.minutes)],
        "hamlets": {unit.code: unit.name for unit in hamlets},
        "plan": plan,
        "invited": invited,
        "asked": asked,
        "told": told,
        "moi_ngay": moi_ngay,
        "dot": dot,
        "first": first,
        "tomorrow": tomorrow,
        "capacity": capacity,
    }
    return render(request, "sessions.html", seen, at="sessions", **page)


@router.post("/buoi-ho-tro")
def add(
    seen: Doing,
    khu: str = Form(""),
    noi: str = Form(""),
    ngay: str = Form(""),
    gio: str = Form(""),
    suc: str = Form(""),
    nguoi_giup: str = Form("2"),
) -> Response:
    """Plan one session."""
    _planners_only(seen)
    starts_at = as_moment(ngay, gio)
    capacity, helpers = as_count(suc, "Số người giúp được"), as_count(nguoi_giup, "Số người giúp")
    seen.home.db.write(
        lambda session: plan_session(session, seen.here, khu, noi, starts_at, capacity, helpers, seen.now)
    )
    return go("/buoi-ho-tro", "da-luu")


@router.post("/buoi-ho-tro/theo-goi-y")
def take_plan(seen: Doing, moi_ngay: str = Form(""), tu: str = Form(""), dot: int = Form(0)) -> Response:
    """Plan every session that is suggested."""
    _planners_only(seen)
    a_day, first = as_count(moi_ngay, "Số người mỗi ngày"), as_day(tu, "Từ ngày")

    def store(session: Session) -> None:
        for one in suggest_sessions(session, seen.home, seen.here, a_day, first, seen.now).sessions:
            plan_session(session, seen.here, one.hamlet, one.place, one.starts_at, one.capacity, one.helpers, seen.now)

    seen.home.db.write(store)
    return go(f"/dot-van-dong/{dot}/kenh" if dot else "/buoi-ho-tro", "da-luu")


@router.post("/buoi-ho-tro/{number}/sua")
def change(
    number: int,
    seen: Doing,
    noi: str = Form(""),
    ngay: str = Form(""),
    gio: str = Form(""),
    suc: str = Form(""),
    nguoi_giup: str = Form("2"),
) -> Response:
    """Another place, time or number of people for a session that has not begun."""
    _planners_only(seen)
    starts_at = as_moment(ngay, gio)
    capacity, helpers = as_count(suc, "Số người giúp được"), as_count(nguoi_giup, "Số người giúp")

    def store(session: Session) -> None:
        own(seen, session.get(HelpSession, number))
        change_session(session, number, noi, starts_at, capacity, helpers, seen.now)

    seen.home.db.write(store)
    return go("/buoi-ho-tro", "da-luu")


@router.post("/buoi-ho-tro/{number}/bo")
def cancel(number: int, seen: Doing) -> Response:
    """Call off a session that has not begun."""
    _planners_only(seen)

    def store(session: Session) -> None:
        own(seen, session.get(HelpSession, number))
        cancel_session(session, number, seen.now)

    seen.home.db.write(store)
    return go("/buoi-ho-tro", "da-bo")


@router.post("/buoi-ho-tro/{number}/ket-qua")
def note_tally(number: int, seen: Doing, den: str = Form(""), xong: str = Form("")) -> Response:
    """How many came, how many were helped. A volunteer writes for the own hamlet only."""
    came, helped = as_count(den, "Số người đến"), as_count(xong, "Số người làm xong")

    def store(session: Session) -> None:
        own(seen, session.get(HelpSession, number))
        tally(session, number, came, helped, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/buoi-ho-tro", "da-ghi")


def _told_who_came(session: Session, numbers: list[int]) -> dict[int, int]:
    """How many people were ticked as having come, by session."""
    query = select(Attendance.session, func.count()).where(col(Attendance.session).in_(numbers))
    return dict(session.exec(query.group_by(col(Attendance.session))).all())


def _planners_only(seen: Seen) -> None:
    if seen.hamlet:
        raise NotAllowed("Việc xếp lịch buổi hỗ trợ do cán bộ xã, phường làm.")
