"""The guard: takes secrets out of what a citizen typed, before anything is stored. Pure.

``guard(text)`` finds one-time codes, passcodes, passwords, card, account and identity numbers (also
spaced out, spelt in words, or in full-width digits), links and packages to install. It would rather
take out a harmless number than let a code pass; what people need to say is left: dates, hours, sums,
hotlines, phone numbers and our own link codes (XXXX-XXXX).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from content.words import fold, nfc

REMOVED = "[đã xóa]"

OTP, PASSCODE, PASSWORD = "otp", "passcode", "password"
CARD, ACCOUNT, ID, LINK, APK = "card", "account", "id", "link", "apk"


@dataclass(frozen=True)
class Guarded:
    """The text with every secret replaced by ``REMOVED``, and the kinds found, each once, in order."""

    text: str
    secrets: tuple[str, ...] = ()


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_TLD = "com|vn|net|org|info|xyz|top|cc|me|ly|io|shop|link|site|online|club|vip|app|biz|icu|live|click|tk|asia|page"
_LINKS = re.compile(
    rf"(?:h(?:tt|xx)ps?\s?:\s?/\s?/\S+|www\s?\.\s?\S+"
    rf"|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*(?:\.|\s?\[?\(?(?:dot|cham)\)?\]?\s?|\s\.\s?)(?:{_TLD})\b(?:/\S*)?"
    rf"|\b(?:bit|tinyurl|cutt|t)\s(?:ly|me)/\S+)"
)
_PACKAGES = re.compile(r"\S+\.(?:apk|xapk|apks|exe|mobileconfig|ipa)\b")

# What may stay although it has many digits. Longest first; matched on the folded text.
_KEEP = re.compile(
    r"(?<!\d)(?<!\d[ .-])(?:"
    r"\b\d{1,3}(?:[.,]\d{3})+(?:d\b|\s?(?:dong|vnd)\b)"  # 400.000 đồng; "482913 k biết" is no sum
    r"|\b\d{1,3}(?:[.,]\d{3})*[.,]000\b"  # 400.000
    r"|\b\d{1,4}(?:k|tr)\b|\b\d{1,4}\s?(?:nghin|ngan|trieu|ty|dong)\b|\b\d{1,7}00\s?(?:d|dong|vnd)\b"
    r"|\b(?:0?[1-9]|[12]\d|3[01])\s?[/.-]\s?(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:19|20)\d\d\b"  # 01/12/2026
    r"|\b(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?:/\d\d)?\b"
    r"|\b\d{1,4}(?:[./]\d{1,4})?/(?:\d{4}/)?(?:nq|nd|qd|tt|ct|kh|cv|tct|ubnd|bca|syt)[a-z0-9-]*"  # 418/NQ-CP
    r"|\bnam\s?(?:19|20)\d\d\b|\b(?:thang|ngay|mung|tuoi|lop|khu pho|to|ap|thon|nha so|so nha)\s?\d{1,4}\b"
    r"(?![\s./-]*\d)"
    r"|\b\d{1,3}\s?(?:tuoi|nam|thang|ngay|nguoi|con|gio|phut)\b"
    r"|\b\d{1,2}\s?(?:h|g|gio|:)\s?\d{0,2}\b"  # 8h30
    r"|\b1900[ .]?\d{4}\b(?![ .-]?\d)|\b1800[ .]?\d{4,6}\b(?![ .-]?\d)|\b069[ .]?\d{7}\b(?![ .-]?\d)"
    r")"
)
_PHONE = re.compile(r"(?<!\d)(?<!\d[ .-])(?:(?:\+?84|0)[ .-]?(?:[35789](?:[ .-]?\d){8}|2(?:[ .-]?\d){9}))(?![ .-]?\d)")
_LINK_CODE = re.compile(r"\b(?=[2-9A-HJ-KM-NP-Z-]*[A-Z])[2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4}\b")
_DAY = re.compile(r"^(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")

_DIGIT_WORDS = "khong|mot|mots|hai|ba|bon|tu|nam|lam|sau|bay|bai|tam|chin|linh|le"
_NUMERALS: tuple[tuple[str, ...], ...] = (("khong", "linh", "le"), ("mot", "mots"), ("hai",), ("ba",), ("bon", "tu"))
_NUMERALS += (("nam", "lam"), ("sau",), ("bay", "bai"), ("tam",), ("chin",))
_DIGIT = {word: str(value) for value, words in enumerate(_NUMERALS) for word in words}
# A run: digits or digit words with at most three signs (spaces, dots, dashes, key-cap marks) between.
# A comma joins single digits and words only: "156, 113, 5656" is a list of hotlines.
_BETWEEN = r"(?:[^\w\n,;]{0,3}|(?<=\b\d),\s?(?=\d\b)|(?<=[a-z]),\s?(?=[a-z]))"
_RUN = re.compile(rf"(?:\d|\b(?:{_DIGIT_WORDS})\b)(?:{_BETWEEN}(?:\d|\b(?:{_DIGIT_WORDS})\b))*")
_PIECE = re.compile(rf"\d|{_DIGIT_WORDS}")

_ABOUT_CODE = re.compile(
    r"otp|\bo t p\b|\bma xac (?:thuc|nhan|minh)\b|\bma (?:so )?(?:gui|ve|nhan)\b|\bsms\b|\bma bao mat\b|\bma so\b"
    r"|\bma\b(?=\s*(?::|=|la\b|cua\b|do\b|day\b|ne\b|kich hoat\b|\d))"  # "mà" is common: alone it says nothing
)
_ABOUT_PASSCODE = re.compile(r"\b(?:passcode|pass code|pascode|ma pin|pin|mat khau 6 so|ma 6 so)\b")
_ABOUT_PASSWORD = re.compile(r"\b(?:mat khau|password|pass|mk|matkhau)\b")
_ABOUT_ACCOUNT = re.compile(
    r"\b(?:stk|so tk|so tai khoan|tai khoan(?: ngan hang)? (?:so|la|cua)|so tkhoan|tk so|tk la|tk)\b|stk"
)
_ABOUT_CARD = re.compile(r"\b(?:so the|the (?:atm|visa|tin dung|ngan hang)|cvv)\b")
_ABOUT_ID = re.compile(r"\b(?:cccd|cmnd|cmt|can cuoc|chung minh|dinh danh)\b")
_ABOUT_PHONE = re.compile(r"\b(?:sdt|dien thoai|so dt|goi|alo|lien he|so may)\b")

_SAID_PASSWORD = re.compile(
    r"\b(?:mat khau|matkhau|password|passcode|pass|mk|pin)\b"
    r"(?:\s(?:vneid|cua|toi|tui|em|minh|chau|ba|ong|may|dang nhap|moi|cu|day|do|ngan hang|app))*"
    r"\s*(?:\bla\b|:|=|->)\s*"
    r"(?!(?:gi|j|chi|sao|the nao|cai gi|bao nhieu|quen|khong|ko|k|chua|phai|bi|sai|so may|mat|may so|ma)\b)"
    r"([^,;\n]{3,40})"
)
_BARE_PASSWORD = re.compile(
    r"\b(?:mat khau|matkhau|password|pass|mk)\s+(?:(?:vneid|cua|toi|tui|em|minh|ba|ong|moi|app)\s+)*"
    r"(?=\S*\d)(?=\S*[a-z@#$%!&*])([^\s,;]{5,40})"
)


def guard(text: str) -> Guarded:
    """Take every secret out of ``text`` (any length, any Unicode form). The result is NFC.

    Guarding twice changes nothing more.
    """
    clean = _INVISIBLE.sub("", nfc(text))
    seen = _readable(clean)
    found = sorted(_spans(clean, seen))
    parts: list[str] = []
    kinds: list[str] = []
    last = 0
    for start, end, kind in found:
        if start < last:  # inside a span already taken out
            continue
        parts += [clean[last:start], REMOVED]
        kinds.append(kind)
        last = end
    parts.append(clean[last:])
    return Guarded("".join(parts), tuple(dict.fromkeys(kinds)))


def _readable(text: str) -> str:
    """Folded text of the same length, every kind of digit as ASCII, a letter O between digits as zero."""
    folded = fold(text)
    plain = "".join(str(unicodedata.digit(char)) if unicodedata.digit(char, -1) >= 0 else char for char in folded)
    return re.sub(r"(?<=\d)o+(?=\d)", lambda match: "0" * len(match.group()), plain)


def _spans(text: str, seen: str) -> Iterator[tuple[int, int, str]]:
    for match in _PACKAGES.finditer(seen):
        yield match.start(), match.end(), APK
    for match in _LINKS.finditer(seen):
        yield match.start(), match.end(), LINK
    for pattern in (_SAID_PASSWORD, _BARE_PASSWORD):
        for match in pattern.finditer(seen):
            if REMOVED not in text[match.start(1) : match.end(1)] and not _is_question(match.group(1)):
                start, end = match.span(1)
                yield start, start + len(seen[start:end].rstrip()), PASSWORD
    yield from _numbers(text, seen)


def _is_question(words: str) -> bool:
    return words.rstrip().endswith("?") or bool(re.search(r"\b(?:quen|gi|the nao|o dau|lam sao)\b", words))


def _numbers(text: str, seen: str) -> Iterator[tuple[int, int, str]]:
    kept = [match.span() for pattern in (_KEEP,) for match in pattern.finditer(seen)]
    kept += [match.span() for match in _LINK_CODE.finditer(text)]
    about_account = bool(_ABOUT_ACCOUNT.search(seen))
    about_secret = about_account or any(
        pattern.search(seen) for pattern in (_ABOUT_CODE, _ABOUT_PASSCODE, _ABOUT_PASSWORD, _ABOUT_CARD, _ABOUT_ID)
    )
    if not about_secret or (_ABOUT_PHONE.search(seen) and not about_account):
        kept += [match.span() for match in _PHONE.finditer(seen)]
    hidden = list(seen)
    for start, end in kept:
        hidden[start:end] = "\n" * (end - start)
    masked = "".join(hidden)
    for match in _RUN.finditer(masked):
        pieces = _PIECE.findall(match.group())
        digits = "".join(_DIGIT.get(piece, piece) for piece in pieces)
        spelt = sum(piece in _DIGIT for piece in pieces)
        kind = _kind(digits, spelt, seen, alone=len(match.group()) == len(seen.strip()))
        if kind:
            yield match.start(), match.end(), kind


def _kind(digits: str, spelt: int, seen: str, *, alone: bool) -> str:
    """What a run of digits is, or "" when it may stay. ``spelt``: how many of them were words."""
    size = len(digits)
    if size < 4 or (spelt and size < 5 and not _ABOUT_CODE.search(seen)):
        return ""
    if _ABOUT_PASSCODE.search(seen) and size <= 8:
        return PASSCODE
    if size == 6:
        return PASSWORD if _ABOUT_PASSWORD.search(seen) else OTP
    if size < 9:
        if not spelt and (_DAY.match(digits) or _YEAR.match(digits)) and not _ABOUT_CODE.search(seen):
            return ""
        if _ABOUT_PASSWORD.search(seen):
            return PASSWORD
        if _ABOUT_ACCOUNT.search(seen) and size >= 6:
            return ACCOUNT
        if _ABOUT_CODE.search(seen) or alone:
            return OTP
        return ACCOUNT if size >= 7 else ""
    if _ABOUT_CARD.search(seen):
        return CARD
    if _ABOUT_ACCOUNT.search(seen):
        return ACCOUNT
    if 13 <= size <= 19 and _luhn(digits):
        return CARD
    return ID if size in (9, 12) or _ABOUT_ID.search(seen) else ACCOUNT


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
