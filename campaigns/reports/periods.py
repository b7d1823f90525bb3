"""Kỳ báo cáo: the months, half years and years that are reported on, and the day on which each closes (chốt số liệu).

A commune may close on the last day of a month, or on a day of its own: with 14 a month goes from the 15th of the one
before to the 14th, as NĐ 09/2019/NĐ-CP điều 12 counts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from register.errors import BadInput

LAST_CLOSING_DAY = 28  # every month has it; 0 means the month's last day
_KEY = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2]|H[12]))?")
KINDS = {"month": "tháng", "half": "6 tháng", "year": "năm"}


@dataclass(frozen=True)
class Period:
    """``key``: 2026-11, 2026-H1 or 2026. ``number``: month, half, 0 for a year. ``last`` counts in."""

    key: str
    kind: str  # month | half | year
    year: int
    number: int
    first: date
    last: date

    @property
    def label(self) -> str:
        """tháng 11 năm 2026; 6 tháng đầu năm 2026; năm 2026."""
        if self.kind == "month":
            return f"tháng {self.number} năm {self.year}"
        return f"6 tháng {'đầu' if self.number == 1 else 'cuối'} năm {self.year}" if self.number else f"năm {self.year}"


def period(key: str, closing_day: int = 0) -> Period:
    """The period with this key; BadInput when there is none such."""
    found = _KEY.fullmatch(key)
    if not found:
        raise BadInput(
            f"Kỳ báo cáo “{key[:20]}” chưa đúng: hãy ghi tháng như 2026-11, 6 tháng như 2026-H1, năm như 2026."
        )
    year, part = int(found[1]), found[2] or ""
    if not part:
        kind, number, months, last_month = "year", 0, 12, 12
    elif part.startswith("H"):
        kind, number, months = "half", int(part[1]), 6
        last_month = 6 * number
    else:
        kind, number, months, last_month = "month", int(part), 1, int(part)
    start = year * 12 + last_month - months  # months since year 0, the one before the first
    before = _closes((start - 1) // 12, (start - 1) % 12 + 1, closing_day)
    return Period(key, kind, year, number, before + timedelta(days=1), _closes(year, last_month, closing_day))


def earlier(one: Period) -> str:
    """The key of the period of the same kind before this one."""
    if one.kind == "year":
        return str(one.year - 1)
    if one.kind == "half":
        return f"{one.year}-H1" if one.number == 2 else f"{one.year - 1}-H2"
    return f"{one.year}-{one.number - 1:02d}" if one.number > 1 else f"{one.year - 1}-12"


def keys_until(today: date, kind: str, how_many: int, closing_day: int = 0) -> list[str]:
    """The newest periods of a kind that have begun, the newest first."""
    if closing_day and today.day > closing_day:
        today = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    if kind == "year":
        newest = str(today.year)
    elif kind == "half":
        newest = f"{today.year}-H{1 if today.month <= 6 else 2}"
    else:
        newest = f"{today:%Y-%m}"
    found = [newest]
    while len(found) < how_many:
        found.append(earlier(period(found[-1])))
    return found


def _closes(year: int, month: int, closing_day: int) -> date:
    return date(year, month, closing_day or monthrange(year, month)[1])
