"""Loại đối tượng: the kinds of beneficiary, and how lists word them.

Sources: Pháp lệnh Ưu đãi người có công; NĐ 20/2021/NĐ-CP điều 5 (bảo trợ xã hội);
NĐ 176/2025/NĐ-CP (hưu trí xã hội). ``sensitive``: tells of health (NĐ 356/2025 điều 4), so it never
leaves the register in a message, a file name or a small cell of a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from register.words import fold

Group = Literal["ncc", "btxh", "htxh", "other"]

GROUPS: dict[Group, str] = {
    "ncc": "Người có công",
    "btxh": "Bảo trợ xã hội",
    "htxh": "Hưu trí xã hội",
    "other": "Khác",
}


@dataclass(frozen=True)
class Category:
    """One kind of beneficiary. ``signs``: folded phrases, any of which names it in a list."""

    code: str
    label: str
    group: Group
    sensitive: bool
    signs: tuple[str, ...]


# The first that fits wins: the narrower stands before the wider.
_ALL = (
    Category("hiv", "Người nhiễm HIV/AIDS", "btxh", True, ("hiv", "aids")),
    Category(
        "cham_soc", "Hộ, người nhận chăm sóc người khuyết tật", "btxh", True,
        ("cham soc nguoi khuyet tat", "nuoi duong nguoi khuyet tat", "cham soc nkt"),
    ),
    Category(
        "htxh", "Người hưởng hưu trí xã hội", "htxh", False,
        ("huu tri xa hoi", "htxh", "tro cap huu tri", "khong co luong huu", "nguoi cao tuoi tu du 75"),
    ),
    Category(
        "nkt_dbn", "Người khuyết tật đặc biệt nặng", "btxh", True,
        ("khuyet tat dac biet nang", "nkt dac biet nang", "nkt dbn", "kt dac biet nang", "kt dbn", "khuyet tat dbn"),
    ),
    Category("nkt_nang", "Người khuyết tật nặng", "btxh", True, ("khuyet tat", "nkt", "tan tat", "kt nang")),
    Category("don_than", "Người đơn thân nghèo nuôi con", "btxh", False, ("don than",)),
    Category(
        "tre_em", "Trẻ em không có nguồn nuôi dưỡng", "btxh", False,
        ("mo coi", "tre em mat nguon", "khong co nguon nuoi duong", "khong noi nuong tua", "tre em bi bo roi"),
    ),
    Category("tre_3", "Trẻ em dưới 3 tuổi hộ nghèo, cận nghèo", "btxh", False, ("tre em duoi 3", "tre duoi 3")),
    Category("cao_tuoi", "Người cao tuổi hộ nghèo, cận nghèo", "btxh", False, ("cao tuoi", "nguoi gia", "nct")),
    Category(
        "ncc", "Người có công với cách mạng và thân nhân", "ncc", False,
        (
            "nguoi co cong", "thuong binh", "thuong benh binh", "benh binh", "liet si", "liet sy", "tnls",
            "con ls", "vo ls", "me ls", "nhiem doc", "cdhh",
            "me viet nam anh hung", "bmvnah", "khang chien", "chat doc hoa hoc", "tu day", "lao thanh cach mang",
            "tien khoi nghia", "tnxp", "thanh nien xung phong", "ncc",
        ),
    ),
    Category("btxh", "Bảo trợ xã hội (chưa rõ loại)", "btxh", False, ("bao tro xa hoi", "btxh")),
)  # fmt: skip

CATEGORIES: dict[str, Category] = {category.code: category for category in _ALL}
CATEGORIES["other"] = Category("other", "Loại khác", "other", False, ())


@lru_cache(maxsize=2048)
def recognise(text: str) -> Category | None:
    """The category that a list's words name, or None: "Thương binh hạng 2/4" → ncc."""
    words = f" {fold(text)} "
    for category in _ALL:
        if any(f" {sign} " in words for sign in category.signs):
            return category
    return None
