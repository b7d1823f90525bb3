"""How long a person has to wait for an officer, told honestly: office hours and the queue. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from register.home import VIETNAM
from register.workdays import is_working_day

OPENS, CLOSES = time(7, 30), time(16, 30)  # last answer of the day; offices work until about 17:00
_DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def next_opening(now: datetime) -> datetime:
    """The next moment at which an office opens, Viet Nam time."""
    day = now.astimezone(VIETNAM)
    if day.time() >= OPENS:
        day += timedelta(days=1)
    day = day.replace(hour=OPENS.hour, minute=OPENS.minute, second=0, microsecond=0)
    while not is_working_day(day.date()):
        day += timedelta(days=1)
    return day


def how_long(now: datetime, waiting: int) -> str:
    """One or two sentences: whether anybody is in the office, and how many wait before."""
    local = now.astimezone(VIETNAM)
    if is_working_day(local.date()) and OPENS <= local.time() < CLOSES:
        told = "Cán bộ trả lời trong giờ làm việc, có khi đến mai."
    else:
        opening = next_opening(now)
        told = f"Giờ này cơ quan nghỉ, sớm nhất sáng {_DAYS[opening.weekday()]} {opening:%d/%m} mới có người trả lời."
    return f"{told} Đang có {waiting} người chờ trước." if waiting else told
