"""The form of an administrative document in Word: pages, rules, letterhead (NĐ 30/2020), for reports and letters.

Margins 20/20/30/20 mm, Times New Roman 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from campaigns.reports.pages import MOTTO, NATION

FONT = "Times New Roman"
TEXT_WIDTH_MM = 160  # A4 less the margins


def new_document() -> Any:
    """An empty A4 document with the prescribed margins, font and page numbers."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(20),
        Mm(20),
        Mm(30),
        Mm(20),
    )
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(6)
    _page_number(section)
    return document


def letterhead(document: Any, agency: Sequence[str], place_and_date: str, *below: tuple[str, float, str]) -> None:
    """Agency on the left, with its number and the like (``below``); nation, motto, place and date on the right."""
    top = document.add_table(1, 2)
    left = ((agency[0], 12, ""), (agency[1], 12, "b"), *below)
    right = ((NATION, 12, "b"), (MOTTO, 13, "b"), (place_and_date, 13, "i"))
    fill(top.cell(0, 0), *left, rule_mm=22, space_mm=58)
    fill(top.cell(0, 1), *right, rule_mm=56, space_mm=98)
    widths(top, (62, 102))


def foot(document: Any, recipients: Sequence[str], signs_for: str, signs: str) -> None:
    """Who gets it on the left, who signs on the right; never torn apart by the end of a page."""
    table = document.add_table(1, 2)
    left = table.cell(0, 0)
    fill(left, ("Nơi nhận:", 12, "bi"), *((f"- {name}", 11, "") for name in recipients))
    for paragraph in left.paragraphs:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    fill(table.cell(0, 1), (signs_for, 13, "b"), (signs, 13, "b"))
    widths(table, (84, 76))
    keep_whole(table.rows[0], repeat=False)


def words(
    paragraph: Any,
    text: str,
    size: float,
    marks: str,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.CENTER,
    *,
    before: float = 0,
    indent: float = 0,
) -> None:
    """Text of one paragraph; marks: b bold, i italic."""
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = "b" in marks, "i" in marks, Pt(size)
    form = paragraph.paragraph_format
    form.alignment, form.space_before, form.first_line_indent = align, Pt(before), Mm(indent)


def rule(paragraph: Any, width_mm: float, space_mm: float) -> None:
    """Turn an empty paragraph into a short centred rule (NĐ 30/2020: under agency, motto and subject)."""
    words(paragraph, "", 2, "")
    paragraph.runs[0].font.size = Pt(2)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((space_mm - width_mm) / 2)
    form.space_after, form.line_spacing = Pt(4), Pt(3)
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def dotted(paragraph: Any) -> None:
    """A dotted line as wide as the text."""
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    paragraph.add_run("\t")


def fill(cell: Any, *lines: tuple[str, float, str], rule_mm: float = 0, space_mm: float = 0) -> None:
    """Centred lines in a cell without borders; with a rule below the second one."""
    for index, (text, size, marks) in enumerate(lines):
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        words(paragraph, text, size, marks)
        paragraph.paragraph_format.space_after = Pt(2)
        if rule_mm and index == 1:
            rule(cell.add_paragraph(), rule_mm, space_mm)


def widths(table: Any, widths_mm: tuple[float, ...]) -> None:
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)


def keep_whole(row: Any, *, repeat: bool) -> None:
    """No row is split over two pages; the header (``repeat``) stands on each page."""
    form = row._tr.get_or_add_trPr()
    form.append(OxmlElement("w:cantSplit"))
    if repeat:
        form.append(OxmlElement("w:tblHeader"))


def _page_number(section: Any) -> None:
    """The page number at the top, in the middle, not on the first page (NĐ 30/2020)."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
