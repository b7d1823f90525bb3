"""An officer's flows in a real browser, at a desk and on a phone: the inbox, the visit list, the lists handed over."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from openpyxl import load_workbook
from playwright.async_api import Page
from sqlmodel import select

from campaigns.tables import SeatOrder, Visit
from register.tables import Source

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("chromium"), reason="NO CHROMIUM: the officers' flows were not tested"),
    pytest.mark.parametrize("home", ["sqlite"], indirect=True),
    pytest.mark.parametrize(
        "screen", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"]
    ),
]


async def whole(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await Axe().run(page)).response["violations"] == []


async def press(page: Page, label: str, exact: bool = True) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=label, exact=exact).first.click()


async def test_a_ticket_is_read_ordered_answered_and_handed_on(field: Any, screen: Any) -> None:
    page = await field.phone("officer", screen)
    await page.goto("/viec")
    await whole(page)
    await page.get_by_role("link", name="Xin gặp cán bộ").click()
    await press(page, "Nhận việc này")
    await press(page, "Hẹn đến nhà")
    await press(page, "Giữ chỗ")
    await press(page, "Đọc lời người dân")
    assert "Đã giữ một chỗ" in await page.inner_text(".story")
    await press(page, "Mời bà đến Trung tâm Phục vụ", exact=False)
    text = await page.input_value("#tra_loi")
    assert text.startswith("Mời bà đến Trung tâm Phục vụ hành chính công của phường Phan Thiết")
    assert await page.locator(".story").is_visible()  # what was uncovered stays uncovered
    await whole(page)
    await page.fill("#tra_loi", text + " Hỏi chị Nga ở bàn số 2.")
    await press(page, "Gửi câu trả lời")
    await page.get_by_text("Câu trả lời đã lưu, nhưng chưa gửi được").wait_for()  # no channel is set up here

    # a colleague is given the ticket, and writes at the same time
    await page.select_option("#cho", "nga")
    await press(page, "Chuyển")
    nga = await field.phone("nga", screen)
    await nga.goto("/viec?xem=toi")
    await nga.get_by_role("link", name="Xin gặp cán bộ").click()
    await nga.fill("#tra_loi", "Mời bà gặp tôi sáng mai.")
    await page.fill("#tra_loi", "Tôi gọi lại bác rồi.")
    await press(page, "Gửi câu trả lời")
    await press(nga, "Gửi câu trả lời")
    assert "Lê Văn Officer vừa ghi vào việc này" in await nga.inner_text("main")
    assert await nga.input_value("#tra_loi") == "Mời bà gặp tôi sáng mai."
    await press(nga, "Việc đã xong, đóng lại")
    await nga.get_by_text("Không có ai đang chờ").wait_for()
    with field.home.db.read() as session:
        assert session.exec(select(SeatOrder)).one().person == field.village.people[0]


async def test_the_visit_list_is_printed_and_written_down_by_number(field: Any, screen: Any, tmp_path: Path) -> None:
    page = await field.phone("officer", screen)
    await page.goto("/phieu-den-nha")
    await whole(page)
    await page.select_option("#khu", field.village.hamlets[0])
    await press(page, "Xem")
    await page.fill("#ngay", "23/11/2026")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Tải phiếu in (PDF)").click()
    file = tmp_path / "phieu.pdf"
    await (await waiting.value).save_as(file)
    assert file.read_bytes()[:5] == b"%PDF-"
    await page.get_by_role("link", name="Ghi nhanh theo số phiếu").click()
    await page.fill("#so", "3")
    await press(page, "Vắng nhà")
    await page.get_by_text("Đã ghi phiếu số 3: Vắng nhà.").wait_for()
    await whole(page)
    with field.home.db.read() as session:
        assert session.exec(select(Visit).where(Visit.outcome == "absent")).one().sheet == 3


async def test_a_list_is_handed_over_and_its_answers_are_looked_at_and_taken_in(
    field: Any, screen: Any, tmp_path: Path
) -> None:
    page = await field.phone("officer", screen)
    await page.goto("/de-nghi")
    await whole(page)
    await press(page, "Lập đề nghị")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Tải công văn (Word)").click()
    assert (await waiting.value).suggested_filename.endswith(".docx")
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Tải bảng (Excel)").click()
    file = tmp_path / "bang.xlsx"
    await (await waiting.value).save_as(file)
    await press(page, "Đã gửi")
    await page.goto("/de-nghi")
    asked = await page.inner_text("ul.key")
    number = re.search(r"đã gửi, đang chờ 1 đề nghị, (\d+) người", asked)
    assert number, asked

    book = load_workbook(file)
    rows = list(book.active.iter_rows())  # type: ignore[union-attr]
    top = next(n for n, row in enumerate(rows) if row[0].value == "Mã dòng")
    assert len(rows) - top - 1 == int(number[1])
    for row in rows[top + 1 :]:
        row[8].value = "có"
    out = io.BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    await page.set_input_files("#tep", {"name": "tra-loi.xlsx", "mimeType": kind, "buffer": out.getvalue()})
    await page.fill("#ngay", "23/11/2026")
    await press(page, "Xem trước")
    await page.get_by_text("Chưa lưu gì").wait_for()
    await whole(page)
    with field.home.db.read() as session:
        assert session.exec(select(Source).where(Source.kind == "return")).all() == []
    await press(page, "Nhận trả lời này")
    assert f"đã có trả lời 1 đề nghị, {number[1]} người" in await page.inner_text("ul.key")
