"""The papers beside the form of NĐ 30/2020 (Phụ lục I): what pictures of PDF and Word files show, and their XML.

Page A4; margins 20–25 mm above and below, 30–35 mm left, 15–20 mm right; Times New Roman; quốc hiệu 12–13 bold, tiêu
ngữ 13–14 bold with a rule of its length, agency 12–13 with a shorter rule, place and date 13–14 italic, title 13–14
bold, subject 13–14 bold with a rule, text 13–14, "Nơi nhận" 12 bold italic, its lines 11; a page number in the middle
above, not on the first page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from PIL import Image, ImageChops
from sqlmodel import Session

from campaigns.field.inquiry_letters import bank_letter, letter_of
from campaigns.field.notice import notice_docx
from campaigns.reports.figures import Report
from campaigns.reports.files import to_meeting_pdf
from campaigns.reports.province import province_report
from campaigns.reports.reports import report, write
from campaigns.reports.rules import set_rules
from register.asking import ask
from register.home import Clock, Home, open_home
from register.importing import SourceInfo, import_list
from register.tables import Inquiry
from settings import Settings

LIST = Path(__file__).parents[2] / "register" / "lists" / "phan-thiet-447.xlsx"
COMMUNE, PPI = "22945", 72
A4 = (210, 297)  # mm


@pytest.fixture(scope="module")
def made(shared_home: Home) -> Report:
    import_list(shared_home, LIST, COMMUNE, source=SourceInfo(date(2026, 10, 15)), by="lan")
    shared_home.db.write(lambda s: set_rules(s, COMMUNE, "", "", {"btxh": "150"}, {}))
    with shared_home.db.read() as session:
        return report(session, COMMUNE, "2026-10", shared_home.now())


def pictures(pdf: Path) -> list[Any]:
    """Every page, grey."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) draws the pages")
    subprocess.run(["pdftoppm", "-r", str(PPI), "-gray", str(pdf), str(pdf.with_suffix(""))], check=True)
    return [Image.open(file) for file in sorted(pdf.parent.glob(f"{pdf.stem}-[0-9]*.pgm"))]


def ink(page: Any, box: tuple[float, float, float, float] = (0, 0, *A4)) -> tuple[float, float, float, float] | None:
    """Where something is printed inside a box, in mm (left, top, right, bottom); None where it is empty."""
    per_mm = page.width / A4[0]
    left, top, right, bottom = (round(edge * per_mm) for edge in box)
    part = page.crop((left, top, min(right, page.width), min(bottom, page.height)))
    found = ImageChops.invert(part).point(lambda level: 255 if level > 60 else 0).getbbox()
    if found is None:
        return None
    return tuple(edge / per_mm + box[index % 2] for index, edge in enumerate(found))  # type: ignore[return-value]


def test_the_pdf_keeps_the_margins_and_numbers_its_pages_from_the_second(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path / "r.pdf")
    pages = pictures(tmp_path / "r.pdf")
    assert len(pages) > 1
    for number, page in enumerate(pages):
        assert (round(page.width / PPI * 25.4), round(page.height / PPI * 25.4)) == A4
        left, top, right, bottom = ink(page, (0, 18, *A4)) or (0, 0, 0, 0)
        assert 29 <= left <= 35, number
        assert 190 <= right + 1 <= 192, number
        assert top >= 19, number
        assert bottom <= 278, number
        above = ink(page, (0, 0, 210, 18))
        if number == 0:
            assert above is None
        else:
            assert above is not None
            assert abs((above[0] + above[2]) / 2 - 110) < 3  # the middle of what is between the margins


def test_the_signature_stands_on_a_page_with_words_of_the_report(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path / "r.pdf")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) reads the pages")
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], check=True, capture_output=True, text=True)
    last = text.stdout.rstrip("\f\n").split("\f")[-1]
    words = ("Đề xuất, kiến nghị", "Trên đây là báo cáo", "CHỦ TỊCH", "Lưu: VT")
    where = [last.find(word) for word in words]
    assert -1 not in where
    assert where == sorted(where)


def test_the_page_for_the_meeting_is_one_page(made: Report, tmp_path: Path) -> None:
    many = [line.__class__(f"Khu phố {n}", "", 100, n, n, 100) for n in range(1, 40) for line in made.hamlets[:1]]
    to_meeting_pdf(replace(made, hamlets=many, difficulties=dict.fromkeys(WORDY, 9)), tmp_path / "m.pdf")
    (page,) = pictures(tmp_path / "m.pdf")
    found = ink(page)
    assert found is not None
    assert found[3] <= 284


WORDY = ("stuck", "human", "mismatch", "visit", "claim", "scam", "visit.no_phone")


def test_the_word_file_has_the_prescribed_form(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path / "r.docx")
    document = Document(str(tmp_path / "r.docx"))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == A4
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [20, 20, 30, 20]
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(13))
    assert (document.core_properties.author, document.core_properties.language) == ("", "vi-VN")
    assert document.core_properties.title.startswith("Kết quả chi trả")
    fonts = {run.font.name for paragraph in document.paragraphs for run in paragraph.runs} - {None}
    assert fonts <= {"Times New Roman"}
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert section.header.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert section.first_page_header.paragraphs[0].text == ""


def test_the_components_of_the_word_file_stand_in_their_order_and_size(made: Report, tmp_path: Path) -> None:
    write(made, tmp_path / "r.docx")
    document = Document(str(tmp_path / "r.docx"))
    agency, nation = (column.cells for column in document.tables[0].columns)
    told = [[(p.text, p.runs[0].font.size.pt, p.runs[0].bold, p.runs[0].italic) for cell in column
             for p in cell.paragraphs if p.text] for column in (agency, nation)]  # fmt: skip
    assert told[0] == [
        ("ỦY BAN NHÂN DÂN", 12, False, False),
        ("PHƯỜNG PHAN THIẾT", 12, True, False),
        ("Số: ......../BC-UBND", 13, False, False),
    ]
    assert told[1] == [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, True, False),
        ("Độc lập - Tự do - Hạnh phúc", 13, True, False),
        ("Phan Thiết, ngày ..... tháng ..... năm 2026", 13, False, True),
    ]
    borders = [len(column[0]._element.findall(f".//{qn('w:pBdr')}")) for column in (agency, nation)]
    assert borders == [1, 1]
    body = [child for child in document.element.body if child.tag in (qn("w:p"), qn("w:tbl"))]
    title, subject = (
        next(p for p in document.paragraphs if p.text.startswith(s)) for s in ("BÁO CÁO", "Kết quả chi trả")
    )
    assert [(p.runs[0].font.size.pt, p.runs[0].bold) for p in (title, subject)] == [(14, True), (14, True)]
    order = [document.tables[0]._tbl, title._p, subject._p, document.tables[1]._tbl, document.tables[-1]._tbl]
    places = [body.index(one) for one in order]
    assert places == sorted(places)
    text = next(p for p in document.paragraphs if p.text.startswith("Ủy ban nhân dân phường"))
    assert text.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert round(text.paragraph_format.first_line_indent.mm) == 10
    recipients, signature = document.tables[-1].rows[0].cells
    head = recipients.paragraphs[0].runs[0]
    assert (head.text, head.font.size.pt, head.bold, head.italic) == ("Nơi nhận:", 12, True, True)
    assert {p.runs[0].font.size.pt for p in recipients.paragraphs[1:]} == {11}
    assert recipients.paragraphs[-1].text == "- Lưu: VT, VHXH."
    assert [(p.text, p.runs[0].bold) for p in signature.paragraphs] == [
        ("TM. ỦY BAN NHÂN DÂN", True),
        ("CHỦ TỊCH", True),
    ]
    closing = document.paragraphs[-1]
    assert closing.text.endswith("tổng hợp./.")
    assert closing.paragraph_format.keep_with_next  # no signature alone on a page


# --- The Word files, drawn by LibreOffice ---------------------------------------------------------

STANDS_IN = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
<match target="pattern"><test name="family"><string>Times New Roman</string></test>
<edit name="family" mode="assign" binding="strong"><string>Tinos</string></edit></match>
<selectfont><rejectfont><pattern><patelt name="family"><string>Liberation Serif</string></patelt></pattern></rejectfont>
</selectfont></fontconfig>"""
WRITTEN = (
    ("thang", "2026-10", ""),
    ("thang-nay", "2026-11", "btxh"),
    ("nua-nam", "2026-H2", "asxh"),
    ("nam", "2026", "ncc"),
)
ONE_PAGE = ("thong-bao", "thu-ngan-hang")


@pytest.fixture(scope="module")
def drawn(ready_home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of Word file as a PDF. Tinos stands in for Times New Roman, which is as wide and not free."""
    there = all(map(shutil.which, ("soffice", "pdftoppm", "fc-list")))
    if not there or not subprocess.run(["fc-list", "Tinos"], capture_output=True, check=True).stdout:
        lacks = "LibreOffice, poppler-utils, fonts-croscore"
        pytest.skip(f"KHÔNG CÓ {lacks}: tệp Word chưa được nhìn thấy (Word files were NOT looked at)")
    folder = tmp_path_factory.mktemp("word")
    shutil.copytree(ready_home, folder / "home")
    clock = Clock()
    clock.set(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    home = open_home(Settings(home=folder / "home"), now=clock, migrate=False)
    import_list(home, LIST, COMMUNE, source=SourceInfo(date(2026, 10, 15)), by="lan")
    with home.db.read() as session:
        for name, key, part in WRITTEN:
            write(report(session, COMMUNE, key, home.now(), part), folder / f"{name}.docx")
        whole = province_report(session, "68", "2026-10", home.now())
        many = [replace(whole.communes[0], code=f"{n:05d}", name=f"Xã Đông Sơn {n}") for n in range(124)]
        write(replace(whole, communes=many), folder / "tinh.docx")
        (folder / "thong-bao.docx").write_bytes(notice_docx(session, COMMUNE, home.now()))
        (folder / "thu-ngan-hang.docx").write_bytes(bank_letter(session, COMMUNE, home.now()))
        write(whole, folder / "tinh-it.docx")
    home.db.write(lambda s: (folder / "thu-cong-an.docx").write_bytes(letter_of(s, police(s, home.now()))))
    home.close()
    fonts = folder / "fonts.conf"
    fonts.write_text(STANDS_IN.format(cache=folder / "cache"))
    office = ["soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", "pdf"]
    files = sorted(folder.glob("*.docx"))
    subprocess.run(
        [*office, "--outdir", folder, *files],
        env=os.environ | {"FONTCONFIG_FILE": str(fonts)}, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return {file.stem: file.with_suffix(".pdf") for file in files}


def police(session: Session, now: datetime) -> Inquiry:
    return ask(session, COMMUNE, ["mismatch"], "lan", now, days=30)


def lines_of(pdf: Path) -> list[list[str]]:
    """The lines of each page, as they stand."""
    read = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    return [page.strip("\n").split("\n") for page in read.rstrip("\f").split("\f")]


def words_of(pdf: Path, page: int) -> list[tuple[str, float, float]]:
    """(word, left, bottom) on a page (from 1), in mm."""
    box = ["pdftotext", "-f", str(page), "-l", str(page), "-bbox", pdf, "-"]
    read = subprocess.run(box, check=True, capture_output=True, text=True).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="[\d.]+" yMax="([\d.]+)">([^<]+)<', read)
    return [(word, float(left) / 72 * 25.4, float(bottom) / 72 * 25.4) for left, bottom, word in found]


def test_every_word_file_keeps_the_margins_and_numbers_its_pages_from_the_second(drawn: dict[str, Path]) -> None:
    assert len(drawn) == 9
    for name, pdf in drawn.items():
        pages = pictures(pdf)
        assert name not in ONE_PAGE or len(pages) == 1
        for number, page in enumerate(pages):
            where = (name, number + 1)
            assert (round(page.width / PPI * 25.4), round(page.height / PPI * 25.4)) == A4
            left, top, right, bottom = ink(page, (0, 18.5, *A4)) or (0, 0, 0, 0)
            assert 29 <= left <= 35, where
            assert 185 <= right <= 192, where
            assert top >= 19, where
            assert bottom <= 278, where
            above = ink(page, (0, 0, 210, 18.5))
            assert (above is None) == (number == 0), where
            assert above is None or abs((above[0] + above[2]) / 2 - 110) < 3, where


def test_every_word_file_is_in_times_new_roman_alone(drawn: dict[str, Path]) -> None:
    for name, pdf in drawn.items():
        listed = subprocess.run(["pdffonts", pdf], check=True, capture_output=True, text=True).stdout
        families = {line.split()[0].partition("+")[2].partition("-")[0] for line in listed.splitlines()[2:]}
        assert families == {"Tinos"}, name


def test_the_heads_and_feet_of_the_word_files_stand_where_the_form_has_them(drawn: dict[str, Path]) -> None:
    for name, pdf in drawn.items():
        first = words_of(pdf, 1)
        at = {word: (left, bottom) for word, left, bottom in reversed(first)}
        assert at["UBND" if name.startswith("tinh") else "ỦY"][0] < 80 < at["CỘNG"][0], name
        assert abs(at["Số:"][1] - next(bottom for word, _, bottom in first if word == "ngày")) < 1, name  # one line
        last = words_of(pdf, len(lines_of(pdf)))
        (to, to_height), signs = (
            next((left, bottom) for word, left, bottom in last if word == wanted)
            for wanted in ("Nơi", "GIÁM" if name.startswith("tinh") else "TM.")
        )
        assert to < 40, name
        assert signs[0] > 110, name
        assert abs(to_height - signs[1]) < 2, name
        assert next(bottom for word, _, bottom in last if word.endswith("./.") or word == "xem.") < to_height, name


def test_a_long_table_repeats_its_header_and_tears_no_row(drawn: dict[str, Path]) -> None:
    pages = lines_of(drawn["tinh"])
    holding = [page for page in pages if any("Đông Sơn" in line for line in page)]
    assert len(holding) > 2
    assert all(any("Xã, phường" in line for line in page[:8]) for page in holding[1:])
    rows = [line for page in pages for line in page if re.search(r"Xã Đông Sơn \d+ .*31/10/2026 \*$", line)]
    assert len(rows) == 124  # each on one line, from its name to its day
