"""Sheets: a file of a list, whatever its format, as rows of cells."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from register.errors import BadInput
from register.markup import is_markup, pages_of
from register.oldfonts import from_tcvn3, from_vni, old_font, unicode_row, vietnamese
from register.words import clean

WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".html", ".htm", ".xml"}
TEXTS = {".csv", ".tsv", ".txt"}
LARGEST_FILE = 150 * 1024 * 1024  # bytes: a list of a million people has some 70 MB
MOST_COLUMNS = 16_384  # of any spreadsheet
SAMPLE_BYTES = 200_000


class Rows:
    """The rows of a sheet from the file's first on, as often as they are asked for, their text Unicode.

    They are never held all at once: a list of a million rows has fifteen million cells.
    """

    def __init__(self, cells: Iterable[list[Any]], height: int) -> None:
        self._cells, self.height = cells, height

    def __iter__(self) -> Iterator[list[Any]]:
        if self._old_font is None:
            yield from self._cells
            return
        for row in self._cells:
            unicode_row(row, *self._old_font)
            yield row

    @cached_property
    def _old_font(self) -> Any:
        return old_font(cell for row in self._cells for cell in row if type(cell) is str)


@dataclass(frozen=True)
class Sheet:
    """One sheet. ``hidden_columns`` are counted from 0."""

    name: str
    rows: Rows
    hidden: bool = False
    hidden_columns: frozenset[int] = frozenset()


def sheets_of(file: Path) -> Iterator[Sheet]:
    """The sheets of a file, their text Unicode, what is merged downwards written in every row."""
    kind = file.suffix.lower()
    if not file.is_file():
        raise BadInput(f"Không thấy tệp {file.name}. Hãy kiểm tra lại đường dẫn.")
    size = file.stat().st_size
    if not 0 < size <= LARGEST_FILE:
        raise BadInput("Tệp trống hoặc lớn hơn 150 MB. Hãy kiểm tra lại tệp.")
    if kind not in TEXTS | WORKBOOKS:
        raise BadInput("Chỉ đọc được tệp xlsx, xls, ods, csv hoặc tsv. Nếu là ảnh hay PDF, hãy xin bản Excel.")
    with file.open("rb") as opened:
        start = opened.read(SAMPLE_BYTES)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):  # a workbook, whatever its name says
        yield from _workbook(file)
    elif is_markup(start):
        for page in pages_of(_decoded(file.read_bytes()), clean(file.stem)):
            yield Sheet(page.name, Rows(page.rows, len(page.rows)), page.hidden, frozenset(page.hidden_columns))
    elif kind in TEXTS or _is_plain_table(start):
        yield Sheet(clean(file.stem), _text_rows(file.read_bytes()))
    else:
        raise _CANNOT_OPEN


_CANNOT_OPEN = BadInput("Không mở được tệp: tệp hỏng hoặc không đúng loại. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.")
_HAS_PASSWORD = BadInput(
    "Tệp đang đặt mật khẩu. Hãy mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ sổ làm việc) rồi lưu lại."
)


# --- Workbooks ---------------------------------------------------------------------------------


def _workbook(file: Path) -> Iterator[Sheet]:
    hidden_columns = _hidden_columns(file)
    try:
        with file.open("rb") as opened, CalamineWorkbook.from_filelike(opened) as book:
            for about in book.sheets_metadata:
                sheet = book.get_sheet_by_name(about.name)
                rows = Rows(_Cells(sheet), sheet.total_height)
                visible = about.visible == SheetVisibleEnum.Visible
                yield Sheet(clean(about.name), rows, not visible, hidden_columns.get(about.name, frozenset()))
    except (CalamineError, OSError, ValueError):
        raise (_HAS_PASSWORD if _is_encrypted(file) else _CANNOT_OPEN) from None


def _is_encrypted(file: Path) -> bool:
    """Whether a workbook is kept behind a password: said in the manifest (.ods), by a package, by a record (.xls)."""
    if zipfile.is_zipfile(file):
        with suppress(zipfile.BadZipFile, KeyError, OSError), zipfile.ZipFile(file) as parts:
            return b"encryption-data" in parts.read("META-INF/manifest.xml")
        return False
    data = file.read_bytes()
    return "EncryptedPackage".encode("utf-16-le") in data or _FILEPASS.search(data) is not None


_FILEPASS = re.compile(
    rb"\x09\x08\x10\0\0\x06\x05\0.{12}(?:\x86\0\0\0)?\x2f\0", re.DOTALL
)  # right behind the book's BOF


class _Cells:
    """A sheet's rows. A cell merged over rows (a hamlet beside its people) stands in each of them.

    One merged over columns is a heading or a title and stays in the first.
    """

    def __init__(self, sheet: CalamineSheet) -> None:
        self._sheet = sheet
        self._merged: dict[int, list[tuple[int, int]]] = {}  # first row → columns, and the last row
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
            if left == right and top < bottom:
                self._merged.setdefault(top, []).append((left, bottom))

    def __iter__(self) -> Iterator[list[Any]]:
        if not self._merged:
            yield from self._sheet.iter_rows()
            return
        filling: dict[int, tuple[int, Any]] = {}  # column → last row, value
        for at, row in enumerate(self._sheet.iter_rows()):
            for left, (bottom, value) in list(filling.items()):
                if at <= bottom and left < len(row):
                    row[left] = value
                if at >= bottom:
                    del filling[left]
            for left, bottom in self._merged.get(at, ()):
                if left < len(row):
                    filling[left] = bottom, row[left]
            yield row


def _hidden_columns(file: Path) -> dict[str, frozenset[int]]:
    """The hidden columns of an .xlsx by sheet name; {} for other formats, which nobody here asks for more."""
    found: dict[str, frozenset[int]] = {}
    try:
        with zipfile.ZipFile(file) as parts:
            book = parts.read("xl/workbook.xml").decode()
            relations = parts.read("xl/_rels/workbook.xml.rels").decode()
            targets = {
                _attribute(r, "Id"): _attribute(r, "Target") for r in re.findall(r"<Relationship\b[^<>]*>", relations)
            }
            for sheet in re.findall(r"<(?:\w+:)?sheet\b[^<>]*>", book):
                target = targets.get(_attribute(sheet, "r:id"), "")
                with parts.open("xl/" + target.removeprefix("/xl/")) as opened:
                    head = opened.read(SAMPLE_BYTES).decode("utf-8", "ignore").partition("<sheetData")[0]
                columns: set[int] = set()
                for group in re.findall(r"<(?:\w+:)?col\b[^<>]*>", head):
                    if _attribute(group, "hidden") in ("1", "true"):
                        columns.update(range(int(_attribute(group, "min")) - 1, int(_attribute(group, "max"))))
                found[unescape(_attribute(sheet, "name"))] = frozenset(columns)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        return found
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


# --- Text --------------------------------------------------------------------------------------

_NOT_CSV = BadInput("Đây không phải tệp csv. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.")


def _is_plain_table(start: bytes) -> bool:
    """Whether an ".xls" is really text in columns, as some programs write it."""
    return b"\t" in start or b";" in start


def _text_rows(data: bytes) -> Rows:
    text = _decoded(data)
    if "\0" in text:
        raise _NOT_CSV
    start = text[:SAMPLE_BYTES].splitlines()
    if start and (told := re.fullmatch(r"(?i)sep=(.)", start[0].strip())):  # Excel's own first line
        delimiter = told[1]
    else:  # the separator is the one that the fullest of the first lines uses most
        delimiter = max("\t;,|", key=lambda mark: max((_outside(line).count(mark) for line in start[:60]), default=0))
    lines = _Lines(text.encode("utf-8", "surrogatepass"), delimiter)
    return Rows(lines, text.count("\n") + 1)


class _Lines:
    """The rows of a text."""

    def __init__(self, data: bytes, delimiter: str) -> None:
        self._data, self._delimiter = data, delimiter

    def __iter__(self) -> Iterator[list[Any]]:
        text = io.TextIOWrapper(io.BytesIO(self._data), "utf-8", "surrogatepass", newline="")
        try:
            for row in csv.reader(text, delimiter=self._delimiter):
                if len(row) > MOST_COLUMNS:
                    raise _NOT_CSV
                yield row
        except csv.Error:
            raise BadInput("Không đọc được tệp csv. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.") from None


def _outside(line: str) -> str:
    """A line without what stands in quotes."""
    return re.sub(r'"[^"]*"', "", line)


def _decoded(data: bytes) -> str:
    """A text file's text: UTF-8, UTF-16 with or without its mark, Windows Vietnamese, or an old font's Latin."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
        if "\0" not in text:
            return text
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        wide = "utf-16-le" if data[1:400:2].count(0) > data[0:400:2].count(0) else "utf-16-be"
        if data[:4000].count(0) * 4 < len(data[:4000]):
            raise _NOT_CSV
        return data.decode(wide, "replace")
    sample = data[:SAMPLE_BYTES]
    latin = sample.decode("latin-1")
    scores = {
        "cp1258": vietnamese(sample.decode("cp1258", "replace")),
        "latin-1": max(vietnamese(from_tcvn3(latin)), vietnamese(from_vni(latin)), key=lambda told: told[0] - told[1]),
    }
    best = max(scores, key=lambda encoding: scores[encoding][0] - scores[encoding][1])
    if scores[best][0] <= scores[best][1]:
        raise BadInput("Không đọc được chữ trong tệp csv. Trong Excel hãy chọn lưu kiểu CSV UTF-8.")
    return data.decode(best, "replace")
