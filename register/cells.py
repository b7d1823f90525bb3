"""Cells: what people type into lists, made into what we keep. Pure; no cell knows its neighbours.

A cell that cannot be used raises ``CellError`` (the row is rejected); one that is merely odd comes back
with the ``Oddity`` to warn of. An empty cell is None or "": it says nothing, and never "no".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from register.words import clean, fold

OLDEST_BIRTH_YEAR = 1900
SPREADSHEET_DAY_ZERO = date(1899, 12, 30)  # day 0 of Excel's 1900 date system


class CellError(ValueError):
    """A cell for whose sake the row is rejected: a code, and one sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Oddity:
    """Something to warn of; the row stays."""

    code: str
    message: str


def plain(value: object) -> str:
    """A cell as text: whole numbers without ".0", no typed apostrophe in front."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(value).lstrip("'’‘`´").strip()


# --- Citizen id --------------------------------------------------------------------------------

_ROUNDED = CellError(
    "id_rounded",
    "Số định danh đã bị Excel làm tròn (kiểu 1,23E+11). Hãy định dạng cột là Văn bản rồi gõ lại đủ 12 chữ số.",
)
_OLD_CARD = CellError("id_cmnd", "Đây là số CMND 9 chữ số. Hãy thay bằng số định danh cá nhân 12 chữ số.")
_BAD_LENGTH = CellError("id_length", "Số định danh phải đủ 12 chữ số. Hãy kiểm tra lại với thẻ căn cước.")
_BAD_LETTERS = CellError("id_letters", "Số định danh chỉ gồm chữ số. Hãy kiểm tra lại với thẻ căn cước.")
ID_MISSING = CellError("id_missing", "Thiếu số định danh cá nhân. Hãy bổ sung đủ 12 chữ số rồi nhập lại.")


def citizen_id(value: object) -> str:
    """The 12-digit personal number; zeros that a number cell lost are put back.

    12 digits are province of registration (001–096), century and sex, two of the birth year, six of
    serial (NĐ 137/2015/NĐ-CP điều 13; six zeros as a serial mean that a spreadsheet rounded).
    """
    text = plain(value)
    if not text:
        raise ID_MISSING
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text):
        raise _ROUNDED
    digits = re.sub(r"[\s.\-]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        raise _BAD_LETTERS
    if isinstance(value, (int, float)) and len(digits) >= 10 and digits.endswith("000000"):
        raise _ROUNDED
    if len(digits) == 9:
        raise _OLD_CARD
    if len(digits) in (10, 11) and not digits.startswith("0"):
        digits = digits.zfill(12)
        if not id_is_plausible(digits):
            raise _BAD_LENGTH
    if len(digits) != 12:
        raise _BAD_LENGTH
    return digits


def id_is_plausible(digits: str) -> bool:
    """Whether the first four digits can stand there: a province code 001–096, a century 19xx–23xx."""
    return 1 <= int(digits[:3]) <= 96


def sex_of(digits: str) -> str:
    """The sex that a citizen id states: even nam, odd nữ."""
    return "nữ" if int(digits[3]) % 2 else "nam"


def birth_year_of(digits: str) -> int:
    """The birth year that a citizen id states: 0/1 → 19xx, 2/3 → 20xx."""
    return 1900 + 100 * (int(digits[3]) // 2) + int(digits[4:6])


# --- Phone -------------------------------------------------------------------------------------

_OLD_PREFIXES = {  # 11-digit mobile numbers became 10-digit ones, 15/9–14/11/2018 (QĐ 798/QĐ-BTTTT)
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{9}")
_SERVICE = re.compile(r"(1900|1800)\d{4,6}")
_NONE_WORDS = {"khong", "khong co", "ko", "ko co", "k", "chua co", "0", "x", ""}
_PHONE_BAD = Oddity("phone_bad", "Số điện thoại không dùng được, đã để trống. Hãy hỏi lại người dân.")
_PHONE_SERVICE = Oddity("phone_service", "Đây là số tổng đài 1900/1800, không phải số của người dân: đã để trống.")
_PHONE_SEVERAL = Oddity("phone_several", "Ô có nhiều số điện thoại: đã lấy số đầu tiên dùng được.")


def phone(value: object) -> tuple[str, Oddity | None]:
    """A Vietnamese number as "0…" (mobile or landline), or "" with or without a warning."""
    text = plain(value)
    if fold(text) in _NONE_WORDS:
        return "", None
    whole = _one_phone(text)
    if whole:
        return whole, None
    numbers = [_one_phone(part) for part in re.split(r"[/;,\n]|\bhoặc\b| - | và ", text)]
    numbers = [number for number in numbers if number]
    if numbers:
        return numbers[0], _PHONE_SEVERAL if len(numbers) > 1 else None
    return "", _PHONE_SERVICE if _SERVICE.fullmatch(re.sub(r"\D", "", text)) else _PHONE_BAD


def _one_phone(text: str) -> str:
    if re.search(r"[^\W\d_]", text):
        text = re.sub(r"(?i)\b(đt|sđt|tel|số|di động)\b[:.]?", "", text)
    digits = re.sub(r"[\s.\-()+]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        return ""
    candidates = [digits, "0" + digits]
    if digits.startswith(("84", "0084")):
        rest = digits.removeprefix("00").removeprefix("84")
        candidates += [rest, "0" + rest]
    for candidate in candidates:
        if len(candidate) == 11 and candidate[:4] in _OLD_PREFIXES:
            candidate = _OLD_PREFIXES[candidate[:4]] + candidate[4:]
        if _MOBILE.fullmatch(candidate) or _LANDLINE.fullmatch(candidate):
            return candidate
    return ""


# --- Birth -------------------------------------------------------------------------------------

_BIRTH_IMPOSSIBLE = Oddity("birth_day", "Ngày sinh không có thật: chỉ giữ năm sinh. Hãy kiểm tra lại.")
_BIRTH_BAD = Oddity("birth_bad", "Không đọc được ngày sinh, đã để trống. Hãy ghi kiểu 12/05/1946 hoặc 1946.")


def birth(value: object, this_year: int) -> tuple[str, Oddity | None]:
    """A birth as "YYYY-MM-DD" or "YYYY". Day comes before month; an impossible day keeps the year."""
    if isinstance(value, (datetime, date)):
        born = value.date() if isinstance(value, datetime) else value
        return (born.isoformat(), None) if OLDEST_BIRTH_YEAR <= born.year <= this_year else ("", _BIRTH_BAD)
    text = plain(value)
    if not text:
        return "", None
    if re.fullmatch(r"\d{5}", text):  # a date in a cell that is formatted as a number
        return birth(SPREADSHEET_DAY_ZERO + timedelta(days=int(text)), this_year)
    if re.fullmatch(r"\d{4}", text):
        return (text, None) if OLDEST_BIRTH_YEAR <= int(text) <= this_year else ("", _BIRTH_BAD)
    text = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "", text)
    parts = re.split(r"\s*[/.\-]\s*|\s+(?:tháng|năm)\s+|\s+", re.sub(r"(?i)^(ngày|sinh ngày)\s+", "", text))
    if not all(re.fullmatch(r"\d{1,4}", part) for part in parts):
        return "", _BIRTH_BAD
    years = [part for part in parts if len(part) == 4]
    if len(years) != 1 or not OLDEST_BIRTH_YEAR <= int(years[0]) <= this_year:
        return "", _BIRTH_BAD
    [year] = years
    if len(parts) == 2:  # 05/1946: the month alone is not kept
        return year, None
    if len(parts) != 3 or parts[1] == year:
        return year, _BIRTH_IMPOSSIBLE
    month, day = (parts[1], parts[2]) if parts[0] == year else (parts[1], parts[0])
    if int(day) == 0 or int(month) == 0:  # 00/00/1946: how registers write "only the year is known"
        return year, None
    try:
        return date(int(year), int(month), int(day)).isoformat(), None
    except ValueError:
        return year, _BIRTH_IMPOSSIBLE


# --- Marks -------------------------------------------------------------------------------------

_YES = {"x", "xx", "v", "co", "roi", "da", "da co", "co roi", "da tao", "da lap", "da kich hoat", "da cap", "da lam",
        "da dang ky", "yes", "y", "true", "1", "ok", "dat", "muc 2", "2"}  # fmt: skip
_NO = {"khong", "ko", "k", "chua", "chua co", "khong co", "chua tao", "chua lap", "chua cap", "chua lam", "no", "n",
       "chua dang ky", "false", "0", "muc 1", "chua dat"}  # fmt: skip
_UNKNOWN = {"khong ro", "chua ro", "ko ro", "chua biet", "khong biet", "chua xac minh", "dang xac minh"}
_YES_SIGNS = set("✓✔√☑☒✗✘+●•")  # every one of them is used as a tick
_NO_SIGNS = set("-–—☐○")
_MARK_BAD = Oddity("mark_bad", "Không hiểu ô này là có hay chưa, đã để trống. Hãy ghi x, có hoặc chưa.")


def mark(value: object) -> tuple[bool | None, Oddity | None]:
    """Yes, no or not said. "?" and "chưa rõ" are not said, and so is what we cannot read (with a warning)."""
    if isinstance(value, bool):
        return value, None
    text = plain(value)
    if not text or text == "?":
        return None, None
    if text in _YES_SIGNS:
        return True, None
    if text in _NO_SIGNS:
        return False, None
    words = fold(text)
    if words in _UNKNOWN:
        return None, None
    if words in _YES:
        return True, None
    if words in _NO:
        return False, None
    if words.startswith(("chua ", "khong ", "ko ")):
        return False, None
    if words.startswith(("da ", "co ", "roi ")):
        return True, None
    return None, _MARK_BAD


def account_mark(value: object, *, named: bool = False) -> tuple[bool | None, Oddity | None]:
    """A mark in a column where some write the account number (or, ``named``, the bank) instead of a tick.

    That something stands there is all we keep: no account number goes any further than this line.
    """
    said, oddity = mark(value)
    text = plain(value)
    if oddity and (len(re.sub(r"\D", "", text)) >= 6 or named):
        return True, None
    return said, oddity


def eid(value: object) -> tuple[str, Oddity | None]:
    """eID level 2 from its column: "2_active", "2_granted" (cấp rồi, chưa kích hoạt), "below_2" or ""."""
    words = fold(value)
    if "chua kich hoat" in words:
        return "2_granted", None
    if words.startswith(("muc 2", "da kich hoat")):
        return "2_active", None
    said, oddity = mark(value)
    return {True: "2_active", False: "below_2", None: ""}[said], oddity


def eid_level(value: object) -> tuple[str, Oddity | None]:
    """eID level from a column that holds the level itself (0, 1, 2, "Mức 2")."""
    words = fold(plain(value)).removeprefix("muc do ").removeprefix("muc ")
    if words in ("0", "1"):
        return words, None
    return eid(value)


def payout(value: object) -> tuple[str, Oddity | None]:
    """Hình thức chi trả: cash | own_account | delegated | asxh, or ""."""
    words = f" {fold(plain(value))} "
    for said, signs in (
        ("delegated", ("uy quyen", "nhan thay", "nhan ho", "lanh thay")),
        ("asxh", ("asxh", "an sinh")),
        ("cash", ("tien mat", "tm", "buu dien", "truc tiep")),
        ("own_account", ("tai khoan", "chuyen khoan", "ck", "tk", "atm", "the", "ngan hang")),
    ):
        if any(f" {sign} " in words for sign in signs):
            return said, None
    if not words.strip():
        return "", None
    return "", Oddity("payout_bad", "Không hiểu hình thức chi trả, đã để trống. Hãy ghi Tiền mặt, Tài khoản, Ủy quyền.")


def sex(value: object) -> str:
    """ "nam", "nữ" or "" from a Giới tính column."""
    words = fold(plain(value))
    if words in ("nam", "male", "m", "trai"):
        return "nam"
    return "nữ" if words in ("nu", "female", "f", "gai") else ""


# --- Names -------------------------------------------------------------------------------------

NAME_MISSING = CellError("name_missing", "Thiếu họ và tên. Hãy bổ sung rồi nhập lại.")
_NAME_FORMULA = CellError("name_formula", "Ô họ tên bắt đầu bằng dấu = + @ như một công thức. Hãy gõ lại họ tên.")
_NAME_BAD = CellError("name_bad", "Ô họ tên không phải là tên người. Hãy kiểm tra lại dòng này.")
_NAME_OLD_FONT = CellError(
    "name_font", "Họ tên đang ở phông chữ cũ (TCVN3, VNI). Hãy chuyển tệp sang Unicode rồi nhập lại."
)
_OLD_FONT = set("¸µ¶·¹¨»¾¼½©®ª¬«×Þ§¢£¤¥¦¯°±²³º¿÷ßØåÇÆË")
NAME_LETTERS = 100  # longer is a sentence, not a name


def name(value: object) -> str:
    """A full name in NFC with single spaces."""
    raw = unicodedata.normalize("NFKC", str(value or "")).strip()
    if raw.startswith(("=", "+", "@")):
        raise _NAME_FORMULA
    text = plain(value)
    if not text:
        raise NAME_MISSING
    if _OLD_FONT & set(text):
        raise _NAME_OLD_FONT
    if len(text) > NAME_LETTERS or not re.search(r"[^\W\d_]", text) or re.search(r"\d{3}", text):
        raise _NAME_BAD
    return text
