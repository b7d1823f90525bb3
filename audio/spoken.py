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

from audio import words
from audio.calendar import read_dates, read_times
from audio.documents import read_documents
from audio.letters import read_acronyms, read_letters_with_digits, read_roman_numerals
from audio.numbers import cardinal, decimal, digit_by_digit, ordinal, plain, roman
from audio.phones import read_codes, read_phones
from audio.words import LOWER, UPPER

NUMBER = r"\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)*"


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
    text = _openings(text)
    text = read_documents(text, warnings)
    text = _roads_and_places(text)
    text = read_phones(text)
    text = read_dates(text)
    text = read_times(text)
    text = read_codes(text)
    text = _ranges_and_signs(text)
    text = _units(text)
    text = _fractions(text)
    text = read_roman_numerals(text)
    text = read_letters_with_digits(text, warnings)
    text = _numbers(text)
    text = read_acronyms(text, warnings)
    text = _symbols(text)
    return _leftovers(text, warnings)


# --- Before reading ----------------------------------------------------------------------------


def _clean(text: str) -> str:
    text = re.sub(r"(?<=m)²", "2", text)
    text = re.sub(r"(?<=m)³", "3", text)
    text = re.sub("[º˚]", "°", text.replace("℃", "°C"))
    text = re.sub(r"(?<=\d)(?=[½¼¾⅓⅔])", " và ", text)
    for sign, same in (("₫", "đ"), ("Ð", "Đ"), ("№", "số ")):
        text = text.replace(sign, same)
    text = unicodedata.normalize("NFKC", text).replace("\N{FRACTION SLASH}", "/")
    text = re.sub("[\u2010-\u2015\u2212\u2043]", "-", text)
    text = re.sub("[\u2018\u2019\u2032\u00b4`]", "'", text)
    text = re.sub('[\u201c\u201d\u201e\u2033\u00ab\u00bb"]', " ", text)
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


_FORM = r"mẫu(?: số| đơn)?|biểu(?: mẫu)?(?: số)?|tờ khai|phiếu"  # mẫu CT07


def _roads_and_places(text: str) -> str:
    def road(found: re.Match[str]) -> str:
        digits, letter = found[2], found[3]
        number = digit_by_digit(digits) if len(digits) == 3 or digits[0] == "0" else cardinal(int(digits))
        return f"{words.ROADS[found[1]]} {number}" + (f" {words.spell(letter)}" if letter else "")

    def coded(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[3])
        return f"{found[1]} {words.spell(found[2])} {digit_by_digit(digits) if digits[0] == '0' else digits}{found[4]}"

    text = re.sub(rf"\b((?:{_FORM})\s+)([A-ZĐ]{{1,4}})[-.\s]?(\d{{1,3}})([a-zđ]?)\b", coded, text, flags=re.I)
    text = re.sub(r"\b(\d\d[A-Z][A-Z\d]?)\s?-\s?(\d{3})\.?(\d{2})\b", _plate, text)
    text = re.sub(r"\b[Kk][Mm]\s?(?=\d)(?![23]\b(?!\+))", "ki lô mét ", text)
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


# --- Quantities --------------------------------------------------------------------------------


def _ranges_and_signs(text: str) -> str:
    """3-4 → 3 đến 4; a minus is one only when it is glued to its number and follows none."""
    text = re.sub(r"(\b[Tt][ỷỉ] số\s+\d+)\s?-\s?(?=\d)", r"\1 ", text)
    text = re.sub(r"(?<![\d-])\d+(?:-\d+){2,}(?![\d-])", lambda m: m[0].replace("-", " "), text)  # NPK 16-16-8
    text = re.sub(
        r"(?<![\d-])(\d+(?:[.,]\d+)*\s?(?:%|°C?|đ|k|tr|triệu|nghìn|tỷ|kg|km|m2|m|ha|giờ|phút|tuổi)?)\s?-\s?(?=\d)",
        r"\1 đến ",
        text,
    )
    text = re.sub(r"(\b[^\W\d_]+) (\d+)\s-\s(?=\1 \d)", r"\1 \2 đến ", text)
    text = re.sub(r"(?<![\w)])-(?=\d)", "âm ", text)
    text = re.sub(r"(?<!\w)\+\s?(?=\d)", "cộng ", text)
    text = re.sub(r"(?<=\d)\s?[x×]\s?(?=\d)|(?<=\s)[x×]\s?(?=\d)", " nhân ", text)
    text = re.sub(r"(?:>=|≥)\s?(\d[\d.,]*(?:\s?(?:%|[^\W\d_]+))?)", r"từ \1 trở lên", text)
    text = re.sub(r"#\s?(?=\d)|\bNo\.?\s?(?=\d)", "số ", text)
    for sign, said in ((">=", "từ"), ("≥", "từ"), ("<=", "không quá"), ("≤", "không quá"), ("±", "cộng trừ")):
        text = text.replace(sign, f" {said} ")
    text = re.sub(r"(?:>)\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?:<)\s?(?=\d)", " dưới ", text)
    text = re.sub(r"(?<=\S)\s?=\s?(?=\S)", " bằng ", text)
    return re.sub(r"\$\s?((?:\d|[.,]\d)+)", r"\1 USD", text)


def _alternatives(units: set[str] | dict[str, str]) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_AFTER = re.compile(
    rf"(?<=\d)(?:\s?({_alternatives(set(words.UNITS_AFTER_NUMBER) - words.ATTACHED_ONLY)})|"
    rf"({_alternatives(words.ATTACHED_ONLY)}))(?!\w)"
)
_ALONE = re.compile(rf"(?<![\w/])({_alternatives(set(words.UNITS) - {'°', 'đ'})})(?!\w)")
_PER = re.compile(
    rf"({NUMBER})((?:\s(?!đến)[^\W\d_]+){{1,5}})\s?/\s?(người|hộ|khẩu|tháng|năm|ngày|tuần|quý|giờ|buổi|lượt|lần|suất|em|cháu|"
    r"ki lô gam|kg|km|m2|ha|mét vuông|xã|thôn|lớp|ca|phần|cuộc|tin|phút|giây|học sinh|đợt|đối tượng|thẻ|khóa)(?!\w)"
)


def _units(text: str) -> str:
    text = re.sub(r"(?<=\d)[.,]-(?=\s?đ|\s|$)", "", text)  # 5.000.000,-đ
    counted = r"(?<![\d.,])(\d{1,3}(?: \d{3})+)(?=\s?(?:đồng|đ\b|VN[ĐD]|người|hộ|tỷ|triệu))"
    text = re.sub(counted, lambda m: m[1].replace(" ", "."), text)
    text = re.sub(r"(?<=\d)\s?độ C\b", " độ xê", text)
    text = re.sub(r"\bđộ C\b", "độ xê", text)
    text = _AFTER.sub(lambda m: f" {words.UNITS_AFTER_NUMBER[m[1] or m[2]]}", text)
    text = _ALONE.sub(lambda m: words.UNITS[m[1]], text)
    text = re.sub(r"\b(đồng|vnđ)\s+đồng\b", "đồng", text)
    for _ in range(2):  # đồng/người/tháng
        text = _PER.sub(lambda m: f"{m[1]}{m[2]} mỗi {words.UNITS_AFTER_NUMBER.get(m[3], m[3])}", text)
    text = re.sub(
        rf"(gam|mét|vuông|khối|lít|đồng|oát|trăm|ta|tấn|triệu|nghìn|tỷ)\s?/\s?(?=[{LOWER}]{{3,}}|xã\b|ấp\b|hộ\b|ca\b)",
        r"\1 mỗi ",
        text,
    )
    return re.sub(r"\s?/\s?(km2|kg|km|m2|m3|ha|ml|l|s)\b", lambda m: f" mỗi {words.UNITS_AFTER_NUMBER[m[1]]}", text)


_ADDRESS = re.compile(
    r"\b(?:số|số nhà|nhà số|nhà|hẻm|ngõ|ngách|kiệt|đường|địa chỉ|lô|thửa|phòng)\s*:?\s*$", re.IGNORECASE
)


def _fractions(text: str) -> str:
    """1/2 → một phần hai; 141/150, 8/10, số nhà 12/3 → trên."""

    def say(found: re.Match[str]) -> str:
        upper, lower = int(found[1]), int(found[2])
        part = 0 < upper < lower and (lower <= 5 or upper == 1) and not _ADDRESS.search(text[: found.start()])
        return f"{cardinal(upper)} {'phần' if part else 'trên'} {cardinal(lower)}"

    text = re.sub(r"(?<![\d/.,\w])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/\w]|[.,]\d)", say, text)
    text = re.sub(r"(?<=\d)\s?/\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?<=[^\W\d_])\s?/\s?(?=\d)", " trên ", text)
    text = re.sub(r"(?<=\d)([A-Za-zĐđ]?)\s?/\s?(?=\d)", r"\1 trên ", text)
    text = re.sub(r"\b([^\W\d_])/(?=[^\W\d_](?:\b|\d))", r"\1 ", text)  # A/H5N1, C/O
    return re.sub(r"(?<=\d):(?=\d)", " trên ", text)


def _numbers(text: str) -> str:
    def say(found: re.Match[str]) -> str:
        figure = found[0]
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", figure) and not figure.startswith("0"):
            whole, _, fraction = figure.replace(".", "").partition(",")
        elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", figure) and (
            figure.count(",") > 1 or figure.endswith("000") or re.match(r"\s?đồng", text[found.end() :])
        ):
            whole, _, fraction = figure.replace(",", "").partition(".")
        elif re.fullmatch(r"\d+,\d+", figure):
            whole, _, fraction = figure.partition(",")
        elif re.fullmatch(r"\d+\.\d+", figure) and re.match(
            r"\s?(?:phần trăm|triệu|tỷ|nghìn|độ|ki lô|mét|héc ta|lít|gam|tấn|lần|điểm)", text[found.end() :]
        ):
            whole, _, fraction = figure.partition(".")
        elif figure.isdigit():
            if re.match(r"0\d$", figure):
                return cardinal(int(figure))  # 05 loại giấy tờ
            return plain(figure)
        else:
            return " chấm ".join(", ".join(plain(part) for part in piece.split(",")) for piece in figure.split("."))
        return decimal(whole, fraction) if fraction else cardinal(int(whole))

    text = re.sub(r"\b([Ll]ần thứ|[Tt]hứ)\s+([14])(?![\d.,])", lambda m: f"{m[1]} {ordinal(int(m[2]))}", text)
    text = re.sub(rf"(?<=[^\W\d_])(?={NUMBER})", " ", text)
    return re.sub(NUMBER, say, text)


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
