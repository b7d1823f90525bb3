"""What an office does at its desk, in a real browser at two sizes: words, province, notice, keys, help, settings.

One server and one browser for all of them: each test works on what no other touches.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Page, async_playwright

from console.serving import Serving
from register.workdays import use_local

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not shutil.which("chromium"), reason="NO CHROMIUM: the desk's flows were not tested"),
    pytest.mark.parametrize("shared_home", ["sqlite"], indirect=True, scope="module"),
    pytest.mark.parametrize(
        "screen", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"]
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(shared_village: Any, make_field: Any) -> AsyncIterator[Any]:
    async with Serving(shared_village.home, port=0) as serving, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        made = make_field(shared_village.home, shared_village, serving, browser, [])
        yield made
        await browser.close()
        assert made.faults == []


@pytest.fixture(autouse=True, scope="module")
def _own_days() -> Iterator[None]:
    yield
    use_local({})


OUT_OF_ITS_FRAME = """() => [...document.querySelectorAll("main .paper *:not(.hidden)")].filter(one => {
  const frame = one.closest(".paper").getBoundingClientRect(), box = one.getBoundingClientRect();
  return box.width > 1 && box.right > frame.right + 1 && !one.closest(".scroll, .hidden");
}).map(one => one.outerHTML.slice(0, 90))"""


async def whole(page: Page) -> None:
    """Nothing is wider than the screen or runs out of its frame, and axe finds nothing."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert await page.evaluate(OUT_OF_ITS_FRAME) == [], page.url
    assert "<Macro" not in await page.inner_text("main")
    assert (await Axe().run(page)).response["violations"] == [], page.url


async def press(page: Page, label: str, role: Any = "button") -> None:
    async with page.expect_navigation():
        await page.locator("main").get_by_role(role, name=label, exact=True).first.click()


def on_phone(screen: dict[str, int]) -> bool:
    return screen["width"] < 600


async def test_a_text_is_looked_at_tried_reworded_and_agreed_to(desk: Any, screen: Any) -> None:
    page = await desk.phone("officer", screen)
    await page.goto("/loi-van")
    await whole(page)
    await press(page, "Mẫu tin nộp cho Zalo", "link")
    await whole(page)
    await page.goto("/loi-van")
    await press(page, "Thử trò chuyện", "link")
    before = await page.locator(".bubble").count()
    await page.locator("button[value='guide.start']").click()
    await page.fill("#chu", "tôi quên mật khẩu")
    await press(page, "Gửi")
    assert await page.locator(".bubble").count() > before + 2
    await whole(page)

    key = "reminder" if on_phone(screen) else "first"
    await page.goto(f"/loi-van/{key}")
    assert await page.locator(".handset").count() == 2  # as Zalo and as Telegram show it
    await whole(page)
    words = await page.input_value("#loi")
    await page.fill("#loi", f"{words}\nXin xem https://vneid.example")
    await press(page, "Gửi người thứ hai duyệt")
    assert "có đường link" in await page.inner_text("[role=alert]")
    assert "https://vneid.example" in await page.input_value("#loi")
    await whole(page)
    await page.fill("#loi", f"{words}\nBà con cứ thong thả làm.")
    await press(page, "Xem trên điện thoại")
    for handset in await page.locator(".handset").all():
        assert "Bà con cứ thong thả làm." in await handset.inner_text()
    await press(page, "Gửi người thứ hai duyệt")
    assert await page.is_visible("text=Cần người khác duyệt.")

    second = await desk.phone("approver", screen)
    await second.goto("/loi-van")
    await second.locator("section", has_text="Đang chờ duyệt").locator("a").first.click()
    await press(second, "Duyệt lời này")
    await page.reload()
    assert "Lê Văn Approver" in await page.inner_text("table")
    assert "đang dùng" in await page.inner_text("table")


async def test_the_province_finds_and_ranks_its_communes(desk: Any, screen: Any) -> None:
    page = await desk.phone("province", screen)
    await page.goto("/cac-xa")
    await whole(page)
    places = await page.locator("tbody tr").count()
    assert places > 100
    first = (await page.locator("tbody tr th").all_inner_texts())[:2]
    assert set(first) == {"Phường Phan Thiết", "Phường Mũi Né"}  # the two that have a list, before all others
    await page.get_by_label("Tìm xã, phường").fill("phan thiet")
    await press(page, "Xem")
    assert "Phường Phan Thiết" in await page.locator("tbody tr th").all_inner_texts()
    assert await page.locator("tbody tr").count() < 10
    await page.get_by_label("Tìm xã, phường").fill("")
    await page.get_by_label("Chỉ xem").select_option("none")
    await press(page, "Xem")
    assert await page.locator("tbody tr").count() == places - 2  # all but the two that have a list


async def test_a_notice_is_told_in_hamlets_and_shown_where_it_hangs(desk: Any, screen: Any) -> None:
    page, number = await desk.phone("officer", screen), 1 if on_phone(screen) else 0
    await page.goto("/thong-bao")
    await whole(page)
    await page.get_by_role("link", name="Đã báo những khu nào, ảnh niêm yết").first.click()
    await page.locator("[name=khu][type=checkbox]").nth(number).check()
    await page.fill("#ngay", "22/11/2026")
    await press(page, "Lưu")
    assert f"{number + 1} trên 5 khu dân cư" in await page.inner_text("main")
    picture, out = Image.new("RGB", (900, 1200), (90 + 90 * number, 120, 160)), io.BytesIO()
    picture.save(out, "JPEG")
    await page.set_input_files("#anh", {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    await page.select_option("#khu", label=f"Khu phố {number + 1}")
    await press(page, "Gửi ảnh")
    shown = page.locator("figure", has_text=f"Khu phố {number + 1}")
    await shown.scroll_into_view_if_needed()
    await shown.locator("img").evaluate("picture => picture.decode()")
    assert await shown.locator("img").evaluate("picture => picture.naturalWidth") == 900
    await whole(page)


async def test_the_data_sheet_is_read_and_printed(desk: Any, screen: Any) -> None:
    page = await desk.phone("auditor", screen)
    await page.goto("/ho-so-du-lieu")
    await whole(page)
    on_screen = await page.locator("main td").count()
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 720, "height": 1000})  # A4 without its margins
    assert not await page.locator("nav.side").is_visible()
    assert not await page.locator("header.band").is_visible()
    assert await page.locator("main td:visible").count() == on_screen
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (await page.pdf(format="A4"))[:5] == b"%PDF-"


async def test_a_key_is_made_used_and_withdrawn(desk: Any, screen: Any) -> None:
    page = await desk.phone("owner", screen)
    await page.goto("/khoa-ket-noi")
    await page.fill("#ten", "Bảng điều hành")
    await press(page, "Lập khóa")
    token = await page.inner_text("code.address")
    await whole(page)
    asked = {"Authorization": f"Bearer {token}"}
    assert (await page.request.get("/api/v1/me", headers=asked)).status == 200
    await page.goto("/khoa-ket-noi/cach-dung")
    await whole(page)
    await page.goto("/khoa-ket-noi")
    assert token not in await page.content()  # once, and never again
    await page.locator("button", has_text="Thu hồi").first.click()
    await page.get_by_text("đã thu hồi").first.wait_for()
    assert (await page.request.get("/api/v1/me", headers=asked)).status == 401


async def test_a_new_one_is_shown_round_once_and_helped_on_every_page(desk: Any, screen: Any) -> None:
    page = await desk.phone("approver" if on_phone(screen) else "officer", screen)
    await page.goto("/")
    assert await page.is_visible("text=Lần đầu ở đây?")
    await whole(page)
    await press(page, "Đã hiểu, cất đi")
    await page.goto("/dot-van-dong")
    assert not await page.is_visible("text=Lần đầu ở đây?")
    await page.get_by_text("Trợ giúp trang này").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Dùng bàn phím").wait_for()
    await whole(page)
    await page.goto("/")
    assert not await page.is_visible("text=Lần đầu ở đây?")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert page.url.endswith("#noi-dung")


async def test_a_commune_sets_its_hours_its_office_and_tests_its_channels(desk: Any, screen: Any) -> None:
    page = await desk.phone("officer", screen)
    await page.goto("/xa-phuong")
    await whole(page)
    await page.fill("#may_ban", "0252 3 821 234")
    await page.fill("#dia_chi", "12 đường Trần Hưng Đạo")
    await press(page, "Lưu")
    await page.fill("#nhan_den", "23:00")
    await press(page, "Lưu cách làm")
    assert "07:00 đến 21:00" in await page.inner_text("[role=alert]")
    await whole(page)
    await page.fill("#nhan_den", "19:00")
    await page.fill("#suc", "24")
    await press(page, "Lưu cách làm")
    assert await page.input_value("#nhan_den") == "19:00"
    assert "quản trị hệ thống ghi" in await page.inner_text("main")  # days off: two communes share them
    await page.goto("/kenh")
    await press(page, "Hỏi từng kênh xem có hoạt động không", "link")
    assert await page.locator(".tag", has_text="chưa thiết lập").count() == 4
    await whole(page)

    owner = await desk.phone("owner", screen)
    await owner.goto("/xa-phuong")
    await owner.fill("#nghi", "28/12/2026, 31/12/2026")
    await press(owner, "Lưu ngày nghỉ")
    assert await owner.input_value("#nghi") == "28/12/2026, 31/12/2026"
    await whole(owner)
