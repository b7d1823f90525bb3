"""A slow line: what Chromium shows of the first page, and when, at 400 kbit/s with 400 ms to and fro."""

from __future__ import annotations

import shutil

from console.serving import Serving
from register.home import Home

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
LINE = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
# Milliseconds from the start of the request, both; the page may already be painted or not yet. One promise in
# place of asking again and again, which the page's own Content-Security-Policy forbids.
SHOWN = """() => new Promise(shown => new PerformanceObserver(seen =>
    seen.getEntriesByName('first-contentful-paint').forEach(entry => shown(entry.startTime))
).observe({type: 'paint', buffered: true}))"""
LOADED = """() => Math.max(...['navigation', 'resource'].flatMap(kind =>
    performance.getEntriesByType(kind)).map(entry => entry.responseEnd))"""


async def slow_line(home: Home) -> dict[str, float]:
    """Seconds until the sign-in page is painted and until all of it is there, with nothing in the cache.

    {} where Chromium or the development set is missing.
    """
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        return {}
    if not CHROMIUM:
        return {}
    async with Serving(home, port=0) as serving, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        line = await page.context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", LINE)
        await page.goto(f"{serving.address}/dang-nhap", wait_until="networkidle")
        shown, loaded = await page.evaluate(SHOWN), await page.evaluate(LOADED)
        await browser.close()
    return {"slow_line_shown_s": shown / 1000, "slow_line_loaded_s": loaded / 1000}
