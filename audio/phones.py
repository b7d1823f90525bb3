"""Phones, hotlines and codes, digit by digit in groups: 0252 3 821 234, 1900 0368, 156, mã 22945.

A short number is a phone only where people are told to call it; "156 người" is a count.
"""

from __future__ import annotations

import re

from audio.numbers import digit_by_digit
from audio.words import spell

_CALL = re.compile(
    r"\b(?:gọi|điện thoại|tổng đài|đường dây nóng|hotline|số máy|đầu số|đt|sđt|liên hệ|nhắn|nhắn tin|máy lẻ|máy bàn|"
    r"trực ban|phản ánh|báo (?:cho|tới|đến|ngay|qua)|qua số|alo|fax|zalo)\b"
    r"[^\d.;]{0,60}(?:\d[\d .,-]*(?:hoặc|hay|và|,|/)\s*(?:số\s*)?)*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s*(?:người|hộ|thôn|xã|phường|ấp|khu|đồng|triệu|nghìn|tỷ|trăm|đ\b|vnđ|hồ sơ|trường hợp|lượt|cuộc|suất|buổi|ngày|"
    r"tháng|năm|giờ|phút|lần|cái|chiếc|phần|tin|"
    r"thẻ|tài khoản|%|[-/]\s?\d|k?m\b|km|kg|ha\b|m2|em\b|cháu|cụ\b|đảng viên)",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:cấp cứu|cứu thương|cứu h[ỏo][ảa]?|cứu hộ|chữa cháy|công an|cảnh sát|cứu nạn|trẻ em|lừa đảo|thiên tai)"
    r"\s*(?:số|:)?\s*$",
    re.IGNORECASE,
)
SHORT_NUMBERS = {"111", "112", "113", "114", "115", "116", "119", "156", "1022", "5656", "1080", "1090", "9090"}


def _grouped(text: str) -> str:
    """Digits one by one, with a pause (comma) where the writer grouped them, or every three or four."""
    groups = re.findall(r"\d+", text)
    if len(groups) == 1:
        digits = groups[0]
        heads = {10: (4, 3, 3), 11: (4, 1, 3, 3), 8: (4, 4), 9: (3, 3, 3), 12: (3, 3, 3, 3), 7: (3, 4)}
        sizes = heads.get(len(digits), (3,) * (len(digits) // 3) + (len(digits) % 3,)) if len(digits) > 5 else (5,)
        groups, at = [], 0
        for size in sizes:
            groups.append(digits[at : at + size])
            at += size
        if digits.startswith(("1800", "1900")) and len(digits) == 8:
            groups = [digits[:4], digits[4:]]
    else:
        groups = [part for group in groups for part in ((group[:-4], group[-4:]) if len(group) > 5 else (group,))]
    return ", ".join(digit_by_digit(group) for group in groups if group)


def read_phones(text: str) -> str:
    """Phones digit by digit in groups; short and 1800/1900 numbers too."""
    gap = r"[\s.-]?"

    def national(found: re.Match[str]) -> str:
        return f"cộng tám bốn, {_grouped(found[1])}"

    text = re.sub(rf"\+\s?84{gap}\(?0?\)?{gap}(\d(?:{gap}\d){{7,9}})(?!\d)", national, text)
    text = re.sub(rf"\(\+?84{gap}(\d{{1,3}}\){gap}\d(?:{gap}\d){{6,7}})(?!\d)", national, text)
    text = re.sub(rf"\(0\d{{1,3}}\){gap}\d(?:{gap}\d){{5,7}}(?!\d)", lambda m: _grouped(m[0]), text)

    def hotline(found: re.Match[str]) -> str:
        year = re.fullmatch(r"1[89]00\s?-\s?(?:1[5-9]|20)\d\d", found[0])
        if (year and not _CALL.search(text[: found.start()])) or re.match(r"\s?(?:đồng|đ\b)", text[found.end() :]):
            return found[0]
        return _grouped(found[0])

    text = re.sub(rf"(?<![\d.,/])1[89]00{gap}\d(?:{gap}\d){{2,5}}(?![\d/])(?!\.\d)", hotline, text)
    text = re.sub(rf"(?<![\d.,/+])0\d(?:{gap}\d){{7,10}}(?![\d/])", _dated_or_phone, text)

    def called(found: re.Match[str]) -> str:
        before, after = text[: found.start()], text[found.end() :]
        if _COUNTED.match(after):
            return found[0]
        alone = not before.strip() and not after.strip(" .!?") and found[0] in SHORT_NUMBERS
        served = found[0] in SHORT_NUMBERS and _SERVICE.search(before)
        return _grouped(found[0]) if alone or served or _CALL.search(before) else found[0]

    shapes = r"\d{3,5}|\d{7,8}|\d(?:[ .]\d{3}){2}|\d{3,4}[ .]\d{3,4}"
    return re.sub(rf"(?<![\d.,/:-])(?:{shapes})(?![\d/:h]|[.,]\d)", called, text)


def _dated_or_phone(found: re.Match[str]) -> str:
    """01.12.2026 and 01-12-2026 have the shape of a phone, but are dates."""
    if re.fullmatch(r"\d{2}([.-])\d{2}\1\d{4}", found[0]) or re.search(r"(?<!\d)0?\d-\d{1,2}-\d{4}$", found[0]):
        return found[0]
    return _grouped(found[0])


# Mã hồ sơ H56.12-261105-0012: letters and figures in three or more groups
_FILE = re.compile(
    r"(\b(?i:mã(?: (?:số|hồ sơ|tra cứu|biên nhận|giao dịch|định danh|thông báo|đơn hàng))*|(?:hồ sơ|biên nhận)(?: số)?)"
    r"\s*:?\s+)([A-ZĐ]{0,4}\d+[A-ZĐ]{0,2}(?:[.-][A-ZĐ]{0,4}\d+){2,}|[A-ZĐ]{1,4}\d+[.-][A-ZĐ]{0,4}\d+)(?![\w/-]|[.,]\d)"
)


def _parts_of_a_code(code: str) -> str:
    groups = [re.findall(r"\d|[^\W\d_]+", group) for group in re.split(r"[.-]", code)]
    return ", ".join(" ".join(digit_by_digit(p) if p.isdigit() else spell(p) for p in group) for group in groups)


def read_codes(text: str) -> str:
    """Numbers that only name something: mã 22945, biển số, số căn cước; and any run too long to be a count."""
    lead = (
        r"(\b(?:mã|mã số|mã xác thực|mã OTP|OTP|mật khẩu|mã PIN|PIN|biển số|số tài khoản|STK|căn cước|số căn cước|CCCD|"
        r"số CCCD|CMND|số CMND|số thẻ|mã xã|mã bưu chính|số định danh)(?:\s+(?:là|số|xã|phường))?\s*:?\s+)"
    )
    text = re.sub(rf"{lead}(\d[\d ]*\d)(?![\d/.,]\d)", lambda m: m[1] + _grouped(m[2]), text, flags=re.IGNORECASE)
    text = re.sub(_FILE, lambda m: m[1] + _parts_of_a_code(m[2]), text)
    text = re.sub(r"\b(Đề án(?: số)?\s+)(0\d)(?!\d|[/.,]\d)", lambda m: m[1] + digit_by_digit(m[2]), text, flags=re.I)
    return re.sub(
        r"(?<![\d.,])(?:\d{13,}|0\d{8,}|\d{9,12}(?!\s?(?:đ|vn|triệu|nghìn|tỷ|người)))(?![\d]|[.,]\d)",
        lambda m: m[0] if m[0].endswith("000") and len(m[0]) < 13 and m[0][0] != "0" else _grouped(m[0]),
        text,
    )
