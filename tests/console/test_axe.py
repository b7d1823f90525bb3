"""Whoever sees badly, or uses no mouse, can use every page: axe-core finds no serious fault, for any role, on any
page that links lead to, on a desk and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Error, Page, async_playwright

from benchmarks.console import reachable
from console.serving import Serving

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="NO CHROMIUM: the pages were not checked for those who see badly"),
]
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
ON_A_PHONE_TOO = ("", "officer", "volunteer")  # the others see some of these pages
LEAST = {  # pages that a role must have come by; "": nobody signed in
    "": 1, "officer": 25, "approver": 25, "volunteer": 3, "radio": 3, "province": 6, "auditor": 6, "owner": 25,
}  # fmt: skip
GRAVE = ("serious", "critical")
NOT_PAGES = (".json", ".xlsx", ".docx", ".pdf", ".mp3", ".zip", ".csv")


async def faults(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:120]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
    ]


async def walk(context: BrowserContext, start: str) -> tuple[list[str], dict[str, list[str]]]:
    """The pages that links lead to from ``start``, and what axe finds on them, by path."""
    found: dict[str, list[str]] = {}
    page = await context.new_page()

    async def opened(path: str) -> list[str] | None:
        if path.split("?")[0].endswith(NOT_PAGES):
            return None
        try:
            answer = await page.goto(path)
        except Error as error:
            if "Download is starting" in str(error):
                return None
            raise
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        if grave := await faults(page):
            found[path] = grave
        links: list[str] = await page.eval_on_selector_all(
            "a[href^='/']", "all => all.map(a => a.getAttribute('href'))"
        )
        return links

    return await reachable(opened, start), found


async def test_a_fault_would_be_found() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        await page.set_content("<html lang=vi><title>x</title><main><h1>x</h1><input><img src=x></main>")
        assert {fault.split()[0] for fault in await faults(page)} >= {"label", "image-alt"}
        await browser.close()


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", LEAST)
async def test_no_page_has_a_serious_fault(village: Any, browse: Callable[[str], Any], role: str) -> None:
    signed_in = browse(role)
    if role in ("province", "auditor", "owner"):
        signed_in.submit("/xa", {"xa": "22945"})
    async with Serving(village.home, port=0) as serving, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for screen in (DESK, PHONE) if role in ON_A_PHONE_TOO else (DESK,):
            context = await browser.new_context(base_url=serving.address, viewport=screen, locale="vi-VN")
            cookies = [{"name": c.name, "value": c.value, "url": serving.address} for c in signed_in.cookies.jar]
            await context.add_cookies(cookies)
            pages, found = await walk(context, "/" if role else "/dang-nhap")
            assert found == {}
            assert len(pages) >= LEAST[role], pages
        await browser.close()
