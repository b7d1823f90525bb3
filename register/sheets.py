"""Sheets: a file of a list, whatever its format, as rows of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from register.errors import BadInput
from register.words import clean

WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
TEXTS = {".csv", ".tsv", ".txt"}
LARGEST_FILE = 100 * 1024 * 1024  # bytes: a province's list has some 40 MB


def sheets_of(file: Path) -> Iterator[tuple[str, list[list[Any]], bool]]:
    """Sheets as (name, rows, hidden); rows begin at the file's first row."""
    kind = file.suffix.lower()
    if not file.is_file():
        raise BadInput(f"Không thấy tệp {file.name}. Hãy kiểm tra lại đường dẫn.")
    size = file.stat().st_size
    if not 0 < size <= LARGEST_FILE:
        raise BadInput("Tệp trống hoặc lớn hơn 100 MB. Hãy kiểm tra lại tệp.")
    if kind in TEXTS:
        yield file.stem, _text_rows(file.read_bytes()), False
        return
    if kind not in WORKBOOKS:
        raise BadInput("Chỉ đọc được tệp xlsx, xls, ods, csv hoặc tsv. Nếu là ảnh hay PDF, hãy xin bản Excel.")
    try:
        with CalamineWorkbook.from_path(file) as book:
            for about in book.sheets_metadata:
                rows = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
                yield clean(about.name), rows, about.visible != SheetVisibleEnum.Visible
    except (CalamineError, OSError, ValueError):
        raise BadInput(
            "Không mở được tệp: tệp hỏng, có mật khẩu, hoặc không đúng loại. Hãy mở bằng Excel rồi lưu lại dạng .xlsx."
        ) from None


def _text_rows(data: bytes) -> list[list[Any]]:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadInput("Tệp csv phải ở dạng UTF-8. Trong Excel hãy chọn lưu kiểu CSV UTF-8.") from None
    if "\0" in text:
        raise BadInput("Đây không phải tệp csv. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.")
    lines = text.splitlines()
    # The separator is the one that the fullest of the first lines uses most.
    delimiter = max(",;\t|", key=lambda mark: max((line.count(mark) for line in lines[:40]), default=0))
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        raise BadInput("Không đọc được tệp csv. Hãy mở bằng Excel rồi lưu lại dạng .xlsx.") from None
