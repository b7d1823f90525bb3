"""Volunteers' phones in a real browser: a day without a line and back, two people at one door, and without a script."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page
from sqlmodel import select

from campaigns.tables import DoorCount, HelpSession, Visit
from register.entering import open_session
from register.staff import staff_named

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="NO CHROMIUM: the volunteers' page was not tested"),
    pytest.mark.parametrize("home", ["sqlite"], indirect=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LIST, MOST_BYTES = "/di-nha/", 80_000


async def take(page: Page) -> None:
    await page.goto(LIST)
    await page.get_by_role("button", name="Nhận", exact=True).click()
    await page.locator("details.house").first.wait_for()


async def tick(page: Page, door: int, outcome: str) -> None:
    card = page.locator("details.house").nth(door)
    await card.locator("summary").click()
    await card.get_by_role("button", name=outcome).click()


async def waits(page: Page, number: int) -> None:
    """Until the phone says how many presses it still has to send."""
    await page.locator(f"[data-waiting='{number}']").wait_for(timeout=10_000)


async def all_kept(page: Page) -> None:
    await page.locator("[data-kept=yes]").wait_for(timeout=10_000)


async def kept_pages(page: Page) -> list[str]:
    return await page.evaluate(  # type: ignore[no-any-return]
        "caches.open('di-nha').then(c => c.keys()).then(all => all.map(one => new URL(one.url).pathname))"
    )


async def stored(page: Page) -> int:
    return await page.evaluate(  # type: ignore[no-any-return]
        """new Promise(good => { const asked = indexedDB.open("di-nha", 1); asked.onsuccess = () => {
        const all = asked.result.transaction("presses").objectStore("presses").getAll();
        all.onsuccess = () => { asked.result.close(); good(all.result.length); }; }; })"""
    )


async def offline(context: BrowserContext, off: bool = True) -> None:
    await context.set_offline(off)


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_day_without_a_line_and_back(field: Any, screen: Any) -> None:
    page = await field.phone(screen=screen)
    await take(page)
    names = await page.locator("details.house summary").all_inner_texts()
    assert len(names) == 10
    await all_kept(page)
    await page.reload()  # now the worker answers
    await all_kept(page)
    await offline(page.context)
    await page.reload()
    assert await page.locator("details.house summary").all_inner_texts() == names
    await tick(page, 0, "Làm xong")
    await tick(page, 1, "Vắng nhà")
    await tick(page, 2, "Đã mất")
    await tick(page, 2, "Hẹn lại")  # a slip of the thumb, put right
    await waits(page, 4)
    assert "Không có mạng" in await page.inner_text("#mang")
    await page.reload()  # the phone was put away and taken out again
    await waits(page, 4)
    assert "Hẹn lại · chưa gửi" in await page.locator("details.house").nth(2).inner_text()
    await page.get_by_role("link", name="nhà văn hóa").click()
    for _ in range(3):
        await page.get_by_role("button", name="Thêm 1 người đến").click()
    await page.get_by_role("button", name="Thêm 1 người làm xong").click()
    await waits(page, 8)
    assert (await page.locator("[data-figure]").all_inner_texts()) == ["3", "1"]
    await page.goto(LIST)
    await waits(page, 8)
    assert field.notes() == []

    await offline(page.context, False)
    await waits(page, 0)
    assert [outcome for _, outcome in field.notes()] == ["done", "absent", "died", "again"]
    with field.home.db.read() as session:
        row = session.get_one(HelpSession, field.village.session)
        assert (row.came, row.helped) == (3, 1)
        assert len(session.exec(select(DoorCount)).all()) == 4
        gone = session.exec(select(Visit).where(Visit.outcome == "again")).one()
        assert gone.by == "volunteer"
    assert await stored(page) == 0
    # whom nobody has to go to any more is not named on the phone, neither on the page nor in what it kept
    kept = await page.evaluate("caches.match('/di-nha/', {ignoreVary: true}).then(one => one.text())")
    done = names[0].split("\n")[0].split(" ", 1)[1]
    assert (done in kept, names[5].split("\n")[0].split(" ", 1)[1] in kept) == (False, True)


async def test_a_line_that_breaks_after_the_server_took_it_in_doubles_nothing(field: Any) -> None:
    page = await field.phone()
    await take(page)
    await all_kept(page)
    lost: list[str] = []

    async def lose(route: Any) -> None:
        if len(lost) < 2:  # it arrives, its answer does not
            lost.append((await route.fetch()).status)
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/di-nha/gui", lose)
    await tick(page, 0, "Làm xong")
    await page.get_by_text("Chưa gửi: 1. Mạng yếu, sẽ tự gửi lại.").wait_for()
    assert await stored(page) == 1
    await tick(page, 1, "Vắng nhà")
    await page.get_by_text("Chưa gửi: 2. Mạng yếu").wait_for()
    await asyncio.gather(*(page.evaluate("window.dispatchEvent(new Event('online'))") for _ in range(3)))
    await waits(page, 0)
    assert lost == [200, 200]
    assert sorted(field.notes()) == [("volunteer", "absent"), ("volunteer", "done")]


async def test_two_volunteers_on_one_household_are_told_and_an_officer_decides(field: Any) -> None:
    first = await field.phone()
    await take(first)
    second = await field.phone("second")
    await second.goto(LIST)
    await second.get_by_role("button", name="Đi cùng Lê Văn Volunteer").click()
    await all_kept(second)
    await offline(second.context)
    await tick(second, 0, "Chưa muốn làm")
    await waits(second, 1)
    await tick(first, 0, "Làm xong")
    await first.locator("details.house .tag.yes").wait_for()
    await offline(second.context, False)
    await waits(second, 0)
    told = second.locator("#bao")
    await told.wait_for()
    assert "Lê Văn Volunteer đã ghi “Làm xong (đã thấy tận mắt)” lúc 07:59" in await told.inner_text()
    await first.reload()
    assert "hai người ghi khác nhau" in await first.inner_text("main")
    officer = await field.phone("officer", DESK)
    await officer.goto("/phieu-den-nha")
    await officer.get_by_role("button", name="Tính “Chưa muốn làm”").click()
    await officer.get_by_text("Đã ghi lại.").wait_for()
    assert await officer.get_by_text("hai người ghi khác nhau").count() == 0
    assert [outcome for _, outcome in field.notes()].count("refused") == 2


async def test_names_leave_the_phone_at_sign_out_and_at_the_days_end_and_presses_stay(field: Any) -> None:
    page = await field.phone()
    await page.clock.install()
    await take(page)
    await all_kept(page)
    await offline(page.context)
    await tick(page, 0, "Làm xong")
    await waits(page, 1)
    await page.clock.fast_forward("17:00:00")
    await page.get_by_text("Đã hết ngày").wait_for()
    assert await page.locator("details.house").count() == 0
    assert (await kept_pages(page), await stored(page)) == ([], 1)

    await offline(page.context, False)
    await waits(page, 0)
    assert field.notes() == [("volunteer", "done")]
    await page.goto(LIST)
    await all_kept(page)
    other = await page.context.new_page()
    await other.goto("/tai-khoan")
    await other.get_by_role("button", name="Đăng xuất", exact=True).click()
    await other.wait_for_url("**/dang-nhap")
    await page.get_by_text("Đã đăng xuất ở trang khác").wait_for()
    assert await page.locator("details.house").count() == 0
    assert await kept_pages(other) == []


async def test_signing_out_waits_for_what_is_not_sent_yet(field: Any) -> None:
    page = await field.phone()
    await take(page)
    await all_kept(page)
    await offline(page.context)
    await tick(page, 0, "Làm xong")
    await waits(page, 1)
    await page.get_by_role("button", name="Đăng xuất", exact=True).click()
    await page.get_by_text("Chờ có mạng để gửi").wait_for()
    await offline(page.context, False)
    await waits(page, 0)
    await page.get_by_role("button", name="Đăng xuất", exact=True).click()
    await page.wait_for_url("**/dang-nhap")
    assert (await kept_pages(page), await stored(page)) == ([], 0)
    assert field.notes() == [("volunteer", "done")]


async def test_a_session_that_ended_on_the_way_costs_no_press(field: Any) -> None:
    page = await field.phone()
    await take(page)
    await all_kept(page)
    await offline(page.context)
    await tick(page, 0, "Làm xong")
    await waits(page, 1)
    signed_in = await page.context.cookies()
    await page.context.clear_cookies()
    await offline(page.context, False)
    await page.get_by_text("Xin tải lại trang này").wait_for()
    await page.reload()
    assert page.url.endswith("/dang-nhap?tiep=/di-nha/")
    assert (await kept_pages(page), await stored(page), field.notes()) == ([], 1, [])
    await page.context.add_cookies(signed_in)
    await page.goto(LIST)
    await page.locator("details.house .tag.yes").wait_for()
    assert (await stored(page), field.notes()) == (0, [("volunteer", "done")])


async def test_another_login_on_the_same_phone_sends_nothing_in_its_name(field: Any) -> None:
    page = await field.phone()
    await take(page)
    await offline(page.context)
    await tick(page, 0, "Làm xong")
    await waits(page, 1)
    opened = field.home.db.write(lambda s: open_session(s, staff_named(s, "second"), field.home.now()))
    await page.context.add_cookies([{"name": "tungnha", "value": opened.token, "url": field.serving.address}])
    await offline(page.context, False)
    await page.get_by_text("Xin tải lại trang này").wait_for()
    await page.reload()
    await page.get_by_text("Trong máy còn 1 kết quả của người khác").wait_for()
    assert field.notes() == []


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_without_a_script_they_are_plain_forms(field: Any, screen: Any) -> None:
    page = await field.phone(screen=screen, script=False)
    await page.goto(LIST)
    await page.get_by_role("button", name="Nhận", exact=True).click()
    await tick(page, 0, "Làm xong")
    await page.get_by_text("Đã ghi lại.").wait_for()
    assert field.notes() == [("volunteer", "done")]
    await page.get_by_role("link", name="nhà văn hóa").click()
    await page.get_by_role("button", name="Thêm 1 người đến").click()
    await page.locator("[data-figure=den]", has_text="1").wait_for()


async def test_the_list_is_light_and_whole_for_those_who_see_badly(field: Any) -> None:
    page, weight = await field.phone(), []
    await take(page)
    await page.locator("details.house").nth(1).locator("summary").click()
    assert (await Axe().run(page)).response["violations"] == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    buttons = page.locator("details.house").nth(1).locator(".outcomes button")
    boxes = [await button.bounding_box() for button in await buttons.all()]
    assert len(boxes) == 9
    assert all(box and box["height"] >= 48 for box in boxes)
    text = await page.content()
    for secret in ("0602", "0902", "NCC", "khuyết tật", "bảo trợ"):  # citizen ids, phones, categories of the village
        assert secret not in text
    fresh = await page.context.browser.new_context(base_url=field.serving.address)  # type: ignore[union-attr]
    await fresh.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    again = await fresh.new_page()
    session = await fresh.new_cdp_session(again)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: weight.append(int(event["encodedDataLength"])))
    await again.goto(LIST, wait_until="networkidle")
    assert 10_000 < sum(weight) <= MOST_BYTES
