"""The report as a file: JSON, Excel, Word, PDF. Words come from report_pages; here is only the form.

Margins, sizes and places follow NĐ 30/2020 (A4, 20/20/30/20 mm, Times New Roman 13 in Word).
"""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import datetime, time
from pathlib import Path
from typing import Any

import orjson
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from campaigns.reports import word_form
from campaigns.reports.blocks import Blank, Heading, Para, Table, number
from campaigns.reports.figures import Report
from campaigns.reports.meeting import meeting
from campaigns.reports.pages import LAST_BLOCKS, MOTTO, NATION, Letterhead, letterhead, pages
from campaigns.reports.word_form import FONT, TEXT_WIDTH_MM, dotted, new_document, set_grid, words
from content.typeset import put, typeset
from register.home import VIETNAM
from register.words import safe

TEMPLATE = Path(__file__).with_name("report.typ")
MEETING = Path(__file__).with_name("meeting.typ")
SHEET_COLUMNS = 8


def to_json(report: Report, out: Path) -> None:
    put(out, orjson.dumps(report.to_json(), option=orjson.OPT_INDENT_2))


def to_pdf(report: Report, out: Path) -> None:
    typeset(TEMPLATE, pdf_data(report), out, datetime.combine(report.as_of, time(0), VIETNAM), system_fonts=True)


def pdf_data(report: Report) -> dict[str, Any]:
    """What report.typ sets: all cells as text already."""
    blocks: list[dict[str, Any]] = []
    for block in pages(report):
        data = asdict(block) | {"kind": type(block).__name__.lower()}
        if isinstance(block, Table):
            data["rows"] = [[number(cell) for cell in row] for row in block.rows]
        blocks.append(data)
    head = {"head": asdict(letterhead(report)), "nation": NATION, "motto": MOTTO}
    return head | {"blocks": blocks[:-LAST_BLOCKS], "last": blocks[-LAST_BLOCKS:]}


def to_meeting_pdf(report: Report, out: Path) -> None:
    """One page for the meeting: the figures in large type, every hamlet as a bar, what to talk about."""
    typeset(MEETING, meeting(report), out, datetime.combine(report.as_of, time(0), VIETNAM))


# --- Excel ----------------------------------------------------------------------------------------


def to_xlsx(report: Report, out: Path) -> None:
    """One sheet, printed on A4; counts and shares are numbers."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = f"Báo cáo {report.period}"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.sheet_view.showGridLines = False
    for index in range(1, SHEET_COLUMNS + 1):
        sheet.column_dimensions[get_column_letter(index)].width = 46 if index == 1 else 15
    head = letterhead(report)
    _head_of_sheet(sheet, head)
    row = sheet.max_row + 2
    for block in pages(report):
        if isinstance(block, Table):
            row = _table_of_sheet(sheet, row, block)
        elif isinstance(block, Blank):
            row += block.lines
        else:
            row = _line_of_sheet(sheet, row, block)
    _line(sheet, row + 1, "Nơi nhận:", last=4, bold=True, italic=True)
    for offset, name in enumerate(head.recipients, 2):
        _line(sheet, row + offset, f"– {name}", last=4, size=11)
    for offset, text in enumerate((head.signs_for, head.signs), 1):
        _line(sheet, row + offset, text, first=5, bold=True, centre=True)
    content = io.BytesIO()
    book.save(content)
    put(out, content.getvalue())


def _head_of_sheet(sheet: Worksheet, head: Letterhead) -> None:
    _line(sheet, 1, head.agency[0], last=3, centre=True)
    _line(sheet, 2, head.agency[1], last=3, bold=True, centre=True)
    _line(sheet, 3, head.number, last=3, centre=True)
    _line(sheet, 1, NATION, first=4, bold=True, centre=True)
    _line(sheet, 2, MOTTO, first=4, bold=True, centre=True)
    _line(sheet, 3, head.place_and_date, first=4, italic=True, centre=True)
    _line(sheet, 5, head.title, bold=True, size=14, centre=True)
    _line(sheet, 6, head.subject, bold=True, size=13, centre=True, lines=2)


def _line(
    sheet: Worksheet,
    row: int,
    text: str,
    *,
    first: int = 1,
    last: int = SHEET_COLUMNS,
    bold: bool = False,
    italic: bool = False,
    size: int = 12,
    centre: bool = False,
    lines: int = 1,
) -> None:
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    cell = sheet.cell(row, first, safe(text))
    cell.font = Font(name=FONT, size=size, bold=bold, italic=italic)
    cell.alignment = Alignment(horizontal="center" if centre else "left", vertical="center", wrap_text=True)
    if lines > 1:
        sheet.row_dimensions[row].height = 1.4 * size * lines


def _line_of_sheet(sheet: Worksheet, row: int, block: Heading | Para) -> int:
    heading = isinstance(block, Heading)
    _line(sheet, row + heading, block.text, bold=heading, lines=1 + len(block.text) // 130)
    return row + 1 + heading


def _table_of_sheet(sheet: Worksheet, row: int, table: Table) -> int:
    """Write a table from ``row`` on; returns the row below it."""
    thin = Side(style="thin", color="808080")
    for index, line in enumerate((table.header, *table.rows)):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(row + index, column, safe(value) if isinstance(value, str) else value)
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            cell.font = Font(name=FONT, size=12, bold=index == 0)
            right = column > 1 and index > 0
            cell.alignment = Alignment(
                horizontal="right" if right else "center" if index == 0 else "left", vertical="center", wrap_text=True
            )
            if index == 0:
                cell.fill = PatternFill("solid", fgColor="E8EEF4")
            cell.number_format = "0.0%" if isinstance(value, float) else "#,##0"
    sheet.row_dimensions[row].height = 34
    below = row + 1 + len(table.rows)
    if table.note:
        _line(sheet, below, table.note, italic=True, size=11, lines=1 + len(table.note) // 140)
        below += 1
    return below + 1


# --- Word -----------------------------------------------------------------------------------------


def to_docx(report: Report, out: Path) -> None:
    """An editable draft: the clerk adds number, date and proposals, the head signs."""
    document = new_document()
    head = letterhead(report)
    word_form.letterhead(document, head.agency, head.place_and_date, (head.number, 13, ""))
    words(document.add_paragraph(), head.title, 14, "b", before=18)
    word_form.subject(document, head.subject)
    for block in pages(report):
        if isinstance(block, Table):
            _table_of_document(document, block)
        elif isinstance(block, Blank):
            for _ in range(block.lines):
                dotted(document.add_paragraph())
        elif isinstance(block, Heading):
            paragraph = document.add_paragraph()
            words(paragraph, block.text, 13, "b", WD_ALIGN_PARAGRAPH.LEFT, before=10)
            paragraph.paragraph_format.keep_with_next = True
        else:
            words(document.add_paragraph(), block.text, 13, "", WD_ALIGN_PARAGRAPH.JUSTIFY, indent=10)
    lines_at_the_end = sum(block.lines for block in pages(report) if isinstance(block, Blank)) + LAST_BLOCKS - 1
    for paragraph in document.paragraphs[-lines_at_the_end:]:
        paragraph.paragraph_format.keep_with_next = True  # no signature alone on a page
    word_form.foot(document, head.recipients, head.signs_for, head.signs)
    content = io.BytesIO()
    document.save(content)
    put(out, content.getvalue())


def _table_of_document(document: Any, table: Table) -> None:
    rows = [[number(cell) for cell in row] for row in table.rows]
    total = sum(table.widths)
    set_grid(document, table.header, rows, tuple(TEXT_WIDTH_MM * width / total for width in table.widths))
    note = document.add_paragraph()
    words(note, table.note, 11 if table.note else 2, "i", WD_ALIGN_PARAGRAPH.JUSTIFY, before=2)
