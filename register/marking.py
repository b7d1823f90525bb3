"""Marking: a copy of a list with its bad cells coloured and commented, to be mended and sent again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook

from register.listed import Habits, ListRead, Remark
from register.lists import read_list
from register.sheets import sheets_of
from register.words import clean

REJECTED = PatternFill("solid", start_color="FFC7CE")  # light red
WARNED = PatternFill("solid", start_color="FFEB9C")  # light yellow
WRITTEN_BY = "Từng Nhà"
SUMMARY = "Cần sửa"
_NO_TITLE = re.compile(r"[\\*?:/\[\]]")  # what no sheet may be called


def marked_copy(read: ListRead, file: Path, out: Path) -> int:
    """Write ``file`` to ``out`` (.xlsx) with every cell that was rejected (red) or warned of (yellow) marked.

    The first sheet lists what to do, row by row. An .xlsx keeps its looks; other formats, and a workbook whose looks
    openpyxl does not understand, keep their values. Returns how many cells are marked.
    """
    if _is_xlsx(file):
        with suppress(AttributeError, LookupError, OSError, SyntaxError, TypeError, ValueError):
            return _marked(read, openpyxl.load_workbook(file), out)
    return _marked(read, _rewritten(file), out)


def _marked(read: ListRead, book: Workbook, out: Path) -> int:
    places = {(guess.sheet, guess.heading): guess.at for guess in reversed(read.columns)}
    sheets = {clean(sheet.title): sheet for sheet in book.worksheets}
    marked: dict[tuple[str, int, int], list[str]] = {}
    for remarks, fill in ((read.warnings, WARNED), (read.rejected, REJECTED)):
        for remark in remarks:
            if remark.row < 1 or remark.sheet not in sheets:
                continue
            at = places.get((remark.sheet, remark.column), 0) + 1
            cell = sheets[remark.sheet].cell(remark.row, at)
            if isinstance(cell, MergedCell):
                cell = sheets[remark.sheet].cell(remark.row, 1)
            if isinstance(cell, MergedCell):
                continue
            told = marked.setdefault((remark.sheet, remark.row, cell.column), [])
            told.append(remark.message)
            cell.fill = fill
            cell.comment = Comment("\n".join(told), WRITTEN_BY, width=320, height=40 + 40 * len(told))
    _summary(book, [("Không nhận", r) for r in read.rejected] + [("Lưu ý", r) for r in read.warnings])
    book.save(out)
    return len(marked)


def marked_list(file: Path, this_year: int, habits: Habits, out: Path) -> int:
    """Read a list and write its marked copy, as ``marked_copy``: what a child does (apart.py)."""
    return marked_copy(read_list(file, this_year, habits), file, out)


def _is_xlsx(file: Path) -> bool:
    return file.suffix.lower() in (".xlsx", ".xlsm") and file.read_bytes()[:2] == b"PK"


def _rewritten(file: Path) -> Workbook:
    """The values of any other list as a workbook. A cell that looks like a formula stays text."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets_of(file):
        written = book.create_sheet(_NO_TITLE.sub(" ", sheet.name)[:31])
        for r, row in enumerate(sheet.rows, 1):
            for c, value in enumerate(row, 1):
                if value not in ("", None):
                    text = isinstance(value, str)
                    written.cell(r, c).value = ILLEGAL_CHARACTERS_RE.sub("", value) if text else value
                    if text:
                        written.cell(r, c).data_type = "s"
    return book


def _summary(book: Workbook, remarks: Iterable[tuple[str, Remark]]) -> None:
    sheet = book.create_sheet(SUMMARY if SUMMARY not in book.sheetnames else None, 0)
    sheet.append(["Loại", "Trang", "Dòng", "Cột", "Cần làm gì"])
    for kind, remark in remarks:
        sheet.append([kind, remark.sheet, remark.row or None, remark.column, remark.message])
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for letter, width in zip("ABCDE", (12, 24, 8, 28, 90), strict=True):
        sheet.column_dimensions[letter].width = width
