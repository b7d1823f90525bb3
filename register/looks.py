"""Looks: what a column holds, by what stands in its cells and not by its heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from register.categories import recognise
from register.cells import id_is_plausible
from register.hamlets import hamlet_of_group
from register.phones import phone
from register.words import begins_with_family, clean, fold, plain

Rows = Sequence[Sequence[Any]]
MONTH_FIRST_CELLS = 2  # that many 05/25/1946 and no 25/05/1946 make a column of month first
SWAPPED_CELLS = 5
_BIRTH = re.compile(r"(\d{1,2}[/.\-]\d{1,2}[/.\-])?(19|20)\d\d|(19|20)\d\d-\d\d-\d\d([ T](00|17):00\b.*)?")
_DATE = re.compile(r"\s*(\d{1,2})[/\-.](\d{1,2})[/\-.]\d{4}")


def cells_of(below: Rows, at: int) -> list[Any]:
    return [row[at] for row in below if at < len(row) and row[at] not in ("", None)]


def filled(below: Rows, at: int) -> bool:
    return any(clean(cell) for cell in cells_of(below, at))


def holds_numbers(below: Rows, at: int) -> bool:
    """Whether a column holds numbers of any length that an id might have."""
    return any(re.search(r"\d{6}|E\+", re.sub(r"[\s.\-]", "", plain(cell))) for cell in cells_of(below, at))


def looks_like_id(cell: object) -> bool:
    """Whether a cell holds what can only be a citizen id: 12 digits, or 10–11 of a number that lost its zeros."""
    text = plain(cell)
    digits = re.sub(r"[\s.\-]", "", text)
    if not digits.isdigit() or not 10 <= len(digits) <= 12 or (len(digits) < 12 and digits.startswith("0")):
        return False
    digits = digits.zfill(12)
    return id_is_plausible(digits) and digits[3] in "0123"


def looks_like_name(cell: object) -> bool:
    """Whether a cell holds a Vietnamese person's name: two to six words that begin with a family name."""
    words = fold(cell).split() if isinstance(cell, str) else []
    return 2 <= len(words) <= 6 and begins_with_family(words[0]) and not any(c.isdigit() for c in str(cell))


def looks_like_birth(cell: object) -> bool:
    """Whether a cell holds a day or a year; one with a time of day is when a form was sent (17:00Z: midnight here)."""
    return _BIRTH.fullmatch(plain(cell)) is not None


_PAID = re.compile(r"\b(tien mat|tm|ck|tk|tai khoan|chuyen khoan|atm|buu dien|uy quyen|ngan hang)\b")
SEVERITIES = {"nang": "nặng", "dac biet nang": "đặc biệt nặng", "dbn": "đặc biệt nặng"}  # of a disability
LOOKS = {
    "citizen_id": looks_like_id,
    "name": looks_like_name,
    "birth": looks_like_birth,
    "phone": lambda cell: phone(cell)[0],
    "sex": lambda cell: fold(cell) in ("nam", "nu", "male", "female"),
    "payout": lambda cell: _PAID.search(fold(cell)),
    "hamlet": lambda cell: isinstance(cell, str) and hamlet_of_group(cell),
    "category": lambda cell: isinstance(cell, str) and (recognise(cell) or fold(cell) in SEVERITIES),
}


def share(below: Rows, at: int, said: str) -> float:
    """The share of a column's cells that look like what the meaning says."""
    cells = cells_of(below, at)
    return sum(bool(LOOKS[said](cell)) for cell in cells) / len(cells) if cells else 0.0


class DateHabit:
    """How a column writes its dates, learnt cell by cell."""

    def __init__(self) -> None:
        self._second = self._days = self._texts = self._last_day = 0
        self._day_first = False
        self._least_first = 99

    def learn(self, cell: object) -> None:
        """Look at one more cell."""
        if isinstance(cell, date):
            self._days += 1
            self._last_day = max(self._last_day, cell.day)
            return
        match = _DATE.match(cell) if isinstance(cell, str) else None
        if match:
            first, other = int(match[1]), int(match[2])
            self._texts += 1
            self._least_first = min(self._least_first, first)
            self._second += 1 <= first <= 12 < other <= 31
            self._day_first = self._day_first or (12 < first <= 31 and other <= 12)

    @property
    def month_first(self) -> bool:
        """Whether the column writes 05/25/1946: its days, where past the twelfth, all stand second."""
        return self._second >= MONTH_FIRST_CELLS and not self._day_first

    @property
    def swapped(self) -> bool:
        """Whether a spreadsheet took 05/12/1946 for the twelfth of May and left 25/12/1946 as text.

        Then no date has a day after the twelfth, and no text one before.
        """
        return self._days >= SWAPPED_CELLS <= self._texts and self._last_day <= 12 < self._least_first
