"""Kênh nhắn tin: what each channel is able to do now, its switch, and how the Official Account is linked.

The same functions as `tungnha channel check | off | on | link`. A lane belongs to the whole installation, so an
officer switches it only where their commune is the only one; else the owner does.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import func
from sqlmodel import Session, col, select

from channels import lanes
from channels.checking import CHANNELS, check, states
from channels.transport import Transport
from channels.zalo.oauth import Tokens
from console.web import Seen, do, go, render, see
from register.errors import BadInput
from register.tables import Source

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("channels"))]
Doing = Annotated[Seen, Depends(do("channels"))]
PATH = "/kenh"
CODE = "Mã trong địa chỉ quay về"


@router.get("/kenh")
async def channels(request: Request, seen: Viewing, hoi: str = "", code: str = "") -> Response:
    """Every channel; ``hoi`` asks the providers too. ``code``: Zalo sent the account's owner back to us."""
    home = seen.home
    if hoi:
        transport = Transport()
        try:
            found = await check(home, transport)
        finally:
            await transport.close()
    else:
        ready = {lane.partition(":")[0] for lane in request.app.state.senders}
        found = await home.db.aread(lambda session: states(session, home, ready, seen.now))
    prices, switch = await home.db.aread(lambda session: (lanes.prices(session), for_all(session, seen, "channels")))
    return render(
        request,
        "channels.html",
        seen,
        at="channels",
        found={channel: found[channel] for channel in CHANNELS},
        asked=bool(hoi),
        prices=prices,
        switched=lanes.SWITCHED if switch else (),
        link=_link(seen) if seen.viewer.role == "owner" else None,
        code=code,
    )


@router.post("/kenh/zalo/noi")
async def link(seen: Doing, dia_chi: str = Form("")) -> Response:
    """The first pair of keys, for the code that Zalo sent back; the whole address may be pasted."""
    if _link(seen) is None or seen.viewer.role != "owner":
        raise BadInput("Chỉ quản trị hệ thống nối được tài khoản Zalo, sau khi đã khai ứng dụng Zalo.")
    given = dia_chi.strip()
    code = parse_qs(urlsplit(given).query).get("code", [""])[0] if "://" in given else given
    if not code:
        raise BadInput(f"{CODE}: hãy chép cả địa chỉ mà Zalo đưa về, có chữ code=.")
    transport = Transport()
    try:
        taken = await Tokens(seen.home, transport).use_code(code)
    finally:
        await transport.close()
    if not taken:
        raise BadInput("Zalo không nhận mã này. Mã dùng được một lần trong 10 phút; hãy mở lại đường dẫn.")
    await seen.home.db.awrite(lambda session: lanes.linked(session, by=seen.viewer.login, now=seen.now))
    return go(PATH, "da-noi")


@router.post("/kenh/{channel}")
def switch(seen: Doing, channel: str, bat: str = Form("")) -> Response:
    """On or off, for campaigns; who writes is answered all the same."""

    def store(session: Session) -> None:
        if not for_all(session, seen, "channels"):
            raise BadInput("Kênh này nhiều xã, phường dùng chung: hãy nhờ quản trị hệ thống bật hoặc tắt.")
        lanes.switch(session, channel, on=bool(bat), by=seen.viewer.login, now=seen.now)

    seen.home.db.write(store)
    return go(PATH, "da-bat" if bat else "da-tat")


def for_all(session: Session, seen: Seen, page: str) -> bool:
    """May change what the whole installation shares: the owner, or the officer of the only commune."""
    if not seen.may(page):
        return False
    communes = session.exec(select(func.count(func.distinct(col(Source.commune))))).one()
    return seen.viewer.role == "owner" or communes <= 1


def _link(seen: Seen) -> dict[str, Any] | None:
    """Where the account's owner agrees, and what Zalo's console may ask for; None: no Zalo app is set up."""
    settings = seen.home.settings
    if not settings.zalo_app_id or not settings.zalo_app_secret.get_secret_value():
        return None
    tokens = Tokens(seen.home, Transport())
    back = f"{settings.public_url.rstrip('/')}{PATH}" if settings.public_url else ""
    return {"back": back, "url": tokens.link(back) if back else "", "challenge": tokens.challenge()}
