"""Điện thoại thử: be a citizen on Zalo and on Telegram, in the sandbox. Stands only while a sandbox is set."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import orjson
from fastapi import APIRouter, Depends, Form, Request, Response

from console.web import Missing, Seen, do, go, render, see
from register.errors import BadInput

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("phones"))]
Doing = Annotated[Seen, Depends(do("phones"))]
TIMEOUT_S = 10
SHOWN = {"zalo": "Zalo", "telegram": "Telegram"}
SILENT = "Máy mô phỏng không trả lời. Hãy chạy lại: tungnha sandbox"
MOST = 300  # phones that can be chosen from; a demo has as many as people


def _answer(seen: Seen, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str, bytes]:
    """One call of the sandbox's control API (channels.sandbox): status, media type, body."""
    base = urlsplit(seen.home.settings.sandbox_base)
    if not base.hostname:
        raise Missing
    line = HTTPConnection(base.hostname, base.port or 80, timeout=TIMEOUT_S)
    try:
        line.request(method, f"/__sim/{path}", orjson.dumps(body) if body is not None else None)
        answer = line.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    except (OSError, HTTPException):
        raise BadInput(SILENT) from None
    finally:
        line.close()


def _sandbox(seen: Seen, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The same, for what is answered as JSON."""
    status, _, raw = _answer(seen, method, path, body)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadInput(SILENT) from None
    if status == 404:
        raise Missing
    if status != 200:
        raise BadInput("Điện thoại thử không làm được việc này lúc này. Hãy tải lại trang.")
    return value


@router.get("/dien-thoai-thu")
def phones(request: Request, seen: Viewing, zalo: str = "", telegram: str = "") -> Response:
    """Two handsets side by side; ``zalo`` and ``telegram``: whose."""
    users = _sandbox(seen, "GET", "users")
    handsets: list[dict[str, Any]] = []
    for channel, chosen in (("zalo", zalo), ("telegram", telegram)):
        mine = [user for user in users if user["channel"] == channel]
        mine.sort(key=lambda user: -user["lines"])
        user = next((u for u in mine if u["uid"] == chosen), mine[0] if mine else None)
        lines = _sandbox(seen, "GET", f"phone/{quote(user['uid'])}") if user else []
        choices = [(u["uid"], f"{u['name']} ({u['lines']} tin)") for u in mine[:MOST]]
        handsets.append({"channel": channel, "label": SHOWN[channel], "user": user, "choices": choices, "lines": lines})
    chosen_now = {h["channel"]: h["user"]["uid"] if h["user"] else "" for h in handsets}
    web = seen.home.settings.web_chat and seen.commune is not None
    return render(request, "phones.html", seen, at="phones", handsets=handsets, now_shown=chosen_now, web=web)


@router.get("/dien-thoai-thu/{uid}/man-hinh")
def screen(request: Request, uid: str, seen: Viewing, zalo: str = "", telegram: str = "") -> Response:
    """One handset's screen alone, which the page asks for every two seconds."""
    lines = _sandbox(seen, "GET", f"phone/{quote(uid)}")
    user = next((u for u in _sandbox(seen, "GET", "users") if u["uid"] == uid), None)
    if user is None:
        raise Missing
    page = {"user": user, "lines": lines, "now_shown": {"zalo": zalo, "telegram": telegram}}
    return render(request, "phone_screen.html", seen, **page)


@router.get("/dien-thoai-thu/tep/{file}")
def file(file: str, seen: Viewing) -> Response:
    """A picture or a reading that came onto one of the phones."""
    status, kind, body = _answer(seen, "GET", f"file/{quote(file, safe='')}")
    if status != 200 or not kind.startswith(("image/", "audio/")):
        raise Missing
    return Response(body, media_type=kind)


@router.post("/dien-thoai-thu/moi")
def add(seen: Doing, kenh: str = Form(""), ten: str = Form(""), so: str = Form("")) -> Response:
    """A new citizen with a phone, who has followed the OA or started the bot."""
    if kenh not in SHOWN:
        raise Missing
    name = " ".join(ten.split()) or "Bà Mai"
    person = {"channel": kenh, "name": name, "phone": so.strip() or None}
    uid = _sandbox(seen, "POST", "add_user", person)["result"]
    _sandbox(seen, "POST", "follow" if kenh == "zalo" else "telegram_start", {"uid": uid})
    _sandbox(seen, "POST", "quiet", {})
    return go("/dien-thoai-thu", **{kenh: uid})


@router.post("/dien-thoai-thu/{uid}")
def speak(
    uid: str,
    seen: Doing,
    chu: str = Form(""),
    nut: str = Form(""),
    zalo: str = Form(""),
    telegram: str = Form(""),
) -> Response:
    """Type a text (``chu``) or press a button (``nut``) on this phone."""
    if nut:
        _sandbox(seen, "POST", "press", {"uid": uid, "button_id": nut})
    elif chu.strip():
        _sandbox(seen, "POST", "type_text", {"uid": uid, "text": chu.strip()})
    _sandbox(seen, "POST", "quiet", {})
    return go("/dien-thoai-thu", zalo=zalo, telegram=telegram)
