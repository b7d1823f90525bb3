"""What the makers of lists share: invented people, and how a file and what must come out of it are written."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

Row = Sequence[Any]
MOTTO = [
    ["ỦY BAN NHÂN DÂN XÃ HÒA BÌNH", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [None, None, None, None, "Độc lập - Tự do - Hạnh phúc"],
    [],
    ["DANH SÁCH CHI TRẢ TRỢ CẤP THÁNG 11 NĂM 2026"],
    ["(Kèm theo Công văn số 12/UBND-VX ngày 05 tháng 11 năm 2026)"],
]
SIGNED = [
    [],
    [None, None, None, None, "Hòa Bình, ngày 05 tháng 11 năm 2026"],
    [None, "NGƯỜI LẬP BIỂU", None, None, "TM. ỦY BAN NHÂN DÂN"],
    [None, None, None, None, "KT. CHỦ TỊCH"],
    [],
    [None, "Đỗ Thị Lập", None, None, "Trịnh Văn Ký"],
]
# id, name, sex, birth year, phone
P = [
    ("060046303054", "Lê Văn Đực", "nam", "1946", "0917768030"),
    ("060139001068", "Trần Thị Nga", "nữ", "1939", "0392999188"),
    ("001151938159", "Võ Thị Hoà", "nữ", "1951", "0868123456"),
    ("079058004477", "Nguyễn Hữu Phước", "nam", "1958", "0708112233"),
    ("036160009911", "Phạm Ngọc Ánh", "nữ", "1960", "0562334455"),
    ("060062007788", "Huỳnh Công Thành", "nam", "1962", "0599887766"),
    ("066145001234", "H'Rin Niê", "nữ", "1945", "0335667788"),
    ("060040123321", "Đặng Quý Ẩn", "nam", "1940", "0941222333"),
]
IDS, NAMES, SEXES, YEARS, PHONES = (list(column) for column in zip(*P, strict=True))

GIVEN = ("An", "Bình", "Cường", "Dũng", "Em", "Giang", "Hải", "Kiên", "Lâm")

CASES: dict[str, Callable[[Path], dict[str, Any]]] = {}


def case(file: str) -> Callable[[Callable[[Path], dict[str, Any]]], None]:
    def keep(make: Callable[[Path], dict[str, Any]]) -> None:
        CASES[file] = make

    return keep


def person(n: int, **said: Any) -> dict[str, Any]:
    """What must come out for the n-th invented person; what is not given here is not stated in the file."""
    return {"citizen_id": IDS[n], "full_name": NAMES[n], **said}


def must(people: list[dict[str, Any]], rejected: Sequence[tuple[int, str]] = (), **more: Any) -> dict[str, Any]:
    """``rejected``: (row, code); ``warnings`` likewise, where the case is about them."""
    return {"people": people, "rejected": [list(pair) for pair in rejected], **more}


def xlsx(file: Path, sheets: dict[str, Sequence[Row]], merge: str = "", hide: str = "", hidden_sheet: str = "") -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row, 1):
                if value is None:
                    continue
                cell = sheet.cell(r, c)
                cell.value = value
                if isinstance(value, str) and value.startswith("="):
                    cell.data_type = "s"
        for cells in merge.split():
            sheet.merge_cells(cells)
        for letter in hide:
            sheet.column_dimensions[letter].hidden = True
        sheet.sheet_state = "hidden" if name == hidden_sheet else "visible"
    book.save(file)
    _without_clock(file)


def _without_clock(file: Path) -> None:
    """Take the moment of writing out of a workbook: the same list is the same file."""
    with zipfile.ZipFile(file) as parts:
        bodies = {name: parts.read(name) for name in parts.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, body in bodies.items():
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-11-23T01:00:00Z", body)
            about = zipfile.ZipInfo(name, (2026, 11, 23, 8, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            parts.writestr(about, body)


def text(file: Path, rows: Sequence[Row], separator: str, encoding: str) -> None:
    kept = io.StringIO(newline="")
    csv.writer(kept, delimiter=separator).writerows([["" if c is None else c for c in row] for row in rows])
    words = kept.getvalue()
    if encoding == "cp1258":  # Windows writes â ê ô ă ơ ư whole and the five tones as marks behind them
        words = "".join(_cp1258(letter) for letter in words)
    file.write_bytes(words.encode(encoding))


def _cp1258(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    tones = [c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323"]
    base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
    return base + "".join(tones)
