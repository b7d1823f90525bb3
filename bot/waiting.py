"""How long a person has to wait for an officer, told honestly: office hours and the queue. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from register.home import VIETNAM

OPENS, CLOSES = time(7, 30), time(16, 30)  # last answer of the day; offices work until about 17:00
_DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def working_day(moment: datetime) -> bool:
    """Monday to Friday, no public holiday in Viet Nam."""
    import holidays

    return moment.weekday() < 5 and moment.date() not in holidays.country_holidays("VN", years=moment.year)


def next_opening(now: datetime) -> datetime:
    """The next moment at which an office opens, Viet Nam time."""
    day = now.astimezone(VIETNAM)
    if day.time() >= OPENS:
        day += timedelta(days=1)
    day = day.replace(hour=OPENS.hour, minute=OPENS.minute, second=0, microsecond=0)
    while not working_day(day):
        day += timedelta(days=1)
    return day


def how_long(now: datetime, waiting: int) -> str:
    """One or two sentences: whether anybody is in the office, and how many wait before."""
    local = now.astimezone(VIETNAM)
    if working_day(local) and OPENS <= local.time() < CLOSES:
        told = "Cán bộ trả lời trong giờ làm việc, có khi đến mai."
    else:
        opening = next_opening(now)
        told = f"Giờ này cơ quan nghỉ, sớm nhất sáng {_DAYS[opening.weekday()]} {opening:%d/%m} mới có người trả lời."
    return f"{told} Đang có {waiting} người chờ trước." if waiting else told
