"""Marks: yes, no or not said, in all the ways a list says it; and the levels and ways that stand beside them.

An empty cell says nothing, and so do "?", "chưa rõ" and what cannot be read (with a warning).
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from register.oddities import Oddity
from register.words import fold, plain

_remembered = lru_cache(maxsize=5_000, typed=True)  # a column of marks has few different cells

_YES = {"x", "xx", "xxx", "v", "co", "c", "roi", "da", "da co", "co roi", "da roi", "roi a", "da tao", "da lap",
        "da mo", "da kich hoat", "da cap", "da lam", "da dang ky", "da xong", "xong", "hoan thanh", "da hoan thanh",
        "yes", "y", "true", "t", "1", "ok", "oke", "dat", "du", "thanh cong", "muc 2", "muc do 2", "cap 2", "2",
        "dung", "d"}  # fmt: skip
_NO = {"khong", "ko", "k", "kg", "hong", "chua", "ch", "chua co", "khong co", "ko co", "k co", "chua tao", "chua lap",
       "chua cap", "chua lam", "chua mo", "no", "n", "f", "chua dang ky", "false", "0", "muc 1", "muc do 1", "cap 1",
       "chua dat", "sai", "s", "that bai", "bi loi", "hok", "da chua", "da khong"}  # fmt: skip
_UNKNOWN = re.compile(
    r"(khong|ko|k|chua|kh) (ro|biet|nho|xac (minh|dinh|nhan)|xd|nam|ra soat|kiem tra|thu thap|thong tin|lien (he|lac)"
    r"|gap|tra loi|cap nhat|co thong tin|hoi)\b"
    r"|(dang|cho) (xac|ra soat|kiem tra|cap nhat|thu thap)\b|(di )?vang( nha| mat)?$|kxd$|kr$|cxd$|n ?a$|khong ai o nha"
    r"|(can|phai) (ra soat|kiem tra|hoi)|khong (lien|goi)|chua goi"
)
# "làm rồi", "được rồi", "mở xong", "kích hoạt thành công"; not "quên rồi", "mất rồi"
_STEPS = "lam|tao|lap|mo|gan|khai bao|xac thuc|cap nhat|dang ky|dk|cap|kich hoat|cai|lien ket|tich hop|hoan thanh"
_DONE = re.compile(
    rf"(?:tu )?(?:(?:{_STEPS}|xong|co|duoc) ?)+(?:roi|xong|duoc|thanh cong)|duoc|hoan tat|(?:moi|vua) (?:{_STEPS})\b.*"
)
_BUT_NOT = re.compile(rf".* (?:chua|khong) (?:co|{_STEPS})(?: duoc)?(?: (.+))?$")  # "Có VNeID, chưa có TK ASXH"
_THING = re.compile(r"\b(?:asxh|an sinh|tk|ngan hang|nh|vneid|dinh danh|muc 2)\b")
_LOST = ("da mat", "da hong", "da huy", "da khoa", "da xoa", "da quen", "da het")
_YES_SIGNS = set("✓✔√☑☒✗✘+●•×хХüþ*■◼✅👍")  # every one of them is used as a tick (ü þ: the tick of Wingdings)
_NO_SIGNS = set("-–—_☐○□❌")
_DAY = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-](20)?\d\d|20\d\d-\d\d-\d\d([ T]\d\d:.*)?")
_MARK_BAD = Oddity("mark_bad", "Không hiểu ô này là có hay chưa, đã để trống. Hãy ghi x, có hoặc chưa.")

_BANKS = re.compile(
    r"\b(agribank|agri|nhno|nong nghiep|vietcombank|vcb|ngoai thuong|bidv|dau tu|vietinbank|viettinbank|ctg"
    r"|cong thuong|lienvietpostbank|lienviet|lpbank|lpb|buu dien|sacombank|stb|techcombank|tcb|mb ?bank|mb|quan doi"
    r"|acb|a chau|vpbank|vib|shb|hdbank|tpbank|ocb|msb|seabank|eximbank|scb|abbank|namabank|nam a bank|bac ?a ?bank"
    r"|kienlongbank|kienlong|pvcombank|saigonbank|baovietbank|baoviet|ncb|vietbank|viet a|vietabank|pgbank|dong a|donga"
    r"|(?:dong ?a|lien ?viet|viet ?tin|sea|tp|vp|hd|ab|pg|pvcom|techcom|sacom|vietcom|exim|nam ?a|kien ?long) ?bank"
    r"|bv ?bank|ban viet|viet ?capital|vrb|indovina|ivb|public bank|uob|cimb|hang hai|phuong dong|an binh"
    r"|ky thuong|sai gon thuong tin|nhcsxh|csxh|nnptnt|nn ptnt|nhct|nhnt|umee|tnex|liobank"
    r"|gpbank|oceanbank|cbbank|vikki|mbv|cake|timo|shinhan|woori|hsbc|co ?opbank|vbsp|chinh sach|quy tin dung"
    r"|ngan hang|bank)\b"
)


_FIGURE_FIRST = re.compile(r"\b(\d) (co|roi|da|chua|khong(?: ro| biet)?)\b")
_FIGURE_LAST = re.compile(r"\b(co|roi|da|chua|khong)(?: co)? (\d)\b")


@_remembered
def legend(heading: str) -> dict[str, str]:
    """What figures mean where a folded heading says it: "(1: có; 2: chưa)" → {"1": "co", "2": "chua"}."""
    first = dict(_FIGURE_FIRST.findall(heading))
    last = {figure: said for said, figure in _FIGURE_LAST.findall(heading)}
    longer = max(first, last, key=len)
    return longer if len(longer) > 1 and len(first) != len(last) else {}


_POLITE = re.compile(r"(?i)^dạ\b[\s,]*(?=\w)")  # "Dạ chưa"


@_remembered
def mark(value: object, asked: str = "") -> tuple[bool | None, Oddity | None]:
    """Yes, no or not said. "?" and "chưa rõ" are not said, and so is what we cannot read (with a warning).

    ``asked``: the heading and the column's answers, folded: where one says "đã cập nhật", "chưa cập nhật" is a no.
    """
    if isinstance(value, bool):
        return value, None
    text = plain(value).replace("\ufe0f", "")  # ✔️: the sign that asks for a coloured picture
    if not text or not text.strip("?.…/ "):
        return None, None
    if isinstance(value, date) or _DAY.fullmatch(text):  # the day on which it was done
        return True, None
    if not set(text) - _YES_SIGNS:
        return True, None
    if not set(text) - _NO_SIGNS:
        return False, None
    words = fold(_POLITE.sub("", text))
    if words.isdigit() and (meant := legend(asked).get(words)):
        words = meant
    if words == "c" and "=d" in asked:  # C beside Đ: chưa and đã; beside K it is có
        return False, None
    if words in _YES:
        return True, None
    if words in _NO or (words == "o" and re.search(r"\b[xv]\b", asked)):  # x and o, as some type ticks and noughts
        return False, None
    if words.startswith("chua ") and f"da {words[5:]} " in f"{asked} ":
        return False, None
    if _UNKNOWN.match(words):
        return None, None
    if words.startswith(("chua ", "khong ", "ko ", "hong ", "hok ", "k ", "kg ")):
        return False, None
    words, asked = words.replace("tai khoan", "tk"), f" {asked} ".replace("tai khoan", "tk")
    but = _BUT_NOT.search(words) if words.startswith(("da ", "co ")) else None
    if but and (not but[1] or f" {but[1]} " in asked):
        return False, None
    if words.startswith(_LOST):
        return None, _MARK_BAD
    if words.startswith(("da ", "co ", "roi ", "x ", "muc 2 ")) or _DONE.fullmatch(words):
        return True, None
    if _THING.search(words) and f" {words} " in asked:  # "ASXH" below "Tài khoản ASXH"
        return True, None
    return None, _MARK_BAD


@_remembered
def is_a_bank(value: object) -> bool:
    """Whether a cell names a bank: "Agribank CN Bình Thuận", "NH Nông nghiệp"."""
    return _BANKS.search(fold(value)) is not None


_OWN = {"chinh chu", "ban than", "chinh minh", "cua minh"}  # whose account it is
_NO_ACCOUNT = re.compile(r"(tien mat|\btm\b)|uy quyen|nhan thay|nhan ho|linh thay|linh ho")


@_remembered
def account_mark(value: object, asked: str = "", *, named: bool = False) -> tuple[bool | None, Oddity | None]:
    """A mark in a column where some write the account number or the bank instead of a tick.

    ``named``: a column of banks, where any word is one. That something stands there is all we keep: no
    account number goes any further than this line.
    """
    said, oddity = mark(value, asked)
    if oddity and (no_account := _NO_ACCOUNT.search(fold(value))):  # "Nhận tiền mặt", "Con nhận thay" below "Ngân hàng"
        return (False if no_account[1] else None), None
    if oddity and fold(value) in _OWN:
        return True, None
    if oddity and (named or is_a_bank(value) or len(re.sub(r"\D", "", plain(value))) >= 6):
        return True, None
    return said, oddity


_LEVEL = re.compile(r"\b(?:(?:muc|muc do|cap|cap do|level) |md ?|m)([012])\b")


@_remembered
def eid(value: object, asked: str = "") -> tuple[str, Oddity | None]:
    """eID level 2 from its column: "2_active", "2_granted" (cấp rồi, chưa kích hoạt), "below_2" or ""."""
    words = fold(plain(value))
    if "chua kich hoat" in words and not words.startswith(("chua cap", "chua co", "chua lam")):
        return "2_granted", None
    level = None if words.startswith(("chua", "khong", "ko")) else _LEVEL.search(words)
    if level:
        return ("2_active" if level[1] == "2" else "below_2"), None
    said, oddity = mark(value, asked)
    return {True: "2_active", False: "below_2", None: ""}[said], oddity


def names_level(cell: object) -> bool:
    """Whether a cell is a level and no tick: "2", "Mức 1"."""
    return re.fullmatch(r"(?:(?:muc|muc do|cap|cap do|level) |md? ?)[012]|2", fold(plain(cell))) is not None


@_remembered
def eid_level(value: object) -> tuple[str, Oddity | None]:
    """eID level from a column that holds the level itself (0, 1, 2, "Mức 2")."""
    words = re.sub(r"^(da |dd |dinh danh )*(muc do|muc|cap do|cap|level) ", "", fold(plain(value)))
    if words in ("0", "1"):
        return words, None
    return eid(value)


_WAYS = (
    ("delegated", r"uy quyen|nhan thay|nhan ho|linh thay|lanh thay|linh ho|nguoi khac nhan|\buq\b"),
    ("asxh", r"\basxh\b|\ban sinh\b|vneid"),
    ("cash", r"tien mat|\btm\b|buu dien|buu ta|buu cuc|truc tiep|tai nha"),
    ("own_account", r"tai khoan|chuyen khoan|\bck\b|\btk\b|\batm\b|\bthe\b|ngan hang|\bstk\b|khong dung tien mat"),
)


def payout_ways(value: object) -> list[str]:
    """Every way of payment that words name, the narrowest first."""
    words = fold(plain(value))
    ways = [way for way, signs in _WAYS if re.search(signs, words)]
    return [way for way in ways if way != "cash"] if "khong dung tien mat" in words else ways


@_remembered
def payout(value: object) -> tuple[str, Oddity | None]:
    """Hình thức chi trả: cash | own_account | delegated | asxh, or ""."""
    text = plain(value)
    if not text or not text.strip("?.…/ -") or _UNKNOWN.match(fold(text)):
        return "", None
    ways = payout_ways(text)
    if ways:
        return ways[0], None
    if is_a_bank(text) or len(re.sub(r"\D", "", text)) >= 8:
        return "own_account", None
    return "", Oddity("payout_bad", "Không hiểu hình thức chi trả, đã để trống. Hãy ghi Tiền mặt, Tài khoản, Ủy quyền.")


def sex(value: object, title: str = "") -> str:
    """ "nam", "nữ" or "" from a Giới tính column; a figure says what the heading says it does: "(Nam: 1, Nữ: 0)"."""
    words = fold(plain(value))
    if words.isdigit():
        key = fold(title)
        before = dict(re.findall(r"\b(\d) (nam|nu)\b", key))
        behind = {figure: said for said, figure in re.findall(r"\b(nam|nu) (\d)\b", key)}
        words = max(before, behind, key=len).get(words, "") if len(before) != len(behind) else ""
    if words in ("nam", "male", "m", "trai", "ong", "nam gioi"):
        return "nam"
    return "nữ" if words in ("nu", "female", "f", "gai", "ba", "nu gioi") else ""
