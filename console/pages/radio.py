"""Trang phát thanh: the page that plays approved items by itself, on the operator's PC, with or without a network.

    GET  /phat-thanh                   the page; the browser keeps it, and the audio of today and tomorrow
    GET  /phat-thanh/lich.json         what is to be played; asked every quarter of a minute
    GET  /phat-thanh/am/{number}.mp3   the audio
    POST /phat-thanh/ban               this PC is the operator's desk (pressed once a day, signed in)
    POST /phat-thanh/nhat-ky           one line of the broadcast log, with the key that it was given where it happened

A sign-in ends after half an hour, and a line may be cut for longer. So arming makes the PC a desk: its cookie opens
these addresses alone, for a week, as long as the operator's account stands. The page is drawn without a name or a
token, since it stays on that PC. It may ask for the microphone: browsers tell the names of the outputs only then.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlmodel import Session, col, delete, select

from audio.air_log import Happened, add_lines
from audio.airtime import GAP_S, LATE_S, day_bounds, how_ended, planned_between
from audio.approval import may_air
from audio.tables import Bulletin, RadioDesk, Recording
from console import words
from console.access import may_do, may_see
from console.assets import RADIO_SCRIPTS, RADIO_WORKER, asset_url
from console.security import HEADERS, csrf_token
from console.web import (
    BEFORE_COOKIE,
    Missing,
    Seen,
    SignedOut,
    communes_of,
    cookie,
    current,
    do,
    home_of,
    render,
    see,
    set_cookie,
    viewer_now,
)
from register.errors import BadInput, NotAllowed
from register.home import Home
from register.staff import Viewer, staff_named
from register.tables import Staff

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("airtime"))]
Doing = Annotated[Seen, Depends(do("airtime"))]
ALLOWED = HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self), speaker-selection=(self)")
SHELL = ("console.css", "radio.css", "heading.ttf", "mark.svg", *RADIO_SCRIPTS)
DESK_COOKIE = "tungnha_dai"
DESK_LIFE = timedelta(days=8)


@dataclass(frozen=True)
class Desk:
    """Who asks: a signed-in operator, or the PC that one of them armed."""

    home: Home
    commune: str
    login: str
    now: datetime


def desk(request: Request) -> Desk:
    """The signed-in viewer who may, else this PC; SignedOut when it is neither."""
    home, viewer = home_of(request), viewer_now(request)
    if viewer is not None:
        if not may_see(viewer.role, "airtime"):
            raise NotAllowed("Vai trò của bạn không mở được trang này.")
        return Desk(home, current(request, viewer).here, viewer.login, home.now())
    now, token = home.now(), cookie(request, DESK_COOKIE)
    with home.db.read() as session:
        found = select(RadioDesk).where(RadioDesk.lookup == _lookup(token), RadioDesk.expires_at > now)
        row = session.exec(found).first() if token else None
        staff = staff_named(session, row.by) if row else None
        if row is None or staff is None or not _still(session, staff, row.commune):
            raise SignedOut
        return Desk(home, row.commune, row.by, now)


def _still(session: Session, staff: Staff, commune: str) -> bool:
    """Whether whoever armed this PC may still play for this commune."""
    theirs = communes_of(session, Viewer(staff.login, staff.role, staff.unit))
    return staff.active and may_do(staff.role, "airtime") and commune in {unit.code for unit in theirs}


AtDesk = Annotated[Desk, Depends(desk)]


def _lookup(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@router.get("/phat-thanh")
def radio(request: Request, seen: Viewing) -> Response:
    """The page itself: nobody's name, no token, the same for every operator of the commune."""
    page = {"commune": seen.commune.name if seen.commune else "", "worker": f"/{RADIO_WORKER}", "late": LATE_S}
    page |= {"files": " ".join(map(asset_url, SHELL)), "gap": GAP_S}
    response = render(request, "radio.html", None, **page)
    response.headers["Permissions-Policy"] = ALLOWED
    return response


@router.post("/phat-thanh/ban")
def make_desk(request: Request, seen: Doing) -> Response:
    """This PC may go on for a week when the sign-in has ended."""
    token = secrets.token_urlsafe(32)

    def store(session: Session) -> None:
        session.execute(delete(RadioDesk).where(col(RadioDesk.expires_at) <= seen.now))
        session.execute(delete(RadioDesk).where(col(RadioDesk.lookup) == _lookup(cookie(request, DESK_COOKIE))))
        row = RadioDesk(
            commune=seen.here, lookup=_lookup(token), by=seen.viewer.login, made_at=seen.now,
            expires_at=seen.now + DESK_LIFE,
        )  # fmt: skip
        session.add(row)

    seen.home.db.write(store)
    response = JSONResponse({"ok": True})
    set_cookie(request, response, DESK_COOKIE, token, DESK_LIFE)
    return response


@router.get("/phat-thanh/lich.json")
def plan(request: Request, at: AtDesk) -> Response:
    """Approved items of today and tomorrow, and what the log says of them; times in ms since 1970."""
    start = day_bounds(words.local(at.now).date())[0]
    with at.home.db.read() as session:
        rows = planned_between(session, at.commune, start, start + timedelta(days=2))
        ended = how_ended(session, [airing.id or 0 for airing, _, _ in rows])
        items = [
            {
                "airing": airing.id, "at": _ms(airing.planned_at), "seconds": airing.seconds,
                "repeats": airing.repeats, "urgent": airing.urgent, "title": bulletin.title,
                "what": ended.get(airing.id or 0, ""), "sha256": recording.sha256,
                "url": f"/phat-thanh/am/{recording.id}.mp3?s={recording.sha256[:16]}",
            }
            for airing, recording, bulletin in rows
            if may_air(recording, bulletin)
        ]  # fmt: skip
    told: dict[str, Any] = {"now": _ms(at.now), "token": csrf_token(request.state.secret), "items": items}
    response = JSONResponse(told | {"here": at.commune})
    if fresh := getattr(request.state, "new_secret", ""):
        set_cookie(request, response, BEFORE_COOKIE, fresh)
    return response


@router.get("/phat-thanh/am/{number}.mp3")
def sound(number: int, at: AtDesk) -> Response:
    """The audio of a recording of this commune."""
    with at.home.db.read() as session:
        recording = session.get(Recording, number)
        bulletin = session.get(Bulletin, recording.bulletin) if recording else None
        if recording is None or bulletin is None or bulletin.commune != at.commune:
            raise Missing
        file = at.home.audio / Path(recording.file).name
    if not file.exists():
        raise Missing
    return FileResponse(file, media_type="audio/mpeg")


class Line(BaseModel):
    """One line as the page sends it; moments in ms since 1970."""

    key: str
    airing: int
    what: str
    planned: int
    at: int
    until: int | None = None


LINE = TypeAdapter(Line)


@router.post("/phat-thanh/nhat-ky")
def log_line(at: AtDesk, dong: Annotated[str, Form()] = "") -> Response:
    """Write one line. The same key again: the same answer, nothing new."""
    try:
        line = LINE.validate_json(dong)
        told = Happened(
            line.key, line.airing, line.what, _moment(line.planned), _moment(line.at),
            _moment(line.until) if line.until is not None else None,
        )  # fmt: skip
    except (ValidationError, ValueError, OverflowError, OSError):
        raise BadInput("Có dòng nhật ký không đọc được. Hãy tải lại trang phát thanh.") from None

    def store(session: Session) -> int:
        return add_lines(session, at.commune, [told], at.login, at.now)

    return JSONResponse({"new": at.home.db.write(store)})


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
