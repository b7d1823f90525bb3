"""Numbers in Vietnamese words: neutral forms that sound right in the north and in the south.

``mười lăm``, ``hai mươi mốt``, ``hai mươi bốn``, ``một trăm linh năm``, ``nghìn`` (not ngàn), ``tỷ``.
Everything here is pure; what a digit string *means* (year, phone, sum) is decided in ``audio.spoken``.
"""

from __future__ import annotations

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ("", "nghìn", "triệu")
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _group(value: int, full: bool) -> list[str]:
    """Words of 0–999. ``full``: hundreds are said even when they are zero (không trăm linh năm)."""
    hundreds, tens, units = value // 100, value // 10 % 10, value % 10
    words: list[str] = []
    if hundreds or full:
        words += [DIGITS[hundreds], "trăm"]
    if tens == 0:
        if units:
            words += (["linh"] if words else []) + [DIGITS[units]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units == 1 and tens > 1:
        words.append("mốt")
    elif units == 5:
        words.append("lăm")
    elif units:
        words.append(DIGITS[units])
    return words


def cardinal(value: int) -> str:
    """A whole number in words; negative ones begin with "âm"."""
    if value < 0:
        return f"âm {cardinal(-value)}"
    if value == 0:
        return DIGITS[0]
    billions, rest = divmod(value, 1_000_000_000)
    words = [cardinal(billions), "tỷ"] if billions else []
    for power in (2, 1, 0):
        group = rest // 1000**power % 1000
        if group:
            words += _group(group, full=bool(words))
            if SCALES[power]:
                words.append(SCALES[power])
    return " ".join(words)


def digit_by_digit(text: str) -> str:
    """Each digit by its name; other characters are passed over."""
    return " ".join(DIGITS[int(char)] for char in text if char.isdigit())


def plain(text: str) -> str:
    """A run of digits as a number; one that begins with zero, or is too long to follow, digit by digit."""
    if len(text) > 1 and text.startswith("0"):
        return digit_by_digit(text)
    return cardinal(int(text)) if len(text) <= 12 else digit_by_digit(text)


def decimal(whole: str, fraction: str, mark: str = "phẩy") -> str:
    """``18`` and ``05`` → mười tám phẩy không năm. Two digits are read together, more one by one."""
    together = len(fraction) <= 2 and not fraction.startswith("0")
    return f"{cardinal(int(whole))} {mark} {cardinal(int(fraction)) if together else digit_by_digit(fraction)}"


def ordinal(value: int) -> str:
    """After "thứ": nhất, hai, ba, tư, năm …"""
    return {1: "nhất", 4: "tư"}.get(value, cardinal(value))


def month(value: int) -> str:
    """After "tháng": một, hai, ba, tư …"""
    return "tư" if value == 4 else cardinal(value)


def roman(text: str) -> int | None:
    """The value of a well-formed Roman numeral, else None."""
    if not text or set(text) - set(ROMAN):
        return None
    total = 0
    for char, following in zip(text, [*text[1:], ""], strict=True):
        value = ROMAN[char]
        total += -value if following and ROMAN[following] > value else value
    return total if _to_roman(total) == text else None


def _to_roman(value: int) -> str:
    pairs = (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    )  # fmt: skip
    out = ""
    for amount, letters in pairs:
        while value >= amount:
            out, value = out + letters, value - amount
    return out
