"""What people fill in, read as they write it; what is wrong is one sentence at its field and once more on top."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, TypeVar

from register.errors import BadInput
from register.home import VIETNAM

T = TypeVar("T")


class Faults(dict[str, str]):
    """field → what to do about it. Empty: the form can be taken.

    faults = Faults()
    name = faults.read("ten", lambda: named(session, commune, ten), ten)
    """

    def read(self, field: str, fn: Callable[[], T], otherwise: Any = None) -> T | Any:
        """What ``fn`` makes of the field; ``otherwise`` where it raises BadInput, which is noted."""
        try:
            return fn()
        except BadInput as error:
            self.setdefault(field, str(error))
            return otherwise


def as_day(text: str, what: str) -> date:
    """A date from a form (YYYY-MM-DD, or dd/mm/yyyy as people write it)."""
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007 a calendar day
        except ValueError:
            continue
    raise BadInput(f"{what}: hãy ghi ngày theo dạng ngày/tháng/năm, ví dụ 01/12/2026.")


def as_moment(day: str, hour: str) -> datetime:
    """A day and a time (8:00, 14h30) of Viet Nam."""
    try:
        hours, _, minutes = hour.strip().lower().replace("h", ":").partition(":")
        at = time(int(hours), int(minutes or 0))
    except ValueError:
        raise BadInput("Giờ bắt đầu: hãy ghi theo dạng giờ:phút, ví dụ 8:00.") from None
    return datetime.combine(as_day(day, "Ngày"), at, VIETNAM)


def as_count(text: str, what: str) -> int:
    """A whole number from a form, as people write it: "1.500.000 đồng" is 1500000."""
    digits = text.replace(".", "").replace(" ", "").removesuffix("đồng")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise BadInput(f"{what}: hãy ghi một số, ví dụ 20.")
    return int(digits)
