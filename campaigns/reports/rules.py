"""What a commune sets for its reports: closing day, line, quotas that were given, to whom which part goes.

A commune that has set nothing takes what its province has set; else what the documents of 2026 say: 60 % of all managed
people in every commune (805/SYT-XH Lạng Sơn), BTXH to the Sở Y tế, NCC to the Sở Nội vụ, B to the Tổ Đề án 06.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlmodel import Session

from campaigns.reports.periods import LAST_CLOSING_DAY
from campaigns.results.indicators import ACCOUNT_TARGET_PERCENT
from register.errors import BadInput
from register.tables import Unit
from register.units import set_setting, settings_of
from register.words import inside

MOST_LETTERS = 120  # of a recipient
_NUMBERS = re.compile(r"\d{5,}")  # a telephone or an identity number does not belong into a letterhead


@dataclass(frozen=True)
class Part:
    """A cut through the report. ``groups``: of register.categories; empty: everybody. ``to``: who gets it."""

    label: str
    groups: tuple[str, ...]
    to: str
    about: str  # of the subject


PARTS = {
    "": Part("Toàn bộ", (), "", "Kết quả chi trả trợ cấp xã hội không dùng tiền mặt và tạo tài khoản hưởng "
             "An sinh xã hội trên VNeID"),
    "btxh": Part("Phần bảo trợ xã hội", ("btxh", "htxh", "other"), "Sở Y tế {tinh} (Phòng Xã hội)",
                 "Kết quả chi trả trợ cấp xã hội không dùng tiền mặt cho đối tượng bảo trợ xã hội"),
    "ncc": Part("Phần người có công", ("ncc",), "Sở Nội vụ {tinh}",
                "Kết quả chi trả trợ cấp ưu đãi không dùng tiền mặt cho người có công với cách mạng"),
    "asxh": Part("Phần tài khoản An sinh xã hội", (), "Tổ Đề án 06 {tinh}",
                 "Kết quả tạo tài khoản hưởng An sinh xã hội trên ứng dụng VNeID"),
}  # fmt: skip
ROUTED = tuple(key for key in PARTS if key)
KEYS = (
    "report_closing_day",
    "report_target",
    *(f"report_{what}_{part}" for what in ("quota", "to") for part in ROUTED),
)


@dataclass(frozen=True)
class Rules:
    """``closing_day``: 0 is a month's last day. ``quotas``: people, by part. ``to``: recipients, by part."""

    closing_day: int
    target_percent: int
    quotas: dict[str, int]
    to: dict[str, str]


def rules_of(session: Session, unit: Unit) -> Rules:
    """What holds for this commune or province now."""
    province = session.get(Unit, unit.parent) if unit.parent else unit

    own = settings_of(session, unit.code, *KEYS)
    theirs = settings_of(session, province.code, *KEYS) if province and province is not unit else {}

    def told(key: str) -> str:
        return own.get(f"report_{key}") or theirs.get(f"report_{key}", "")

    quotas = {part: own.get(f"report_quota_{part}") for part in ROUTED}  # nobody inherits a quota
    where = province_words(province.name if province else "")
    return Rules(
        int(told("closing_day") or 0),
        int(told("target") or ACCOUNT_TARGET_PERCENT),
        {part: int(number) for part, number in quotas.items() if number},
        {part: told(f"to_{part}") or PARTS[part].to.format(tinh=where).strip() for part in ROUTED},
    )


def set_rules(
    session: Session, unit: str, closing_day: str, target: str, quotas: dict[str, str], to: dict[str, str]
) -> None:
    """Store what a form says; an empty field means what is general. BadInput with one sentence."""
    values = {
        "closing_day": _number(closing_day, 0, LAST_CLOSING_DAY, "Ngày chốt số liệu: từ 1 đến 28; 0 là cuối tháng."),
        "target": _number(target, 1, 100, "Chỉ tiêu: ghi phần trăm từ 1 đến 100."),
    }
    for part in ROUTED:
        sentence = "Chỉ tiêu được giao: ghi số người, ví dụ 150."
        values[f"quota_{part}"] = _number(quotas.get(part, ""), 1, 1_000_000, sentence)
        name = " ".join(to.get(part, "").split())
        if len(name) > MOST_LETTERS or _NUMBERS.search(name):
            raise BadInput("Nơi nhận: hãy ghi tên cơ quan, không quá 120 chữ, không ghi số điện thoại.")
        values[f"to_{part}"] = name
    for key, value in values.items():
        set_setting(session, unit, f"report_{key}", value)


def province_words(name: str) -> str:
    """ "tỉnh Lâm Đồng", "thành phố Huế"; nothing for no name."""
    if not name:
        return ""
    return inside(name) if name.startswith("Thành phố ") else f"tỉnh {name}"


def _number(text: str, least: int, most: int, sentence: str) -> str:
    text = text.strip().replace(".", "")
    if not text:
        return ""
    if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most):
        raise BadInput(sentence)
    return str(int(text))
