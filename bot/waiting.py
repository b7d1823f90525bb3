"""How long a person has to wait for an officer, told honestly: office hours and the queue. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from register.home import VIETNAM
from register.workdays import WEEKDAYS, is_working_day

OPENS, CLOSES = time(7, 30), time(16, 30)  # last answer of the day; offices work until about 17:00
ONE_DAY = timedelta(hours=9)  # of an office
DATA_DAYS = 2
FEWEST_WAITS, TOLD_SHARE = 5, 0.8  # fewer say nothing; told is what most did not have to wait beyond


def next_opening(now: datetime) -> datetime:
    """The next moment at which an office opens, Viet Nam time."""
    day = now.astimezone(VIETNAM)
    if day.time() >= OPENS:
        day += timedelta(days=1)
    day = day.replace(hour=OPENS.hour, minute=OPENS.minute, second=0, microsecond=0)
    while not is_working_day(day.date()):
        day += timedelta(days=1)
    return day


def promised_by(opened_at: datetime, kind: str = "human") -> datetime:
    """Until when somebody has to have taken a ticket: the close of the next working day, as ``how_long`` tells it.

    What is held of a person (``data``): of the second one (promise 9).
    """
    day = opened_at.astimezone(VIETNAM)
    days = DATA_DAYS if kind == "data" else 1
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day.date())
    return day.replace(hour=CLOSES.hour, minute=CLOSES.minute, second=0, microsecond=0)


def office_hours_between(start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments an office was open: what a wait is measured in."""
    total, day = timedelta(0), start.astimezone(VIETNAM).date()
    start, end = start.astimezone(VIETNAM), end.astimezone(VIETNAM)
    while day <= end.date():
        if is_working_day(day):
            opens = datetime.combine(day, OPENS, VIETNAM)
            closes = datetime.combine(day, CLOSES, VIETNAM)
            total += max(min(end, closes) - max(start, opens), timedelta(0))
        day += timedelta(days=1)
    return total


def usual(waits: Sequence[timedelta]) -> timedelta | None:
    """What eight of ten waits did not last longer than (office hours); None: too few to tell."""
    return sorted(waits)[int(len(waits) * TOLD_SHARE)] if len(waits) >= FEWEST_WAITS else None


def how_long(now: datetime, waiting: int, usually: timedelta | None = None) -> str:
    """One to three sentences: whether anybody is in the office, how long it took of late, how many wait before.

    ``usually``: measured, in office hours (``usual``); without it nothing better is promised than tomorrow.
    """
    local = now.astimezone(VIETNAM)
    if is_working_day(local.date()) and OPENS <= local.time() < CLOSES:
        told = (
            f"Cán bộ trả lời trong giờ làm việc, có khi đến {_next_day(local)}."
            if usually is None
            else _of_late(usually)
        )
    else:
        opening = next_opening(now)
        told = (
            f"Giờ này cơ quan nghỉ, sớm nhất sáng {WEEKDAYS[opening.weekday()]} {opening:%d/%m} mới có người trả lời."
        )
        if usually is not None and usually > ONE_DAY:
            told += f" {_of_late(usually)}"
    return f"{told} Đang có {waiting} người chờ trước." if waiting else told


def _next_day(local: datetime) -> str:
    """The next working day, as people say it."""
    opens = next_opening(local.replace(hour=CLOSES.hour)).date()
    return "mai" if opens == local.date() + timedelta(days=1) else f"{WEEKDAYS[opens.weekday()]} {opens:%d/%m}"


def _of_late(usually: timedelta) -> str:
    hours = max(1, math.ceil(usually / timedelta(hours=1)))
    if usually <= ONE_DAY / 2:
        return f"Gần đây phần lớn được trả lời trong {hours} giờ làm việc."
    days = math.ceil(usually / ONE_DAY)
    return f"Gần đây phần lớn phải chờ đến {days} ngày làm việc."
