"""Cells: what people type into lists, made into what we keep. Pure; no cell knows its neighbours.

A cell that cannot be used raises ``CellError`` (the row is rejected); one that is merely odd comes back
with the ``Oddity`` to warn of. An empty cell is None or "": it says nothing, and never "no". Marks and
phones have files of their own (``marks``, ``phones``).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from register.marks import account_mark, eid, eid_level, mark, payout, sex
from register.oddities import CellError, Oddity
from register.phones import phone
from register.words import begins_with_family, clean, fold, plain

__all__ = ["CellError", "Oddity", "account_mark", "birth", "birth_year_of", "citizen_id", "eid", "eid_level",
           "id_is_plausible", "mark", "name", "payout", "phone", "plain", "sex", "sex_of"]  # fmt: skip

OLDEST_BIRTH_YEAR = 1900
SPREADSHEET_DAY_ZERO = date(1899, 12, 30)  # day 0 of Excel's 1900 date system
OLD_CARD_DIGITS = 9
BIRTH_LETTERS = 200  # with a remark behind it; looking for a time of day in more takes long


# --- Citizen id --------------------------------------------------------------------------------

_ROUNDED = (
    "id_rounded",
    "Số định danh đã bị Excel làm tròn (kiểu 1,23E+11). Hãy định dạng cột là Văn bản rồi gõ lại đủ 12 chữ số.",
)
_OLD_CARD = (
    "id_cmnd",
    "Đây là số CMND cũ. Hãy thay bằng số định danh 12 chữ số, xem trên thẻ căn cước hoặc hỏi công an xã.",
)
BAD_LENGTH = ("id_length", "Số định danh phải đủ 12 chữ số. Hãy kiểm tra lại với thẻ căn cước.")
_BAD_LETTERS = ("id_letters", "Số định danh chỉ gồm chữ số. Hãy kiểm tra lại với thẻ căn cước.")
_SEVERAL = ("id_several", "Ô có nhiều số định danh khác nhau. Hãy chỉ để lại số của người này.")
_MISSING = ("id_missing", "Thiếu số định danh cá nhân. Hãy bổ sung đủ 12 chữ số rồi nhập lại.")
_NO_ID_WORDS = {"khong", "khong co", "chua co", "chua", "ko", "ko co", "k", "x", "0", "chua lam", "chua cap", "mat"}


def citizen_id(value: object, *, old_cards: bool = False) -> str:
    """The 12-digit personal number; zeros that a number cell lost are put back.

    12 digits are province of registration (001–096), century and sex, two of the birth year, six of
    serial (NĐ 137/2015/NĐ-CP điều 13; six zeros as a serial mean that a spreadsheet rounded).
    ``old_cards``: the commune lets a CMND of 9 digits stand for it.
    """
    text = plain(value)
    if len(text) == 12 and text.isdigit() and text.isascii() and not text.endswith("000000"):
        return text
    if not text.strip(" .-?…/") or fold(text) in _NO_ID_WORDS:
        raise CellError(*_MISSING)
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<=\d)[.,]0{1,2}$", "", text)  # a number that was written with its decimals
    power = re.fullmatch(r"(\d)(?:[.,](\d+))?[eE]\+?(\d+)", text)
    if power:
        if len(power[2] or "") < int(power[3]):
            raise CellError(*_ROUNDED)
        text = power[1] + power[2][: int(power[3])]
    digits = _id_digits(text)
    if len(digits) >= 10 and digits.endswith("000000"):
        raise CellError(*_ROUNDED)
    if len(digits) in (8, OLD_CARD_DIGITS):
        if old_cards:
            return digits.zfill(OLD_CARD_DIGITS)
        raise CellError(*_OLD_CARD)
    if len(digits) in (10, 11) and not digits.startswith("0"):
        digits = digits.zfill(12)
        if not id_is_plausible(digits):
            raise CellError(*BAD_LENGTH)
    if len(digits) != 12:
        raise CellError(*BAD_LENGTH)
    return digits


def _id_digits(text: str) -> str:
    """The digits of an id, out of a cell that may hold its old number or a word beside it."""
    if not re.search(r"[^\d\s.,'’\-]", text):
        digits = re.sub(r"\D", "", text)
        if len(digits) <= 13:
            return digits
    runs: set[str] = set()
    for run in re.findall(r"(?<!\w)\d[\d .\-]*\d(?!\w)", text):
        pieces = {re.sub(r"\D", "", piece) for piece in run.split()}
        runs |= pieces if any(len(piece) == 12 for piece in pieces) else {re.sub(r"\D", "", run)}
    whole = {run for run in runs if len(run) == 12}
    if len(whole) > 1:
        raise CellError(*_SEVERAL)
    if whole:
        return whole.pop()
    if len(runs) == 1 and re.fullmatch(r"[^\d]*[\d .\-]+\W*", text) and len(max(runs)) >= 8:
        return runs.pop()
    raise CellError(*(BAD_LENGTH if runs and not re.search(r"[^\W\d_]", text) else _BAD_LETTERS))


def id_is_plausible(digits: str) -> bool:
    """Whether the first three digits can stand there: a province code, 001–096."""
    return 1 <= int(digits[:3]) <= 96


def sex_of(digits: str) -> str:
    """The sex that a citizen id states: even nam, odd nữ; "" for an old card, which states none."""
    if len(digits) != 12:
        return ""
    return "nữ" if int(digits[3]) % 2 else "nam"


def birth_year_of(digits: str) -> int:
    """The birth year that a citizen id states: 0/1 → 19xx, 2/3 → 20xx. Of an old card there is none: 0."""
    if len(digits) != 12:
        return 0
    return 1900 + 100 * (int(digits[3]) // 2) + int(digits[4:6])


# --- Birth -------------------------------------------------------------------------------------

_BIRTH_IMPOSSIBLE = Oddity("birth_day", "Ngày sinh không có thật: chỉ giữ năm sinh. Hãy kiểm tra lại.")
_BIRTH_BAD = Oddity("birth_bad", "Không đọc được ngày sinh, đã để trống. Hãy ghi kiểu 12/05/1946 hoặc 1946.")
_NO_BIRTH_WORDS = {"khong ro", "khong nho", "chua ro", "ko ro", "khong", "khong biet", "kr"}
_MONTHS = {name: n for n, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip


def birth(value: object, this_year: int, *, month_first: bool = False, hint: int = 0) -> tuple[str, Oddity | None]:
    """A birth as "YYYY-MM-DD" or "YYYY". Day comes before month; an impossible day keeps the year.

    ``month_first``: the column writes 05/25/1946. ``hint``: the year of the citizen id, which says the
    century of 12/05/46.
    """
    if isinstance(value, (datetime, date)):
        born = value.date() if isinstance(value, datetime) else value
        return (born.isoformat(), None) if OLDEST_BIRTH_YEAR <= born.year <= this_year else ("", _BIRTH_BAD)
    text = plain(value)
    if not text or not text.strip("?.…/- ") or fold(text) in _NO_BIRTH_WORDS:
        return "", None
    if len(text) > BIRTH_LETTERS:
        return "", _BIRTH_BAD
    if re.fullmatch(r"\d{4}", text):
        return (text, None) if OLDEST_BIRTH_YEAR <= int(text) <= this_year else ("", _BIRTH_BAD)
    if re.fullmatch(r"\d{5}([.,]\d+)?", text):  # a date in a cell that is formatted as a number
        return birth(SPREADSHEET_DAY_ZERO + timedelta(days=int(text[:5])), this_year)
    if re.fullmatch(r"\d{8}", text):  # 12051946 or 19460512; a number cell has lost a zero in front
        text = f"{text[:2]}/{text[2:4]}/{text[4:]}" if OLDEST_BIRTH_YEAR <= int(text[4:]) <= this_year else (
            f"{text[:4]}-{text[4:6]}-{text[6:]}")  # fmt: skip
    text = re.sub(r"[T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?Z?$", "", text)
    text = re.sub(r"(?i)^\W*(sinh\s*)?(ngày|năm|tháng|khoảng|n\.?s\.?|ns)?\s*(sinh\s*)?(ngày|năm)?\s*:?\s*", "", text)
    parts = [part for part in re.split(r"(?i)\s*[/.,\-–\\]\s*|\s*(?:tháng|thg|năm|ngày)\s*|\s+", text) if part]
    parts = [str(_MONTHS.get(part[:3].lower(), part)) if part.isalpha() else part for part in parts]
    if not parts or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        return _only_year(text, this_year)
    if hint and len(parts) == 3 and len(parts[2]) == 2 and int(parts[2]) == hint % 100:
        parts[2] = str(hint)
    years = [part for part in parts if len(part) == 4]
    if len(years) != 1 or not OLDEST_BIRTH_YEAR <= int(years[0]) <= this_year:
        return "", _BIRTH_BAD
    [year] = years
    if len(parts) <= 2:  # 05/1946: the month alone is not kept
        return year, None
    if len(parts) != 3 or parts[1] == year:
        return year, _BIRTH_IMPOSSIBLE
    month, day = (parts[1], parts[2]) if parts[0] == year else (parts[1], parts[0])
    if month_first and parts[0] != year:
        month, day = day, month
    if int(day) == 0 or int(month) == 0:  # 00/00/1946: how registers write "only the year is known"
        return year, None
    try:
        return date(int(year), int(month), int(day)).isoformat(), None
    except ValueError:
        return year, _BIRTH_IMPOSSIBLE


def _only_year(text: str, this_year: int) -> tuple[str, Oddity | None]:
    """The one year that stands among unreadable signs: "?/?/1946", "xx/05/1946", "1946 (86 tuổi)"."""
    years = [y for y in re.findall(r"(?<!\d)\d{4}(?!\d)", text) if OLDEST_BIRTH_YEAR <= int(y) <= this_year]
    if len(years) != 1:
        return "", _BIRTH_BAD
    return years[0], None if re.fullmatch(r"[\W_xX0]*\d{0,2}[\W_xX0]*\d{4}\D*", text) else _BIRTH_IMPOSSIBLE


# --- Names -------------------------------------------------------------------------------------

_NAME_MISSING = ("name_missing", "Thiếu họ và tên. Hãy bổ sung rồi nhập lại.")
_NAME_FORMULA = ("name_formula", "Ô họ tên bắt đầu bằng dấu = + @ như một công thức. Hãy gõ lại họ tên.")
_NAME_BAD = ("name_bad", "Ô họ tên không phải là tên người. Hãy kiểm tra lại dòng này.")
_NAME_OLD_FONT = ("name_font", "Họ tên đang ở phông chữ cũ (TCVN3, VNI). Hãy chuyển tệp sang Unicode rồi nhập lại.")
_OLD_FONT = re.compile("[¸µ¶·¹¨»¾¼½©®ª¬«×Þ§¢£¤¥¦¯°±²³º¿÷ßØåÇÆË]")
_TITLE = re.compile(r"(?i)^(?:ông|bà|cụ|anh|chị|ô|b)\b\s*[.:]?\s+(?=\S+\s+\S)")  # "Ông Lê Văn Đực"
_BIRTH_BEHIND = re.compile(
    r"(?i)^(.*?[^\W\d_])[\s,;:(\-–]+(?:(?:sn|ns|sinh(?:\s+năm)?|năm\s+sinh)[\s.:]*)?((?:\d{1,2}[/.\-]){0,2}(?:19|20)\d\d)\W*$"
)
_PLAIN_NAME = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)+")
NAME_LETTERS = 100  # longer is a sentence, not a name


def split_birth(value: object) -> tuple[object, str]:
    """A name and the birth that some write behind it: "Lê Văn Đực (1946)" → "Lê Văn Đực", "1946"."""
    found = _BIRTH_BEHIND.match(clean(value)) if isinstance(value, str) else None
    return (found[1], found[2]) if found else (value, "")


def name(value: object) -> str:
    """A full name in NFC with single spaces, without the number or the dash that a list puts before it."""
    if isinstance(value, str) and _PLAIN_NAME.fullmatch(value) and value.isascii() and len(value) <= NAME_LETTERS:
        return value
    raw = unicodedata.normalize("NFKC", clean(value)).strip().lstrip("'’‘`´").strip()
    if raw.startswith(("=", "+", "@")):
        raise CellError(*_NAME_FORMULA)
    text = re.sub(r"^(?:\d{1,4}\s*[.)\-/]\s*|[\-–—•*]+\s*)", "", plain(value)).strip(" ,;:.")
    titled = _TITLE.match(text)
    if titled and begins_with_family(text[titled.end() :]):  # "Ông Ích Khiêm" keeps his
        text = text[titled.end() :]
    if not text or not text.strip("?.…/-_ "):
        raise CellError(*_NAME_MISSING)
    if _OLD_FONT.search(text):
        raise CellError(*_NAME_OLD_FONT)
    if len(text) > NAME_LETTERS or not re.search(r"[^\W\d_]", text) or re.search(r"\d{3}", text):
        raise CellError(*_NAME_BAD)
    return text
