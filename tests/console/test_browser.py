"""The main path in a real browser, from the list to the result, on the sandbox; with and without JavaScript.

PICTURES=1 pytest tests/console/test_browser.py     # also renews docs/pictures/*.png
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright
from sqlmodel import func, select, update

from bot.citizen.web import WebSender, address_of
from campaigns.campaigns import is_announced
from campaigns.tables import Campaign, Delivery, HelpSession
from channels.files import PICTURES
from channels.sandbox.server import Sandbox
from console.serving import Serving
from content.message import Message
from content.screens import picture
from jobs import drain_lanes
from register import second_step
from register.home import Clock, Home, open_home
from register.sample import ASXH_COLUMN, FIRST_ROW, sample_workbook
from register.staff import add_staff
from register.tables import SecondStep
from settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="NO CHROMIUM: the path through the browser was not tested"),
]
ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HERE = "22945"
PASSWORD = "mật khẩu thử 2026"
ROOT = Path(__file__).parent.parent.parent
DESKTOP, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
MOST_BYTES = 200_000
FORWARD = ["who.self", "check.ok", "since.now", "guide.done", "guide.next", "guide.start"]

# every field has a name that is read out, ids are unique, one heading leads, nothing is wider than the screen
FAULTS = """() => {
  const found = [];
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.getAttribute("aria-label")) found.push("no label: " + field.name);
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  for (const id of new Set(ids)) if (ids.filter(i => i === id).length > 1) found.push("twice: " + id);
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  if (document.documentElement.lang !== "vi") found.push("lang");
  if (document.documentElement.scrollWidth > window.innerWidth) found.push("wider than the screen");
  return found;
}"""


@dataclass
class Town:
    """A running installation with its sandbox, and a browser."""

    home: Home
    sandbox: Sandbox
    serving: Serving
    browser: Browser
    pictures: Path
    secrets: dict[str, str]  # of the second step, by login: what the officers' phones know

    async def settle(self) -> None:
        while True:
            await self.sandbox.quiet()
            if not await self.serving.settle():
                return

    async def page(self, login: str, screen: Any = DESKTOP, script: bool = True) -> Page:
        """A fresh browser profile, signed in."""
        context = await self.browser.new_context(
            viewport=screen, base_url=self.serving.address, java_script_enabled=script, locale="vi-VN"
        )
        page = await context.new_page()
        await page.goto("/")
        await page.fill("#ten", login)
        await page.fill("#mat_khau", PASSWORD)
        await follow(page, page.locator("main button"))
        self.home.db.write(lambda s: s.execute(update(SecondStep).values(used_step=None)))  # our clock stands still
        await page.fill("#ma", pyotp.TOTP(self.secrets[login]).at(self.home.now()))
        await submit(page, "Vào hệ thống")
        assert "Hôm nay" in await page.title()
        return page

    async def picture(self, page: Page, name: str) -> None:
        file = self.pictures / f"{name}.png"
        await page.screenshot(path=file)
        assert file.stat().st_size <= MOST_BYTES, f"{name} is {file.stat().st_size} bytes"


@pytest.fixture
async def town(ready_home: Path, tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    folder = tmp_path / "home"
    shutil.copytree(ready_home, folder)
    sandbox = Sandbox(now=clock, limits=False)
    await sandbox.start()
    home = open_home(Settings(**{**sandbox.settings(), "home": folder, "voice": "espeak"}), now=clock, migrate=False)

    def office(session: Any) -> None:
        for login, role in (("officer", "officer"), ("approver", "approver")):
            name = {"officer": "Nguyễn Thị Lan", "approver": "Trần Quang Minh"}[login]
            staff = add_staff(session, login, name, role, HERE, PASSWORD, home.now())
            secrets[login] = second_step.begin(session, home, staff)
            second_step.confirm(session, home, staff, pyotp.TOTP(secrets[login]).at(home.now()), home.now())

    secrets: dict[str, str] = {}
    home.db.write(office)
    pictures = ROOT / "docs" / "pictures" if os.environ.get("PICTURES") else tmp_path
    pictures.mkdir(parents=True, exist_ok=True)
    async with Serving(home, port=0) as serving, async_playwright() as playwright:
        home.settings.public_url = serving.address
        await serving.receive_updates()
        await sandbox.connect(serving.address)
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield Town(home, sandbox, serving, browser, pictures, secrets)
        await browser.close()
    await sandbox.stop()
    home.close()


async def follow(page: Page, button: Locator) -> None:
    """Press and wait for the page that comes of it."""
    async with page.expect_navigation():
        await button.click()


async def submit(page: Page, label: str) -> None:
    await follow(page, page.get_by_role("button", name=label, exact=True))


def own_heading(file: Path) -> None:
    """The sample, with a heading of the commune's own over the ASXH column of each sheet."""
    sample_workbook(file)
    book = openpyxl.load_workbook(file)
    for sheet in book.worksheets:
        sheet.cell(FIRST_ROW - 2, ASXH_COLUMN).value = "Đã lên ví phường"
    book.save(file)


async def fix_the_column(page: Page) -> None:
    """The one heading that nobody knows is told once; until then it is unknown who has an account."""
    await page.wait_for_url("**/cot")
    assert "Không thấy cột Tài khoản ASXH" in await page.inner_text("main")
    await page.get_by_role("link", name="Đã lên ví phường").click()
    await page.locator("tr", has_text="Đã lên ví phường").locator("select").select_option("asxh")
    await submit(page, "Tiếp tục")


async def take_in_a_list(page: Page, file: Path, fix: bool = False) -> None:
    await page.goto("/danh-sach/moi")
    await page.set_input_files("#tep", file)
    await page.fill("#ngay_chot", "15/11/2026")
    await page.check("[name=nq418]")
    await submit(page, "Đọc thử")
    if fix:
        await fix_the_column(page)
    await page.wait_for_url("**/kiem-tra")  # the page of progress leads on, with and without scripts
    assert "447" in await page.inner_text(".figures")
    assert "Không thấy cột Tài khoản ASXH" not in await page.inner_text("main")
    await submit(page, "Nhận danh sách này")
    await page.wait_for_url("**/danh-sach/*?xong=*")
    assert await page.is_visible("text=Đã nhận danh sách.")


async def note_the_notice(page: Page) -> None:
    await page.goto("/thong-bao")
    await page.fill("#so", "45/TB-UBND")
    await submit(page, "Lưu thông báo")
    for step in ("niem_yet", "phat_loa", "da_bao"):
        await page.locator("section").locator(f"[name={step}]").check()
    await follow(page, page.locator("section form button"))
    assert await page.is_visible("text=Đã đủ: có thể nhắn tin lần đầu.")


async def make_campaign(page: Page) -> str:
    """Walk the five steps and hand the draft in."""
    await page.goto("/dot-van-dong/moi")
    for button in ("Lưu và sang bước 2", "Lưu và sang bước 3", "Lưu và chạy thử", "Đã xem, sang bước 5"):
        await submit(page, button)
    await submit(page, "Trình duyệt")
    assert await page.is_visible("text=đang chờ duyệt")
    return page.url.rpartition("/")[0]


@pytest.mark.parametrize(
    ("screen", "script"),
    [(DESKTOP, True), (PHONE, True), (PHONE, False)],
    ids=["desktop", "phone", "no-javascript"],
)
async def test_from_the_list_to_the_result(town: Town, tmp_path: Path, screen: Any, script: bool) -> None:
    file = tmp_path / "danh-sach.xlsx"
    own_heading(file)
    officer = await town.page("officer", screen, script)
    approver = await town.page("approver", screen, script)
    problems: list[str] = []
    for page in (officer, approver):
        page.on("console", lambda message: problems.append(message.text))
        page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None)
    await take_in_a_list(officer, file, fix=True)
    await note_the_notice(officer)

    # one person of the target gets a code and links a chat with it
    await officer.goto("/nguoi?nhom=nq418-ready")
    await follow(officer, officer.locator("tbody a").first)
    await submit(officer, "Tạo mã liên kết Zalo, Telegram")
    code = await officer.inner_text(".code")
    await add_phone(officer, "Zalo")
    await town.settle()
    await say(town, officer, code)
    await officer.goto("/dien-thoai-thu")
    await press(town, officer, "who.self")

    # the campaign: made by one, approved by another, launched
    path = await make_campaign(officer)
    await officer.goto(f"{path}/chay-thu")
    assert "Chưa có tin nào được gửi" in await officer.inner_text("main")
    assert await officer.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    drawn = script and screen == DESKTOP  # docs/pictures
    if drawn:
        await town.picture(officer, "chay-thu")
    await approver.goto("/")
    await follow(approver, approver.get_by_role("link", name="Xem và duyệt"))
    await submit(approver, "Duyệt đợt này")
    await officer.goto(path)
    await submit(officer, "Phát động")
    assert await officer.is_visible("text=Đã phát động.")
    await drain_lanes(town.serving.work)

    if not script:  # up to here: the phones below are a page of forms like all others
        assert problems == []
        return

    # the citizen finishes by pressing, never typing, and sees where to press
    draw("asxh-1", "asxh-2", home=town.home)
    for _ in range(40):
        shown = await buttons(officer)
        chosen = next((name for name in FORWARD if name in shown), None)
        if chosen is None or "đã ghi là" in await newest(officer):
            break
        await press(town, officer, chosen)
    assert "đã ghi là" in await newest(officer)
    assert await officer.locator(".handset.zalo img").first.evaluate("picture => picture.naturalWidth") > 500
    if drawn:
        await add_phone(officer, "Telegram")
        await town.settle()
        await officer.set_viewport_size({"width": 1200, "height": 1130})
        await officer.goto("/dien-thoai-thu")
        await town.picture(officer, "dien-thoai-thu")
        await officer.set_viewport_size(DESKTOP)

    await officer.goto("/ket-qua")
    figures = await officer.locator(".figures div", has_text="Tự báo").inner_text()
    assert "1" in figures.splitlines()
    assert problems == []


async def buttons(page: Page) -> list[str]:
    """Buttons of the newest message on the Zalo phone."""
    await page.goto("/dien-thoai-thu")
    bubble = page.locator(".handset.zalo .bubble").first
    return [str(await b.get_attribute("value")).removeprefix("#") for b in await bubble.locator("[name=nut]").all()]


async def newest(page: Page) -> str:
    return await page.locator(".handset.zalo .bubble").first.inner_text()


async def add_phone(page: Page, channel: str) -> None:
    await page.goto("/dien-thoai-thu")
    await page.locator("details summary", has_text=channel).click()
    await follow(page, page.locator("details", has_text=channel).get_by_role("button", name="Thêm"))


async def press(town: Town, page: Page, button: str) -> None:
    """Press a button of the newest message; the phones are on the screen."""
    bubble = page.locator(".handset.zalo .bubble").first
    await follow(page, bubble.locator(f"form:has([name=nut][value$='{button}']) button"))
    await town.settle()


async def say(town: Town, page: Page, text: str) -> None:
    await page.goto("/dien-thoai-thu")
    await page.fill("#chu-zalo", text)
    await follow(page, page.locator(".handset.zalo .type button"))
    await town.settle()


async def test_every_page_is_whole_on_a_desk_and_on_a_phone(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.xlsx"
    sample_workbook(file)
    officer = await town.page("officer")
    await take_in_a_list(officer, file)
    path = await make_campaign(officer)
    await officer.goto("/buoi-ho-tro?moi_ngay=80")
    await submit(officer, "Xếp theo gợi ý này")
    await officer.goto("/ban-tin/moi/scam_warning")
    await submit(officer, "Soạn lời")
    paths = {
        "hom-nay": "/", "tien-do": "/tien-do", "danh-sach": "/danh-sach", "danh-sach-da-nhan": "/danh-sach/1",
        "nguoi-thu-huong": "/nguoi", "mot-nguoi": "/nguoi/1", "dot-van-dong": "/dot-van-dong",
        "lap-dot": "/dot-van-dong/moi", "noi-dung": f"{path}/noi-dung", "kenh": f"{path}/kenh",
        "thu": f"{path}/chay-thu", "duyet": f"{path}/duyet", "mot-dot": path,
        "thong-bao": "/thong-bao", "buoi-ho-tro": "/buoi-ho-tro",
        "phieu-den-nha": "/phieu-den-nha", "ban-tin": "/ban-tin", "mot-ban-tin": "/ban-tin/1",
        "lich-phat": "/lich-phat", "nhat-ky-phat": "/nhat-ky-phat", "to-in": "/to-in",
        "ket-qua": "/ket-qua", "bao-cao": "/bao-cao", "viec": "/viec", "dien-thoai": "/dien-thoai-thu",
    }  # fmt: skip
    for name, screen in (("", DESKTOP), ("-dien-thoai", PHONE)):
        page = await town.page("officer", screen) if name else officer
        for title, target in paths.items():
            answer = await page.goto(target)
            assert answer is not None
            assert answer.status == 200, target
            assert await page.evaluate(FAULTS) == [], (target, name)
            if title in ("hom-nay", "tien-do", "nguoi-thu-huong", "mot-dot", "buoi-ho-tro", "bao-cao"):
                await town.picture(page, title + name)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desk"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
async def test_the_web_chat_is_whole_light_and_can_be_walked_with_keys(town: Town, screen: Any, script: bool) -> None:
    home = town.home
    home.settings = home.settings.model_copy(update={"web_chat": True})
    draw("asxh-1", "asxh-2", home=home)
    context = await town.browser.new_context(
        viewport=screen, base_url=town.serving.address, java_script_enabled=script, locale="vi-VN"
    )
    page = await context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(f"/hoi-dap/{HERE}")
    for button in ("guide.start", "who.self", "guide.next"):
        before = await page.locator(".line").count()
        await page.locator(f"#nut button[value='{button}']").focus()
        await page.keyboard.press("Enter")
        await page.locator(".line").nth(before + 1).wait_for()
    assert "Bước 2 trên 8" in await page.locator(".line").last.inner_text()
    if script:  # the phone keeps what it shows; without a script each page shows its newest picture
        assert await page.locator(".line img").count() == 2
        assert (await Axe().run(page)).response["violations"] == []
    await page.wait_for_load_state("networkidle")
    assert await page.locator(".line img").last.evaluate("picture => picture.naturalWidth") > 500
    assert await page.evaluate(FAULTS) == []
    order = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate("document.activeElement.value || document.activeElement.id"))
    there = [value for value in order if value in ("guide.next", "guide.stuck", "help.human", "chu")]
    assert there == ["guide.next", "guide.stuck", "help.human", "chu"], order
    assert 15_000 < await weight_of(town, page) <= 60_000
    assert problems == []
    if script and screen == PHONE:
        await page.locator(".line").last.evaluate("line => line.scrollIntoView()")
        await town.picture(page, "hoi-dap-dien-thoai")
    await context.close()


async def test_an_answer_comes_onto_the_web_chat_by_itself(town: Town) -> None:
    home = town.home
    home.settings = home.settings.model_copy(update={"web_chat": True})
    page = await town.browser.new_page(base_url=town.serving.address, viewport=PHONE, locale="vi-VN")
    await page.clock.install()
    await page.goto(f"/hoi-dap/{HERE}#ma=ABCD-EF23")
    assert (await page.input_value("#chu"), "#" in page.url) == ("ABCD-EF23", False)
    await page.fill("#chu", "cho tôi gặp cán bộ")
    await page.click("#go button")
    await page.locator(".line.bot").nth(1).wait_for()
    await page.fill("#chu", "đang gõ dở")
    token = next(c["value"] for c in await page.context.cookies() if c["name"] == "tungnha_chat")
    await WebSender(home).send(address_of(HERE, token), Message("Cán bộ trả lời:\nMời bà đến Trung tâm."))
    await page.clock.fast_forward(21_000)
    await page.get_by_text("Mời bà đến Trung tâm.").wait_for()
    assert await page.input_value("#chu") == "đang gõ dở"


async def weight_of(town: Town, page: Page) -> int:
    """What comes over the line when this page, as it is, is opened by a phone that has nothing of it yet, in bytes."""
    context = await town.browser.new_context(base_url=town.serving.address)
    await context.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    fresh, weight = await context.new_page(), []
    session = await context.new_cdp_session(fresh)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: weight.append(int(event["encodedDataLength"])))
    await fresh.goto(page.url, wait_until="networkidle")
    await context.close()
    return sum(weight)


def draw(*names: str, home: Home) -> None:
    """The drawn screens of these steps, as `serve` puts them into its home."""
    (home.path / PICTURES).mkdir(exist_ok=True)
    for name in names:
        (home.path / PICTURES / f"{name}.png").write_bytes(picture(name))


# --- An officer's ten minutes -----------------------------------------------------------------------

MOST_CLICKS = 40


@dataclass
class Hands:
    """Two people's hands: what they press and which fields they go into, with or without JavaScript.

    A click is a click, also the one that goes into a field before typing; addresses are never typed.
    """

    town: Town
    clicks: int = 0
    steps: int = 0

    async def press(self, page: Page, name: str, role: Any = "button") -> None:
        self.clicks += 1
        self.steps += 1
        await follow(page, page.locator("main").get_by_role(role, name=name, exact=True).first)

    async def open(self, page: Page, name: str) -> None:
        """A link of the menu."""
        self.clicks += 1
        self.steps += 1
        await follow(page, page.get_by_role("navigation", name="Các mục").get_by_role("link", name=name, exact=True))

    async def write(self, page: Page, field: str, text: str) -> None:
        self.clicks += 1
        await page.fill(field, text)

    async def tick(self, page: Page, field: str) -> None:
        self.clicks += 1
        await page.check(field)

    async def choose_file(self, page: Page, field: str, file: Path) -> None:
        self.clicks += 2  # the button, and the file in the window that it opens
        await page.set_input_files(field, file)

    async def sign_in(self, login: str) -> Page:
        """The browser's start page is the console's."""
        context = await self.town.browser.new_context(
            viewport=DESKTOP, base_url=self.town.serving.address, locale="vi-VN"
        )
        page = await context.new_page()
        page.set_default_timeout(15_000)
        await page.goto("/")
        await self.write(page, "#ten", login)
        await self.write(page, "#mat_khau", PASSWORD)
        await self.press(page, "Đăng nhập")
        self.town.home.db.write(lambda s: s.execute(update(SecondStep).values(used_step=None)))
        await self.write(page, "#ma", pyotp.TOTP(self.town.secrets[login]).at(self.town.home.now()))
        await self.press(page, "Vào hệ thống")
        return page


async def test_an_officers_ten_minutes(town: Town, tmp_path: Path) -> None:
    """From an empty home to a launched campaign with notice and session: at most forty clicks of two people."""
    file, hands = tmp_path / "danh-sach.xlsx", Hands(town)
    sample_workbook(file)
    officer = await hands.sign_in("officer")
    await town.picture(officer, "muoi-phut-1")

    await hands.press(officer, "Nhận danh sách", "link")
    await hands.press(officer, "Nhận danh sách mới", "link")
    await hands.choose_file(officer, "#tep", file)
    await hands.write(officer, "#ngay_chot", "15/11/2026")
    await hands.tick(officer, "[name=nq418]")
    await hands.press(officer, "Đọc thử")
    await officer.wait_for_url("**/kiem-tra")
    await town.picture(officer, "muoi-phut-2")
    await hands.press(officer, "Nhận danh sách này")
    await officer.wait_for_url("**/danh-sach/*?xong=*")

    await hands.open(officer, "Buổi hỗ trợ")
    await hands.write(officer, "#moi_ngay", "80")
    await hands.press(officer, "Xem gợi ý")
    await town.picture(officer, "muoi-phut-3")
    await hands.press(officer, "Xếp theo gợi ý này")

    await hands.open(officer, "Đợt vận động")
    await hands.press(officer, "Lập đợt mới", "link")
    for button in ("Lưu và sang bước 2", "Lưu và sang bước 3", "Lưu và chạy thử"):
        await hands.press(officer, button)
    await town.picture(officer, "muoi-phut-4")
    await hands.press(officer, "Đã xem, sang bước 5")
    await hands.press(officer, "Trình duyệt")
    await hands.press(officer, "Ghi thông báo", "link")  # signed, posted, aired and told: else first messages wait
    await hands.write(officer, "#so", "45/TB-UBND")
    for step in ("niem_yet", "phat_loa", "da_bao"):
        await hands.tick(officer, f"#{step}")
    await town.picture(officer, "muoi-phut-5")
    await hands.press(officer, "Lưu thông báo")
    assert await officer.is_visible("text=Đã đủ: có thể nhắn tin lần đầu.")

    approver = await hands.sign_in("approver")
    await hands.press(approver, "Xem và duyệt", "link")
    await town.picture(approver, "muoi-phut-6")
    await hands.press(approver, "Duyệt đợt này")

    await hands.open(officer, "Hôm nay")
    await hands.press(officer, "Xem", "link")
    await hands.press(officer, "Phát động")
    assert await officer.is_visible("text=Đã phát động.")
    assert "thông báo" not in (await officer.inner_text("main")).lower()  # nothing is missing any more
    await town.picture(officer, "muoi-phut-7")

    with town.home.db.read() as session:
        (campaign,) = session.exec(select(Campaign)).all()
        assert (campaign.state, campaign.author, campaign.approver) == ("running", "officer", "approver")
        assert session.exec(select(func.count()).select_from(HelpSession)).one() > 0
        planned = select(func.count()).select_from(Delivery).where(Delivery.campaign == campaign.id)
        assert session.exec(planned).one() > 0
        assert session.exec(planned.where(Delivery.reason == "not_announced")).one() == 0
        assert is_announced(session, HERE)
    print(f"\nan officer's ten minutes: {hands.clicks} clicks, {hands.steps} steps")
    assert hands.clicks <= MOST_CLICKS
