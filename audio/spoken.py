"""The spoken form of a text: what a voice is given, so that nothing is left to its guessing.

    spoken("Họp 7h30 ngày 01/12/2026 tại UBND xã").text
    → "Họp bảy giờ ba mươi phút ngày một tháng mười hai năm hai nghìn không trăm hai mươi sáu tại Ủy ban nhân dân xã"

Rules run from the most particular to the most general (document numbers, dates, times, phones, units, numbers,
acronyms); each turns figures into words, so that no later rule sees them again. The check for leftovers comes last:
no digit and no acronym gets through; what cannot be read is spelled out, with a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TextIO

from audio import acronyms, words
from audio.calendar import read_dates, read_times
from audio.documents import read_documents
from audio.letters import read_acronyms, read_joined_acronyms, read_letters_with_digits, read_roman_numerals
from audio.numbers import cardinal, digit_by_digit, ordinal, plain, roman
from audio.phones import read_codes, read_phones
from audio.quantities import read_fractions, read_numbers, read_ranges_and_signs, read_scores, read_units
from audio.words import LOWER, UPPER


@dataclass(frozen=True)
class Spoken:
    """Text in words, and what the writer should look at (Vietnamese sentences)."""

    text: str
    warnings: tuple[str, ...] = ()


def spoken(text: str, own: Mapping[str, str] | None = None) -> Spoken:
    """The spoken form of ``text``; line breaks stay. Never raises for any text.

    ``own``: how a commune says a word of its own, written → said (``audio.pronounce``); goes before every rule.
    """
    warnings: list[str] = []
    lines = []
    for line in text.split("\n"):
        said, found = _read(_with_own(line, own) if own else line)
        lines.append(said)
        warnings += found
    return Spoken("\n".join(lines), tuple(dict.fromkeys(warnings)))


@lru_cache(maxsize=4096)  # a province's bulletins share most of their lines
def _read(line: str) -> tuple[str, tuple[str, ...]]:
    warnings: list[str] = []
    return unicodedata.normalize("NFC", _line(line, warnings)), tuple(warnings)


def _with_own(line: str, own: Mapping[str, str]) -> str:
    """The commune's own words put in; the longest first, whole words, as they are written there."""
    line = unicodedata.normalize("NFC", line)
    listed = "|".join(re.escape(word) for word in sorted(own, key=len, reverse=True))
    return re.sub(rf"(?<![\w])(?:{listed})(?![\w])", lambda m: own[m[0]], line)


def normalize_lines(stdin: TextIO, stdout: TextIO, stderr: TextIO, own: Mapping[str, str] | None = None) -> None:
    """Line by line from stdin to stdout; warnings, with their line's number, to stderr."""
    for number, line in enumerate(stdin, 1):
        result = spoken(line.rstrip("\r\n"), own)
        print(result.text, file=stdout)
        for warning in result.warnings:
            print(f"Dòng {number}: {warning}.", file=stderr)


def _line(line: str, warnings: list[str]) -> str:
    text = _clean(line)
    if not text:
        return ""
    text = _addresses_of_the_web(text, warnings)
    text = _phrases(text)
    text = read_joined_acronyms(text)
    text = _openings(text)
    text = read_documents(text, warnings)
    text = _roads_and_places(text)
    text = read_phones(text)
    text = read_scores(text)
    text = read_dates(text)
    text = read_times(text)
    text = read_codes(text)
    text = read_ranges_and_signs(text)
    text = read_units(text)
    text = read_fractions(text)
    text = read_roman_numerals(text)
    text = read_letters_with_digits(text, warnings)
    text = read_numbers(text)
    text = read_acronyms(text, warnings)
    text = _symbols(text)
    return _leftovers(text, warnings)


# --- Before reading ----------------------------------------------------------------------------


def _clean(text: str) -> str:
    text = re.sub(r"(?<=m)²", "2", text)
    text = re.sub(r"(?<=m)³", "3", text)
    text = re.sub("[º˚]", "°", text.replace("℃", "°C"))
    text = re.sub(r"(?<=\d)(?=[½¼¾⅓⅔])", " và ", text)
    text = re.sub(r"[ØøΦφ⌀]\s?(?=\d)", " phi ", text)
    for sign, same in (("₫", "đ"), ("Ð", "Đ"), ("№", "số ")):
        text = text.replace(sign, same)
    text = unicodedata.normalize("NFKC", text).replace("\N{FRACTION SLASH}", "/")
    text = re.sub("[\u2010-\u2015\u2212\u2043]", "-", text)
    text = re.sub("[\u2018\u2019\u2032\u00b4`]", "'", text)
    text = re.sub('[\u201c\u201d\u201e\u2033\u00ab\u00bb"]', " ", text)
    text = re.sub(r"(?<=\d)\s?(?:[-=]>|[→➔~])\s?(?=\d)", " đến ", text)
    text = re.sub(r"~\s?(?=\d)", " khoảng ", text)
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() and not "0" <= c <= "9" else c for c in text)
    return " ".join(text.split())


def _addresses_of_the_web(text: str, warnings: list[str]) -> str:
    def say(found: re.Match[str]) -> str:
        warnings.append(f"“{found[0]}” là địa chỉ mạng, được đọc từng phần; loa không nên đọc đường dẫn")
        address = re.sub(r"^https?://", "", found[0]).rstrip("/.,;")
        names = {".": "chấm", "/": "gạch chéo", "@": "a còng", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm"}
        said = []
        for piece in re.findall(r"[^\W\d_]+|\d+|.", address):
            if piece.isdigit():
                said.append(digit_by_digit(piece))
            elif piece.isalpha():
                readable = words.is_syllable(piece) or (words.has_vowel(piece) and len(piece) > 4)
                said.append(piece.lower() if readable else words.spell(piece))
            elif piece in names:
                said.append(names[piece])
        return " ".join(said)

    domain = r"(?:[a-z0-9-]+\.)+(?:vn|com|net|org|gov|edu|info|me|app)\b"
    return re.sub(rf"https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b{domain}(?:/\S*)?", say, text, flags=re.I)


_COMMUNE = re.compile(rf"^X\.\s?[{UPPER}][{LOWER}]")  # X. Tân Thành


def _openings(text: str) -> str:
    """The numbering or bullet at the head of a line."""
    text = re.sub(r"^[-+*•–·▪●►➢✓]+\s+", "", text)
    text = re.sub(
        r"^(\d{1,2})\s?(?:[.)]\s*(?=[^\W\d_])|[.)/]\s+)", lambda m: f"{cardinal(int(m[1])).capitalize()}. ", text
    )
    text = re.sub(r"^([a-zđ])\s?(?:[.)])\s+", lambda m: f"{words.spell(m[1]).capitalize()}. ", text)

    text = re.sub(r"(?<=[;.:,]\s)(\d{1,2}|[a-zđ])[/)]\s+", r"\1, ", text)

    def numeral(found: re.Match[str]) -> str:
        value = roman(found[1])
        return f"{cardinal(value).capitalize()}. " if value else found[0]

    text = re.sub(r"^([IVX]+)\s?(?:[.)/]|-\s)\s*(?=\D)", numeral, text) if not _COMMUNE.match(text) else text
    return text


def _phrases(text: str) -> str:
    text = re.sub(r"\bĐT\s*[.:]?\s*(?=[(+]?\s?(?:0|\+84|84|1[89]00|\d{7}))", "điện thoại ", text)
    for pattern, said in words.PHRASES:
        text = re.sub(pattern, said, text, flags=re.IGNORECASE if pattern.startswith((r"\bCOVID", r"\bwi")) else 0)
    signs = "|".join(words.SIGNATURES)
    text = re.sub(rf"\b({signs})\.\s*(?=[{UPPER}]{{2,}})", lambda m: f"{words.SIGNATURES[m[1]]} ", text)
    text = re.sub(
        rf"\b(KT|TM|TUQ|TL)\s+(?=(?:GIÁM|CHỦ|TRƯỞNG|BỘ|THỦ|BAN|ỦY|UBND|CHÁNH|VIỆN|HIỆU|BÍ|CHÍNH|TỔNG|[{UPPER}]+\s+ĐỐC))",
        lambda m: f"{words.SIGNATURES[m[1]]} ",
        text,
    )
    return re.sub(r"\b(KT|TUQ)\.", lambda m: words.SIGNATURES[m[1]], text)


_PLOT = r"(?:[Ll]ô|[Cc]ăn hộ|[Cc]ăn|[Pp]hòng|[Ôô]|[Tt]hửa|[Nn]ền|[Kk]i ốt|[Kk]iot|[Ss]ố|[Nn]hà)"  # lô B2-15
_FORM = r"mẫu(?: số| đơn)?|biểu(?: mẫu)?(?: số)?|tờ khai|phiếu"  # mẫu CT07


def _roads_and_places(text: str) -> str:
    def road(found: re.Match[str]) -> str:
        digits, letter = found[2], found[3]
        number = digit_by_digit(digits) if len(digits) == 3 or digits[0] == "0" else cardinal(int(digits))
        return f"{words.ROADS[found[1]]} {number}" + (f" {words.spell(letter)}" if letter else "")

    def coded(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[3])
        return f"{found[1]} {words.spell(found[2])} {digit_by_digit(digits) if digits[0] == '0' else digits}{found[4]}"

    def form(found: re.Match[str]) -> str:
        letter, issuer = found[3], found[4]
        said = acronyms.ACRONYMS.get(issuer) or words.spell(issuer)
        return f"{found[1]}{plain(found[2])}{f' {words.spell(letter)}' if letter else ''}, {said}"

    text = re.sub(
        rf"\b((?:{_FORM})\s+)(\d{{1,3}})([a-zđ]?)\s?[/-]\s?([A-ZĐƯ]{{2,6}})(?![\w/-])", form, text, flags=re.I
    )
    text = re.sub(rf"\b((?:{_FORM})\s+)([A-ZĐ]{{1,4}})[-.\s]?(\d{{1,3}})([a-zđ]?)\b", coded, text, flags=re.I)
    text = re.sub(r"\b(\d\d[A-Z][A-Z\d]?)\s?-\s?(\d{3})\.?(\d{2})\b", _plate, text)
    text = re.sub(rf"\b({_PLOT}\s+[A-ZĐ]{{1,3}}\d{{1,3}})\s?-\s?(?=\d)", r"\1 ", text)
    text = re.sub(r"\b[Kk][Mm]\s?(?=\d)(?![23]\b(?!\+|\s?(?:-|đến)\s?[Kk][Mm]))", "ki lô mét ", text)
    text = re.sub(r"(\b(?:[Kk]ỳ hạn|[Tt]hời hạn|[Bb]ảo hành|[Gg]ói)\s\d{1,2})T(?!\w)", r"\1 tháng", text)
    text = re.sub(r"(\d,\d+|\b(?:tải|xe|nặng|trọng)[^\d.;]{0,30}\d+)\s?T(?!\w)", r"\1 tấn", text)

    text = re.sub(rf"\b({'|'.join(words.ROADS)})[.\s-]?(\d{{1,3}})([A-Z]?)(?![\w/])", road, text)
    text = re.sub(r"\b(cao tốc|quốc lộ|tỉnh lộ|hương lộ|đường tỉnh|đường huyện) \1\b", r"\1", text, flags=re.I)
    text = re.sub(r"\b([Tt]hứ)\s+([1-7])(?!\d)", lambda m: f"{m[1]} {ordinal(int(m[2]))}", text)
    text = re.sub(r"\bT([2-7])(?=\s?[-,]\s?(?:T[2-7]|CN)|\b)(?![/\w])", lambda m: f"thứ {ordinal(int(m[1]))}", text)
    text = re.sub(r"(\b[Tt]hứ (?:hai|ba|tư|năm|sáu))\s?-\s?(?=[Tt]hứ|[Cc]hủ nhật|CN)", r"\1 đến ", text)
    marks = "|".join(sorted(words.PLACES, key=len, reverse=True))
    text = re.sub(
        rf"(?<![\w.])({marks})\.\s?(?=\d|[{UPPER}][{LOWER}])",
        lambda m: f"{words.PLACES[m[1]]} ",
        text,
    )
    return re.sub(r"(?<![\w.])(P|Q)(?=\d{1,2}\b)", lambda m: f"{words.PLACES[m[1]]} ", text)


def _plate(found: re.Match[str]) -> str:
    """49A-123.45 → bốn chín a, một hai ba, bốn năm."""
    series = " ".join(digit_by_digit(c) if c.isdigit() else words.spell(c) for c in found[1])
    return f"{series}, {digit_by_digit(found[2])}, {digit_by_digit(found[3])}"


# --- After reading ---


def _symbols(text: str) -> str:
    """Only letters and the punctuation that a voice understands remain."""
    text = re.sub(r"\bvà\s*/\s*hoặc\b", "và hoặc", text)
    text = re.sub(r"(?<=[^\W\d_])\s?/\s?(?=[^\W\d_])", " hoặc ", text)
    for sign, said in (("&", " và "), ("@", " a còng "), ("+", " cộng "), ("…", ". "), ("...", ". ")):
        text = text.replace(sign, said)
    text = re.sub(r"\s[-–]\s|\s?[()\[\]{}|]\s?|\s*->\s*|\s*→\s*", " , ", text)
    text = re.sub(r"(?<=\w)-(?=\w)", " ", text)
    return text


def _leftovers(text: str, warnings: list[str]) -> str:
    """The last net: nothing but letters, spaces and , . ; : ? ! ' gets out."""

    def digit(found: re.Match[str]) -> str:
        warnings.append(f"Số “{found[0]}” được đọc từng chữ số")
        return f" {digit_by_digit(found[0])} "

    def capitals(found: re.Match[str]) -> str:
        warnings.append(f"“{found[0]}” được đọc từng chữ cái")
        return f" {words.spell(found[0])} "

    text = re.sub(r"\d+", digit, text)
    text = re.sub(r"[A-ZĐĂÂÊÔƠƯ]{2,}", capitals, text)
    strange = sorted({c for c in text if not _sayable(c) and not c.isspace() and c not in "*_#~^=<>\\/-|–\"%$°→•·'"})
    if strange:
        warnings.append(f"Bỏ qua ký tự không đọc được: {' '.join(strange)}")
    text = "".join(c if _sayable(c) or c.isspace() else " " for c in text)
    text = re.sub(r"(?<!\w)'|'(?!\w)", " ", text)
    text = " ".join(text.split())
    text = re.sub(r"\s+([,.;:?!])", r"\1", text)
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]+(?=[.?!])", "", text)
    text = re.sub(r"([.?!])(?:\s*[.,;:])+", r"\1", text)
    text = re.sub(r"([,.;:?!])(?=[^\W\d_])", r"\1 ", text)
    return text.strip(" ,;")


_VIETNAMESE: Callable[[str], object] = re.compile(r"[A-Za-zĐđ]").match


def _sayable(char: str) -> bool:
    if char in ",.;:?!'":
        return True
    if not char.isalpha():
        return False
    return bool(_VIETNAMESE(words.bare(char) or " "))
