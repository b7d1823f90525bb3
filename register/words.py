"""Vietnamese text as people type it in lists: one form for keeping, one for comparing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = set("'’‘`´")
_NO_VALUES = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}  # what a failed formula leaves
_INVISIBLE = {"Cc", "Cf", "Co"}  # controls, zero-width marks and BOM, private use: never of a word of a list


def clean(value: object) -> str:
    """Text for keeping: NFC, no invisible characters, every run of spaces (NBSP too) one space."""
    if value is None or value == "":
        return ""
    text = str(value)
    if text[:1] == "#" and text.strip() in _NO_VALUES:
        return ""
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():  # rare: NBSP, line breaks, zero-width marks
        spaced = (" " if c.isspace() else c for c in text)
        text = unicodedata.normalize("NFC", "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE))
    return " ".join(text.split())


def plain(value: object) -> str:
    """A cell as text: whole numbers without ".0", no typed apostrophe in front, no ="…" around."""
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = clean(value)
    if text.startswith('="') and text.endswith('"'):  # how programs keep the zeros of a number in a CSV
        text = text[2:-1]
    return text.lstrip("'’‘`´").lstrip() if text[:1] in _APOSTROPHES else text


def inside(name: str) -> str:
    """A name inside a sentence: "Phường Phan Thiết" → "phường Phan Thiết"."""
    return name[:1].lower() + name[1:]


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would reckon with these


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


REMEMBERED_LETTERS = 200  # of a text whose folding is kept: a stranger's megabytes are not


def fold(value: object) -> str:
    """Text for comparing: no accents, lower case, letters and digits only: "Họ và Tên" → "ho va ten"."""
    return _fold.__wrapped__(value) if isinstance(value, str) and len(value) > REMEMBERED_LETTERS else _fold(value)


@lru_cache(maxsize=50_000, typed=True)
def _fold(value: object) -> str:
    text = unicodedata.normalize("NFD", clean(value).casefold().replace("đ", "d"))
    bare = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", bare))


_FAMILIES = frozenset(
    re.findall(
        r"\w+",
        "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dao doan vuong trinh truong dinh lam"
        " mai cao luu luong thai phung ta ha chau quach to trieu kieu tong la giang thach lu nong ma vi lo luc quang"
        " be hua tang mac dam nghiem bach hong kim son danh thao au chu khuc diep luyen than ninh quan vang sung"
        " mua cu a ro h y ksor rah siu nie kpa ka dieu tu han khong thieu nhan cam ong ton cong",
    )
)


def begins_with_family(text: str) -> bool:
    """Whether words begin with a family name of Vietnam."""
    return fold(text).partition(" ")[0] in _FAMILIES
