"""Hỏi đáp: the guide's web chat for a commune's portal, and the pictures and readings that all channels may fetch.

    GET  /hoi-dap                       which commune
    GET  /hoi-dap/{commune}             the page; works without a script, without a login, on an old phone
    POST /hoi-dap/{commune}             a text or a button, then back to the page
    GET  /hoi-dap/{commune}/moi?sau=9   what came after line 9: an officer's answer (204: nothing)
    GET  /hoi-dap/{commune}/xoa  POST   everything goes
    GET  /tep/hinh/{name}, /tep/nghe/{name}

Nobody is signed in here, so nothing is believed: the browser's random cookie is the chat and the secret of its
forms, bodies are small, everything has a pace. What is typed stands in a body alone, never in an address.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlmodel import Session, col, select

from bot.citizen.web import KEPT_LINES, MAX_CHARS, Chat, Line, WebDoor
from bot.meaning import code_in
from bot.state import Input
from campaigns.engine.texts import place_of
from channels.files import VOICES, picture_file, picture_of, voice_of
from channels.pace import Pace, PaceByKey
from console.security import csrf_ok
from console.web import cookie, drop_cookie, home_of, render, set_cookie
from content.guard import REMOVED
from content.library import fields_of, library, message
from content.message import Message, Place
from content.screens import described
from register.arrivals import is_payload
from register.home import Home
from register.tables import Person, Staff, Unit

CHAT_COOKIE = "tungnha_chat"
BODY_BYTES = 16_384  # MAX_CHARS in Vietnamese are at most 9 bytes each, in a form
TOKEN = re.compile(r"[\w-]{43}")
READING = re.compile(r"(?=.{5,80}$)(?:[a-z]{2,3}/)?[a-z0-9_]+(?:\.[a-z0-9_]+)*\.(?:mp3|ogg|m4a|aac)")
PICTURE = re.compile(r"[a-z0-9-]{1,80}(?:\.[0-9a-f]{8})?\.(?:png|jpg)")
SOUND = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".aac": "audio/aac"}
DAY_S = 86_400

router = APIRouter(include_in_schema=False)


class Limits:
    """How fast may it go? One chat, one address (a whole hamlet may share it), everybody together."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self.ticks = ticks
        self.chat, self.address = PaceByKey(0.5, 12), PaceByKey(4, 60)
        self.all, self.begun = Pace(20, 100), Pace(1, 120)
        self.wrong_codes = Pace(1 / 60, 60)  # guessing at a province's codes would take years

    def let(self, chat: str, address: str, begins: bool, code: bool) -> bool:
        """Whether this form may be handled now; a refused one takes no place. ``code``: it tries a linking code."""
        at = self.ticks()
        self.chat.forget(at)
        self.address.forget(at)
        paces = [self.chat[chat], self.address[address], self.all, *([self.begun] if begins else [])]
        if any(pace.wait(at) for pace in paces) or (code and self.wrong_codes.wait(at)):
            return False
        for pace in paces:
            pace.take(at)
        return True

    def guessed(self) -> None:
        """A linking code was tried in vain."""
        self.wrong_codes.take(self.ticks())


class Trouble(Exception):
    """A page with one sentence that says what to do."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


# (status, what to do)
OFF = (404, "Trang hỏi đáp này chưa mở. Xin hỏi trưởng thôn, khu phố hoặc đến Ủy ban nhân dân xã, phường.")
MISSING = (404, "Không có trang này. Xin xem lại địa chỉ, hoặc hỏi Ủy ban nhân dân xã, phường.")
OLD = (403, "Trang này mở đã lâu. Xin bấm Quay lại rồi làm lại. Vẫn không được thì nhờ người nhà bật cookie của máy.")
FAST = (429, "Nhiều tin đến cùng lúc quá. Xin chờ nửa phút, bấm Quay lại rồi làm lại.")
LONG = (413, "Câu vừa gõ dài quá. Xin gõ ngắn lại, hoặc gửi làm mấy lần.")
BUSY = (503, "Máy đang bận nên chưa nhận được câu vừa rồi. Xin bấm Quay lại rồi làm lại.")


def _trouble(request: Request, trouble: Trouble, back: str) -> Response:
    response = render(request, "chat_trouble.html", None, trouble.status, text=trouble.text, back=back)
    if trouble.status in (429, 503):
        response.headers["Retry-After"] = "30"
    return response


# --- Where it is ------------------------------------------------------------------------------------


def _communes(session: Session) -> list[Unit]:
    """The communes that use this installation."""
    used = set(session.exec(select(Person.commune).distinct()).all())
    used |= {unit for unit in session.exec(select(Staff.unit).distinct()).all() if unit}
    query = select(Unit).where(col(Unit.code).in_(used), Unit.kind == "commune")
    return list(session.exec(query.order_by(col(Unit.name), col(Unit.code))).all())


async def _place(home: Home, commune: str) -> Place:
    """What the page may say of its commune. Trouble: it is none of ours, or the chat is off."""
    if not home.settings.web_chat:
        raise Trouble(*OFF)
    now = home.now()

    def read(session: Session) -> Place | None:
        unit = session.get(Unit, commune) if commune.isascii() and commune.isdigit() else None
        if unit is None or unit.kind != "commune":
            return None
        people = select(Person.id).where(Person.commune == commune).limit(1)
        staff = select(Staff.id).where(Staff.unit == commune).limit(1)
        used = session.exec(people).first() or session.exec(staff).first()
        return place_of(session, commune, None, now) if used else None

    place = await home.db.aread(read)
    if place is None:
        raise Trouble(*MISSING)
    return place


# --- The page ---------------------------------------------------------------------------------------


def _token(request: Request) -> str:
    """This browser's token, "" when it has none or a strange one."""
    token = cookie(request, CHAT_COOKIE)
    return token if TOKEN.fullmatch(token) else ""


def _greeting(place: Place) -> Chat:
    """What stands there before anything was said; nothing is kept of it."""
    said = message(library().faq["greeting"], fields_of(None, place))
    return Chat(1, (Line(1, "bot", said.text, "", tuple((b.id, b.title) for b in said.buttons)),))


def _heard(home: Home, said: Message) -> str:
    """The address of its reading, or ""."""
    path = voice_of(home, said)
    return f"/tep/nghe/{path.relative_to(home.path / VOICES).as_posix()}" if path else ""


def _seen(home: Home, name: str) -> tuple[str, str, int, int]:
    """The address of a picture, what it shows, and its width and height; or nothing of all that."""
    path = picture_of(home, name)
    return (f"/tep/hinh/{path.name}", described(name), *_size(path)) if path else ("", "", 0, 0)


@lru_cache(maxsize=256)
def _size(path: Path) -> tuple[int, int]:
    """A PNG's pixels, (0, 0) of anything else: with its room kept the page does not jump when the picture comes."""
    with path.open("rb") as file:
        head = file.read(24)
    return (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) if head[12:16] == b"IHDR" else (0, 0)


def _talk(request: Request, commune: str, place: Place, chat: Chat, token: str, came: str = "") -> dict[str, Any]:
    """What the template needs. The buttons are those of the answers since the citizen's last line.

    ``came``: the way here as the address tells it; only looking leaves no trace, so the first form brings it along.
    """
    home = home_of(request)
    chat = chat if chat.said else _greeting(place)
    lines = chat.lines
    last_own = max((place for place, line in enumerate(lines) if line.who == "citizen"), default=-1)
    buttons = dict(button for line in lines[last_own + 1 :] for button in line.buttons)
    shown = [
        {
            "line": line,
            "heard": _heard(home, line.message) if line.who == "bot" else "",
            "picture": _seen(home, line.picture),
            "newest": place == last_own + 1,
            "fresh": place > last_own,
        }
        for place, line in enumerate(lines)
    ]
    request.state.secret = token
    return {
        "commune": commune, "place": place, "shown": shown, "buttons": list(buttons.items()), "said": chat.said,
        "dropped": chat.said > KEPT_LINES, "key": secrets.token_urlsafe(12), "most": MAX_CHARS, "removed": REMOVED,
        "came": came if is_payload(came) else "",
    }  # fmt: skip


@router.get("/hoi-dap")
async def choose(request: Request) -> Response:
    """Which commune? With only one there is nothing to choose."""
    home = home_of(request)
    if not home.settings.web_chat:
        return _trouble(request, Trouble(*OFF), "")
    communes = await home.db.aread(_communes)
    if len(communes) == 1:
        return RedirectResponse(f"/hoi-dap/{communes[0].code}", 303)
    return render(request, "chat_communes.html", None, communes=communes)


@router.get("/hoi-dap/{commune}")
async def page(request: Request, commune: str, tu: str = "") -> Response:
    """The whole page. ``tu``: from a QR or a link (register.arrivals)."""
    home = home_of(request)
    try:
        place = await _place(home, commune)
    except Trouble as trouble:
        return _trouble(request, trouble, "")
    known = _token(request)
    token = known or secrets.token_urlsafe(32)
    chat = await WebDoor(home).look(commune, token) if known else Chat()
    response = render(request, "chat.html", None, **_talk(request, commune, place, chat, token, tu))
    if not known:
        set_cookie(request, response, CHAT_COOKIE, token, timedelta(days=home.settings.keep_chats_days))
    return response


@router.get("/hoi-dap/{commune}/moi")
async def news(request: Request, commune: str, sau: str = "") -> Response:
    """The talk alone, when there is more than ``sau`` lines; a script asks now and then."""
    home, token = home_of(request), _token(request)
    try:
        place = await _place(home, commune)
    except Trouble as trouble:
        return _trouble(request, trouble, "")
    chat = await WebDoor(home).look(commune, token) if token else Chat()
    if not sau.isascii() or not sau.isdigit() or len(sau) > 9 or chat.said <= int(sau):
        return Response(status_code=204)
    return render(request, "chat_talk.html", None, **_talk(request, commune, place, chat, token))


async def _form(request: Request) -> dict[str, str]:
    """The fields of a small form; other bodies are refused before they are read."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Trouble(*OLD)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise Trouble(*LONG)
        parts.append(part)
    try:
        fields = parse_qsl(b"".join(parts).decode("ascii"), keep_blank_values=True, max_num_fields=8, errors="replace")
    except ValueError:
        raise Trouble(*OLD) from None
    return dict(fields)


async def _ours(request: Request) -> tuple[str, dict[str, str]]:
    """The browser's token and the form, if the form is one of ours."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Trouble(*OLD)
    token, form = _token(request), await _form(request)
    if not token or not csrf_ok(token, form.get("ma_trang", "")):
        raise Trouble(*OLD)
    return token, form


@router.post("/hoi-dap/{commune}")
async def say(request: Request, commune: str) -> Response:
    """A text (``chu``) or a button (``nut``). ``luot``: the form's own key, so that two taps are one turn."""
    home, back = home_of(request), f"/hoi-dap/{commune}"
    limits: Limits = request.app.state.chat_limits
    try:
        await _place(home, commune)
        token, form = await _ours(request)
        text, button = form.get("chu", "").strip(), form.get("nut", "")
        if len(text) > MAX_CHARS:
            raise Trouble(*LONG)
        door = WebDoor(home)
        begins = not (await door.look(commune, token)).said
        from_where = request.client.host if request.client else ""
        if not limits.let(f"{commune} {token}", from_where, begins, bool(code_in(text))):
            raise Trouble(*FAST)
        if button in library().buttons:
            inp = Input("button", button=button)
        elif text:
            inp = Input("text", text=text)
        else:
            return RedirectResponse(f"{back}#tra-loi", 303)
        try:
            key = form.get("luot", "")[:40] or secrets.token_hex(8)
            if await door.turn(commune, token, inp, key, form.get("tu", "")):
                limits.guessed()
        except TimeoutError:
            raise Trouble(*BUSY) from None
    except Trouble as trouble:
        return _trouble(request, trouble, "" if trouble.status == 404 else back)
    return RedirectResponse(f"{back}#moi", 303)


@router.get("/hoi-dap/{commune}/xoa")
async def ask_to_forget(request: Request, commune: str) -> Response:
    """Once more: everything goes."""
    try:
        await _place(home_of(request), commune)
    except Trouble as trouble:
        return _trouble(request, trouble, "")
    request.state.secret = _token(request)
    return render(request, "chat_forget.html", None, commune=commune)


@router.post("/hoi-dap/{commune}/xoa")
async def forget(request: Request, commune: str) -> Response:
    """Everything that was said in this browser goes."""
    home = home_of(request)
    try:
        await _place(home, commune)
        token, _ = await _ours(request)
        await WebDoor(home).forget(commune, token)
    except Trouble as trouble:
        return _trouble(request, trouble, "" if trouble.status == 404 else f"/hoi-dap/{commune}")
    response = render(request, "chat_forgotten.html", None, commune=commune)
    drop_cookie(request, response, CHAT_COOKIE)
    return response


# --- What is shown and heard ------------------------------------------------------------------------


def _file(path: Path | None, media_type: str) -> Response:
    if path is None or not path.is_file():
        return Response(status_code=404)
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": f"public, max-age={DAY_S}"})


@router.get("/tep/hinh/{name}")
def picture(request: Request, name: str) -> Response:
    """A picture of the guide. Nothing in it is anybody's."""
    path = picture_file(home_of(request), name) if PICTURE.fullmatch(name) else None
    return _file(path, "image/png" if name.endswith(".png") else "image/jpeg")


@router.get("/tep/nghe/{name:path}")
def reading(request: Request, name: str) -> Response:
    """A reading of a step: made for exactly one text that names nobody, or recorded by a person."""
    path = home_of(request).path / VOICES / name if READING.fullmatch(name) else None
    return _file(path, SOUND.get(Path(name).suffix, ""))
