"""Lịch phát loa: what is on air in the coming days, the commune's own sessions, and nhật ký phát sóng."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from audio.air_log import WHAT, log_csv, log_of
from audio.airtime import (
    LONGEST_SESSION_MIN,
    cancel_airing,
    day_bounds,
    hours_of,
    how_ended,
    planned_between,
    set_hours,
)
from audio.package import calendar, package_day, run_sheet
from audio.tables import Airing
from console import words
from console.forms import as_day
from console.web import Missing, Seen, do, go, own, render, see, take_away
from register.audit import declare, note
from register.errors import BadInput
from register.home import Home

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("airtime"))]
Doing = Annotated[Seen, Depends(do("airtime"))]
AHEAD_DAYS = 14
FILES = ("zip", "pdf")
declare("airing_cancelled")
declare("air_hours_changed", "minutes")


@router.get("/lich-phat")
def plan(request: Request, seen: Viewing) -> Response:
    """What is planned in the next two weeks, by day; the commune's sessions."""
    today = words.local(seen.now).date()
    with seen.home.db.read() as session:
        start, end = day_bounds(today)[0], day_bounds(today + timedelta(days=AHEAD_DAYS))[1]
        days: dict[date, list[Any]] = {}
        rows = planned_between(session, seen.here, start, end)
        ended = how_ended(session, [airing.id or 0 for airing, _, _ in rows])
        for airing, recording, bulletin in rows:
            row = (airing, recording, bulletin, airing.id in ended)
            days.setdefault(words.local(airing.planned_at).date(), []).append(row)
        hours = hours_of(session, seen.here)
    page = {"days": days, "hours": hours, "longest": LONGEST_SESSION_MIN, "ahead": AHEAD_DAYS}
    return render(request, "airtime.html", seen, at="airtime", **page)


@router.post("/lich-phat")
def change_hours(seen: Doing, buoi: Annotated[str, Form()] = "", phut: Annotated[str, Form()] = "") -> Response:
    """The sessions as the commune's own regulation has them."""

    def store(session: Session) -> None:
        hours = set_hours(session, seen.here, buoi, phut)
        note(session, seen.viewer.login, "air_hours_changed", seen.here, seen.now, minutes=hours.minutes)

    seen.home.db.write(store)
    return go("/lich-phat", "da-luu")


@router.post("/luot-phat/{number}/bo")
def cancel(number: int, seen: Doing) -> Response:
    """Take one airing out of the plan."""

    def store(session: Session) -> None:
        airing = own(seen, session.get(Airing, number))
        cancel_airing(session, airing, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "airing_cancelled", str(number), seen.now)

    seen.home.db.write(store)
    return go("/lich-phat", "da-bo-luot")


@router.get("/lich-phat.ics")
def as_calendar(seen: Viewing) -> Response:
    """The plan for a telephone's calendar."""
    start = day_bounds(words.local(seen.now).date())[0]
    with seen.home.db.read() as session:
        rows = planned_between(session, seen.here, start, start + timedelta(days=92))
    name = f"Đài truyền thanh {words.inside(seen.commune.name) if seen.commune else ''}"
    body = calendar([(airing, bulletin.title) for airing, _, bulletin in rows], name, seen.now)
    return take_away(body, "lich-phat.ics")


@router.get("/lich-phat/{ngay}.{kind}")
def of_a_day(ngay: str, kind: str, seen: Viewing) -> Response:
    """A day's run sheet (2026-11-24.pdf) or its package for a USB stick (.zip)."""
    try:
        day = date.fromisoformat(ngay)
    except ValueError:
        raise Missing from None
    if kind not in FILES:
        raise Missing
    body = _made(seen.home, seen.here, day, kind)
    return take_away(body, f"phat-loa-{day}.{kind}")


def _made(home: Home, commune: str, day: date, kind: str) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"day.{kind}"
        if kind == "zip":
            package_day(home, commune, day, file)
        else:
            with home.db.read() as session:
                run_sheet(home, session, commune, day, file)
        return file.read_bytes()


# --- Nhật ký phát sóng -----------------------------------------------------------------------------


def _days(seen: Seen, tu: str, den: str) -> tuple[date, date]:
    today = words.local(seen.now).date()
    first = as_day(tu, "Từ ngày") if tu.strip() else today.replace(day=1)
    last = as_day(den, "Đến ngày") if den.strip() else max(today, first)
    if not timedelta(0) <= last - first <= timedelta(days=366):
        raise BadInput("Hãy chọn khoảng ngày đúng thứ tự, dài nhất một năm.")
    return first, last


@router.get("/nhat-ky-phat")
def air_log(request: Request, seen: Viewing, tu: str = "", den: str = "") -> Response:
    """Planned and confirmed, apart; to be printed as it stands."""
    first, last = _days(seen, tu, den)
    with seen.home.db.read() as session:
        rows = log_of(session, seen.here, first, last)
    page = {"rows": rows, "first": first, "last": last, "what": WHAT}
    return render(request, "air_log.html", seen, at="airtime", **page)


@router.get("/nhat-ky-phat.csv")
def air_log_csv(seen: Viewing, tu: str = "", den: str = "") -> Response:
    """The same for Excel."""
    first, last = _days(seen, tu, den)
    with seen.home.db.read() as session:
        body = log_csv(log_of(session, seen.here, first, last))
    return take_away(body, f"nhat-ky-phat-song-{first}-{last}.csv")
