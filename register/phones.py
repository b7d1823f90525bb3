"""Phones: what stands in a list's phone cell, as a number that can be called, or none."""

from __future__ import annotations

import re

from register.oddities import Oddity
from register.words import fold, plain

OLD_PREFIXES = {  # 11-digit mobile numbers became 10-digit ones, 15/9–14/11/2018 (QĐ 798/QĐ-BTTTT)
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
OLD_AREAS = {  # area codes changed 11/2, 15/4 and 17/6/2017 (QĐ 2036/QĐ-BTTTT năm 2016)
    "022": "0212", "0231": "0213", "020": "0214", "0230": "0215", "029": "0216", "052": "0232", "053": "0233",
    "054": "0234", "0510": "0235", "0511": "0236", "037": "0237", "038": "0238", "039": "0239", "033": "0203",
    "0240": "0204", "025": "0205", "026": "0206", "027": "0207", "0280": "0208", "0281": "0209", "0320": "0220",
    "0321": "0221", "0241": "0222", "031": "0225", "0351": "0226", "036": "0227", "0350": "0228", "030": "0229",
    "0780": "0290", "0781": "0291", "0710": "0292", "0711": "0293", "074": "0294", "076": "0296", "077": "0297",
    "079": "0299", "04": "024", "08": "028", "061": "0251", "062": "0252", "064": "0254", "055": "0255",
    "056": "0256", "057": "0257", "058": "0258", "068": "0259", "060": "0260", "0501": "0261", "0500": "0262",
    "063": "0263", "059": "0269", "070": "0270", "0651": "0271", "072": "0272", "073": "0273", "0650": "0274",
    "075": "0275", "066": "0276", "067": "0277",
}  # fmt: skip
_MOBILE = re.compile(r"0[35789]\d{8}")
# In use by a mobile network: where an old landline would read the same (033, 038, 076 …) it is the mobile.
_SURELY_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
_LANDLINE = re.compile(r"02\d{9}")
# Ten digits are an old landline only where they begin as most do: 3 or 6 behind the area code.
_OLD_LANDLINE = re.compile(
    r"(0[235679]\d)[36]\d{6}|(0(?:23[01]|24[01]|28[01]|32[01]|35[01]|50[01]|51[01]|65[01]|71[01]|78[01]))[2-8]\d{6}"
    r"|(0[48])[2-8]\d{7}"
)
_SERVICE = re.compile(r"(?:1[89]00\d{4,6}|11[1-9]|156|1022)")
_NONE_WORDS = {"khong", "khong co", "khong co sdt", "khong co dt", "khong co dien thoai", "khong dung", "khong su dung",
               "ko", "ko co", "k", "k co", "chua co", "chua", "0", "x", "n a", "na", ""}  # fmt: skip
# One number, however it is grouped: 0912 345 678, (0252) 3.821.234, +84-912-345-678.
_NUMBER = re.compile(r"(?:\+|\(\+)?\(?\d[\d\s.\-()]*\d")
_PHONE_BAD = Oddity("phone_bad", "Số điện thoại không dùng được, đã để trống. Hãy hỏi lại người dân.")
_PHONE_SERVICE = Oddity("phone_service", "Đây là số tổng đài 1900/1800, không phải số của người dân: đã để trống.")
_PHONE_SEVERAL = Oddity("phone_several", "Ô có nhiều số điện thoại: đã lấy số đầu tiên dùng được.")


def phone(value: object) -> tuple[str, Oddity | None]:
    """A Vietnamese number as "0…" (mobile or landline), or "" with or without a warning."""
    text = plain(value)
    if len(text) == 10 and _SURELY_MOBILE.fullmatch(text):
        return text, None
    if not text or fold(text) in _NONE_WORDS:
        return "", None
    if isinstance(value, (int, float)) or not re.search(r"[^\d\s.+()-]", text):
        whole = _called(text)
        if whole:
            return whole, None
    numbers = [number for part in re.split(r"[/;,\n|]| - ", text) for number in _numbers(part)]
    numbers = list(dict.fromkeys(numbers))
    if numbers:
        return numbers[0], _PHONE_SEVERAL if len(numbers) > 1 else None
    return "", _PHONE_SERVICE if _SERVICE.fullmatch(re.sub(r"\D", "", text)) else _PHONE_BAD


def _numbers(text: str) -> list[str]:
    """The numbers in a piece of text; two that are written together are told apart."""
    found: list[str] = []
    for run in _NUMBER.findall(text):
        whole = _called(run)
        if whole:
            found.append(whole)
            continue
        for size in (10, 11):  # 0912345678 0987654321
            digits = re.sub(r"\D", "", run)
            pair = [_called(digits[:size]), _called(digits[size:])]
            if all(pair):
                found += pair
                break
        else:
            found += [number for piece in run.split() if (number := _called(piece))]
    return found


def _called(text: str) -> str:
    digits = re.sub(r"[\s.\-()+]", "", text)
    if not (digits.isascii() and digits.isdigit()) or _SERVICE.fullmatch(digits):
        return ""
    candidates = [digits, "0" + digits]
    if digits.startswith(("84", "0084")):
        rest = digits.removeprefix("00").removeprefix("84")
        candidates += [rest, "0" + rest]
    for candidate in candidates:
        if len(candidate) == 11 and candidate[:4] in OLD_PREFIXES:
            candidate = OLD_PREFIXES[candidate[:4]] + candidate[4:]
        if not _SURELY_MOBILE.fullmatch(candidate):
            candidate = _with_new_area(candidate)
        if _MOBILE.fullmatch(candidate) or _LANDLINE.fullmatch(candidate):
            return candidate
    return ""


def _with_new_area(digits: str) -> str:
    """A landline from before 2017 under today's area code: 062 3821234 → 0252 3821234; any other as it is."""
    old = _OLD_LANDLINE.fullmatch(digits)
    area = next(filter(None, old.groups())) if old else ""
    return OLD_AREAS[area] + digits[len(area) :] if area in OLD_AREAS else digits
