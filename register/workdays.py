"""Working days and public holidays of Viet Nam: the package ``holidays``, and over it a table of this installation.

The government moves days each year, often late. What the package does not know yet stands in ``ngay-nghi.yaml`` in the
home; it is read when the home is opened, and again where it was changed since (``freshen``):

    nghỉ: [31/12/2026]         # a day off after all
    làm: [09/01/2027]          # worked instead, also on a Saturday
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import structlog
import yaml

from register.errors import BadInput

log = structlog.get_logger()
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("VN", years=year))


LOCAL_FILE = "ngay-nghi.yaml"
_OFF = {"nghỉ": True, "làm": False}
_local: dict[date, bool] = {}  # of this process's home: day → off
_read_at: dict[Path, tuple[int, ...]] = {}  # the file, and by what its change is seen


def read_local(file: Path) -> dict[date, bool]:
    """The installation's own table; empty where there is none. BadInput with one sentence for anything unsound."""
    if not file.exists():
        return {}
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        found = {_day(text): off for kind, off in _OFF.items() for text in said.get(kind) or []}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError, ValueError):
        said = None
    if said is None or not set(said) <= set(_OFF):
        raise BadInput(f"{file.name}: hãy ghi “nghỉ: [31/12/2026]” và “làm: [09/01/2027]”, mỗi mục là danh sách ngày.")
    return found


def _day(text: object) -> date:
    return text if type(text) is date else datetime.strptime(str(text), "%d/%m/%Y").date()  # noqa: DTZ007 a calendar day


def use_local(table: Mapping[date, bool]) -> None:
    """From now on these days are off, or worked, whatever the package says."""
    _local.clear()
    _local.update(table)


def freshen(folder: Path) -> None:
    """Read the home's table again where it was changed since, by the console's form, another process or a hand.

    A table that a hand has spoilt is passed over: what stood before holds until it is put right.
    """
    file = folder / LOCAL_FILE
    try:
        seen = file.stat()
        changed = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    except FileNotFoundError:
        changed = (0, 0, 0)
    if _read_at.get(file) != changed:
        try:
            use_local(read_local(file))
        except BadInput:
            log.warning("holidays_unreadable")
        _read_at.clear()
        _read_at[file] = changed


def write_local(folder: Path, off: Collection[date], worked: Collection[date]) -> None:
    """Replace the home's table and use it. BadInput: a day that is off and worked at once."""
    if both := sorted(set(off) & set(worked)):
        raise BadInput(f"Ngày {both[0]:%d/%m/%Y} vừa nghỉ vừa làm. Hãy bỏ ở một bên.")
    file, kept = folder / LOCAL_FILE, {"nghỉ": off, "làm": worked}
    said = {kind: [f"{day:%d/%m/%Y}" for day in sorted(days)] for kind, days in kept.items() if days}
    fresh = file.with_suffix(".moi")
    fresh.write_text(yaml.safe_dump(said, allow_unicode=True) if said else "", encoding="utf-8")
    fresh.replace(file)
    freshen(folder)


def is_holiday(day: date) -> bool:
    """A public holiday, Tết and days off in lieu included."""
    return _local.get(day, day in _holidays(day.year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday, or a day that is worked instead of another."""
    return not is_holiday(day) and (day.weekday() < 5 or day in _local)
