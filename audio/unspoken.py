"""What a loudspeaker does not say: everybody hears it, so no person, no category, no sum, no link, nobody's number.

The live fields of a template are looked at more closely than words that an officer has written: those speak of the
allowances themselves ("vẫn nhận trợ cấp như hiện nay") and of the office's phone.
"""

from __future__ import annotations

import re

from audio.words import UPPER

_PERSON = re.compile(rf"\b(?i:ông|bà|anh|chị|cụ|em|cháu|đồng chí|đ/c)\s+(?!Con\b)[{UPPER}]\w*"), "tên người"
_SUM = (
    re.compile(r"\d\s?(?:đồng|đ\b|k\b|nghìn|ngàn|triệu|tỷ|vn[đd])|(?:đồng|triệu) bạc", re.IGNORECASE),
    "số tiền",
)
_LINK = re.compile(r"https?:|www\.|\.(?:vn|com|net|me|apk)\b|@", re.IGNORECASE), "đường dẫn"
_CATEGORIES = (
    r"đối tượng|hộ nghèo|cận nghèo|khuyết tật|tâm thần|người có công|thương binh|liệt sĩ|bảo trợ|mồ côi|đơn thân"
    r"|(?<!ô )nhiễm|người cao tuổi|HIV"
)
_NUMBER = re.compile(r"\b0[35789](?:[ .]?\d){8}\b|\b\d{12}\b"), "số di động hoặc số căn cước"
_IN_A_TEXT = (_PERSON, _SUM, _LINK, _NUMBER, (re.compile(_CATEGORIES, re.IGNORECASE), "loại đối tượng"))
_IN_A_FIELD = (
    _PERSON, (re.compile(rf"{_CATEGORIES}|nhiễm|trợ cấp", re.IGNORECASE), "loại đối tượng"), _SUM, _LINK,
)  # fmt: skip


def unfit_text(text: str, commune: str) -> tuple[str, str] | None:
    """What of a bulletin's words must not be heard: its kind, and the words; None where all may be.

    ``commune``: its full name, which may sound like a person's ("Phường Bà Rịa", "Xã Anh Sơn").
    """
    said = _without(text, commune)
    return next(((kind, found[0]) for pattern, kind in _IN_A_TEXT if (found := pattern.search(said))), None)


def unfit_field(text: str, commune: str) -> str:
    """The kind of what must not be heard in a live field; "" where all may be."""
    said = _without(text, commune)
    return next((kind for pattern, kind in _IN_A_FIELD if pattern.search(said)), "")


def _without(text: str, commune: str) -> str:
    return re.sub(rf"{re.escape(commune)}(?!\w)", " ", text, flags=re.IGNORECASE)
