"""Đi từng nhà: today's ten doors, and the count at a session's door, on a volunteer's phone that may have no line.

Without a script they are pages of forms. With it (static/field.js) every press is kept on the phone and sent when there
is a line; what the phone keeps are the pages of today: names and addresses of doors still to be gone to, nothing else.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlmodel import Session, col, select

from campaigns.field import rounds, seats
from campaigns.field.attending import DOOR_OPENS
from campaigns.field.rounds import Press, Took
from campaigns.field.sessions import count_at_door, session_words
from campaigns.field.visits import OUTCOMES, waiting
from campaigns.tables import HelpSession, Visit
from console import words
from console.assets import asset
from console.forms import as_day, as_moment
from console.web import Missing, Seen, do, go, names_of, own, render, see
from register.errors import BadInput
from register.tables import Unit
from register.units import hamlets_of

router = APIRouter()
COUNTED = {"den": (1, 0), "xong": (0, 1), "bot-den": (-1, 0), "bot-xong": (0, -1)}
MOST_SENT = 500  # presses at once; a phone sends 100
Viewing = Annotated[Seen, Depends(see("rounds"))]
Doing = Annotated[Seen, Depends(do("rounds"))]


class Sent(BaseModel):
    """One press as a phone sends it: the form it would have been, an id, and how many seconds ago it was."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    to: Annotated[str, Field(pattern=r"^/di-nha/(nha|buoi)/\d{1,9}$")]
    fields: Annotated[dict[str, str], Field(max_length=8)]
    ago: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


_SENT: TypeAdapter[list[Sent]] = TypeAdapter(Annotated[list[Sent], Field(max_length=MOST_SENT)])


@router.get("/di-nha/tho.js")
def worker(request: Request) -> Response:
    """The service worker, at an address that never changes: its folder is what it may answer for."""
    return asset(request, "", "field-worker.js")


@router.get("/di-nha/")
def today(request: Request, seen: Viewing) -> Response:
    """Today's list of this login; without one, the button that takes ten doors."""
    login = seen.viewer.login
    with seen.home.db.read() as session:
        doors = rounds.doors_of(session, seen.home, seen.here, seen.hamlet, login, seen.now)
        pairs = rounds.other_pairs(session, seen.here, seen.hamlet, login, seen.now)
        both = rounds.disputes(session, seen.here, seen.hamlet)
        names = names_of(session, [pair.login for pair in pairs] + [note.by for _, notes in both for note in notes])
        page = {
            "doors": doors,
            "left": sum(door.to_go for door in doors),
            "pairs": pairs,
            "disputes": [(visit, notes) for visit, notes in both if login in {note.by for note in notes}],
            "names": names,
            "hamlets": [("", "Tất cả"), *((unit.code, unit.name) for unit in hamlets_of(session, seen.here))],
            "waiting": waiting(session, seen.here, seen.hamlet),
            "sessions": _sessions_today(session, seen),
        }
    page |= {"outcomes": OUTCOMES, "half_hour": _next_half_hour(seen), "day_left": _day_left(seen)}
    return render(request, "rounds.html", seen, at="rounds", **page)


@router.post("/di-nha/nhan")
def take(seen: Doing, khu: str = Form(""), gio: str = Form(""), cung: str = Form("")) -> Response:
    """Take the next ten doors from ``gio`` on; or, with ``cung``, carry the same doors as that login does."""
    login, hamlet = seen.viewer.login, seen.hamlet or khu or None

    def store(session: Session) -> None:
        if cung:
            rounds.go_along(session, seen.here, seen.hamlet, cung, login, seen.now)
        else:
            starts_at = as_moment(words.day(seen.now), gio)
            rounds.take_doors(session, seen.here, hamlet, login, starts_at, seen.now)

    seen.home.db.write(store)
    return go("/di-nha/")


@router.post("/di-nha/tra")
def give_back(seen: Doing) -> Response:
    """Whoever was not gone to may be taken by somebody else."""
    seen.home.db.write(lambda session: rounds.give_back(session, seen.here, seen.viewer.login, seen.now))
    return go("/di-nha/", "da-tra-nha")


@router.post("/di-nha/nha/{number}")
def press(
    number: int, seen: Doing, ket_qua: str = Form(""), hen: str = Form(""), nhan_tien: str = Form("")
) -> Response:
    """What happened at one door, without a script."""
    fields = {"ket_qua": ket_qua, "hen": hen, "nhan_tien": nhan_tien}
    took = seen.home.db.write(lambda session: _press(session, seen, number, uuid4().hex, fields, 0))
    return go("/di-nha/", "chi-luu" if took.state == "kept" else "da-ghi")


@router.get("/di-nha/buoi/{number}")
def door(request: Request, number: int, seen: Viewing) -> Response:
    """One session on a phone: how many came, how many were helped, counted by one."""
    with seen.home.db.read() as session:
        row = own(seen, session.get(HelpSession, number))
        page = {
            "row": row,
            "when": session_words(row, session.get_one(Unit, row.hamlet).name),
            "invited": seats.invited(session, [number]).get(number, 0),
            "asked": seats.asked_for(session, [number]).get(number, 0),
            "begun": row.starts_at - DOOR_OPENS <= seen.now,
            "day_left": _day_left(seen),
        }
    return render(request, "session_door.html", seen, at="sessions", **page)


@router.post("/di-nha/buoi/{number}")
def count(number: int, seen: Doing, dem: str = Form("")) -> Response:
    """One more (or fewer) who came, or was helped, without a script."""
    seen.home.db.write(lambda session: _count(session, seen, number, "", {"dem": dem}))
    return go(f"/di-nha/buoi/{number}")


@router.post("/di-nha/gui")
def receive(seen: Doing, viec: str = Form("")) -> Response:
    """What a phone has kept: which ids are taken in (known before or not), and what to tell whoever pressed."""
    try:
        sent = _SENT.validate_json(viec)
    except ValidationError:
        raise BadInput("Không đọc được kết quả máy này gửi lên. Hãy tải lại trang rồi thử lại.") from None
    taken, told = [], []
    for one in sorted(sent, key=lambda one: -one.ago):
        try:
            text = seen.home.db.write(partial(_take_in, seen, one))
        except Missing:
            text = "Có một kết quả không thuộc khu của bạn (hoặc nhà, buổi đó không còn) nên không được ghi."
        except BadInput as error:
            text = str(error)
        taken.append(one.id)
        told += [text] if text else []
    return JSONResponse({"taken": taken, "told": told})


def _take_in(seen: Seen, one: Sent, session: Session) -> str:
    kind, number = one.to.split("/")[2:]
    if kind == "buoi":
        _count(session, seen, int(number), one.id, one.fields)
        return ""
    took = _press(session, seen, int(number), one.id, one.fields, one.ago)
    return _told(session, took, OUTCOMES.get(one.fields.get("ket_qua", ""), ""))


def _press(session: Session, seen: Seen, number: int, key: str, fields: dict[str, str], ago: float) -> Took:
    """One outcome, if the door is in this viewer's reach. BadInput where it cannot be read."""
    own(seen, session.get(Visit, number))
    outcome, at = fields.get("ket_qua", ""), seen.now - timedelta(seconds=min(ago, rounds.OLDEST.total_seconds()))
    if outcome not in OUTCOMES:
        raise BadInput("Hãy bấm một trong các kết quả.")
    again_on = _again_on(seen, fields.get("hen", "")) if outcome == "again" else None
    received = {"co": True, "chua": False}.get(fields.get("nhan_tien", ""))
    one = Press(key, number, outcome, at, again_on, received)
    return rounds.take_press(session, seen.home, one, seen.viewer.login, seen.now)


def _again_on(seen: Seen, typed: str) -> date | None:
    """The day agreed for another visit; without one that can be read, the door stays on the list all the same."""
    try:
        day = as_day(typed, "Ngày hẹn lại")
    except BadInput:
        return None
    return day if day >= words.local(seen.now).date() else None


def _told(session: Session, took: Took, mine: str) -> str:
    """One sentence where somebody else was at this door; "" where there is nothing to tell."""
    if took.state not in ("differs", "kept") or took.other is None:
        return ""
    who = names_of(session, [took.other.by])[took.other.by]
    met = f"{who} đã ghi “{OUTCOMES[took.other.outcome]}” lúc {words.moment(took.other.pressed_at)}"
    if took.state == "kept":
        return f"Phiếu số {took.sheet}: {met}, nên “{mine}” của bạn chỉ được lưu vào lịch sử."
    stands = OUTCOMES[took.stands]
    return f"Phiếu số {took.sheet}: {met}; bạn ghi “{mine}”. Tạm tính “{stands}”, cán bộ xã, phường sẽ xem lại."


def _count(session: Session, seen: Seen, number: int, key: str, fields: dict[str, str]) -> None:
    row = own(seen, session.get(HelpSession, number))
    came, helped = COUNTED.get(fields.get("dem", ""), (0, 0))
    if row.starts_at - DOOR_OPENS > seen.now:
        raise BadInput("Buổi này chưa tới giờ.")
    if came or helped:
        count_at_door(session, number, came, helped, seen.viewer.login, seen.now, key)


def _sessions_today(session: Session, seen: Seen) -> list[tuple[int, str]]:
    ends = rounds.day_ends(seen.now)
    mine = select(HelpSession).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) < ends)
    mine = mine.where(col(HelpSession.starts_at) >= ends - timedelta(days=1)).order_by(col(HelpSession.starts_at))
    rows = session.exec(mine.where(HelpSession.hamlet == seen.hamlet) if seen.hamlet else mine).all()
    return [(row.id or 0, session_words(row, session.get_one(Unit, row.hamlet).name)) for row in rows]


def _next_half_hour(seen: Seen) -> str:
    at = words.local(seen.now) + timedelta(minutes=29)
    return f"{at.hour}:{'30' if at.minute >= 30 else '00'}"


def _day_left(seen: Seen) -> int:
    return int((rounds.day_ends(seen.now) - seen.now).total_seconds())
