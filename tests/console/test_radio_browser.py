"""The radio page in a real browser: a line is cut and comes back, a machine slept, khẩn cấp, STOP, an output is gone.

Clocks are set, never waited for: the page's own (playwright) and the server's stand together and are moved together.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import lameenc
import numpy as np
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlmodel import Session, col, select

from audio.airtime import plan_urgent
from audio.approval import approve_recording
from audio.tables import AirEntry, Airing, Bulletin, Recording, text_hash
from console.serving import Serving
from register.entering import open_session
from register.home import Clock, Home
from register.staff import staff_named

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="NO CHROMIUM: the radio page was not tested"),
    pytest.mark.parametrize("home", ["sqlite"], indirect=True),
]
ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run",
    "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]  # fmt: skip
HERE = "22945"
WATCH = """
  window.begun = []; window.sinks = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { window.begun.push(this.src); return play.call(this); };
  const sink = HTMLMediaElement.prototype.setSinkId;
  HTMLMediaElement.prototype.setSinkId = function (id) {
    window.sinks.push(id);
    return id === "gone" ? Promise.reject(new DOMException("", "NotFoundError")) : sink.call(this, id);
  };
"""


def tone(seconds: float) -> bytes:
    """A real MP3, soft and short."""
    encoder = lameenc.Encoder()
    encoder.set_in_sample_rate(44_100)
    encoder.set_channels(1)
    encoder.set_bit_rate(64)
    encoder.silence()
    wave = 3_000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * 44_100)) / 44_100)
    return bytes(encoder.encode(wave.astype(np.int16).tobytes())) + bytes(encoder.flush())


@dataclass
class Station:
    """The commune's application on a port that can go away and come back, and a browser at the operator's desk."""

    home: Home
    clock: Clock
    browser: Browser
    serving: Serving
    faults: list[str] = field(default_factory=list)

    async def desk(self) -> Page:
        context = await self.browser.new_context(
            base_url=self.serving.address, locale="vi-VN", viewport={"width": 1200, "height": 900},
            permissions=["microphone"],
        )  # fmt: skip
        opened = self.home.db.write(lambda s: open_session(s, staff_named(s, "radio"), self.home.now()))
        await context.add_cookies([{"name": "tungnha", "value": opened.token, "url": self.serving.address}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        await page.add_init_script(WATCH)
        await page.clock.install(time=self.home.now())
        await page.goto("/phat-thanh")
        await expect(page.locator("#may")).to_contain_text("Đang nối với máy chủ")
        return page

    async def cut(self) -> None:
        """Nobody listens at the address any more."""
        await self.serving.stop()

    async def mend(self) -> None:
        port = int(self.serving.address.rpartition(":")[2])
        self.serving = await Serving(self.home, port=port).__aenter__()

    async def later(self, page: Page, by: timedelta, *, server: bool = True) -> None:
        await page.clock.fast_forward(by // timedelta(milliseconds=1))
        if server:
            self.clock.advance(by)

    def air(self, title: str, after: timedelta, seconds: float = 0.6, *, planned: bool = True) -> int:
        """An approved item so long after now. Returns its airing, or its recording when it is not planned."""
        mp3 = tone(seconds)
        file = f"{title}.mp3".encode().hex()[:20] + ".mp3"
        (self.home.audio / file).write_bytes(mp3)

        def store(session: Session) -> int:
            bulletin = Bulletin(
                commune=HERE, title=title, text=title, text_hash=text_hash(title), author="officer",
                created_at=self.home.now(),
            )  # fmt: skip
            session.add(bulletin)
            session.flush()
            recording = Recording(
                bulletin=bulletin.id or 0, voice="recording", draft=False, file=file, text_hash=bulletin.text_hash,
                sha256=hashlib.sha256(mp3).hexdigest(), duration_s=seconds, lufs=-16, true_peak_dbtp=-2,
                syllables_per_minute=180, created_at=self.home.now(),
            )  # fmt: skip
            session.add(recording)
            session.flush()
            number = recording.id or 0
            approve_recording(session, number, "approver", self.home.now())
            if not planned:
                return number
            airing = Airing(
                commune=HERE, recording=number, planned_at=self.home.now() + after, seconds=max(1, round(seconds)),
                planned_by="radio",
            )  # fmt: skip
            session.add(airing)
            session.flush()
            return airing.id or 0

        return self.home.db.write(store)

    def entries(self, airing: int) -> list[tuple[str, datetime, datetime | None]]:
        with self.home.db.read() as session:
            found = session.exec(select(AirEntry).where(AirEntry.airing == airing).order_by(col(AirEntry.id))).all()
            return [(entry.what, entry.at, entry.until) for entry in found]


@pytest.fixture
async def station(village: Any, clock: Clock) -> AsyncIterator[Station]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        serving = await Serving(village.home, port=0).__aenter__()
        made = Station(village.home, clock, browser, serving)
        yield made
        await browser.close()
        await made.serving.stop()
        assert made.faults == []


async def arm(page: Page) -> None:
    async with page.expect_response("**/phat-thanh/ban"):
        await page.get_by_role("button", name="Bật phát hôm nay").click()
    await expect(page.locator("#viec")).to_contain_text("Đã bật")


async def told(page: Page, title: str, what: str) -> None:
    """Until the page's list says this of the item."""
    await expect(page.locator("#cac-luot li", has_text=title)).to_contain_text(what, timeout=10_000)


async def begun(page: Page) -> int:
    return len(await page.evaluate("window.begun"))


async def test_it_plays_without_a_line_and_the_log_holds_it_after(station: Station) -> None:
    first = station.air("Mời bà con", timedelta(minutes=2))
    second = station.air("Phòng lừa đảo", timedelta(minutes=6))
    slept = station.air("Giờ trực", timedelta(minutes=20))
    unapproved = station.air("Bản chưa duyệt", timedelta(minutes=3))
    station.home.db.write(lambda s: _take_back(s, unapproved))
    page = await station.desk()
    started = station.home.now()
    for title in ("Mời bà con", "Phòng lừa đảo", "Giờ trực"):
        await told(page, title, "đã lưu trong máy")
    assert await page.locator("#cac-luot li", has_text="Bản chưa duyệt").count() == 0
    await station.later(page, timedelta(minutes=3))
    await page.wait_for_timeout(1500)
    assert await begun(page) == 0, "nothing plays before somebody pressed"
    await arm(page)
    await told(page, "Mời bà con", "đã phát")  # a minute late: played as soon as it is armed

    await station.cut()
    assert not await page.evaluate("fetch('/healthz').then(() => true, () => false)")
    await station.later(page, timedelta(minutes=3, seconds=1), server=False)
    await told(page, "Phòng lừa đảo", "đã phát")
    await expect(page.locator("#may")).to_contain_text("Mất mạng")
    assert station.entries(second) == []

    await page.reload()  # the machine is switched off and on, still without a line
    await expect(page.locator("#viec")).to_contain_text("Đã bật")
    await told(page, "Phòng lừa đảo", "đã phát")
    assert await begun(page) == 0, "what was played is not played again"
    await station.later(page, timedelta(minutes=26), server=False)  # asleep until 12 minutes after its time
    await told(page, "Giờ trực", "trễ quá 10 phút, không phát")
    assert await begun(page) == 0
    await expect(page.locator("#canh-bao")).to_contain_text("trễ quá 10 phút nên không phát")

    await station.mend()
    station.clock.set(started + timedelta(minutes=33))
    for _ in range(2):  # sent once more, as if the first answer had been lost
        await page.evaluate("window.dispatchEvent(new Event('online'))")
        await expect(page.locator("#may")).to_contain_text("Nhật ký đã gửi hết", timeout=10_000)
    ((what, at, until),) = station.entries(second)
    assert what == "played"
    assert abs(at - (started + timedelta(minutes=6))) < timedelta(seconds=20)
    assert until is not None
    assert timedelta(0) < until - at < timedelta(seconds=20)
    assert [what for what, _, _ in station.entries(first)] == ["played"]
    assert [what for what, _, _ in station.entries(slept)] == ["late"]


def _take_back(session: Session, airing: int) -> None:
    recording = session.get_one(Recording, session.get_one(Airing, airing).recording)
    session.get_one(Bulletin, recording.bulletin).text += " Thêm một câu."


async def test_the_urgent_cuts_in_and_stop_stops(station: Station) -> None:
    long = station.air("Tin dài", timedelta(seconds=30), seconds=30)
    storm = station.air("Bão số 9", timedelta(0), planned=False)
    page = await station.desk()
    await told(page, "Tin dài", "đã lưu trong máy")
    await arm(page)
    await station.later(page, timedelta(seconds=31))
    await told(page, "Tin dài", "đang phát")
    urgent = station.home.db.write(lambda s: plan_urgent(s, storm, "officer", station.home.now())).id or 0
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await told(page, "Bão số 9", "đã phát")
    assert [what for what, _, _ in station.entries(long)][:1] == ["moved"]
    with station.home.db.read() as session:
        moved = session.get_one(Airing, long).planned_at
    assert moved > station.home.now()
    await station.later(page, moved - station.home.now() + timedelta(seconds=1))
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    if moved.date() != station.home.now().date() or not await page.get_by_role("button", name="Đã bật").count():
        await arm(page)  # armed anew on another day
    await told(page, "Tin dài", "đang phát")
    await page.get_by_role("button", name="DỪNG").click()
    await expect(page.locator("#viec")).to_contain_text("Chưa bật")
    await told(page, "Tin dài", "đã dừng")
    async with asyncio.timeout(30):  # that the log went out stood there before this entry, too
        while len(station.entries(long)) < 3:
            await page.wait_for_timeout(50)
    assert [what for what, _, _ in station.entries(long)] == ["moved", "preempted", "stopped"]
    assert [what for what, _, _ in station.entries(urgent)] == ["played"]


async def test_an_output_of_its_own_and_never_another(station: Station) -> None:
    one = station.air("Mời bà con", timedelta(minutes=1))
    page = await station.desk()
    await told(page, "Mời bà con", "đã lưu trong máy")
    await page.get_by_role("button", name="Tìm các đường ra").click()
    choice = page.get_by_label("Phát ra đường")
    await expect(choice).to_be_enabled()
    await choice.select_option(index=1)
    await expect(page.locator("#duong-ra")).to_contain_text("Tiếng chuông của máy không lên loa")
    chosen = await choice.input_value()
    assert [v for v in (await Axe().run(page)).response["violations"] if v["impact"] in ("serious", "critical")] == []
    await arm(page)
    await station.later(page, timedelta(seconds=61))
    await told(page, "Mời bà con", "đã phát")
    assert await page.evaluate("window.sinks") == [chosen]

    gone = station.air("Phòng lừa đảo", timedelta(minutes=1))
    await choice.evaluate("select => { select.add(new Option('Cạc USB', 'gone')); select.value = 'gone'; }")
    await choice.dispatch_event("change")
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await told(page, "Phòng lừa đảo", "đã lưu trong máy")
    await station.later(page, timedelta(seconds=61))
    await expect(page.locator("#canh-bao")).to_contain_text("Không thấy đường ra “Cạc USB”")
    await expect(page.locator("#may")).to_contain_text("Nhật ký đã gửi hết", timeout=10_000)
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await told(page, "Phòng lừa đảo", "không phát được")
    assert await begun(page) == 1
    assert [what for what, _, _ in station.entries(one)] == ["played"]
    assert [what for what, _, _ in station.entries(gone)] == ["failed"]


async def test_two_pages_never_play_together(station: Station) -> None:
    page = await station.desk()
    other = await page.context.new_page()
    await other.goto("/phat-thanh")
    await expect(other.locator("#viec")).to_contain_text("đang mở ở một thẻ khác")
    assert await other.locator("#bat").is_disabled()
