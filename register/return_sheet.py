"""The return sheet: the .xlsx that goes with an inquiry (register.asking), and what is read when it comes back.

The office finds a person by name, birth and citizen id; the answer is found by the row code alone, whatever was
sorted, added or typed meanwhile. Nothing else of the returned file is kept.

    write_sheet(title, notes, rows, questions) -> bytes
    read_answers(file) -> Answers       # pure; a file from outside: in a child, see register.apart
"""

from __future__ import annotations

# openpyxl and calamine are loaded where a sheet is written or read: the process that only sends needs neither
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.errors import BadInput
from register.listed import Remark
from register.marks import mark
from register.offices import QUESTIONS
from register.words import clean, fold

# No vowels, so that no code reads as a word or a month; nothing that looks like something else (0 O, 1 I, 5 S, 8 B).
LETTERS, DIGITS = "CDFGHKLMNPQRTVWXY", "234679"
CODE = re.compile(rf"[{LETTERS}][{LETTERS}{DIGITS}]{{2}}-[{LETTERS}{DIGITS}]{{3}}")
ANSWERS = ("có", "chưa", "không rõ")
_MATCHED = {"khop": True, "da khop": True, "trung khop": True, "lech": False}  # besides every mark
_SEARCHED_ROWS = 40  # above the headings
MOST_ROWS = 50_000  # of a returned file
_FONT = "Times New Roman"


@dataclass(frozen=True)
class SheetRow:
    """One person as the office sees them. Its repr must not reach a log."""

    code: str
    name: str = field(repr=False)
    birth: str = field(repr=False)
    citizen_id: str = field(repr=False)
    hamlet: str = field(repr=False)


@dataclass(frozen=True)
class Answers:
    """Row code → question → yes or no; what was left open is in it as an empty answer. ``remarks`` name rows only."""

    said: dict[str, dict[str, bool]]
    where: dict[str, tuple[str, int]]  # sheet and row of each code
    rejected: list[Remark]
    warnings: list[Remark]


# --- Writing ----------------------------------------------------------------------------------


def write_sheet(
    title: str, notes: Sequence[str], rows: Sequence[SheetRow], questions: Mapping[str, str], *, by_id: bool = True
) -> bytes:
    """The sheet as .xlsx: title, ``notes`` (who may use it, until when), headings, one row for each person.

    Without ``by_id`` there is no column for the citizen id, and of the birth date the year alone.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

    columns = [("Mã dòng", 11), ("Họ và tên", 28), ("Ngày sinh", 13), ("Số định danh", 17), ("Địa bàn", 18)]
    if not by_id:
        columns[2:4] = [("Năm sinh", 10)]
    first_answer = len(columns) + 1
    columns += [*((heading, 16) for heading in questions.values()), ("Ghi chú", 26)]
    last_answer = len(columns) - 1
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Rà soát"
    for number, text in enumerate((title, *notes), 1):
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(columns))
        cell = sheet.cell(number, 1, text)
        cell.font = Font(name=_FONT, size=14 if number == 1 else 12, bold=number == 1)
        cell.alignment = Alignment(horizontal="center" if number == 1 else "left", vertical="center", wrap_text=True)
        sheet.row_dimensions[number].height = 20 if number == 1 else 17 * (1 + len(text) // 150)
    head = len(notes) + 2
    thin = Side(style="thin", color="808080")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    grey, pale = PatternFill("solid", fgColor="E8EEF4"), PatternFill("solid", fgColor="FFF8E1")
    plain, bold = Font(name=_FONT, size=12), Font(name=_FONT, size=12, bold=True)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    left = Alignment(horizontal="left", vertical="center", wrap_text=True)
    for at, (heading, width) in enumerate(columns, 1):
        cell = sheet.cell(head, at, heading)
        cell.font, cell.border, cell.fill, cell.alignment = bold, border, grey, middle
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.row_dimensions[head].height = 50
    for number, row in enumerate(rows, head + 1):
        known = (row.code, row.name, row.birth, *([row.citizen_id] if by_id else []), row.hamlet)
        for at, value in enumerate((*known, *[None] * (len(questions) + 1)), 1):
            cell = sheet.cell(number, at, value)
            cell.font, cell.border = plain, border
            cell.alignment = left if at in (2, first_answer - 1, len(columns)) else middle
            cell.number_format = "@"  # a citizen id keeps its leading zero, and nothing is reckoned with
            if value is not None:
                cell.data_type = "s"
            if first_answer <= at <= last_answer:
                cell.fill = pale
    last = head + len(rows)
    choice = DataValidation(type="list", formula1=f'"{",".join(ANSWERS)}"', allow_blank=True, showErrorMessage=False)
    choice.add(f"{get_column_letter(first_answer)}{head + 1}:{get_column_letter(last_answer)}{last}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = sheet.cell(head + 1, 3)
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(columns))}{last}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


# --- Reading ----------------------------------------------------------------------------------


def row_code(value: object) -> str:
    """A row code as it was given out, whatever its case, spaces and dashes; "" for anything else."""
    bare = re.sub(r"[\s.\-_–—]", "", clean(value)).upper()
    code = f"{bare[:3]}-{bare[3:]}"
    return code if CODE.fullmatch(code) else ""


def read_answers(file: Path) -> Answers:
    """Every answered row of a returned sheet. BadInput when no table with row codes is found in it."""
    from register.sheets import sheets_of

    found = _Found()
    tables = rows = 0
    for sheet in sheets_of(file):
        columns: dict[str, int] = {}
        for number, row in enumerate(sheet.rows, 1):
            if columns:
                found.read_row(sheet.name, number, row, columns)
            elif columns := _columns(row):
                tables += 1
            elif number == _SEARCHED_ROWS:
                break
            rows += 1
            if rows > MOST_ROWS:
                raise BadInput(f"Bảng có hơn {MOST_ROWS} dòng. Hãy gửi lại đúng bảng rà soát đã xuất.")
    if not tables:
        raise BadInput(
            "Không thấy bảng rà soát trong tệp: cần cột Mã dòng và các cột trả lời như trong bảng đã gửi đi."
        )
    return found.answers()


def _columns(row: Sequence[Any]) -> dict[str, int]:
    """Where code and answers stand, if this is the row of headings; {} otherwise."""
    columns: dict[str, int] = {}
    for at, value in enumerate(row):
        meaning = _meaning(fold(value))
        if meaning and meaning not in columns:
            columns[meaning] = at
    return columns if "code" in columns and len(columns) > 1 else {}


def _meaning(heading: str) -> str:
    if heading in ("ma dong", "ma dong ra soat"):
        return "code"
    if "mo tai khoan" in heading:
        return "opened"
    if "tien mat" in heading:
        return "by_cash"
    if "da nhan tien" in heading:
        return "paid"
    if "dung ten minh" in heading or "chinh minh" in heading:
        return "by_account"
    if "kich hoat" in heading:
        return "active"
    if "muc 2" in heading or "muc do 2" in heading:
        return "granted"
    if re.search(r"\basxh\b|\ban sinh\b", heading):
        return "asxh"
    return "matched" if "khop" in heading and "du lieu" in heading else ""


class _Found:
    """What is found row by row."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, bool]] = {}
        self.where: dict[str, tuple[str, int]] = {}
        self.twice: set[str] = set()
        self.rejected: list[Remark] = []
        self.warnings: list[Remark] = []

    def read_row(self, sheet: str, number: int, row: Sequence[Any], columns: dict[str, int]) -> None:
        cells = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
        written = clean(cells.pop("code"))
        answers: dict[str, bool] = {}
        for name, value in cells.items():
            said, oddity = (_MATCHED[fold(value)], None) if fold(value) in _MATCHED else mark(value)
            if oddity:
                message = f"Không hiểu ô “{QUESTIONS[name]}”, đã coi là không rõ. Hãy ghi có, chưa hoặc không rõ."
                self.warnings.append(Remark(sheet, number, QUESTIONS[name], "answer_odd", message))
            elif said is not None:
                answers[name] = said
        code = row_code(written)
        if not code:
            if answers:  # what stands below the table, or between, answers nothing
                message = "Dòng này thiếu mã dòng hoặc mã không đúng. Hãy chép lại mã từ bảng đã gửi đi."
                self.rejected.append(Remark(sheet, number, "Mã dòng", "code_bad", message))
            return
        if answers.get("active") and answers.get("granted") is False:
            message = "Ghi đã kích hoạt nhưng chưa cấp mức 2. Hãy hỏi lại nơi trả lời rồi sửa dòng này."
            self.rejected.append(Remark(sheet, number, QUESTIONS["active"], "answer_contradicts", message))
            return
        if answers.get("by_cash") and answers.get("by_account"):
            message = "Ghi vừa nhận tiền mặt vừa nhận qua tài khoản. Hãy hỏi lại nơi trả lời rồi sửa dòng này."
            self.rejected.append(Remark(sheet, number, QUESTIONS["by_cash"], "answer_contradicts", message))
            return
        if code in self.said and self.said[code] != answers:
            self.twice.add(code)
            message = "Mã dòng này có hai dòng trả lời khác nhau. Hãy giữ lại một dòng đúng."
            self.rejected.append(Remark(sheet, number, "Mã dòng", "code_twice", message))
            return
        self.said.setdefault(code, answers)
        self.where.setdefault(code, (sheet, number))
        if eid_of(answers) == "?":
            message = "Chưa ghi được mức 2 vì thiếu một ô. Hãy ghi cả “đã cấp” và “đã kích hoạt”."
            self.warnings.append(Remark(sheet, number, QUESTIONS["active"], "answer_half", message))

    def answers(self) -> Answers:
        for code in self.twice:  # neither of two can be told to be right
            del self.said[code]
        return Answers(self.said, self.where, self.rejected, self.warnings)


def eid_of(answers: dict[str, bool]) -> str:
    """eID level that two answers state together; "" for nothing, "?" where they leave it open."""
    granted, active = answers.get("granted"), answers.get("active")
    if active:
        return "2_active"
    if granted is False:
        return "below_2"
    if granted is None and active is None:
        return ""
    return "2_granted" if granted and active is False else "?"
