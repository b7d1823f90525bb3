"""The form of an administrative document in Word: pages, rules, letterhead (NĐ 30/2020), for reports and letters.

Margins 20/20/30/20 mm, Times New Roman 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from campaigns.reports.pages import MOTTO, NATION

FONT, CENTRE = "Times New Roman", WD_ALIGN_PARAGRAPH.CENTER
TEXT_WIDTH_MM = 160  # A4 less the margins
MOTTO_MM = 57  # how long the motto is in 13 pt bold; the rule below it is as long
SIGNATURE_MM = 38  # room for signature, stamp and name
LAST_WORDS = 2  # paragraphs that stay with the signature


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
    language = OxmlElement("w:lang")  # else Word underlines every word in red
    for name in ("val", "eastAsia"):
        language.set(qn(f"w:{name}"), "vi-VN")
    style.element.rPr.append(language)
    about = document.core_properties
    for word in list(about._element):  # the template's: an author, a year
        about._element.remove(word)
    about.language = "vi-VN"
    _page_number(section)
    return document


def letterhead(document: Any, agency: Sequence[str], place_and_date: str, *below: tuple[str, float, str]) -> None:
    """Agency on the left, with its number and the like (``below``); nation, motto, place and date on the right."""
    top = document.add_table(2, 2)
    fill(top.cell(0, 0), (agency[0], 12, ""), (agency[1], 12, "b"), rule_mm=22, space_mm=58)
    fill(top.cell(0, 1), (NATION, 12, "b"), (MOTTO, 13, "b"), rule_mm=MOTTO_MM, space_mm=98)
    fill(top.cell(1, 0), *below)
    fill(top.cell(1, 1), (place_and_date, 13, "i"))
    widths(top, (62, 102))


def subject(document: Any, text: str) -> None:
    """Trích yếu: what the document is about, with a rule below."""
    document.core_properties.title = text[:255]
    words(document.add_paragraph(), text, 14, "b")
    rule(document.add_paragraph(), 50, TEXT_WIDTH_MM)
    document.paragraphs[-1].paragraph_format.space_after = Pt(10)


def foot(document: Any, recipients: Sequence[str], signs_for: str, signs: str) -> None:
    """Who gets it on the left, who signs on the right: never torn apart, and on a page with words of the document."""
    for paragraph in document.paragraphs[-LAST_WORDS:]:
        paragraph.paragraph_format.keep_with_next = True
    table = document.add_table(1, 2)
    left = table.cell(0, 0)
    fill(left, ("Nơi nhận:", 12, "bi"), *((f"- {name}", 11, "") for name in recipients))
    for paragraph in left.paragraphs:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    fill(table.cell(0, 1), *((line, 13, "b") for line in (signs_for, signs) if line))
    for cell in table.row_cells(0):
        cell.paragraphs[0].paragraph_format.space_before = Pt(12)
    widths(table, (84, 76))
    keep_whole(table.rows[0], repeat=False)
    table.rows[0].height, table.rows[0].height_rule = Mm(SIGNATURE_MM), WD_ROW_HEIGHT_RULE.AT_LEAST


def words(
    paragraph: Any,
    text: str,
    size: float,
    marks: str,
    align: WD_ALIGN_PARAGRAPH = CENTRE,
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


def set_grid(document: Any, header: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: tuple[float, ...]) -> None:
    """A ruled table: first column to the left, the others to the right; header on each page, no row torn."""
    table = document.add_table(1 + len(rows), len(header))
    table.style = "Table Grid"
    for index, (row, line) in enumerate(zip(table.rows, (header, *rows), strict=True)):
        for column, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
            align = WD_ALIGN_PARAGRAPH.RIGHT if column else WD_ALIGN_PARAGRAPH.LEFT
            words(cell.paragraphs[0], text, 11, "" if index else "b", align if index else CENTRE)
            form = cell.paragraphs[0].paragraph_format
            form.space_before = form.space_after = Pt(2)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        keep_whole(row, repeat=index == 0)
    widths(table, widths_mm)


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
    paragraph.alignment = CENTRE
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
