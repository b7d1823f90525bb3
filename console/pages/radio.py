"""Trang phát thanh: the page that plays approved items by itself, on the operator's PC, with or without a network.

    GET  /phat-thanh             the page; the browser keeps it, and the audio of today and tomorrow
    GET  /phat-thanh/lich.json   what is to be played; asked every quarter of a minute
    POST /phat-thanh/nhat-ky     one line of the broadcast log, with the key that it was given where it happened

The page is drawn without a name or a token, since it stays on that PC. It may ask for the microphone once: browsers
tell the names of the outputs only then. A sign-in that may do more than radio is not kept alive by it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlmodel import Session

from audio.air_log import Happened, add_lines
from audio.airtime import GAP_S, LATE_S, day_bounds, how_ended, planned_between
from audio.approval import may_air
from console import words
from console.assets import RADIO_SCRIPTS, RADIO_WORKER, asset_url
from console.security import HEADERS, csrf_token
from console.web import Seen, do, render, see
from register.errors import BadInput

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("airtime"))]
Doing = Annotated[Seen, Depends(do("airtime"))]
ALLOWED = HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self), speaker-selection=(self)")
SHELL = ("console.css", "radio.css", "heading.ttf", "mark.svg", *RADIO_SCRIPTS)


@router.get("/phat-thanh")
def radio(request: Request, seen: Viewing) -> Response:
    """The page itself: nobody's name, no token, the same for every operator of the commune."""
    page = {"commune": seen.commune.name if seen.commune else "", "worker": f"/{RADIO_WORKER}", "late": LATE_S}
    page |= {"files": " ".join(map(asset_url, SHELL)), "gap": GAP_S}
    response = render(request, "radio.html", None, **page)
    response.headers["Permissions-Policy"] = ALLOWED
    return response


@router.get("/phat-thanh/lich.json")
def plan(request: Request, seen: Viewing) -> Response:
    """Approved items of today and tomorrow, and what the log says of them; times in ms since 1970."""
    start = day_bounds(words.local(seen.now).date())[0]
    with seen.home.db.read() as session:
        rows = planned_between(session, seen.here, start, start + timedelta(days=2))
        ended = how_ended(session, [airing.id or 0 for airing, _, _ in rows])
        items = [
            {
                "airing": airing.id, "at": _ms(airing.planned_at), "seconds": airing.seconds,
                "repeats": airing.repeats, "urgent": airing.urgent, "title": bulletin.title,
                "what": ended.get(airing.id, ""),
                "url": f"/ban-ghi/{recording.id}.mp3?s={recording.sha256[:16]}", "sha256": recording.sha256,
            }
            for airing, recording, bulletin in rows
            if may_air(recording, bulletin)
        ]  # fmt: skip
    answer: dict[str, Any] = {"now": _ms(seen.now), "token": csrf_token(request.state.secret), "items": items}
    return JSONResponse(answer | {"stays": seen.viewer.role == "radio", "here": seen.here})


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
def log_line(seen: Doing, dong: Annotated[str, Form()] = "") -> Response:
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
        return add_lines(session, seen.here, [told], seen.viewer.login, seen.now)

    return JSONResponse({"new": seen.home.db.write(store)})


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
