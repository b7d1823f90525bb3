"""Thông tin xã, phường: what texts to citizens and bulletins say of the commune."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from console import words
from console.web import Seen, do, go, render, see
from register import retention
from register.audit import declare, note
from register.errors import BadInput
from register.home import Home
from register.units import hamlets_of, set_setting, setting
from register.workdays import is_holiday

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("commune"))]
Doing = Annotated[Seen, Depends(do("commune"))]
HOLIDAYS_AHEAD = 120
VOICES = {
    "auto": "máy tự chọn giọng tốt nhất đang có",
    "phrases": "giọng của phát thanh viên",
    "piper": "giọng đọc cài trên máy",
}
LANDLINE = re.compile(r"02\d{9}")  # area code and number: 11 digits in all of Viet Nam since 2017
declare("commune_changed", "what")


@router.get("/xa-phuong")
def commune(request: Request, seen: Viewing) -> Response:
    """The commune's landline, what its hamlets' heads are called, and its hamlets."""
    with seen.home.db.read() as session:
        page = {
            "landline": setting(session, seen.here, "landline"),
            "hamlet_head": setting(session, seen.here, "hamlet_head"),
            "hamlets": hamlets_of(session, seen.here),
            "due": retention.due(session, seen.home, seen.now, seen.here),
            "kept": retention.words(seen.home),
            "in_force": in_force(seen.home, words.local(seen.now).date()),
            "web": seen.home.settings.web_chat,
            "place": (seen.home.settings.public_url or str(request.base_url)).rstrip("/"),
        }
    return render(request, "commune.html", seen, at="commune", **page)


def in_force(home: Home, today: date) -> list[tuple[str, str, str]]:
    """(what, how it is here, where it is set) of what an installation sets for all of its communes."""
    s = home.settings
    ahead = [today + timedelta(days=number) for number in range(HOLIDAYS_AHEAD)]
    off = ", ".join(words.day(day) for day in ahead if is_holiday(day)) or "không có"
    return [
        ("Giờ nhắn tin", f"từ {s.send_from} đến {s.send_until}, không nhắn ngày nghỉ", "TUNGNHA_SEND_FROM, …_UNTIL"),
        (f"Ngày nghỉ trong {HOLIDAYS_AHEAD} ngày tới", off, "tệp ngày nghỉ của nơi cài đặt"),
        ("Gọi ông, bà từ", f"{s.elder_age} tuổi", "TUNGNHA_ELDER_AGE"),
        ("Giọng đọc bản tin", VOICES.get(s.voice, s.voice), "TUNGNHA_VOICE"),
    ]


@router.post("/xa-phuong")
def change(seen: Doing, may_ban: str = Form(""), chuc_danh: str = Form("")) -> Response:
    """Store both values; an empty one means the general words."""
    landline, head = " ".join(may_ban.split()), " ".join(chuc_danh.split())
    if landline and not LANDLINE.fullmatch(re.sub(r"[ .]", "", landline)):
        raise BadInput("Số máy bàn: hãy ghi cả mã vùng, ví dụ 0252 3 821 234. Không ghi số di động.")
    if len(head) > 40 or re.search(r"\d", head):
        raise BadInput("Hãy ghi chức danh, ví dụ: trưởng khu phố. Không ghi tên người.")

    def store(session: Session) -> None:
        for key, value in (("landline", landline), ("hamlet_head", head)):
            set_setting(session, seen.here, key, value)
        note(session, seen.viewer.login, "commune_changed", seen.here, seen.now, what="words")

    seen.home.db.write(store)
    return go("/xa-phuong", "da-luu")
