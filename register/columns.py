"""Columns: what a heading means, however the commune words it, and where the headings are.

Headings are compared folded (no accents, lower case). The first rule that fits wins, so a narrower
heading ("CCCD người nhận thay") stands before a wider one ("CCCD").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from register.words import clean, fold

IGNORED = "ignored"  # a heading that we know and do not need

# (meaning, how): "=" the whole heading, "~" whole words anywhere in it
_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("number", "=", ("tt", "stt", "so tt", "so thu tu", "thu tu")),
    (IGNORED, "~", ("quan he", "ngay cap", "noi cap", "ky nhan", "chu ky", "dan toc", "ton giao", "he so", "truy linh",
                    "muc tro cap", "muc huong", "muc chuan", "so tien", "ho so", "ma doi tuong", 
                    "quyet dinh", "thanh tien", "chi nhanh", "email", "trinh do")),
    ("payee", "~", ("nguoi nhan thay", "nguoi nhan ho", "uy quyen", "nguoi linh thay", "nhan thay")),
    (IGNORED, "~", ("giam ho", "nguoi cham soc", "nguoi than", "chu ho", "con cua", "cha me")),
    ("asxh", "~", ("asxh", "an sinh xa hoi", "an sinh")),
    ("nq418", "~", ("418",)),
    ("holder", "~", ("chu tai khoan", "chu tk")),
    ("account", "~", ("so tai khoan", "stk", "so tk")),
    ("payout", "~", ("hinh thuc chi tra", "hinh thuc nhan", "phuong thuc chi tra", "hinh thuc linh", "hinh thuc",
                     "chi tra")),
    ("eid_level", "~", ("muc do dinh danh", "muc dinh danh", "cap do dinh danh")),
    ("eid", "~", ("dinh danh muc 2", "dinh danh muc do 2", "dinh danh dien tu", "muc 2", "muc do 2")),
    ("bank", "~", ("tai khoan ngan hang", "tk ngan hang", "co tai khoan", "tai khoan ca nhan")),
    ("bank_name", "~", ("ngan hang",)),
    ("bank", "=", ("tai khoan", "tk")),
    ("citizen_id", "~", ("cccd", "can cuoc", "dinh danh ca nhan", "so dinh danh", "ma dinh danh", "ddcn")),
    ("old_card", "~", ("cmnd", "cmtnd", "cmt", "chung minh")),
    ("phone", "~", ("dien thoai", "sdt", "so dt", "di dong", "dt")),
    ("birth", "~", ("nam sinh", "ngay sinh", "thang sinh", "sinh ngay", "sinh nam", "ngay thang nam", "ns")),
    ("birth", "=", ("sinh",)),
    ("sex", "~", ("gioi tinh", "phai")),
    ("name", "~", ("ho va ten", "ho ten", "ten doi tuong", "ten nguoi", "ho va ten nguoi huong")),
    ("family", "~", ("ho va chu dem", "ho dem", "ho lot", "ho va")),
    ("given", "=", ("ten",)),
    ("hamlet", "~", ("khu pho", "thon", "to dan pho", "tdp", "khom", "ap", "buon", "dia ban")),
    ("hamlet", "=", ("to", "ban", "kp", "lang", "to ban", "xom")),
    ("address", "~", ("dia chi", "noi o", "thuong tru", "cu tru", "cho o", "noi cu ngu", "que quan")),
    ("category", "~", ("loai doi tuong", "nhom doi tuong", "dien doi tuong", "doi tuong", "che do", "loai tro cap",
                       "dien", "nhom")),
    ("note", "~", ("ghi chu",)),
    ("male", "=", ("nam",)),
    ("female", "=", ("nu",)),
    (IGNORED, "~", ("tong cong", "tong so", "cong", "tong", "ten", "so")),
)  # fmt: skip
_FAMILY = ("ho", "ho va", "ho dem", "ho va dem", "ho lot", "ho va chu dem", "ho va ten dem")
HEADING_LETTERS = 80  # a title or a sentence is longer
HEADING_ROWS = 3
SEARCHED_ROWS = 60


def meaning(parts: Sequence[str]) -> str:
    """What a column means, from its heading's rows top to bottom: ("Năm sinh", "Nam") → "male"; "" unknown."""
    folded = [fold(part) for part in parts if part]
    if not folded:
        return ""
    if len(folded) > 1 and folded[-1] in ("nam", "nu"):
        above = meaning(folded[:-1])
        if above in ("birth", "sex"):
            return "male" if folded[-1] == "nam" else "female"
    if len(folded) > 1 and meaning(folded[:-1]) == "name" and folded[-1] in (*_FAMILY, "ten"):
        return "given" if folded[-1] == "ten" else "family"
    whole = " ".join(folded)
    words = f" {whole} "
    for said, how, signs in _RULES:
        if any(whole == sign if how == "=" else f" {sign} " in words for sign in signs):
            if said == "payee" and re.search(r" (cccd|cmnd|can cuoc|dinh danh|dien thoai|sdt|sinh|so) ", words):
                return IGNORED
            return said
    return ""


@dataclass(frozen=True)
class Heading:
    """Where a table begins and what its columns mean.

    ``titles`` are the headings as people read them; ``headed`` all columns that have any heading.
    """

    first_row: int  # the first row below the headings, counted from 0
    columns: dict[str, int]
    titles: dict[str, str]
    headed: frozenset[int] = frozenset()


def find_heading(rows: Sequence[Sequence[object]]) -> Heading | None:
    """The heading of a sheet: one to three rows that name at least a name and a citizen id."""
    best: tuple[int, int, Heading] | None = None
    for top in range(min(len(rows), SEARCHED_ROWS)):
        for height in range(1, HEADING_ROWS + 1):
            block = rows[top : top + height]
            if len(block) < height or not all(_may_be_heading(row) for row in block[1:]):
                break
            heading = _read(block, top + height)
            known = len(heading.columns)
            usable = "citizen_id" in heading.columns and {"name", "family"} & set(heading.columns)
            if usable and (best is None or (known, -height) > best[:2]):
                best = (known, -height, heading)
        if best is not None and top > best[2].first_row:
            break
    return best[2] if best else None


def is_heading_again(row: Sequence[object], heading: Heading) -> bool:
    """Whether a row repeats the headings, as printed pages do."""
    at = heading.columns.get("name", heading.columns.get("family", 0))
    return at < len(row) and fold(row[at]) in ("ho va ten", "ho ten", "ho va ten doi tuong", "ho va")


def _may_be_heading(row: Sequence[object]) -> bool:
    """A lower row of headings holds only short known words, no value of any person."""
    texts = [clean(cell) for cell in row if clean(cell)]
    if not texts or not all(isinstance(cell, str) for cell in row if clean(cell)):
        return False
    known = [text for text in texts if meaning([text]) and not re.search(r"\d{3,}", text.replace("418", ""))]
    return len(known) * 2 >= len(texts) and not re.search(r"\d$", texts[0])


def _read(block: Sequence[Sequence[object]], first_row: int) -> Heading:
    width = max(len(row) for row in block)
    filled: list[list[str]] = []
    for depth, row in enumerate(block):
        texts = [clean(row[i]) if i < len(row) else "" for i in range(width)]
        if any(len(text) > HEADING_LETTERS for text in texts):
            return Heading(first_row, {}, {})
        if depth < len(block) - 1:  # a heading merged over several columns stands in the first of them
            for i in range(1, width):
                below = any(i < len(lower) and clean(lower[i]) for lower in block[depth + 1 :])
                if not texts[i] and below:
                    texts[i] = texts[i - 1]
        filled.append(texts)
    columns: dict[str, int] = {}
    titles: dict[str, str] = {}
    for i in range(width):
        parts = [texts[i] for texts in filled if texts[i]]
        said = meaning(parts)
        if said and said != IGNORED and said not in columns:
            columns[said] = i
            titles[said] = " ".join(parts)
    if "old_card" in columns and "citizen_id" not in columns:  # many lists still say CMND and hold 12 digits
        columns["citizen_id"], titles["citizen_id"] = columns["old_card"], titles["old_card"]
    headed = frozenset(i for i in range(width) if any(texts[i] for texts in filled))
    return Heading(first_row, columns, titles, headed)
