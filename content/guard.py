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
_SPELT_TLD = "com|vn|net|org|info|xyz"  # after "chấm" or a spaced dot; "chậm app" and "xong . top" are no links
_LINKS = re.compile(
    rf"(?:h(?:tt|xx)ps?\s?:\s?/\s?/\S+|www\s?\.\s?\S+"
    rf"|(?<![a-z0-9-])(?<![a-z0-9]\.)[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*"
    rf"(?:(?:\.|[\[(]\s?\.\s?[\])])(?:{_TLD})|\s?[\[(]?(?:dot|cham|\.)[\])]?\s?(?:{_SPELT_TLD})|\s\.\s(?:{_SPELT_TLD}))"
    rf"\b(?:/\S*)?"
    rf"|\b(?:bit|tinyurl|cutt|t)\s(?:ly|me)/\S+)"
)
_PACKAGES = re.compile(
    r"(?<!\S)\S+(?:\.|\s?\.\s?(?=x?apk)|\s(?:cham|dot)\s(?=x?apk))(?:apk|xapk|apks|exe|mobileconfig|ipa)\b"
)

# What may stay although it has many digits. Longest first; matched on the folded text.
_KEEP = re.compile(
    r"(?<!\d)(?<!\d[ .-])(?:"
    r"\b\d{1,3}(?:[.,]\d{3})+(?:d\b|\s?(?:dong|vnd)\b)"  # 400.000 đồng; "482913 k biết" is no sum
    r"|\b\d{1,3}(?:[.,]\d{3})*[.,]000\b"  # 400.000
    r"|\b\d{1,4}(?:k|tr)\b|\b\d{1,4}\s?(?:nghin|ngan|trieu|ty|dong)\b|\b\d{1,7}00\s?(?:d|dong|vnd)\b"
    r"|\b(?:0?[1-9]|[12]\d|3[01])\s?[/.-]\s?(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:19|20)\d\d\b"  # 01/12/2026
    r"|\b(?:so nha|nha so|nha|hem|ngo|kiet|ngach)\s?\d{1,4}(?:/\d{1,4}){1,3}\b(?!/)"
    r"|\bnam (?:mot chin|hai khong) (?:[a-z]+ )?[a-z]+\b"  # năm một chín bốn lăm
    r"|(?<![\d/])(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?:/\d\d)?\b(?!/)"
    r"|\b\d{1,4}(?:[./]\d{1,4})?/(?:\d{4}/)?(?:nq|nd|qd|tt|ct|kh|cv|tct|ubnd|bca|syt)[a-z0-9-]*"  # 418/NQ-CP
    r"|\bnam\s?(?:19|20)\d\d\b|\b(?:thang|ngay|mung|tuoi|lop|khu pho|to|ap|thon|nha so|so nha)\s?\d{1,4}\b"
    r"(?![\s./-]*\d)"
    r"|\b\d{1,3}\s?(?:tuoi|nam|thang|ngay|nguoi|con|gio|phut)\b"
    r"|\b\d{1,2}\s?(?:h|g|gio|:)\s?\d{0,2}\b"  # 8h30
    r"|\b(?:111|113|114|115|156|5656)\b(?![ .-]?\d)"
    r"|\b1900[ .]?\d{4}\b(?![ .-]?\d)|\b1800[ .]?\d{4,6}\b(?![ .-]?\d)|\b069[ .]?\d{7}\b(?![ .-]?\d)"
    r")"
)
_PHONE = re.compile(r"(?<!\d)(?<!\d[ .-])(?:(?:\+?84|0)[ .-]?(?:[35789](?:[ .-]?\d){8}|2(?:[ .-]?\d){9}))(?![ .-]?\d)")
_LINK_CODE = re.compile(  # typed in small letters too, then with two of them at least
    r"\b(?=[2-9A-HJ-KM-NP-Z-]*[A-Z])[2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4}\b"
    r"|\b(?=(?:[\d-]*[a-z]){2})[2-9a-hj-km-np-z]{4}-[2-9a-hj-km-np-z]{4}\b"
)
_DAY = re.compile(r"^(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")

_NUMERALS = ["khong linh le", "mots mot muoi", "hai", "ba", "bon tu", "nam lam", "sau", "bay bai", "tam", "chin"]
_DIGIT = {word: str(value) for value, words in enumerate(_NUMERALS) for word in words.split()}
_DIGIT_WORDS = "|".join(_DIGIT)
# A run: digits or digit words with at most three signs (spaces, dots, dashes, key-cap marks) between.
# A comma joins single digits and words only: "156, 113, 5656" is a list of hotlines.
_BETWEEN = r"(?:(?:[^\w\n,;]|_){0,3}|(?<=\d),(?=\d)|(?<=\b\d),\s?(?=\d\b)|(?<=[a-z]),\s?(?=[a-z]))"
_RUN = re.compile(rf"(?:\d|\b(?:{_DIGIT_WORDS})\b)(?:{_BETWEEN}(?:\d|\b(?:{_DIGIT_WORDS})\b))*")
# "482 rồi 913": short pieces told one after the other, with small words between. A year is no piece.
_PART = rf"(?:\b(?!(?:19|20)\d\d\b)\d{{1,5}}\b|\b(?:{_DIGIT_WORDS})\b)"
_TOLD = r"(?:[^\w\n]{1,3}(?:roi|toi|tiep|theo|xong|voi|va|so|cuoi|dau|den)){0,3}[^\w\n]{1,3}"
_TOLD_RUN = re.compile(rf"{_PART}(?:{_TOLD}{_PART})+")
_PIECE = re.compile(rf"\d|{_DIGIT_WORDS}")

_ABOUT_CODE = re.compile(
    r"otp|\bo t p\b|\bma xac (?:thuc|nhan|minh)\b|\bma (?:so )?(?:gui|ve|nhan)\b|\bsms\b|\bma bao mat\b|\bma so\b"
    r"|\bso bi mat\b|\bcvv\b"
    r"|\bma\b(?=\s*(?::|=|la\b|cua\b|do\b|day\b|ne\b|kich hoat\b|\d))"  # "mà" is common: alone it says nothing
)
_ABOUT_PASSCODE = re.compile(r"\b(?:passcode|pass code|pascode|ma pin|pin|mat khau 6 so|ma 6 so)\b")
_ABOUT_PASSWORD = re.compile(r"\b(?:mat khau|password|pass|mk|matkhau)\b")
_ABOUT_ACCOUNT = re.compile(
    r"\b(?:stk|so tk|so tai khoan|momo|zalopay|viettel money|vnpt money"
    r"|tai khoan(?: ngan hang)? (?:so|la|cua)|so tkhoan|tk so|tk la|tk)\b|stk"
)
_ABOUT_CARD = re.compile(r"\b(?:so the|the (?:atm|visa|tin dung|ngan hang)|cvv)\b")
_CVV_DIGITS = rf"\d{{3,4}}|(?:{_DIGIT_WORDS})(?:\W{{1,3}}(?:{_DIGIT_WORDS})){{2,3}}"
_CVV = re.compile(rf"\b(?:cvv|cvc|csc)\D{{0,12}}?\b({_CVV_DIGITS})\b")
# "bốn trăm tám mươi hai nghìn chín trăm mười ba": a code read out as one number. A sum says of what.
_SCALES = "tram|nghin|ngan|trieu|muoi|chuc|le|linh|ruoi"
_READ_OUT = re.compile(rf"\b(?:{_DIGIT_WORDS}|\d{{1,3}})(?:\s(?:{_DIGIT_WORDS}|{_SCALES}|\d{{1,3}})){{3,}}\b")
_SCALE = re.compile(r"\b(?:tram|nghin|ngan)\b")
_OF_WHAT = re.compile(r"\s(?:dong|d|vnd|tien|nguoi|ho|cai|lan)\b")
_ABOUT_ID = re.compile(r"\b(?:cccd|cmnd|cmt|can cuoc|chung minh|dinh danh)\b")
_ABOUT_PHONE = re.compile(r"\b(?:sdt|dien thoai|so dt|goi|alo|lien he|so may)\b")

_SAID_PASSWORD = re.compile(
    r"\b(?:mat khau|matkhau|password|passcode|pass|mk|pin)\b"
    r"(?:\s(?:vneid|cua|toi|tui|em|minh|chau|ba|ong|may|dang nhap|moi|cu|day|do|ngan hang|app|con|dat|ne|nha))*"
    r"\s*(?:\bla\b|:|=|->)\s*"
    r"(?!\s|(?:gi|j|chi|sao|the nao|cai gi|cai nao|bao nhieu|quen|khong|ko|k|chua|phai|bi|sai|so may|mat|may so"
    r"|ma|mk)\b)"
    r"([^,;\n]{3,40})"
)
_BARE_PASSWORD = re.compile(
    r"\b(?:mat khau|matkhau|password|pass|mk)\s+(?:(?:vneid|cua|toi|tui|em|minh|ba|ong|moi|app)\s+)*"
    r"(?=\S*\d)(?=\S*[a-z@#$%!&*])([^\s,;]{5,40})"
)
# "mk hoamai" and nothing else: one token of two or more syllables is no Vietnamese word.
_ONLY_PASSWORD = re.compile(
    r"^\W*(?:mat khau|matkhau|password|pass|mk)\s+(?:(?:vneid|cua|toi|tui|em|minh|ba|ong|con|ne|day)\s+)*"
    r"(?!(?:zalo|zalopay|wifi|facebook|gmail|email|momo|iphone|telegram|internet|passcode|password)\b|\w*bank\b)"
    r"([a-z]*[aeiouy][b-df-hj-np-tv-z]+[aeiouy][a-z]*)(?:\s+(?:nhe|nha|do|a|con|ne|nghe))*\W*$"
)
# Beside another secret, a token of letters and digits is a password rather than a word.
_BESIDE = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*\d\S*\d)(?=[^-]{6})[^\s,;:()\[\]]{6,40}(?!\S)")


_FULL_STOPS = str.maketrans("。．", "..")
_LOOKS = str.maketrans("oil", "011")
_LETTER_DIGITS = re.compile(r"(?<=\d)[oil]+(?=\d)|\b[oil](?=\d{5})|(?<=\d{5})[oil]\b")


def guard(text: str) -> Guarded:
    """Take every secret out of ``text`` (any length, any Unicode form). The result is NFC.

    Guarding twice changes nothing more.
    """
    if not text:  # a pressed button
        return Guarded("")
    clean = _INVISIBLE.sub("", nfc(text))
    seen = _readable(clean)
    found = sorted(_spans(clean, seen))
    if found and not {kind for *_, kind in found} <= {LINK, APK}:
        found = sorted([*found, *_beside(clean, seen, found)])
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
    plain = folded if folded.isascii() else "".join(map(_digit, folded))
    return _LETTER_DIGITS.sub(lambda match: match.group().translate(_LOOKS), plain.translate(_FULL_STOPS))


def _digit(char: str) -> str:
    return str(unicodedata.digit(char, char))


def _spans(text: str, seen: str) -> Iterator[tuple[int, int, str]]:
    for match in _PACKAGES.finditer(seen):
        yield match.start(), match.end(), APK
    for match in _LINKS.finditer(seen):
        yield match.start(), match.end(), LINK
    for match in _CVV.finditer(seen):
        yield *match.span(1), CARD
    for pattern in (_SAID_PASSWORD, _BARE_PASSWORD, _ONLY_PASSWORD):
        for match in pattern.finditer(seen):
            if REMOVED not in text[match.start(1) : match.end(1)] and not _is_question(match.group(1)):
                start, end = match.span(1)
                yield start, start + len(seen[start:end].rstrip()), PASSWORD
    yield from _numbers(text, seen)


def _beside(text: str, seen: str, found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Tokens of letters and digits near a secret; one that holds a secret goes whole, under its name."""
    kept = [match.span() for match in _LINK_CODE.finditer(text)] + [match.span() for match in _KEEP.finditer(seen)]
    for match in _BESIDE.finditer(seen):
        start, end = match.span()
        if not any(a < end and start < b for a, b in kept) and REMOVED not in text[start:end]:
            yield start, end, next((kind for a, b, kind in found if a < end and start < b), PASSWORD)


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
    if any(pattern.search(seen) for pattern in (_ABOUT_CODE, _ABOUT_PASSCODE, _ABOUT_PASSWORD)):
        for match in _READ_OUT.finditer(seen):
            if _SCALE.search(match.group()) and not _OF_WHAT.match(seen, match.end()):
                yield match.start(), match.end(), OTP
                masked = masked[: match.start()] + "\n" * len(match.group()) + masked[match.end() :]
    for match in _RUN.finditer(masked):
        digits, spelt = _digits(match.group())
        kind = _kind(digits, spelt, seen, alone=len(match.group()) == len(seen.strip()))
        if kind:
            yield match.start(), match.end(), kind
            masked = masked[: match.start()] + "\n" * len(match.group()) + masked[match.end() :]
    for match in _TOLD_RUN.finditer(masked):
        digits, spelt = _digits(match.group())
        if len(digits) >= 6:
            yield match.start(), match.end(), _kind(digits, spelt, seen, alone=True) or OTP


def _digits(run: str) -> tuple[str, int]:
    """The digits of a run, and how many of them were words."""
    pieces = _PIECE.findall(run)
    return "".join(_DIGIT.get(piece, piece) for piece in pieces), sum(piece in _DIGIT for piece in pieces)


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
