"""Working days and public holidays of Viet Nam (package ``holidays``; check it against the government's
own announcement each year). Pure.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("VN", years=year))


def is_holiday(day: date) -> bool:
    """A public holiday, Tết and days off in lieu included."""
    return day in _holidays(day.year)


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < 5 and not is_holiday(day)
