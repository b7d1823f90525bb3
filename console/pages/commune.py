"""Thông tin xã, phường: what texts and bulletins say of the commune, and how it works: hours, days off, room, voice.

Each is stored as the commune's own setting; the days off are those of the whole installation, in its file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from audio.voices import offered
from campaigns.field.sessions import MOST_A_DAY
from campaigns.hours import hours_of, set_hours
from console import words
from console.forms import Faults, as_count, as_day
from console.pages.channels import for_all
from console.web import Seen, do, go, our_address, render, see
from content.guard import guard
from register import retention, workdays
from register.audit import declare, note
from register.errors import BadInput, NotAllowed
from register.home import Home
from register.units import hamlets_of, set_setting, settings_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("commune"))]
Doing = Annotated[Seen, Depends(do("commune"))]
PATH = "/xa-phuong"
HOLIDAYS_AHEAD = 120
MOST_DAYS = 60  # that one file of days off is kept to
# form field → the commune's own setting
WORDS = {"may_ban": "landline", "chuc_danh": "hamlet_head", "dia_chi": "office_address", "gio_tiep": "office_hours"}
WORK = {"suc": "capacity", "giong": "voice"}
VOICES = {
    "auto": "máy tự chọn giọng tốt nhất đang có",
    "phrases": "giọng của phát thanh viên",
    "piper": "giọng đọc cài trên máy",
}
LANDLINE = re.compile(r"02\d{9}")  # area code and number: 11 digits in all of Viet Nam since 2017
declare("commune_changed", "what")


@router.get("/xa-phuong")
def commune(request: Request, seen: Viewing) -> Response:
    """What the commune says of itself, how it works, its hamlets, and what is kept for how long."""
    return _page(request, seen, Faults(), {})


def _page(request: Request, seen: Seen, faults: Faults, typed: dict[str, str]) -> Response:
    home, settings = seen.home, seen.home.settings
    workdays.freshen(home.path)
    local = workdays.read_local(home.path / workdays.LOCAL_FILE)
    with home.db.read() as session:
        stored = settings_of(session, seen.here, *WORDS.values(), *WORK.values())
        first, last = hours_of(session, home, seen.here)
        page: dict[str, Any] = {
            "hamlets": hamlets_of(session, seen.here),
            "due": retention.due(session, home, seen.now, seen.here),
            "days_too": for_all(session, seen, "commune"),
        }
    stored_now = {field: stored.get(key, "") for field, key in {**WORDS, **WORK}.items()}
    stored_now |= {"nhan_tu": first, "nhan_den": last}
    stored_now |= {field: _days(local, off) for field, off in (("nghi", True), ("lam", False))}
    page |= {
        "value": stored_now | typed,
        "bounds": (settings.send_from, settings.send_until),
        "hours": (first, last),
        "voices": [("", "máy tự chọn")] + [(one.name, one.label) for one in offered(settings, seen.here) if one.ready],
        "kept": retention.words(home),
        "in_force": in_force(home, words.local(seen.now).date()),
        "web": settings.web_chat,
        "place": our_address(request),
        "faults": faults,
    }
    return render(request, "commune.html", seen, 422 if faults else 200, at="commune", **page)


def _days(table: dict[date, bool], off: bool) -> str:
    return ", ".join(f"{day:%d/%m/%Y}" for day in sorted(table) if table[day] is off)


def in_force(home: Home, today: date) -> list[tuple[str, str, str]]:
    """(what, how it is here, where it is set) of what an installation sets for all of its communes."""
    s = home.settings
    ahead = [today + timedelta(days=number) for number in range(HOLIDAYS_AHEAD)]
    off = ", ".join(words.day(day) for day in ahead if workdays.is_holiday(day)) or "không có"
    return [
        ("Giờ nhắn tin rộng nhất", f"từ {s.send_from} đến {s.send_until}", "TUNGNHA_SEND_FROM, …_UNTIL"),
        (f"Ngày nghỉ trong {HOLIDAYS_AHEAD} ngày tới", off, "lịch nhà nước và ngày ghi thêm ở trên"),
        ("Gọi ông, bà từ", f"{s.elder_age} tuổi", "TUNGNHA_ELDER_AGE"),
        ("Giọng đọc khi xã không chọn", VOICES.get(s.voice, s.voice), "TUNGNHA_VOICE"),
    ]


@router.post("/xa-phuong")
def change_words(
    request: Request,
    seen: Doing,
    may_ban: str = Form(""),
    chuc_danh: str = Form(""),
    dia_chi: str = Form(""),
    gio_tiep: str = Form(""),
) -> Response:
    """Where help is found and who is told on the spot; an empty one means the general words."""
    given = {"may_ban": may_ban, "chuc_danh": chuc_danh, "dia_chi": dia_chi, "gio_tiep": gio_tiep}
    given = {field: " ".join(value.split()) for field, value in given.items()}
    faults = Faults()
    if given["may_ban"] and not LANDLINE.fullmatch(re.sub(r"[ .]", "", given["may_ban"])):
        faults["may_ban"] = "Số máy bàn: hãy ghi cả mã vùng, ví dụ 0252 3 821 234. Không ghi số di động."
    if len(given["chuc_danh"]) > 40 or re.search(r"\d", given["chuc_danh"]):
        faults["chuc_danh"] = "Hãy ghi chức danh, ví dụ: trưởng khu phố. Không ghi tên người."
    for field, what in (("dia_chi", "Địa chỉ"), ("gio_tiep", "Giờ tiếp dân")):
        if len(given[field]) > 80 or guard(given[field]).secrets or re.search(r"\d{5}|www|http", given[field]):
            faults[field] = f"{what}: hãy ghi ngắn gọn, tối đa 80 ký tự, không có đường link hay số điện thoại."
    return _store(request, seen, given, faults, WORDS, "words")


@router.post("/xa-phuong/cach-lam")
def change_work(
    request: Request,
    seen: Doing,
    nhan_tu: str = Form(""),
    nhan_den: str = Form(""),
    suc: str = Form(""),
    giong: str = Form(""),
) -> Response:
    """When messages may go, how many people a session helps, which voice reads; an empty one: as the installation."""
    given = {"nhan_tu": nhan_tu.strip(), "nhan_den": nhan_den.strip(), "suc": suc.strip(), "giong": giong}
    faults = Faults()
    if suc.strip():
        number = faults.read("suc", lambda: as_count(suc, "Mỗi buổi giúp được"), 1)
        if not 1 <= number <= MOST_A_DAY:
            faults["suc"] = f"Mỗi buổi giúp được: hãy ghi một số từ 1 đến {MOST_A_DAY}."
    if giong and giong not in {one.name for one in offered(seen.home.settings, seen.here)}:
        faults["giong"] = "Giọng đọc: hãy chọn một giọng trong danh sách."

    def hours(session: Session) -> None:
        set_hours(session, seen.home, seen.here, nhan_tu, nhan_den)

    return _store(request, seen, given, faults, WORK, "work", hours, "nhan_tu")


@router.post("/xa-phuong/ngay-nghi")
def change_days(request: Request, seen: Doing, nghi: str = Form(""), lam: str = Form("")) -> Response:
    """Days off, and days worked instead, beside the state's calendar: for the whole installation."""
    with seen.home.db.read() as session:
        if not for_all(session, seen, "commune"):
            raise NotAllowed("Ngày nghỉ dùng chung cho nhiều xã, phường: hãy nhờ quản trị hệ thống ghi.")
    given, faults = {"nghi": nghi, "lam": lam}, Faults()
    off = faults.read("nghi", lambda: _as_days(nghi, "Ngày nghỉ thêm"), [])
    worked = faults.read("lam", lambda: _as_days(lam, "Ngày làm bù"), [])
    if not faults:
        faults.read("nghi", lambda: workdays.write_local(seen.home.path, off, worked))
    return _store(request, seen, given, faults, {}, "days")


def _as_days(text: str, what: str) -> list[date]:
    days = [as_day(one, what) for one in re.split(r"[,;\s]+", text.strip()) if one]
    if len(days) > MOST_DAYS:
        raise BadInput(f"{what}: tối đa {MOST_DAYS} ngày.")
    return days


def _store(
    request: Request,
    seen: Seen,
    given: dict[str, str],
    faults: Faults,
    keys: dict[str, str],
    what: str,
    more: Callable[[Session], None] = lambda _: None,
    field: str = "",
) -> Response:
    """Keep what was given and note it; the page again where something is to be corrected (``more``'s: at ``field``)."""

    def store(session: Session) -> None:
        more(session)
        for name, key in keys.items():
            set_setting(session, seen.here, key, given[name])
        note(session, seen.viewer.login, "commune_changed", seen.here, seen.now, what=what)

    if not faults:
        faults.read(field, lambda: seen.home.db.write(store))
    return _page(request, seen, faults, given) if faults else go(PATH, "da-luu")
